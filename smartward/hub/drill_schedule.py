"""Drills that begin by themselves, at the hours that the settings name."""

from datetime import datetime, time, timedelta

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.drill import next_start
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import audit, drill
from smartward.hub.store.tx import Tx
from smartward.setting import local_time

AT = "drill_at"
"""Kind of the deadline at which a drill begins; its subject counts how often it was put off."""

_AGAIN = timedelta(minutes=10)
_MOST_TRIES = 6
_REFUSED = "test_calls.not_held"
"""The audit's row of a drill that was put off until nobody waited for it any more."""


def read_time(settings: Settings) -> time | None:
    """When drills begin, None: never by themselves. Raises Misconfigured for what is no time."""
    text = settings.drill_at.strip()
    if not text:
        return None
    try:
        return local_time(text).replace(second=0)
    except ValueError as error:
        raise Misconfigured("config.no_time", setting="drill_at", value=text) from error


def read_days(settings: Settings) -> frozenset[int]:
    """On which days of the week; Monday is 1. Raises Misconfigured for what is none."""
    words = [word.strip() for word in settings.drill_days.split(",") if word.strip()]
    days = frozenset(int(word) for word in words if word in tuple("1234567"))
    if not words or len(days) != len(set(words)):
        raise Misconfigured(
            "config.no_choice", setting="drill_days", value=settings.drill_days, choices="1 to 7"
        )
    return days


class DrillSchedule:
    """Keeps the deadline of one ward's next drill."""

    def __init__(self, settings: Settings) -> None:
        """Raises Misconfigured for a time or a day that is none."""
        self._ward = settings.ward
        self._zone = settings.tz
        self._at = read_time(settings)
        self._days = read_days(settings)
        self._limit_s = settings.drill_limit_s

    def expect(self, tx: Tx) -> None:
        """Set the deadline of the next drill anew: what was planned by other settings is not."""
        for n in range(_MOST_TRIES + 1):
            tx.deadline_clear(self._ward, AT, str(n))
        if self._at is not None:
            start = next_start(tx.now, self._at, self._days, self._zone)
            tx.deadline_set(self._ward, AT, "0", start)

    def due(self, tx: Tx, subject: str, planned: datetime) -> None:
        """It is time. While a call is open it is put off by ten minutes, an hour at most; then the
        audit tells that it was not held. One that is due since long, because the hub was away, is
        not held at another hour of the day."""
        tries = int(subject)
        self.expect(tx)
        if self._at is None or tx.now - planned > _AGAIN:
            return
        tx.origin("schedule", None, None)
        try:
            drill.start(tx, self._ward, None, self._limit_s)
        except drill.DrillRefused as refused:
            if tries < _MOST_TRIES:
                tx.deadline_set(self._ward, AT, str(tries + 1), tx.now + _AGAIN)
                return
            by, about = Actor(device_id="hub"), About(kind=drill.KIND, id=drill.ID)
            audit.record(tx, self._ward, by, _REFUSED, about, outcome="refused", key=refused.key)
