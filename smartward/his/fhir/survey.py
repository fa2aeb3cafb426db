"""Tries a server once and reports: what it says, what is used, what a ward would miss."""

from collections import Counter
from collections.abc import Iterable

from smartward.his.fhir.changes import FOLLOWED
from smartward.his.fhir.exchange import CapabilityStatement, RestResource
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.reject import TYPE_BROKEN, TYPE_REFUSED
from smartward.his.fhir.resources import STRUCTS
from smartward.his.fhir.state import CONTEXT
from smartward.his.port import Rejection, ReportRow

_BY_DATE = {"Patient", *CONTEXT, *FOLLOWED}


def rows(
    loader: Loader,
    statement: CapabilityStatement | None,
    aside: Iterable[Rejection],
    unused: Counter[str],
) -> tuple[ReportRow, ...]:
    """One row for each resource type that is read, after a census and a full load."""
    reasons: dict[str, Counter[str]] = {}
    for one in aside:
        reasons.setdefault(one.resource_type, Counter())[one.key] += 1
    offered = _offered(statement)
    return tuple(
        ReportRow(
            resource_type=kind,
            offered=_says(statement, offered.get(kind)),
            used=_used(kind, reasons.get(kind, Counter())),
            found=loader.counts[kind],
            unused=unused[kind],
            rejected=dict(reasons.get(kind, Counter())),
        )
        for kind in STRUCTS
    )


def _offered(statement: CapabilityStatement | None) -> dict[str, RestResource]:
    servers = statement.rest if statement is not None else ()
    return {one.type: one for server in servers for one in server.resource}


def _says(statement: CapabilityStatement | None, one: RestResource | None) -> str:
    """What the statement says, as a text key; whether it is true, the load has shown."""
    if statement is None:
        return "his.check.no_statement"
    if one is None:
        return "his.check.not_offered"
    if all(interaction.code != "search-type" for interaction in one.interaction):
        return "his.check.read_only"
    dated = any(parameter.name == "_lastUpdated" for parameter in one.search_param)
    return "his.check.by_date" if dated else "his.check.whole"


def _used(kind: str, reasons: Counter[str]) -> str:
    if reasons[TYPE_REFUSED]:
        return "his.check.refused"
    if reasons[TYPE_BROKEN]:
        return "his.check.broken"
    return "his.check.by_date" if kind in _BY_DATE else "his.check.whole"
