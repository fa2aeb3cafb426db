"""Keeping house for a ward: what is too old is forgotten, in time and in portions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub import audit, escalation
from smartward.hub.facts import WardFacts
from smartward.hub.store.tx import Tx
from smartward.hub.ward_entries import forget

RETENTION = "retention"
"""Kind of the deadline at which what is too old is forgotten."""

HISTORY = "history"
"""Kind of the deadline at which some of the history that is too old is forgotten."""

_HISTORY_PORTION = 500
_HISTORY_PAUSE = timedelta(seconds=2)
_RETENTION_EVERY = timedelta(minutes=10)


class Housekeeping:
    """What whoever decides for the ward does at its deadlines."""

    def __init__(
        self, clock: Clock, settings: Settings, facts: WardFacts, steady: Callable[[], bool]
    ) -> None:
        """`steady`: whether the wall clock was not set lately. One that was just set forward would
        make everything look old."""
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._facts = facts
        self._steady = steady
        self._retained_at: float | None = None
        self._swept = 0

    def begin(self, tx: Tx, now: datetime) -> None:
        """Have the first turn come in its time."""
        for kind in (RETENTION, HISTORY):
            tx.deadline_set(self._ward, kind, "ward", now + _RETENTION_EVERY)

    def forget(self, tx: Tx, now: datetime) -> None:
        """Forget what is too old by the settings, and have the next turn come."""
        tx.deadline_set(self._ward, RETENTION, "ward", now + _RETENTION_EVERY)
        if not self._steady():
            return
        escalation.forget_closed(
            tx, self._ward, now - timedelta(hours=self._settings.closed_call_keep_h)
        )
        before = now - timedelta(hours=self._settings.vital_sign_keep_h)
        for id in tx.signs_before(self._ward, before):
            tx.delete(self._ward, "vital_sign", id)
        for kind, id in self._facts.older_than(before):
            tx.delete(self._ward, kind, id)
        forget(tx, self._ward, before)
        tx.sweep(now)
        tx.queue_sweep(self._ward, now - timedelta(days=self._settings.answer_keep_days))
        log_keep = timedelta(days=self._settings.alert_log_keep_days)
        tx.alert_log_sweep(self._ward, now - log_keep)
        keep = timedelta(days=self._settings.audit_keep_days)
        audit.retain(tx, self._ward, keep, self._real_time())

    def sweep_history(self, tx: Tx, now: datetime) -> None:
        """Forget some of what is too old: a portion at a time, that nobody's call waits for it."""
        if self._steady():
            keep = timedelta(days=self._settings.history_keep_days)
            self._swept = tx.history_sweep(now - keep, self._swept, _HISTORY_PORTION)
        pause = _HISTORY_PAUSE if self._swept else _RETENTION_EVERY
        tx.deadline_set(self._ward, HISTORY, "ward", now + pause)

    def _real_time(self) -> timedelta:
        """What has really passed since this was asked last; at the first time one turn of it."""
        since, self._retained_at = self._retained_at, self._clock.monotonic()
        if since is None:
            return _RETENTION_EVERY
        return timedelta(seconds=(self._retained_at - since) * self._clock.rate)
