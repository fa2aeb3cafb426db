"""The alert engine over midnight, clock changes, shifts and restarts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smartward.clinical.alert import (
    Alert,
    AlertState,
    Ladder,
    SnoozeReason,
    acknowledge,
    open_alert,
    snooze,
)
from smartward.clinical.alert_ladder import LadderSettings, Rung, next_step, step_at
from smartward.clinical.routing import next_change, who_is_there
from smartward.clinical.ward import Roster, Ward
from tests.clinical.test_alert import finding
from tests.hub_deciding.alert_engine import (
    DRY,
    LI,
    SCORE,
    STAFF,
    Engine,
    drip,
    member,
    score,
    stay,
    utc,
)

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "hub.db", DRY, SCORE)
    yield made
    await made.stop()


def shown(alerts: list[Alert]) -> list[Alert]:
    """Alerts without when they were last touched."""
    return sorted((replace(a, updated_at=a.opened_at) for a in alerts), key=lambda a: a.id)


@pytest.mark.parametrize(
    "zone, moment",
    [
        pytest.param("Asia/Shanghai", utc(2026, 11, 21, 15, 55), id="midnight"),
        pytest.param("Europe/Berlin", utc(2026, 3, 29, 0, 55), id="an hour is missing"),
        pytest.param("Europe/Berlin", utc(2026, 10, 25, 0, 55), id="an hour comes twice"),
    ],
)
async def test_midnight_and_dst_hold_no_step_up(
    engine: Engine, zone: str, moment: datetime
) -> None:
    """Ten minutes are ten minutes, whatever the clock on the wall does."""
    engine.clock.step((moment - engine.clock.now()).total_seconds())
    await engine.put("ward", "ward", Ward(id="ward", name="W", zone=zone))
    await engine.start(stay(team=(member("any"), member("doc", "doctor"))))
    await engine.put("roster", "roster", Roster())
    await engine.put("ward", "ward", Ward(id="ward", name="W", zone=zone))
    await engine.tell(score("s", engine.clock.now(), 5))
    assert (await engine.one(SCORE)).step == 0
    await engine.pass_time(seconds=10 * 60 - 1)
    before = (await engine.one(SCORE)).step
    await engine.pass_time(seconds=1)
    after = await engine.one(SCORE)
    assert (before, after.step) == (0, 2), "nobody is in charge: the doctor at once"
    assert after.told[-1].at == engine.clock.now()


async def test_the_minute_of_the_shift_boundary_asks_the_next_shift(engine: Engine) -> None:
    """Li goes home at 20:00 and Qian comes: at that minute the alert is Qian's, no sooner."""
    await engine.start()
    await engine.at(utc(2026, 11, 21, 11, 58))
    await engine.tell(score("s", engine.clock.now(), 5))
    assert await engine.told(SCORE) == [("li",)]
    await engine.at(utc(2026, 11, 21, 11, 59, 59))
    assert await engine.told(SCORE) == [("li",)]
    await engine.at(utc(2026, 11, 21, 12, 0))
    assert await engine.told(SCORE) == [("li",), ("qian",)]
    assert (await engine.one(SCORE)).step == 0, "the next shift begins at the same step"


def test_a_change_of_duty_is_found_over_the_hour_that_comes_twice() -> None:
    berlin = Ward(id="ward", name="W", zone="Europe/Berlin")
    now = utc(2026, 10, 24, 18, 30)
    change = next_change(None, Roster(members=STAFF), berlin, now)
    assert change == utc(2026, 10, 25, 7, 0), "08:00 of winter time"
    there = who_is_there(stay(), Roster(members=STAFF), berlin, utc(2026, 10, 25, 6, 59))
    assert there(Rung.NURSE).staff_ids == ("qian",)  # type: ignore[union-attr]  # it is there in this test


async def test_a_device_whose_clock_is_an_hour_ahead_raises_nothing_yet(engine: Engine) -> None:
    await engine.start()
    await engine.tell(score("ahead", engine.clock.now() + timedelta(hours=1), 5))
    assert await engine.alerts() == []
    await engine.pass_time(minutes=59)
    (found,) = await engine.alerts()
    assert found.rule == SCORE


async def test_an_alert_open_across_a_reboot_is_the_same_alert(engine: Engine) -> None:
    await engine.start()
    now = engine.clock.now()
    await engine.tell(drip(now, 20), score("s", now, 5))
    await engine.pass_time(minutes=11)
    before = await engine.alerts()
    assert {a.rule: a.step for a in before}[SCORE] == 1
    rows = await engine.log()
    await engine.restart()
    assert shown(await engine.alerts()) == shown(before)
    assert await engine.log() == rows, "a restart tells nobody anything"
    await engine.pass_time(minutes=19)
    assert (await engine.one(SCORE)).step == 2, "its time went on"


async def test_what_was_put_off_comes_back_only_if_it_is_still_so(engine: Engine) -> None:
    await engine.start()
    now = engine.clock.now()
    await engine.tell(drip(now, 20), score("s", now, 5))
    for one in await engine.alerts():
        await engine.answer(
            one, lambda a: snooze(a, engine.clock.now(), LI, 15 * MINUTE, SnoozeReason.TREATING)
        )
    await engine.restart()
    await engine.pass_time(minutes=14)
    assert {a.state for a in await engine.alerts()} == {AlertState.ACKNOWLEDGED}
    await engine.tell(drip(engine.clock.now(), 480))
    await engine.pass_time(minutes=1)
    (back,) = await engine.alerts()
    assert (back.rule, back.state, back.snoozed_until) == (SCORE, AlertState.ON, None)
    assert back.asks_since == engine.clock.now()
    assert back.told[-1].at == engine.clock.now(), "its nurse is asked anew"
    assert [row.event for row in await engine.log() if row.rule == SCORE][-2:] == [
        "returned",
        "told",
    ]


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_that_is_set_silences_and_holds_up_nothing(engine: Engine) -> None:
    await engine.start()
    await engine.at(utc(2026, 11, 21, 4))
    await engine.tell(score("s", engine.clock.now(), 5))
    await engine.pass_time(minutes=5)
    engine.clock.step(-3600)
    await engine.pass_time(seconds=31)  # it looks at the clock
    assert (await engine.one(SCORE)).state is AlertState.ON
    await engine.pass_time(seconds=5 * 60 - 31)
    assert (await engine.one(SCORE)).step == 1
    engine.clock.step(7200)
    await engine.pass_time(seconds=31)
    assert (await engine.one(SCORE)).state is AlertState.ON


async def test_an_answer_stops_the_ladder(engine: Engine) -> None:
    await engine.start()
    await engine.tell(score("s", engine.clock.now(), 5))
    await engine.answer(await engine.one(SCORE), lambda a: acknowledge(a, engine.clock.now(), LI))
    await engine.pass_time(minutes=45)
    assert (await engine.one(SCORE)).step == 0
    assert len(await engine.told(SCORE)) == 1


def test_el_d_counts_from_when_it_was_due() -> None:
    settings = LadderSettings()
    opened = utc(2026, 11, 21, 1)
    due = replace(finding(), ladder=Ladder.EL_D, due_at=opened - 20 * MINUTE, grace_s=600.0)
    alert = open_alert(due, "a", opened)
    assert step_at(alert, 1, settings) == opened - 10 * MINUTE
    assert step_at(alert, 2, settings) == opened
    assert next_step(replace(alert, step=2), settings) is None
