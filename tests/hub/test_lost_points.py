"""Lost lines of call points, a gateway that is away, and a screen that another has replaced."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.cli import main as cli
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.priority import Priority
from smartward.hub import audit
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import CallWard, call_ward
from tests.hub.conftest import NURSE, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE = ScreenRole.BEDSIDE
GATEWAY = ScreenRole.GATEWAY


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    async with call_ward(tmp_path / "d", clock) as ward:
        yield ward


@pytest.fixture
async def gateway(ward: CallWard) -> Device:
    return await ward.enrol(GATEWAY, label="box")


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
