"""Who may see what: the view of a role on a document.

`view` is pure. What it leaves out of a body is absent from the body's type in `wire/views.py`; a
name is said by the policy of the place. `lens.py` adds what one place knows of its beds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Alert, AlertState, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.call_point import CLASS_OF, CallPoint
from smartward.clinical.care_event import CareEvent, CareKind
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.drill import DrillCall, DrillStage, is_under_way
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.infusion import Infusion
from smartward.clinical.masking import age_years, family_name, name_at
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.news2 import exclusion
from smartward.clinical.nurse_call import CallReason, CallState, NurseCall, is_open, nobody_came
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import SignStatus
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import AskedQuestion
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanItem
from smartward.clinical.presence import Presence
from smartward.clinical.profile import ProfileNote
from smartward.hub.store.model import Scope
from smartward.wire.call_view import asks_again, call_view, on_the_way, possible_view
from smartward.wire.peer import PeerWay
from smartward.wire.views import (
    BODY,
    BedheadEncounter,
    BedsideCall,
    BedsideEncounter,
    BedView,
    CallPointView,
    CallView,
    CareView,
    CorridorBed,
    CorridorCall,
    DoorEncounter,
    DrillCallView,
    InfusionView,
    KindView,
    KindWord,
    PlanView,
    PresenceView,
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

WARD_WIDE = frozenset({"ward", "roster", "peer_terms"})
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


def _presence(presence: Presence, terms: Terms) -> PresenceView:
    return PresenceView(
        bed_id=presence.bed_id,
        room_id=presence.room_id,
        families=tuple(p.by.family or "" for p in presence.people),
        since=min((p.since for p in presence.people), default=None),
        # Of another bed's call its number, kind and age; its id is that bed's own.
        next_call=presence.next_call and replace(presence.next_call, call_id=""),
    )


def _call_point(point: CallPoint, terms: Terms) -> CallPointView:
    return CallPointView(
        id=point.id,
        bed_id=point.bed_id,
        lost_since=point.lost_since,
        call_class=CLASS_OF.get(point.kind),
    )


def _corridor_bed(bed: Bed, terms: Terms) -> CorridorBed:
    return CorridorBed(id=bed.id, number=bed.number, room=bed.room, order=bed.order)


def _corridor_call(call: NurseCall, terms: Terms) -> CorridorCall | None:
    if not is_open(call):
        return None
    return CorridorCall(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        estimated=call.estimated,
        asks_again=asks_again(call),
        line_lost=call.reason is CallReason.LINE_LOST,
        which_bed=bool(call.other_beds),
    )


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


def _has(call: NurseCall, kind: MarkKind) -> bool:
    return any(mark.kind is kind for mark in call.marks)


def _call(call: NurseCall, terms: Terms) -> CallView | None:
    return call_view(call)


def _possible_call(call: NurseCall, terms: Terms) -> CallView | None:
    return possible_view(call)


def _mark(mark: Mark) -> Mark:
    """Who is on the way, by family name and as found on the roster; else only what and when."""
    by = mark.by if mark.kind is MarkKind.ON_THE_WAY else None
    who = by and Actor(
        device_id="", person_id=by.person_id, family=by.family or by.name, known=by.known
    )
    return Mark(kind=mark.kind, at=mark.at, by=who)


def _bedside_call(call: NurseCall, terms: Terms) -> BedsideCall:
    return BedsideCall(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        estimated=call.estimated,
        presses=call.presses,
        last_press_at=call.last_press_at,
        # Once closed, nobody needs to read why it was: the next patient's screen least of all.
        reason=call.reason if is_open(call) else None,
        marks=tuple(_mark(mark) for mark in call.marks),
        on_the_way=on_the_way(call),
        present=call.state is CallState.IN_PROGRESS,
        seen_by_station=_has(call, MarkKind.SHOWN),
        nobody_came=nobody_came(call),
        closed_at=call.closed_at,
    )


def _drill_call(call: DrillCall, terms: Terms) -> DrillCallView | None:
    if not is_under_way(call):
        return None
    return DrillCallView(
        id=call.id,
        bed_id=call.bed_id,
        device_id=call.device_id,
        placed=call.stage is DrillStage.PLACED,
        lamps=call.lamps,
    )


_View = Callable[[Any, Terms], object | None]

_VIEWS: dict[ScreenRole, dict[str, _View]] = {
    ScreenRole.BEDHEAD: {
        "bed": _bed,
        "encounter": _bedhead_encounter,
        "infusion": _infusion,
        "nurse_call": _call,
        "possible_call": _possible_call,
        "presence": _presence,
        "profile": _profile,
        "call_point": _call_point,
    },
    ScreenRole.BEDSIDE: {
        "bed": _bed,
        "encounter": _bedside_encounter,
        "infusion": _infusion,
        "plan_item": _plan_item,
        "care_event": _care_event,
        "alert": _kind,
        "nurse_call": _bedside_call,
        "patient_question": _question,
        "presence": _presence,
        "profile": _profile,
        "call_point": _call_point,
        "drill_call": _drill_call,
    },
    ScreenRole.DOOR: {
        "bed": _bed,
        "encounter": _door_encounter,
        "nurse_call": _call,
        "possible_call": _possible_call,
        "presence": _presence,
        "drill_call": _drill_call,
    },
    ScreenRole.CORRIDOR: {
        "bed": _corridor_bed,
        "nurse_call": _corridor_call,
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
