"""Rules about orders in the engine: orders are facts, time alone makes a dose late, a pair is new
once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertClass
from smartward.clinical.allergy import Allergy
from smartward.clinical.order import Order, OrderKind
from smartward.clinical.plan import DoseTiming, PlanItem, PlanKind, PlanStatus
from tests.hub_deciding.alert_engine import LI, Engine, W, stay

pytestmark = pytest.mark.anyio

PAIR, DOSE = "allergy_order", "medicine_critical"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "hub.db", PAIR, DOSE)
    allergies = (Allergy(id="a", names=("青霉素",)), Allergy(id="b", names=("磺胺",)))
    yield await made.start(stay(allergies=allergies))
    await made.stop()


async def order(engine: Engine, id: str, name: str) -> None:
    body = Order(id=id, encounter_id="e1", kind=OrderKind.MEDICINE, names=(name,))
    await engine.put("order", id, body, "b1")
    await engine.rest()


async def test_a_pair_is_told_until_its_order_ends_and_a_closed_one_only_with_a_new_one(
    engine: Engine,
) -> None:
    await order(engine, "o1", "头孢呋辛")
    assert await engine.alerts() == []
    await order(engine, "o2", "注射用青霉素")
    first = await engine.one(PAIR)
    assert first.alert_class is AlertClass.URGENT

    def close(alert: Alert) -> Alert:
        return lifecycle.done(alert, engine.clock.now(), LI, "the doctor knows")

    await engine.answer(first, close)
    await order(engine, "o2", "注射用青霉素 80万单位")
    assert await engine.alerts() == []
    await order(engine, "o3", "磺胺片")
    assert (await engine.one(PAIR)).title.values == {"n": 2}
    for id in ("o2", "o3"):
        await engine.write(lambda tx, id=id: tx.delete(W, "order", id))  # type: ignore[misc]
    assert await engine.alerts() == []


async def test_time_alone_makes_a_dose_due_and_late_and_its_mark_ends_it(engine: Engine) -> None:
    due = engine.clock.now() + timedelta(hours=1)
    item = PlanItem(
        id="m", encounter_id="e1", kind=PlanKind.MEDICINE, due_at=due, status=PlanStatus.PLANNED,
        timing=DoseTiming.CRITICAL,
    )  # fmt: skip
    await engine.put("plan_item", item.id, item, "b1")
    await engine.rest()
    assert await engine.alerts() == []
    await engine.at(due - timedelta(minutes=30))
    assert (await engine.one(DOSE)).alert_class is AlertClass.DUE
    await engine.at(due + timedelta(minutes=30))
    assert (await engine.one(DOSE)).alert_class is AlertClass.URGENT
    given = PlanItem(
        id="m", encounter_id="e1", kind=PlanKind.MEDICINE, due_at=due, status=PlanStatus.DONE,
        timing=DoseTiming.CRITICAL, done_at=engine.clock.now(),
    )  # fmt: skip
    await engine.put("plan_item", item.id, given, "b1")
    await engine.rest()
    assert await engine.alerts() == []
