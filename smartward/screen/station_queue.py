"""The Now queue: calls and alerts in one order. Alerts of one patient with one problem are one
card, whose headline is the worst."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartward.clinical.alert import Alert, AlertState, SubjectKind, snoozed
from smartward.clinical.alert_ladder import card_key
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
    """What stands in the queue, before it is told: a call or a card of alerts with its place.
    `alert` is the card's headline, `parts` are the others on it, the worst first."""

    order: tuple[object, ...]
    bed: Bed | None
    call: NurseCall | None = None
    alert: Alert | None = None
    parts: tuple[Alert, ...] = ()

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
    def bed_ids(self) -> tuple[str, ...]:
        """The beds it is shown at: of a call in doubt each that is known."""
        own = () if self.bed is None else (self.bed.id,)
        others = () if self.call is None else self.call.other_beds
        return (*own, *(one for one in others if one))

    @property
    def encounter_id(self) -> str | None:
        """The patient it is about: an alert's own, a call's bed's first."""
        if self.alert is not None and self.alert.subject.kind is SubjectKind.ENCOUNTER:
            return self.alert.subject.id
        return self.bed.occupants[0] if self.bed is not None and self.bed.occupants else None

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All alerts of the card, its headline first; of a call none."""
        return () if self.alert is None else (self.alert, *self.parts)

    @property
    def ringing(self) -> Alert | None:
        """The worst alert of the card that nobody has answered."""
        return next((one for one in self.alerts if one.state is AlertState.ON), None)

    @property
    def asks(self) -> bool:
        """Whether it asks for somebody: nobody has taken it, or one more person is wanted."""
        if self.call is None:
            return self.ringing is not None
        return self.call.state is CallState.REQUESTED or bool(asked_since_answer(self.call.marks))


def items(state: WardState) -> list[QueueItem]:
    """Everything open, in the queue's order; information is never queued."""
    found = [
        QueueItem(
            order=(
                False,
                *queue_key(call.priority, harm_of_call(call.call_class), call.placed_at),
                call.id,
            ),
            bed=state.beds.get(call.bed_id),
            call=call,
        )
        for call in state.open_calls()
    ]
    cards: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in state.open_alerts():
        if alert.priority is not Priority.INFORMATION:
            cards.setdefault(alert.card, []).append(alert)
    found += [_card(state, sorted(card, key=card_key)) for card in cards.values()]
    return sorted(found, key=lambda item: item.order)


def _card(state: WardState, alerts: list[Alert]) -> QueueItem:
    """What was put off stands behind everything else until it comes back."""
    head = alerts[0]
    waits = all(snoozed(one) for one in alerts)
    return QueueItem(
        order=(waits, *queue_key(head.priority, head.harm_at, head.opened_at), head.id),
        bed=state.bed_of_alert(head),
        alert=head,
        parts=tuple(alerts[1:]),
    )


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
