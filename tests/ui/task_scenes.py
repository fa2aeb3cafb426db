"""Wards with work on them, for the page of work and its pictures."""

from dataclasses import replace
from datetime import timedelta

from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import CareEvent, CareKind, Need, Position
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.plan_mark import PlanMark
from smartward.clinical.words import Wording
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import LONG_NAME, NOW, stay_id

LEE = Actor(device_id="dev-station", person_id="n1", name="李敏", family="李", known="badge")


def event(number: int, kind: CareKind, minutes: int, **values: object) -> CareEvent:
    """Something done for the patient of a bed, so many minutes ago."""
    at = NOW - timedelta(minutes=minutes)
    return CareEvent(
        id=f"{kind.value}-{number}-{minutes}",
        encounter_id=stay_id(number),
        kind=kind,
        at=at,
        by=LEE,
        recorded_at=at,
        **values,  # type: ignore[arg-type]  # fields by their own names
    )


def working(*, overfull: bool = False, long: bool = False) -> sample.Bodies:
    """Medicines, scans, turns and rounds; one dose was given, one turn is late."""
    ward = sample.full_ward(40)
    for body in (
        event(5, CareKind.TURN, 145, position=Position.LEFT),
        event(12, CareKind.TURN, 60, position=Position.SUPINE),
        event(8, CareKind.ROUND, 80, needs=tuple(Need)),
        event(12, CareKind.VOID, 30, volume_ml=250),
    ):
        ward.put("care_event", body)
    late = replace(
        sample.plan_item(12, "late", PlanKind.MEDICINE, -0.75),
        title=Wording(his="注射用哌拉西林钠他唑巴坦钠 4.5 g 加入 0.9% 氯化钠 100 mL 静脉滴注"),
    )
    given = replace(
        sample.plan_item(7, "given", PlanKind.MEDICINE, -0.5),
        status=PlanStatus.DONE,
        done_at=NOW - timedelta(minutes=20),
    )
    ward.put("plan_item", late)
    ward.put("plan_item", given)
    mark = PlanMark(
        id=given.id,
        mark_id="m-1",
        encounter_id=given.encounter_id,
        medicine=True,
        status=PlanStatus.DONE,
        by=LEE,
        at=NOW - timedelta(minutes=20),
        told=PlanStatus.PLANNED,
        due_at=given.due_at,
    )
    ward.put("plan_mark", mark)
    if long:
        for number in (5, 12):
            stay = ward.get("encounter", stay_id(number))
            ward.put(
                "encounter", replace(stay, patient=replace(stay.patient, name=LONG_NAME, family=""))
            )
    if overfull:
        for number in (1, 2, 3, 4, 6, 7, 9, 10, 11, 13, 15, 16, 17, 18, 19, 20):
            for step, kind in enumerate((PlanKind.MEDICINE, PlanKind.NURSING, PlanKind.TURNING)):
                ward.put("plan_item", sample.plan_item(number, f"x{step}", kind, step * 1.3 - 1))
    return ward
