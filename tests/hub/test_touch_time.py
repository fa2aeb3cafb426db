"""A touch whose screen's clock has gained on its seconds since: what is recorded goes by the
seconds, what it ends or answers by the longer of both times."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.call_order import order_of
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallState, is_open
from smartward.clinical.profile import ProfileNote
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import CallWard
from tests.hub.conftest import NURSE, seen
from tests.hub.staff import badge, give, told

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
SET: dict[str, Any] = {"age_ms": 60_000, "older_ms": 3_600_000}
"""Touched a minute ago; since then the screen's clock went an hour forward."""


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
    return await ward.enrol(ScreenRole.BEDSIDE, "1")


# ---------------------------------------------------------------------- what is recorded


@pytest.mark.parametrize("older_ms", [3_600_000, 56 * 365 * 24 * 3_600_000])
async def test_what_staff_do_is_dated_by_the_seconds_of_their_screen(
    ward: CallWard, older_ms: int
) -> None:
    """A clock that said 1970 until it was set, too."""
    station, stay = await ward.enrol(ScreenRole.STATION), docs.encounter_id(1)
    more: dict[str, Any] = {"age_ms": 60_000, "older_ms": older_ms, "by": NURSE, "seen": seen(1)}
    answer = await ward.act(station, K.PROFILE_SET, stay, data={"confused": 1}, **more)
    assert (answer.outcome, answer.key) == ("applied", None)
    stored = await ward.stored("profile", stay)
    assert stored is not None
    assert decode(stored.body, ProfileNote).at == ward.clock.now() - timedelta(minutes=1)


async def test_a_call_is_recorded_as_closed_after_it_was_placed(
    ward: CallWard, bedside: Device
) -> None:
    """It is not too old either: its screen's own seconds say two seconds."""
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    more: dict[str, Any] = {"age_ms": 2_000, "older_ms": 3_600_000, "by": NURSE}
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", **more)).outcome == "applied"
    call, touched = await ward.call("c"), ward.clock.now() - timedelta(seconds=2)
    assert call.closed_at == touched > call.placed_at
    assert [one.at for one in call.marks if one.kind is MarkKind.PRESENT] == [touched]
    assert (await told(ward))[-1].touched_at == touched
    order = order_of(call)
    assert (order.there, order.ended) == (touched - HOUR, touched - HOUR)


async def test_who_had_signed_in_when_they_touched_is_believed(
    ward: CallWard, bedside: Device
) -> None:
    """A session that began half an hour ago stands for a touch of a minute ago."""
    await give(ward)
    who = (await badge(ward, bedside)).person
    ward.clock.advance(1800)
    await ward.press(bedside, "c", age_ms=90_000)
    answer = await ward.act(bedside, K.CALL_ARRIVE, "c", by=who, **SET)
    assert (answer.outcome, answer.key) == ("applied", None)
    (mark,) = [one for one in (await ward.call("c")).marks if one.kind is MarkKind.PRESENT]
    assert mark.at == ward.clock.now() - timedelta(minutes=1)


# ---------------------------------------------------------------------- what came before what


async def test_who_is_there_answers_only_what_had_been_asked_at_the_earliest(
    ward: CallWard, bedside: Device
) -> None:
    """A press that may have been after she came rings, and she ends nothing that she may not have
    known."""
    await ward.press(bedside, "c")
    ward.clock.advance(1800)
    assert (await ward.act(bedside, K.CALL_ARRIVE, "c", by=NURSE, **SET)).outcome == "applied"
    there = ward.clock.now() - timedelta(minutes=1)
    assert order_of(await ward.call("c")).there == there - HOUR
    await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=300_000)
    call = await ward.call("c")
    assert call.marks[-1].kind is MarkKind.PRESSED, "nobody knows that she came after it"
    answer = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, **SET)
    assert answer.key == "action.asked_again"


async def test_whoever_left_has_left_but_ended_no_call(ward: CallWard, bedside: Device) -> None:
    """Nobody can tell whether she came before or after it."""
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.enter(bedside)
    ward.clock.advance(120)
    assert (await ward.leave(bedside, **SET)).outcome == "applied"
    assert await ward.presence(1) is None
    call = await ward.call("c")
    assert (call.state, call.marks[-1].kind) == (CallState.REQUESTED, MarkKind.LEFT)
    assert call.marks[-1].at == ward.clock.now() - timedelta(minutes=1)
    # What it asked for then is answered by nobody who may have come before.
    answer = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, **SET)
    assert answer.key == "action.asked_again"


async def test_coming_is_noted_with_its_time_and_answers_what_was_asked_before_all_of_it(
    ward: CallWard, bedside: Device
) -> None:
    await ward.press(bedside, "c")
    ward.clock.advance(600)
    await ward.enter(bedside, **SET)
    here = await ward.presence(1)
    assert here is not None
    assert here.people[0].since == ward.clock.now() - timedelta(minutes=1)
    assert here.people[0].came == ward.clock.now() - timedelta(minutes=1) - HOUR
    assert (await ward.call("c")).state is CallState.REQUESTED


async def test_a_reset_at_a_call_point_ends_no_press_that_may_be_later(
    ward: CallWard, bedside: Device
) -> None:
    await ward.point("cord", "bathroom_cord", via=bedside.id)
    await ward.tell(bedside, "cord", "press")
    ward.clock.advance(120)
    await ward.tell(bedside, "cord", "reset", **SET)
    assert len(await ward.open_calls()) == 1
    await ward.tell(bedside, "cord", "reset", age_ms=60_000)
    assert await ward.open_calls() == []


async def test_a_press_goes_by_its_seconds_alone(ward: CallWard, bedside: Device) -> None:
    await ward.press(bedside, "c", age_ms=2_000, older_ms=3_600_000)
    call = await ward.call("c")
    assert is_open(call)
    assert call.placed_at == ward.clock.now() - timedelta(seconds=2)
    assert order_of(call).asked == call.placed_at
