"""The ward's own time: it goes on as it went, whatever the wall clock is set to.

Documents bear wall times, for people read them. What was touched before what is compared by this
time instead. It is kept as what all settings of the wall clock come to (`ahead`): the wall time
less that is the ward's own. While the machine runs, a setting is what the wall clock has gained on
the monotonic clock, over restarts of the hub as well. Where the machine itself was started anew, or
another one goes on with the file, the wall clock is believed, but never back behind what was
written last; and what it says of a long time is in doubt.

What the wall clock gains may also be a pause of the machine (a virtual one that was halted; its
monotonic clock stands still meanwhile). Which it was nobody tells. So it counts as a setting, and
what was touched before, as it seems, is in doubt against all that it would be later than if it was
a pause (`Leap`). A machine that was suspended is no such case: its seconds go on.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from smartward.clock import Clock

log = logging.getLogger("smartward.clock")

KEY = "ward_time"
"""Name under which the store keeps how the times stood at its last write."""
_STEP_S = 0.25
"""Less than this between two writes is a clock that is being slewed: the ward goes with it."""
_EVERY_S = 2.0
"""How often it is written down while nothing is set, at most."""
_LATELY_S = 60.0
"""No request is on its way for longer."""
_MOST_RUNS = 16
"""Runs of machines of which it is known how their clocks stood: several hubs on one store."""
_LONG_AWAY_S = 600.0
"""A machine that says it was away for longer may have begun with a clock that is ahead: on local
time, that is half an hour at least. (No source; a start anew takes minutes.)"""
_MOST_LEAPS = 16
"""The last ones are known: a touch from before them all is hardly told still."""
_STEADY_S = 0.05
_TRIES = 5


class Leap(NamedTuple):
    """The wall clock gained `by` on the monotonic one, some time after `at` (ward's own time)."""

    at: datetime
    by: timedelta


def latest(own: datetime, leaps: tuple[Leap, ...]) -> datetime:
    """The latest that a touch can have been which seems to be of `own`: as if each leap was a
    pause."""
    for leap in reversed(leaps):
        if own < leap.at:
            own = min(own + leap.by, leap.at)
    return own


class Meta(Protocol):
    """Where a transaction keeps values by name."""

    def meta_get(self, key: str) -> str | None:
        """A value kept by name, or None."""

    def meta_set(self, key: str, value: str) -> None:
        """Keep a value by name."""


class Told(Meta, Protocol):
    """A write, as far as it is told of the ward's own time."""

    ahead: timedelta
    sure_since: datetime | None
    leaps: tuple[Leap, ...]
    set_lately: tuple[timedelta, ...]


class _Stand(msgspec.Struct, frozen=True):
    """How the clocks of one run of a machine stood at one moment."""

    wall: datetime
    monotonic: float
    ahead_s: float
    since: datetime | None = None
    """From when on (ward's own time) it is sure. None: always."""
    leaps: tuple[Leap, ...] = ()

    @property
    def own(self) -> datetime:
        return self.wall - timedelta(seconds=self.ahead_s)


class WardTime:
    """Of one store, on its writer's thread."""

    def __init__(self, clock: Clock, *, shared: bool = False) -> None:
        """`shared`: other hubs write there at the same time, as their clocks tell."""
        self._clock = clock
        self._shared = shared
        self._stand: _Stand | None = None
        self._kept: _Stand | None = None
        self._on_its_way: _Stand | None = None
        self._looked: float | None = None
        """At which monotonic second it was seen last how the other hubs' times stand."""
        self._settings: list[tuple[float, float]] = []
        """At which monotonic second what was `ahead` before was so no more, lately."""

    @property
    def since(self) -> datetime | None:
        """From when on (ward's own time) it is sure; None: always. The wall clock of a machine that
        went on was found behind what had been written, or far ahead: how long ago that was nobody
        knows, so what was touched before cannot be put in order with what had been written."""
        return None if self._stand is None else self._stand.since

    @property
    def lately(self) -> tuple[timedelta, ...]:
        """By how much the wall clock was set lately, from each time that it showed before: what
        comes now may have been dated by it."""
        now = self._stand
        if now is None:
            return ()
        self._settings = [one for one in self._settings if now.monotonic - one[0] < _LATELY_S]
        return tuple(timedelta(seconds=now.ahead_s - ahead) for _, ahead in self._settings)

    def look(self, meta: Meta) -> timedelta:
        """By how much the wall clock is ahead of the ward's own time now."""
        wall, monotonic = self._read()
        last = self._stand
        if last is None:
            last = self._kept = _kept(meta).get(self._clock.run)
        if last is None or monotonic < last.monotonic:
            self._stand = self._taken_over(meta, wall, monotonic)
        else:
            rate = self._clock.rate
            passed = (wall - last.wall).total_seconds()
            step = passed - (monotonic - last.monotonic) * rate
            ahead_s, leaps = last.ahead_s, last.leaps
            if abs(step) > _STEP_S * rate:
                self._settings.append((monotonic, ahead_s))
                ahead_s = round(ahead_s + step, 3)
            if step > _STEP_S * rate:
                # What was noted last is so much newer than what was written of the times, at most.
                newer = timedelta(seconds=_EVERY_S if self._stand is None else 0)
                leap = Leap(last.own + newer, timedelta(seconds=step))
                leaps = (*leaps, leap)[-_MOST_LEAPS:]
            self._stand = _Stand(wall, monotonic, ahead_s, last.since, leaps)
        if self._shared:
            self._stand = self._with_the_others(meta, self._stand)
        return timedelta(seconds=self._stand.ahead_s)

    def tell(self, tx: Told) -> None:
        """Tell a write that begins now."""
        tx.ahead = self.look(tx)
        tx.sure_since, tx.set_lately = self.since, self.lately
        tx.leaps = () if self._stand is None else self._stand.leaps

    def keep(self, meta: Meta) -> None:
        """Write down how the times stand, when that is due."""
        now, kept = self._stand, self._kept
        if now is None:
            return
        if (
            kept is not None
            and kept.ahead_s == now.ahead_s
            and 0 <= now.monotonic - kept.monotonic < _EVERY_S
        ):
            return
        runs = _kept(meta) | {self._clock.run: now}
        newest = sorted(runs, key=lambda run: runs[run].own)[-_MOST_RUNS:]
        told = {run: runs[run] for run in newest}
        meta.meta_set(KEY, msgspec.json.encode(told).decode())
        self._kept = self._on_its_way = now

    def settled(self, *, written: bool) -> None:
        """What `keep` wrote is on the disk, or not: then it is due again."""
        if self._on_its_way is not None and not written:
            self._kept = None
        self._on_its_way = None

    def _with_the_others(self, meta: Meta, mine: _Stand) -> _Stand:
        """No hub's time stays behind another's: one whose machine began with a clock ahead would
        write what the others could not answer. What was touched before is in doubt here then."""
        if self._looked is not None and 0 <= mine.monotonic - self._looked < _EVERY_S:
            return mine
        self._looked = mine.monotonic
        newest = max(_kept(meta).values(), key=lambda one: one.own, default=mine)
        if (newest.own - mine.own).total_seconds() <= _EVERY_S:
            return mine
        own = max(newest.own, mine.wall - timedelta(seconds=newest.ahead_s))
        log.warning("another hub's time is %.1f s ahead", (own - mine.own).total_seconds())
        ahead_s = round((mine.wall - own).total_seconds(), 3)
        return _Stand(mine.wall, mine.monotonic, ahead_s, own, mine.leaps)

    def _taken_over(self, meta: Meta, wall: datetime, monotonic: float) -> _Stand:
        """Another machine, or this one started anew, goes on from what was written last."""
        runs = _kept(meta).values()
        newest = max(runs, key=lambda one: one.own, default=None)
        if newest is None:
            return _Stand(wall, monotonic, 0.0)
        back = (newest.own - (wall - timedelta(seconds=newest.ahead_s))).total_seconds()
        if back <= _EVERY_S or self._shared:
            ahead_s = round(newest.ahead_s - max(back, 0.0), 3)
            began = wall - timedelta(seconds=ahead_s)
            since = began if -back > _LONG_AWAY_S else newest.since
            return _Stand(wall, monotonic, ahead_s, since, newest.leaps)
        log.warning("the clock is %.1f s behind what was written last", back)
        # What was noted last is at most so much newer than what was written of the times.
        ahead_s = round(newest.ahead_s - back - _EVERY_S, 3)
        since = newest.own + timedelta(seconds=_EVERY_S)
        return _Stand(wall, monotonic, ahead_s, since, newest.leaps)

    def _read(self) -> tuple[datetime, float]:
        """Both clocks at one moment: a thread that was held up between them looks again."""
        tries = _TRIES
        while True:
            before, wall, after = (
                self._clock.monotonic(),
                self._clock.now(),
                self._clock.monotonic(),
            )
            tries -= 1
            if after - before < _STEADY_S or not tries:
                return wall, (before + after) / 2


def _kept(meta: Meta) -> dict[str, _Stand]:
    text = meta.meta_get(KEY)
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, _Stand])
    except msgspec.DecodeError as error:
        log.error("how the ward's time stood cannot be read, and is begun anew: %s", error)
        return {}
