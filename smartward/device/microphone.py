"""The machine's sound input, through the sound server's own recorder in a child process."""

import shutil
import subprocess
import threading

import numpy as np

from smartward.device.samples import BYTES_PER_FRAME, RATE, Samples
from smartward.errors import Misconfigured

RECORDER, PLAYER = "parec", "pacat"
"""Programs of PulseAudio; PipeWire speaks the same."""

READY_S = 5.0
"""Seconds within which a microphone must have begun to deliver."""

MOST_S = 30.0
"""What is longer is not recorded any more: somebody has gone away."""

LATE_S = 10.0
"""Seconds behind its length within which a sound must have been played."""

_END_S = 3.0
_FORMAT = ("--format=s16le", f"--rate={RATE}", "--channels=1", "--raw", "--latency-msec=50")


class Microphone:
    """One recording at a time. `source` is the sound server's name of a microphone, empty: its
    own choice."""

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._body = bytearray()
        self._began = threading.Event()

    def start(self) -> None:
        """Record from now on; back when sound comes in, so that no first syllable is lost.

        Raises Misconfigured without the recorder, without a microphone, or when it is dead.
        """
        command = [_program(RECORDER), *_FORMAT]
        if self._source:
            command.append(f"--device={self._source}")
        self._body, self._began = bytearray(), threading.Event()
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self._began.wait(READY_S)
        if not self._body:
            told = self._end()
            raise Misconfigured("record.no_microphone", told or "no sound came from it")

    def stop(self) -> Samples:
        """End the recording: what was heard."""
        self._end()
        whole = len(self._body) // BYTES_PER_FRAME * BYTES_PER_FRAME
        return np.frombuffer(bytes(self._body[:whole]), "<i2").astype(np.int16)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        most = round(MOST_S * RATE) * BYTES_PER_FRAME
        assert process.stdout is not None
        while chunk := process.stdout.read1(65_536):  # type: ignore[attr-defined]  # a pipe of bytes is buffered; the stub says IO
            self._body += chunk[: max(0, most - len(self._body))]
            self._began.set()
        self._began.set()

    def _end(self) -> str:
        """End the recorder; what it complained of."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader is not None:
            self._reader.join(_END_S)
        with process:
            told = process.stderr.read() if process.stderr is not None else b""
        return told.decode("utf-8", "replace").strip()


def play(samples: Samples) -> None:
    """Let somebody hear it. Raises Misconfigured when the machine has no loudspeaker for it, or one
    that stands still."""
    try:
        played = subprocess.run(
            [_program(PLAYER), "--playback", *_FORMAT],
            input=samples.astype("<i2").tobytes(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=len(samples) / RATE + LATE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Misconfigured("record.no_loudspeaker", "the loudspeaker stands still") from error
    if played.returncode != 0:
        told = played.stderr.decode("utf-8", "replace").strip()
        raise Misconfigured("record.no_loudspeaker", told)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Misconfigured("record.no_program", name, program=name)
    return found
