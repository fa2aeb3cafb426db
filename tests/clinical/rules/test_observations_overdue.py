"""Observations overdue: by score, by order, with grace; one alert that says what is wanting."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Encounter, EncounterStatus, News2Exclusion, News2Order
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED
from smartward.clinical.priority import Priority
from smartward.clinical.rules.observations_overdue import OBSERVATIONS_OVERDUE
from tests.clinical.build import NORMAL, Parts, at, sign, stay
from tests.clinical.rules.facts import SETTINGS, assert_next_look_is_never_late, facts, only
from tests.clinical.rules.test_news2_rule import FOUR, HIGH, MEDIUM, ROUNDS, SINGLE, WHO

P = Parameter
KEY = "alert.observations_overdue"
LOOK = OBSERVATIONS_OVERDUE.look


def lacking(*parameters: Parameter) -> Parts:
    return {p: v for p, v in NORMAL.items() if p not in parameters}


def by_order(minutes: int | None, exclusion: News2Exclusion | None = None) -> Encounter:
    return stay(news2=News2Order(interval_min=minutes, exclusion=exclusion))


@pytest.mark.parametrize(
    "parts, interval, grace",
    [
        (NORMAL, 12 * 60, 60),
        (NORMAL | {P.OXYGEN_SUPPLY: "oxygen"}, 6 * 60, 60),
        (FOUR, 6 * 60, 60),
        (SINGLE, 60, 15),
        (MEDIUM, 60, 15),
        (HIGH, 30, 15),
    ],
)
def test_by_the_score(parts: Parts, interval: int, grace: int) -> None:
    given = facts(sign("a", 0, parts))
    late = at(interval + grace)
    before = LOOK(given, SETTINGS, late - timedelta(microseconds=1))
    assert (before.findings, before.next_look) == ((), late)
    finding = only(LOOK(given, SETTINGS, late))
    assert finding.priority is Priority.LOW
    assert finding.why.key == f"{KEY}.by_score"
    assert finding.why.values["last"] == "2026-08-01T02:00:00.000Z"
    assert finding.why.values["due"] == at(interval).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )
    assert [cause.id for cause in finding.cause] == ["a"]


@pytest.mark.parametrize(
    "ordered, grace", [(15, 15), (60, 15), (120, 30), (240, 60), (480, 60), (1440, 60)]
)
def test_an_ordered_interval_wins(ordered: int, grace: int) -> None:
    for parts in (NORMAL, FOUR) if ordered > 30 else (NORMAL, FOUR, HIGH):
        given = facts(sign("a", 0, parts), encounter=by_order(ordered))
        late = at(ordered + grace)
        assert LOOK(given, SETTINGS, late - timedelta(seconds=1)).findings == ()
        assert only(LOOK(given, SETTINGS, late)).why.key == f"{KEY}.ordered"


def test_with_a_high_score_an_older_order_is_no_reason_to_wait_longer() -> None:
    old = facts(sign("a", 0, HIGH), encounter=by_order(240))
    assert only(LOOK(old, SETTINGS, at(45))).why.key == f"{KEY}.by_score"
    days = facts(sign("a", 0, HIGH), encounter=by_order(5 * 24 * 60))
    assert LOOK(days, SETTINGS, at(45)).findings, "an interval of days is not judged, the score is"
    alone = facts(sign("a", 0, SINGLE), encounter=by_order(240))
    assert only(LOOK(alone, SETTINGS, at(75))).why.key == f"{KEY}.by_score"


@pytest.mark.parametrize("ordered_at, due", [(-1, 45), (5, 300), (65, 300), (None, 45)])
def test_who_orders_with_the_high_score_known_decides(ordered_at: int | None, due: int) -> None:
    when = None if ordered_at is None else at(ordered_at)
    encounter = stay(news2=News2Order(interval_min=240, interval_ordered_at=when))
    signs = [sign("z", -60, FOUR), sign("a", 0, HIGH), sign("b", 60, HIGH)]
    given = facts(*signs, encounter=encounter)
    assert LOOK(given, SETTINGS, at(60 + due) - timedelta(seconds=1)).findings == ()
    assert LOOK(given, SETTINGS, at(60 + due)).findings


def test_a_new_patient_is_due_four_hours_after_admission() -> None:
    given = facts()
    assert LOOK(given, SETTINGS, at(0)).next_look == at(300)
    finding = only(LOOK(given, SETTINGS, at(300)))
    assert finding.why.key == f"{KEY}.first"
    assert finding.why.values == {"due": "2026-08-01T06:00:00.000Z"}
    assert [(cause.kind, cause.id) for cause in finding.cause] == [("encounter", "enc-1")]
    sooner = facts(encounter=by_order(60))
    assert only(LOOK(sooner, SETTINGS, at(75))).why.values["due"] == "2026-08-01T03:00:00.000Z"
    later = facts(encounter=by_order(1440))
    assert only(LOOK(later, SETTINGS, at(300))).why.key == f"{KEY}.first"


def test_nothing_for_two_days() -> None:
    finding = only(LOOK(facts(), SETTINGS, at(48 * 60)))
    assert finding.why.key == f"{KEY}.none"
    assert finding.why.values == {"n": 48, "due": "2026-08-01T06:00:00.000Z"}
    old = facts(sign("a", -48 * 60, NORMAL), encounter=stay(admitted=at(-72 * 60)))
    assert only(LOOK(old, SETTINGS, at(0))).why.key == f"{KEY}.none"


def test_an_incomplete_set_is_told_no_longer_than_it_is_known() -> None:
    encounter = stay(admitted=at(-72 * 60))
    given = facts(sign("a", 0, lacking(P.TEMPERATURE)), encounter=encounter)
    look = LOOK(given, SETTINGS, at(60))
    assert only(look).why.key == f"{KEY}.incomplete.temperature"
    assert look.next_look == at(48 * 60)
    assert only(LOOK(given, SETTINGS, at(48 * 60))).why.key == f"{KEY}.none"


def test_without_a_time_of_admission_nothing_is_known() -> None:
    assert LOOK(facts(encounter=stay(admitted=None)), SETTINGS, at(9999)).findings == ()


def test_long_overdue_is_told_with_its_day() -> None:
    given = facts(sign("a", 0, HIGH))
    turn = at(30 + 12 * 60)
    look = LOOK(given, SETTINGS, turn - timedelta(seconds=1))
    assert (only(look).why.key, look.next_look) == (f"{KEY}.by_score", turn)
    assert only(LOOK(given, SETTINGS, turn)).why.key == f"{KEY}.long"


def test_a_complete_set_ends_it_and_an_incomplete_one_says_what_is_missing() -> None:
    first = sign("a", 0, MEDIUM)
    partial = sign("b", 80, lacking(P.CONSCIOUSNESS))
    finding = only(LOOK(facts(first, partial), SETTINGS, at(90)))
    assert finding.why.key == f"{KEY}.incomplete.consciousness"
    assert finding.why.values == {
        "at": "2026-08-01T03:20:00.000Z",
        "n": 1,
        "due": "2026-08-01T03:00:00.000Z",
    }
    assert [cause.id for cause in finding.cause] == ["a", "b"]
    worse = sign("b", 80, lacking(P.CONSCIOUSNESS, P.TEMPERATURE))
    several = only(LOOK(facts(first, worse), SETTINGS, at(90)))
    assert (several.why.key, several.why.values["n"]) == (f"{KEY}.incomplete.several", 2)
    assert LOOK(facts(first, partial, sign("c", 85, NORMAL)), SETTINGS, at(90)).findings == ()
    never = only(LOOK(facts(partial), SETTINGS, at(310)))
    assert never.why.key == f"{KEY}.incomplete.consciousness"


@pytest.mark.parametrize("reason", list(News2Exclusion))
def test_a_patient_news2_is_not_for_is_due_only_by_order(reason: News2Exclusion) -> None:
    given = facts(sign("a", 0, HIGH), encounter=by_order(None, reason))
    assert LOOK(given, SETTINGS, at(47 * 60)).findings == ()
    part = sign("a", 0, lacking(P.CONSCIOUSNESS, P.OXYGEN_SUPPLY))
    ordered = facts(part, encounter=by_order(120, reason))
    assert LOOK(ordered, SETTINGS, at(149)).findings == ()
    assert only(LOOK(ordered, SETTINGS, at(150))).why.key == f"{KEY}.ordered"
    nothing = facts(encounter=by_order(120, reason))
    assert only(LOOK(nothing, SETTINGS, at(150))).why.key == f"{KEY}.first"


def test_an_interval_longer_than_what_is_looked_back_on_is_not_judged() -> None:
    assert LOOK(facts(encounter=by_order(2 * 24 * 60)), SETTINGS, at(310)).findings
    assert LOOK(facts(encounter=by_order(2 * 24 * 60 + 1)), SETTINGS, at(310)).findings == ()


@pytest.mark.parametrize(
    "status, due",
    [
        (EncounterStatus.PLANNED, False),
        (EncounterStatus.ON_LEAVE, False),
        (EncounterStatus.ARRIVED, True),
        (EncounterStatus.IN_PROGRESS, True),
    ],
)
def test_only_who_is_here_is_due(status: EncounterStatus, due: bool) -> None:
    look = LOOK(facts(encounter=stay(status=status)), SETTINGS, at(310))
    assert bool(look.findings) is due
    assert due or look.next_look is None


@given(ROUNDS, WHO, st.integers(0, 3000), st.sampled_from([None, 0, -700, -4000]))
def test_next_look_is_never_late(
    rounds: list[VitalSign], who: Encounter, minutes: int, admitted: int | None
) -> None:
    encounter = Encounter(
        id=who.id,
        patient=who.patient,
        status=who.status,
        bed_id=who.bed_id,
        admitted_at=None if admitted is None else at(admitted),
        news2=who.news2,
    )
    given = facts(*rounds, encounter=encounter)
    assert_next_look_is_never_late(OBSERVATIONS_OVERDUE, given, at(minutes))


@given(ROUNDS, st.sampled_from(SCORED))
def test_never_more_than_one(rounds: list[VitalSign], parameter: Parameter) -> None:
    more = [*rounds, sign("part", 30, lacking(parameter))]
    for minutes in (0, 60, 400, 2000):
        assert len(LOOK(facts(*more), SETTINGS, at(minutes)).findings) <= 1
