"""The hub's store, on real files and on a real PostgreSQL."""

import asyncio
import itertools
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from smartward.errors import StorageFault
from smartward.hub.store import sqlite
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.schema import STEPS
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.write_table import QueuedWrite, QueueState
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.engines import KINDS, Engine, Sqlite, engine
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with engine(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Sqlite:
    """For what only a file can suffer."""
    return Sqlite(tmp_path)


@pytest.fixture
def store(place: Engine, clock: ManualClock) -> Iterator[Store]:
    opened = place.open(clock)
    yield opened
    opened.close()


def put_bed(n: int, *occupants: int) -> Any:
    return lambda tx: docs.put_bed(tx, n, *occupants)


async def fanned_out(store: Store) -> None:
    """Come behind the fan-out of what was answered."""
    await store.read(lambda reader: None)


async def head(store: Store, ward: str = WARD) -> int:
    return await store.read(lambda reader: reader.head(ward))


async def test_each_write_takes_the_next_number_of_its_ward(store: Store) -> None:
    await store.write(put_bed(1))
    await store.write(lambda tx: tx.put("other", "bed", "x", docs.bed(1)))
    await store.write(lambda tx: [docs.put_bed(tx, 2), docs.put_bed(tx, 3)])
    assert [await head(store, ward) for ward in (WARD, "other", "never")] == [2, 1, 0]
    found = await store.read(lambda reader: reader.all(WARD, "bed"))
    assert [(one.id, one.seq) for one in found] == [
        ("his.bed-1", 1), ("his.bed-2", 2), ("his.bed-3", 2),
    ]  # fmt: skip


async def test_the_same_body_at_the_same_place_is_no_write(store: Store) -> None:
    told: list[Committed] = []
    await store.write(put_bed(1))
    await fanned_out(store)
    store.on_commit.append(told.append)
    same = await store.write(
        lambda tx: tx.put(
            WARD, "bed", docs.bed_id(1), docs.bed(1), bed="his.bed-1", room="his.room-1"
        )
    )
    await store.write(put_bed(2))
    await fanned_out(store)
    assert same is False
    assert [one.seq for one in told] == [2]


async def test_history_has_every_body_with_who_asked(store: Store, place: Engine) -> None:
    def act(tx: Tx) -> None:
        tx.origin("dev-1", "st-1", "action-1")
        docs.put_bed(tx, 1, 1)

    await store.write(put_bed(1))
    await store.write(act)
    await store.write(lambda tx: tx.delete(WARD, "bed", docs.bed_id(1)))
    found = place.rows("select seq, at, device, person, action, kind, id, body from history")
    assert [row[:7] for row in found] == [
        (1, "2026-11-21T00:30:00.000Z", None, None, None, "bed", "his.bed-1"),
        (2, "2026-11-21T00:30:00.000Z", "dev-1", "st-1", "action-1", "bed", "his.bed-1"),
        (3, "2026-11-21T00:30:00.000Z", None, None, None, "bed", "his.bed-1"),
    ]
    occupants = [None if row[7] is None else decode(row[7], dict)["occupants"] for row in found]
    assert occupants == [[], ["his.enc-1"], None]


async def test_a_write_that_fails_leaves_nothing_and_spoils_no_other(
    store: Store, place: Engine
) -> None:
    def fails(tx: Tx) -> None:
        docs.put_bed(tx, 9)
        tx.deadline_set(WARD, "call", "x", MORNING)
        raise LookupError("a reason of its own")

    told: list[Committed] = []
    store.on_commit.append(told.append)
    outcomes = await asyncio.gather(
        *(store.write(work) for work in (put_bed(1), fails, put_bed(2), fails, put_bed(3))),
        return_exceptions=True,
    )
    await fanned_out(store)
    assert [type(one) for one in outcomes] == [
        type(None), LookupError, type(None), LookupError, type(None),
    ]  # fmt: skip
    assert [one.seq for one in told] == [1, 2, 3]
    assert place.rows("select id, seq from document order by seq") == [
        ("his.bed-1", 1), ("his.bed-2", 2), ("his.bed-3", 3),
    ]  # fmt: skip
    assert place.rows("select * from deadline") == []


async def test_writes_that_wait_share_a_commit_in_their_order(store: Store) -> None:
    commits: list[int] = []
    store.on_timing = lambda seconds, writes: commits.append(writes)
    told: list[Committed] = []
    store.on_commit.append(told.append)
    await asyncio.gather(*(store.write(put_bed(n)) for n in range(1, 31)))
    await fanned_out(store)
    assert sum(commits) == 30
    assert len(commits) < 10
    assert [one.changed[0].id for one in told] == [docs.bed_id(n) for n in range(1, 31)]
    assert [one.seq for one in told] == list(range(1, 31))


async def test_the_answer_leaves_before_the_fan_out(store: Store) -> None:
    order: list[str] = []
    store.on_commit.append(lambda committed: order.append(f"fan-out {committed.seq}"))

    async def one(n: int) -> None:
        await store.write(put_bed(n))
        order.append("answer")

    await asyncio.gather(one(1), one(2))
    await fanned_out(store)
    assert order == ["answer", "answer", "fan-out 1", "fan-out 2"]


async def test_what_is_committed_is_there_for_another_program(store: Store, place: Engine) -> None:
    await store.write(put_bed(7))
    assert place.rows("select id from document") == [("his.bed-7",)]


async def test_a_file_is_written_ahead(file: Sqlite, clock: ManualClock) -> None:
    file.open(clock).close()
    assert file.rows("pragma journal_mode") == [("wal",)]


async def test_the_log_is_moved_into_the_file_beside_the_writes(
    file: Sqlite, clock: ManualClock
) -> None:
    with closing(file.open(clock)) as store:
        assert isinstance(store, SqliteStore)
        for n in range(32):
            await store.write(put_bed(n))
        await store.finish()
        assert store._moving is not None
        store._moving.result(60)
        address = f"{file.path.absolute().as_uri()}?immutable=1"  # the file without its log
        with closing(sqlite3.connect(address, uri=True)) as alone:
            moved = alone.execute("select count(*) from document").fetchone()[0]
    assert moved == 32


async def test_the_log_is_moved_by_nobody_else_and_never_when_it_may_be_moved_already(
    file: Sqlite, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite up to 3.51.2 breaks the file where a move begins on a log that was moved whole, just
    as a write begins the log anew."""
    moves: list[int] = []
    move = SqliteStore._move

    def seen(store: SqliteStore, awaited: bool) -> None:
        moves.append(number)
        move(store, awaited)

    def refused(tx: Tx) -> None:
        docs.put_bed(tx, 1)
        raise LookupError("refused")

    number = 0
    with closing(file.open(clock)) as store:
        assert isinstance(store, SqliteStore)
        assert store._db.execute("pragma wal_autocheckpoint").fetchone() == (0,)
        monkeypatch.setattr(SqliteStore, "_move", seen)
        for number in range(1, 100):
            await store.write(put_bed(number))
            # Nothing of these is in the log: they are no reason to move it.
            await store.write(lambda tx: None)
            with pytest.raises(LookupError, match="refused"):
                await store.write(refused)
            await store.finish()
            if store._moving is not None:
                store._moving.result(60)
    assert len(moves) == 3
    assert all(later - earlier >= 32 for earlier, later in itertools.pairwise([0, *moves]))
    assert file.rows("pragma integrity_check") == [("ok",)]


async def test_writes_that_never_pause_do_not_grow_the_log_for_ever(
    file: Sqlite, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log is begun anew once it was moved whole; a move that is awaited by no write never ends
    before another one has come, which a reader of before keeps from beginning it."""
    monkeypatch.setattr(sqlite, "_LONG", 60)
    move, written, over = SqliteStore._move, threading.Semaphore(0), threading.Event()

    def overtaken(store: SqliteStore, awaited: bool) -> None:
        if awaited:
            move(store, awaited)
            return
        with closing(sqlite3.connect(file.path, isolation_level=None)) as before:
            before.execute("begin")
            before.execute("select count(*) from document").fetchone()
            move(store, awaited)
            while written.acquire(blocking=False):
                pass
            for _ in range(2):  # the first may have been on its way already
                assert over.is_set() or written.acquire(timeout=60)

    monkeypatch.setattr(SqliteStore, "_move", overtaken)
    with closing(file.open(clock)) as store:
        for n in range(300):
            await store.write(put_bed(n))
            written.release()
        await store.finish()
        log = file.path.with_name("hub.sqlite-wal").stat().st_size
        over.set()
        written.release(2)
    assert log < 4 * 1024 * 1024, "of some 12 MiB that were written"


async def test_no_write_waits_for_a_log_that_a_reader_has_held_up(
    file: Sqlite, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup reads for seconds, and all that was written since is moved after it."""
    monkeypatch.setattr(sqlite, "_LONG", 60)
    move, waited_for = SqliteStore._move, list[bool]()

    def seen(store: SqliteStore, awaited: bool) -> None:
        waited_for.append(awaited)
        move(store, awaited)

    monkeypatch.setattr(SqliteStore, "_move", seen)
    with closing(file.open(clock)) as store:
        with closing(sqlite3.connect(file.path, isolation_level=None)) as backup:
            backup.execute("begin")
            backup.execute("select count(*) from document").fetchone()
            for n in range(100):
                await store.write(put_bed(n))
        during = len(waited_for)
        for n in range(100, 200):
            await store.write(put_bed(n))
        await store.finish()
    assert during >= 2
    assert not any(waited_for[: during + 1]), "nor for the one that has it all to move"


async def test_a_write_that_fails_beside_others_does_not_keep_the_log_from_being_moved(
    file: Sqlite, clock: ManualClock
) -> None:
    def refused(tx: Tx) -> None:
        docs.put_bed(tx, 1)
        raise LookupError("refused")

    with closing(file.open(clock)) as store:
        assert isinstance(store, SqliteStore)
        for n in range(33):
            both = await asyncio.gather(
                store.write(put_bed(n)), store.write(refused), return_exceptions=True
            )
            assert isinstance(both[1], LookupError)
            if store._moving is not None:
                store._moving.result(60)
        assert store._move_connection is not None, "it was moved"


async def test_a_change_that_moves_nothing_writes_few_pages(
    file: Sqlite, clock: ManualClock
) -> None:
    due = MORNING + timedelta(minutes=1)

    def press(tx: Tx) -> None:
        docs.put_bed(tx, 1, len(counts))
        tx.deadline_set(WARD, "call", "call-1", due)

    counts: list[int] = []
    with closing(file.open(clock)) as store:
        for _ in range(3):
            with closing(sqlite3.connect(file.path)) as other:
                other.execute("pragma wal_checkpoint(passive)").fetchone()
            await store.write(press)
            with closing(sqlite3.connect(file.path)) as other:
                counts.append(other.execute("pragma wal_checkpoint(passive)").fetchone()[1])
    # The ward's number, the document and its number, its history with two indexes.
    assert counts[1:] == [6, 6]


async def test_a_document_stored_several_times_in_one_write_is_as_it_was_stored_last(
    store: Store,
) -> None:
    def put(tx: Tx, id: str, text: str, bed: str) -> None:
        tx.put(WARD, "note", id, {"text": text}, bed=bed)

    def several(tx: Tx) -> None:
        put(tx, "new", "first", "bed-1")
        put(tx, "known", "changed", "bed-1")
        put(tx, "known", "moved", "bed-2")
        put(tx, "known", "changed there", "bed-2")
        put(tx, "new", "second", "bed-1")

    await store.write(lambda tx: put(tx, "known", "first", "bed-1"))
    await store.write(several)
    found = await store.read(lambda reader: reader.all(WARD, "note"))
    assert sorted((one.id, one.bed, decode(one.body, dict)["text"]) for one in found) == [
        ("known", "bed-2", "changed there"),
        ("new", "bed-1", "second"),
    ]


async def test_a_document_that_moves_leaves_a_departure_at_each_place(store: Store) -> None:
    told: list[Committed] = []
    await store.write(lambda tx: docs.put_patient(tx, 1, 1))
    await fanned_out(store)
    store.on_commit.append(told.append)
    moved = await store.write(
        lambda tx: tx.move_encounter(WARD, docs.encounter_id(1), "his.bed-2", "his.room-1")
    )
    again = await store.write(
        lambda tx: tx.move_encounter(WARD, docs.encounter_id(1), "his.bed-2", "his.room-1")
    )
    await fanned_out(store)
    assert (moved, again) == (5, 0)
    (one,) = told
    assert {stored.kind for stored in one.changed} == {
        "encounter", "vital_sign", "infusion", "plan_item", "alert",
    }  # fmt: skip
    assert {(d.scope, d.place) for d in one.departures} == {("bed", "his.bed-1")}
    assert one.gone == []
    delta = await store.read(lambda reader: reader.delta(WARD, 1, "bed", "his.bed-1", ()))
    assert {(d.kind, d.id) for d in delta.departures} == {(s.kind, s.id) for s in one.changed}
    assert delta.documents == []


async def test_a_call_stays_with_the_bed(store: Store) -> None:
    def write(tx: Tx) -> None:
        docs.put_patient(tx, 1, 1)
        made = docs.call(1, 1, of=1)
        tx.put(WARD, "nurse_call", made.id, made, bed="his.bed-1", room="his.room-1")

    await store.write(write)
    await store.write(
        lambda tx: tx.move_encounter(WARD, docs.encounter_id(1), "his.bed-4", "his.room-2")
    )
    calls = await store.read(lambda reader: reader.of_bed(WARD, "nurse_call", "his.bed-1"))
    assert [one.id for one in calls] == ["call-1"]


async def test_a_deleted_document_leaves_a_tombstone_for_ward_bed_and_room(store: Store) -> None:
    await store.write(put_bed(1))
    assert await store.write(lambda tx: tx.delete(WARD, "bed", docs.bed_id(1)))
    assert not await store.write(lambda tx: tx.delete(WARD, "bed", docs.bed_id(1)))
    for scope, place in (("ward", ""), ("bed", "his.bed-1"), ("room", "his.room-1")):
        known = await store.read(
            lambda reader, s=scope, p=place: reader.departed(WARD, s, p, "bed", docs.bed_id(1))
        )
        assert known, scope
    assert not await store.read(
        lambda reader: reader.departed(WARD, "bed", "his.bed-2", "bed", docs.bed_id(1))
    )


async def test_the_sweep_forgets_what_is_old_and_says_up_to_where(
    store: Store, clock: ManualClock, place: Engine
) -> None:
    await store.write(put_bed(1))
    await store.write(lambda tx: tx.delete(WARD, "bed", docs.bed_id(1)))
    await store.write(lambda tx: tx.answer_put("dev", "old", b"h", b"a"))
    await store.write(lambda tx: tx.alias_set(WARD, "nurse_call", "a", "b"))
    clock.advance(29 * 86400)
    await store.write(lambda tx: tx.answer_put("dev", "new", b"h", b"a"))
    await store.write(lambda tx: tx.sweep(tx.now))
    assert await store.read(lambda reader: reader.meta_get("floor.ward")) is None
    assert await store.read(lambda reader: reader.answer_get("dev", "old")) is not None
    clock.advance(2 * 86400)
    await store.write(lambda tx: tx.sweep(tx.now))
    assert await store.read(lambda reader: reader.meta_get("floor.ward")) == "2"
    assert place.rows("select count(*) from departure") == [(0,)]
    assert place.rows("select count(*) from alias") == [(0,)]
    assert place.rows("select action from answer") == [("new",)]
    assert place.rows("select count(*) from history") == [(2,)]


async def test_deadlines_are_due_in_their_order(store: Store) -> None:
    def write(tx: Tx) -> None:
        tx.deadline_set(WARD, "call", "b", MORNING + timedelta(seconds=60))
        tx.deadline_set(WARD, "call", "a", MORNING + timedelta(seconds=30))
        tx.deadline_set(WARD, "look", "a", MORNING + timedelta(seconds=90))
        tx.deadline_set(WARD, "call", "a", MORNING + timedelta(seconds=40, milliseconds=5))

    await store.write(write)
    due = await store.read(lambda r: r.deadlines_due(MORNING + timedelta(seconds=60)))
    assert [(one.kind, one.subject) for one in due] == [("call", "a"), ("call", "b")]
    first = await store.read(lambda r: r.next_deadline())
    assert first == MORNING + timedelta(seconds=40, milliseconds=5)
    await store.write(lambda tx: tx.deadline_clear(WARD, "call", "a"))
    assert await store.read(lambda r: r.next_deadline()) == MORNING + timedelta(seconds=60)


async def test_what_the_poller_keeps(store: Store) -> None:
    assert await store.read(lambda r: r.his_state_get("sync", "w")) is None
    await store.write(lambda tx: tx.his_state_set("sync", b"{}", "w"))
    assert await store.read(lambda r: r.his_state_get("sync", "w")) == b"{}"
    assert await store.write(lambda tx: tx.rejected_put("Observation", "7", "his.rejection.unit"))
    assert not await store.write(
        lambda tx: tx.rejected_put("Observation", "7", "his.rejection.unit")
    )
    (one,) = await store.read(lambda r: r.rejected_all())
    assert (one.resource_type, one.source_id, one.key) == ("Observation", "7", "his.rejection.unit")
    await store.write(lambda tx: tx.rejected_clear("Observation", "7"))
    assert await store.read(lambda r: r.rejected_all()) == []


async def test_the_write_queue_keeps_one_entry_a_thing(store: Store) -> None:
    def entry(attempts: int, minutes: float, state: QueueState) -> QueuedWrite:
        return QueuedWrite(
            WARD, "nurse_call", "c1", 1, MORNING, docs.moment(minutes), attempts, state,
            b"{}", b"[]", b"{}",
        )  # fmt: skip

    await store.write(lambda tx: tx.queue_put(entry(0, 0, QueueState.WAITING)))
    await store.write(lambda tx: tx.queue_put(entry(1, 5, QueueState.WAITING)))
    assert await store.read(lambda r: r.queue_due(WARD, docs.moment(4))) == []
    due = await store.read(lambda r: r.queue_due(WARD, docs.moment(5)))
    assert due == [entry(1, 5, QueueState.WAITING)]
    # A clock that was set back by hours puts nothing off by hours.
    assert await store.read(lambda r: r.queue_due(WARD, docs.moment(-120))) == due
    stand = await store.read(lambda r: r.queue_stand(WARD))
    assert (stand.count(QueueState.WAITING), stand.oldest_at) == (1, MORNING)
    # What waits or was refused is never forgotten, what was told is in the end.
    for state, left in ((QueueState.WAITING, 1), (QueueState.REFUSED, 1), (QueueState.TOLD, 0)):
        await store.write(lambda tx, state=state: tx.queue_put(entry(1, 5, state)))
        await store.write(lambda tx: tx.queue_sweep(WARD, docs.moment(60)))
        assert len(await store.read(lambda r, state=state: r.queue_in(WARD, state))) == left


async def test_body_as_it_was(store: Store) -> None:
    await store.write(put_bed(1))
    await store.write(put_bed(2))
    await store.write(put_bed(1, 1))
    bodies = [
        await store.read(lambda r, s=seq: r.body_at(WARD, "bed", docs.bed_id(1), s))
        for seq in (0, 1, 2, 3)
    ]
    assert bodies[0] is None
    assert bodies[1] == bodies[2] != bodies[3]


# ---------------------------------------------------------------------- the file


async def test_it_takes_up_where_it_stopped(place: Engine, clock: ManualClock) -> None:
    first = place.open(clock)
    await first.write(put_bed(1))
    epoch = first.epoch
    first.close()
    again = place.open(clock)
    try:
        assert again.epoch == epoch
        await again.write(put_bed(2))
        assert await head(again) == 2
        assert await again.renew_epoch() != epoch
    finally:
        again.close()


MIGRATIONS = {
    "sqlite": ("_sqlite_migrations", "(migration_set, name, applied_at) values ('hub', '{}', '')"),
    "postgres": ("applied_step", "(name) values ('{}')"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_newer_is_refused_and_left_alone(
    tmp_path: Path, clock: ManualClock, kind: str
) -> None:
    table, row = MIGRATIONS[kind]
    with engine(kind, tmp_path) as place:
        place.open(clock).close()
        place.change(f"insert into {table} {row.format('of_tomorrow')}")
        before = place.rows(f"select name from {table} order by name")
        with pytest.raises(StorageFault) as refused:
            place.open(clock)
        assert refused.value.key == "storage.newer"
        assert place.rows(f"select name from {table} order by name") == before
    assert {name for name, _ in STEPS} < {name for (name,) in before}


async def test_a_file_that_is_no_database_is_refused(file: Sqlite, clock: ManualClock) -> None:
    file.path.write_bytes(b"not a database at all" * 300)
    with pytest.raises(StorageFault) as refused:
        file.open(clock)
    assert refused.value.key == "storage.unreadable"


async def test_a_file_of_which_a_page_is_broken_is_refused(
    file: Sqlite, clock: ManualClock
) -> None:
    file.open(clock).close()
    with closing(sqlite3.connect(file.path)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        size = db.execute("pragma page_size").fetchone()[0]
        roots = "select rootpage from sqlite_master where name in ('meta', 'sequence')"
        pages = [row[0] for row in db.execute(roots)]
    whole = file.path.read_bytes()
    for page in pages:
        spoiled = bytearray(whole)
        spoiled[(page - 1) * size : page * size] = b"\xff" * size
        file.path.write_bytes(spoiled)
        with pytest.raises(StorageFault) as refused:
            file.open(clock)
        assert refused.value.key == "storage.unreadable"


FORGETTING = (
    "update audit set at = at where seq = 2",
    "delete from audit where seq = 3",
    "delete from audit",
    "insert into audit select seq + 7, at, body, before, hash from audit where seq = 2",
    "update history set at = at",
    "update alert_log set at = at",
)


async def test_the_store_itself_refuses_to_forget(
    store: Store, place: Engine, clock: ManualClock
) -> None:
    entry = LogRow(
        at=MORNING, ward=WARD, alert="a", subject="bed:1", bed=None, rule="r", version="1",
        mode="live", event="begun", alert_class="clinical", priority="high", step=0,
    )  # fmt: skip
    await store.write(lambda tx: (docs.put_bed(tx, 1), tx.alert_log_put(entry)))
    for n in range(3):
        await store.write(lambda tx, n=n: tx.audit_add(str(n).encode()))
    for statement in FORGETTING:
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)) as refused:
            place.change(statement)
        assert re.search("only ever added to|kept for half a year", str(refused.value)), statement
    assert await store.read(lambda r: r.alert_log(WARD)) == [entry]
    clock.advance(184 * 86400)
    await store.write(lambda tx: (tx.audit_add(b"3"), tx.audit_drop(3)))
    assert [row.seq for row in await store.read(lambda r: r.audit_after(0, 9))] == [4]


async def test_a_full_disk_is_told_and_later_writes_go_on(file: Sqlite, clock: ManualClock) -> None:
    store = SqliteStore.open(file.path, clock)
    await store.write(put_bed(1))
    (pages,) = store._db.execute("pragma page_count").fetchone()
    store._db.execute(f"pragma max_page_count = {pages}")
    big = docs.ward_doc("x" * 5_000_000)
    outcomes = await asyncio.gather(
        store.write(put_bed(2)),
        store.write(lambda tx: tx.put(WARD, "ward", WARD, big)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], StorageFault)
    assert outcomes[1].key == "storage.full"
    store._db.execute("pragma max_page_count = 1000000")
    await store.write(put_bed(3))
    store.close()
    kept = {row[0]: row[1] for row in file.rows("select id, seq from document")}
    expected = {"his.bed-1", "his.bed-3"} | ({"his.bed-2"} if outcomes[0] is None else set())
    assert set(kept) == expected
    assert sorted(kept.values()) == list(range(1, len(kept) + 1))


async def test_no_name_stands_in_a_column(store: Store, place: Engine) -> None:
    await store.write(lambda tx: docs.put_patient(tx, 1, 1, mark="张三丰"))
    tables = {"document", "history", "sequence", "meta", "audit", "departure"}
    assert place.rows("select count(*) from document") != [(0,)]
    for table in tables:
        for row in place.rows(f"select * from {table}"):
            texts = [value for value in row if isinstance(value, str)]
            assert not any("张三丰" in text for text in texts), table


async def test_a_kind_or_a_stay_is_found_without_reading_the_ward(
    file: Sqlite, clock: ManualClock
) -> None:
    store = file.open(clock)
    plans: list[str] = []

    def look(tx: Tx) -> None:
        def explain(sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
            plans.extend(row[3] for row in tx._execute(f"explain query plan {sql}", values))
            return tx._execute(sql, values)

        reader = Reader(explain)
        assert reader.all(WARD, "presence") == []
        assert reader.holding(WARD, "nurse_call", b"x") == []
        assert reader.of_encounter(WARD, "e1") == []
        assert reader.signs_of(WARD, "e1") == []
        assert reader.sign_ids(WARD, "e1") == []
        assert reader.of_bed(WARD, "nurse_call", "b1") == []
        assert reader.delta(WARD, 0, "bed", "b1", ()).documents == []
        assert reader.delta(WARD, 0, "room", "r1", ()).documents == []

    await store.write(look)
    store.close()
    searches = [plan for plan in plans if plan.startswith("SEARCH document ")]
    found = ["kind=?"] * 2 + ["encounter=?"] * 3 + ["bed=?", "bed=?", "room=?"]
    assert len(searches) == len(found), plans
    assert all(by in plan for by, plan in zip(found, searches, strict=True)), plans


async def test_a_sieve_finds_what_holds_the_part(store: Store) -> None:
    def write(tx: Tx) -> list[str]:
        tx.put(WARD, "nurse_call", "call-1", docs.call(1, 1, None))
        tx.put(WARD, "nurse_call", "call-2", docs.call(2, 2, None, closed_at=MORNING))
        return [one.id for one in tx.holding(WARD, "nurse_call", b'"closed_at":null')]

    assert await store.write(write) == ["call-1"]
