"""Hints: a hospital system that tells a hub that something changed, so that it looks sooner.

What changed is never taken from a hint; polling stays the truth.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hook:
    """Where hints are sent to, and what is in their Authorization header (Bearer)."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands. `active` of those that are `wanted` give hints now."""

    offered: bool
    wanted: int = 0
    active: int = 0


class Hinting(Protocol):
    """Who sees to it that hints come."""

    async def keep(self, beds: Collection[str], patients: Collection[str]) -> Standing:
        """Look at everything that gives hints and put it right, for these beds and patients (our
        ids). Raises Unreachable, Refused and BadData as the port's methods."""

    async def end(self) -> None:
        """No more hints. Never raises for the hospital system's faults."""
