"""A real PostgreSQL for the tests of one process, and a fresh database for each of them."""

import atexit
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg

from smartward.bench.postgres_server import PostgresServer
from smartward.clock import SystemClock
from smartward.hub.store.postgres import PostgresStore

TEMPLATE = "furnished"
"""A database in which ward "ward" has its tables."""
_numbers = itertools.count(1)


@cache
def server() -> PostgresServer:
    """The server of this process, started when first asked for."""
    made = PostgresServer()
    atexit.register(made.stop)
    _run(made, f"create database {TEMPLATE}")
    PostgresStore.open(made.url_of(TEMPLATE), "ward", SystemClock()).close()
    return made


def _run(on: PostgresServer, statement: str) -> None:
    with psycopg.connect(on.url, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def database(template: str = TEMPLATE) -> Iterator[str]:
    """The address of a database of one's own, which goes afterwards with all that is open on it."""
    name = f"test_{next(_numbers)}"
    url = server().url_of(name)
    _run(server(), f"create database {name} template {template}")
    try:
        yield url
    finally:
        _run(server(), f"drop database {name} with (force)")
