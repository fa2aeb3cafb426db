"""The only module that reads the time or waits for it.

`now()` is wall time in UTC with milliseconds; in a demo its origin and rate are handed to every
process as one string (`ClockSpec`), so that all of them live in the same day at the same pace.
`monotonic()` is real: links, animation and retries run on it. What the machine
slept counts, too, so that a touch has its true age on one that was suspended since.
"""

import math
import os
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

_LOOK_AGAIN_S = 30.0
"""The system may set a real wall clock without telling: who waits for it looks this often."""

_SHORTEST_WAIT_S = 0.001
"""Event loops round shorter waits to nothing, and would be asked again and again."""


class Clock(Protocol):
    """What everything that compares or waits takes as an argument."""

    @property
    def rate(self) -> float:
        """Seconds of wall time in a real second; 1 but in a demo."""

    @property
    def run(self) -> str:
        """Names the run within which `monotonic` counts from one start of a program to the next."""

    def now(self) -> datetime:
        """Wall time, UTC, truncated to milliseconds."""

    def monotonic(self) -> float:
        """Seconds that never step, real, those of a suspended machine as well."""

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait by the monotonic clock."""

    def wait_until(self, when: datetime) -> Awaitable[None]:
        """Wait until `now()` has reached `when`, also when the wall clock is set meanwhile."""


def boot_id(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Names this run of the machine: its monotonic clock counts from one start to the next. Empty
    where nobody tells: no age is claimed after a restart then."""
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def to_milliseconds(moment: datetime) -> datetime:
    """UTC, truncated to milliseconds. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """Wall time `origin` at monotonic second `at`, running `rate` times real time.

    Programs of one machine that get the same spec show the same time. Raises ValueError for an
    origin without a zone, and for a rate that is not above 0.
    """

    origin: datetime
    at: float
    rate: float

    def __post_init__(self) -> None:
        if self.origin.tzinfo is None:
            raise ValueError("the clock's origin has no zone")
        if not (math.isfinite(self.at) and math.isfinite(self.rate) and self.rate > 0):
            raise ValueError("the clock's rate must be above 0")
        object.__setattr__(self, "origin", self.origin.astimezone(UTC))

    def __str__(self) -> str:
        return f"{self.origin.isoformat()}@{self.at!r}x{self.rate!r}"

    @classmethod
    def parse(cls, text: str) -> "ClockSpec":
        """Read what `str` wrote. Raises ValueError when it is not of that form."""
        origin, _, rest = text.partition("@")
        at, _, rate = rest.partition("x")
        return cls(datetime.fromisoformat(origin), float(at), float(rate))

    @classmethod
    def starting(cls, origin: datetime, rate: float = 1.0) -> "ClockSpec":
        """A clock that shows `origin` now and runs at `rate`."""
        return cls(origin, _seconds(), rate)


class SystemClock:
    """The machine's clock, or a demo's. One event loop's thread sets it and waits for it."""

    def __init__(self, spec: ClockSpec | None = None) -> None:
        self._spec = spec
        self.run = boot_id() or os.urandom(16).hex()
        self._offset = timedelta(0)
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def rate(self) -> float:
        """Seconds of wall time in a real second; 1 but in a demo."""
        return 1.0 if self._spec is None else self._spec.rate

    def now(self) -> datetime:
        """Wall time, UTC, truncated to milliseconds."""
        return self._showing(self._offset)

    def _showing(self, offset: timedelta) -> datetime:
        if self._spec is None:
            return to_milliseconds(datetime.now(UTC) + offset)
        elapsed = (_seconds() - self._spec.at) * self._spec.rate
        return to_milliseconds(self._spec.origin + timedelta(seconds=elapsed) + offset)

    def monotonic(self) -> float:
        """Seconds that never step, real, those of a suspended machine as well."""
        return _seconds()

    def advance(self, seconds: float) -> None:
        """Step the wall clock, back when negative; who waits looks again.

        Raises ValueError for a time no calendar has; the clock then stays as it was.
        """
        try:
            offset = self._offset + timedelta(seconds=seconds)
            self._showing(offset)
        except OverflowError as error:
            raise ValueError(f"no calendar has the time {seconds} s from now") from error
        self._offset = offset
        for waiting in self._waiting:
            _end(waiting)

    def set(self, moment: datetime) -> None:
        """Step the wall clock to `moment`. Raises ValueError for a time without a zone."""
        self.advance((to_milliseconds(moment) - self.now()).total_seconds())

    async def sleep(self, seconds: float) -> None:
        """Wait by the monotonic clock, never less: timers of Qt fire early, so look again."""
        end = _seconds() + seconds
        await _turn(seconds)
        while (left := end - _seconds()) > 0:
            await _turn(max(left, _SHORTEST_WAIT_S))

    async def wait_until(self, when: datetime) -> None:
        """Wait until `now()` has reached `when`, also when the wall clock is set meanwhile."""
        rate = 1.0 if self._spec is None else self._spec.rate
        while (left := (when - self.now()).total_seconds() / rate) > 0:
            await _turn(max(min(left, _LOOK_AGAIN_S), _SHORTEST_WAIT_S), self._waiting)


def _seconds() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


async def _turn(seconds: float, waiting: "set[asyncio.Future[None]] | None" = None) -> None:
    """Wait so long, or until somebody ends the future that is in `waiting` meanwhile.

    A bare future, not `asyncio.wait_for`: that one of Python 3.11 loses a cancellation that comes
    together with a step of the clock, and its canceller would wait for ever.
    """
    import asyncio  # here, and not above: a screen's first frame needs none of it

    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(max(seconds, 0.0), _end, over)
    if waiting is not None:
        waiting.add(over)
    try:
        await over
    finally:
        timer.cancel()
        if waiting is not None:
            waiting.discard(over)


def _end(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
