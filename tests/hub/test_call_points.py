"""Call points through a real hub: presses and resets, over HTTP as well."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.http_server import HttpServer
from smartward.hub.store.base import Tx
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import CallWard, call_ward, new_id
from tests.hub.conftest import NURSE, as_json, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR, STATION = ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION
GATEWAY = ScreenRole.GATEWAY


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    async with call_ward(tmp_path / "d", clock) as ward:
        yield ward


@pytest.fixture
async def gateway(ward: CallWard) -> Device:
    return await ward.enrol(GATEWAY, label="box")


# ---------------------------------------------------------------------- presses and resets


@pytest.mark.parametrize(
    "kind, call_class",
    [
        ("handset", CallClass.NORMAL),
        ("one_switch", CallClass.NORMAL),
        ("keyboard", CallClass.NORMAL),
        ("bathroom_cord", CallClass.BATHROOM),
        ("assist_button", CallClass.ASSIST),
        ("emergency_button", CallClass.EMERGENCY),
    ],
)
async def test_a_press_is_a_call_of_its_bed_and_class(
    ward: CallWard, gateway: Device, kind: str, call_class: CallClass
) -> None:
    await ward.point("p", kind, bed="2")
    answer = await ward.tell(gateway, "p", "press", age_ms=1500)
    made = await ward.call(str(answer.values["call_id"]))
    assert (made.bed_id, made.call_class, made.call_point_id, made.device_id) == (
        "his.bed-2", call_class, "p", "p",
    )  # fmt: skip
    assert made.placed_at == docs.moment(-1.5 / 60)
    assert made.encounter_id == docs.encounter_id(2)
    again = await ward.tell(gateway, "p", "press")
    assert again.values == answer.values
    assert (await ward.call(made.id)).presses == 2
    assert (await ward.tell(gateway, "p", "reset")).outcome == "applied"
    over = await ward.call(made.id)
    assert over.state is CallState.COMPLETED
    assert over.marks[-1].kind is MarkKind.PRESENT, "whoever resets it stands there"
    assert over.closed_by is not None
    assert over.closed_by.device_id == "p"


async def test_an_extra_bed_without_a_screen_calls_as_itself(
    ward: CallWard, gateway: Device
) -> None:
    def extra(tx: Tx) -> None:
        for n, number in ((12, "12"), (112, "加12")):
            bed = docs.bed(n)
            changed = type(bed)(**{**as_json(bed), "number": number, "occupants": ()})
            tx.put(WARD, "bed", bed.id, changed, bed=bed.id, room=bed.room_id)

    await ward.hub.store.write(extra)
    twelve = await ward.enrol(BEDSIDE, "12")
    await ward.point("extra", bed="加12")
    await ward.tell(gateway, "extra", "press")
    (made,) = await ward.open_calls()
    assert made.bed_id == "his.bed-112"
    with pytest.raises(Forbidden):
        await ward.act(twelve, K.CALL_CLOSE, made.id, by=NURSE)
    await ward.press(twelve, "c")
    assert {call.bed_id for call in await ward.open_calls()} == {"his.bed-12", "his.bed-112"}


async def test_a_bathroom_call_ends_nowhere_but_at_its_cord(
    ward: CallWard, gateway: Device
) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.point("c", "bathroom_cord")
    await ward.point("b", "bathroom_cord")
    await ward.point("h", "handset")
    await ward.tell(gateway, "c", "press")
    (made,) = await ward.open_calls()
    for device in (bedside, door, station):
        answer = await ward.act(device, K.CALL_CLOSE, made.id, by=NURSE, data={"reason": "spoke"})
        assert (answer.outcome, answer.key) == ("refused", "call.refused.close_bathroom")
    for device in (bedside, door):
        await ward.act(device, K.CALL_ARRIVE, made.id, by=NURSE)
        await ward.enter(device)
        await ward.leave(device)
    for other in ("b", "h"):
        await ward.tell(gateway, other, "reset")
    still = await ward.call(made.id)
    assert still.state is CallState.REQUESTED, "the nurse left, so it asks again"
    await ward.tell(gateway, "c", "reset")
    assert await ward.open_calls() == []


async def test_two_cords_of_one_bed_are_two_calls(ward: CallWard, gateway: Device) -> None:
    for id in ("one", "two"):
        await ward.point(id, "bathroom_cord")
        await ward.tell(gateway, id, "press")
    assert len(await ward.open_calls()) == 2
    await ward.tell(gateway, "one", "reset")
    (left,) = await ward.open_calls()
    assert left.call_point_id == "two"


async def test_a_reset_from_before_the_press_ends_nothing(ward: CallWard, gateway: Device) -> None:
    await ward.point("c", "bathroom_cord")
    ward.clock.advance(60)
    await ward.tell(gateway, "c", "press")
    await ward.tell(gateway, "c", "reset", age_ms=1)
    assert len(await ward.open_calls()) == 1
    ward.clock.advance(5)
    await ward.tell(gateway, "c", "press")
    await ward.tell(gateway, "c", "reset", age_ms=1)
    assert len(await ward.open_calls()) == 1
    await ward.tell(gateway, "c", "reset")
    assert await ward.open_calls() == []


async def test_handset_and_screen_are_one_normal_call_of_the_bed(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h")
    await ward.tell(gateway, "h", "press")
    await ward.press(bedside, "c", seen=seen(1))
    (made,) = await ward.open_calls()
    assert made.presses == 2
    reason = await ward.act(bedside, K.CALL_REASON, "c", data={"reason": "pain"})
    assert reason.outcome == "applied"
    assert (await ward.act(bedside, K.CALL_CLOSE, made.id, by=NURSE)).outcome == "applied"


async def test_gateways_that_count_alike_are_not_confused(ward: CallWard, gateway: Device) -> None:
    other = await ward.enrol(GATEWAY)
    await ward.point("a", bed="1", via=gateway.id)
    await ward.point("b", bed="2", via=other.id)
    for device, point in ((gateway, "a"), (other, "b")):
        await ward.tell(device, point, "press", id="1")
    assert {call.bed_id for call in await ward.open_calls()} == {"his.bed-1", "his.bed-2"}


async def test_pressing_a_cord_s_ended_call_again_at_the_bed_is_a_normal_call(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("c", "bathroom_cord")
    pulled = await ward.tell(gateway, "c", "press")
    await ward.tell(gateway, "c", "reset")
    ward.clock.advance(5)
    await ward.act(bedside, K.CALL_AGAIN, str(pulled.values["call_id"]))
    (made,) = await ward.open_calls()
    assert (made.call_class, made.call_point_id) == (CallClass.NORMAL, None)


@pytest.mark.expects_log("not one of its own")
async def test_nobody_else_tells_of_a_point_and_nobody_learns_whether_it_is_there(
    ward: CallWard, gateway: Device
) -> None:
    bedside, other = await ward.enrol(BEDSIDE, "1"), await ward.enrol(GATEWAY)
    station = await ward.enrol(STATION)
    await ward.point("mine", via=bedside.id)
    await ward.point("theirs", via=gateway.id)
    answers = set()
    for device, point in [
        (gateway, "mine"), (other, "mine"), (other, "theirs"), (other, "none"),
        (bedside, "theirs"), (bedside, "none"), (station, "theirs"),
    ]:  # fmt: skip
        for event in ("press", "beat", "reset"):
            with pytest.raises(Forbidden) as refused:
                await ward.tell(device, point, event)
            answers.add(str(refused.value))
    assert len(answers) == 1
    assert await ward.calls() == []
    assert (await ward.tell(bedside, "mine", "press")).outcome == "applied"


async def test_a_screen_that_was_moved_away_calls_for_nobody_there(ward: CallWard) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h", via=bedside.id)
    moved = await ward.enrol(BEDSIDE, "4", device_id=bedside.id)
    with pytest.raises(Forbidden):
        await ward.tell(moved, "h", "press")
    assert await ward.calls() == []


async def test_what_is_no_event_is_not_understood(ward: CallWard, gateway: Device) -> None:
    await ward.point("h")
    for data in ({}, {"event": "pulled"}, {"event": None}):
        with pytest.raises(BadData):
            await ward.act(gateway, K.CALL_POINT_EVENT, "h", data=data)


async def test_no_patient_says_that_a_line_is_lost(ward: CallWard) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    with pytest.raises(BadData):
        await ward.act(bedside, K.CALL_REASON, "c", data={"reason": "line_lost"})


# ---------------------------------------------------------------------- over HTTP


@pytest.mark.expects_log("not one of its own")
async def test_a_gateway_posts_its_inputs(ward: CallWard, gateway: Device) -> None:
    await ward.point("c", "bathroom_cord")
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("b", via=bedside.id)
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as client:

        async def post(device: Device, **body: Any) -> httpx.Response:
            head = {"Authorization": f"Bearer {ward.tokens[device.id]}"}
            return await client.post("/inputs", json=body, headers=head)

        id = new_id()
        first = await post(gateway, id=id, call_point="c", event="press", age_ms=4000)
        assert (first.status_code, first.json()["outcome"]) == (200, "applied")
        ward.clock.advance(30)
        again = await post(gateway, id=id, call_point="c", event="press", age_ms=34_000)
        assert again.json() == first.json()
        (made,) = await ward.open_calls()
        assert (made.presses, made.placed_at) == (1, docs.moment(-4 / 60))
        unknown_age = await post(gateway, id=new_id(), call_point="c", event="press")
        assert unknown_age.status_code == 200
        assert (await ward.call(made.id)).last_press_at == docs.moment(0.5)
        other = await post(gateway, id=id, call_point="c", event="reset", age_ms=0)
        assert other.status_code == 409
        assert other.json()["error"] == "call_points.input.id_taken"
        assert id in other.json()["detail"]
        # Of a reset that lay in the gateway nobody knows which presses came after it.
        aged = await post(gateway, id=new_id(), call_point="c", event="reset")
        assert (aged.status_code, "age_ms" in aged.text) == (400, True)
        good = {"id": "x", "call_point": "c", "event": "press"}
        wrong = [{"id": ""}, {"event": "pulled"}, {"age_ms": 10**18}, {"call_point": "c" * 200}]
        for body in ({}, *({**good, **one} for one in wrong)):
            assert (await post(gateway, **body)).status_code == 400
        for device, point, key in (
            (bedside, "c", "no_gateway"),
            (gateway, "none", "not_yours"),
            (gateway, "b", "not_yours"),
        ):
            told = await post(device, id=new_id(), call_point=point, event="press")
            said = told.json()
            assert (told.status_code, said["error"]) == (403, f"call_points.input.{key}")
            assert device.id in said["detail"]
            assert "smartward " in said["detail"], "the remedy"
            assert said["values"].get("id", point) == point
        nobody = await client.post("/inputs", json={})
        assert nobody.status_code == 401
    await server.stop()
    assert ward.hub.state()["open_calls"] == 1


async def test_health_tells_open_calls_by_class_and_lost_points(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("c", "bathroom_cord")
    await ward.point("h", bed="2")
    await ward.tell(gateway, "c", "press")
    await ward.tell(gateway, "h", "lost")
    await ward.settle()
    state = ward.hub.state()
    assert state["open_calls_by_class"] == {
        "normal": 1, "bathroom": 1, "assist": 0, "emergency": 0,
    }  # fmt: skip
    assert (state["call_points"], state["call_points_lost"]) == (2, 1)
    await ward.restart()
    assert ward.hub.state()["call_points_lost"] == 1
    assert ward.hub.state()["open_calls_by_class"]["bathroom"] == 1
    await ward.admin("call_point.remove", id="h")
    await ward.settle()
    assert ward.hub.state()["call_points_lost"] == 0


async def test_the_clock_of_a_press_is_that_of_the_touch(ward: CallWard, gateway: Device) -> None:
    await ward.point("h")
    ward.clock.advance(100)
    await ward.tell(gateway, "h", "press", age_ms=70_000)
    await ward.settle()
    (made,) = await ward.open_calls()
    assert made.step == 1, "it has waited for more than a minute already"
    assert made.placed_at == MORNING + (ward.clock.now() - MORNING) * 0.3


@pytest.mark.expects_log("the wall clock was set by")
@pytest.mark.parametrize("age_ms, left_open", [(40, 0), (2000, 1)])
async def test_a_clock_that_was_set_back_keeps_no_call_from_its_reset_but_from_one_before_the_press(
    ward: CallWard, gateway: Device, age_ms: int, left_open: int
) -> None:
    await ward.point("c", "bathroom_cord")
    await ward.tell(gateway, "c", "press")
    ward.clock.step(-3600)
    ward.clock.advance(1)
    await ward.tell(gateway, "c", "reset", age_ms=age_ms)
    assert len(await ward.open_calls()) == left_open
    await ward.heeded()


async def test_an_old_press_neither_rearms_nor_backdates_a_call(
    ward: CallWard, gateway: Device
) -> None:
    """A box that was cut off tells after minutes what somebody has come for since."""
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h")
    await ward.tell(gateway, "h", "press")
    ward.clock.advance(20)
    await ward.enter(bedside)
    (there,) = await ward.open_calls()
    ward.clock.advance(10)
    await ward.tell(gateway, "h", "press", age_ms=700_000)
    await ward.settle()
    (call,) = await ward.open_calls()
    assert (call.marks, call.step, call.presses) == (there.marks, 0, 2)
    await ward.tell(gateway, "h", "press", age_ms=1000)
    (call,) = await ward.open_calls()
    assert call.marks[-1].kind is MarkKind.PRESSED, "pressed after it: somebody is needed anew"


async def test_presence_is_told_by_a_presence_button_alone(ward: CallWard, gateway: Device) -> None:
    """Whoever holds a handset may be the patient."""
    await ward.point("h")
    await ward.tell(gateway, "h", "press")
    with pytest.raises(BadData) as error:
        await ward.tell(gateway, "h", "presence")
    assert "h is a handset" in str(error.value)
    (call,) = await ward.open_calls()
    assert call.state is CallState.REQUESTED
    assert await ward.presence(1) is None


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_that_was_set_back_keeps_no_call_from_its_answer(
    ward: CallWard, gateway: Device
) -> None:
    station = await ward.enrol(STATION)
    await ward.point("h")
    await ward.tell(gateway, "h", "press")
    ward.clock.advance(5)
    await ward.tell(gateway, "h", "press")
    (call,) = await ward.open_calls()
    ward.clock.step(-3600)
    assert (await ward.act(station, K.CALL_ACCEPT, call.id, by=NURSE)).outcome == "applied"
    await ward.heeded()
