"""Who is asked first for a call or an alert. Derived from the time and never stored: the nurse of
the day replaces the nurse of the night at the minute the roster says, with no write.

Order (`../field.md` 3.2: "typed call sent to the right role first"): the responsible nurse on duty,
or a carer for what needs no nurse; after the first escalation the ward; after the third also the
head nurse. Nobody is ever asked who is known to be off duty, and nothing is ever asked of nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from smartward.clinical.alert_document import Alert, AlertState
from smartward.clinical.alert_ladder import Asked, Rung, WhoIsThere, rung_of
from smartward.clinical.call_mark import MarkKind, asking_again
from smartward.clinical.encounter import CareTeamMember, Encounter
from smartward.clinical.nurse_call import (
    CallClass,
    CallReason,
    CallState,
    NurseCall,
    nobody_came,
)
from smartward.clinical.priority import Priority
from smartward.clinical.ward import DutyHours, Roster, StaffMember, StaffRole, Ward


class AddresseeRole(StrEnum):
    """In what capacity somebody is asked; `routing.ROLE` is the text that names it."""

    COLLEAGUE = "colleague"
    """The call was handed over to this person."""
    RESPONSIBLE = "responsible"
    CARER = "carer"
    WARD = "ward"
    """Everybody on duty who may go."""
    HEAD_NURSE = "head_nurse"
    """Everybody on duty, and the head nurse by name."""
    SENIOR = "senior"
    """The nurse in charge alone."""
    DOCTOR = "doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who is asked now. `names` are those to be shown (none for the ward, which is said as one
    word); `staff_ids` are all who are asked."""

    role: AddresseeRole
    staff_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The text that says so, with the value `names` (joined by whoever shows it)."""
        if self.role is AddresseeRole.HEAD_NURSE and not self.names:
            return "routing.ward"
        return f"routing.{self.role}"


CARER_FIRST = frozenset(
    {CallReason.WATER, CallReason.TOILET, CallReason.TURNING, CallReason.COLD_OR_HOT}
)
"""What a carer can do without a nurse."""

EVERYBODY = frozenset({CallClass.ASSIST, CallClass.EMERGENCY})
"""Staff asking for staff: whoever is nearest goes."""

WARD_FROM_STEP = 1
HEAD_NURSE_FROM_STEP = 3

_NURSES = frozenset({StaffRole.NURSE, StaffRole.HEAD_NURSE})
_DAY = timedelta(days=1)


def addressee(
    subject: NurseCall | Alert,
    encounter: Encounter | None,
    roster: Roster | None,
    ward: Ward | None,
    now: datetime,
) -> Addressee:
    """Who is asked first for a call, or for an alert, at `now`.

    `encounter` is the stay in the call's bed (its care team is asked), None for an empty bed or one
    the HIS does not know. An alert asks whom its ladder has come to, an answered one its nurse.
    Without a `ward` hours of duty cannot be told and nobody is left out. Raises
    ZoneInfoNotFoundError for an unknown zone.
    """
    people = _People(encounter, roster, ward, now)
    if isinstance(subject, Alert):
        rung = rung_of(subject) if subject.state is AlertState.ON else Rung.NURSE
        return people.at_rung(rung) or people.at_rung(Rung.NURSE) or people.asked(1)
    if handed := _handed_to(subject, people):
        return handed
    step = call_step(subject)
    if subject.call_class in EVERYBODY:
        step = max(step, WARD_FROM_STEP)
    urgent = subject.priority is Priority.HIGH
    return people.asked(step, carer_first=subject.reason in CARER_FIRST and not urgent)


def who_is_there(
    encounter: Encounter | None,
    roster: Roster | None,
    ward: Ward | None,
    now: datetime,
    present: tuple[str, ...] = (),
) -> WhoIsThere:
    """Who can be asked at each rung of an alert's ladder at `now`; `present` are those in the
    patient's room, who are asked where no responsible nurse is on duty."""
    people = _People(encounter, roster, ward, now)

    def there(rung: Rung) -> Asked | None:
        found = people.at_rung(rung) or (people.present(present) if rung is Rung.NURSE else None)
        if found is None:
            return None
        instead = rung is Rung.SENIOR and found.role is AddresseeRole.WARD
        return Asked(found.role, found.staff_ids, found.names, instead)

    return there


def next_change(
    encounter: Encounter | None, roster: Roster | None, ward: Ward | None, now: datetime
) -> datetime | None:
    """When somebody next comes on or goes off duty, or on or off the patient's care team."""
    team = () if encounter is None else (*encounter.team, *encounter.upcoming)
    moments = [at for member in team for at in (member.start, member.end) if at is not None]
    if roster is not None and ward is not None:
        zone = ZoneInfo(ward.zone)
        today = now.astimezone(zone).date()
        turns = {t for m in roster.members for hours in m.duty for t in (hours.start, hours.end)}
        moments += [
            datetime.combine(day, turn, zone).astimezone(UTC)
            for day in (today, today + _DAY)
            for turn in turns
        ]
    return min((moment for moment in moments if moment > now), default=None)


def call_step(call: NurseCall) -> int:
    """How many escalations count for whom it asks. Asking again it begins anew; a promise that was
    broken goes to the ward at once."""
    again = asking_again(call.marks)
    if again is None or (call.state is CallState.REQUESTED and not _left(call)):
        return call.step
    return max(again[1], WARD_FROM_STEP if nobody_came(call) else 0)


def on_duty(member: StaffMember, ward: Ward | None, now: datetime) -> bool:
    """Whether the roster has this person on duty; true where it does not say."""
    if ward is None or not member.duty:
        return True
    local = now.astimezone(ZoneInfo(ward.zone))
    return any(_covers(hours, local) for hours in member.duty)


def on_team(member: CareTeamMember, now: datetime) -> bool:
    """Whether this person looks after the patient now: [start, end) of the care team's period."""
    started = member.start is None or member.start <= now
    return started and (member.end is None or now < member.end)


def _covers(hours: DutyHours, local: datetime) -> bool:
    """Half-open, by the weekday on which it starts; equal times are a whole day."""
    today, yesterday = local.isoweekday(), (local - _DAY).isoweekday()
    moment = local.time()
    overnight = hours.end <= hours.start
    if moment >= hours.start and (overnight or moment < hours.end):
        return not hours.days or today in hours.days
    if overnight and moment < hours.end:
        return not hours.days or yesterday in hours.days
    return False


def _left(call: NurseCall) -> bool:
    return any(mark.kind is MarkKind.LEFT for mark in call.marks)


def _handed_to(call: NurseCall, people: "_People") -> Addressee | None:
    """The colleague who was asked to take it over, until it escalates without an answer."""
    to = call.handed_to
    if to is None or to.person_id is None or not people.may_be_asked(to.person_id):
        return None
    after = [mark.kind for mark in call.marks]
    handed = max((i for i, kind in enumerate(after) if kind is MarkKind.HANDED_OVER), default=0)
    if MarkKind.ESCALATED in after[handed:]:
        return None
    name = to.name or to.family or to.person_id
    return Addressee(role=AddresseeRole.COLLEAGUE, staff_ids=(to.person_id,), names=(name,))


class _People:
    """Who there is to be asked at one moment."""

    def __init__(
        self, encounter: Encounter | None, roster: Roster | None, ward: Ward | None, now: datetime
    ) -> None:
        members = () if roster is None else roster.members
        self._known = {member.id: member for member in members}
        self._here = [member for member in members if on_duty(member, ward, now)]
        self._here_ids = {member.id for member in self._here}
        team = () if encounter is None else (*encounter.team, *encounter.upcoming)
        self._team = [m for m in team if on_team(m, now) and self.may_be_asked(m.staff_id)]

    def may_be_asked(self, staff_id: str) -> bool:
        """Whether nothing tells that this person is off duty."""
        return staff_id not in self._known or staff_id in self._here_ids

    def at_rung(self, rung: Rung) -> Addressee | None:
        """Who is there at a rung of an alert's ladder; None: nobody."""
        match rung:
            case Rung.LIST:
                return None
            case Rung.NURSE:
                found = self.asked(0)
                return found if found.role is AddresseeRole.RESPONSIBLE else None
            case Rung.SENIOR:
                return self._senior()
            case Rung.DOCTOR:
                return self._doctor()
            case Rung.WARD | Rung.LOUDER:
                return self._ward()
            case Rung.HEAD_NURSE:
                return self._head_nurse()

    def present(self, ids: Iterable[str]) -> Addressee | None:
        """The nurses among those who are in the room; None: there is none."""
        here = [m for id in ids if (m := self._known.get(id)) is not None and m.role in _NURSES]
        return _addressed(AddresseeRole.RESPONSIBLE, here) if here else None

    def _senior(self) -> Addressee | None:
        """The head nurse; where none is on duty the ward's other nurses who are: at night the
        roster names nobody in charge, and any of them can judge and help."""
        heads = [m for m in self._here if m.role is StaffRole.HEAD_NURSE]
        if heads:
            return _addressed(AddresseeRole.SENIOR, heads)
        nurses = tuple(m.id for m in self._here if m.role is StaffRole.NURSE)
        return Addressee(role=AddresseeRole.WARD, staff_ids=nurses) if nurses else None

    def _doctor(self) -> Addressee | None:
        """A doctor of the patient's team, else those whom the roster has on duty."""
        team = [m for m in self._team if m.role == StaffRole.DOCTOR]
        if team:
            return _addressed(AddresseeRole.DOCTOR, team)
        here = [m for m in self._here if m.role is StaffRole.DOCTOR and m.duty]
        return _addressed(AddresseeRole.DOCTOR, here) if here else None

    def asked(self, step: int, *, carer_first: bool = False) -> Addressee:
        """Who is asked after `step` escalations."""
        if step >= HEAD_NURSE_FROM_STEP:
            return self._head_nurse()
        if step < WARD_FROM_STEP:
            if carer_first and (carer := self._carer()) is not None:
                return carer
            nurses = [m for m in self._team if m.role == StaffRole.NURSE]
            if nurses:
                return _addressed(AddresseeRole.RESPONSIBLE, nurses)
        return self._ward(carer_first=carer_first)

    def _carer(self) -> Addressee | None:
        """A carer of the patient's team, else any on duty; where the roster does not say who is on
        duty, a carer of the ward is not counted on."""
        team = [m for m in self._team if m.role == StaffRole.CARER]
        if team:
            return _addressed(AddresseeRole.CARER, team)
        here = [m for m in self._here if m.role is StaffRole.CARER and m.duty]
        return _addressed(AddresseeRole.CARER, here) if here else None

    def _ward(self, *, carer_first: bool = False) -> Addressee:
        roles = _NURSES | {StaffRole.CARER} if carer_first else _NURSES
        return Addressee(role=AddresseeRole.WARD, staff_ids=self._of(roles))

    def _head_nurse(self) -> Addressee:
        heads = [m for m in self._here if m.role is StaffRole.HEAD_NURSE]
        return Addressee(
            role=AddresseeRole.HEAD_NURSE,
            staff_ids=self._of(_NURSES),
            names=tuple(m.name for m in heads),
        )

    def _of(self, roles: Iterable[StaffRole]) -> tuple[str, ...]:
        """Everybody on duty with one of these roles; where the roster has nobody on duty, all of
        them: better one too many than none."""
        wanted = frozenset(roles)
        here = tuple(m.id for m in self._here if m.role in wanted)
        return here or tuple(m.id for m in self._known.values() if m.role in wanted)


def _addressed(
    role: AddresseeRole, members: Iterable[CareTeamMember] | Iterable[StaffMember]
) -> Addressee:
    found: dict[str, str] = {}
    for member in members:
        id = member.staff_id if isinstance(member, CareTeamMember) else member.id
        found.setdefault(id, member.name)
    return Addressee(role=role, staff_ids=tuple(found), names=tuple(found.values()))
