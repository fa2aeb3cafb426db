"""Polls the hospital information system and turns what it tells into the ward's documents.

Census first: it decides who is on the ward. An encounter that is missing there is asked for by its
id before it is let go, so that a broken search never empties a ward; when much of the ward is
missing at once, what nobody can tell of stays and is marked to be checked (`his_doubt`). Nothing is
applied from a walk that failed.
"""

import asyncio
import dataclasses
import logging
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta

import msgspec

from smartward.clinical.device import HisLink
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, Refused, SmartWardError, Unreachable
from smartward.his.port import (
    Census,
    Changes,
    HisPort,
    Kind,
    Rejection,
    Value,
    Watermark,
)
from smartward.hub import ward_entries
from smartward.hub.facts import WardFacts
from smartward.hub.his_applying import Applying, BadgeTaker, Told, item_id
from smartward.hub.his_removed import Removed
from smartward.hub.his_turns import Owed, Turns
from smartward.hub.store.base import Store, Tx
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.his_sync")

_FIRST_AT_ONCE = 20
"""Most stays whose whole past is asked for at once: what a first load needs for a moment does not
grow with the ward, its writes hold up no other for long, and the first beds are told early."""
_UNKNOWN_AT_ONCE = 5
"""As long as nobody knows how much there is of a stay."""
_LONGEST_ASKING_S = 15.0
"""A server that is slow to tell of things by their ids holds up the ward's turn no longer, but for
the answer that is being waited for. The next turn goes on with the others."""
_TOLD_AT_ONCE = 6000
"""Documents that are meant to come at once, where stays have many."""


class HisSync:
    """One poller of one ward. `his_as_of` is hub time of the last completed census."""

    def __init__(
        self,
        store: Store,
        his: HisPort,
        clock: Clock,
        settings: Settings,
        facts: WardFacts,
        badges: BadgeTaker | None = None,
    ) -> None:
        """`badges` is handed the badges that the HIS tells, within the census's write; None: the
        hub takes none from the HIS."""
        self._store = store
        self._his = his
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._facts = facts
        self._apply = Applying(clock, settings, badges)
        self._edge = Edge(log, "the link to the hospital system")
        self._watermark: Watermark | None = None
        self._link: HisLink | None = None
        self.as_of: datetime | None = None
        self._broken = False
        self.rest_s = 0.0
        """Seconds the HIS asked to be let be when it last answered; 0: it did not."""
        self._aside: tuple[Rejection, ...] = ()
        self._turns = {Kind.ENCOUNTER: Turns(), Kind.BED: Turns()}
        self._owed: Owed[tuple[Kind, str]] = Owed()
        longest = timedelta(hours=settings.his_unconfirmed_h)
        self._removed = Removed(store, his, clock, settings.ward, facts, longest)
        self._tasks = Tasks()
        self._followed: set[str] = set()
        """Stays that the adapter was asked about when it was last asked, and all of it taken over:
        it goes on from there for these and knows nothing of others."""
        self.unread: set[str] = set()
        """Encounters known by name only: nothing of theirs was read completely yet. Rules wait,
        for a patient whose observations are still on their way has none overdue."""

    @property
    def up(self) -> bool:
        """Whether the last turn succeeded."""
        return self._link is not None and self._link.up and not self._broken

    async def load(self) -> None:
        """Take up where the last process stopped."""
        state = await self._store.read(lambda tx: tx.his_state_get("sync", self._ward))
        if state is not None:
            known = msgspec.json.decode(state, type=_SyncState)
            self.as_of = known.as_of
            self._watermark = known.watermark
            self._apply.lost = frozenset(known.lost)
        await self._store.write(self._apply.own_settings)
        if self._watermark is None:
            self.unread = set(self._facts.encounters())

    async def turn(self) -> bool:
        """One poll. Never raises for the HIS's faults, nor for a ward or path that is wrong there:
        gives whether it succeeded.

        What else goes wrong (our disk, a defect of ours) is raised, and `up` is False meanwhile.
        """
        try:
            await self._poll()
        except (Unreachable, Refused, BadData, Misconfigured) as error:
            asked = error.values.get("retry_after_s")
            self.rest_s = float(asked) if isinstance(asked, int | float) else 0.0
            await self._down(error)
            return False
        except Exception:
            self._broken = True
            raise
        self._broken = False
        self.rest_s = 0.0
        self._edge.up(self._clock.monotonic())
        return True

    async def _poll(self) -> None:
        census = await self._his.census()
        missing = self._missing(census)
        asked = await self._ask_in_turn(Kind.ENCOUNTER, missing)
        beds = await self._ask_in_turn(Kind.BED, await self._missing_beds(census))
        as_of = self._clock.now()
        new = self._new(census)
        self.unread |= new
        self._followed -= new
        await self._store.write(lambda tx: self._apply.census(tx, census, missing, asked, beds))
        changes = await self._follow(self._on_ward(census))
        self.as_of = as_of
        if changes.complete:
            self.unread.clear()
        await self._up(census, changes)

    async def _follow(self, stays: list[str]) -> Changes:
        """What happens to these stays, new ones some at a time; gives what was told last.

        While some are written the next are asked for: a first load waits for the HIS alone.
        """
        new = [id for id in stays if id not in self._followed]
        known = [id for id in stays if id in self._followed]
        count = min(len(new), _UNKNOWN_AT_ONCE)
        asked, new = [*known, *new[:count]], new[count:]
        watermark, writing = self._watermark, None
        try:
            while True:
                changes = await self._his.changes(asked, watermark)
                watermark = changes.watermark
                if writing is not None:
                    await writing
                writing = self._tasks.spawn(await self._take_over(changes, asked), "take over")
                if not new:
                    break
                count = _at_once(changes, count)
                del changes  # whoever writes them has them as long as that takes
                asked, new = [*asked, *new[:count]], new[count:]
            await writing
        finally:
            if writing is not None and not writing.done():
                await asyncio.wait((writing,))
            if watermark != self._watermark:
                # What was handed out last was not taken over: the adapter starts anew, and so has
                # everybody to come anew. Where it merely failed, it goes on from where it was.
                self._followed = set()
        return changes

    async def _take_over(self, changes: Changes, stays: list[str]) -> Coroutine[None, None, None]:
        """Ask for what these changes lack; gives the write of it all, to be awaited."""
        wanted = self._owed.some(self._absent(changes))
        absent = await self._ask_for(wanted)
        self._owed.back(wanted[len(absent) :])
        removed = await self._removed.look(changes)
        now = self._clock.now()

        def apply(tx: Tx) -> None:
            self._apply.changes(tx, changes, absent, now)
            self._removed.apply(tx, removed)

        async def write() -> None:
            await self._store.write(apply)
            self._watermark = changes.watermark
            self._followed = set(stays)
            if changes.complete:
                self.unread.difference_update(stays)

        return write()

    def _on_ward(self, census: Census) -> list[str]:
        return [item.id for item in census.encounters if isinstance(item, Value)]

    def _new(self, census: Census) -> set[str]:
        """Stays of which nothing was read yet: new ones, and those that were put right to be
        another person's."""
        told = (item.body for item in census.encounters if isinstance(item, Value))
        return {one.id for one in told if self._facts.patient_of(one.id) != one.patient.id}

    def _missing(self, census: Census) -> list[str]:
        told = {item_id(item, self._settings.his_source) for item in census.encounters}
        known = set(self._facts.encounters())
        return sorted(known - told)

    async def _missing_beds(self, census: Census) -> list[str]:
        """Beds that are known and not told: an answer without beds must not clear a ward."""
        told = {item_id(item, self._settings.his_source) for item in census.beds}
        known = {s.id for s in await self._store.read(lambda tx: tx.all(self._ward, "bed"))}
        return sorted(known - told)

    def _absent(self, changes: Changes) -> list[tuple[Kind, str]]:
        told = {(str(i.kind), i.id) for i in changes.items if not isinstance(i, Rejection)}
        return [
            (Kind(kind), id)
            for encounter_id in changes.whole
            for kind, id in self._facts.ids(encounter_id)
            if (kind, id) not in told and not ward_entries.is_ours(id)
        ]

    async def _ask_in_turn(self, kind: Kind, ids: list[str]) -> list[Told]:
        wanted = [(kind, id) for id in self._turns[kind].some(ids)]
        told = await self._ask_for(wanted)
        if told:
            self._turns[kind].stopped(wanted[len(told) - 1][1])
        return told

    async def _ask_for(self, wanted: list[tuple[Kind, str]]) -> list[Told]:
        """What became of these, of the first at least: of as many as there is time for."""
        began, told = self._clock.monotonic(), list[Told]()
        for kind, id in wanted:
            told.append(await self._his.read(kind, id))
            if self._clock.monotonic() - began >= _LONGEST_ASKING_S:
                break
        return told

    async def _up(self, census: Census, changes: Changes) -> None:
        aside = {(r.resource_type, r.source_id): r for r in (*census.rejected, *changes.rejected)}
        rejected = dict(Counter(one.key for one in aside.values()))
        up_before = self._link is not None and self._link.up
        since = self._link.since if self._link is not None and up_before else self._clock.now()
        lost = sorted(self._apply.lost)
        state = msgspec.json.encode(_SyncState(self.as_of, self._watermark, lost))
        link = HisLink(up=True, since=since, last_census_at=self.as_of, rejected=rejected)
        await self._tell(link, state, tuple(aside.values()))

    async def _down(self, error: SmartWardError) -> None:
        self._edge.down(self._clock.monotonic(), str(error))
        if self._link is None or self._link.up:
            rejected = self._link.rejected if self._link is not None else {}
            await self._tell(
                HisLink(
                    up=False, since=self._clock.now(), last_census_at=self.as_of, rejected=rejected
                ),
                None,
            )

    async def _tell(
        self, link: HisLink, state: bytes | None, aside: tuple[Rejection, ...] | None = None
    ) -> None:
        """Write the link's document on its edges and when a rejection is new; the state always.

        `aside`: everything set aside now; None where that is not known.
        """
        before = self._link
        edge = before is None or (before.up, before.rejected) != (link.up, link.rejected)

        def write(tx: Tx) -> None:
            if edge:
                tx.put(self._ward, "his_link", "his", link)
            if state is not None:
                tx.his_state_set("sync", state, self._ward)
            if aside is not None and (edge or aside != self._aside):
                _set_aside(tx, aside)

        if edge or state is not None:
            await self._store.write(write)
        # Only what was written was told: an edge whose write failed is told by the next turn.
        self._link = link if edge else before
        self._aside = self._aside if aside is None else aside


def _set_aside(tx: Tx, aside: tuple[Rejection, ...]) -> None:
    """Keep each thing that cannot be used with its reason, and forget what can be used again."""
    now = {(one.resource_type, one.source_id) for one in aside}
    for before in tx.rejected_all():
        if (before.resource_type, before.source_id) not in now:
            tx.rejected_clear(before.resource_type, before.source_id)
    for one in aside:
        tx.rejected_put(one.resource_type, one.source_id, one.key, one.detail)


def _at_once(changes: Changes, stays: int) -> int:
    """How many stays to ask for next, by what came of so many."""
    each = max(1, len(changes.items)) / max(1, stays)
    return max(1, min(_FIRST_AT_ONCE, round(_TOLD_AT_ONCE / each)))


@dataclasses.dataclass(frozen=True, slots=True)
class _SyncState:
    """What is kept of the sync between two processes."""

    as_of: datetime | None
    watermark: Watermark | None
    lost: list[str] = dataclasses.field(default_factory=list)
