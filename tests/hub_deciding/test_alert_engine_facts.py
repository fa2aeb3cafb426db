"""The alert engine over facts that come twice, late, in disorder, or about somebody else."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical.alert import AlertState
from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.hub import audit
from smartward.hub.his_stays import put_stay
from smartward.hub.rule_changes import CHANGED
from tests.hub_deciding.alert_engine import DRY, SCORE, Engine, W, bed, drip, score, stay

pytestmark = pytest.mark.anyio
Made = Callable[..., Engine]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Made]:
    made: list[Engine] = []

    def engine(*on: str, shadow: tuple[str, ...] = ()) -> Engine:
        made.append(Engine(tmp_path / f"hub{len(made)}.db", *on, shadow=shadow))
        return made[-1]

    yield engine
    for one in made:
        await one.stop()


async def test_a_duplicate_event_opens_nothing_and_changes_nothing(make: Made) -> None:
    engine = await make(DRY).start()
    sign = drip(engine.clock.now(), 20)
    await engine.tell(sign)
    first, rows = await engine.one(), len(await engine.log())
    await engine.tell(sign)
    await engine.put("infusion", sign.id, replace(sign, name="0.9% NaCl"), "b1")
    await engine.rest()
    assert await engine.alerts() == [first]
    assert len(await engine.log()) == rows


async def test_an_out_of_order_event_ends_where_order_would_have(make: Made) -> None:
    now = make
    engines = [await now(SCORE).start() for _ in range(2)]
    at = engines[0].clock.now()
    old, worse = score("old", at - timedelta(hours=2), 0), score("new", at, 5)
    await engines[0].tell(old, worse)
    await engines[1].tell(worse)
    await engines[1].tell(old)
    shown = [
        [(a.rule, a.priority, a.state, a.title, a.why) for a in await one.alerts()]
        for one in engines
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 1
    late = score("late", at - timedelta(hours=1), 0)
    await engines[1].tell(late)
    assert (await engines[1].one(SCORE)).state is AlertState.ON, "an older good set clears nothing"


async def test_a_sign_put_right_to_another_patient_ends_the_first_ones_alert(make: Made) -> None:
    engine = await make(SCORE).start(stay("e1", "b1"), stay("e2", "b2"))
    sign = score("o", engine.clock.now(), 5)
    await engine.tell(sign)
    assert [one.subject.id for one in await engine.alerts()] == ["e1"]
    await engine.put("vital_sign", "o", replace(sign, encounter_id="e2"), "b2")
    await engine.rest()
    assert [one.subject.id for one in await engine.alerts()] == ["e2"]


async def test_missing_is_not_zero(make: Made) -> None:
    engine = await make(SCORE, DRY).start()
    now = engine.clock.now()
    await engine.tell(score("part", now, 5, respiratory_rate=None), drip(now, None))
    assert await engine.alerts() == [], "neither a part of a set nor an unknown volume says a thing"
    breath = [m for m in score("x", now, 5).measurements if m.parameter.value == "respiratory_rate"]
    none = replace(breath[0], value=0.0)
    whole = score("part", now, 5, respiratory_rate=None)
    await engine.tell(replace(whole, measurements=(*whole.measurements, none)), drip(now, 0.0))
    found = {a.rule for a in await engine.alerts()}
    assert SCORE in found, "a measured 0 is a value, and scores"


async def test_two_occupants_of_one_bed_have_their_own_alerts(make: Made) -> None:
    engine = await make(DRY).start(stay("e1"), stay("e2"))
    await engine.put("bed", "b1", bed("b1", "e1", "e2"), "b1")
    now = engine.clock.now()
    await engine.tell(drip(now, 20, "bag-1", "e1"), drip(now, 15, "bag-2", "e2"))
    found = {a.subject.id: a for a in await engine.alerts()}
    assert set(found) == {"e1", "e2"}
    await engine.tell(drip(now, 480, "bag-1", "e1"))
    assert [a.id for a in await engine.alerts()] == [found["e2"].id]


async def test_a_transfer_takes_the_alert_along_and_not_the_bed_s_next_patient(make: Made) -> None:
    engine = await make(DRY).start()
    await engine.tell(drip(engine.clock.now(), 20))
    before = await engine.one()
    moved = stay(bed="b2")

    def transfer(tx) -> None:  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
        tx.put(W, "encounter", "e1", moved, bed="b2")
        tx.move_encounter(W, "e1", "b2", None)
        tx.put(W, "bed", "b2", bed("b2", "e1"), bed="b2")

    await engine.write(transfer)
    await engine.admit(stay("e9"))
    await engine.rest()
    after = await engine.one()
    assert (after.id, after.opened_at, after.state) == (before.id, before.opened_at, before.state)
    assert await engine.bed_of(after) == "b2"


async def test_the_bed_that_was_left_says_nothing_of_the_one_moved_to(make: Made) -> None:
    risk = (Precaution(slot=PrecautionSlot.FALL, state=Assessment.PRESENT),)
    engine = await make("bed_exit", "bed_unsafe").start(stay(precautions=risk))

    def sensed(sensor: BedSensor, id: str) -> BedState:
        now = engine.clock.now()
        return BedState(
            id=id, encounter_id="e1", sensor=sensor, on=False, taken_at=now, received_at=now
        )

    left, loose = sensed(BedSensor.OCCUPIED, "o"), sensed(BedSensor.BRAKE, "b")
    for one in (left, loose):
        await engine.put("bed_state", one.id, one, "b1")
    await engine.pass_time(minutes=6)
    assert {a.rule for a in await engine.alerts()} == {"bed_exit", "bed_unsafe"}
    moved = stay(bed="b2", precautions=risk)
    for _ in ("the move", "the next census"):
        await engine.write(lambda tx: put_stay(tx, W, moved, {"b1": "r1", "b2": "r1"}))
        await engine.pass_time(minutes=6)
        assert await engine.alerts() == []
    late = replace(sensed(BedSensor.RAILS, "late"), taken_at=left.taken_at)
    await engine.put("bed_state", "late", late, "b2")
    await engine.pass_time(minutes=6)
    assert await engine.alerts() == [], "told after the move, but sensed before it"
    again = sensed(BedSensor.OCCUPIED, "again")
    await engine.put("bed_state", "again", again, "b2")
    await engine.pass_time(minutes=1)
    assert [a.rule for a in await engine.alerts()] == ["bed_exit"]


async def test_a_rule_disabled_while_its_alert_is_open_closes_it_and_says_why(make: Made) -> None:
    engine = await make(DRY, SCORE).start()
    now = engine.clock.now()
    await engine.tell(drip(now, 20), score("s", now, 5))
    open_one = await engine.one()
    await engine.restart(SCORE)
    assert [a.rule for a in await engine.alerts()] == [SCORE]
    closed = [row for row in await engine.log() if row.alert == open_one.id][-1]
    assert (closed.event, closed.why) == ("closed", "rule_off")
    await engine.restart(SCORE, DRY)
    assert (await engine.one()).id != open_one.id


async def test_a_rule_in_shadow_is_run_and_only_the_log_hears_of_it(make: Made) -> None:
    engine = await make(SCORE, shadow=(DRY,)).start()
    now = engine.clock.now()
    await engine.tell(drip(now, 20), score("s", now, 5))
    assert [a.rule for a in await engine.alerts()] == [SCORE]
    await engine.restart()
    await engine.tell(drip(now, 480))
    rows = [row for row in await engine.log() if row.rule == DRY]
    assert {row.mode for row in rows} == {"shadow"}
    assert [(row.event, row.told) for row in rows] == [
        ("opened", ""),
        ("told", "li"),
        ("closed", ""),
    ]
    history = await engine.store.read(lambda tx: tx.all(W, "alert"))
    assert all(b"infusion_near_end" not in one.body for one in history)


async def test_one_patient_s_new_sign_is_one_patient_s_work(make: Made) -> None:
    engine = await make(DRY, SCORE).start(stay("e1"), stay("e2", "b2"))
    asked: list[str] = []
    evaluate = engine.decider._alerting._evaluate

    def counted(id: str, *more: object, **named: object) -> object:
        asked.append(id)
        return evaluate(id, *more, **named)  # type: ignore[arg-type]  # fields by their own names

    engine.decider._alerting._evaluate = counted  # type: ignore[method-assign, assignment]  # a stand-in of this test
    await engine.tell(score("s", engine.clock.now(), 5))
    assert set(asked) == {"e1"}


async def test_a_neighbour_s_change_asks_only_the_rules_that_look_at_neighbours(
    make: Made,
) -> None:
    engine = await make(DRY, "similar_names").start(stay("e1"), stay("e2", "b2"))
    await engine.tell(drip(engine.clock.now(), 20))
    before = await engine.one()
    assert {a.subject.id for a in await engine.alerts("similar_names")} == {"e1", "e2"}
    other = stay("e2", "b2", patient=replace(stay("e2").patient, name="Ouyang Wen"))
    await engine.put("encounter", "e2", other, "b2")
    await engine.rest()
    assert await engine.alerts("similar_names") == []
    assert await engine.one() == before
    await engine.pass_time(minutes=4)
    assert await engine.alerts() == [], "the drip's own time was not forgotten: it is empty"


async def test_another_setting_is_told_to_the_audit_once(make: Made) -> None:
    engine = await make(DRY).start()

    async def told() -> list[dict[str, str]]:
        rows = await engine.store.read(lambda tx: tx.audit_after(0, 100))
        read = [audit.told(row) for row in rows]
        return [one.about.detail for one in read if one.kind == CHANGED]

    assert await told() == []
    await engine.restart(DRY, shadow=(SCORE,))
    await engine.restart()
    assert await told() == [{f"{SCORE}.mode": "off > shadow"}]
