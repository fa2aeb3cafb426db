"""What of deciding is about alerts: the facts, what has changed of them, and whom to judge anew.

The deciding part drives it by the clock and the store's commits; a rehearsal by its script.
"""

from collections.abc import Callable, Collection, Iterable

from smartward.clinical.alert import Subject, SubjectKind
from smartward.clinical.alert_ladder import LadderSettings
from smartward.clinical.rules import RuleSettings
from smartward.clock import Clock
from smartward.hub import alert_keeping, ward_look
from smartward.hub.alert_reconcile import new_alert_id
from smartward.hub.alerting import LOOK, WARD_LOOK, Alerting
from smartward.hub.facts import KINDS, WardFacts
from smartward.hub.rule_asking import EVERYTHING, OTHERS
from smartward.hub.shift_tally import LONGEST_SHIFT
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed, Deadline, Stored
from smartward.hub.store.reader import Reader

_STEPS = (alert_keeping.STEP, alert_keeping.SHADOW_STEP)


class Judging:
    """Hears of every commit, and judges whose facts have changed when it is told to."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ward: str,
        rules: RuleSettings,
        ladders: LadderSettings,
        new_id: Callable[[], str] = new_alert_id,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self.facts = WardFacts(store, ward)
        self.alerting = Alerting(store, clock, ward, self.facts, rules, ladders=ladders)
        self.alerting.new_id = new_id
        self._dirty: dict[str, set[str]] = {}
        """Whose facts have changed, and by which kinds of documents."""
        self._ward_dirty = set(EVERYTHING)
        self._heard_by_changed = False

    async def load(self) -> None:
        """Take over what the store knows."""
        # Of an alert that opened at another bed the log tells where.
        since = self._clock.now() - LONGEST_SHIFT
        rows = await self._store.read(lambda tx: tx.alert_log(self._ward, since=since))
        self.alerting.looking.tally.load(rows)
        for stored in await self._store.read(self._all):
            self.take(stored)
        for body in await self._store.read(lambda tx: tx.shadow_alerts(self._ward)):
            self.alerting.put_shadow(body)

    def _all(self, tx: Reader) -> list[Stored]:
        kinds = dict.fromkeys((*KINDS, *ward_look.KINDS, "alert", "entrustment"))
        return [stored for kind in kinds for stored in tx.all(self._ward, kind)]

    def use(self, rules: RuleSettings) -> None:
        """Judge by these settings from now on, and everybody anew."""
        self.alerting.use(rules)
        for id in self.facts.encounters():
            self._changed(id, *EVERYTHING)
        self._ward_dirty |= EVERYTHING

    def committed(self, committed: Committed) -> None:
        """Take over a write of the ward."""
        for stored in committed.changed:
            self.take(stored)
        for kind, id in committed.gone:
            self._ward_changed(kind, id, self.alerting.looking.drop(kind, id))
            if kind == alert_keeping.KIND:
                self._answered(self.alerting.drop(id))
            elif (owner := self.facts.drop(kind, id)) is not None:
                self._changed(owner, kind)
        self.facts.bereave(committed)
        kinds = {one.kind for one in committed.changed} | {kind for kind, _ in committed.gone}
        for id in committed.bereft:
            # Which of these it was that left is not told.
            self._changed(id, *kinds)

    def take(self, stored: Stored) -> None:
        """Take over one document."""
        self._ward_changed(stored.kind, stored.id, self.alerting.looking.put(stored))
        if stored.kind == alert_keeping.KIND:
            self._answered(self.alerting.put(stored))
            if stored.kind in self.alerting.ward_kinds:
                self._ward_dirty.add(stored.kind)
        elif stored.kind == "entrustment":
            # A station that answered for the ward may have gone away.
            self._heard_by_changed = True
        elif (owner := self.facts.put(stored)) is not None:
            self._changed(owner, stored.kind)

    def _changed(self, encounter_id: str, *kinds: str) -> None:
        self._dirty.setdefault(encounter_id, set()).update(kinds)

    def _answered(self, subject: Subject | None) -> None:
        """A person has answered an alert, or a part of the hub has told one."""
        if subject is not None and subject.kind is SubjectKind.ENCOUNTER:
            self._changed(subject.id, alert_keeping.KIND)

    def _ward_changed(self, kind: str, id: str, kept: bool) -> None:
        """What this means for rules that look at more than one patient."""
        if kept and kind in self.alerting.ward_kinds:
            self._ward_dirty.add(kind)
        looking = self.alerting.looking
        if kept and kind == "presence" and (bed := looking.ward.beds.get(id)):
            for occupant in bed.occupants:
                self._changed(occupant, kind)
        if kept and kind == "ward":
            for stay in self.facts.encounters():
                self._changed(stay, kind)
        for stay in looking.take_touched():
            self._changed(stay, OTHERS)
        if kept and kind == "bed" and looking.ward.neighbours is not None:
            for lying in looking.ward.neighbours.in_bed(id):
                self._changed(lying.id, kind)

    async def judge(self, unread: Collection[str] = ()) -> None:
        """Judge those whose facts changed, without the `unread`, whose facts are still coming."""
        # Of a silenced one nothing needs to be read: its alerts go at once.
        waiting = set(unread) - self.facts.silenced
        # In the order of their names: a rehearsal is the same each time.
        ready = {id: self._dirty[id] for id in sorted(self._dirty.keys() - waiting)}
        self._dirty = {id: kinds for id, kinds in self._dirty.items() if id in waiting}
        heard_by, self._heard_by_changed = self._heard_by_changed, False
        ward, self._ward_dirty = self._ward_dirty, set()
        try:
            await self.alerting.look_changed(ready)
            if ward:
                await self.alerting.look_at_ward(EVERYTHING if ward >= EVERYTHING else ward)
            if heard_by:
                await self.alerting.settle()
            await self.alerting.settle(self.alerting.unsettled)
        except Exception:  # nobody is forgotten: they are judged when this is begun anew
            for id, kinds in ready.items():
                self._changed(id, *kinds)
            self._ward_dirty |= ward
            self._heard_by_changed = self._heard_by_changed or heard_by
            raise

    async def due(self, due: Iterable[Deadline]) -> None:
        """Look again at whom these deadlines are about, and let alerts ask the next ones."""
        due = list(due)
        stays = sorted({one.subject for one in due if one.kind == LOOK})
        await self.alerting.look_changed(dict.fromkeys(stays, ()))
        if any(one.kind == WARD_LOOK for one in due):
            await self.alerting.look_at_ward(())
        await self.alerting.step({one.subject for one in due if one.kind in _STEPS})
