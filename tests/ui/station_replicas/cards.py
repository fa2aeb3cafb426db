"""A ward whose queue holds every kind of card: merged and escalated, latched, put off, answered."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.alert import (
    Alert,
    AlertClass,
    AlertState,
    Cause,
    Ladder,
    Problem,
    SnoozeReason,
    Subject,
    SubjectKind,
    Told,
)
from smartward.clinical.nurse_call import Actor
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, Bodies, stay_id

LONGEST = Actor(
    device_id="dev-station", person_id="n1", name=sample.LONG_NAME, family="欧阳", known="name"
)


def card_alert(number: int, rule: str, title: str, minutes: float = 12, **changes: object) -> Alert:
    at = NOW - timedelta(minutes=minutes)
    made = Alert(
        id=f"{rule}-{number}",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id=stay_id(number)),
        rule=rule,
        version="1",
        priority=Priority.MEDIUM,
        state=AlertState.ON,
        title=Wording(his=title),
        why=Wording(his=f"{title}：10:01 测得，9 小时前为 2 分"),
        todo=Wording(his="马上通知医生，60 分钟内评估，每小时观察一次"),
        icon="heart-pulse",
        opened_at=at,
        updated_at=at,
        asks_since=at,
        problem=Problem.DETERIORATION,
        ladder=Ladder.EL_2,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by their own names


def asked(*steps: tuple[float, str, str]) -> tuple[Told, ...]:
    """Who was asked how many minutes ago."""
    return tuple(
        Told(at=ago(minutes), step=step, role=role, staff_ids=(name,), names=(name,))
        for step, (minutes, role, name) in enumerate(steps)
    )


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def cards_ward() -> Bodies:
    """Beds 31 (merged, escalated), 12 (an emergency), 22 (latched), 9 (put off), 18 (answered)."""
    ward = sample.full_ward()
    told = asked((12, "responsible", sample.LONG_NAME), (2, "senior", "孙玉兰"))
    score = card_alert(31, "news2_medium", "早期预警评分 6 分", step=1, told=told)
    sign = f"his.obs-31-{NOW - timedelta(minutes=2):%d%H%M%S}"
    score = replace(score, cause=(Cause(kind="vital_sign", id=sign, seq=1),))
    parts = [
        card_alert(31, "spo2_drop", "血氧 87%，低于医嘱下限", 9, icon="lungs"),
        card_alert(31, "observations_overdue", "生命体征超时未测", 5, priority=Priority.LOW),
    ]
    exit_ = card_alert(
        12,
        "bed_exit",
        "高跌倒风险病人正在离床",
        0.3,
        priority=Priority.HIGH,
        alert_class=AlertClass.EMERGENCY,
        problem=Problem.FALL,
        ladder=Ladder.EL_1,
        icon="bed-empty",
    )
    over = card_alert(22, "wristband_left", "腕带曾离开病区", 30, state=AlertState.LATCHED)
    later = card_alert(
        9,
        "infusion_near_end",
        "输液将完",
        20,
        state=AlertState.ACKNOWLEDGED,
        acknowledged_by=LONGEST,
        acknowledged_at=ago(3),
        snoozed_until=ago(-12),
        snoozed_by=LONGEST,
        snooze_reason=SnoozeReason.PATIENT_BUSY,
        problem=Problem.INFUSION,
        icon="iv-bag",
    )
    taken = card_alert(
        18, "pain", "疼痛 7 分", 8, state=AlertState.ACKNOWLEDGED, acknowledged_by=LONGEST
    )
    for alert in (score, *parts, exit_, over, later, taken):
        ward.put("alert", alert)
    stay = ward.get("encounter", stay_id(9))
    ward.put("encounter", replace(stay, patient=replace(stay.patient, name=sample.LONG_NAME)))
    return ward
