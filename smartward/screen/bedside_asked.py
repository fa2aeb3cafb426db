"""What a bedside asks its patient: which question, when, and with what answers. No Qt here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.patient_answer import PatientQuestion, waits
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.ward import Ward, is_night
from smartward.i18n import Catalogue
from smartward.wire.views import PlanView, QuestionView

PAIN = {
    0: "emoticon-excited-outline",
    2: "emoticon-happy-outline",
    4: "emoticon-neutral-outline",
    6: "emoticon-sad-outline",
    8: "emoticon-frown-outline",
    10: "emoticon-cry-outline",
}
"""Six faces on the numeric scale of 0 to 10, as scales of faces have them, each with its icon."""
MEAL = {
    "all": "circle-slice-8",
    "half": "circle-slice-4",
    "little": "circle-slice-2",
    "nothing": "circle-outline",
}

_STEP = timedelta(minutes=15)
_MEAL_LATE = timedelta(minutes=90)
_ASKED = (PatientQuestion.PAIN, PatientQuestion.MEAL)
"""What a bedside has answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """One answer to touch."""

    key: str
    icon: str
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question that is to be put. `since`: when it was asked, or became due."""

    question: PatientQuestion
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What decides about questions. `settled`: when each was answered or put off at this screen;
    `by_itself`: this patient may be asked without a nurse who wants to know."""

    ward: Ward
    asked: tuple[QuestionView, ...]
    settled: Mapping[PatientQuestion, datetime]
    signs: tuple[VitalSign, ...]
    plan: tuple[PlanView, ...]
    by_itself: bool
    pain_h: float
    meal_min: float


def wanted(known: Known, now: datetime) -> Ask | None:
    """The one question to put now: what a nurse asked first, then what is due by itself."""
    by_nurse = [
        Ask(question=one.question, since=one.asked_at)
        for one in known.asked
        if one.question in _ASKED and _waits(one, known, now)
    ]
    if by_nurse:
        return min(by_nurse, key=lambda ask: ask.since)
    if not known.by_itself:
        return None
    return _due_pain(known, now) or _due_meal(known, now)


def _waits(one: QuestionView, known: Known, now: datetime) -> bool:
    settled = known.settled.get(one.question)
    here = settled is not None and settled >= one.asked_at
    return waits(one, now) and not here


def _last(question: PatientQuestion, known: Known) -> datetime | None:
    """When this was last asked or answered, here or by whoever asked aloud."""
    told = [known.settled[question]] if question in known.settled else []
    for one in known.asked:
        if one.question is question:
            told += [one.asked_at, *(() if one.settled_at is None else (one.settled_at,))]
    return max(told, default=None)


def _due_pain(known: Known, now: datetime) -> Ask | None:
    """So many waking hours after the last score, wherever it was given."""
    if known.pain_h <= 0:
        return None
    last = _last(PatientQuestion.PAIN, known)
    scored = [
        sign.taken_at
        for sign in known.signs
        if any(one.parameter is Parameter.PAIN for one in sign.measurements)
    ]
    times = [*scored, *(() if last is None else (last,))]
    if times and _awake(max(times), now, known.ward) < timedelta(hours=known.pain_h):
        return None
    return Ask(question=PatientQuestion.PAIN, since=max(times, default=_midnight(now)))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _awake(since: datetime, now: datetime, ward: Ward) -> timedelta:
    """How much of the time was no night; more than a day counts as one."""
    at = max(since, now - timedelta(days=1))
    awake = timedelta()
    while at < now:
        end = min(at + _STEP, now)
        if not is_night(ward, at):
            awake += end - at
        at = end
    return awake


def _due_meal(known: Known, now: datetime) -> Ask | None:
    """After a meal of the plan, while it is still remembered; once for each."""
    if known.meal_min <= 0:
        return None
    last = _last(PatientQuestion.MEAL, known)
    after = timedelta(minutes=known.meal_min)
    for item in sorted(known.plan, key=lambda one: one.due_at, reverse=True):
        late = now - item.due_at - after
        if item.kind is not PlanKind.MEAL or not timedelta() <= late < _MEAL_LATE:
            continue
        if item.nil_by_mouth or item.status is PlanStatus.NOT_DONE:
            return None
        if last is None or last < item.due_at:
            return Ask(question=PatientQuestion.MEAL, since=item.due_at)
        return None
    return None


def answers(catalogue: Catalogue, question: PatientQuestion) -> tuple[AskedRow, ...]:
    """What can be touched."""
    text = catalogue.text
    if question is PatientQuestion.MEAL:
        rows = MEAL.items()
        return tuple(
            AskedRow(key=word, icon=icon, text=text(f"bedside.asked.meal_{word}"))
            for word, icon in rows
        )
    return tuple(
        AskedRow(key=str(n), icon=icon, text=text(f"bedside.asked.pain_{n}"))
        for n, icon in PAIN.items()
    )


def of_stay(asked: Iterable[QuestionView], stay_id: str) -> tuple[QuestionView, ...]:
    """The questions of a stay."""
    return tuple(one for one in asked if one.encounter_id == stay_id)
