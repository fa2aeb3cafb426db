"""Whom the alert engine asks: by shift and presence, once each, and nobody who is not there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical.alert import (
    AlertClass,
    AlertState,
    CloseReason,
    Finding,
    Ladder,
    Problem,
    SnoozeReason,
    Subject,
    SubjectKind,
    acknowledge,
    done,
    snooze,
)
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.clinical.presence import Presence, Present
from smartward.clinical.priority import Priority
from smartward.clinical.rules import Look, Mode
from smartward.clinical.rules.infusion_near_end import INFUSION_NEAR_END
from smartward.hub.alert_keeping import Place
from smartward.hub.alert_reconcile import Judged, Reconcile
from smartward.hub.entrusting import give_back
from smartward.hub.store.tx import Tx
from tests.hub_deciding.alert_engine import (
    DRY,
    LI,
    SCORE,
    Engine,
    W,
    drip,
    member,
    score,
    stay,
    utc,
)

pytestmark = pytest.mark.anyio
NOON = utc(2026, 11, 21, 4)
ZHANG = Subject(kind=SubjectKind.ENCOUNTER, id="e1")
EVENING = utc(2026, 11, 21, 13)
"""21:00 on the ward: Qian alone is on duty."""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "hub.db", DRY, SCORE)
    made.clock.step((NOON - made.clock.now()).total_seconds())
    yield made
    await made.stop()


async def test_the_same_person_as_nurse_and_doctor_is_told_once(engine: Engine) -> None:
    team = (member("li"), member("li", "doctor"))
    await engine.start(stay(team=team))
    await engine.tell(score("s", engine.clock.now(), 5))
    await engine.pass_time(minutes=31)
    alert = await engine.one(SCORE)
    assert alert.step == 2
    assert [one.staff_ids for one in alert.told] == [("li",), ("sun",)]


async def test_a_target_off_duty_is_passed_over_at_once(engine: Engine) -> None:
    engine.clock.step((EVENING - engine.clock.now()).total_seconds())
    await engine.start(stay(team=(member("li"), member("wang", "doctor"))))
    await engine.tell(score("s", engine.clock.now(), 5))
    alert = await engine.one(SCORE)
    assert [(one.at, one.role) for one in alert.told] == [(engine.clock.now(), "ward")]
    assert all("li" not in one.staff_ids and "sun" not in one.staff_ids for one in alert.told)


async def test_a_drip_that_is_nearly_finished_asks_its_nurse_and_nobody_after(
    engine: Engine,
) -> None:
    await engine.start()
    await engine.tell(drip(engine.clock.now(), 40))
    await engine.pass_time(minutes=5)
    assert await engine.told() == [("li",)]
    assert (await engine.one()).step == 0
    asked = [row.event for row in await engine.log() if row.rule == DRY]
    assert asked == ["opened", "told"]


async def test_of_a_rule_in_shadow_only_the_first_asking_is_known(engine: Engine) -> None:
    await engine.start()
    await engine.restart(DRY, shadow=[SCORE])
    await engine.tell(score("s", engine.clock.now(), 5))
    await engine.pass_time(minutes=45)
    rows = [(row.event, row.told) for row in await engine.log() if row.rule == SCORE]
    assert rows == [("opened", ""), ("told", "li")], "nobody can answer what nobody sees"


async def test_a_nurse_in_the_room_is_asked_where_none_is_responsible(engine: Engine) -> None:
    await engine.start(stay(team=()))
    here = Present(by=LI, since=engine.clock.now())
    await engine.put("presence", "b1", Presence(bed_id="b1", room_id="r1", people=(here,)), "b1")
    await engine.tell(score("s", engine.clock.now(), 5))
    assert await engine.told(SCORE) == [("li",)]


async def test_an_entrusted_station_offline_asks_the_next_at_once(engine: Engine) -> None:
    await engine.start()
    now = engine.clock.now()
    held = Entrustment(
        to_device="east",
        to_label="East",
        state=EntrustmentState.HELD,
        asked_by=LI,
        asked_at=now,
        taken_by=LI,
        taken_at=now,
    )
    await engine.put("entrustment", "entrustment", held)
    east = ScreenStatus(
        device_id="east", role=ScreenRole.STATION, place=None, label="East", online=True, since=now
    )
    await engine.put("screen", "east", east)
    await engine.tell(score("s", engine.clock.now(), 5))
    assert (await engine.one(SCORE)).step == 0
    await engine.pass_time(minutes=1)
    await engine.write(lambda tx: give_back(tx, W, tx.now, ReturnReason.LINK_LOST))
    alert = await engine.one(SCORE)
    assert (alert.step, alert.told[-1].staff_ids) == (1, ("sun",))
    await engine.restart()
    assert await engine.one(SCORE) == alert, "what was passed on is not passed on again"


# --------------------------------------------------------------------------- one problem, one card


def found(rule: str, **more: object) -> Finding:
    template = INFUSION_NEAR_END.finding(ZHANG, INFUSION_NEAR_END.words("why.volume"), since=NOON)
    return replace(template, rule=rule, problem=Problem.DETERIORATION, ladder=Ladder.EL_2, **more)  # type: ignore[arg-type]  # fields by their own names


async def say(engine: Engine, *findings: Finding) -> None:
    """What the rules shall find of the patient from now on."""
    alerting = engine.decider._alerting

    class Told:
        id = DRY
        needs = INFUSION_NEAR_END.needs

        def look(self, *_: object) -> Look:
            return Look(findings=findings)

    alerting._asking.rules = (Told(),)  # type: ignore[assignment]  # a stand-in of this test
    alerting.modes = dict.fromkeys({one.rule for one in findings} | set(alerting.modes), Mode.ON)
    await alerting.look({"e1"})
    await engine.rest()


async def test_only_the_worst_part_of_a_card_asks(engine: Engine) -> None:
    await engine.start()
    high = found("high", priority=Priority.HIGH)
    low = found("low", priority=Priority.LOW)
    await say(engine, high, low)
    await engine.pass_time(minutes=11)
    steps = {one.rule: (one.step, len(one.told)) for one in await engine.alerts()}
    assert steps == {"high": (1, 2), "low": (-1, 0)}
    await say(engine, low)
    left = await engine.one("low")
    assert (left.step, left.told[-1].at) == (0, engine.clock.now()), "now it is the worst"


async def test_a_card_that_is_answered_asks_again_for_what_is_worse(engine: Engine) -> None:
    await engine.start()
    low = found("low", priority=Priority.LOW)
    await say(engine, low)
    await engine.answer(await engine.one("low"), lambda a: acknowledge(a, NOON, LI))
    await say(engine, low, found("high", priority=Priority.HIGH))
    assert (await engine.one("high")).told[-1].at == engine.clock.now()
    assert (await engine.one("low")).state is AlertState.ACKNOWLEDGED


# ------------------------------------------------------------------------------- what is held back


async def test_what_a_person_closed_is_not_said_again_with_the_same_token(engine: Engine) -> None:
    await engine.start()
    bag = found("bag", once="bag-1")
    await say(engine, bag)
    await engine.answer(await engine.one("bag"), lambda a: done(a, NOON, LI, "attended"))
    await say(engine, bag)
    assert await engine.alerts() == []
    await engine.restart(DRY)
    await say(engine, bag)
    assert await engine.alerts() == [], "nor after a restart"
    await say(engine)
    await say(engine, bag)
    assert await engine.alerts() == [], "nor when it went and came with the same bag"
    await say(engine, replace(bag, once="bag-2"))
    assert (await engine.one("bag")).once == "bag-2"


async def test_what_was_done_without_a_token_is_quiet_until_it_comes_anew(engine: Engine) -> None:
    await engine.start()
    plain = found("plain")
    await say(engine, plain)
    await engine.answer(await engine.one("plain"), lambda a: done(a, NOON, LI))
    await say(engine, plain)
    assert await engine.alerts() == []
    await say(engine)
    await say(engine, plain)
    assert (await engine.one("plain")).state is AlertState.ON


@pytest.mark.parametrize("closed_as", [AlertClass.URGENT, AlertClass.EMERGENCY])
async def test_no_guard_holds_back_an_emergency_or_what_is_worse(
    engine: Engine, closed_as: AlertClass
) -> None:
    await engine.start()
    before = found("x", once="t", latching=True, alert_class=closed_as)
    await say(engine, before)
    await say(engine)
    latched = await engine.one("x")
    assert latched.state is AlertState.LATCHED
    await engine.answer(latched, lambda a: acknowledge(a, NOON, LI))
    assert await engine.alerts() == []
    emergency = replace(before, alert_class=AlertClass.EMERGENCY, priority=Priority.HIGH)
    await say(engine, emergency)
    assert (await engine.one("x")).emergency


async def test_an_emergency_breaks_what_was_put_off(engine: Engine) -> None:
    await engine.start()
    plain = found("x")
    await say(engine, plain)
    await engine.answer(
        await engine.one("x"),
        lambda a: snooze(a, engine.clock.now(), LI, timedelta(minutes=60), SnoozeReason.TREATING),
    )
    await say(engine, replace(plain, alert_class=AlertClass.EMERGENCY))
    again = await engine.one("x")
    assert (again.state, again.snoozed_until) == (AlertState.ON, None)


async def test_a_silenced_stay_says_nothing_and_its_alerts_end(engine: Engine) -> None:
    await engine.start()
    await engine.tell(drip(engine.clock.now(), 20))
    open_one = await engine.one()

    def silence(tx: Tx) -> None:
        judged = Judged(over=True)
        modes = engine.decider._alerting.modes
        ladders, none = engine.decider._alerting._ladders, timedelta(0)
        known = ((open_one.id, modes[DRY]),)
        changed = Reconcile(tx, W, modes, ladders, none).bring(
            open_one.subject, known, judged, Place("b1")
        )
        assert [one.closed_why for one, _ in changed] == [CloseReason.SUBJECT_GONE]
        # Behind this write the ward is looked at anew, and the stay is there still.
        assert tx.all(W, "alert") == []

    await engine.store.write(silence)
