"""Facts for rule tests, and what holds for every rule."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Alert, Finding
from smartward.clinical.bed import Bed
from smartward.clinical.bed_state import BedState
from smartward.clinical.care_event import CareEvent
from smartward.clinical.device import HisLink, ScreenStatus
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.observation import VitalSign
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import PatientAnswer
from smartward.clinical.plan import PlanItem
from smartward.clinical.rules import Facts, Look, RuleSettings, WardLook
from smartward.clinical.score_result import ScoreResult
from tests.clinical.build import bed, stay

SETTINGS = RuleSettings()

KINDS: dict[type, str] = {
    VitalSign: "vital_sign",
    Infusion: "infusion",
    PlanItem: "plan_item",
    CareEvent: "care_event",
    BedState: "bed_state",
    LabResult: "lab_result",
    ScoreResult: "score_result",
    Line: "line",
    NurseCall: "nurse_call",
    PatientAnswer: "patient_answer",
    ScreenStatus: "screen",
    Order: "order",
}


class _Looks(Protocol):
    """A rule, or several taken as one."""

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look: ...


def facts(
    *documents: object,
    encounter: Encounter | None = None,
    alerts: tuple[Alert, ...] = (),
    ward: WardLook | None = None,
) -> Facts:
    who = encounter or stay()
    seq = {("encounter", who.id): 1}
    for number, document in enumerate(documents, 2):
        seq[KINDS[type(document)], document.id] = number  # type: ignore[attr-defined]  # declared wider than what it is here
    return Facts(
        encounter=who,
        bed=bed(),
        vital_signs=tuple(one for one in documents if isinstance(one, VitalSign)),
        infusions=tuple(one for one in documents if isinstance(one, Infusion)),
        plan_items=tuple(one for one in documents if isinstance(one, PlanItem)),
        documents=tuple(
            one for one in documents if not isinstance(one, VitalSign | Infusion | PlanItem)
        ),
        seq=seq,
        alerts=alerts,
        ward=ward or WardLook(),
    )


def ward(
    *documents: object,
    encounters: Iterable[Encounter] = (),
    beds: Iterable[Bed] = (),
    his: HisLink | None = None,
) -> WardLook:
    stays, places = list(encounters), list(beds)
    seq = {("encounter", one.id): 1 for one in stays} | {("bed", one.id): 2 for one in places}
    seq["his_link", "his"] = 3
    for number, document in enumerate(documents, 4):
        if (kind := KINDS.get(type(document))) is not None:
            id = document.device_id if isinstance(document, ScreenStatus) else document.id  # type: ignore[attr-defined]  # declared wider than what it is here
            seq[kind, id] = number
    return WardLook(
        ward="ward-1",
        zone=ZoneInfo("Asia/Shanghai"),
        encounters={one.id: one for one in stays},
        beds={one.id: one for one in places},
        his=his,
        documents=documents,
        seq=seq,
    )


def only(look: Look) -> Finding:
    assert len(look.findings) == 1
    return look.findings[0]


def keys(finding: Finding) -> tuple[str | None, str | None, str | None]:
    return (finding.title.key, finding.why.key, finding.todo.key)


def assert_next_look_is_never_late(rule: _Looks, given: Facts, now: datetime) -> None:
    """Up to just before `next_look` the answer is what it is now; without one, for ever."""
    look = rule.look(given, SETTINGS, now)
    assert rule.look(given, SETTINGS, now) == look, "pure"
    if look.next_look is None:
        moments = [now + timedelta(days=days) for days in (0.001, 0.5, 1, 3, 30, 9000)]
    else:
        assert look.next_look > now
        span = look.next_look - now
        moments = [now + span * part for part in (0.001, 0.25, 0.5, 0.75, 0.999)]
        moments.append(look.next_look - timedelta(microseconds=1))
    for moment in moments:
        if moment >= now:
            assert rule.look(given, SETTINGS, moment).findings == look.findings, moment


def found_from(rule: _Looks, given: Facts, start: datetime, end: datetime | None = None) -> Finding:
    """The rule's one finding from `start`, neither a moment earlier nor, where given, from `end`
    on; and it asks to look at both."""
    moment = timedelta(microseconds=1)
    before = rule.look(given, SETTINGS, start - moment)
    assert (before.findings, before.next_look) == ((), start)
    look = rule.look(given, SETTINGS, start)
    finding = only(look)
    if end is not None:
        assert rule.look(given, SETTINGS, end - moment).findings
        assert rule.look(given, SETTINGS, end - moment).next_look == end
        assert rule.look(given, SETTINGS, end).findings == ()
    return finding


def silent(rule: _Looks, given: Facts, *moments: datetime) -> bool:
    """Nothing is found at any of these times."""
    return not any(rule.look(given, SETTINGS, moment).findings for moment in moments)
