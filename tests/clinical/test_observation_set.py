"""What belongs together, and when it was taken."""

from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED, latest_set, sets
from tests.clinical.build import NORMAL, Parts, at, sign

P = Parameter


def one_by_one(start: float, step: float, parts: Parts = NORMAL) -> list[VitalSign]:
    return [
        sign(f"v{start}-{parameter}", start + i * step, {parameter: value})
        for i, (parameter, value) in enumerate(parts.items())
    ]


def without(*parameters: Parameter) -> Parts:
    return {p: v for p, v in NORMAL.items() if p not in parameters}


def test_nothing_is_no_set() -> None:
    assert latest_set([]) is None
    assert sets([]) == []


def test_a_panel_is_a_set_timed_by_its_oldest_member() -> None:
    half = {p: NORMAL[p] for p in SCORED[:3]}
    rest = {p: NORMAL[p] for p in SCORED[3:]}
    signs = [sign("a", 0, half, panel="p"), sign("b", 25, rest, panel="p")]
    found = latest_set(signs)
    assert found is not None
    assert found.complete
    assert (found.at, found.until, found.panel_id) == (at(0), at(25), "p")
    assert found.sources == ("a", "b")
    assert tuple(found.readings) == SCORED


def test_the_newest_member_of_a_panel_counts_once() -> None:
    signs = [
        sign("a", 0, NORMAL, panel="p"),
        sign("b", 3, {P.HEART_RATE: 99}, panel="p"),
    ]
    found = latest_set(signs)
    assert found is not None
    assert found.readings[P.HEART_RATE].measurement.value == 99
    assert len(sets(signs)) == 1


def test_a_window_of_ten_minutes_to_the_second() -> None:
    exactly = one_by_one(0, 10 / 6)
    found = latest_set(exactly)
    assert found is not None
    assert found.complete
    assert (found.at, found.until) == (at(0), at(10))
    just_over = latest_set(one_by_one(0, 10.01 / 6))
    assert just_over is not None
    assert just_over.missing == (P.RESPIRATORY_RATE,)
    wider = latest_set(one_by_one(0, 10.01 / 6), window_min=11)
    assert wider is not None
    assert wider.complete


def test_oxygen_and_consciousness_belong_to_a_set() -> None:
    for parameter in (P.OXYGEN_SUPPLY, P.CONSCIOUSNESS):
        found = latest_set([sign("v", 0, without(parameter))])
        assert found is not None
        assert found.missing == (parameter,)


def test_a_panel_that_lacks_something_is_completed_by_what_was_taken_with_it() -> None:
    panel = sign("a", 0, without(P.CONSCIOUSNESS), panel="p")
    found = latest_set([panel, sign("b", 8, {P.CONSCIOUSNESS: "A"})])
    assert found is not None
    assert found.complete
    assert found.panel_id is None
    apart = latest_set([panel, sign("b", 11, {P.CONSCIOUSNESS: "A"})])
    assert apart is not None
    assert apart.missing == (P.CONSCIOUSNESS,)


def test_the_newest_of_each_within_the_window() -> None:
    signs = [sign("a", 0, NORMAL), sign("b", 6, {P.OXYGEN_SATURATION: 90})]
    found = latest_set(signs)
    assert found is not None
    assert found.readings[P.OXYGEN_SATURATION].source == "b"
    assert found.at == at(0)
    assert len(sets(signs)) == 1, "what it replaced makes no second set"


def test_a_monitor_between_rounds_hides_no_round() -> None:
    rounds = [sign("r0", 0, NORMAL), sign("r240", 240, NORMAL)]
    monitor = [
        sign(f"m{minute}", minute, {P.HEART_RATE: 71, P.OXYGEN_SATURATION: 97})
        for minute in range(1, 400, 5)
    ]
    found = sets([*monitor, *rounds])
    assert [one.complete for one in found] == [True, True]
    assert [one.at for one in found] == [at(0), at(240)]
    assert latest_set([*monitor, *rounds]) == found[-1]


def test_an_incomplete_set_hides_no_complete_one() -> None:
    signs = [sign("a", 0, NORMAL), sign("b", 60, without(P.TEMPERATURE))]
    assert [one.missing for one in sets(signs)] == [(), (P.TEMPERATURE,)]
    latest = latest_set(signs)
    assert latest is not None
    assert latest.at == at(0)


def test_less_than_four_of_seven_is_no_attempt_at_a_set() -> None:
    four = {p: NORMAL[p] for p in SCORED[:4]}
    assert len(sets([sign("a", 0, four)])) == 1
    assert sets([sign("a", 0, without(*SCORED[3:]))]) == []


def test_two_rounds_within_the_window_do_not_share_members() -> None:
    found = sets([sign("a", 0, NORMAL), sign("b", 9, NORMAL), sign("c", 18, NORMAL)])
    assert [one.sources for one in found] == [("a",), ("b",), ("c",)]


def test_doubtful_unknown_and_impossible_are_missing() -> None:
    assert sets([sign("a", 0, NORMAL, doubtful=True)]) == []
    strange: Parts = {
        P.OXYGEN_SUPPLY: "mask",
        P.CONSCIOUSNESS: "?",
        P.OXYGEN_SATURATION: 101,
        P.HEART_RATE: -1,
        P.TEMPERATURE: float("nan"),
    }
    for parameter, value in strange.items():
        found = latest_set([sign("a", 0, NORMAL | {parameter: value})])
        assert found is not None
        assert found.missing == (parameter,)
    usual: Parts = {P.OXYGEN_SATURATION: 100, P.HEART_RATE: 0, P.TEMPERATURE: 0, P.SYSTOLIC: 0}
    possible = latest_set([sign("a", 0, NORMAL | usual)])
    assert possible is not None
    assert possible.complete


def test_a_number_without_a_value_is_missing() -> None:
    nameless = sign("a", 0, NORMAL | {P.HEART_RATE: "fast"})
    found = latest_set([nameless])
    assert found is not None
    assert found.missing == (P.HEART_RATE,)


def test_what_is_not_scored_is_left_out() -> None:
    found = latest_set([sign("a", 0, NORMAL | {P.DIASTOLIC: 80, P.PAIN: 3})])
    assert found is not None
    assert set(found.readings) == set(SCORED)


SIGNS = st.lists(
    st.builds(
        sign,
        id=st.uuids().map(str),
        minutes=st.integers(0, 90),
        parts=st.dictionaries(st.sampled_from(SCORED), st.just(1.0)).map(
            lambda parts: {p: NORMAL[p] for p in parts}
        ),
        panel=st.sampled_from([None, None, "p", "q"]),
    ),
    max_size=14,
)


@given(SIGNS, st.randoms(), st.integers(1, 30))
def test_sets_hold_together_and_share_nothing(
    signs: list[VitalSign], random: object, window: int
) -> None:
    found = sets(signs, window)
    shuffled = list(signs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    assert sets(shuffled, window) == found, "the order they came in does not matter"
    members = [
        (reading.source, parameter) for one in found for parameter, reading in one.readings.items()
    ]
    assert len(members) == len(set(members)), "no reading is in two sets"
    for one in found:
        times = [reading.at for reading in one.readings.values()]
        assert (one.at, one.until) == (min(times), max(times))
        assert one.panel_id is not None or (one.until - one.at).total_seconds() <= window * 60
        assert len(one.readings) >= 4
        assert one.complete is (len(one.readings) == len(SCORED))
    assert [one.at for one in found] == sorted(one.at for one in found)


@given(SIGNS, st.integers(0, 90))
def test_a_full_round_is_always_found(signs: list[VitalSign], minutes: int) -> None:
    """Whatever else was measured, a newer complete round is the latest set."""
    latest = latest_set([*signs, sign("round", 200 + minutes, NORMAL)])
    assert latest is not None
    assert latest.sources == ("round",)
