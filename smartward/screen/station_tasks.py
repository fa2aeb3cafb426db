"""The list of work: what is overdue, due in the next hours and lately done, as rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.care_due import LIMITS, SETTLED_FOR, CareTask, Standing, tasks_of
from smartward.clinical.care_event import CareEvent, CareKind, standing
from smartward.clinical.encounter import Encounter
from smartward.clinical.plan import PlanStatus
from smartward.clinical.plan_mark import PlanMark
from smartward.screen.station_foot import PLAN_ICONS
from smartward.screen.station_names import Names
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

CARE_ICONS = {
    CareKind.TURN: "rotate-3d-variant",
    CareKind.ROUND: "walk",
    CareKind.VOID: "cup-water",
    CareKind.DRINK: "cup-outline",
    CareKind.MEAL: "silverware-fork-knife",
    CareKind.RESTRAINT: "hand-back-right-outline",
    CareKind.TRANSFUSION: "blood-bag",
    CareKind.SEDATION: "sleep",
    CareKind.LINE_CARE: "needle",
    CareKind.READ_BACK: "phone-check-outline",
    CareKind.OBSERVATIONS_MISSED: "clipboard-remove-outline",
    CareKind.PREVENTION: "shield-check-outline",
    CareKind.AS_NEEDED: "pill",
    CareKind.LIMITS_ASKED: "tune-variant",
    CareKind.REVIEWED: "eye-check-outline",
}
_SET_ICON = "clipboard-pulse"
_RANK = {Standing.OVERDUE: 0, Standing.DUE: 1, Standing.SETTLED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task. `section` is the heading it stands under."""

    key: str
    section: str
    time: str
    bed: str
    icon: str
    title: str
    who: str
    status: str
    verb: str
    """What the button says; empty: there is none."""
    undo: bool
    late: bool
    done: bool
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing of the list with whose it is."""

    task: CareTask
    stay: Encounter
    bed: Bed | None
    event: CareEvent | None = None
    """What was done, where it is no plan item."""

    @property
    def key(self) -> str:
        """Of its row."""
        return self.task.key


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the list is looked at. `opened`: somebody is known, so that orders are named."""

    names: Names
    opened: bool
    hidden: bool = False
    by_patient: bool = False
    mine: str = ""
    """Whose patients only, by the person's id; empty: all."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """Keys of what is on its way, and what is said of it."""


def work(state: WardState, now: datetime, stay_id: str = "") -> list[Work]:
    """All the ward's work of this time, or one stay's; of a silenced stay none."""
    return sorted(_found(state, now, stay_id), key=_order)


def amount(state: WardState, now: datetime) -> int:
    """How much of all the ward's work is overdue or due."""
    return sum(counts(_found(state, now)))


def _found(state: WardState, now: datetime, stay_id: str = "") -> Iterator[Work]:
    for stay in state.stays():
        if stay.id not in state.silences and stay_id in ("", stay.id):
            yield from _of_stay(state, stay, now)


def _of_stay(state: WardState, stay: Encounter, now: datetime) -> Iterator[Work]:
    bed = state.bed_of_encounter(stay.id)
    items, events = state.plan_items(stay.id), state.care_events(stay.id)
    sets = state.observation_sets(stay.id, now)
    for task in tasks_of(stay, items, events, now, state.intervals, sets):
        if task.standing is not Standing.SETTLED or _ours(state, task) is not None:
            yield Work(task=task, stay=stay, bed=bed)
    for event in standing(events):
        if timedelta(0) <= now - event.at <= SETTLED_FOR:
            done = CareTask(
                key=f"care:{event.id}",
                encounter_id=stay.id,
                due_at=event.at,
                standing=Standing.SETTLED,
                care=event.kind,
            )
            yield Work(task=done, stay=stay, bed=bed, event=event)


def _ours(state: WardState, task: CareTask) -> PlanMark | None:
    """The ward's own word on a plan item that stands; what the hospital system settled itself is
    no work of this list, and not the ward's to take back."""
    mark = None if task.item is None else state.plan_marks.get(task.item.id)
    return None if mark is None or mark.withdrawn else mark


def _order(one: Work) -> tuple[object, ...]:
    """Overdue first and the longest first; what was done last stands first among what is done."""
    at = one.task.due_at.timestamp()
    settled = one.task.standing is Standing.SETTLED
    return (_RANK[one.task.standing], -at if settled else at, *_bed_order(one), one.key)


def _bed_order(one: Work) -> tuple[int, str]:
    return (one.bed.order, one.bed.number) if one.bed is not None else (1 << 30, one.stay.id)


def chosen(found: Iterable[Work], view: View) -> list[Work]:
    """Those of whoever looks, in the order of the view: by time, or patient after patient."""
    kept = [one for one in found if not view.mine or _is_mine(one.stay, view.mine)]
    return (
        sorted(kept, key=lambda one: (*_bed_order(one), _order(one))) if view.by_patient else kept
    )


def _is_mine(stay: Encounter, person: str) -> bool:
    return any(member.staff_id == person for member in stay.team)


def rows(
    state: WardState, found: Iterable[Work], view: View, words: Words, now: datetime
) -> list[TaskRow]:
    """The rows of a list of work."""
    return [_row(state, one, view, words, now) for one in found]


def _row(state: WardState, one: Work, view: View, words: Words, now: datetime) -> TaskRow:
    task = one.task
    bed = "" if one.bed is None else one.bed.number
    name = "" if view.hidden else view.names.marked(one.stay.id, words)
    title = title_of(one, words, opened=view.opened and not view.hidden)
    status = view.sent.get(task.key) or _status(state, one, words, now)
    undo = task.standing is Standing.SETTLED
    verb = "" if task.key in view.sent or view.hidden else _verb(one)
    late = task.standing is Standing.OVERDUE
    return TaskRow(
        key=task.key,
        section=_section(one, name, view, words, now),
        time=words.moment(task.due_at, now),
        bed=bed,
        icon=_icon(task),
        title=title,
        who=name,
        status=status,
        verb=verb and words.text(f"tasks.verb.{verb}"),
        undo=undo,
        late=late,
        done=task.standing is Standing.SETTLED,
        spoken=", ".join(part for part in (bed, name, title, status) if part),
    )


def _verb(one: Work) -> str:
    """A set is typed on the sheet of a bed, so that without one nothing is offered."""
    if one.task.standing is Standing.SETTLED:
        return "undo"
    if one.task.observations:
        return "" if one.bed is None else "measure"
    return "mark"


def _icon(task: CareTask) -> str:
    if task.observations:
        return _SET_ICON
    return PLAN_ICONS[task.item.kind] if task.item is not None else CARE_ICONS[_care(task)]


def _care(task: CareTask) -> CareKind:
    assert task.care is not None
    return task.care


def _section(one: Work, name: str, view: View, words: Words, now: datetime) -> str:
    if view.by_patient:
        bed = words.text("bed", bed=one.bed.number) if one.bed is not None else ""
        return f"{bed} {name}".strip() or words.text("tasks.no_bed")
    if one.task.standing is not Standing.DUE:
        return words.text(f"tasks.section.{one.task.standing.value}")
    hour = one.task.due_at.replace(minute=0, second=0, microsecond=0)
    until = hour + timedelta(hours=1)
    return words.text(
        "tasks.section.round", at=words.moment(hour, now), until=words.catalogue.time(until)
    )


def title_of(one: Work, words: Words, *, opened: bool) -> str:
    """What is to be done. An order's own words are for whoever is known."""
    item, task = one.task.item, one.task
    if item is not None:
        kind = words.choice("plan", item.kind.value)
        named = opened and item.title is not None
        return f"{kind} · {words.told(item.title)}" if named and item.title is not None else kind
    if task.observations:
        return words.text("tasks.observations")
    limits = "" if one.event is None else _limits(one.event)
    if limits:
        return words.text(f"tasks.{limits}")
    kind = words.text(f"care.kind.{_care(task).value}")
    said = "" if one.event is None else value_of(one.event, words)
    return f"{kind} · {said}" if said and opened else kind


def _limits(event: CareEvent) -> str:
    """Which words a step about a patient's limits has: asked for is not yet done."""
    if event.kind is CareKind.LIMITS_ASKED:
        return "limits_sought"
    if event.kind is not CareKind.REVIEWED or event.about != LIMITS:
        return ""
    return "limits_set" if event.missed is None else "limits_kept"


def value_of(event: CareEvent, words: Words) -> str:
    """What was recorded, in a few words."""
    parts = []
    if event.position is not None:
        parts.append(words.text(f"care.position.{event.position.value}"))
    parts += [words.text(f"care.need.{need.value}") for need in event.needs]
    if event.volume_ml is not None:
        parts.append(words.text("care.ml", n=event.volume_ml))
    if event.step is not None:
        parts.append(words.text(f"care.step.{event.step.value}"))
    if event.restraint is not None:
        parts.append(words.text(f"care.restraint.{event.restraint.value}"))
    if event.poss is not None:
        parts.append(words.text(f"care.poss.{event.poss.value.lower()}"))
    if event.deed is not None:
        parts.append(words.text(f"care.deed.{event.deed.value}"))
    parts += [words.text(f"care.measure.{one.value}") for one in event.measures]
    if event.missed is not None:
        parts.append(words.text(f"care.missed_why.{event.missed.value}"))
    return words.listed(parts)


def _status(state: WardState, one: Work, words: Words, now: datetime) -> str:
    task = one.task
    if task.standing is Standing.OVERDUE:
        past = words.minutes((now - task.due_at).total_seconds())
        late = words.text("tasks.late", span=past)
        return f"{late} · {_last(task, words, now)}" if task.last is not None else late
    if task.standing is Standing.DUE:
        return "" if task.last is None else _last(task, words, now)
    if one.event is not None:
        return _by(one.event.by, words)
    mark = _ours(state, task)
    assert mark is not None
    parts = ["tasks.done" if mark.status is PlanStatus.DONE else "tasks.not_done"]
    told = [words.text(key) for key in parts] + ([mark.reason] if mark.reason else [])
    return " · ".join([*told, _by(mark.by, words)])


def _last(task: CareTask, words: Words, now: datetime) -> str:
    assert task.last is not None
    at = words.moment(task.last.at, now)
    if task.care is CareKind.LIMITS_ASKED:
        what = rules_text((task.last.about or "").split(","), words)
        return words.text("tasks.limits_asked", who=_by(task.last.by, words), at=at, what=what)
    if task.care is CareKind.TURN:
        return words.text("tasks.last_turn", at=at, position=value_of(task.last, words))
    if task.observations:
        return words.text("tasks.last_missed", at=at, why=value_of(task.last, words))
    return words.text("tasks.last_there", at=at)


def rules_text(rules: Iterable[str], words: Words) -> str:
    """What rules say, in a few words each; one that this version does not know by its id."""
    return words.listed(words.rule(rule) for rule in rules if rule)


def _by(actor: Actor, words: Words) -> str:
    return actor.name or words.actor(actor)


def counts(found: Iterable[Work]) -> tuple[int, int]:
    """How many are overdue, and how many are still due."""
    all_ = [one.task.standing for one in found]
    return all_.count(Standing.OVERDUE), all_.count(Standing.DUE)
