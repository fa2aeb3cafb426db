"""Who acts on a screen: asked once per shift, by touching one's name among the ward's staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Roster, Ward, shift_at
from smartward.wire.envelope import Person, Seen

_SHIFT_WITHOUT_PLAN = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A staff action that waits until somebody says who they are."""

    kind: str
    subject: str
    data: dict[str, str | int | None]
    seen: Seen


class WhoActs:
    """The person who touched their name, until the shift ends."""

    def __init__(self) -> None:
        self.person = Person()
        self.wish: Wish | None = None
        self._until: datetime | None = None

    @property
    def known(self) -> bool:
        """Whether somebody said who they are this shift."""
        return self._until is not None

    def choose(self, staff_id: str, roster: Roster | None, ward: Ward, now: datetime) -> None:
        """Somebody touched their name; an id that is not on the roster acts as nobody known."""
        members = {} if roster is None else {member.id: member for member in roster.members}
        member = members.get(staff_id)
        if member is None:
            self.forget()
            return
        family = member.family or None
        self.person = Person(known="name", id=member.id, name=member.name, family=family)
        self._until = shift_end(ward, now)

    def forget(self) -> None:
        """Nobody is known; the next staff action asks."""
        self.person, self._until = Person(), None

    def expired(self, now: datetime) -> bool:
        """Whether the shift of the person has ended."""
        return self._until is not None and now >= self._until

    def take_wish(self) -> Wish | None:
        """The action that waited, which does not wait any longer."""
        wish, self.wish = self.wish, None
        return wish


def shift_end(ward: Ward, now: datetime) -> datetime:
    """End of the shift that runs at `now`; eight hours on where the ward names none for now."""
    shift = shift_at(ward, now)
    if shift is None:
        return now + _SHIFT_WITHOUT_PLAN
    local = now.astimezone(ZoneInfo(ward.zone))
    end = local.replace(hour=shift.end.hour, minute=shift.end.minute, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)
