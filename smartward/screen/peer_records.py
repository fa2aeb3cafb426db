"""Direct calls as a screen knows them: what a receiver was told, and what a bed was answered.

A direct call becomes a nurse call by the same lifecycle as at the hub: its touches, and what was
touched about it here, are done one after the other. Nothing here travels or is drawn.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.call_mark import Actor
from smartward.clinical.nurse_call import (
    CallClass,
    CallReason,
    CallRefused,
    ClosePlace,
    NurseCall,
)
from smartward.wire.envelope import Action, ActionKind, Person

HEARD_S = 8.0
"""A bed that repeats its call says so every 2 s; after this long without a word it is not heard."""


class KeptTouch(msgspec.Struct, frozen=True, kw_only=True):
    """One touch of a direct call, by the receiver's own reckoning of the hub's time."""

    id: str
    kind: str
    at: datetime
    reason: CallReason | None = None
    family: str | None = None


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a bed said as it was signed, to be shown to a hub. `said`: the digest of what went
    before; `at`: when it was heard, by this receiver's reckoning of the hub's time."""

    said: bytes
    body: str
    signature: bytes
    at: datetime


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A direct call as a receiver keeps it. `taken`: its bed says that a hub has it."""

    id: str
    sender: str
    bed_id: str
    call_class: CallClass
    first_at: datetime
    heard_at: datetime
    encounter_id: str | None = None
    estimated: bool = False
    touches: tuple[KeptTouch, ...] = ()
    coming: str | None = None
    coming_at: datetime | None = None
    present_at: datetime | None = None
    closed_at: datetime | None = None
    other_beds: tuple[str, ...] = ()
    """Where it may come from besides, as `NurseCall.other_beds`."""
    taken: bool = False
    word: Word | None = None
    """The bed's newest word, with all of its touches."""

    @property
    def is_over(self) -> bool:
        """Whether it was ended at its bed or in its room, as its bed tells."""
        last = self.touches[-1].kind if self.touches else ""
        return self.closed_at is not None or last == ActionKind.CALL_CLOSE

    def same_as(self, other: "Record | None") -> bool:
        """Whether nothing is new but that it was heard again."""
        if other is None:
            return False
        before = msgspec.structs.replace(other, heard_at=self.heard_at, word=self.word)
        return before == self


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the receivers have answered to a bed's own call, put together."""

    station: bool = False
    """A station has it on its disk."""
    door: bool = False
    """The door of the room has it."""
    shown: bool = False
    """A station has drawn it before somebody's eyes."""
    coming: str | None = None
    present: bool = False
    closed: bool = False
    reason: CallReason | None = None
    """What was asked for, as far as a station has it."""

    @property
    def stage(self) -> int:
        """How far the call is: 0 nowhere, 1 kept, 2 seen at a station, 3 accepted, 4 here."""
        if self.present:
            return 4
        if self.coming is not None:
            return 3
        return 2 if self.shown else int(self.station)


@dataclass(slots=True)
class DirectCalls:
    """What the models of one screen read. `peer_*` bring it up to date and call `changed`."""

    records: dict[str, Record] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    """Calls that a frame of an awake display held."""
    answered: dict[str, Answered] = field(default_factory=dict)
    """A bed's own calls by id."""
    unheard: frozenset[str] = frozenset()
    """Calls whose bed has not repeated them for `HEARD_S`."""
    drop: Callable[[str, str | None], None] = lambda id, person_id: None
    """A person says that a call whose bed is silent has been seen to: which call, and who."""
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def changed(self) -> None:
        """Tell the models."""
        for listener in list(self.listeners):
            listener()

    def holds(self, action: Action) -> bool:
        """Whether a touch waits here until a hub knows the call it is about."""
        record = self.records.get(action.subject)
        return record is not None and not record.taken


HubTime = Callable[[datetime], datetime]


def as_call(
    record: Record, known: NurseCall | None, deeds: Iterable[Action], hub_time: HubTime
) -> NurseCall:
    """The nurse call that a record is. `known`: as a hub told of it; `deeds`: what was touched
    about it on this screen and no hub has answered."""
    touches = record.touches
    if known is not None:
        # The hub has placed it.
        touches = tuple(each for each in touches if each.kind != ActionKind.CALL_PLACE)
    done = [*(_of_touch(record, touch) for touch in touches), *_relayed(record)]
    done += [_of_deed(action, hub_time(action.made_at)) for action in deeds]
    done.sort(key=lambda each: each[0])
    call = known
    if call is None:
        placed = min((touch.at for touch in record.touches), default=record.first_at)
        call = _placed(record, placed)
        first = min(record.touches, key=lambda touch: touch.at, default=None)
        if first is not None and first.kind in (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN):
            done = [each for each in done if each[2] != first.id]
    for at, change, _ in done:
        try:
            call = change(call, at)
        except CallRefused:
            continue  # closed, or somebody goes already
    beds = (*call.other_beds, *record.other_beds)
    return replace(call, other_beds=tuple(dict.fromkeys(beds)))


def _placed(record: Record, at: datetime) -> NurseCall:
    return lifecycle.place(
        record.id,
        record.bed_id,
        record.sender,
        record.call_class,
        at,
        record.first_at,
        encounter_id=record.encounter_id,
        estimated=record.estimated,
    )


_Change = Callable[[NurseCall, datetime], NurseCall]
_Deed = tuple[datetime, _Change, str]


def _of_touch(record: Record, touch: KeptTouch) -> _Deed:
    by = Actor(device_id=record.sender, family=touch.family, name=touch.family)
    reason = touch.reason
    changes: dict[str, _Change] = {
        ActionKind.CALL_PLACE: lambda call, at: lifecycle.press_again(call, at),
        ActionKind.CALL_AGAIN: lambda call, at: lifecycle.press_again(call, at),
        ActionKind.CALL_NOT_NEEDED: lambda call, at: lifecycle.not_needed(call, at, None),
        ActionKind.CALL_ARRIVE: lambda call, at: lifecycle.arrive(call, at, by),
        ActionKind.CALL_CLOSE: lambda call, at: lifecycle.close(call, at, by, ClosePlace.ORIGIN),
    }
    if reason is not None:
        return touch.at, lambda call, at: lifecycle.give_reason(call, reason, at), touch.id
    return touch.at, changes.get(touch.kind, _nothing), touch.id


def _relayed(record: Record) -> Iterable[_Deed]:
    """What another receiver answered, as the bed passes it on."""
    by = Actor(device_id="", family=record.coming, name=record.coming, known="name")
    if record.coming_at is not None:
        yield record.coming_at, lambda call, at: lifecycle.accept(call, at, by), ""
    if record.present_at is not None:
        yield record.present_at, lambda call, at: lifecycle.arrive(call, at, by), ""
    if record.closed_at is not None:
        yield record.closed_at, lambda call, at: lifecycle.close(call, at, by, ClosePlace.ROOM), ""


def _of_deed(action: Action, at: datetime) -> _Deed:
    by = actor(action.by)
    changes: dict[str, _Change] = {
        ActionKind.CALL_ACCEPT: lambda call, at: lifecycle.accept(call, at, by),
        ActionKind.CALL_HEARD: lambda call, at: lifecycle.heard(call, at, by),
        ActionKind.CALL_REINFORCE: lambda call, at: lifecycle.reinforce(call, at, by),
        ActionKind.CALL_ARRIVE: lambda call, at: lifecycle.arrive(call, at, by),
        ActionKind.CALL_CLOSE: lambda call, at: lifecycle.close(call, at, by, ClosePlace.ROOM),
    }
    return at, changes.get(action.kind, _nothing), action.id


def _nothing(call: NurseCall, at: datetime) -> NurseCall:
    del at
    return call


def actor(person: Person) -> Actor:
    """Who touched this screen, as they are known here."""
    return Actor(
        device_id="",
        person_id=person.id,
        name=person.name,
        family=person.family,
        known=person.known,
    )


def together(answers: Sequence[tuple[bool, "Answered"]]) -> Answered:
    """Several receivers' answers as one; each with whether it is a station's."""
    coming = [each.coming for _, each in answers if each.coming is not None]
    return Answered(
        station=any(each.station for _, each in answers),
        door=any(each.door for _, each in answers),
        shown=any(each.shown for station, each in answers if station),
        coming=max(coming, key=len, default=None),
        present=any(each.present for _, each in answers),
        closed=any(each.closed for _, each in answers),
        reason=next((each.reason for _, each in answers if each.station), None),
    )
