"""The ward and its people on duty (FHIR Location of physicalType wa; Practitioner, CareTeam)."""

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from smartward.clinical.words import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A half-open interval [start, end) of local wall time; it may cross midnight."""

    id: str
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """Document kind `ward`, one per ward, id = ward id.

    `zone` is an IANA time zone: screens show times in it. `night_start` and `night_end` are local.
    `level_colours` maps a nursing level to the hospital's colour (`#RRGGBB`), drawn only as a bar
    or the bedhead's head.
    """

    id: str
    name: str
    zone: str = "Asia/Shanghai"
    night_start: time = time(22, 0)
    night_end: time = time(6, 0)
    shifts: tuple[Shift, ...] = ()
    level_colours: dict[str, str] = field(default_factory=dict)
    staff_proof: str = "name"
    """How staff say who they are here: `required` (badge or PIN) or `name` (touch their name)."""
    notices: tuple[Wording, ...] = ()
    """Visiting and quiet instructions, read at the doors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHours:
    """When somebody is on duty by the roster: a half-open interval [start, end) of local wall time
    that may cross midnight (PractitionerRole.availableTime). `days` are ISO weekdays (1 Monday) on
    which it starts; none named: every day."""

    start: time
    end: time
    days: tuple[int, ...] = ()


class StaffRole(StrEnum):
    """What a member of staff does on the ward (PractitionerRole.code)."""

    NURSE = "nurse"
    HEAD_NURSE = "head_nurse"
    DOCTOR = "doctor"
    CARER = "carer"
    PRIVACY_OFFICER = "privacy_officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One person of the ward's staff (Practitioner with PractitionerRole)."""

    id: str
    name: str
    role: StaffRole
    family: str = ""
    """The family name alone, for "Nurse Li"; empty where the HIS does not tell it."""
    duty: tuple[DutyHours, ...] = ()
    """Hours on duty; none told: the roster does not say, and nobody is left out for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Document kind `roster`, one per ward, id "roster": who may act here by touching a name."""

    members: tuple[StaffMember, ...] = ()


def is_night(ward: Ward, now: datetime) -> bool:
    """Whether it is night by the ward's hours, half-open [start, end) of its local time; equal
    hours mean no night. Raises ZoneInfoNotFoundError (a KeyError) for an unknown zone."""
    return _within(_local(ward, now), ward.night_start, ward.night_end)


def shift_at(ward: Ward, now: datetime) -> Shift | None:
    """The shift on duty, the first where they overlap; None when no shift covers this time. A
    shift that starts and ends at the same time lasts all day."""
    local = _local(ward, now)
    for shift in ward.shifts:
        if is_within(local, shift.start, shift.end):
            return shift
    return None


def is_within(moment: time, start: time, end: time) -> bool:
    """Whether a time of day is within these hours, half-open [start, end), which may pass midnight;
    the same twice is the whole day."""
    return start == end or _within(moment, start, end)


def _local(ward: Ward, now: datetime) -> time:
    return now.astimezone(ZoneInfo(ward.zone)).time()


def _within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
