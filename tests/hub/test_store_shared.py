"""A store of several hubs: nobody misses what another wrote, and nothing is half written."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.store import postgres as module
from smartward.hub.store import postgres_link
from smartward.hub.store.base import Committed, Store, Tx
from smartward.hub.store.opening import SECRET, open_store, store_secret
from smartward.hub.store.postgres import POLL_S, PostgresStore
from smartward.hub.store.postgres_link import Address
from smartward.hub.store.rebuilt import last_row, rebuilt
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes import postgres
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

SOON_S = 20.0


class Hub:
    """One of several: its store, and what it was told."""

    def __init__(self, url: str, ward: str = WARD) -> None:
        self.clock = ManualClock()
        self.store = PostgresStore.open(url, ward, self.clock)
        self.told: list[Committed] = []
        self.epochs = 0
        self._news = asyncio.Event()
        self.store.on_commit.append(self._hear)
        self.store.on_epoch.append(self._another)

    def _hear(self, committed: Committed) -> None:
        self.told.append(committed)
        self._news.set()

    def _another(self) -> None:
        self.epochs += 1
        self._news.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON_S):
            while not what():
                self._news.clear()
                await self._news.wait()

    async def until_told(self, head: int) -> None:
        await self.until(lambda: any(one.seq >= head for one in self.told))

    def seqs(self, ward: str = WARD) -> list[int]:
        return [one.seq for one in self.told if one.ward == ward]


@asynccontextmanager
async def hub(url: str, ward: str = WARD, *, follows: bool = True) -> AsyncIterator[Hub]:
    made = Hub(url, ward)
    if follows:
        await made.store.start()
    try:
        yield made
    finally:
        await made.store.stop()
        await made.store.finish()
        made.store.close()


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as found:
        yield found


def put_bed(n: int, *occupants: int) -> Any:
    return lambda tx: docs.put_bed(tx, n, *occupants)


def alike(committed: Committed) -> Committed:
    """What both the writing and another hub tell: an instant is kept to the millisecond."""
    return replace(committed, at=committed.at.replace(microsecond=0))


# ---------------------------------------------------------------------- following


async def test_another_hub_is_woken_and_told_the_same(url: str) -> None:
    # Its clock stands still: it never looks by itself.
    async with hub(url) as one, hub(url) as other:
        await one.store.write(lambda tx: docs.put_patient(tx, 1, 1))
        await one.store.write(
            lambda tx: tx.move_encounter(WARD, docs.encounter_id(1), "his.bed-2", "his.room-1")
        )
        await one.store.write(lambda tx: tx.delete(WARD, "encounter", docs.encounter_id(1)))
        await other.until_told(3)
        await one.until_told(3)  # a writer hears of its own write behind its answer
        assert list(map(alike, other.told)) == list(map(alike, one.told))
        assert [len(told.departures) for told in other.told] == [0, 5, 2]
        assert [told.gone for told in other.told][2] == [("encounter", docs.encounter_id(1))]


async def test_what_another_wrote_before_is_told_before_ones_own(url: str) -> None:
    async with hub(url, follows=False) as one, hub(url) as other:
        for n in (1, 2, 3):
            await one.store.write(put_bed(n))
        await other.store.write(put_bed(4))
        await other.until_told(4)
        assert other.seqs() == [1, 2, 3, 4]
        assert [told.changed[0].id for told in other.told] == [docs.bed_id(n) for n in (1, 2, 3, 4)]


async def test_what_was_written_before_it_followed_is_told_when_it_does(url: str) -> None:
    async with hub(url, follows=False) as late, hub(url) as one:
        await one.store.write(put_bed(1))
        await late.store.write(put_bed(2))
        assert (await late.store.read(lambda r: r.head(WARD)), late.seqs()) == (2, [2])
        await late.store.start()
        await late.until(lambda: 1 in late.seqs())
        assert late.seqs()[1:] == [1, 2]


async def test_without_a_word_it_looks_by_itself(url: str) -> None:
    async with hub(url) as one, hub(url) as other:
        await other.store.finish()
        one.store._notify = lambda: one.store._to_tell.clear()  # type: ignore[method-assign]  # a stand-in of this test
        await one.store.write(put_bed(1))
        assert other.seqs() == []
        other.clock.advance(POLL_S)
        await other.until_told(1)


async def test_a_write_without_a_document_leaves_no_gap(url: str) -> None:
    async with hub(url) as one, hub(url) as other:
        await one.store.write(put_bed(1))
        await one.store.write(lambda tx: tx.seq(WARD))
        await one.store.write(put_bed(2))
        await other.until_told(3)
        assert other.seqs() == [1, 2, 3]


async def test_another_epoch_is_told_and_nothing_of_the_old_one(url: str) -> None:
    async with hub(url) as one, hub(url) as other:
        await one.store.write(put_bed(1))
        await other.until_told(1)
        renewed = await one.store.renew_epoch()
        other.clock.advance(POLL_S)
        await other.until(lambda: other.epochs == 1)
        assert other.store.epoch == renewed
        await other.store.write(put_bed(2))
        await other.store.finish()
        await one.until_told(2)
        assert (one.epochs, one.seqs(), other.seqs()) == (0, [1, 2], [1, 2])


OPS = st.lists(
    st.tuples(
        st.sampled_from(("bed", "patient", "move", "delete", "none")),
        st.integers(1, 3),
        st.integers(1, 4),
    ),
    max_size=12,
)


def work(op: str, n: int, m: int) -> Callable[[Tx], None]:
    def do(tx: Tx) -> None:
        if op == "bed":
            docs.put_bed(tx, n, m)
        elif op == "patient":
            docs.put_patient(tx, n, m, mark=f"{op}{m}")
        elif op == "move":
            tx.move_encounter(WARD, docs.encounter_id(n), f"his.bed-{m}", f"his.room-{m % 2}")
        elif op == "delete":
            for stored in tx.of_encounter(WARD, docs.encounter_id(n)):
                tx.delete(WARD, stored.kind, stored.id)

    return do


@given(ops=OPS)
@settings(max_examples=20)
def test_what_is_put_together_again_is_what_was_told(ops: list[tuple[str, int, int]]) -> None:
    async def run(folder: Path) -> None:
        told: list[Committed] = []
        clock = ManualClock()
        store = SqliteStore.open(folder / "hub.sqlite", clock)
        store.on_commit.append(told.append)
        for n in range(0, len(ops), 3):
            some = [work(*op) for op in ops[n : n + 3]]
            await store.write(lambda tx, some=some: [do(tx) for do in some])
        await store.finish()
        again = await store.read(lambda r: rebuilt(r._execute, WARD, 0, r.head(WARD), clock.now()))
        behind = await store.read(
            lambda r: rebuilt(r._execute, WARD, 0, r.head(WARD), clock.now(), 0)
        )
        store.close()
        assert again == behind == told

    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_a_file_tells_its_last_write_again_without_reading_the_ward(tmp_path: Path) -> None:
    """A standby hub does so for each write of its hub, with a year of history in the file."""
    store = SqliteStore.open(tmp_path / "hub.sqlite", ManualClock())
    plans: list[str] = []

    def look(tx: Tx) -> None:
        def explain(sql: str, values: Sequence[Any]) -> Any:
            plans.extend(row[3] for row in tx.statements(f"explain query plan {sql}", values))
            return tx.statements(sql, values)

        rebuilt(explain, WARD, 0, 1, tx.now, last_row(explain))

    await store.write(look)
    store.close()
    assert "SEARCH h USING INTEGER PRIMARY KEY (rowid>?)" in plans
    assert [plan for plan in plans if plan.startswith("SCAN h")] == []


async def reader(store: Store, done: asyncio.Event) -> dict[tuple[str, str], bytes]:
    """A mirror that follows by sequence alone, as a screen does."""
    mirror: dict[tuple[str, str], bytes] = {}
    at = 0
    while True:
        last = done.is_set()
        delta = await store.read(lambda r, at=at: r.delta(WARD, at, "ward", "", ()))
        for departure in delta.departures:
            mirror.pop((departure.kind, departure.id), None)
        for stored in delta.documents:
            mirror[stored.kind, stored.id] = stored.body
        at = delta.head
        if last:
            return mirror


@given(first=OPS, second=OPS)
@settings(max_examples=5)
def test_who_follows_by_sequence_misses_nothing_of_concurrent_hubs(
    first: list[tuple[str, int, int]], second: list[tuple[str, int, int]]
) -> None:
    async def run(url: str) -> None:
        done = asyncio.Event()
        async with hub(url) as one, hub(url) as two, hub(url) as follower:
            following = asyncio.gather(reader(follower.store, done))
            results = await asyncio.gather(
                *(one.store.write(work(*op)) for op in first),
                *(two.store.write(work(*op)) for op in second),
            )
            assert len(results) == len(first) + len(second)
            done.set()
            (mirror,) = await following
            head, documents = await one.store.read(
                lambda r: (r.head(WARD), r.delta(WARD, 0, "ward", "", ()).documents)
            )
            assert mirror == {(d.kind, d.id): d.body for d in documents}
            for each in (one, two, follower):
                if head:
                    await each.until_told(head)
                assert each.seqs() == list(range(1, head + 1))
            assert list(map(alike, one.told)) == list(map(alike, follower.told))

    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:  # a server's odd settings
            name = connection.info.dbname
            odd = "set default_transaction_isolation = 'repeatable read'"
            connection.execute(f"alter database {name} {odd}".encode())
        asyncio.run(run(url))


async def test_after_a_long_absence_what_was_missed_is_told_in_portions_and_in_its_order(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, each = 400, 50
    rows: list[int] = []

    def read(execute: Any, ward: str, after: int, head: int, now: Any) -> list[Committed]:
        found = rebuilt(execute, ward, after, head, now)
        rows.append(sum(len(one.changed) for one in found))
        return found

    monkeypatch.setattr(module, "rebuilt", read)
    async with hub(url, follows=False) as one, hub(url) as away:
        await away.store.finish()
        await away.store.stop()
        await one.store.write(put_bed(1))
        written_by_another(url, writes, each)
        await away.store.start()
        await away.store.write(put_bed(2))
        await away.until_told(writes + 2)
        assert away.seqs() == list(range(1, writes + 3))
        assert sum(len(told.changed) for told in away.told) == writes * each + 2
        assert away.told[-1].changed[0].id == docs.bed_id(2), "its own, behind all of the others'"
        assert max(rows) == module.AT_ONCE, "of 20,000 never more at one time"
        await away.store.write(put_bed(3))
        await away.until_told(writes + 3)
        assert await away.store.read(lambda r: r.head(WARD)) == writes + 3


def written_by_another(url: str, writes: int, each: int) -> None:
    """So many writes behind the first, of so many documents each, as their hub left them."""
    schema = Address(url, WARD).schema
    with psycopg.connect(url, options=f"-c search_path={schema}", autocommit=True) as connection:
        connection.execute(
            "insert into history (ward, seq, at, kind, id, body)"
            " select %s, seq, '2026-11-20T08:00:00.000Z', 'note', seq || '-' || n, '{}'"
            " from generate_series(2, %s) as seq, generate_series(1, %s) as n order by seq, n",
            (WARD, writes + 1, each),
        )
        connection.execute("update sequence set seq = %s where ward = %s", (writes + 1, WARD))


async def test_one_write_that_is_larger_than_a_portion_is_told_whole(url: str) -> None:
    def many(tx: Tx) -> None:
        for n in range(2 * module.AT_ONCE):
            tx.put(WARD, "note", f"{n}", {"n": n})

    async with hub(url, follows=False) as one, hub(url) as away:
        await away.store.finish()
        await away.store.stop()
        for write in (put_bed(1), many, put_bed(2)):
            await one.store.write(write)
        await away.store.start()
        await away.until_told(3)
        assert [len(told.changed) for told in away.told] == [1, 2 * module.AT_ONCE, 1]


# ---------------------------------------------------------------------- faults


@pytest.mark.expects_log
async def test_a_server_that_stands_still_holds_nobody_up_who_reads_at_once(url: str) -> None:
    async with hub(url, follows=False) as one:
        await one.store.write(put_bed(1))
        pid = one.store.peek(lambda r: r._execute("select pg_backend_pid()", ()).fetchone()[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(StorageFault) as refused:
                one.store.peek(lambda r: r.head(WARD))
            assert refused.value.key == "storage.away"
            with pytest.raises(StorageFault):  # and nobody opens another one meanwhile
                one.store.peek(lambda r: r.head(WARD))
            assert await one.store.read(lambda r: r.head(WARD)) == 1
            await reached(one)
            assert one.store.peek(lambda r: r.head(WARD)) == 1
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_who_reads_waits_for_no_connection_of_those_who_read_at_once(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with hub(url, follows=False) as one:
            await one.store.write(put_bed(1))
            address = one.store._address
            one.store._address = Address(
                f"postgresql://127.0.0.1:{port}/nobody?connect_timeout=600&sslmode=disable", WARD
            )
            one.store._peeks.close()
            async with asyncio.timeout(SOON_S):
                for _ in range(3):
                    assert await one.store.read(lambda r: r.head(WARD)) == 1
            assert one.store._reached is not None
            assert not one.store._reached.done(), "it is being reached for still"
            with pytest.raises(StorageFault):
                one.store.peek(lambda r: r.head(WARD))
            accepted, _ = silent.accept()
            accepted.close()
            one.store._address = address
            await reached(one)
            assert one.store.peek(lambda r: r.head(WARD)) == 1


async def reached(one: Hub) -> None:
    """There is a connection for what is read at once."""
    async with asyncio.timeout(SOON_S):
        while not one.store._peeks.up:
            await one.store.read(lambda r: r.head(WARD))


@pytest.mark.expects_log("the database is away", "the database is there again")
async def test_while_the_server_is_away_writes_are_refused_and_later_ones_go_on(url: str) -> None:
    async with hub(url) as one, hub(url, follows=False) as two:
        await one.store.write(put_bed(1))
        postgres.server().halt()
        try:
            for ask in (one.store.write(put_bed(2)), one.store.read(lambda r: r.head(WARD))):
                with pytest.raises(StorageFault) as refused:
                    await ask
                assert refused.value.key == "storage.away"
            with pytest.raises(StorageFault):
                one.store.peek(lambda r: r.head(WARD))
            assert one.store.ailing == {"storage"}
        finally:
            postgres.server().start()
        await two.store.write(put_bed(3))
        one.clock.advance(POLL_S)
        await one.until_told(2)
        assert one.store.ailing == frozenset()
        assert await one.store.read(lambda r: r.head(WARD)) == 2
        assert one.store.peek(lambda r: [bed.id for bed in r.all(WARD, "bed")]) == [
            docs.bed_id(1), docs.bed_id(3),
        ]  # fmt: skip


@pytest.mark.expects_log("the database is away", "the database is there again")
async def test_a_connection_cut_within_a_write_leaves_nothing_of_its_batch(url: str) -> None:
    def cut(tx: Tx) -> None:
        docs.put_bed(tx, 2)
        pid = tx._execute("select pg_backend_pid()", ()).fetchone()[0]
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (pid,))
        tx.get(WARD, "bed", docs.bed_id(9))

    async with hub(url) as one:
        await one.store.write(put_bed(1))
        outcomes = await asyncio.gather(
            *(one.store.write(do) for do in (put_bed(3), cut, put_bed(4))), return_exceptions=True
        )
        assert [getattr(outcome, "key", None) for outcome in outcomes].count("storage.away") >= 1
        await one.store.write(put_bed(5))
        beds = await one.store.read(lambda r: {bed.id for bed in r.all(WARD, "bed")})
        refused = {
            docs.bed_id(n)
            for n, outcome in zip((3, 2, 4), outcomes, strict=True)
            if outcome is not None
        }
        assert beds.isdisjoint(refused)
        assert docs.bed_id(2) in refused
        await one.store.finish()
        assert one.seqs() == list(range(1, one.seqs()[-1] + 1))


@pytest.mark.expects_log("the database is away", "the database is there again")
async def test_what_was_committed_though_nobody_heard_is_told_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = module._commit

    def unheard(connection: Any) -> None:
        commit(connection)
        monkeypatch.setattr(module, "_commit", commit)
        raise StorageFault("storage.away", "cut on purpose")

    async with hub(url) as one:
        await one.store.write(put_bed(1))
        monkeypatch.setattr(module, "_commit", unheard)
        with pytest.raises(StorageFault):
            await one.store.write(put_bed(2))
        await one.store.write(put_bed(3))
        await one.store.finish()
        assert one.seqs() == [1, 2, 3]
        assert one.told[1].changed[0].id == docs.bed_id(2)


async def test_what_the_database_refuses_is_refused_alone(url: str) -> None:
    async with hub(url) as one:
        outcomes = await asyncio.gather(
            one.store.write(put_bed(1)),
            one.store.write(lambda tx: tx.meta_set("a name", "with \0 in it")),
            one.store.write(put_bed(2)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), StorageFault, type(None)]
        assert one.store.ailing == {"storage"}
        await one.store.write(put_bed(3))
        assert one.store.ailing == frozenset()
        assert await one.store.read(lambda r: r.head(WARD)) == 3


async def test_a_write_that_goes_on_after_a_refusal_is_not_committed(url: str) -> None:
    def swallows(tx: Tx) -> None:
        docs.put_bed(tx, 2)
        try:
            tx._execute("select nothing from nowhere", ())
        except StorageFault:
            pass

    async with hub(url) as one:
        with pytest.raises(StorageFault):
            await one.store.write(swallows)
        await one.store.write(put_bed(1))
        assert await one.store.read(lambda r: [b.id for b in r.all(WARD, "bed")]) == [
            docs.bed_id(1)
        ]


@pytest.mark.expects_log("the database is away", "the database is there again")
async def test_a_hub_that_stands_still_within_a_write_loses_its_turn(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_link, "FROZEN", "200ms")
    frozen, thaw = threading.Event(), threading.Event()

    def stands_still(tx: Tx) -> None:
        docs.put_bed(tx, 1)
        tx.finish()
        frozen.set()
        assert thaw.wait(SOON_S)
        docs.put_bed(tx, 2)

    async with hub(url) as one, hub(url) as two:
        stopped = asyncio.gather(one.store.write(stands_still), return_exceptions=True)
        assert await asyncio.to_thread(frozen.wait, SOON_S)
        await two.store.write(put_bed(3))
        thaw.set()
        (outcome,) = await stopped
        assert isinstance(outcome, StorageFault)
        one.clock.advance(POLL_S)
        await one.until_told(1)
        assert [told.changed[0].id for told in one.told] == [docs.bed_id(3)]


# ---------------------------------------------------------------------- wards and addresses


async def test_wards_share_a_database_and_nothing_else(url: str) -> None:
    long = "x" * 63
    async with AsyncExitStack() as stack:
        wards = [
            await stack.enter_async_context(hub(url, w)) for w in (WARD, f"{long}1", f"{long}2")
        ]
        for n, one in enumerate(wards, 1):
            await one.store.write(lambda tx, n=n: tx.meta_set("number", str(n)))
        found = [await one.store.read(lambda r: r.meta_get("number")) for one in wards]
        assert found == ["1", "2", "3"]
        assert len({one.store.epoch for one in wards}) == 3


async def test_leases_go_by_the_databases_clock(url: str) -> None:
    async with hub(url) as one:
        first = await one.store.write(lambda tx: tx.store_time())
        one.clock.advance(3600)
        second = await one.store.write(lambda tx: tx.store_time())
        assert 0 <= (second - first).total_seconds() < SOON_S


@pytest.mark.parametrize(
    "given_url, key",
    [
        ("postgresql://u:secret@h/d", "hub.store_url_secret"),
        ("host=h password=secret", "hub.store_url_secret"),
        ("postgresql://[h/d", "hub.store_url"),
        ("not an address", "hub.store_url"),
    ],
)
async def test_an_address_that_is_none_is_refused(given_url: str, key: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Address(given_url, WARD)
    assert refused.value.key == key
    assert "secret" not in str(refused.value).replace("store_url_secret", "")


async def test_a_server_that_is_not_there_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StorageFault) as away:
        PostgresStore.open(f"postgresql://u@/d?host={tmp_path}", WARD, ManualClock())
    assert away.value.key == "storage.away"


async def test_the_password_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    by_file = Settings(store_url="postgresql://u@h/d", store_secret_file=str(file))
    plain = Settings(store_url="postgresql://u@h/d")
    assert (store_secret(by_file), store_secret(plain)) == ("of the file", None)
    monkeypatch.setenv(SECRET, "of the environment")
    assert store_secret(plain) == "of the environment"
    address = Address(plain.store_url, WARD, store_secret(plain))
    assert address.arguments()["password"] == "of the environment"
    with pytest.raises(Misconfigured) as refused:
        store_secret(by_file)
    assert refused.value.key == "hub.store_secret_twice"
    monkeypatch.delenv(SECRET)
    file.write_text("")
    for wrong in (file, tmp_path / "none"):
        with pytest.raises(Misconfigured) as refused:
            store_secret(Settings(store_url="postgresql://h/d", store_secret_file=str(wrong)))
        assert refused.value.key == "hub.store_secret_file"


async def test_the_settings_open_it(url: str, tmp_path: Path) -> None:
    for address, kind in ((url, PostgresStore), ("", SqliteStore)):
        store = open_store(Settings(store_url=address, ward=WARD), tmp_path, ManualClock())
        assert type(store) is kind
        assert store.peek(lambda r: r.head(WARD)) == 0
        store.close()
