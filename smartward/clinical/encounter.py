"""A patient's stay (FHIR Encounter of class IMP) with what a nurse must know at a glance."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartward.clinical.allergy import Allergy
from smartward.clinical.contact import Contact
from smartward.clinical.profile import Profile
from smartward.clinical.words import Wording


class Sex(StrEnum):
    """Patient.gender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Who lies in the bed (FHIR Patient)."""

    id: str
    name: str
    """As it is shown in full: HumanName.text, or family and given joined."""
    family: str = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: str | None = None
    """FHIR date, possibly partial (`1959`, `1959-03`, `1959-03-02`)."""
    identifier: str | None = None
    """The hospital's inpatient or record number; station only."""
    language: str | None = None
    alias: str = ""
    """A name the hospital uses in place of the real one (HumanName.use anonymous or nickname)."""
    protected: bool = False
    """Marked in the HIS as one whose presence is not told (Patient.meta.security restricted)."""
    deceased: bool = False


class NursingLevel(StrEnum):
    """Nursing grade of the ward's order (WS/T 431-2013)."""

    SPECIAL = "special"
    ONE = "one"
    TWO = "two"
    THREE = "three"


class ConditionMark(StrEnum):
    """Condition marks beside the grade: 病危 and 病重."""

    CRITICAL = "critical"
    SERIOUS = "serious"


class PrecautionSlot(StrEnum):
    """Six fixed places, in this order on every screen."""

    ALLERGY = "allergy"
    ISOLATION = "isolation"
    NIL_BY_MOUTH = "nil_by_mouth"
    FALL = "fall"
    SKIN = "skin"
    LINE = "line"


class Assessment(StrEnum):
    """*absent* needs evidence; silence of the HIS is *not assessed*."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precaution:
    """What one slot says (Flag, AllergyIntolerance, NutritionOrder, risk score)."""

    slot: PrecautionSlot
    state: Assessment
    wording: Wording | None = None
    """A detail such as "penicillin allergy"; bedhead and station only."""
    protection: tuple[str, ...] = ()
    """What to wear before touching the patient, as text keys (`ppe.gloves`, …); for the door."""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet:
    """The active NutritionOrder."""

    wording: Wording
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareTeamMember:
    """One person who looks after this patient now (CareTeam.participant)."""

    staff_id: str
    name: str
    role: str
    """`doctor`, `nurse` or `carer` (see StaffRole)."""
    family: str = ""
    start: datetime | None = None
    end: datetime | None = None
    """CareTeam.participant.period, half-open; None: open on that side."""


class News2Exclusion(StrEnum):
    """Why no NEWS2 is computed (RCP 2017: not under 16, not in pregnancy; or by order)."""

    UNDER_16 = "under_16"
    PREGNANT = "pregnant"
    BY_ORDER = "by_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Order:
    """What was ordered about the early-warning score. Scale 2 only by a clinician's order."""

    scale: int = 1
    ordered_by: str | None = None
    ordered_at: datetime | None = None
    exclusion: News2Exclusion | None = None
    interval_min: int | None = None
    """Ordered interval between observations in minutes; None: by the score."""
    interval_ordered_at: datetime | None = None
    """When that was ordered; None: nobody knows."""


class EncounterStatus(StrEnum):
    """Encounter.status, the part a ward meets."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    IN_PROGRESS = "in-progress"
    ON_LEAVE = "onleave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """Document kind `encounter`: one current stay. A finished stay is a deleted document."""

    id: str
    patient: Patient
    status: EncounterStatus
    bed_id: str | None
    admitted_at: datetime | None = None
    nursing_level: NursingLevel | None = None
    condition: ConditionMark | None = None
    precautions: tuple[Precaution, ...] = ()
    """Always all six slots, in order."""
    diet: Diet | None = None
    team: tuple[CareTeamMember, ...] = ()
    """Who looked after this patient when the HIS was last asked."""
    upcoming: tuple[CareTeamMember, ...] = ()
    """Who takes over within the day: each counts from their `start`, with no further word."""
    news2: News2Order = News2Order()
    diagnosis: str | None = None
    surgery_at: datetime | None = None
    discharge_at: datetime | None = None
    """Expected discharge, where the HIS tells it."""
    profile: Profile = field(default_factory=Profile)
    """What the HIS knows of how to reach this person; a nurse's own word is document `profile`."""
    part_of: str | None = None
    """The stay this one belongs to (Encounter.partOf): a newborn's names its mother's."""
    also_in: tuple[str, ...] = ()
    """Ids of other beds the HIS names for this stay at the same time: nobody can tell from the
    record in which of them the patient lies."""
    contacts: tuple[Contact, ...] = ()
    """Relatives and carers to be told of this patient; station only."""
    allergies: tuple[Allergy, ...] = ()
    """Those in force as they are coded; the words for people are in the precaution's slot. Station
    only."""
    weight_kg: float | None = None
    """The newest body weight that was told; None: nobody knows, and nobody assumes one."""
    in_bed_since: datetime | None = None
    """When the hub heard of the patient's last move to another bed: what a bed sensed before it is
    of the bed they left. None: they have not moved since they came."""
    unconfirmed_since: datetime | None = None
    """Since when the HIS has told nothing of this stay, neither that it goes on nor that it is
    over: somebody should look who lies there. None: it was told at the last census."""
