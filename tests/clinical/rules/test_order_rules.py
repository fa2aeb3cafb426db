"""Rules on orders: rates, time-critical doses, doses as needed, allergies; and on an unsafe bed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from smartward.clinical.alert import AlertClass
from smartward.clinical.allergy import Allergy, Criticality
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.care_event import CareKind
from smartward.clinical.encounter import PrecautionSlot
from smartward.clinical.infusion import Infusion, InfusionStatus, RateReading, VolumeSource
from smartward.clinical.observation import Parameter
from smartward.clinical.order import Dose, Limit, Order, OrderKind, Route, prn_check
from smartward.clinical.plan import DoseTiming, PlanKind, PlanStatus
from smartward.clinical.presence import Presence, Present
from smartward.clinical.rules import Facts, WardLook
from smartward.clinical.rules.allergy_order import ALLERGY_ORDER
from smartward.clinical.rules.bed_unsafe import BED_UNSAFE
from smartward.clinical.rules.infusion_rate import INFUSION_RATE
from smartward.clinical.rules.medicine_critical import MEDICINE_CRITICAL
from smartward.clinical.rules.medicine_due import MEDICINE_DUE
from smartward.clinical.rules.pain_again import PAIN_AGAIN
from smartward.clinical.rules.prn_limit import PRN_LIMIT
from tests.clinical.build import at, drip, sign, stay
from tests.clinical.rules.events import LI, bed_says, done, planned, with_precaution
from tests.clinical.rules.facts import (
    SETTINGS,
    assert_next_look_is_never_late,
    facts,
    found_from,
    keys,
    only,
    silent,
)

# ------------------------------------------------------------- rate off order


def running(*rates: tuple[float, float], ordered: float | None = 100, **more: Any) -> Infusion:
    told = tuple(RateReading(at=at(minutes), ml_h=rate) for minutes, rate in rates)
    return replace(drip("d", left=300), rates=told, ordered_ml_h=ordered, **more)


@pytest.mark.parametrize(
    "rate, found", [(79.9, True), (80, False), (100, False), (120, False), (120.1, True), (0, True)]
)
def test_more_than_a_fifth_off_for_five_minutes(rate: float, found: bool) -> None:
    given = facts(running((0, 100), (10, rate)))
    if found:
        assert found_from(INFUSION_RATE, given, at(15)).since == at(10)
    else:
        assert silent(INFUSION_RATE, given, at(15), at(600))


def test_the_words_tell_which_way() -> None:
    def why(rate: float) -> str | None:
        return keys(only(INFUSION_RATE.look(facts(running((0, rate))), SETTINGS, at(9))))[1]

    assert why(150) == "alert.infusion_rate.why.fast"
    assert why(50) == "alert.infusion_rate.why.slow"
    assert why(0) == "alert.infusion_rate.why.still"


@pytest.mark.parametrize(
    "rate, ordered, shown, wanted",
    [
        (2.44, 2, "2.4", "2"),
        (0.04, 0.4, "0.04", "0.4"),
        (0, 0.4, "0", "0.4"),
        (9.96, 5.0, "10", "5"),
        (150.4, 99.6, "150", "100"),
    ],
)
def test_a_slow_rate_is_shown_with_its_decimal(
    rate: float, ordered: float, shown: str, wanted: str
) -> None:
    given = facts(running((0, rate), ordered=ordered))
    values = only(INFUSION_RATE.look(given, SETTINGS, at(9))).why.values
    assert (values["rate"], values["ordered"]) == (shown, wanted)


@pytest.mark.parametrize("back, over", [(110, True), (90, True), (110.1, False), (89.9, False)])
def test_over_within_a_tenth_for_five_minutes(back: float, over: bool) -> None:
    given = facts(running((0, 200), (10, back)))
    before = only(INFUSION_RATE.look(given, SETTINGS, at(14.9)))
    assert before.since == at(0)
    look = INFUSION_RATE.look(given, SETTINGS, at(15))
    assert bool(look.findings) is not over


def test_a_moment_off_and_a_moment_back_change_nothing() -> None:
    assert silent(INFUSION_RATE, facts(running((0, 200), (4.9, 100))), at(5), at(60))
    assert silent(INFUSION_RATE, facts(running((0, 200), (3, 115), (4, 200))), at(8.9))
    given = facts(running((0, 200), (10, 100), (14, 130)))
    assert only(INFUSION_RATE.look(given, SETTINGS, at(60))).since == at(0)


def test_a_lost_sensor_tells_no_longer_than_it_measured() -> None:
    lost = VolumeSource.SENSOR_LOST
    assert silent(INFUSION_RATE, facts(running((0, 200), source=lost)), at(5), at(60))
    assert silent(INFUSION_RATE, facts(running((0, 200), (4.9, 210), source=lost)), at(60))
    found = INFUSION_RATE.look(facts(running((0, 200), (5, 210), source=lost)), SETTINGS, at(60))
    assert only(found).since == at(0)
    stays = facts(running((0, 200), (5, 210), (6, 100), source=lost))
    assert not silent(INFUSION_RATE, stays, at(60)), "nobody knows that it is right again"


def test_what_ran_by_the_order_before_is_not_judged_by_the_new_one() -> None:
    """Halved at 60 min, set right 3 min later."""
    since = at(60)
    assert silent(INFUSION_RATE, facts(running((0, 200), ordered_since=since)), at(60), at(64.9))
    left = found_from(INFUSION_RATE, facts(running((0, 200), ordered_since=since)), at(65))
    assert left.since == since
    done_ = facts(running((0, 200), (63, 100), ordered_since=since))
    assert silent(INFUSION_RATE, done_, at(60), at(63), at(65), at(600))
    lost = running((0, 200), (59, 210), source=VolumeSource.SENSOR_LOST, ordered_since=since)
    assert silent(INFUSION_RATE, facts(lost), at(60), at(600)), "nobody measured since"


def test_a_pause_is_no_rate() -> None:
    """On hold at 0 mL/h from 0 to 60 min; then it runs as ordered, or still does not."""
    since = at(60)
    right = facts(running((0, 0), (59, 100), running_since=since))
    assert silent(INFUSION_RATE, right, at(60), at(64), at(600))
    still = found_from(INFUSION_RATE, facts(running((0, 0), running_since=since)), at(65))
    assert still.since == since


def test_what_is_not_judged() -> None:
    off = [(0.0, 200.0)]
    for one in (
        running(*off, ordered=None),
        running(*off, ordered=0),
        running(*off, status=InfusionStatus.PAUSED),
        running(*off, status=InfusionStatus.ENDED),
        running(*off, left_ml=0),
        running(),
        running(*off, encounter_id="another"),
    ):
        assert silent(INFUSION_RATE, facts(one), at(5), at(60))


RATES = st.lists(
    st.tuples(st.integers(-30, 10), st.sampled_from([0, 50, 85, 95, 100, 112, 130, 300])),
    max_size=8,
    unique_by=lambda one: one[0],
)


@generated(RATES, st.sampled_from(VolumeSource), st.integers(0, 12), st.none() | st.integers(-9, 0))
@settings(max_examples=60)
def test_the_rate_is_looked_at_in_time(
    rates: list[tuple[int, float]], source: VolumeSource, minutes: int, since: int | None
) -> None:
    known = None if since is None else at(since)
    given = facts(running(*sorted(rates), source=source, ordered_since=known, running_since=known))
    assert_next_look_is_never_late(INFUSION_RATE, given, at(minutes))


# ------------------------------------------------------------- medicines in time


def test_a_time_critical_medicine_is_due_half_an_hour_before_and_late_half_an_hour_after() -> None:
    item = planned(PlanKind.MEDICINE, 60, timing=DoseTiming.CRITICAL)
    given = facts(item)
    first = found_from(MEDICINE_CRITICAL, given, at(30))
    assert (first.alert_class, first.title.key) == (
        AlertClass.DUE,
        "alert.medicine_critical.title",
    )
    moment = timedelta(microseconds=1)
    before = only(MEDICINE_CRITICAL.look(given, SETTINGS, at(90) - moment))
    assert before.alert_class is AlertClass.DUE
    late = only(MEDICINE_CRITICAL.look(given, SETTINGS, at(90)))
    assert (late.alert_class, late.title.key, late.due_at) == (
        AlertClass.URGENT,
        "alert.medicine_critical.late",
        at(60),
    )
    assert silent(MEDICINE_CRITICAL, given, at(60 + 12 * 60))


@pytest.mark.parametrize("status", [PlanStatus.DONE, PlanStatus.NOT_DONE])
def test_what_became_of_a_dose_ends_it(status: PlanStatus) -> None:
    for timing in DoseTiming:
        item = planned(PlanKind.MEDICINE, 60, timing=timing, status=status)
        for rule in (MEDICINE_CRITICAL, MEDICINE_DUE):
            assert silent(rule, facts(item), at(31), at(91), at(300))


@pytest.mark.parametrize(
    "timing, critical, ordinary",
    [
        (DoseTiming.CRITICAL, True, False),
        (DoseTiming.ORDINARY, False, True),
        (DoseTiming.DAILY, False, True),
    ],
)
def test_no_dose_is_told_by_both_rules(timing: DoseTiming, critical: bool, ordinary: bool) -> None:
    given = facts(planned(PlanKind.MEDICINE, 0, timing=timing))
    assert silent(MEDICINE_CRITICAL, given, at(200)) is not critical
    assert silent(MEDICINE_DUE, given, at(200)) is not ordinary


@pytest.mark.parametrize("timing, late", [(DoseTiming.ORDINARY, 60), (DoseTiming.DAILY, 120)])
def test_an_ordinary_medicine_is_late_after_an_hour_a_daily_one_after_two(
    timing: DoseTiming, late: float
) -> None:
    given = facts(planned(PlanKind.MEDICINE, 0, timing=timing))
    assert found_from(MEDICINE_DUE, given, at(late), at(12 * 60)).since == at(late)


def test_the_doses_of_a_round_are_one_alert() -> None:
    items = [planned(PlanKind.MEDICINE, 60, f"m{n}", timing=DoseTiming.CRITICAL) for n in range(3)]
    found = only(MEDICINE_CRITICAL.look(facts(*items), SETTINGS, at(60)))
    assert found.title.values["n"] == 3
    assert len(found.cause) == 3


# --------------------------------------------------------------------- as needed

EVERY_6_H = Limit(period_h=6, doses=1)


def prn(*given: float, limits: Sequence[Limit] = (EVERY_6_H,), **more: Any) -> Order:
    doses = tuple(Dose(id=f"x{minutes}", at=at(minutes)) for minutes in given)
    plain: dict[str, Any] = {
        "id": "o",
        "encounter_id": "enc-1",
        "kind": OrderKind.MEDICINE,
        "as_needed": True,
        "names": ("对乙酰氨基酚片",),
        "dose": 0.5,
        "dose_unit": "g",
        "limits": tuple(limits),
        "given": doses,
    }
    return Order(**plain | more)


def test_a_dose_before_its_interval_is_told_until_the_next_is_possible() -> None:
    assert silent(PRN_LIMIT, facts(prn(0, 360)), at(360), at(500))
    found = only(PRN_LIMIT.look(facts(prn(0, 359)), SETTINGS, at(359)))
    assert keys(found)[1] == "alert.prn_limit.why.too_soon"
    assert found.since == at(359)
    early = prn(0, 120)
    next_at = prn_check(early, early.given, at(400))
    assert next_at is not None
    assert next_at.from_ == at(480)
    for minutes in (359.9, 360, 479.9):
        look = PRN_LIMIT.look(facts(early), SETTINGS, at(minutes))
        assert only(look).since == at(120)
        assert look.next_look == at(480), "as who asks for the next dose is told"
    assert silent(PRN_LIMIT, facts(early), at(480))


def test_what_the_ward_recorded_counts_and_one_dose_is_not_two() -> None:
    own = done(CareKind.AS_NEEDED, 300, about="o")
    assert not silent(PRN_LIMIT, facts(prn(0), own), at(301))
    assert silent(PRN_LIMIT, facts(prn(0), replace(own, about="other")), at(301))
    told_too = facts(prn(0, 302), done(CareKind.AS_NEEDED, 0, about="o"))
    assert not silent(PRN_LIMIT, told_too, at(303))
    once = facts(prn(0), done(CareKind.AS_NEEDED, 4, about="o"))
    assert silent(PRN_LIMIT, once, at(5), at(100))


def test_a_dose_is_judged_by_how_much_it_was() -> None:
    most = Limit(period_h=24, amount=4, unit="g")
    first = Dose(id="x", at=at(0), amount=2, unit="g")

    def then(amount: float) -> Facts:
        newest = Dose(id="y", at=at(300), amount=amount, unit="g")
        return facts(prn(given=(first, newest), limits=(most,)))

    assert silent(PRN_LIMIT, then(2), at(300))
    assert not silent(PRN_LIMIT, then(2.5), at(300), at(24 * 60 - 1))
    assert silent(PRN_LIMIT, then(2.5), at(24 * 60))
    assert not silent(PRN_LIMIT, then(4.5), at(24 * 60))
    assert silent(PRN_LIMIT, then(4.5), at(300 + 24 * 60))


def test_only_orders_as_needed_with_limits_are_judged() -> None:
    assert silent(PRN_LIMIT, facts(prn(0, 1, as_needed=False)), at(2))
    assert silent(PRN_LIMIT, facts(prn(0, 1, limits=())), at(2))
    assert silent(PRN_LIMIT, facts(prn(0, 1, encounter_id="another")), at(2))


# ---------------------------------------------------------- pain after a medicine


@pytest.mark.parametrize("route, due", [(Route.ORAL, 70), (Route.INJECTED, 40), (None, 70)])
def test_pain_is_asked_about_by_how_the_medicine_was_given(route: Route | None, due: float) -> None:
    dose = Dose(id="x", at=at(10), route=route)
    relief = prn(given=(dose,), analgesic=True, limits=())
    given = facts(sign("v", 0, {Parameter.PAIN: 5}), relief)
    assert found_from(PAIN_AGAIN, given, at(due)).why.key == "alert.pain_again.relief"
    severe = facts(sign("v", 0, {Parameter.PAIN: 8}), relief)
    assert found_from(PAIN_AGAIN, severe, at(40 if route is None else due))


def test_only_what_is_against_pain_and_was_given_after_the_score_counts() -> None:
    def plain(order: Order) -> None:
        given = facts(sign("v", 0, {Parameter.PAIN: 5}), order)
        assert found_from(PAIN_AGAIN, given, at(60)).why.key == "alert.pain_again.why"

    injected = (Dose(id="x", at=at(10), route=Route.INJECTED),)
    plain(prn(given=injected, limits=()))
    plain(prn(given=injected, analgesic=True, limits=(), encounter_id="another"))
    early = (Dose(id="x", at=at(-10), route=Route.INJECTED),)
    plain(prn(given=early, analgesic=True, limits=()))
    answered = facts(
        sign("v", 0, {Parameter.PAIN: 5}),
        sign("w", 35, {Parameter.PAIN: 2}),
        prn(given=injected, analgesic=True),
    )
    assert silent(PAIN_AGAIN, answered, at(41), at(300))


# --------------------------------------------------------------------- allergies

PENICILLIN = Allergy(id="a", names=("青霉素",), criticality=Criticality.HIGH)


def allergic(*allergies: Allergy, orders: Sequence[Order]) -> Facts:
    return facts(*orders, encounter=replace(stay(), allergies=allergies))


def ordered(name: str, id: str = "o", **more: Any) -> Order:
    return prn(id=id, names=(name,), as_needed=False, limits=(), **more)


def test_an_order_of_what_one_is_allergic_to_is_told_at_once() -> None:
    found = only(
        ALLERGY_ORDER.look(allergic(PENICILLIN, orders=[ordered("注射用青霉素")]), SETTINGS, at(0))
    )
    assert found.alert_class is AlertClass.URGENT
    assert found.why.values == {"allergy": "青霉素", "ordered": "注射用青霉素"}
    assert [one.id for one in found.cause] == ["o"]


@pytest.mark.parametrize(
    "criticality, level",
    [
        (Criticality.LOW, AlertClass.DUE),
        (Criticality.HIGH, AlertClass.URGENT),
        (Criticality.UNKNOWN, AlertClass.URGENT),
    ],
)
def test_low_criticality_is_due_and_an_unknown_one_urgent(
    criticality: Criticality, level: AlertClass
) -> None:
    one = replace(PENICILLIN, criticality=criticality)
    look = ALLERGY_ORDER.look(allergic(one, orders=[ordered("青霉素")]), SETTINGS, at(0))
    assert only(look).alert_class is level


def test_food_says_so_and_what_has_ended_is_over() -> None:
    nuts = Allergy(id="n", codes=("http://snomed.info/sct|762952008",), names=("花生",))
    meal = ordered(
        "Peanut butter", kind=OrderKind.DIET, codes=("http://snomed.info/sct|762952008",)
    )
    look = ALLERGY_ORDER.look(allergic(nuts, orders=[meal]), SETTINGS, at(0))
    assert keys(only(look))[1] == "alert.allergy_order.why.food"
    stopped = replace(meal, active=False)
    assert silent(ALLERGY_ORDER, allergic(nuts, orders=[stopped]), at(0))
    assert silent(ALLERGY_ORDER, allergic(PENICILLIN, orders=[meal]), at(0))


def test_a_new_pair_has_another_token_whatever_the_order_of_telling() -> None:
    sulfa = Allergy(id="s", names=("磺胺",))
    orders = [ordered("青霉素", "o1"), ordered("磺胺", "o2")]

    def token(orders: Sequence[Order], *allergies: Allergy) -> str:
        given = allergic(*allergies, orders=orders)
        return only(ALLERGY_ORDER.look(given, SETTINGS, at(0))).once

    assert token(orders, PENICILLIN, sulfa) == token(orders[::-1], sulfa, PENICILLIN)
    assert token(orders, PENICILLIN) != token(orders, PENICILLIN, sulfa)


# -------------------------------------------------------------------- unsafe bed


def test_a_brake_that_is_off_is_told_after_a_minute_and_due_after_five() -> None:
    given = facts(bed_says(BedSensor.BRAKE, False, 0))
    assert found_from(BED_UNSAFE, given, at(1)).alert_class is AlertClass.INFORMATION
    moment = timedelta(microseconds=1)
    assert only(BED_UNSAFE.look(given, SETTINGS, at(5) - moment)).alert_class is (
        AlertClass.INFORMATION
    )
    assert only(BED_UNSAFE.look(given, SETTINGS, at(5))).alert_class is AlertClass.DUE
    set_again = facts(
        bed_says(BedSensor.BRAKE, False, 0), bed_says(BedSensor.BRAKE, True, 6, id="b")
    )
    assert silent(BED_UNSAFE, set_again, at(6), at(60))


def test_rails_count_only_at_high_risk_of_falling() -> None:
    down = bed_says(BedSensor.RAILS, False, 0)
    assert silent(BED_UNSAFE, facts(down), at(1), at(60))
    risky = facts(down, encounter=with_precaution(PrecautionSlot.FALL))
    assert found_from(BED_UNSAFE, risky, at(1)).why.key == "alert.bed_unsafe.why.rails"
    both = facts(
        down, bed_says(BedSensor.BRAKE, False, 2), encounter=with_precaution(PrecautionSlot.FALL)
    )
    assert only(BED_UNSAFE.look(both, SETTINGS, at(9))).why.key == "alert.bed_unsafe.why.both"


def test_a_bed_is_not_judged_while_somebody_is_there() -> None:
    there = Presence(bed_id="bed-1", room_id="room-1", people=(Present(by=LI, since=at(0)),))
    ward = WardLook(present={"bed-1": there})
    given = facts(bed_says(BedSensor.BRAKE, False, 0), ward=ward)
    assert silent(BED_UNSAFE, given, at(1), at(60))
