"""A first look at a hospital system, before a ward is chosen, whatever it speaks."""

from collections.abc import Sequence
from typing import Protocol


class Candidate(Protocol):
    """A place that may be a ward."""

    @property
    def id(self) -> str:
        """What `his_ward` may be set to."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What else `his_ward` may be set to."""

    @property
    def beds(self) -> int:
        """How many beds are in it."""


class Look(Protocol):
    """Looks round at one address."""

    async def meet(self) -> None:
        """Make sure that such a system answers there. Raises Misconfigured when what answers is
        none, else as the port says."""

    async def wards(self) -> Sequence[Candidate]:
        """Places that may be wards, those with the most beds first. Raises as the port says."""

    async def hints(self) -> bool:
        """Whether it offers to tell of changes. Raises as the port says."""

    async def close(self) -> None:
        """Let go of all connections."""
