"""What is wrong with a ward's screens, in as few lines as it has causes: a ward, a network or a
room whose screens all fell silent at once is one line, and so is one fault that several have."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AT_ONCE = timedelta(minutes=2)
"""Screens that were lost within so long were lost together: the slowest notices a dead line by
three beats missed, and a switch that restarts takes its time."""
_FEWEST = 2
"""Screens of one place that make a group."""


class Extent(StrEnum):
    """How far a fault goes."""

    WARD = "ward"
    NETWORK = "network"
    ROOM = "room"
    SCREENS = "screens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One screen as it is looked at: empty texts where it is not known where it is."""

    id: str
    online: bool
    since: datetime
    """Since when it is there or away."""
    faults: tuple[str, ...] = ()
    """Text keys: what it tells and what the hub found."""
    room: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultGroup:
    """One line. `fault`: a text key; empty: they are silent."""

    extent: Extent
    name: str
    """Of the room or network; empty for the ward and for single screens."""
    fault: str
    ids: tuple[str, ...]
    since: datetime


def groups(screens: Sequence[Looked]) -> list[FaultGroup]:
    """All that is wrong, what concerns most screens first."""
    found = [*_silent(screens), *_faulty(screens)]
    extents = list(Extent)
    return sorted(
        found, key=lambda one: (extents.index(one.extent), bool(one.fault), -len(one.ids), one.ids)
    )


def _silent(screens: Sequence[Looked]) -> list[FaultGroup]:
    if _together(screens):
        return [_group(Extent.WARD, "", screens)]
    found: list[FaultGroup] = []
    left = list(screens)
    for extent, place in (
        (Extent.NETWORK, _network),
        (Extent.ROOM, _room),
    ):
        for name, there in _by(screens, place):
            if name and _together(there) and all(one in left for one in there):
                found.append(_group(extent, name, there))
                left = [one for one in left if one not in there]
    found += [_group(Extent.SCREENS, "", [one]) for one in left if not one.online]
    return found


def _network(one: Looked) -> str:
    return one.network


def _room(one: Looked) -> str:
    return one.room


def _together(screens: Sequence[Looked]) -> bool:
    """Whether all of them are silent, and became so at once."""
    if len(screens) < _FEWEST or any(one.online for one in screens):
        return False
    since = [one.since for one in screens]
    return max(since) - min(since) <= AT_ONCE


def _faulty(screens: Iterable[Looked]) -> list[FaultGroup]:
    by_fault: dict[str, list[Looked]] = {}
    for one in screens:
        if one.online:
            for fault in one.faults:
                by_fault.setdefault(fault, []).append(one)
    return [_group(Extent.SCREENS, "", having, fault) for fault, having in by_fault.items()]


def _by(
    screens: Iterable[Looked], place: Callable[[Looked], str]
) -> list[tuple[str, list[Looked]]]:
    found: dict[str, list[Looked]] = {}
    for one in screens:
        found.setdefault(place(one), []).append(one)
    return list(found.items())


def _group(extent: Extent, name: str, having: Sequence[Looked], fault: str = "") -> FaultGroup:
    ids = tuple(sorted(one.id for one in having))
    since = min(one.since for one in having)
    return FaultGroup(extent=extent, name=name, fault=fault, ids=ids, since=since)
