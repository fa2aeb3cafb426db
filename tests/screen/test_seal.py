"""What a screen keeps of a patient is sealed, and gone with its key."""

import asyncio
import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smartward import check
from smartward.clock import SystemClock
from smartward.device_key import DeviceKey
from smartward.errors import StorageFault
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.kept import FILE
from smartward.screen.outbox import Outbox
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import NOBODY, STAY, KeyFile, lie_open
from smartward.screen.seed import Seed
from smartward.screen.wipe import wipe
from smartward.storage import overwrite
from smartward.wire.envelope import Gone
from tests.privacy_search import search
from tests.screen.sealed_ward import (
    STAYS,
    WORDS,
    doc,
    leaves,
    mirror,
    raw,
    secrets,
    touch,
    ward,
)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    made = Cache(tmp_path / FILE)
    mirror(made, Mirrored(ward(), meta=(("cursor", "1"),)))
    yield made
    made.close()


def test_nothing_of_a_patient_lies_there_in_plain_text(cache: Cache, tmp_path: Path) -> None:
    cache.put_touch(touch("t1"))
    assert (tmp_path / f"{FILE}-wal").stat().st_size > 0, "the log is searched, too"
    assert search(tmp_path, WORDS) == []
    cache.close()
    assert search(tmp_path, WORDS) == []
    again = Cache(tmp_path / FILE)
    assert sorted(d.id for d in again.documents()) == sorted(d.id for d in ward())
    assert {d.id: bytes(d.body) for d in again.documents()} == {d.id: bytes(d.body) for d in ward()}
    assert [row.body for row in again.touches()] == [touch("t1").body]
    again.close()


def test_only_this_user_may_read_the_keys(cache: Cache, tmp_path: Path) -> None:
    assert (tmp_path / KEYS).stat().st_mode & 0o777 == 0o600
    cache.close()
    (tmp_path / KEYS).chmod(0o644)
    Cache(tmp_path / FILE).close()
    assert (tmp_path / KEYS).stat().st_mode & 0o777 == 0o600


def test_a_stay_that_has_left_is_gone_with_its_key(cache: Cache, tmp_path: Path) -> None:
    before = secrets(tmp_path)
    assert sorted(use for use, _ in before.values()) == [NOBODY, STAY, STAY]
    cache.put_touch(touch("told", state="kept"))
    then = raw(tmp_path)
    assert all(secret in then for secret in before)
    mirror(cache, leaves())
    left = set(before) - set(secrets(tmp_path))
    assert len(left) == 2, "that of the stay, and the one that sealed what the bed told of it"
    now = raw(tmp_path)
    assert not [secret for secret in left if secret in now]
    marks = [before[secret][1] for secret in left]
    assert not [mark for mark in marks if mark in now], "nor is there any row of theirs"
    assert (tmp_path / f"{FILE}-wal").stat().st_size == 0
    assert cache.touches() == []
    assert sorted(d.id for d in cache.documents()) == sorted(
        ("bed-1", "bed-2", STAYS[1], f"{STAYS[1]}-alert")
    )


def test_what_leaves_after_its_stay_is_gone_with_its_key_as_well(
    cache: Cache, tmp_path: Path
) -> None:
    """The hub takes a patient's alert away in its next turn, and the bed may be told later."""
    bed = doc("bed", "bed-1", 3, id="bed-1", occupants=[])
    alone = Gone("alert", f"{STAYS[0]}-alert")
    last = (
        Mirrored(gone=(Gone("encounter", STAYS[0]),)),
        Mirrored((bed,)),
        Mirrored(gone=(alone,)),
    )
    seen: dict[bytes, tuple[bytes, bytes]] = {}
    for event in last:
        # Since the bed was told to be empty what is nobody's tells of nobody.
        empty = event.gone == (alone,)
        here = secrets(tmp_path)
        seen |= {key: its for key, its in here.items() if its[0] == STAY or not empty}
        mirror(cache, event)
    (others,) = (secret for secret, (use, _) in secrets(tmp_path).items() if use == STAY)
    del seen[others]
    now = raw(tmp_path)
    assert not [secret for secret in seen if secret in now], "what sealed anything of theirs"
    assert not [mark for _, mark in seen.values() if mark in now], "nor is there any row of theirs"
    assert sorted(d.id for d in cache.documents()) == sorted(
        ("bed-1", "bed-2", STAYS[1], f"{STAYS[1]}-alert")
    )


@pytest.mark.parametrize("how", ["changed", "gone", "replaced"])
def test_a_bed_that_told_of_a_stay_takes_its_key_along(
    cache: Cache, tmp_path: Path, how: str
) -> None:
    """A patient who changes beds in the ward stays, but who lay there is over; also when the power
    goes between the two."""
    before = {secret for secret, (use, _) in secrets(tmp_path).items() if use == NOBODY}
    moved = (
        doc("bed", "bed-1", 3, id="bed-1", occupants=[]),
        doc("bed", "bed-3", 3, id="bed-3", occupants=[STAYS[0]]),
    )
    if how == "changed":
        event = Mirrored(moved)
    elif how == "gone":
        event = Mirrored(gone=(Gone("bed", "bed-1"),))
    else:
        event = Mirrored((*moved, *ward(3)[1:]), replace=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smartward.screen.cache.settle", lambda *_: None)
        mirror(cache, event)
    cache.close()
    again = Cache(tmp_path / FILE)
    mirror(again, Mirrored())
    assert not before & set(secrets(tmp_path))
    told = set(secrets(tmp_path))
    free = doc("bed", "bed-4", 4, id="bed-4", occupants=[])
    mirror(again, Mirrored((free,)), Mirrored((free,)))
    assert set(secrets(tmp_path)) == told, "a bed that told of nobody changes no key"
    again.close()


def test_a_view_that_comes_without_any_stay_takes_all_keys_along(
    cache: Cache, tmp_path: Path
) -> None:
    """What was nobody's told of who lay there, also where nothing is left of it."""
    before = secrets(tmp_path)
    for documents in ((), (doc("bed", "bed-1", 2, id="bed-1", occupants=[]),)):
        mirror(cache, Mirrored(documents, (), (("cursor", "2"),), replace=True))
        assert not [secret for secret in before if secret in raw(tmp_path)]
    assert [each.id for each in cache.documents()] == ["bed-1"]


def test_a_call_outlives_its_stay_until_a_hub_has_it(cache: Cache, tmp_path: Path) -> None:
    cache.put_touch(touch("waits"))
    cache.put_touch(touch("told", state="answered"))
    before = secrets(tmp_path)
    mirror(cache, leaves())
    assert [(row.id, row.body) for row in cache.touches()] == [("waits", touch("waits").body)]
    kept = {secret for secret, (use, _) in secrets(tmp_path).items() if use == STAY}
    assert len(kept) == 2
    assert len(kept & set(before)) == 1, "what is left has a key of its own, made since"
    cache.close()
    again = Cache(tmp_path / FILE)
    assert [row.body for row in again.touches()] == [touch("waits").body]
    asyncio.run(again.put_touches([touch("waits", state="answered")]))
    assert again.touches() == []
    assert sum(use == STAY for use, _ in secrets(tmp_path).values()) == 1
    again.close()


def test_what_is_of_nobody_stays_when_all_have_left(cache: Cache, tmp_path: Path) -> None:
    cache.put_touch(touch("nobodys", stay=None))
    cache.forget()
    assert [row.id for row in cache.touches()] == ["nobodys"]
    assert [use for use, _ in secrets(tmp_path).values()] == [NOBODY]
    assert cache.documents() == []


def test_no_row_opens_at_another_place(cache: Cache, tmp_path: Path) -> None:
    """Whoever can write to the disk can neither move a body to another stay nor to another row."""
    cache.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        first, second = db.execute(
            "select number, stay, sealed from mirror where kind = 'encounter'"
        ).fetchall()
    moved = [("sealed", first[2]), ("stay, sealed", second[1:]), ("seq", 7), ("kind", "alert")]
    for columns, value in moved:
        with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
            before = db.execute("select * from mirror where number = ?", second[:1]).fetchone()
            if columns == "stay, sealed":
                db.execute("update mirror set stay=?, sealed=? where number=?", (*value, first[0]))
            else:
                change = f"update mirror set {columns} = ? where number = ?"
                db.execute(change, (value, second[0]))
        look = Cache(tmp_path / FILE, read_only=True)
        with pytest.raises(StorageFault):
            look.documents()
        look.close()
        with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
            for row in (before, (first[0], "encounter", 1, *first[1:])):
                db.execute("insert or replace into mirror values (?, ?, ?, ?, ?)", row)
    look = Cache(tmp_path / FILE, read_only=True)
    assert len(look.documents()) == len(ward())
    look.close()


def test_a_document_that_comes_to_another_stay_goes_with_that(cache: Cache) -> None:
    call = doc("nurse_call", "call-1", 2, encounter_id=STAYS[0])
    mirror(cache, Mirrored((call,)))
    mirror(cache, Mirrored((doc("nurse_call", "call-1", 3, encounter_id=STAYS[1]),)))
    mirror(cache, leaves(seq=4))
    assert [(d.id, d.seq) for d in cache.documents_of(("nurse_call",))] == [("call-1", 3)]


def test_a_call_of_one_who_left_is_shown_until_the_hub_takes_it_away(
    cache: Cache, tmp_path: Path
) -> None:
    mirror(cache, Mirrored((doc("nurse_call", "call-1", 2, encounter_id=STAYS[0]),)))
    mirror(cache, leaves(seq=3))
    assert [d.id for d in cache.documents_of(("nurse_call",))] == ["call-1"]
    mirror(cache, Mirrored(gone=(Gone("nurse_call", "call-1"),)))
    assert cache.documents_of(("nurse_call",)) == []
    assert sum(use == STAY for use, _ in secrets(tmp_path).values()) == 1


def test_more_stays_than_the_file_has_slots_for(tmp_path: Path) -> None:
    many = tuple(doc("encounter", f"stay-{n}", 1, id=f"stay-{n}") for n in range(300))
    cache = Cache(tmp_path / FILE)
    mirror(cache, Mirrored(many))
    cache.close()
    again = Cache(tmp_path / FILE)
    assert len(again.documents()) == 300
    mirror(again, Mirrored(gone=tuple(Gone("encounter", f"stay-{n}") for n in range(299))))
    assert sum(use == STAY for use, _ in secrets(tmp_path).values()) == 1
    again.close()


@pytest.mark.expects_log("32 slots of the key file")
@pytest.mark.parametrize("copy", [0, 1])
def test_a_page_of_keys_that_is_spoilt_is_read_from_the_other(
    cache: Cache, tmp_path: Path, copy: int
) -> None:
    cache.close()
    data = bytearray((tmp_path / KEYS).read_bytes())
    data[4096 * (1 + copy) : 4096 * (2 + copy)] = b"\xff" * 4096
    (tmp_path / KEYS).write_bytes(data)
    again = Cache(tmp_path / FILE)
    assert len(again.documents()) == len(ward())
    again.close()
    pages = (tmp_path / KEYS).read_bytes()[4096 : 3 * 4096]
    assert pages[:4096] == pages[4096:], "and is mended"


@pytest.mark.expects_log("a row of the mirror cannot be opened")
def test_a_rotten_row_neither_stops_the_forgetting_nor_the_writing(
    cache: Cache, tmp_path: Path
) -> None:
    """While the program runs a block of its file rots: it writes and forgets as before."""
    before = set(secrets(tmp_path))
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        sealed = bytearray(
            db.execute("select sealed from mirror where kind = 'bed' order by number").fetchone()[0]
        )
        sealed[20] ^= 1
        db.execute("update mirror set sealed = ? where number = 1", (bytes(sealed),))
    leaves_alone = Mirrored(gone=(Gone("encounter", STAYS[0]), Gone("alert", f"{STAYS[0]}-alert")))
    mirror(cache, leaves_alone)
    assert len(before & set(secrets(tmp_path))) == 1, "what is left is the other stay's"
    asyncio.run(cache.put_touches([touch("t1", STAYS[1], "answered")]))
    assert [row.id for row in cache.touches()] == ["t1"]
    look = Cache(tmp_path / FILE, read_only=True)
    with pytest.raises(StorageFault):
        look.documents()
    look.close()
    mirror(cache, leaves(seq=3))
    again = Cache(tmp_path / FILE, read_only=True)
    assert len(again.documents()) == 4, "healed by the bed's next document"
    again.close()


def test_a_disk_that_does_not_take_the_forgetting_gets_no_key_for_each_try(
    cache: Cache, tmp_path: Path
) -> None:
    cache.put_touch(touch("waits"))
    before = set(secrets(tmp_path))
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        db.execute(
            "create trigger failing before update on mirror begin select raise(fail, 'no'); end"
        )
    for _ in range(5):
        with pytest.raises(StorageFault):
            mirror(cache, leaves())
    assert len(set(secrets(tmp_path)) - before) == 3, "two of nobody, one for the call that waits"
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        db.execute("drop trigger failing")
    mirror(cache, leaves())
    assert sorted(use for use, _ in secrets(tmp_path).values()) == [NOBODY, STAY, STAY]
    assert len(before & set(secrets(tmp_path))) == 1
    assert [row.body for row in cache.touches()] == [touch("waits").body]
    assert len(cache.documents()) == 4


@pytest.mark.expects_log("first page of the key file")
def test_a_spoilt_first_page_of_the_key_file_loses_no_key(cache: Cache, tmp_path: Path) -> None:
    cache.put_touch(touch("waits"))
    cache.close()
    data = bytearray((tmp_path / KEYS).read_bytes())
    before = bytes(data)
    data[3] ^= 1
    (tmp_path / KEYS).write_bytes(data)
    again = Cache(tmp_path / FILE)
    assert [row.body for row in again.touches()] == [touch("waits").body]
    assert len(again.documents()) == len(ward())
    again.close()
    assert (tmp_path / KEYS).read_bytes() == before, "and is mended"


@pytest.mark.expects_log("key file")
@pytest.mark.parametrize("page", [0, 1, 2])
def test_a_page_of_keys_that_the_disk_does_not_give_is_read_from_the_other(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """A bad block is an error of the disk, not other bytes."""
    cache.put_touch(touch("waits"))
    cache.close()
    read = os.pread

    def bad_block(file: int, count: int, at: int) -> bytes:
        if at == 4096 * page:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(file, count, at)

    monkeypatch.setattr("smartward.screen.seal_keys.os.pread", bad_block)
    again = Cache(tmp_path / FILE)
    assert again.fault is None
    assert [row.body for row in again.touches()] == [touch("waits").body]
    assert len(again.documents()) == len(ward())
    again.put_touch(touch("next"))
    again.close()


@pytest.mark.expects_log
@pytest.mark.parametrize("damage", ["gone", "empty", "rubbish"])
def test_without_its_keys_the_screen_begins_anew_and_says_what_is_lost(
    cache: Cache, tmp_path: Path, damage: str
) -> None:
    cache.put_touch(touch("t1"))
    cache.close()
    keys = tmp_path / KEYS
    if damage == "gone":
        keys.unlink()
    else:
        keys.write_bytes(b"" if damage == "empty" else b"no keys" * 9000)
    again = Cache(tmp_path / FILE)
    assert again.fault is None
    assert again.meta()["cursor"] == "1"
    with pytest.raises(StorageFault):
        again.documents()
    assert [(row.id, row.body) for row in again.touches()] == [("t1", b"")]
    again.put_touch(touch("t2"))
    mirror(again, Mirrored(ward(), replace=True))
    assert len(again.documents()) == len(ward())
    assert again.touches()[1].body == touch("t2").body
    again.close()


# ----------------------------------------------------------------------------------- power cuts


def test_what_a_power_cut_left_half_forgotten_is_forgotten_at_the_next_start(
    cache: Cache, tmp_path: Path
) -> None:
    """The rows had gone and the key not yet: so it is after a cut between the two."""
    cache.put_touch(touch("waits"))
    keys = (tmp_path / KEYS).read_bytes()
    mirror(cache, leaves())
    cache.close()
    now = (tmp_path / KEYS).read_bytes()
    # Nothing was written over in the file, what is new is there.
    both = [old or new for old, new in zip(keys, now, strict=True)]
    (tmp_path / KEYS).write_bytes(bytes(both))
    before = set(secrets(tmp_path))
    assert len(before) > 3
    again = Cache(tmp_path / FILE)
    mirror(again, Mirrored())
    assert [row.body for row in again.touches()] == [touch("waits").body]
    assert sorted(use for use, _ in secrets(tmp_path).values()) == [NOBODY, STAY, STAY]
    assert len(again.documents()) == 4
    again.close()


# --------------------------------------------------------------------------------------- the wipe


def seed(folder: Path) -> Seed:
    return Seed(hubs=("https://hub.example:8700",), ca=(folder / "house.pem",))


def test_a_wiped_screen_has_nothing_left_of_patients_and_of_itself(
    cache: Cache, tmp_path: Path
) -> None:
    cache.put_touch(touch("waits"))
    (tmp_path / "house.pem").write_text("the authority")
    (tmp_path / "smartward.toml").write_text('hub = "https://hub.example:8700"')
    pages = tmp_path / ".cache/smartward/qmlcache"
    pages.mkdir(parents=True)
    (pages / "page.qmlc").write_text("what the program shows now")
    shown = (pages / "page.qmlc").open()
    own = DeviceKey.load_or_make(tmp_path).public
    private = (tmp_path / "device.key").read_bytes()
    keys = set(secrets(tmp_path))
    # Who held the files open sees the blocks as they lie on the disk now.
    held = [file.open("rb") for file in sorted(tmp_path.iterdir()) if file.is_file()]
    cache.close()
    wipe(tmp_path, seed(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["house.pem", "smartward.toml"]
    with shown:
        assert shown.read() == "what the program shows now", "its next page would end the program"
    blocks = b"".join(file.read() for file in held) + raw(tmp_path)
    for file in held:
        file.close()
    assert not [secret for secret in (*keys, private) if secret in blocks]
    assert search(tmp_path, (*WORDS, own)) == []


def test_a_wipe_takes_what_its_owner_may_only_read(tmp_path: Path) -> None:
    """As the token of a package, by tmpfiles.d. Root may write it all the same, but not without the
    capability: a screen has none."""
    for name in ("token", "device.key"):
        (tmp_path / name).write_text("of this screen")
        (tmp_path / name).chmod(0o400)
    held = (tmp_path / "token").open()
    plain = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] * (os.geteuid() == 0)
    script = (
        "import sys; from pathlib import Path; from smartward.screen.seed import Seed\n"
        "from smartward.screen.wipe import wipe; wipe(Path(sys.argv[1]), Seed(hubs=(), ca=()))"
    )
    subprocess.run([*plain, sys.executable, "-c", script, tmp_path], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []
    with held:
        assert held.read().strip("\0") == ""


def test_a_wipe_that_is_cut_short_has_forgotten_the_patients_first(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the device is still known to the hub, which tells it again."""
    DeviceKey.load_or_make(tmp_path)
    cache.close()
    gone: list[str] = []

    def fails(file: Path) -> None:
        if len(gone) == 1:
            raise OSError(errno.EIO, "the power went")
        gone.append(file.name)
        overwrite(file)

    monkeypatch.setattr("smartward.screen.wipe.overwrite", fails)
    with pytest.raises(StorageFault):
        wipe(tmp_path, seed(tmp_path))
    assert gone == [KEYS]
    assert (tmp_path / "device.key").exists()


@pytest.mark.expects_log("cannot be wrapped")
def test_a_wipe_spoils_no_key_early_that_a_power_cut_has_left_under_two_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was to be wrapped, and at the next start the TPM gave nothing to wrap it with."""
    own = DeviceKey.load_or_make(tmp_path).public
    (tmp_path / "token").write_text("of this screen")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/smartward-keys").write_bytes(bytes(32))

    def power_goes(*_: object) -> None:
        raise OSError(errno.EIO, "the power went")

    with monkeypatch.context() as during:
        during.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
        during.setattr("smartward.storage.write_whole", power_goes)
        DeviceKey.load_or_make(tmp_path)
    two = [tmp_path / name for name in ("device.key", "device.key.plain")]
    assert two[0].samefile(two[1])
    gone: list[str] = []

    def cut(file: Path) -> None:
        if file in two:
            power_goes()
        gone.append(file.name)
        overwrite(file)

    monkeypatch.setattr("smartward.screen.wipe.overwrite", cut)
    with pytest.raises(StorageFault):
        wipe(tmp_path, seed(tmp_path))
    assert sorted(gone) == ["smartward-keys", "token"], "all that comes before it is gone"
    assert DeviceKey.load_or_make(tmp_path).public == own, "the hub knows it, and says it again"
    monkeypatch.setattr("smartward.screen.wipe.overwrite", overwrite)
    wipe(tmp_path, seed(tmp_path))
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------- what is told of the keys


def told_of_keys(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `smartward check` says of the keys."""
    capsys.readouterr()
    check.main(["--data-dir", str(folder)])
    lines = capsys.readouterr().out.splitlines()
    return next(line for line in lines if line.startswith(KEYS)).removeprefix(KEYS).strip()


@pytest.mark.parametrize("content", [b"", bytes(4096), b"rubbish" * 999, None])
def test_a_key_file_without_a_key_is_called_neither_weaker_nor_wrapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    if content is None:
        KeyFile(tmp_path / KEYS).close()  # as before the first key is made
    else:
        (tmp_path / KEYS).write_bytes(content)
    assert told_of_keys(tmp_path, capsys).startswith("no key in it")


@pytest.mark.expects_log("key file")
def test_keys_are_wrapped_by_what_the_service_manager_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As systemd hands over what it had a TPM open: the disk alone opens nothing."""
    cache = Cache(tmp_path / "data" / FILE)
    mirror(cache, Mirrored(ward(), meta=(("cursor", "1"),)))
    cache.close()
    before = set(secrets(tmp_path / "data"))
    assert told_of_keys(tmp_path / "data", capsys).startswith("weaker: keys on the disk")
    assert lie_open(tmp_path / "data" / KEYS)
    given = tmp_path / "given"
    given.mkdir()
    (given / "smartward-keys").write_bytes(bytes(range(32)))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    cache = Cache(tmp_path / "data" / FILE)
    assert cache._keys.wrapped
    cache.put_touch(touch("t1"))
    cache.close()
    assert not [secret for secret in before if secret in raw(tmp_path / "data")]
    assert lie_open(tmp_path / "data" / KEYS) is False
    assert told_of_keys(tmp_path / "data", capsys).startswith("wrapped")
    again = Cache(tmp_path / "data" / FILE)
    assert len(again.documents()) == len(ward())
    assert [row.body for row in again.touches()] == [touch("t1").body]
    again.close()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    stolen = Cache(tmp_path / "data" / FILE)
    with pytest.raises(StorageFault):
        stolen.documents()
    outbox = Outbox(stolen, SystemClock(), "boot-1")
    assert (outbox.unreadable, outbox.waiting) == (1, 0)
    stolen.put_touch(touch("t2"))
    asyncio.run(outbox.passed("e1", 9))
    stolen.close()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    back = Cache(tmp_path / "data" / FILE)
    outbox = Outbox(back, SystemClock(), "boot-1")
    assert (outbox.unreadable, outbox.waiting) == (0, 2), "nor is the waiting call lost"
    assert len(back.documents()) == len(ward()), "who lacked it has spoilt nothing"
    back.close()
