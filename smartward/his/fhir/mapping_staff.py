"""Who works on the ward, with their hours and their badges: see STAFF and DUTY.

Not on the roster: PractitionerRole or Practitioner `active` false, and whoever is outside
PractitionerRole.period (days count wholly; a period that is no date is rejected: TIME, and open).
PractitionerRole.notAvailable is not read: who is called in from leave may act.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, tzinfo

from smartward.clinical.ward import DutyHours, StaffMember, StaffRole
from smartward.his.fhir import times
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.names import best_name, family_of, full_name
from smartward.his.fhir.reject import BADGE, CODE, MISSING, REFERENCE, TIME, Reject, rejection
from smartward.his.fhir.resources import AvailableTime, Practitioner, PractitionerRole
from smartward.his.port import Rejection

ORDER = (
    StaffRole.HEAD_NURSE,
    StaffRole.NURSE,
    StaffRole.DOCTOR,
    StaffRole.CARER,
    StaffRole.PRIVACY_OFFICER,
)
"""How the roster is ordered, and which of one person's roles counts."""
_WEEKDAYS = {day: n for n, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)}


STAFF = Mapped(
    StaffMember,
    "Member of staff",
    (
        Field("id", ("PractitionerRole.practitioner",), "rejected: reference"),
        Field(
            "name",
            ("Practitioner.name", "PractitionerRole.practitioner"),
            "rejected: missing",
            how="chosen and written as a patient's; else the reference's display",
        ),
        Field(
            "role",
            ("PractitionerRole.code",),
            "rejected: code; nobody whose role nobody explained acts on a ward",
            ("staff_role",),
            how="of several the first of head nurse, nurse, doctor, carer, privacy officer",
        ),
        Field("family", ("Practitioner.name",), "empty"),
        Field("duty", ("PractitionerRole.availableTime",), "none: the roster does not say"),
    ),
    notes="On the roster is whoever has a PractitionerRole of this ward that is `active`, in its "
    "`period`, of a Practitioner who is `active`. A badge is a `Practitioner.identifier` of the "
    "system `his_badge_system`, neither old nor over; a code of two people is nobody's and "
    "rejected. `telecom` is not read.",
)
DUTY = Mapped(
    DutyHours,
    "Hours on duty",
    (
        Field(
            "start",
            ("PractitionerRole.availableTime.availableStartTime",),
            "these hours are left out and rejected: time",
            how="`allDay`: midnight",
        ),
        Field(
            "end",
            ("PractitionerRole.availableTime.availableEndTime",),
            "as start",
            how="before the start: on the next day",
        ),
        Field("days", ("PractitionerRole.availableTime.daysOfWeek",), "every day"),
    ),
)


@dataclass(frozen=True, slots=True)
class Staffing:
    """The people of the ward. `badges` are secrets: pairs of staff id and code, never printed."""

    members: tuple[StaffMember, ...] = ()
    badges: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    aside: tuple[Rejection, ...] = ()


def staffing(
    roles: Iterable[PractitionerRole],
    people: Mapping[str, Practitioner],
    book: Codebook,
    now: datetime,
    zone: tzinfo,
    badge_system: str = "",
) -> Staffing:
    """Who works here now, once each, in the order of ORDER."""
    found: dict[str, StaffMember] = {}
    aside: list[Rejection] = []
    for role in roles:
        try:
            member = _member(role, people, book, now, zone, aside)
        except Reject as reason:
            aside.append(rejection("PractitionerRole", role.id, reason))
            continue
        if member is not None:
            found[member.id] = _joined(found.get(member.id), member)
    members = tuple(sorted(found.values(), key=lambda one: (ORDER.index(one.role), one.id)))
    badges = _badges(found, people, badge_system, (now, zone), aside)
    return Staffing(members, badges, tuple(aside))


def _joined(known: StaffMember | None, other: StaffMember) -> StaffMember:
    """One person in two roles: the role that counts, on duty in the hours of both."""
    if known is None:
        return other
    first, second = sorted((known, other), key=lambda one: ORDER.index(one.role))
    return replace(first, duty=tuple(dict.fromkeys((*first.duty, *second.duty))))


def _member(
    role: PractitionerRole,
    people: Mapping[str, Practitioner],
    book: Codebook,
    now: datetime,
    zone: tzinfo,
    aside: list[Rejection],
) -> StaffMember | None:
    """Somebody who works here now; None: not now. What of it is broken goes into `aside`."""
    if not role.active or not _in_period(role, now, zone, aside):
        return None
    id = role.practitioner.id_of("Practitioner") if role.practitioner else None
    if id is None:
        raise Reject(REFERENCE, "practitioner")
    person = people.get(id)
    if person is not None and not person.active:
        return None
    word = book.word("staff_role", *role.code)
    if word is None:
        raise Reject(CODE, "code")
    best = best_name(person.name, now, zone) if person is not None else None
    shown = (role.practitioner.display or "").strip() if role.practitioner else ""
    name = full_name(best) if best is not None else shown
    if not name:
        raise Reject(MISSING, "the name of the practitioner")
    family = family_of(best) if best is not None else ""
    duty = tuple(_duty(role, aside))
    return StaffMember(id=id, name=name, role=StaffRole(word), family=family, duty=duty)


def _in_period(role: PractitionerRole, now: datetime, zone: tzinfo, aside: list[Rejection]) -> bool:
    try:
        return times.holds(times.bounds(role.period, zone, "period"), now)
    except Reject as reason:
        aside.append(rejection("PractitionerRole", role.id, reason))
        return True


def _duty(role: PractitionerRole, aside: list[Rejection]) -> Iterator[DutyHours]:
    for one in role.available_time:
        try:
            yield _hours(one)
        except Reject as reason:
            aside.append(rejection("PractitionerRole", role.id, reason))


def _hours(one: AvailableTime) -> DutyHours:
    unknown = [day for day in one.days_of_week if day not in _WEEKDAYS]
    if unknown:
        raise Reject(TIME, "availableTime.daysOfWeek is no day")
    days = tuple(sorted({_WEEKDAYS[day] for day in one.days_of_week}))
    if one.all_day:
        return DutyHours(start=time(), end=time(), days=days)
    start = times.time_of_day(one.available_start_time or "", "availableTime.availableStartTime")
    end = times.time_of_day(one.available_end_time or "", "availableTime.availableEndTime")
    return DutyHours(start=start, end=end, days=days)


def _badges(
    members: Iterable[str],
    people: Mapping[str, Practitioner],
    system: str,
    at: tuple[datetime, tzinfo],
    aside: list[Rejection],
) -> tuple[tuple[str, str], ...]:
    """Of those on the roster only: a badge of somebody else proves nothing here."""
    if not system:
        return ()
    pairs = {
        (id, code)
        for id in members
        if id in people
        for one in people[id].identifier
        if one.system == system and one.use != "old" and times.current(one.period, *at)
        if (code := "" if one.value is None else one.value.strip())
    }
    owners = Counter(code for _, code in pairs)
    for id in sorted({id for id, code in pairs if owners[code] > 1}):
        aside.append(rejection("Practitioner", id, Reject(BADGE, "identifier")))
    return tuple(sorted((id, code) for id, code in pairs if owners[code] == 1))
