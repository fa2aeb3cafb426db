"""The audio device in a process of its own: one stream that asks its parent for every block.

Run by `child.Child`; `sound_link` tells what it says and hears.
"""

import sys

from smartward.device.child_link import Link, link_to_parent
from smartward.device.pulse import Playback
from smartward.device.sound_link import (
    BLOCK,
    BYTES_PER_FRAME,
    MORE,
    NO_DEVICE,
    NUMBER,
    OPENED,
    PULL,
    RATE,
)

_BLOCK_FRAMES = round(0.020 * RATE)
_DEVICE_BUFFER = round(0.060 * RATE)
_REST_AFTER = round(0.300 * RATE)


class Output:
    """Opens the stream and lets it rest in silence. Without a device the parent ends this process.

    Raises OSError where libpulse is not installed.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._silent_for = 0
        self._gone = False
        self._playback = Playback(
            RATE,
            _DEVICE_BUFFER * BYTES_PER_FRAME,
            opened=self._opened,
            wanted=self._wanted,
            failed=self._fail,
        )
        self._playback.hear(link.fileno(), self._on_message)

    def run(self) -> None:
        """Play until the parent is gone."""
        self._playback.run()

    def _opened(self) -> None:
        self._tell(OPENED)

    def _fail(self, why: str) -> None:
        self._tell(NO_DEVICE + why.encode())

    def _tell(self, message: bytes) -> None:
        try:
            self._link.send_bytes(message)
        except OSError:
            self._end()

    def _wanted(self, number: int) -> None:
        """Fill what the device has room for: each block is a question to the parent."""
        left = number // BYTES_PER_FRAME
        while left > 0 and not self._gone:
            block = self._block(min(left, _BLOCK_FRAMES))
            self._playback.write(block)
            left -= max(len(block) // BYTES_PER_FRAME, 1)
        if self._silent_for >= _REST_AFTER:
            self._playback.rest(True)

    def _block(self, number: int) -> bytes:
        try:
            self._link.send_bytes(PULL + NUMBER.pack(number))
            while (answer := self._link.recv_bytes())[:1] != BLOCK:
                self._silent_for = 0  # woken while awake
        except (EOFError, OSError):
            self._end()
            return b""
        self._silent_for = 0 if answer[1:2] == MORE else self._silent_for + number
        return answer[2:]

    def _on_message(self) -> None:
        while not self._gone and self._link.poll(0):
            try:
                self._link.recv_bytes()
            except (EOFError, OSError):
                self._end()
                return
            self._silent_for = 0
            self._playback.rest(False)

    def _end(self) -> None:
        self._gone = True
        self._playback.quit()


def main(descriptor: int, parent: int) -> None:
    """The process."""
    link = link_to_parent(descriptor, parent)
    try:
        output = Output(link)
    except OSError as error:
        link.send_bytes(NO_DEVICE + str(error).encode())
        return
    output.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
