"""Connections to PostgreSQL that come back: one ward's tables, statements in SQLite's words."""

import contextlib
import hashlib
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from smartward.errors import Misconfigured, StorageFault
from smartward.hub.store.dialect import Dialect, Table
from smartward.hub.store.model import Rows

Connection = psycopg.Connection[tuple[Any, ...]]
RawCursor = psycopg.RawCursor[tuple[Any, ...]]

_REACHING: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
    "target_session_attrs": "read-write",
    "application_name": "smartward",
}
"""How soon a server that fell silent is given up (seconds; the last but two: milliseconds), unless
the address says otherwise. Of several hosts the one that takes writes is meant."""

FROZEN = "3s"
"""A hub that stands still within a write loses it, and its turn, after so long."""
_SESSION = (
    "set synchronous_commit = on; set timezone = 'UTC'; set client_encoding = 'UTF8';"
    " set lock_timeout = '8s'; set idle_in_transaction_session_timeout = "
)

_AWAY = (
    errors.OperationalError,
    errors.InterfaceError,
    errors.InFailedSqlTransaction,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)
_CHANGE = re.compile(r"\s*(insert|update|delete)\b")
_MOST_WAITING = 1000
_LONGEST_NAME = 63
"""Of PostgreSQL: what is longer is cut, and two wards could become one."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a ward's tables are. `secret`: the password, where one is needed."""

    url: str
    ward: str
    secret: str | None = None

    def __post_init__(self) -> None:
        """Raises Misconfigured when the address is none, or holds a password."""
        try:
            given = conninfo_to_dict(self.url)
        except psycopg.ProgrammingError as error:
            raise Misconfigured("hub.store_url", str(error).strip()) from error
        if given.get("password") is not None:
            raise Misconfigured("hub.store_url_secret")

    @property
    def schema(self) -> str:
        """The ward's own tables: those of other wards lie beside them, untouched."""
        plain = f"ward_{self.ward}"
        if len(plain) <= _LONGEST_NAME:
            return plain
        return f"{plain[:46]}_{hashlib.sha256(self.ward.encode()).hexdigest()[:16]}"

    @property
    def turn(self) -> int:
        """The number of the lock that whoever writes this ward holds to the end of its commit."""
        digest = hashlib.sha256(f"smartward {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    @property
    def taking_turns(self) -> str:
        """What begins a write of the ward. Each statement sees what was committed before it,
        whatever the server's settings say."""
        return f"begin isolation level read committed; select pg_advisory_xact_lock({self.turn})"

    @property
    def channel(self) -> str:
        """On which writes are told to the other hubs."""
        return f"smartward_{self.turn & 0xFFFFFFFFFFFFFFFF:016x}"

    def arguments(self) -> dict[str, Any]:
        """What psycopg is to be given."""
        asked = {**_REACHING, **conninfo_to_dict(self.url)}
        return asked if self.secret is None else {**asked, "password": self.secret}

    def session(self) -> sql.Composed:
        """What a connection is told first."""
        path = sql.Identifier(self.schema)
        return sql.SQL("{}{}; set search_path = {}").format(sql.SQL(_SESSION), FROZEN, path)


def fault_of(error: psycopg.Error) -> StorageFault:
    """What an error of the database means for people."""
    words = str(error).strip().splitlines()
    detail = words[0] if words else type(error).__name__
    if isinstance(error, errors.DiskFull):
        return StorageFault("storage.full", detail)
    return StorageFault("storage.away" if isinstance(error, _AWAY) else "storage.refused", detail)


def tried(address: Address) -> str:
    """Reach the server as a hub would, and change nothing; gives what it is. Raises
    StorageFault."""
    try:
        with psycopg.connect(**address.arguments()) as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}"
    except psycopg.Error as error:
        raise fault_of(error) from error


class Later:
    """What a change will have given: it waits to be sent until somebody asks."""

    def __init__(self, speaking: "Speaking", cursor: RawCursor) -> None:
        self._speaking = speaking
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        """How many rows it changed. Raises StorageFault."""
        self._speaking.flush()
        return self._cursor.rowcount

    def fetchone(self) -> Any:
        """The next row of those it returns. Raises StorageFault."""
        self._speaking.flush()
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """The rows it returns. Raises StorageFault."""
        self._speaking.flush()
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class Speaking:
    """A connection that takes statements in SQLite's words, and sends changes together: each way to
    the server and back costs a write as much as what the server does for it."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._waiting: list[tuple[RawCursor, bytes, Sequence[Any] | None]] = []
        self.changes = 0
        """How many rows were changed."""
        self.sent = 0
        """How often something was sent."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        """One statement with its values. Raises StorageFault; for a change, once it is sent."""
        query, cursor = self._dialect.of(statement).encode(), RawCursor(self._connection)
        if _CHANGE.match(statement) is not None:
            self._wait(cursor, query, values)
            return Later(self, cursor)
        self._send([*self._waiting, (cursor, query, values)])
        return cursor

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """The same with the values of each row. Raises StorageFault."""
        query = self._dialect.of(statement).encode()
        for values in rows:
            self._wait(RawCursor(self._connection), query, values)
        return None

    def later(self, query: bytes) -> None:
        """A statement in PostgreSQL's words, with what comes next."""
        self._wait(RawCursor(self._connection), query, None)

    def _wait(self, cursor: RawCursor, query: bytes, values: Sequence[Any] | None) -> None:
        self._waiting.append((cursor, query, values))
        if len(self._waiting) >= _MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Send what waits. Raises StorageFault."""
        if self._waiting:
            self._send(self._waiting)

    def forget(self) -> None:
        """What waits is not to be."""
        self._waiting = []

    def _send(self, statements: list[tuple[RawCursor, bytes, Sequence[Any] | None]]) -> None:
        self._waiting = []
        self.sent += 1
        try:
            if len(statements) == 1:
                cursor, query, values = statements[0]
                cursor.execute(query, values, binary=values is not None)
            else:
                with self._connection.pipeline():
                    for cursor, query, values in statements:
                        cursor.execute(query, values, binary=True)
        except psycopg.Error as error:
            if isinstance(error, errors.ReadOnlySqlTransaction):
                self._connection.close()  # another server takes the writes by now
            raise fault_of(error) from error
        for cursor, _, _ in statements:
            if cursor.description is None:
                self.changes += max(0, cursor.rowcount)


class Link:
    """One connection, opened when it is needed and again when it was lost. For one thread at a
    time."""

    def __init__(
        self, address: Address, dialect: Dialect | None = None, *, reopens: bool = True
    ) -> None:
        """`reopens` False: by `open` alone, and never in the middle of something."""
        self._address = address
        self._reopens = reopens
        self.dialect = dialect
        """What is known of the tables: asked for once, by the first of a store's links."""
        self._connection: Connection | None = None
        self._speaking: Speaking | None = None

    @property
    def up(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection is not None and not self._connection.closed

    def connection(self) -> Connection:
        """The connection. Raises psycopg.Error when the server cannot be reached."""
        if self._connection is None or self._connection.closed:
            if not self._reopens:
                raise psycopg.OperationalError("the connection was lost")
            return self._connected()
        return self._connection

    def open(self) -> None:
        """Reach the server. Raises StorageFault."""
        try:
            self._connected()
            self.speaking()
        except psycopg.Error as error:
            raise fault_of(error) from error

    def _connected(self) -> Connection:
        self._speaking = None
        made = psycopg.connect(**self._address.arguments(), autocommit=True, prepare_threshold=2)
        made.prepared_max = 400
        try:
            made.execute(self._address.session())
        except psycopg.Error:
            made.close()
            raise
        self._connection = made
        return made

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """What takes longer in here loses the connection, whatever the server or the network is
        about: it fails as one that was lost."""
        hanging_up = threading.Timer(seconds, _hang_up, (self._connection,))
        hanging_up.daemon = True
        hanging_up.start()
        try:
            yield
        finally:
            hanging_up.cancel()

    def speaking(self) -> Speaking:
        """What the connection is spoken to by. Raises psycopg.Error."""
        connection = self.connection()
        if self._speaking is None:
            if self.dialect is None:
                self.dialect = Dialect(tables(connection))
            self._speaking = Speaking(connection, self.dialect)
        return self._speaking

    def forget_tables(self) -> None:
        """They were changed: ask anew."""
        self.dialect = self._speaking = None

    @contextmanager
    def transaction(self, begin: str) -> Iterator[tuple[Connection, Speaking, list[Any]]]:
        """Within what `begin` begins; rolled back unless it was ended. Gives the rows of the last
        statement of `begin`. Raises StorageFault; a lost connection is let go of."""
        try:
            rows = self._begun(begin)
            yield self.connection(), self.speaking(), rows
        except psycopg.Error as error:
            raise fault_of(error) from error
        finally:
            if self._speaking is not None:
                self._speaking.forget()
            self._roll_back()

    def _begun(self, begin: str) -> list[Any]:
        """A connection may have been lost since it was last used: nothing has begun then, and a
        new one begins it."""
        was_there = self.up
        try:
            self.speaking()
            return _last(self.connection().execute(begin.encode()))
        except _AWAY:
            if not was_there or self.up:
                self._roll_back()
                raise
        self.speaking()
        return _last(self.connection().execute(begin.encode()))

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None or connection.info.transaction_status == TransactionStatus.IDLE:
            return
        try:
            connection.execute("rollback")
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Let go of it."""
        connection, self._connection, self._speaking = self._connection, None, None
        if connection is not None:
            connection.close()


def _hang_up(connection: Connection | None) -> None:
    """Wake whoever waits for the server: libpq finds the connection at its end."""
    if connection is None or connection.closed:
        return
    with (
        contextlib.suppress(OSError, psycopg.Error),  # it is gone already
        socket.socket(fileno=os.dup(connection.fileno())) as ours,
    ):
        ours.shutdown(socket.SHUT_RDWR)


def _last(cursor: psycopg.Cursor[Any]) -> list[Any]:
    """The rows of the last of several statements."""
    while cursor.nextset():
        pass
    return [] if cursor.description is None else cursor.fetchall()


def tables(connection: Connection) -> dict[str, Table]:
    """The tables of the connection's ward."""
    rows = connection.execute(
        "select c.relname, a.attname, coalesce(a.attnum = any(i.indkey), false)"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " left join pg_index i on i.indrelid = c.oid and i.indisprimary"
        " where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'"
        " and a.attnum > 0 and not a.attisdropped and a.attname <> 'rowid'"
        " order by c.relname, a.attnum"
    ).fetchall()
    found: dict[str, tuple[list[str], list[str]]] = {}
    for table, column, is_key in rows:
        columns, key = found.setdefault(table, ([], []))
        columns.append(column)
        if is_key:
            key.append(column)
    return {table: Table(columns, key) for table, (columns, key) in found.items()}


def notify(connection: Connection, channel: str, payload: str) -> None:
    """Tell whoever listens. Raises psycopg.Error."""
    told = sql.SQL(
        "begin; set local synchronous_commit = off; select pg_notify({}, {}); commit"
    ).format(channel, payload)
    connection.execute(told)


@asynccontextmanager
async def listening(address: Address) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection that hears what is told of the ward. Raises psycopg.Error."""
    connection = await psycopg.AsyncConnection.connect(**address.arguments(), autocommit=True)
    try:
        await connection.execute(sql.SQL("listen {}").format(sql.Identifier(address.channel)))
        yield connection
    finally:
        await connection.close()
