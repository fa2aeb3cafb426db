"""A bed's sheet: readings with their times, NEWS2 that is never partial, plan, drips, causes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.alert import AlertState
from smartward.clinical.call_mark import Actor
from smartward.clinical.encounter import Encounter, News2Exclusion, News2Order
from smartward.clinical.infusion import VolumeSource
from smartward.clinical.nurse_call import ClosePlace, close
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.plan import PlanKind
from smartward.i18n import Catalogue
from smartward.screen.station_queue import items
from smartward.screen.station_sheet import (
    drip_rows,
    identity,
    past_rows,
    plan_rows,
    precaution_rows,
)
from smartward.screen.station_sheet_open import open_rows
from smartward.screen.station_trends import plots, ticks
from smartward.screen.station_vitals import VitalTile, history, scored, tiles
from smartward.screen.station_words import Words
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, ZONE, bed_id, stay_id
from tests.ui.test_station_queue import state_of

WINDOW = 10
GOOD = {
    Parameter.RESPIRATORY_RATE: 16.0,
    Parameter.OXYGEN_SATURATION: 98.0,
    Parameter.SYSTOLIC: 120.0,
    Parameter.DIASTOLIC: 70.0,
    Parameter.HEART_RATE: 70.0,
    Parameter.TEMPERATURE: 37.0,
}


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Catalogue("zh_CN", ZONE))


def bare_ward() -> sample.Bodies:
    """A ward in which nothing was measured on bed 1."""
    bodies = sample.full_ward(3)
    for kind, document_id in list(bodies.of):
        if kind == "vital_sign":
            del bodies.of[kind, document_id]
    return bodies


def sheet(
    bodies: sample.Bodies, words: Words, number: int = 1
) -> tuple[dict[str, VitalTile], str, str, str]:
    """Tiles by key; the score's value, band and parts."""
    state = state_of(bodies)
    stay: Encounter = bodies.get("encounter", stay_id(number))
    signs = state.vital_signs(stay.id)
    score, text = scored(stay, signs, words, NOW, WINDOW)
    found = {tile.key: tile for tile in tiles(stay, signs, score, words, NOW)}
    return found, text.value, text.band, text.parts


# --------------------------------------------------------------------------------------- NEWS2


def test_a_complete_set_is_scored_with_its_parts(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(minutes=2), GOOD | {Parameter.HEART_RATE: 112.0})
    found, value, band, parts = sheet(bodies, words)
    assert (value, band, parts) == ("2", "低风险", "脉搏 2")
    assert (found["heart_rate"].part, found["temperature"].part) == ("+2", "0")


def test_a_partial_set_is_never_a_score(words: Words) -> None:
    bodies = bare_ward()
    partial = {p: v for p, v in GOOD.items() if p is not Parameter.TEMPERATURE}
    sample.vital_set(bodies, 1, NOW, partial, consciousness=None)
    found, value, band, parts = sheet(bodies, words)
    assert (value, band) == ("– –", "不完整")
    assert parts == "缺：意识、体温"
    assert found["temperature"].status == "never"
    assert found["heart_rate"].value == "70"
    assert found["heart_rate"].part == ""


def test_a_newer_incomplete_set_is_told_beside_the_score(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(hours=2), GOOD)
    partial = {p: v for p, v in GOOD.items() if p is not Parameter.TEMPERATURE}
    sample.vital_set(bodies, 1, NOW, partial)
    found, value, _, parts = sheet(bodies, words)
    assert value == "0"
    assert parts == "10:05 那组不完整，缺：体温"
    assert found["heart_rate"].part == "", "the newer reading was not scored"


@pytest.mark.parametrize("reason", list(News2Exclusion))
def test_an_exclusion_says_why(reason: News2Exclusion, words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW, GOOD)
    stay = bodies.get("encounter", stay_id(1))
    bodies.put("encounter", replace(stay, news2=News2Order(exclusion=reason)))
    _, value, band, _ = sheet(bodies, words)
    assert (value, band) == ("– –", "不评分")


def test_a_score_of_yesterday_is_no_score_of_now(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(hours=20), GOOD)
    _, value, band, _ = sheet(bodies, words)
    assert (value, band) == ("– –", "太久没有测量")


def test_history_holds_complete_sets_only(words: Words) -> None:
    bodies = bare_ward()
    for hours in (9, 6, 3):
        sample.vital_set(bodies, 1, NOW - timedelta(hours=hours), GOOD)
    sample.vital_set(bodies, 1, NOW, GOOD, oxygen=None)
    stay = bodies.get("encounter", stay_id(1))
    signs = state_of(bodies).vital_signs(stay.id)
    assert [total for _, total in history(stay, signs, NOW, WINDOW)] == [0, 0, 0]


# ------------------------------------------------------------------------------------- readings


def test_a_stale_reading_is_struck_to_dashes_with_its_time(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(hours=20), GOOD)
    tile = sheet(bodies, words)[0]["heart_rate"]
    assert (tile.value, tile.unit, tile.status) == ("– –", "", "stale")
    assert tile.time == "11-20 14:05 · 20 小时 00 分前"


def test_each_reading_has_its_own_time(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(hours=1), GOOD)
    pulse = Measurement(parameter=Parameter.HEART_RATE, value=0.0)
    at = NOW - timedelta(minutes=3)
    sign = VitalSign(
        id="p", encounter_id=stay_id(1), taken_at=at, received_at=at, measurements=(pulse,)
    )
    bodies.put("vital_sign", sign)
    found = sheet(bodies, words)[0]
    assert (found["heart_rate"].value, found["heart_rate"].time) == ("0", "10:02")
    assert found["temperature"].time == "09:05"


def test_a_reading_dated_ahead_is_doubtful(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW + timedelta(hours=3), GOOD)
    tile = sheet(bodies, words)[0]["temperature"]
    assert (tile.value, tile.status) == ("– –", "doubtful")


def test_a_doubtful_reading_does_not_hide_a_good_one(words: Words) -> None:
    bodies = bare_ward()
    sample.vital_set(bodies, 1, NOW - timedelta(minutes=5), GOOD)
    pulse = Measurement(parameter=Parameter.HEART_RATE, value=200.0)
    at = NOW + timedelta(hours=3)
    sign = VitalSign(
        id="p",
        encounter_id=stay_id(1),
        taken_at=at,
        received_at=NOW,
        measurements=(pulse,),
        doubtful=True,
    )
    bodies.put("vital_sign", sign)
    assert sheet(bodies, words)[0]["heart_rate"].value == "70"


# --------------------------------------------------------------------------------------- trends


def test_points_lie_in_the_plot_and_in_time_order(words: Words) -> None:
    state = state_of(sample.busy_ward())
    for plot in plots(state.vital_signs(stay_id(31)), words, NOW).values():
        for line in (plot.line, plot.second):
            xs, ys = line[::2], line[1::2]
            assert list(xs) == sorted(xs)
            assert all(0 <= value <= 1 for value in (*xs, *ys))
    assert plots((), words, NOW)["heart_rate"].empty == "24 小时内未测"


def test_ticks_are_at_six_hours_of_the_ward(words: Words) -> None:
    found = ticks(words, NOW)
    assert [tick.label for tick in found] == ["12:00", "18:00", "00:00", "06:00"]
    assert [tick.at for tick in found] == sorted(tick.at for tick in found)
    assert all(0 <= tick.at <= 1 for tick in found)


# -------------------------------------------------------------------------- identity and the day


def test_identity_in_full(words: Words) -> None:
    bodies = sample.full_ward()
    stay = bodies.get("encounter", stay_id(12))
    who = identity(stay, stay.patient.name, words, NOW)
    assert who.name == stay.patient.name
    assert f"住院号 {stay.patient.identifier}" in who.facts
    assert "责任护士 李敏" in who.team
    assert who.level == "一级护理 · 病重"


def test_precautions_tell_absent_from_not_assessed(words: Words) -> None:
    stay = sample.full_ward().get("encounter", stay_id(12))
    found = {row.key: row for row in precaution_rows(stay, words)}
    assert found["allergy"].wording == "青霉素过敏（皮疹）"
    assert (found["skin"].status, found["skin"].wording) == ("not_assessed", "压伤：未评估")
    other = precaution_rows(replace(stay, precautions=()), words)
    assert {row.status for row in other} == {"not_assessed"}


def test_plan_of_today(words: Words) -> None:
    bodies = sample.full_ward()
    state = state_of(bodies)
    rows = plan_rows(state.plan_items(stay_id(5)), words, NOW)
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    assert rows[0].done
    assert "08:06" in rows[0].status
    late = plan_rows(state.plan_items(stay_id(5)), words, NOW + timedelta(minutes=40))
    assert [row.status for row in late if row.late] == ["已过 20 分"]


def test_a_dead_sensor_tells_no_end(words: Words) -> None:
    bodies = sample.full_ward()
    sample.drip(bodies, 1, source=VolumeSource.SENSOR_LOST)
    (row,) = drip_rows(state_of(bodies).infusions(stay_id(1)), words, NOW)
    assert row.main == "结束时间未知"
    assert row.fraction < 0
    assert "10:04 后无数据" in row.detail


# ------------------------------------------------------------------------------- open and closed


def test_an_open_alert_says_why_what_to_do_cause_and_rule(words: Words) -> None:
    state = state_of(sample.busy_ward())
    (row,) = open_rows(state, items(state), bed_id(31), words, NOW)
    assert row.title == "预警评分 9 分"
    assert row.why == "08:03 为 6 分 · 10:03 测"
    assert row.todo.startswith("立即报告医生")
    assert row.cause == "依据 10:03 的测量，2 分前 · 第 10 条规则，第 1 版"


def test_what_is_over_asks_for_nobody(words: Words) -> None:
    bodies = sample.busy_ward()
    over = replace(bodies.get("alert", "alert-news2-31"), state=AlertState.LATCHED)
    bodies.put("alert", over)
    state = state_of(bodies)
    (row,) = open_rows(state, items(state), bed_id(31), words, NOW)
    assert (row.mark, row.todo) == ("latched", "")


def test_only_this_bed(words: Words) -> None:
    state = state_of(sample.busy_ward())
    assert open_rows(state, items(state), bed_id(1), words, NOW) == []


def test_a_closed_call_is_remembered_with_who_and_how_long(words: Words) -> None:
    bodies = sample.full_ward()
    made = sample.call(bodies, 5, 600)
    who = Actor(device_id="d", person_id="n1", name="李敏", known="name")
    done = close(made, NOW - timedelta(seconds=470), who, ClosePlace.ROOM)
    bodies.put("nurse_call", done)
    state = state_of(bodies)
    (row,) = past_rows(state.calls.values(), bed_id(5), words, NOW)
    assert (row.time, row.end) == ("09:55", "李敏结束 · 用时 2 分")
    assert past_rows(state.calls.values(), bed_id(5), words, NOW + timedelta(hours=13)) == []


def test_yesterdays_meals_are_no_work_left_undone(words: Words) -> None:
    bodies = sample.full_ward()
    bodies.put("plan_item", sample.plan_item(5, "meal", PlanKind.MEAL, -20))
    bodies.put("plan_item", sample.plan_item(5, "pill", PlanKind.MEDICINE, -11))
    bodies.put("plan_item", sample.plan_item(5, "old", PlanKind.MEDICINE, -40))
    rows = plan_rows(state_of(bodies).plan_items(stay_id(5)), words, NOW)
    carried = [row.key for row in rows if row.time.startswith("11-20")]
    assert carried == ["his.plan-5-pill"]
    assert next(row for row in rows if row.key == carried[0]).late
