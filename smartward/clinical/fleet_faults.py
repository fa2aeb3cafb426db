"""What is wrong with a ward's screens, in as few lines as it has causes: a ward, a network or a
room that has gone silent is one line, also where a screen of it was dead before; and so is one
fault that several have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    faults_since: Mapping[str, datetime] = field(default_factory=dict)
    """When each of them was told first, where that is known."""
    room: str = ""
    network: str = ""
    alone: bool = False
    """It is missed later than screens are (a gateway, which keeps no feed open): a loss of several
    is told without it."""
    awaited: bool = False
    """It was placed lately and not heard since: that is no fault, and tells nothing of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultGroup:
    """One line. `fault`: a text key; empty: they are silent."""

    extent: Extent
    name: str
    """Of the room or network; empty for the ward and for single screens."""
    fault: str
    ids: tuple[str, ...]
    since: datetime | None
    """Since when the first of them is silent, or tells this fault; None: nobody knows."""


def groups(looked: Iterable[Looked]) -> list[FaultGroup]:
    """All that is wrong, what concerns most screens first."""
    screens = [one for one in looked if not one.awaited]
    found = [*_silent([one for one in screens if not one.alone]), *_faulty(screens)]
    found += [_group(Extent.SCREENS, "", [one]) for one in screens if one.alone and not one.online]
    extents = list(Extent)
    return sorted(
        found, key=lambda one: (extents.index(one.extent), bool(one.fault), -len(one.ids), one.ids)
    )


def _silent(screens: Sequence[Looked]) -> list[FaultGroup]:
    found: list[FaultGroup] = []
    left = [one for one in screens if not one.online]
    lost = _at_once(left)
    if len(left) == len(screens) and len(lost) >= _FEWEST and _all_over(lost, left):
        found.append(_group(Extent.WARD, "", lost))
        left = [one for one in left if one not in lost]
    for extent, place in (
        (Extent.NETWORK, _network),
        (Extent.ROOM, _room),
    ):
        for name, there in _by(screens, place):
            if name and all(one in left for one in there):
                lost = _at_once(there)
                if len(lost) >= _FEWEST:
                    found.append(_group(extent, name, lost))
                    left = [one for one in left if one not in lost]
    found += [_group(Extent.SCREENS, "", [one]) for one in left]
    return found


def _all_over(lost: Sequence[Looked], silent: Sequence[Looked]) -> bool:
    """Whether they were lost wherever the ward has screens: else a network of it was."""
    return {_network(one) for one in silent} - {""} <= {_network(one) for one in lost}


def _network(one: Looked) -> str:
    return one.network


def _room(one: Looked) -> str:
    return one.room


def _at_once(screens: Sequence[Looked]) -> list[Looked]:
    """The most of these silent screens that were lost together, the last of them where several are
    as many. A ward has one or the other that is dead since long, or never came."""
    found: list[Looked] = []
    for last in sorted({one.since for one in screens}, reverse=True):
        lost = [one for one in screens if timedelta(0) <= last - one.since <= AT_ONCE]
        found = max(found, lost, key=len)
    return found


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
    began = [one.faults_since.get(fault) if fault else one.since for one in having]
    known = [at for at in began if at is not None]
    # The one that nobody knows of may be the first.
    since = min(known) if len(known) == len(began) else None
    return FaultGroup(extent=extent, name=name, fault=fault, ids=ids, since=since)
