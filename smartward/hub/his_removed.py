"""What the ward entered and the hospital system no longer has.

A sign that a whole look at its stay lacks, and a mark whose plan item the hospital system has
otherwise, is asked for by the id it has there; so is a sign that is told to be no more, for that
may be said of a copy of it. What was deleted or marked as entered in error there counts no more
here: the entry is kept and says so, and a person decides whether it shall stand all the same. What
is merely not found has to be so for some minutes, for a node of the server may not know it for a
moment, and much that is not found at once for hours: the server is more likely broken.
"""

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from smartward.clinical.his_write import WriteKind
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import ObservationEntry, set_of
from smartward.clinical.plan import PlanItem
from smartward.clinical.plan_mark import PlanMark
from smartward.clock import Clock
from smartward.his.collapse import COLLAPSE_LEAST, collapsed
from smartward.his.port import Changes, Gone, HisPort, Kind, Still, Value
from smartward.hub.facts import WardFacts
from smartward.hub.his_doubt import SURE_AFTER
from smartward.hub.his_turns import Owed
from smartward.hub.removed_entries import take_away
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.write_table import QueueState
from smartward.hub.ward_entries import document_of, is_ours, key_of, mark_kind

Row: TypeAlias = tuple[WriteKind, str]
"""Kind and id of a thing that was told."""
Lost: TypeAlias = tuple[Row, bool]
"""What is no more there, and whether that is sure."""

_LONGEST = timedelta(hours=4)
"""How long much that is not found at once is kept, where nothing else is set."""
_LONGEST_ASKING_S = 15.0
"""A server that is slow to tell holds up the ward's turn no longer, but for the last answer."""


@dataclasses.dataclass(slots=True)
class _Unfound:
    """Since when it was not found, and when it was asked for last."""

    since: datetime
    asked: datetime


class Removed:
    """Asks one HIS what became of what one ward told it."""

    def __init__(
        self,
        store: Store,
        his: HisPort,
        clock: Clock,
        ward: str,
        facts: WardFacts,
        longest: timedelta = _LONGEST,
    ) -> None:
        """`longest`: how long much that is not found at once is kept."""
        self._store = store
        self._his = his
        self._clock = clock
        self._ward = ward
        self._facts = facts
        self._owed: Owed[Row] = Owed()
        self._longest = max(longest, SURE_AFTER)
        self._unfound: dict[Row, _Unfound] = {}

    async def look(self, changes: Changes) -> list[Lost]:
        """What is gone, of what these changes should have held. Raises as `HisPort.still`."""
        now = self._clock.now()
        again = [row for row, lost in self._unfound.items() if now - lost.asked >= SURE_AFTER]
        again += _hinted(changes)
        if not changes.whole and not again and not self._owed:
            return []
        again += self._signs(changes)
        asked = await self._store.read(lambda tx: self._told(tx, changes, again))
        return await self._weigh(await self._ask(asked))

    async def _ask(self, wanted: list[tuple[Row, str]]) -> list[tuple[Row, Still]]:
        """What became of these, or of as many as there is time for; the others come next."""
        began, said = self._clock.monotonic(), list[tuple[Row, Still]]()
        for row, id in wanted:
            said.append((row, await self._his.still(row[0], id)))
            if self._clock.monotonic() - began >= _LONGEST_ASKING_S:
                break
        self._owed.back([row for row, _ in wanted[len(said) :]])
        return said

    def _signs(self, changes: Changes) -> list[Row]:
        """What was entered for stays that were told wholly, and is not among what was told."""
        told = _signs_told(changes)
        return [
            (WriteKind.OBSERVATION, key_of(id))
            for stay in changes.whole
            for kind, id in self._facts.ids(stay)
            if kind == "vital_sign" and is_ours(id) and (stay, id) not in told
        ]

    def _marks(self, tx: Reader, changes: Changes) -> Iterable[Row]:
        """Marks that the hospital system's own word on the plan item does not bear out."""
        bodies = (item.body for item in changes.items if isinstance(item, Value))
        plan = {one.id: one.status for one in bodies if isinstance(one, PlanItem)}
        for stored in tx.all(self._ward, "plan_mark") if changes.whole else ():
            mark = decode(stored.body, PlanMark)
            whole = mark.encounter_id in changes.whole
            if whole and not mark.withdrawn and plan.get(mark.id, mark.status) != mark.status:
                yield mark_kind(mark), mark.mark_id

    def _told(self, tx: Reader, changes: Changes, signs: list[Row]) -> list[tuple[Row, str]]:
        """Those to be asked for now, each with its id there: signs that were not told."""
        told = _signs_told(changes)
        signs = [row for row in signs if not self._is_told(tx, row, told)]
        found = []
        for row in self._owed.some([*signs, *self._marks(tx, changes)]):
            entry = tx.queue_get(self._ward, *row)
            if entry is None or entry.state is not QueueState.TOLD or entry.source_id is None:
                self._unfound.pop(row, None)
            else:
                found.append((row, entry.source_id))
        return found

    def _is_told(self, tx: Reader, row: Row, told: set[tuple[str, str]]) -> bool:
        """Whether a sign is told of the very stay it was entered for."""
        if row[0] is not WriteKind.OBSERVATION or not told:
            return False
        stored = tx.get(self._ward, "observation_entry", set_of(row[1]) or "")
        if stored is None:
            return False
        stay = decode(stored.body, ObservationEntry).encounter_id
        if (stay, document_of(row[1])) not in told:
            return False
        self._unfound.pop(row, None)
        return True

    async def _weigh(self, said: list[tuple[Row, Still]]) -> list[Lost]:
        now = self._clock.now()
        for row, still in said:
            if still is Still.NOT_FOUND:
                self._unfound.setdefault(row, _Unfound(now, now)).asked = now
            elif still is Still.UNTOLD and row in self._unfound:
                self._unfound[row].asked = now  # neither found nor not: it goes on being looked for
            elif still is not Still.UNTOLD:
                self._unfound.pop(row, None)
        wait = self._longest if await self._many() else SURE_AFTER
        unfound = [row for row, still in said if still is Still.NOT_FOUND]
        return [
            *((row, True) for row, still in said if still is Still.REMOVED),
            *((row, False) for row in unfound if now - self._unfound[row].since >= wait),
        ]

    async def _many(self) -> bool:
        """Whether so much is not found that the server is more likely broken."""
        if len(self._unfound) < COLLAPSE_LEAST:
            return False
        known = await self._store.read(self._standing)
        return collapsed(known, len(self._unfound))

    def _standing(self, tx: Reader) -> int:
        """How much of what was entered and marked stands."""
        signs = (one for stay in self._facts.encounters() for one in self._facts.ids(stay))
        marks = (decode(one.body, PlanMark) for one in tx.all(self._ward, "plan_mark"))
        entered = sum(kind == "vital_sign" and is_ours(id) for kind, id in signs)
        return entered + sum(not mark.withdrawn for mark in marks)

    def apply(self, tx: Tx, gone: Iterable[Lost]) -> None:
        """Let it count no more, and ask a person."""
        for row, sure in gone:
            self._unfound.pop(row, None)
            take_away(tx, self._ward, *row, sure=sure)


def _hinted(changes: Changes) -> list[Row]:
    """Signs of ours that are told to be no more."""
    return [
        (WriteKind.OBSERVATION, key_of(item.id))
        for item in changes.items
        if isinstance(item, Gone) and item.kind is Kind.VITAL_SIGN and is_ours(item.id)
    ]


def _signs_told(changes: Changes) -> set[tuple[str, str]]:
    """Stay and id of each sign of ours that was told."""
    bodies = (item.body for item in changes.items if isinstance(item, Value))
    return {
        (one.encounter_id, one.id)
        for one in bodies
        if isinstance(one, VitalSign) and is_ours(one.id)
    }
