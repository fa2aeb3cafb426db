"""What rules about the ward may know of the alerts of the shift: counted once, from its start."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert_budget import AlertTally
from smartward.clinical.rules import Look, Mode, Needs, WardLook, WardRule
from smartward.hub.alerting import Alerting
from tests.hub_deciding.alert_engine import DRY, LI, SCORE, Engine, bed, drip, score

pytestmark = pytest.mark.anyio


class Budget(WardRule):
    """Remembers what it is given."""

    number = 52
    id = "budget"
    needs = Needs(kinds=frozenset({"alert"}), hours_back=24)

    def __init__(self) -> None:
        self.seen: list[AlertTally] = []

    def look(self, ward: WardLook, settings: object, now: object) -> Look:
        assert ward.log is not None
        counted = {"per_bed": dict(ward.log.per_bed), "per_patient": dict(ward.log.per_patient)}
        self.seen.append(replace(ward.log, **counted))
        return Look()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "hub.db", DRY, shadow=[SCORE])
    yield made
    await made.stop()


def watched(engine: Engine) -> Budget:
    alerting: Alerting = engine.decider._alerting
    rule = Budget()
    alerting._ward_asking.rules = (rule,)
    alerting.modes = {**alerting.modes, rule.id: Mode.ON}
    return rule


async def test_alerts_of_the_shift_are_counted_once_and_anew_with_the_next(engine: Engine) -> None:
    rule = watched(engine)
    await engine.start()
    await engine.tell(drip(engine.clock.now(), 20), score("s", engine.clock.now(), 5))
    assert (rule.seen[-1].total, rule.seen[-1].per_bed) == (1, {"b1": 1}), "none of a shadow"
    assert (rule.seen[-1].per_patient, rule.seen[-1].beds) == ({"e1": 1}, 1)

    await engine.answer(await engine.one(), lambda a: lifecycle.acknowledge(a, a.opened_at, LI))
    assert rule.seen[-1].total == 1, "answered is not told again"

    await engine.put("bed", "b2", bed("b2"), "b2")
    await engine.stop()
    engine._open()
    rule = watched(engine)
    await engine.decider.start()
    await engine.rest()
    assert (rule.seen[-1].total, rule.seen[-1].per_bed, rule.seen[-1].beds) == (1, {"b1": 1}, 2)

    await engine.pass_time(hours=11, minutes=30)
    assert (rule.seen[-1].total, rule.seen[-1].per_bed) == (0, {}), "at 20:00 the shift is over"
