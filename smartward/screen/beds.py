"""What bedside, bedhead and door have in common: the grammar of a bed, as pure functions.

Everything here takes documents and a time and gives finished text; nothing reads a clock.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import (
    Assessment,
    ConditionMark,
    NursingLevel,
    Precaution,
    PrecautionSlot,
)
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Ward
from smartward.clinical.words import Wording
from smartward.errors import BadData
from smartward.i18n import Catalogue
from smartward.screen.beds_names import Namer
from smartward.screen.replica import Replica
from smartward.wire.call_view import CallView, CorridorCall
from smartward.wire.views import BedView, SlotView, TeamView

E = TypeVar("E")

OPEN = frozenset({CallState.REQUESTED, CallState.ACCEPTED, CallState.IN_PROGRESS})


class Presence(StrEnum):
    """What is said of the person in a bed."""

    KNOWN = "known"
    FREE = "free"
    DOUBT = "doubt"
    """Bed and encounter disagree, or the census is too old: no name, "please check"."""
    QUIET = "quiet"
    """Silence holds: the bed's number, and nothing else."""
    NO_BED = "no_bed"
    """This screen has not heard of its bed."""


def presence(bed: BedView | None, at_hand: Container[str], *, current: bool) -> Presence:
    """Whether the name of a bed's occupant may be shown.

    `at_hand` are the encounters this screen has; `current`: a census confirmed the ward's beds
    within the allowed age.
    """
    if bed is None:
        return Presence.NO_BED
    if not current or bed.doubtful:
        return Presence.DOUBT
    if not bed.occupants:
        return Presence.FREE
    known = all(occupant in at_hand for occupant in bed.occupants)
    return Presence.KNOWN if known else Presence.DOUBT


def told_presence(bed: BedView | None, at_hand: Container[str], *, current: bool) -> Presence:
    """The same for whoever reads a bed in passing: silence is told as calm, not as doubt."""
    if bed is not None and bed.silent:
        return Presence.QUIET
    return presence(bed, at_hand, current=current)


def own_bed(replica: Replica, place: str | None) -> BedView | None:
    """The bed this screen hangs at; None before it is known. A view holds no other bed."""
    return replica.get("bed", place, BedView)


def occupants(replica: Replica, bed: BedView | None, body: type[E]) -> list[E]:
    """The stays in a bed that this screen has, in the bed's order."""
    if bed is None:
        return []
    found = [replica.get("encounter", stay, body) for stay in bed.occupants]
    return [stay for stay in found if stay is not None]


def leaf(value: str) -> str:
    """The last part of a key for a code: in the catalogue `other` is the form of a plural."""
    return "else" if value == "other" else value


def bed_label(catalogue: Catalogue, number: str) -> str:
    """`12床`, `Bed 12`; a number that is words already (`加12`) keeps its own form."""
    return catalogue.text("bedside.bed", bed=number)


def free_text(catalogue: Catalogue, bed: BedView) -> str:
    """What an unoccupied bed says: free, reserved from when, being cleaned or closed."""
    if bed.status is BedStatus.RESERVED and bed.reserved_from is not None:
        return catalogue.text("door.reserved_at", at=bed.reserved_from.isoformat())
    if bed.status in (BedStatus.RESERVED, BedStatus.HOUSEKEEPING, BedStatus.CLOSED):
        return catalogue.text(f"door.{bed.status.value}")
    return catalogue.text("door.free")


def level_word(catalogue: Catalogue, level: NursingLevel | None, *, short: bool = False) -> str:
    """The nursing level's word; empty where none is ordered."""
    if level is None:
        return ""
    return catalogue.text(f"bedhead.level{'_short' if short else ''}.{level.value}")


def level_colour(ward: Ward | None, level: NursingLevel | None) -> str:
    """The hospital's colour of a level as `#RRGGBB`; empty where it told none."""
    return "" if ward is None or level is None else ward.level_colours.get(level.value, "")


def condition_word(catalogue: Catalogue, mark: ConditionMark | None) -> str:
    """病危 / 病重."""
    return "" if mark is None else catalogue.text(f"bedhead.condition.{mark.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotText:
    """One of the six precaution places. `status` is present, absent or not_assessed."""

    key: str
    mark: str
    status: str
    word: str


def slot_texts(
    catalogue: Catalogue, precautions: Sequence[Precaution | SlotView]
) -> tuple[SlotText, ...]:
    """All six places in their order; what a document does not tell is not assessed."""
    told = {precaution.slot: precaution for precaution in precautions}
    return tuple(_slot(catalogue, slot, told.get(slot)) for slot in PrecautionSlot)


def _slot(
    catalogue: Catalogue, slot: PrecautionSlot, told: Precaution | SlotView | None
) -> SlotText:
    state = Assessment.NOT_ASSESSED if told is None else told.state
    if state is Assessment.NOT_ASSESSED:
        wording = catalogue.text("bedhead.not_assessed")
    elif isinstance(told, Precaution) and told.wording is not None:
        wording = words(catalogue, told.wording)
    else:
        wording = catalogue.text(f"bedhead.slot.{slot.value}")
    return SlotText(
        key=slot.value,
        mark=catalogue.text(f"bedhead.letter.{slot.value}"),
        status=state.value,
        word=wording,
    )


def words(catalogue: Catalogue, wording: Wording) -> str:
    """A document's wording; one with a key this version does not know is shown by its key."""
    try:
        return catalogue.words(wording)
    except BadData:
        return wording.key or ""


def elapsed(since: datetime, now: datetime) -> str:
    """`1:24`, `1:02:05`; never negative, a clock may have stepped."""
    seconds = max(0, int((now - since).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    if hours:
        return f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{rest // 60}:{rest % 60:02}"


def duration(catalogue: Catalogue, minutes: int) -> str:
    """`47 min`, `1 h 20 min`, `2 h`."""
    hours, rest = divmod(max(0, minutes), 60)
    if not hours:
        return catalogue.text("bedside.span.minutes", n=rest)
    if not rest:
        return catalogue.text("bedside.span.hours", n=hours)
    return catalogue.text("bedside.span.both", hours=hours, minutes=rest)


def waited(call: CallView | CorridorCall, now: datetime) -> str:
    """How long a call has been open; `≈1:24` where the time of its press is not known exactly."""
    return about(call) + elapsed(call.placed_at, now)


def about(call: CallView | CorridorCall) -> str:
    """The sign before a time that is not known exactly: the same on every screen of the ward."""
    return "≈" if call.estimated else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A bed's call as head, door and lamp show it. `priority` is "" while nothing calls."""

    priority: str = ""
    flashing: bool = False
    present: bool = False
    walking: bool = False
    text: str = ""
    elapsed: str = ""
    bed_id: str = ""
    call_id: str = ""
    icon: str = ""
    kind: str = ""
    """What calls, in a word: the same icon and word as on the corridor."""


QUIET = Lamp()


def open_calls(calls: Sequence[CallView]) -> list[CallView]:
    """Open calls, the one that shows first at the front: priority, then age."""
    still = [call for call in calls if call.state in OPEN]
    return sorted(still, key=lambda call: (call.priority.rank, call.placed_at, call.id))


def asks(call: CallView | CorridorCall) -> bool:
    """Whether it asks for somebody: nobody has answered, or it has asked again since."""
    return call.state is CallState.REQUESTED or call.asks_again


def kind_of(call: CallView | CorridorCall | NextCall) -> str:
    """What calls: the call's class, or a call point that is lost and that nobody pressed."""
    return "line_lost" if call.line_lost else call.call_class.value


_ICONS = {
    CallClass.NORMAL: "bell-ring",
    CallClass.BATHROOM: "toilet",
    CallClass.ASSIST: "account-multiple-plus",
    CallClass.EMERGENCY: "alarm-light",
}


def icon_of(call: CallView | CorridorCall) -> str:
    """The picture of what calls."""
    return "power-plug-off-outline" if call.line_lost else _ICONS[call.call_class]


def kind_word(catalogue: Catalogue, call: CallView | CorridorCall) -> str:
    """What calls, in a word."""
    return catalogue.text(f"corridor.kind.{kind_of(call)}")


def lamp(
    catalogue: Catalogue, calls: Sequence[CallView], team: Sequence[TeamView], now: datetime
) -> Lamp:
    """The lamp of one bed: its first open call, flashing until somebody has accepted it."""
    still = open_calls(calls)
    if not still:
        return QUIET
    call = still[0]
    return Lamp(
        priority="high" if call.priority is Priority.HIGH else "medium",
        flashing=asks(call),
        present=call.present,
        walking=bool(call.on_the_way) and not call.present and not call.asks_again,
        text=answer_text(catalogue, call, team),
        elapsed=waited(call, now),
        bed_id=call.bed_id,
        call_id=call.id,
        icon=icon_of(call),
        kind=kind_word(catalogue, call),
    )


def answer_text(catalogue: Catalogue, call: CallView, team: Sequence[TeamView]) -> str:
    """Who is on the way or here, as far as it is known; else that nobody has answered yet, or that
    somebody is asked for again."""
    if call.asks_again:
        return catalogue.text("door.asks_again")
    if call.present:
        return catalogue.text("door.present")
    if call.on_the_way is None:
        return catalogue.text("door.waiting")
    if not call.on_the_way:
        return catalogue.text("door.seen")
    who = Namer(catalogue).coming(call.on_the_way, team)
    return catalogue.text("door.coming", who=who)
