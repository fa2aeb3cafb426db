"""Who may see what: the view of a role on a document.

`view` is pure. What it leaves out of a body is absent from the body's type in `wire/views.py`; a
name is said by the policy of the place. `lens.py` adds what one place knows of its beds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Alert, AlertState, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.care_event import CareEvent, CareKind
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.infusion import Infusion
from smartward.clinical.masking import age_years, family_name, name_at
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.news2 import exclusion
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import SignStatus
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import AskedQuestion
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanItem
from smartward.clinical.profile import ProfileNote
from smartward.hub.call_views import (
    bedside_call,
    call_point_view,
    corridor_call,
    drill_call_view,
    presence_view,
)
from smartward.hub.store.model import Scope
from smartward.wire.call_view import call_view, possible_view
from smartward.wire.peer import PeerWay
from smartward.wire.views import (
    BODY,
    BedheadEncounter,
    BedsideEncounter,
    BedView,
    CareView,
    CorridorBed,
    DoorEncounter,
    InfusionView,
    KindView,
    KindWord,
    PlanView,
    ProfileView,
    QuestionView,
    SlotView,
    TeamView,
)

DOCUMENTS: dict[str, type] = BODY[ScreenRole.STATION] | {
    "patient_key": PatientKey,
    "peer_way": PeerWay,
    "possible_call": NurseCall,
}
"""The stored type of every kind that any screen receives: the station gets most of them whole."""

WARD_WIDE = frozenset({"ward", "roster", "night_hours", "peer_terms"})
"""Kinds that belong to every place of the ward; all others need the bed or the room."""

OF_PATIENT = frozenset(
    {
        *("encounter", "vital_sign", "infusion", "plan_item", "care_event", "alert"),
        *("profile", "patient_key", "patient_question"),
    }
)
"""Kinds that tell of a person: a place sees them only of the occupants of its beds. Who is planned
for a bed is none yet, and a bed that disagrees with its encounters has none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a place is shown a document: the ward's day, for some words (age, surgery
    today) hold for one day only; the language of titles; the policy on names; and which stays are
    silenced."""

    today: date
    zone: ZoneInfo
    language: str = "zh_CN"
    policy: NamePolicy = field(default_factory=NamePolicy)
    silenced: frozenset[str] = frozenset()

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo, language: str = "zh_CN") -> "Terms":
        """The terms of the day that `now` belongs to in the ward's zone, before any policy."""
        return cls(now.astimezone(zone).date(), zone, language)

    def rule(self, place: NamePlace) -> NameRule:
        """The rule for names at a place."""
        return self.policy.rule(place)

    def name(self, encounter: Encounter, place: NamePlace) -> str:
        """What a place may say of the name of whose stay this is."""
        return name_at(encounter.patient, self.policy, place, self.language)


def _team(encounter: Encounter) -> tuple[TeamView, ...]:
    return tuple(TeamView(name=m.name, family=m.family, role=m.role) for m in encounter.team)


def _bed(bed: Bed, terms: Terms) -> BedView:
    doubtful = bed.conflict is not None
    told = tuple(id for id in bed.occupants if id not in terms.silenced)
    return BedView(
        id=bed.id,
        number=bed.number,
        room_id=bed.room_id,
        room=bed.room,
        order=bed.order,
        status=bed.status,
        reserved_from=bed.reserved_from,
        occupants=() if doubtful else told,
        doubtful=doubtful,
        silent=not doubtful and told != bed.occupants,
    )


def _bedhead_encounter(encounter: Encounter, terms: Terms) -> BedheadEncounter:
    birth = encounter.patient.birth_date
    return BedheadEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        display_name=terms.name(encounter, NamePlace.BEDHEAD),
        sex=encounter.patient.sex,
        age_years=None if birth is None else age_years(birth, terms.today),
        nursing_level=encounter.nursing_level,
        condition=encounter.condition,
        precautions=encounter.precautions,
        diet=encounter.diet,
        team=_team(encounter),
        admitted_at=encounter.admitted_at,
        profile=encounter.profile,
    )


def _door_encounter(encounter: Encounter, terms: Terms) -> DoorEncounter:
    surgery = encounter.surgery_at
    return DoorEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        display_name=terms.name(encounter, NamePlace.DOOR),
        nursing_level=encounter.nursing_level,
        condition=encounter.condition,
        precautions=tuple(
            SlotView(slot=p.slot, state=p.state, protection=p.protection)
            for p in encounter.precautions
        ),
        team=_team(encounter),
        surgery_today=surgery is not None and surgery.astimezone(terms.zone).date() == terms.today,
    )


def _greeted(encounter: Encounter, terms: Terms, place: NamePlace) -> str:
    """The family name to greet with; empty where the policy, a protection or an alias (which is a
    name for the whole person) leaves none."""
    patient, rule = encounter.patient, terms.rule(place)
    called = patient.protected or patient.alias
    return "" if called or rule not in (NameRule.FULL, NameRule.FAMILY) else family_name(patient)


def _bedside_encounter(encounter: Encounter, terms: Terms) -> BedsideEncounter:
    fasting = [
        p
        for p in encounter.precautions
        if p.slot is PrecautionSlot.NIL_BY_MOUTH and p.state is Assessment.PRESENT
    ]
    return BedsideEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        family=_greeted(encounter, terms, NamePlace.BEDSIDE),
        spoken_family=_greeted(encounter, terms, NamePlace.VOICE),
        display_name=terms.name(encounter, NamePlace.BEDSIDE),
        opened_name=terms.name(encounter, NamePlace.BEDSIDE_OPENED),
        sex=encounter.patient.sex,
        language=encounter.patient.language,
        nil_by_mouth=bool(fasting),
        nil_by_mouth_since=fasting[0].since if fasting else None,
        team=_team(encounter),
        discharge_at=encounter.discharge_at,
        profile=encounter.profile,
        falls_risk=any(
            p.slot is PrecautionSlot.FALL and p.state is Assessment.PRESENT
            for p in encounter.precautions
        ),
        news2_scale=encounter.news2.scale,
        news2_exclusion=exclusion(encounter, datetime.combine(terms.today, time(12), terms.zone)),
        news2_every_min=encounter.news2.interval_min,
    )


def _profile(note: ProfileNote, terms: Terms) -> ProfileView:
    return ProfileView(encounter_id=note.encounter_id, profile=note.profile)


def _corridor_bed(bed: Bed, terms: Terms) -> CorridorBed:
    return CorridorBed(id=bed.id, number=bed.number, room=bed.room, order=bed.order)


def _infusion(infusion: Infusion, terms: Terms) -> InfusionView:
    return InfusionView(
        id=infusion.id,
        encounter_id=infusion.encounter_id,
        status=infusion.status,
        total_ml=infusion.total_ml,
        left_ml=infusion.left_ml,
        rate_ml_h=infusion.rate_ml_h,
        source=infusion.source,
        measured_at=infusion.measured_at,
        started_at=infusion.started_at,
    )


def _plan_item(item: PlanItem, terms: Terms) -> PlanView:
    return PlanView(
        id=item.id,
        encounter_id=item.encounter_id,
        kind=item.kind,
        due_at=item.due_at,
        status=item.status,
        nil_by_mouth=item.nil_by_mouth,
    )


def _order(order: Order, terms: Terms) -> Order | None:
    """The station gives what is needed; the rest is in the plan."""
    return order if order.as_needed and order.active else None


_AT_THE_BED = (CareKind.TURN, CareKind.ROUND)


def _care_event(event: CareEvent, terms: Terms) -> CareView | None:
    if event.kind not in _AT_THE_BED or event.status is SignStatus.ENTERED_IN_ERROR:
        return None
    return CareView(
        id=event.id,
        encounter_id=event.encounter_id,
        kind=event.kind,
        at=event.at,
        position=event.position,
    )


_KIND_WORDS = {"bed_exit": KindWord.STAY_IN_BED}
"""Rules whose alert is told to the patient it is about, and in which words."""
_TOLD = (AlertState.ON, AlertState.ACKNOWLEDGED)


def _kind(alert: Alert, terms: Terms) -> KindView | None:
    word = _KIND_WORDS.get(alert.rule)
    own = alert.subject.kind is SubjectKind.ENCOUNTER and alert.state in _TOLD
    if word is None or not own:
        return None
    coming = alert.state is AlertState.ACKNOWLEDGED and alert.snoozed_until is None
    return KindView(id=alert.id, encounter_id=alert.subject.id, word=word, coming=coming)


def _question(asked: AskedQuestion, terms: Terms) -> QuestionView:
    return QuestionView(
        id=asked.id,
        encounter_id=asked.encounter_id,
        question=asked.question,
        state=asked.state,
        asked_at=asked.asked_at,
        settled_at=asked.settled_at,
    )


_View = Callable[[Any, Terms], object | None]


def _plain(make: Callable[[Any], object | None]) -> _View:
    """A view that is the same on any terms."""
    return lambda document, terms: make(document)


_VIEWS: dict[ScreenRole, dict[str, _View]] = {
    ScreenRole.BEDHEAD: {
        "bed": _bed,
        "encounter": _bedhead_encounter,
        "infusion": _infusion,
        "nurse_call": _plain(call_view),
        "possible_call": _plain(possible_view),
        "presence": _plain(presence_view),
        "profile": _profile,
        "call_point": _plain(call_point_view),
    },
    ScreenRole.BEDSIDE: {
        "bed": _bed,
        "encounter": _bedside_encounter,
        "infusion": _infusion,
        "plan_item": _plan_item,
        "care_event": _care_event,
        "alert": _kind,
        "nurse_call": _plain(bedside_call),
        "patient_question": _question,
        "presence": _plain(presence_view),
        "profile": _profile,
        "call_point": _plain(call_point_view),
        "drill_call": _plain(drill_call_view),
    },
    ScreenRole.DOOR: {
        "bed": _bed,
        "encounter": _door_encounter,
        "nurse_call": _plain(call_view),
        "possible_call": _plain(possible_view),
        "presence": _plain(presence_view),
        "drill_call": _plain(drill_call_view),
    },
    ScreenRole.CORRIDOR: {
        "bed": _corridor_bed,
        "nurse_call": _plain(corridor_call),
    },
    ScreenRole.GATEWAY: {},
    ScreenRole.STANDBY: {},
    ScreenRole.STATION: {"order": _order},
}
"""How a role sees a kind, where it does not see the document itself."""


def view(role: ScreenRole, kind: str, document: object, terms: Terms) -> object | None:
    """What `role` may see of a document (of type `DOCUMENTS[kind]`); None: nothing."""
    if kind not in BODY[role]:
        return None
    make = _VIEWS[role].get(kind)
    return document if make is None else make(document, terms)


def scope_for(role: ScreenRole, place: str | None) -> tuple[Scope, str]:
    """The part of the ward that a role at a place belongs to."""
    if role in WARD_WIDE_ROLES:
        return "ward", ""
    return ("room" if role is ScreenRole.DOOR else "bed"), place or ""


def scope_of(device: Device) -> tuple[Scope, str]:
    """The part of the ward that a device belongs to."""
    return scope_for(device.role, device.place)


OfPatient = (
    Encounter
    | VitalSign
    | Infusion
    | PlanItem
    | CareEvent
    | Alert
    | ProfileNote
    | PatientKey
    | AskedQuestion
)


def encounter_of(document: OfPatient) -> str:
    """Whose the document is; an alert that is about no encounter is nobody's."""
    if isinstance(document, Alert):
        return document.subject.id
    return document.id if isinstance(document, Encounter) else document.encounter_id
