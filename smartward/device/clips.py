"""Recorded speech: the catalogue's pieces, joined to prompts.

`resources/voice/CLIPS.toml` lists every clip with its text and hash. Clips are read when they are
first needed and kept.
"""

import hashlib
import threading
import tomllib
from collections.abc import Mapping
from pathlib import Path

from smartward.config import asset
from smartward.device.prompts import Break, Prompts
from smartward.device.samples import Samples, WaveError, join, read_wave, silence
from smartward.errors import BadData, Misconfigured

PAUSES: Mapping[Break, float] = {"digit": 0.03, "word": 0.08, "phrase": 0.16}
"""Seconds of silence between two pieces."""


class Clips:
    """The recorded pieces of every language. Its methods may be called from any thread."""

    def __init__(self, folder: Path | None = None, prompts: Prompts | None = None) -> None:
        """Read the table. Raises Misconfigured when it is missing or not a table of clips."""
        self.prompts = prompts if prompts is not None else Prompts()
        self._folder = folder if folder is not None else asset("resources", "voice")
        self._kept: dict[str, Samples] = {}
        self._lock = threading.Lock()
        table = self._folder / "CLIPS.toml"
        try:
            listed = tomllib.loads(table.read_text(encoding="utf-8"))["clip"]
            self._hashes = {name: str(entry["sha256"]) for name, entry in listed.items()}
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise Misconfigured("voice.bad_table", repr(error), file=table.name) from error

    def prompt(self, key: str, language: str, values: Mapping[str, str]) -> Samples | None:
        """A prompt as sound; None when this language or one of the values was not recorded.

        Raises BadData for an unknown prompt, a missing value, or a clip that is not what the
        table says.
        """
        pieces = self.prompts.pieces(key, language, values)
        if pieces is None or any(
            f"{language}/{piece.name}.wav" not in self._hashes for piece in pieces
        ):
            return None
        parts: list[Samples] = []
        for number, piece in enumerate(pieces):
            if number > 0:
                parts.append(silence(PAUSES[piece.before]))
            parts.append(self._clip(f"{language}/{piece.name}.wav"))
        return join(parts)

    def _clip(self, name: str) -> Samples:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._read(name)
            return self._kept[name]

    def _read(self, name: str) -> Samples:
        try:
            data = (self._folder / name).read_bytes()
        except OSError as error:
            raise BadData("voice.bad_clip", f"{name}: {error}", clip=name) from error
        if hashlib.sha256(data).hexdigest() != self._hashes[name]:
            raise BadData("voice.bad_clip", f"{name}: not the clip of the table", clip=name)
        try:
            return read_wave(data)
        except WaveError as error:
            raise BadData("voice.bad_clip", f"{name}: {error}", clip=name) from error
