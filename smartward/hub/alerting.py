"""Runs the alert rules over an encounter's facts and keeps one open alert per subject and rule.

Nothing is raised about a silenced stay, and what was goes off. Comfort care silences nothing.
"""

import logging
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from uuid6 import uuid7

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.rules import RULES, Finding, Look, Mode, Rule, RuleSettings, mode_of
from smartward.clock import Clock
from smartward.hub.facts import WardFacts
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import Store, Stored, Tx

log = logging.getLogger("smartward.alerting")

_AGAIN_AFTER = timedelta(seconds=60)

LOOK = "look"
"""Kind of the deadline at which a rule's answer may change with no new fact."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    findings: tuple[Finding, ...]
    next_look: datetime | None
    failed: frozenset[str] = frozenset()
    """Rules that could not judge: what they said before stands."""


class Alerting:
    """Turns findings into alert documents. All rules are pure; all state is in the store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ward: str,
        facts: WardFacts,
        settings: RuleSettings,
        rules: tuple[Rule, ...] = RULES,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self._facts = facts
        self._settings = settings
        self._rules = tuple(rule for rule in rules if mode_of(rule, settings) is Mode.ON)
        self._open: dict[str, dict[str, Alert]] = {}
        self.failures: dict[str, int] = {}
        """Rule id to how often it could not judge a patient, since the start."""

    def put(self, stored: Stored) -> None:
        """Take over an alert document that was committed."""
        alert = decode(stored.body, Alert)
        of_subject = self._open.setdefault(alert.subject.id, {})
        if alert.state is AlertState.OFF:
            of_subject.pop(alert.id, None)
        else:
            of_subject[alert.id] = alert

    def drop(self, id: str) -> None:
        """Forget a deleted alert document."""
        for of_subject in self._open.values():
            of_subject.pop(id, None)

    async def look(self, encounter_ids: Collection[str]) -> None:
        """Evaluate the rules of these encounters now and write what changed, in one write."""
        if not encounter_ids:
            return
        now = self._clock.now()
        outcomes = {id: self._evaluate(id, now) for id in encounter_ids}
        await self._store.write(lambda tx: self._apply(tx, outcomes, now))

    def _evaluate(self, encounter_id: str, now: datetime) -> _Outcome:
        facts = self._facts.of(encounter_id, self._open.get(encounter_id, {}).values())
        if facts is None or encounter_id in self._facts.silenced:
            return _Outcome((), None)
        looks: list[Look] = []
        failed = set()
        for rule in self._rules:
            try:
                looks.append(rule.look(facts, self._settings, now))
            except Exception as error:  # noqa: BLE001 one rule must not stop the others
                failed.add(rule.id)
                looks.append(Look(next_look=now + _AGAIN_AFTER))
                self._tell_failed(rule, error)
        times = [look.next_look for look in looks if look.next_look is not None]
        findings = tuple(finding for look in looks for finding in look.findings)
        return _Outcome(findings, min(times) if times else None, frozenset(failed))

    def _tell_failed(self, rule: Rule, error: Exception) -> None:
        self.failures[rule.id] = self.failures.get(rule.id, 0) + 1
        if self.failures[rule.id] == 1:
            # The type and the place only: an error's text could hold a patient's data.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "rule %s failed: %s at %s:%s",
                rule.id,
                type(error).__name__,
                where.filename.rsplit("/", 1)[-1],
                where.lineno,
            )

    def _apply(self, tx: Tx, outcomes: dict[str, _Outcome], now: datetime) -> None:
        for encounter_id, judged in outcomes.items():
            stored = tx.get(self._ward, "encounter", encounter_id)
            place = (None, None) if stored is None else (stored.bed, stored.room)
            # A silence may have begun since the facts were judged.
            silent = tx.get(self._ward, "silence", encounter_id) is not None
            outcome = _Outcome((), None) if stored is None or silent else judged
            self._reconcile(tx, encounter_id, outcome.failed, outcome.findings, place, now)
            if outcome.next_look is None:
                tx.deadline_clear(self._ward, LOOK, encounter_id)
            else:
                # A rule that asks for "now" again must not spin the hub.
                soon = now + timedelta(seconds=1)
                tx.deadline_set(self._ward, LOOK, encounter_id, max(outcome.next_look, soon))

    def _reconcile(
        self,
        tx: Tx,
        encounter_id: str,
        failed: frozenset[str],
        findings: tuple[Finding, ...],
        place: tuple[str | None, str | None],
        now: datetime,
    ) -> None:
        """Open, update in place, or clear, so that the open alerts are exactly the findings."""
        wanted = {(finding.subject, finding.rule): finding for finding in findings}
        for alert in self._current(tx, encounter_id):
            if alert.rule in failed:
                continue
            finding = wanted.pop((alert.subject, alert.rule), None)
            if finding is None:
                # Its last state goes into the history before the document goes.
                tx.put(
                    self._ward,
                    "alert",
                    alert.id,
                    lifecycle.clear(alert, now),
                    bed=place[0],
                    room=place[1],
                )
                tx.delete(self._ward, "alert", alert.id)
            else:
                tx.put(
                    self._ward,
                    "alert",
                    alert.id,
                    lifecycle.update(alert, finding, now),
                    bed=place[0],
                    room=place[1],
                )
        for finding in wanted.values():
            alert = lifecycle.open_alert(finding, str(uuid7()), now)
            tx.put(self._ward, "alert", alert.id, alert, bed=place[0], room=place[1])

    def _current(self, tx: Tx, encounter_id: str) -> list[Alert]:
        """The open alerts as they are in this transaction: somebody may have just acknowledged."""
        found = []
        for id in list(self._open.get(encounter_id, {})):
            stored = tx.get(self._ward, "alert", id)
            if stored is not None:
                found.append(decode(stored.body, Alert))
        return found
