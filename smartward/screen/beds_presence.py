"""Who is in the room, and the ward's next call while they are there: for door and bedhead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.nurse_call import CallClass
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster
from smartward.i18n import Catalogue
from smartward.screen.beds import bed_label, kind_of
from smartward.screen.beds_names import Namer
from smartward.wire.views import PresenceView, TeamView


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereText:
    """The ward's next call: of another bed, and told so. `priority` is "" while there is none."""

    priority: str = ""
    lead: str = ""
    bed: str = ""
    kind: str = ""
    strong: bool = False
    """An emergency: repeated as strongly as it can be."""


def inside_text(
    catalogue: Catalogue,
    presences: Sequence[PresenceView],
    team: Iterable[TeamView] = (),
    roster: Roster | None = None,
    *,
    overdue: bool = False,
) -> str:
    """`李护士在房内，自 10:02`; empty while nobody is marked present. `overdue`: asked instead
    whether they still are.

    A person known by the room's button only is told as staff, not by a name that is not known.
    """
    here = [view for view in presences if view.families]
    if not here:
        return ""
    families = dict.fromkeys(family for view in here for family in view.families)
    roles = _roles(team, roster)
    namer = Namer(catalogue)
    names = [
        namer.staff(family, roles.get(family, "else")) if family else catalogue.text("door.staff")
        for family in families
    ]
    who = catalogue.text("door.separator").join(names)
    since = _since(here)
    if since is None:
        told = catalogue.text("door.inside", who=who)
    else:
        key = "door.still_inside" if overdue else "door.inside_since"
        told = catalogue.text(key, who=who, since=since.isoformat())
    return told[:1].upper() + told[1:]


def _since(here: Iterable[PresenceView]) -> datetime | None:
    return min((view.since for view in here if view.since is not None), default=None)


def overdue(presences: Iterable[PresenceView], now: datetime, after_s: float) -> bool:
    """Whether somebody has been marked present for so long that they may have forgotten it. `now`
    is the hub's time."""
    since = _since(view for view in presences if view.families)
    return since is not None and now - since >= timedelta(seconds=after_s)


def _roles(team: Iterable[TeamView], roster: Roster | None) -> dict[str, str]:
    """Family name to role, where only one role has it."""
    found: dict[str, set[str]] = {}
    for member in team:
        found.setdefault(member.family, set()).add(member.role)
    for known in () if roster is None else roster.members:
        found.setdefault(known.family, set()).add(known.role.value)
    return {family: roles.pop() for family, roles in found.items() if len(roles) == 1}


def elsewhere_text(
    catalogue: Catalogue, presences: Sequence[PresenceView], *, live: bool
) -> ElsewhereText:
    """The next call for whoever is in the room: bed number and class only.

    While the link is down there is none: nobody knows whether it still waits.
    """
    calls = [view.next_call for view in presences if view.next_call is not None and view.families]
    if not calls or not live:
        return ElsewhereText()
    call = min(calls, key=_urgency)
    others = catalogue.text("door.more", n=call.waiting - 1) if call.waiting > 1 else ""
    lost = call.line_lost
    lead = catalogue.text("door.elsewhere_lost" if lost else "door.elsewhere")
    return ElsewhereText(
        priority="high" if call.priority is Priority.HIGH else "medium",
        lead=" · ".join(part for part in (lead, others) if part),
        bed=bed_label(catalogue, call.bed_number),
        kind=catalogue.text(f"corridor.kind.{kind_of(call)}"),
        strong=call.call_class is CallClass.EMERGENCY and not lost,
    )


def _urgency(call: NextCall) -> tuple[int, datetime, str]:
    return (call.priority.rank, call.placed_at, call.call_id)
