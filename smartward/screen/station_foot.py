"""The foot of a bed's card: the one most important thing there now, in a few words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from smartward.clinical.alert import Alert
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import InfusionStatus, VolumeSource, expected_end, minutes_left
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.priority import Priority
from smartward.screen.station_queue import call_icon
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_DUE_AHEAD = timedelta(minutes=60)
_DUE_PAST = timedelta(hours=2)
_TURNING_PAST = timedelta(hours=12)
"""Skin does not mend by waiting: an overdue turning is told for the whole shift and the next."""
_LATE_AFTER = timedelta(minutes=15)
_DRIP_MINUTES_TOLD = 90.0
"""Up to this many minutes a drip is told as time left; before that as its end time."""

FOOT_RULES = (
    *("infusion_ended", "observations_overdue", "partial_set", "bed_exit", "critical_lab"),
    *("device_lost", "rounding_due", "isolation_mismatch", "bed_mismatch", "stale_data"),
    "similar_names",
)
"""Rules whose alert is a word or two on a bed's card; NEWS2 and drips have their figures."""
NOT_OURS = (PlanKind.MEAL, PlanKind.ROUND, PlanKind.DISCHARGE)
"""The day's course, nothing a nurse of the ward has to do at that minute."""

PLAN_ICONS = {
    PlanKind.MEDICINE: "pill",
    PlanKind.SCAN: "radiology-box-outline",
    PlanKind.TEST: "test-tube",
    PlanKind.SURGERY: "medical-bag",
    PlanKind.THERAPY: "arm-flex-outline",
    PlanKind.MEAL: "silverware-fork-knife",
    PlanKind.ROUND: "stethoscope",
    PlanKind.NURSING: "hand-heart-outline",
    PlanKind.TURNING: "rotate-3d-variant",
    PlanKind.DISCHARGE: "home-export-outline",
    PlanKind.OTHER: "calendar-clock",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """The one most important thing now."""

    text: str
    icon: str
    late: bool = False
    priority: str = ""
    """Colours the bed without standing in the queue: due, and nobody is called for it."""


def call_foot(call: NurseCall, words: Words, now: datetime) -> Foot:
    """`呼叫 1 分`; with a question mark at each bed it may come from."""
    span = words.span((now - call.placed_at).total_seconds())
    text = words.text(f"foot.call.{call.call_class.value}", span=span)
    return Foot(text=f"{text}?" if call.other_beds else text, icon=call_icon(call))


def alert_foot(alert: Alert, words: Words, now: datetime) -> Foot:
    """A few words where the rule is known here; else the alert's own title."""
    return Foot(text=_alert_words(alert, words, now) or words.told(alert.title), icon=alert.icon)


def _alert_words(alert: Alert, words: Words, now: datetime) -> str:
    if alert.rule.startswith("news2"):
        values = alert.title.values
        total, before = values.get("n", values.get("total")), values.get("before")
        if total is None:
            return ""
        if before is not None:
            return words.text("foot.alert.news2_held", before=before, n=total)
        return words.text("foot.alert.news2", n=total)
    if alert.rule == "infusion_near_end" and alert.harm_at is not None:
        minutes = ceil(max(timedelta(0), alert.harm_at - now) / timedelta(minutes=1))
        return words.text("foot.drip.left", n=minutes)
    return words.text(f"foot.alert.{alert.rule}") if alert.rule in FOOT_RULES else ""


def drip_foot(state: WardState, stay: Encounter, words: Words, now: datetime) -> Foot | None:
    """The drip that ends first; a paused one and a lost sensor are told as such."""
    running: list[tuple[float, Foot]] = []
    for drip in state.infusions(stay.id):
        if drip.status is InfusionStatus.PAUSED:
            running.append((1e9, Foot(text=words.text("foot.drip.paused"), icon="iv-bag")))
        if drip.status is not InfusionStatus.RUNNING:
            continue
        left, end = minutes_left(drip, now), expected_end(drip)
        if drip.source is VolumeSource.SENSOR_LOST or left is None or end is None:
            running.append((1e8, Foot(text=words.text("foot.drip.unknown"), icon="iv-bag")))
        elif left <= _DRIP_MINUTES_TOLD:
            text = words.text("foot.drip.left", n=max(0, round(left)))
            running.append((left, Foot(text=text, icon="iv-bag")))
        else:
            text = words.text("foot.drip.until", at=end.isoformat())
            running.append((left, Foot(text=text, icon="iv-bag")))
    return min(running, key=lambda found: found[0])[1] if running else None


def surgery_foot(stay: Encounter, words: Words, now: datetime) -> Foot | None:
    """Surgery of today that is still to come."""
    at = stay.surgery_at
    if at is None or at < now or not words.same_day(at, now):
        return None
    return Foot(
        text=words.text("foot.surgery", at=at.isoformat()), icon=PLAN_ICONS[PlanKind.SURGERY]
    )


def turning_foot(plan: Iterable[PlanItem], words: Words, now: datetime) -> Foot | None:
    """A turning that was not done, as what is due: before a drip that has its hour, for the skin
    has had its own."""
    turnings = (item for item in plan if item.kind is PlanKind.TURNING)
    foot = due_foot(turnings, words, now)
    return replace(foot, priority=Priority.LOW.value) if foot is not None and foot.late else None


def due_foot(plan: Iterable[PlanItem], words: Words, now: datetime) -> Foot | None:
    """The next thing a nurse has to do within the hour, or what was not done: for up to two hours,
    a turning for twelve. What is late says by how much."""
    for item in plan:
        waiting = item.status in (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
        past = _TURNING_PAST if item.kind is PlanKind.TURNING else _DUE_PAST
        if waiting and item.kind not in NOT_OURS and now - past <= item.due_at <= now + _DUE_AHEAD:
            return _due(item, words, now)
    return None


def _due(item: PlanItem, words: Words, now: datetime) -> Foot:
    kind, icon = words.choice("plan", item.kind.value), PLAN_ICONS[item.kind]
    if now - item.due_at >= _LATE_AFTER and item.status is PlanStatus.PLANNED:
        span = words.roughly((now - item.due_at).total_seconds())
        return Foot(text=words.text("foot.late", kind=kind, span=span), icon=icon, late=True)
    at = words.catalogue.time(item.due_at)
    return Foot(text=words.text("foot.due", kind=kind, at=at), icon=icon)


def discharge_foot(stay: Encounter, words: Words, now: datetime) -> Foot | None:
    """Going home today."""
    if not words.same_day(stay.discharge_at, now):
        return None
    return Foot(text=words.text("foot.discharge"), icon=PLAN_ICONS[PlanKind.DISCHARGE])
