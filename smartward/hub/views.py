"""Who may see what: the view of a role on a document, and the lens of a place on the ward.

`view` is pure. What it leaves out of a body is absent from the body's type in `wire/views.py`. A
`Lens` adds what one place knows of its beds: only who lies in a bed is shown there, nobody of a bed
that disagrees with its encounters, and a call's reason is read only where its patient still lies.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.infusion import Infusion
from smartward.clinical.masking import age_years, masked_name
from smartward.clinical.nurse_call import CallState, NurseCall, is_open, nobody_came
from smartward.clinical.observation import VitalSign
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanItem
from smartward.clinical.presence import Presence
from smartward.clinical.profile import ProfileNote
from smartward.hub.store.model import Committed, Scope, Stored, decode, encode
from smartward.wire.views import (
    BODY,
    VIEW_VERSION,
    BedheadEncounter,
    BedsideCall,
    BedsideEncounter,
    BedView,
    CallPointView,
    CallView,
    CorridorBed,
    CorridorCall,
    DoorEncounter,
    InfusionView,
    PlanView,
    PresenceView,
    ProfileView,
    SlotView,
    TeamView,
)

DOCUMENTS: dict[str, type] = BODY[ScreenRole.STATION] | {"patient_key": PatientKey}
"""The stored type of every kind that any screen receives: the station gets most of them whole."""

WARD_WIDE = frozenset({"ward", "roster"})
"""Kinds that belong to every place of the ward; all others need the bed or the room."""

_KINDS = {role: frozenset(kinds) for role, kinds in BODY.items()}

OF_PATIENT = frozenset(
    {"encounter", "vital_sign", "infusion", "plan_item", "alert", "profile", "patient_key"}
)
"""Kinds that tell of a person: a place sees them only of the occupants of its beds. Who is planned
for a bed is none yet, and a bed that disagrees with its encounters has none."""


@dataclass(frozen=True, slots=True)
class Day:
    """The ward's day: some words of a view (age, surgery today) hold for one day only."""

    today: date
    zone: ZoneInfo

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo) -> "Day":
        """The day that `now` belongs to in the ward's zone."""
        return cls(now.astimezone(zone).date(), zone)


def _team(encounter: Encounter) -> tuple[TeamView, ...]:
    return tuple(TeamView(name=m.name, family=m.family, role=m.role) for m in encounter.team)


def _bed(bed: Bed, day: Day) -> BedView:
    doubtful = bed.conflict is not None
    return BedView(
        id=bed.id,
        number=bed.number,
        room_id=bed.room_id,
        room=bed.room,
        order=bed.order,
        status=bed.status,
        reserved_from=bed.reserved_from,
        occupants=() if doubtful else bed.occupants,
        doubtful=doubtful,
    )


def _bedhead_encounter(encounter: Encounter, day: Day) -> BedheadEncounter:
    birth = encounter.patient.birth_date
    return BedheadEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        display_name=masked_name(encounter.patient.name),
        sex=encounter.patient.sex,
        age_years=None if birth is None else age_years(birth, day.today),
        nursing_level=encounter.nursing_level,
        condition=encounter.condition,
        precautions=encounter.precautions,
        diet=encounter.diet,
        team=_team(encounter),
        admitted_at=encounter.admitted_at,
    )


def _door_encounter(encounter: Encounter, day: Day) -> DoorEncounter:
    surgery = encounter.surgery_at
    return DoorEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        display_name=masked_name(encounter.patient.name),
        nursing_level=encounter.nursing_level,
        condition=encounter.condition,
        precautions=tuple(
            SlotView(slot=p.slot, state=p.state, protection=p.protection)
            for p in encounter.precautions
        ),
        team=_team(encounter),
        surgery_today=surgery is not None and surgery.astimezone(day.zone).date() == day.today,
    )


def _bedside_encounter(encounter: Encounter, day: Day) -> BedsideEncounter:
    fasting = [
        p
        for p in encounter.precautions
        if p.slot is PrecautionSlot.NIL_BY_MOUTH and p.state is Assessment.PRESENT
    ]
    return BedsideEncounter(
        id=encounter.id,
        bed_id=encounter.bed_id,
        family=encounter.patient.family,
        display_name=masked_name(encounter.patient.name),
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
    )


def _profile(note: ProfileNote, day: Day) -> ProfileView:
    return ProfileView(encounter_id=note.encounter_id, profile=note.profile)


def _presence(presence: Presence, day: Day) -> PresenceView:
    return PresenceView(
        bed_id=presence.bed_id,
        room_id=presence.room_id,
        families=tuple(p.by.family or "" for p in presence.people),
        since=min((p.since for p in presence.people), default=None),
        next_call=presence.next_call,
    )


def _call_point(point: CallPoint, day: Day) -> CallPointView:
    return CallPointView(id=point.id, bed_id=point.bed_id, lost_since=point.lost_since)


def _corridor_bed(bed: Bed, day: Day) -> CorridorBed:
    return CorridorBed(id=bed.id, number=bed.number, room=bed.room, order=bed.order)


def _corridor_call(call: NurseCall, day: Day) -> CorridorCall | None:
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
    )


def _infusion(infusion: Infusion, day: Day) -> InfusionView:
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


def _plan_item(item: PlanItem, day: Day) -> PlanView:
    return PlanView(
        id=item.id,
        encounter_id=item.encounter_id,
        kind=item.kind,
        due_at=item.due_at,
        status=item.status,
        nil_by_mouth=item.nil_by_mouth,
    )


def _on_the_way(call: NurseCall) -> str | None:
    if call.accepted_by is None:
        return None
    return call.accepted_by.family or call.accepted_by.name or ""


def _has(call: NurseCall, kind: MarkKind) -> bool:
    return any(mark.kind is kind for mark in call.marks)


def _call(call: NurseCall, day: Day) -> CallView | None:
    if not is_open(call):
        return None
    return CallView(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        estimated=call.estimated,
        on_the_way=_on_the_way(call),
        present=call.state is CallState.IN_PROGRESS,
    )


def _mark(mark: Mark) -> Mark:
    """Who is on the way, by family name and as found on the roster; else only what and when."""
    by = mark.by if mark.kind is MarkKind.ON_THE_WAY else None
    who = by and Actor(
        device_id="", person_id=by.person_id, family=by.family or by.name, known=by.known
    )
    return Mark(kind=mark.kind, at=mark.at, by=who)


def _bedside_call(call: NurseCall, day: Day) -> BedsideCall:
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
        on_the_way=_on_the_way(call),
        present=call.state is CallState.IN_PROGRESS,
        seen_by_station=_has(call, MarkKind.SHOWN),
        nobody_came=nobody_came(call),
        closed_at=call.closed_at,
    )


_View = Callable[[Any, Day], object | None]

_VIEWS: dict[ScreenRole, dict[str, _View]] = {
    ScreenRole.BEDHEAD: {
        "bed": _bed,
        "encounter": _bedhead_encounter,
        "infusion": _infusion,
        "nurse_call": _call,
        "presence": _presence,
        "profile": _profile,
    },
    ScreenRole.BEDSIDE: {
        "bed": _bed,
        "encounter": _bedside_encounter,
        "infusion": _infusion,
        "plan_item": _plan_item,
        "nurse_call": _bedside_call,
        "presence": _presence,
        "profile": _profile,
        "call_point": _call_point,
    },
    ScreenRole.DOOR: {
        "bed": _bed,
        "encounter": _door_encounter,
        "nurse_call": _call,
        "presence": _presence,
    },
    ScreenRole.CORRIDOR: {
        "bed": _corridor_bed,
        "nurse_call": _corridor_call,
    },
    ScreenRole.GATEWAY: {},
    ScreenRole.STATION: {},
}
"""How a role sees a kind, where it does not see the document itself."""


def view(role: ScreenRole, kind: str, document: object, day: Day) -> object | None:
    """What `role` may see of a document (of type `DOCUMENTS[kind]`); None: nothing."""
    if kind not in BODY[role]:
        return None
    make = _VIEWS[role].get(kind)
    return document if make is None else make(document, day)


def scope_for(role: ScreenRole, place: str | None) -> tuple[Scope, str]:
    """The part of the ward that a role at a place belongs to."""
    if role in WARD_WIDE_ROLES:
        return "ward", ""
    return ("room" if role is ScreenRole.DOOR else "bed"), place or ""


def scope_of(device: Device) -> tuple[Scope, str]:
    """The part of the ward that a device belongs to."""
    return scope_for(device.role, device.place)


_OfPatient = Encounter | VitalSign | Infusion | PlanItem | Alert | ProfileNote | PatientKey


def _encounter_of(document: _OfPatient) -> str:
    """Whose the document is; an alert that is about no encounter is nobody's."""
    if isinstance(document, Alert):
        return document.subject.id
    return document.id if isinstance(document, Encounter) else document.encounter_id


@dataclass(frozen=True, slots=True)
class BedState:
    """What a lens must know of a bed."""

    id: str
    doubtful: bool
    occupants: tuple[str, ...]

    @classmethod
    def of(cls, stored: Stored) -> "BedState":
        """The state in a bed's document."""
        bed = decode(stored.body, Bed)
        return cls(bed.id, bed.conflict is not None, bed.occupants)


@dataclass(frozen=True, slots=True)
class Lens:
    """What one place sees of the ward now. When its fingerprint changes it needs a reset."""

    role: ScreenRole
    ward: str
    place: str | None
    day: Day
    beds: tuple[BedState, ...]

    @classmethod
    def of(cls, device: Device, beds: Iterable[Stored], day: Day) -> "Lens":
        """The lens of a device, given the bed documents of its place."""
        if device.role in WARD_WIDE_ROLES:
            return cls(device.role, device.ward, None, day, ())
        states = sorted((BedState.of(stored) for stored in beds), key=lambda state: state.id)
        return cls(device.role, device.ward, device.place, day, tuple(states))

    def with_beds(self, committed: Committed) -> "Lens":
        """This lens after a write with beds in it. Beds elsewhere make no difference."""
        if self.role in WARD_WIDE_ROLES:
            return self
        states = {state.id: state for state in self.beds}
        scope, place = self.scope
        for kind, id in committed.gone:
            if kind == "bed":
                states.pop(id, None)
        for stored in committed.changed:
            if stored.kind != "bed":
                continue
            if (stored.room if scope == "room" else stored.bed) == place:
                states[stored.id] = BedState.of(stored)
            else:
                states.pop(stored.id, None)
        return replace(self, beds=tuple(states[id] for id in sorted(states)))

    @property
    def scope(self) -> tuple[Scope, str]:
        """Which column of a document, with which value, makes it belong to this place."""
        return scope_for(self.role, self.place)

    @property
    def fingerprint(self) -> str:
        """Differs whenever this place may see other things of the same documents."""
        day = "" if self.role in WARD_WIDE_ROLES else self.day.today.isoformat()
        text = repr((VIEW_VERSION, self.role, self.ward, self.place, day, self.beds))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds this place may see at all."""
        return _KINDS[self.role]

    def shares(self, kind: str) -> bool:
        """Whether every document of this kind in the ward belongs to this place."""
        return kind in self.kinds and (self.role in WARD_WIDE_ROLES or kind in WARD_WIDE)

    def concerns(self, kind: str, bed: str | None, room: str | None) -> bool:
        """Whether a document of this kind at this bed and room belongs to this place."""
        if kind not in self.kinds:
            return False
        if self.shares(kind):
            return True
        scope, place = self.scope
        return (room if scope == "room" else bed) == place

    def body(self, stored: Stored) -> bytes | None:
        """What this place may read of a document that concerns it; None: nothing of it."""
        if self.role is ScreenRole.STATION:
            return stored.body
        document: Any = decode(stored.body, DOCUMENTS[stored.kind])
        if stored.kind in OF_PATIENT and not self._lies(_encounter_of(document), stored.bed):
            return None
        if isinstance(document, NurseCall) and document.encounter_id not in self._present():
            document = replace(document, reason=None)
        seen = view(self.role, stored.kind, document, self.day)
        return None if seen is None else encode(seen)

    def _lies(self, encounter_id: str, bed: str | None) -> bool:
        """Whether a stay is in one of the beds of this place, and that is certain."""
        certain = (state for state in self.beds if not state.doubtful and state.id == bed)
        return any(encounter_id in state.occupants for state in certain)

    def _present(self) -> set[str | None]:
        """Who lies here; a call placed without anybody known belongs to whoever reads it."""
        certain = (state for state in self.beds if not state.doubtful)
        return {None, *(id for state in certain for id in state.occupants)}
