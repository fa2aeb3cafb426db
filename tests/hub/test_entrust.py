"""Entrusting a ward's calls to another station, and their coming back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.clinical.nurse_call import CallState
from smartward.hub.access import Forbidden
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Answer
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import HEAD, CallWard, call_ward
from tests.hub.conftest import NURSE
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION
BACK = pytest.mark.expects_log("the ward's calls are back")


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    async with call_ward(tmp_path / "d", clock) as ward:
        yield ward


@pytest.fixture
async def here(ward: CallWard) -> Device:
    return await ward.enrol(STATION, label="here")


@pytest.fixture
async def there(ward: CallWard) -> Device:
    """Another station, whose feed is open."""
    device = await ward.enrol(STATION, label="there")
    await connect(ward, device)
    return device


async def connect(ward: CallWard, device: Device) -> None:
    ward.hub.feed.on_presence(device, True)
    await online(ward, device, True)


async def online(ward: CallWard, device: Device, expected: bool) -> None:
    def told(reader: Reader) -> bool:
        stored = reader.get(WARD, "screen", device.id)
        return stored is not None and decode(stored.body, ScreenStatus).online is expected

    await ward.until(told)


async def ask(ward: CallWard, by: Device, to: Device | str) -> Answer:
    data = {"to_device": to if isinstance(to, str) else to.id}
    return await ward.act(by, K.ENTRUST_ASK, "entrustment", by=NURSE, data=data)


async def take(ward: CallWard, by: Device, **more: int) -> Answer:
    return await ward.act(by, K.ENTRUST_TAKE, "entrustment", by=HEAD, **more)


async def end(ward: CallWard, by: Device, **more: int) -> Answer:
    return await ward.act(by, K.ENTRUST_END, "entrustment", by=NURSE, **more)


async def state(ward: CallWard) -> Entrustment:
    stored = await ward.stored("entrustment", "entrustment")
    assert stored is not None
    return decode(stored.body, Entrustment)


async def test_asked_is_not_held_and_held_is_taken_by_a_person(
    ward: CallWard, here: Device, there: Device
) -> None:
    assert (await ask(ward, here, there)).outcome == "applied"
    asked = await state(ward)
    assert (asked.state, asked.to_device, asked.to_label) == (
        EntrustmentState.ASKED, there.id, "there",
    )  # fmt: skip
    assert asked.asked_by.person_id == "st-1"
    wrong = await take(ward, here)
    assert (wrong.outcome, wrong.key) == ("refused", "entrusting.refused.not_asked")
    ward.clock.advance(5)
    assert (await take(ward, there)).outcome == "applied"
    held = await state(ward)
    assert held.taken_by is not None
    assert (held.state, held.taken_by.person_id, held.taken_at) == (
        EntrustmentState.HELD, "st-2", docs.moment(5 / 60),
    )  # fmt: skip
    assert (await take(ward, there)).outcome == "applied"
    again = await ask(ward, here, there)
    assert (again.outcome, again.key) == ("refused", "entrusting.refused.held")


@pytest.mark.parametrize("mine", [True, False])
async def test_either_side_ends_it(ward: CallWard, here: Device, there: Device, mine: bool) -> None:
    await ask(ward, here, there)
    await take(ward, there)
    await end(ward, there if mine else here)
    over = await state(ward)
    assert over.state is EntrustmentState.RETURNED
    assert over.returned_why is (ReturnReason.GIVEN_BACK if mine else ReturnReason.TAKEN_BACK)
    await end(ward, here)
    assert await state(ward) == over


async def test_an_end_from_before_it_was_taken_ends_nothing(
    ward: CallWard, here: Device, there: Device
) -> None:
    ward.clock.advance(60)
    await ask(ward, here, there)
    await take(ward, there)
    await end(ward, here, age_ms=1)
    await end(ward, here, older_ms=1)
    assert (await state(ward)).state is EntrustmentState.HELD
    await end(ward, here)
    late = await take(ward, there, age_ms=30_000)
    assert (late.outcome, late.key) == ("refused", "entrusting.refused.not_asked")


async def test_only_another_station_that_is_there_can_be_asked(
    ward: CallWard, here: Device, there: Device
) -> None:
    bedside, away = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION, label="away")
    for to, key in (
        (here, "entrusting.refused.same"), (bedside, "entrusting.refused.no_station"),
        ("nobody", "entrusting.refused.no_station"), (away, "entrusting.refused.away"),
    ):  # fmt: skip
        answer = await ask(ward, here, to)
        assert (answer.outcome, answer.key) == ("refused", key)
    with pytest.raises(Forbidden):
        await ward.act(here, K.ENTRUST_TAKE, "other", by=NURSE)
    with pytest.raises(Forbidden):
        await ward.act(bedside, K.ENTRUST_END, "entrustment", by=NURSE)
    assert await ward.stored("entrustment", "entrustment") is None


async def test_while_held_only_the_holder_s_shown_and_mute_count(
    ward: CallWard, here: Device, there: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ask(ward, here, there)
    await ward.press(bedside, "a")
    assert (await ward.act(here, K.CALL_SHOWN, "a")).outcome == "applied"
    assert (await ward.call("a")).marks[-1].kind is MarkKind.SHOWN, "asked is not taken"
    await ward.act(bedside, K.CALL_CLOSE, "a", by=NURSE)
    await take(ward, there)
    await ward.press(bedside, "b")
    before = await ward.call("b")
    assert (await ward.act(here, K.CALL_SHOWN, "b")).outcome == "applied"
    assert await ward.call("b") == before, "told by nobody who answers for it"
    mute = await ward.act(here, K.CALL_HEARD, "b", by=NURSE)
    assert (mute.outcome, mute.key, mute.values) == (
        "refused", "entrusting.refused.not_here", {"label": "there"},
    )  # fmt: skip
    await ward.act(there, K.CALL_SHOWN, "b")
    await ward.act(there, K.CALL_HEARD, "b", by=HEAD)
    kinds = [mark.kind for mark in (await ward.call("b")).marks]
    assert kinds == [MarkKind.SENT, MarkKind.SHOWN, MarkKind.HEARD]
    assert (await ward.act(here, K.CALL_ACCEPT, "b", by=NURSE)).outcome == "applied"
    assert (await ward.call("b")).state is CallState.ACCEPTED


@BACK
async def test_the_calls_are_back_in_the_write_that_says_the_holder_is_away(
    ward: CallWard, here: Device, there: Device
) -> None:
    await ask(ward, here, there)
    await take(ward, there)
    ward.hub.feed.on_presence(there, False)
    await ward.pass_time(4)
    assert (await state(ward)).state is EntrustmentState.HELD, "a blink is no loss"
    await ward.pass_time(2)
    await online(ward, there, False)
    over = await state(ward)
    assert (over.state, over.returned_why) == (
        EntrustmentState.RETURNED, ReturnReason.LINK_LOST,
    )  # fmt: skip
    screen, entrusted = (
        await ward.stored("screen", there.id), await ward.stored("entrustment", "entrustment"),
    )  # fmt: skip
    assert screen is not None
    assert entrusted is not None
    assert screen.seq == entrusted.seq
    await connect(ward, there)
    assert (await state(ward)).state is EntrustmentState.RETURNED, "asked anew, or not at all"


async def test_a_request_to_a_station_that_goes_away_is_over(
    ward: CallWard, here: Device, there: Device
) -> None:
    await ask(ward, here, there)
    ward.hub.feed.on_presence(there, False)
    await ward.pass_time(6)
    await online(ward, there, False)
    assert (await state(ward)).state is EntrustmentState.RETURNED


@BACK
@pytest.mark.parametrize("how", ["revoked", "another role"])
async def test_a_holder_that_is_no_station_any_more_holds_nothing(
    ward: CallWard, here: Device, there: Device, how: str
) -> None:
    await ask(ward, here, there)
    await take(ward, there)
    if how == "revoked":
        await ward.revoke(there)
    else:
        await ward.enrol(BEDSIDE, "1", device_id=there.id)
    assert (await state(ward)).returned_why is ReturnReason.LINK_LOST


@BACK
async def test_a_holder_that_does_not_come_back_to_a_restarted_hub_holds_nothing(
    ward: CallWard, here: Device, there: Device
) -> None:
    await ask(ward, here, there)
    await take(ward, there)
    await ward.restart()
    assert (await state(ward)).state is EntrustmentState.HELD
    await ward.pass_time(6)
    await online(ward, there, False)
    assert (await state(ward)).state is EntrustmentState.RETURNED


SILENT = pytest.mark.expects_log("cannot sound: the ward's calls are back")


@SILENT
@pytest.mark.parametrize("before", [True, False])
async def test_a_holder_that_cannot_sound_holds_nothing(
    ward: CallWard, here: Device, there: Device, before: bool
) -> None:
    async def lose_sound(faults: str) -> None:
        await ward.act(there, K.SCREEN_FAULTS, there.id, data={"faults": faults})

    await ask(ward, here, there)
    if before:
        await lose_sound("sound.no_device")
    await take(ward, there)
    if not before:
        await lose_sound("voice.engine_dead")
        assert (await state(ward)).state is EntrustmentState.HELD, "its tones are heard"
        await lose_sound("sound.dead,voice.engine_dead")
    over = await state(ward)
    assert (over.state, over.returned_why) == (EntrustmentState.RETURNED, ReturnReason.NO_SOUND)


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_that_was_set_back_keeps_nothing_from_being_taken_back(
    ward: CallWard, here: Device, there: Device
) -> None:
    await ask(ward, here, there)
    await take(ward, there)
    ward.clock.step(-3600)
    await end(ward, here)
    assert (await state(ward)).returned_why is ReturnReason.TAKEN_BACK
    await ward.heeded()
