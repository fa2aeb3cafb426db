"""An older release on the data folder of a newer one, as after an update that was taken back.

What it cannot read it leaves as it is, with the touches that wait there and the keys that open
them, and keeps its own beside it under the number of its version. The newer release, once it runs
again, takes over what was touched meanwhile. A newer form of the key file comes with a newer
version of the cache: that is looked at first.
"""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from smartward.screen import cache_rows
from smartward.screen.cache_file import (
    SCHEMA_VERSION,
    open_file,
    overwrite,
    shred,
    shred_aside,
    version_of,
)
from smartward.screen.cache_rows import TouchRow
from smartward.screen.seal import Seal
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import KeyFile

log = logging.getLogger("smartward.screen.cache")

_NUMBER = re.compile(r"-v(\d+)$")


def beside(path: Path) -> Path:
    """Where this release keeps its cache while `path` is a newer one's."""
    return path.with_name(f"{path.stem}-v{SCHEMA_VERSION}{path.suffix}")


def keys_of(path: Path) -> Path:
    """The key file of a cache file."""
    number = _NUMBER.search(path.stem)
    return path.with_name(KEYS if number is None else f"{path.stem}.keys")


def is_newer(path: Path) -> bool:
    """Whether a newer release has this file: by its header, so that nothing of it is opened. Raises
    OSError."""
    return path.is_file() and version_of(path) > SCHEMA_VERSION


def take_over(
    path: Path, connection: sqlite3.Connection, seal: Seal, is_here: Callable[[str], bool]
) -> None:
    """Have the touches that an older release kept beside `path`, and overwrite what it kept. Raises
    OSError, sqlite3.Error and StorageFault; what was not taken over is there at the next start."""
    for file in _left(path):
        keys = keys_of(file)
        rows = _touches(file, keys)
        if rows is None:
            continue
        connection.execute("pragma synchronous = full")
        with connection:
            cache_rows.put(connection, seal, rows, is_here)
        log.warning("%d touches of an older release are taken over", len(rows))
        shred_aside(file)
        shred(file)
    for keys in path.parent.glob(f"{path.stem}-v*.keys"):
        if not keys.with_suffix(path.suffix).exists():
            overwrite(keys)


def _left(path: Path) -> Iterator[Path]:
    for file in sorted(path.parent.glob(f"{path.stem}-v*{path.suffix}")):
        number = _NUMBER.search(file.stem)
        if number is not None and int(number[1]) <= SCHEMA_VERSION:
            yield file


def _touches(file: Path, keys: Path) -> list[TouchRow] | None:
    """Its outbox; None where it waits for a run that is given the key which wraps its keys."""
    opened = KeyFile(keys)
    with closing(opened):
        seal = Seal(opened)
        older, _ = open_file(file, seal)
        with closing(older):
            rows = cache_rows.touches(older, seal)
            if cache_rows.closed_touches(older, seal):
                log.error("%s waits for a run that is given the key of its keys", file.name)
                return None
    lost = sum(not row.body for row in rows)
    if lost:
        log.error("%d touches of an older release cannot be read", lost)
    return [row for row in rows if row.body]
