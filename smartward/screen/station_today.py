"""The ward's alerts of today as rows: each bed against the budget, who has most and by which rules,
the shifts before, and what rules in shadow would have said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.budget_board import BedLoad, BudgetBoard, PatientLoad, ShiftLoad
from smartward.clinical.care_due import limits_asked
from smartward.clinical.care_event import CareEvent
from smartward.screen.station_names import Names
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_ROOM_ABOVE = 1.5
"""How much longer than the budget the longest bar may be before the others shrink for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BedBar:
    """One bed: `share` of the bar's length that is filled, 0 to 1."""

    key: str
    number: str
    count: str
    share: float
    over: bool
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """One of those who have most. `verb`: empty for few alerts, where a doctor was asked, or nobody
    may be."""

    key: str
    bed: str
    name: str
    count: str
    rules: str
    over: bool
    verb: str
    status: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One shift before this."""

    key: str
    time: str
    total: str
    mean: str
    over: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRow:
    """What one rule in shadow would have said."""

    key: str
    says: str
    said: str
    night: str
    perBedDay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayTexts:
    """The texts around the rows."""

    title: str = ""
    summary: str = ""
    over: str = ""
    """What is above the budget; empty: nothing."""
    none: str = ""
    """Said in place of everything; empty where there is something."""
    limit: str = ""
    patients: str = ""
    noPatients: str = ""
    shifts: str = ""
    shiftHeads: tuple[str, ...] = ()
    shadow: str = ""
    noShadow: str = ""
    shadowHeads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """How the page is looked at. `sent`: stays whose question is on its way, with what is said."""

    names: Names
    hidden: bool
    sent: dict[str, str]


def scale(board: BudgetBoard) -> float:
    """How many alerts a whole bar is."""
    longest = max((one.alert_count for one in board.beds), default=0)
    return max(board.limit * _ROOM_ABOVE, float(longest), 1.0)


def bars(state: WardState, board: BudgetBoard, words: Words) -> list[BedBar]:
    """Every bed in the ward's order, those without alerts too."""
    counts = {one.bed_id: one for one in board.beds}
    whole = scale(board)
    found = []
    for bed in state.ordered_beds():
        count = counts.get(bed.id, BedLoad(bed_id=bed.id, alert_count=0)).alert_count
        over = count > board.limit
        found.append(
            BedBar(
                key=bed.id,
                number=bed.number,
                count=str(count) if count > 0 else "",
                share=count / whole,
                over=over,
                spoken=words.text("today.spoken_bed", bed=bed.number, n=count),
            )
        )
    return found


def patients(
    state: WardState, board: BudgetBoard, looked: Looked, words: Words, now: datetime
) -> list[PatientRow]:
    """Those who have most; who has left the ward, or is silenced, is not among them."""
    here = [one for one in board.patients if one.encounter_id in state.encounters]
    told = [one for one in here if one.encounter_id not in state.silences]
    return [_patient(state, board, one, looked, words, now) for one in told]


def _patient(
    state: WardState,
    board: BudgetBoard,
    one: PatientLoad,
    looked: Looked,
    words: Words,
    now: datetime,
) -> PatientRow:
    bed = state.bed_of_encounter(one.encounter_id)
    number = words.text("no_bed") if bed is None else bed.number
    name = "" if looked.hidden else looked.names.marked(one.encounter_id, words)
    share = round(100 * one.alert_count / board.total) if board.total > 0 else 0
    count = words.text("today.count", n=one.alert_count, share=share)
    why = [
        words.text("today.rule", n=r.alert_count, what=words.rule_short(r.rule)) for r in one.rules
    ]
    many = one.alert_count >= board.least
    asked = asked_today(state, one.encounter_id, words, now)
    status = looked.sent.get(one.encounter_id, "")
    if asked is not None and not status:
        at = words.moment(asked.at, now)
        status = words.text("today.asked", who=words.actor(asked.by), at=at)
    return PatientRow(
        key=one.encounter_id,
        bed=number,
        name=name,
        count=count,
        rules="" if looked.hidden else " · ".join(why),
        over=one.over,
        # Limits are fitted to who has many: below that nobody need be asked.
        verb=words.text("today.ask") if many and not (looked.hidden or status) else "",
        status=status,
        spoken=", ".join(part for part in (number, name, count) if part),
    )


def asked_today(state: WardState, stay_id: str, words: Words, now: datetime) -> CareEvent | None:
    """Whether a doctor was asked for this patient's limits today."""
    zone = ZoneInfo("UTC") if state.ward is None else ZoneInfo(state.ward.zone)
    return limits_asked(state.care_events(stay_id), now, zone)


def shifts(board: BudgetBoard, words: Words, now: datetime) -> list[ShiftRow]:
    """The shifts before this, the latest first."""
    return [_shift(one, words, now) for one in board.past]


def _shift(one: ShiftLoad, words: Words, now: datetime) -> ShiftRow:
    return ShiftRow(
        key=one.began_at.isoformat(),
        time=words.text(
            "today.span",
            since=words.moment(one.began_at, now),
            until=words.catalogue.time(one.until),
        ),
        total=str(one.total),
        mean=_rate(one.mean),
        over=str(one.beds_over),
    )


def shadow(board: BudgetBoard, words: Words, now: datetime) -> list[ShadowRow]:
    """What the rules in shadow would have said, the most frequent first; how often a day only once
    there was one."""
    whole_day = _a_day(board, now)
    return [
        ShadowRow(
            key=one.rule,
            says=words.rule(one.rule),
            said=str(one.said),
            night=str(one.night),
            perBedDay=_rate(one.per_bed_day) if whole_day else "",
        )
        for one in board.shadow
    ]


def _a_day(board: BudgetBoard, now: datetime) -> bool:
    return board.shadow_since is not None and now - board.shadow_since >= timedelta(days=1)


def _rate(value: float) -> str:
    """Two places below 1, where one would say nothing."""
    return f"{value:.2f}" if 0 < value < 1 else f"{value:.1f}"


def texts(state: WardState, board: BudgetBoard | None, words: Words, now: datetime) -> TodayTexts:
    """What stands around the rows; while nothing was counted only that."""
    title = words.text("today.title")
    if board is None:
        return TodayTexts(title=title, none=words.text("today.none"))
    since = words.moment(board.began_at, now)
    limit = f"{board.limit:g}"
    over = sum(one.alert_count > board.limit for one in board.beds)
    few = sum(one.over for one in board.patients)
    said = [words.text("today.over_beds", n=over)] if over else []
    said += [words.text("today.over_patients", n=few, share=f"{board.share:g}")] if few else []
    shadow_since = board.shadow_since or now
    return TodayTexts(
        title=title,
        summary=words.text("today.summary", n=board.total, at=since, mean=_rate(board.mean)),
        over=words.listed(said),
        limit=words.text("today.limit", n=limit),
        patients=words.text("today.patients"),
        noPatients="" if len(board.patients) > 0 else words.text("today.no_patients", at=since),
        shifts=words.text("today.shifts"),
        shiftHeads=tuple(words.text(f"today.head.{one}") for one in ("total", "mean", "over")),
        shadow=words.text("today.shadow", at=words.moment(shadow_since, now)),
        noShadow="" if len(board.shadow) > 0 else words.text("today.no_shadow"),
        shadowHeads=(
            words.text("today.head.said"),
            words.text("today.head.night"),
            words.text("today.head.per_day") if _a_day(board, now) else "",
        ),
    )
