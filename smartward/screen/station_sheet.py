"""A bed's sheet: who lies there, what was measured and when, what is planned, what is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.encounter import Assessment, Encounter, Precaution
from smartward.clinical.infusion import (
    Infusion,
    InfusionStatus,
    VolumeSource,
    expected_end,
    minutes_left,
    volume_left_ml,
)
from smartward.clinical.nurse_call import CallState, NurseCall
from smartward.clinical.plan import PlanItem, PlanStatus
from smartward.clinical.precaution import slots
from smartward.screen.beds import condition_word, level_word
from smartward.screen.station_foot import NOT_OURS, PLAN_ICONS
from smartward.screen.station_rows import (
    call_title,
)
from smartward.screen.station_words import Words

_HANGING = (InfusionStatus.RUNNING, InfusionStatus.PAUSED)
_WAITING = (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
_HISTORY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecautionRow:
    """One of the six places, with the hospital's wording."""

    key: str
    letter: str
    status: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One item of today."""

    key: str
    time: str
    icon: str
    title: str
    status: str
    done: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DripRow:
    """One infusion that hangs."""

    key: str
    name: str
    main: str
    detail: str
    fraction: float
    """Share left, 0 to 1; below 0: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """A call of the last hours that was closed."""

    key: str
    time: str
    title: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who lies here, as far as whoever looks may know it."""

    name: str
    facts: str
    level: str
    levelColor: str
    team: str
    diet: str


def levels_text(stay: Encounter, words: Words) -> str:
    """Nursing level and condition, as the board shows them too."""
    levels = [
        level_word(words.catalogue, stay.nursing_level),
        condition_word(words.catalogue, stay.condition),
    ]
    return " · ".join(word for word in levels if word) or words.text("sheet.no_level")


def identity(stay: Encounter, name: str, words: Words, now: datetime) -> Identity:
    """Name as it may be shown, sex, age, identifier and day of stay; level and condition; team;
    diet."""
    patient = stay.patient
    facts = [words.choice("sheet.sex", patient.sex.value), words.age(stay, now)]
    if patient.identifier:
        facts.append(words.text("sheet.identifier", number=patient.identifier))
    if stay.admitted_at is not None:
        day = (words.today(now) - words.catalogue.local(stay.admitted_at).date()).days + 1
        facts.append(words.text("sheet.day", n=max(1, day)))
    diet = words.told(stay.diet.wording) if stay.diet is not None else words.text("sheet.no_diet")
    return Identity(
        name=name or words.text("sheet.no_name"),
        facts=" · ".join(fact for fact in facts if fact),
        level=levels_text(stay, words),
        levelColor=stay.nursing_level.value if stay.nursing_level is not None else "",
        team="\n".join(
            words.text(f"sheet.team.{member.role}", name=member.name)
            if member.role in ("doctor", "nurse", "head_nurse", "carer")
            else member.name
            for member in stay.team
        )
        or words.text("sheet.no_team"),
        diet=diet,
    )


def precaution_rows(stay: Encounter, words: Words, *, whole: bool = True) -> list[PrecautionRow]:
    """All six, in their order. Absent is told too: it rests on evidence. Not `whole`: what the
    board says of them, without the hospital's wording."""
    return [
        PrecautionRow(
            key=precaution.slot.value,
            letter=words.text(f"letter.{precaution.slot.value}"),
            status=precaution.state.value,
            wording=_precaution_wording(precaution, words, whole),
        )
        for precaution in slots(stay.precautions)
    ]


def _precaution_wording(precaution: Precaution, words: Words, whole: bool) -> str:
    slot = precaution.slot.value
    if precaution.state is Assessment.ABSENT:
        return words.text(f"absent.{slot}")
    if precaution.state is Assessment.NOT_ASSESSED:
        return words.text("not_assessed", what=words.text(f"slot.{slot}"))
    if whole and precaution.wording is not None:
        return words.told(precaution.wording)
    return words.text(f"slot.{slot}")


def plan_rows(plan: Iterable[PlanItem], words: Words, now: datetime) -> list[PlanRow]:
    """Today's items, and what nurses left undone in the last twelve hours."""
    rows = []
    for item in plan:
        waiting = item.status in _WAITING
        late = waiting and item.due_at < now and item.kind not in NOT_OURS
        carried = late and now - item.due_at <= _HISTORY
        if not (words.same_day(item.due_at, now) or carried):
            continue
        kind = words.choice("plan", item.kind.value)
        rows.append(
            PlanRow(
                key=item.id,
                time=words.moment(item.due_at, now),
                icon=PLAN_ICONS[item.kind],
                title=kind if item.title is None else f"{kind} · {words.told(item.title)}",
                status=_plan_status(item, late, words, now),
                done=not waiting,
                late=late,
            )
        )
    return rows


def _plan_status(item: PlanItem, late: bool, words: Words, now: datetime) -> str:
    if item.status is PlanStatus.DONE and item.done_at is not None:
        return words.text("sheet.plan.done_at", at=words.moment(item.done_at, now))
    if late and item.status is PlanStatus.PLANNED:
        past = words.minutes((now - item.due_at).total_seconds())
        return words.text("sheet.plan.late", span=past)
    if item.status is PlanStatus.PLANNED:
        return ""  # its time says it
    return words.text(f"sheet.plan.{item.status.value}")


def drip_rows(drips: Iterable[Infusion], words: Words, now: datetime) -> list[DripRow]:
    """What hangs: how long, how much, how it is known. A dead sensor tells no end."""
    return [_drip_row(drip, words, now) for drip in drips if drip.status in _HANGING]


def _drip_row(drip: Infusion, words: Words, now: datetime) -> DripRow:
    left, end, minutes = volume_left_ml(drip, now), expected_end(drip), minutes_left(drip, now)
    if drip.status is InfusionStatus.PAUSED:
        main = words.text("sheet.drip.paused")
    elif end is None or minutes is None:
        main = words.text("sheet.drip.unknown")
    elif minutes < 1:
        main = words.text("sheet.drip.over")
    else:
        main = words.text(
            "sheet.drip.left", span=words.minutes(minutes * 60), at=words.moment(end, now)
        )
    facts = []
    if left is not None:
        facts.append(words.text("sheet.drip.ml", ml=round(left)))
    if drip.rate_ml_h is not None:
        facts.append(words.text("sheet.drip.rate", rate=round(drip.rate_ml_h)))
    at = words.moment(drip.measured_at, now)
    facts.append(words.text(f"sheet.drip.{drip.source.value}", at=at))
    if drip.next_ordered is not None:
        facts.append(words.text("sheet.drip.next" if drip.next_ordered else "sheet.drip.no_next"))
    known = left is not None and drip.total_ml is not None and drip.total_ml > 0
    lost = drip.source is VolumeSource.SENSOR_LOST
    return DripRow(
        key=drip.id,
        name=drip.name or words.text("sheet.drip.unnamed"),
        main=main,
        detail=" · ".join(facts),
        fraction=min(1.0, left / drip.total_ml)
        if known and not lost and left is not None and drip.total_ml is not None
        else -1.0,
    )


def past_rows(
    calls: Iterable[NurseCall], bed_id: str, words: Words, now: datetime
) -> list[PastRow]:
    """Closed calls of this bed in the last 12 hours, newest first."""
    closed = [
        call
        for call in calls
        if call.bed_id == bed_id and call.closed_at is not None and now - call.closed_at <= _HISTORY
    ]
    closed.sort(key=lambda call: (call.placed_at, call.id), reverse=True)
    return [_past_row(call, words, now) for call in closed]


def _past_row(call: NurseCall, words: Words, now: datetime) -> PastRow:
    took = words.span(((call.closed_at or now) - call.placed_at).total_seconds())
    key = "sheet.past.cancelled" if call.state is CallState.CANCELLED else "sheet.past.closed"
    return PastRow(
        key=call.id,
        time=words.moment(call.placed_at, now),
        title=call_title(call, words),
        end=words.text(key, who=words.actor(call.closed_by), span=took),
    )
