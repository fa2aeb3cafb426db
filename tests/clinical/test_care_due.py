"""When work is due: what is planned, turns and sets by interval, rounds by nursing grade."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.call_mark import Actor
from smartward.clinical.care_due import CARRIED, CareTask, Standing, tasks_of
from smartward.clinical.care_event import (
    CareEvent,
    CareKind,
    Measure,
    Missed,
    Need,
    Position,
    in_error,
)
from smartward.clinical.care_intervals import SHIPPED, CareIntervals, ObservationIntervals
from smartward.clinical.encounter import (
    Encounter,
    EncounterStatus,
    News2Exclusion,
    News2Order,
    NursingLevel,
    Patient,
)
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import sets
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from tests.clinical.build import NORMAL, Parts, sign
from tests.fakes.fake_clock import MORNING

BY = Actor(device_id="d", person_id="st-1")
STAY = Encounter(
    id="e",
    patient=Patient(id="p", name="n"),
    status=EncounterStatus.IN_PROGRESS,
    bed_id="b",
    nursing_level=NursingLevel.ONE,
)


def done(kind: CareKind, minutes: float, **values: Any) -> CareEvent:
    """Something that was done so many minutes ago."""
    at = MORNING - timedelta(minutes=minutes)
    return CareEvent(
        id=f"{kind}-{minutes}", encounter_id="e", kind=kind, at=at, by=BY, recorded_at=at, **values
    )


def turn(minutes: float) -> CareEvent:
    return done(CareKind.TURN, minutes, position=Position.LEFT)


def visit(minutes: float) -> CareEvent:
    return done(CareKind.ROUND, minutes, needs=tuple(Need))


def planned(kind: PlanKind, minutes: float, **changes: Any) -> PlanItem:
    item = PlanItem(
        id=f"{kind}-{minutes}",
        encounter_id="e",
        kind=kind,
        due_at=MORNING + timedelta(minutes=minutes),
        status=PlanStatus.PLANNED,
    )
    return replace(item, **changes)


def found(*told: PlanItem | CareEvent, stay: Encounter = STAY) -> dict[str, CareTask]:
    items = [one for one in told if isinstance(one, PlanItem)]
    events = [one for one in told if isinstance(one, CareEvent)]
    tasks = list(tasks_of(stay, items, events, MORNING))
    assert len({one.key for one in tasks}) == len(tasks)
    return {one.key: one for one in tasks}


@pytest.mark.parametrize(
    "minutes, standing",
    [
        (-CARRIED / timedelta(minutes=1) - 1, None),
        (-CARRIED / timedelta(minutes=1), Standing.OVERDUE),
        (-1, Standing.OVERDUE),
        (0, Standing.DUE),
        (240, Standing.DUE),
        (241, None),
    ],
)
def test_what_is_planned_is_work_of_the_shift(minutes: float, standing: Standing | None) -> None:
    tasks = list(found(planned(PlanKind.MEDICINE, minutes)).values())
    assert [one.standing for one in tasks] == ([] if standing is None else [standing])


@pytest.mark.parametrize("kind", [PlanKind.MEAL, PlanKind.ROUND, PlanKind.DISCHARGE])
def test_the_days_course_is_no_work(kind: PlanKind) -> None:
    assert found(planned(kind, 10)) == {}


def test_what_was_done_stays_in_sight_for_a_while() -> None:
    hour = timedelta(hours=1)
    settled = planned(PlanKind.NURSING, -400, status=PlanStatus.DONE, done_at=MORNING - hour)
    old = replace(settled, id="old", done_at=MORNING - 5 * hour)
    not_done = planned(PlanKind.NURSING, -30, status=PlanStatus.NOT_DONE)
    tasks = found(settled, old, not_done)
    assert {one.standing for one in tasks.values()} == {Standing.SETTLED}
    assert set(tasks) == {f"plan:{settled.id}", f"plan:{not_done.id}"}


def test_a_turn_is_due_two_hours_after_the_last_that_stands() -> None:
    wrong = in_error(turn(5), BY, MORNING, "other patient")
    task = found(turn(130), wrong)["turn:e"]
    assert (task.standing, task.due_at) == (Standing.OVERDUE, MORNING - timedelta(minutes=10))
    assert task.last == turn(130)
    assert "turn:e" not in found(turn(24 * 60 + 1)), "nothing is known of who is turned unrecorded"
    asleep = done(CareKind.REVIEWED, 20, about="turn", missed=Missed.ASLEEP)
    other = done(CareKind.REVIEWED, 10, about="round", missed=Missed.ASLEEP)
    assert found(turn(130), asleep, other)["turn:e"].due_at == MORNING + timedelta(minutes=100)
    # An order that plans turns says itself when; once it is settled the interval counts again.
    ordered = planned(PlanKind.TURNING, 15)
    assert set(found(turn(130), ordered)) == {f"plan:{ordered.id}"}
    over = replace(ordered, status=PlanStatus.DONE, done_at=MORNING)
    assert "turn:e" in found(turn(130), over)


@pytest.mark.parametrize("level", NursingLevel)
def test_a_round_is_due_by_the_grade_since_somebody_was_there(level: NursingLevel) -> None:
    stay = replace(STAY, nursing_level=level)
    told = (
        visit(90),
        done(CareKind.VOID, 30, volume_ml=200),
        done(CareKind.READ_BACK, 5, about="l"),
    )
    task = found(*told, stay=stay).get("round:e")
    every = SHIPPED.round(level)
    assert (task is None) == (every is None)
    if task is not None and every is not None:
        assert task.due_at == MORNING - timedelta(minutes=30) + every
    asleep = done(CareKind.REVIEWED, 10, about="round", missed=Missed.ASLEEP)
    later = found(*told, asleep, stay=stay).get("round:e")
    assert later is None or every is None or later.due_at == asleep.at + every
    assert "round:e" not in found(turn(30), stay=stay), "no round was ever recorded"


@pytest.mark.parametrize("status", [EncounterStatus.PLANNED, EncounterStatus.ON_LEAVE])
def test_nobody_works_on_who_is_not_there(status: EncounterStatus) -> None:
    stay = replace(STAY, status=status)
    assert found(planned(PlanKind.MEDICINE, 10), turn(130), visit(90), stay=stay) == {}


def test_the_intervals_in_force_say_when_it_is_due() -> None:
    """The ward's own, as the rules have them; an air mattress has its own between two turns."""
    own = CareIntervals(turn_h=3, turn_mattress_h=5, round_one_h=0.5)

    def due(*events: CareEvent) -> dict[str, float]:
        tasks = tasks_of(STAY, [], events, MORNING, own)
        return {one.key: (one.due_at - MORNING) / timedelta(minutes=1) for one in tasks}

    assert due(turn(170), visit(20)) == {"turn:e": 10, "round:e": 10}
    mattress = done(CareKind.PREVENTION, 60, measures=(Measure.AIR_MATTRESS,))
    assert due(turn(170), mattress) == {"turn:e": 130}


# -------------------------------------------------------------------------------- observations


def measured(minutes: float, parts: Parts = NORMAL) -> VitalSign:
    """A set that was taken so many minutes ago."""
    at = MORNING - timedelta(minutes=minutes)
    return replace(sign(f"s{minutes}", 0, parts), taken_at=at, received_at=at)


def wanted(
    *told: VitalSign | CareEvent, stay: Encounter = STAY, every: CareIntervals = SHIPPED
) -> CareTask | None:
    signs = [one for one in told if isinstance(one, VitalSign)]
    events = [one for one in told if isinstance(one, CareEvent)]
    tasks = tasks_of(stay, [], events, MORNING, every, sets(signs))
    return next((one for one in tasks if one.key == "observations:e"), None)


def minutes_to(task: CareTask | None) -> float | None:
    return None if task is None else (task.due_at - MORNING) / timedelta(minutes=1)


@pytest.mark.parametrize(
    "ago, standing",
    [
        (479, None),
        (480, Standing.DUE),
        (720, Standing.DUE),
        (721, Standing.OVERDUE),
        (47 * 60, Standing.OVERDUE),
    ],
)
def test_a_set_of_score_0_is_due_again_after_12_hours(ago: float, standing: object) -> None:
    task = wanted(measured(ago))
    assert (None if task is None else task.standing) == standing
    assert task is None or (task.observations and task.item is None and task.care is None)


def test_a_set_is_due_by_order_before_the_score_and_of_who_is_here() -> None:
    hourly = replace(STAY, news2=News2Order(interval_min=60))
    assert minutes_to(wanted(measured(70), stay=hourly)) == -10
    assert minutes_to(wanted(measured(70), measured(5), stay=hourly)) == 55, "it was taken"
    part = {p: v for p, v in NORMAL.items() if p is not Parameter.CONSCIOUSNESS}
    assert minutes_to(wanted(measured(70), measured(5, part), stay=hourly)) == -10
    assert minutes_to(wanted(measured(20, NORMAL | {Parameter.RESPIRATORY_RATE: 30}))) == 40
    assert wanted() is None, "nobody knows since when"
    new = replace(STAY, admitted_at=MORNING - timedelta(minutes=200))
    assert minutes_to(wanted(stay=new)) == 40
    away = replace(hourly, status=EncounterStatus.ON_LEAVE)
    assert wanted(measured(70), stay=away) is None
    unscored = replace(new, news2=News2Order(exclusion=News2Exclusion.PREGNANT))
    assert wanted(measured(2000), stay=unscored) is None
    assert "observations:e" not in found(stay=new), "whoever knows no sets asks for none"


def test_why_none_was_taken_stands_beside_it_and_settles_nothing() -> None:
    hourly = replace(STAY, news2=News2Order(interval_min=60))
    before = done(CareKind.OBSERVATIONS_MISSED, 90, missed=Missed.ASLEEP)
    part = done(CareKind.OBSERVATIONS_MISSED, 4, missed=Missed.UNABLE, about="systolic")
    refused = done(CareKind.OBSERVATIONS_MISSED, 5, missed=Missed.REFUSED)
    without = wanted(measured(70), before, part, stay=hourly)
    assert without is not None
    assert without.last is None
    task = wanted(measured(70), before, refused, part, stay=hourly)
    assert task is not None
    assert (task.standing, task.last) == (Standing.OVERDUE, refused)


def test_a_set_is_due_by_the_wards_own_intervals() -> None:
    own = CareIntervals(observations=ObservationIntervals(score_0_min=60))
    assert minutes_to(wanted(measured(70), every=own)) == -10
