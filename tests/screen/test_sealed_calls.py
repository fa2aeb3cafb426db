"""Direct calls on a screen's disk are sealed, and gone with their key."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.nurse_call import CallClass
from smartward.screen.peer_records import Record
from smartward.screen.peer_store import FILE as CALLS
from smartward.screen.peer_store import KEYS as CALL_KEYS
from smartward.screen.peer_store import PeerStore
from smartward.screen.seal_keys import DIRECT, KeyFile
from tests.fakes.fake_clock import MORNING
from tests.privacy_search import search


def kept_call() -> Record:
    return Record(
        id="call-1",
        sender="device-1",
        bed_id="his.bed-1",
        call_class=CallClass.NORMAL,
        first_at=MORNING,
        heard_at=MORNING,
        encounter_id="his.enc-4711",
    )


def test_a_direct_call_is_sealed_and_forgotten_with_its_key(tmp_path: Path) -> None:
    store = PeerStore(tmp_path / CALLS)
    asyncio.run(store.keep(kept_call()))
    assert search(tmp_path, ("his.enc-4711",)) == []
    again = PeerStore(tmp_path / CALLS)
    assert again.records() == [kept_call()]
    (key,) = KeyFile(tmp_path / CALL_KEYS, read_only=True).all(DIRECT)
    assert key.secret in (tmp_path / CALL_KEYS).read_bytes()
    asyncio.run(again.drop("call-1"))
    assert not [f for f in tmp_path.iterdir() if key.secret in f.read_bytes()]
    assert again.records() == []
    again.close()
    store.close()


def test_direct_calls_of_an_older_release_are_sealed_and_overwritten(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / CALLS)) as db, db:
        db.execute("create table counter (name text primary key, value integer) without rowid")
        db.execute("create table direct (id text primary key, body blob) without rowid")
        db.execute("insert into direct values ('call-1', ?)", (msgspec.json.encode(kept_call()),))
    assert search(tmp_path, ("his.enc-4711",)) != []
    store = PeerStore(tmp_path / CALLS)
    assert store.records() == [kept_call()]
    assert search(tmp_path, ("his.enc-4711",)) == []
    store.close()
    again = PeerStore(tmp_path / CALLS)
    assert again.records() == [kept_call()]
    again.close()


@pytest.mark.expects_log("file of direct calls")
@pytest.mark.parametrize("damage", ["a table", "the whole file"])
def test_a_broken_file_of_direct_calls_in_plain_text_is_overwritten_not_set_aside(
    tmp_path: Path, damage: str
) -> None:
    aside = tmp_path / f"{CALLS}.broken-1"
    aside.write_bytes(b"his.enc-4711")
    if damage == "a table":
        with closing(sqlite3.connect(tmp_path / CALLS)) as db, db:
            db.execute("create table counter (name text primary key, value integer) without rowid")
            db.execute("create table direct (id text primary key, body blob) without rowid")
            db.execute("create table sealed (other)")
            body = msgspec.json.encode(kept_call())
            db.execute("insert into direct values ('call-1', ?)", (body,))
    else:
        (tmp_path / CALLS).write_bytes(b"no database" * 500 + b"his.enc-4711")
    with (tmp_path / CALLS).open("rb") as blocks, aside.open("rb") as older:
        store = PeerStore(tmp_path / CALLS)
        assert store.fault is None
        asyncio.run(store.keep(kept_call()))
        assert search(tmp_path, ("his.enc-4711",)) == []
        assert b"his.enc-4711" not in blocks.read() + older.read()
    store.close()


@pytest.mark.expects_log("file of direct calls")
def test_a_broken_file_of_sealed_direct_calls_is_set_aside(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / CALLS)) as db, db:
        db.execute("create table counter (name text primary key, value integer) without rowid")
        db.execute("create table sealed (other)")
    PeerStore(tmp_path / CALLS).close()
    assert [file.name for file in tmp_path.glob("*.broken-*")] == [f"{CALLS}.broken-1"]
