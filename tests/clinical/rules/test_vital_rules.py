"""Rules on temperature, saturation, glucose, laboratory, pain and sedation, at every edge."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.care_event import CareKind, Missed, Poss
from smartward.clinical.encounter import News2Order
from smartward.clinical.lab_result import Analyte
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.patient_answer import PatientAnswer, PatientQuestion
from smartward.clinical.priority import Priority
from smartward.clinical.rules.critical_lab import CRITICAL_LAB
from smartward.clinical.rules.hypoglycaemia import HYPOGLYCAEMIA
from smartward.clinical.rules.pain_again import PAIN_AGAIN
from smartward.clinical.rules.refused_follow_up import REFUSED_FOLLOW_UP
from smartward.clinical.rules.sedation import SEDATION
from smartward.clinical.rules.spo2_drop import SPO2_DROP
from smartward.clinical.rules.temperature_spike import TEMPERATURE_SPIKE
from smartward.clinical.score_result import ScoreKind
from tests.clinical.build import NORMAL, at, sign, stay
from tests.clinical.rules.events import done, lab, score
from tests.clinical.rules.facts import SETTINGS, facts, found_from, only, silent

P = Parameter
SECOND = timedelta(seconds=1)


def series(parameter: Parameter, *values: float, every: float = 60) -> list[VitalSign]:
    return [sign(f"v{n}", n * every, {parameter: value}) for n, value in enumerate(values)]


# ------------------------------------------------------------------------------------- temperature


@pytest.mark.parametrize(
    "values, since",
    [
        ((38.4,), None),
        ((38.44,), None),
        ((38.45,), 0),
        ((38.5,), 0),
        ((37, 38.5), 60),
        ((38.5, 38.4), 0),
        ((38.5, 37.9), 0),
        ((38.5, 37.9, 38.0), 0),
        ((38.5, 37.9, 38.0, 37.9), 0),
        ((38.5, 37.9, 37.9), None),
        ((38.5, 37.9, 37.9, 38.6), 180),
        ((), None),
    ],
)
def test_a_spike_lasts_until_two_values_below_38(
    values: tuple[float, ...], since: float | None
) -> None:
    look = TEMPERATURE_SPIKE.look(facts(*series(P.TEMPERATURE, *values)), SETTINGS, at(600))
    assert [one.since for one in look.findings] == ([] if since is None else [at(since)])


# -------------------------------------------------------------------------------------- saturation


def spo2(*told: tuple[float, float]) -> list[VitalSign]:
    """Seconds and percent."""
    return [
        sign(f"v{n}", seconds / 60, {P.OXYGEN_SATURATION: value})
        for n, (seconds, value) in enumerate(told)
    ]


@pytest.mark.parametrize(
    "told, asked_at, found",
    [
        ([(0, 88)], 100, False),
        ([(0, 87.9)], 14.9, False),
        ([(0, 87.9)], 15, True),
        ([(0, 80), (14.9, 88)], 100, False),
        ([(0, 80), (15, 88)], 20, True),
        ([(0, 80), (10, 70), (15, 88)], 20, True),
        ([(0, 80), (5, 88), (10, 80), (20, 88)], 60, False),
        ([(0, 80), (60, 88)], 600, True),
        ([(0, 80), (60, 89)], 89.9, True),
        ([(0, 80), (60, 89)], 90, False),
        ([(0, 80), (60, 89), (80, 88), (85, 89)], 100, True),
        ([(0, 80), (60, 89), (80, 88), (85, 89)], 115, False),
        ([(0, 0)], 15, True),
        ([(0, 80)], 6 * 3600 - 1, True),
        ([(0, 80)], 6 * 3600, False),
    ],
)
def test_a_drop_counts_after_15_s_and_ends_after_30_s(
    told: list[tuple[float, float]], asked_at: float, found: bool
) -> None:
    look = SPO2_DROP.look(facts(*spo2(*told)), SETTINGS, at(0) + asked_at * SECOND)
    assert bool(look.findings) is found


def test_an_ordered_target_lowers_the_limit() -> None:
    scale_2 = stay(news2=News2Order(scale=2))
    assert silent(SPO2_DROP, facts(*spo2((0, 86)), encounter=scale_2), at(5))
    found = SPO2_DROP.look(facts(*spo2((0, 85)), encounter=scale_2), SETTINGS, at(5))
    assert only(found).why.values["limit"] == 86


# ----------------------------------------------------------------------------------------- glucose


@pytest.mark.parametrize(
    "values, found",
    [((4.0,), 0), ((3.9,), 1), ((3.9, 4.0), 0), ((4.1, 3.9), 1), ((0,), 1), ((), 0)],
)
def test_low_glucose_is_below_four(values: tuple[float, ...], found: int) -> None:
    given = facts(*series(P.GLUCOSE, *values, every=15))
    assert len(HYPOGLYCAEMIA.look(given, SETTINGS, at(31)).findings) == found


def test_glucose_is_measured_again_after_15_min_and_the_third_calls_the_doctor() -> None:
    once = facts(*series(P.GLUCOSE, 3.5))
    look = HYPOGLYCAEMIA.look(once, SETTINGS, at(14))
    assert (only(look).todo.key, look.next_look) == ("alert.hypoglycaemia.todo", at(15))
    again = HYPOGLYCAEMIA.look(once, SETTINGS, at(15))
    assert only(again).todo.key == "alert.hypoglycaemia.todo_again"
    third = facts(*series(P.GLUCOSE, 3.5, 3.6, 3.9, every=15))
    assert only(HYPOGLYCAEMIA.look(third, SETTINGS, at(31))).todo.values == {"n": 3}
    assert silent(HYPOGLYCAEMIA, once, at(6 * 60))


def test_severe_glucose_is_high_and_measured_again_after_10_min() -> None:
    finding = only(HYPOGLYCAEMIA.look(facts(*series(P.GLUCOSE, 2.9)), SETTINGS, at(1)))
    assert (finding.priority, finding.due_at) == (Priority.HIGH, at(10))
    assert finding.todo.key == "alert.hypoglycaemia.todo_severe"
    mild = only(HYPOGLYCAEMIA.look(facts(*series(P.GLUCOSE, 3.0)), SETTINGS, at(1)))
    assert (mild.priority, mild.due_at) == (Priority.MEDIUM, at(15))


def test_the_laboratory_s_glucose_counts_as_well() -> None:
    assert HYPOGLYCAEMIA.look(facts(lab(Analyte.GLUCOSE, 3.9)), SETTINGS, at(1)).findings
    later = sign("v", 10, {P.GLUCOSE: 5})
    assert silent(HYPOGLYCAEMIA, facts(lab(Analyte.GLUCOSE, 3.9), later), at(11))
    assert silent(HYPOGLYCAEMIA, facts(lab(Analyte.POTASSIUM, 3.9)), at(1))


# -------------------------------------------------------------------------------------- laboratory


@pytest.mark.parametrize(
    "analyte, value, critical",
    [
        (Analyte.POTASSIUM, 2.8, True),
        (Analyte.POTASSIUM, 2.81, False),
        (Analyte.POTASSIUM, 6.19, False),
        (Analyte.POTASSIUM, 6.2, True),
        (Analyte.POTASSIUM, 0, True),
        (Analyte.GLUCOSE, 2.2, True),
        (Analyte.GLUCOSE, 2.3, False),
        (Analyte.GLUCOSE, 22.1, False),
        (Analyte.GLUCOSE, 22.2, True),
        (Analyte.SODIUM, 120, True),
        (Analyte.SODIUM, 121, False),
        (Analyte.SODIUM, 159, False),
        (Analyte.SODIUM, 160, True),
        (Analyte.HAEMOGLOBIN, 50, True),
        (Analyte.HAEMOGLOBIN, 51, False),
        (Analyte.HAEMOGLOBIN, 900, False),
        (Analyte.PLATELETS, 20, True),
        (Analyte.PLATELETS, 21, False),
        (Analyte.INR, 99, False),
    ],
)
def test_what_is_critical(analyte: Analyte, value: float, critical: bool) -> None:
    look = CRITICAL_LAB.look(facts(lab(analyte, value)), SETTINGS, at(1))
    assert bool(look.findings) is critical


def test_all_critical_values_are_one_alert_until_each_is_read_back() -> None:
    first = lab(Analyte.INR, 9, critical=True)
    second = lab(Analyte.POTASSIUM, 7, 5)
    finding = only(CRITICAL_LAB.look(facts(second, first), SETTINGS, at(10)))
    assert finding.title.values == {"n": 2}
    assert finding.why.key == "alert.critical_lab.why.inr"
    assert [cause.id for cause in finding.cause] == [first.id, second.id]
    read = done(CareKind.READ_BACK, 6, about=first.id)
    finding = only(CRITICAL_LAB.look(facts(first, second, read), SETTINGS, at(10)))
    assert [cause.id for cause in finding.cause] == [second.id]
    both = (read, done(CareKind.READ_BACK, 7, about=second.id))
    assert silent(CRITICAL_LAB, facts(first, second, *both), at(10))
    assert silent(CRITICAL_LAB, facts(first), at(48 * 60))


# -------------------------------------------------------------------------------------------- pain


@pytest.mark.parametrize("pain, due", [(0, None), (3, None), (4, 60), (6, 60), (7, 30), (10, 30)])
def test_pain_is_asked_about_again_by_its_strength(pain: float, due: float | None) -> None:
    given = facts(sign("v", 0, {P.PAIN: pain}))
    if due is None:
        assert silent(PAIN_AGAIN, given, at(30), at(60), at(300))
    else:
        assert found_from(PAIN_AGAIN, given, at(due), at(8 * 60)).since == at(due)


@pytest.mark.parametrize("value, found", [("2", False), ("8", True)])
def test_the_patient_s_own_answer_counts(value: str, found: bool) -> None:
    told = PatientAnswer(
        id="a", encounter_id="enc-1", question=PatientQuestion.PAIN, value=value, at=at(10),
        device_id="d",
    )  # fmt: skip
    comfort = replace(told, id="b", question=PatientQuestion.COMFORT, value="poor", at=at(20))
    given = facts(sign("v", 0, {P.PAIN: 5}), told, comfort)
    assert bool(PAIN_AGAIN.look(given, SETTINGS, at(70)).findings) is found


# ---------------------------------------------------------------------------------------- sedation


@pytest.mark.parametrize(
    "poss, found",
    [
        (Poss.ASLEEP, None),
        (Poss.ALERT, None),
        (Poss.DROWSY, None),
        (Poss.OFTEN_DROWSY, Priority.MEDIUM),
        (Poss.SOMNOLENT, Priority.HIGH),
    ],
)
def test_sedation_is_too_deep_from_three(poss: Poss, found: Priority | None) -> None:
    look = SEDATION.look(facts(done(CareKind.SEDATION, 0, poss=poss)), SETTINGS, at(1))
    assert [one.priority for one in look.findings] == ([] if found is None else [found])


@pytest.mark.parametrize(
    "rates, found",
    [((9,), False), ((8,), True), ((0,), True), ((8, 9), True), ((8, 10), False), ((), False)],
)
def test_slow_breathing_counts_where_sedation_is_scored(
    rates: tuple[float, ...], found: bool
) -> None:
    breaths = [sign(f"v{n}", n + 1, {P.RESPIRATORY_RATE: rate}) for n, rate in enumerate(rates)]
    awake = score(ScoreKind.POSS, 1)
    assert bool(SEDATION.look(facts(awake, *breaths), SETTINGS, at(10)).findings) is found
    assert silent(SEDATION, facts(*breaths), at(10)), "nobody watches an opioid here"
    assert silent(SEDATION, facts(awake, *breaths), at(24 * 60))


# ----------------------------------------------------------------------------------------- refused

REFUSED = done(CareKind.OBSERVATIONS_MISSED, 0, missed=Missed.REFUSED)


def test_a_refusal_is_reviewed_after_a_day_or_a_week_when_the_score_was_low() -> None:
    day, week = at(24 * 60), at(7 * 24 * 60)
    assert found_from(REFUSED_FOLLOW_UP, facts(REFUSED), day).once == REFUSED.id
    low = sign("v", -60, NORMAL)
    assert found_from(REFUSED_FOLLOW_UP, facts(low, REFUSED), week)
    high = sign("v", -60, NORMAL | {P.RESPIRATORY_RATE: 30})
    assert found_from(REFUSED_FOLLOW_UP, facts(high, REFUSED), day)


@pytest.mark.parametrize(
    "more, found",
    [
        (sign("v", 60, NORMAL), False),
        (sign("v", 60, {P.HEART_RATE: 80}), True),
        (done(CareKind.REVIEWED, 60, about="refused_follow_up"), False),
        (done(CareKind.REVIEWED, 60, about="another"), True),
    ],
)
def test_a_set_or_a_review_settles_a_refusal(more: object, found: bool) -> None:
    look = REFUSED_FOLLOW_UP.look(facts(REFUSED, more), SETTINGS, at(25 * 60))
    assert bool(look.findings) is found
    asleep = replace(REFUSED, missed=Missed.ASLEEP)
    assert silent(REFUSED_FOLLOW_UP, facts(asleep), at(25 * 60))
