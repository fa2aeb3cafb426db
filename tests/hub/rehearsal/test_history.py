"""The history: only added to, found by time, and swept so that what is kept can be put together."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.rules import RuleSettings
from smartward.config import Settings
from smartward.hub.deciding import Decider
from smartward.hub.rehearsal.past import past
from smartward.hub.rehearsal.replay import Change
from smartward.hub.store.base import Store
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub_deciding.alert_engine import Engine, W, bed, score

pytestmark = pytest.mark.anyio

DAY = 86_400

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["b1", "b2", "b3"]), st.sampled_from(["put", "gone"]), st.integers(1, 3)
    ),
    min_size=1,
    max_size=14,
)


def standing(changes: list[Change]) -> dict[str, bytes]:
    """How everything stands behind these changes."""
    found: dict[str, bytes] = {}
    for one in changes:
        found.pop(one.id, None)
        if one.body is not None:
            found[one.id] = one.body
    return found


async def stood(store: Store, since: datetime, until: datetime) -> dict[str, bytes]:
    places = await store.read(lambda tx: tx.history_range(W, since, until))
    return standing(list(past(store.peek, W, places, since)))


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.integers(0, 20), st.integers(1, 4))
def test_a_swept_history_tells_the_time_that_is_kept_as_before(
    events: list[tuple[str, str, int]], keep_days: int, portion: int
) -> None:
    async def run(folder: Path) -> None:
        clock = ManualClock()
        store = SqliteStore.open(folder / "hub.sqlite", clock)
        for number, (id, what, days) in enumerate(events):
            if what == "put":
                body = bed(id, f"e{number}")
                await store.write(lambda tx, id=id, body=body: tx.put(W, "bed", id, body))
            else:
                await store.write(lambda tx, id=id: tx.delete(W, "bed", id))
            clock.advance(days * DAY)
        now = clock.now()
        horizon = now - timedelta(days=keep_days)
        ends = [now - timedelta(hours=12 + 24 * n) for n in range(keep_days)]
        first = await store.read(lambda tx: tx.history_since(W))
        before = [await stood(store, horizon, end) for end in ends]
        reached, turns = 0, 0
        while turns == 0 or reached:
            reached = await store.write(
                lambda tx, at=reached: tx.history_sweep(horizon, at, portion)
            )
            turns += 1
        assert [await stood(store, horizon, end) for end in ends] == before
        since = await store.read(lambda tx: tx.history_since(W))
        assert since is None or since <= max(horizon, first or MORNING)
        store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_what_is_over_goes_and_what_lives_stays(tmp_path: Path) -> None:
    clock = ManualClock()
    store = SqliteStore.open(tmp_path / "hub.sqlite", clock)
    await store.write(lambda tx: tx.put(W, "bed", "b1", bed("b1")))
    for number in range(20):
        await store.write(lambda tx, n=number: tx.put(W, "bed", "b2", bed("b2", f"e{n}")))
        clock.advance(3600)
    await store.write(lambda tx: tx.delete(W, "bed", "b2"))
    clock.advance(100 * DAY)
    for _ in range(2):  # what went before is forgotten when nothing older is left of it
        await store.write(lambda tx: tx.history_sweep(clock.now() - timedelta(days=1), 0, 100))
    store.close()
    with closing(sqlite3.connect(tmp_path / "hub.sqlite")) as file:
        assert file.execute("select id from history").fetchall() == [("b1",)]
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            file.execute("update history set body = x'00'")


async def test_the_hub_sweeps_its_history(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "hub.sqlite")
    engine.settings = Settings(history_keep_days=2)
    engine.decider = Decider(engine.store, engine.clock, engine.settings, None, RuleSettings())
    await engine.start()
    for number in range(3):
        sign = score("s", engine.clock.now(), 5 if number % 2 else 0)
        await engine.put("vital_sign", "s", sign, "b1")
        await engine.pass_time(days=1)
    rows = await engine.store.read(lambda tx: tx.history_standing(W, "vital_sign", 10**9, "", 10))
    since = await engine.store.read(lambda tx: tx.history_since(W))
    assert since is not None
    assert since > MORNING, "the first day is over"
    assert [one.id for one in rows] == ["s"]
    await engine.stop()
