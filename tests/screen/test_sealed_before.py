"""What a release from before the seal left on a screen's disk is sealed, and overwritten there."""

import sqlite3
from pathlib import Path

import pytest

from smartward.screen import cache_file
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.kept import FILE
from smartward.storage import overwrite
from tests.privacy_search import search
from tests.screen.sealed_ward import WORDS, leaves, mirror, touch, ward

_BEFORE = """
create table mirror (
    kind text not null, id text not null, seq integer not null, body blob not null,
    primary key (kind, id)
) without rowid;
create table meta (key text primary key, value text not null) without rowid;
create table outbox (
    number integer primary key, id text not null unique, body blob not null, state text not null,
    pressed_wall text not null, pressed_monotonic real not null, boot text not null,
    attempts integer not null, resent integer not null, seq integer, epoch text, answered_at text
);
pragma user_version = 1;
"""


def unsealed(path: Path) -> sqlite3.Connection:
    """A file as the version before wrote it; its log is as long as the connection stays open."""
    db = sqlite3.connect(path)
    db.execute("pragma journal_mode = wal")
    db.executescript(_BEFORE)
    with db:
        db.executemany(
            "insert into mirror values (?, ?, ?, ?)",
            [(d.kind, d.id, d.seq, bytes(d.body)) for d in ward()],
        )
        db.execute("insert into meta values ('cursor', '5')")
        row = touch("t1")
        db.execute(
            "insert into outbox (id, body, state, pressed_wall, pressed_monotonic, boot, attempts,"
            " resent) values (?, ?, 'waiting', ?, 1.0, 'boot', 2, 0)",
            (row.id, row.body, row.pressed_wall),
        )
    return db


def test_what_lay_there_in_plain_text_is_sealed_and_overwritten(tmp_path: Path) -> None:
    path = tmp_path / FILE
    aside = tmp_path / f"{FILE}.broken-1"
    unsealed(aside).close()
    before = unsealed(path)
    killed = tmp_path / "killed"
    killed.mkdir()
    for file in (path, path.with_name(f"{FILE}-wal"), aside):
        (killed / file.name).write_bytes(file.read_bytes())
    before.close()
    assert {found.word for found in search(killed, WORDS)} == set(WORDS)
    with (killed / f"{FILE}-wal").open("rb") as log, aside.open("rb"):
        cache = Cache(killed / FILE)
        assert search(killed, WORDS) == []
        # The blocks that the log had, as they lie there now.
        log.seek(0)
        assert not [word for word in WORDS if word.encode() in log.read()]
    assert cache.meta() == {"cursor": "5"}
    assert {d.id: bytes(d.body) for d in cache.documents()} == {d.id: bytes(d.body) for d in ward()}
    (row,) = cache.touches()
    assert (row.body, row.attempts, row.state) == (touch("t1").body, 2, "waiting")
    mirror(cache, leaves())
    assert [row.id for row in cache.touches()] == ["t1"]
    cache.close()


@pytest.mark.expects_log("cache file")
def test_a_broken_file_in_plain_text_is_overwritten_not_set_aside(tmp_path: Path) -> None:
    path = tmp_path / FILE
    unsealed(path).close()
    data = bytearray(path.read_bytes())
    data[4096:4160] = b"\xff" * 64
    path.write_bytes(data)
    cache = Cache(path)
    assert cache.rebuilt
    assert [row.body for row in cache.touches()] == [touch("t1").body]
    assert search(tmp_path, WORDS) == []
    assert list(tmp_path.glob("*.broken-*")) == []
    cache.close()


@pytest.mark.long
@pytest.mark.expects_log("cache file")
@pytest.mark.parametrize("sealed", [False, True], ids=["in plain text", "sealed"])
def test_a_power_cut_while_a_broken_file_gives_way_loses_no_waiting_touch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    """Cut before and after each step by which a file is overwritten, renamed or removed."""
    steps = 0
    for cut in range(100):
        path = tmp_path / f"cut-{cut}" / FILE
        path.parent.mkdir()
        broken_file(path, sealed=sealed)
        with monkeypatch.context() as patch:
            power = Power(cut)
            power.watch(patch, cache_file, "overwrite")
            for step in ("replace", "rename", "unlink"):
                power.watch(patch, Path, step)
            try:
                Cache(path).close()
            except PowerCut:
                steps += 1
        again = Cache(path)
        assert [row.body for row in again.touches()] == [touch("t1").body], power.last
        again.put_touch(touch("t2"))
        again.close()
        assert search(path.parent, WORDS) == []
        assert not sealed or list(path.parent.glob("*.broken-*"))
        if power.left >= 0:
            break
    assert steps >= 8


def broken_file(path: Path, *, sealed: bool) -> None:
    """A file that lost a table, with a waiting touch in its log: its program was killed."""
    made = path.parent / "made"
    made.mkdir()
    if sealed:
        cache = Cache(made / FILE)
        mirror(cache, Mirrored(ward()))
        cache.put_touch(touch("t1"))
        db, close = cache._connection, cache.close
    else:
        db = unsealed(made / FILE)
        close = db.close
    db.execute("drop table meta")
    db.commit()
    for file in made.iterdir():
        if not file.name.endswith("-shm"):
            path.with_name(file.name).write_bytes(file.read_bytes())
    close()
    for file in made.iterdir():
        file.unlink()
    made.rmdir()


class PowerCut(BaseException):
    """Nothing is done any more."""


class Power:
    """Goes at a moment: two to each step that is watched, the first with a file half overwritten
    where that is the step."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.last = ""

    def _moment(self, what: str) -> None:
        self.left -= 1
        self.last = what
        if self.left < 0:
            raise PowerCut(what)

    def watch(self, patch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        real = getattr(owner, name)

        def step(file: Path, *rest: object, **more: object) -> object:
            if self.left == 0 and real is overwrite:
                file.write_bytes(bytes(file.stat().st_size))
            self._moment(f"before {name} of {file.name}")
            done = real(file, *rest, **more)
            self._moment(f"after {name} of {file.name}")
            return done

        patch.setattr(owner, name, step)
