"""The speech engine in a process of its own: text in, WAV bytes out, nothing on a disk.

pyttsx3 can lose sentences, block its thread for ever and take its process down; so it lives here,
is asked for one sentence at a time, and may be killed at any moment. Its `say()` is never used.

Run by `child.Child`. A request is JSON `{voice, text, rate}`; the answer is one byte
(`OK` or `FAILED`) and the WAV, or the words of the failure. The first message is `READY`.
"""

import fcntl
import json
import os
import sys
import threading

from smartward.device.child_link import Link, link_to_parent

READY = b"ready"
OK = b"\0"
FAILED = b"\1"

_FINISH_WITHIN = 30.0
_LOOK_EACH = 0.02
_HEADER = 44
_ATTEMPTS = 3
_FIRST_NUMBER, _NUMBERS = 64, 512
"""File numbers for what the engine writes, far below the usual limit of 1024."""


class Engine:
    """pyttsx3, asked for one sentence at a time."""

    def __init__(self) -> None:
        import pyttsx3

        self._engine = pyttsx3.init("espeak")
        self._finished = threading.Event()
        self._error: BaseException | None = None
        self._files = 0
        self._engine.connect("finished-utterance", self._on_finished)
        self._engine.connect("error", self._on_error)

    def _on_finished(self, **_: object) -> None:
        self._finished.set()

    def _on_error(self, exception: BaseException, **_: object) -> None:
        self._error = exception

    def wave(self, voice: str, text: str, rate: int) -> bytes:
        """The sentence as WAV. Raises RuntimeError when the engine says it cannot."""
        for _ in range(_ATTEMPTS):
            content = self._once(voice, text, rate)
            # Now and then the engine loses a sentence and gives a file without a sound.
            if len(content) > _HEADER or not any(map(str.isalnum, text)):
                return content
        raise RuntimeError(f"the engine said nothing with voice {voice}")

    def _once(self, voice: str, text: str, rate: int) -> bytes:
        self._finished.clear()
        self._error = None
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", rate)
        # A file of memory: a patient's words are never written where they could stay.
        memory = self._memory_file()
        try:
            self._engine.save_to_file(text, f"/proc/self/fd/{memory}")
            self._engine.runAndWait()
            return self._whole(memory, voice)
        finally:
            os.close(memory)

    def _memory_file(self) -> int:
        """A new file under a number that was long not used: what the engine writes late must not
        come out as the next sentence."""
        self._files += 1
        memory = os.memfd_create("speech", os.MFD_CLOEXEC)
        try:
            return fcntl.fcntl(
                memory, fcntl.F_DUPFD_CLOEXEC, _FIRST_NUMBER + self._files % _NUMBERS
            )
        finally:
            os.close(memory)

    def _whole(self, memory: int, voice: str) -> bytes:
        """The file once it is whole.

        runAndWait returns before the file is there, and "finished" may still be that of the
        sentence before (about once in a hundred): the file itself tells whether it is whole.
        """
        for _ in range(round(_FINISH_WITHIN / _LOOK_EACH)):
            self._finished.wait(_LOOK_EACH)
            self._finished.clear()
            if self._error is not None:
                raise RuntimeError(f"{type(self._error).__name__} with voice {voice}")
            content = os.pread(memory, os.fstat(memory).st_size, 0)
            if is_whole(content):
                return content
        raise RuntimeError("the engine did not finish")


def is_whole(content: bytes) -> bool:
    """Whether a WAV is as long as its header says."""
    return len(content) >= _HEADER and int.from_bytes(content[4:8], "little") == len(content) - 8


def serve(link: Link, engine: Engine) -> None:
    """Answer requests until the other side is gone."""
    link.send_bytes(READY)
    while True:
        try:
            request = json.loads(link.recv_bytes())
        except (EOFError, OSError):
            return
        try:
            answer = OK + engine.wave(request["voice"], request["text"], request["rate"])
        except RuntimeError as error:
            answer = FAILED + str(error).encode()
        link.send_bytes(answer)


def main(descriptor: int, parent: int) -> None:
    """The process."""
    link = link_to_parent(descriptor, parent)
    try:
        engine = Engine()
    except (ImportError, OSError, RuntimeError) as error:
        link.send_bytes(FAILED + str(error).encode())
        return
    serve(link, engine)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
