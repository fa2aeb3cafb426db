"""Doses as needed: what stands against one more, at every edge; what an allergy touches."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.allergy import ATC, Allergy, ingredients, touches
from smartward.clinical.order import (
    Dose,
    Limit,
    Order,
    OrderKind,
    PrnTold,
    PrnWarning,
    doses,
    in_unit,
    prn_check,
    wholly_judged,
)
from tests.clinical.build import at


def order(*limits: Limit, given: tuple[Dose, ...] = (), **more: Any) -> Order:
    plain: dict[str, Any] = {"dose": 0.5, "dose_unit": "g"}
    return Order(
        id="o", encounter_id="e", kind=OrderKind.MEDICINE, limits=limits, given=given,
        **plain | more,
    )  # fmt: skip


def dose(hours: float, amount: float | None = None, unit: str = "") -> Dose:
    return Dose(id=f"d{hours}", at=at(hours * 60), amount=amount, unit=unit)


EVERY_6_H = Limit(period_h=6, doses=1)
FOUR_A_DAY = Limit(period_h=24, doses=4)
TWO_G_A_DAY = Limit(period_h=24, amount=2, unit="g")


def check(one: Order, hours: float, *given: Dose) -> PrnWarning | None:
    return prn_check(one, given, at(hours * 60))


def test_a_least_interval() -> None:
    one = order(EVERY_6_H)
    assert check(one, 6, dose(0)) is None
    found = check(one, 5.999, dose(0))
    assert found == PrnWarning(PrnTold.TOO_SOON, EVERY_6_H, at(0), at(360))
    assert check(one, 0) is None
    assert check(one, 1, dose(2)) is None, "a dose to come is none yet"


def test_so_many_doses_in_a_period() -> None:
    one = order(FOUR_A_DAY)
    four = [dose(hour) for hour in (0, 5, 10, 15)]
    assert check(one, 15, *four[:3]) is None
    found = check(one, 20, *four)
    assert found == PrnWarning(PrnTold.TOO_MANY, FOUR_A_DAY, at(15 * 60), at(24 * 60))
    assert check(one, 24, *four) is None


def test_so_much_in_a_period_whatever_the_unit() -> None:
    one = order(TWO_G_A_DAY)
    assert check(one, 9, dose(0, 500, "mg"), dose(4, 1, "g")) is None
    found = check(one, 9, dose(0, 600, "mg"), dose(4, 1, "g"))
    assert found == PrnWarning(PrnTold.TOO_MUCH, TWO_G_A_DAY, at(240), at(24 * 60))
    assert check(one, 9, dose(0), dose(3), dose(6)) is None, "as ordered: 1.5 g and 0.5 g more"
    assert check(one, 9, dose(0), dose(2), dose(4), dose(6)) is not None


def test_a_single_dose_above_the_limit_is_never_possible() -> None:
    found = check(order(TWO_G_A_DAY, dose=2.1), 0)
    assert found == PrnWarning(PrnTold.TOO_MUCH, TWO_G_A_DAY, None, None)


def test_what_cannot_be_compared_does_not_count_and_what_is_known_does() -> None:
    full, part, foreign = dose(0, 2, "g"), dose(0, 1.9, "g"), dose(0, 4, "片")
    over = PrnWarning(PrnTold.TOO_MUCH, TWO_G_A_DAY, at(0), at(24 * 60))
    for unknown in (order(TWO_G_A_DAY, dose=None), order(TWO_G_A_DAY, dose_unit="片")):
        assert check(unknown, 1, full) == over, "one more is more than nothing"
        assert check(unknown, 1, part) is None
        assert check(unknown, 24, full) is None
    assert check(order(TWO_G_A_DAY), 1, foreign) is None
    assert check(order(TWO_G_A_DAY), 1, part, foreign) == over, "1.9 g and 0.5 g, whatever else"
    assert check(order(TWO_G_A_DAY, EVERY_6_H), 1, foreign) is not None


@pytest.mark.parametrize(
    "one, wholly",
    [
        (order(EVERY_6_H, TWO_G_A_DAY, given=(dose(0, 500, "mg"), dose(1))), True),
        (order(TWO_G_A_DAY, dose=None), False),
        (order(TWO_G_A_DAY, given=(dose(0, 1, "片"),)), False),
        (order(EVERY_6_H, given=(dose(0, 1, "片"),), dose=None), True),
        (order(EVERY_6_H, Limit(period_h=48, doses=1)), True),
        (order(EVERY_6_H, Limit(period_h=72, doses=1)), False),
    ],
)
def test_where_a_limit_can_be_judged(one: Order, wholly: bool) -> None:
    assert wholly_judged(one) is wholly


def test_tablets_are_tablets() -> None:
    most = Limit(period_h=24, amount=4, unit="tablet")
    one = order(most, dose=2, dose_unit="tablets")
    assert check(one, 5, dose(0, 2, "tablet(s)")) is None
    assert check(one, 5, dose(0, 2, "Tablets"), dose(1, 1, "{tablet}")) is not None


def test_of_several_limits_the_one_that_lasts_longest_is_told() -> None:
    found = check(order(EVERY_6_H, FOUR_A_DAY), 16, *(dose(hour) for hour in (0, 5, 10, 15)))
    assert found is not None
    assert found.told is PrnTold.TOO_MANY


@pytest.mark.parametrize(
    "amount, unit, wanted, found",
    [
        (500, "mg", "g", 0.5),
        (1, "克", "毫克", 1000),
        (2, "片", "片", 2),
        (2, "片", "mg", None),
        (2, "tabs", "tab", 2),
        (2, "puffs", "puff", 2),
        (2, "capsules", "tablets", None),
        (None, "g", "g", None),
        (0, "mg", "g", 0),
    ],
)
def test_amounts_in_another_unit(
    amount: float | None, unit: str, wanted: str, found: float | None
) -> None:
    assert in_unit(amount, unit, wanted) == found


@given(st.lists(st.integers(0, 60), max_size=8, unique=True), st.integers(0, 60))
def test_when_a_dose_is_possible_again_nothing_stands_against_it(
    hours: list[int], now: int
) -> None:
    one = order(EVERY_6_H, FOUR_A_DAY, TWO_G_A_DAY)
    given_ = [dose(hour) for hour in hours]
    found = check(one, now, *given_)
    assert found == check(one, now, *reversed(given_))
    if found is not None:
        assert found.from_ is not None
        past = [each for each in given_ if each.at <= at(now * 60)]
        assert prn_check(one, past, found.from_) is None
        assert prn_check(one, past, found.from_ - timedelta(seconds=1)) is not None


def test_one_dose_told_by_both_is_one() -> None:
    told = order(given=(dose(0), dose(6)))
    assert [one.at for one in doses(told, [at(4), at(200)])] == [at(0), at(200), at(360)]


# ------------------------------------------------------------------- allergies

SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize(
    "text, found",
    [
        ("青霉素过敏", {"青霉素"}),
        ("注射用青霉素 80万单位", {"青霉素"}),
        ("0.9%氯化钠注射液+头孢呋辛", {"氯化钠", "头孢呋辛"}),
        ("Allergy to Penicillin", {"penicillin"}),
        ("Ibuprofen 200 mg tablets", {"ibuprofen"}),
        ("Amoxicillin and clavulanate", {"amoxicillin", "clavulanate"}),
        ("阿司匹林肠溶片(拜阿司匹灵) 100mg", {"阿司匹林"}),
        ("对乙酰氨基酚片 0.5g 口服", {"对乙酰氨基酚"}),
        ("注射用头孢他啶 1g 静脉滴注", {"头孢他啶"}),
        ("Morphine 10 mg/mL injection IV", {"morphine"}),
        ("对青霉素过敏", {"青霉素", "对青霉素"}),
        ("青霉素类过敏史", {"青霉素"}),
        ("注射用青霉素钠 80万单位", {"青霉素"}),
        ("注射用甲泼尼龙琥珀酸钠", {"甲泼尼龙"}),
        ("复方氯化钠注射液", {"复方氯化钠"}),
        ("硝酸甘油片", {"硝酸甘油"}),
        ("甘油磷酸钠注射液", {"甘油磷酸钠"}),
        ("硫酸镁注射液", {"硫酸镁"}),
        ("Sodium citrate", {"sodium citrate"}),
        ("Hydrocortisone sodium succinate", {"hydrocortisone"}),
        ("Vitamin B12 500 ug", {"vitamin b12"}),
        ("", set()),
    ],
)
def test_ingredients_of_a_name(text: str, found: set[str]) -> None:
    assert ingredients(text) == found


@pytest.mark.parametrize(
    "mine, theirs, found",
    [
        (f"{SNOMED}|1", f"{SNOMED}|1", True),
        (f"{SNOMED}|1", f"{SNOMED}|12", False),
        (f"{SNOMED}|1", "http://loinc.org|1", False),
        (f"{ATC[0]}|J01C", f"{ATC[0]}|J01CA04", True),
        (f"{ATC[0]}|J01C", f"{ATC[1]}|j01ca04", True),
        (f"{ATC[0]}|J01CA04", f"{ATC[0]}|J01C", False),
        (f"{ATC[0]}|J01C", f"{ATC[0]}|J01DD04", False),
        (f"{ATC[0]}|J", f"{ATC[0]}|J01CA04", False),
        ("urn:local|J01C", "urn:local|J01CA04", False),
    ],
)
def test_codes_that_match(mine: str, theirs: str, found: bool) -> None:
    assert touches(Allergy(id="a", codes=(mine,)), (theirs,), ()) is found


@pytest.mark.parametrize(
    "mine, theirs, found",
    [
        ("青霉素", "注射用青霉素", True),
        ("ＰＥＮＩＣＩＬＬＩＮ allergy", "penicillin 1 g injection", True),
        ("青霉素", "注射用青霉素钠", True),
        ("青霉素", "青霉素V钾片", True),
        ("头孢曲松过敏", "注射用头孢曲松钠 1g 静滴", True),
        ("吗啡", "硫酸吗啡注射液", True),
        ("盐酸氨溴索", "氨溴索片", True),
        ("肝素钠", "肝素钙注射液", True),
        ("Penicillin allergy", "penicillin G sodium injection", True),
        ("氯化钠", "氯化钾缓释片", False),
        ("碳酸钙", "碳酸氢钠片", False),
        ("乳酸钠林格", "醋酸钠林格注射液", False),
        ("Potassium chloride", "sodium chloride", False),
        ("Sodium citrate", "sodium acetate", False),
        ("头孢类过敏", "注射用头孢曲松钠", False),
        ("青霉素", "青霉胺片", False),
        ("青霉素", "阿莫西林胶囊", False),
        ("海鲜", "Ibuprofen", False),
        ("对乙酰氨基酚过敏", "对乙酰氨基酚片 0.5g", True),
        ("对对乙酰氨基酚过敏", "对乙酰氨基酚片 0.5g", True),
        ("对氨基水杨酸过敏", "对氨基水杨酸", True),
        ("对比剂过敏", "对比剂", True),
        ("对青霉素类过敏", "注射用青霉素 80万单位", True),
        ("对青霉素、头孢呋辛过敏", "注射用青霉素", True),
        ("患者对青霉素过敏史", "注射用青霉素", True),
        ("有青霉素过敏史", "注射用青霉素", True),
        ("青霉素类药物过敏", "注射用青霉素", True),
        ("乙酰半胱氨酸过敏", "对乙酰氨基酚片", False),
    ],
)
def test_names_match_only_when_they_are_equal(mine: str, theirs: str, found: bool) -> None:
    assert touches(Allergy(id="a", names=(mine,)), (), (theirs,)) is found
