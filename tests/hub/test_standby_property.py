"""Hub, standby and screens through cuts, crashes and returns in any order: no press is lost, none
is counted twice, first times are kept, and only a person closes. Real hubs on real files, real
outboxes, real hand-overs; the network between them is this test."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.errors import SmartWardError, Unreachable
from smartward.hub.access import HOUSE, Forbidden
from smartward.hub.app import Hub
from smartward.hub.replica_log import Frame, Taken, copy_file
from smartward.hub.standby import Standby
from smartward.hub.standby_mode import Mode
from smartward.hub.standby_source import Headers, NotTaken
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest, Answer
from tests.fakes.fake_clock import ManualClock
from tests.faults.protocol.screen_side import Screen
from tests.faults.protocol.state import Pressed
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS
from tests.hub.ward_docs import WARD

BEDS = {"bed-1": docs.bed_id(1), "bed-3": docs.bed_id(3)}
DOOR = "door"
"""Of the first bed's room: an end touched there may come after what was pressed later."""
PLACES = {**BEDS, DOOR: docs.room_id(1)}
SCREENS = (*PLACES, "station")
STANDBY = "standby"
QUICK = replace(SETTINGS, ward=WARD)


class Wire:
    """The hub as the standby reaches it, or does not."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.breaks_after: int | None = None
        """So many actions are handed over until the line breaks."""

    def _line(self) -> Hub:
        if not self._world.hub_up or self._world.cut:
            raise Unreachable("standby.away", "cut")
        return self._world.hub

    async def ready(self) -> None:
        self._line()

    async def log(self, log: str, epoch: str, after: int) -> AsyncIterator[list[Frame]]:
        raise Unreachable("standby.away", "the world brings what is written")
        yield []

    async def copy(self, target: Path) -> None:
        self._line()
        await asyncio.to_thread(copy_file, self._world.folder / "hub/hub.sqlite", target)

    async def take(self, taken: Taken) -> Answer:
        hub = self._line()
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                raise Unreachable("standby.away", "cut while handing over")
        device = hub.access.device(taken.device)
        assert device is not None
        try:
            return await hub.actions.answer(device, taken.request, handed_over=True)
        except SmartWardError as error:
            raise NotTaken(error.key) from error

    async def relay(
        self, path: str, headers: Headers, body: bytes, shown: str
    ) -> tuple[int, str, bytes]:
        raise AssertionError("screens of the model ask the world")

    async def report(self, faults: str, now: datetime) -> None:
        self._line()

    async def listening(self, devices: Sequence[str]) -> None:
        self._line()

    async def close(self) -> None:
        return


class World:
    """The machines, and which of them reach each other."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.standby_clock, self.boot = ManualClock(), "a run of the machine"
        self.hub = Hub(QUICK, folder / "hub", self.clock, None)
        self.wire = Wire(self)
        self.standby = self._standby()
        self.hub_up, self.cut = True, False
        self.at = dict.fromkeys(SCREENS, "hub")
        self.screens = {name: Screen(name, self.clock) for name in SCREENS}
        self.touches = 0
        """So many were made: the order of them all, whatever clocks say."""
        self.pressed: dict[str, list[Pressed]] = {bed: [] for bed in BEDS}
        self.closes: dict[str, list[int]] = {}
        """By call: when somebody touched its end, in the order of touches."""
        self.broken: set[str] = set()
        self.was_refused: set[str] = set()
        """Presses that a screen which broke later had been told are over."""
        self.unsure: set[str] = set()
        """Presses of screens that broke before anybody had acknowledged them."""
        self.random = random

    def _standby(self) -> Standby:
        clock, folder = self.standby_clock, self.folder / "standby"
        return Standby(QUICK, folder, clock, self.wire, Random(1), None, self.boot)

    def passes(self, seconds: float) -> None:
        """Time, for everybody."""
        self.clock.advance(seconds)
        self.standby_clock.advance(seconds)

    async def start(self) -> None:
        await self.hub.start()
        await self._begin()
        await self.standby._try_copy()
        assert self.standby.mode is Mode.FOLLOWING

    async def _begin(self) -> None:
        await self.standby.start()
        await self.standby._tasks.stop()  # the world says what happens when

    async def stop(self) -> None:
        await self.standby.stop()
        await self.hub.stop()

    # ------------------------------------------------------------------------------- moves

    async def press(self) -> None:
        bed = self.random.choice(list(BEDS))
        self.passes(1)
        screen = self.screens[bed]
        call = screen.open_call()
        if call is None:
            action = screen.touch(K.CALL_PLACE, bed_id=BEDS[bed], **{"class": "normal"})
        else:
            action = screen.touch(K.CALL_AGAIN, call)
        self.touches += 1
        self.pressed[bed].append(Pressed(action.id, bed, self.touches, self.clock.now()))
        if self.random.random() < 0.7:
            await self._send(bed)

    async def close_call(self) -> None:
        self._close_at(self.random.choice(list(PLACES)))

    async def close_at_door(self) -> None:
        self._close_at(DOOR)

    def _close_at(self, at: str) -> None:
        call = self.screens[at].open_call()
        if call is not None:
            self.passes(1)
            self.screens[at].touch(K.CALL_CLOSE, call, reason="seen")
            self.touches += 1
            self.closes.setdefault(call, []).append(self.touches)

    async def accept(self) -> None:
        call = self.screens["station"].open_call()
        if call is not None:
            self.screens["station"].touch(K.CALL_ACCEPT, call)

    async def send(self) -> None:
        await self._send(self.random.choice(SCREENS))

    async def _send(self, name: str) -> None:
        request = self.screens[name].send()
        if request is not None:
            await self._deliver(name, request, answered=self.random.random() < 0.7)

    async def feed(self) -> None:
        await self._feed(self.random.choice(SCREENS))

    async def move(self) -> None:
        name = self.random.choice(SCREENS)
        self.at[name] = STANDBY if self.at[name] == "hub" else "hub"

    async def follow(self) -> None:
        """The standby gets some of what was written since."""
        following = self.standby.following
        if following is None or not self._linked:
            return
        _, _, after = await following.place()
        some = self.random.randint(1, 4)
        entries = await self.hub.store.read(lambda r: r.replica_after(after, some))
        epoch = self.hub.store.epoch
        await self.standby._took([Frame(n, body, epoch, None, False) for n, body in entries])

    async def go_alone(self) -> None:
        """It has heard nothing for its time: the hub is down, or the line is cut."""
        if not self._linked and self.standby.mode is Mode.FOLLOWING:
            await self.standby._go_alone()

    async def lose_hub(self) -> None:
        self.hub_up = False

    async def hub_again(self) -> None:
        if not self.hub_up:
            await self.hub.stop()
            self.hub = Hub(QUICK, self.folder / "hub", self.clock, None)
            await self.hub.start()
            self.hub_up = True

    async def cut_line(self) -> None:
        self.cut = True

    async def mend_line(self) -> None:
        self.cut = False

    async def standby_again(self) -> None:
        await self.standby.stop()
        self.standby = self._standby()
        await self._begin()

    async def its_machine_again(self) -> None:
        """The standby's machine is started anew: its seconds count from then on."""
        self.standby_clock = ManualClock(self.standby_clock.now(), monotonic=7.0)
        self.boot = "the next run of the machine"
        await self.standby_again()

    async def hand_over(self) -> None:
        """The standby has heard the hub again; perhaps the line breaks once more."""
        self.wire.breaks_after = self.random.choice((None, None, 0, 1, 2))
        with _unreachable():
            await self.standby._hand_over()
        self.wire.breaks_after = None

    async def away(self) -> None:
        """The hub's host is switched off: the standby acts alone, and everybody goes to it."""
        self.hub_up = False
        await self.go_alone()
        if self.standby.alone is not None:
            self.at = dict.fromkeys(SCREENS, STANDBY)

    async def rest(self) -> None:
        """All that waits arrives where the screens are: what the hub had acknowledged and the
        replica had not got is there as well."""
        alone = self.standby.alone
        if alone is not None and set(self.at.values()) == {STANDBY}:
            await self._drained()
            await self._look(alone.store, [bed for bed in BEDS if bed not in self.broken])

    async def back(self) -> None:
        """The hub is there again, and the standby hears it."""
        await self.hub_again()
        self.cut = False
        await self.hand_over()

    async def breaks(self) -> None:
        """A bedside's disk is gone. What was acknowledged to it is no less true."""
        bed = self.random.choice(list(BEDS))
        old, rows = self.screens[bed], self.screens[bed].rows()
        mine = {one.action: rows.get(one.action) for one in self.pressed[bed]}
        self.unsure |= {id for id, state in mine.items() if state == "waiting"}
        self.was_refused |= {id for id, state in mine.items() if state == "refused"}
        self.broken.add(bed)
        new = self.screens[bed] = Screen(bed, self.clock)
        new.made = old.made

    async def a_minute(self) -> None:
        self.passes(61)

    async def an_hour_on(self) -> None:
        """Somebody sets the standby's clock."""
        self.standby_clock.step(3600)

    async def an_hour_back(self) -> None:
        self.standby_clock.step(-3600)

    # ----------------------------------------------------------------------------- network

    @property
    def _linked(self) -> bool:
        return self.hub_up and not self.cut

    def _node(self, name: str) -> tuple[Store, Hub | None] | None:
        """Whose view a screen gets, and who takes its touches; None: nobody answers."""
        if self.at[name] == "hub":
            return (self.hub.store, self.hub) if self.hub_up else None
        alone, following = self.standby.alone, self.standby.following
        if alone is not None:
            return alone.store, alone
        if following is None:
            return None
        return following.store, self.hub if self._linked else None

    async def _deliver(self, name: str, request: ActionRequest, *, answered: bool) -> None:
        node, screen = self._node(name), self.screens[name]
        if node is None or node[1] is None:
            screen.give_up()
            return
        taker = node[1]
        device = taker.access.device(name)
        assert device is not None
        try:
            answer = await taker.actions.answer(device, request)
        except Forbidden as error:
            told = taker.actions.other_history(request)
            answer = told or Answer(id=request.action.id, outcome="refused", key=error.key)
        if answered:
            screen.answered(answer)
        else:
            screen.give_up()

    async def _feed(self, name: str) -> None:
        node, screen = self._node(name), self.screens[name]
        if node is None:
            return
        store = node[0]
        device = Device(id=name, role=_role(name), ward=WARD, place=PLACES.get(name))
        after = screen.replica.cursor if screen.replica.epoch == store.epoch else 0
        delta = await store.read(lambda r: r.delta(WARD, after, *scope_of(device), ()))
        calls = [one for one in delta.documents if one.kind == "nurse_call"]
        gone = [one.id for one in delta.departures if one.kind == "nurse_call"]
        screen.fed(store.epoch, delta.head, calls, gone)

    # ------------------------------------------------------------------------------ promise

    async def all_is_well_again(self) -> None:
        """Everything is mended, all that waits arrives, and the promise is looked at."""
        self.cut = False
        await self.hub_again()
        await self.standby._hand_over()
        await self._standby_agrees()
        for name in SCREENS:
            self.at[name] = "hub"
        await self._drained()
        await self._look(self.hub.store, list(BEDS))

    async def _drained(self) -> None:
        for _ in range(60):
            for name, screen in self.screens.items():
                await self._feed(name)
                request = screen.send()
                if request is not None:
                    await self._deliver(name, request, answered=True)
            self.passes(1)
            if not any(one.has_to_send for one in self.screens.values()):
                return
        raise AssertionError("it never comes to rest")

    async def _standby_agrees(self) -> None:
        assert self.standby.mode in (Mode.FOLLOWING, Mode.EMPTY)
        following = self.standby.following
        assert following is not None
        assert following.store.epoch == self.hub.store.epoch
        for _ in range(500):
            await self.follow()
            # The hub writes by itself as well: who is there.
            if await _documents(following.store) == await _documents(self.hub.store):
                return
        raise AssertionError("the replica is not the hub's")

    async def _look(self, store: Store, beds: list[str]) -> None:
        stored = await store.read(lambda r: r.all(WARD, "nurse_call"))
        calls = [decode(one.body, NurseCall) for one in stored]
        ends: dict[str, int] = {}
        for subject, orders in self.closes.items():  # perhaps of a call that was joined to another
            id = await store.read(
                partial(Reader.alias_of, ward=WARD, kind="nurse_call", id=subject)
            )
            ends[id] = max(*orders, ends.get(id, 0))
        times = {one.action: one.at for presses in self.pressed.values() for one in presses}
        for call in calls:
            assert call.placed_at == times[call.id.removeprefix("call-")], "the first time"
            assert call.bed_id == BEDS[call.device_id], "the wrong bed"
            assert is_open(call) or call.id in ends, "nobody closed it"
        for bed in beds:
            mine = [one for one in calls if one.bed_id == BEDS[bed]]
            self._look_at(bed, mine, [ends[one.id] for one in mine if not is_open(one)])

    def _look_at(self, bed: str, calls: list[NurseCall], ends: list[int]) -> None:
        """A person who ended a call had before them what was pressed until then: that alone is
        answered by it, and what was pressed later is a call still."""
        presses, rows = self.pressed[bed], self.screens[bed].rows()
        sure = [one for one in presses if one.action not in self.unsure]
        over = {one.action for one in presses if rows.get(one.action) == "refused"}
        over |= self.was_refused & {one.action for one in presses}
        counted = sum(one.presses for one in calls)
        assert counted <= len(presses), "a press was counted twice"
        assert counted >= len(sure) - len(over), "a press is lost"
        waits = any(is_open(one) for one in calls)
        for one in presses:
            answered = any(end > one.order for end in ends)
            assert answered or one.action not in over, f"{one.action} was answered by nobody"
            unheard = one in sure and not waits
            assert answered or not unheard, f"{one.action} was pressed later, and nobody is called"


async def _documents(store: Store) -> list[tuple[str, str, int, bytes]]:
    found = await store.read(lambda r: r.delta(WARD, 0, "ward", "", ()))
    return sorted((one.kind, one.id, one.seq, one.body) for one in found.documents)


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        return


def _role(name: str) -> ScreenRole:
    roles = {"station": ScreenRole.STATION, DOOR: ScreenRole.DOOR}
    return roles.get(name, ScreenRole.BEDSIDE)


MOVES = (
    *(World.press, World.press, World.press, World.press, World.close_call, World.accept),
    *(World.send, World.send, World.feed, World.follow, World.follow),
    *(World.away, World.away, World.rest, World.back, World.back, World.a_minute, World.breaks),
    *(World.move, World.go_alone, World.lose_hub, World.cut_line, World.mend_line),
    *(World.hub_again, World.standby_again, World.hand_over),
)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's folder with a ward and its devices."""
    folder = tmp_path_factory.mktemp("furnished")

    def enrol(tx: Tx) -> None:
        for name in (*SCREENS, STANDBY):
            role = ScreenRole.STANDBY if name == STANDBY else _role(name)
            device = Device(id=name, role=role, ward=WARD, place=PLACES.get(name), label=name)
            tx.put(HOUSE, "device", name, device)
            tx.credential_put(name, name.encode())

    async def make() -> None:
        hub = Hub(QUICK, folder, ManualClock(), None)
        await hub.start()
        await docs.furnish(hub.store)
        await hub.store.write(enrol)
        await hub.stop()

    asyncio.run(make())
    return folder


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _played(
    furnished: Path, moves: Sequence[Callable[[World], Awaitable[None]]], seed: int
) -> None:
    async def play() -> None:
        with TemporaryDirectory(dir=furnished.parent) as name:
            folder = Path(name)
            shutil.copytree(furnished, folder / "hub")
            world = World(folder, Random(seed))
            try:
                await world.start()
                for move in moves:
                    await move(world)
                await world.all_is_well_again()
            finally:
                await world.stop()

    asyncio.run(play())


_SCRIPTS = st.lists(st.integers(0, len(MOVES) - 1), min_size=10, max_size=40)
_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

W = World
POINTED = {
    "taken alone, and its screen breaks": (W.away, *(W.press,) * 4, W.breaks, W.breaks, W.back),
    "handed over a minute later": (W.away, *(W.press,) * 4, W.a_minute, W.back),
    "its clock set on alone": (W.away, *(W.press,) * 4, W.an_hour_on, W.a_minute, W.back),
    "its machine started anew": (
        W.away,
        *(W.press,) * 4,
        W.its_machine_again,
        W.an_hour_on,
        W.back,
    ),
    "its clock set back alone": (W.away, *(W.press,) * 4, W.an_hour_back, W.a_minute, W.back),
    "acknowledged, not yet replicated": (*(W.press,) * 4, W.away, W.rest, W.rest),
    "closed alone": (W.press, W.follow, W.feed, W.away, W.feed, W.close_call, W.rest, W.back),
    "pressed before an end arrived": (
        *(W.press,) * 4,
        W.away,
        *(W.rest, W.close_at_door, *(W.press,) * 4) * 3,
        *(W.rest, W.back),
    ),
    "broken off twice": (W.away, *(W.press,) * 4, W.hub_again, *(W.mend_line, W.hand_over) * 3),
}
"""What single things the promise hangs on: each is tried by itself as well."""


@pytest.mark.parametrize("moves", POINTED.values(), ids=POINTED)
def test_each_return_keeps_the_promise(
    furnished: Path, moves: tuple[Callable[[World], Awaitable[None]], ...]
) -> None:
    for seed in (0, 1):
        _played(furnished, moves, seed)


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=_SLOW)
@given(moves=_SCRIPTS, seed=st.integers(0, 10_000))
def test_nothing_is_lost_or_doubled_whatever_parts_and_returns(
    furnished: Path, moves: list[int], seed: int
) -> None:
    _played(furnished, [MOVES[move] for move in moves], seed)
