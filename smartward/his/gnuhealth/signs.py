"""Vital signs: the columns of a rounding.

| ours | GNU Health | unit |
|---|---|---|
| systolic, diastolic | systolic, diastolic: one sign | mmHg |
| heart_rate | bpm | /min |
| respiratory_rate | respiratory_rate | /min |
| oxygen_saturation | osat | % |
| temperature | temperature | °C |
| pain | pain_level | 1 to 10 |
| taken_at | evaluation_start | |

A rounding in progress (draft) counts: what a nurse has typed was measured. What is out of the
range of a living person (98.6 typed in °F) is rejected: RANGE. An empty column is no value; 0 is
one. The `glycemia` column has no unit (mg/dL here, mmol/L there) and is not shown. What was entered
at a ward of ours (`note`) is the ward's own sign, with what GNU Health has no column for.
"""

import math
from collections.abc import Iterable

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.observation_entry import (
    BLOOD_PRESSURE,
    POSSIBLE,
    SOURCE,
    EntryRefused,
    measurements,
    read_values,
    sign_name,
)
from smartward.his.gnuhealth.note import SignLine, lines
from smartward.his.gnuhealth.rows import (
    RANGE,
    TIME,
    Reject,
    RoundingRow,
    StayRow,
    logical,
    rejection,
)
from smartward.his.port import Rejection

COLUMNS: dict[Parameter, str] = {
    Parameter.SYSTOLIC: "systolic",
    Parameter.DIASTOLIC: "diastolic",
    Parameter.HEART_RATE: "bpm",
    Parameter.RESPIRATORY_RATE: "respiratory_rate",
    Parameter.OXYGEN_SATURATION: "osat",
    Parameter.TEMPERATURE: "temperature",
    Parameter.PAIN: "pain_level",
}
"""Where each parameter is kept; the others have no column."""


def signs(row: RoundingRow, source: str) -> tuple[list[VitalSign], list[Rejection]]:
    """The signs of a rounding, and what of it cannot be used."""
    if row.evaluation_start is None:
        return [], [rejection(RoundingRow.MODEL, row.id, Reject(TIME, "evaluation_start"))]
    told: dict[str, list[Measurement]] = {}
    aside: list[Rejection] = []
    for parameter, column in COLUMNS.items():
        name = sign_name(parameter)
        try:
            value = _value(row, parameter, column)
        except Reject as reason:
            aside.append(rejection(RoundingRow.MODEL, row.id, reason, column))
            continue
        if value is not None:
            told.setdefault(name, []).append(Measurement(parameter=parameter, value=value))
    ours = {one.sign: one for one in lines(row.round_summary).values() if not one.withdrawn}
    for line in ours.values():
        alone = _without_column(line)
        if alone:
            told[line.sign] = alone
    found = [_sign(row, source, name, told[name], ours.get(name)) for name in told]
    return found, aside


def _value(row: RoundingRow, parameter: Parameter, column: str) -> float | None:
    told = getattr(row, column)
    if told is None:
        return None
    value = float(told)
    low, high = POSSIBLE[parameter]
    if not (math.isfinite(value) and float(low) <= value <= float(high)):
        raise Reject(RANGE, column)
    return value


def _without_column(line: SignLine) -> list[Measurement]:
    """What a line alone tells: codes, glucose and a flow of oxygen, which we write in the unit of
    UNITS."""
    found: list[Measurement] = []
    for parameter, text in ((one, text) for name, text in line.values for one in _named(name)):
        try:
            (value,) = read_values({parameter: text})
        except EntryRefused:
            continue
        found += measurements(value)
    return found


def _named(name: str) -> Iterable[Parameter]:
    return (one for one in Parameter if one.value == name and one not in COLUMNS)


def _sign(
    row: RoundingRow, source: str, name: str, found: list[Measurement], ours: SignLine | None
) -> VitalSign:
    assert row.evaluation_start is not None
    rounding = f"{source}.{logical(RoundingRow.MODEL, row.id)}"
    return VitalSign(
        id=f"{rounding}.{name}" if ours is None else f"{SOURCE}.{ours.key}",
        encounter_id=f"{source}.{logical(StayRow.MODEL, row.stay or 0)}",
        taken_at=row.evaluation_start,
        received_at=row.evaluation_start,
        measurements=tuple(found),
        panel_id=rounding if ours is None else f"{SOURCE}.{ours.set}",
    )


def columns_of(sign: str) -> tuple[Parameter, ...]:
    """The parameters with a column that make a sign."""
    if sign == BLOOD_PRESSURE:
        return (Parameter.SYSTOLIC, Parameter.DIASTOLIC)
    return tuple(one for one in COLUMNS if one.value == sign)
