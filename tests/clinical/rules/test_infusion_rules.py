"""Drips near their end and ended: by time, by volume, paused, with a lost sensor."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.alert import open_alert
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.priority import Priority
from smartward.clinical.rules import Rule
from smartward.clinical.rules.infusion_ended import INFUSION_ENDED
from smartward.clinical.rules.infusion_near_end import INFUSION_NEAR_END
from tests.clinical.build import at, drip
from tests.clinical.rules.facts import SETTINGS, assert_next_look_is_never_late, facts, keys, only

NEAR, ENDED = INFUSION_NEAR_END.look, INFUSION_ENDED.look
A_MOMENT = timedelta(microseconds=1)


def assert_spans(infusion: Infusion, near_from: float, ends: float) -> None:
    given = facts(infusion)
    before = NEAR(given, SETTINGS, at(near_from) - A_MOMENT)
    assert (before.findings, before.next_look) == ((), at(near_from))
    near = NEAR(given, SETTINGS, at(near_from))
    assert (only(near).harm_at, near.next_look) == (at(ends), at(ends))
    assert ENDED(given, SETTINGS, at(ends) - A_MOMENT).findings == ()
    assert ENDED(given, SETTINGS, at(ends) - A_MOMENT).next_look == at(ends)
    assert NEAR(given, SETTINGS, at(ends)).findings == ()
    ended = ENDED(given, SETTINGS, at(ends))
    assert (only(ended).harm_at, ended.next_look) == (at(ends), None)


def test_ten_minutes_or_fifty_millilitres_whichever_comes_first() -> None:
    # 300 mL at 100 mL/h: 50 mL are left 30 min before the end, at 150 min.
    assert_spans(drip(left=300, rate=100, total=500), near_from=150, ends=180)
    # At 600 mL/h 50 mL last 5 min: the ten minutes come first.
    assert_spans(drip(left=300, rate=600, total=500), near_from=20, ends=30)


def test_the_volume_counts_only_for_bags_of_250_ml_or_more() -> None:
    assert_spans(drip(left=100, rate=50, total=100), near_from=110, ends=120)
    assert_spans(drip(left=100, rate=50, total=249.9), near_from=110, ends=120)
    assert_spans(drip(left=100, rate=50, total=250), near_from=60, ends=120)
    assert_spans(drip(left=100, rate=50, total=None), near_from=110, ends=120)


def test_what_it_says() -> None:
    near = only(NEAR(facts(drip(left=10, rate=100)), SETTINGS, at(1)))
    assert near.priority is Priority.MEDIUM
    assert keys(near) == (
        "alert.infusion_near_end.title",
        "alert.infusion_near_end.why.measured",
        "alert.infusion_near_end.todo.look",
    )
    assert near.title.values == {"n": 1}
    assert near.why.values == {
        "at": "2026-08-01T02:00:00.000Z",
        "end": "2026-08-01T02:06:00.000Z",
    }
    guessed = drip(left=10, rate=100, source=VolumeSource.ESTIMATED, next_ordered=True)
    near = only(NEAR(facts(guessed), SETTINGS, at(1)))
    assert keys(near)[1:] == (
        "alert.infusion_near_end.why.estimated",
        "alert.infusion_near_end.todo.next_ordered",
    )
    ended = only(ENDED(facts(replace(guessed, next_ordered=False)), SETTINGS, at(7)))
    assert keys(ended) == (
        "alert.infusion_ended.title",
        "alert.infusion_ended.why.estimated",
        "alert.infusion_ended.todo.no_next",
    )


@pytest.mark.parametrize(
    "infusion",
    [
        drip(left=20, rate=0),
        drip(left=20, status=InfusionStatus.PAUSED),
        drip(left=0, status=InfusionStatus.PAUSED),
        drip(left=20, status=InfusionStatus.STOPPED),
        drip(left=0, status=InfusionStatus.ENDED),
        drip(left=20, source=VolumeSource.SENSOR_LOST),
        drip(left=None),
        drip(left=51, rate=None),
        drip(left=50, rate=None, total=100),
    ],
)
def test_paused_stopped_and_unknown_say_nothing(infusion: Infusion) -> None:
    for minutes in (0, 1, 1000):
        for look in (NEAR, ENDED):
            found = look(facts(infusion), SETTINGS, at(minutes))
            assert (found.findings, found.next_look) == ((), None)


def test_without_a_rate_the_measured_volume_counts() -> None:
    near = only(NEAR(facts(drip(left=50, rate=None, total=250)), SETTINGS, at(5)))
    assert near.why.key == "alert.infusion_near_end.why.volume"
    assert near.why.values == {"at": "2026-08-01T02:00:00.000Z", "ml": 50}
    assert near.harm_at is None


@pytest.mark.parametrize("rate", [None, 0, 100])
def test_a_measured_empty_bag_has_ended_whatever_the_rate(rate: float | None) -> None:
    given = facts(drip(left=0, rate=rate))
    assert only(ENDED(given, SETTINGS, at(5))).harm_at == at(0)
    assert NEAR(given, SETTINGS, at(5)).findings == ()


def test_two_bags_are_one_alert_with_the_first_to_end_in_front() -> None:
    slow, fast = drip("slow", left=15, rate=100), drip("fast", left=8, rate=100)
    blind = drip("blind", left=40, rate=None)
    near = only(NEAR(facts(slow, blind, fast), SETTINGS, at(1)))
    assert near.title.values == {"n": 3}
    assert [cause.id for cause in near.cause] == ["fast", "slow", "blind"]
    assert near.harm_at is not None
    assert near.harm_at < at(9)
    assert near.rings_for == {"infusion"}


@pytest.mark.parametrize(
    "rule, left", [(INFUSION_NEAR_END, 10), (INFUSION_ENDED, 0)], ids=["near", "ended"]
)
def test_a_sensor_lost_while_the_alert_is_open_does_not_end_it(rule: Rule, left: float) -> None:
    finding = only(rule.look(facts(drip(left=left)), SETTINGS, at(1)))
    alert = open_alert(finding, "alert-1", at(1))
    lost = drip(left=left, minutes=2, source=VolumeSource.SENSOR_LOST)
    held = only(rule.look(facts(lost, alerts=(alert,)), SETTINGS, at(3)))
    assert held.why.key == f"alert.{rule.id}.why.sensor_lost"
    assert held.why.values == {"at": "2026-08-01T02:02:00.000Z"}
    assert held.harm_at is None
    assert rule.look(facts(lost), SETTINGS, at(3)).findings == ()
    other_rule = replace(alert, rule="another")
    assert rule.look(facts(lost, alerts=(other_rule,)), SETTINGS, at(3)).findings == ()
    other_bag = replace(lost, id="inf-2")
    assert rule.look(facts(other_bag, alerts=(alert,)), SETTINGS, at(3)).findings == ()


def test_a_measurement_dated_ahead_waits_for_its_time() -> None:
    given = facts(drip(left=10, minutes=30))
    look = NEAR(given, SETTINGS, at(0))
    assert (look.findings, look.next_look) == ((), at(29))
    assert NEAR(given, SETTINGS, at(30)).findings


def test_another_patients_drip_does_not_count() -> None:
    other = replace(drip(left=0), encounter_id="enc-2")
    assert ENDED(facts(other), SETTINGS, at(1)).findings == ()


DRIPS = st.lists(
    st.builds(
        drip,
        id=st.uuids().map(str),
        left=st.none() | st.floats(0, 1000),
        rate=st.none() | st.floats(0, 1200) | st.sampled_from([0, 1e-8]),
        total=st.sampled_from([None, 100, 250, 500]),
        minutes=st.integers(-300, 60),
        status=st.sampled_from([InfusionStatus.RUNNING] * 3 + list(InfusionStatus)),
        source=st.sampled_from(list(VolumeSource)),
        next_ordered=st.sampled_from([None, True, False]),
    ),
    max_size=4,
)


@given(DRIPS, st.integers(-10, 120), st.sampled_from([INFUSION_NEAR_END, INFUSION_ENDED]))
def test_next_look_is_never_late(drips: list[Infusion], minutes: int, rule: Rule) -> None:
    assert_next_look_is_never_late(rule, facts(*drips), at(minutes))


@given(DRIPS, st.integers(-10, 300))
def test_no_drip_is_near_its_end_and_ended_at_once(drips: list[Infusion], minutes: int) -> None:
    found = [
        {
            cause.id
            for finding in look(facts(*drips), SETTINGS, at(minutes)).findings
            for cause in finding.cause
        }
        for look in (NEAR, ENDED)
    ]
    assert not found[0] & found[1]
