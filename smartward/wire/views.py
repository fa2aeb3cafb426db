"""What each role receives of each document kind. A field a view withholds is absent here.

The station receives the clinical documents themselves. `BODY[role][kind]` is the type of a
document's body on that role's feed; a kind that is not listed is not sent to that role.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.bed_state import BedState
from smartward.clinical.budget_board import BudgetBoard
from smartward.clinical.call_point import CallPoint
from smartward.clinical.care_event import CareEvent, CareKind, Position
from smartward.clinical.care_intervals import CareIntervals
from smartward.clinical.device import HisLink, ScreenRole, ScreenStatus
from smartward.clinical.drill import Drill, DrillCall
from smartward.clinical.encounter import (
    Assessment,
    ConditionMark,
    Diet,
    Encounter,
    News2Exclusion,
    NursingLevel,
    Precaution,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.entrustment import Entrustment
from smartward.clinical.his_write import HisWrite, WriteLink
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.name_policy import NamePolicy
from smartward.clinical.night_hours import NightHours
from smartward.clinical.nurse_call import CallClass, NurseCall
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import ObservationEntry
from smartward.clinical.order import Order
from smartward.clinical.patient_answer import (
    AskedQuestion,
    PatientAnswer,
    PatientQuestion,
    QuestionState,
)
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.plan_mark import PlanMark
from smartward.clinical.presence import NextCall, Presence
from smartward.clinical.profile import Profile, ProfileNote
from smartward.clinical.score_result import ScoreResult
from smartward.clinical.screen_health import ScreenHealth
from smartward.clinical.screen_update import ScreenUpdate
from smartward.clinical.silence import Silence
from smartward.clinical.ward import Roster, Ward
from smartward.wire.call_view import BedsideCall, CallView, CorridorCall
from smartward.wire.peer import PeerKey, PeerTerms, PeerWay

VIEW_VERSION = 16
"""Raised when any type in `BODY` changes, or who is shown what: screens then get a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BedView:
    """A bed as bedhead, bedside and door see it: no conflict wording, only that there is one."""

    id: str
    number: str
    room_id: str
    room: str
    order: int
    status: BedStatus
    reserved_from: datetime | None
    occupants: tuple[str, ...]
    doubtful: bool
    """Bed and encounter disagree: show no name, show "please check"."""
    silent: bool = False
    """Silence holds here: of those it is about neither name nor anything else is told, and they are
    not among the occupants; the bed is not free. Calls go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """One member of the care team by name and role."""

    name: str
    family: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BedheadEncounter:
    """What somebody walking in may read. No diagnosis, no identity number, no birth date."""

    id: str
    bed_id: str | None
    display_name: str
    sex: Sex
    age_years: int | None
    nursing_level: NursingLevel | None
    condition: ConditionMark | None
    precautions: tuple[Precaution, ...]
    diet: Diet | None
    team: tuple[TeamView, ...]
    admitted_at: datetime | None
    profile: Profile = field(default_factory=Profile)
    """How to reach the person, as the HIS has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """A precaution at the door: its slot and state, and what to wear. No wording."""

    slot: PrecautionSlot
    state: Assessment
    protection: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorEncounter:
    """What the corridor may read: nothing that implies a diagnosis, no diet, no drug."""

    id: str
    bed_id: str | None
    display_name: str
    nursing_level: NursingLevel | None
    condition: ConditionMark | None
    precautions: tuple[SlotView, ...]
    team: tuple[TeamView, ...]
    surgery_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BedsideEncounter:
    """What the bedside may show of its patient: how to greet, who looks after, fasting."""

    id: str
    bed_id: str | None
    family: str
    """To greet with; empty where the policy on names leaves none."""
    spoken_family: str = ""
    """The same, said aloud: by the rule of the voice, which is none unless somebody chose it."""
    display_name: str
    opened_name: str = ""
    """For the private layer only, by its own rule; empty where none may be shown."""
    sex: Sex
    language: str | None
    nil_by_mouth: bool
    nil_by_mouth_since: datetime | None
    team: tuple[TeamView, ...]
    discharge_at: datetime | None
    profile: Profile
    falls_risk: bool = False
    """The falls slot is present: they are asked to stay in bed until a nurse is there."""
    news2_scale: int = 1
    """For observations that a nurse types here: the SpO2 scale, by a clinician's order."""
    news2_exclusion: News2Exclusion | None = None
    news2_every_min: int | None = None
    """Minutes between sets, where an order says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """What whoever walks in must know of how to reach the person. No name of who set it."""

    encounter_id: str
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionView:
    """An infusion without what runs in it."""

    id: str
    encounter_id: str
    status: InfusionStatus
    total_ml: float | None
    left_ml: float | None
    rate_ml_h: float | None
    source: VolumeSource
    measured_at: datetime
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """Time and kind only (Medicine, Scan, Lunch)."""

    id: str
    encounter_id: str
    kind: PlanKind
    due_at: datetime
    status: PlanStatus
    nil_by_mouth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CareView:
    """The last turns and rounds, for who works at the bed: when, and how the patient lies."""

    id: str
    encounter_id: str
    kind: CareKind
    at: datetime
    position: Position | None


class KindWord(StrEnum):
    """What a patient is asked, kindly, when an alert is their own."""

    STAY_IN_BED = "stay_in_bed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindView:
    """An alert as the patient hears it: what to do, and whether a person is coming. Not why, nor
    how bad it is."""

    id: str
    encounter_id: str
    word: KindWord
    coming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What the patient is asked, or was asked last; not by whom, nor what they answered."""

    id: str
    encounter_id: str
    question: PatientQuestion
    state: QuestionState
    asked_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceView:
    """Who is in the room, as its door and its beds may say it: family names, "" for a button."""

    bed_id: str
    room_id: str
    families: tuple[str, ...]
    since: datetime | None
    next_call: NextCall | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPointView:
    """What bedside and bedhead say of a wired call point: whether it can be trusted now."""

    id: str
    bed_id: str
    lost_since: datetime | None
    call_class: CallClass | None = CallClass.NORMAL
    """Of the calls that are made there; None: it makes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorBed:
    """A bed as the corridor names it."""

    id: str
    number: str
    room: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillCallView:
    """A test call under way, as the bed's own screen and its door see it."""

    id: str
    bed_id: str
    device_id: str
    """The bedside screen that is to call."""
    placed: bool
    """Its call is at the hub: the door draws it."""
    lamps: tuple[str, ...]
    """Door screens that have told that they drew it."""


BODY: dict[ScreenRole, dict[str, type]] = {
    ScreenRole.STATION: {
        "ward": Ward,
        "night_hours": NightHours,
        "bed": Bed,
        "encounter": Encounter,
        "vital_sign": VitalSign,
        "infusion": Infusion,
        "plan_item": PlanItem,
        "nurse_call": NurseCall,
        "alert": Alert,
        "roster": Roster,
        "screen": ScreenStatus,
        "screen_health": ScreenHealth,
        "screen_update": ScreenUpdate,
        "his_link": HisLink,
        "call_point": CallPoint,
        "presence": Presence,
        "entrustment": Entrustment,
        "profile": ProfileNote,
        "silence": Silence,
        "masking": NamePolicy,
        "observation_entry": ObservationEntry,
        "plan_mark": PlanMark,
        "patient_answer": PatientAnswer,
        "patient_question": AskedQuestion,
        "care_event": CareEvent,
        "care_intervals": CareIntervals,
        "alert_budget": BudgetBoard,
        "lab_result": LabResult,
        "score_result": ScoreResult,
        "line": Line,
        "bed_state": BedState,
        "order": Order,
        "his_write": HisWrite,
        "write_link": WriteLink,
        "peer_terms": PeerTerms,
        "peer_key": PeerKey,
        "drill": Drill,
        "own_test": Drill,
        "drill_call": DrillCall,
    },
    ScreenRole.BEDHEAD: {
        "ward": Ward,
        "night_hours": NightHours,
        "bed": BedView,
        "encounter": BedheadEncounter,
        "infusion": InfusionView,
        "nurse_call": CallView,
        "possible_call": CallView,
        "presence": PresenceView,
        "profile": ProfileView,
        "call_point": CallPointView,
    },
    ScreenRole.BEDSIDE: {
        "ward": Ward,
        "night_hours": NightHours,
        "bed": BedView,
        "encounter": BedsideEncounter,
        "vital_sign": VitalSign,
        "infusion": InfusionView,
        "plan_item": PlanView,
        "care_event": CareView,
        "alert": KindView,
        "nurse_call": BedsideCall,
        "roster": Roster,
        "presence": PresenceView,
        "profile": ProfileView,
        "patient_key": PatientKey,
        "patient_question": QuestionView,
        "call_point": CallPointView,
        "peer_terms": PeerTerms,
        "peer_way": PeerWay,
        "drill_call": DrillCallView,
    },
    ScreenRole.DOOR: {
        "ward": Ward,
        "night_hours": NightHours,
        "bed": BedView,
        "encounter": DoorEncounter,
        "nurse_call": CallView,
        "possible_call": CallView,
        "roster": Roster,
        "presence": PresenceView,
        "peer_terms": PeerTerms,
        "peer_key": PeerKey,
        "drill_call": DrillCallView,
    },
    ScreenRole.CORRIDOR: {
        "ward": Ward,
        "night_hours": NightHours,
        "bed": CorridorBed,
        "nurse_call": CorridorCall,
    },
    ScreenRole.GATEWAY: {
        "call_point": CallPoint,
    },
    ScreenRole.STANDBY: {},
}
