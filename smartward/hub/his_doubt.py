"""Stays the HIS no longer tells: which of them go, and which stay with a question mark.

One stay that is missing and cannot be found by its id is over. When much of a ward is missing at
once, the search or the server is more likely broken than the ward empty: then only those go that
the HIS says are over, and the others stay, marked to be checked, until they are told again or their
time is up.
"""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from smartward.clinical.encounter import Encounter
from smartward.his.collapse import collapsed
from smartward.his.port import Gone, Rejection


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """What becomes of the stays that were not told."""

    over: frozenset[str]
    kept: tuple[Encounter, ...]
    """As they were; those that nobody can tell with the time since when."""


def weigh(
    known: Mapping[str, Encounter],
    missing: Collection[str],
    told: Mapping[str, object],
    now: datetime,
    longest: timedelta,
) -> Doubt:
    """`known`: what is stored of all stays; `missing`: ids the census lacks; `told`: what is said
    of each stay now (an `Item`), by the census or when asked for, as far as anything is."""
    collapse = collapsed(len(known), len(missing))
    over: set[str] = set()
    kept: list[Encounter] = []
    for id, before in known.items():
        said = told.get(id)
        if isinstance(said, Rejection) and id not in missing:
            # It is there, and only cannot be read: as it was.
            kept.append(dataclasses.replace(before, unconfirmed_since=None))
            continue
        marked = before.unconfirmed_since is not None
        if isinstance(said, Gone) and not (said.unknown and (collapse or marked)):
            over.add(id)
        elif said is None or isinstance(said, Gone | Rejection):
            since = before.unconfirmed_since or now
            if now - since >= longest:
                over.add(id)
            else:
                kept.append(dataclasses.replace(before, unconfirmed_since=since))
    return Doubt(frozenset(over), tuple(kept))
