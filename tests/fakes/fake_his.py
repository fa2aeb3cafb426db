"""A hospital that says what it is told to say. It implements `smartward.his.port.HisPort`."""

import dataclasses
from collections.abc import Collection

from smartward.clinical.audit import AuditRecord
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import Encounter, EncounterStatus, Patient
from smartward.clinical.his_write import WriteKind
from smartward.clinical.ward import StaffMember, Ward
from smartward.errors import SmartWardError
from smartward.his.drafts import Draft, Known
from smartward.his.port import (
    Census,
    Changes,
    Gone,
    Kind,
    Rejection,
    Report,
    Still,
    Value,
    Watermark,
    Written,
)
from tests.fakes.fake_clock import ManualClock


def bed(number: str, room: str = "301") -> Bed:
    """Bed `number` in `room`, free."""
    return Bed(
        id=f"his.bed-{number}",
        number=number,
        room_id=f"his.room-{room}",
        room=room,
        order=int(number),
        status=BedStatus.UNOCCUPIED,
    )


def stay(name: str, bed_number: str | None) -> Encounter:
    """The stay called `name`, in a bed or in none."""
    return Encounter(
        id=f"his.{name}",
        patient=Patient(id=f"his.patient-{name}", name=f"Name of {name}"),
        status=EncounterStatus.IN_PROGRESS,
        bed_id=None if bed_number is None else f"his.bed-{bed_number}",
    )


class FakeHis:
    """State to be set by the test; `fault` is raised by every call while it is set."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.ward = Ward(id="his.ward", name="Ward")
        self.beds: list[Bed] = []
        self.encounters: dict[str, Encounter] = {}
        self.hidden: set[str] = set()
        """Encounters that a broken census leaves out although they are there."""
        self.unknown: set[str] = set()
        """Encounters of which nothing is known any more, not even that they are over."""
        self.garbled: set[str] = set()
        """Encounters that are told and cannot be used."""
        self.hidden_beds = False
        """Whether a broken census leaves out all beds although they are there."""
        self.dependent: dict[tuple[Kind, str], object] = {}
        self.rejected: tuple[Rejection, ...] = ()
        self.staff: tuple[StaffMember, ...] | None = ()
        self.badges: tuple[tuple[str, str], ...] | None = ()
        self.fault: SmartWardError | None = None
        self.changes_fault: SmartWardError | None = None
        self.closed = False
        self.taken: set[WriteKind] = set()
        """What it takes of what the ward tells."""
        self.written: dict[str, list[Draft]] = {}
        self.audit: list[AuditRecord] = []
        self.stands: dict[str, Still] = {}
        """What became of what was written, where that is not that it is there."""
        self.asked_still: list[str] = []
        self.asked: list[tuple[Kind, str]] = []

    def admit(self, *encounters: Encounter) -> None:
        """Take patients in."""
        self.encounters |= {encounter.id: encounter for encounter in encounters}

    def move(self, name: str, bed_number: str | None) -> None:
        """Put a patient into another bed."""
        there = None if bed_number is None else f"his.bed-{bed_number}"
        before = self.encounters[f"his.{name}"]
        self.encounters[before.id] = dataclasses.replace(before, bed_id=there)

    def tell(self, kind: Kind, body: object) -> None:
        """Something about a patient."""
        self.dependent[(kind, body.id)] = body  # type: ignore[attr-defined]  # declared wider than what it is here

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

    def _told(self, e: Encounter) -> Value | Rejection:  # type: ignore[type-arg]  # of any kind
        if e.id in self.garbled:
            id, key = e.id.removeprefix("his."), "his.rejection.missing"
            return Rejection(source_id=id, resource_type="Encounter", key=key)
        return Value(kind=Kind.ENCOUNTER, id=e.id, body=e, version="1")

    def _beds(self) -> dict[str, Value]:  # type: ignore[type-arg]  # of any kind
        return {b.id: Value(kind=Kind.BED, id=b.id, body=b, version="1") for b in self.beds}

    async def census(self) -> Census:
        self._fail()
        return Census(
            server_time=self._clock.now(),
            ward=self.ward,
            beds=() if self.hidden_beds else tuple(self._beds().values()),
            encounters=tuple(
                self._told(e) for e in self.encounters.values() if e.id not in self.hidden
            ),
            staff=self.staff,
            badges=self.badges,
            rejected=self.rejected,
        )

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        self._fail()
        if self.changes_fault is not None:
            raise self.changes_fault
        items = tuple(
            Value(kind=kind, id=id, body=body, version="1")
            for (kind, id), body in self.dependent.items()
            if body.encounter_id in encounter_ids  # type: ignore[attr-defined]  # declared wider than what it is here
        )
        return Changes(
            items=items,  # type: ignore[arg-type]  # declared wider than what it is here
            watermark=Watermark(),
            server_time=self._clock.now(),
            complete=True,
            whole=tuple(encounter_ids),
        )

    async def read(self, kind: Kind, id: str) -> Value | Gone:  # type: ignore[type-arg]  # of any kind
        self._fail()
        self.asked.append((kind, id))
        if kind is Kind.BED:
            return self._beds().get(id) or Gone(kind=kind, id=id)
        body = self.encounters.get(id) if kind is Kind.ENCOUNTER else self.dependent.get((kind, id))
        if body is None:
            return Gone(kind=kind, id=id, unknown=id in self.unknown)
        return Value(kind=kind, id=id, body=body, version="1")

    async def write(self, draft: Draft, known: Known) -> Written:
        self._fail()
        created = draft.id not in self.written
        self.written.setdefault(draft.id, []).append(draft)
        version = str(len(self.written[draft.id]))
        return Written(source_id=draft.id, version=version, created=created)

    async def takes(self) -> frozenset[WriteKind]:
        self._fail()
        return frozenset(self.taken)

    async def still(self, kind: WriteKind, source_id: str) -> Still:
        self._fail()
        self.asked_still.append(source_id)
        return self.stands.get(source_id, Still.THERE)

    async def write_audit(self, record: AuditRecord) -> Written:
        self._fail()
        known = any(one.id == record.id for one in self.audit)
        if not known:
            self.audit.append(record)
        return Written(source_id=record.id, version="1", created=not known)

    async def check(self) -> Report:
        raise AssertionError("no test asks a scripted hospital for its report")

    async def close(self) -> None:
        self.closed = True
