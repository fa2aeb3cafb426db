"""What a hub hears of a generated ward, and the ward's furniture: rooms, beds, staff, stays."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from smartward.bench.worlds.people import Person
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import (
    Assessment,
    CareTeamMember,
    Encounter,
    EncounterStatus,
    News2Order,
    Patient,
    Precaution,
    PrecautionSlot,
)
from smartward.clinical.ward import Roster, Shift, StaffMember, StaffRole, Ward

WARD = "ward"
START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
"""Six in the morning of the ward's zone."""
START_HOUR = 6.0
LEAD_IN_H = 12.0
"""So long a ward runs before anything is counted."""

_ROOM_OF = 4
_STAFF = (
    *(StaffMember(id=f"nurse-{n}", name=f"Nurse {n}", role=StaffRole.NURSE) for n in range(1, 5)),
    StaffMember(id="head-nurse", name="Head nurse", role=StaffRole.HEAD_NURSE),
    StaffMember(id="doctor", name="Doctor", role=StaffRole.DOCTOR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A document as a hub hears of it at one time; no body: it is gone."""

    at: datetime
    kind: str
    id: str
    body: object | None
    bed: str | None = None
    room: str | None = None
    encounter: str | None = None


@dataclass(frozen=True, slots=True)
class Bedside:
    """Where a patient lies, and the stay's id."""

    number: int

    @property
    def encounter(self) -> str:
        """The stay."""
        return f"stay-{self.number}"

    @property
    def bed(self) -> str:
        """The bed."""
        return f"bed-{self.number}"

    @property
    def room(self) -> str:
        """The room, of four beds."""
        return f"room-{(self.number - 1) // _ROOM_OF + 1}"

    def fact(self, at: datetime, kind: str, id: str, body: object | None) -> Fact:
        """A document of this patient."""
        return Fact(
            at=at, kind=kind, id=id, body=body, bed=self.bed, room=self.room,
            encounter=self.encounter,
        )  # fmt: skip

    def bed_fact(self, at: datetime, occupied: bool) -> Fact:
        """The bed itself."""
        body = Bed(
            id=self.bed,
            number=str(self.number),
            room_id=self.room,
            room=self.room,
            order=self.number,
            status=BedStatus.OCCUPIED if occupied else BedStatus.UNOCCUPIED,
            occupants=(self.encounter,) if occupied else (),
        )
        return Fact(at=at, kind="bed", id=self.bed, body=body, bed=self.bed, room=self.room)


def moment(at_h: float) -> datetime:
    """A time of the world in hours since its start, to the second."""
    return START + timedelta(seconds=round(at_h * 3600))


def hour_of_day(at_h: float) -> float:
    """The local hour."""
    return (START_HOUR + at_h) % 24


def furniture(at: datetime) -> tuple[Fact, ...]:
    """The ward and its staff."""
    shifts = (
        Shift(id="day", start=time(8), end=time(16)),
        Shift(id="evening", start=time(16), end=time(0)),
        Shift(id="night", start=time(0), end=time(8)),
    )
    ward = Ward(id=WARD, name="Generated ward", shifts=shifts)
    return (
        Fact(at=at, kind="ward", id=WARD, body=ward),
        Fact(at=at, kind="roster", id="roster", body=Roster(members=_STAFF)),
    )


def stay(person: Person, ordered_min: int | None) -> Encounter:
    """The stay of one patient with what is ordered about NEWS2."""
    place = Bedside(person.number)
    nurse = _STAFF[person.number % 4]
    two = person.scale == 2
    order = News2Order(
        scale=person.scale,
        ordered_by="Doctor" if two else None,
        ordered_at=moment(-LEAD_IN_H) if two else None,
        interval_min=ordered_min,
    )
    return Encounter(
        id=place.encounter,
        patient=Patient(
            id=f"patient-{person.number}", name=person.name, birth_date=str(2025 - person.age)
        ),
        status=EncounterStatus.IN_PROGRESS,
        bed_id=place.bed,
        admitted_at=moment(-LEAD_IN_H),
        nursing_level=person.grade,
        precautions=tuple(
            Precaution(slot=slot, state=Assessment.NOT_ASSESSED) for slot in PrecautionSlot
        ),
        team=(
            CareTeamMember(staff_id=nurse.id, name=nurse.name, role="nurse"),
            CareTeamMember(staff_id="doctor", name="Doctor", role="doctor"),
        ),
        news2=order,
    )
