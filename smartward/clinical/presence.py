"""Who is in a room now, and which call of the ward waits next meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.call_mark import Actor
from smartward.clinical.nurse_call import CallClass
from smartward.clinical.priority import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody marked present. `by.person_id` None: known by the room's presence button only."""

    by: Actor
    since: datetime
    order: datetime | None = None
    """The same by the ward's own time, which nobody sets; None while that is the same."""

    @property
    def came(self) -> datetime:
        """Since when, by the ward's own time."""
        return self.since if self.order is None else self.order


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCall:
    """The ward's next call as this room's door and bedhead repeat it: bed number only."""

    call_id: str
    bed_number: str
    call_class: CallClass
    priority: Priority
    placed_at: datetime
    waiting: int
    """How many calls of the ward wait in all."""
    line_lost: bool = False
    """No person called: a call point's wire or heartbeat is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Document kind `presence`, id = bed id, one for each bed of a room in which somebody is, so
    that door and bedhead both receive it. Nobody there: no document."""

    bed_id: str
    room_id: str
    people: tuple[Present, ...]
    next_call: NextCall | None = None
