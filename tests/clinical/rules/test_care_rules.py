"""Rules on turns, risks, checks, urine, lines, medicines, fasting and the plan, at every edge."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.alert import AlertClass
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.care_event import CareKind, LineDeed, Measure, Position, Restraint, Step
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.encounter import Encounter, PrecautionSlot
from smartward.clinical.line import Line, LineKind
from smartward.clinical.nurse_call import CallClass, CallReason, NurseCall, place
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.rules import Rule
from smartward.clinical.rules.checks_due import RESTRAINT_CHECK, TRANSFUSION_CHECK
from smartward.clinical.rules.fasting import FASTING_BREACH, FASTING_TOO_LONG
from smartward.clinical.rules.medicine_due import MEDICINE_DUE
from smartward.clinical.rules.plan_rules import DISCHARGE_BLOCKED, PICK_UP, POST_OP_OBSERVATIONS
from smartward.clinical.rules.repeated_calls import REPEATED_CALLS
from smartward.clinical.rules.risk_plans import EXIT_ALARM_OFF, FALL_NO_PLAN, SKIN_NO_PLAN
from smartward.clinical.rules.screens_sick import SCREENS_SICK
from smartward.clinical.rules.turn_due import TURN_DUE
from smartward.clinical.rules.urine_and_lines import LINE_REVIEW, NO_VOID, URINE_LOW
from smartward.clinical.score_result import ScoreKind
from smartward.clinical.screen_health import CLOCK_WRONG, Part, ScreenHealth
from tests.clinical.build import NORMAL, at, sign, stay
from tests.clinical.rules.events import bed_says, done, planned, score, with_precaution
from tests.clinical.rules.facts import SETTINGS, facts, found_from, only, silent, ward

NIL = with_precaution(PrecautionSlot.NIL_BY_MOUTH, since=0)
TURN_PLAN = done(CareKind.PREVENTION, 0, measures=(Measure.TURN_PLAN,))

# --------------------------------------------------------------------------------- turns and risks


def turned(minutes: float) -> object:
    return done(CareKind.TURN, minutes, position=Position.LEFT)


def test_a_turn_is_due_two_hours_after_the_last_and_four_on_an_air_mattress() -> None:
    assert found_from(TURN_DUE, facts(TURN_PLAN), at(135)).why.key == "alert.turn_due.why"
    given = facts(TURN_PLAN, turned(60))
    assert found_from(TURN_DUE, given, at(195)).why.key == "alert.turn_due.lies.left"
    soft = done(CareKind.PREVENTION, 1, measures=(Measure.AIR_MATTRESS,))
    assert found_from(TURN_DUE, facts(TURN_PLAN, soft, turned(60)), at(315))
    assert silent(TURN_DUE, facts(turned(60)), at(600)), "nobody put turning in place"


def test_a_planned_turn_is_due_by_the_plan() -> None:
    item = planned(PlanKind.TURNING, 60)
    assert found_from(TURN_DUE, facts(item), at(75)).due_at == at(60)
    assert silent(TURN_DUE, facts(item, turned(60)), at(90))
    assert silent(TURN_DUE, facts(replace(item, status=PlanStatus.DONE)), at(90))


@pytest.mark.parametrize("braden, found", [(6, True), (12, True), (13, False), (23, False)])
def test_a_low_braden_needs_a_plan(braden: int, found: bool) -> None:
    given = facts(score(ScoreKind.BRADEN, braden))
    if not found:
        assert silent(SKIN_NO_PLAN, given, at(61), at(600))
        return
    assert found_from(SKIN_NO_PLAN, given, at(60))
    soft = done(CareKind.PREVENTION, 5, measures=(Measure.AIR_MATTRESS,))
    assert silent(SKIN_NO_PLAN, facts(score(ScoreKind.BRADEN, braden), soft), at(61))
    low_bed = done(CareKind.PREVENTION, 5, measures=(Measure.BED_LOW,))
    assert not silent(SKIN_NO_PLAN, facts(score(ScoreKind.BRADEN, braden), low_bed), at(61))
    better = score(ScoreKind.BRADEN, 20, 5)
    assert silent(SKIN_NO_PLAN, facts(score(ScoreKind.BRADEN, braden), better), at(90))


HIGH_MORSE = score(ScoreKind.MORSE, 45)
ALL = (Measure.BED_LOW, Measure.BED_EXIT_ON, Measure.SIGN_ON)


@pytest.mark.parametrize(
    "measures, lacks",
    [
        ((), "several"),
        (ALL[:1], "several"),
        (ALL[1:], "bed_low"),
        (ALL[:2], "sign_on"),
        ((ALL[0], ALL[2]), "bed_exit_on"),
        (ALL, None),
    ],
)
def test_a_high_morse_needs_the_whole_bundle(
    measures: tuple[Measure, ...], lacks: str | None
) -> None:
    done_there = [done(CareKind.PREVENTION, 5, measures=measures)] if measures else []
    look = FALL_NO_PLAN.look(facts(HIGH_MORSE, *done_there), SETTINGS, at(60))
    told = [one.why.key for one in look.findings]
    assert told == ([] if lacks is None else [f"alert.fall_no_plan.lacks.{lacks}"])
    assert silent(FALL_NO_PLAN, facts(score(ScoreKind.MORSE, 44)), at(60))


def test_the_bed_s_own_word_on_its_height_and_alarm_counts() -> None:
    sign_on = done(CareKind.PREVENTION, 5, measures=ALL)
    high = bed_says(BedSensor.LOW, False, 10)
    look = FALL_NO_PLAN.look(facts(HIGH_MORSE, sign_on, high), SETTINGS, at(60))
    assert only(look).why.key == "alert.fall_no_plan.lacks.bed_low"


def test_an_exit_alarm_may_be_off_for_ten_minutes() -> None:
    off = bed_says(BedSensor.BED_EXIT_ALARM, False, 0)
    assert found_from(EXIT_ALARM_OFF, facts(HIGH_MORSE, off), at(10)).since == at(10)
    assert silent(EXIT_ALARM_OFF, facts(off), at(60)), "no high risk"
    on = bed_says(BedSensor.BED_EXIT_ALARM, True, 5)
    assert silent(EXIT_ALARM_OFF, facts(HIGH_MORSE, off, on), at(60))
    assert silent(EXIT_ALARM_OFF, facts(HIGH_MORSE), at(60)), "no alarm that could be off"


# ------------------------------------------------------------------------------------------ checks


def blood(step: Step, minutes: float, about: str = "unit-1") -> object:
    return done(
        CareKind.TRANSFUSION, minutes, id=f"{step}-{minutes}-{about}", step=step, about=about
    )


def test_a_transfusion_is_checked_at_15_min_then_every_30_and_ends_in_4_h() -> None:
    start = blood(Step.START, 0)
    first = found_from(TRANSFUSION_CHECK, facts(start), at(20))
    assert (first.alert_class, first.due_at) == (AlertClass.URGENT, at(15))
    next_one = found_from(TRANSFUSION_CHECK, facts(start, blood(Step.CHECK, 15)), at(50))
    assert (next_one.alert_class, next_one.due_at) == (AlertClass.DUE, at(45))
    checks = [blood(Step.CHECK, minutes) for minutes in range(15, 240, 30)]
    long = found_from(TRANSFUSION_CHECK, facts(start, *checks), at(240))
    assert long.todo.key == "alert.transfusion_check.todo_long"
    assert silent(TRANSFUSION_CHECK, facts(start, blood(Step.END, 100)), at(300))


def test_a_second_unit_does_not_hide_the_first() -> None:
    given = facts(blood(Step.START, 0), blood(Step.START, 10, "unit-2"))
    assert only(TRANSFUSION_CHECK.look(given, SETTINGS, at(20))).due_at == at(15)


@pytest.mark.parametrize("kind, due", [(Restraint.VIOLENT, 15), (Restraint.NON_VIOLENT, 120)])
def test_a_restraint_is_checked_by_its_kind(kind: Restraint, due: float) -> None:
    start = done(CareKind.RESTRAINT, 0, step=Step.START, restraint=kind)
    assert found_from(RESTRAINT_CHECK, facts(start), at(due + 5)).due_at == at(due)
    check = done(CareKind.RESTRAINT, 10, step=Step.CHECK, restraint=kind)
    assert found_from(RESTRAINT_CHECK, facts(start, check), at(due + 15))
    end = done(CareKind.RESTRAINT, 12, step=Step.END, restraint=kind)
    assert silent(RESTRAINT_CHECK, facts(start, check, end), at(600))


# ------------------------------------------------------------------------------------------- urine


def voids(*told: tuple[float, int]) -> list[object]:
    return [done(CareKind.VOID, hours * 60, volume_ml=ml) for hours, ml in told]


@pytest.mark.parametrize(
    "told, found",
    [
        ([(0, 500), (3, 89), (6, 90)], True),
        ([(0, 500), (3, 90), (6, 90)], False),
        ([(0, 0), (3, 0), (6, 0)], True),
        ([(0, 500), (6, 0)], False),
        ([(0, 500), (3, 10), (5.9, 10)], False),
        ([(0, 500), (3, 10)], False),
        ([(0, 500), (1, 500), (4, 10), (7, 10)], True),
        ([(6, 0)], False),
        ([], False),
    ],
)
def test_little_urine_over_real_time(told: list[tuple[float, int]], found: bool) -> None:
    who = replace(stay(), weight_kg=60)
    look = URINE_LOW.look(facts(*voids(*told), encounter=who), SETTINGS, at(8 * 60))
    assert bool(look.findings) is found


@pytest.mark.parametrize("weight, found", [(None, False), (59.5, False), (60, True), (120, True)])
def test_little_urine_needs_a_weight_that_was_told(weight: float | None, found: bool) -> None:
    who = replace(stay(), weight_kg=weight)
    given = facts(*voids((0, 500), (3, 89), (6, 90)), encounter=who)
    assert bool(URINE_LOW.look(given, SETTINGS, at(8 * 60)).findings) is found


CATHETER = Line(id="l", encounter_id="enc-1", kind=LineKind.URINARY_CATHETER, since=at(-600))


def test_no_urine_six_hours_after_the_catheter_is_out() -> None:
    out = replace(CATHETER, until=at(0))
    assert found_from(NO_VOID, facts(out), at(360), at(24 * 60)).once
    assert silent(NO_VOID, facts(out, *voids((1, 0))), at(400)), "0 mL is a record"
    assert not silent(NO_VOID, facts(out, *voids((-1, 300))), at(400))
    removed = done(CareKind.LINE_CARE, 0, deed=LineDeed.REMOVED, about="l")
    assert found_from(NO_VOID, facts(CATHETER, removed), at(360))
    assert silent(NO_VOID, facts(out, replace(CATHETER, id="m")), at(400)), "another one lies"
    operated = planned(PlanKind.SURGERY, -60, status=PlanStatus.DONE, done_at=at(0))
    assert found_from(NO_VOID, facts(operated), at(360))
    assert silent(NO_VOID, facts(), at(400))


@pytest.mark.parametrize(
    "kind, hours, why",
    [
        (LineKind.URINARY_CATHETER, 24, "catheter"),
        (LineKind.PERIPHERAL_VENOUS, 96, "peripheral"),
        (LineKind.CENTRAL_VENOUS, 168, "central"),
        (LineKind.PICC, 168, "central"),
        (LineKind.NASOGASTRIC, None, ""),
        (LineKind.DRAIN, None, ""),
    ],
)
def test_a_line_is_looked_at_in_time(kind: LineKind, hours: float | None, why: str) -> None:
    line = replace(CATHETER, kind=kind, since=at(0))
    if hours is None:
        assert silent(LINE_REVIEW, facts(line), at(1000 * 60))
        return
    finding = found_from(LINE_REVIEW, facts(line), at(hours * 60))
    assert finding.why.key == f"alert.line_review.why.{why}"
    seen = done(CareKind.LINE_CARE, 60, deed=LineDeed.REVIEWED, about="l")
    later = LINE_REVIEW.look(facts(line, seen), SETTINGS, at(hours * 60))
    assert bool(later.findings) is (why == "peripheral"), "a review does not make it younger"
    removed = done(CareKind.LINE_CARE, 60, deed=LineDeed.REMOVED, about="l")
    assert silent(LINE_REVIEW, facts(line, removed), at(hours * 60))
    assert silent(LINE_REVIEW, facts(replace(line, since=None)), at(hours * 60))


@pytest.mark.parametrize("vip, found", [(0, False), (1, False), (2, True), (5, True)])
def test_phlebitis_of_two_is_told_at_once(vip: int, found: bool) -> None:
    line = replace(CATHETER, kind=LineKind.PERIPHERAL_VENOUS, since=at(0))
    seen = done(CareKind.LINE_CARE, 60, deed=LineDeed.REVIEWED, about="l", vip=vip)
    assert bool(LINE_REVIEW.look(facts(line, seen), SETTINGS, at(61)).findings) is found


# ------------------------------------------------------------------------- medicines, fasting, plan


def test_a_medicine_is_late_after_an_hour_and_history_after_twelve() -> None:
    one, two = planned(PlanKind.MEDICINE, 0), planned(PlanKind.MEDICINE, 0, id="b")
    finding = found_from(MEDICINE_DUE, facts(one, two), at(60), at(720))
    assert finding.title.values == {"n": 2}
    for status in (PlanStatus.DONE, PlanStatus.NOT_DONE, PlanStatus.IN_PROGRESS):
        assert silent(MEDICINE_DUE, facts(replace(one, status=status)), at(90))
    assert silent(MEDICINE_DUE, facts(planned(PlanKind.MEAL, 0)), at(90))


def test_a_meal_against_the_order_and_one_that_was_eaten() -> None:
    meal = planned(PlanKind.MEAL, 120)
    assert found_from(FASTING_BREACH, facts(meal, encounter=NIL), at(60), at(180))
    assert silent(FASTING_BREACH, facts(meal), at(120)), "no order"
    eaten = done(CareKind.MEAL, 30)
    look = FASTING_BREACH.look(facts(eaten, encounter=NIL), SETTINGS, at(31))
    assert only(look).todo.key == "alert.fasting_breach.todo_eaten"
    before = done(CareKind.MEAL, -1)
    assert silent(FASTING_BREACH, facts(before, encounter=NIL), at(31))


@pytest.mark.parametrize(
    "items, start",
    [
        ([], 12 * 60),
        ([planned(PlanKind.SURGERY, 600, nil_by_mouth=True)], 600),
        ([planned(PlanKind.SURGERY, 60, nil_by_mouth=True)], 360),
        ([planned(PlanKind.SURGERY, 800, nil_by_mouth=True)], 12 * 60),
        ([planned(PlanKind.SURGERY, 60)], 12 * 60),
    ],
)
def test_fasting_for_too_long(items: list[object], start: float) -> None:
    assert found_from(FASTING_TOO_LONG, facts(*items, encounter=NIL), at(start))
    fed = facts(*items, done(CareKind.MEAL, 30), encounter=NIL)
    assert silent(FASTING_TOO_LONG, fed, at(start))
    unknown = with_precaution(PrecautionSlot.NIL_BY_MOUTH)
    assert silent(FASTING_TOO_LONG, facts(*items, encounter=unknown), at(2000))


def test_after_an_operation_hourly_four_times_then_every_four_hours() -> None:
    over = planned(PlanKind.SURGERY, -60, status=PlanStatus.DONE, done_at=at(0))
    assert found_from(POST_OP_OBSERVATIONS, facts(over), at(75), at(24 * 60))
    hourly = [sign(f"v{n}", 60 * n, NORMAL) for n in range(1, 5)]
    assert found_from(POST_OP_OBSERVATIONS, facts(over, *hourly[:3]), at(180 + 75))
    assert found_from(POST_OP_OBSERVATIONS, facts(over, *hourly), at(240 + 4 * 60 + 15))
    assert silent(POST_OP_OBSERVATIONS, facts(planned(PlanKind.SURGERY, 0)), at(300))


def test_what_needs_fasting_is_near_and_no_order_stands() -> None:
    item = planned(PlanKind.SCAN, 120, nil_by_mouth=True)
    assert found_from(PICK_UP, facts(item), at(60), at(180))
    assert silent(PICK_UP, facts(item, encounter=NIL), at(90))
    assert silent(PICK_UP, facts(replace(item, nil_by_mouth=False)), at(90))


def test_going_home_with_something_left() -> None:
    leaving = replace(stay(), discharge_at=at(240))
    left = planned(PlanKind.MEDICINE, 200)
    finding = found_from(DISCHARGE_BLOCKED, facts(left, encounter=leaving), at(120))
    assert finding.why.values["n"] == 1
    later = planned(PlanKind.MEDICINE, 241)
    itself = planned(PlanKind.DISCHARGE, 240)
    finished = replace(left, status=PlanStatus.DONE)
    assert silent(DISCHARGE_BLOCKED, facts(later, itself, finished, encounter=leaving), at(130))
    assert silent(DISCHARGE_BLOCKED, facts(left), at(130))


# -------------------------------------------------------------------------------- calls and screens


def call(minutes: float, bed: str = "bed-1") -> NurseCall:
    return place(f"c{bed}{minutes}", bed, "d", CallClass.NORMAL, at(minutes), at(minutes))


@pytest.mark.parametrize(
    "minutes, asked_at, found",
    [
        ((0, 10, 20), 20, True),
        ((0, 10), 20, False),
        ((0, 15, 30), 30, True),
        ((0, 15, 30.1), 31, False),
        ((0, 10, 20), 49.9, True),
        ((0, 10, 20), 50, False),
        ((0, 10, 20, 45), 60, False),
        ((0, 10, 20, 28), 57, True),
    ],
)
def test_three_calls_of_one_bed_within_half_an_hour(
    minutes: tuple[float, ...], asked_at: float, found: bool
) -> None:
    look = REPEATED_CALLS.look(ward(*map(call, minutes)), SETTINGS, at(asked_at))
    assert bool(look.findings) is found


def test_calls_of_two_beds_and_lost_wires_are_not_repeated_calls() -> None:
    two_beds = [call(0), call(5, "bed-2"), call(10)]
    assert REPEATED_CALLS.look(ward(*two_beds), SETTINGS, at(11)).findings == ()
    wires = [replace(call(n), reason=CallReason.LINE_LOST) for n in range(3)]
    assert REPEATED_CALLS.look(ward(*wires), SETTINGS, at(11)).findings == ()


def screen(id: str, online: bool, *faults: str) -> ScreenStatus:
    return ScreenStatus(
        device_id=id, role=ScreenRole.DOOR, place="room-1", label=id, online=online,
        since=at(0), faults=faults,
    )  # fmt: skip


def test_screens_that_are_sick_are_one_alert() -> None:
    look = ward(screen("a", True), screen("b", False), screen("c", True, "sound.no_device"))
    early = SCREENS_SICK.look(look, SETTINGS, at(1))
    assert (only(early).why.values["labels"], early.next_look) == ("c", at(1.5))
    late = SCREENS_SICK.look(look, SETTINGS, at(0) + timedelta(seconds=90))
    assert only(late).title.values == {"n": 2}
    assert SCREENS_SICK.look(ward(screen("a", True)), SETTINGS, at(9)).findings == ()


def test_a_screen_that_was_placed_just_now_is_not_sick_before_its_time_to_come_is_over() -> None:
    look = ward(replace(screen("a", False), came=False), screen("b", False))
    found = SCREENS_SICK.look(look, SETTINGS, at(9))
    assert (only(found).why.values["labels"], found.next_look) == ("b", at(10))
    assert only(SCREENS_SICK.look(look, SETTINGS, at(10))).title.values == {"n": 2}


def test_a_screen_whose_figures_are_wrong_needs_attention_too() -> None:
    well = health("b")
    look = ward(screen("a", True), screen("b", True), health("a", CLOCK_WRONG), well)
    found = only(SCREENS_SICK.look(look, SETTINGS, at(1)))
    assert (found.why.values["labels"], found.why.values["faulty"]) == ("a", 1)
    assert found.why.values["away"] == 0
    look = ward(screen("a", True), screen("b", True), health("a"), well)
    assert SCREENS_SICK.look(look, SETTINGS, at(1)).findings == ()


def health(id: str, *troubles: str) -> ScreenHealth:
    return ScreenHealth(
        device_id=id,
        heard_at=at(0),
        version="1",
        slot="",
        boot="",
        started_at=at(0),
        network="",
        skew_s=0,
        disk_free=None,
        memory_free=None,
        touch_devices=None,
        last_touch_at=None,
        sound=Part.NONE,
        reader=Part.NONE,
        cache_age_s=None,
        outbox=0,
        troubles=troubles,
    )


@pytest.mark.parametrize(
    "rule", [TURN_DUE, SKIN_NO_PLAN, FALL_NO_PLAN, LINE_REVIEW, URINE_LOW, NO_VOID, MEDICINE_DUE]
)
def test_without_any_fact_nothing_is_found(rule: Rule) -> None:
    encounters: list[Encounter] = [stay(), NIL]
    assert all(silent(rule, facts(encounter=one), at(0), at(5000)) for one in encounters)
