"""Whatever is written and whoever comes and goes: in the end each screen shows its view."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartward.clinical.call_mark import Mark, MarkKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.nurse_call import CallState
from smartward.clinical.words import Wording
from smartward.config import Settings
from smartward.hub import ring
from smartward.hub.feed import Feed
from smartward.hub.store.base import Tx
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.views import Terms
from smartward.tasks import Tasks
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.screens import TestScreen, device, view_of
from tests.hub.ward_docs import WARD

SETTINGS = Settings()
BEDS = 3
DEVICES = [
    device(ScreenRole.STATION),
    device(ScreenRole.STATION, id="dev-station-b"),
    *(device(role, bed) for bed in (1, 2) for role in (ScreenRole.BEDSIDE, ScreenRole.BEDHEAD)),
    device(ScreenRole.DOOR, 1),
    device(ScreenRole.DOOR, 3),
    device(ScreenRole.CORRIDOR),
    device(ScreenRole.GATEWAY),
]

Write = Callable[[Tx], object]

n_beds = st.integers(1, BEDS)
n_people = st.integers(1, 3)


def admit(n: int, at: int | None) -> Write:
    def write(tx: Tx) -> None:
        place = (
            {"bed": None, "room": None}
            if at is None
            else {"bed": docs.bed_id(at), "room": docs.room_id(at)}
        )
        tx.put(WARD, "encounter", docs.encounter_id(n), docs.encounter(n, at), **place)
        tx.move_encounter(WARD, docs.encounter_id(n), place["bed"], place["room"])

    return write


def observe(n: int, value: int) -> Write:
    def write(tx: Tx) -> None:
        stay = tx.get(WARD, "encounter", docs.encounter_id(n))
        if stay is not None:
            body = docs.vital_sign(n, n, float(value))
            tx.put(WARD, "vital_sign", body.id, body, bed=stay.bed, room=stay.room)

    return write


def beside(n: int, body: object, kind: str) -> Write:
    """A document of a stay that has its encounter's id, at the stay's place."""

    def write(tx: Tx) -> None:
        stay = tx.get(WARD, "encounter", docs.encounter_id(n))
        if stay is not None:
            tx.put(WARD, kind, stay.id, body, bed=stay.bed, room=stay.room)

    return write


def silence(n: int, on: bool) -> Write:
    if not on:
        return lambda tx: tx.delete(WARD, "silence", docs.encounter_id(n))
    return beside(n, docs.silence(n, n), "silence")


def name_rules(rules: dict[NamePlace, NameRule] | None) -> Write:
    if rules is None:
        return lambda tx: tx.delete(WARD, "masking", "masking")
    return lambda tx: tx.put(WARD, "masking", "masking", NamePolicy(rules=rules))


def discharge(n: int) -> Write:
    def write(tx: Tx) -> None:
        for stored in tx.of_encounter(WARD, docs.encounter_id(n)):
            tx.delete(WARD, stored.kind, stored.id)

    return write


def make_bed(bed: int, who: list[int], doubtful: bool) -> Write:
    conflict = Wording(his="bed and record differ") if doubtful else None
    return lambda tx: docs.put_bed(tx, bed, *who, conflict=conflict)


def call(n: int, at: int, of: int, closed: bool) -> Write:
    def write(tx: Tx) -> None:
        state = CallState.COMPLETED if closed else CallState.REQUESTED
        body = docs.call(
            n,
            at,
            of,
            state=state,
            closed_at=MORNING if closed else None,
            marks=(Mark(kind=MarkKind.SENT, at=MORNING),),
        )
        tx.put(WARD, "nurse_call", body.id, body, bed=docs.bed_id(at), room=docs.room_id(at))

    return write


writes = st.one_of(
    st.builds(admit, n_people, st.none() | n_beds),
    st.builds(observe, n_people, st.integers(60, 63)),
    st.builds(discharge, n_people),
    st.builds(make_bed, n_beds, st.lists(n_people, max_size=2, unique=True), st.booleans()),
    st.builds(silence, n_people, st.booleans()),
    st.builds(silence, n_people, st.booleans()),
    st.builds(
        name_rules,
        st.none() | st.dictionaries(st.sampled_from(NamePlace), st.sampled_from(NameRule)),
    ),
    st.builds(lambda n: beside(n, docs.profile(n), "profile"), n_people),
    st.builds(lambda n: beside(n, docs.patient_key(n), "patient_key"), n_people),
    st.builds(call, st.integers(1, 2), n_beds, n_people, st.booleans()),
    st.builds(
        lambda text: lambda tx: tx.put(WARD, "ward", WARD, docs.ward_doc(text)),
        st.sampled_from(["a", "b"]),
    ),
    st.just(lambda tx: tx.delete(WARD, "ward", WARD)),
)
# Several changes in one write, so that what moves away and back in it is met as well.
transactions = st.lists(writes, min_size=1, max_size=3)
n_screens = st.integers(0, len(DEVICES) - 1)
steps = st.one_of(
    st.tuples(st.just("write"), transactions),
    st.tuples(st.just("write"), transactions),
    st.tuples(st.just("burst"), st.lists(transactions, min_size=4, max_size=9)),
    st.tuples(
        st.just("rush"),
        st.tuples(st.lists(n_screens, min_size=2, max_size=6), st.lists(transactions, min_size=3)),
    ),
    st.tuples(st.just("connect"), n_screens),
    st.tuples(st.just("hang up"), n_screens),
    st.tuples(st.just("stop reading"), n_screens),
    st.tuples(st.just("read on"), n_screens),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("sweep"), st.none()),
    st.tuples(st.just("rest"), st.integers(1, 4)),
    # Later writes and new connections heal much: what went wrong must be seen before.
    st.tuples(st.just("look"), st.none()),
    st.tuples(st.just("look"), st.none()),
)


class House:
    """A store and a feed on it, and screens; all of it can be restarted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.tasks = Tasks()
        self.screens = [TestScreen(of) for of in DEVICES]

    async def start(self) -> None:
        self.store = SqliteStore.open(self.folder / "hub.sqlite", self.clock, keep_days=1)
        self.feed = Feed(self.store, self.clock, SETTINGS, lambda: (None, False))
        await self.feed.start()

    async def stop(self) -> None:
        await self.feed.stop()
        for screen in self.screens:
            await screen.hang_up()
        self.store.close()

    async def do(self, what: str, how: object) -> None:
        if what == "write":
            await self.store.write(lambda tx: [one(tx) for one in how])  # type: ignore[attr-defined]  # declared wider than what it is here
        elif what == "burst":
            await asyncio.gather(
                *(self.store.write(lambda tx, t=t: [one(tx) for one in t]) for t in how)  # type: ignore[attr-defined, misc]  # mypy infers no lambda with a default
            )
        elif what == "rush":
            await self._rush(*how)  # type: ignore[misc]  # declared wider than what it is here
        elif what == "restart":
            await self.stop()
            await self.start()
        elif what == "sweep":
            self.clock.advance(2 * 86400)
            await self.store.write(lambda tx: tx.sweep(tx.now))
        elif what == "look":
            await self.look()
        elif what == "rest":
            for _ in range(how * 5):  # type: ignore[operator]  # declared wider than what it is here
                await self.store.read(lambda reader: None)
        else:
            await self._screen(what, self.screens[how])  # type: ignore[call-overload]  # declared wider than what it is here

    async def _rush(self, screens: list[int], transactions: list[list[Write]]) -> None:
        """Screens come while the ward is being written."""
        coming = [self.screens[n] for n in dict.fromkeys(screens)]
        for screen in coming:
            await screen.hang_up()
        for transaction in transactions:
            written = self.tasks.spawn(
                self.store.write(lambda tx, t=transaction: [one(tx) for one in t]),  # type: ignore[misc]  # mypy infers no lambda with a default
                "write",
            )
            if coming:
                coming.pop().connect(self.feed)
            await written

    async def _screen(self, what: str, screen: TestScreen) -> None:
        if what == "connect" and not screen.connected:
            screen.connect(self.feed)
        elif what == "hang up":
            await screen.hang_up()
        elif what == "stop reading":
            screen.stop_reading()
        elif what == "read on":
            screen.read_on()

    async def settle(self) -> None:
        """Everybody listens again; wait until all have seen the last write."""
        for screen in self.screens:
            screen.read_on()
            if not screen.connected:
                screen.connect(self.feed)
        head = await self.store.read(lambda reader: reader.head(WARD))
        async with asyncio.timeout(20):
            while self.feed.head(WARD) < head:
                await self.store.read(lambda reader: None)
        # A beat tells how far a screen has come of which nothing was for it.
        self.clock.advance(SETTINGS.beat_s)
        for screen in self.screens:
            await screen.caught_up(head)

    async def look(self) -> None:
        """Each screen shows its view."""
        await self.settle()
        terms = Terms.of(self.clock.now(), SETTINGS.tz, SETTINGS.language)
        for screen in self.screens:
            expected = await view_of(self.store, screen.device, terms)
            assert screen.mirror.bodies() == expected, screen.device.id


async def _live(schedule: list[tuple[str, object]], folder: Path) -> None:
    house = House(folder)
    await house.start()
    try:
        await docs.furnish(house.store, BEDS)
        for screen in house.screens:
            screen.connect(house.feed)
        for what, how in schedule:
            await house.do(what, how)
        await house.look()
    finally:
        await house.stop()


def seen_after(*changes: Write) -> list[tuple[str, object]]:
    """Each change looked at before the next."""
    steps = [(("write", [change]), ("look", None)) for change in changes]
    return [step for pair in steps for step in pair]


@example(ring_writes=3, schedule=seen_after(silence(1, True), silence(1, False)))
@example(
    ring_writes=3,
    schedule=seen_after(
        name_rules({NamePlace.DOOR: NameRule.NONE}), name_rules({}), name_rules(None)
    ),
)
@example(  # silenced somewhere else, brought here, and the silence ends before the bed is known
    ring_writes=3,
    schedule=seen_after(
        silence(3, True), admit(3, 1), make_bed(1, [3], False), silence(3, False), discharge(3)
    ),
)
@example(
    ring_writes=3,
    schedule=[("hang up", 2), ("write", [silence(1, True)]), ("connect", 2), ("look", None)],
)
@given(
    ring_writes=st.sampled_from([3, 3, 512]),
    schedule=st.lists(steps, min_size=8, max_size=30),
)
def test_every_mirror_ends_as_its_view(
    ring_writes: int, schedule: list[tuple[str, object]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(ring, "RING_WRITES", ring_writes)
        asyncio.run(_live(schedule, Path(folder)))
