"""Vital signs kept up sign by sign give what working all of it out anew gives."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED, ObservationSet, begun_panels, sets
from smartward.clinical.sign_history import SignHistory
from tests.clinical.build import NORMAL, at, sign

SOME = st.lists(st.sampled_from(SCORED), min_size=1, max_size=7, unique=True)
SIGNS = st.builds(
    lambda n, minute, parts, panel, doubtful: sign(
        f"s{n}",
        minute,
        {one: 95.0 + n if one is Parameter.OXYGEN_SATURATION else NORMAL[one] for one in parts},
        panel=panel,
        doubtful=doubtful,
    ),
    st.integers(0, 12),
    st.integers(0, 40),
    st.one_of(SOME, st.just(list(SCORED))),
    st.sampled_from([None, None, "p1", "p2"]),
    st.sampled_from([False] * 7 + [True]),
)
STEPS = st.lists(
    st.tuples(
        st.one_of(SIGNS, SIGNS, st.integers(0, 12)),
        st.sampled_from(["", "sets", "points", "begun"]),
        st.integers(0, 45),
    ),
    min_size=1,
    max_size=24,
)


def plain(found: list[ObservationSet]) -> list[tuple[object, ...]]:
    return [(one.at, one.until, one.panel_id or "", sorted(one.readings.items())) for one in found]


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_kept_up_it_is_as_worked_out_anew(
    steps: list[tuple[VitalSign | int, str, int]],
) -> None:
    kept, known = SignHistory(), dict[str, VitalSign]()
    for step, asked, minute in steps:
        if isinstance(step, int):
            kept.drop(f"s{step}")
            known.pop(f"s{step}", None)
        else:
            kept.put(step)
            known[step.id] = step
        now = at(minute)
        told = [one for one in known.values() if not one.doubtful]
        believed = [one for one in told if one.taken_at <= now + AHEAD]
        ahead = min((one.taken_at - AHEAD for one in told if one not in believed), default=None)
        if asked == "sets":
            found, later = kept.sets(10, now)
            assert plain(found) == plain(sets(believed, 10))
            assert later == ahead
        elif asked == "begun":
            begun, later = kept.begun(10, now)
            assert plain(begun) == plain(begun_panels(believed))
            assert later == ahead
        elif asked == "points":
            for alone in (False, True):
                counted = [one for one in believed if not alone or one.panel_id is None]
                points, later = kept.points(Parameter.OXYGEN_SATURATION, now, alone=alone)
                anew, _ = SignHistory(counted).points(Parameter.OXYGEN_SATURATION, now)
                assert points == anew
                assert later == ahead
    assert len(kept) == len(known)
    assert sorted(kept.all, key=lambda one: one.id) == sorted(
        known.values(), key=lambda one: one.id
    )


def test_of_two_taken_at_one_time_the_one_received_later_counts() -> None:
    history = SignHistory([sign("late", 5, {Parameter.TEMPERATURE: 39.0})])
    history.points(Parameter.TEMPERATURE, at(9))
    early = sign("early", 5, {Parameter.TEMPERATURE: 37.0})
    for put, told in ((early, 39.0), (again(early, seconds=1), 37.0)):
        history.put(put)
        (point,), _ = history.points(Parameter.TEMPERATURE, at(9))
        assert point.value == told


def again(one: VitalSign, seconds: int) -> VitalSign:
    return replace(one, received_at=one.received_at + timedelta(seconds=seconds))
