"""The only module that reads the time or waits for it.

`now()` is wall time in UTC with milliseconds; in a demo its origin and rate are handed to every
process as one string (`ClockSpec`), so that all of them live in the same day at the same pace.
`monotonic()` is real: links, animation and retries run on it.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What everything that compares or waits takes as an argument."""

    def now(self) -> datetime:
        """Wall time, UTC, truncated to milliseconds."""

    def monotonic(self) -> float:
        """Seconds that never step, real."""

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait by the monotonic clock."""

    def wait_until(self, when: datetime) -> Awaitable[None]:
        """Wait until `now()` has reached `when`, also when the wall clock is set meanwhile."""


def to_milliseconds(moment: datetime) -> datetime:
    """UTC, truncated to milliseconds. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """Wall time `origin` at monotonic second `at`, running `rate` times real time."""

    origin: datetime
    at: float
    rate: float

    def __str__(self) -> str:
        return f"{self.origin.isoformat()}@{self.at!r}x{self.rate!r}"

    @classmethod
    def parse(cls, text: str) -> "ClockSpec":
        """Read what `str` wrote. Raises ValueError when it is not of that form."""
        origin, _, rest = text.partition("@")
        at, _, rate = rest.partition("x")
        return cls(datetime.fromisoformat(origin).astimezone(UTC), float(at), float(rate))

    @classmethod
    def starting(cls, origin: datetime, rate: float = 1.0) -> "ClockSpec":
        """A clock that shows `origin` now and runs at `rate`."""
        return cls(origin.astimezone(UTC), time.monotonic(), rate)


class SystemClock:
    """The machine's clock, or a demo's; `set` and `advance` are for the control socket."""

    def __init__(self, spec: ClockSpec | None = None) -> None:
        self._spec = spec
        self._offset = timedelta(0)
        self._stepped: asyncio.Event | None = None

    def now(self) -> datetime:
        """Wall time, UTC, truncated to milliseconds."""
        if self._spec is None:
            base = datetime.now(UTC)
        else:
            elapsed = (time.monotonic() - self._spec.at) * self._spec.rate
            base = self._spec.origin + timedelta(seconds=elapsed)
        return to_milliseconds(base + self._offset)

    def monotonic(self) -> float:
        """Seconds that never step, real."""
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        """Step the wall clock; waiters look again."""
        self._offset += timedelta(seconds=seconds)
        if self._stepped is not None:
            self._stepped.set()
            self._stepped = None

    def set(self, moment: datetime) -> None:
        """Step the wall clock to `moment`."""
        self.advance((moment - self.now()).total_seconds())

    async def sleep(self, seconds: float) -> None:
        """Wait by the monotonic clock. qasync's timers may fire early, so look again."""
        end = time.monotonic() + seconds
        await asyncio.sleep(seconds)
        if (left := end - time.monotonic()) > 0:
            await self.sleep(left)

    async def wait_until(self, when: datetime) -> None:
        """Wait until `now()` has reached `when`, also when the wall clock is set meanwhile."""
        rate = 1.0 if self._spec is None else self._spec.rate
        while (left := (when - self.now()).total_seconds() / rate) > 0:
            if self._stepped is None:
                self._stepped = asyncio.Event()
            stepped = self._stepped
            # A real wall clock can be set by the system without telling: look at least each 30 s.
            try:
                await asyncio.wait_for(stepped.wait(), timeout=max(min(left, 30.0), 0.001))
            except TimeoutError:
                continue
