"""Who acts on a screen: proved by badge or PIN for a while, or asked for a name once per shift.

A session belongs to one person. What was typed for it, and what waits for it, never passes on to
another one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Roster, Ward, shift_at
from smartward.clock import Clock
from smartward.wire.envelope import Person, Seen

_SHIFT_WITHOUT_PLAN = timedelta(hours=8)

WISH_S = 60.0
"""Seconds after which a touch no longer waits for a proof: by then nobody knows what it was."""
PIN_S = 20.0
"""Seconds after the last digit at which a PIN that nobody went on with is forgotten."""
PIN_FEWEST, PIN_MOST = 4, 8
"""How many digits a PIN has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A staff action that waits until somebody proves who they are. `made`: monotonic second."""

    kind: str
    subject: str
    data: dict[str, str | int | None]
    seen: Seen
    made: float


@dataclass(frozen=True, slots=True)
class Proved:
    """Somebody proved who they are; `until` in hub time."""

    person: Person
    until: datetime


@dataclass(frozen=True, slots=True)
class NotProved:
    """A text for the person who tried."""

    key: str
    values: dict[str, str | int] = field(default_factory=dict)


class WhoActs:
    """The person who acts, and what waits for one."""

    def __init__(self) -> None:
        self.person = Person()
        self.wish: Wish | None = None
        self.until: datetime | None = None
        self._ends = 0.0

    @property
    def known(self) -> bool:
        """Whether somebody said or proved who they are, and it still holds."""
        return self.until is not None

    @property
    def proved(self) -> bool:
        """Whether it was a badge or a PIN."""
        return self.known and self.person.known in ("badge", "pin")

    def prove(self, person: Person, until: datetime, ends: float) -> None:
        """Somebody proved who they are, until `until` by this device's clock, and never beyond the
        monotonic second `ends`: a clock that is set back makes no session longer."""
        self.person, self.until, self._ends = person, until, ends

    def choose(self, staff_id: str, roster: Roster | None, ward: Ward, clock: Clock) -> None:
        """Somebody touched their name; an id that is not on the roster acts as nobody known."""
        members = {} if roster is None else {member.id: member for member in roster.members}
        member = members.get(staff_id)
        if member is None:
            self.forget()
            return
        family = member.family or None
        person = Person(known="name", id=member.id, name=member.name, family=family)
        until = shift_end(ward, clock.now())
        self.prove(person, until, second_of(until, clock))

    def forget(self) -> None:
        """Nobody is known; the next staff action asks."""
        self.person, self.until = Person(), None

    def expired(self, now: datetime, moment: float) -> bool:
        """Whether the person's session or shift has ended, by the clock or by the time that has
        passed since: `moment` is the monotonic second of now."""
        return self.until is not None and (now >= self.until or moment >= self._ends)

    def take_wish(self) -> Wish | None:
        """The action that waited, which does not wait any longer."""
        wish, self.wish = self.wish, None
        return wish


class PinEntry:
    """Digits as they are typed: for one person, and for a short while."""

    def __init__(self) -> None:
        self.staff_id = ""
        self._digits = ""
        self._typed_at = 0.0

    def __repr__(self) -> str:
        return "PinEntry()"

    def __len__(self) -> int:
        return len(self._digits)

    def begin(self, staff_id: str) -> None:
        """Ask for this person's PIN, empty for nobody's; what was typed is forgotten."""
        self.staff_id, self._digits = staff_id, ""

    def type(self, digit: str, at: float) -> None:
        """One more digit. Anything else, and what is too many, is left out."""
        if self.staff_id and len(digit) == 1 and digit in "0123456789":
            self._digits = (self._digits + digit)[:PIN_MOST]
            self._typed_at = at

    def erase(self, at: float) -> None:
        """The last digit goes."""
        self._digits, self._typed_at = self._digits[:-1], at

    def take(self) -> str:
        """What was typed, which is here no longer."""
        digits, self._digits = self._digits, ""
        return digits

    @property
    def due(self) -> float | None:
        """Monotonic second at which it is forgotten, None while there is nothing."""
        return self._typed_at + PIN_S if self._digits else None


def second_of(until: datetime, clock: Clock) -> float:
    """The monotonic second at which it will be `until`, while the clock goes on as it does."""
    left = max(0.0, (until - clock.now()).total_seconds())
    return clock.monotonic() + left / clock.rate


def shift_end(ward: Ward, now: datetime) -> datetime:
    """End of the shift that runs at `now`; eight hours on where the ward names none for now."""
    shift = shift_at(ward, now)
    if shift is None:
        return now + _SHIFT_WITHOUT_PLAN
    local = now.astimezone(ZoneInfo(ward.zone))
    end = local.replace(hour=shift.end.hour, minute=shift.end.minute, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)
