"""A direct call whose bed is silent reaches the hub through the station that heard it, once."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallClass, CallReason, CallState
from smartward.device_key import DeviceKey
from smartward.hub.store.model import Stored
from smartward.wire.envelope import Action, ActionKind, Answer
from smartward.wire.peer import DirectCall, DirectTouch, PeerKey, word_digest
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

KEY, SAID = DeviceKey.passing(), b"all that went before"
HEARD_MS = 60_000


@pytest.fixture
def settings() -> Any:
    return replace(SETTINGS, peer_fallback=True, ward=WARD)


class Ends:
    """A bed with its key, and a station that heard it."""

    def __init__(self, ward: Ward, bed: Device, station: Device) -> None:
        self.ward, self.bed, self.station = ward, bed, station
        self.call_id = "call-1"
        self.place = ward.action(
            ActionKind.CALL_PLACE, "call-1", data={"bed_id": bed.place, "class": "normal"}
        )

    def word(self, *touches: DirectTouch, **more: Any) -> DirectCall:
        first = DirectTouch(id=self.place.id, kind=ActionKind.CALL_PLACE, age_ms=2000)
        fields: dict[str, Any] = {
            "sender": self.bed.id,
            "receiver": self.station.id,
            "number": 1,
            "sent_at": self.ward.clock.now(),
            "call_id": self.call_id,
            "bed_id": self.bed.place,
            "call_class": CallClass.NORMAL,
            "touches": (first, *touches),
        }
        return DirectCall(**(fields | more))

    async def hand(self, call: DirectCall, key: DeviceKey = KEY) -> Answer:
        body = msgspec.json.encode(call)
        data: dict[str, str | int | None] = {
            "said": SAID.hex(),
            "body": body.decode(),
            "signature": key.sign(word_digest(SAID, body)).hex(),
            "age_ms": HEARD_MS,
        }
        return await self.ward.act(self.station, ActionKind.PEER_CALL, call.call_id, data=data)

    async def late(self, action: Action) -> Answer:
        """The bed lives again and sends its touch itself."""
        return await self.ward.act(
            self.bed,
            action.kind,
            action.subject,
            age_ms=2 * HEARD_MS,
            id=action.id,
            made_at=action.made_at,
            data=action.data,
        )


@pytest.fixture
async def ends(ward: Ward) -> Ends:
    bed = await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(1))
    station = await ward.enrol(ScreenRole.STATION)
    key = PeerKey(device_id=bed.id, bed_id=docs.bed_id(1), public_key=KEY.public)
    await ward.hub.peers.stop()
    await ward.hub.store.write(lambda tx: tx.put(WARD, "peer_key", bed.id, key, bed=bed.place))
    return Ends(ward, bed, station)


async def test_it_is_the_beds_call_with_its_first_time_and_all_that_was_asked(ends: Ends) -> None:
    pain = DirectTouch(id="t2", kind=ActionKind.CALL_REASON, age_ms=1000, reason=CallReason.PAIN)
    assert (await ends.hand(ends.word(pain))).outcome == "applied"
    call = await ends.ward.call("call-1")
    assert (call.bed_id, call.device_id, call.reason) == (
        ends.bed.place,
        ends.bed.id,
        CallReason.PAIN,
    )
    waited = ends.ward.clock.now() - call.placed_at
    assert waited.total_seconds() == pytest.approx((HEARD_MS + 2000) / 1000)


async def test_whoever_tells_of_it_again_changes_nothing(ends: Ends) -> None:
    await ends.hand(ends.word())
    await ends.hand(ends.word())
    assert (await ends.late(ends.place)).outcome == "applied"
    [call] = await ends.ward.calls()
    assert call.presses == 1


async def test_what_the_bed_told_itself_before_is_not_told_again(ends: Ends) -> None:
    await ends.late(ends.place)
    assert (await ends.hand(ends.word())).outcome == "applied"
    [call] = await ends.ward.calls()
    assert call.presses == 1


async def test_nothing_is_believed_that_the_bed_did_not_say_to_this_station(ends: Ends) -> None:
    for told in (
        await ends.hand(ends.word(), DeviceKey.passing()),
        await ends.hand(ends.word(receiver="another")),
        await ends.hand(ends.word(bed_id=docs.bed_id(2))),
        await ends.hand(ends.word(sender=ends.station.id)),
    ):
        assert (told.outcome, told.key) == ("refused", "peer.refused.sender")
    assert await ends.ward.calls() == []


async def test_what_staff_did_at_the_panel_ends_nothing(ends: Ends) -> None:
    closed = DirectTouch(id="t2", kind=ActionKind.CALL_CLOSE, age_ms=0, family="Li")
    await ends.hand(ends.word(closed))
    assert (await ends.ward.call("call-1")).state is CallState.REQUESTED


async def test_a_cords_press_is_the_cords_and_the_beds_own_word_of_it_makes_no_other(
    ends: Ends,
) -> None:
    bed_id = docs.bed_id(1)
    room = await ends.ward.stored("bed", bed_id)
    assert isinstance(room, Stored)
    point = CallPoint(
        id="p1",
        bed_id=bed_id,
        kind=CallPointKind.BATHROOM_CORD,
        room_id=room.room or "",
        via=ends.bed.id,
    )
    await ends.ward.hub.store.write(lambda tx: tx.put(WARD, "call_point", "p1", point, bed=bed_id))
    press = ends.ward.action(ActionKind.CALL_POINT_EVENT, "p1", data={"event": "press"})
    touch = DirectTouch(id=press.id, kind=ActionKind.CALL_AGAIN, age_ms=2000)
    word = ends.word(
        call_id=press.id, call_point_id="p1", call_class=CallClass.BATHROOM, touches=(touch,)
    )
    assert (await ends.hand(word)).outcome == "applied"
    [call] = await ends.ward.calls()
    assert (call.id, call.call_point_id, call.call_class) == (press.id, "p1", CallClass.BATHROOM)
    await ends.ward.act(ends.bed, ActionKind.CALL_POINT_EVENT, "p1", data={"event": "reset"})
    assert (await ends.late(press)).outcome == "applied"
    assert [one.state for one in await ends.ward.calls()] == [CallState.COMPLETED]
