"""What a screen sends that was started anew since the touch, with a clock that runs ahead: its time
is an estimate, and it ends or answers nothing that it may not have known of."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallState
from smartward.hub.actions import TOLD_FOR
from smartward.hub.store.tx import Tx
from tests.fakes.fake_clock import ManualClock
from tests.hub.call_ward import CallWard

pytestmark = pytest.mark.anyio

ANEW: dict[str, Any] = {"age_ms": None, "skew_ms": 3_600_000}
"""Nobody knows how long ago it was, and the screen's clock says: not yet."""


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    ward = CallWard(tmp_path / "d", clock, decides=None)
    await ward.start()
    try:
        yield ward
    finally:
        await ward.hub.stop()


@pytest.fixture
async def bedside(ward: CallWard) -> Device:
    device = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.point("cord", "bathroom_cord", via=device.id)
    await ward.point("here", "presence_button", via=device.id)
    return device


async def test_a_reset_ends_no_press_that_may_be_later(ward: CallWard, bedside: Device) -> None:
    await ward.tell(bedside, "cord", "press")
    ward.clock.advance(120)
    await ward.tell(bedside, "cord", "press")
    ward.clock.advance(60)
    await ward.tell(bedside, "cord", "reset", **ANEW)
    (call,) = await ward.open_calls()
    assert call.presses == 2
    await ward.tell(bedside, "cord", "reset", age_ms=1_000)
    assert await ward.open_calls() == []


async def test_a_reset_ends_the_one_press_that_its_own_screen_told_of(
    ward: CallWard, bedside: Device
) -> None:
    """It tells of a point in order: the reset was behind that press."""
    await ward.tell(bedside, "cord", "press")
    ward.clock.advance(60)
    await ward.tell(bedside, "cord", "reset", **ANEW)
    assert await ward.open_calls() == []


async def test_a_reset_ends_no_press_that_another_told_of(ward: CallWard, bedside: Device) -> None:
    """A direct call that a station passed on: the reset may have lain in the screen before it."""
    await ward.tell(bedside, "cord", "press")
    (call,) = await ward.open_calls()

    def by_another(tx: Tx) -> None:
        known = tx.answer_get(bedside.id, call.id)
        assert known is not None
        tx.answer_put(bedside.id, call.id, TOLD_FOR, known.answer)

    await ward.hub.store.write(by_another)
    ward.clock.advance(60)
    await ward.tell(bedside, "cord", "reset", **ANEW)
    assert [one.id for one in await ward.open_calls()] == [call.id]


@pytest.mark.parametrize("button", [True, False])
async def test_whoever_came_is_there_and_answers_no_press_that_may_be_later(
    ward: CallWard, bedside: Device, button: bool
) -> None:
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    if button:
        await ward.tell(bedside, "here", "press", **ANEW)
    else:
        await ward.enter(bedside, **ANEW)
    assert await ward.presence(1) is not None
    assert (await ward.call("c")).state is CallState.REQUESTED


@pytest.mark.parametrize("button", [True, False])
async def test_whoever_left_has_left_but_ended_no_call(
    ward: CallWard, bedside: Device, button: bool
) -> None:
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    if button:
        await ward.tell(bedside, "here", "press", age_ms=0)
    else:
        await ward.enter(bedside, age_ms=0)
    ward.clock.advance(60)
    if button:
        await ward.tell(bedside, "here", "press", **ANEW)
    else:
        await ward.leave(bedside, **ANEW)
    assert await ward.presence(1) is None
    assert [one.id for one in await ward.open_calls()] == ["c"]


async def test_who_came_elsewhere_has_left_but_ended_no_call_there(
    ward: CallWard, bedside: Device
) -> None:
    other = await ward.enrol(ScreenRole.BEDSIDE, "3")
    await ward.press(bedside, "c")
    await ward.enter(bedside)
    ward.clock.advance(60)
    await ward.enter(other, **ANEW)
    assert await ward.presence(1) is None
    assert [one.id for one in await ward.open_calls()] == ["c"]
