"""The Now queue: calls and alerts in one order, as rows of finished text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from smartward.clinical.alert import Alert, AlertState, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import MarkKind, asked_since_answer
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.nurse_call import (
    CallClass,
    CallState,
    NurseCall,
    muted_until,
    nobody_came,
    sounding,
)
from smartward.clinical.priority import Priority
from smartward.clinical.queue import queue_key
from smartward.screen.beds import condition_word, level_word
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind

_THERE = datetime.min.replace(tzinfo=UTC)

CALL_ICONS = {
    CallClass.NORMAL: "bell-ring",
    CallClass.BATHROOM: "toilet",
    CallClass.ASSIST: "account-multiple-plus",
    CallClass.EMERGENCY: "alarm-light",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One row. Everything a delegate needs; nothing it must decide."""

    key: str
    bedId: str
    number: str
    icon: str
    title: str
    sub: str
    todo: str
    """What to do, of an alert nobody has taken."""
    time: str
    priority: str
    flashing: bool
    status: str
    accept: bool
    reinforce: bool
    handOver: bool
    open: bool
    sounding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """What stands in the queue, before it is told: a call or an alert with its place."""

    order: tuple[object, ...]
    bed: Bed | None
    call: NurseCall | None = None
    alert: Alert | None = None

    @property
    def key(self) -> str:
        """Stays the same while the row moves and changes."""
        return f"call:{self.call.id}" if self.call is not None else f"alert:{self._alert.id}"

    @property
    def document(self) -> tuple[str, str]:
        """Kind and id of the document behind it."""
        if self.call is not None:
            return "nurse_call", self.call.id
        return "alert", self._alert.id

    @property
    def _alert(self) -> Alert:
        if self.alert is None:
            raise ValueError("a queue item is a call or an alert")
        return self.alert

    @property
    def priority(self) -> Priority:
        """The priority by which it is ordered and coloured."""
        return self.call.priority if self.call is not None else self._alert.priority

    @property
    def encounter_id(self) -> str | None:
        """The patient it is about: an alert's own, a call's bed's first."""
        if self.alert is not None and self.alert.subject.kind is SubjectKind.ENCOUNTER:
            return self.alert.subject.id
        return self.bed.occupants[0] if self.bed is not None and self.bed.occupants else None

    @property
    def asks(self) -> bool:
        """Whether it asks for somebody: nobody has taken it, or one more person is wanted."""
        if self.call is None:
            return self._alert.state is AlertState.ON
        return self.call.state is CallState.REQUESTED or bool(asked_since_answer(self.call.marks))


def items(state: WardState) -> list[QueueItem]:
    """Everything open, in the queue's order; information is never queued."""
    found = [
        QueueItem(
            order=(*queue_key(call.priority, _harm_at(call), call.placed_at), call.id),
            bed=state.beds.get(call.bed_id),
            call=call,
        )
        for call in state.open_calls()
    ]
    found += [
        QueueItem(
            order=(*queue_key(alert.priority, alert.harm_at, alert.opened_at), alert.id),
            bed=state.bed_of_alert(alert),
            alert=alert,
        )
        for alert in state.open_alerts()
        if alert.priority is not Priority.INFORMATION
    ]
    return sorted(found, key=lambda item: item.order)


def _harm_at(call: NurseCall) -> datetime | None:
    """Somebody at the bed has seen an emergency: harm is there, before any that is reckoned (a
    code jumps ahead, UFGS 16730A). Of other calls nobody knows."""
    return _THERE if call.call_class is CallClass.EMERGENCY else None


def rows(
    state: WardState, found: Iterable[QueueItem], words: Words, now: datetime
) -> list[QueueRow]:
    """The rows of the queue."""
    return [
        _call_row(state, item.call, item, words, now)
        if item.call is not None
        else _alert_row(state, item, words, now)
        for item in found
    ]


def sending(row: QueueRow, waiting: Mapping[str, str], live: bool, words: Words) -> QueueRow:
    """The row while a touch on it is on its way: told as such, and not offered a second time.

    `waiting`: subject of each such action to its kind.
    """
    kind = waiting.get(row.key.partition(":")[2])
    if kind is None:
        return row
    told = words.text("status.sending" if live else "status.waiting_for_hub")
    if kind == ActionKind.CALL_REINFORCE:
        return replace(row, reinforce=False, status=row.status or told)
    return replace(row, accept=False, handOver=False, reinforce=False, status=told)


def call_title(call: NurseCall, words: Words) -> str:
    """What is called for, in words a tired person reads once."""
    if call.call_class is CallClass.NORMAL and call.reason is not None:
        return words.choice("reason", call.reason.value)
    return words.text(f"call.{call.call_class.value}")


def _call_row(
    state: WardState, call: NurseCall, item: QueueItem, words: Words, now: datetime
) -> QueueRow:
    asks = item.asks
    return QueueRow(
        key=item.key,
        bedId=call.bed_id,
        number=item.bed.number if item.bed is not None else words.text("no_bed"),
        icon=CALL_ICONS[call.call_class],
        title=call_title(call, words),
        sub=" · ".join(_call_sub(state, call, item.bed, words, now)),
        todo="",
        time=words.waited(call.placed_at, now),
        priority=call.priority.value,
        flashing=asks,
        status=_call_status(call, words),
        accept=asks,
        reinforce=MarkKind.REINFORCED not in asked_since_answer(call.marks),
        handOver=call.state is CallState.ACCEPTED,
        open=False,
        sounding=sounding(call, now),
    )


def _call_status(call: NurseCall, words: Words) -> str:
    """Who is coming or there, or who was asked to: a status, never a button."""
    if call.state is CallState.REQUESTED:
        if call.handed_to is None:
            return ""
        return words.text("status.handed_to", who=words.actor(call.handed_to))
    known = call.accepted_by is not None and call.accepted_by.name is not None
    who = words.actor(call.accepted_by)
    if call.state is CallState.IN_PROGRESS:
        return words.text("status.present" if known else "status.present_unnamed", who=who)
    if nobody_came(call):
        return words.text("status.nobody_came" if known else "status.nobody_came_unnamed", who=who)
    return words.text("status.coming" if known else "status.coming_unnamed", who=who)


def _call_sub(
    state: WardState, call: NurseCall, bed: Bed | None, words: Words, now: datetime
) -> Iterable[str]:
    """What matters most first: the line is cut at its end."""
    kinds = {mark.kind: mark for mark in call.marks}
    if MarkKind.NOT_NEEDED in kinds:
        yield words.text("sub.not_needed")
    muted = muted_until(call)
    if muted is not None and muted > now:
        yield words.text("sub.muted", until=muted.isoformat())
    if MarkKind.REINFORCED in kinds:
        at = kinds[MarkKind.REINFORCED].at
        yield words.text("sub.reinforced", at=at.isoformat())
    if call.presses > 1:
        yield words.text("sub.presses", n=call.presses)
    stays = state.occupants(bed) if bed is not None else []
    if call.encounter_id is not None and call.encounter_id not in [stay.id for stay in stays]:
        yield words.text("sub.other_patient")
    if call.estimated:
        yield words.text("sub.estimated")
    if stays:
        yield from patient_marks(stays[0], words)
    elif bed is not None and bed.room:
        yield words.text("sub.room", room=bed.room)


def patient_marks(stay: Encounter, words: Words) -> Iterable[str]:
    """Level, condition, what to dress or watch for, and the responsible nurse."""
    if stay.nursing_level is not None:
        yield level_word(words.catalogue, stay.nursing_level, short=True)
    if stay.condition is not None:
        yield condition_word(words.catalogue, stay.condition)
    for precaution in stay.precautions:
        watched = precaution.slot in (PrecautionSlot.ISOLATION, PrecautionSlot.FALL)
        if watched and precaution.state is Assessment.PRESENT:
            yield words.text(f"mark.{precaution.slot.value}")
    nurse = words.nurse(stay)
    if nurse:
        yield words.text("team.nurse", name=nurse)


def _alert_row(state: WardState, item: QueueItem, words: Words, now: datetime) -> QueueRow:
    alert = item.alert
    if alert is None:
        raise ValueError("a queue item is a call or an alert")
    is_on = alert.state is AlertState.ON
    return QueueRow(
        key=item.key,
        bedId=item.bed.id if item.bed is not None else "",
        number=_alert_number(state, item, words),
        icon=alert.icon,
        title=words.told(alert.title),
        sub=words.told(alert.why),
        todo=words.told(alert.todo) if is_on else "",
        time=alert_time(alert, words, now),
        priority=alert.priority.value,
        flashing=is_on,
        status=_alert_status(alert, words),
        accept=alert.state in (AlertState.ON, AlertState.LATCHED),
        reinforce=False,
        handOver=False,
        open=item.bed is not None,
        sounding=is_on and alert.priority in (Priority.HIGH, Priority.MEDIUM),
    )


def _alert_status(alert: Alert, words: Words) -> str:
    if alert.state is AlertState.ACKNOWLEDGED:
        return words.text("status.going", who=words.actor(alert.acknowledged_by))
    return words.text("status.latched") if alert.state is AlertState.LATCHED else ""


def _alert_number(state: WardState, item: QueueItem, words: Words) -> str:
    if item.bed is not None:
        return item.bed.number
    screen = state.screens.get(item.alert.subject.id) if item.alert is not None else None
    return screen.label if screen is not None and screen.label else words.text("no_bed")


def alert_time(alert: Alert, words: Words, now: datetime) -> str:
    """Minutes to harm while it is ahead; how long it is past; else how long it has waited."""
    if alert.harm_at is None:
        return words.waited(alert.opened_at, now)
    left = alert.harm_at - now
    if left > timedelta(0):
        # Rounded up: "0 min left" is said only when it is past.
        return words.text("time.left", span=words.minutes(left.total_seconds() + 59))
    return words.text("time.past", span=words.minutes(-left.total_seconds()))


def counts_text(found: Sequence[QueueItem], words: Words) -> str:
    """`紧急 2 · 尽快 2 · 到期 2`; a priority with nothing is left out."""
    told = [
        words.text(f"count.{priority.value}", n=n)
        for priority in (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
        if (n := sum(item.priority is priority for item in found)) > 0
    ]
    return " · ".join(told)
