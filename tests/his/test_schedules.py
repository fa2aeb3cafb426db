"""Whatever the line did meanwhile: once it is good again, the ward in the hub is the server's.

A generated schedule is happenings on the ward and faults of the line, turn by turn, some of both in
the middle of a walk. After each turn nothing may be kept that was never true. After the last, with
the line in order and a full refresh's time gone by, what the hub keeps equals what the server's own
rows say (read without our mapping), and equals what a hub without a past is told.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, example, given, seed, settings

from smartward.errors import Misconfigured
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.gateway import Gateway
from smartward.his.simulator.rest import Rest
from smartward.his.simulator.store import instant
from smartward.hub import his_sync
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import WARD, small_ward
from tests.his.hub import HubSide, hub_side, scratch
from tests.his.proxy import Proxy
from tests.his.schedules import (
    AT_ONCE,
    BEDS,
    Event,
    Expected,
    Happening,
    Schedule,
    Step,
    Ward,
    expected,
    schedules,
)
from tests.his.scripted import HOST, URL, Fault, Line, lines

MAPPING = load_mapping()
REFRESH_S = 15 * 60
"""Within this a client has read everything of every patient anew (12 min, in small groups)."""
FIND = (Phase.explicit, Phase.generate)
"""A failing schedule is printed as it is: making it smaller takes longer than a test may."""


class Shifted:
    """A server's clock beside the hub's."""

    def __init__(self, clock: ManualClock, ahead_s: int) -> None:
        self._clock = clock
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class Drama:
    """One schedule being played."""

    def __init__(self, schedule: Schedule, folder: Path) -> None:
        self.schedule = schedule
        self.clock = ManualClock()
        self.server = Shifted(self.clock, schedule.ahead_s)
        self.world = small_ward(self.server.now(), BEDS)
        self.ward = Ward(self.world)
        self.rest = Rest(self.world, self.server, Faults(self.clock))  # type: ignore[arg-type]  # a clock and a server of this test
        self.line: Line | Proxy = Line(self.rest.app, self.clock, schedule.page)
        self.folder = folder
        self.url = URL

    def his(self) -> FhirHis:
        return FhirHis(self.url, WARD, "his", MAPPING, clock=self.clock)

    async def play(self) -> tuple[Expected, dict, dict]:  # type: ignore[type-arg]  # of any kind
        """What must be, what the hub has kept, and what a hub without a past is told."""
        async with self.way():
            self.ward.begin()
            his = self.his()
            with hub_side(his, self.clock, self.folder) as hub:
                await self._turns(hub)
                await self._settle(hub)
                kept = await hub.documents()
            await his.close()
            fresh = self.his()
            with hub_side(fresh, self.clock, self.folder, "fresh") as hub:
                assert await hub.turn()
                there = await hub.documents()
            await fresh.close()
        return expected(self.world), kept, there

    @asynccontextmanager
    async def way(self) -> AsyncIterator[None]:
        """Within it the client reaches the server."""
        with lines({HOST: self.line}):
            yield

    async def _turns(self, hub: HubSide) -> None:
        for step in self.schedule.steps:
            during: dict[int, list[Happening]] = {}
            for one in step.happenings:
                during.setdefault(one.during, []).append(one)
            self._happen(during.pop(0, []))
            meanwhile: dict[int, Callable[[], None]] = {
                n: lambda some=some: self._happen(some)  # type: ignore[misc]  # mypy infers no lambda with a default
                for n, some in during.items()
            }
            self.line.begin(dict(step.faults), meanwhile)
            # A gateway's 404 where the ward should be is told as a wrong setting.
            with suppress(Misconfigured):
                await hub.turn()
            await self._nothing_untrue(hub)
            self.clock.advance(step.pause_s)

    def _happen(self, some: list[Happening]) -> None:
        self.world.now = max(self.world.now, self.server.now())
        for one in some:
            self.ward.happen(one)

    async def _settle(self, hub: HubSide) -> None:
        """A good line, until everything has been read again once."""
        self.line.begin({}, {})
        # What a stray answer left on an open connection may spoil one turn more.
        await hub.turn()
        # What a restored server tells is believed when it is told again a while later.
        pauses = (
            (REFRESH_S, 2, 125, 2, 125, 2, 31) if self.schedule.restores else (REFRESH_S, 2, 31)
        )
        for pause_s in pauses:
            self.clock.advance(pause_s)
            assert await hub.turn()

    async def _nothing_untrue(self, hub: HubSide) -> None:
        """No document that was never the truth: no value of another, nobody in another's bed."""
        ever = self.ward.ever
        documents = await hub.documents()
        for (kind, id), (body, _, _) in documents.items():
            if kind == "encounter" and body["bed_id"] is not None:
                seen = {bed for _, bed in ever[id]}, {name for name, _ in ever[id]}
                assert body["bed_id"] in seen[0], (id, body["bed_id"], ever[id])
                assert body["patient"].name in seen[1], (id, body["patient"].name, ever[id])
            if kind == "vital_sign":
                assert body["measurements"][0].value in ever[id], id
                stay = documents[("encounter", body["encounter_id"])][0]
                assert stay["patient"].id == self.ward.whose[id], id


class RealDrama(Drama):
    """The same on real sockets, through a real proxy."""

    @asynccontextmanager
    async def way(self) -> AsyncIterator[None]:
        gateway, proxy = Gateway(self.rest.app, 0), Proxy(self.clock)
        await gateway.up()
        await proxy.up(gateway.port)
        self.line, self.url = proxy, f"http://127.0.0.1:{proxy.port}/fhir"
        try:
            yield
        finally:
            await proxy.down()
            await gateway.down()


def differences(must: Expected, kept: dict, there: dict) -> list[str]:  # type: ignore[type-arg]  # of any kind
    """Where the three do not agree, in words."""
    found = []
    of = {kind: {id: v[0] for (k, id), v in kept.items() if k == kind} for kind, _ in kept}
    stays = {
        id: (one["patient"].name, one["bed_id"]) for id, one in of.get("encounter", {}).items()
    }
    pulses = {
        id: (
            one["encounter_id"],
            one["measurements"][0].value,
            instant(one["taken_at"]),
        )
        for id, one in of.get("vital_sign", {}).items()
    }
    isolated = {
        id
        for id, one in of.get("encounter", {}).items()
        if any((p.slot, p.state) == ("isolation", "present") for p in one["precautions"])
    }
    pairs: list[tuple[str, object, object]] = [
        ("stays", stays, must.stays),
        ("pulses", pulses, must.pulses),
        ("plans", set(of.get("plan_item", {})), must.plans),
        ("isolated", isolated, must.isolated),
        ("beds", set(of.get("bed", {})), must.beds),
    ]
    for name, have, want in pairs:
        if have != want:
            found.append(f"{name}: kept {have!r}, the server has {want!r}")
    for key in sorted(set(kept) | set(there)):
        if kept.get(key) != there.get(key):
            found.append(f"{key}: kept {kept.get(key)!r}, a new hub has {there.get(key)!r}")
    return found


@contextmanager
def in_portions() -> Iterator[None]:
    """Even this small ward is met some stays at a time."""
    with (
        patch.object(his_sync, "_UNKNOWN_AT_ONCE", AT_ONCE),
        patch.object(his_sync, "_FIRST_AT_ONCE", AT_ONCE),
    ):
        yield


def play(schedule: Schedule, how: type[Drama] = Drama) -> list[str]:
    """Play one in a loop of its own; what was wrong in the end."""
    with in_portions(), scratch() as folder:
        return differences(*asyncio.run(how(schedule, folder).play()))


_RESTORED = Schedule(
    (
        Step((Happening(Event.RENAME, 0, 71), Happening(Event.RENAME, 0, 72))),
        Step((Happening(Event.CORRECT, 0, 111), Happening(Event.ISOLATE, 1))),
        Step((Happening(Event.DISCHARGE, 2), Happening(Event.PUT_RIGHT, 1))),
        Step((Happening(Event.RESTORE), Happening(Event.RENAME, 0, 73))),
    )
)
"""Much has changed since the backup; afterwards something changes again."""


@pytest.mark.expects_log
@example(Schedule(()))
@example(_RESTORED)
@settings(max_examples=12, phases=FIND)  # a thousand in the long run
@given(schedules)
def test_after_the_faults_the_ward_is_the_server_s(schedule: Schedule) -> None:
    assert play(schedule) == []


@pytest.mark.verifies(
    "simulator behind a bad line",
    "1,024 fault schedules in process: the ward ends equal",
)
@pytest.mark.long
@pytest.mark.expects_log
@pytest.mark.parametrize("part", range(8))
def test_a_thousand_schedules(part: int) -> None:
    """128 in each of eight parts, each part with a chance of its own."""
    played = 0

    @seed(part)
    @settings(max_examples=128, derandomize=False, phases=FIND)
    @given(schedules)
    def every(schedule: Schedule) -> None:
        nonlocal played
        played += 1
        assert play(schedule) == []

    every()
    assert played >= 125


@pytest.mark.verifies("simulator behind a bad line", "20 fault schedules through a real proxy")
@pytest.mark.long
@pytest.mark.expects_log
def test_twenty_schedules_through_a_real_proxy() -> None:
    @seed(20)
    @settings(max_examples=20, derandomize=False, phases=FIND)
    @given(schedules)
    def every(schedule: Schedule) -> None:
        assert play(schedule, RealDrama) == []

    every()


@pytest.mark.expects_log
def test_each_fault_through_the_real_proxy() -> None:
    """Every fault once in one schedule: the proxy is what it says, and the ward is right."""
    faults = list(Fault)
    happenings = (Happening(Event.ADMIT, 3), Happening(Event.MEASURE, 1, 99))
    steps = [Step(happenings, ((3 + n % 7, fault),)) for n, fault in enumerate(faults)]
    with scratch() as folder:
        drama = RealDrama(Schedule(tuple(steps)), folder)
        assert differences(*asyncio.run(drama.play())) == []
        assert drama.line.met == set(faults)


@pytest.mark.expects_log
@pytest.mark.parametrize("fault", [Fault.FAR_AHEAD, Fault.FAR_BEHIND])
def test_one_answer_with_a_wrong_date_stops_no_refresh(fault: Fault) -> None:
    """Each request of a turn in its turn: an edit without a date is seen within a refresh."""
    edit = Happening(Event.SILENTLY, 1, 133)
    for number in (1, 2, 3, 9, 20):
        steps = (Step((), ((number, fault),)), Step((edit,), ()))
        assert play(Schedule(steps)) == [], number
