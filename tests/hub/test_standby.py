"""A standby hub: it follows write by write, acts alone, hands over and follows again."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from smartward.clinical.call_order import order_of
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.nurse_call import NurseCall
from smartward.clock import SystemClock
from smartward.errors import Unreachable
from smartward.hub import replica_log
from smartward.hub.app import Hub
from smartward.hub.enrol import ask
from smartward.hub.http_server import HttpServer
from smartward.hub.replica_log import Frame, ReplicaSource, copy_file
from smartward.hub.standby import Standby
from smartward.hub.standby_folder import Folder, Refused
from smartward.hub.standby_mode import Mode
from smartward.hub.standby_serving import AloneHub
from smartward.hub.standby_source import HttpSource
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.tx import Tx
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, ActionRequest
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward
from tests.hub.mirror import EventParser
from tests.hub.ward_docs import WARD

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]

CLOCK = SystemClock()
TASKS = Tasks()
QUICK = replace(SETTINGS, ward=WARD, standby_alone_s=0.8)
BEAT_S = 0.1
"""Far below that, as in a ward: else it would act alone beside a living hub in each test."""


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    end = CLOCK.monotonic() + within_s
    while not condition():
        assert CLOCK.monotonic() < end, "it did not come to be in time"
        await CLOCK.sleep(0.01)


class Pair:
    """A hub with its HTTP server, and its standby with its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.hub: Hub | None = None
        self.tokens: dict[str, str] = {}
        self.client = httpx.AsyncClient(trust_env=False, timeout=10)

    async def start_hub(self, **settings: Any) -> Hub:
        settings = {"port": self.port, **settings}
        self.hub = Hub(replace(QUICK, **settings), self.folder / "hub", CLOCK, None)
        await self.hub.start()
        return await self._serve(self.hub)

    async def start_hub_revoking(self, device: Device) -> Hub:
        """It comes back without having served anybody, and one of its devices is none any more."""
        self.hub = Hub(replace(QUICK, port=self.port), self.folder / "hub", CLOCK, None)
        await self.hub.start()
        await Ward(self.hub, CLOCK).revoke(device)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
        return await self._serve(self.hub)

    async def _serve(self, hub: Hub) -> Hub:
        hub.replica.beat_s = BEAT_S
        self.server = HttpServer(hub)
        await self.server.start()
        self.port = int(self.server.url.rsplit(":", 1)[1])
        return hub

    async def kill_hub(self) -> None:
        assert self.hub is not None
        await self.server.stop()
        await self.hub.stop()
        self.hub = None

    async def enrol(self, role: ScreenRole, place: str | None = None) -> Device:
        assert self.hub is not None
        ward = Ward(self.hub, CLOCK)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
        device = await ward.enrol(role, place)
        self.tokens |= ward.tokens
        return device

    async def start_standby(self, token: str) -> Standby:
        source = HttpSource(self.server.url, token, None)
        self.standby = Standby(QUICK, self.folder / "standby", CLOCK, source, Random(1), None)
        await self.standby.start()
        self.standby_server = HttpServer(self.standby)
        await self.standby_server.start()
        return self.standby

    async def stop_standby(self) -> None:
        await self.standby_server.stop()
        await self.standby.stop()

    async def post(
        self,
        url: str,
        device: Device,
        action: Action,
        age_ms: int = 0,
        older_ms: int | None = None,
    ) -> dict[str, Any]:
        request = ActionRequest(action=action, age_ms=age_ms, older_ms=older_ms)
        response = await self.client.post(
            f"{url}/actions",
            content=msgspec.json.encode(request),
            headers={"Authorization": f"Bearer {self.tokens[device.id]}"},
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def calls(self) -> dict[str, NurseCall]:
        assert self.hub is not None
        found = await self.hub.store.read(lambda r: r.all(WARD, "nurse_call"))
        return {one.id: decode(one.body, NurseCall) for one in found}


def place(number: int, bed: str) -> Action:
    return Action(
        id=f"action-{number}",
        kind=ActionKind.CALL_PLACE,
        subject=f"call-{number}",
        made_at=CLOCK.now(),
        data={"bed_id": bed, "class": "normal"},
    )


def accept(call: str) -> Action:
    return Action(
        id=f"accept-{call}",
        kind=ActionKind.CALL_ACCEPT,
        subject=call,
        made_at=CLOCK.now(),
        by=NURSE,
    )


@asynccontextmanager
async def running(tmp_path: Path, **settings: Any) -> AsyncIterator[Pair]:
    made = Pair(tmp_path)
    hub = await made.start_hub(**settings)
    await docs.furnish(hub.store)
    device = await made.enrol(ScreenRole.STANDBY)
    made.bed = await made.enrol(ScreenRole.BEDSIDE, docs.bed_id(1))
    made.station = await made.enrol(ScreenRole.STATION)
    (tmp_path / "token").write_text(made.tokens[device.id])
    standby = await made.start_standby(made.tokens[device.id])
    await until(lambda: standby.mode is Mode.FOLLOWING)
    yield made
    await made.stop_standby()
    if made.hub is not None:
        await made.kill_hub()
    await made.client.aclose()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with running(tmp_path) as made:
        yield made


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the log itself."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
    left_out = {"replica_log", "wal_filler", "sqlite_stat1", "_sqlite_migrations"}
    found = {
        name: sorted(db.execute(f"select * from {name}").fetchall(), key=repr)
        for name in names
        if name not in left_out
    }
    db.close()
    return found


def same(pair: Pair) -> bool:
    return contents(pair.folder / "hub/hub.sqlite") == contents(pair.folder / "standby/hub.sqlite")


async def test_the_replica_is_the_hubs_file_write_by_write(pair: Pair) -> None:
    epoch = pair.standby.state()["epoch"]
    assert pair.hub is not None
    assert epoch == pair.hub.store.epoch
    answer = await pair.post(pair.server.url, pair.bed, place(1, docs.bed_id(1)))
    assert answer["outcome"] == "applied"
    await until(lambda: same(pair))


async def test_alone_it_takes_calls_and_hands_them_over_with_their_age(pair: Pair) -> None:
    url = pair.standby_server.url
    first = place(1, docs.bed_id(1))
    await pair.post(pair.server.url, pair.bed, first)
    await until(lambda: same(pair))
    assert pair.hub is not None
    epoch = pair.hub.store.epoch
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)
    assert pair.standby.state()["epoch"] != epoch, "its screens shall send their last day again"
    known = await pair.post(url, pair.bed, first)
    assert known["outcome"] == "applied", "what the hub did is known here"
    pressed = CLOCK.now()
    await pair.post(url, pair.station, accept("call-1"))
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    call = (await pair.calls())["call-1"]
    assert call.state == "accepted"
    assert pair.hub is not None
    assert abs((call.marks[-1].at - pressed).total_seconds()) < 0.5
    assert pair.hub.store.epoch == epoch
    await until(lambda: same(pair))
    assert pair.standby.state()["refused"] == 0
    assert list((pair.folder / "standby").glob("alone-*.sqlite")), "what it did is kept as proof"


async def test_what_is_sent_while_it_goes_alone_is_taken_and_comes_once_to_the_hub(
    pair: Pair,
) -> None:
    await pair.kill_hub()
    touch = place(2, docs.bed_id(1))
    answer = await pair.post(pair.standby_server.url, pair.bed, touch)
    assert answer["outcome"] == "applied"
    assert pair.standby.mode is Mode.ALONE
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    again = await pair.post(pair.standby_server.url, pair.bed, touch)
    assert again["outcome"] == "applied"
    assert {id: call.presses for id, call in (await pair.calls()).items()} == {"call-2": 1}


async def test_alone_it_begins_where_it_was_alone(pair: Pair) -> None:
    await pair.kill_hub()
    await pair.post(pair.standby_server.url, pair.bed, place(3, docs.bed_id(1)))
    epoch = pair.standby.state()["epoch"]
    await pair.standby.stop()
    await pair.standby_server.stop()
    token = (pair.folder / "token").read_text()
    await pair.start_standby(token)
    assert pair.standby.mode is Mode.ALONE
    assert pair.standby.state()["epoch"] == epoch
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    assert set(await pair.calls()) == {"call-3"}


async def test_what_the_hub_does_not_take_is_kept_and_told(pair: Pair) -> None:
    await until(lambda: same(pair))
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)
    await pair.post(pair.standby_server.url, pair.bed, place(4, docs.bed_id(1)))
    hub = await pair.start_hub_revoking(pair.bed)
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    assert await hub.store.read(lambda r: r.all(WARD, "nurse_call")) == []
    assert pair.standby.state()["refused"] == 1
    told = ""
    for _ in range(500):
        (screen,) = await hub.store.read(lambda r: r.holding(WARD, "screen", b'"standby"'))
        told = screen.body.decode()
        if "standby.refused" in told:
            break
        await CLOCK.sleep(0.01)
    assert "standby.refused" in told, "the station shows it"
    kept = Folder(pair.folder / "standby").refused()
    assert [(one.device, one.kind, one.key) for one in kept] == [
        (pair.bed.id, ActionKind.CALL_PLACE, "access.unknown_device")
    ]


async def test_a_person_may_close_alone_what_the_hub_opened_however_late_it_is_handed_over(
    pair: Pair,
) -> None:
    await pair.post(pair.server.url, pair.bed, place(5, docs.bed_id(1)))
    await until(lambda: same(pair))
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)
    closed = Action(
        id="close-5", kind=ActionKind.CALL_CLOSE, subject="call-5", made_at=CLOCK.now(), by=NURSE
    )
    answer = await pair.post(pair.standby_server.url, pair.bed, closed)
    assert answer["outcome"] == "applied"
    await pair.start_hub(staff_action_max_age_s=0)
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    assert (await pair.calls())["call-5"].state == "completed"


async def test_what_a_touch_may_be_older_is_handed_over_and_counted_once(pair: Pair) -> None:
    """Closed alone at a screen whose clock had gained ten seconds: the call asked last before that,
    and so it did for the hub."""
    url = pair.standby_server.url
    await pair.post(pair.server.url, pair.bed, place(8, docs.bed_id(1)), age_ms=120_000)
    again = Action(id="again-8", kind=ActionKind.CALL_AGAIN, subject="call-8", made_at=CLOCK.now())
    await pair.post(pair.server.url, pair.bed, again, age_ms=15_000)
    await until(lambda: same(pair))
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)
    touched = CLOCK.now()
    closed = Action(
        id="close-8", kind=ActionKind.CALL_CLOSE, subject="call-8", made_at=touched, by=NURSE
    )
    answer = await pair.post(url, pair.bed, closed, older_ms=10_000)
    assert answer["outcome"] == "applied"
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    call = (await pair.calls())["call-8"]
    assert pair.standby.state()["refused"] == 0
    assert call.closed_at is not None
    assert abs((call.closed_at - touched).total_seconds()) < 0.5
    ended = order_of(call).ended
    assert ended is not None
    assert abs((call.closed_at - ended).total_seconds() - 10) < 0.001, "its pause is known there"


async def test_only_a_standby_gets_a_copy(pair: Pair) -> None:
    for path in ("/standby/snapshot", "/standby/log"):
        for token in (pair.tokens[pair.station.id], "nobody.x"):
            proof = {"Authorization": f"Bearer {token}"}
            answer = await pair.client.get(f"{pair.server.url}{path}", headers=proof)
            assert answer.status_code == 401
    taken = {"device": pair.bed.id, "request": {"action": {}}}
    answer = await pair.client.post(f"{pair.server.url}/standby/take", json=taken, headers=proof)
    assert answer.status_code == 401


async def test_without_a_standby_nothing_is_logged(tmp_path: Path) -> None:
    hub = Hub(QUICK, tmp_path, CLOCK, None)
    await hub.start()
    await docs.furnish(hub.store)
    assert await hub.store.read(lambda r: (r.replica_log_id(), r.replica_last())) == (None, 0)
    await hub.stop()


async def test_a_screen_may_read_at_the_standby_what_it_may_at_the_hub_and_nobody_else(
    pair: Pair,
) -> None:
    url = f"{pair.standby_server.url}/feed"
    for token in ("nobody.x", "x"):
        proof = {"Authorization": f"Bearer {token}"}
        assert (await pair.client.get(url, headers=proof)).status_code == 401
    parser = EventParser()
    proof = {"Authorization": f"Bearer {pair.tokens[pair.station.id]}"}
    async with pair.client.stream("GET", url, headers=proof) as response:
        names: list[str] = []
        async for piece in response.aiter_bytes():
            names += [event.name for event in parser.feed(piece)]
            if "current" in names:
                break
    assert names[0] == "reset"
    assert pair.hub is not None
    await Ward(pair.hub, CLOCK).revoke(pair.station)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
    assert (await pair.client.get(url, headers=proof)).status_code == 401


class Listening:
    """A screen's feed at the standby, from its first current moment on."""

    def __init__(self, pair: Pair, device: Device) -> None:
        self._pair, self._device = pair, device
        self.told = b""
        self.ended = False

    async def __aenter__(self) -> "Listening":
        self._task = TASKS.spawn(self._listen(), "listen")
        await until(lambda: b"event: current" in self.told)
        return self

    async def __aexit__(self, *of: object) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _listen(self) -> None:
        url = f"{self._pair.standby_server.url}/feed"
        proof = {"Authorization": f"Bearer {self._pair.tokens[self._device.id]}"}
        async with self._pair.client.stream("GET", url, headers=proof) as response:
            async for piece in response.aiter_bytes():
                self.told += piece
        self.ended = True


async def told_of(hub: Hub, device: Device, *, online: bool) -> ScreenStatus:
    """The ward's word of a screen, once it says so."""
    for _ in range(1000):
        stored = await hub.store.read(lambda r: r.get(WARD, "screen", device.id))
        status = None if stored is None else decode(stored.body, ScreenStatus)
        if status is not None and status.online is online:
            return status
        await CLOCK.sleep(0.01)
    raise AssertionError(f"{device.id} is never told to be {'here' if online else 'away'}")


@pytest.mark.long
async def test_a_screen_that_listens_at_the_standby_alone_is_there_for_the_ward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    listening = HttpSource.listening

    async def noted(source: HttpSource, devices: Sequence[str]) -> None:
        sent.append(msgspec.json.encode(devices))
        await listening(source, devices)

    monkeypatch.setattr(HttpSource, "listening", noted)
    async with running(tmp_path, link_stale_s=1.0) as pair:
        hub = pair.hub
        assert hub is not None
        async with Listening(pair, pair.station):
            await told_of(hub, pair.station, online=True)
            await told_of(hub, pair.bed, online=False)
            assert not hub.heard.has_no_feed(pair.station.id), "a drill counts it as there, too"
            # For longer than a screen may be without a feed anywhere.
            await CLOCK.sleep(1.5)
            assert (await told_of(hub, pair.station, online=True)).online
            await pair.kill_hub()
            await until(lambda: pair.standby.mode is Mode.ALONE)
        async with Listening(pair, pair.bed):
            hub = await pair.start_hub(link_stale_s=1.0)
            await until(lambda: pair.standby.mode is Mode.FOLLOWING)
            await told_of(hub, pair.station, online=False)
        async with Listening(pair, pair.bed):
            await told_of(hub, pair.bed, online=True)
            await pair.stop_standby()
            await told_of(hub, pair.bed, online=False)
            await pair.start_standby((tmp_path / "token").read_text())
    known = {pair.station.id, pair.bed.id}
    assert {id for told in sent for id in msgspec.json.decode(told)} == known, "ids, nothing else"


async def test_who_listens_is_told_by_a_standby_that_follows_and_counts_for_screens_alone(
    pair: Pair,
) -> None:
    hub = pair.hub
    assert hub is not None
    (standby,) = [one for one in hub.access.devices() if one.role is ScreenRole.STANDBY]

    async def told(token: str, body: object) -> int:
        answer = await pair.client.post(
            f"{pair.server.url}/standby/listening",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code

    token, known = pair.tokens[standby.id], {"devices": [pair.bed.id, standby.id, "nobody"]}
    assert await told(pair.tokens[pair.station.id], known) == 401
    assert await told(token, {"devices": "all"}) == 400
    async with asyncio.timeout(10):
        # The standby's own word on its new line, that nobody listens, may still come behind ours;
        # and a slow machine may find its line too quiet, and begin another.
        while not hub.presence.here(pair.bed.id):
            assert await told(token, known) in (204, 409)
    assert not hub.presence.here("nobody")
    assert hub.connected()[ScreenRole.STANDBY] == 1
    await pair.stop_standby()
    await until(lambda: not hub.presence.here(pair.bed.id))
    assert not hub.presence.here(standby.id)
    assert await told(token, known) == 409, "whoever does not follow speaks of another ward's state"
    await pair.start_standby(token)


async def test_the_feed_of_a_screen_that_was_revoked_or_moved_ends_at_the_standby_too(
    pair: Pair,
) -> None:
    assert pair.hub is not None
    ward = Ward(pair.hub, CLOCK)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
    async with Listening(pair, pair.station) as revoked, Listening(pair, pair.bed) as moved:
        await ward.revoke(pair.station)
        await until(lambda: revoked.ended)
        assert not moved.ended
        asked = {"do": "move", "device_id": pair.bed.id, "place": "3", "second": True}
        await asyncio.to_thread(ask, pair.hub.admin.path, **asked)
        await until(lambda: moved.ended)
        assert pair.standby.mode is Mode.FOLLOWING, "and it followed all the time"


async def test_a_write_that_is_under_way_when_the_log_begins_is_in_the_log_or_in_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = threading.Event()

    class Busy(SqliteStore):
        """What is set of it on the event loop is late: the next write has begun."""

        def __setattr__(self, name: str, value: object) -> None:
            if value is True and threading.current_thread() is threading.main_thread():
                assert running.wait(10)
            super().__setattr__(name, value)

    store = Busy.open(tmp_path / "hub.sqlite", CLOCK)
    source = ReplicaSource(SimpleNamespace(store=store), tmp_path)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
    begins, asked, copied_now = asyncio.Event(), threading.Event(), threading.Event()
    loop, begin = asyncio.get_running_loop(), Tx.replica_begin

    def slow_begin(tx: Tx) -> None:
        loop.call_soon_threadsafe(begins.set)
        assert asked.wait(10)
        begin(tx)

    def held(tx: Tx) -> None:
        running.set()
        tx.meta_set("held", "1")
        assert copied_now.wait(10)

    monkeypatch.setattr(Tx, "replica_begin", slow_begin)
    begun = TASKS.spawn(source._record(store), "begin")
    await begins.wait()
    under_way = TASKS.spawn(store.write(held), "write")  # the next one to be written
    await CLOCK.sleep(0.001)
    asked.set()
    await begun
    copy_file(tmp_path / "hub.sqlite", tmp_path / "copy")
    copied_now.set()
    await under_way
    logged = b"".join(body for _, body in await store.read(lambda r: r.replica_after(0, 10)))
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        copied = {key for (key,) in copy.execute("select key from meta")}
    store.close()
    assert b"held" in logged or "held" in copied


async def test_a_torn_line_of_what_was_refused_keeps_nobody_from_starting(pair: Pair) -> None:
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)
    await pair.post(pair.standby_server.url, pair.bed, place(91, docs.bed_id(1)))
    await pair.stop_standby()
    (pair.folder / "standby/standby-refused.jsonl").write_bytes(b'{"device":"x","act')
    await pair.start_standby((pair.folder / "token").read_text())
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    assert set(await pair.calls()) == {"call-91"}


def test_what_is_refused_behind_a_torn_line_is_kept(tmp_path: Path) -> None:
    (tmp_path / "standby-refused.jsonl").write_bytes(b'{"device":"x","act')
    refused = Refused("d", "a", "call.place", "access.unknown_device", CLOCK.now())
    Folder(tmp_path).refuse(refused)
    Folder(tmp_path).refuse(refused)
    assert Folder(tmp_path).refused() == [refused, refused]


async def _newer(target: Path) -> None:
    """The copy is of a hub that knows a step more than this standby."""
    with closing(sqlite3.connect(target)) as db:
        db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('hub', 'from a later version', '2030')"
        )
        db.commit()


def copies(pair: Pair, then: Callable[[Path], Awaitable[None]]) -> list[Path]:
    """What is done with each copy when it has come; gives those that came."""
    source, came = pair.standby._source, list[Path]()
    copy = source.copy

    async def copied(target: Path) -> None:
        await copy(target)
        came.append(target)
        await then(target)

    source.copy = copied  # type: ignore[method-assign]  # a stand-in of this test
    return came


async def test_a_copy_that_cannot_be_opened_takes_no_replicas_place(pair: Pair) -> None:
    await pair.post(pair.server.url, pair.bed, place(80, docs.bed_id(1)))
    await until(lambda: same(pair))
    came = copies(pair, _newer)
    assert pair.hub is not None
    await pair.hub.store.renew_epoch()
    await until(lambda: len(came) == 1)
    await until(lambda: "standby.no_copy" in (pair.standby._telling.faults or ""))
    assert pair.standby.state()["ok"], "the old replica is shown still"
    assert pair.standby.mode is Mode.FOLLOWING, "the hub is there and says so"
    await pair.kill_hub()
    answer = await pair.post(pair.standby_server.url, pair.bed, place(82, docs.bed_id(1)))
    assert answer["outcome"] == "applied"
    alone = pair.standby.alone
    assert alone is not None
    calls = await alone.store.read(lambda r: r.all(WARD, "nurse_call"))
    assert [one.id for one in calls] == ["call-80"], "what it knew, it knows: pressed once more"


async def test_a_copy_that_takes_long_is_no_silence_of_the_hub(pair: Pair) -> None:
    async def slowly(target: Path) -> None:
        await CLOCK.sleep(2 * QUICK.standby_alone_s)

    modes: list[Mode] = []
    came = copies(pair, slowly)
    pair.standby.changed = lambda: modes.append(pair.standby.mode)
    assert pair.hub is not None
    epoch = await pair.hub.store.renew_epoch()
    await until(lambda: pair.standby.state().get("epoch") == epoch)
    assert (len(came), modes) == (1, [Mode.FOLLOWING])


async def test_a_write_that_takes_long_here_is_no_silence_of_the_hub(pair: Pair) -> None:
    following = pair.standby.following
    assert following is not None
    repeat, modes = following.repeat, list[Mode]()

    async def slowly(frames: Sequence[Frame]) -> None:
        await CLOCK.sleep(1.5 * QUICK.standby_alone_s)
        await repeat(frames)

    following.repeat = slowly  # type: ignore[method-assign]  # a stand-in of this test
    pair.standby.changed = lambda: modes.append(pair.standby.mode)
    await pair.post(pair.server.url, pair.bed, place(92, docs.bed_id(1)))
    await until(lambda: same(pair))
    await CLOCK.sleep(0.5 * QUICK.standby_alone_s)
    assert modes == []


async def test_what_fails_once_while_it_goes_alone_is_tried_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, tries = AloneHub.start, list[AloneHub]()

    async def full_at_first(alone: AloneHub) -> None:
        tries.append(alone)
        alone.store.failing = len(tries) == 1
        await start(alone)

    monkeypatch.setattr(AloneHub, "start", full_at_first)
    await pair.kill_hub()
    await until(lambda: tries and pair.standby.alone is None)
    answer = await pair.post(pair.standby_server.url, pair.bed, place(83, docs.bed_id(1)))
    assert answer["outcome"] == "applied"
    assert len(tries) == 2


async def test_a_standby_that_is_none_any_more_serves_nobody_and_says_so(pair: Pair) -> None:
    hub = pair.hub
    assert hub is not None
    (standby,) = [one for one in hub.access.devices() if one.role is ScreenRole.STANDBY]
    async with Listening(pair, pair.station) as station:
        await Ward(hub, CLOCK).revoke(standby)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
        await until(lambda: station.ended)
    await CLOCK.sleep(1.5 * QUICK.standby_alone_s)
    assert pair.standby.mode is Mode.NOT_ENROLLED
    health = await pair.client.get(f"{pair.standby_server.url}/health")
    assert (health.status_code, health.json()["standby"]) == (503, "not_enrolled")
    for path in ("/feed", "/actions"):
        proof = {"Authorization": f"Bearer {pair.tokens[pair.bed.id]}"}
        asked = pair.client.build_request(
            "POST" if path == "/actions" else "GET", pair.standby_server.url + path, headers=proof
        )
        assert (await pair.client.send(asked)).status_code == 503


async def test_a_replica_that_cannot_be_written_is_no_silence_of_the_hub(pair: Pair) -> None:
    following = pair.standby.following
    assert following is not None
    modes: list[Mode] = []
    came = copies(pair, _newer)
    following.store.failing = True
    pair.standby.changed = lambda: modes.append(pair.standby.mode)
    await pair.post(pair.server.url, pair.bed, place(93, docs.bed_id(1)))
    await until(lambda: "standby.no_copy" in (pair.standby._telling.faults or ""))
    await CLOCK.sleep(1.5 * QUICK.standby_alone_s)
    assert modes == []
    assert len(came) <= 2, "a whole file of the hub: not again and again"


async def test_what_was_refused_is_told_until_it_was_heard_and_no_more_once_it_is_put_away(
    tmp_path: Path,
) -> None:
    told: list[str] = []

    async def report(faults: str, now: datetime) -> None:
        told.append(faults)
        if len(told) == 1:
            raise Unreachable("standby.away", "cut")

    source = SimpleNamespace(report=report)
    folder = Folder(tmp_path)
    folder.refuse(Refused("d", "a", "call.place", "access.unknown_device", CLOCK.now()))
    standby = Standby(QUICK, tmp_path, CLOCK, source, Random(1), None)  # type: ignore[arg-type]  # the clock or hub is a stand-in with what is used
    for _ in range(3):
        await standby._report()
    (tmp_path / "standby-refused.jsonl").unlink()
    await standby._report()
    assert told == ["standby.refused", "standby.refused", ""]


async def test_the_hub_makes_one_copy_at_a_time_and_none_without_room(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = {"Authorization": f"Bearer {(pair.folder / 'token').read_text()}"}
    url = f"{pair.server.url}/standby/snapshot"
    assert pair.hub is not None
    size = (pair.folder / "hub/hub.sqlite").stat().st_size
    for free, expected in ((2 * size + 10**9, 200), (size, 503)):
        room = SimpleNamespace(free=free)
        monkeypatch.setattr(replica_log.shutil, "disk_usage", lambda _, room=room: room)
        assert (await pair.client.get(url, headers=proof)).status_code == expected
    pair.hub.replica._copying = True
    assert (await pair.client.get(url, headers=proof)).status_code == 503
    assert not list((pair.folder / "hub").glob("copy-for-standby-*"))
