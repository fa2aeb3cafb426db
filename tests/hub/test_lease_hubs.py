"""Two whole hubs of a ward on one PostgreSQL: what each remembers is right whoever writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from uuid6 import uuid7

from smartward.clinical.alert import Alert
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.his_write import WriteKind
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Unreachable
from smartward.hub.app import Hub
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.deciding import Decider
from smartward.hub.enrol import ask
from smartward.hub.gateway_alert import RULE
from smartward.hub.lease import HELD_S
from smartward.hub.rule_settings import load_rules
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.postgres import PostgresTx
from smartward.wire.envelope import ActionKind, ActionRequest
from tests.fakes import postgres
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD, bed_id

pytestmark = pytest.mark.anyio

BEDSIDE, STATION, GATEWAY = ScreenRole.BEDSIDE, ScreenRole.STATION, ScreenRole.GATEWAY
SILENT_S = 20
PATIENCE_S = 20.0


class House:
    """Two hubs, `a` that was first and `b`, and hands to act on either."""

    def __init__(self, a: Hub, b: Hub, clock: ManualClock) -> None:
        self.clock = clock
        self.a, self.b = Ward(a, clock), Ward(b, clock)
        self.ended: set[Ward] = set()

    async def end(self, ward: Ward) -> None:
        """In order."""
        self.ended.add(ward)
        await ward.hub.stop()

    async def kill(self, ward: Ward) -> None:
        """Nothing of it runs any more, and it said nothing to anybody."""
        hub: Any = ward.hub
        await hub.following._tasks.stop()
        await hub._decider._tasks.stop()
        await hub.presence.stop()

    async def until(self, met: Callable[[], bool | Awaitable[bool]], pass_s: float = 0.0) -> None:
        """Let both hubs run until it is so, time passing by so much at each look."""
        async with asyncio.timeout(PATIENCE_S):
            while not await _is(met()):
                await self._step(pass_s)

    async def decides(self, ward: Ward) -> None:
        """Until this hub decides. Time passes until it has the lease; to begin takes a while of the
        machine's own time, and the house's clock would run away from it."""
        lease: Any = ward.hub._decider
        await self.until(lambda: (lease.decided_by or ("",))[0] == lease.holder, pass_s=0.1)
        await self.until(lambda: bool(ward.hub.state()["deciding"]))

    async def passes(self, seconds: float) -> None:
        """Let time pass in steps that no lease outlives."""
        for _ in range(round(seconds / 0.5)):
            await self._step(0.5)

    async def _step(self, seconds: float) -> None:
        """Some time, then all that was to be written for it."""
        self.clock.advance(seconds)
        for ward in (self.a, self.b):
            if ward not in self.ended:
                await ward.hub.store.write(lambda tx: None)

    async def screen(self, device: str) -> ScreenStatus | None:
        at = self.a if self.a not in self.ended else self.b
        stored = await at.stored("screen", device)
        return None if stored is None else decode(stored.body, ScreenStatus)

    async def online(self, device: str) -> bool:
        status = await self.screen(device)
        return status is not None and status.online

    def knows(self, ward: Ward, device: str) -> bool:
        return ward.hub.access.device(device) is not None


async def _is(found: bool | Awaitable[bool]) -> bool:
    return found if isinstance(found, bool) else await found


def with_a_his(store: Store, clock: Clock, settings: Settings) -> Decider:
    """The deciding part with a hospital system that is away just now."""
    his = FakeHis(clock)
    his.fault = Unreachable("his.unreachable.away")
    return Decider(store, clock, settings, his, load_rules(settings))


@asynccontextmanager
async def two_hubs(
    folder: Path, clock: ManualClock, decides: DeciderFactory = default_decider, **more: Any
) -> AsyncIterator[House]:
    """`more`: settings of both."""
    with postgres.database() as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresTx, "store_time", lambda tx: tx.now)
        settings = replace(SETTINGS, ward=WARD, store_url=url, gateway_silent_s=SILENT_S, **more)
        a, b = (Hub(settings, folder / name, clock, decides) for name in "ab")
        await a.start()
        await docs.furnish(a.store)
        made = House(a, b, clock)
        await made.until(lambda: a.state()["deciding"])
        await b.start()
        try:
            yield made
        finally:
            for ward in (made.b, made.a):
                if ward not in made.ended:
                    await ward.hub.stop()


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with two_hubs(tmp_path, clock) as made:
        yield made


async def test_a_device_enrolled_moved_or_revoked_at_one_hub_is_so_at_the_other(
    house: House,
) -> None:
    device = await house.a.enrol(BEDSIDE, bed_id(1))
    await house.until(lambda: house.knows(house.b, device.id))
    token = f"Bearer {house.a.tokens[device.id]}"
    assert house.b.hub.access.authenticate(token) is not None
    screen = TestScreen(device)
    screen.connect(house.b.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    house.clock.advance(1)
    await house.a.enrol(BEDSIDE, bed_id(1), device_id=device.id)
    await house.until(lambda: house.b.hub.access.authenticate(token) is None)
    await house.until(lambda: house.b.hub.feed.connected()[BEDSIDE] == 0)
    await house.a.revoke(device)
    await house.until(lambda: not house.knows(house.b, device.id))
    await screen.hang_up()


async def test_a_call_taken_by_one_hub_is_escalated_by_the_one_that_decides(house: House) -> None:
    device = await house.a.enrol(BEDSIDE, bed_id(1))
    await house.until(lambda: house.knows(house.b, device.id))
    station = await house.a.enrol(STATION)
    at_a = TestScreen(station)
    at_a.connect(house.a.hub.feed)
    call = str(uuid7())
    answer = await house.b.press(device, call)
    assert answer.outcome == "applied"
    await at_a.until(lambda mirror: ("nurse_call", call) in mirror.bodies())
    assert house.a.hub.state()["open_calls"] == house.b.hub.state()["open_calls"] == 1

    async def escalated() -> bool:
        return (await house.b.call(call)).step >= 1

    await house.passes(SETTINGS.call_escalate_1_s + 1)
    await house.until(escalated)
    assert house.a.hub.state()["deciding"]
    assert not house.b.hub.state()["deciding"]
    await at_a.hang_up()


async def test_an_action_sent_to_both_hubs_is_done_once(house: House) -> None:
    device = await house.a.enrol(BEDSIDE, bed_id(1))
    await house.until(lambda: house.knows(house.b, device.id))
    data = {"bed_id": device.place, "class": "normal"}
    action = house.a.action(ActionKind.CALL_PLACE, str(uuid7()), data=data)
    request = ActionRequest(action=action, age_ms=0)
    first, second = await asyncio.gather(
        house.a.hub.actions.answer(device, request), house.b.hub.actions.answer(device, request)
    )
    assert first == second
    (call,) = await house.a.calls()
    assert call.presses == 1


async def test_a_screen_is_there_at_whichever_hub_it_listens(house: House) -> None:
    device = await house.a.enrol(STATION)
    await house.until(lambda: house.knows(house.b, device.id))
    screen = TestScreen(device)
    screen.connect(house.b.hub.feed)
    await house.until(lambda: house.online(device.id))
    await house.passes(20)  # the other hub looked for it meanwhile
    assert await house.online(device.id)
    # It moves, and is not away for that.
    since = (await house.screen(device.id) or pytest.fail("gone")).since
    await screen.hang_up()
    screen.connect(house.a.hub.feed)
    await house.passes(20)
    status = await house.screen(device.id)
    assert status is not None
    assert status.online
    assert status.since == since
    await screen.hang_up()
    await house.passes(SETTINGS.link_stale_s + 2)
    assert not await house.online(device.id)


async def test_who_listened_at_a_hub_that_died_is_away_unless_it_comes_back(house: House) -> None:
    stays = await house.a.enrol(STATION)
    comes = await house.a.enrol(STATION)
    await house.until(lambda: house.knows(house.b, comes.id))
    there = [TestScreen(device) for device in (stays, comes)]
    for screen in there:
        screen.connect(house.b.hub.feed)
    await house.until(lambda: house.online(stays.id))
    await house.until(lambda: house.online(comes.id))
    await house.kill(house.b)
    house.ended.add(house.b)
    again = TestScreen(comes)
    again.connect(house.a.hub.feed)
    await house.passes(HELD_S + 2 + SETTINGS.link_stale_s + 2)
    assert not await house.online(stays.id)
    assert await house.online(comes.id)
    assert house.a.hub.state()["other_hubs"] in ({}, {house.b.hub.id: False})
    # It was only frozen, with the screen that listened there all the time.
    house.ended.discard(house.b)
    following: Any = house.b.hub.following
    following._tasks.keep(following._beat, "telling the other hubs", house.clock)
    await house.until(lambda: house.online(stays.id), pass_s=0.5)
    await house.passes(SETTINGS.link_stale_s + 2)
    assert await house.online(stays.id)
    for screen in (*there, again):
        await screen.hang_up()


@pytest.mark.expects_log("has not been heard")
async def test_a_beat_heard_at_one_hub_keeps_its_point_well_where_it_is_decided(
    house: House,
) -> None:
    gateway = await house.a.enrol(GATEWAY)
    await _add_point(house, gateway.id)
    await house.until(lambda: house.b.hub.tally.count("call_point") == 1)
    for _ in range(6):
        await house.b.act(gateway, ActionKind.CALL_POINT_EVENT, "p1", data={"event": "beat"})
        await house.passes(SILENT_S - 8)
    assert not await _gateway_alerts(house.a)
    # After the hub that decided has ended as well: nobody tells of a storm.
    await house.end(house.a)
    await house.decides(house.b)
    assert not await _gateway_alerts(house.b)

    async def told() -> bool:
        return len(await _gateway_alerts(house.b)) == 1

    await house.until(told, pass_s=0.5)


async def test_the_next_hub_takes_up_a_call_where_the_last_one_stopped(house: House) -> None:
    device = await house.a.enrol(BEDSIDE, bed_id(1))
    call = str(uuid7())
    await house.a.press(device, call)
    await house.kill(house.a)
    house.ended.add(house.a)
    before = house.clock.monotonic()
    await house.decides(house.b)
    # Not a matter of the machine: the fake clock passes 0.1 s at each look.
    assert house.clock.monotonic() - before < 30

    async def escalated() -> bool:
        return (await house.b.call(call)).step >= 1

    await house.passes(SETTINGS.call_escalate_1_s + 1)
    await house.until(escalated)
    house.ended.discard(house.a)


@pytest.mark.expects_log
async def test_what_another_hub_wrote_is_queued_for_the_his_by_the_one_that_decides(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with two_hubs(tmp_path, clock, with_a_his) as house:
        device = await house.a.enrol(BEDSIDE, bed_id(1))
        await house.until(lambda: house.knows(house.b, device.id))
        call = str(uuid7())
        await house.b.press(device, call)

        async def queued() -> bool:
            return await house.a.hub.store.read(
                lambda reader: reader.queue_get(WARD, WriteKind.NURSE_CALL, call) is not None
            )

        await house.until(queued)


async def test_an_epoch_that_one_hub_begins_is_begun_at_both(house: House) -> None:
    device = await house.a.enrol(STATION)
    await house.until(lambda: house.knows(house.b, device.id))
    screen = TestScreen(device)
    screen.connect(house.b.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    epoch = await house.a.hub.store.renew_epoch()
    await house.passes(2)
    await house.until(lambda: house.b.hub.store.epoch == epoch)
    await house.until(lambda: house.b.hub.feed.connected()[STATION] == 0)
    await screen.hang_up()
    screen.connect(house.b.hub.feed)
    await screen.until(lambda mirror: mirror.current and mirror.cursor.startswith(epoch))
    await screen.hang_up()


async def _add_point(house: House, via: str) -> None:
    await asyncio.to_thread(
        ask, house.a.hub.admin.path, do="call_point.add", id="p1", kind="bathroom_cord",
        bed=bed_id(1), via=via,
    )  # fmt: skip


async def _gateway_alerts(ward: Ward) -> list[Alert]:
    found = await ward.hub.store.read(lambda reader: reader.all(WARD, "alert"))
    alerts = [decode(one.body, Alert) for one in found]
    return [one for one in alerts if one.rule == RULE]
