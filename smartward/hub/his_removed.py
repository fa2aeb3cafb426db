"""What the ward entered and the hospital system no longer has.

A sign that a whole look at its stay lacks, and a mark whose plan item the hospital system has
otherwise, is asked for by the id it has there. What was deleted or marked as entered in error there
counts no more here: the entry is kept and says so, and who wrote it decides whether it shall stand
all the same. What is merely not found has to be so for some minutes: a node of the server may not
know it for a moment.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from smartward.clinical.his_write import WriteKind
from smartward.clinical.plan import PlanItem
from smartward.clinical.plan_mark import PlanMark
from smartward.clock import Clock
from smartward.his.port import Changes, HisPort, Still, Value
from smartward.hub.facts import WardFacts
from smartward.hub.his_doubt import SURE_AFTER
from smartward.hub.his_turns import Owed
from smartward.hub.removed_entries import take_away
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.sqlite import Store, Tx
from smartward.hub.store.write_table import QueueState
from smartward.hub.ward_entries import is_ours, key_of, mark_kind

Row: TypeAlias = tuple[WriteKind, str]
"""Kind and id of a thing that was told."""


class Removed:
    """Asks one HIS what became of what one ward told it."""

    def __init__(
        self, store: Store, his: HisPort, clock: Clock, ward: str, facts: WardFacts
    ) -> None:
        self._store = store
        self._his = his
        self._clock = clock
        self._ward = ward
        self._facts = facts
        self._owed: Owed[Row] = Owed()
        self._unfound: dict[Row, datetime] = {}
        """What was not found, and since when."""

    async def look(self, changes: Changes) -> list[Row]:
        """What is gone, of what these changes should have held. Raises as `HisPort.still`."""
        now = self._clock.now()
        again = [row for row, since in self._unfound.items() if now - since >= SURE_AFTER]
        if not changes.whole and not again and not self._owed:
            return []
        again += self._signs(changes)
        asked = await self._store.read(lambda tx: self._told(tx, changes, again))
        return [row for row, id in asked if self._is_gone(row, await self._his.still(row[0], id))]

    def _signs(self, changes: Changes) -> list[Row]:
        """What was entered for stays that were told wholly, and is not among what was told."""
        told = {item.id for item in changes.items if isinstance(item, Value)}
        return [
            (WriteKind.OBSERVATION, key_of(id))
            for stay in changes.whole
            for kind, id in self._facts.ids(stay)
            if kind == "vital_sign" and is_ours(id) and id not in told
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
        """Those to be asked for now, each with its id there."""
        found = []
        for row in self._owed.some([*signs, *self._marks(tx, changes)]):
            entry = tx.queue_get(self._ward, *row)
            if entry is None or entry.state is not QueueState.TOLD or entry.source_id is None:
                self._unfound.pop(row, None)
            else:
                found.append((row, entry.source_id))
        return found

    def _is_gone(self, row: Row, still: Still) -> bool:
        now = self._clock.now()
        if still is Still.NOT_FOUND:
            return now - self._unfound.setdefault(row, now) >= SURE_AFTER
        self._unfound.pop(row, None)
        return still is Still.REMOVED

    def apply(self, tx: Tx, gone: Iterable[Row]) -> None:
        """Let it count no more, and ask who wrote it."""
        for row in gone:
            self._unfound.pop(row, None)
            take_away(tx, self._ward, *row)
