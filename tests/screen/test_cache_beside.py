"""An older release on the data folder of a newer one: what waits there stays as it is, a patient
calls all the same, and the newer one takes over what was touched meanwhile."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.screen import cache_beside
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.cache_file import SCHEMA_VERSION
from smartward.screen.kept import FILE
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seed import Seed
from smartward.screen.wipe import wipe
from smartward.wire.envelope import Action, ActionKind
from tests.fakes.fake_clock import MORNING
from tests.screen.documents import bed, document
from tests.screen.test_app import Bedside, HubThread, said
from tests.screen.test_app import bedside as bedside
from tests.screen.test_app import hub as hub
from tests.screen.test_cache import META, fill, row

NEWER = SCHEMA_VERSION + 97
OURS = f"screen-v{SCHEMA_VERSION}.sqlite3"
LEFT = "a newer release has"
TAKEN = "are taken over"


def set_version(path: Path, version: int, *, in_log: bool = False) -> None:
    """As a newer release has it: its tables are other ones. `in_log`: the power went before the
    version was in the file's header."""
    with closing(sqlite3.connect(path)) as file:
        with file:
            file.execute(f"pragma user_version = {version}")
        there = bytes_of(path.parent)
    if in_log:
        for name in (path.name, f"{path.name}-wal"):
            path.with_name(name).write_bytes(there[name])


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def newers(tmp_path: Path) -> Path:
    """A folder of a newer release, with a waiting touch in it; its key file has another form."""
    path = tmp_path / FILE
    fill(path, touches=1)
    set_version(path, NEWER)
    return path


@pytest.mark.expects_log(LEFT)
def test_what_a_newer_release_keeps_is_not_touched_and_a_touch_is_durable(newers: Path) -> None:
    keys = newers.with_name(KEYS)
    keys.write_bytes(b"keys of another form" * 300)
    before = bytes_of(newers.parent)
    cache = Cache(newers)
    assert (cache.fault, cache.before) == (None, True)
    assert cache.documents() == []
    cache.put_touch(row(7, b'{"who": "calls"}'))
    asyncio.run(cache.mirror([Mirrored((document("bed", "his.bed-4", 9, bed(4)),))]))
    cache.close()
    after = bytes_of(newers.parent)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {OURS, OURS.replace("sqlite3", "keys")}
    # The next start of the older release goes on from there.
    again = Cache(newers)
    assert [one.body for one in again.touches()] == [b'{"who": "calls"}']
    assert [one.id for one in again.documents()] == ["his.bed-4"]
    again.close()
    looked = Cache(newers, read_only=True)
    assert (looked.fault, [one.id for one in looked.documents()]) == (None, ["his.bed-4"])
    looked.close()
    assert bytes_of(newers.parent)[FILE] == before[FILE]


@pytest.mark.expects_log(LEFT)
def test_a_version_that_is_in_the_log_alone_is_seen_as_well(tmp_path: Path) -> None:
    path = tmp_path / FILE
    fill(path, touches=1)
    set_version(path, NEWER, in_log=True)
    assert not cache_beside.is_newer(path)
    cache = Cache(path)
    assert (cache.before, cache.fault) == (True, None)
    cache.put_touch(row(2))
    cache.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("select count(*) from outbox").fetchone() == (1,)


@pytest.mark.expects_log(LEFT, TAKEN)
@pytest.mark.parametrize("comes_back_as", [SCHEMA_VERSION, SCHEMA_VERSION + 1])
def test_the_newer_release_takes_over_what_was_touched_meanwhile(
    newers: Path, monkeypatch: pytest.MonkeyPatch, comes_back_as: int
) -> None:
    older = Cache(newers)
    older.put_touch(row(7, b'{"who": "calls"}'))
    older.close()
    # Once the same, which knows its tables (the file is ours again); once a later one.
    monkeypatch.setattr(cache_beside, "SCHEMA_VERSION", comes_back_as)
    set_version(newers, SCHEMA_VERSION)
    for _ in range(2):
        cache = Cache(newers)
        assert not cache.before
        waiting = [(one.id, one.body) for one in cache.touches() if one.state == "waiting"]
        assert waiting == [("touch-0", b"{}"), ("touch-7", b'{"who": "calls"}')]
        assert len(cache.documents()) == 3
        cache.close()
        assert set(bytes_of(newers.parent)) == {FILE, KEYS}


MOVED = "was paired at another place"
BED_1, BED_2 = META | {"place": "his.bed-1"}, META | {"place": "his.bed-2", "credential": "new"}
LATER, LATEST = [(MORNING + timedelta(hours=n)).isoformat() for n in (1, 2)]


def told_who(path: Path, meta: dict[str, str]) -> None:
    """As once a hub has said who this screen is."""
    cache = Cache(path)
    asyncio.run(cache.mirror([Mirrored(meta=tuple(meta.items()))]))
    cache.close()


def states(cache: Cache) -> dict[str, str]:
    return {one.id: one.state for one in cache.touches()}


@pytest.mark.expects_log(LEFT, TAKEN, MOVED)
def test_touches_of_two_beds_are_never_taken_for_those_of_one(tmp_path: Path) -> None:
    """Paired at another bed while the older release ran: what is touched there is sent, and nothing
    of the former bed is, nor drawn for it."""
    path = tmp_path / FILE
    fill(path, BED_1, touches=1)
    set_version(path, NEWER)
    told_who(path, BED_2 | {"last_heard": LATER})
    older = Cache(path)
    older.put_touch(row(7, b'{"who": "calls"}'))
    older.close()
    set_version(path, SCHEMA_VERSION)
    for _ in range(2):
        cache = Cache(path)
        assert states(cache) == {"touch-0": "foreign", "touch-7": "waiting"}
        assert cache.documents() == []
        meta = cache.meta()
        assert (meta["place"], meta["credential"]) == ("his.bed-2", "new")
        assert "cursor" not in meta, "the hub is asked for everything"
        cache.close()


@pytest.mark.expects_log(LEFT, TAKEN, "not taken over yet")
def test_what_could_not_be_taken_over_in_time_is_the_former_beds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE
    fill(path, BED_1)
    set_version(path, NEWER)
    told_who(path, BED_1 | {"last_heard": LATER})
    older = Cache(path)
    older.put_touch(row(7))
    older.close()
    set_version(path, SCHEMA_VERSION)

    def fails(*_: object) -> None:
        raise OSError("no")

    with monkeypatch.context() as patched:
        patched.setattr(cache_beside, "_kept", fails)
        told_who(path, BED_2 | {"last_heard": LATEST})
    newer = Cache(path)
    newer.put_touch(row(8))
    assert states(newer) == {"touch-7": "foreign", "touch-8": "waiting"}
    assert newer.meta()["place"] == "his.bed-2"
    assert len(newer.documents()) == 3
    newer.close()


@pytest.mark.expects_log(
    LEFT, TAKEN, "is broken and is set aside", "could be read out", "were saved out"
)
def test_what_was_broken_of_the_older_release_goes_with_its_file(newers: Path) -> None:
    older = Cache(newers)
    older.put_touch(row(7))
    older.close()
    ours = newers.with_name(OURS)
    ours.write_bytes(ours.read_bytes()[:5000])
    set_version(newers, SCHEMA_VERSION)
    Cache(newers).close()
    assert set(bytes_of(newers.parent)) == {FILE, KEYS}


class PowerCut(BaseException):
    """From here on nothing happens any more."""


@pytest.mark.expects_log(LEFT, TAKEN)
@pytest.mark.parametrize("name", ["shred", "overwrite"])
def test_a_power_cut_while_they_are_taken_over_loses_and_doubles_none(
    newers: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    older = Cache(newers)
    older.put_touch(row(7, b'{"who": "calls"}'))
    older.close()
    set_version(newers, SCHEMA_VERSION)

    def cut(path: Path) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(cache_beside, name, cut)
        with pytest.raises(PowerCut):
            Cache(newers)
    cache = Cache(newers)
    assert [one.id for one in cache.touches()] == ["touch-0", "touch-7"]
    cache.close()
    assert not list(newers.parent.glob("screen-v*"))


@pytest.mark.expects_log(LEFT)
def test_a_wipe_by_the_older_release_leaves_nothing_of_either(newers: Path) -> None:
    Cache(newers).close()
    wipe(newers.parent, Seed(hubs=(), ca=()))
    assert bytes_of(newers.parent) == {}


def told_of(hub: HubThread, kind: ActionKind) -> list[Action]:
    return [one.action for one in hub.hub.applied if one.action.kind == kind]


@pytest.mark.long
def test_a_bedside_of_the_older_release_calls_and_the_newer_sends_what_waited(
    bedside: Bedside, hub: HubThread
) -> None:
    state = bedside.folder / "state"
    newer = bedside.start()
    newer.wait("link", "live")
    newer.wait("mirror_idle", True)
    hub.do(hub.hub.stop)
    newer.ask("tap", objectName="callButton")
    newer.kill()
    hub.do(hub.hub.start)
    (waiting,) = bedside.waiting_on_disk()
    set_version(state / FILE, NEWER)
    older = bedside.start()
    older.wait("link", "live")
    older.wait("outbox_waiting", 0)
    for _ in range(200):  # it tells them once it is heard
        if told_of(hub, ActionKind.SCREEN_FAULTS):
            break
        older.ask("texts")
    (faults,) = (one.data["faults"] for one in told_of(hub, ActionKind.SCREEN_FAULTS)[-1:])
    assert "screen.fault.before" in faults
    assert "旧" not in said(older), "a patient can do nothing about it"
    assert told_of(hub, ActionKind.CALL_PLACE) == []
    older.ask("tap", objectName="callButton")
    older.wait("pending", 0)
    (meanwhile,) = told_of(hub, ActionKind.CALL_PLACE)
    older.stop()
    set_version(state / FILE, SCHEMA_VERSION)
    bedside.start().wait("outbox_waiting", 0)
    assert [one.id for one in told_of(hub, ActionKind.CALL_PLACE)] == [meanwhile.id, waiting.id]
    assert not list(state.glob("screen-v*"))
