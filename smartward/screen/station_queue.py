"""The Now queue: calls and alerts in one order."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartward.clinical.alert import Alert, AlertState, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import asked_since_answer
from smartward.clinical.nurse_call import CallClass, CallReason, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.clinical.queue import harm_of_call, queue_key
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

CALL_ICONS = {
    CallClass.NORMAL: "bell-ring",
    CallClass.BATHROOM: "toilet",
    CallClass.ASSIST: "account-multiple-plus",
    CallClass.EMERGENCY: "alarm-light",
}


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
        return f"call:{self.call.id}" if self.call is not None else f"alert:{self.the_alert.id}"

    @property
    def document(self) -> tuple[str, str]:
        """Kind and id of the document behind it."""
        if self.call is not None:
            return "nurse_call", self.call.id
        return "alert", self.the_alert.id

    @property
    def the_alert(self) -> Alert:
        """The alert. Raises ValueError for a call."""
        if self.alert is None:
            raise ValueError("a queue item is a call or an alert")
        return self.alert

    @property
    def priority(self) -> Priority:
        """The priority by which it is ordered and coloured."""
        return self.call.priority if self.call is not None else self.the_alert.priority

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
            return self.the_alert.state is AlertState.ON
        return self.call.state is CallState.REQUESTED or bool(asked_since_answer(self.call.marks))


def items(state: WardState) -> list[QueueItem]:
    """Everything open, in the queue's order; information is never queued."""
    found = [
        QueueItem(
            order=(
                *queue_key(call.priority, harm_of_call(call.call_class), call.placed_at),
                call.id,
            ),
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


def call_icon(call: NurseCall) -> str:
    """What calls, or that a call point is lost: the same sign as on every other screen."""
    if call.reason is CallReason.LINE_LOST:
        return "power-plug-off-outline"
    return CALL_ICONS[call.call_class]


def counts_text(found: Sequence[QueueItem], words: Words) -> str:
    """`紧急 2 · 尽快 2 · 到期 2`; a priority with nothing is left out."""
    told = [
        words.text(f"count.{priority.value}", n=n)
        for priority in (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
        if (n := sum(item.priority is priority for item in found)) > 0
    ]
    return " · ".join(told)
