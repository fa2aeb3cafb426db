"""Reading the store: one snapshot of the ward."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from smartward.hub.store.alert_table import AlertReader
from smartward.hub.store.audit_table import AuditReader
from smartward.hub.store.coming_table import ComingReader
from smartward.hub.store.deadline_table import DeadlineReader
from smartward.hub.store.his_table import HisReader
from smartward.hub.store.history_table import HistoryReader
from smartward.hub.store.lease_table import LeaseReader
from smartward.hub.store.model import (
    Credential,
    Delta,
    Departure,
    Execute,
    Scope,
    Stored,
    StoredAnswer,
    decode,
    instant,
)
from smartward.hub.store.people import PeopleReader
from smartward.hub.store.replica_table import ReplicaReader
from smartward.hub.store.write_table import WriteReader

B = TypeVar("B")

_OF_KIND = "+seq"
"""Order by seq, found by kind, place or encounter: without the plus SQLite reads the whole ward in
the order of seq."""

COLUMNS = "kind, id, seq, bed, room, body, at, encounter"
"""Of `document`, as a Stored has them."""
_SIGNS_OF = "ward = ? and encounter = ? and kind = 'vital_sign'"


class Reader(
    PeopleReader,
    AuditReader,
    WriteReader,
    ComingReader,
    DeadlineReader,
    HisReader,
    AlertReader,
    HistoryReader,
    LeaseReader,
    ReplicaReader,
):
    """Reads within one transaction. Valid only inside the function it was handed to."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def _documents(self, where: str, *values: Any, order: str = "seq") -> list[Stored]:
        rows = self._execute(
            f"select {COLUMNS} from document where {where} order by {order}", values
        )
        return [Stored(*row) for row in rows]

    def get(self, ward: str, kind: str, id: str) -> Stored | None:
        """One document, or None."""
        found = self._documents("ward = ? and kind = ? and id = ?", ward, kind, id)
        return found[0] if found else None

    def all(self, ward: str, kind: str) -> list[Stored]:
        """All documents of a kind, in order of their last change."""
        return self._documents("ward = ? and kind = ?", ward, kind, order=_OF_KIND)

    def holding(self, ward: str, kind: str, part: bytes) -> list[Stored]:
        """The documents of a kind whose stored body holds `part`, in order of their last change:
        a sieve for what would cost too much to decode."""
        where = "ward = ? and kind = ? and instr(body, ?) > 0"
        return self._documents(where, ward, kind, part, order=_OF_KIND)

    def of_bed(self, ward: str, kind: str, bed: str) -> list[Stored]:
        """All documents of a kind at a bed, in order of their last change."""
        where = "ward = ? and bed = ? and kind = ?"
        return self._documents(where, ward, bed, kind, order=_OF_KIND)

    def of_encounter(self, ward: str, encounter_id: str) -> list[Stored]:
        """The encounter's document and all that depend on it."""
        return self._documents("ward = ? and encounter = ?", ward, encounter_id, order=_OF_KIND)

    def signs_of(self, ward: str, encounter_id: str) -> list[tuple[str, int, bytes]]:
        """Id, sequence and body of an encounter's vital signs, in order of their last change."""
        return self._execute(
            f"select id, seq, body from document where {_SIGNS_OF} order by {_OF_KIND}",
            (ward, encounter_id),
        ).fetchall()

    def sign_ids(self, ward: str, encounter_id: str) -> list[str]:
        """Ids of an encounter's vital signs."""
        rows = self._execute(f"select id from document where {_SIGNS_OF}", (ward, encounter_id))
        return [row[0] for row in rows]

    def signs_before(self, ward: str, moment: datetime) -> list[str]:
        """Ids of the vital signs that were taken before `moment`."""
        rows = self._execute(
            "select id from document where ward = ? and kind = 'vital_sign' and"
            " julianday(json_extract(cast(body as text), '$.taken_at')) < julianday(?)",
            (ward, instant(moment)),
        )
        return [row[0] for row in rows]

    def typed(self, stored: Stored, cls: type[B]) -> B:
        """The body of `stored` as `cls`."""
        return decode(stored.body, cls)

    def wards(self) -> list[str]:
        """All wards that were ever written."""
        return [row[0] for row in self._execute("select ward from sequence order by ward", ())]

    def head(self, ward: str) -> int:
        """The ward's last sequence number; 0 before the first write."""
        row = self._execute("select seq from sequence where ward = ?", (ward,)).fetchone()
        return 0 if row is None else int(row[0])

    def delta(self, ward: str, after: int, scope: Scope, place: str, wide: Sequence[str]) -> Delta:
        """What changed after `after` for a place; the kinds in `wide` belong to every place.

        `scope` `ward` is the whole ward.
        """
        marks = ", ".join("?" * len(wide))
        if scope == "ward":
            documents = self._documents("ward = ? and seq > ?", ward, after)
            departures = self._departures("scope = 'ward' and ward = ? and seq > ?", ward, after)
        else:
            at_place = f"ward = ? and {scope} = ? and +seq > ?"
            documents = self._documents(at_place, ward, place, after, order=_OF_KIND)
            documents += self._documents(
                f"ward = ? and kind in ({marks}) and seq > ?", ward, *wide, after
            )
            documents.sort(key=lambda stored: stored.seq)
            departures = self._departures(
                "ward = ? and scope = ? and place = ? and seq > ?", ward, scope, place, after
            )
            departures += self._departures(
                f"ward = ? and scope = 'ward' and seq > ? and kind in ({marks})",
                ward,
                after,
                *wide,
            )
        return Delta(self.head(ward), documents, departures)

    def _departures(self, where: str, *values: Any) -> list[Departure]:
        rows = self._execute(
            f"select kind, id, scope, place, seq, at from departure where {where}", values
        )
        return [Departure(*row) for row in rows]

    def departed(self, ward: str, scope: Scope, place: str, kind: str, id: str) -> bool:
        """Whether this document was once seen at this place and is no more."""
        row = self._execute(
            "select 1 from departure where ward = ? and scope = ? and place = ? and kind = ?"
            " and id = ?",
            (ward, scope, place, kind, id),
        ).fetchone()
        return row is not None

    def body_at(self, ward: str, kind: str, id: str, seq: int) -> bytes | None:
        """The document's body as it was after write `seq`; None when it was not there."""
        row = self._execute(
            "select body from history where ward = ? and kind = ? and id = ? and seq <= ?"
            " order by seq desc, rowid desc limit 1",
            (ward, kind, id, seq),
        ).fetchone()
        return None if row is None else row[0]

    def meta_get(self, key: str) -> str | None:
        """A value kept by name, or None."""
        row = self._execute("select value from meta where key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def alias_of(self, ward: str, kind: str, id: str) -> str:
        """The id under which `id` lives on; `id` itself when it has no other."""
        row = self._execute(
            "select id from alias where ward = ? and kind = ? and alias = ?", (ward, kind, id)
        ).fetchone()
        return id if row is None else str(row[0])

    def answer_get(self, device: str, action: str) -> StoredAnswer | None:
        """What this action of this device was answered, or None."""
        row = self._execute(
            "select hash, answer from answer where device = ? and action = ?", (device, action)
        ).fetchone()
        return None if row is None else StoredAnswer(*row)

    def credentials(self) -> list[Credential]:
        """Every device's credential."""
        rows = self._execute("select device, token_hash from credential order by device", ())
        return [Credential(*row) for row in rows]
