"""Observations entered at the ward: what may be entered, what is asked about, what it becomes.

A value is kept as it was typed, so that 36.50 stays 36.50; rules read it as a number. Nothing that
was entered is ever changed: a correction marks it as entered in error, and what is right is a new
sign of the same set.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from smartward.clinical.call_mark import Actor
from smartward.clinical.observation import Measurement, OxygenDevice, Parameter, VitalSign
from smartward.clinical.observation_set import CODES

SOURCE = "ward"
"""Stands before the ids of what was entered here, as a hospital's name does before its own."""

BLOOD_PRESSURE = "blood_pressure"
"""The sign that two parameters make together; so do flow and device of oxygen, called by the
flow."""

_P = Parameter

PLAUSIBLE: Mapping[Parameter, tuple[Decimal, Decimal]] = {
    _P.RESPIRATORY_RATE: (Decimal(1), Decimal(59)),
    _P.OXYGEN_SATURATION: (Decimal(51), Decimal(100)),
    _P.TEMPERATURE: (Decimal("27.1"), Decimal("44.9")),
    _P.SYSTOLIC: (Decimal(1), Decimal(300)),
    _P.DIASTOLIC: (Decimal(20), Decimal(160)),
    _P.HEART_RATE: (Decimal(1), Decimal(250)),
    _P.GLUCOSE: (Decimal("1.0"), Decimal("33.3")),
    _P.OXYGEN_FLOW: (Decimal(0), Decimal(15)),
}
"""Outside it the person is asked once: open-eObs, `nh_ews`, the ranges of its entry form, in the
units of UNITS. It has no bound of these, which are local choices: of oxygen 15 L/min is what a flow
meter at the wall shows at most, and only a high-flow device gives more; of glucose 33.3 mmol/L
(600 mg/dL) is what meters at the bed show at most; diastolic pressure."""

POSSIBLE: Mapping[Parameter, tuple[Decimal, Decimal]] = {
    _P.RESPIRATORY_RATE: (Decimal(0), Decimal(120)),
    _P.OXYGEN_SATURATION: (Decimal(0), Decimal(100)),
    _P.SYSTOLIC: (Decimal(0), Decimal(350)),
    _P.DIASTOLIC: (Decimal(0), Decimal(250)),
    _P.HEART_RATE: (Decimal(0), Decimal(350)),
    _P.TEMPERATURE: (Decimal(15), Decimal(47)),
    _P.PAIN: (Decimal(0), Decimal(10)),
    _P.GLUCOSE: (Decimal(0), Decimal(120)),
    _P.OXYGEN_FLOW: (Decimal(0), Decimal(80)),
}
"""Outside it a value is a slip of the finger and is not taken: what is read from a hospital system
is held to the same numbers. Pain is the numeric rating scale, 0 to 10."""

_PLACES: Mapping[Parameter, int] = {_P.TEMPERATURE: 2, _P.GLUCOSE: 2, _P.OXYGEN_FLOW: 2}
"""Decimal places that may be typed; elsewhere none."""
_CODES: Mapping[Parameter, frozenset[str]] = {
    **CODES,
    _P.OXYGEN_DEVICE: frozenset(OxygenDevice),
}
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.([0-9]{1,2}))?")
_PAIR = (_P.SYSTOLIC, _P.DIASTOLIC)
_SECOND = (_P.DIASTOLIC, _P.OXYGEN_DEVICE)
"""What stands behind another value of its sign."""


class EntryRefused(Exception):
    """It cannot be entered. `key` is a text key, `parameter` what it is about."""

    def __init__(self, key: str, parameter: Parameter | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.parameter = parameter


class SignStatus(StrEnum):
    """Whether an entered sign stands."""

    FINAL = "final"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredValue:
    """One value: the digits as typed, in the unit of UNITS, or a code of CODES."""

    parameter: Parameter
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredSign:
    """What becomes one Observation. `number` counts the tries at this sign within its set."""

    name: str
    """A parameter, or BLOOD_PRESSURE."""
    number: int
    values: tuple[EnteredValue, ...]
    by: Actor
    at: datetime
    status: SignStatus = SignStatus.FINAL
    wrong_by: Actor | None = None
    wrong_at: datetime | None = None
    why: str | None = None
    """Why it was wrong, in the person's words."""
    removed: bool = False
    """It is no more where it was told: removed at the hospital system, and by nobody here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationEntry:
    """Document kind `observation_entry`: one set as a person entered it, with its corrections."""

    id: str
    encounter_id: str
    taken_at: datetime
    signs: tuple[EnteredSign, ...]


def read_values(told: Mapping[str, str | int | None]) -> tuple[EnteredValue, ...]:
    """The values of a set by parameter. Raises EntryRefused for one that cannot be."""
    values = tuple(read_value(Parameter(name), raw) for name, raw in sorted(told.items()))
    named = {one.parameter for one in values}
    if _P.DIASTOLIC in named and _P.SYSTOLIC not in named:
        raise EntryRefused("observation.no_systolic", _P.DIASTOLIC)
    return values


def read_value(parameter: Parameter, raw: str | int | None) -> EnteredValue:
    """One value, looked at by itself. Raises EntryRefused for one that cannot be."""
    text = str(raw).strip() if raw is not None else ""
    codes = _CODES.get(parameter)
    if codes is not None:
        if text not in codes:
            raise EntryRefused("observation.impossible", parameter)
        return EnteredValue(parameter=parameter, text=text)
    match = _NUMBER.fullmatch(text)
    if match is None or len(match[1] or "") > _PLACES.get(parameter, 0):
        raise EntryRefused("observation.impossible", parameter)
    low, high = POSSIBLE[parameter]
    if not low <= Decimal(text) <= high:
        raise EntryRefused("observation.impossible", parameter)
    return EnteredValue(parameter=parameter, text=text)


def improbable(values: Iterable[EnteredValue]) -> tuple[Parameter, ...]:
    """What a person should be asked about once before it is taken: outside PLAUSIBLE, or a systolic
    pressure not above the diastolic one (open-eObs), or a flow of oxygen that contradicts air or
    oxygen. 0 breaths stand for absent breathing and are taken as they are."""
    values = tuple(values)
    told = {one.parameter: one.text for one in values}
    numbers = {one.parameter: Decimal(one.text) for one in values if one.parameter in POSSIBLE}
    found = []
    for parameter, number in numbers.items():
        low, high = PLAUSIBLE.get(parameter, POSSIBLE[parameter])
        if parameter is _P.OXYGEN_FLOW and told.get(_P.OXYGEN_DEVICE) == OxygenDevice.HIGH_FLOW:
            high = POSSIBLE[parameter][1]
        absent = parameter is _P.RESPIRATORY_RATE and number == 0
        if not absent and not low <= number <= high:
            found.append(parameter)
    if _contradicts(numbers.get(_P.OXYGEN_FLOW), told.get(_P.OXYGEN_SUPPLY)):
        found.append(_P.OXYGEN_FLOW)
    if all(one in numbers for one in _PAIR) and numbers[_PAIR[0]] <= numbers[_PAIR[1]]:
        found.append(_P.DIASTOLIC)
    return tuple(dict.fromkeys(found))


def _contradicts(flow: Decimal | None, supply: str | None) -> bool:
    return flow is not None and supply is not None and (flow > 0) is not (supply == "oxygen")


def signs_of(
    values: Iterable[EnteredValue], by: Actor, at: datetime, before: Iterable[EnteredSign] = ()
) -> tuple[EnteredSign, ...]:
    """The signs that values make, numbered on from those that were entered before."""
    last: dict[str, int] = {}
    for one in before:
        last[one.name] = max(last.get(one.name, 0), one.number)
    groups: dict[str, list[EnteredValue]] = {}
    for value in values:
        groups.setdefault(sign_name(value.parameter), []).append(value)
    return tuple(
        EnteredSign(
            name=name,
            number=last.get(name, 0) + 1,
            values=tuple(sorted(group, key=lambda value: value.parameter in _SECOND)),
            by=by,
            at=at,
        )
        for name, group in groups.items()
    )


def sign_name(parameter: Parameter) -> str:
    """The sign that a parameter belongs to."""
    if parameter is _P.OXYGEN_DEVICE:
        return _P.OXYGEN_FLOW.value
    return BLOOD_PRESSURE if parameter in _PAIR else parameter.value


def correct(
    entry: ObservationEntry, values: Mapping[str, str | int | None], by: Actor, at: datetime,
    why: str,
) -> ObservationEntry:  # fmt: skip
    """The entry with other values in place of those named; None: that one is just wrong.

    Raises EntryRefused for a value that cannot be, or one that was never entered.
    """
    given = {name: raw for name, raw in values.items() if raw is not None}
    names = {sign_name(Parameter(name)) for name in values}
    standing = {one.name: one for one in current(entry)}
    for name in values:
        if sign_name(Parameter(name)) not in standing:
            raise EntryRefused("observation.not_entered", Parameter(name))
    fresh = signs_of(read_values(_whole(given, values, standing)), by, at, entry.signs)
    signs = tuple(
        replace(one, status=SignStatus.ENTERED_IN_ERROR, wrong_by=by, wrong_at=at, why=why)
        if one.name in names and one.status is SignStatus.FINAL
        else one
        for one in entry.signs
    )
    return replace(entry, signs=(*signs, *fresh))


def _whole(
    given: dict[str, str | int], named: Iterable[str], standing: Mapping[str, EnteredSign]
) -> dict[str, str | int]:
    """With what was right of a sign that holds two values."""
    names = set(named)
    signs = {sign_name(Parameter(name)) for name in names} & standing.keys()
    kept = {one.parameter.value: one.text for sign in signs for one in standing[sign].values}
    return {name: text for name, text in kept.items() if name not in names} | given


def current(entry: ObservationEntry) -> tuple[EnteredSign, ...]:
    """The signs that stand."""
    return tuple(one for one in entry.signs if one.status is SignStatus.FINAL)


def removed(entry: ObservationEntry, key: str, at: datetime) -> ObservationEntry | None:
    """The entry with the sign of this key as the hospital system has removed it; None where that
    sign does not stand anyhow."""
    if key not in {sign_key(entry.id, one) for one in current(entry)}:
        return None
    wrong = SignStatus.ENTERED_IN_ERROR
    return _with(entry, key, lambda one: replace(one, status=wrong, wrong_at=at, removed=True))


def restored(entry: ObservationEntry, key: str) -> ObservationEntry | None:
    """The entry with a sign that was removed standing again; None where it was not removed, or
    another of its name stands by now."""
    names = {one.name for one in current(entry)}
    gone = {sign_key(entry.id, one): one.name for one in entry.signs if one.removed}
    if key not in gone or gone[key] in names:
        return None
    final = SignStatus.FINAL
    return _with(entry, key, lambda one: replace(one, status=final, wrong_at=None, removed=False))


def _with(
    entry: ObservationEntry, key: str, change: Callable[[EnteredSign], EnteredSign]
) -> ObservationEntry:
    signs = (change(one) if sign_key(entry.id, one) == key else one for one in entry.signs)
    return replace(entry, signs=tuple(signs))


def sign_key(entry_id: str, sign: EnteredSign) -> str:
    """What a sign is called wherever it goes: `<set>.<name>.<number>`."""
    return f"{entry_id}.{sign.name}.{sign.number}"


def set_of(key: str) -> str | None:
    """The set that a sign's key names; None where it is no such key."""
    parts = key.rsplit(".", 2)
    return parts[0] if len(parts) == 3 and parts[2].isdigit() else None


def vital_sign(entry: ObservationEntry, sign: EnteredSign) -> VitalSign:
    """A sign as the screens and rules know it. One that came back from the hospital system under
    this key is the same document."""
    return VitalSign(
        id=f"{SOURCE}.{sign_key(entry.id, sign)}",
        encounter_id=entry.encounter_id,
        taken_at=entry.taken_at,
        received_at=sign.at,
        measurements=tuple(one for value in sign.values for one in measurements(value)),
        panel_id=f"{SOURCE}.{entry.id}",
    )


def measurements(value: EnteredValue) -> Iterator[Measurement]:
    """What an entered value says: a flow of oxygen says also whether it is air or oxygen."""
    if value.parameter in _CODES:
        yield Measurement(parameter=value.parameter, code=value.text)
        return
    number = float(value.text)
    if value.parameter is _P.OXYGEN_FLOW:
        yield Measurement(parameter=_P.OXYGEN_SUPPLY, code="oxygen" if number > 0 else "air")
    yield Measurement(parameter=value.parameter, value=number)
