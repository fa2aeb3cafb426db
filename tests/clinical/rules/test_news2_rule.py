"""One alert per patient for a high score, from complete sets only."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.alert import Cause, Subject, SubjectKind
from smartward.clinical.encounter import News2Exclusion, News2Order
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED
from smartward.clinical.priority import Priority
from smartward.clinical.rules import AlertClass, Facts, Look, Mode, Problem, RuleSettings
from smartward.clinical.rules.base import soonest
from smartward.clinical.rules.news2 import (
    FAMILY,
    NEWS2_HIGH,
    NEWS2_MEDIUM,
    NEWS2_RISE,
    NEWS2_SINGLE,
    News2Settings,
)
from tests.clinical.build import NORMAL, Parts, at, sign, stay
from tests.clinical.rules.facts import SETTINGS, assert_next_look_is_never_late, facts, keys, only

P = Parameter


class Together:
    """The three rules as they ship: on a ward they are one card."""

    def look(self, given: Facts, settings: RuleSettings, now: datetime) -> Look:
        looks = [rule.look(given, settings, now) for rule in FAMILY if rule is not NEWS2_RISE]
        return Look(
            findings=tuple(finding for look in looks for finding in look.findings),
            next_look=soonest(*(look.next_look for look in looks)),
        )


NEWS2 = Together()
HIGH: Parts = NORMAL | {P.RESPIRATORY_RATE: 25, P.OXYGEN_SUPPLY: "oxygen", P.HEART_RATE: 115}
MEDIUM: Parts = NORMAL | {P.RESPIRATORY_RATE: 25, P.OXYGEN_SUPPLY: "oxygen"}
SINGLE: Parts = NORMAL | {P.CONSCIOUSNESS: "C"}
FOUR: Parts = NORMAL | {P.RESPIRATORY_RATE: 22, P.OXYGEN_SUPPLY: "oxygen"}


@pytest.mark.parametrize(
    "parts, priority, title, values, todo",
    [
        (HIGH, Priority.HIGH, "alert.news2.title", {"n": 7}, "high"),
        (MEDIUM, Priority.MEDIUM, "alert.news2.title", {"n": 5}, "medium"),
        (SINGLE, Priority.MEDIUM, "alert.news2.single.consciousness", {"total": 3}, "single"),
    ],
)
def test_crossings(
    parts: Parts, priority: Priority, title: str, values: dict[str, int], todo: str
) -> None:
    look = NEWS2.look(facts(sign("v", 3, parts)), SETTINGS, at(4))
    finding = only(look)
    assert finding.priority is priority
    assert keys(finding) == (title, "alert.news2.why", f"alert.news2.todo.{todo}")
    assert finding.title.values == values
    assert finding.why.values == {"at": "2026-08-01T02:03:00.000Z"}
    assert finding.subject == Subject(kind=SubjectKind.ENCOUNTER, id="enc-1")
    assert finding.rule == {"high": "news2"}.get(todo, f"news2_{todo}")
    assert (finding.problem, finding.since) == (Problem.DETERIORATION, at(3))
    assert finding.alert_class is (AlertClass.EMERGENCY if todo == "high" else AlertClass.URGENT)
    assert finding.cause == (Cause(kind="vital_sign", id="v", seq=2),)
    assert finding.harm_at is None
    assert look.next_look == at(3) + timedelta(hours=48)


@pytest.mark.parametrize("parts", [NORMAL, FOUR])
def test_a_low_score_is_no_finding(parts: Parts) -> None:
    assert NEWS2.look(facts(sign("v", 0, parts)), SETTINGS, at(1)).findings == ()


def test_it_tells_the_score_before() -> None:
    earlier = sign("a", -60, FOUR)
    finding = only(NEWS2.look(facts(earlier, sign("b", 3, HIGH)), SETTINGS, at(4)))
    assert finding.why.key == "alert.news2.why_before"
    assert finding.why.values == {
        "at": "2026-08-01T02:03:00.000Z",
        "before_at": "2026-08-01T01:00:00.000Z",
        "n": 4,
    }
    assert [cause.id for cause in finding.cause] == ["b"]
    long_ago = sign("a", 3 - 24 * 60 - 1, FOUR)
    finding = only(NEWS2.look(facts(long_ago, sign("b", 3, HIGH)), SETTINGS, at(4)))
    assert finding.why.key == "alert.news2.why"


def test_two_newer_complete_sets_end_it_and_an_incomplete_one_does_not() -> None:
    high = sign("a", 0, HIGH)
    part = sign("b", 60, {p: v for p, v in NORMAL.items() if p is not P.TEMPERATURE})
    assert only(NEWS2.look(facts(high, part), SETTINGS, at(61))).priority is Priority.HIGH
    good = sign("c", 70, NORMAL)
    assert only(NEWS2.look(facts(high, part, good), SETTINGS, at(71))).rule == "news2"
    again = sign("d", 90, NORMAL)
    assert NEWS2.look(facts(high, part, good, again), SETTINGS, at(91)).findings == ()


def test_an_incomplete_or_doubtful_set_is_never_scored() -> None:
    part = {p: v for p, v in HIGH.items() if p is not P.OXYGEN_SUPPLY}
    assert NEWS2.look(facts(sign("a", 0, part)), SETTINGS, at(1)).findings == ()
    assert NEWS2.look(facts(sign("a", 0, HIGH, doubtful=True)), SETTINGS, at(1)).findings == ()


def test_a_set_dated_ahead_is_looked_at_when_its_time_has_come() -> None:
    ahead = facts(sign("a", 30, HIGH))
    look = NEWS2.look(ahead, SETTINGS, at(0))
    assert (look.findings, look.next_look) == ((), at(29))
    assert only(NEWS2.look(ahead, SETTINGS, at(29))).priority is Priority.HIGH


def test_another_patients_observations_do_not_count() -> None:
    """Mother and child share a bed, never a score."""
    assert NEWS2.look(facts(sign("a", 0, HIGH, encounter="enc-2")), SETTINGS, at(1)).findings == ()


@pytest.mark.parametrize("reason", list(News2Exclusion))
def test_excluded_by_order_for_good(reason: News2Exclusion) -> None:
    encounter = stay(news2=News2Order(exclusion=reason))
    look = NEWS2.look(facts(sign("a", 0, HIGH), encounter=encounter), SETTINGS, at(1))
    assert look.findings == ()
    assert_next_look_is_never_late(NEWS2, facts(sign("a", 0, HIGH), encounter=encounter), at(1))


def test_the_16th_birthday_is_a_time_to_look() -> None:
    young = facts(sign("a", 0, HIGH), encounter=stay(born="2010-08-02"))
    look = NEWS2.look(young, SETTINGS, at(1))
    assert look.findings == ()
    assert look.next_look is not None
    assert only(NEWS2.look(young, SETTINGS, look.next_look)).priority is Priority.HIGH


def test_scale_2_by_order_changes_the_answer() -> None:
    parts: Parts = NORMAL | {P.OXYGEN_SATURATION: 88}
    by_order = stay(news2=News2Order(scale=2))
    assert NEWS2.look(facts(sign("a", 0, parts)), SETTINGS, at(1)).findings
    look = NEWS2.look(facts(sign("a", 0, parts), encounter=by_order), SETTINGS, at(1))
    assert look.findings == ()


def test_it_lasts_48_hours_at_most() -> None:
    given = facts(sign("a", 0, HIGH))
    end = at(48 * 60)
    assert NEWS2.look(given, SETTINGS, end - timedelta(microseconds=1)).findings
    assert NEWS2.look(given, SETTINGS, end).findings == ()


def test_the_score_before_is_told_no_longer_than_it_is_known() -> None:
    given = facts(sign("a", -60, FOUR), sign("b", 0, HIGH))
    expires = at(47 * 60)
    look = NEWS2.look(given, SETTINGS, expires - timedelta(microseconds=1))
    assert (only(look).why.key, look.next_look) == ("alert.news2.why_before", expires)
    assert only(NEWS2.look(given, SETTINGS, expires)).why.key == "alert.news2.why"


def test_thresholds_are_settings() -> None:
    stricter = RuleSettings().with_(News2Settings(medium_from=4, high_from=5))
    assert only(NEWS2.look(facts(sign("a", 0, MEDIUM)), stricter, at(1))).priority is Priority.HIGH
    assert only(NEWS2.look(facts(sign("a", 0, FOUR)), stricter, at(1))).priority is Priority.MEDIUM


SCORE: dict[int, Parts] = {
    4: FOUR,
    5: FOUR | {P.SYSTOLIC: 105},
    6: FOUR | {P.SYSTOLIC: 95},
    7: FOUR | {P.SYSTOLIC: 95, P.TEMPERATURE: 38.5},
}
"""Sets by their total, none with a single 3."""

ROUNDS = st.lists(
    st.builds(
        sign,
        id=st.uuids().map(str),
        minutes=st.integers(-50 * 60, 120),
        parts=st.sampled_from([NORMAL, FOUR, SINGLE, MEDIUM, HIGH]).flatmap(
            lambda parts: st.sets(st.sampled_from(SCORED), max_size=1).map(
                lambda lacking: {p: v for p, v in parts.items() if p not in lacking}
            )
        ),
        doubtful=st.booleans(),
    ),
    max_size=6,
)
WHO = st.builds(
    stay,
    born=st.sampled_from(["1959", "2010-08-02", "2010", None]),
    news2=st.builds(
        News2Order,
        scale=st.sampled_from([1, 2]),
        exclusion=st.sampled_from([None, None, None, News2Exclusion.PREGNANT]),
        interval_min=st.sampled_from([None, None, 60, 1440, 5000]),
    ),
)


@given(ROUNDS, WHO, st.integers(0, 60))
def test_next_look_is_never_late(rounds: list[VitalSign], who: object, minutes: int) -> None:
    assert_next_look_is_never_late(NEWS2, facts(*rounds, encounter=who), at(minutes))  # type: ignore[arg-type]  # fields by their own names


@given(ROUNDS, st.randoms())
def test_the_order_of_facts_does_not_matter(rounds: list[VitalSign], random: object) -> None:
    shuffled = list(rounds)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    one, other = (
        NEWS2.look(facts(*signs), SETTINGS, at(130)).findings for signs in (rounds, shuffled)
    )
    seen = [[(f.title, f.why, [c.id for c in f.cause]) for f in found] for found in (one, other)]
    assert seen[0] == seen[1]


def test_a_milder_rule_speaks_where_the_worse_one_is_silent() -> None:
    given = facts(sign("v", 0, HIGH))
    found = NEWS2_MEDIUM.look(given, SETTINGS.with_modes({"news2": Mode.SHADOW}), at(1))
    assert only(found).title.values == {"n": 7}, "a shadow tells nobody"
    assert NEWS2_MEDIUM.look(given, SETTINGS, at(1)).findings == ()
    off = SETTINGS.with_modes({"news2": Mode.OFF, "news2_medium": Mode.OFF})
    assert only(NEWS2_SINGLE.look(given, off, at(1))).rule == "news2_single"


@pytest.mark.parametrize(
    "totals, found",
    [
        ((7,), True),
        ((6,), False),
        ((7, 6), True),
        ((7, 6, 6), False),
        ((7, 6, 7, 6), True),
        ((7, 6, 6, 7), True),
        ((6, 7), True),
    ],
)
def test_a_high_score_ends_with_two_below_it(totals: tuple[int, ...], found: bool) -> None:
    signs = [sign(f"v{n}", n * 60, SCORE[total]) for n, total in enumerate(totals)]
    assert bool(NEWS2_HIGH.look(facts(*signs), SETTINGS, at(600)).findings) is found


@pytest.mark.parametrize(
    "totals, title, todo",
    [
        ((7,), ("alert.news2.title", {"n": 7}), ("high", {})),
        ((7, 4), ("alert.news2.held", {"before": 7, "n": 4}), ("again", {"n": 1, "limit": "7"})),
        ((7, 6), ("alert.news2.held", {"before": 7, "n": 6}), ("medium", {})),
        ((7, 4, 7), ("alert.news2.title", {"n": 7}), ("high", {})),
    ],
)
def test_a_high_score_that_only_holds_on_says_what_it_was_and_calls_nobody(
    totals: tuple[int, ...], title: tuple[str, dict[str, int]], todo: tuple[str, dict[str, object]]
) -> None:
    signs = [sign(f"v{n}", n * 60, SCORE[total]) for n, total in enumerate(totals)]
    finding = only(NEWS2_HIGH.look(facts(*signs), SETTINGS, at(600)))
    assert (finding.title.key, finding.title.values) == title
    assert (finding.todo.key, finding.todo.values) == (f"alert.news2.todo.{todo[0]}", todo[1])


def test_three_sets_in_a_row_are_counted_down() -> None:
    own = RuleSettings().with_(News2Settings(back_sets=3))
    signs = [sign(f"v{n}", n * 60, SCORE[total]) for n, total in enumerate((7, 4))]
    assert only(NEWS2_HIGH.look(facts(*signs), own, at(600))).todo.values["n"] == 2


@pytest.mark.parametrize(
    "totals, hours, found",
    [
        ((4, 6), 1, True),
        ((4, 5), 1, False),
        ((4, 6), 8, True),
        ((4, 6), 8.01, False),
        ((4, 5, 6), 1, True),
        ((4, 6, 5), 1, False),
        ((4, 6, 7, 7), 1, True),
        ((4, 6, 7, 6), 1, False),
        ((6,), 1, False),
    ],
)
def test_a_rise_of_two_within_eight_hours(
    totals: tuple[int, ...], hours: float, found: bool
) -> None:
    alone = SETTINGS.with_modes({rule.id: Mode.OFF for rule in FAMILY[:3]})
    signs = [sign(f"v{n}", n * hours * 60, SCORE[total]) for n, total in enumerate(totals)]
    look = NEWS2_RISE.look(facts(*signs), alone, at(40 * 60))
    assert bool(look.findings) is found
