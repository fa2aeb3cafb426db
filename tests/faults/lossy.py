"""A bad line in user space: carries frames between two network cards, with loss, delay, jitter,
frames that overtake others, and frames that come twice. All drawn from a seed.

Runs as a program of its own, as root, in the network namespace of both cards:

    python -m tests.faults.lossy CARD CARD '{"delay_ms": 150, "loss_percent": 10}'

It prints one line when it carries, and ends by a signal. The kernel needs no module for it. Frames
must come whole, with their checksums, as a card without offloads sends them; a card that is on a
bridge as well carries each of them twice.
"""

import errno
import heapq
import json
import random
import selectors
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from smartward.clock import SystemClock

_CLOCK = SystemClock()
_EVERY_PROTOCOL = 3
_FRAME_BYTES = 65536
_LOST = frozenset({errno.ENETDOWN, errno.ENOBUFS})
"""A card that is down, or has no room, loses a frame as a wire does. One too long is our fault."""
_ROOM_FORCED, _ROOM_BYTES = 33, 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What befalls a frame on its way, each way drawn for itself; shares in percent of all frames.

    What is neither lost nor `reorder`ed comes `delay_ms` later, give or take `jitter_ms`, and in
    order; a reordered one comes at once, before those that wait.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss_percent: float = 0.0
    reorder_percent: float = 0.0
    duplicate_percent: float = 0.0
    seed: int = 1

    def line(self) -> str:
        """As the program takes it."""
        return json.dumps(asdict(self))


class OneWay:
    """When each frame of one direction comes out."""

    def __init__(self, faults: Faults, direction: int) -> None:
        self._faults = faults
        self._random = random.Random(f"{faults.seed}/{direction}")
        self._last = 0.0

    def due(self, now: float) -> list[float]:
        """The moments, in the seconds of `now`, at which a frame that is there now comes out: none
        when it is lost, two when it comes twice."""
        faults = self._faults
        if self._falls(faults.loss_percent):
            return []
        times = 2 if self._falls(faults.duplicate_percent) else 1
        if self._falls(faults.reorder_percent):
            return [now] * times
        late_ms = faults.delay_ms + self._random.uniform(-1, 1) * faults.jitter_ms
        self._last = max(self._last, now + max(0.0, late_ms) / 1000)
        return [self._last] * times

    def _falls(self, percent: float) -> bool:
        return self._random.random() * 100 < percent


class Carrier:
    """Both directions between two cards."""

    def __init__(self, cards: Sequence[str], faults: Faults) -> None:
        """Raises OSError where a card is not there, or this is not root."""
        self._sockets = [_listen(card) for card in cards]
        self._ways = [OneWay(faults, number) for number in range(len(cards))]
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._count = 0
        self._selector = selectors.DefaultSelector()
        for number, each in enumerate(self._sockets):
            self._selector.register(each, selectors.EVENT_READ, number)

    def run(self) -> None:
        """Carry for ever."""
        while True:
            left = self._waiting[0][0] - _CLOCK.monotonic() if self._waiting else None
            for key, _ in self._selector.select(left):
                self._take(key.data)
            self._give()

    def _take(self, number: int) -> None:
        frame, (_, _, kind, *_) = self._sockets[number].recvfrom(_FRAME_BYTES)
        if kind == socket.PACKET_OUTGOING:  # our own
            return
        for due in self._ways[number].due(_CLOCK.monotonic()):
            self._count += 1
            heapq.heappush(self._waiting, (due, self._count, 1 - number, frame))

    def _give(self) -> None:
        while self._waiting and self._waiting[0][0] <= _CLOCK.monotonic():
            _, _, number, frame = heapq.heappop(self._waiting)
            try:
                self._sockets[number].send(frame)
            except OSError as error:
                if error.errno not in _LOST:
                    raise
                print(f"a frame of {len(frame)} bytes is lost: {error}", file=sys.stderr)


def _listen(card: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    made.setsockopt(socket.SOL_SOCKET, _ROOM_FORCED, _ROOM_BYTES)  # what it loses is drawn
    made.bind((card, 0))
    return made


if __name__ == "__main__":
    carrier = Carrier(sys.argv[1:3], Faults(**json.loads(sys.argv[3])))
    print("carries", flush=True)
    carrier.run()
