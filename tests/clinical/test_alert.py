"""The life of an alert: one table, no change a person would not see."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.alert import (
    Alert,
    AlertRefused,
    AlertState,
    Cause,
    Finding,
    Ladder,
    Subject,
    SubjectKind,
    acknowledge,
    clear,
    open_alert,
    update,
)
from smartward.clinical.nurse_call import Actor
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from tests.clinical.build import at

LI = Actor(device_id="station-1", person_id="staff-li", name="李敏", known="name")
HE = Actor(device_id="station-1", person_id="staff-he", name="何平", known="name")
ENCOUNTER = Subject(kind=SubjectKind.ENCOUNTER, id="enc-1")


def finding(
    priority: Priority = Priority.MEDIUM, n: int = 5, bags: tuple[str, ...] = ("a",), seq: int = 1
) -> Finding:
    return Finding(
        subject=ENCOUNTER,
        rule="some_rule",
        version="1",
        priority=priority,
        title=Wording(key="t", values={"n": n}),
        why=Wording(key="w"),
        todo=Wording(key="d"),
        icon="i",
        harm_at=at(10),
        cause=tuple(Cause(kind="infusion", id=bag, seq=seq) for bag in bags),
        rings_for=frozenset({"infusion"}),
    )


def test_a_new_alert_carries_all_of_its_finding() -> None:
    alert = open_alert(finding(), "alert-1", at(0))
    assert (alert.id, alert.state, alert.opened_at, alert.updated_at) == (
        "alert-1",
        AlertState.ON,
        at(0),
        at(0),
    )
    for name in ("subject", "rule", "version", "priority", "title", "why", "todo", "icon"):
        assert getattr(alert, name) == getattr(finding(), name)
    assert (alert.harm_at, alert.cause) == (at(10), finding().cause)


def test_what_nobody_would_see_changes_nothing() -> None:
    alert = open_alert(finding(), "alert-1", at(0))
    assert update(alert, finding(), at(1)) is alert
    assert update(alert, finding(seq=7), at(1)) is alert
    seen = acknowledge(alert, at(2), LI)
    assert update(seen, finding(), at(3)) is seen
    assert acknowledge(seen, at(4), HE) is seen, "the first one stays"


@pytest.mark.parametrize(
    "changed",
    [
        replace(finding(), title=Wording(key="t", values={"n": 6})),
        replace(finding(), why=Wording(key="other")),
        replace(finding(), todo=Wording(key="other")),
        replace(finding(), icon="other"),
        replace(finding(), harm_at=None),
    ],
)
def test_it_changes_in_place_and_an_acknowledgement_stays(changed: Finding) -> None:
    seen = acknowledge(open_alert(finding(), "alert-1", at(0)), at(1), LI)
    after = update(seen, changed, at(2))
    assert (after.id, after.opened_at, after.updated_at) == ("alert-1", at(0), at(2))
    assert (after.state, after.acknowledged_by) == (AlertState.ACKNOWLEDGED, LI)
    assert (after.title, after.why, after.todo) == (changed.title, changed.why, changed.todo)


def test_it_asks_again_when_it_rises_or_another_bag_joins() -> None:
    seen = acknowledge(open_alert(finding(), "alert-1", at(0)), at(1), LI)
    risen = update(seen, finding(Priority.HIGH), at(2))
    assert (risen.state, risen.priority, risen.acknowledged_by, risen.acknowledged_at) == (
        AlertState.ON,
        Priority.HIGH,
        None,
        None,
    )
    joined = update(seen, finding(bags=("a", "b")), at(2))
    assert joined.state is AlertState.ON
    again = acknowledge(joined, at(3), HE)
    assert update(again, finding(bags=("a", "b")), at(4)) is again
    fewer = update(again, finding(bags=("b",)), at(4))
    assert fewer.state is AlertState.ACKNOWLEDGED
    assert update(again, finding(Priority.LOW), at(4)).state is AlertState.ACKNOWLEDGED


@pytest.mark.parametrize(
    "ladder, step, bags, anew",
    [
        (Ladder.EL_1, 2, ("a", "b"), False),
        (Ladder.EL_1, 3, ("a", "b"), False),
        (Ladder.EL_1, 3, ("b",), True),
        (Ladder.EL_2, 1, ("a", "b"), False),
        (Ladder.EL_2, 2, ("a", "b"), True),
        (Ladder.EL_2, 2, ("a",), False),
    ],
)
def test_a_newcomer_begins_an_unanswered_one_anew_only_where_nobody_is_passed_over(
    ladder: Ladder, step: int, bags: tuple[str, ...], anew: bool
) -> None:
    """What rang before is over, or all its people were asked; a loud one never falls silent."""
    before = replace(open_alert(replace(finding(), ladder=ladder), "alert-1", at(0)), step=step)
    after = update(before, replace(finding(n=6, bags=bags), ladder=ladder), at(9))
    assert (after.state, after.step) == (AlertState.ON, -1 if anew else step)
    assert after.asks_since == (at(9) if anew else at(0))


def test_it_remembers_the_causes_of_what_is_shown() -> None:
    alert = open_alert(finding(seq=1), "alert-1", at(0))
    after = update(alert, replace(finding(n=6, seq=9), version="2"), at(1))
    assert after.cause == finding(seq=9).cause
    assert after.version == "2"


def test_over_is_over() -> None:
    off = clear(open_alert(finding(), "alert-1", at(0)), at(5))
    assert (off.state, off.updated_at) == (AlertState.OFF, at(5))
    assert clear(off, at(6)) is off
    for act in (lambda: update(off, finding(), at(6)), lambda: acknowledge(off, at(6), LI)):
        with pytest.raises(AlertRefused) as refused:
            act()
        assert refused.value.key == "alert.refused.over"
        assert refused.value.values == {}


def test_a_latched_alert_waits_for_a_person() -> None:
    alert = open_alert(finding(), "alert-1", at(0))
    latched = clear(alert, at(5), latching=True)
    assert latched.state is AlertState.LATCHED
    assert clear(latched, at(6), latching=True) is latched
    assert clear(latched, at(6)) is latched
    assert update(latched, finding(), at(6)).state is AlertState.ON
    seen = acknowledge(latched, at(7), LI)
    assert (seen.state, seen.acknowledged_by) == (AlertState.OFF, LI)
    answered = acknowledge(alert, at(1), LI)
    assert clear(answered, at(5), latching=True).state is AlertState.OFF


def test_another_subject_or_rule_is_a_mistake_of_the_caller() -> None:
    alert = open_alert(finding(), "alert-1", at(0))
    with pytest.raises(ValueError, match="some_other_rule is not about alert alert-1"):
        update(alert, replace(finding(), rule="some_other_rule"), at(1))
    with pytest.raises(ValueError, match="not about alert"):
        update(alert, replace(finding(), subject=replace(ENCOUNTER, id="enc-2")), at(1))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("found"), st.sampled_from(list(Priority)), st.integers(0, 9)),
        st.tuples(st.just("acknowledge"), st.just(Priority.LOW), st.just(0)),
        st.tuples(st.just("gone"), st.just(Priority.LOW), st.just(0)),
        st.tuples(st.just("latch"), st.just(Priority.LOW), st.just(0)),
    ),
    max_size=12,
)


@given(STEPS)
def test_any_sequence_keeps_its_opening_and_never_comes_back(
    steps: list[tuple[str, Priority, int]],
) -> None:
    alert: Alert = open_alert(finding(), "alert-1", at(0))
    for minute, (what, priority, n) in enumerate(steps, 1):
        before = alert
        try:
            if what == "found":
                alert = update(alert, finding(priority, n), at(minute))
                assert (alert.priority, alert.title.values["n"]) == (priority, n)
                if priority.rank < before.priority.rank:
                    assert alert.state is AlertState.ON
            elif what == "acknowledge":
                alert = acknowledge(alert, at(minute), LI)
                assert alert.state in (AlertState.ACKNOWLEDGED, AlertState.OFF)
            else:
                alert = clear(alert, at(minute), latching=what == "latch")
                assert alert.state in (AlertState.OFF, AlertState.LATCHED)
        except AlertRefused:
            assert before.state is AlertState.OFF
        if before.state is AlertState.OFF:
            assert alert is before
        assert (alert.id, alert.opened_at, alert.subject) == ("alert-1", at(0), ENCOUNTER)
        assert (alert is before) or alert.updated_at == at(minute)
