"""The patient's day: the medicines that are due, and what was given.

| ours | GNU Health | where absent |
|---|---|---|
| due_at | each `admin_time` of the order, every day in the ward's time; without any: from \
start_treatment on each `frequency` `frequency_unit`s (1 h to 7 days) | rejected: NO_TIME; "when \
required" is no part of the day |
| status | done by the dose of the order's log nearest to it, at most half the interval and 4 h \
away | planned |
| title | medicament, dose and unit, route | |

An order counts from start_treatment to end_treatment; of a discontinued or completed one only what
was given is shown. A dose that answers no time is shown as done at its own. GNU Health says nothing
of doses that were not given, and nothing of pumps: there are no infusions.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.words import Wording
from smartward.his.gnuhealth.rows import (
    NO_TIME,
    DoseRow,
    MedicationRow,
    Number,
    Reject,
    StayRow,
    TimeRow,
    logical,
    rejection,
)
from smartward.his.port import Rejection

PAST = timedelta(hours=24)
AHEAD = timedelta(hours=36)
"""What is shown of the time before and after now."""
_DAY = timedelta(days=1)
_MATCH_WITHIN = timedelta(hours=4)
_OFTEN = timedelta(hours=1)
_SELDOM = timedelta(days=7)
_UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": _DAY,
    "weeks": timedelta(days=7),
}
_WHEN_REQUIRED = "wr"


@dataclass(slots=True)
class Orders:
    """The rows of one stay's orders."""

    medications: list[MedicationRow] = field(default_factory=list)
    times: Mapping[int, list[TimeRow]] = field(default_factory=dict)
    doses: Mapping[int, list[DoseRow]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Slot:
    at: datetime
    time: TimeRow | None = None


def plan(
    orders: Orders, source: str, now: datetime, zone: ZoneInfo
) -> tuple[list[PlanItem], list[Rejection]]:
    """The items around now, and the orders that cannot be used."""
    items: list[PlanItem] = []
    aside: list[Rejection] = []
    for order in orders.medications:
        given = sorted(orders.doses.get(order.id, ()), key=lambda one: one.id)
        try:
            slots = _slots(order, orders.times.get(order.id, ()), now, zone)
        except Reject as reason:
            aside.append(rejection(MedicationRow.MODEL, order.id, reason))
            slots = []
        items += _items(order, slots, given, source)
    window = (now - PAST, now + AHEAD)
    return [one for one in items if window[0] <= one.due_at < window[1]], aside


def _items(
    order: MedicationRow, slots: list[_Slot], given: list[DoseRow], source: str
) -> Iterator[PlanItem]:
    answered = _matched([slot.at for slot in slots], given)
    over = order.discontinued == 1 or order.course_completed == 1
    name = logical(MedicationRow.MODEL, order.id)
    for slot in slots:
        dose = answered.get(slot.at)
        if dose is not None or not over:
            yield _item(order, f"{source}.{name}.{slot.at:%Y%m%dT%H%M}", slot, dose, source)
    matched = {one.id for one in answered.values()}
    for dose in given:
        if dose.id not in matched and dose.admin_time is not None:
            id = f"{source}.{logical(DoseRow.MODEL, dose.id)}"
            yield _item(order, id, _Slot(dose.admin_time), dose, source)


def _item(
    order: MedicationRow, id: str, slot: _Slot, dose: DoseRow | None, source: str
) -> PlanItem:
    title = _title(order, slot.time)
    return PlanItem(
        id=id,
        encounter_id=f"{source}.{logical(StayRow.MODEL, order.stay or 0)}",
        kind=PlanKind.MEDICINE,
        due_at=slot.at,
        status=PlanStatus.PLANNED if dose is None else PlanStatus.DONE,
        title=Wording(his=title) if title else None,
        done_at=dose.admin_time if dose is not None else None,
    )


def _title(order: MedicationRow, time: TimeRow | None) -> str:
    own = time is not None and time.dose is not None
    dose, unit = (time.dose, time.dose_unit) if own and time else (order.dose, order.dose_unit)
    unit = unit or order.dose_unit
    parts = [order.medicament.rec_name if order.medicament is not None else None]
    if dose is not None and unit is not None and unit.rec_name:
        parts.append(f"{amount(dose)} {unit.rec_name}")
    parts.append(order.route.rec_name if order.route is not None else None)
    return " · ".join(one for one in parts if one)


def amount(dose: Number) -> str:
    """A dose in the digits it was entered with: GNU Health keeps binary floats, whose shortest
    decimal is what was typed. Never in powers of ten."""
    text = format(Decimal(repr(dose)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _matched(due: list[datetime], given: Iterable[DoseRow]) -> dict[datetime, DoseRow]:
    """Time due -> the dose that answers it: each dose answers the time nearest to it."""
    gaps = [later - earlier for earlier, later in itertools.pairwise(sorted(due))]
    within = min([_MATCH_WITHIN, *(gap / 2 for gap in gaps)])
    found: dict[datetime, tuple[timedelta, DoseRow]] = {}
    for dose in given:
        if dose.admin_time is None or not due:
            continue
        at = dose.admin_time
        away, nearest = min((abs(slot - at), slot) for slot in due)
        if away <= within and (nearest not in found or away < found[nearest][0]):
            found[nearest] = (away, dose)
    return {slot: dose for slot, (_, dose) in found.items()}


def _slots(
    order: MedicationRow, times: Iterable[TimeRow], now: datetime, zone: ZoneInfo
) -> list[_Slot]:
    """The times due in the window, wider by the reach of a dose. Raises Reject(NO_TIME)."""
    if order.frequency_prn == 1 or order.frequency_unit == _WHEN_REQUIRED:
        return []
    start, end = now - PAST - _MATCH_WITHIN, now + AHEAD
    if order.start_treatment is not None:
        start = max(start, order.start_treatment)
    if order.end_treatment is not None:
        end = min(end, order.end_treatment)
    daily = sorted((one for one in times if one.admin_time is not None), key=_of_day)
    found = _daily(daily, start, end, zone) if daily else _each(order, start, end)
    return list({slot.at: slot for slot in found}.values())


def _of_day(row: TimeRow) -> tuple[time, int]:
    return (row.admin_time or time(), row.id)


def _daily(times: list[TimeRow], start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[_Slot]:
    day = start.astimezone(zone).date()
    while datetime.combine(day, time(), zone) < end:
        for row in times:
            if row.admin_time is None:
                continue
            at = datetime.combine(day, row.admin_time.replace(microsecond=0), zone)
            at = at.astimezone(start.tzinfo)
            if start <= at < end:
                yield _Slot(at, row)
        day += _DAY


def _each(order: MedicationRow, start: datetime, end: datetime) -> Iterator[_Slot]:
    unit = _UNITS.get(order.frequency_unit or "")
    if unit is None or order.frequency is None or order.start_treatment is None:
        raise Reject(NO_TIME, "frequency")
    if not _OFTEN <= unit * min(max(order.frequency, 0), 10**6) <= _SELDOM:
        raise Reject(NO_TIME, "frequency")
    step = unit * order.frequency
    at = order.start_treatment + max(0, -((order.start_treatment - start) // step)) * step
    while at < end:
        if at >= start:
            yield _Slot(at)
        at += step
