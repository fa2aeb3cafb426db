"""SQLite files: durable, for this user only, refused in words when they cannot be used."""

import asyncio
import errno
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartward import storage
from smartward.errors import StorageFault
from smartward.storage import Writer, connect, fault_of, pre_grow_wal, write_whole
from tests.conftest import GROWN_LOG

FULL = 2
"""SQLite's number for `synchronous = full`."""


@pytest.fixture(params=["ward.sqlite", "what?#%41 床.sqlite"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file, also of a name that means something in a URI."""
    return tmp_path / request.param


@pytest.fixture
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files(path: Path) -> dict[str, int]:
    """The file and what SQLite keeps beside it, with their modes."""
    return {each.name.removeprefix(path.name): mode(each) for each in path.parent.iterdir()}


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"pragma {name}").fetchone()[0]


def test_what_is_committed_is_on_the_disk(path: Path) -> None:
    connection = connect(path)
    assert pragma(connection, "journal_mode") == "wal"
    assert pragma(connection, "synchronous") == FULL
    assert pragma(connection, "foreign_keys") == 1
    connection.close()


def test_a_commit_is_in_the_log_when_it_returns(path: Path) -> None:
    """What a machine that stops just then has: the file and its log, and nothing of memory."""
    connection = connect(path)
    connection.execute("create table t (a)")
    connection.commit()
    wal = path.with_name(f"{path.name}-wal")
    size = wal.stat().st_size
    connection.execute("insert into t values (1)")
    assert wal.stat().st_size == size, "nothing is in the log before the commit"
    connection.commit()
    assert wal.stat().st_size > size
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.with_name("copy-wal").write_bytes(wal.read_bytes())
    other = sqlite3.connect(copy)
    assert other.execute("select a from t").fetchall() == [(1,)]
    other.close()
    connection.close()


@pytest.mark.usefixtures("wide_umask")
def test_all_its_files_are_this_users_own(path: Path) -> None:
    connection = connect(path)
    connection.execute("create table t (a)")
    connection.commit()
    reader = connect(path, read_only=True)
    assert files(path) == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    reader.close()
    connection.close()


@pytest.mark.usefixtures("wide_umask")
def test_a_file_that_others_may_read_is_taken_from_them(path: Path) -> None:
    """A restored backup, and a log that a killed program left."""
    left = sqlite3.connect(path)
    left.execute("pragma journal_mode = wal")
    left.execute("create table t (a)")
    left.execute("insert into t values (7)")
    left.commit()
    assert set(files(path).values()) == {0o644}
    connection = connect(path)
    assert connection.execute("select a from t").fetchall() == [(7,)]
    assert files(path) == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    connection.close()
    left.close()


def test_opening_leaves_the_process_as_it_was(path: Path) -> None:
    before = os.umask(0o022)
    try:
        connect(path).close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_reader_reads_and_cannot_write(path: Path) -> None:
    writer = connect(path)
    writer.execute("create table t (a)")
    writer.commit()
    reader = connect(path, read_only=True)
    writer.execute("insert into t values (1)")
    assert reader.execute("select count(*) from t").fetchone() == (0,)
    writer.commit()
    assert reader.execute("select count(*) from t").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("insert into t values (2)")
    reader.close()
    writer.close()


def test_a_reader_makes_no_file(path: Path) -> None:
    with pytest.raises(StorageFault) as caught:
        connect(path, read_only=True)
    assert caught.value.key == "storage.unreadable"
    assert not path.exists()


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_database_is_refused(path: Path, read_only: bool) -> None:
    path.write_bytes(b"a letter to the ward\n" * 200)
    with pytest.raises(StorageFault) as caught:
        connect(path, read_only=read_only)
    assert caught.value.key == "storage.unreadable"
    assert path.name in caught.value.detail
    assert path.read_bytes().startswith(b"a letter"), "and is left as it was"


def test_a_damaged_database_is_refused(path: Path) -> None:
    connection = connect(path)
    connection.executescript("create table t (a); insert into t values (zeroblob(100000));")
    connection.close()
    damaged = bytearray(path.read_bytes())
    damaged[100:4096] = b"\x5a" * 3996
    path.write_bytes(damaged)
    with pytest.raises(StorageFault) as caught:
        connect(path)
    assert caught.value.key == "storage.unreadable"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageFault) as caught:
        connect(tmp_path / "gone" / "ward.sqlite")
    assert caught.value.key == "storage.unreadable"
    with pytest.raises(StorageFault):
        connect(tmp_path)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    write_whole(file, b"first")
    assert mode(file) == 0o600
    tmp_path.joinpath(".token.new").write_bytes(b"cut short by the power")
    calls: list[str] = []

    def full(number: int) -> None:
        calls.append(f"sync of {Path(os.readlink(f'/proc/self/fd/{number}')).name}")
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            write_whole(file, b"second")
    assert file.read_bytes() == b"first"
    assert calls == ["sync of .token.new"]
    write_whole(file, b"second", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["token"]
    assert (file.read_bytes(), mode(file)) == (b"second", 0o644)


def test_a_full_disk_is_called_full(path: Path) -> None:
    connection = connect(path)
    connection.execute("create table t (a)")
    connection.commit()
    pages = pragma(connection, "page_count")
    connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("insert into t values (zeroblob(100000))")
    assert fault_of(caught.value, path).key == "storage.full"
    connection.close()
    assert fault_of(OSError(28, "No space left on device"), path).key == "storage.full"
    assert fault_of(OSError(5, "Input/output error"), path).key == "storage.unreadable"


# --------------------------------------------------------------------------- the write-ahead log


@pytest.fixture(autouse=True)
def as_the_programs_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_PRE_GROWN_WAL_BYTES", GROWN_LOG)


def test_a_grown_log_does_not_grow_with_commits(path: Path) -> None:
    connection = connect(path)
    connection.execute("create table t (a)")
    pre_grow_wal(connection)
    wal = path.with_name(f"{path.name}-wal")
    grown = wal.stat().st_size
    assert grown >= 4 * 1024 * 1024
    sizes = set()
    for _ in range(110):  # over more than one automatic checkpoint, each at a thousand pages
        connection.execute("insert into t values (zeroblob(60000))")
        connection.commit()
        sizes.add(wal.stat().st_size)
    assert sizes == {grown}
    connection.close()


def test_growing_leaves_no_rows_and_all_that_was_there(path: Path) -> None:
    connection = connect(path)
    connection.executescript("create table t (a); insert into t values ('kept');")
    for _ in range(2):
        pre_grow_wal(connection)
        assert connection.execute("select count(*) from wal_filler").fetchone() == (0,)
        assert not connection.in_transaction
    connection.close()
    again = connect(path)
    assert again.execute("select a from t").fetchall() == [("kept",)]
    assert pragma(again, "integrity_check") == "ok"
    again.close()


def test_growing_twice_does_not_grow_the_file_twice(path: Path) -> None:
    sizes = set()
    for _ in range(3):
        connection = connect(path)
        pre_grow_wal(connection)
        connection.close()
        sizes.add(path.stat().st_size)
    assert len(sizes) == 1


# ------------------------------------------------------------------------------------ the writer


@pytest.mark.anyio
async def test_work_is_done_in_order_on_one_thread() -> None:
    writer = Writer("order")
    done: list[int] = []
    threads: set[int] = set()

    def work(number: int) -> int:
        done.append(number)
        threads.add(threading.get_ident())
        return number * 2

    results = await asyncio.gather(*(writer.run(lambda n=n: work(n)) for n in range(200)))  # type: ignore[misc]  # mypy infers no lambda with a default
    assert results == [n * 2 for n in range(200)]
    assert done == list(range(200))
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    writer.close()


@pytest.mark.anyio
async def test_a_touch_waits_for_what_was_asked_before_it() -> None:
    writer = Writer("touch")
    order: list[str] = []
    may_go_on = threading.Event()

    def slow() -> None:
        assert may_go_on.wait(10)
        order.append("before")

    before = asyncio.get_running_loop().create_task(writer.run(slow))
    await asyncio.wait({before}, timeout=0.01)
    may_go_on.set()
    writer.run_blocking(lambda: order.append("touch"))
    assert order == ["before", "touch"]
    await before
    writer.close()


@pytest.mark.anyio
async def test_what_work_raises_comes_back_and_the_next_is_done() -> None:
    writer = Writer("raises")

    def fail() -> None:
        raise StorageFault("storage.full", "on purpose")

    with pytest.raises(StorageFault):
        await writer.run(fail)
    with pytest.raises(StorageFault):
        writer.run_blocking(fail)
    assert await writer.run(lambda: 1) == 1
    writer.close()


def test_closing_finishes_what_was_asked() -> None:
    writer = Writer("close")
    done: list[int] = []

    async def ask() -> None:
        waits = [writer.run(lambda n=n: done.append(n)) for n in range(50)]  # type: ignore[misc]  # mypy infers no lambda with a default
        asked = asyncio.gather(*waits)
        await asyncio.wait({asked}, timeout=0)
        writer.close()
        await asked

    asyncio.run(ask())
    assert done == list(range(50))
