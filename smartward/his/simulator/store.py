"""The simulator's resources: versions, instants and an order of last change, all in memory."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

Resource = dict[str, Any]


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC with milliseconds; texts of it sort as the times do."""
    # Not strftime: it imports a module at each call, and every resource asks for some instants.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as it stands: its text is encoded once, at the write."""

    resource: Resource
    version: int
    updated: str
    text: bytes


class Store:
    """All resources by type and id. Each type keeps the order of its last changes."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}
        self._order: dict[str, list[tuple[str, str]]] = {}
        self._deleted: dict[tuple[str, str], int] = {}
        self._deleted_at: dict[tuple[str, str], str] = {}
        self._newest = ""
        self.writes = 0
        """Counts what was written and deleted."""

    def put(self, resource: Resource, at: datetime) -> Row:
        """Create or replace; version and time in `meta` are the server's. Costs one encoding."""
        kind, id = resource["resourceType"], resource["id"]
        rows = self._rows.setdefault(kind, {})
        known = rows.get(id)
        version = (known.version if known else self._deleted.get((kind, id), 0)) + 1
        updated = instant(at)
        self._newest = max(self._newest, updated)
        meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": updated}
        body = {**resource, "meta": meta}
        row = Row(body, version, updated, msgspec.json.encode(body))
        rows[id] = row
        self.writes += 1
        self._place(kind, (updated, id))
        return row

    def _place(self, kind: str, key: tuple[str, str]) -> None:
        order = self._order.setdefault(kind, [])
        if not order or order[-1] < key:
            order.append(key)
        elif (index := bisect_left(order, key)) == len(order) or order[index] != key:
            order.insert(index, key)
        rows = self._rows[kind]
        if len(order) > 64 and len(order) > 2 * len(rows):
            # Places a resource has left stay until they are the half, then all go at once.
            self._order[kind] = [key for key in order if key[1] in rows and _is_at(rows, key)]

    def delete(self, kind: str, id: str) -> bool:
        """Remove for good; False when there is none."""
        row = self._rows.get(kind, {}).pop(id, None)
        if row is None:
            return False
        self.writes += 1
        self._deleted[(kind, id)] = row.version
        self._deleted_at[(kind, id)] = self._newest
        return True

    def deletions(self, kind: str) -> list[tuple[str, str]]:
        """Ids of a type that are no more, each with the instant of the last write before."""
        return [
            (id, at)
            for (one, id), at in self._deleted_at.items()
            if self.was_deleted(one, id) and one == kind
        ]

    def get(self, kind: str, id: str) -> Row | None:
        """The present row."""
        return self._rows.get(kind, {}).get(id)

    def was_deleted(self, kind: str, id: str) -> bool:
        """Whether it existed once and does no more."""
        return (kind, id) in self._deleted and self.get(kind, id) is None

    def all(self, kind: str) -> list[Row]:
        """Every row of a type, in no particular order."""
        return list(self._rows.get(kind, {}).values())

    def since(self, kind: str, key: tuple[str, str]) -> list[Row]:
        """Rows whose (last change, id) is after `key`, in that order."""
        order = self._order.get(kind, [])
        rows = self._rows.get(kind, {})
        return [
            row
            for updated, id in order[bisect_right(order, key) :]
            if (row := rows.get(id)) is not None and row.updated == updated
        ]

    def counts(self) -> dict[str, int]:
        """How many resources of each type there are."""
        return {kind: len(rows) for kind, rows in sorted(self._rows.items())}


def _is_at(rows: dict[str, Row], place: tuple[str, str]) -> bool:
    row = rows.get(place[1])
    return row is not None and row.updated == place[0]
