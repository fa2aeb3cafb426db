"""What is known of the HIS besides its documents: how far it was read, and what was set aside."""

from datetime import datetime

from smartward.hub.store.model import Execute, Rejected, instant


class HisReader:
    """Reads of one transaction that are about the HIS."""

    _execute: Execute

    def his_state_get(self, kind: str, ward: str) -> bytes | None:
        """What the HIS poller of a ward keeps under `kind`. A store from before several wards had
        one has it under the kind alone."""
        for name in (f"{ward}/{kind}", kind):
            row = self._execute("select value from his_state where kind = ?", (name,)).fetchone()
            if row is not None:
                return bytes(row[0])
        return None

    def rejected_all(self) -> list[Rejected]:
        """Everything of the HIS that is set aside."""
        rows = self._execute(
            "select resource_type, source_id, key, detail, at from rejected"
            " order by resource_type, source_id",
            (),
        )
        return [
            Rejected(resource_type, source_id, key, detail, datetime.fromisoformat(at))
            for resource_type, source_id, key, detail, at in rows
        ]


class HisWriter(HisReader):
    """Writes of one transaction that are about the HIS."""

    now: datetime

    def his_state_set(self, kind: str, value: bytes, ward: str) -> None:
        """Keep what the HIS poller of a ward knows under `kind`."""
        self._execute("insert or replace into his_state values (?, ?)", (f"{ward}/{kind}", value))

    def rejected_put(self, resource_type: str, source_id: str, key: str, detail: str = "") -> bool:
        """Set a thing of the HIS aside. False when it was already, for the same reason."""
        row = self._execute(
            "select key, detail from rejected where resource_type = ? and source_id = ?",
            (resource_type, source_id),
        ).fetchone()
        if row == (key, detail):
            return False
        self._execute(
            "insert or replace into rejected values (?, ?, ?, ?, ?)",
            (resource_type, source_id, key, detail, instant(self.now)),
        )
        return True

    def rejected_clear(self, resource_type: str, source_id: str) -> None:
        """A thing of the HIS can be used again, or is gone."""
        self._execute(
            "delete from rejected where resource_type = ? and source_id = ?",
            (resource_type, source_id),
        )
