"""Generated wards: the same for the same seed, plausible, and with what was planted in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.bench.worlds.body import Body, Happening
from smartward.bench.worlds.courses import COURSES, STORIES, Course, along
from smartward.bench.worlds.facts import LEAD_IN_H
from smartward.bench.worlds.judges import changes, scored
from smartward.bench.worlds.people import person
from smartward.bench.worlds.ward import Plan, World, generate
from smartward.clinical.encounter import Encounter
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED

PLAN = Plan(seed=11, patients=36, hours=24.0)
BOUNDS = {
    Parameter.RESPIRATORY_RATE: (0, 60),
    Parameter.OXYGEN_SATURATION: (45, 100),
    Parameter.HEART_RATE: (15, 320),
    Parameter.SYSTOLIC: (0, 320),
    Parameter.TEMPERATURE: (30, 45),
    Parameter.GLUCOSE: (1, 30),
}


@pytest.fixture(scope="module")
def world() -> World:
    return generate(PLAN)


def _signs(world: World) -> Iterator[VitalSign]:
    return (fact.body for fact in world.facts if isinstance(fact.body, VitalSign))


def test_the_same_plan_is_the_same_ward_to_the_byte_and_another_seed_is_another(
    world: World,
) -> None:
    again = generate(PLAN)
    assert tuple(changes(again)) == tuple(changes(world))
    assert again.planted == world.planted
    other = generate(replace(PLAN, seed=12))
    assert tuple(changes(other)) != tuple(changes(world))


def test_facts_are_in_order_and_end_with_the_stay(world: World) -> None:
    times = [fact.at for fact in world.facts]
    assert times == sorted(times)
    assert times[0] == world.start - timedelta(hours=LEAD_IN_H)
    assert times[-1] < world.end
    for fact in world.facts:
        if fact.encounter is not None:
            assert fact.at <= world.present[fact.encounter][1], fact.id


def test_nothing_is_told_before_it_was_measured_and_each_set_has_one_time(world: World) -> None:
    taken: dict[str, object] = {}
    for fact in world.facts:
        if isinstance(fact.body, VitalSign):
            assert fact.body.taken_at <= fact.body.received_at == fact.at
            assert taken.setdefault(fact.id, fact.body.taken_at) == fact.body.taken_at


def test_every_value_is_one_that_somebody_could_write_down(world: World) -> None:
    seen = set()
    for sign in _signs(world):
        for one in sign.measurements:
            if one.parameter in BOUNDS and one.value is not None:
                low, high = BOUNDS[one.parameter]
                assert low <= one.value <= high, (sign.id, one)
                seen.add(one.parameter)
    assert seen == set(BOUNDS)


def test_scores_of_those_to_whom_nothing_happens_are_those_of_a_ward(world: World) -> None:
    planted = {one.encounter for one in world.planted}
    totals = [found.total for fact, found in scored(world) if fact.encounter not in planted]
    per_day = len(totals) / (len(world.present) - len(planted)) / ((24 + LEAD_IN_H) / 24)
    assert 3 <= per_day <= 9
    assert 0.03 <= sum(total >= 5 for total in totals) / len(totals) <= 0.18
    assert sum(total <= 2 for total in totals) / len(totals) >= 0.5


def test_what_is_planted_lies_within_the_ward_and_comes_to_those_it_can_come_to(
    world: World,
) -> None:
    wants = {one.name: one.wants for one in (*COURSES, *STORIES)}
    assert len(world.planted) == round(PLAN.patients * PLAN.events)
    assert len({one.encounter for one in world.planted}) == len(world.planted)
    for one in (*world.planted, *world.stories):
        assert world.start < one.onset < one.event < world.end
        number = int(one.encounter.removeprefix("stay-"))
        assert not wants[one.course] or wants[one.course] & person("11", number).traits
    assert {one.encounter for one in world.stories}.isdisjoint(
        one.encounter for one in world.planted
    )


def test_whoever_is_taken_to_intensive_care_is_gone_and_counts_no_longer(world: World) -> None:
    taken = [one for one in world.planted if one.icu]
    assert taken
    gone = {fact.id for fact in world.facts if fact.kind == "encounter" and fact.body is None}
    for one in taken:
        end = world.present[one.encounter][1]
        assert one.event < end
        assert (one.encounter in gone) is (end < world.end)


def test_bodies_get_worse_towards_the_event(world: World) -> None:
    """Of all events with sets in the last quarter and before the onset, the score rises in most."""
    rose = []
    for one in world.planted:
        last = one.event - (one.event - one.onset) / 4
        own = [(f.body.taken_at, s.total) for f, s in scored(world)
               if f.encounter == one.encounter and isinstance(f.body, VitalSign)]  # fmt: skip
        before = [total for at, total in own if at < one.onset]
        late = [total for at, total in own if last <= at <= one.event]
        if before and late:
            rose.append(max(late) > before[-1])
    assert len(rose) >= 3
    assert sum(rose) / len(rose) > 0.6


def test_only_whom_a_clinician_ordered_it_has_scale_2(world: World) -> None:
    stays = [fact.body for fact in world.facts if isinstance(fact.body, Encounter)]
    for stay in stays:
        assert (stay.news2.scale == 2) is (stay.news2.ordered_by is not None)
    assert {stay.news2.scale for stay in stays} == {1, 2}
    assert any(stay.news2.interval_min is not None for stay in stays)


def test_a_line_is_straight_between_its_points() -> None:
    line = ((0.0, 2.0), (0.5, 4.0), (1.0, 0.0))
    assert [along(line, share) for share in (-1, 0, 0.25, 0.5, 0.75, 1, 3)] == [
        2, 2, 3, 4, 2, 0, 0,
    ]  # fmt: skip
    assert along((), 0.4, 7.0) == 7.0


@pytest.mark.parametrize("wrong", [{"patients": 0}, {"hours": 5.0}])
def test_a_ward_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least 1 patient and 6 hours"):
        generate(replace(PLAN, **wrong))  # type: ignore[arg-type]  # fields by their own names


def test_measuring_goes_wrong_as_on_a_ward(world: World) -> None:
    """Slips that are put right, sets with something left out, monitors that are off or loose."""
    told: dict[str, set[object]] = {}
    lacking, gaps, loose = 0, 0, 0
    before: dict[str, VitalSign] = {}
    for sign in _signs(world):
        told.setdefault(sign.id, set()).add(sign.measurements)
        values = {one.parameter: one.value for one in sign.measurements}
        lacking += sign.panel_id is not None and not set(SCORED) <= set(values)
        if "-monitor-" in sign.id:
            last = before.get(sign.encounter_id)
            gaps += last is not None and sign.taken_at - last.taken_at > timedelta(minutes=15)
            loose += (values.get(Parameter.OXYGEN_SATURATION) or 100) < 75
            before[sign.encounter_id] = sign
    assert any(len(versions) > 1 for versions in told.values())
    assert any(id.endswith("-later") for id in told)
    assert lacking > 0
    assert gaps > 0
    assert loose > 0


@pytest.mark.parametrize("course", COURSES, ids=lambda one: one.name)
def test_a_body_is_ill_at_the_event_and_was_not_before(course: Course) -> None:
    one = Happening(course=course, onset_h=10.0, end_h=14.0, force=1.0, fast=False)
    body = Body("test", person("test", 3), (one,))
    before, during, after = (body.at(at, at) for at in (9.0, 13.99, 40.0))
    assert not before.alarming
    assert during.alarming
    assert not after.alarming
    if course.glucose_to:
        assert during.glucose < 2.2 < 4 < before.glucose
    if course.poss:
        assert (before.poss, during.poss) == (1, 4)
    if course.haemoglobin:
        assert before.blood_lost == 0
        assert during.blood_lost > 50
