"""Tries a server once and reports: what it says, what was seen, what is used, what is missed."""

from collections import Counter
from collections.abc import Iterable

from smartward.his.fhir.capability import CensusWay, PlacesWay, Said, TypePlan, Verdict, Way
from smartward.his.fhir.census import StayFinder
from smartward.his.fhir.changes import FOLLOWED
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.places import Places
from smartward.his.fhir.reject import TYPE_BROKEN, TYPE_REFUSED
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.state import CONTEXT
from smartward.his.port import Rejection, ReportRow

CHOSEN = ("Patient", *CONTEXT, *FOLLOWED)
"""The types whose changes are looked for; the others are few and read wholly."""
_WAYS = {
    Way.BY_DATE: "his.way.by_date",
    Way.RECENT: "his.way.recent",
    Way.REREAD: "his.way.reread",
    Way.NONE: "his.way.none",
}
_DATED = {
    Verdict.HONOURED: "his.probe.dated",
    Verdict.SECONDS: "his.probe.seconds",
    Verdict.IGNORED: "his.probe.dated_ignored",
    Verdict.REFUSED: "his.probe.dated_refused",
    Verdict.UNPROVEN: "his.probe.untried",
}
_PLACES = {
    PlacesWay.BELOW: "his.way.places_below",
    PlacesWay.ALL: "his.way.places_all",
    PlacesWay.NAMED: "his.way.places_named",
}
_CENSUS = {
    CensusWay.BY_LOCATION: "his.way.census_location",
    CensusWay.BY_STATUS: "his.way.census_status",
    CensusWay.BY_PATIENTS: "his.way.census_patients",
}


def rows(loader: Loader, aside: Iterable[Rejection], unused: Counter[str]) -> tuple[ReportRow, ...]:
    """One row for each resource type that is read, after a census and a full load."""
    reasons: dict[str, Counter[str]] = {}
    for one in aside:
        reasons.setdefault(one.resource_type, Counter())[one.key] += 1
    return tuple(_row(loader, kind, reasons.get(kind, Counter()), unused[kind]) for kind in STRUCTS)


def _row(loader: Loader, kind: str, reasons: Counter[str], unused: int) -> ReportRow:
    plan = loader.plan(kind)
    used, missed = _used(kind, plan, reasons)
    return ReportRow(
        resource_type=kind,
        offered=_says(loader.statement.said(kind)),
        used=used,
        found=loader.counts[kind],
        unused=unused,
        rejected=dict(reasons),
        probed=_probed(loader, kind, plan),
        missed=missed,
    )


def _says(said: Said) -> str:
    """What the statement says; whether it is true, trying has shown."""
    if said.search is None:
        return "his.check.no_statement"
    if not (said.search or said.read):
        return "his.check.not_offered"
    if not said.search:
        return "his.check.read_only"
    return "his.check.by_date" if said.dated else "his.check.whole"


def _used(kind: str, plan: TypePlan, reasons: Counter[str]) -> tuple[str, tuple[str, ...]]:
    if reasons[TYPE_REFUSED]:
        return "his.check.refused", ("his.miss.type",)
    if reasons[TYPE_BROKEN]:
        return "his.check.broken", ("his.miss.broken",)
    if kind not in CHOSEN:
        return "his.check.whole", ()
    return ("his.way.untried" if plan.untried else _WAYS[plan.way]), plan.missed


def _probed(loader: Loader, kind: str, plan: TypePlan) -> tuple[str, ...]:
    if kind not in CHOSEN:
        return ()
    tried = loader.probe.of(kind)
    found = [_DATED[tried.dated]]
    if not plan.lists:
        found.append("his.probe.one")
    if (sorts := loader.probe.sorts.get(kind)) is not None:
        found.append("his.probe.sorted" if sorts else "his.probe.unsorted")
    if plan.history:
        found.append("his.probe.history")
    if loader.without_codes(kind):
        found.append("his.probe.no_codes")
    return tuple(found)


def ways(loader: Loader, places: Places, finder: StayFinder) -> tuple[str, ...]:
    """How the ward as a whole is asked for."""
    return (
        _PLACES[places.way or PlacesWay.BELOW],
        _CENSUS[finder.way],
        "his.way.many" if loader.list_size > 1 else "his.way.one",
        "his.way.post" if loader.ask.posts else "his.way.get",
    )


def missed(places: Places, finder: StayFinder) -> tuple[str, ...]:
    """What a ward as a whole misses by that."""
    found = []
    if places.way is PlacesWay.NAMED:
        found.append("his.miss.empty_beds")
    if finder.way is CensusWay.BY_PATIENTS:
        found.append("his.miss.listed")
    return tuple(found)
