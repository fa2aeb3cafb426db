"""An older release on the data folder of a newer one, as after an update that was taken back.

What it cannot read it leaves as it is, with the touches that wait there and the keys that open
them, and keeps its own beside it under the number of its version. The newer release, once it runs
again, takes over what was touched meanwhile. A newer form of the key file comes with a newer
version of the cache: that is looked at first.

The screen may have been paired at another bed between: touches of two places never lie in one file
as if they were of one, and those of the place that was heard of last are kept for it.
"""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from smartward.screen import cache_rows
from smartward.screen.cache_file import (
    SCHEMA_VERSION,
    open_file,
    shred,
    shred_aside,
    version_of,
)
from smartward.screen.cache_mirror import MirrorRows
from smartward.screen.cache_rows import FOREIGN, MAY_BE_SENT, PLACE, Mirrored, TouchRow
from smartward.screen.seal import Seal
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import KeyFile
from smartward.storage import overwrite

log = logging.getLogger("smartward.screen.cache")

_NUMBER = re.compile(r"-v(\d+)$")
_HEARD = "last_heard"
_WHOSE = (*PLACE, "device", "credential", "label", _HEARD)
"""In meta: what a hub said last of who this is, and when."""


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


def take_over(path: Path, connection: sqlite3.Connection, seal: Seal, mirror: MirrorRows) -> None:
    """Have the touches that an older release kept beside `path`, and overwrite what it kept. Raises
    OSError, sqlite3.Error and StorageFault; what was not taken over is there at the next start."""
    for file in _left(path):
        found = _kept(file, keys_of(file))
        if found is None:
            continue
        rows, theirs = found
        connection.execute("pragma synchronous = full")
        try:
            with connection:
                _settle_place(connection, mirror, rows, theirs)
                cache_rows.put(connection, seal, rows, mirror.is_here)
        except BaseException:
            mirror.unsure()
            raise
        log.warning("%d touches of an older release are taken over", len(rows))
        shred_aside(file)
        shred(file)
    for keys in path.parent.glob(f"{path.stem}-v*.keys"):
        if not keys.with_suffix(path.suffix).exists():
            overwrite(keys)


def _settle_place(
    connection: sqlite3.Connection,
    mirror: MirrorRows,
    rows: list[TouchRow],
    theirs: dict[str, str],
) -> None:
    """Whose the touches are, `rows` and those that are here: of the place that a hub named last.
    Those of another one are never sent."""
    mine = dict(connection.execute("select key, value from meta").fetchall())
    moved = any(mine[key] != theirs[key] for key in PLACE if key in mine and key in theirs)
    if moved and mine.get(_HEARD, "") > theirs.get(_HEARD, ""):
        # It could not be taken over when it was the last one, and the screen ran on without it.
        for row in rows:
            if row.state in MAY_BE_SENT:
                row.state = FOREIGN
        return
    if moved:
        log.error("the screen was paired at another place: what waited of the former is not sent")
        cache_rows.disown(connection)
    if theirs and (moved or not any(key in mine for key in PLACE)):
        gone = dict.fromkeys(("cursor", "his_as_of"))
        mirror.apply([Mirrored(replace=True, meta=tuple({**gone, **theirs}.items()))])


def _left(path: Path) -> Iterator[Path]:
    for file in sorted(path.parent.glob(f"{path.stem}-v*{path.suffix}")):
        number = _NUMBER.search(file.stem)
        if number is not None and int(number[1]) <= SCHEMA_VERSION:
            yield file


def _kept(file: Path, keys: Path) -> tuple[list[TouchRow], dict[str, str]] | None:
    """Its outbox and whose it was; None where it waits for a run that is given the key which wraps
    its keys."""
    opened = KeyFile(keys)
    with closing(opened):
        seal = Seal(opened)
        older, _ = open_file(file, seal)
        with closing(older):
            rows = cache_rows.touches(older, seal)
            if cache_rows.closed_touches(older, seal):
                log.error("%s waits for a run that is given the key of its keys", file.name)
                return None
            meta = dict(older.execute("select key, value from meta").fetchall())
    lost = sum(not row.body for row in rows)
    if lost:
        log.error("%d touches of an older release cannot be read", lost)
    whose = {key: meta[key] for key in _WHOSE if key in meta}
    return [row for row in rows if row.body], whose
