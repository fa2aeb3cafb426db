"""Test calls that begin by themselves, go on by their deadlines, and are put off beside a call."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.drill import Drill, DrillCall, DrillState, StopReason
from smartward.clinical.nurse_call import CallClass
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.deciding import Decider
from smartward.hub.drill_schedule import DrillSchedule
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from tests.fakes.fake_his import bed
from tests.hub_deciding.test_deciding import W, World

pytestmark = pytest.mark.anyio

SETTINGS = Settings(drill_at="09:00", drill_days="6", drill_limit_s=5.0)
"""It is Saturday 08:30 on the ward."""


class Ward(World):
    """A ward of two beds whose one screen does nothing by itself."""

    def __init__(self, path: Path) -> None:
        self.listens = True
        super().__init__(path)
        self.settings = SETTINGS
        self.decider = self._decider()

    def _decider(self) -> Decider:
        made = super()._decider()
        made.heard.here = lambda device_id: self.listens
        return made

    async def furnish(self) -> None:
        def write(tx: Tx) -> None:
            for one in (bed("1"), bed("2")):
                tx.put(W, "bed", one.id, one, bed=one.id, room=one.room_id)
            for n, role in enumerate((ScreenRole.STATION, ScreenRole.BEDSIDE)):
                place = "his.bed-1" if role is ScreenRole.BEDSIDE else None
                status = ScreenStatus(
                    device_id=f"d{n}", role=role, place=place, label="", online=True, since=tx.now
                )
                tx.put(W, "screen", status.device_id, status)

        await self.store.write(write)

    async def drill(self) -> Drill | None:
        stored = await self.store.read(lambda tx: tx.get(W, "drill", "drill"))
        return None if stored is None else decode(stored.body, Drill)

    async def first(self) -> DrillCall:
        found = await self.store.read(lambda tx: tx.all(W, "drill_call"))
        calls = [decode(stored.body, DrillCall) for stored in found]
        return min(calls, key=lambda call: call.order)

    async def is_at(self, state: DrillState) -> None:
        async def there() -> bool:
            drill = await self.drill()
            return drill is not None and drill.state is state

        await self.until(there)

    async def told(self) -> list[str]:
        rows = await self.store.read(lambda tx: tx.audit_after(0, 100))
        return [json.loads(row.body)["kind"] for row in rows]


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    ward = Ward(tmp_path / "hub.db")
    await ward.furnish()
    await ward.decider.start()
    yield ward
    await ward.stop()


async def test_it_begins_at_its_hour_and_a_silent_screen_does_not_hold_it_up(ward: Ward) -> None:
    await ward.pass_time(29 * 60)
    assert await ward.drill() is None
    await ward.pass_time(61)
    await ward.is_at(DrillState.RUNNING)
    drill = await ward.drill()
    assert drill is not None
    assert drill.by is None
    # Another hub takes up the folder in the midst of it.
    await ward.restart()
    await ward.pass_time(6)
    await ward.is_at(DrillState.DONE)
    assert [fault.value for fault in (await ward.first()).faults] == ["screen_silent"]
    assert await ward.told() == ["test_calls.ended"]
    await ward.pass_time(7 * 86400)

    async def again() -> bool:
        now = await ward.drill()
        return now is not None and now.id != drill.id

    await ward.until(again)


async def test_beside_a_call_it_is_put_off_and_in_the_end_told_as_not_held(ward: Ward) -> None:
    now = ward.clock.now()
    call = lifecycle.place("c", "his.bed-1", "d1", CallClass.NORMAL, now, now)
    await ward.store.write(lambda tx: tx.put(W, "nurse_call", "c", call, bed=call.bed_id))
    await ward.pass_time(30 * 60 + 1)
    for _ in range(6):
        await ward.pass_time(10 * 60 + 1)

    async def told() -> bool:
        return "test_calls.not_held" in await ward.told()

    await ward.until(told)
    assert await ward.drill() is None


@pytest.mark.expects_log
async def test_a_clock_that_is_set_back_ends_it(ward: Ward) -> None:
    await ward.pass_time(30 * 60 + 1)
    await ward.is_at(DrillState.RUNNING)
    ward.clock.step(-3600)
    await ward.pass_time(31)
    await ward.is_at(DrillState.STOPPED)
    drill = await ward.drill()
    assert drill is not None
    assert drill.stop is StopReason.CLOCK


async def test_one_that_is_long_past_is_not_held_at_another_hour(ward: Ward) -> None:
    schedule = DrillSchedule(SETTINGS)
    planned = ward.clock.now() - timedelta(hours=3)
    await ward.store.write(lambda tx: schedule.due(tx, "0", planned))
    assert await ward.drill() is None
    later = ward.clock.now() + timedelta(days=8)
    due = await ward.store.read(lambda tx: tx.deadlines_due(later))
    assert len([one for one in due if one.kind == "drill_at"]) == 1


@pytest.mark.parametrize(
    "wrong, key",
    [
        ({"drill_at": "half past"}, "config.no_time"),
        ({"drill_at": "10.30"}, "config.no_time"),  # ISO 8601 takes it for 10:00
        ({"drill_days": "8"}, "config.no_choice"),
        ({"drill_days": ""}, "config.no_choice"),
    ],
)
def test_a_time_that_is_none_stops_the_start(wrong: dict[str, str], key: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        DrillSchedule(replace(SETTINGS, **wrong))
    assert refused.value.key == key


async def test_a_screen_whose_feed_is_gone_at_the_end_of_the_limit_was_not_connected(
    ward: Ward,
) -> None:
    await ward.pass_time(30 * 60 + 1)
    await ward.is_at(DrillState.RUNNING)
    ward.listens = False
    await ward.pass_time(6)
    await ward.is_at(DrillState.DONE)
    assert [fault.value for fault in (await ward.first()).faults] == ["screen_away"]
