"""The ward's test calls as the station tells them: how far they are, which beds did not pass and
why, and how long each part of the road took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.drill import (
    BedRecord,
    Drill,
    DrillCall,
    DrillFault,
    DrillResult,
    DrillStage,
    DrillState,
    Leg,
    bed_record,
    figures,
)
from smartward.screen.station_words import Words

_LEAST_SCALE_MS = 250
"""A bar of this length fills its track at most: quick beds do not look slow beside quicker ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRow:
    """One bed. `reach`, `send`, `show`: the parts of its bar, 0 to 1, where it passed. `detail`:
    its room, and which of its screens."""

    key: str
    number: str
    detail: str
    failed: bool
    text: str
    """Milliseconds from press to station, or why it did not pass."""
    spoken: str
    reach: float = 0.0
    send: float = 0.0
    show: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One part of the road over all beds."""

    key: str
    name: str
    median: str
    most: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTexts:
    """What stands around the rows."""

    label: str = ""
    chip: str = ""
    """Marks every page while a test runs; empty: none does."""
    title: str = ""
    summary: str = ""
    result: str = ""
    """How many passed and did not; empty before the first drill."""
    none: str = ""
    """What test calls are, where there were none yet."""
    failures: str = ""
    passed: str = ""
    start: str = ""
    """The verb; empty where it cannot be done now."""
    stop: str = ""
    hint: str = ""
    """Why they cannot begin now, or that they are asked for."""


def in_order(calls: Sequence[DrillCall]) -> list[DrillCall]:
    """As they are tested."""
    return sorted(calls, key=lambda call: (call.order, call.id))


def chip(drill: Drill | None, calls: Sequence[DrillCall], words: Words) -> str:
    """`TEST · bed 12 · 7/40` while a test call is at the hub. Before it is there the bed is not
    named: that a frame names it is what the station tells of."""
    if drill is None or drill.state is not DrillState.RUNNING:
        return ""
    now = next((call for call in calls if call.stage is DrillStage.PLACED), None)
    through = sum(call.stage is DrillStage.CLOSED for call in calls)
    if now is None:
        return words.text("drill.chip_between", n=through, of=len(calls))
    bed = words.text("bed", bed=now.bed)
    return words.text("drill.chip", bed=bed, n=through + 1, of=len(calls))


def label(drill: Drill | None, calls: Sequence[DrillCall], words: Words) -> str:
    """The page's name, with how far it is, or how many did not pass."""
    if drill is None:
        return words.text("drill.page")
    if drill.state is DrillState.RUNNING:
        through = sum(call.stage is DrillStage.CLOSED for call in calls)
        return words.text("drill.page_n", n=through, of=len(calls))
    failed = sum(bed_record(call).result is DrillResult.FAILED for call in calls)
    return words.text("drill.page_failed", n=failed) if failed else words.text("drill.page")


def summary(drill: Drill, calls: Sequence[DrillCall], words: Words, now: datetime) -> str:
    """Since when, begun by whom; and why it ended early."""
    by = words.text("drill.schedule") if drill.by is None else words.actor(drill.by)
    begun = words.text("drill.begun", at=words.moment(drill.started_at, now), who=by)
    if drill.state is not DrillState.STOPPED or drill.stop is None:
        return begun
    through = sum(call.stage is DrillStage.CLOSED for call in calls)
    why = words.text(
        f"drill.stopped.{drill.stop.value}",
        who="" if drill.stopped_by is None else words.actor(drill.stopped_by),
    )
    return words.text("drill.ended", begun=begun, why=why, n=through, of=len(calls))


def outcome(records: Sequence[BedRecord], words: Words) -> str:
    """How many beds passed, failed, were not tested; what is none is left out but the first."""
    count = {one: sum(record.result is one for record in records) for one in DrillResult}
    parts = [words.text("drill.count.passed", n=count[DrillResult.PASSED])]
    for one in (DrillResult.FAILED, DrillResult.NOT_TESTED):
        if count[one]:
            parts.append(words.text(f"drill.count.{one.value}", n=count[one]))
    return " · ".join(parts)


def failed_rows(calls: Sequence[DrillCall], words: Words, drill: Drill) -> list[DrillRow]:
    """Beds that did not pass, those that failed first. What a stopped drill never came to is told
    once, above, and not bed by bed."""
    found = []
    for call in in_order(calls):
        record = bed_record(call)
        over = call.stage is DrillStage.CLOSED
        if not over or record.result is DrillResult.PASSED:
            continue
        why = words.text("drill.and").join(fault_text(one, words, drill) for one in record.faults)
        row = DrillRow(
            key=call.id,
            number=call.bed,
            detail=detail(call, words),
            failed=record.result is DrillResult.FAILED,
            text=why,
            spoken=words.text("drill.spoken", bed=words.text("bed", bed=call.bed), what=why),
        )
        found.append(row)
    return sorted(found, key=lambda row: not row.failed)


def fault_text(fault: DrillFault, words: Words, drill: Drill) -> str:
    """Why a bed did not pass, with what to do."""
    return words.text(f"drill.fault.{fault.value}", n=round(drill.limit_s))


def detail(call: DrillCall, words: Words) -> str:
    """The room; and which screen, where the bed has several."""
    room = words.text("sub.room", room=call.room)
    return f"{room} · {call.label}" if call.label else room


def passed_rows(calls: Sequence[DrillCall], words: Words) -> list[DrillRow]:
    """A bar for each bed that passed: order to press, press to hub, hub to station."""
    passed = [
        (call, bed_record(call).legs)
        for call in in_order(calls)
        if call.stage is DrillStage.CLOSED and not call.faults
    ]
    scale = max([_LEAST_SCALE_MS, *(_whole(legs) for _, legs in passed)])
    rows = []
    for call, legs in passed:
        whole = legs.get(Leg.WHOLE.value)
        text = words.text("drill.no_time") if whole is None else words.text("drill.ms", n=whole)
        rows.append(
            DrillRow(
                key=call.id,
                number=call.bed,
                detail=detail(call, words),
                failed=False,
                text=text,
                spoken=words.text("drill.spoken", bed=words.text("bed", bed=call.bed), what=text),
                reach=legs.get(Leg.REACH.value, 0) / scale,
                send=legs.get(Leg.SEND.value, 0) / scale,
                show=legs.get(Leg.SHOW.value, 0) / scale,
            )
        )
    return rows


def _whole(legs: dict[str, int]) -> int:
    return sum(legs.get(leg.value, 0) for leg in (Leg.REACH, Leg.SEND, Leg.SHOW))


def figure_rows(records: Sequence[BedRecord], words: Words) -> list[FigureRow]:
    """Every part of the road that was seen."""
    return [
        FigureRow(
            key=one.leg.value,
            name=words.text(f"drill.leg.{one.leg.value}"),
            median=words.text("drill.ms", n=one.median_ms),
            most=words.text("drill.ms", n=one.most_ms),
        )
        for one in figures(tuple(records))
    ]
