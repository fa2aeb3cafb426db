"""Short makers of what was done at a bed and of what a bed and a hospital told."""

from dataclasses import replace
from typing import Any

from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import CareEvent, CareKind
from smartward.clinical.encounter import Assessment, Encounter, Precaution, PrecautionSlot
from smartward.clinical.lab_result import Analyte, LabResult
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.score_result import ScoreKind, ScoreResult
from tests.clinical.build import at, stay

LI = Actor(device_id="d", person_id="p", name="李敏", known="name")


def done(kind: CareKind, minutes: float, id: str = "", **values: Any) -> CareEvent:
    return CareEvent(
        id=id or f"{kind}-{minutes}",
        encounter_id="enc-1",
        kind=kind,
        at=at(minutes),
        by=LI,
        recorded_at=at(minutes),
        **values,
    )


def bed_says(
    sensor: BedSensor, on: bool, minutes: float, id: str = "", doubtful: bool = False
) -> BedState:
    return BedState(
        id=id or f"{sensor}-{minutes}",
        encounter_id="enc-1",
        sensor=sensor,
        on=on,
        taken_at=at(minutes),
        received_at=at(minutes),
        doubtful=doubtful,
    )


def score(kind: ScoreKind, value: int, minutes: float = 0, id: str = "") -> ScoreResult:
    return ScoreResult(
        id=id or f"{kind}-{minutes}",
        encounter_id="enc-1",
        score=kind,
        value=value,
        taken_at=at(minutes),
        received_at=at(minutes),
    )


def lab(
    analyte: Analyte, value: float, minutes: float = 0, id: str = "", critical: bool = False
) -> LabResult:
    return LabResult(
        id=id or f"{analyte}-{minutes}",
        encounter_id="enc-1",
        analyte=analyte,
        value=value,
        taken_at=at(minutes),
        received_at=at(minutes),
        critical=critical,
    )


def planned(
    kind: PlanKind,
    minutes: float,
    id: str = "",
    status: PlanStatus = PlanStatus.PLANNED,
    **more: Any,
) -> PlanItem:
    return PlanItem(
        id=id or f"{kind}-{minutes}",
        encounter_id="enc-1",
        kind=kind,
        due_at=at(minutes),
        status=status,
        **more,
    )


def with_precaution(slot: PrecautionSlot, since: float | None = None, **more: Any) -> Encounter:
    told = Precaution(
        slot=slot,
        state=Assessment.PRESENT,
        since=None if since is None else at(since),
        **more,
    )
    return replace(stay(), precautions=(told,))
