"""The kinds of store, each with what a test needs to open it and to look into it from outside."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from smartward.clock import Clock
from smartward.hub.store.base import Store
from smartward.hub.store.postgres import PostgresStore
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes import postgres
from tests.hub.ward_docs import WARD


class Engine(Protocol):
    """Where a store's data lies."""

    def open(self, clock: Clock, keep_days: int = 30) -> Store:
        """The store, opened as a hub opens it."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What another program finds there."""

    def change(self, sql: str) -> None:
        """Another program puts its hand to it."""


class Sqlite:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hub.sqlite"

    def open(self, clock: Clock, keep_days: int = 30) -> Store:
        return SqliteStore.open(self.path, clock, keep_days)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(sql)


class Postgres:
    """A database of a real server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self, clock: Clock, keep_days: int = 30) -> Store:
        return PostgresStore.open(self.url, WARD, clock, keep_days)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(sql.encode()).fetchall()

    def change(self, sql: str) -> None:
        with self.connection() as connection:
            connection.execute(sql.encode())

    def connection(self) -> psycopg.Connection[Any]:
        """Another program's."""
        made = psycopg.connect(self.url, options=f"-c search_path=ward_{WARD}")
        return made


@contextmanager
def engine(kind: str, folder: Path) -> Iterator[Engine]:
    """A place of this kind with nothing in it."""
    if kind == "sqlite":
        yield Sqlite(folder)
    else:
        with postgres.database() as url:
            yield Postgres(url)


KINDS = ("sqlite", "postgres")
