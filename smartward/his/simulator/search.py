"""Search as this server does it: each parameter is declared, and what is not is refused."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from smartward.his.simulator.store import Resource, Row, Store, instant

Place = tuple[str, str, int]
"""The last row of a page, as (instant, id, how many were told)."""
DEFAULT_COUNT = 50
MAX_COUNT = 500


class BadSearch(ValueError):
    """The search cannot be answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its FHIR type and where its values are found."""

    type: str
    find: Callable[[Resource], Iterable[Any]]
    about: str


def _path(*names: str) -> Callable[[Resource], list[Any]]:
    def find(resource: Resource) -> list[Any]:
        found: list[Any] = [resource]
        for name in names:
            deeper: list[Any] = []
            for node in found:
                value = node.get(name) if isinstance(node, dict) else None
                if isinstance(value, list):
                    deeper += value
                elif value is not None:
                    deeper.append(value)
            found = deeper
        return found

    return find


def _either(*paths: Callable[[Resource], list[Any]]) -> Callable[[Resource], list[Any]]:
    return lambda resource: [value for path in paths for value in path(resource)]


def _appointment_patients(resource: Resource) -> list[Any]:
    actors = _path("participant", "actor")(resource)
    return [actor for actor in actors if str(actor.get("reference", "")).startswith("Patient/")]


_ID = Parameter("token", _path("id"), "Logical id")
_UPDATED = Parameter("date", _path("meta", "lastUpdated"), "When this version was written")
_IDENTIFIER = Parameter("token", _path("identifier"), "Business identifier")


def _patient(element: str) -> Parameter:
    return Parameter("reference", _path(element), "The patient")


PARAMETERS: dict[str, dict[str, Parameter]] = {
    "Location": {
        "identifier": _IDENTIFIER,
        "partof": Parameter("reference", _path("partOf"), "The location this is part of"),
    },
    "Patient": {"identifier": _IDENTIFIER},
    "Encounter": {
        "status": Parameter("token", _path("status"), "Status"),
        "location": Parameter(
            "reference", _path("location", "location"), "A place of the stay, past ones too"
        ),
        "patient": _patient("subject"),
    },
    "Practitioner": {"identifier": _IDENTIFIER},
    "PractitionerRole": {
        "location": Parameter("reference", _path("location"), "Where the role is filled"),
    },
    "CareTeam": {"patient": _patient("subject")},
    "Observation": {
        "identifier": _IDENTIFIER,
        "patient": _patient("subject"),
        "code": Parameter("token", _path("code"), "What was observed"),
        "date": Parameter(
            "date", _either(_path("effectiveDateTime"), _path("effectivePeriod")), "When"
        ),
    },
    "Condition": {"patient": _patient("subject")},
    "AllergyIntolerance": {"patient": _patient("patient")},
    "RelatedPerson": {"patient": _patient("patient")},
    "Flag": {"patient": _patient("subject")},
    "NutritionOrder": {"patient": _patient("patient")},
    "MedicationRequest": {"patient": _patient("subject")},
    "MedicationAdministration": {
        "identifier": _IDENTIFIER,
        "patient": _patient("subject"),
        "effective-time": Parameter(
            "date", _either(_path("effectiveDateTime"), _path("effectivePeriod")), "When given"
        ),
    },
    "ServiceRequest": {"patient": _patient("subject")},
    "Appointment": {
        "patient": Parameter("reference", _appointment_patients, "The patient taking part"),
        "date": Parameter("date", _path("start"), "When it starts"),
    },
    "Device": {"patient": _patient("patient")},
    "DeviceMetric": {
        "source": Parameter("reference", _path("source"), "The device it belongs to"),
    },
    "Task": {
        "identifier": _IDENTIFIER,
        "patient": _patient("for"),
    },
    "Procedure": {"identifier": _IDENTIFIER, "patient": _patient("subject")},
    "QuestionnaireResponse": {"identifier": _IDENTIFIER, "patient": _patient("subject")},
    "AuditEvent": {"date": Parameter("date", _path("recorded"), "When it was recorded")},
    "Subscription": {
        "status": Parameter("token", _path("status"), "Status"),
        "url": Parameter("uri", _path("channel", "endpoint"), "Where notifications go"),
    },
}
for _own in PARAMETERS.values():
    _own["_id"] = _ID
    _own["_lastUpdated"] = _UPDATED


_DATE = re.compile(
    r"^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$"
)


@lru_cache(maxsize=4096)
def interval(text: str) -> tuple[datetime, datetime]:
    """The half-open interval a (partial) FHIR date means. Raises BadSearch."""
    match = _DATE.match(text.replace(" ", "+"))
    if match is None:
        raise BadSearch(f"{text!r} is not a FHIR date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    full = (
        f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}"
        f"{(fraction or '.0')[:7]}{(zone or 'Z').replace('Z', '+00:00')}"
    )
    try:
        start = datetime.fromisoformat(full).astimezone(UTC)
    except ValueError as error:
        raise BadSearch(f"{text!r} is not a date") from error
    if fraction is not None:
        return start, start + timedelta(milliseconds=1)
    if second is not None:
        return start, start + timedelta(seconds=1)
    if minute is not None:
        return start, start + timedelta(minutes=1)
    if day is not None:
        return start, start + timedelta(days=1)
    if month is not None:
        return start, (start + timedelta(days=32)).replace(day=1)
    return start, start.replace(year=start.year + 1)


def _span(value: Any) -> tuple[datetime, datetime]:
    if isinstance(value, str):
        return interval(value)
    start = interval(value["start"])[0] if "start" in value else datetime.min.replace(tzinfo=UTC)
    end = interval(value["end"])[1] if "end" in value else datetime.max.replace(tzinfo=UTC)
    return start, end


Test = Callable[[Any], bool]


def _date_test(wanted: str) -> Test:
    tests = [_one_date(text) for text in wanted.split(",")]
    return lambda value: any(test(*_span(value)) for test in tests)


def _one_date(wanted: str) -> Callable[[datetime, datetime], bool]:
    prefix, text = (wanted[:2], wanted[2:]) if wanted[:2].isalpha() else ("eq", wanted)
    low, high = interval(text)
    match prefix:
        case "eq":
            return lambda start, end: low <= start and end <= high
        case "ge":
            return lambda start, end: end > low
        case "gt":
            return lambda start, end: end > high
        case "le":
            return lambda start, end: start < high
        case "lt":
            return lambda start, end: start < low
    raise BadSearch(f"the date prefix {prefix!r} is not supported")


def _token_test(wanted: str) -> Test:
    pairs = [text.rpartition("|") for text in wanted.split(",")]
    anywhere = {code for _, bar, code in pairs if not bar}
    exact = {(system, code) for system, bar, code in pairs if bar}

    def test(value: Any) -> bool:
        return any(code in anywhere or (system, code) in exact for system, code in _tokens(value))

    return test


def _tokens(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [("", value)]
    if "coding" in value:
        return [(one.get("system", ""), one.get("code", "")) for one in value["coding"]]
    return [(value.get("system", ""), value.get("value", value.get("code", "")))]


def _reference_test(wanted: str) -> Test:
    texts = set(wanted.split(","))

    def test(value: Any) -> bool:
        reference = str(value.get("reference", ""))
        return reference in texts or reference.rpartition("/")[2] in texts

    return test


def _uri_test(wanted: str) -> Test:
    return lambda value: value == wanted


_TESTS: dict[str, Callable[[str], Test]] = {
    "date": _date_test,
    "token": _token_test,
    "reference": _reference_test,
    "uri": _uri_test,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A search that was understood: type, conditions (all must hold) and page size."""

    kind: str
    conditions: tuple[tuple[str, str], ...]
    count: int
    """0: what the server likes."""
    newest_first: bool

    def test(self) -> Callable[[Row], bool]:
        """Whether a row fulfils every condition; commas within one mean "or". Raises BadSearch."""
        parameters = PARAMETERS[self.kind]
        tests = [
            (parameters[name].find, _TESTS[parameters[name].type](wanted))
            for name, wanted in self.conditions
        ]

        def fulfils(row: Row) -> bool:
            for find, test in tests:
                for value in find(row.resource):
                    if test(value):
                        break
                else:
                    return False
            return True

        return fulfils


def understand(kind: str, pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query string. Raises BadSearch for whatever is not declared."""
    conditions: list[tuple[str, str]] = []
    count, newest_first = 0, False
    for name, value in pairs:
        if name == "_count":
            count = _count(value)
        elif name == "_sort":
            if value not in ("_lastUpdated", "-_lastUpdated"):
                raise BadSearch(f"_sort={value} is not supported, only _lastUpdated")
            newest_first = value.startswith("-")
        elif name in PARAMETERS[kind]:
            conditions.append((name, value))
        elif name != "_format":
            raise BadSearch(f"the search parameter {name} is not supported for {kind}")
    return Query(kind, tuple(conditions), count, newest_first)


def _count(value: str) -> int:
    if not value.isdigit() or int(value) == 0:
        raise BadSearch(f"_count={value} is not a positive number")
    return min(int(value), MAX_COUNT)


def page(store: Store, query: Query, after: Place | None) -> tuple[list[Row], bool]:
    """The rows of one page and whether more follow.

    A page continues behind the last row's (instant, id), never at an offset: rows that were
    touched meanwhile move to the end, and no row is stepped over.
    """
    matches = query.test()
    count = query.count or DEFAULT_COUNT
    place = after[:2] if after is not None else None
    if query.newest_first:
        rows = [row for row in store.since(query.kind, ("", "")) if matches(row)][::-1]
        if place is not None:
            rows = [row for row in rows if (row.updated, row.resource["id"]) < place]
    else:
        rows = []
        for row in store.since(query.kind, place or _lowest(query)):
            if matches(row):
                rows.append(row)
                if len(rows) > count:
                    break
    return rows[:count], len(rows) > count


def _lowest(query: Query) -> tuple[str, str]:
    """Where the order of change can be entered: nothing older than `_lastUpdated=ge` is needed."""
    starts = [
        instant(interval(wanted[2:])[0])
        for name, wanted in query.conditions
        if name == "_lastUpdated" and wanted[:2] in ("ge", "gt") and "," not in wanted
    ]
    return (max(starts), "") if starts else ("", "")


def next_token(query: Query, place: Place) -> str:
    """An opaque token from which the following page can be made, whatever happened meanwhile."""
    told = [query.conditions, query.count, query.newest_first, place]
    return base64.urlsafe_b64encode(msgspec.json.encode(told)).decode().rstrip("=")


def read_token(kind: str, token: str) -> tuple[Query, Place]:
    """What `next_token` wrote. Raises BadSearch when it is not ours."""
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        conditions, count, newest_first, place = msgspec.json.decode(
            text, type=tuple[tuple[tuple[str, str], ...], int, bool, Place]
        )
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise BadSearch("this page link is not one of ours") from error
    if any(name not in PARAMETERS[kind] for name, _ in conditions):
        raise BadSearch("this page link belongs to another resource type")
    return Query(kind, conditions, count, newest_first), place
