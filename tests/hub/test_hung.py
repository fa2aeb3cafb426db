"""A screen whose program hangs: its connection stands, and it says nothing."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.screen_health import HUNG
from smartward.errors import BadData
from smartward.hub.fleet_admin import faults_of
from smartward.hub.hung import LOOK_EVERY_S, LOOKS
from smartward.hub.store.model import decode
from tests.hub.conftest import Ward
from tests.hub.screens import TestScreen
from tests.hub.test_fleet import entry, tell

pytestmark = pytest.mark.anyio

SAYS_SO = pytest.mark.expects_log("does not answer, though its connection stands")


async def status(ward: Ward, device: Device) -> ScreenStatus:
    stored = await ward.stored("screen", device.id)
    assert stored is not None
    return decode(stored.body, ScreenStatus)


async def until(ward: Ward, device: Device, met: Callable[[ScreenStatus], bool]) -> ScreenStatus:
    """The hub tells what it found a moment after it found it."""
    async with asyncio.timeout(10):
        while not met(found := await status(ward, device)):
            await asyncio.to_thread(lambda: None)
        return found


async def listening(ward: Ward, role: ScreenRole, place: str | None) -> tuple[Device, TestScreen]:
    device = await ward.enrol(role, place)
    await ward.hub.hung.stop()
    screen = TestScreen(device)
    screen.connect(ward.hub.feed)
    await until(ward, device, lambda found: found.online)
    return device, screen


def look(ward: Ward, times: int) -> None:
    """The watch does so by its clock; a test counts its looks."""
    for _ in range(times):
        ward.clock.advance(LOOK_EVERY_S)
        ward.hub.hung.look()


@SAYS_SO
async def test_who_says_nothing_is_away_though_its_line_stands_until_it_speaks(ward: Ward) -> None:
    device, screen = await listening(ward, ScreenRole.BEDSIDE, "1")
    await tell(ward, device, disk_free=3)
    spoken = ward.clock.now()
    look(ward, LOOKS)
    assert (await status(ward, device)).online, "one report that was lost makes nobody hang"
    look(ward, 1)
    found = await until(ward, device, lambda found: not found.online)
    assert (found.hung, found.since) == (True, spoken)
    assert ward.clock.now() - spoken <= timedelta(seconds=90)
    assert not ward.hub.presence.here(device.id)
    known = await entry(ward, device)
    assert (known.state, known.last_seen, faults_of(known)) == ("hung", spoken, (HUNG,))
    ward.hub.metrics.fleet.set([known])
    told = generate_latest(ward.hub.metrics.registry).decode()
    assert 'smartward_devices{role="bedside",state="hung"} 1.0' in told
    await tell(ward, device)
    found = await until(ward, device, lambda found: found.online)
    assert (found.hung, found.since) == (False, ward.clock.now())
    await screen.hang_up()


@SAYS_SO
async def test_whose_line_ends_at_last_is_away_since_it_spoke(ward: Ward) -> None:
    device, screen = await listening(ward, ScreenRole.BEDSIDE, "1")
    await tell(ward, device)
    spoken = ward.clock.now()
    look(ward, LOOKS + 1)
    await until(ward, device, lambda found: found.hung)
    await screen.hang_up()
    ward.clock.advance(ward.hub.settings.link_stale_s)
    found = await until(ward, device, lambda found: not found.hung)
    assert (found.online, found.since) == (False, spoken)


@SAYS_SO
async def test_who_hangs_again_behind_a_new_line_is_told_again(ward: Ward) -> None:
    """Its watchdog begins it anew between two looks, and it hangs before its first word."""
    device, screen = await listening(ward, ScreenRole.BEDSIDE, "1")
    await tell(ward, device)
    look(ward, LOOKS + 1)
    await until(ward, device, lambda found: found.hung)
    await screen.hang_up()
    again = TestScreen(device)
    again.connect(ward.hub.feed)
    await until(ward, device, lambda found: found.online)
    look(ward, LOOKS)
    assert (await status(ward, device)).online, "it has the time of any other"
    look(ward, 1)
    found = await until(ward, device, lambda found: not found.online)
    assert found.hung
    await again.hang_up()


async def test_whose_words_are_not_read_lives(ward: Ward) -> None:
    """A newer release says something that this hub does not know."""
    device, screen = await listening(ward, ScreenRole.BEDSIDE, "1")
    await tell(ward, device)
    for _ in range(3):
        look(ward, LOOKS - 1)
        with pytest.raises(BadData):
            await ward.hub.fleet.report(device, b'{"of":"next year"}', "192.0.2.1")
    assert ward.hub.presence.here(device.id)
    assert not (await status(ward, device)).hung
    await screen.hang_up()


async def test_who_speaks_who_never_did_and_who_is_asked_by_a_hub_that_stood_still(
    ward: Ward,
) -> None:
    speaks, one = await listening(ward, ScreenRole.BEDSIDE, "1")
    older, other = await listening(ward, ScreenRole.STATION, None)
    for _ in range(4):
        await tell(ward, speaks)
        look(ward, LOOKS - 1)
    ward.clock.advance(3600)
    ward.hub.hung.look()
    for device in (speaks, older):
        assert (await status(ward, device)).online
        assert ward.hub.presence.here(device.id)
    await one.hang_up()
    await other.hang_up()


async def test_who_told_another_run_of_the_hub_is_judged_by_this_one(ward: Ward) -> None:
    device = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, device)
    assert await ward.hub.fleet.who_tells() == [device.id]
