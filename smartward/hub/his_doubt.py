"""Stays the HIS no longer tells: which of them go, and which stay with a question mark.

One stay that is missing and cannot be found by its id is over when that has been so for some
minutes: a node of the server may not know it for a moment. Until then it is marked. When much of a
ward is missing at once, the search or the server is more likely broken than the ward empty: then
only those go that the HIS says are over, and the others stay, marked to be checked, until they are
told again or their time is up.
"""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from smartward.clinical.encounter import Encounter
from smartward.his.collapse import collapsed
from smartward.his.port import Gone, Rejection

SURE_AFTER = timedelta(minutes=3)
"""How long a single stay has to be found by no way before it is over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """What becomes of the stays that were not told."""

    over: frozenset[str]
    kept: tuple[Encounter, ...]
    """As they were; those that nobody can tell with the time since when."""
    lost: frozenset[str] = frozenset()
    """Of those, the ones that were not found together with much of the ward."""


def weigh(
    known: Mapping[str, Encounter],
    missing: Collection[str],
    told: Mapping[str, object],
    now: datetime,
    longest: timedelta,
    lost: Collection[str] = (),
) -> Doubt:
    """`known`: what is stored of all stays; `missing`: ids the census lacks; `told`: what is said
    of each stay now (an `Item`), by the census or when asked for, as far as anything is; `lost`: as
    the last time gave it."""
    collapse = collapsed(len(known), len(missing))
    over: set[str] = set()
    kept: list[Encounter] = []
    doubted: set[str] = set()
    for id, before in known.items():
        said = told.get(id)
        if isinstance(said, Rejection) and id not in missing:
            # It is there, and only cannot be read: as it was.
            kept.append(dataclasses.replace(before, unconfirmed_since=None))
            continue
        if isinstance(said, Gone) and not said.unknown:
            over.add(id)
        elif said is None or isinstance(said, Gone | Rejection):
            since = before.unconfirmed_since or now
            alone = isinstance(said, Gone) and not collapse and id not in lost
            if now - since >= (min(SURE_AFTER, longest) if alone else longest):
                over.add(id)
            else:
                if collapse or id in lost:
                    doubted.add(id)
                kept.append(dataclasses.replace(before, unconfirmed_since=since))
    return Doubt(frozenset(over), tuple(kept), frozenset(doubted))
