"""Short makers of clinical values for the tests here. Times are seconds or minutes after T0."""

from datetime import UTC, datetime, timedelta

from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import (
    Encounter,
    EncounterStatus,
    News2Order,
    Patient,
)
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.observation import Measurement, Parameter, VitalSign

T0 = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)

Parts = dict[Parameter, float | str]

NORMAL: Parts = {
    Parameter.RESPIRATORY_RATE: 16,
    Parameter.OXYGEN_SATURATION: 98,
    Parameter.OXYGEN_SUPPLY: "air",
    Parameter.SYSTOLIC: 120,
    Parameter.HEART_RATE: 70,
    Parameter.CONSCIOUSNESS: "A",
    Parameter.TEMPERATURE: 37.0,
}
"""A score of 0."""


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def measurement(parameter: Parameter, value: float | str) -> Measurement:
    if isinstance(value, str):
        return Measurement(parameter=parameter, code=value)
    return Measurement(parameter=parameter, value=value)


def sign(
    id: str,
    minutes: float,
    parts: Parts,
    panel: str | None = None,
    encounter: str = "enc-1",
    doubtful: bool = False,
) -> VitalSign:
    return VitalSign(
        id=id,
        encounter_id=encounter,
        taken_at=at(minutes),
        received_at=at(minutes),
        measurements=tuple(measurement(parameter, value) for parameter, value in parts.items()),
        panel_id=panel,
        doubtful=doubtful,
    )


def stay(
    id: str = "enc-1",
    bed: str | None = "bed-1",
    patient: str | None = None,
    born: str | None = "1959-03-02",
    admitted: datetime | None = T0,
    status: EncounterStatus = EncounterStatus.IN_PROGRESS,
    news2: News2Order | None = None,
) -> Encounter:
    return Encounter(
        id=id,
        patient=Patient(id=patient or f"patient-of-{id}", name="张三", birth_date=born),
        status=status,
        bed_id=bed,
        admitted_at=admitted,
        news2=news2 or News2Order(),
    )


def bed(id: str = "bed-1", status: BedStatus = BedStatus.OCCUPIED) -> Bed:
    return Bed(id=id, number=id[4:], room_id="room-1", room="1", order=1, status=status)


def drip(
    id: str = "inf-1",
    left: float | None = 300,
    rate: float | None = 100,
    total: float | None = 500,
    minutes: float = 0,
    status: InfusionStatus = InfusionStatus.RUNNING,
    source: VolumeSource = VolumeSource.MEASURED,
    next_ordered: bool | None = None,
) -> Infusion:
    return Infusion(
        id=id,
        encounter_id="enc-1",
        status=status,
        total_ml=total,
        left_ml=left,
        rate_ml_h=rate,
        source=source,
        measured_at=at(minutes),
        next_ordered=next_ordered,
    )
