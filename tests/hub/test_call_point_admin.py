"""Call points as the administrator adds, moves, lists and removes them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.cli import main as cli
from smartward.clinical.device import Device, ScreenRole
from smartward.errors import Misconfigured
from smartward.hub.access import Forbidden
from smartward.hub.store.model import instant
from smartward.i18n import Catalogue
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub.call_ward import CallWard, call_ward

pytestmark = pytest.mark.anyio

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION
GATEWAY = ScreenRole.GATEWAY


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    async with call_ward(tmp_path / "d", clock) as ward:
        yield ward


@pytest.fixture
async def gateway(ward: CallWard) -> Device:
    return await ward.enrol(GATEWAY, label="box")


async def refused(ward: CallWard, **request: Any) -> str:
    with pytest.raises(Misconfigured) as error:
        await ward.admin(**request)
    return error.value.key


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
    await ward.pass_time(500, step=20)
    assert await missed(ward) == [], "ten minutes are given to whoever has to plug it in"
    await ward.pass_time(200, step=20)
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
    assert "no bed 9" in out
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
