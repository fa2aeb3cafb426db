"""Keeps the speech engine's process: starts it, asks it, kills it when it hangs."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from multiprocessing.connection import Connection, Pipe

from smartward.device.voice_worker import FAILED, OK, READY

log = logging.getLogger("smartward.voice")

START_WITHIN = 10.0
"""Seconds the process may take until it is ready."""

ANSWER_WITHIN = 5.0
"""Seconds it may take for a sentence (usually 10 to 50 ms)."""

_TRIES = 2


class EngineDead(Exception):
    """The speech engine does not start, or died or hung twice at the same sentence."""


class EngineRefused(Exception):
    """The engine is well, but does not speak this: an unknown voice, or a text it fails at."""


class VoiceProcess:
    """The engine's process. All methods but `close` block and belong to one thread."""

    def __init__(
        self, *, start_within: float = START_WITHIN, answer_within: float = ANSWER_WITHIN
    ) -> None:
        self._start_within = start_within
        self._answer_within = answer_within
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The engine's process; None when there is none."""
        return self._process.pid if self._process is not None else None

    def wave(self, voice: str, text: str, rate: int) -> bytes:
        """The sentence as WAV bytes.

        Raises EngineRefused when the engine says no, and EngineDead when it fails twice.
        """
        request = json.dumps({"voice": voice, "text": text, "rate": rate}).encode()
        failure = "closed"
        for _ in range(_TRIES):
            if self._closed:
                break
            try:
                self._start()
                answer = self._ask(request)
            except (EOFError, OSError, TimeoutError) as error:
                failure = f"{type(error).__name__} {error}".strip()
                log.info("the speech engine failed (%s); starting it again", failure)
                self._end()
                continue
            if answer[:1] == FAILED:
                raise EngineRefused(answer[1:].decode())
            return answer[1:]
        raise EngineDead(failure)

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        ours, theirs = Pipe()
        with theirs, self._lock:
            if self._closed:
                raise EOFError("closed")
            self._link = ours
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "smartward.device.voice_worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the engine reports there where it wrote
                start_new_session=True,
            )
        if not ours.poll(self._start_within):
            raise TimeoutError("not ready in time")
        if (first := ours.recv_bytes()) != READY:
            raise OSError(first[1:].decode())

    def _ask(self, request: bytes) -> bytes:
        link = self._link
        if link is None:
            raise EOFError("closed")
        link.send_bytes(request)
        if not link.poll(self._answer_within):
            raise TimeoutError("no answer in time")
        answer = link.recv_bytes()
        if answer[:1] not in (OK, FAILED):
            raise OSError("an answer of no known form")
        return answer

    def _end(self) -> None:
        """Kill the process with all it started, and forget it."""
        with self._lock:
            process, link = self._process, self._link
            self._process = self._link = None
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("the speech engine had ended before")
            process.wait()
        if link is not None:
            link.close()

    def close(self) -> None:
        """End the process, also while another thread waits for it."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None and process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("the speech engine had ended before")

    def release(self) -> None:
        """Reap the process and its link; after `close`, in the thread that asked."""
        self._end()
