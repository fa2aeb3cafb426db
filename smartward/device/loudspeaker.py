"""Plays a mixer: a thread that feeds the audio process, and takes its place when it is not well.

Where there is no device, or it is dead, the thread pulls from the mixer itself, so that what a
screen would have said is logged, expires and ends as usual. The fault is told at once and the
device is tried for ever.
"""

import logging
import os
import select
import threading
from collections.abc import Callable
from enum import Enum, auto

from smartward.clock import Clock
from smartward.device.child import Child
from smartward.device.child_link import Link
from smartward.device.mixer import BLOCK, Mixer
from smartward.device.samples import RATE, frames
from smartward.device.sound_link import BLOCK as BLOCK_OF
from smartward.device.sound_link import MORE, NO_MORE, NUMBER, OPENED, PULL, WAKE
from smartward.device.sound_link import NO_DEVICE as CHILD_HAS_NONE
from smartward.device.sound_signs import Sign, no_server, signs

log = logging.getLogger("smartward.sound")

NO_DEVICE = "sound.no_device"
DEAD = "sound.dead"

DEAD_AFTER = 2.0
"""Seconds without a pull, while something should sound, after which the device is dead."""

START_WITHIN = 5.0
"""Seconds until the audio process must have said whether there is a device."""

RETRY_S = (5.0, 60.0)
"""Seconds until the device is tried again: at first, and doubling, at most. A new process is made
for it: whatever was wrong with the old one, or with its connection, is gone with it."""

NO_SERVER_S = 300.0
"""At most where no sound server listens. Once one does, or a card comes, it is tried at the next
look, at most the first of `RETRY_S` later."""

PLAYS_AFTER = frames(0.240)
"""Frames that a device has asked for since it was opened when it is sure that it plays. One that
stands still takes what its buffers hold: 60 ms the server's, 100 ms a card's (four fragments of
25 ms). One that plays takes 300 ms before it rests."""

_MODULE = "smartward.device.sound"
_LOOK_S = 0.25
_STAND_IN_S = 0.5
"""Without a device nobody hears what time passes over: so long it passes in one step at most."""


class _State(Enum):
    """How the audio process is."""

    GONE = auto()
    STARTING = auto()
    OPEN = auto()


class Loudspeaker:
    """Plays a mixer from `start` to `close`.

    `faults` are text keys; `on_faults` is called in the loudspeaker's own thread when they changed.
    """

    def __init__(self, mixer: Mixer, clock: Clock, *, dead_after: float = DEAD_AFTER) -> None:
        self._mixer = mixer
        self._clock = clock
        self._dead_after = dead_after
        self._fault: str | None = None
        self.on_faults: Callable[[], None] | None = None
        self._state = _State.GONE
        self._child: Child | None = None
        self._tried_at = float("-inf")
        self._try_after = RETRY_S[0]
        self._signs: tuple[Sign, ...] | None = None
        self._last_pull = float("-inf")
        self._taken = 0
        self._active_since: float | None = None
        self._clocked_to: float | None = None
        self._bell_out, self._bell_in = os.pipe()
        os.set_blocking(self._bell_in, False)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="loudspeaker", daemon=True)

    def start(self) -> None:
        """Open the device and play whatever the mixer has, from now on."""
        self._mixer.on_active = self._ring
        self._thread.start()

    def close(self) -> None:
        """Stop playing and end the audio process."""
        self._mixer.on_active = None
        self._closing = True
        self._ring()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._bell_in)
        os.close(self._bell_out)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong now."""
        fault = self._fault
        return () if fault is None else (fault,)

    @property
    def pid(self) -> int | None:
        """The audio process."""
        child = self._child
        return child.pid if child is not None else None

    def _ring(self) -> None:
        try:
            os.write(self._bell_in, b"!")
        except BlockingIOError:
            log.debug("the bell rings already")

    # ------------------------------------------------------------------------------ its thread

    def _run(self) -> None:
        while not self._closing:
            self._keep_child()
            child = self._child
            ears = select.poll()
            ears.register(self._bell_out, select.POLLIN)
            if child is not None:
                ears.register(child.link, select.POLLIN)
            for ready, _ in ears.poll(self._patience() * 1000):
                if ready == self._bell_out:
                    os.read(self._bell_out, 4096)
                    self._wake()
                elif child is not None and child is self._child:
                    self._receive(child.link)
            self._pull_without_device()
            self._look()
        if self._child is not None:
            self._child.release()

    def _patience(self) -> float:
        """Seconds that the thread may sleep when nobody says anything."""
        if self._state is _State.GONE and self._mixer.active:
            return min(self._mixer.undisturbed() + BLOCK / RATE, _STAND_IN_S)
        return _LOOK_S if self._mixer.active or self._state is _State.STARTING else RETRY_S[0]

    def _keep_child(self) -> None:
        if self._state is not _State.GONE:
            return
        now, found = self._clock.monotonic(), signs()
        if found != self._signs:
            self._signs, self._try_after = found, RETRY_S[0]
        elif now - self._tried_at < self._try_after:
            return
        self._tried_at, self._taken = now, 0
        try:
            self._child = Child(_MODULE)
            self._state = _State.STARTING
        except OSError as error:
            self._lose(f"no audio process: {error}")

    def _receive(self, link: Link) -> None:
        try:
            message = link.recv_bytes()
            kind, rest = message[:1], message[1:]
            if kind == PULL:
                self._answer(link, NUMBER.unpack(rest)[0])
            elif kind == OPENED:
                self._state = _State.OPEN
                self._last_pull = self._clock.monotonic()
                self._over(NO_DEVICE)
            elif kind == CHILD_HAS_NONE:
                self._lose(rest.decode())
        except (EOFError, OSError) as error:
            self._lose(f"the audio process ended ({type(error).__name__})")

    def _answer(self, link: Link, number: int) -> None:
        self._last_pull = self._clock.monotonic()
        block = self._mixer.pull(number, self._last_pull).astype("<i2").tobytes()
        link.send_bytes(BLOCK_OF + (MORE if self._mixer.active else NO_MORE) + block)
        self._taken += number
        if self._taken >= PLAYS_AFTER:
            self._try_after = RETRY_S[0]
            self._over(DEAD)

    def _wake(self) -> None:
        if self._child is not None and self._state is _State.OPEN:
            try:
                self._child.link.send_bytes(WAKE)
            except OSError as error:
                self._lose(f"the audio process ended ({type(error).__name__})")

    def _pull_without_device(self) -> None:
        """Pull what the time since the last time is worth."""
        now = self._clock.monotonic()
        if self._clocked_to is None:
            self._clocked_to = now
        stands_in = self._state is _State.GONE
        due = int((now - self._clocked_to) * RATE)
        if stands_in and self._mixer.active and due >= BLOCK:
            self._clocked_to += due / RATE
            self._mixer.pull(due, now)
        if not (stands_in and self._mixer.active):
            self._clocked_to = None

    def _look(self) -> None:
        """Tell and end an audio process that hangs."""
        now = self._clock.monotonic()
        if not self._mixer.active:
            self._active_since = None
        elif self._active_since is None:
            self._active_since = now
        if self._state is _State.STARTING and now - self._tried_at > START_WITHIN:
            self._lose("the audio process does not start")
        if self._state is not _State.OPEN or self._active_since is None:
            return
        if now - max(self._active_since, self._last_pull) > self._dead_after:
            self._lose(f"no pull for {self._dead_after} s", DEAD)

    def _lose(self, why: str, fault: str = NO_DEVICE) -> None:
        """End the audio process, tell the fault, and try again later."""
        child, self._child = self._child, None
        if child is not None:
            child.release()
        # Counted from the last start: one that played for a while is replaced at once.
        worse = self._taken < PLAYS_AFTER
        most = NO_SERVER_S if no_server() else RETRY_S[1]
        self._try_after = min(2 * self._try_after, most) if worse else RETRY_S[0]
        self._state = _State.GONE
        if self._fault != fault:
            log.warning("%s: %s", fault, why)
            self._tell(fault)

    def _over(self, fault: str) -> None:
        if self._fault == fault:
            log.warning("%s is over", fault)
            self._tell(None)

    def _tell(self, fault: str | None) -> None:
        self._fault = fault
        if self.on_faults is not None:
            self.on_faults()
