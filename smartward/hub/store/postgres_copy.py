"""One ward out of a PostgreSQL database into a file, and back: in one transaction each."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.errors import Misconfigured, StorageFault
from smartward.hub.store.base import new_epoch
from smartward.hub.store.model import instant
from smartward.hub.store.postgres_link import Address, Link
from smartward.hub.store.postgres_tables import migrate, steps_of
from smartward.hub.store.ward_copy import AT_ONCE, Columns, empty_file, put, shape, taken

_SNAPSHOT = "begin isolation level repeatable read read only"
_COUNTED = {"history": "rowid", "alert_log": "n"}
"""Tables that count their rows, and by what."""


def to_file(address: Address, target: Path) -> dict[str, int]:
    """Copy the ward as it is at one moment, whether hubs run or not; gives the rows of each table.

    Raises StorageFault when the database is away or its tables are of another version, and
    Misconfigured when the ward is not there.
    """
    link = Link(address)
    try:
        with link.transaction(_SNAPSHOT) as (connection, _, _rows):
            applied, ours = steps_of(connection, address)
            if not applied:
                raise Misconfigured("hub.no_such_ward", address.schema, ward=address.ward)
            if applied != ours:
                raise StorageFault("storage.newer", f"{sorted(applied ^ ours)}")
            with empty_file(target) as file:
                return {
                    one.table: max(0, put(file, one, _rows_of(connection, one)))
                    for one in shape(file)
                }
    finally:
        link.close()


def _rows_of(connection: Any, columns: Columns) -> Iterator[Any]:
    with connection.cursor(f"copy_{columns.table}", binary=True) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(f"select {columns.listed} from {columns.table} order by {columns.order}")
        yield from cursor


def from_file(address: Address, file: Any, now: datetime, *, replace: bool) -> dict[str, int]:
    """Make the ward what `file`, a connection to a backup of this version, holds, with a new epoch:
    hubs that run find it whole, as another history. Gives the rows of each table.

    Raises Misconfigured when the ward is there already and may not be replaced, StorageFault.
    """
    link = Link(address)
    try:
        migrate(link, address)
        with link.transaction(f"{address.taking_turns}; select ward from sequence") as (
            connection,
            _,
            wards,
        ):
            if wards and not replace:
                raise Misconfigured("hub.ward_is_there", address.schema, ward=address.ward)
            tables = shape(file)
            counts = {one.table: _take_over(connection, file, one) for one in tables}
            epoch = new_epoch()
            for key, value in (("epoch", epoch), ("epoch_since", instant(now))):
                connection.execute(
                    "insert into meta (key, value) values (%s, %s)"
                    " on conflict (key) do update set value = excluded.value",
                    (key, value),
                )
            connection.execute("commit")
            return counts
    finally:
        link.close()


def _take_over(connection: Any, file: Any, columns: Columns) -> int:
    table = columns.table
    connection.execute(f"alter table {table} disable trigger user")
    connection.execute(f"delete from {table}")
    count = 0
    with connection.cursor().copy(f"copy {table} ({columns.listed}) from stdin") as copy:
        for row in taken(file, columns):
            copy.write_row(row)
            count += 1
    connection.execute(f"alter table {table} enable trigger user")
    if table in _COUNTED:
        by = _COUNTED[table]
        connection.execute(
            f"select setval(pg_get_serial_sequence('{table}', '{by}'), coalesce(max({by}), 1))"
            f" from {table}"
        )
    return count
