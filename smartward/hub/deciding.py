"""The part of a hub that decides for a ward: polls the HIS, runs rules, escalates calls.

One object that starts and stops: of several hubs only one at a time may run it.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from smartward.clinical.drill import StopReason
from smartward.clinical.his_write import WriteKind
from smartward.clinical.rules import RuleSettings
from smartward.clinical.rules.alert_budget import budget
from smartward.clock import Clock
from smartward.config import Settings
from smartward.his.port import HisPort
from smartward.hub import (
    dated_ahead,
    drill,
    drill_schedule,
    escalation,
    housekeeping,
    point_watch,
    room_calls,
    rule_changes,
)
from smartward.hub.alert_steps import ladder_settings
from smartward.hub.budget_keeping import BudgetKeeping
from smartward.hub.clock_steps import ClockSteps
from smartward.hub.heard import Heard
from smartward.hub.his_applying import BadgeTaker
from smartward.hub.his_hints import HisHints
from smartward.hub.his_sync import HisSync
from smartward.hub.housekeeping import Housekeeping
from smartward.hub.judging import Judging
from smartward.hub.point_watch import PointWatch
from smartward.hub.rule_settings import put_intervals, read_anew
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed, Deadline
from smartward.hub.store.reader import Reader
from smartward.hub.write_back import WriteBack
from smartward.hub.write_drafts import KINDS
from smartward.hub.write_drain import WriteDrain
from smartward.hub.write_queue import WriteQueue, kinds
from smartward.tasks import Tasks

T = TypeVar("T")

_BACK_OFF_TO_S = 30.0
_LONGEST_REST_S = 300.0
"""No server is let be for longer, whatever it asks for: the ward is waiting."""
_LOOK_AT_CLOCK_S = 30.0


class Decider:
    """Decides for one ward between `start` and `stop`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        his: HisPort | None,
        rules: RuleSettings,
        badges: BadgeTaker | None = None,
        hints: HisHints | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._his = his
        self._hints = hints
        self._rules = rules
        self._judging = Judging(store, clock, settings.ward, rules, ladder_settings(settings))
        self._facts, self._alerting = self._judging.facts, self._judging.alerting
        self._sync = (
            None if his is None else HisSync(store, his, clock, settings, self._facts, badges)
        )
        self._calls = escalation.call_settings(settings)
        self.heard = Heard(settings.ward, clock)
        """What has been heard of call points; a hub that hears of them gives its own."""
        wanted = kinds(settings)
        self._write_back = None
        if his is not None and WriteKind.AUDIT in wanted:
            self._write_back = WriteBack(store, his, clock, settings.ward)
        self._queue = WriteQueue(settings.ward, settings.his_source, wanted - {WriteKind.AUDIT})
        self._drain = None if his is None else WriteDrain(store, his, clock, settings.ward)
        self._budget = BudgetKeeping(store, clock, settings.ward, lambda: budget(self._rules))
        self._drills = drill_schedule.DrillSchedule(settings)
        self._steps = ClockSteps(clock)
        self._calls_changed = False
        self._house = Housekeeping(clock, settings, self._facts, lambda: self._steps.steady)
        self._loaded = 0
        """The ward's last write before this hub began to decide."""
        self._unnoted: set[tuple[str, str]] = set()
        """What was written that the HIS may have to be told: by another hub it is not queued."""
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self.polling = False
        """Whether the HIS is being asked just now."""

    @property
    def _points(self) -> PointWatch:
        return PointWatch(self._ward, self.heard, self._calls, self._settings.gateway_silent_s)

    @property
    def his_as_of(self) -> datetime | None:
        """Hub time of the last completed census; None: never, or no HIS."""
        return None if self._sync is None else self._sync.as_of

    @property
    def his_up(self) -> bool:
        """Whether the HIS answered the last poll."""
        return self._sync is not None and self._sync.up

    @property
    def write_back(self) -> dict[str, Any] | None:
        """How far the HIS was told the audit; None: no HIS."""
        return None if self._write_back is None else self._write_back.state

    @property
    def his_writes(self) -> dict[str, Any] | None:
        """How what the HIS is told stands; None: no HIS."""
        return None if self._drain is None else self._drain.stand

    @property
    def his_writes_age_s(self) -> float:
        """Seconds for which the oldest thing waits to be told."""
        return 0.0 if self._drain is None else self._drain.oldest_age_s()

    @property
    def his_hints(self) -> dict[str, Any] | None:
        """How the HIS's hints stand; None: none were asked for."""
        return None if self._hints is None else self._hints.state

    def hint(self, authorization: str | None) -> bool | None:
        """Take a hint of the HIS: False when it does not prove itself, None: none is expected."""
        return None if self._hints is None else self._hints.hear(authorization)

    @property
    def failing(self) -> frozenset[str]:
        """What of the deciding part does not work now: tasks, and rules that could not judge."""
        rules = (f"rule {name}" for name in self._alerting.failures)
        return self._tasks.failing | frozenset(rules)

    async def reload_rules(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read the rules' settings anew and judge everybody by them; the audit tells who had it
        done. Raises Misconfigured where a file is wrong: then all stays as it is."""
        self._rules, told = await read_anew(self._store, self._settings, self._rules, request)
        self._judging.use(self._rules)
        self._wake.set()
        return {"changed": told}

    async def start(self) -> None:
        """Load what the store knows, then decide until `stop`."""
        self._store.on_commit.append(self._committed)
        await self._store.write(lambda tx: rule_changes.note(tx, self._ward, self._rules))
        await self._store.write(lambda tx: put_intervals(tx, self._ward, self._rules))
        self._loaded = await self._store.read(lambda reader: reader.head(self._ward))
        await self._judging.load()
        self._calls_changed = True
        now = self._clock.now()
        await self._store.write(lambda tx: self._house.begin(tx, now))
        await self._store.write(lambda tx: dated_ahead.mend(tx, self._ward))
        await self._store.write(lambda tx: room_calls.expect_all(tx, self._ward, self._calls))
        await self._store.write(self._points.watch_gateways)
        await self._store.write(self._drills.expect)
        self._steps = ClockSteps(self._clock)
        self._tasks.keep(self._decide, "decide", self._clock)
        self._tasks.keep(self._budget.run, "alerts against the budget", self._clock)
        if self._sync is not None:
            await self._sync.load()
            sync = self._sync
            self._tasks.keep(lambda: self._poll(sync), "his poll", self._clock)
        if self._hints is not None:
            hints = self._hints
            self._tasks.keep(
                lambda: hints.run(self._facts.logical), "hints of the HIS", self._clock
            )
        if self._drain is not None:
            self._store.in_write.append(self._queue.note)
            await self._store.write(self._queue.catch_up)
            self._store.on_commit.append(self._drain.committed)
            self._tasks.keep(self._drain.run, "telling the HIS", self._clock)
        if self._write_back is not None:
            self._tasks.keep(self._write_back.run, "audit to the HIS", self._clock)

    async def stop(self) -> None:
        """Stop deciding. What is due stays in the store for whoever decides next."""
        with contextlib.suppress(ValueError):
            self._store.on_commit.remove(self._committed)
            if self._drain is not None:
                self._store.on_commit.remove(self._drain.committed)
                self._store.in_write.remove(self._queue.note)
        await self._tasks.stop()
        if self._hints is not None:
            await self._hints.stop()
        # A write whose task was stopped is still on its way: let it end before the file may close.
        await self._store.finish()
        if self._his is not None:
            await self._his.close()

    def _committed(self, committed: Committed) -> None:
        if committed.ward != self._ward:
            return
        if committed.seq <= self._loaded:
            return  # told late: another hub wrote it before this one began to decide
        self._judging.committed(committed)
        if self._store.shared and self._drain is not None:
            keys = ((one.kind, one.id) for one in committed.changed)
            self._unnoted |= {key for key in keys if key[0] in KINDS}
        if any(stored.kind == "nurse_call" for stored in committed.changed):
            self._calls_changed = True
        self._wake.set()

    async def _poll(self, sync: HisSync) -> None:
        wait = self._settings.his_poll_s
        while True:
            self.polling = True
            try:
                good = await sync.turn()
            finally:
                self.polling = False
            self._wake.set()  # what was unread may have been read
            wait = self._settings.his_poll_s if good else min(wait * 2, _BACK_OFF_TO_S)
            # Noise, so that the hubs of a hospital do not return in one instant; and not before
            # the time a busy server named.
            named = min(sync.rest_s, _LONGEST_REST_S) * random.uniform(1.0, 1.2)
            wait = max(wait * random.uniform(0.9, 1.1), named)
            if good and self._hints is not None:
                await self._hints.rest(wait)
            else:  # whoever is down or busy is let be, whatever it says
                await self._clock.sleep(wait)

    async def _decide(self) -> None:
        while True:
            self._wake.clear()
            await self._heed_the_clock()
            # Calls first: whatever is wrong with a rule or a patient, they speak up in time.
            answered = self._store.answered
            until = await self._do_due()
            await self._queue_unnoted()
            await self._judging.judge(() if self._sync is None else self._sync.unread)
            if not self._wake.is_set():
                if self._store.answered != answered:
                    until = await self._look(lambda tx: tx.next_deadline(self._ward))
                await self._rest(until)

    async def _queue_unnoted(self) -> None:
        """Whatever another hub wrote is queued for the HIS here; what was queued already stays."""
        if not self._unnoted or self._drain is None:
            return
        keys = sorted(self._unnoted)
        await self._store.write(lambda tx: self._queue.catch_up_with(tx, keys))
        self._unnoted -= set(keys)
        self._drain.wake()

    async def _heed_the_clock(self) -> None:
        """Where the wall clock was set back, open calls keep their real pace."""
        stepped = self._steps.look()
        if self._steps.behind and (stepped or self._calls_changed):
            now, behind = self._clock.now(), self._steps.behind
            await self._store.write(
                lambda tx: escalation.pull_in(tx, self._ward, self._calls, now, behind)
            )
        if stepped:
            self._alerting.set_back(self._steps.behind)
            await self._alerting.settle()
            await self._store.write(self._points.rearm)
            await self._store.write(lambda tx: drill.stop(tx, self._ward, StopReason.CLOCK))
            await self._store.write(self._drills.expect)
            await self._store.write(lambda tx: room_calls.expect_all(tx, self._ward, self._calls))
        self._calls_changed = False

    async def _look(self, fn: Callable[[Reader], T]) -> T:
        """A look into an index, after each write of the ward: on a file it takes less time than
        to ask another thread; a server may be away."""
        return await self._store.read(fn) if self._store.shared else self._store.peek(fn)

    async def _do_due(self) -> datetime | None:
        """Do what is due. Gives the earliest deadline there was before."""
        now, ward = self._clock.now(), self._ward
        due, until = await self._look(
            lambda tx: (tx.deadlines_due(now, ward), tx.next_deadline(ward))
        )
        for one in due:
            if one.kind == escalation.CALL:
                await self._escalate(one.subject, now)
            elif one.kind == room_calls.ENDS:
                await self._end_presence(one.subject)
            elif one.kind in (drill.DUE, drill_schedule.AT):
                await self._drill(one)
            elif one.kind == housekeeping.RETENTION:
                await self._store.write(lambda tx: self._house.forget(tx, now))
            elif one.kind == housekeeping.HISTORY:
                await self._store.write(lambda tx: self._house.sweep_history(tx, now))
        await self._look_at_points(due)
        await self._judging.due(due)
        return until

    async def _drill(self, one: Deadline) -> None:
        ward = self._ward
        if one.kind == drill.DUE:
            away = self.heard.has_no_feed
            await self._store.write(lambda tx: drill.due(tx, ward, one.subject, away))
        else:
            await self._store.write(lambda tx: self._drills.due(tx, one.subject, one.at))

    async def _escalate(self, call_id: str, now: datetime) -> None:
        await self._store.write(
            lambda tx: escalation.escalate(
                tx, self._ward, call_id, self._calls, now, self._steps.behind
            )
        )

    async def _end_presence(self, room_id: str) -> None:
        await self._store.write(
            lambda tx: room_calls.end_forgotten(tx, self._ward, room_id, self._calls)
        )

    async def _look_at_points(self, due: list[Deadline]) -> None:
        """All that are due in one write: a gateway that is away may have forty."""
        points = [one.subject for one in due if one.kind == point_watch.KIND]
        gateways = [one.subject for one in due if one.kind == point_watch.GATEWAY]
        if gateways:
            await self._store.write(lambda tx: self._points.gateways_due(tx, gateways))
        if points:
            await self._store.write(lambda tx: self._points.due(tx, points))

    async def _rest(self, until: datetime | None) -> None:
        """Until the next deadline or commit, whichever comes first."""
        waits = [self._tasks.spawn(self._wait_for_wake(), "wake")]
        # Nobody tells when the machine's clock is set: look now and then.
        waits.append(self._tasks.spawn(self._while(), "look at the clock"))
        if until is not None:
            waits.append(self._tasks.spawn(self._wait_until(until), "deadline"))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _while(self) -> None:
        await self._clock.sleep(_LOOK_AT_CLOCK_S)

    async def _wait_for_wake(self) -> None:
        await self._wake.wait()

    async def _wait_until(self, when: datetime) -> None:
        await self._clock.wait_until(when)
