"""The ward drill at the hub: every step of a test call, what ends it, and what it never touches."""

import json
from typing import Any

import pytest

from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.drill import Drill, DrillCall, DrillFault, DrillState, StopReason, result
from smartward.errors import Misconfigured
from smartward.hub import drill as steps
from smartward.hub.access import Forbidden
from smartward.hub.presence import put_status
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind, Answer
from tests.hub.conftest import NURSE, Ward
from tests.hub.staff import told as audited
from tests.hub.ward_docs import WARD, bed_id, room_id

pytestmark = pytest.mark.anyio


class Screens:
    """The screens of a ward, connected, that do a drill's part when they are told to."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.bedsides: dict[str, Device] = {}

    async def enrol(self, *beds: int, door: int | None = None) -> None:
        self.station = await self.ward.enrol(ScreenRole.STATION)
        for n in beds:
            self.bedsides[bed_id(n)] = await self.ward.enrol(ScreenRole.BEDSIDE, bed_id(n))
        self.door = None if door is None else await self.ward.enrol(ScreenRole.DOOR, room_id(door))
        for device in (self.station, self.door, *self.bedsides.values()):
            if device is not None:
                await self.here(device)

    async def here(self, device: Device, *, online: bool = True) -> None:
        await self.ward.hub.store.write(
            lambda tx: put_status(tx, device, online=online, since=tx.now)
        )

    async def start(self) -> Answer:
        return await self.ward.act(self.station, ActionKind.DRILL_START, "drill", by=NURSE)

    async def calls(self) -> list[DrillCall]:
        found = await self.ward.hub.store.read(lambda reader: reader.all(WARD, "drill_call"))
        return sorted((decode(s.body, DrillCall) for s in found), key=lambda call: call.order)

    async def call(self, bed: int) -> DrillCall:
        return next(call for call in await self.calls() if call.bed_id == bed_id(bed))

    async def drill(self) -> Drill:
        stored = await self.ward.stored("drill", "drill")
        assert stored is not None
        return decode(stored.body, Drill)

    async def place(self, bed: int, age_ms: int = 0) -> Answer:
        device, call = self.bedsides[bed_id(bed)], await self.call(bed)
        data = {"bed_id": bed_id(bed)}
        return await self.ward.act(
            device, ActionKind.DRILL_PLACE, call.id, data=data, age_ms=age_ms
        )

    async def shown(self, bed: int, by: Device | None = None) -> Answer:
        call = await self.call(bed)
        return await self.ward.act(by or self.station, ActionKind.DRILL_SHOWN, call.id)

    async def pass_time(self, seconds: float) -> None:
        """Time goes on, and whoever decides does what is due."""
        self.ward.clock.advance(seconds)

        def work(tx: Tx) -> None:
            for one in tx.deadlines_due(tx.now):
                if one.kind == steps.DUE:
                    steps.due(tx, WARD, one.subject)

        await self.ward.hub.store.write(work)

    async def records(self) -> list[dict[str, Any]]:
        listed = await self.ask("drill_list")
        return [await self.ask("drill_record", drill=one["id"]) for one in listed["drills"]]

    async def ask(self, do: str, **more: Any) -> dict[str, Any]:
        return await self.ward.hub.admin._commands[do]({"do": do, **more})


@pytest.fixture
async def screens(ward: Ward) -> Screens:
    return Screens(ward)


async def test_a_test_call_goes_the_whole_road_bed_after_bed(screens: Screens) -> None:
    await screens.enrol(1, 2, door=1)
    assert screens.door is not None
    assert (await screens.start()).outcome == "applied"
    screens.ward.clock.advance(0.120)
    assert (await screens.place(1, age_ms=20)).outcome == "applied"
    screens.ward.clock.advance(0.045)
    await screens.shown(1)
    assert (await screens.call(1)).closed_at is None
    screens.ward.clock.advance(0.010)
    await screens.shown(1, by=screens.door)
    first = await screens.call(1)
    assert (first.faults, first.closed_at) == ((), screens.ward.clock.now())
    await screens.place(2)
    await screens.shown(2)
    await screens.shown(2, by=screens.door)
    # Beds 3 and 4 have no screen: they are told of, and nobody waits for them.
    assert (await screens.drill()).state is DrillState.DONE
    (kept,) = await screens.records()
    beds = kept["record"]["beds"]
    assert [(one["bed"], one["result"], one["faults"]) for one in beds] == [
        ("3", "not_tested", ("no_screen",)),
        ("4", "not_tested", ("no_screen",)),
        ("1", "passed", ()),
        ("2", "passed", ()),
    ]
    assert beds[2]["legs"] == {"reach": 100, "send": 20, "show": 45, "lamp": 55, "whole": 65}
    assert len(kept["hash"]) == 64


async def test_whoever_does_not_answer_fails_the_bed_with_the_reason(screens: Screens) -> None:
    await screens.enrol(1, 2, 3, 4, door=1)
    assert screens.door is not None
    await screens.here(screens.bedsides[bed_id(2)], online=False)

    def lose(tx: Tx) -> None:
        point = CallPoint(
            id="cord",
            kind=CallPointKind.BATHROOM_CORD,
            bed_id=bed_id(4),
            room_id=room_id(4),
            lost_since=tx.now,
        )
        tx.put(WARD, "call_point", point.id, point, bed=point.bed_id, room=point.room_id)

    await screens.ward.hub.store.write(lose)
    await screens.start()
    await screens.pass_time(5.1)  # bed 1 is silent; bed 2 is away and nobody waits for it
    assert (await screens.call(1)).faults == (DrillFault.SCREEN_SILENT,)
    assert (await screens.call(2)).faults == (DrillFault.SCREEN_AWAY,)
    await screens.place(3)
    await screens.pass_time(5.1)
    assert (await screens.call(3)).faults == (DrillFault.STATION_SILENT,)
    await screens.place(4)
    await screens.shown(4)
    assert (await screens.call(4)).faults == (DrillFault.UNIT_LOST,)
    assert {result(call).value for call in await screens.calls()} == {"failed"}
    assert (await screens.drill()).state is DrillState.DONE


@pytest.mark.parametrize("known", ["by the ward", "by its feed"])
async def test_a_screen_that_went_meanwhile_is_told_of_as_not_connected(
    screens: Screens, known: str
) -> None:
    await screens.enrol(1)
    await screens.start()
    call = await screens.call(1)
    if known == "by the ward":
        await screens.here(screens.bedsides[bed_id(1)], online=False)
    gone = {screens.bedsides[bed_id(1)].id} if known == "by its feed" else set()
    screens.ward.clock.advance(5.1)
    await screens.ward.hub.store.write(
        lambda tx: steps.due(tx, WARD, call.id, lambda device_id: device_id in gone)
    )
    assert (await screens.call(1)).faults == (DrillFault.SCREEN_AWAY,)


async def test_a_patients_call_ends_the_drill_in_its_own_write(screens: Screens) -> None:
    await screens.enrol(1, 2)
    await screens.start()
    await screens.place(1)
    pressed = await screens.ward.press(screens.bedsides[bed_id(2)])
    assert pressed.outcome == "applied"
    drill = await screens.drill()
    assert (drill.state, drill.stop) == (DrillState.STOPPED, StopReason.CALL)
    head = await screens.ward.hub.store.read(lambda reader: reader.head(WARD))
    assert pressed.seq == head, "one write: nobody ever sees the call beside the drill"
    assert (await screens.call(1)).faults == (DrillFault.INTERRUPTED,)
    # What comes late is no fault of anybody, and changes nothing.
    assert (await screens.shown(1)).outcome == "applied"
    assert (await screens.place(2)).outcome == "applied"
    assert (await screens.calls())[1].pressed_at is None
    refused = await screens.start()
    assert (refused.outcome, refused.key) == ("refused", "drill.refused.call_open")
    await screens.pass_time(0)
    (kept,) = await screens.records()
    assert (kept["record"]["state"], kept["record"]["stop"]) == ("stopped", "call")
    assert {one["result"] for one in kept["record"]["beds"]} == {"not_tested"}


@pytest.mark.expects_log
async def test_a_defect_of_the_drill_costs_no_call(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    await screens.enrol(1)
    await screens.start()

    def broken(*_: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(steps, "_cut", broken)
    pressed = await screens.ward.press(screens.bedsides[bed_id(1)])
    assert pressed.outcome == "applied"
    assert len(await screens.ward.calls()) == 1


async def test_a_call_that_came_without_a_hub_ends_the_drill_by_its_stations_word(
    screens: Screens,
) -> None:
    await screens.enrol(1, 2)
    await screens.start()
    told = await screens.ward.act(screens.station, ActionKind.DRILL_CALL, "direct-1")
    assert told.outcome == "applied"
    drill = await screens.drill()
    assert (drill.state, drill.stop, drill.stopped_by) == (
        DrillState.STOPPED,
        StopReason.CALL,
        None,
    )
    rows = {one.kind: one for one in await audited(screens.ward)}
    assert rows["drill.start"].by.person_id == "st-1"
    ended, record = rows["drill.call"], rows["test_calls.ended"]
    assert (ended.by.device_id, ended.outcome) == (screens.station.id, "applied")
    assert (ended.about.kind, ended.about.id) == ("nurse_call", "direct-1")
    assert record.by.person_id == "st-1"
    assert [bed["bed"] for bed in json.loads(record.about.detail["record"])["beds"]] == [
        *("1", "2", "3", "4"),
    ]
    again = await screens.ward.act(screens.station, ActionKind.DRILL_CALL, "direct-1")
    assert again.outcome == "applied"
    assert await screens.drill() == drill
    with pytest.raises(Forbidden):
        await screens.ward.act(screens.bedsides[bed_id(1)], ActionKind.DRILL_CALL, "direct-1")


async def test_a_drill_touches_nothing_that_a_call_touches(screens: Screens) -> None:
    await screens.enrol(1, 2, door=1)

    def look(tx: Tx) -> tuple[set[str], list[Any], int]:
        rows = tx._execute("select kind from history where device is not null", ()).fetchall()
        others = [tx.all(WARD, kind) for kind in ("nurse_call", "alert", "his_write", "presence")]
        deadlines = tx._execute("select kind from deadline", ()).fetchall()
        return {row[0] for row in rows} - {"device", "screen"}, others, len(deadlines)

    store = screens.ward.hub.store
    _, before, _ = await store.write(look)
    await screens.start()
    await screens.pass_time(6)
    await screens.place(2)
    await screens.pass_time(6)
    assert (await screens.drill()).state is DrillState.DONE
    touched, after, deadlines = await store.write(look)
    assert (touched, after, deadlines) == ({"drill", "drill_call"}, before, 0)
    assert screens.ward.hub.state()["open_calls"] == 0


async def test_only_the_beds_own_screen_calls_for_it(screens: Screens) -> None:
    await screens.enrol(1, 2, door=1)
    await screens.start()
    call = await screens.call(1)
    other, data = screens.bedsides[bed_id(2)], {"bed_id": bed_id(1)}
    with pytest.raises(Forbidden):
        await screens.ward.act(other, ActionKind.DRILL_PLACE, call.id, data=data)
    second = await screens.ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    with pytest.raises(Forbidden):
        await screens.ward.act(second, ActionKind.DRILL_PLACE, call.id, data=data)
    with pytest.raises(Forbidden):
        await screens.ward.act(other, ActionKind.DRILL_SHOWN, call.id)
    with pytest.raises(Forbidden):
        await screens.ward.act(
            screens.bedsides[bed_id(1)],
            ActionKind.DRILL_PLACE,
            call.id,
            data={"bed_id": bed_id(2)},
        )
    assert (await screens.call(1)).pressed_at is None


async def test_monitoring_reads_the_last_one(screens: Screens) -> None:
    hub = screens.ward.hub

    async def scraped() -> str:
        record = await hub.store.read(lambda r: steps.record_of(r, WARD, hub.clock.now()))
        hub.metrics.drill(record)
        return hub.metrics.scrape({}, {}, 0, {}, True).decode()

    await screens.enrol(1)
    assert "smartward_test_calls_ended_seconds 0.0" in await scraped()
    await screens.start()
    await screens.pass_time(6)
    ended = screens.ward.clock.now().timestamp()
    for _ in range(2):
        text = await scraped()
        assert 'smartward_test_calls{result="failed"} 1.0' in text
        assert 'smartward_test_calls{result="not_tested"} 3.0' in text
        [line] = [x for x in text.splitlines() if x.startswith("smartward_test_calls_ended")]
        assert float(line.split()[1]) == ended
        # While one runs, it is what the one before it showed.
        await screens.start()


async def test_each_second_screen_of_a_bed_is_tested(screens: Screens) -> None:
    await screens.enrol(1)
    second = await screens.ward.enrol(ScreenRole.BEDSIDE, bed_id(1), label="window")
    await screens.here(second)
    await screens.start()
    own = [call for call in await screens.calls() if call.bed_id == bed_id(1)]
    assert [call.label for call in own] == ["", "window"]
    assert own[0].device_id != own[1].device_id == second.id


async def test_nobody_begins_a_drill_anonymously_or_twice(screens: Screens) -> None:
    await screens.enrol(1)
    nobody = await screens.ward.act(screens.station, ActionKind.DRILL_START, "drill")
    assert nobody.outcome == "applied", "where a touched name is enough, the audit says who"
    assert (await screens.start()).key == "drill.refused.running"
    with pytest.raises(Forbidden):
        await screens.ward.act(
            screens.bedsides[bed_id(1)], ActionKind.DRILL_START, "drill", by=NURSE
        )
    stopped = await screens.ward.act(screens.station, ActionKind.DRILL_STOP, "drill", by=NURSE)
    assert stopped.outcome == "applied"
    drill = await screens.drill()
    assert (drill.stop, drill.stopped_by and drill.stopped_by.person_id) == (
        StopReason.PERSON,
        "st-1",
    )


async def test_the_administrator_begins_and_ends_it_and_reads_any_record(screens: Screens) -> None:
    await screens.enrol(1)
    with pytest.raises(Misconfigured, match=r"drill\.no_record"):
        await screens.ask("drill_record")
    first = (await screens.ask("drill_start"))["drill"]
    with pytest.raises(Misconfigured, match="running"):
        await screens.ask("drill_start")
    assert (await screens.ask("drill_state"))["through"] == 0
    assert (await screens.ask("drill_stop"))["stopped"]
    assert not (await screens.ask("drill_stop"))["stopped"]
    second = (await screens.ask("drill_start"))["drill"]
    await screens.place(1)
    await screens.shown(1)
    last = await screens.ask("drill_record")
    assert last["record"]["id"] == second
    assert (await screens.ask("drill_record", drill=first))["record"]["stop"] == "person"
    rows = await screens.ward.hub.store.read(lambda reader: reader.audit_after(0, 100))
    kinds = [json.loads(row.body)["kind"] for row in rows]
    assert [kind for kind in kinds if kind.startswith(("drill.", "test_calls."))] == [
        *("drill.start", "test_calls.ended", "drill.stop", "drill.start", "test_calls.ended"),
    ]


async def test_what_was_measured_over_a_clock_that_was_set_is_left_out(screens: Screens) -> None:
    await screens.enrol(1)
    await screens.start()
    await screens.place(1)
    screens.ward.clock.step(-3600)
    await screens.shown(1)
    (kept,) = await screens.records()
    legs = next(one for one in kept["record"]["beds"] if one["bed"] == "1")["legs"]
    assert set(legs) == {"reach", "send"}
