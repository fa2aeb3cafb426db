"""A ward's tables in PostgreSQL: made, and brought to this version."""

from psycopg import sql

from smartward.errors import StorageFault
from smartward.hub.store import schema
from smartward.hub.store.dialect import FUNCTIONS, step
from smartward.hub.store.postgres_link import Address, Connection, Link

_STEPS, _FUNCTIONS = "applied_step", "functions"


def migrate(link: Link, address: Address) -> None:
    """Bring the ward's tables to this version; of several hubs one does it. Raises StorageFault
    when they are newer than us, or cannot be reached."""
    with link.transaction(address.taking_turns) as (
        connection, _, _rows,
    ):  # fmt: skip
        if not _is_there(connection, address):
            _make(connection, address)
        applied = _applied(connection)
        steps = {_FUNCTIONS: "", **dict(schema.STEPS)}
        unknown = sorted(applied - steps.keys())
        if unknown:
            raise StorageFault("storage.newer", f"unknown step {unknown[0]}")
        new = [name for name in steps if name not in applied]
        for name in new:
            for statement in [FUNCTIONS] if name == _FUNCTIONS else step(steps[name]):
                connection.execute(statement.encode())
            connection.execute(f"insert into {_STEPS} (name) values (%s)".encode(), (name,))
        connection.execute("commit")
    if new:
        link.forget_tables()


def steps_of(connection: Connection, address: Address) -> tuple[set[str], set[str]]:
    """The steps that the ward's tables are of, none where there are no tables, and ours. Raises
    psycopg.Error."""
    ours = {_FUNCTIONS, *(name for name, _ in schema.STEPS)}
    return (_applied(connection) if _is_there(connection, address) else set()), ours


def _is_there(connection: Connection, address: Address) -> bool:
    name = f'"{address.schema}"'
    found = connection.execute("select to_regnamespace(%s)", (name,)).fetchone()
    return found is not None and found[0] is not None


def _applied(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute(f"select name from {_STEPS}".encode())}


def _make(connection: Connection, address: Address) -> None:
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(address.schema)))
    connection.execute(
        f"create table {_STEPS}"
        " (name text primary key, at timestamptz not null default now())".encode()
    )
