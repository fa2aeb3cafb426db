"""SQLite files: one writer thread each, durable commits, for this user only.

Opening needs only the standard library, so that a screen reads its cache before anything heavier
is imported. Writers that want sqlite-utils wrap the connection in it.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from smartward.errors import StorageFault

T = TypeVar("T")

_PRE_GROWN_WAL_BYTES = 4 * 1024 * 1024
_BUSY_MS = 5000


def hold(folder: Path, name: str) -> IO[bytes]:
    """Make the folder, and make it this process's own until the returned file is closed or the
    process ends. Raises BlockingIOError when another process has it, and OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder.joinpath(name).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open `path` in WAL mode with full sync: what is committed survives a power cut.

    Only this user may read the file, whoever made it. Raises StorageFault when it cannot be
    opened, is no database, or lies where a write-ahead log cannot be kept (a network share).
    """
    try:
        if not read_only:
            _make_private(path)
        connection = _open(path, read_only)
    except (OSError, sqlite3.Error) as error:
        raise fault_of(error, path) from error
    try:
        if not read_only:
            mode = connection.execute("pragma journal_mode = wal").fetchone()[0]
            if mode != "wal":
                raise sqlite3.OperationalError(f"the journal stays {mode} there")
            connection.execute("pragma synchronous = full")
        connection.execute(f"pragma busy_timeout = {_BUSY_MS}")
        connection.execute("pragma foreign_keys = on")
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise fault_of(error, path) from error
    return connection


def _open(path: Path, read_only: bool) -> sqlite3.Connection:
    if not read_only:
        return sqlite3.connect(path, check_same_thread=False)
    address = f"{path.absolute().as_uri()}?mode=ro"  # a name may hold what a URI gives a meaning
    return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)


def _make_private(path: Path) -> None:
    """Make the file, or take it from all other users: SQLite gives its `-wal` and `-shm` the mode
    of the file. What a killed program or a restored backup left beside it is taken as well."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists() and file.stat().st_mode & 0o077:
            file.chmod(0o600)


def write_whole(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Write all of it or nothing, also after a power cut, for whom `mode` lets read it. Raises
    OSError."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    sync(file.parent)


def overwrite(file: Path) -> None:
    """Overwrite a file where it lies, then remove it, also one that its owner may only read, as a
    package's token. Raises OSError."""
    if not os.access(file, os.W_OK):
        file.chmod(0o600)
    with file.open("r+b") as over:
        over.write(bytes(os.fstat(over.fileno()).st_size))
        over.flush()
        os.fdatasync(over.fileno())
    file.unlink()


def sync(path: Path) -> None:
    """What was written to a file is on the disk; of a folder, which files it holds. Raises
    OSError."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def fault_of(error: OSError | sqlite3.Error, path: Path) -> StorageFault:
    """What an error of the disk or of SQLite means for people: full, or not to be read."""
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    else:
        name = getattr(error, "sqlite_errorname", "")
        full = name in ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
    return StorageFault("storage.full" if full else "storage.unreadable", f"{path.name}: {error}")


def pre_grow_wal(connection: sqlite3.Connection) -> None:
    """Grow the write-ahead log once: a commit then need not change the file's size.

    A third faster per durable commit than a growing log (measured on the project's machines).
    """
    connection.execute("create table if not exists wal_filler (filler blob)")
    connection.execute("insert into wal_filler values (zeroblob(?))", (_PRE_GROWN_WAL_BYTES,))
    connection.commit()
    connection.execute("delete from wal_filler")
    connection.commit()
    connection.execute("pragma wal_checkpoint(restart)").fetchone()


class Writer:
    """The one thread that writes a file. `run` awaits a function executed on it."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on the writer thread and give its result, or raise what it raised.

        Work is done in the order of the calls. Who is cancelled while it still waits for its turn
        takes it back; once it has begun it is done.
        """
        import asyncio  # here, and not above: a screen's first frame needs none of it

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def run_blocking(self, work: Callable[[], T]) -> T:
        """The same for a caller that must not go on before it is done (a touch).

        Never from work that runs here: it would wait for itself.
        """
        return self._pool.submit(work).result()

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._pool.shutdown(wait=True)
