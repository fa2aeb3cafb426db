"""The ward drill: a silent test call per bed over the road that a patient's call takes.

A test call is no `NurseCall`: it has a document kind of its own, so that nothing that sounds,
flashes, escalates, counts or tells the hospital system can ever take it for one. Inspection of a
call system at least four times a year is what DIN VDE 0834 asks for.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from smartward.clinical.call_mark import Actor


class DrillState(StrEnum):
    """How far a drill is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class StopReason(StrEnum):
    """Why a drill ended before every bed was tested."""

    CALL = "call"
    """A patient called: a drill never stands beside a call."""
    PERSON = "person"
    CLOCK = "clock"
    """The hub's clock was set: what was measured would not be true."""


class DrillStage(StrEnum):
    """How far one test call is."""

    WAITING = "waiting"
    ORDERED = "ordered"
    """The bed's screen was told to call."""
    PLACED = "placed"
    """Its call is at the hub."""
    CLOSED = "closed"


class DrillResult(StrEnum):
    """What the test of a bed showed, the worst first."""

    FAILED = "failed"
    NOT_TESTED = "not_tested"
    PASSED = "passed"


class DrillFault(StrEnum):
    """Why a bed did not pass."""

    NO_SCREEN = "no_screen"
    """No bedside screen is enrolled at the bed: nothing there can be tested."""
    SCREEN_AWAY = "screen_away"
    """The bed's screen is not connected."""
    SCREEN_SILENT = "screen_silent"
    """It is connected and placed no call within the limit."""
    STATION_AWAY = "station_away"
    STATION_SILENT = "station_silent"
    """No station told within the limit that it has drawn the call."""
    DOOR_AWAY = "door_away"
    DOOR_SILENT = "door_silent"
    UNIT_LOST = "unit_lost"
    """A wired call unit of the bed cannot call."""
    INTERRUPTED = "interrupted"
    """The drill was stopped before the bed was through."""


UNTESTED = frozenset({DrillFault.NO_SCREEN, DrillFault.INTERRUPTED})
"""Faults that say nothing of the bed's own call."""


class Leg(StrEnum):
    """The parts of the road. `whole` is what a patient waits: press to station."""

    REACH = "reach"
    """The hub's order to the press on the bed's screen."""
    SEND = "send"
    """The press, through the screen's outbox on its disk, to the hub."""
    SHOW = "show"
    """The hub, durable, to a frame of a station; with the way of the station's word for it."""
    LAMP = "lamp"
    """The same to the room's door."""
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Document kind `drill`, id "drill": the ward's drill that runs, or the last one. Kind and id
    `own_test`: the same of a screen that tests its own bed."""

    id: str
    state: DrillState
    started_at: datetime
    by: Actor | None
    """None: by schedule."""
    limit_s: float
    """Seconds that each screen has for its part of a test call."""
    ended_at: datetime | None = None
    stop: StopReason | None = None
    stopped_by: Actor | None = None
    only: str = ""
    """The device that asked for a test of its own bed alone; empty: a drill of the ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillCall:
    """Document kind `drill_call`: one bed tested by one of its screens. Times are the hub's."""

    id: str
    drill_id: str
    bed_id: str
    bed: str
    """The bed's number, as it was then."""
    room_id: str
    room: str
    order: int
    device_id: str = ""
    """The bedside screen that calls; empty: the bed has none."""
    label: str = ""
    stage: DrillStage = DrillStage.WAITING
    station: bool = False
    """Whether a station is waited for."""
    doors: tuple[str, ...] = ()
    """Door screens of the room that are waited for."""
    lamps: tuple[str, ...] = ()
    """Those of them that have drawn it."""
    ordered_at: datetime | None = None
    pressed_at: datetime | None = None
    received_at: datetime | None = None
    shown_at: datetime | None = None
    lamp_at: datetime | None = None
    closed_at: datetime | None = None
    faults: tuple[DrillFault, ...] = ()


def is_under_way(call: DrillCall) -> bool:
    """Whether screens have something to do for it."""
    return call.stage in (DrillStage.ORDERED, DrillStage.PLACED)


def order(
    call: DrillCall, at: datetime, *, station: bool, doors: tuple[str, ...], door_away: bool
) -> DrillCall:
    """Tell the bed's screen to call, knowing which of the other screens are connected."""
    faults = (
        *(() if station else (DrillFault.STATION_AWAY,)),
        *((DrillFault.DOOR_AWAY,) if door_away else ()),
    )
    return replace(
        call,
        stage=DrillStage.ORDERED,
        ordered_at=at,
        station=station,
        doors=doors,
        faults=(*call.faults, *faults),
    )


def placed(call: DrillCall, pressed_at: datetime, now: datetime) -> DrillCall:
    """The screen's call is at the hub; told again, nothing is new."""
    if call.stage is not DrillStage.ORDERED:
        return call
    return replace(call, stage=DrillStage.PLACED, pressed_at=pressed_at, received_at=now)


def shown(call: DrillCall, now: datetime) -> DrillCall:
    """A station has drawn it; the first time counts."""
    if call.stage is not DrillStage.PLACED or call.shown_at is not None:
        return call
    return replace(call, shown_at=now)


def lit(call: DrillCall, device_id: str, now: datetime) -> DrillCall:
    """A door has drawn it; the last of the room's doors counts."""
    if call.stage is not DrillStage.PLACED or device_id in call.lamps:
        return call
    if device_id not in call.doors:
        return call
    lamps = (*call.lamps, device_id)
    return replace(call, lamps=lamps, lamp_at=now if len(lamps) == len(call.doors) else None)


def is_through(call: DrillCall) -> bool:
    """Whether everybody who is waited for has told."""
    if call.stage is not DrillStage.PLACED:
        return False
    return (call.shown_at is not None or not call.station) and len(call.lamps) == len(call.doors)


def end(call: DrillCall, now: datetime, *faults: DrillFault) -> DrillCall:
    """The test of the bed is over, with what else was found."""
    found = dict.fromkeys((*call.faults, *faults))
    return replace(call, stage=DrillStage.CLOSED, closed_at=now, faults=tuple(found))


def overdue(call: DrillCall) -> tuple[DrillFault, ...]:
    """Who has not done their part once the time is over."""
    if call.stage is DrillStage.ORDERED:
        return (DrillFault.SCREEN_SILENT,)
    missing = []
    if call.station and call.shown_at is None:
        missing.append(DrillFault.STATION_SILENT)
    if len(call.lamps) < len(call.doors):
        missing.append(DrillFault.DOOR_SILENT)
    return tuple(missing)


def result(call: DrillCall) -> DrillResult:
    """What a test shows that is over; one that was never begun is not tested."""
    if call.stage is not DrillStage.CLOSED:
        return DrillResult.NOT_TESTED
    if not call.faults:
        return DrillResult.PASSED
    return DrillResult.NOT_TESTED if set(call.faults) <= UNTESTED else DrillResult.FAILED


# ---------------------------------------------------------------------- the record


@dataclass(frozen=True, slots=True, kw_only=True)
class BedRecord:
    """What the record says of one bed. `legs`: milliseconds by `Leg`, of those that were seen."""

    bed: str
    room: str
    label: str
    result: DrillResult
    faults: tuple[DrillFault, ...]
    legs: dict[str, int]
    order: int = 0
    """Its place among the beds of the ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRecord:
    """One drill as it is kept with the audit and printed; beds that failed come first."""

    id: str
    ward: str
    """The ward's name."""
    state: DrillState
    stop: StopReason | None
    started_at: datetime
    ended_at: datetime
    by: str
    """Who began it by name; empty: by schedule."""
    limit_s: float
    beds: tuple[BedRecord, ...]

    def count(self, result: DrillResult) -> int:
        """How many tests ended so."""
        return sum(bed.result is result for bed in self.beds)


def legs(call: DrillCall) -> dict[str, int]:
    """Milliseconds of each part that was seen. Where the clock was set meanwhile there is none."""
    spans = {
        Leg.REACH: (call.ordered_at, call.pressed_at),
        Leg.SEND: (call.pressed_at, call.received_at),
        Leg.SHOW: (call.received_at, call.shown_at),
        Leg.LAMP: (call.received_at, call.lamp_at),
        Leg.WHOLE: (call.pressed_at, call.shown_at),
    }
    found: dict[str, int] = {}
    for leg, (since, until) in spans.items():
        if since is not None and until is not None and until >= since:
            found[leg.value] = round((until - since) / timedelta(milliseconds=1))
    return found


def bed_record(call: DrillCall) -> BedRecord:
    """What the record says of one test; one that was never begun was interrupted."""
    faults = call.faults
    if call.stage is not DrillStage.CLOSED:
        faults = (*faults, DrillFault.INTERRUPTED)
    return BedRecord(
        bed=call.bed,
        room=call.room,
        label=call.label,
        result=result(call),
        faults=faults,
        legs=legs(call),
        order=call.order,
    )


def record(drill: Drill, calls: list[DrillCall], ward: str, now: datetime) -> DrillRecord:
    """A drill that is over, as it is kept; `ward` is the ward's name."""
    worst = list(DrillResult)
    ordered = sorted(calls, key=lambda call: (worst.index(result(call)), call.order, call.id))
    return DrillRecord(
        id=drill.id,
        ward=ward,
        state=drill.state,
        stop=drill.stop,
        started_at=drill.started_at,
        ended_at=drill.ended_at or now,
        by="" if drill.by is None else drill.by.name or drill.by.person_id or drill.by.device_id,
        limit_s=drill.limit_s,
        beds=tuple(bed_record(call) for call in ordered),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """One part of the road over all beds: how many were seen; milliseconds."""

    leg: Leg
    seen: int
    median_ms: int
    most_ms: int


def figures(beds: tuple[BedRecord, ...]) -> list[LegFigures]:
    """Each part of the road that was seen at all."""
    if not beds:
        return []
    from statistics import median  # here: no screen needs it for its first frame

    found = []
    for leg in Leg:
        spans = [bed.legs[leg.value] for bed in beds if leg.value in bed.legs]
        if len(spans) > 0:
            figure = LegFigures(
                leg=leg, seen=len(spans), median_ms=round(median(spans)), most_ms=max(spans)
            )
            found.append(figure)
    return found


# ---------------------------------------------------------------------- the schedule


def next_start(now: datetime, at: time, days: frozenset[int], zone: ZoneInfo) -> datetime:
    """The first `at` o'clock after `now` on one of `days` (ISO: Monday is 1), in `zone`. A time
    that the clocks skip that day is the one they show instead. Raises ValueError without days."""
    if not days:
        raise ValueError("a schedule needs a day of the week")
    today = now.astimezone(zone).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        start = datetime.combine(day, at, zone).astimezone(now.tzinfo)
        if day.isoweekday() in days and start > now:
            return start
    raise ValueError("no day of a week is after today")
