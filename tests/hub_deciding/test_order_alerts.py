"""Rules about orders in the engine: orders are facts, time alone makes a dose late, a pair is new
once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertClass, AlertState
from smartward.clinical.allergy import Allergy
from smartward.clinical.order import Order, OrderKind
from smartward.clinical.plan import DoseTiming, PlanItem, PlanKind, PlanStatus
from tests.hub_deciding.alert_engine import LI, Engine, W, stay

pytestmark = pytest.mark.anyio

PAIR, DOSE = "allergy_order", "medicine_critical"
HALF = timedelta(minutes=30)


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
        await engine.write(lambda tx, id=id: tx.delete(W, "order", id))  # type: ignore[misc]  # mypy infers no lambda with a default
    assert await engine.alerts() == []


async def test_of_two_pairs_that_a_person_closed_the_one_left_is_not_said_again(
    engine: Engine,
) -> None:
    await order(engine, "o1", "注射用青霉素")
    await order(engine, "o2", "磺胺片")
    await engine.answer(
        await engine.one(PAIR), lambda one: lifecycle.done(one, engine.clock.now(), LI)
    )
    await engine.write(lambda tx: tx.delete(W, "order", "o2"))
    assert await engine.alerts() == []
    await order(engine, "o3", "磺胺片")
    assert (await engine.one(PAIR)).title.values == {"n": 2}, "a new pair is"


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


def dose(id: str, due: datetime, done: datetime | None = None) -> PlanItem:
    return PlanItem(
        id=id, encounter_id="e1", kind=PlanKind.MEDICINE, due_at=due, timing=DoseTiming.CRITICAL,
        status=PlanStatus.PLANNED if done is None else PlanStatus.DONE, done_at=done,
    )  # fmt: skip


async def doses(engine: Engine, *after: float) -> list[datetime]:
    """Doses m0, m1 ... so many minutes from now, and when each is late."""
    first = engine.clock.now()
    times = [first + timedelta(minutes=one) for one in after]
    for number, due in enumerate(times):
        await engine.put("plan_item", f"m{number}", dose(f"m{number}", due), "b1")
    await engine.rest()
    return [due + HALF for due in times]


async def give(engine: Engine, number: int, late_at: datetime) -> None:
    given = dose(f"m{number}", late_at - HALF, engine.clock.now())
    await engine.put("plan_item", given.id, given, "b1")
    await engine.rest()


@pytest.mark.parametrize("given_after", [60, 45])
async def test_each_late_dose_asks_its_nurse_anew(engine: Engine, given_after: int) -> None:
    """One is given when the next is due, or a quarter of an hour before."""
    lates = await doses(engine, 60, 180, 300)
    for number, late_at in enumerate(lates):
        await engine.at(late_at)
        found = await engine.one(DOSE)
        assert (found.alert_class, found.title.values) == (AlertClass.URGENT, {"n": 1})
        last = found.told[-1]
        assert (last.at, last.staff_ids) == (late_at, ("li",)), number
        await engine.at(late_at + HALF)
        assert (await engine.one(DOSE)).told[-1].staff_ids == ("sun",), "and then the senior"
        await engine.at(late_at + timedelta(minutes=given_after))
        await give(engine, number, late_at)


async def test_a_dose_late_after_one_that_was_answered_asks_anew(engine: Engine) -> None:
    lates = await doses(engine, 60, 180, 300)
    await engine.at(lates[0])
    await engine.answer(
        await engine.one(DOSE), lambda one: lifecycle.acknowledge(one, engine.clock.now(), LI)
    )
    await engine.at(lates[1])
    found = await engine.one(DOSE)
    assert (found.state, found.title.values) == (AlertState.ON, {"n": 2})
    assert [(one.at, one.staff_ids) for one in found.told[-1:]] == [(lates[1], ("li",))]

    await engine.answer(found, lambda one: lifecycle.done(one, engine.clock.now(), LI))
    await engine.at(lates[2] - timedelta(minutes=1))
    assert await engine.alerts() == [], "what a person closed is not said again"
    await engine.at(lates[2])
    assert (await engine.told(DOSE))[0] == ("li",)


async def test_a_dose_that_joins_does_not_put_off_who_is_asked_next(engine: Engine) -> None:
    lates = await doses(engine, 60, 75, 90)
    await engine.at(lates[2])
    assert await engine.told(DOSE) == [("li",), ("sun",)]
    assert (await engine.one(DOSE)).told[-1].at == lates[0] + HALF
