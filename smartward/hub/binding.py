"""Which machine an enrolled device is, and what to make of one that says it is that device.

A document of the ward `house`, kind `binding`, id = device id. `weigh` is pure. What it rests on: a
start is an id that a program makes when it begins, so one that was followed by another and speaks
again is of a second program; and one machine cannot be two.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from smartward.machine import same_machine
from smartward.wire.start import Start

KIND = "binding"

_MOST_PAST = 8
MOST_STRANGERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Another machine, or another program, that came with the device's credential."""

    start: str
    machine: str
    public_key: str
    since: datetime
    heard_at: datetime
    here: bool = True
    """Heard of within `second_device_away_s`."""
    device_id: str | None = None
    """The device that this machine is enrolled as, where it is one."""

    def is_it(self, told: Start) -> bool:
        """Whether who speaks now is this one."""
        same = same_machine(self.machine, told.machine)
        alike = self.public_key == told.public_key if same is None else same
        return self.start == told.id or alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The machine that a device was at its first use, and its running start."""

    device_id: str
    public_key: str
    machine: str
    start: str
    since: datetime
    past: tuple[str, ...] = ()
    """Starts before this one, the newest last."""
    strangers: tuple[Stranger, ...] = ()


class Verdict(StrEnum):
    """What is to be made of who speaks."""

    KNOWN = "known"
    BIND = "bind"
    """The device itself, started anew or heard for the first time."""
    SECOND = "second"
    """Not the device that was there first: no data."""
    TWIN = "twin"
    """The device that was there first, and the one that came after it is a second."""


def weigh(
    binding: Binding | None, told: Start | None, *, here: bool, recent: bool, feed: bool
) -> Verdict:
    """Who speaks. `here`: the bound one has a feed open now; `recent`: or had one not long ago;
    `feed`: what is asked for is the feed, which alone tells of a start that is there to stay."""
    if binding is None:
        return Verdict.BIND if feed and told is not None else Verdict.KNOWN
    if told is None:
        return Verdict.SECOND
    same_key = told.public_key == binding.public_key
    same = same_machine(binding.machine, told.machine)
    ours = same_key if same is None else same
    if told.id == binding.start:
        return Verdict.KNOWN if ours and same_key else Verdict.SECOND
    if ours:
        return _of_this_machine(binding, told, here=here, feed=feed)
    refused = any(one.is_it(told) for one in binding.strangers)
    # Only who stays becomes the device, and is told of: no other gets a word of a patient.
    return Verdict.SECOND if refused or recent or not (same_key and feed) else Verdict.BIND


def _of_this_machine(binding: Binding, told: Start, *, here: bool, feed: bool) -> Verdict:
    if here and any(one.start == told.id for one in binding.strangers):
        return Verdict.SECOND
    if not feed:
        return Verdict.KNOWN
    return Verdict.TWIN if here and told.id in binding.past else Verdict.BIND


def bound(binding: Binding | None, told: Start, device_id: str, now: datetime) -> Binding:
    """The binding once `told` is the device."""
    if binding is None:
        return Binding(
            device_id=device_id,
            public_key=told.public_key,
            machine=told.machine,
            start=told.id,
            since=now,
        )
    past = (*(one for one in binding.past if one != told.id), binding.start)[-_MOST_PAST:]
    return replace(
        binding,
        public_key=told.public_key,
        machine=told.machine,
        start=told.id,
        past=past,
        strangers=tuple(one for one in binding.strangers if one.start != told.id),
    )


def refused(binding: Binding, stranger: Stranger) -> Binding:
    """The binding once `stranger` was heard; known before, it keeps its first time."""
    told = Start(id=stranger.start, machine=stranger.machine, public_key=stranger.public_key)
    before = [one for one in binding.strangers if one.is_it(told)]
    since = min((one.since for one in before), default=stranger.since)
    others = tuple(one for one in binding.strangers if one not in before)
    strangers = (*others, replace(stranger, since=since))[-MOST_STRANGERS:]
    return replace(binding, strangers=strangers)


def twin(binding: Binding, told: Start, now: datetime) -> Binding:
    """The binding once a start that was followed by another speaks again: the later one is the
    second."""
    later = Stranger(
        start=binding.start,
        machine=binding.machine,
        public_key=binding.public_key,
        since=now,
        heard_at=now,
        device_id=binding.device_id,
    )
    first = replace(binding, start=told.id, past=tuple(s for s in binding.past if s != told.id))
    return replace(first, strangers=(*first.strangers, later)[-MOST_STRANGERS:])
