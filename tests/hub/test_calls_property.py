"""Whatever is pressed, entered, left, lowered, muted and reset: no cord's call ends elsewhere, no
call goes silent without a person, and the rooms repeat what really waits."""

import asyncio
import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartward.clinical import nurse_call as nc
from smartward.clinical.call_mark import asked_since_answer
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallClass, CallSettings, CallState, NurseCall
from smartward.clinical.presence import Presence
from smartward.hub.escalation import CALL, call_settings, escalate
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import HEAD, CallWard
from tests.hub.conftest import NURSE
from tests.hub.ward_docs import WARD

POINTS = {
    "cord": ("bathroom_cord", "1"),
    "cord-2": ("bathroom_cord", "1"),
    "assist": ("assist_button", "2"),
    "handset": ("handset", "1"),
    "far": ("handset", "3"),
    "button": ("presence_button", "1"),
}
SCREENS = {
    "bedside": (ScreenRole.BEDSIDE, "1"),
    "bedside-3": (ScreenRole.BEDSIDE, "3"),
    "door": (ScreenRole.DOOR, "R1"),
    "door-2": (ScreenRole.DOOR, "R2"),
    "station": (ScreenRole.STATION, None),
}
PEOPLE = st.sampled_from([NURSE, NURSE, HEAD])
AGE = st.sampled_from([0, 0, 0, 20_000])
IN_ROOM = st.sampled_from(["bedside", "bedside-3", "door", "door-2"])


@dataclass(frozen=True)
class Step:
    """One thing that happens: `what` at `where`, about the n-th call."""

    what: str
    where: str
    nth: int = 0
    more: str = ""
    by: object = NURSE
    age_ms: int = 0


def _step(what: str, where: st.SearchStrategy[str], more: list[str] | None = None) -> object:
    return st.builds(
        Step,
        what=st.just(what),
        where=where,
        nth=st.integers(0, 5),
        more=st.sampled_from(more or [""]),
        by=PEOPLE,
        age_ms=AGE,
    )


VISITED = st.sampled_from(["door", "door", "bedside", "door-2"])
BEDSIDES = st.sampled_from(["bedside", "bedside-3"])
STEPS = st.one_of(
    _step("press", BEDSIDES, ["normal", "assist", "emergency"]),
    _step(K.CALL_AGAIN, BEDSIDES),
    _step(K.CALL_REASON, BEDSIDES, ["breathless", "water"]),
    _step("point", st.sampled_from(sorted(POINTS)), ["press", "press", "reset"]),
    _step("point", st.just("button"), ["presence"]),
    _step("point", st.sampled_from(["handset", "far"]), ["lost", "restored", "beat"]),
    _step(K.PRESENCE_ENTER, VISITED),
    _step(K.PRESENCE_LEAVE, VISITED),
    _step(K.CALL_ARRIVE, IN_ROOM),
    _step(K.CALL_LOWER, st.sampled_from(sorted(SCREENS))),
    _step(K.CALL_CLOSE, st.sampled_from(sorted(SCREENS))),
    _step(K.CALL_ACCEPT, st.just("station")),
    _step(K.CALL_HEARD, st.just("station")),
    _step(K.CALL_HAND_OVER, st.just("station")),
    st.builds(Step, what=st.just("time"), where=st.just(""), nth=st.sampled_from([5, 61, 130])),
)


class World(CallWard):
    """A hub whose time is moved by hand, with every kind of point and screen."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ManualClock(), decides=None)

    async def furnish(self) -> None:
        """Hang up everything there is, once."""
        await self.start()
        for name, (role, place) in (*SCREENS.items(), ("gateway", (ScreenRole.GATEWAY, None))):
            await self.enrol(role, place, device_id=name)
        for id, (kind, bed) in POINTS.items():
            await self.point(id, kind, bed)
        await self.hub.stop()

    def device(self, name: str) -> Device:
        found = self.hub.access.device(name)
        assert found is not None
        return found

    async def do(self, step: Step, rules: CallSettings) -> None:
        if step.what == "time":
            self.clock.advance(step.nth)

            def look(tx: Tx) -> None:
                for due in tx.deadlines_due(tx.now):
                    if due.kind == CALL:
                        escalate(tx, WARD, due.subject, rules, tx.now)

            await self.hub.store.write(look)
        elif step.what == "point":
            await self.tell(self.device("gateway"), step.where, step.more, age_ms=step.age_ms)
        elif step.what == "press":
            await self.press(self.device(step.where), call_class=step.more)
        elif step.what in (K.PRESENCE_ENTER, K.PRESENCE_LEAVE):
            device = self.device(step.where)
            await self.act(device, step.what, device.place or "", by=step.by, age_ms=step.age_ms)
        else:
            await self.about_a_call(step)

    async def about_a_call(self, step: Step) -> None:
        device = self.device(step.where)
        in_reach = [call for call in await self.open_calls() if reaches(device, call)]
        if in_reach:
            call = in_reach[step.nth % len(in_reach)]
            data = {"reason": step.more or "x", "why": "seen", "staff_id": "st-2"}
            await self.act(device, step.what, call.id, by=step.by, data=data, age_ms=step.age_ms)


def reaches(device: Device, call: NurseCall) -> bool:
    if device.role is ScreenRole.STATION:
        return True
    room = "his.room-1" if call.bed_id in ("his.bed-1", "his.bed-2") else "his.room-2"
    return device.place in (call.bed_id, room)


def ended_rightly(step: Step, call: NurseCall) -> bool:
    """Whether this step may have ended this call."""
    at_point = step.what == "point" and step.more == "reset" and step.where == call.call_point_id
    if call.call_class is not CallClass.NORMAL:
        screen = step.what == K.CALL_CLOSE and step.where == call.device_id
        return at_point or screen
    gone = step.what in (K.PRESENCE_ENTER, K.PRESENCE_LEAVE) or step.where == "button"
    return at_point or gone or (step.what == K.CALL_CLOSE and step.where != "station")


def somebody_knows(call: NurseCall, world: World) -> bool:
    """It sounds, a person muted it for a while, somebody promised to come, or somebody is there."""
    now = world.clock.now()
    if nc.sounding(call, now) or call.state is CallState.IN_PROGRESS:
        return True
    rules = call_settings(world.settings)
    promised = call.state is CallState.ACCEPTED and nc.next_deadline(call, rules) is not None
    return promised or nc.muted_until(call) is not None


async def rooms_repeat_what_waits(world: World) -> None:
    waiting = [
        call
        for call in await world.open_calls()
        if call.state is CallState.REQUESTED or asked_since_answer(call.marks)
    ]
    stored = await world.hub.store.read(lambda reader: reader.all(WARD, "presence"))
    told = [decode(one.body, Presence) for one in stored]
    for room, beds in (("his.room-1", (1, 2)), ("his.room-2", (3, 4))):
        mine = [one for one in told if one.room_id == room]
        assert {one.bed_id for one in mine} in (set(), {docs.bed_id(n) for n in beds})
        assert len({(one.people, one.next_call) for one in mine}) <= 1, "one room, one word"
        outside = [c for c in waiting if c.bed_id not in {docs.bed_id(n) for n in beds}]
        for one in mine:
            assert (one.next_call is None) is (not outside)
            if one.next_call is not None:
                assert one.next_call.waiting == len(waiting)
                first = one.next_call
                assert first.priority.rank == min(c.priority.rank for c in outside)
                assert first.call_id in {c.id for c in outside}


async def play(folder: Path, steps: list[Step]) -> None:
    world = World(folder)
    rules = call_settings(world.settings)
    await world.start()
    try:
        for step in steps:
            world.clock.advance(1)
            before = {call.id: call for call in await world.open_calls()}
            await world.do(step, rules)
            after = {call.id: call for call in await world.calls()}
            assert set(before) <= set(after), "no call is lost"
            for call in before.values():
                now = after[call.id]
                assert now.placed_at == call.placed_at
                assert now.marks[: len(call.marks)] == call.marks
                if not nc.is_open(now):
                    assert ended_rightly(step, call), (step, call)
                if now.priority.rank > call.priority.rank:
                    assert step.what == K.CALL_LOWER, "down only by a person"
            for call in after.values():
                assert not nc.is_open(call) or somebody_knows(call, world), (step, call)
            await rooms_repeat_what_waits(world)
    finally:
        await world.hub.stop()


@cache
def furnished() -> Path:
    """The folder of a hub that knows every screen and point, to be copied."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    asyncio.run(World(folder / "d").furnish())
    return folder / "d"


def _point(where: str, what: str) -> Step:
    return Step("point", where, more=what)


@example([_point("cord", "press"), Step(K.PRESENCE_ENTER, "door"), Step(K.PRESENCE_LEAVE, "door")])
@example([_point("assist", "press"), _point("button", "press"), _point("button", "press")])
@settings(max_examples=25)
@given(st.lists(STEPS, min_size=5, max_size=30))
def test_any_sequence(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(shutil.copytree(furnished(), Path(folder) / "d")), steps))
