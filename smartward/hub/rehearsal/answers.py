"""What people answered in the recorded past, carried over to the alerts of a rehearsal.

Recorded and rehearsed alerts are not the same documents. An answer goes to the rehearsed alert of
the same subject and rule that is open then, and to what stands on the same card by a rule that had
no alert open in the past: whoever answered the card would have answered that too. What meets no
open alert is left out: nobody answers what is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertRefused, AlertState, SnoozeReason, Subject
from smartward.clinical.call_mark import Actor
from smartward.hub.alert_keeping import Kept, keep_answer, of_subject
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx


class Act(StrEnum):
    """What a person did, as the log of alerts names it."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of the past. `length` and `reason` are those of what was put off."""

    act: Act
    at: datetime
    by: Actor
    subject: Subject
    rule: str
    card: tuple[str, str, str]
    length: timedelta = timedelta(0)
    reason: SnoozeReason = SnoozeReason.TREATING


class Recorded:
    """The alerts of the past as their documents told of them, one version after the other."""

    def __init__(self) -> None:
        self._open: dict[str, Alert] = {}

    def take(self, id: str, body: bytes | None) -> Answer | None:
        """Take over a version, None where the document went; gives what a person did with it."""
        before = self._open.pop(id, None)
        if body is None:
            return None
        after = decode(body, Alert)
        if after.state is not AlertState.OFF:
            self._open[id] = after
        return _answer(before, after)

    def open_rules(self, subject: Subject) -> frozenset[str]:
        """The rules of which an alert about the subject was open."""
        return frozenset(one.rule for one in self._open.values() if one.subject == subject)


def _answer(before: Alert | None, after: Alert) -> Answer | None:
    """What a person did between two versions. What ends by itself keeps the time of its answer."""
    length, reason = timedelta(0), SnoozeReason.TREATING
    if after.done_at is not None and (before is None or before.done_at is None):
        act, at, by = Act.DONE, after.done_at, after.done_by
    elif after.acknowledged_at is not None and _taken_on(before, after):
        act, at, by = Act.ACKNOWLEDGED, after.acknowledged_at, after.acknowledged_by
        if after.snoozed_until is not None:
            act, length = Act.SNOOZED, after.snoozed_until - at
            reason = after.snooze_reason or reason
    else:
        return None
    if by is None:
        return None
    return Answer(
        act=act, at=at, by=by, subject=after.subject, rule=after.rule, card=after.card,
        length=length, reason=reason,
    )  # fmt: skip


def _taken_on(before: Alert | None, after: Alert) -> bool:
    if before is None or before.acknowledged_at != after.acknowledged_at:
        return True
    answered = after.state is AlertState.ACKNOWLEDGED
    return answered and before.snoozed_until != after.snoozed_until


def carry_over(
    tx: Tx, ward: str, answer: Answer, open_then: frozenset[str], runs: Callable[[str], bool]
) -> int:
    """Answer the rehearsed alerts that are meant; gives how many were. `open_then`: the rules with
    an alert open in the past before the answer; `runs`: whether a rule is one of the engine's."""
    count = 0
    for kept in of_subject(tx, ward, answer.subject):
        alert = kept.alert
        beside = alert.card == answer.card and alert.rule not in open_then
        if alert.rule != answer.rule and not (beside and runs(alert.rule)):
            continue
        try:
            after = _answered(alert, answer)
        except AlertRefused:
            continue  # an emergency goes on asking, as it would have
        if after is not alert:
            keep_answer(tx, ward, Kept(after, kept.mode, kept.place), str(answer.act))
        count += 1
    return count


def _answered(alert: Alert, answer: Answer) -> Alert:
    if answer.act is Act.DONE:
        return lifecycle.done(alert, answer.at, answer.by)
    if answer.act is Act.SNOOZED:
        return lifecycle.snooze(alert, answer.at, answer.by, answer.length, answer.reason)
    return lifecycle.acknowledge(alert, answer.at, answer.by)
