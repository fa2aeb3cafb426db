"""A file, or a database, of each former version opens with nothing lost."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smartward.hub.store import schema
from smartward.hub.store import sqlite as store_module
from smartward.hub.store.model import encode
from smartward.hub.store.schema import STEPS
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes import postgres
from tests.fakes.fake_clock import ManualClock
from tests.hub.engines import Postgres
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

TAKEN_DOWN = {"write_queue"}
"""Tables of former versions that a later step takes down, for nothing was ever in them."""

VALUES: dict[str, Any] = {"text": "2026-11-21T00:30:00.000Z", "integer": 1, "blob": b"{}"}
"""By the type of a column; 1 is the number that a chain or a sequence begins with."""

NAMED = {
    "staff_key": "00" * 32,
    "audit_head": "1 00",
    "audit_horizon": VALUES["text"],
    "epoch": "the-epoch",
    "epoch_since": VALUES["text"],
    "floor.w": "3",
}
"""What is kept by name: lost, no badge opens anything, and no history goes on."""


def tables(file: sqlite3.Connection) -> list[str]:
    found = file.execute("select name from sqlite_master where type = 'table' order by name")
    return [name for (name,) in found if not name.startswith(("_", "sqlite_", "wal_"))]


def fill(file: sqlite3.Connection, table: str) -> None:
    """One row with something in every column."""
    columns = file.execute(f"pragma table_info({table})").fetchall()
    row = [VALUES[kind.lower()] for _, _, kind, *_ in columns]
    marks = ", ".join("?" * len(row))
    file.execute(f"insert into {table} values ({marks})", row)


def content(file: sqlite3.Connection, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    return file.execute(f"select {', '.join(columns)} from {table} order by 1").fetchall()


def columns_of(file: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in file.execute(f"pragma table_info({table})")]


@pytest.mark.parametrize("applied", range(1, len(STEPS)))
async def test_a_file_of_a_former_version_keeps_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, applied: int
) -> None:
    path, clock = tmp_path / "hub.sqlite", ManualClock()
    monkeypatch.setattr(store_module, "STEPS", STEPS[:applied])
    SqliteStore.open(path, clock).close()
    with closing(sqlite3.connect(path)) as file, file:
        names = tables(file)
        for table in names:
            if not content(file, table, columns_of(file, table)):
                fill(file, table)
        file.executemany("insert or replace into meta values (?, ?)", NAMED.items())
        file.execute("update document set ward = 'w', kind = 'note', body = ?", (encode({"a": 1}),))
        file.execute("update sequence set ward = 'w', seq = 7")
        before = {name: (columns_of(file, name), content(file, name, columns_of(file, name)))
                  for name in names}  # fmt: skip
    monkeypatch.setattr(store_module, "STEPS", STEPS)
    store = SqliteStore.open(path, clock)
    note = (await store.read(lambda reader: reader.all("w", "note")))[0]
    assert note.body == encode({"a": 1})
    await store.write(lambda tx: tx.put("w", "note", "second", {"a": 2}))
    assert await store.read(lambda reader: reader.head("w")) == 8, "it counts on from there"
    store.close()
    with closing(sqlite3.connect(path)) as file:
        assert set(names) - set(tables(file)) <= TAKEN_DOWN
        for table in set(names) & set(tables(file)):
            columns, kept = before[table]
            now = content(file, table, columns)
            assert table == "sequence" or set(kept) <= set(now), table
        assert {"audit", "document", "history", "credential"} <= set(tables(file))


TYPES = {"text": VALUES["text"], "bigint": 1, "integer": 1, "bytea": VALUES["blob"]}
"""VALUES by what PostgreSQL calls the types."""
COLUMNS = (
    "select table_name, column_name, data_type, collation_name, is_nullable"
    " from information_schema.columns where table_schema = current_schema()"
)
OWN = {"applied_step"}
"""What a database itself keeps of its steps."""


Kept = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""By table: the names of its columns, and its rows."""


def fill_database(place: Postgres, kept: Kept) -> None:
    """A row with something in every column of each table that is new, and what stands there."""
    by_table: dict[str, dict[str, str]] = {}
    for table, column, kind, *_ in place.rows(f"{COLUMNS} order by ordinal_position"):
        by_table.setdefault(table, {})[column] = kind
    for table in by_table.keys() - kept.keys() - OWN:
        columns = by_table[table]
        names = ", ".join(columns)
        if not place.rows(f"select 1 from {table}"):
            with place.connection() as connection:
                marks = ", ".join(["%s"] * len(columns))
                row = [TYPES[kind] for kind in columns.values()]
                connection.execute(f"insert into {table} ({names}) values ({marks})".encode(), row)
                if table == "document":
                    put = f"update document set ward = '{WARD}', kind = 'note', body = %s"
                    connection.execute(put.encode(), (encode({"a": 1}),))
        kept[table] = (list(columns), place.rows(f"select {names} from {table}"))


async def test_a_database_of_each_former_version_keeps_every_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Step by step as hubs of each version opened it, and at the last the tables of a new one."""
    clock = ManualClock()
    kept: Kept = {}
    with postgres.database("template1") as url, postgres.database() as fresh:
        place = Postgres(url)
        for applied in range(1, len(STEPS) + 1):
            monkeypatch.setattr(schema, "STEPS", STEPS[:applied])
            place.open(clock).close()
            fill_database(place, kept)
        store = place.open(clock)
        note = (await store.read(lambda reader: reader.all(WARD, "note")))[0]
        assert note.body == encode({"a": 1})
        store.close()
        assert set(place.rows(COLUMNS)) == set(Postgres(fresh).rows(COLUMNS))
        standing = {table for table, *_ in place.rows(COLUMNS)}
        assert kept.keys() - standing <= TAKEN_DOWN
        for table in kept.keys() & standing:
            columns, before = kept[table]
            now = place.rows(f"select {', '.join(columns)} from {table}")
            assert table == "sequence" or set(before) <= set(now), table
        assert {"audit", "document", "history", "credential"} <= kept.keys()
