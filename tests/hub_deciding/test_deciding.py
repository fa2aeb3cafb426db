"""The deciding part as one object: it starts, polls, alerts, escalates, forgets, and stops."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.alert import Alert, AlertState, acknowledge
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import Actor, CallClass, NurseCall
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.clinical.rules import RULES, Facts, Look, Needs, RuleSettings
from smartward.clinical.silence import Silence, SilenceReason
from smartward.config import Settings
from smartward.errors import Unreachable
from smartward.his.port import Kind
from smartward.hub import escalation
from smartward.hub.deciding import Decider
from smartward.hub.store.base import Committed, Tx
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay

pytestmark = pytest.mark.anyio
W = "ward"
NURSE = Actor(device_id="d1", person_id="p1", name="Li Min", family="Li", known="name")


class World:
    """A hub's store with its deciding part, and what a person at it would do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = ManualClock()
        self.his = FakeHis(self.clock)
        self.his.beds = [bed("1"), bed("2")]
        self.settings = Settings()
        self.store = SqliteStore.open(path, self.clock)
        self.decider = self._decider()

    def _decider(self) -> Decider:
        return Decider(self.store, self.clock, self.settings, self.his, RuleSettings())

    async def restart(self) -> None:
        """The process ends and another takes up its folder."""
        await self.decider.stop()
        self.store.close()
        self.store = SqliteStore.open(self.path, self.clock)
        self.decider = self._decider()
        await self.decider.start()

    async def stop(self) -> None:
        await self.decider.stop()
        self.store.close()

    async def until(self, what: Callable[[], Awaitable[bool]]) -> None:
        """Let the hub's tasks run until `what` is so: bounded, by turns of the store."""
        for _ in range(400):
            if await what():
                return
            # A loaded disk is slower than turns of the loop: what is being written counts as one.
            await self.store.finish()
            await self.store.read(lambda tx: tx.head(W))
        raise AssertionError(f"did not come true: {what}")

    async def pass_time(self, seconds: float) -> None:
        """Let time pass once the deciding part has come to rest."""

        async def resting() -> bool:
            await self.store.read(lambda tx: tx.head(W))
            return not self.decider.polling and self.clock.waiting >= 2

        await self.until(resting)
        self.clock.advance(seconds)

    async def alerts(self) -> list[Alert]:
        found = await self.store.read(lambda tx: tx.all(W, "alert"))
        return [msgspec.json.decode(stored.body, type=Alert) for stored in found]

    async def call(self, call_id: str) -> NurseCall:
        stored = await self.store.read(lambda tx: tx.get(W, "nurse_call", call_id))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=NurseCall)

    async def put_call(self, call: NurseCall) -> None:
        settings = escalation.call_settings(self.settings)

        def write(tx: object) -> None:
            tx.put(W, "nurse_call", call.id, call, bed=call.bed_id)  # type: ignore[attr-defined]  # declared wider than what it is here
            escalation.set_deadline(tx, W, call, settings)  # type: ignore[arg-type]  # declared wider than what it is here

        await self.store.write(write)

    def drip(self, left_ml: float, encounter: str = "zhang") -> Infusion:
        return Infusion(
            id="his.d1",
            encounter_id=f"his.{encounter}",
            status=InfusionStatus.RUNNING,
            total_ml=500.0,
            left_ml=left_ml,
            rate_ml_h=300.0,
            source=VolumeSource.MEASURED,
            measured_at=self.clock.now(),
        )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "hub.db")
    world.his.admit(stay("zhang", "1"))
    yield world
    await world.stop()


def a_call(world: World) -> NurseCall:
    return lifecycle.place(
        "call-1", "his.bed-1", "d1", CallClass.NORMAL, world.clock.now(), world.clock.now()
    )


def the_drip(found: list[Alert]) -> list[Alert]:
    return [alert for alert in found if alert.rule == "infusion_near_end"]


async def test_a_drip_alerts_when_its_time_comes_without_any_new_fact(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=100.0))  # empty in 20 min
    await world.decider.start()

    async def known() -> bool:
        return bool(await world.store.read(lambda tx: tx.all(W, "infusion")))

    await world.until(known)
    assert the_drip(await world.alerts()) == []
    await world.pass_time(10 * 60 + 1)

    async def alerted() -> bool:
        return bool(the_drip(await world.alerts()))

    await world.until(alerted)
    alert = the_drip(await world.alerts())[0]
    assert alert.state is AlertState.ON
    assert [cause.id for cause in alert.cause] == ["his.d1"]
    assert alert.version


async def test_an_alert_follows_its_patient_and_ends_with_its_reason(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=20.0))
    await world.decider.start()

    async def alerted() -> bool:
        return bool(the_drip(await world.alerts()))

    await world.until(alerted)
    first = the_drip(await world.alerts())[0]
    world.his.move("zhang", "2")
    await world.pass_time(6)

    async def moved() -> bool:
        stored = await world.store.read(lambda tx: tx.get(W, "alert", first.id))
        return stored is not None and stored.bed == "his.bed-2"

    await world.until(moved)
    assert [alert.id for alert in the_drip(await world.alerts())] == [first.id]
    world.his.tell(Kind.INFUSION, world.drip(left_ml=480.0))
    await world.pass_time(6)

    async def cleared() -> bool:
        return not the_drip(await world.alerts())

    await world.until(cleared)


async def test_a_discharge_ends_the_alerts_and_leaves_the_call(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=20.0))
    await world.put_call(a_call(world))
    await world.decider.start()

    async def alerted() -> bool:
        return bool(await world.alerts())

    await world.until(alerted)
    world.his.encounters.clear()
    await world.pass_time(6)

    async def cleared() -> bool:
        return not await world.alerts()

    await world.until(cleared)
    assert lifecycle.is_open(await world.call("call-1"))


async def test_an_acknowledged_alert_stays_acknowledged_across_a_restart(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=20.0))
    await world.decider.start()

    async def alerted() -> bool:
        return bool(await world.alerts())

    await world.until(alerted)
    alert = (await world.alerts())[0]
    seen = acknowledge(alert, world.clock.now(), NURSE)
    await world.store.write(
        lambda tx: tx.put(W, "alert", alert.id, seen, bed="his.bed-1", room="301")
    )
    await world.restart()
    await world.pass_time(6)
    kept = [one for one in await world.alerts() if one.id == alert.id]
    assert [one.state for one in kept] == [AlertState.ACKNOWLEDGED]
    assert kept[0].acknowledged_by == NURSE


async def test_an_unanswered_call_speaks_up_at_its_times(world: World) -> None:
    call = a_call(world)
    await world.put_call(call)
    await world.decider.start()
    for seconds, step in ((59, 0), (1, 1), (120, 2), (120, 3)):
        await world.pass_time(seconds)

        async def reached(step: int = step) -> bool:
            return (await world.call("call-1")).step == step

        await world.until(reached)
    told = await world.call("call-1")
    assert told.priority is Priority.HIGH
    assert told.call_class is CallClass.NORMAL
    assert told.placed_at == call.placed_at


async def test_deadlines_survive_the_process_and_a_wall_clock_set_forward(world: World) -> None:
    await world.put_call(a_call(world))
    await world.decider.start()
    await world.decider.stop()
    world.store.close()
    world.clock.step(400)
    world.store = SqliteStore.open(world.path, world.clock)
    world.decider = Decider(world.store, world.clock, world.settings, world.his, RuleSettings())
    await world.decider.start()

    async def all_steps() -> bool:
        return (await world.call("call-1")).step == 3

    await world.until(all_steps)


async def test_an_accepted_call_with_nobody_there_sounds_again(world: World) -> None:
    call = lifecycle.accept(a_call(world), world.clock.now(), NURSE)
    await world.put_call(call)
    await world.decider.start()
    await world.pass_time(301)

    async def told() -> bool:
        return lifecycle.nobody_came(await world.call("call-1"))

    await world.until(told)
    assert lifecycle.sounding(await world.call("call-1"), world.clock.now())


async def test_closed_calls_are_forgotten_in_time_and_open_ones_never(world: World) -> None:
    await world.put_call(a_call(world))
    closed = dataclasses.replace(a_call(world), id="call-2", closed_at=world.clock.now())
    await world.put_call(closed)
    await world.decider.start()
    hours = world.settings.closed_call_keep_h
    await world.pass_time(timedelta(hours=hours, minutes=11).total_seconds())

    async def forgotten() -> bool:
        ids = {s.id for s in await world.store.read(lambda tx: tx.all(W, "nurse_call"))}
        return ids == {"call-1"}

    await world.until(forgotten)


async def test_it_lets_go_of_the_hospital_when_it_stops(world: World) -> None:
    await world.decider.start()
    await world.decider.stop()
    assert world.his.closed
    assert world.store.on_commit == []


@pytest.mark.expects_log("hospital system is")
async def test_nobody_is_overdue_while_the_observations_are_still_coming(world: World) -> None:
    told: list[str] = []

    def listen(committed: Committed) -> None:
        told.extend(stored.kind for stored in committed.changed if stored.kind == "alert")

    world.store.on_commit.append(listen)
    admitted = world.clock.now() - timedelta(days=1)
    patient = dataclasses.replace(stay("zhang", "1"), admitted_at=admitted)
    world.his.admit(patient)
    world.his.changes_fault = Unreachable("his.unreachable")
    await world.decider.start()

    async def here() -> bool:
        return bool(await world.store.read(lambda tx: tx.all(W, "encounter")))

    await world.until(here)
    await world.pass_time(5)
    assert told == []
    world.his.changes_fault = None
    await world.pass_time(30)

    async def overdue() -> bool:
        return [a.rule for a in await world.alerts()] == ["observations_overdue"]

    await world.until(overdue)
    world.store.on_commit.remove(listen)


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_set_back_holds_no_call_up(world: World) -> None:
    await world.put_call(a_call(world))
    await world.decider.start()
    await world.pass_time(5)
    world.clock.step(-3600)
    await world.pass_time(56)

    async def told() -> bool:
        return (await world.call("call-1")).step == 1

    await world.until(told)
    await world.pass_time(120)

    async def high() -> bool:
        return (await world.call("call-1")).priority is Priority.HIGH

    await world.until(high)


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_set_forward_deletes_nothing(world: World) -> None:
    closed = dataclasses.replace(a_call(world), id="call-2", closed_at=world.clock.now())
    await world.put_call(closed)
    await world.decider.start()
    await world.pass_time(5)
    world.clock.step(3 * 86400)
    await world.pass_time(30)
    await world.pass_time(5)
    assert (await world.call("call-2")).closed_at is not None


class _BadRule:
    """A rule with a defect."""

    id = "bad"
    version = "1"
    source = "a test"
    needs = Needs(kinds=frozenset(), hours_back=0)

    def look(self, facts: Facts, settings: RuleSettings, now: object) -> Look:
        raise KeyError("a name that must not be logged")


@pytest.mark.expects_log("rule bad failed: KeyError")
async def test_a_broken_rule_stops_neither_the_others_nor_a_call(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(world.decider._alerting._asking, "rules", (_BadRule(), *RULES))
    world.his.tell(Kind.INFUSION, world.drip(left_ml=20.0))
    await world.put_call(a_call(world))
    await world.decider.start()

    async def alerted() -> bool:
        return bool(the_drip(await world.alerts()))

    await world.until(alerted)
    await world.pass_time(61)

    async def told() -> bool:
        return (await world.call("call-1")).step == 1

    await world.until(told)
    assert world.decider.failing == {"rule bad"}
    assert "must not be logged" not in caplog.text


@pytest.mark.expects_log("task ", "goes on again")
async def test_a_full_disk_for_a_while_is_survived(world: World) -> None:
    await world.put_call(a_call(world))
    await world.decider.start()
    await world.pass_time(1)
    world.store.failing = True
    await world.pass_time(60)

    async def hit() -> bool:
        return "decide" in world.decider.failing

    await world.until(hit)
    assert (await world.call("call-1")).step == 0
    world.store.failing = False

    async def told() -> bool:
        world.clock.advance(1)
        return (await world.call("call-1")).step >= 1

    await world.until(told)

    async def well() -> bool:
        world.clock.advance(1)
        return not world.decider.failing

    await world.until(well)


# ------------------------------------------------------------------------------ silence


async def silence(world: World, on: bool) -> None:
    """A person begins or ends a silence, as the actions do."""
    about = Silence(
        encounter_id="his.zhang",
        bed_id="his.bed-1",
        reason=SilenceReason.WISH,
        since=world.clock.now(),
        by=NURSE,
    )

    def write(tx: Tx) -> None:
        if on:
            tx.put(W, "silence", "his.zhang", about, bed="his.bed-1", room="his.room-301")
        else:
            tx.delete(W, "silence", "his.zhang")

    await world.store.write(write)


async def alerted(world: World, wanted: bool) -> None:
    async def so() -> bool:
        return bool(the_drip(await world.alerts())) is wanted

    await world.until(so)


async def test_a_silence_ends_alerts_at_once_and_they_come_back_after_it(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=40.0))
    await world.decider.start()
    await alerted(world, True)
    before = the_drip(await world.alerts())[0]
    await silence(world, True)
    await alerted(world, False)  # with no time passing
    world.his.tell(Kind.INFUSION, world.drip(left_ml=35.0))
    await world.pass_time(6)
    await world.pass_time(60)
    await alerted(world, False)
    await silence(world, False)
    await alerted(world, True)
    after = the_drip(await world.alerts())[0]
    assert after.id != before.id
    assert after.opened_at > before.opened_at


async def test_a_silence_holds_across_a_restart(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=40.0))
    await world.decider.start()
    await alerted(world, True)
    await silence(world, True)
    await alerted(world, False)
    await world.restart()
    await world.pass_time(6)
    await world.pass_time(60)
    assert await world.alerts() == []


@pytest.mark.expects_log("is down")
async def test_what_began_while_no_hub_ran_is_heeded_before_the_his_answers(world: World) -> None:
    """Even of a patient whose facts are still to be read."""
    world.his.tell(Kind.INFUSION, world.drip(left_ml=40.0))
    await world.decider.start()
    await alerted(world, True)
    await world.decider.stop()
    await silence(world, True)
    await world.store.write(
        lambda tx: tx.his_state_set("sync", b'{"as_of":null,"watermark":null}', W)
    )
    world.his.fault = Unreachable("his.unreachable.away")
    await world.restart()
    await alerted(world, False)


async def test_a_death_told_by_the_his_silences(world: World) -> None:
    world.his.tell(Kind.INFUSION, world.drip(left_ml=40.0))
    await world.decider.start()
    await alerted(world, True)
    lives = world.his.encounters["his.zhang"]
    dead = dataclasses.replace(lives.patient, deceased=True)
    world.his.admit(dataclasses.replace(lives, patient=dead))
    await world.pass_time(6)
    await alerted(world, False)


async def test_comfort_care_silences_nothing(world: World) -> None:
    lives = world.his.encounters["his.zhang"]
    world.his.admit(dataclasses.replace(lives, profile=Profile(comfort_care=True)))
    world.his.tell(Kind.INFUSION, world.drip(left_ml=40.0))
    await world.decider.start()
    await alerted(world, True)


@pytest.mark.expects_log("hospital system is")
async def test_a_busy_hospital_is_let_be_for_as_long_as_it_asks(world: World) -> None:
    world.his.fault = Unreachable("his.unreachable.busy", status=429, retry_after_s=120.0)
    await world.decider.start()
    await world.pass_time(119)
    world.his.fault = None
    await world.pass_time(0)
    assert not world.decider.his_up
    await world.pass_time(26)  # 120 s, and at most a fifth more

    async def up() -> bool:
        return world.decider.his_up

    await world.until(up)
