"""How the images of screens are replaced: what an update is, for whom, how far each screen is.

An update goes from ring to ring: one screen, its ward, all wards. Each ring opens once every screen
of those before it runs the update well, and has for a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RECENT = timedelta(days=1)
"""A screen that was silent for longer does not hold the others up."""


class Stage(StrEnum):
    """How far a screen is with an update."""

    OFFERED = "offered"
    DOWNLOADING = "downloading"
    LOADED = "loaded"
    """It is on its disk, whole."""
    INSTALLED = "installed"
    """Signature and system are right and it is written to the other slot: it starts next time."""
    TRYING = "trying"
    """It runs, and tests itself."""
    GOOD = "good"
    ROLLED_BACK = "rolled_back"
    """Its tries are used up: the system from before runs again."""
    FAILED = "failed"
    """It was not taken: `why` tells."""


UNDER_WAY = frozenset(
    {Stage.OFFERED, Stage.DOWNLOADING, Stage.LOADED, Stage.INSTALLED, Stage.TRYING}
)
BAD = frozenset({Stage.ROLLED_BACK, Stage.FAILED})
STARTING = frozenset({Stage.INSTALLED, Stage.TRYING})
"""What a screen with a turn is at until it is known how that went."""

WENT_BACK = "fleet.trouble.went_back"
"""Text key: its former system runs again."""
NOT_TAKEN = "fleet.trouble.not_taken"
"""Text key: it took no update."""


class Ring(StrEnum):
    """How far an update may go."""

    DEVICE = "device"
    WARD = "ward"
    ALL = "all"


RINGS = tuple(Ring)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateBundle:
    """Document kind `update_bundle` of the ward `house`: one update as the hub serves it."""

    id: str
    """The beginning of its SHA-256."""
    sha256: str
    size: int
    """Bytes."""
    version: str
    compatible: str
    """Which images it replaces: system, release of Debian, architecture."""
    build: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePlan:
    """Document kind `update_plan` of the ward `house`, id = `compatible`: whom an update is for."""

    compatible: str
    bundle: str
    ring: Ring
    """The widest one."""
    first: str
    """Id of the screen that gets it first."""
    ward: str
    """Of that screen."""
    soak_h: float
    """Hours for which all screens of a ring must run it well before the next one opens."""
    begun_at: datetime
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenUpdate:
    """Document kind `screen_update` of the ward, id = device id: how far a screen is."""

    device_id: str
    compatible: str
    version: str
    """Of the system that runs."""
    bundle: str = ""
    """The update that it is about; empty: it was offered none."""
    stage: Stage | None = None
    why: str = ""
    """Text key of why it was not taken or did not stay."""
    attempt: int = 0
    """How often the screen has begun with it."""
    since: datetime
    starting_at: datetime | None = None
    """When it was given its turn to start what is installed; None: it has none."""
    offered: str = ""
    """The update that a hub offered it last."""
    given_up: bool = False
    """Nobody plans this update for it any more: that it was not borne is no fault."""

    @property
    def fault(self) -> str:
        """Text key of what is wrong with how its system was replaced; empty: nothing is."""
        if self.given_up or self.stage not in BAD:
            return ""
        return WENT_BACK if self.stage is Stage.ROLLED_BACK else NOT_TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A screen of a ring."""

    device_id: str
    ward: str
    update: ScreenUpdate
    seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How far a plan is open now."""

    ring: Ring
    held: str = ""
    """Text key of why it goes no further; empty: it has reached its widest ring."""
    ids: tuple[str, ...] = ()
    """The screens because of which."""


def within(plan: UpdatePlan, ring: Ring, member: Member) -> bool:
    """Whether a screen belongs to that ring."""
    if member.update.compatible != plan.compatible:
        return False
    if ring is Ring.DEVICE:
        return member.device_id == plan.first
    return ring is Ring.ALL or member.ward == plan.ward


def gate(plan: UpdatePlan, version: str, members: Iterable[Member], now: datetime) -> Gate:
    """Which ring is open. `version`: of the update; whoever has that has no need of it. One screen
    that was offered it and did not bear it holds up all others, in whichever ring."""
    every = list(members)
    found = next(
        (
            shut
            for ring in RINGS[: RINGS.index(plan.ring)]
            if (shut := _shut(plan, version, ring, every, now)) is not None
        ),
        Gate(ring=plan.ring),
    )
    bad = [
        one
        for one in every
        if _has(plan, one) and one.update.offered == plan.bundle and one.update.stage in BAD
    ]
    return Gate(ring=found.ring, held="updates.held.bad", ids=_ids(bad)) if bad else found


def _shut(
    plan: UpdatePlan, version: str, ring: Ring, every: list[Member], now: datetime
) -> Gate | None:
    """Why it does not go beyond this ring; None: it does."""
    mine = [one for one in every if within(plan, ring, one)]
    if not mine:
        return Gate(ring=ring, held="updates.held.nobody")
    there = [one for one in mine if _recent(one, now) or ring is Ring.DEVICE]
    without = [one for one in there if not _good(plan, version, one)]
    if without:
        return Gate(ring=ring, held="updates.held.under_way", ids=_ids(without))
    soak = timedelta(hours=plan.soak_h)
    young = [one for one in there if _has(plan, one) and now - one.update.since < soak]
    return Gate(ring=ring, held="updates.held.soak", ids=_ids(young)) if young else None


def _ids(members: list[Member]) -> tuple[str, ...]:
    return tuple(sorted(one.device_id for one in members))


def _has(plan: UpdatePlan, member: Member) -> bool:
    return member.update.bundle == plan.bundle


def _recent(member: Member, now: datetime) -> bool:
    return member.seen is not None and now - member.seen < RECENT


def _good(plan: UpdatePlan, version: str, member: Member) -> bool:
    if _has(plan, member):
        return member.update.stage is Stage.GOOD
    return member.update.version == version
