"""Recorded speech: the catalogue's pieces, joined to prompts.

`resources/voice/CLIPS.toml` lists every clip with its text and hash; what a person has recorded
(`recorded.py`) is played before it. Clips are read when they are first needed and kept.
"""

import hashlib
import threading
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from smartward.config import asset
from smartward.device.prompts import Break, Piece, Prompts
from smartward.device.recorded import Recorded
from smartward.device.samples import Samples, WaveError, join, read_wave, silence
from smartward.errors import BadData, Misconfigured

PAUSES: Mapping[Break, float] = {"digit": 0.03, "word": 0.08, "phrase": 0.16}
"""Seconds of silence between two pieces."""


class Clips:
    """The recorded pieces of every language. Its methods may be called from any thread."""

    def __init__(
        self,
        folder: Path | None = None,
        prompts: Prompts | None = None,
        recorded: Recorded | None = None,
    ) -> None:
        """Read the table. Raises Misconfigured when it is missing or not a table of clips."""
        self.prompts = prompts if prompts is not None else Prompts()
        self._folder = folder if folder is not None else asset("resources", "voice")
        self._recorded = recorded
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
        if pieces is None:
            return None
        own = self._own(pieces, language)
        if own is not None:
            return own
        if any(not self.has(f"{language}/{piece.name}.wav") for piece in pieces):
            return None
        parts: list[Samples] = []
        for number, piece in enumerate(pieces):
            if number > 0:
                parts.append(silence(PAUSES[piece.before]))
            name = f"{language}/{piece.name}.wav"
            parts.append(self._clip(self._folder, name, self._hashes[name]))
        return join(parts)

    def has(self, name: str) -> bool:
        """Whether the package has this clip."""
        return name in self._hashes

    def is_recorded(self, key: str, language: str) -> bool:
        """Whether a person has recorded what a prompt says now."""
        if self.prompts.slots(key):
            return False
        pieces = self.prompts.pieces(key, language, {})
        return pieces is not None and self._own_hash(pieces, language) is not None

    def _own_hash(self, pieces: Sequence[Piece], language: str) -> str | None:
        if self._recorded is None or len(pieces) != 1:
            return None
        return self._recorded.hash(f"{language}/{pieces[0].name}.wav", pieces[0].text)

    def _own(self, pieces: Sequence[Piece], language: str) -> Samples | None:
        """What a person has recorded of it."""
        wanted = self._own_hash(pieces, language)
        if self._recorded is None or wanted is None:
            return None
        return self._clip(self._recorded.folder, f"{language}/{pieces[0].name}.wav", wanted)

    def _clip(self, folder: Path, name: str, wanted: str) -> Samples:
        with self._lock:
            if wanted not in self._kept:
                self._kept[wanted] = self._read(folder, name, wanted)
            return self._kept[wanted]

    def _read(self, folder: Path, name: str, wanted: str) -> Samples:
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise BadData("voice.bad_clip", f"{name}: {error}", clip=name) from error
        if hashlib.sha256(data).hexdigest() != wanted:
            raise BadData("voice.bad_clip", f"{name}: not the clip of the table", clip=name)
        try:
            return read_wave(data)
        except WaveError as error:
            raise BadData("voice.bad_clip", f"{name}: {error}", clip=name) from error
