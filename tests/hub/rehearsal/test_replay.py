"""The past played again by the rules in force says what was said then; twice, the same bytes."""

import asyncio
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartward.hub.store.model import encode
from tests.hub.rehearsal.live import Step, again, live, told
from tests.hub_deciding.alert_engine import DRY, SCORE, Engine, stay

pytestmark = pytest.mark.anyio

OVERDUE = "observations_overdue"
HIGH = "news2_high"

WHO = st.sampled_from(["e1", "e2"])
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), WHO, st.sampled_from([1, 7, 20, 45, 300])),
        st.tuples(st.just("score"), WHO, st.sampled_from([0, 5, 7])),
        st.tuples(st.just("drip"), WHO, st.sampled_from([5, 40, 300])),
        st.tuples(st.sampled_from(["take", "snooze", "done"]), WHO, st.integers(0, 5)),
        st.tuples(st.just("leave"), WHO, st.just(0)),
    ),
    min_size=4,
    max_size=14,
)
BY_PERSON = ("acknowledged", "snoozed", "done")
"""The log has these from the hub's actions, which this engine's people go without."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_past_by_its_own_rules_is_the_past(steps: list[Step]) -> None:
    async def run(folder: Path) -> None:
        engine = Engine(folder / "hub.sqlite", DRY, SCORE, HIGH, shadow=(OVERDUE,))
        await engine.start(stay("e1", "b1"), stay("e2", "b2"))
        try:
            await live(engine, steps)
            once, twice = await again(engine), await again(engine)
            assert told(once.log, *BY_PERSON) == told(await engine.log(), *BY_PERSON)
            assert once.unmet == 0
            assert encode([asdict(one) for one in once.log]) == encode(
                [asdict(one) for one in twice.log]
            )
        finally:
            await engine.stop()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
