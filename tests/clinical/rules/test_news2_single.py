"""3 points of one parameter beside complete sets: parts of a set, and single readings in a row."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.encounter import News2Exclusion, News2Order
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.rules import Mode
from smartward.clinical.rules.news2 import FAMILY, NEWS2_SINGLE
from smartward.clinical.rules.partial_set import PARTIAL_SET
from smartward.clinical.rules.settings import RuleSettingsError, read_settings
from smartward.clinical.rules.threes import ThreesSettings
from tests.clinical.build import NORMAL, Parts, at, sign, stay
from tests.clinical.rules.facts import (
    SETTINGS,
    assert_next_look_is_never_late,
    facts,
    found_from,
    keys,
    only,
    silent,
)

P = Parameter
GAP, LASTS, BACK = timedelta(minutes=60), timedelta(hours=6), timedelta(hours=48)
FAST: Parts = {P.RESPIRATORY_RATE: 30, P.HEART_RATE: 80}


def pulse(minutes: float, value: float = 35, **more: Any) -> VitalSign:
    """A monitor's: of no panel."""
    return sign(f"m{minutes:g}", minutes, {P.HEART_RATE: value}, **more)


def part(minutes: float, parts: Parts = FAST, id: str = "p") -> VitalSign:
    """What somebody measured of a set."""
    return sign(f"{id}{minutes:g}", minutes, parts, panel=f"{id}{minutes:g}")


def found(*signs: VitalSign, at_minute: float = 300, own: ThreesSettings | None = None) -> bool:
    given_ = SETTINGS if own is None else SETTINGS.with_(own)
    return bool(NEWS2_SINGLE.look(facts(*signs), given_, at(at_minute)).findings)


# ---------------------------------------------------------------------------- a part of a set


def test_a_part_of_a_set_tells_at_once_and_which() -> None:
    finding = found_from(NEWS2_SINGLE, facts(part(5)), at(4), at(5) + BACK)
    assert keys(finding) == (
        *("alert.news2_single.partial.respiratory_rate", "alert.news2_single.why_partial"),
        "alert.news2.todo.single",
    )
    assert finding.since == at(5)
    assert [one.id for one in finding.cause] == ["p5"]


def test_a_part_of_a_set_is_still_to_be_completed_on_the_same_card() -> None:
    given_ = facts(part(0, {p: v for p, v in NORMAL.items() if p is not P.TEMPERATURE} | FAST))
    told, lacking = (
        only(rule.look(given_, SETTINGS, at(20))) for rule in (NEWS2_SINGLE, PARTIAL_SET)
    )
    assert (told.subject, told.problem) == (lacking.subject, lacking.problem)


@pytest.mark.parametrize(
    "parts, three",
    [
        ({P.RESPIRATORY_RATE: 25}, True),
        ({P.RESPIRATORY_RATE: 24}, False),
        ({P.RESPIRATORY_RATE: 8}, True),
        ({P.RESPIRATORY_RATE: 0}, True),
        ({P.RESPIRATORY_RATE: 9}, False),
        ({P.HEART_RATE: 40}, True),
        ({P.HEART_RATE: 41}, False),
        ({P.HEART_RATE: 130}, False),
        ({P.HEART_RATE: 131}, True),
        ({P.SYSTOLIC: 90}, True),
        ({P.SYSTOLIC: 219}, False),
        ({P.SYSTOLIC: 220}, True),
        ({P.OXYGEN_SATURATION: 91}, True),
        ({P.OXYGEN_SATURATION: 92}, False),
        ({P.TEMPERATURE: 35.04}, True),
        ({P.TEMPERATURE: 35.1}, False),
        ({P.TEMPERATURE: 41}, False),
        ({P.CONSCIOUSNESS: "C"}, True),
        ({P.CONSCIOUSNESS: "A"}, False),
        ({P.OXYGEN_SUPPLY: "oxygen"}, False),
    ],
)
def test_the_bands_of_the_chart(parts: Parts, three: bool) -> None:
    assert found(part(0, parts)) is three


@pytest.mark.parametrize(
    "parts, three",
    [
        ({P.OXYGEN_SATURATION: 84}, False),
        ({P.OXYGEN_SATURATION: 83}, True),
        ({P.OXYGEN_SATURATION: 98}, False),
        ({P.OXYGEN_SATURATION: 98, P.OXYGEN_SUPPLY: "air"}, False),
        ({P.OXYGEN_SATURATION: 97, P.OXYGEN_SUPPLY: "oxygen"}, True),
    ],
)
def test_an_ordered_target_and_oxygen_that_is_not_known(parts: Parts, three: bool) -> None:
    ordered = facts(part(0, parts), encounter=stay(news2=News2Order(scale=2)))
    assert bool(NEWS2_SINGLE.look(ordered, SETTINGS, at(1)).findings) is three


def test_what_cannot_be_judged_ends_nothing() -> None:
    high = part(0, {P.OXYGEN_SATURATION: 97, P.OXYGEN_SUPPLY: "oxygen"})
    unknown = part(9, {P.OXYGEN_SATURATION: 98})
    ordered = facts(high, unknown, encounter=stay(news2=News2Order(scale=2)))
    assert NEWS2_SINGLE.look(ordered, SETTINGS, at(10)).findings


def test_the_same_parameter_measured_again_ends_it_and_another_does_not() -> None:
    assert found(part(0), part(30, {P.HEART_RATE: 80}))
    assert not found(part(0), part(30, {P.RESPIRATORY_RATE: 24}))


def test_the_set_completed_says_its_total_and_a_normal_one_ends_it() -> None:
    whole = sign("w", 4, NORMAL | FAST)
    finding = only(NEWS2_SINGLE.look(facts(part(0), whole), SETTINGS, at(5)))
    assert finding.title.key == "alert.news2.single.respiratory_rate"
    assert finding.since == at(0), "one crossing"
    assert not found(part(0), sign("w", 30, NORMAL))


def test_a_panel_that_comes_sign_by_sign_is_a_whole_one_in_the_end() -> None:
    parts = NORMAL | FAST
    signs = [sign(f"{p}", 0, {p: v}, panel="one") for p, v in parts.items()]
    first = only(NEWS2_SINGLE.look(facts(*signs[:3]), SETTINGS, at(1)))
    last = only(NEWS2_SINGLE.look(facts(*signs), SETTINGS, at(1)))
    assert first.title.key == "alert.news2_single.partial.respiratory_rate"
    assert last.title.values == {"total": 3}
    assert first.since == last.since


def test_one_parameter_after_the_other_is_one_crossing() -> None:
    sleepy = NORMAL | {P.CONSCIOUSNESS: "V"}
    given_ = facts(part(0), sign("w", 30, sleepy))
    assert only(NEWS2_SINGLE.look(given_, SETTINGS, at(31))).since == at(0)
    apart = facts(part(0), sign("w", 30, NORMAL), sign("x", 60, sleepy))
    assert only(NEWS2_SINGLE.look(apart, SETTINGS, at(61))).since == at(60)


def test_from_how_many_parameters_a_part_counts_is_the_wards() -> None:
    own = ThreesSettings(panel_from=3)
    assert not found(part(0), own=own)
    assert found(part(0, FAST | {P.SYSTOLIC: 120}), own=own)


# ----------------------------------------------------------------------------- single readings


def test_three_in_a_row_tell_and_two_do_not() -> None:
    assert not found(pulse(0), pulse(5))
    three = facts(pulse(0), pulse(5), pulse(10))
    finding = only(NEWS2_SINGLE.look(three, SETTINGS, at(11)))
    assert keys(finding)[:2] == ("alert.news2_single.row.heart_rate", "alert.news2_single.why_row")
    assert finding.title.values == {"value": 35}
    assert finding.since == at(10)
    assert [one.id for one in finding.cause] == ["m0", "m5", "m10"]


def test_breathing_counts_and_a_pressure_or_a_saturation_does_not() -> None:
    for parts, told in (
        ({P.RESPIRATORY_RATE: 32}, True),
        ({P.SYSTOLIC: 80}, False),
        ({P.OXYGEN_SATURATION: 80}, False),
    ):
        assert found(*(sign(f"s{n}", n * 5, parts) for n in range(3))) is told


@pytest.mark.parametrize("name", ["single_pulse", "single_breathing"])
def test_a_ward_names_the_parameters(name: str) -> None:
    signs = [sign(f"s{n}", n * 5, {P.HEART_RATE: 35, P.RESPIRATORY_RATE: 30}) for n in range(3)]
    own = ThreesSettings(**{name: 0})
    finding = only(NEWS2_SINGLE.look(facts(*signs), SETTINGS.with_(own), at(11)))
    left = {"single_pulse": "respiratory_rate", "single_breathing": "heart_rate"}
    assert finding.title.key == f"alert.news2_single.row.{left[name]}"
    with pytest.raises(RuleSettingsError, match=name):
        read_settings({"news2_single": {name: 2}}, {"news2_single": ThreesSettings}, {})


def test_how_many_is_the_wards() -> None:
    assert found(pulse(0), own=ThreesSettings(single_values=1))
    four = [pulse(n * 5) for n in range(4)]
    assert not found(*four[:3], own=ThreesSettings(single_values=4))
    assert found(*four, own=ThreesSettings(single_values=4))


def test_one_in_band_begins_anew() -> None:
    assert not found(pulse(0), pulse(5), pulse(10, 70), pulse(15), pulse(20))
    assert found(pulse(0), pulse(5), pulse(10, 70), pulse(15), pulse(20), pulse(25))


def test_a_late_reading_in_the_middle_counts_where_it_was_taken() -> None:
    row = [pulse(0), pulse(5), pulse(10)]
    late = pulse(7, 70)
    assert found(*row)
    assert not found(*row, late)
    assert found(row[0], row[2], pulse(5, 36))


def test_a_gap_begins_anew() -> None:
    gap = GAP.total_seconds() / 60
    assert found(pulse(0), pulse(5), pulse(5 + gap))
    assert not found(pulse(0), pulse(5), pulse(5.1 + gap))


def test_what_is_doubtful_or_gone_does_not_count() -> None:
    assert not found(pulse(0), pulse(5), pulse(10, doubtful=True))
    assert not found(pulse(0), pulse(10))


def test_as_many_in_band_end_it() -> None:
    begun = [pulse(0), pulse(5), pulse(10)]
    assert found(*begun, pulse(15, 70), pulse(20, 70))
    assert found(*begun, pulse(15, 70), pulse(20, 70), pulse(22), pulse(25, 70))
    assert not found(*begun, pulse(15, 70), pulse(20, 70), pulse(25, 70))


def test_a_set_in_band_ends_it_and_a_new_row_begins_anew() -> None:
    begun = [pulse(0), pulse(5), pulse(10)]
    whole = sign("w", 12, NORMAL, panel="w")
    assert not found(*begun, whole)
    assert not found(*begun, part(12, {P.HEART_RATE: 44}))
    assert not found(*begun, whole, pulse(15), pulse(20))
    assert found(*begun, whole, pulse(15), pulse(20), pulse(25))


def test_single_readings_do_not_end_what_a_set_said() -> None:
    whole = sign("w", 0, NORMAL | {P.HEART_RATE: 35}, panel="w")
    assert found(whole, *(pulse(n * 5, 70) for n in range(1, 9)))


def test_a_last_reading_counts_for_six_hours() -> None:
    given_ = facts(pulse(0), pulse(5), pulse(10))
    end = at(10) + LASTS
    moment = timedelta(microseconds=1)
    look = NEWS2_SINGLE.look(given_, SETTINGS, end - moment)
    assert (len(look.findings), look.next_look) == (1, end)
    assert silent(NEWS2_SINGLE, given_, end)
    later = [pulse(0), pulse(5), pulse(10), pulse(10 + 361)]
    assert not found(*later, at_minute=400), "one reading after it was over is one"


# ------------------------------------------------------------------------------ the family


def test_it_is_silent_while_a_worse_one_speaks() -> None:
    high = sign("h", 0, NORMAL | {P.RESPIRATORY_RATE: 22, P.SYSTOLIC: 95, P.TEMPERATURE: 38.5,
                                  P.OXYGEN_SUPPLY: "oxygen"}, panel="h")  # fmt: skip
    given_ = facts(high, part(5), pulse(10), pulse(15), pulse(20))
    findings = [
        one.rule for rule in FAMILY[:3] for one in rule.look(given_, SETTINGS, at(30)).findings
    ]
    assert findings == ["news2"]
    quiet = SETTINGS.with_modes({"news2": Mode.SHADOW, "news2_medium": Mode.OFF})
    assert NEWS2_SINGLE.look(given_, quiet, at(30)).findings


def test_excluded_is_excluded_until_16() -> None:
    pregnant = stay(news2=News2Order(exclusion=News2Exclusion.PREGNANT))
    young = stay(born="2010-08-02")
    for signs in ([part(0)], [pulse(0), pulse(5), pulse(10)]):
        assert silent(NEWS2_SINGLE, facts(*signs, encounter=pregnant), at(11))
        look = NEWS2_SINGLE.look(facts(*signs, encounter=young), SETTINGS, at(11))
        assert look.findings == ()
        assert look.next_look is not None


MINUTES = st.integers(-50 * 60, 130)
VALUES = st.sampled_from([35, 36, 70, 71])
READINGS = st.one_of(
    st.builds(pulse, MINUTES, VALUES),
    st.builds(lambda start, n: pulse(start + n * 7), st.sampled_from([-300, 0]), st.integers(0, 8)),
    st.builds(
        part,
        MINUTES,
        st.sampled_from([FAST, {P.RESPIRATORY_RATE: 16}, {P.HEART_RATE: 35}, {P.HEART_RATE: 70}]),
    ),
    st.builds(lambda minutes: sign(f"w{minutes}", minutes, NORMAL, panel=f"w{minutes}"), MINUTES),
)
MIXED = st.lists(READINGS, max_size=14, unique_by=lambda one: one.id)


@settings(max_examples=60, deadline=None)
@given(MIXED, st.integers(0, 2**16), st.integers(0, 400))
def test_any_order_is_the_same_and_nothing_is_looked_at_too_late(
    signs: list[VitalSign], seed: int, minutes: int
) -> None:
    assert_next_look_is_never_late(NEWS2_SINGLE, facts(*signs), at(minutes))
    shuffled = list(signs)
    random.Random(seed).shuffle(shuffled)
    one, other = (
        NEWS2_SINGLE.look(facts(*given_), SETTINGS, at(130)).findings
        for given_ in (signs, shuffled)
    )
    seen = [
        [(f.title, f.why, f.since, [c.id for c in f.cause]) for f in told] for told in (one, other)
    ]
    assert seen[0] == seen[1]
