"""The screen's event loop: asyncio on Qt's, with one queue of callbacks and one timer for them all.

qasync starts a timer of Qt for each callback and lets those of cancelled ones run out: an idle
screen was woken by deadlines that had been met long before.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import Context
from itertools import count
from math import ceil
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from smartward.screen.qt_import import load_qasync

load_qasync()

import qasync  # noqa: E402  # as it was loaded there

_LONGEST_MS = 86_400_000
"""Timers of Qt count milliseconds in 31 bits: whoever waits longer is looked at again."""
_PRECISE = 0
"""`Qt.TimerType.PreciseTimer`: to name it would load all of Qt's names (list_model.py)."""


class ScreenLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync has no types
    """Runs callbacks in the order in which they were asked for, and timers by their time.

    Belongs to the thread of Qt's application; others hand over with `call_soon_threadsafe`.
    """

    def __init__(self, app: QGuiApplication) -> None:
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = count()
        self._armed_for: float | None = None
        self._now = QTimer(interval=0)
        self._now.timeout.connect(self._run_ready)
        self._at = QTimer(singleShot=True)
        self._at.setProperty("timerType", _PRECISE)
        self._at.timeout.connect(self._run_due)
        super().__init__(app)

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Run it at Qt's next turn, after what was asked for before."""
        handle = asyncio.Handle(callback, args, self, context)
        if not self.is_closed():
            self._ready.append(handle)
            if not self._now.isActive():
                self._now.start()
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run it after so many seconds, never earlier."""
        return self.call_at(self.time() + max(delay, 0.0), callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run it at second `when` of the loop's clock, never earlier."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        if not self.is_closed():
            heapq.heappush(self._timers, (when, next(self._order), handle))
            if self._timers[0][2] is handle:
                self._arm()
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A handle tells that it is about to be cancelled: nobody is woken for it."""
        if self._timers and self._timers[0][2] is handle:
            heapq.heappop(self._timers)
            self._arm()

    def _arm(self) -> None:
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        when = self._timers[0][0] if self._timers else None
        if when == self._armed_for:
            return
        self._armed_for = when
        if when is None:
            self._at.stop()
        else:
            left_ms = ceil((when - self.time()) * 1000)
            self._at.start(min(max(left_ms, 0), _LONGEST_MS))

    def _run_due(self) -> None:
        self._armed_for = None
        now = self.time()
        while self._timers and self._timers[0][0] <= now:
            handle = heapq.heappop(self._timers)[2]
            if not handle.cancelled():
                self._ready.append(handle)
        self._arm()
        self._run_ready()

    def _run_ready(self) -> None:
        """What was asked for up to now; what that asks for comes after Qt's own events."""
        for _ in range(len(self._ready)):
            if not self._ready:  # Qt's events were run from within a callback
                break
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
        if not self._ready:
            self._now.stop()
        elif not self._now.isActive():
            self._now.start()

    def close(self) -> None:
        """Release everything; nothing that is still to come is run."""
        self._now.stop()
        self._at.stop()
        self._ready.clear()
        self._timers.clear()
        super().close()
