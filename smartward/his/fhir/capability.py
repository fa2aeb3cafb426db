"""What a server can do for one resource type, and what is used of it: a table, and no more.

Two witnesses are heard: the CapabilityStatement says, and trying shows (`probe`). Where both speak
the trial is believed, because statements lie and a 200 proves nothing: servers accept parameters
they do not know and answer as if nothing had been asked. What could not be tried yet, for want of a
single row, is read wholly: that is always right, and costs nothing while there is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smartward.his.fhir.exchange import CapabilityStatement, RestResource


class Verdict(StrEnum):
    """What trying has shown."""

    HONOURED = "honoured"
    SECONDS = "seconds"
    """Honoured, with times of whole seconds only."""
    IGNORED = "ignored"
    REFUSED = "refused"
    UNPROVEN = "unproven"
    """There was no row yet to try it with."""

    @property
    def works(self) -> bool:
        """Whether it can be relied upon."""
        return self in (Verdict.HONOURED, Verdict.SECONDS)


class Way(StrEnum):
    """How changes of a resource type are found."""

    BY_DATE = "by_date"
    """Search by `_lastUpdated`, with an overlap."""
    RECENT = "recent"
    """Search by the clinical date; what is older comes with the whole re-read."""
    REREAD = "reread"
    """All of it again and again, compared with what is known."""
    NONE = "none"
    """It is not to be had."""


class CensusWay(StrEnum):
    """How the open stays of the ward are found."""

    BY_LOCATION = "by_location"
    BY_STATUS = "by_status"
    """All open stays of the hospital; which of them are here is told by their places."""
    BY_PATIENTS = "by_patients"
    """Those of a list of patients that was configured."""


class PlacesWay(StrEnum):
    """How the rooms and beds of the ward are found."""

    BELOW = "below"
    """Search by `partof`."""
    ALL = "all"
    """All Locations of the hospital; which are of the ward is told by their `partOf`."""
    NAMED = "named"
    """Only those where a stay says it is, each read by its id."""


CLINICAL_DATE: Mapping[str, str] = {
    "Observation": "date",
    "MedicationAdministration": "effective-time",
}
"""The search parameter of the clinical date, of types too large to be read again each minute."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the statement says of one type; `search` None: there is no statement."""

    search: bool | None = None
    read: bool = False
    dated: bool = False
    history: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying one type has shown."""

    searched: Verdict = Verdict.UNPROVEN
    """Searching by patient at all."""
    dated: Verdict = Verdict.UNPROVEN
    """`_lastUpdated=ge…`."""
    lists: Verdict = Verdict.UNPROVEN
    """Several patients in one search."""
    history: Verdict = Verdict.UNPROVEN
    """`_history?_since=…` of the type."""
    clinical: Verdict = Verdict.UNPROVEN
    """The clinical date, where the type has one."""


@dataclass(frozen=True, slots=True)
class TypePlan:
    """What is used of one type. `missed` are text keys: what a ward will miss, and why."""

    way: Way
    lists: bool
    """Whether one search asks for many patients."""
    seconds: bool = False
    """Whether `_lastUpdated` is asked in whole seconds."""
    history: bool = False
    """Whether deletions are told by `_history`."""
    untried: bool = False
    """Whether nothing was there yet to try the date of change with."""
    missed: tuple[str, ...] = ()


def decide(kind: str, said: Said, tried: Tried, *, lists_elsewhere: bool = True) -> TypePlan:
    """What to use of one type.

    `lists_elsewhere`: whether the server takes lists of ids at all, for a type that is unproven.
    """
    if tried.searched is Verdict.REFUSED:
        return TypePlan(Way.NONE, lists=False, missed=("his.miss.type",))
    lists = tried.lists.works or (tried.lists is Verdict.UNPROVEN and lists_elsewhere)
    history = said.history and tried.history.works
    missed: list[str] = []
    if tried.dated.works:
        way = Way.BY_DATE
    elif tried.dated is Verdict.UNPROVEN:
        way = Way.REREAD
    elif kind in CLINICAL_DATE and tried.clinical is not Verdict.REFUSED:
        way = Way.RECENT
        missed.append("his.miss.late_edits")
    else:
        way = Way.REREAD
        missed.append("his.miss.slow")
    if not lists:
        missed.append("his.miss.one_by_one")
    seconds = tried.dated is Verdict.SECONDS
    untried = tried.dated is Verdict.UNPROVEN
    return TypePlan(
        way, lists, seconds=seconds, history=history, untried=untried, missed=tuple(missed)
    )


def decide_census(by_location: Verdict, by_status: Verdict, *, configured: bool) -> CensusWay:
    """How to find the open stays. A list of patients that was configured is what is meant.

    A search by location that shows nobody while the other shows somebody here is ignored or broken.
    """
    if configured:
        return CensusWay.BY_PATIENTS
    refused = by_location in (Verdict.REFUSED, Verdict.IGNORED)
    if by_status.works and not by_location.works:
        return CensusWay.BY_STATUS
    if refused and by_status is Verdict.UNPROVEN:
        return CensusWay.BY_STATUS  # nobody is here to try it with, and the other is none
    return CensusWay.BY_LOCATION


def decide_places(below: Verdict, all: Verdict) -> PlacesWay:
    """How to find rooms and beds."""
    if below.works:
        return PlacesWay.BELOW
    if all.works:
        return PlacesWay.ALL
    return PlacesWay.NAMED


@dataclass(frozen=True, slots=True)
class Statement:
    """The CapabilityStatement by type."""

    resources: Mapping[str, RestResource] = field(default_factory=dict)
    there: bool = False

    @classmethod
    def of(cls, statement: CapabilityStatement | None) -> "Statement":
        """The statement as a server gave it, or none."""
        servers = statement.rest if statement is not None else ()
        found = {one.type: one for server in servers for one in server.resource}
        return cls(found, there=statement is not None)

    def said(self, kind: str) -> Said:
        """What it says of a type."""
        one = self.resources.get(kind)
        if one is None:
            return Said(search=False if self.there else None)
        codes = {interaction.code for interaction in one.interaction}
        return Said(
            search="search-type" in codes,
            read="read" in codes,
            dated=any(parameter.name == "_lastUpdated" for parameter in one.search_param),
            history="history-type" in codes,
        )
