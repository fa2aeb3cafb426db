"""Call points through a real hub: presses, resets, lost lines, and a gateway that is away."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from smartward.cli import main as cli
from smartward.clinical.call_mark import MarkKind
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.nurse_call import CallClass, CallReason, CallState
from smartward.clinical.priority import Priority
from smartward.errors import BadData, Misconfigured
from smartward.hub import audit
from smartward.hub.access import Forbidden
from smartward.hub.http_server import HttpServer
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode, instant
from smartward.i18n import Catalogue
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import CallWard, new_id
from tests.hub.conftest import NURSE, as_json, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR, STATION = ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION
GATEWAY = ScreenRole.GATEWAY


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    ward = CallWard(tmp_path / "d", clock)
    await ward.start()
    try:
        yield ward
    finally:
        await ward.hub.stop()


@pytest.fixture
async def gateway(ward: CallWard) -> Device:
    return await ward.enrol(GATEWAY, label="box")


async def refused(ward: CallWard, **request: Any) -> str:
    with pytest.raises(Misconfigured) as error:
        await ward.admin(**request)
    return error.value.key


# ---------------------------------------------------------------------- the administrator


async def test_a_call_point_belongs_to_a_bed_and_to_one_device(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h-2", bed="2", heartbeat_s=30, label="right")
    stored = await ward.stored("call_point", "h-2")
    assert stored is not None
    assert (stored.bed, stored.room) == ("his.bed-2", "his.room-1")
    point = await ward.known_point("h-2")
    assert (point.via, point.heartbeat_s, point.label) == (gateway.id, 30.0, "right")
    await ward.point("c-2", "bathroom_cord", bed=None, room="R2")
    assert (await ward.known_point("c-2")).bed_id == "his.bed-3", "a room's first bed"
    listed = (await ward.admin("call_point.list"))["call_points"]
    assert [one["id"] for one in listed] == ["c-2", "h-2"]
    await ward.admin("call_point.remove", id="h-2")
    assert await ward.stored("call_point", "h-2") is None


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"id": "a b"}, "call_points.refused.bad_id"),
        ({"id": ""}, "call_points.refused.bad_id"),
        ({"kind": "bell"}, "call_points.refused.bad_kind"),
        ({"bed": None}, "call_points.refused.no_place"),
        ({"room": "R1"}, "call_points.refused.no_place"),
        ({"bed": "99"}, "enrol.unknown_place"),
        ({"bed": "his.bed-of-tomorrow"}, "call_points.refused.unknown_place"),
        ({"heartbeat_s": 0}, "call_points.refused.bad_heartbeat"),
        ({"heartbeat_s": "soon"}, "call_points.refused.bad_heartbeat"),
        ({"heartbeat_s": float("nan")}, "call_points.refused.bad_heartbeat"),
        ({"via": "nobody"}, "call_points.refused.bad_via"),
    ],
)
async def test_a_call_point_that_cannot_be_is_refused_with_the_remedy(
    ward: CallWard, gateway: Device, changes: dict[str, Any], key: str
) -> None:
    request = {"do": "call_point.add", "id": "p", "kind": "handset", "bed": "1", **changes}
    assert await refused(ward, **request) == key
    assert await ward.stored("call_point", "p") is None


async def test_who_reports_a_point_is_never_guessed(ward: CallWard) -> None:
    add = {"do": "call_point.add", "id": "p", "kind": "handset", "bed": "1"}
    assert await refused(ward, **add) == "call_points.refused.no_via"
    one, _ = await ward.enrol(GATEWAY), await ward.enrol(GATEWAY)
    assert await refused(ward, **add) == "call_points.refused.no_via"
    station, other = await ward.enrol(STATION), await ward.enrol(BEDSIDE, "2")
    assert await refused(ward, **add, via=station.id) == "call_points.refused.bad_via"
    assert await refused(ward, **add, via=other.id) == "call_points.refused.elsewhere"
    add["id"] = one.id
    assert await refused(ward, **add, via=one.id) == "call_points.refused.device_id"


@pytest.mark.expects_log("not one of its own")
async def test_a_point_with_an_open_call_that_only_it_ends_stays(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("c", "bathroom_cord")
    await ward.tell(gateway, "c", "press")
    assert await refused(ward, do="call_point.remove", id="c") == "call_points.refused.open_call"
    assert await refused(ward, do="call_point.remove", id="d") == "call_points.refused.unknown"
    # The new cord in place of the broken one hangs at another box, and ends the call.
    other = await ward.enrol(GATEWAY)
    await ward.admin("call_point.move", id="c", via=other.id)
    with pytest.raises(Forbidden):
        await ward.tell(gateway, "c", "reset")
    await ward.tell(other, "c", "reset")
    assert await ward.open_calls() == []
    await ward.admin("call_point.remove", id="c")


async def test_a_known_point_is_not_added_again_and_keeps_its_state_when_it_moves(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h", heartbeat_s=60, label="left")
    await ward.tell(gateway, "h", "lost")
    before = (await ward.admin("call_point.list"))["call_points"][0]
    again = {"do": "call_point.add", "id": "h", "kind": "handset", "bed": "2"}
    assert await refused(ward, **again) == "call_points.refused.exists"
    assert (await ward.admin("call_point.list"))["call_points"] == [before]
    await ward.admin("call_point.move", id="h", bed="2")
    after = (await ward.admin("call_point.list"))["call_points"][0]
    assert (after["bed_id"], after["room_id"]) == ("his.bed-2", "his.room-1")
    for name in ("kind", "via", "heartbeat_s", "lost_since", "wire_lost", "label"):
        assert after[name] == before[name], name
    assert after["lost_since"] is not None
    gone = {"do": "call_point.move", "id": "x", "bed": "2"}
    assert await refused(ward, **gone) == "call_points.refused.unknown"
    screen = await ward.enrol(BEDSIDE, "1")
    elsewhere = {"do": "call_point.move", "id": "h", "via": screen.id}
    assert await refused(ward, **elsewhere) == "call_points.refused.elsewhere"


@pytest.mark.expects_log("not been heard")
async def test_the_list_tells_of_a_gateway_that_is_silent(ward: CallWard, gateway: Device) -> None:
    await ward.point("a", heartbeat_s=60)
    await ward.point("b", bed="2")
    await ward.tell(gateway, "a", "beat")

    async def silent() -> list[tuple[Any, Any]]:
        listed = (await ward.admin("call_point.list"))["call_points"]
        return [(one["via_silent_since"], one["via_silent_s"]) for one in listed]

    assert await silent() == [(None, 0)] * 2
    await ward.pass_time(70, step=5)
    assert await silent() == [(instant(MORNING), 70)] * 2


async def missed(ward: CallWard) -> list[str]:
    """Which devices `smartward fleet --faults` and the station's page miss."""
    faults = (await ward.admin("fleet"))["faults"]
    return [id for fault in faults if not fault["fault"] for id in fault["devices"]]


@pytest.mark.expects_log("which is not one of its own")
async def test_a_gateway_that_was_enrolled_and_never_came_is_missed(
    ward: CallWard, gateway: Device
) -> None:
    """Also while it has no call point yet. Whatever it tells of, it came."""
    await ward.pass_time(400, step=20)
    assert await missed(ward) == [gateway.id]
    await ward.restart()
    await ward.pass_time(100, step=20)
    assert await missed(ward) == [gateway.id]
    with pytest.raises(Forbidden):
        await ward.tell(gateway, "made-known-later", "beat")
    await ward.pass_time(170, step=10)
    assert await missed(ward) == []
    assert await ward.alerts("gateway_lost") == []
    await ward.pass_time(400, step=20)
    assert await missed(ward) == [gateway.id], "and has gone again"
    assert await ward.alerts("gateway_lost") == [], "nobody calls by it"
    await ward.point("a", heartbeat_s=60)
    await ward.tell(gateway, "a", "beat")
    assert await missed(ward) == [], "at once"


async def test_the_command_line(
    ward: CallWard, gateway: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(*arguments: str) -> tuple[Any, str]:
        call = ["call-point", "--admin", str(ward.hub.admin.path), *arguments]
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(cli, call)
        out = capsys.readouterr()
        return ended.value.code, out.out + out.err

    code, out = await run(
        "add", "h-1", "--kind", "handset", "--bed", "1", "--heartbeat", "60", "--label", "left"
    )
    assert code == 0
    assert json.loads(out)["bed_id"] == "his.bed-1"
    code, out = await run("add", "h-9", "--kind", "handset", "--bed", "9")
    assert code == 1
    assert "no bed or room 9" in out
    code, out = await run("list")
    assert (code, json.loads(out)["label"]) == (0, "left")
    code, out = await run("add", "h-1", "--kind", "handset", "--bed", "2")
    assert (code, "already, at bed 1." in out) == (1, True)
    code, out = await run("add", "h-2", "--kind", "handset", "--bed", "2", "--heartbeat", "soon")
    assert (code, "not soon" in out) == (1, True)
    assert (await run("move", "h-1"))[0] == 2
    code, out = await run("move", "h-1", "--bed", "2")
    assert (code, json.loads(out)["heartbeat_s"]) == (0, 60)
    assert (await run("remove", "h-1"))[0] == 0
    assert (await run("add", "x", "--kind", "handset"))[0] == 2
    for language in ("en", "zh_CN"):
        advice = Catalogue(language, ZoneInfo("UTC")).text(
            "call_points.input.not_yours", device=gateway.id, id="h-3"
        )
        advised = re.findall(r"smartward call-point ((?:add|move) [\x20-\x3a\x3c-\x7e]+)", advice)
        assert [one.split()[0] for one in advised] == ["add", "move"]
        for one in advised:
            words = one.replace("KIND", "handset").replace("BED", "3").split()
            assert (await run(*words))[0] == 0, one
        await run("remove", "h-3")


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


# ---------------------------------------------------------------------- lost lines


async def test_a_lost_wire_is_one_call_at_its_bed(ward: CallWard, gateway: Device) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h")
    await ward.tell(gateway, "h", "lost", age_ms=2000)
    await ward.tell(gateway, "h", "lost")
    (made,) = await ward.open_calls()
    assert (made.reason, made.call_class, made.priority) == (
        CallReason.LINE_LOST, CallClass.NORMAL, Priority.MEDIUM,
    )  # fmt: skip
    assert (await ward.known_point("h")).lost_since == docs.moment(-2 / 60)
    await ward.tell(gateway, "h", "beat")
    assert (await ward.known_point("h")).lost_since is not None, "a beat mends no wire"
    await ward.act(bedside, K.CALL_CLOSE, made.id, by=NURSE)
    await ward.tell(gateway, "h", "lost")
    assert await ward.open_calls() == [], "once a loss"
    await ward.tell(gateway, "h", "restored")
    assert (await ward.known_point("h")).lost_since is None
    await ward.tell(gateway, "h", "lost")
    assert len(await ward.open_calls()) == 1


async def test_a_line_that_stays_lost_is_told_again_when_its_call_was_closed(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    ward.hub.feed.on_presence(gateway, True)
    await ward.point("h")
    await ward.tell(gateway, "h", "lost")
    await ward.pass_time(601)
    (made,) = await ward.open_calls()
    assert made.presses == 1, "not again while it is open"
    await ward.act(bedside, K.CALL_CLOSE, made.id, by=NURSE)
    await ward.pass_time(601)
    (again,) = await ward.open_calls()
    assert (again.reason, again.id == made.id) == (CallReason.LINE_LOST, False)
    await ward.tell(gateway, "h", "restored")
    await ward.act(bedside, K.CALL_CLOSE, again.id, by=NURSE)
    await ward.pass_time(1300)
    assert await ward.open_calls() == []


async def test_a_call_of_a_lost_line_that_is_pressed_is_the_patient_s(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h")
    await ward.tell(gateway, "h", "lost")
    await ward.press(bedside, "c", seen=seen(1))
    (made,) = await ward.open_calls()
    assert (made.reason, made.presses) == (None, 2)


async def test_a_line_lost_while_the_patient_calls_is_told_after_that(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c", seen=seen(1))
    await ward.point("h")
    await ward.tell(gateway, "h", "lost")
    (made,) = await ward.open_calls()
    assert made.reason is None
    await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)
    await ward.pass_time(61)
    (made,) = await ward.open_calls()
    assert made.reason is CallReason.LINE_LOST


@pytest.mark.expects_log("call point h has not been heard")
async def test_a_missed_heartbeat_is_a_call_and_a_restart_forgets_none(
    ward: CallWard,
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.point("h", via=bedside.id, heartbeat_s=30)
    await ward.pass_time(20)
    await ward.tell(bedside, "h", "beat")
    await ward.pass_time(29)
    assert await ward.open_calls() == []
    await ward.restart()
    await ward.pass_time(29)
    assert await ward.open_calls() == [], "a hub that was away gives each its time"
    await ward.pass_time(2)
    (made,) = await ward.open_calls()
    assert made.reason is CallReason.LINE_LOST
    assert (await ward.known_point("h")).lost_since is not None
    await ward.restart()
    await ward.tell(bedside, "h", "beat")
    assert (await ward.known_point("h")).lost_since is None
    await ward.pass_time(31)
    assert len(await ward.open_calls()) == 1, "not again while it is open"


async def is_here(ward: CallWard, device: Device) -> bool:
    """Whether the ward is told that a device is there."""
    stored = await ward.hub.store.read(lambda reader: reader.get(WARD, "screen", device.id))
    assert stored is not None
    return decode(stored.body, ScreenStatus).online


async def test_beats_of_a_point_that_is_well_write_nothing(ward: CallWard, gateway: Device) -> None:
    await ward.point("h", heartbeat_s=30)
    assert not await is_here(ward, gateway)
    for _ in range(20):
        await ward.pass_time(10)
        await ward.tell(gateway, "h", "beat")
    assert await is_here(ward, gateway)
    head = await ward.hub.store.read(lambda reader: reader.head(WARD))
    written: list[int] = []
    ward.hub.store.on_timing = lambda seconds, writes: written.append(writes)
    for _ in range(30):
        await ward.pass_time(10)
        assert (await ward.tell(gateway, "h", "beat")).outcome == "applied"
    assert len(written) <= 300 / 10, "at most one for each third of a heartbeat"
    assert await ward.hub.store.read(lambda reader: reader.head(WARD)) == head
    assert await ward.calls() == []


@pytest.mark.expects_log("not been heard", "wall clock was set")
async def test_a_clock_that_is_set_loses_no_line_and_hides_none(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h", heartbeat_s=30)
    await ward.pass_time(10)
    ward.clock.step(7200)
    await ward.settle()
    assert (await ward.known_point("h")).lost_since is None
    await ward.pass_time(10)
    ward.clock.step(-7200)
    ward.clock.advance(30)
    soon = ward.clock.now() + timedelta(minutes=1)
    await ward.until(lambda reader: (reader.next_deadline() or soon) < soon)
    await ward.pass_time(15)
    assert (await ward.known_point("h")).lost_since is not None


# ---------------------------------------------------------------------- a gateway that is away


async def forty(ward: CallWard) -> list[str]:
    """Points of a big box: each beats every 20 s, in turn."""
    await ward.hub.store.write(
        lambda tx: [docs.put_bed(tx, n) for n in range(1, 41)] and None  # type: ignore[func-returns-value]  # for what it does, not what it gives
    )
    ids = [f"h-{n}" for n in range(1, 41)]
    for n, id in enumerate(ids, 1):
        await ward.point(id, bed=str(n), heartbeat_s=60)
    return ids


@pytest.mark.expects_log("not been heard")
async def test_forty_points_of_a_silent_gateway_are_one_alert(
    ward: CallWard, gateway: Device
) -> None:
    ids = await forty(ward)
    for second in range(40):
        await ward.pass_time(1)
        for id in ids[second % 20 :: 20]:
            await ward.tell(gateway, id, "beat")
    await ward.pass_time(130, step=2)
    assert await ward.open_calls() == []
    (alert,) = await ward.alerts("gateway_lost")
    assert not await is_here(ward, gateway)
    assert (alert.subject.id, alert.title.values["label"], alert.why.values["n"]) == (
        gateway.id, "box", 40,
    )  # fmt: skip
    assert all([(await ward.known_point(id)).lost_since is not None for id in ids])
    await ward.restart()
    await ward.pass_time(130, step=5)
    assert len(await ward.alerts("gateway_lost")) == 1
    # It is there again; one of its handsets is not.
    for id in ids[1:]:
        await ward.tell(gateway, id, "beat")
    assert await ward.alerts("gateway_lost") == []
    assert await is_here(ward, gateway)
    assert (await ward.known_point("h-2")).lost_since is None
    for _ in range(8):
        await ward.pass_time(10, step=5)
        for id in ids[1:]:
            await ward.tell(gateway, id, "beat")
    (made,) = await ward.open_calls()
    assert (made.bed_id, made.reason) == ("his.bed-1", CallReason.LINE_LOST)


@pytest.mark.expects_log("not been heard")
async def test_one_silent_point_of_a_gateway_that_lives_is_a_call(
    ward: CallWard, gateway: Device
) -> None:
    for id, bed in (("h-1", "1"), ("h-2", "2")):
        await ward.point(id, bed=bed, heartbeat_s=60)
    for _ in range(9):
        await ward.pass_time(10)
        await ward.tell(gateway, "h-2", "beat")
    (made,) = await ward.open_calls()
    assert made.bed_id == "his.bed-1"
    assert await ward.alerts("gateway_lost") == []


@pytest.mark.expects_log("call point h has not been heard")
async def test_a_gateway_whose_feed_is_open_is_not_away(ward: CallWard, gateway: Device) -> None:
    await ward.point("h", heartbeat_s=60)
    ward.hub.feed.on_presence(gateway, True)
    await ward.pass_time(62, step=2)
    assert len(await ward.open_calls()) == 1
    assert await ward.alerts("gateway_lost") == []


@pytest.mark.expects_log("not been heard")
async def test_every_point_of_a_silent_gateway_is_lost_and_is_well_with_it(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h-1", heartbeat_s=10)
    await ward.point("h-2")
    await ward.point("cord", "bathroom_cord")
    await ward.tell(gateway, "cord", "lost")
    await ward.pass_time(20, step=2)
    points = {id: await ward.known_point(id) for id in ("h-1", "h-2", "cord")}
    assert all(point.lost_since is not None for point in points.values())
    stored = [await ward.stored("call_point", id) for id in ("h-1", "h-2")]
    (alert,) = await ward.alerts("gateway_lost")
    assert len({one.seq for one in stored if one is not None}) == 1, "in one write"
    await ward.point("h-3", bed="2")
    assert (await ward.known_point("h-3")).lost_since == alert.opened_at
    await ward.tell(gateway, "h-1", "beat")
    lost = [id for id in ("h-1", "h-2", "h-3", "cord") if (await ward.known_point(id)).lost_since]
    assert lost == ["cord"], "its wire is cut still"


@pytest.mark.expects_log("not been heard")
async def test_a_gateway_is_watched_whatever_its_points_have(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h")
    await ward.pass_time(170, step=10)
    await ward.tell(gateway, "h", "beat")
    await ward.pass_time(170, step=10)
    assert await ward.alerts("gateway_lost") == []
    await ward.restart()
    await ward.pass_time(190, step=10)
    assert len(await ward.alerts("gateway_lost")) == 1
    assert (await ward.known_point("h")).lost_since is not None
    await ward.restart()
    await ward.pass_time(20, step=10)
    assert len(await ward.alerts("gateway_lost")) == 1, "a hub that starts has heard of nobody"
    ward.hub.feed.on_presence(gateway, True)
    await ward.pass_time(20, step=10)
    assert await ward.alerts("gateway_lost") == []
    assert (await ward.known_point("h")).lost_since is None
    await ward.pass_time(400, step=50)
    assert await ward.alerts("gateway_lost") == [], "its feed is open"
    await ward.admin("call_point.remove", id="h")


@pytest.mark.expects_log("not been heard")
async def test_a_point_of_a_silent_gateway_is_well_behind_one_that_lives(
    ward: CallWard, gateway: Device
) -> None:
    await ward.point("h")
    await ward.pass_time(190, step=10)
    other = await ward.enrol(GATEWAY)
    await ward.admin("call_point.move", id="h", via=other.id)
    assert (await ward.known_point("h")).lost_since is None
    assert await ward.alerts("gateway_lost") == []
    await ward.pass_time(190, step=10)
    assert [one.subject.id for one in await ward.alerts("gateway_lost")] == [other.id]
    assert await ward.open_calls() == []


@pytest.mark.expects_log("no device reports")
async def test_points_of_a_device_that_was_revoked_are_one_alert(
    ward: CallWard, gateway: Device
) -> None:
    for id, bed in (("h-1", "1"), ("h-2", "2")):
        await ward.point(id, bed=bed, heartbeat_s=60)
    await ward.revoke(gateway)
    assert [one.why.values["n"] for one in await ward.alerts("gateway_lost")] == [2], "at once"
    await ward.pass_time(62, step=2)
    assert await ward.open_calls() == []
    assert len(await ward.alerts("gateway_lost")) == 1
    new = await ward.enrol(GATEWAY)
    for id, bed in (("h-1", "1"), ("h-2", "2")):
        await ward.admin("call_point.move", id=id, bed=bed, via=new.id)
    assert await ward.alerts("gateway_lost") == []


# ---------------------------------------------------------------------- another screen


async def test_what_is_plugged_into_a_replaced_screen_calls_through_the_new_one(
    ward: CallWard,
) -> None:
    old = await ward.enrol(BEDSIDE, "1")
    await ward.point("h", via=old.id, heartbeat_s=60)
    await ward.point("s", "one_switch", via=old.id)
    new = await ward.enrol(BEDSIDE, "1", second=False, replace=True)
    assert (await ward.tell(new, "s", "press")).outcome == "applied"
    assert len(await ward.open_calls()) == 1
    assert [(await ward.known_point(id)).via for id in ("h", "s")] == [new.id, new.id]
    assert await ward.alerts("gateway_lost") == []
    rows = await ward.hub.store.read(lambda reader: reader.audit_after(0, 100))
    told = [audit.told(row) for row in rows]
    moves = [row.about for row in told if row.kind == "call_point.move"]
    assert [(about.id, about.detail["via"]) for about in moves] == [("h", new.id), ("s", new.id)]


@pytest.mark.expects_log("no device reports")
async def test_a_revoked_screen_s_points_are_lost_until_it_is_back(
    ward: CallWard, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    await ward.point("s", "one_switch", via=screen.id)
    socket = str(ward.hub.admin.path)
    with pytest.raises(SystemExit):
        await asyncio.to_thread(cli, ["enrol", "--admin", socket, "--revoke", screen.id])
    said = capsys.readouterr()
    assert json.loads(said.out)["lost_points"] == ["s"]
    assert "call-point move" in said.err
    assert (await ward.known_point("s")).lost_since is not None
    (alert,) = await ward.alerts("gateway_lost")
    assert alert.subject.id == screen.id
    again = await ward.enrol(BEDSIDE, "1", device_id=screen.id)
    ward.hub.feed.on_presence(again, True)
    await ward.pass_time(20, step=5)
    assert (await ward.known_point("s")).lost_since is None
    assert await ward.alerts("gateway_lost") == []


async def test_a_screen_that_moves_leaves_no_point_behind_in_silence(ward: CallWard) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    await ward.point("s", "one_switch", via=screen.id)
    answer = await ward.admin("enrol", role=BEDSIDE, place="2", device_id=screen.id, second=True)
    assert answer["lost_points"] == ["s"]
    await ward.pass_time(3)
    (made,) = await ward.open_calls()
    assert (made.bed_id, made.reason) == ("his.bed-1", CallReason.LINE_LOST)
    await ward.admin("call_point.move", id="s", bed="2")
    assert (await ward.known_point("s")).lost_since is None


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


async def test_a_second_lost_point_of_a_bed_is_told_after_the_first(
    ward: CallWard, gateway: Device
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    for point, kind in (("h", "handset"), ("c", "bathroom_cord")):
        await ward.point(point, kind)
        await ward.tell(gateway, point, "lost")
    (first,) = await ward.open_calls()
    assert first.call_point_id == "h"
    await ward.tell(gateway, "h", "restored")
    await ward.act(bedside, K.CALL_CLOSE, first.id, by=NURSE)
    await ward.pass_time(61)
    (second,) = await ward.open_calls()
    assert (second.call_point_id, second.reason) == ("c", CallReason.LINE_LOST)


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
