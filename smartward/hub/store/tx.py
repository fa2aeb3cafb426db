"""Writing the store: one write, one transaction, one sequence number for its ward."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from smartward.hub.store.alert_table import AlertWriter
from smartward.hub.store.audit_table import AuditWriter
from smartward.hub.store.coming_table import ComingWriter
from smartward.hub.store.deadline_table import DeadlineWriter
from smartward.hub.store.his_table import HisWriter
from smartward.hub.store.history_table import HistoryWriter
from smartward.hub.store.lease_table import LeaseWriter
from smartward.hub.store.model import (
    Committed,
    Departure,
    Scope,
    Statements,
    Stored,
    encode,
    instant,
)
from smartward.hub.store.pending import Pending
from smartward.hub.store.people import PeopleWriter
from smartward.hub.store.reader import COLUMNS, Reader
from smartward.hub.store.replica_table import ReplicaWriter
from smartward.hub.store.ward_time import Leap, latest
from smartward.hub.store.write_table import WriteWriter

OF_ENCOUNTER = frozenset(
    {
        "vital_sign",
        "infusion",
        "plan_item",
        "profile",
        "silence",
        "patient_key",
        "observation_entry",
        "plan_mark",
        "patient_answer",
        "patient_question",
        "care_event",
        "lab_result",
        "score_result",
        "line",
        "bed_state",
        "order",
    }
)

_PUT = (
    "insert into document (ward, kind, id, seq, at, bed, room, encounter, body)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (ward, kind, id) do update set"
    " seq = excluded.seq, at = excluded.at, bed = excluded.bed, room = excluded.room,"
    " encounter = excluded.encounter, body = excluded.body"
)
_CHANGE = "update document set seq = ?, at = ?, body = ? where ward = ? and kind = ? and id = ?"
"""As `_PUT` for what stays where it is: the indexes of places are left alone."""
_REMEMBER = (
    "insert into history"
    " (ward, seq, at, device, person, action, kind, id, body, bed, room, encounter)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_LEAVE = (
    "insert or replace into departure (ward, scope, place, kind, id, seq, at)"
    " values (?, ?, ?, ?, ?, ?, ?)"
)
_MOST_GOT = 64
"""So many documents are kept at hand: what a write holds in memory does not grow with it."""
_GET = f"select {COLUMNS} from document where ward = ? and kind = ? and id = ?"


def _encounter_of(kind: str, id: str, body: object) -> str | None:
    """The encounter a document follows from bed to bed. A nurse call stays with the bed."""
    if kind == "encounter":
        return id
    if kind in OF_ENCOUNTER:
        return str(getattr(body, "encounter_id"))  # noqa: B009
    subject = getattr(body, "subject", None)
    if kind == "alert" and subject is not None and str(subject.kind) == "encounter":
        return str(subject.id)
    return None


class _WardWrite:
    """What one write does to one ward."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.changed: dict[tuple[str, str], Stored] = {}
        self.gone: dict[tuple[str, str], None] = {}
        self.departures: list[Departure] = []
        self.bereft: set[str] = set()


class Tx(
    PeopleWriter,
    AuditWriter,
    WriteWriter,
    ComingWriter,
    DeadlineWriter,
    HisWriter,
    AlertWriter,
    HistoryWriter,
    LeaseWriter,
    ReplicaWriter,
    Reader,
):
    """Reads and writes within one transaction. `now` is the hub's time of this write."""

    def __init__(
        self, connection: Statements, heads: Mapping[str, int], now: datetime, keep: timedelta
    ) -> None:
        self._pending = Pending(connection)
        super().__init__(self._pending.execute)
        self.now = now
        self.ahead = timedelta(0)
        """By how much `now` is ahead of the ward's own time (`store/ward_time.py`)."""
        self.sure_since: datetime | None = None
        """From when on the ward's own time is sure; None: always."""
        self.leaps: tuple[Leap, ...] = ()
        """Where it may have been the machine that stood still."""
        self.set_lately: tuple[timedelta, ...] = ()
        """By how much `now` was set lately."""
        self._at = instant(now)
        self._heads = heads
        self._keep = keep
        self._wards: dict[str, _WardWrite] = {}
        self._origin: tuple[str | None, str | None, str | None] = (None, None, None)
        self._got: dict[tuple[str, str, str], Stored | None] = {}
        """Documents as they were before this write."""

    def finish(self) -> None:
        """Write what still waits. Raises what the connection raises."""
        self._pending.flush()

    def origin(self, device: str | None, person: str | None, action_id: str | None) -> None:
        """Who asked for this write, for the history."""
        self._origin = (device, person, action_id)

    def seq(self, ward: str) -> int:
        """This write's sequence number; the first call allots it."""
        return self._ward(ward).seq

    def own(self, at: datetime) -> datetime:
        """A wall time of now in the ward's own time, which nobody sets: what was touched before
        what is compared by it."""
        return at - self.ahead

    def in_doubt(self, own: datetime, noted: datetime) -> bool:
        """Whether nobody can tell which was first: what was touched at `own`, or what the hub noted
        at `noted`."""
        since = self.sure_since
        if since is not None and own < since and noted < since:
            return True
        return own < noted <= latest(own, self.leaps)

    def at_latest(self, own: datetime) -> datetime:
        """The latest that what was touched at `own` can have been."""
        found = latest(own, self.leaps)
        return found if self.sure_since is None else max(found, self.sure_since)

    def surely_before(self, own: datetime, noted: datetime) -> bool:
        """Whether what was touched at `own` was first beyond doubt."""
        return own < noted and not self.in_doubt(own, noted)

    @property
    def touched(self) -> dict[str, int]:
        """The wards this write changes, with its sequence number in each."""
        return {ward: write.seq for ward, write in self._wards.items()}

    def _ward(self, ward: str) -> _WardWrite:
        write = self._wards.get(ward)
        if write is None:
            write = self._wards[ward] = _WardWrite(self._heads.get(ward, 0) + 1)
            self._execute("insert or replace into sequence values (?, ?)", (ward, write.seq))
        return write

    # ------------------------------------------------------------------ documents

    def put(
        self,
        ward: str,
        kind: str,
        id: str,
        body: object,
        *,
        bed: str | None = None,
        room: str | None = None,
    ) -> bool:
        """Store a document at its place. False, and no write, when nothing is different."""
        encoded = encode(body)
        old = self.get(ward, kind, id)
        if old is not None and (old.bed, old.room, old.body) == (bed, room, encoded):
            return False
        self._store(ward, (kind, id), (bed, room), encoded, old, _encounter_of(kind, id, body))
        return True

    def put_again(
        self,
        ward: str,
        key: tuple[str, str],
        place: tuple[str | None, str | None],
        body: bytes,
        encounter: str | None,
    ) -> None:
        """Store a document, by kind and id, as the history has it. `place`: its bed and room."""
        self._store(ward, key, place, body, self.get(ward, *key), encounter)

    def get(self, ward: str, kind: str, id: str) -> Stored | None:
        """One document as it is within this write, or None."""
        write = self._wards.get(ward)
        if write is not None:
            if (known := write.changed.get((kind, id))) is not None:
                return known
            if (kind, id) in write.gone:
                return None
        # Whoever writes one has mostly just looked at it, and at the bed it belongs to.
        key = (ward, kind, id)
        if key not in self._got:
            row = self._pending.at_once(_GET, key).fetchone()
            if len(self._got) >= _MOST_GOT:
                self._got.clear()
            self._got[key] = None if row is None else Stored(*row)
        return self._got[key]

    def _store(
        self,
        ward: str,
        key: tuple[str, str],
        place: tuple[str | None, str | None],
        body: bytes,
        old: Stored | None,
        encounter: str | None,
    ) -> None:
        write = self._ward(ward)
        new = Stored(*key, write.seq, *place, body, self._at, encounter)
        if old is not None:
            self._depart(ward, old, keep=new)
            self._bereave(write, old, encounter)
        if key in write.changed:
            self._pending.flush()  # the two statements of one document stay in their order
        if old is not None and (old.bed, old.room, old.encounter) == (*place, encounter):
            self._pending.later(_CHANGE, (write.seq, self._at, body, ward, *key))
        else:
            self._pending.later(_PUT, (ward, *key, write.seq, self._at, *place, encounter, body))
        self._remember(ward, new, body)
        write.gone.pop(key, None)
        write.changed.pop(key, None)
        write.changed[key] = new

    def delete(self, ward: str, kind: str, id: str) -> bool:
        """Delete a document, leaving a tombstone. False when there was none."""
        old = self.get(ward, kind, id)
        if old is None:
            return False
        write = self._ward(ward)
        self._execute(
            "delete from document where ward = ? and kind = ? and id = ?", (ward, kind, id)
        )
        self._depart(ward, old, keep=None)
        self._left(ward, old, "ward", "")
        self._remember(ward, replace(old, seq=write.seq), None)
        write.changed.pop((kind, id), None)
        write.gone[(kind, id)] = None
        self._bereave(write, old, None)
        return True

    def move_encounter(
        self, ward: str, encounter_id: str, bed: str | None, room: str | None
    ) -> int:
        """Re-place an encounter and all that depends on it; gives how many documents moved."""
        moving = [
            stored
            for stored in self.of_encounter(ward, encounter_id)
            if (stored.bed, stored.room) != (bed, room)
        ]
        for old in moving:
            self._store(ward, (old.kind, old.id), (bed, room), old.body, old, encounter_id)
        return len(moving)

    def _bereave(self, write: _WardWrite, old: Stored, keep: str | None) -> None:
        """Tell whose it was and is no more: by what stands now that cannot be seen."""
        if old.kind in OF_ENCOUNTER and old.encounter not in (None, keep):
            write.bereft.add(str(old.encounter))

    def _depart(self, ward: str, old: Stored, keep: Stored | None) -> None:
        if old.bed is not None and (keep is None or keep.bed != old.bed):
            self._left(ward, old, "bed", old.bed)
        if old.room is not None and (keep is None or keep.room != old.room):
            self._left(ward, old, "room", old.room)

    def _left(self, ward: str, old: Stored, scope: Scope, place: str) -> None:
        write = self._ward(ward)
        row = (ward, scope, place, old.kind, old.id, write.seq, self._at)
        self._pending.later(_LEAVE, row)
        if scope != "ward":
            write.departures.append(Departure(old.kind, old.id, scope, place, write.seq, self._at))

    def _remember(self, ward: str, stored: Stored, body: bytes | None) -> None:
        key, place = (stored.kind, stored.id), (stored.bed, stored.room, stored.encounter)
        row = (ward, stored.seq, self._at, *self._origin, *key, body, *place)
        self._pending.later(_REMEMBER, row)

    def changed(self, ward: str) -> list[Stored]:
        """The documents of a ward that this write has changed so far."""
        write = self._wards.get(ward)
        return [] if write is None else list(write.changed.values())

    def committed(self) -> list[Committed]:
        """What this write did, one entry for each ward it touched."""
        return [
            Committed(
                ward,
                write.seq,
                self.now,
                list(write.changed.values()),
                list(write.gone),
                write.departures,
                frozenset(write.bereft),
            )
            for ward, write in self._wards.items()
        ]

    # ------------------------------------------------------------------ beside the documents

    def meta_set(self, key: str, value: str) -> None:
        """Keep a value by name."""
        self._execute("insert or replace into meta values (?, ?)", (key, value))

    def epoch_set(self, epoch: str) -> None:
        """Begin an epoch: what was touched before now was told to another history."""
        self.meta_set("epoch", epoch)
        self.meta_set("epoch_since", self._at)

    def alias_set(self, ward: str, kind: str, alias: str, id: str) -> None:
        """Let `alias` mean the document `id` from now on."""
        self._execute(
            "insert or replace into alias values (?, ?, ?, ?, ?)",
            (ward, kind, alias, id, self._at),
        )

    def answer_put(self, device: str, action: str, hash: bytes, answer: bytes) -> None:
        """Keep what this action of this device was answered."""
        self._execute(
            "insert or replace into answer values (?, ?, ?, ?, ?)",
            (device, action, hash, answer, self._at),
        )

    def credential_put(self, device: str, token_hash: bytes) -> None:
        """Give a device a new credential; the old one is worth nothing from now on."""
        self._execute(
            "insert or replace into credential values (?, ?, ?)",
            (device, token_hash, self._at),
        )

    def credential_delete(self, device: str) -> None:
        """Take a device's credential away."""
        self._execute("delete from credential where device = ?", (device,))

    def sweep(self, now: datetime) -> None:
        """Forget answers, aliases, departures and sessions older than their time to keep.

        A cursor from before the forgotten departures then gets a reset (`meta` `floor.WARD`).
        """
        before = instant(now - self._keep)
        floors = self._execute(
            "select ward, max(seq) from departure where at < ? group by ward", (before,)
        ).fetchall()
        for ward, seq in floors:
            known = self.meta_get(f"floor.{ward}")
            self.meta_set(f"floor.{ward}", str(max(seq, int(known) if known is not None else 0)))
        for table in ("departure", "answer", "alias"):
            self._execute(f"delete from {table} where at < ?", (before,))
        self.people_sweep(before)
        self.coming_sweep(instant(self.own(now - self._keep)))
