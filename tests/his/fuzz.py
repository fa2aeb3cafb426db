"""Structure-aware spoiling of FHIR resources, and a second reading of vital signs.

`spoilt` changes one or two places of a resource by what kind of element stands there: codes become
other codes, units other units, times other times, references point elsewhere, numbers grow signs,
zeros and exponents, lists lose, gain and double members, anything becomes something of another JSON
type. `read` is an independent reading of one Observation, written from the standard and from LOINC,
without a line of ours: what our mapping accepts must be exactly that.
"""

import copy
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

ODD: tuple[Any, ...] = (
    None, "", " ", "x" * 300, 0, -1, 1, 2**40, 1e300, -0.0, True, False, [], {}, [None], [[]], [{}],
    {"value": 0}, {"start": 7}, {"coding": [{}]}, {"reference": ""}, "\u0000", "\U0001f600",
    "active", "entered-in-error", "2026-11-31", "9999-12-31T23:59:59Z", 37, "37", "37,5",
)  # fmt: skip
_TIMES = (
    "2026", "2026-11", "2026-11-20", "2026-11-20T08:00:00", "2026-11-20T08:00Z",
    "2026-11-20T08:00:00Z", "2026-11-20T08:00:00+08:00", "2026-11-20T08:00:00-03:30",
    "2026-11-20T08:00:00.123456789Z", "2026-11-20T23:59:60Z", "2026-11-31T08:00:00Z",
    "2026-02-29T08:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "20261120T080000Z", "2026-11-20 08:00:00Z", " 2026-11-20T08:00:00Z", "2026-11-20T24:00:00Z",
    "2026-11-20T08:00:00+08", "2026-11-20t08:00:00z", "1969-12-31T23:59:59Z",
)  # fmt: skip
_UNITS = (
    "mm[Hg]", "mmHg", "kPa", "Cel", "[degF]", "K", "/min", "/h", "%", "1", "L/min", "mL", "kg",
    "mmol/L", "mg/dL", "cel", "MM[HG]", "次/分", "℃", "°F", "{beats}/min", "",
)  # fmt: skip
_LOINC = "http://loinc.org"
_SNOMED = "http://snomed.info/sct"
_UCUM = "http://unitsofmeasure.org"
_SYSTEMS = (_LOINC, _SNOMED, _UCUM, "http://loinc.org/", "urn:oid:2.16.840.1.113883.6.1", "", "x")
_CODES = (
    "8867-4", "9279-1", "59408-5", "2708-6", "8310-5", "8480-6", "8462-4", "85354-9", "85353-1",
    "3151-8", "80288-4", "29463-7", "8867-4 ", "88674", "248234008", "450847001", "A", "U",
)  # fmt: skip
_STATUS = (
    "final", "amended", "corrected", "preliminary", "registered", "cancelled", "entered-in-error",
    "unknown", "active", "in-progress", "finished", "planned", "completed", "stopped", "on-hold",
    "revoked", "draft", "FINAL", "not-done",
)  # fmt: skip
_REFERENCES = (
    "Patient/other", "Encounter/other", "#contained", "Patient/", "Patient", "Group/1", "?",
    "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "Patient//", "Practitioner/other",
    "https://elsewhere.example/fhir/Patient/other", "Location/other", "Patient/other/_history/2",
)  # fmt: skip
_NUMBERS = (0, -1, 1, 0.1, 1e-9, 1e9, 1e308, 5e-324, 36.85, 97, 131, 251, 350.5, -36.9, 17.4, 310.0)

_BY_NAME = {
    "status": _STATUS,
    "system": _SYSTEMS,
    "code": (*_CODES, *_UNITS),
    "unit": (*_CODES, *_UNITS),
}


def places(body: Any) -> list[tuple[Any, Any]]:
    """Every element of a resource: what holds it, and its name or number there."""
    found: list[tuple[Any, Any]] = []
    waiting = [body]
    while waiting:
        node = waiting.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    return found


def spoilt(body: Json, chance: random.Random) -> Json:
    """A copy with one or two places changed; its type and id are left alone."""
    body = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 1, 2))):
        node, key = chance.choice(places(body))
        if key not in ("resourceType", "id") or node is not body:
            _spoil(node, key, chance)
    return body


def _spoil(node: Any, key: Any, chance: random.Random) -> None:
    old = node[key]
    match chance.randrange(8):
        case 0:
            del node[key]
        case 1:
            node[key] = _odd(chance)
        case 2:
            node[key] = [old, _odd(chance)]
        case 3 if isinstance(old, list) and old:
            node[key] = chance.choice((old * 2, old[::-1], old[0], [*old, {}], old[1:]))
        case 4 if isinstance(node, dict) and isinstance(key, str):
            # The extension of a primitive, and another choice of the same element.
            node[f"_{key}"] = {"extension": [{"url": "x", "valueCode": "unknown"}]}
            node[key if chance.random() < 0.5 else f"{key}2"] = None
        case _:
            node[key] = _like(key, old, chance)


def _odd(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(ODD))


def _like(key: Any, old: Any, chance: random.Random) -> Any:
    """Another value of the same kind as what stands there."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        return chance.choice((*_NUMBERS, -old, old * 10, old / 10, old + 1, str(old)))
    if not isinstance(old, str):
        return _odd(chance)
    if key == "reference":
        return chance.choice((*_REFERENCES, f"{old}/_history/3", f"https://h.example/{old}"))
    if len(old) >= 10 and old[4:5] == "-" and old[:4].isdigit():
        return chance.choice(_TIMES)
    others = (*_STATUS, *_CODES, old.upper(), f" {old}", old[:1], "")
    return chance.choice(_BY_NAME.get(key, others))


# ------------------------------------------------------------------------------ a second reading

_PARAMETERS = {
    "9279-1": "respiratory_rate",
    "59408-5": "oxygen_saturation",
    "2708-6": "oxygen_saturation",
    "8480-6": "systolic",
    "8462-4": "diastolic",
    "8867-4": "heart_rate",
    "8310-5": "temperature",
}
_PANELS = ("85354-9", "85353-1")
_IN_UNIT = {
    "respiratory_rate": {"/min": 1.0, "{beats}/min": 1.0, "次/分": 1.0},
    "heart_rate": {"/min": 1.0, "{beats}/min": 1.0, "次/分": 1.0},
    "oxygen_saturation": {"%": 1.0},
    "systolic": {"mm[Hg]": 1.0, "mmHg": 1.0, "kPa": 7.500617},
    "diastolic": {"mm[Hg]": 1.0, "mmHg": 1.0, "kPa": 7.500617},
    "temperature": {"Cel": 1.0, "℃": 1.0, "[degF]": math.nan, "°F": math.nan},
}

_AS_PEOPLE_WRITE = {"MM[HG]": "mm[Hg]", "cel": "Cel"}
"""Case counts in a UCUM code only."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person reads out of an Observation. `values`: (parameter, number) as they stand."""

    taken_at: datetime
    values: tuple[tuple[str, float], ...]


def read(body: Json) -> Reading | None:
    """An Observation of numbers by the standard; None when nothing may be taken from it."""
    if body.get("status") not in ("final", "amended", "corrected"):
        return None
    at = _time(body)
    if at is None:
        return None
    code = _code(body)
    parts = body.get("component") or [] if code in _PANELS else [body]
    values = [(name, number) for part in parts for name, number in _value(part)]
    if not values:
        return None
    return Reading(at, tuple(values))


def _code(part: Json) -> str | None:
    for coding in (part.get("code") or {}).get("coding") or ():
        known = coding.get("code") in _PARAMETERS or coding.get("code") in _PANELS
        if coding.get("system") == _LOINC and known:
            return str(coding["code"])
    return None


def _time(body: Json) -> datetime | None:
    period = body.get("effectivePeriod") or {}
    texts = [body.get("effectiveDateTime"), body.get("effectiveInstant")]
    text = next((t for t in (*texts, period.get("end"), period.get("start")) if t), None)
    if not isinstance(text, str) or len(text) < 17 or text[10] != "T":
        return None
    seconds, fraction = text.replace(":60", ":59"), ""
    if "." in seconds:
        seconds, _, rest = seconds.partition(".")
        digits = len(rest) - len(rest.lstrip("0123456789"))
        fraction, seconds = rest[:digits][:3].ljust(3, "0"), seconds + rest[digits:]
    try:
        at = datetime.fromisoformat(seconds)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    try:
        return at.replace(microsecond=int(fraction or 0) * 1000).astimezone(UTC)
    except OverflowError:
        return None


def _value(part: Json) -> list[tuple[str, float]]:
    name = _PARAMETERS.get(_code(part) or "")
    quantity = part.get("valueQuantity")
    if name is None or not isinstance(quantity, dict) or quantity.get("comparator") is not None:
        return []
    number = quantity.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float):
        return []
    # UCUM's code says it; only where there is none a printed unit does.
    unit = quantity.get("unit")
    if quantity.get("code"):
        exact = quantity.get("system") == _UCUM
        unit = quantity["code"] if exact or quantity["code"] in _IN_UNIT[name] else unit
    unit = unit.strip() if isinstance(unit, str) else ""
    if not (quantity.get("code") and quantity.get("system") == _UCUM):
        unit = _AS_PEOPLE_WRITE.get(unit, unit)
    factor = _IN_UNIT[name].get(unit)
    if factor is None:
        return []
    # Where a known printed unit says another thing than the code, nobody knows what it is.
    said = quantity.get("unit")
    said = said.strip() if isinstance(said, str) else ""
    other = _IN_UNIT[name].get(_AS_PEOPLE_WRITE.get(said, said))
    if other is not None and other != factor and not (math.isnan(other) and math.isnan(factor)):
        return []
    if name == "oxygen_saturation" and number <= 1:
        return []
    if math.isnan(factor):
        return [(name, (number - 32) / 1.8)]
    return [(name, number * factor)]
