"""Plays a ward's past again: the real engine over the recorded changes, by a scripted clock.

Facts, calls and who was in which room come as they were recorded, deadlines come due between them.
The recorded alerts are left out and only what people answered of them is carried over (`answers`).
Alerts that the hub raises without a rule (a gateway that is away, a wristband) are left out too.

The same changes and settings give the same log, to the byte: alerts are named in the order they
open, and nothing reads the time.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.rules import REGISTRY, RuleSettings
from smartward.clinical.ward import Ward
from smartward.config import Settings
from smartward.hub import alert_keeping, facts, ward_look
from smartward.hub.alert_steps import ladder_settings
from smartward.hub.judging import Judging
from smartward.hub.rehearsal.answers import Answer, Recorded, carry_over
from smartward.hub.rehearsal.clock import ScriptedClock
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.scratch import Scratch
from smartward.hub.store.tx import Tx

KINDS = frozenset(
    {*facts.KINDS, "vital_sign", *ward_look.KINDS, "entrustment", "roster", alert_keeping.KIND}
)
"""Kinds of documents that the engine looks at; no others are needed of a history."""

_TOLD_LATER = frozenset(facts.DEPENDENT)
_NO_TIME = timedelta(0)
_MOST_TURNS = 100
"""So often at one moment: an engine that never comes to rest is a defect, and said to be."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history: a document as it was from `at` on; body None: it went. `write` tells
    apart what was written at the same moment by two writes; 0: it stood so before."""

    at: datetime
    kind: str
    id: str
    body: bytes | None
    bed: str | None = None
    room: str | None = None
    encounter: str | None = None
    write: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of alerts in the rehearsal, in order of time, subject and alert. `answered`: how
    many rehearsed alerts were answered as in the past; `unmet`: answers whose alert was not there.
    """

    log: tuple[LogRow, ...]
    answered: int = 0
    unmet: int = 0


async def replay(
    ward: Ward,
    changes: Iterable[Change],
    settings: RuleSettings,
    *,
    hub: Settings | None = None,
    until: datetime | None = None,
    hold: timedelta = _NO_TIME,
) -> Replayed:
    """Play `changes`, in their order, by the rules' `settings`, and go on to `until`.

    `ward` holds until a change tells it otherwise. Of `hub` the times of the ladders are used.
    `hold`: for how long a stay that comes is not judged while nothing is told of it, because the
    hospital system tells what is known of it a moment later.
    """
    script = iter(changes)
    first = next(script, None)
    begin = first.at if first is not None else until
    if begin is None:
        return Replayed(log=())
    run = _Run(ward, settings, hub or Settings(), begin, hold)
    try:
        await run.begin()
        for write in _writes(itertools.chain(() if first is None else (first,), script)):
            await run.go_on(write[0].at)
            await run.take(write)
        if until is not None:
            await run.go_on(until)
        return run.over()
    finally:
        run.close()


def _writes(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """The changes of each write together."""
    for _, write in itertools.groupby(changes, key=lambda one: (one.at, one.write)):
        yield list(write)


class _Run:
    """One rehearsal on its way."""

    def __init__(
        self, ward: Ward, rules: RuleSettings, hub: Settings, begin: datetime, hold: timedelta
    ) -> None:
        self._ward, self._hold = ward, hold
        self._clock = ScriptedClock(begin)
        self._store = Scratch.fresh(self._clock)
        count = itertools.count(1)
        self._judging = Judging(
            self._store,
            self._clock,
            ward.id,
            rules,
            ladder_settings(hub),
            new_id=lambda: f"rehearsed-{next(count):08}",
        )
        self._store.on_commit.append(self._judging.committed)
        self._recorded = Recorded()
        self._coming: dict[str, datetime] = {}
        self._stays: set[str] = set()
        self._answered = self._unmet = 0

    async def begin(self) -> None:
        """The ward before anything is told of it."""
        await self._store.write(lambda tx: tx.put(self._ward.id, "ward", self._ward.id, self._ward))

    async def go_on(self, to: datetime) -> None:
        """Do what comes due up to `to`."""
        while (due := self._next()) is not None and due <= to:
            self._clock.to(due)
            await self._rest()
        self._clock.to(to)

    def _next(self) -> datetime | None:
        deadline = self._store.peek(lambda tx: tx.next_deadline())
        moments = [*self._coming.values(), *(() if deadline is None else (deadline,))]
        return min(moments, default=None)

    async def take(self, write: list[Change]) -> None:
        """One write of the past: first the facts, then what people answered."""
        facts = [one for one in write if one.kind in KINDS and one.kind != alert_keeping.KIND]
        self._note_stays(facts)
        if facts:
            await self._store.write(lambda tx: self._put(tx, facts))
            await self._rest()
        for one in write:
            if one.kind == alert_keeping.KIND:
                await self._carry_over(one)

    def _put(self, tx: Tx, facts: list[Change]) -> None:
        for one in facts:
            if one.body is None:
                tx.delete(self._ward.id, one.kind, one.id)
            else:
                key, place = (one.kind, one.id), (one.bed, one.room)
                tx.put_again(self._ward.id, key, place, one.body, one.encounter)

    def _note_stays(self, facts: list[Change]) -> None:
        for one in facts:
            if one.kind in _TOLD_LATER and one.encounter is not None:
                self._coming.pop(one.encounter, None)
            if one.kind != "encounter":
                continue
            if one.body is None:
                self._stays.discard(one.id)
                self._coming.pop(one.id, None)
            elif one.id not in self._stays:
                self._stays.add(one.id)
                if self._hold > _NO_TIME and one.write:
                    self._coming[one.id] = self._clock.now() + self._hold

    async def _carry_over(self, change: Change) -> None:
        answer = self._recorded.take(change.id, change.body)
        if answer is None or not _runs(answer.rule):
            return
        open_then = self._recorded.open_rules(answer.subject) | {answer.rule}
        count = await self._store.write(lambda tx: self._answer(tx, answer, open_then))
        self._answered += count
        self._unmet += count == 0
        await self._rest()

    def _answer(self, tx: Tx, answer: Answer, open_then: frozenset[str]) -> int:
        return carry_over(tx, self._ward.id, answer, open_then, _runs)

    async def _rest(self) -> None:
        """Let the engine do what is due and judge what has changed, until it is at rest."""
        for _ in range(_MOST_TURNS):
            now = self._clock.now()
            self._coming = {id: at for id, at in self._coming.items() if at > now}
            due = self._store.peek(lambda tx: tx.deadlines_due(now))  # noqa: B023 read at once
            await self._judging.due(due)
            self._store.deliver()
            await self._judging.judge(self._coming)
            if not self._store.deliver() and not due:
                return
        raise RuntimeError("the engine did not come to rest in a rehearsal")

    def over(self) -> Replayed:
        """What became of it all."""
        rows = self._store.peek(lambda tx: tx.alert_log(self._ward.id))
        # Within one moment the engine goes by sets: put into an order of its own here.
        rows.sort(key=lambda row: (row.at, row.subject, row.alert))
        return Replayed(log=tuple(rows), answered=self._answered, unmet=self._unmet)

    def close(self) -> None:
        """Give the memory back."""
        self._store.close()


def _runs(rule: str) -> bool:
    """Whether an alert is of a rule, and not one that the hub raises by itself."""
    return rule in REGISTRY.shipped
