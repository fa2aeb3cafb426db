"""What each start would work out anew of files that do not change, kept from one to the next.

A file of `__pycache__`, beside the compiled form of the module whose it is and as easily done
without: it may be missing, cut short, spoilt or another Python's, and where it cannot be written
nothing is kept. That is no error, only slower.
"""

import contextlib
import marshal
import os
import zlib
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any

_SUM = 4
_HEAD = len(MAGIC_NUMBER) + _SUM
_SAME_BYTES = 2
"""A version of marshal that writes the same bytes for the same value: packages are reproducible."""


def place(module: str, name: str) -> Path:
    """Where the module whose `__file__` this is keeps what it calls `name`."""
    return Path(cache_from_source(module)).with_suffix(f".{name}")


def read(file: Path) -> Any:
    """What was kept; None where it cannot be read, is not as it was written, or is another
    Python's."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    if not content.startswith(MAGIC_NUMBER):
        return None
    # A bit that has turned may give a code that Python takes, and does something else by it.
    body = content[_HEAD:]
    if content[len(MAGIC_NUMBER) : _HEAD] != _sum(body):
        return None
    return marshal.loads(body)


def write(file: Path, value: Any) -> None:
    """Keep it: the whole of it or nothing. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        body = marshal.dumps(value, _SAME_BYTES)
        new.write_bytes(MAGIC_NUMBER + _sum(body) + body)
        new.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _sum(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(_SUM, "big")


def bytes_of(value: Any) -> bytes:
    """A part of what is kept that is unpacked only by who has use for it."""
    return marshal.dumps(value, _SAME_BYTES)


def code_of(kept: bytes) -> CodeType:
    """The code that `bytes_of` packed."""
    code: CodeType = marshal.loads(kept)
    return code
