"""A hospital's server that is restored from a backup: numbers and dates of change begin there."""

from dataclasses import dataclass

from smartward.his.simulator.store import Row, Store


@dataclass(frozen=True, slots=True)
class Backup:
    """All rows as they were."""

    rows: dict[str, dict[str, Row]]
    order: dict[str, list[tuple[str, str]]]

    @classmethod
    def of(cls, store: Store) -> "Backup":
        """Keep a store's rows as they are now."""
        rows = {kind: dict(found) for kind, found in store._rows.items()}
        return cls(rows, {kind: list(found) for kind, found in store._order.items()})

    def restore(self, store: Store) -> None:
        """The rows are what they were; what came later never was."""
        store._rows = {kind: dict(found) for kind, found in self.rows.items()}
        store._order = {kind: list(found) for kind, found in self.order.items()}
        store._deleted.clear()
        store._deleted_at.clear()
        store.writes += 1
