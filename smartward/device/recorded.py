"""Prompts that a person has recorded: a folder of clips with a table of its own.

`RECORDED.toml` tells of each clip what it says, in which language, since which day, and its hash.
Who spoke is not stored. A clip whose prompt says something else by now is not played any more.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.device.prompts import fragment
from smartward.device.samples import Samples
from smartward.device.takes import CLIP_RATE, clip
from smartward.errors import Misconfigured
from smartward.storage import write_whole

TABLE_NAME = "RECORDED.toml"
_HEAD = """\
# Written by `smartward voice record`. Recorded by a person; who it was is not stored.
[clip]
"""


def clip_name(language: str, key: str) -> str:
    """The file of a prompt that always says the same, below the folder."""
    return f"{language}/{fragment(key, 0)}.wav"


@dataclass(frozen=True, slots=True)
class Recording:
    """One clip of the table."""

    text: str
    language: str
    date: str
    seconds: float
    sha256: str


class Recorded:
    """A folder of recorded prompts."""

    def __init__(self, folder: Path) -> None:
        """Read its table. Raises Misconfigured when there is one that cannot be used."""
        self.folder = folder
        self._clips: dict[str, Recording] = {}
        table = folder / TABLE_NAME
        try:
            if table.exists():
                listed = tomllib.loads(table.read_text(encoding="utf-8"))["clip"]
                self._clips = {name: _entry(each) for name, each in listed.items()}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured("voice.bad_recordings", repr(error), file=str(table)) from error

    def hash(self, name: str, text: str) -> str | None:
        """The hash of the clip that says exactly this; None when nobody recorded it."""
        found = self._clips.get(name)
        return found.sha256 if found is not None and found.text == text else None

    def keep(self, language: str, key: str, text: str, words: Samples, now: datetime) -> None:
        """Write a clip and then the table, each whole or not at all. Raises OSError."""
        name, body = clip_name(language, key), clip(words)
        _write(self.folder / name, body)
        self._clips[name] = Recording(
            text=text,
            language=language,
            date=f"{now:%Y-%m-%d}",
            seconds=round((len(body) - 44) / 2 / CLIP_RATE, 2),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        lines = (f"{json.dumps(name)} = {_line(one)}" for name, one in sorted(self._clips.items()))
        _write(self.folder / TABLE_NAME, (_HEAD + "\n".join(lines) + "\n").encode())


def _entry(told: Mapping[str, Any]) -> Recording:
    return Recording(
        text=str(told["text"]),
        language=str(told["language"]),
        date=str(told["date"]),
        seconds=float(told["seconds"]),
        sha256=str(told["sha256"]),
    )


def _line(one: Recording) -> str:
    # JSON writes texts as TOML does.
    text = json.dumps(one.text, ensure_ascii=False)
    return (
        f'{{ text = {text}, language = "{one.language}", date = "{one.date}", '
        f'seconds = {one.seconds:.2f}, sha256 = "{one.sha256}" }}'
    )


def _write(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, body, mode=0o644)
