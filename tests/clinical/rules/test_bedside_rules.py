"""Rules on what was done at the bed and what the bed told: rounds, bed exit, partial sets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.bed_state import BedSensor
from smartward.clinical.care_event import CareEvent, CareKind, Missed, Position, in_error
from smartward.clinical.encounter import (
    Encounter,
    EncounterStatus,
    News2Exclusion,
    News2Order,
    NursingLevel,
    PrecautionSlot,
)
from smartward.clinical.observation import Parameter
from smartward.clinical.presence import Presence, Present
from smartward.clinical.rules.bed_exit import BED_EXIT
from smartward.clinical.rules.partial_set import PARTIAL_SET
from smartward.clinical.rules.rounding import ROUNDING_DUE
from smartward.clinical.score_result import ScoreKind
from tests.clinical.build import NORMAL, Parts, at, sign, stay
from tests.clinical.rules.events import LI, bed_says, done, score, with_precaution
from tests.clinical.rules.facts import SETTINGS, facts, found_from, only, silent, ward

P = Parameter
SECOND = timedelta(seconds=1)
FALL = with_precaution(PrecautionSlot.FALL)

# ------------------------------------------------------------------------------------ partial sets


def without(*lacking: Parameter) -> Parts:
    return {p: v for p, v in NORMAL.items() if p not in lacking}


@pytest.mark.parametrize("lacking", [p for p in NORMAL])
def test_a_set_that_lacks_one_is_told_after_a_while(lacking: Parameter) -> None:
    given = facts(sign("a", 0, without(lacking)))
    finding = found_from(PARTIAL_SET, given, at(15), at(8 * 60))
    assert finding.why.key == f"alert.partial_set.lacks.{lacking}"
    assert finding.since == at(15)


def test_several_missing_are_counted_and_fewer_than_four_are_no_set() -> None:
    given = facts(sign("a", 0, without(P.TEMPERATURE, P.SYSTOLIC)))
    assert found_from(PARTIAL_SET, given, at(15)).why.values["n"] == 2
    three = {p: NORMAL[p] for p in (P.HEART_RATE, P.SYSTOLIC, P.TEMPERATURE)}
    assert silent(PARTIAL_SET, facts(sign("a", 0, three)), at(15), at(60))


def test_a_zero_is_a_value_and_not_missing() -> None:
    apnoea = NORMAL | {P.RESPIRATORY_RATE: 0}
    assert silent(PARTIAL_SET, facts(sign("a", 0, apnoea)), at(15), at(60))


def missed(minutes: float, about: str | None = None) -> CareEvent:
    return done(CareKind.OBSERVATIONS_MISSED, minutes, missed=Missed.REFUSED, about=about)


@pytest.mark.parametrize(
    "more, told",
    [
        (missed(5), False),
        (missed(-1), True),
        (missed(5, "temperature"), False),
        (missed(5, "systolic"), True),
        (in_error(missed(5), LI, at(6), "wrong bed"), True),
        (sign("b", 14, NORMAL), False),
        (sign("b", 5, {P.TEMPERATURE: 37}), False),
    ],
)
def test_a_reason_or_the_missing_value_ends_it(more: object, told: bool) -> None:
    given = facts(sign("a", 0, without(P.TEMPERATURE)), more)
    assert bool(PARTIAL_SET.look(given, SETTINGS, at(40)).findings) is told


@pytest.mark.parametrize("lacking, told", [(1, True), (2, True), (3, False), (4, False)])
def test_what_is_never_measured_is_a_habit_and_not_told_each_time(lacking: int, told: bool) -> None:
    signs = [sign(f"v{n}", -60 * n, without(P.OXYGEN_SUPPLY)) for n in range(lacking)]
    before = sign("w", -60 * lacking, NORMAL)
    given = facts(before, *signs)
    assert bool(PARTIAL_SET.look(given, SETTINGS, at(20)).findings) is told
    now_another = sign("x", 30, without(P.TEMPERATURE))
    assert PARTIAL_SET.look(facts(before, *signs, now_another), SETTINGS, at(50)).findings


def test_where_no_score_is_wanted_no_set_is_incomplete() -> None:
    by_order = stay(news2=News2Order(exclusion=News2Exclusion.BY_ORDER))
    given = facts(sign("a", 0, without(P.TEMPERATURE)), encounter=by_order)
    assert silent(PARTIAL_SET, given, at(15), at(60))


# ---------------------------------------------------------------------------------------- bed exit

LEFT = bed_says(BedSensor.OCCUPIED, False, 0)
ARMED = bed_says(BedSensor.BED_EXIT_ALARM, True, -60)


@pytest.mark.parametrize(
    "encounter, more, told",
    [
        (FALL, [], True),
        (stay(), [], False),
        (stay(), [score(ScoreKind.MORSE, 45, -60)], True),
        (stay(), [score(ScoreKind.MORSE, 44, -60)], False),
        (stay(), [score(ScoreKind.MORSE, 80, -60), score(ScoreKind.MORSE, 0, -30)], False),
        (stay(), [ARMED], True),
        (stay(), [replace(ARMED, on=False)], False),
        (replace(FALL, status=EncounterStatus.ON_LEAVE), [], False),
    ],
)
def test_who_leaves_the_bed_at_high_risk(
    encounter: Encounter, more: list[object], told: bool
) -> None:
    given = facts(LEFT, *more, encounter=encounter)
    assert bool(BED_EXIT.look(given, SETTINGS, at(1)).findings) is told


def test_it_is_confirmed_for_two_seconds_and_ends_in_bed() -> None:
    finding = found_from(BED_EXIT, facts(LEFT, encounter=FALL), at(0) + 2 * SECOND)
    assert finding.since == at(0)
    again = bed_says(BedSensor.OCCUPIED, False, 1)
    told = only(BED_EXIT.look(facts(LEFT, again, encounter=FALL), SETTINGS, at(2)))
    assert told.since == at(0), "a state told again is still the same exit"
    back = bed_says(BedSensor.OCCUPIED, True, 1)
    assert silent(BED_EXIT, facts(LEFT, back, encounter=FALL), at(2))
    doubtful = bed_says(BedSensor.OCCUPIED, False, 0, doubtful=True)
    assert silent(BED_EXIT, facts(doubtful, encounter=FALL), at(2))


def test_not_while_somebody_is_in_the_room_and_armed_again_after() -> None:
    people = (Present(by=LI, since=at(0)),)
    there = Presence(bed_id="bed-1", room_id="room-1", people=people)
    look = replace(ward(), present={"bed-1": there})
    assert silent(BED_EXIT, facts(LEFT, encounter=FALL, ward=look), at(1))
    gone = replace(ward(), present={"bed-1": replace(there, people=())})
    assert not silent(BED_EXIT, facts(LEFT, encounter=FALL, ward=gone), at(1))
    elsewhere = replace(ward(), present={"bed-2": there})
    assert not silent(BED_EXIT, facts(LEFT, encounter=FALL, ward=elsewhere), at(1))


# ---------------------------------------------------------------------------------------- rounding

ROUND = done(CareKind.ROUND, 0)


def graded(level: NursingLevel | None) -> Encounter:
    return replace(stay(), nursing_level=level)


@pytest.mark.parametrize(
    "level, hours",
    [(NursingLevel.ONE, 1.25), (NursingLevel.TWO, 2.5), (NursingLevel.THREE, 3.75)],
)
def test_a_round_is_due_by_the_grade_with_a_quarter_grace(
    level: NursingLevel, hours: float
) -> None:
    given = facts(ROUND, encounter=graded(level))
    finding = found_from(ROUNDING_DUE, given, at(hours * 60), at(24 * 60))
    assert finding.due_at == at(hours / 1.25 * 60)


@pytest.mark.parametrize("level", [None, NursingLevel.SPECIAL])
def test_special_grade_and_no_grade_have_no_rounds(level: NursingLevel | None) -> None:
    assert silent(ROUNDING_DUE, facts(ROUND, encounter=graded(level)), at(60), at(600))


def test_where_no_round_was_ever_recorded_nothing_is_known() -> None:
    turned = done(CareKind.TURN, 0, position=Position.LEFT)
    assert silent(ROUNDING_DUE, facts(encounter=graded(NursingLevel.ONE)), at(600))
    assert silent(ROUNDING_DUE, facts(turned, encounter=graded(NursingLevel.ONE)), at(600))


def test_any_care_at_the_bed_counts_and_what_is_done_elsewhere_does_not() -> None:
    who = graded(NursingLevel.ONE)
    turned = done(CareKind.TURN, 60, position=Position.LEFT)
    assert found_from(ROUNDING_DUE, facts(ROUND, turned, encounter=who), at(135))
    reviewed = done(CareKind.REVIEWED, 60, about="x")
    assert found_from(ROUNDING_DUE, facts(ROUND, reviewed, encounter=who), at(75))
    wrong = in_error(turned, LI, at(61), "wrong bed")
    assert found_from(ROUNDING_DUE, facts(ROUND, wrong, encounter=who), at(75))
