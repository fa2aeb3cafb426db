"""How other servers behave: the same ward behind the habits of servers that hospitals run.

Each dialect imitates what is documented of a family of servers, as far as a poller meets it: what
may be searched, what is refused, ignored or answered late. None is that product.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from smartward.his.simulator.search import PARAMETERS, BadSearch, Query, understand
from smartward.his.simulator.store import Row, Store, instant

Pairs = list[tuple[str, str]]


class Habit(StrEnum):
    """What is done with something that was asked for."""

    HONOURED = "honoured"
    REFUSED = "refused"
    IGNORED = "ignored"


class Lists(StrEnum):
    """What is done with several references or ids in one parameter."""

    ALL = "all"
    REFUSED = "refused"
    FIRST = "first"
    """Only the first counts, and nothing is said."""


CLINICAL = frozenset(kind for kind, known in PARAMETERS.items() if "patient" in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The habits of one server."""

    name: str
    sort: Habit = Habit.HONOURED
    newest_first: bool = False
    """The order where nothing is sorted: newest first, else by id."""
    offset: bool = False
    """Pages are counted off from the beginning, each time anew."""
    page: int = 50
    most: int = 500
    lists: Lists = Lists.ALL
    undated: frozenset[str] = frozenset()
    """Types without `_lastUpdated`."""
    undated_how: Habit = Habit.REFUSED
    shows_date: bool = True
    """Whether `meta.lastUpdated` is told."""
    seconds: bool = False
    """Times finer than seconds are refused."""
    one_date: bool = False
    """Of two `_lastUpdated`, the second is ignored."""
    date_alone: bool = False
    """A clinical date and `_lastUpdated` are refused together."""
    patient_needed: frozenset[str] = frozenset()
    bare_refused: frozenset[str] = frozenset()
    """Types of which not all can be asked for at once."""
    refused: frozenset[tuple[str, str]] = frozenset()
    """Pairs of type and parameter."""
    ignored: frozenset[tuple[str, str]] = frozenset()
    lax: bool = False
    """Parameters nobody knows are ignored."""
    missing: frozenset[str] = frozenset()
    """Types the server does not have."""
    lag: timedelta = timedelta(0)
    """How long a row is in no search after it was written."""
    version: str | None = None
    """What every versionId is; empty: there is none."""
    now_dated: frozenset[str] = frozenset()
    """Types whose lastUpdated is the time of the answer."""
    link_host: str = ""
    """What page links call this server."""
    posts: bool = False
    history: bool = False

    def asked(self, kind: str, pairs: Pairs) -> Query:
        """What is made of a search. Raises BadSearch for what is refused."""
        if kind in self.patient_needed and not {"patient", "_id"} & {name for name, _ in pairs}:
            raise BadSearch(f"{kind} needs patient or _id")
        names = {name for name, _ in pairs}
        if kind in self.bare_refused and names <= {"_count", "_sort"}:
            raise BadSearch(f"{kind} needs a parameter")
        if self.date_alone and "_lastUpdated" in names and names & {"date", "effective-time"}:
            raise BadSearch("a date and _lastUpdated exclude each other")
        kept: Pairs = []
        for name, value in pairs:
            kept += self._kept(kind, name, value, kept)
        return understand(kind, kept)

    def _kept(self, kind: str, name: str, value: str, before: Pairs) -> Pairs:
        if (kind, name) in self.ignored:
            return []
        if (kind, name) in self.refused:
            raise BadSearch(f"{name} is not supported for {kind}")
        if name == "_sort" and self.sort is not Habit.HONOURED:
            return self._without(self.sort, name)
        if name == "_lastUpdated":
            if kind in self.undated:
                return self._without(self.undated_how, name)
            if self.seconds and "." in value:
                raise BadSearch("times are whole seconds")
            if self.one_date and any(known == name for known, _ in before):
                return []
        if (
            name in PARAMETERS[kind] and PARAMETERS[kind][name].type == "reference"
        ) or name == "_id":
            return [(name, self._of_list(name, value))]
        if self.lax and name not in PARAMETERS[kind] and not name.startswith("_"):
            return []
        return [(name, value)]

    def _without(self, habit: Habit, name: str) -> Pairs:
        if habit is Habit.REFUSED:
            raise BadSearch(f"{name} is not supported")
        return []

    def _of_list(self, name: str, value: str) -> str:
        if self.lists is Lists.ALL or "," not in value:
            return value
        if self.lists is Lists.REFUSED:
            raise BadSearch(f"{name} takes one value")
        return value.split(",")[0]

    def rows(self, store: Store, query: Query, now: datetime) -> list[Row]:
        """All matching rows in the order they are told."""
        matches = query.test()
        edge = instant(now - self.lag)
        rows = [
            row
            for row in store.since(query.kind, ("", ""))
            if matches(row) and (not self.lag or row.updated <= edge)
        ]
        if self.sort is not Habit.HONOURED and not self.newest_first:
            return sorted(rows, key=lambda row: str(row.resource["id"]))
        return rows[::-1] if query.newest_first or self.newest_first else rows

    def text(self, row: Row, now: datetime) -> bytes:
        """A row as this server tells it."""
        kind = row.resource["resourceType"]
        if self.version is None and self.shows_date and kind not in self.now_dated:
            return row.text
        # From the text that stands, which may differ from what was written: tests edit silently.
        body = msgspec.json.decode(row.text)
        meta = body["meta"]
        if self.version is not None:
            meta["versionId"] = self.version
            if not self.version:
                del meta["versionId"]
        if kind in self.now_dated:
            meta["lastUpdated"] = instant(now)
        if not self.shows_date:
            del meta["lastUpdated"]
        return msgspec.json.encode(body)


PLAIN = Dialect(name="plain")
_DATED_BY_CERNER = frozenset(
    {"AllergyIntolerance", "Condition", "Encounter", "MedicationRequest", "NutritionOrder"}
    | {"Observation", "ServiceRequest"}
)
DIALECTS: dict[str, Dialect] = {
    one.name: one
    for one in (
        PLAIN,
        Dialect(
            name="cerner-like",
            sort=Habit.REFUSED,
            newest_first=True,
            most=200,
            lists=Lists.REFUSED,
            undated=frozenset(PARAMETERS) - _DATED_BY_CERNER,
            date_alone=True,
            patient_needed=CLINICAL,
            refused=frozenset({("Location", "partof"), ("Encounter", "location")}),
            missing=frozenset({"PractitionerRole", "Task", "Flag"}),
        ),
        Dialect(
            name="nothing-but-lists",
            sort=Habit.REFUSED,
            lists=Lists.REFUSED,
            undated=frozenset(PARAMETERS),
            patient_needed=CLINICAL,
            bare_refused=frozenset({"Location", "Encounter"}),
            refused=frozenset({("Location", "partof"), ("Encounter", "location")}),
            missing=frozenset({"PractitionerRole"}),
        ),
        Dialect(
            name="epic-like",
            sort=Habit.IGNORED,
            lists=Lists.REFUSED,
            undated=frozenset(PARAMETERS),
            undated_how=Habit.IGNORED,
            shows_date=False,
            version="",
            patient_needed=CLINICAL,
            ignored=frozenset({("Location", "partof")}),
            lax=True,
        ),
        Dialect(
            name="openmrs-like",
            sort=Habit.IGNORED,
            offset=True,
            page=10,
            most=50,
            ignored=frozenset({("Encounter", "location")}),
        ),
        Dialect(name="hapi-like", one_date=True, posts=True, history=True),
        Dialect(name="azure-like", page=10, most=100, posts=True, seconds=True),
        Dialect(
            name="healthlake-like",
            sort=Habit.REFUSED,
            lag=timedelta(seconds=45),
            refused=frozenset({("Encounter", "location")}),
        ),
        Dialect(
            name="openemr-like",
            sort=Habit.IGNORED,
            offset=True,
            lists=Lists.FIRST,
            version="1",
            now_dated=frozenset({"Encounter"}),
        ),
        Dialect(
            name="sekmet-like",
            offset=True,
            page=20,
            lax=True,
            history=True,
            link_host="http://hospital.example:9000",
        ),
        Dialect(
            name="ten-a-page",
            sort=Habit.IGNORED,
            newest_first=True,
            page=10,
            most=10,
            version="1",
            ignored=frozenset({("Observation", "code"), ("Observation", "date")}),
        ),
    )
}
