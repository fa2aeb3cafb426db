"""A ward as one file: out of either kind of store and into either, while others look on."""

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.process import main
from smartward.hub.store.base import Store
from smartward.hub.store.opening import open_store
from smartward.hub.store.tx import Tx
from tests.fakes import postgres
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.engines import Postgres, Sqlite
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


class House:
    """A hub's folder and, where it has one, its database."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.engine = Postgres(url) if url else Sqlite(folder)
        self.arguments = [
            *("--data-dir", str(folder), "--ward", WARD),
            *(("--set", f"store_url={url}") if url else ()),
        ]

    def open(self) -> Store:
        return self.engine.open(ManualClock())

    def backup(self, file: Path) -> None:
        assert main(["backup", "--to", str(file), *self.arguments]) == 0

    def restore(self, file: Path, *more: str) -> None:
        assert main(["restore", "--from", str(file), *self.arguments, *more]) == 0


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as found:
        yield found


@pytest.fixture
def file_house(tmp_path: Path) -> House:
    return House(tmp_path / "one")


@pytest.fixture
def database_house(tmp_path: Path, url: str) -> House:
    return House(tmp_path / "two", url)


def furnish(tx: Tx) -> None:
    docs.put_patient(tx, 1, 1, mark="张三丰")
    docs.put_bed(tx, 1, 1)
    tx.audit_add(b"{}")
    tx.audit_add(b"[]")
    tx.his_state_set("sync", b"{}", WARD)


async def held(store: Store) -> object:
    """What a ward holds, but for its epoch."""
    return await store.read(
        lambda r: (
            r.head(WARD),
            r.delta(WARD, 0, "ward", "", ()),
            r.audit_after(0, 10),
            r.his_state_get("sync", WARD),
            [r.body_at(WARD, "bed", docs.bed_id(1), n) for n in range(4)],
            [b.id for b in r.of_bed(WARD, "vital_sign", "his.bed-1")],
        )
    )


@pytest.mark.parametrize("way", ["to a database", "to a file"])
async def test_a_ward_goes_from_one_kind_of_store_to_the_other(
    file_house: House, database_house: House, tmp_path: Path, way: str
) -> None:
    source, target = file_house, database_house
    if way == "to a file":
        source, target = target, source
    store = source.open()
    await store.write(furnish)
    await store.write(lambda tx: docs.put_bed(tx, 1))
    before, epoch = await held(store), store.epoch
    source.backup(tmp_path / "backup")  # the hub still has it open
    await store.write(lambda tx: docs.put_bed(tx, 2))
    await store.finish()
    store.close()
    target.open().close()
    target.restore(tmp_path / "backup", "--replace")
    again = target.open()
    try:
        assert await held(again) == before
        assert way == "to a file" or again.epoch != epoch
        await again.write(lambda tx: docs.put_bed(tx, 3))
        assert await again.read(lambda r: r.head(WARD)) == 3
        with pytest.raises((StorageFault, sqlite3.Error)):
            await again.write(lambda tx: tx._execute("update audit set at = ?", ("x",)).rowcount)
        assert (await again.write(lambda tx: tx.audit_add(b"next"))).seq == 3
    finally:
        await again.finish()
        again.close()


async def test_a_backup_is_a_hubs_own_file_for_one_user(
    database_house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = database_house.open()
    await store.write(furnish)
    store.close()
    file = tmp_path / "hub.sqlite"
    database_house.backup(file)
    told = json.loads(capsys.readouterr().out)
    assert (told["ward"], told["rows"]["audit"]) == (WARD, 2)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [name for name in os.listdir(tmp_path) if "hub.sqlite" in name] == ["hub.sqlite"]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            connection.execute("update audit set at = 'x'")


async def test_hubs_that_run_find_a_restored_ward_as_another_history(
    database_house: House, tmp_path: Path
) -> None:
    store = database_house.open()
    begun: list[str] = []
    store.on_epoch.append(lambda: begun.append(store.epoch))
    await store.start()
    try:
        await store.write(furnish)
        database_house.backup(tmp_path / "backup")
        await store.write(lambda tx: docs.put_bed(tx, 2))
        before = store.epoch
        database_house.restore(tmp_path / "backup", "--replace")
        await store.write(lambda tx: docs.put_bed(tx, 3))
        await store.finish()
        assert begun == [store.epoch]
        assert begun != [before]
        assert await store.read(lambda r: r.head(WARD)) == 2
    finally:
        await store.stop()
        await store.finish()
        store.close()


async def test_what_is_there_goes_only_when_told_so(
    file_house: House, database_house: House, tmp_path: Path
) -> None:
    for house in (file_house, database_house):
        store = house.open()
        await store.write(furnish)
        store.close()
        file = tmp_path / f"{house.folder.name}.backup"
        house.backup(file)
        with pytest.raises(Misconfigured) as refused:
            house.restore(file)
        assert refused.value.key == "hub.ward_is_there"
        with pytest.raises(Misconfigured) as refused:
            house.restore(file, "--ward", "another")
        assert refused.value.key == "hub.backup_of_another"
        with pytest.raises(Misconfigured) as refused:
            house.restore(tmp_path / "none")
        assert refused.value.key == "hub.no_backup"
    with pytest.raises(Misconfigured) as refused:
        House(tmp_path / "no hub's folder").backup(tmp_path / "none")
    assert refused.value.key == "hub.no_file"


async def test_a_restore_that_fails_leaves_the_ward_as_it_was(
    database_house: House, tmp_path: Path, url: str
) -> None:
    store = database_house.open()
    await store.write(furnish)
    before, epoch = await held(store), store.epoch
    database_house.backup(tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup")) as connection, connection:
        connection.execute("insert into meta values ('key', 'with ' || char(0) || ' in it')")
    with pytest.raises(StorageFault):
        database_house.restore(tmp_path / "backup", "--replace")
    assert await held(store) == before
    store.close()
    again = database_house.open()
    assert again.epoch == epoch
    again.close()


async def test_a_ward_that_is_not_there_is_not_backed_up(
    tmp_path: Path, url: str, database_house: House
) -> None:
    with pytest.raises(Misconfigured) as refused:
        main(["backup", "--to", str(tmp_path / "b"), *database_house.arguments, "--ward", "other"])
    assert refused.value.key == "hub.no_such_ward"
    with psycopg.connect(url) as connection:
        assert connection.execute("select to_regnamespace('ward_other')").fetchone() == (None,)


async def test_a_ward_that_the_hubs_file_does_not_hold_is_not_backed_up(
    tmp_path: Path, file_house: House
) -> None:
    store = file_house.open()
    await store.write(furnish)
    file = tmp_path / "backup"
    with pytest.raises(Misconfigured) as refused:
        main(["backup", "--to", str(file), *file_house.arguments, "--ward", "other"])
    assert refused.value.key == "hub.not_in_file"
    assert refused.value.values == {"ward": "other", "wards": WARD}
    assert not file.exists()
    await store.finish()
    store.close()


async def test_a_file_that_cannot_be_used_changes_nothing(
    file_house: House, database_house: House, tmp_path: Path
) -> None:
    damaged, newer = tmp_path / "damaged", tmp_path / "newer"
    damaged.write_bytes(b"no database at all" * 300)
    for house in (file_house, database_house):
        store = house.open()
        await store.write(furnish)
        before = await held(store)
        store.close()
        house.backup(newer)
        with closing(sqlite3.connect(newer)) as connection, connection:
            connection.execute(
                "insert into _sqlite_migrations (migration_set, name, applied_at)"
                " values ('hub', 'of_tomorrow', '')"
            )
        for file, key in ((damaged, "hub.backup_damaged"), (newer, "storage.newer")):
            with pytest.raises(StorageFault) as refused:
                house.restore(file, "--replace")
            assert refused.value.key == key
        again = house.open()
        assert await held(again) == before
        again.close()


async def test_a_backup_that_fails_leaves_the_older_one(
    database_house: House, tmp_path: Path, url: str
) -> None:
    database_house.open().close()
    file = tmp_path / "backup"
    file.write_bytes(b"the older one")
    with psycopg.connect(url) as connection:
        connection.execute("alter table ward_ward.answer drop column hash")
    with pytest.raises(StorageFault):
        database_house.backup(file)
    assert file.read_bytes() == b"the older one"
    assert [name for name in os.listdir(tmp_path) if name.startswith("backup")] == ["backup"]


def test_a_backup_that_cannot_be_written_says_which_file(file_house: House, tmp_path: Path) -> None:
    file_house.open().close()
    (tmp_path / "folder").mkdir()
    for file in (tmp_path / "not" / "there", tmp_path / "folder"):
        with pytest.raises(StorageFault) as refused:
            file_house.backup(file)
        assert (refused.value.key, refused.value.values["file"]) == (
            "hub.backup_not_written",
            str(file),
        )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "one"]


def test_a_database_that_lets_nobody_in_is_told_without_any_touch(tmp_path: Path, url: str) -> None:
    stranger = House(tmp_path / "strange", url)
    stranger.arguments[-1] = f"store_url={make_conninfo(url, user='nobody')}"
    with pytest.raises(StorageFault) as refused:
        stranger.backup(tmp_path / "b")
    assert refused.value.key == "hub.database_away"
    settings = Settings(ward=WARD, store_url=make_conninfo(url, user="nobody"))
    with pytest.raises(StorageFault) as refused:
        open_store(settings, tmp_path, ManualClock())
    assert refused.value.key == "hub.database_away"
