"""What the door says of its room: one row per bed, the head's call, what to wear; no Qt here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.encounter import Assessment
from smartward.clinical.nurse_call import CallClass
from smartward.clinical.ward import Ward
from smartward.errors import BadData
from smartward.i18n import Catalogue
from smartward.screen.beds import (
    Presence,
    condition_word,
    free_text,
    kind_of,
    lamp,
    level_colour,
    level_word,
    open_calls,
    slot_texts,
    told_presence,
)
from smartward.wire.call_view import CallView
from smartward.wire.views import BedView, DoorEncounter, DrillCallView, TeamView


@dataclass(frozen=True, slots=True, kw_only=True)
class BedRow:
    """One bed's card. `presence` is a `Presence`; `marks` and `statuses` are the six slots."""

    key: str
    number: str
    presence: str
    name: str = ""
    also: str = ""
    level: str = ""
    colour: str = ""
    condition: str = ""
    marks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    doctorLabel: str = ""
    doctor: str = ""
    nurseLabel: str = ""
    nurse: str = ""
    surgery: str = ""
    note: str = ""
    priority: str = ""
    flashing: bool = False
    walking: bool = False
    answer: str = ""
    elapsed: str = ""
    call: str = ""
    icon: str = ""
    kind: str = ""
    """What calls, as the corridor tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One sentence at the foot: what to wear before a bed, or an instruction of the ward."""

    key: str
    icon: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLamp:
    """The head: the room's first call. `priority` is "" while none is open. `blind`: nobody knows
    whether one is."""

    priority: str = ""
    flashing: bool = False
    title: str = ""
    text: str = ""
    walking: bool = False
    bed_id: str = ""
    icon: str = "bell-outline"
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The documents of one room."""

    ward: Ward
    beds: Sequence[BedView]
    stays: Mapping[str, DoorEncounter]
    calls: Sequence[CallView]
    current: bool
    live: bool = True
    """Whether the hub is heard: without it new calls do not show here."""
    stores: bool = True
    """Whether the hub can store a new call."""
    direct: frozenset[str] = frozenset()
    """Calls that came straight from their beds: of these it is known that they wait."""
    now: datetime | None = None
    """The time; of what a hub told no more is known than when it was heard last."""
    tests: Sequence[DrillCallView] = ()
    """Test calls of the room that are at the hub."""

    @property
    def team(self) -> list[TeamView]:
        """Everybody who looks after somebody here."""
        return [member for stay in self.stays.values() for member in stay.team]

    def calls_of(self, bed_id: str) -> list[CallView]:
        """The open calls of a bed, the first to show at the front."""
        return self.known_first([call for call in self.calls if call.bed_id == bed_id])

    def known_first(self, calls: Sequence[CallView]) -> list[CallView]:
        """Open calls in their order; while no hub is heard those first that are known to wait."""
        still = open_calls(calls)
        return still if self.live else sorted(still, key=lambda call: call.id not in self.direct)

    def waits(self, call_id: str) -> bool:
        """Whether it is known that a call still waits."""
        return self.live or call_id in self.direct

    def time_of(self, calls: Sequence[CallView], now: datetime) -> datetime:
        """Up to when it is known how the first of these calls stands; `now`: of what a hub told."""
        direct = bool(calls) and calls[0].id in self.direct
        return self.now if direct and self.now is not None else now


def bed_rows(catalogue: Catalogue, room: Room, now: datetime) -> list[BedRow]:
    """One row per bed, in the room's order. While the link is down nothing flashes: whether a call
    still waits is not known."""
    ordered = sorted(room.beds, key=lambda bed: (bed.order, bed.number, bed.id))
    return [_row(catalogue, room, bed, now) for bed in ordered]


def _row(catalogue: Catalogue, room: Room, bed: BedView, now: datetime) -> BedRow:
    stays = [room.stays[stay] for stay in bed.occupants if stay in room.stays]
    state = told_presence(bed, room.stays, current=room.current)
    calls = room.calls_of(bed.id)[:1]
    light = lamp(catalogue, calls, stays[0].team if stays else (), room.time_of(calls, now))
    if state is Presence.KNOWN and stays:
        row = _known(catalogue, room.ward, bed, stays)
    else:
        free = state is Presence.FREE
        row = BedRow(
            key=bed.id,
            number=bed.number,
            presence=state.value,
            name=catalogue.text("door.please_check") if state is Presence.DOUBT else "",
            note=free_text(catalogue, bed) if free else "",
        )
    return replace(
        row,
        number=_in_doubt(bed, calls),
        priority=light.priority,
        flashing=light.flashing and room.waits(light.call_id),
        walking=light.walking,
        answer=light.text,
        elapsed=light.elapsed,
        call=light.call_id,
        icon=light.icon,
        kind=light.kind,
    )


def _in_doubt(bed: BedView, calls: Sequence[CallView]) -> str:
    """The bed's number, with a question mark where its first call may be another bed's."""
    return f"{bed.number}?" if calls and calls[0].which_bed else bed.number


def _known(
    catalogue: Catalogue, ward: Ward, bed: BedView, stays: Sequence[DoorEncounter]
) -> BedRow:
    first = stays[0]
    slots = slot_texts(catalogue, first.precautions)
    return BedRow(
        key=bed.id,
        number=bed.number,
        presence=Presence.KNOWN.value,
        name=first.display_name,
        also=", ".join(stay.display_name for stay in stays[1:]),
        level=level_word(catalogue, first.nursing_level, short=True),
        colour=level_colour(ward, first.nursing_level),
        condition=condition_word(catalogue, first.condition),
        marks=tuple(slot.mark for slot in slots),
        statuses=tuple(slot.status for slot in slots),
        doctorLabel=catalogue.text("door.doctor"),
        doctor=_member(catalogue, first, "doctor"),
        nurseLabel=catalogue.text("door.nurse"),
        nurse=_member(catalogue, first, "nurse", "head_nurse"),
        surgery=catalogue.text("door.surgery") if first.surgery_today else "",
    )


def _member(catalogue: Catalogue, stay: DoorEncounter, *roles: str) -> str:
    names = [member.name for member in stay.team if member.role in roles]
    return names[0] if names else catalogue.text("bedhead.nobody")


def room_lamp(catalogue: Catalogue, room: Room, now: datetime) -> RoomLamp:
    """The room's head: its first call by priority and age, and how many more there are."""
    here = {bed.id: bed for bed in room.beds}
    still = [call for call in room.known_first(room.calls) if call.bed_id in here]
    if not still:
        return _no_lamp(catalogue, room)
    first = still[0]
    bed = here[first.bed_id]
    stays = [room.stays[stay] for stay in bed.occupants if stay in room.stays]
    team = stays[0].team if stays else ()
    light = lamp(catalogue, [first], team, room.time_of([first], now))
    kind = kind_of(first)
    key = "calls" if kind == CallClass.NORMAL else f"calls_{kind}"
    text = light.text
    if first.id in room.direct:
        text = catalogue.text("peer.door.direct", what=text)
    others = {call.id for call in still} - {first.id}  # one in doubt is one, at whichever beds
    if others:
        more = catalogue.text("door.more", n=len(others))
        text = catalogue.text("bedside.call.state", what=text, span=more)
    return RoomLamp(
        priority=light.priority,
        # One lamp for the room: it flashes while any call of its priority waits.
        flashing=any(
            room.waits(call.id) and lamp(catalogue, [call], (), now).flashing for call in still
        ),
        title=catalogue.text(f"door.{key}", bed=_in_doubt(bed, still)),
        text=text,
        walking=light.walking,
        bed_id=bed.id,
        icon=light.icon,
    )


def _no_lamp(catalogue: Catalogue, room: Room) -> RoomLamp:
    """No call is open here; without a hub that can store one that is not known, and it
    never looks like calm."""
    if room.live and room.stores:
        return _test_lamp(catalogue, room) or RoomLamp(text=catalogue.text("door.calm"))
    return RoomLamp(
        title=catalogue.text("door.blind"),
        text=catalogue.text("door.blind_detail"),
        icon="lan-disconnect",
        blind=True,
    )


def _test_lamp(catalogue: Catalogue, room: Room) -> RoomLamp | None:
    """A test call's own mark: it lights no lamp, and nobody goes there for it."""
    numbers = {bed.id: bed.number for bed in room.beds}
    tests = [test for test in room.tests if test.bed_id in numbers]
    if not tests:
        return None
    text = catalogue.text("door.test", bed=numbers[tests[0].bed_id])
    return RoomLamp(text=text, icon="phone-check-outline")


def sentences(catalogue: Catalogue, room: Room) -> list[SentenceRow]:
    """Where to call while the hub is away, what to wear before each isolated bed (alike ones
    together), then the ward's instructions."""
    wear: dict[tuple[str, ...], list[BedView]] = {}
    for bed in sorted(room.beds, key=lambda bed: (bed.order, bed.number, bed.id)):
        if pieces := _protection(room, bed):
            wear.setdefault(pieces, []).append(bed)
    comma = catalogue.text("door.separator")
    rows = [
        SentenceRow(
            key=f"wear-{beds[0].id}",
            icon="hand-wash",
            lead=catalogue.text(
                "door.before",
                beds=comma.join(catalogue.text("door.bed", bed=bed.number) for bed in beds),
            ),
            text=comma.join(_told(catalogue, key) for key in pieces),
        )
        for pieces, beds in wear.items()
    ]
    if not room.live:
        text = catalogue.text("peer.door.wired" if room.direct else "door.wired")
        rows.insert(0, SentenceRow(key="wired", icon="phone-alert", lead="", text=text))
    return [*rows, *_notices(catalogue, room.ward)]


_NOTICE_ICONS = {"notice.visiting": "account-clock", "notice.quiet": "volume-off"}
"""One icon has one meaning; the hospital's own words have the sign of an information."""


def _notices(catalogue: Catalogue, ward: Ward) -> list[SentenceRow]:
    """The ward's instructions; those in the hospital's own words are one paragraph, since they
    would all have one icon."""
    rows: list[SentenceRow] = []
    own: list[str] = []
    for index, notice in enumerate(ward.notices):
        try:
            text = catalogue.words(notice)
        except BadData:
            continue  # a sentence of a newer version cannot be said here
        icon = _NOTICE_ICONS.get(notice.key or "")
        if icon is None:
            own.append(text)
        else:
            rows.append(SentenceRow(key=f"notice-{index}", icon=icon, lead="", text=text))
    if own:
        text = catalogue.text("door.own_notices").join(own)
        rows.append(SentenceRow(key="notice-own", icon="information-outline", lead="", text=text))
    return rows


def _protection(room: Room, bed: BedView) -> tuple[str, ...]:
    """What to wear, each once, of all who lie in the bed; also while their names are hidden."""
    found: dict[str, None] = {}
    for stay in bed.occupants:
        encounter = room.stays.get(stay)
        for precaution in () if encounter is None else encounter.precautions:
            if precaution.state is Assessment.PRESENT:
                found.update(dict.fromkeys(precaution.protection))
    return tuple(found)


def _told(catalogue: Catalogue, key: str) -> str:
    """The word for a piece of protection; the hospital's own key when it is not known here."""
    try:
        return catalogue.text(key)
    except BadData:
        return key.rpartition(".")[2].replace("_", " ")
