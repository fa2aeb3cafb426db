"""The past played again by the rules in force says what was said then; twice, the same bytes."""

import asyncio
import tempfile
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartward.clinical.encounter import Encounter
from smartward.clinical.observation import VitalSign
from smartward.clinical.rules import REGISTRY, Mode, RuleSettings
from smartward.clinical.ward import Ward
from smartward.hub.rehearsal.replay import KINDS, Change, replay
from smartward.hub.store.model import encode
from tests.fakes.fake_clock import MORNING
from tests.hub.rehearsal.live import Step, again, live, told
from tests.hub_deciding.alert_engine import SCORE, Engine, W, score, stay

pytestmark = pytest.mark.anyio

OVERDUE = "observations_overdue"
HIGH = "news2"

WHO = st.sampled_from(["e1", "e2"])
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), WHO, st.sampled_from([1, 7, 20, 45, 300])),
        st.tuples(st.just("score"), WHO, st.sampled_from([0, 5, 7])),
        st.tuples(st.just("drip"), WHO, st.sampled_from([5, 40, 300])),
        st.tuples(st.sampled_from(["take", "snooze", "done"]), WHO, st.integers(0, 5)),
        st.tuples(st.sampled_from(["leave", "hush"]), WHO, st.just(0)),
        st.tuples(st.just("move"), WHO, st.sampled_from([3, 4])),
    ),
    min_size=4,
    max_size=14,
)
BY_PERSON = ("acknowledged", "snoozed", "done")
"""The log has these from the hub's actions, which this engine's people go without."""


SHIPPED = {
    mode: [rule.id for rule in REGISTRY.everything if rule.mode is mode]
    for mode in (Mode.ON, Mode.SHADOW)
}


def test_everything_that_a_rule_looks_at_is_in_the_script() -> None:
    needed = {kind for rule in REGISTRY.everything for kind in rule.needs.kinds}
    assert needed <= KINDS


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_past_by_its_own_rules_is_the_past(steps: list[Step]) -> None:
    async def run(folder: Path) -> None:
        shipped = SHIPPED[Mode.ON], SHIPPED[Mode.SHADOW]
        engine = Engine(folder / "hub.sqlite", *shipped[0], shadow=shipped[1])
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


async def test_an_answer_goes_to_what_stands_on_the_same_card_by_a_rule_that_said_nothing(
    tmp_path: Path,
) -> None:
    engine = await Engine(tmp_path / "hub.sqlite", SCORE).start()
    await live(
        engine,
        [("score", "e1", 5), ("wait", "e1", 300), ("take", "e1", 0), ("wait", "e1", 1)],
    )
    both = RuleSettings().with_modes(engine.rules.modes | {OVERDUE: Mode.ON})
    changed = await again(engine, both)
    await engine.stop()
    taken = {row.rule for row in changed.log if row.event == "acknowledged"}
    assert taken == {SCORE, OVERDUE}
    assert (changed.answered, changed.unmet) == (2, 0)


async def test_an_answer_whose_alert_is_not_there_is_counted_and_left_out(tmp_path: Path) -> None:
    engine = await Engine(tmp_path / "hub.sqlite", SCORE).start()
    await live(engine, [("score", "e1", 5), ("take", "e1", 0), ("wait", "e1", 5)])
    off = RuleSettings().with_modes(engine.rules.modes | {SCORE: Mode.OFF})
    changed = await again(engine, off)
    await engine.stop()
    assert changed.log == ()
    assert (changed.answered, changed.unmet) == (0, 1)


async def test_a_stay_that_comes_is_judged_when_what_is_known_of_it_has_followed() -> None:
    def change(at: datetime, kind: str, body: Encounter | VitalSign) -> Change:
        return Change(at, kind, body.id, encode(body), "b1", None, "e1", write=1)

    old = stay("e1", admitted_at=MORNING - timedelta(days=1))
    came = [
        change(MORNING, "encounter", old),
        change(MORNING + timedelta(seconds=4), "vital_sign", score("s", MORNING, 0)),
    ]
    modes = {rule.id: Mode.OFF for rule in REGISTRY.everything} | {OVERDUE: Mode.ON}
    rules, ward = RuleSettings().with_modes(modes), Ward(id=W, name="W")
    end = MORNING + timedelta(minutes=5)
    at_once = await replay(ward, came, rules, until=end)
    held = await replay(ward, came, rules, until=end, hold=timedelta(seconds=10))
    assert [row.event for row in at_once.log] == ["opened", "escalated", "closed"]
    assert held.log == ()
    silent = await replay(ward, came[:1], rules, until=end, hold=timedelta(seconds=10))
    assert silent.log[0].at == MORNING + timedelta(seconds=10), "nothing is told of it"


async def test_a_clock_that_was_set_back_does_not_turn_the_rehearsal_back() -> None:
    late = MORNING + timedelta(hours=1)
    changes = [
        Change(late, "encounter", "e1", encode(stay()), "b1", None, "e1"),
        Change(MORNING, "vital_sign", "s", encode(score("s", MORNING, 7)), "b1", None, "e1"),
    ]
    found = await replay(Ward(id=W, name="W"), changes, RuleSettings())
    assert {row.at for row in found.log if row.rule == HIGH} == {late}
