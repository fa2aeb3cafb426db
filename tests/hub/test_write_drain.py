"""The queue on its way to the hospital system: in order, once each, through everything."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.call_mark import Actor
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.nurse_call import CallClass, CallState, NurseCall
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import EnteredValue, ObservationEntry, correct, signs_of
from smartward.clinical.priority import Priority
from smartward.clinical.rules import RuleSettings
from smartward.config import Settings
from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.drafts import Draft, Known
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.port import HisPort, Written
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from smartward.hub.deciding import Decider
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.write_table import QueueState
from smartward.hub.write_drain import WriteDrain, said
from smartward.hub.write_queue import WriteQueue
from smartward.tasks import Tasks
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay
from tests.his.hospital import WARD as LOCATION
from tests.his.hospital import patient, small_ward
from tests.his.hospital import stay as encounter
from tests.his.scripted import HOST, URL, Fault, Line, lines

pytestmark = pytest.mark.anyio

W = "ward"
LI = Actor(device_id="d1", person_id="p1", name="李红", family="李", known="badge")


def call(id: str = "call-1", state: CallState = CallState.REQUESTED) -> NurseCall:
    return NurseCall(
        id=id,
        bed_id="his.bed-1",
        device_id="d1",
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=state,
        placed_at=MORNING,
        received_at=MORNING,
        encounter_id="his.e1",
        accepted_by=LI if state is not CallState.REQUESTED else None,
        closed_at=MORNING if state is CallState.COMPLETED else None,
    )


class House:
    """A store with the queue and what empties it, on a HIS that is told what to do."""

    def __init__(self, path: Path, his: HisPort, clock: ManualClock) -> None:
        self.path, self.his, self.clock = path, his, clock

    @asynccontextmanager
    async def running(self) -> AsyncIterator["House"]:
        self.store = SqliteStore.open(self.path, self.clock)
        queue = WriteQueue(W, "his", frozenset(WriteKind))
        self.drain = WriteDrain(self.store, self.his, self.clock, W)
        self.store.in_write.append(queue.note)
        self.store.on_commit.append(self.drain.committed)
        tasks = Tasks()
        tasks.spawn(self.drain.run(), "drain")
        try:
            yield self
        finally:
            await tasks.stop()
            await self.drain.stop()
            await self.store.finish()
            self.store.close()

    async def put(self, *calls: NurseCall) -> None:
        for one in calls:
            await self.store.write(lambda tx, one=one: tx.put(W, "nurse_call", one.id, one))

    async def entry(self, id: str, kind: str = "nurse_call") -> Any:
        return await self.store.read(lambda r: r.queue_get(W, kind, id))

    async def troubles(self) -> list[HisWrite]:
        found = await self.store.read(lambda r: r.all(W, "his_write"))
        return [decode(one.body, HisWrite) for one in found]

    async def until(self, met: Callable[[], bool], pass_s: float = 1.0) -> None:
        async with asyncio.timeout(20):
            while not met():
                self.clock.advance(pass_s)
                for _ in range(10):
                    await self.store.read(lambda r: None)

    async def shown_late(self, late: bool) -> None:
        """Until it is shown, or no more, that something waits for long."""
        async with asyncio.timeout(20):
            while (await self.store.read(lambda r: r.get(W, "write_link", "his")) is None) is late:
                self.clock.advance(10)

    async def told(self, pass_s: float = 1.0) -> None:
        """Until nothing waits."""
        async with asyncio.timeout(20):
            while (await self.store.read(lambda r: r.queue_stand(W))).count(QueueState.WAITING):
                self.clock.advance(pass_s)
                for _ in range(10):
                    await self.store.read(lambda r: None)


@pytest.fixture
def fake(tmp_path: Path) -> tuple[House, FakeHis]:
    clock = ManualClock()
    his = FakeHis(clock)
    his.taken = set(WriteKind)
    return House(tmp_path / "hub.sqlite", his, clock), his


def refusing(
    monkeypatch: pytest.MonkeyPatch, his: FakeHis, fault: Callable[[Draft], Exception | None]
) -> None:
    write = his.write

    async def picky(draft: Draft, known: Known) -> Written:
        error = fault(draft)
        if error is not None:
            raise error
        return await write(draft, known)

    monkeypatch.setattr(his, "write", picky)


async def test_each_state_is_told_in_its_order(fake: tuple[House, FakeHis]) -> None:
    house, his = fake
    async with house.running():
        for state in (CallState.REQUESTED, CallState.ACCEPTED, CallState.IN_PROGRESS):
            await house.put(call(state=state))
            await house.told()
        await house.put(call(state=CallState.IN_PROGRESS))
        await house.told()
    assert [one.state for one in his.written["call-1"]] == ["requested", "accepted", "in-progress"]


@pytest.mark.expects_log("telling the hospital system is")
async def test_an_outage_is_waited_out_over_a_restart(fake: tuple[House, FakeHis]) -> None:
    house, his = fake
    his.fault = Unreachable("his.unreachable.away")
    async with house.running():
        await house.put(call(), call("call-2"))
        await house.shown_late(True)
        assert house.drain.oldest_age_s() > 60
        assert house.drain.stand["waiting"] == 2
        await house.put(call(state=CallState.COMPLETED))
    his.fault = None
    async with house.running():
        await house.told(pass_s=10)
        await house.shown_late(False)
    assert [one.state for one in his.written["call-1"]] == ["completed"]
    assert len(his.written["call-2"]) == 1


@pytest.mark.expects_log("telling the hospital system is")
async def test_a_server_that_asks_for_peace_gets_it(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, his = fake
    asked: list[float] = []

    def busy(draft: Draft) -> SmartWardError | None:
        asked.append(house.clock.monotonic())
        if len(asked) > 1:
            return None
        return Unreachable("his.unreachable.busy", status=429, retry_after_s=120.0)

    refusing(monkeypatch, his, busy)
    async with house.running():
        await house.put(call())
        await house.told(pass_s=5)
    assert asked[1] - asked[0] >= 120


async def test_one_thing_a_server_fails_at_holds_up_no_other(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, his = fake
    broken = Unreachable("his.unreachable.busy", status=500)
    refusing(monkeypatch, his, lambda draft: broken if draft.id == "call-1" else None)
    async with house.running():
        await house.put(call(), call("call-2"), call("call-3"))
        await house.until(lambda: "call-3" in his.written)
        assert (await house.entry("call-1")).state is QueueState.WAITING
        await house.until(lambda: house.drain.stand["waiting"] >= 1)  # counted after its write


@pytest.mark.parametrize(
    "defect",
    [
        pytest.param(
            RecursionError("deep"), marks=pytest.mark.expects_log("a nurse_call cannot be told")
        ),
        BadData("his.bad.not_fhir", "no id"),
    ],
    ids=["ours", "theirs"],
)
async def test_an_unexpected_failure_at_one_thing_holds_up_no_other(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch, defect: Exception
) -> None:
    house, his = fake
    tries: list[float] = []  # seconds

    def poison(draft: Draft) -> Exception | None:
        if draft.id != "call-1":
            return None
        tries.append(house.clock.monotonic())
        return defect

    refusing(monkeypatch, his, poison)
    async with house.running():
        await house.put(call(), call("call-2"))
        await house.until(lambda: "call-2" in his.written)
        await house.until(lambda: len(tries) >= 2)
        entry = await house.entry("call-1")
        assert entry.state is QueueState.WAITING
        assert entry.attempts >= 1
    # Not at once again: it is left alone for a while.
    assert tries[1] - tries[0] >= 3


async def test_what_is_refused_is_kept_with_the_servers_words(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, his = fake
    words = "<script>alert(1)</script>Device\n\u202eis not known " + "x" * 999
    why = [Refused("his.refused.request", "HTTP 422", status=422, reason=words)]
    refusing(monkeypatch, his, lambda draft: why[0] if why else None)
    async with house.running():
        await house.put(call(state=CallState.ACCEPTED))
        await house.told()
        (found,) = await house.troubles()
        assert (found.trouble, found.key) == (Trouble.REFUSED, "his.write.refused")
        assert (found.by and found.by.name, found.bed_id) == ("李红", "his.bed-1")
        assert found.reason.startswith("alert(1) Device is not known xxx")
        assert len(found.reason) == 200
        await house.until(lambda: house.drain.stand["refused"] == 1)
    async with house.running():
        await house.until(lambda: house.drain.stand["refused"] == 1)
        # Its next state is told all the same, and then there is nothing left to look at.
        why.clear()
        await house.put(call(state=CallState.COMPLETED))
        await house.told()
        assert await house.troubles() == []
    assert [one.state for one in his.written["call-1"]] == ["completed"]


async def test_a_contradiction_waits_for_a_person(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, his = fake
    conflict = Refused("his.write.conflict", status=412)
    refusing(monkeypatch, his, lambda draft: conflict)
    async with house.running():
        await house.put(call())
        await house.told()
        await house.put(call(state=CallState.COMPLETED))
        entry = await house.entry("call-1")
        assert entry.state is QueueState.CONFLICT
        assert b"completed" in entry.body
        (found,) = await house.troubles()
        assert found.trouble is Trouble.CONFLICT


async def test_what_a_server_does_not_take_is_not_sent(fake: tuple[House, FakeHis]) -> None:
    house, his = fake
    his.taken = {WriteKind.OBSERVATION}
    async with house.running():
        await house.put(call())
        await house.told()
        await house.until(lambda: house.drain.stand["not_taken"] == 1)
        assert await house.troubles() == []
        # Days later it does: what was set aside is told too, by whatever process.
        house.clock.advance(timedelta(days=2).total_seconds())
    his.taken = set(WriteKind)
    async with house.running():
        await house.until(lambda: set(his.written) == {"call-1"}, pass_s=30)


@pytest.mark.expects_log("telling the hospital system is")
async def test_a_server_that_says_nothing_is_waited_for(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, his = fake
    with monkeypatch.context() as away:

        async def takes() -> frozenset[WriteKind]:
            raise BadData("his.bad.not_fhir", "no CapabilityStatement at /metadata")

        away.setattr(his, "takes", takes)
        async with house.running():
            await house.put(call())
            await house.shown_late(True)
            assert (await house.entry("call-1")).state is QueueState.WAITING
    async with house.running():
        await house.told(pass_s=10)
    assert set(his.written) == {"call-1"}


async def test_what_a_server_took_before_waits_and_is_shown(fake: tuple[House, FakeHis]) -> None:
    house, his = fake
    async with house.running():
        await house.put(call())
        await house.told()
    his.taken = {WriteKind.OBSERVATION}
    async with house.running():  # and by a process that has not heard of it itself
        await house.put(call("call-2"))
        await house.shown_late(True)
        assert (await house.entry("call-2")).state is QueueState.WAITING
        his.taken = set(WriteKind)
        await house.told(pass_s=10)
    assert set(his.written) == {"call-1", "call-2"}


@pytest.mark.expects_log("has not been taken for a week")
async def test_what_a_server_has_ended_waits_for_a_week_and_is_set_aside(
    fake: tuple[House, FakeHis],
) -> None:
    house, his = fake
    async with house.running():
        await house.put(call())
        await house.told()
    his.taken = {WriteKind.OBSERVATION}
    async with house.running():
        # So it was kept before the time was.
        await house.store.write(lambda tx: tx.his_state_set("took", b'["nurse_call"]', W))
    async with house.running():
        await house.put(call("call-2"))
        await house.shown_late(True)
    house.clock.advance(timedelta(days=6).total_seconds())
    async with house.running():
        await house.until(lambda: house.drain.oldest_age_s() > 0)
        await house.shown_late(True)
        assert house.drain.stand["waiting"] == 1
        house.clock.advance(timedelta(days=1).total_seconds())
        await house.until(lambda: house.drain.stand["not_taken"] == 1)
        await house.shown_late(False)
        his.taken = set(WriteKind)
        await house.until(lambda: "call-2" in his.written, pass_s=60)


@pytest.mark.expects_log("could not be queued")
async def test_a_defect_of_ours_stops_no_call(
    fake: tuple[House, FakeHis], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = fake

    def broken(*ignored: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr("smartward.hub.write_queue.drafts", broken)
    async with house.running():
        await house.put(call())
        assert await house.store.read(lambda r: r.get(W, "nurse_call", "call-1")) is not None
        assert await house.entry("call-1") is None


def test_what_a_server_says_is_shown_without_markup() -> None:
    assert said(Refused("k", "HTTP 400", status=400)) == "HTTP 400"
    assert said(Refused("k", reason="<b>a</b>\x00\tb")) == "a b"


async def test_a_hub_tells_the_calls_of_its_ward(tmp_path: Path) -> None:
    """Through the hub's own deciding part, and after a time in which nobody noted anything."""
    clock = ManualClock()
    his = FakeHis(clock)
    his.taken = set(WriteKind)
    his.beds = [bed("1")]
    his.admit(stay("e1", "1"))
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await store.write(lambda tx: tx.put(W, "nurse_call", "call-0", call("call-0")))
    decider = Decider(store, clock, Settings(), his, RuleSettings())
    await decider.start()
    try:
        await store.write(lambda tx: tx.put(W, "nurse_call", "call-1", call()))
        async with asyncio.timeout(20):
            while set(his.written) != {"call-0", "call-1"}:
                clock.advance(1)
                await store.read(lambda r: None)
    finally:
        await decider.stop()
        store.close()


# ---------------------------------------------------------------------- the property

FAULTS = (
    Fault.LOST_REQUEST,
    Fault.LOST_ANSWER,
    Fault.STALL,
    Fault.TWICE,
    Fault.CUT,
    Fault.SHORT,
    Fault.ERROR,
    Fault.BUSY,
    Fault.NOT_FOUND,
    Fault.HTML,
)
"""What may happen to a request; a refusal is not among them, for a person settles that."""

_STEPS = st.lists(
    st.one_of(
        st.sampled_from(["accept", "present", "back", "close", "enter", "correct", "restart"]),
        st.integers(1, 30).map(lambda seconds: f"wait {seconds}"),
    ),
    max_size=7,
)
_SCHEDULES = st.dictionaries(st.integers(1, 25), st.sampled_from(FAULTS), max_size=14)
_STATES = {
    "accept": CallState.ACCEPTED,
    "present": CallState.IN_PROGRESS,
    "back": CallState.REQUESTED,
    "close": CallState.COMPLETED,
}


def entered() -> ObservationEntry:
    values = (
        EnteredValue(parameter=Parameter.HEART_RATE, text="81"),
        EnteredValue(parameter=Parameter.TEMPERATURE, text="36.50"),
    )
    return ObservationEntry(
        id="set-1", encounter_id="his.e1", taken_at=MORNING, signs=signs_of(values, LI, MORNING)
    )


async def _play(steps: list[str], faults: dict[int, Fault], folder: Path) -> None:
    clock = ManualClock()
    world = small_ward(clock.now())
    world.put(patient())
    world.put(encounter())
    line = Line(Rest(world, clock, Faults(clock)).app, clock)
    line.begin(dict(faults), {})
    state, entry = CallState.REQUESTED, entered()
    with lines({HOST: line}):
        his = FhirHis(URL, LOCATION, "his", load_mapping(), clock=clock)
        house = House(folder / "hub.sqlite", his, clock)
        todo = ["place", "enter", *steps]
        while todo:
            async with house.running():
                await _furnish(house)
                while todo and (step := todo.pop(0)) != "restart":
                    if step in _STATES:
                        state = _STATES[step]
                    elif step == "correct":
                        entry = correct(entry, {"heart_rate": "72"}, LI, MORNING, "slip")
                    await _do(house, step, state, entry)
        line.faults.clear()
        async with house.running():
            await house.told(pass_s=30)
            assert await house.troubles() == []
        await his.close()
    tasks = [row.resource for row in world.store.all("Task")]
    assert [one["status"] for one in tasks] == [state.value]
    signs = {
        one["identifier"][0]["value"]: one["status"]
        for row in world.store.all("Observation")
        if (one := row.resource).get("identifier")
    }
    assert len(world.store.all("Observation")) == len(signs)
    assert signs == {f"set-1.{one.name}.{one.number}": one.status.value for one in entry.signs}


async def _furnish(house: House) -> None:
    await house.store.write(lambda tx: tx.put(W, "encounter", "his.e1", _stay()))


def _stay() -> Any:
    return stay("e1", "1")


async def _do(house: House, step: str, state: CallState, entry: ObservationEntry) -> None:
    def write(tx: Tx) -> None:
        if step in ("enter", "correct"):
            tx.put(W, "observation_entry", entry.id, entry)
        elif not step.startswith("wait"):
            tx.put(W, "nurse_call", "call-1", call(state=state))

    await house.store.write(write)
    house.clock.advance(float(step.partition(" ")[2] or 0))
    for _ in range(6):
        await house.store.read(lambda r: None)


@pytest.mark.expects_log("telling the hospital system is")
@settings(max_examples=30, deadline=timedelta(seconds=20))
@given(steps=_STEPS, faults=_SCHEDULES)
def test_whatever_is_lost_there_is_one_of_each_and_the_last_word_is_ours(
    steps: list[str], faults: dict[int, Fault]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(steps, faults, Path(folder)))
