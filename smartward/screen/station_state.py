"""The ward as the station knows it: the documents of its replica, found by bed and stay."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartward.clinical.alert import Alert, AlertState, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.budget_board import BudgetBoard
from smartward.clinical.call_point import CLASS_OF, CallPoint
from smartward.clinical.care_event import CareEvent
from smartward.clinical.care_intervals import SHIPPED, CareIntervals
from smartward.clinical.device import HisLink, ScreenStatus
from smartward.clinical.drill import Drill, DrillCall, DrillState
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.entrustment import Entrustment
from smartward.clinical.his_write import HisWrite, WriteLink
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.name_policy import NamePolicy
from smartward.clinical.night_hours import NightHours
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import ObservationEntry
from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import AskedQuestion, PatientAnswer
from smartward.clinical.plan import PlanItem
from smartward.clinical.plan_mark import PlanMark
from smartward.clinical.presence import Presence
from smartward.clinical.profile import Profile, ProfileNote, effective
from smartward.clinical.screen_health import ScreenHealth
from smartward.clinical.screen_update import ScreenUpdate
from smartward.clinical.sign_history import SignHistory
from smartward.clinical.silence import Silence
from smartward.clinical.ward import Roster, Ward

KINDS = (
    "ward",
    "night_hours",
    "roster",
    "his_link",
    "bed",
    "encounter",
    "vital_sign",
    "infusion",
    "plan_item",
    "nurse_call",
    "alert",
    "screen",
    "screen_health",
    "screen_update",
    "call_point",
    "presence",
    "entrustment",
    "profile",
    "silence",
    "masking",
    "observation_entry",
    "plan_mark",
    "patient_answer",
    "patient_question",
    "care_event",
    "care_intervals",
    "alert_budget",
    "lab_result",
    "score_result",
    "line",
    "bed_state",
    "order",
    "his_write",
    "write_link",
    "drill",
    "own_test",
    "drill_call",
)
"""All kinds a station receives."""

_OF_ENCOUNTER = (
    *("vital_sign", "infusion", "plan_item", "care_event"),
    *("lab_result", "score_result", "line", "bed_state", "order"),
)
_SINGLE: dict[str, tuple[str, Any]] = {
    "ward": ("ward", None),
    "roster": ("roster", Roster()),
    "night_hours": ("night_hours", NightHours()),
    "his_link": ("his_link", None),
    "entrustment": ("entrustment", None),
    "masking": ("policy", NamePolicy()),
    "write_link": ("write_link", None),
    "care_intervals": ("intervals", SHIPPED),
    "alert_budget": ("budget", None),
    "drill": ("drill", None),
    "own_test": ("own_test", None),
}
"""Kinds of which there is one: the field that holds it, and what holds while there is none."""
_TABLES = {
    "bed": "beds",
    "encounter": "encounters",
    "nurse_call": "calls",
    "alert": "alerts",
    "screen": "screens",
    "screen_health": "screen_healths",
    "screen_update": "screen_updates",
    "call_point": "call_points",
    "presence": "presences",
    "profile": "profiles",
    "silence": "silences",
    "observation_entry": "entries",
    "plan_mark": "plan_marks",
    "patient_answer": "answers",
    "patient_question": "questions",
    "his_write": "his_writes",
    "drill_call": "drill_calls",
}
"""Kinds that are kept by id: the field that holds them."""


@dataclass(slots=True)
class WardState:
    """Documents by kind and id, kept up to date one by one; work grows with what changed."""

    ward: Ward | None = None
    roster: Roster = field(default_factory=Roster)
    night_hours: NightHours = field(default_factory=NightHours)
    his_link: HisLink | None = None
    entrustment: Entrustment | None = None
    write_link: WriteLink | None = None
    intervals: CareIntervals = SHIPPED
    budget: BudgetBoard | None = None
    drill: Drill | None = None
    own_test: Drill | None = None
    policy: NamePolicy = field(default_factory=NamePolicy)
    beds: dict[str, Bed] = field(default_factory=dict)
    encounters: dict[str, Encounter] = field(default_factory=dict)
    calls: dict[str, NurseCall] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    screens: dict[str, ScreenStatus] = field(default_factory=dict)
    screen_healths: dict[str, ScreenHealth] = field(default_factory=dict)
    screen_updates: dict[str, ScreenUpdate] = field(default_factory=dict)
    call_points: dict[str, CallPoint] = field(default_factory=dict)
    presences: dict[str, Presence] = field(default_factory=dict)
    profiles: dict[str, ProfileNote] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    entries: dict[str, ObservationEntry] = field(default_factory=dict)
    plan_marks: dict[str, PlanMark] = field(default_factory=dict)
    answers: dict[str, PatientAnswer] = field(default_factory=dict)
    questions: dict[str, AskedQuestion] = field(default_factory=dict)
    his_writes: dict[str, HisWrite] = field(default_factory=dict)
    drill_calls: dict[str, DrillCall] = field(default_factory=dict)
    direct: dict[str, NurseCall] = field(default_factory=dict)
    """Calls that came straight from their beds, by id; no hub told of them as they are here."""
    seqs: dict[tuple[str, str], int] = field(default_factory=dict)
    worked_out: dict[str, Any] = field(default_factory=dict)
    """What was worked out of the documents and is asked for again and again; whoever put it there
    sees to it that it still holds."""
    _dependent: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _owner: dict[tuple[str, str], str] = field(default_factory=dict)
    _signs: dict[str, SignHistory] = field(default_factory=dict)
    _ordered: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    """By kind and stay: what is asked for in its order, the same tuple until a document changes."""

    def put(self, kind: str, document_id: str, seq: int, body: Any) -> None:
        """Take one document over. Raises ValueError for a kind no station receives."""
        self.seqs[kind, document_id] = seq
        if kind in _SINGLE:
            setattr(self, _SINGLE[kind][0], body)
        elif kind in _OF_ENCOUNTER:
            self._drop_dependent(kind, document_id)
            self._owner[kind, document_id] = body.encounter_id
            self._ordered.pop((kind, body.encounter_id), None)
            of_kind = self._dependent.setdefault(kind, defaultdict(dict))
            of_kind[body.encounter_id][document_id] = body
            if kind == "vital_sign" and body.encounter_id in self._signs:
                self._signs[body.encounter_id].put(body)
        else:
            self._table(kind)[document_id] = body

    def gone(self, kind: str, document_id: str) -> None:
        """Forget one document; one that is not there is no error (a tombstone may come twice)."""
        self.seqs.pop((kind, document_id), None)
        if kind in _SINGLE:
            setattr(self, *_SINGLE[kind])
        elif kind in _OF_ENCOUNTER:
            self._drop_dependent(kind, document_id)
        else:
            self._table(kind).pop(document_id, None)

    def _table(self, kind: str) -> dict[str, Any]:
        if kind not in _TABLES:
            raise ValueError(f"a station receives no documents of kind {kind!r}")
        table: dict[str, Any] = getattr(self, _TABLES[kind])
        return table

    def _drop_dependent(self, kind: str, document_id: str) -> None:
        owner = self._owner.pop((kind, document_id), None)
        if owner is not None:
            self._ordered.pop((kind, owner), None)
            self._dependent[kind][owner].pop(document_id, None)
            if kind == "vital_sign" and owner in self._signs:
                self._signs[owner].drop(document_id)

    def _of(self, kind: str, encounter_id: str) -> Iterable[Any]:
        return self._dependent.get(kind, {}).get(encounter_id, {}).values()

    def _in_order(
        self, kind: str, encounter_id: str, order: Callable[[Any], Any]
    ) -> tuple[Any, ...]:
        found = self._ordered.get((kind, encounter_id))
        if found is None:
            found = tuple(sorted(self._of(kind, encounter_id), key=order))
            self._ordered[kind, encounter_id] = found
        return found

    def dependent(self, kind: str, document_id: str) -> Any:
        """A vital sign, infusion or plan item by its id; None when it is not kept."""
        owner = self._owner.get((kind, document_id))
        return None if owner is None else self._dependent[kind][owner].get(document_id)

    def vital_signs(self, encounter_id: str) -> tuple[VitalSign, ...]:
        """All kept vital signs of a stay, oldest first."""
        return self._in_order("vital_sign", encounter_id, lambda v: (v.taken_at, v.id))

    def observation_sets(self, encounter_id: str, now: datetime) -> list[ObservationSet]:
        """The believed sets of a stay, oldest first, put together as the ward's rules do."""
        signs = self._signs.get(encounter_id)
        if signs is None:
            # From here on kept up sign by sign; a start takes thousands, most never asked for.
            signs = SignHistory(self._of("vital_sign", encounter_id))
            self._signs[encounter_id] = signs
        return signs.sets(self.intervals.observations.window_min, now)[0]

    def infusions(self, encounter_id: str) -> tuple[Infusion, ...]:
        """The infusions of a stay, in the order they were started."""
        return self._in_order(
            "infusion", encounter_id, lambda i: (i.started_at or i.measured_at, i.id)
        )

    def plan_items(self, encounter_id: str) -> tuple[PlanItem, ...]:
        """The plan of a stay by due time."""
        return self._in_order("plan_item", encounter_id, lambda p: (p.due_at, p.id))

    def care_events(self, encounter_id: str) -> tuple[CareEvent, ...]:
        """What was done for a stay, oldest first; what was entered in error is among it."""
        return self._in_order("care_event", encounter_id, lambda e: (e.at, e.id))

    def orders(self, encounter_id: str) -> tuple[Order, ...]:
        """What may be given to a patient as needed, by name."""
        return self._in_order("order", encounter_id, lambda o: (o.names, o.id))

    def lab_results(self, encounter_id: str) -> tuple[LabResult, ...]:
        """The laboratory's results of a stay, oldest first."""
        return self._in_order("lab_result", encounter_id, lambda r: (r.taken_at, r.id))

    def ordered_beds(self) -> list[Bed]:
        """The ward's beds in the ward's own order."""
        return sorted(self.beds.values(), key=lambda bed: (bed.order, bed.number, bed.id))

    def running_drill(self) -> Drill | None:
        """The ward's drill, or a screen's own test, while one of them runs."""
        known = (self.drill, self.own_test)
        return next((one for one in known if one and one.state is DrillState.RUNNING), None)

    def tests_of(self, drill: Drill | None) -> list[DrillCall]:
        """The tests of its beds."""
        if drill is None:
            return []
        return [call for call in self.drill_calls.values() if call.drill_id == drill.id]

    def unit_lost(self, bed_id: str) -> bool:
        """Whether a call unit of the bed cannot call now."""
        points = (point for point in self.call_points.values() if point.bed_id == bed_id)
        return any(one.lost_since is not None and one.kind in CLASS_OF for one in points)

    def beds_behind(self, device_id: str) -> list[Bed]:
        """The beds with a call point that this device reports, in the ward's order."""
        ids = {one.bed_id for one in self.call_points.values() if one.via == device_id}
        found = [self.beds[bed_id] for bed_id in ids if bed_id in self.beds]
        return sorted(found, key=lambda bed: (bed.order, bed.number, bed.id))

    def occupants(self, bed: Bed) -> list[Encounter]:
        """The stays in a bed that are known, in the bed's order."""
        return [self.encounters[e] for e in bed.occupants if e in self.encounters]

    def unplaced(self) -> list[Encounter]:
        """Stays that lie in no bed of the ward: shown, never hidden."""
        placed = {e for bed in self.beds.values() for e in bed.occupants}
        return sorted((e for e in self.stays() if e.id not in placed), key=lambda e: e.id)

    def stays(self) -> list[Encounter]:
        """Patients who are here; an admission that is only planned is not."""
        return [
            stay for stay in self.encounters.values() if stay.status is not EncounterStatus.PLANNED
        ]

    def bed_of_alert(self, alert: Alert) -> Bed | None:
        """Where the patient, bed or screen of an alert is now."""
        match alert.subject.kind:
            case SubjectKind.BED:
                return self.beds.get(alert.subject.id)
            case SubjectKind.ENCOUNTER:
                return self.bed_of_encounter(alert.subject.id)
            case SubjectKind.DEVICE:
                screen = self.screens.get(alert.subject.id)
                return self.beds.get(screen.place or "") if screen is not None else None
            case SubjectKind.WARD:
                return None

    def bed_of_encounter(self, encounter_id: str) -> Bed | None:
        """The bed this stay occupies, by the beds' own lists and then by the stay's word."""
        for bed in self.beds.values():
            if encounter_id in bed.occupants:
                return bed
        stay = self.encounters.get(encounter_id)
        return self.beds.get(stay.bed_id or "") if stay is not None else None

    def profile(self, stay: Encounter) -> Profile:
        """How to reach this patient: the record's word, with the nurse's own above it."""
        return effective(stay.profile, self.profiles.get(stay.id))

    def open_calls(self) -> list[NurseCall]:
        """Calls nobody has closed; one that came straight is there once."""
        return [call for call in (self.calls | self.direct).values() if is_open(call)]

    def open_alerts(self) -> list[Alert]:
        """Alerts that are there now, acknowledged ones included; of a silenced stay none."""
        return [
            alert
            for alert in self.alerts.values()
            if alert.state is not AlertState.OFF and alert.subject.id not in self.silences
        ]
