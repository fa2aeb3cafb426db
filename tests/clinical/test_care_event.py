"""What can be recorded of what was done at the bed."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical import care_event
from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import (
    VALUES,
    Amount,
    CareEvent,
    CareKind,
    CareRefused,
    Choice,
    Choices,
    Measure,
    Name,
    Need,
    Position,
    form_of,
    improbable,
    in_error,
    last,
    read_values,
)
from tests.fakes.fake_clock import MORNING

BY = Actor(device_id="d", person_id="st-1")


def event(kind: CareKind, minutes: int = 0, **values: Any) -> CareEvent:
    at = MORNING + timedelta(minutes=minutes)
    return CareEvent(
        id=f"{kind}-{minutes}", encounter_id="e", kind=kind, at=at, by=BY, recorded_at=at, **values
    )


def example(kind: CareKind, name: str) -> str:
    match form_of(kind, name):
        case Choice(codes):
            return next(iter(codes)).value
        case Choices(codes):
            return ",".join(codes)
        case Amount(_, low, _, _):
            return str(low)
        case Name():
            return "his.x"


@pytest.mark.parametrize("kind", CareKind)
def test_every_kind_takes_its_own_values_and_no_others(kind: CareKind) -> None:
    values = VALUES[kind]
    told = {name: example(kind, name) for name in (*values.needed, *values.free)}
    made = event(kind, **read_values(kind, told))
    others = {one.name for one in fields(CareEvent)} - told.keys()
    for name in told:
        assert getattr(made, name) not in (None, ())
    for name in values.needed:
        with pytest.raises(CareRefused) as refused:
            read_values(kind, {**told, name: None})
        assert (refused.value.key, refused.value.value) == ("care.missing", name)
    for name in others:
        with pytest.raises(CareRefused):
            read_values(kind, {**told, name: "1"})


@pytest.mark.parametrize(
    "kind, told",
    [
        (CareKind.TURN, {"position": "upside_down"}),
        (CareKind.ROUND, {"needs": ""}),
        (CareKind.ROUND, {"needs": "pain,joy"}),
        (CareKind.VOID, {"volume_ml": "5001"}),
        (CareKind.VOID, {"volume_ml": "-1"}),
        (CareKind.VOID, {"volume_ml": "2.5"}),
        (CareKind.VOID, {"volume_ml": "２５０"}),
        (CareKind.VOID, {"volume_ml": ""}),
        (CareKind.DRINK, {"volume_ml": "0"}),
        (CareKind.DRINK, {"volume_ml": "3001"}),
        (CareKind.SEDATION, {"poss": "5"}),
        (CareKind.LINE_CARE, {"deed": "reviewed", "vip": "6"}),
        (CareKind.READ_BACK, {"about": " "}),
        (CareKind.READ_BACK, {"about": "x" * 129}),
    ],
)
def test_what_cannot_be_is_refused(kind: CareKind, told: dict[str, str | int | None]) -> None:
    with pytest.raises(CareRefused) as refused:
        read_values(kind, told)
    assert refused.value.key == "care.impossible"


def test_nothing_passed_is_a_value_and_much_is_asked_about() -> None:
    none = read_values(CareKind.VOID, {"volume_ml": 0})
    assert none == {"volume_ml": 0}
    assert improbable(CareKind.VOID, none) == ()
    assert improbable(CareKind.VOID, {"volume_ml": 2000}) == ()
    assert improbable(CareKind.VOID, {"volume_ml": 2001}) == ("volume_ml",)
    assert improbable(CareKind.DRINK, {"volume_ml": 1001}) == ("volume_ml",)
    assert improbable(CareKind.LINE_CARE, {"vip": 5}) == ()


@given(st.sets(st.sampled_from(Need), min_size=1), st.randoms())
def test_what_is_chosen_of_several_has_one_order(needs: set[Need], random: Any) -> None:
    told = [need.value for need in needs]
    random.shuffle(told)
    read = read_values(CareKind.ROUND, {"needs": ",".join(told)})["needs"]
    assert read == tuple(need for need in Need if need in needs)


def test_what_was_taken_back_counts_for_nothing() -> None:
    early = event(CareKind.TURN, 0, position=Position.LEFT)
    late = event(CareKind.TURN, 120, position=Position.RIGHT)
    plan = event(CareKind.PREVENTION, 200, measures=(Measure.BED_LOW,))
    assert last((late, plan, early), CareKind.TURN) == late
    wrong = in_error(late, BY, MORNING, "other patient")
    assert last((wrong, plan, early), CareKind.TURN) == early
    assert last((wrong, plan, early)) == plan
    assert last((wrong,), CareKind.TURN) is None
    with pytest.raises(CareRefused):
        in_error(wrong, BY, MORNING, "again")
    assert care_event.standing((plan, wrong, early)) == [early, plan]
