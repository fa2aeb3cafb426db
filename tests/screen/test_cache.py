"""The cache file: what survives, what is refused, what a broken file still gives."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.screen.banner import identity_current
from smartward.screen.cache import Cache, Mirrored, TouchRow
from smartward.screen.feed import credential_mark
from smartward.screen.kept import FILE, Kept, Machine, draw_rest, open_cache
from smartward.screen.link import LinkState, Phase
from smartward.screen.replica import Changes, Replica
from smartward.wire.envelope import Action, Gone
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.screen.documents import bed, document

TOKEN = "the token"
META = {
    "epoch": "e1",
    "cursor": "5",
    "view": "v1",
    "device": "device-1",
    "role": "station",
    "place": "",
    "credential": credential_mark(TOKEN),
    "his_as_of": MORNING.isoformat(),
    "last_heard": MORNING.isoformat(),
    "skew_s": "1.5",
    "boot": "boot-1",
}


def row(number: int, body: bytes = b"{}") -> TouchRow:
    return TouchRow(
        id=f"touch-{number}",
        body=body,
        state="waiting",
        pressed_wall=MORNING.isoformat(),
        pressed_monotonic=1.0,
        boot="boot",
    )


def fill(path: Path, meta: dict[str, str] | None = None, touches: int = 0) -> None:
    """Make a cache file with three beds, `meta` and some touches."""
    cache = Cache(path)
    beds = tuple(document("bed", f"his.bed-{i}", i, bed(i)) for i in (1, 2, 3))
    items = tuple((META if meta is None else meta).items())
    asyncio.run(cache.mirror([Mirrored(beds, (), items)]))
    for number in range(touches):
        cache.put_touch(row(number))
    cache.close()


def opened(
    folder: Path, late: tuple[str, ...] = (), **changed: object
) -> tuple[Kept, Replica, LinkState]:
    replica, link = Replica(ScreenRole.STATION), LinkState()
    arguments: dict[str, object] = {
        "folder": folder,
        "token": TOKEN,
        "place": None,
        "replica": replica,
        "link": link,
        "clock": ManualClock(),
        "rate": 1.0,
        "machine": Machine(boot="boot-1"),
    }
    replica.late = late
    return open_cache(**(arguments | changed)), replica, link  # type: ignore[arg-type]  # fields by their own names


def test_what_was_kept_is_drawn_with_its_age(tmp_path: Path) -> None:
    fill(tmp_path / FILE)
    kept, replica, link = opened(tmp_path)
    assert kept.drawn
    assert sorted(replica.docs("bed")) == ["his.bed-1", "his.bed-2", "his.bed-3"]
    assert (link.last_heard, link.his_as_of, replica.seq) == (MORNING, MORNING, 5)
    assert link.skew is not None
    assert link.skew.total_seconds() == 1.5
    kept.cache.close()


def test_what_is_left_for_later_is_drawn_in_one_piece(tmp_path: Path) -> None:
    fill(tmp_path / FILE)
    kept, replica, _ = opened(tmp_path, late=("bed",))
    assert (kept.drawn, len(replica.docs("bed")), replica.seq) == (True, 0, 5)
    told: list[Changes] = []
    replica.subscribe(told.append)
    draw_rest(kept, replica)
    assert sorted(replica.docs("bed")) == ["his.bed-1", "his.bed-2", "his.bed-3"]
    assert (len(told), told[0].reset, replica.seq) == (1, False, 5)
    kept.cache.close()


@pytest.mark.expects_log("no such table")
def test_a_rest_that_cannot_be_read_leaves_nothing_drawn(tmp_path: Path) -> None:
    """Who looks at a page without it would take it that there is none."""
    fill(tmp_path / FILE)
    kept, replica, _ = opened(tmp_path, late=("vital_sign",))
    assert len(replica.docs("bed")) == 3
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("drop table mirror")
    other.close()
    draw_rest(kept, replica)
    assert not replica.docs("bed")
    assert "cursor" not in kept.meta, "the hub is asked for everything"
    kept.cache.close()


@pytest.mark.parametrize(
    "changed,meta",
    [
        ({"token": "another token"}, META),
        ({"place": "his.bed-9"}, META | {"place": "his.bed-12"}),
        ({}, META | {"role": "bedhead"}),
    ],
    ids=["credential", "place", "role"],
)
@pytest.mark.expects_log("the cache is not drawn")
def test_another_places_cache_is_refused(
    tmp_path: Path, changed: dict[str, object], meta: dict[str, str]
) -> None:
    fill(tmp_path / FILE, meta)
    kept, replica, link = opened(tmp_path, **changed)
    assert not kept.drawn
    assert replica.docs("bed") == {}
    assert link.his_as_of is None
    kept.outbox.put(action("call.place"))
    assert kept.outbox.next() is None, "nothing is sent before the hub says whose cache this is"
    kept.cache.close()


OURS = "id:board:cards"


@pytest.mark.parametrize("now", [OURS, "id:-:-", "-:-:-", ""])
def test_what_this_machine_kept_is_drawn(tmp_path: Path, now: str) -> None:
    """A machine that tells less of itself than before is no other one."""
    fill(tmp_path / FILE, META | {"machine": OURS})
    kept, _, _ = opened(tmp_path, machine=Machine(boot="boot-1", mark=now))
    assert kept.drawn
    kept.cache.close()


@pytest.mark.expects_log("on another machine")
def test_a_copied_disk_shows_and_keeps_nothing_of_the_other_bed(tmp_path: Path) -> None:
    fill(tmp_path / FILE, META | {"machine": OURS})
    machine = Machine(boot="boot-1", mark="id:another:cards")
    kept, replica, link = opened(tmp_path, machine=machine)
    assert (kept.drawn, replica.docs("bed"), link.place) == (False, {}, None)
    assert kept.cache.documents() == []
    assert "cursor" not in kept.meta | kept.cache.meta()
    kept.outbox.put(action("call.place"))
    assert kept.outbox.next() is None, "nothing is sent before the hub says who this is"
    kept.cache.close()


def action(kind: str) -> Action:
    return Action(id="a1", kind=kind, subject="s1", made_at=MORNING)


@pytest.mark.expects_log("cannot be read")
@pytest.mark.parametrize(
    "broken,drawn",
    [
        ({"cursor": "many"}, False),
        ({"his_as_of": "noon"}, True),
        ({"his_as_of": "2026-11-21T00:00:00"}, True),
        ({"skew_s": "inf"}, True),
        ({"last_heard": ""}, True),
    ],
)
def test_what_cannot_be_read_of_the_cache_is_not_known(
    tmp_path: Path, broken: dict[str, str], drawn: bool
) -> None:
    fill(tmp_path / FILE, META | broken)
    kept, replica, link = opened(tmp_path)
    assert kept.drawn is drawn
    assert len(replica.docs("bed")) == (3 if drawn else 0)
    assert ("cursor" in kept.meta) is drawn, "else the hub is asked for everything"
    known = {
        "his_as_of": link.his_as_of,
        "skew_s": link.skew,
        "last_heard": link.last_heard,
        "cursor": None,
    }
    assert [known[key] for key in broken] == [None]


@pytest.mark.parametrize("before", ["boot-1", None], ids=["another run", "a run unknown"])
def test_after_a_power_cut_no_name_until_the_clock_is_known(
    tmp_path: Path, before: str | None
) -> None:
    """A kiosk without a battery clock starts with the time at which it was switched off."""
    meta = META if before else {key: META[key] for key in META if key != "boot"}
    fill(tmp_path / FILE, meta | {"skew_s": "-36000"})
    synchronized = tmp_path / "synchronized"
    now = MORNING + timedelta(minutes=1)
    _, replica, link = opened(tmp_path, machine=Machine(boot="boot-2", synchronized=synchronized))
    assert replica.docs("bed"), "the bed itself is drawn"
    assert not identity_current(link, Settings(), now)
    synchronized.touch()
    link.phase = Phase.OFFLINE
    assert identity_current(link, Settings(), now)
    age = timedelta(seconds=Settings().identity_max_age_s + 1)
    assert not identity_current(link, Settings(), MORNING + age), "its old error is not used"
    _, _, link = opened(tmp_path, machine=Machine(boot="", synchronized=tmp_path / "never"))
    assert not identity_current(link, Settings(), now), "a machine that does not tell its run"


def test_a_program_begun_anew_on_a_running_machine_shows_the_name(tmp_path: Path) -> None:
    fill(tmp_path / FILE)
    _, _, link = opened(tmp_path, machine=Machine(boot="boot-1", synchronized=tmp_path / "never"))
    for asking in (Phase.STARTING, Phase.CONNECTING):
        link.phase = asking
        assert not identity_current(link, Settings(), MORNING + timedelta(minutes=1)), (
            "another may lie here by now: the hub is asked first"
        )
    link.phase = Phase.OFFLINE
    assert identity_current(link, Settings(), MORNING + timedelta(minutes=1))


def test_a_reset_replaces_the_mirror_and_gone_removes(tmp_path: Path) -> None:
    path = tmp_path / FILE
    fill(path)
    cache = Cache(path)
    asyncio.run(
        cache.mirror(
            [
                Mirrored((document("bed", "x", 6, bed(4)),), (), (("cursor", "6"),), replace=True),
                Mirrored(
                    (document("bed", "y", 7, bed(5)),), (Gone("bed", "x"),), (("view", None),)
                ),
            ]
        )
    )
    assert [(d.id, d.seq) for d in cache.documents()] == [("y", 7)]
    meta = cache.meta()
    assert meta["cursor"] == "6"
    assert "view" not in meta
    cache.close()


def test_a_failed_batch_leaves_nothing_half_done(tmp_path: Path) -> None:
    path = tmp_path / FILE
    fill(path)
    cache = Cache(path)
    bad = document("bed", "z", 2**70, bed(4))  # no SQLite integer
    with pytest.raises(OverflowError):
        asyncio.run(cache.mirror([Mirrored((document("bed", "y", 7, bed(5)), bad), replace=True)]))
    assert sorted(d.id for d in cache.documents()) == ["his.bed-1", "his.bed-2", "his.bed-3"]
    cache.close()


@pytest.mark.parametrize("damage", ["header", "page", "table"])
@pytest.mark.expects_log("cache file")
def test_a_broken_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / FILE
    fill(path, touches=3)
    if damage == "table":
        connection = sqlite3.connect(path)
        connection.execute("drop table mirror")
        connection.commit()
        connection.close()
    else:
        raw = bytearray(path.read_bytes())
        # The root page of the mirror, or the file's header.
        at = 0 if damage == "header" else 4096
        raw[at : at + 64] = b"\xff" * 64
        path.write_bytes(raw)
    cache = Cache(path)
    assert cache.rebuilt
    assert cache.documents() == []
    assert cache.meta() == {}
    if damage != "header":
        assert [touch.id for touch in cache.touches()] == ["touch-0", "touch-1", "touch-2"]
    assert [each.name for each in tmp_path.glob("*.broken-*")] == [f"{FILE}.broken-1"]
    cache.put_touch(row(9))
    assert cache.touches()[-1].id == "touch-9"
    cache.close()


@pytest.mark.expects_log("cache file")
def test_only_the_newest_broken_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE
    for _ in range(4):
        path.write_bytes(b"no database" * 1000)
        Cache(path).close()
    assert sorted(p.name for p in tmp_path.glob("*.broken-*")) == [
        f"{FILE}.broken-3",
        f"{FILE}.broken-4",
    ]


@pytest.mark.expects_log("keeps nothing on its disk")
def test_without_a_disk_the_mirror_lives_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / FILE)
    with pytest.raises(StorageFault):
        cache.put_touch(row(1))
    asyncio.run(cache.mirror([Mirrored((document("bed", "y", 7, bed(5)),))]))
    assert [d.id for d in cache.documents()] == ["y"]
    cache.close()


def test_a_touch_is_in_the_file_when_put_returns(tmp_path: Path) -> None:
    cache = Cache(tmp_path / FILE)
    cache.put_touch(row(1, b"body"))
    other = Cache(tmp_path / FILE, read_only=True)
    kept = [(touch.id, touch.body, touch.state) for touch in other.touches()]
    assert kept == [("touch-1", b"body", "waiting")]
    other.close()
    cache.close()


def test_no_column_and_no_file_can_hold_a_name(tmp_path: Path) -> None:
    fill(tmp_path / FILE, touches=1)
    connection = sqlite3.connect(tmp_path / FILE)
    tables = [name for (name,) in connection.execute("select name from sqlite_master")]
    columns = {
        column[1]
        for table in tables
        for column in connection.execute(f"pragma table_info('{table}')")
    }
    connection.close()
    assert columns == {
        "kind", "id", "seq", "stay", "sealed", "key", "value", "number", "state", "pressed_wall",
        "pressed_monotonic", "boot", "attempts", "resent", "epoch", "answered_at", "filler",
    }  # fmt: skip
    names = {p.name.removesuffix("-wal").removesuffix("-shm") for p in tmp_path.iterdir()}
    assert names == {FILE, "screen.keys"}


def test_what_a_reset_removes_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    cache = Cache(path)
    secret = document("bed", "b", 1, b'{"id":"\xe5\xbc\xa0\xe5\xbb\xba\xe5\x9b\xbd"}')
    asyncio.run(cache.mirror([Mirrored((secret,))]))
    asyncio.run(cache.mirror([Mirrored(replace=True)]))
    cache.close()
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert "张建国".encode() not in left
