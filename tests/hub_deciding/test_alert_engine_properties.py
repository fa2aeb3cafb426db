"""The engine under any order, repetition and delay, and over the life of one alert."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartward.clinical import alert as life
from smartward.clinical.alert import (
    Alert,
    AlertClass,
    AlertRefused,
    AlertState,
    Finding,
    Ladder,
    SnoozeReason,
)
from smartward.clinical.alert_ladder import RUNGS, Asked, LadderSettings, Rung, advance, next_step
from smartward.clinical.priority import Priority
from smartward.clinical.rules import RULES, Mode, RuleSettings
from smartward.hub.alert_keeping import held_back
from smartward.hub.alerting import Alerting
from smartward.hub.facts import WardFacts
from smartward.hub.store.alert_table import Guard
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from tests.clinical.build import at
from tests.clinical.test_alert import ENCOUNTER, HE, LI, finding
from tests.fakes.fake_clock import ManualClock
from tests.hub_deciding.alert_engine import DRY, SCORE, W, drip, score, stay

MANY = settings(max_examples=80, deadline=None)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# ------------------------------------------------------------------------------- facts, any order


def open_ones(facts: list[object], restart_at: int = -1) -> list[tuple[object, ...]]:
    """What is open after these facts were told one by one, with a new engine at `restart_at`."""

    async def run(folder: Path) -> list[tuple[object, ...]]:
        clock = ManualClock()
        clock.advance(3 * 3600)
        store = SqliteStore.open(folder / "hub.db", clock)
        modes = {rule.id: Mode.OFF for rule in RULES} | dict.fromkeys((DRY, SCORE), Mode.ON)

        def engine() -> tuple[Alerting, WardFacts]:
            known = WardFacts(store, W)
            made = RuleSettings().with_modes(modes)
            return Alerting(store, clock, W, known, made, ward_rules=()), known

        alerting, known = engine()
        await store.write(lambda tx: tx.put(W, "encounter", "e1", stay(), bed="b1"))
        for place, fact in enumerate([stay(), *facts]):
            kind = {"Encounter": "encounter", "VitalSign": "vital_sign", "Infusion": "infusion"}
            name = kind[type(fact).__name__]
            await store.write(lambda tx, n=name, f=fact: tx.put(W, n, f.id, f, bed="b1"))
            if place == restart_at:
                alerting, known = engine()
                for stored in await store.read(lambda tx: tx.all(W, "alert")):
                    alerting.put(stored)
                for told in kind.values():
                    for stored in await store.read(lambda tx, n=told: tx.all(W, n)):
                        known.put(stored)
            stored_fact = await store.read(lambda tx, n=name, f=fact: tx.get(W, n, f.id))
            assert stored_fact is not None
            known.put(stored_fact)
            await alerting.look({"e1"})
        found = await store.read(lambda tx: tx.all(W, "alert"))
        await store.finish()
        store.close()
        alerts = [decode(one.body, Alert) for one in found]
        for one in alerts:
            assert one.cause, "no alert without cause"
        return sorted(
            (a.rule, str(a.state), str(a.priority), repr(a.title), repr(a.why)) for a in alerts
        )

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


T0 = ManualClock().now()
SETS = st.builds(
    lambda minute, points: score(f"s{minute}", T0 + timedelta(minutes=minute), points),
    st.integers(0, 170),
    st.sampled_from([0, 0, 5, 7]),
)
BAGS = st.builds(
    lambda n, left: drip(T0 + timedelta(minutes=170 + n), float(left), f"bag{n}"),
    st.integers(0, 3),
    st.sampled_from([5, 40, 300, 480]),
)
FACTS = st.lists(st.one_of(SETS, BAGS), min_size=1, max_size=6, unique_by=lambda fact: fact.id)


@FEW
@given(st.data(), FACTS)
def test_any_order_repetition_and_delay_of_facts_ends_in_the_same_open_alerts(
    data: st.DataObject, facts: list[object]
) -> None:
    again = data.draw(st.permutations([*facts, *facts[:2]]))
    assert open_ones(again) == open_ones(facts)


@FEW
@given(FACTS, st.integers(0, 6))
def test_a_restart_at_any_point_changes_nothing(facts: list[object], when: int) -> None:
    assert open_ones(facts, restart_at=when) == open_ones(facts)


# ---------------------------------------------------------------------------- the life of an alert

FINDINGS = st.builds(
    lambda priority, kind, once, n: replace(
        finding(priority, n), alert_class=kind, once=once, latching=n % 2 == 0
    ),
    st.sampled_from(list(Priority)),
    st.sampled_from(list(AlertClass)),
    st.sampled_from(["", "bag"]),
    st.integers(0, 3),
)
STEPS = st.lists(
    st.one_of(
        FINDINGS,
        st.sampled_from(["gone", "acknowledge", "done", "wake", "end"]),
        st.sampled_from(life.SNOOZES),
    ),
    max_size=14,
)


def stepped(alert: Alert, step: object, minute: int) -> Alert:
    """The alert after one thing happened to it."""
    now = at(minute)
    if isinstance(step, Finding):
        return life.update(alert, step, now)
    if isinstance(step, timedelta):
        return life.snooze(alert, now, LI, step, SnoozeReason.TREATING)
    match step:
        case "gone":
            return life.clear(alert, now)
        case "acknowledge":
            return life.acknowledge(alert, now, HE)
        case "done":
            return life.done(alert, now, LI)
        case "wake":
            return life.wake(alert, now)
        case _:
            return life.end(alert, now, life.CloseReason.RULE_OFF)


@MANY
@given(FINDINGS, STEPS)
def test_any_life_keeps_the_law(first: Finding, steps: list[object]) -> None:
    alert = life.open_alert(first, "a", at(0))
    for minute, step in enumerate(steps, 1):
        before = alert
        try:
            alert = stepped(alert, step, 20 * minute)
        except AlertRefused:
            assert before.emergency or before.state in (AlertState.OFF, AlertState.LATCHED)
            continue
        assert (alert.id, alert.opened_at, alert.subject) == ("a", at(0), ENCOUNTER)
        if before.state is AlertState.OFF:
            assert alert is before, "over is over"
        if alert.snoozed_until is not None:
            assert alert.state is AlertState.ACKNOWLEDGED
            assert not (alert.emergency and isinstance(step, timedelta))
        if isinstance(step, Finding) and step.alert_class is AlertClass.EMERGENCY:
            rose = not before.emergency or step.priority.rank < before.priority.rank
            assert alert.state is AlertState.ON or not rose
        assert (alert.closed_why is None) == (alert.state is not AlertState.OFF)


@MANY
@given(FINDINGS, st.sampled_from(list(AlertClass)), st.sampled_from(list(Priority)))
def test_no_guard_holds_back_an_emergency_or_what_is_worse(
    found: Finding, kind: AlertClass, priority: Priority
) -> None:

    held = held_back([Guard(found.once, str(kind), priority.rank)], found)
    if found.alert_class is AlertClass.EMERGENCY or found.priority.rank < priority.rank:
        assert not held
    assert not held_back([Guard("another", str(kind), priority.rank)], found)


# ------------------------------------------------------------------------------------ the ladder

RUNG_PEOPLE = st.fixed_dictionaries(
    {rung: st.sampled_from([(), ("a",), ("b",), ("a", "b"), ("c",)]) for rung in Rung}
)


@MANY
@given(
    st.sampled_from([Ladder.EL_1, Ladder.EL_2, Ladder.EL_D, Ladder.NURSE]),
    RUNG_PEOPLE,
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
)
def test_a_ladder_never_stops_short_nor_tells_a_person_twice(
    ladder: Ladder, people: dict[Rung, tuple[str, ...]], pauses: list[int]
) -> None:
    def there(rung: Rung) -> Asked | None:
        ids = people[rung]
        group = rung in (Rung.WARD, Rung.LOUDER, Rung.HEAD_NURSE)
        return Asked("ward" if group else str(rung), ids, ids) if ids or group else None

    alert = life.open_alert(replace(finding(), ladder=ladder), "a", at(0))
    minute, rules = 0, LadderSettings()
    for pause in [0, *pauses]:
        minute += pause
        before = alert
        alert = advance(alert, there, rules, at(minute))
        assert alert.step >= before.step
        assert advance(alert, there, rules, at(minute)) is alert, "once"
        due = next_step(alert, rules)
        assert due is None or due > at(minute), "what is due is done"
        by_name = [id for one in alert.told if one.role != "ward" for id in one.staff_ids]
        assert len(by_name) == len(set(by_name))
    if minute >= 60:
        assert alert.step == len(RUNGS[ladder]) - 1
        assert alert.told, "somebody was asked"
