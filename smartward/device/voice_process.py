"""Keeps the speech engine's process: starts it, asks it, kills it when it hangs."""

import json
import logging
import threading

from smartward.device.child import Child
from smartward.device.child_link import Link
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
        self._child: Child | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The engine's process; None when there is none."""
        child = self._child
        return child.pid if child is not None else None

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
                answer = self._ask(self._start().link, request)
            except (EOFError, OSError, TimeoutError) as error:
                failure = f"{type(error).__name__} {error}".strip()
                log.info("the speech engine failed (%s); starting it again", failure)
                self._end()
                continue
            if answer[:1] == FAILED:
                raise EngineRefused(answer[1:].decode())
            return answer[1:]
        raise EngineDead(failure)

    def rest(self) -> None:
        """End the process, that its memory is free; the next sentence starts another."""
        self._end()

    def _start(self) -> Child:
        if self._child is not None and self._child.alive:
            return self._child
        self._end()
        with self._lock:
            if self._closed:
                raise EOFError("closed")
            child = self._child = Child("smartward.device.voice_worker")
        if not child.link.poll(self._start_within):
            raise TimeoutError("not ready in time")
        if (first := child.link.recv_bytes()) != READY:
            raise OSError(first[1:].decode())
        return child

    def _ask(self, link: Link, request: bytes) -> bytes:
        link.send_bytes(request)
        if not link.poll(self._answer_within):
            raise TimeoutError("no answer in time")
        answer = link.recv_bytes()
        if answer[:1] not in (OK, FAILED):
            raise OSError("an answer of no known form")
        return answer

    def _end(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.release()

    def close(self) -> None:
        """End the process, also while another thread waits for it."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()

    def release(self) -> None:
        """After `close`, in the thread that asked: nothing of the process remains."""
        self._end()
