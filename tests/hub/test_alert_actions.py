"""Alerts put off with a reason, done, and answered as a card."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.alert import Alert, AlertClass, AlertState, Problem, SnoozeReason
from smartward.clinical.alert_budget import Budget
from smartward.clinical.budget_board import BudgetBoard
from smartward.clinical.device import Device, ScreenRole
from smartward.clock import SystemClock
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.alert_counts import BOARD, budget_board, shift_alerts
from smartward.hub.budget_keeping import BudgetKeeping
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.model import decode
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Answer
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


@pytest.fixture
async def station(ward: Ward) -> Device:
    return await ward.enrol(ScreenRole.STATION)


async def alert_of(ward: Ward, id: str = "alert-1") -> Alert | None:
    stored = await ward.stored("alert", id)
    return None if stored is None else decode(stored.body, Alert)


async def put(ward: Ward, *alerts: Alert) -> None:
    for one in alerts:
        await ward.hub.store.write(
            lambda tx, one=one: tx.put(WARD, "alert", one.id, one, bed=docs.bed_id(1), room="R1")
        )


async def snooze(ward: Ward, station: Device, **data: str | int) -> Answer:
    told = {"minutes": 30, "reason": "treating", **data}
    return await ward.act(
        station, K.ALERT_SNOOZE, "alert-1", by=NURSE, seen=seen(1), data=dict(told)
    )


async def log(ward: Ward) -> list[LogRow]:
    return await ward.hub.store.read(lambda reader: reader.alert_log(WARD))


async def test_it_is_put_off_with_a_reason_by_a_known_person(ward: Ward, station: Device) -> None:
    assert (await snooze(ward, station)).outcome == "applied"
    alert = await alert_of(ward)
    assert alert is not None
    assert alert.state is AlertState.ACKNOWLEDGED
    assert alert.snoozed_until == ward.clock.now() + timedelta(minutes=30)
    assert alert.snoozed_by is not None
    assert alert.snoozed_by.person_id == "st-1"
    assert alert.snooze_reason is SnoozeReason.TREATING
    row = (await log(ward))[-1]
    assert (row.event, row.why, row.bed) == ("snoozed", "treating", docs.bed_id(1))


@pytest.mark.parametrize("data", [{"minutes": "x"}, {"reason": "because"}, {"reason": ""}])
async def test_half_a_snooze_is_bad_data(ward: Ward, station: Device, data: dict) -> None:  # type: ignore[type-arg]  # of any kind
    with pytest.raises(BadData):
        await snooze(ward, station, **data)


async def test_an_emergency_is_neither_put_off_nor_done(ward: Ward, station: Device) -> None:
    await put(ward, replace(docs.alert(1, 1), alert_class=AlertClass.EMERGENCY))
    assert (await snooze(ward, station)).key == "alert.refused.emergency_snooze"
    answer = await ward.act(station, K.ALERT_DONE, "alert-1", by=NURSE, seen=seen(1))
    assert (answer.outcome, answer.key) == ("refused", "alert.refused.emergency_done")
    alert = await alert_of(ward)
    assert alert is not None
    assert alert.state is AlertState.ON


async def test_another_length_is_refused(ward: Ward, station: Device) -> None:
    assert (await snooze(ward, station, minutes=600)).key == "alert.refused.snooze_length"


async def test_done_is_over_and_remembered(ward: Ward, station: Device) -> None:
    await put(ward, replace(docs.alert(1, 1), once="bag-1"))
    answer = await ward.act(
        station, K.ALERT_DONE, "alert-1", by=NURSE, seen=seen(1), data={"note": "attended"}
    )
    assert answer.outcome == "applied"
    assert await alert_of(ward) is None
    subject = f"encounter:{docs.encounter_id(1)}"
    (guard,) = await ward.hub.store.read(lambda r: r.alert_guards(WARD, subject, "news2"))
    assert guard.token == "bag-1"
    assert [row.event for row in await log(ward)] == ["done"]
    again = await ward.act(station, K.ALERT_DONE, "alert-1", by=NURSE, seen=seen(1))
    assert (again.outcome, again.key) == ("gone", "action.alert_over")


async def test_a_card_is_answered_with_the_parts_that_were_seen(
    ward: Ward, station: Device
) -> None:
    head = replace(docs.alert(1, 1), problem=Problem.DETERIORATION)
    parts = [replace(head, id=f"part-{n}", rule=f"r{n}") for n in range(3)]
    urgent = replace(parts[2], alert_class=AlertClass.EMERGENCY)
    other = replace(head, id="skin", rule="s", problem=Problem.SKIN)
    await put(ward, head, *parts[:2], urgent, other)
    told = ",".join(["part-0", urgent.id, other.id])
    assert (await snooze(ward, station, parts=told)).outcome == "applied"
    states = {
        id: one.state
        for id in ("alert-1", "part-0", "part-1", urgent.id, other.id)
        if (one := await alert_of(ward, id)) is not None
    }
    on, taken = AlertState.ON, AlertState.ACKNOWLEDGED
    assert states == {"alert-1": taken, "part-0": taken, "part-1": on, urgent.id: on, "skin": on}


async def test_the_audit_says_why_it_was_put_off(ward: Ward, station: Device) -> None:
    await snooze(ward, station)
    rows = await ward.hub.store.read(lambda reader: reader.audit_after(0, 100))
    body = next(row.body for row in rows if b"alert.snooze" in row.body)
    assert b"treating" in body
    assert b'"30"' in body


async def test_only_a_station_asks(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    for kind in (K.ALERT_SNOOZE, K.ALERT_DONE):
        with pytest.raises(Forbidden):
            await ward.act(bedside, kind, "alert-1", by=NURSE)


async def test_the_shift_s_alerts_are_counted(ward: Ward) -> None:
    now = ward.clock.now()
    row = LogRow(
        at=now, ward=WARD, alert="a", subject="encounter:e", bed="b1", rule="news2", version="1",
        mode="on", event="opened", alert_class="U", priority="medium", step=0,
    )  # fmt: skip
    old = replace(row, at=now - timedelta(hours=40))
    again = replace(row, alert="b")
    silent = replace(row, alert="c", mode="shadow")
    await logged(ward, row, again, silent, replace(row, event="escalated"), old)
    few = Budget(per_bed=1)
    found = await ward.hub.store.read(lambda reader: shift_alerts(reader, WARD, now, few))
    assert found.rules == {("news2", "U", "on"): 2, ("news2", "U", "shadow"): 1}
    assert (found.escalated, found.most_of_one_bed) == ({"news2": 1}, 2)
    ward.hub.metrics.alerts(found)
    text = ward.hub.metrics.scrape({}, {}, 0, {}, True).decode()
    assert 'smartward_alerts_shift{alert_class="U",mode="shadow",rule="news2"} 1.0' in text
    assert "smartward_alert_budget_per_bed_shift 1.0" in text
    assert 'smartward_alert_budget_over{what="beds"} 1.0' in text
    assert 'smartward_alert_budget_over{what="patients"} 0.0' in text


async def logged(ward: Ward, *rows: LogRow) -> None:
    for one in rows:
        await ward.hub.store.write(lambda tx, one=one: tx.alert_log_put(one))


async def test_the_station_s_board_has_shifts_patients_and_the_shadow(ward: Ward) -> None:
    now = ward.clock.now() + timedelta(hours=9)  # 17:30 on the ward
    row = LogRow(
        at=now - timedelta(minutes=5), ward=WARD, alert="a", subject="encounter:e", bed="b1",
        rule="news2", version="1", mode="on", event="opened", alert_class="U", priority="medium",
        step=0,
    )  # fmt: skip
    rows = [replace(row, alert=f"a{n}", rule="spo2_drop" if n else "news2") for n in range(3)]
    before = [replace(row, alert=f"p{n}", at=now - timedelta(hours=8)) for n in range(2)]
    silent = replace(row, alert="s", rule="pain_again", mode="shadow")
    await logged(ward, *before, *rows, silent)
    board = await ward.hub.store.read(
        lambda reader: budget_board(reader, WARD, now, Budget(per_bed=1, patient_least=3))
    )
    assert [(one.bed_id, one.alert_count) for one in board.beds] == [("b1", 3)]
    (patient,) = board.patients
    assert (patient.encounter_id, patient.alert_count, patient.over) == ("e", 3, True)
    assert [(one.rule, one.alert_count) for one in patient.rules] == [
        ("spo2_drop", 2),
        ("news2", 1),
    ]
    # Before the third of the day in which the ward was first written nothing is known.
    assert [(one.total, one.beds_over) for one in board.past] == [(2, 1)]
    (said,) = board.shadow
    assert (said.rule, said.said, said.night) == ("pain_again", 1, 0)


async def test_the_board_is_written_where_something_has_changed(ward: Ward) -> None:
    keeping = BudgetKeeping(ward.hub.store, ward.clock, WARD, lambda: Budget(per_bed=3))
    await keeping.count()
    first = await ward.stored("alert_budget", BOARD)
    await keeping.count()
    assert await ward.stored("alert_budget", BOARD) == first
    now = ward.clock.now()
    row = LogRow(
        at=now, ward=WARD, alert="a", subject="bed:b1", bed="b1", rule="bed_exit", version="1",
        mode="on", event="opened", alert_class="E", priority="high", step=0,
    )  # fmt: skip
    await logged(ward, row)
    await keeping.count()
    last = await ward.stored("alert_budget", BOARD)
    assert first is not None
    assert last is not None
    assert last.seq > first.seq
    assert decode(last.body, BudgetBoard).total == 1
    # The metrics hold the shift against the same budget.
    found = await ward.hub.store.read(lambda reader: shift_alerts(reader, WARD, now))
    assert found.limit == 3


async def test_the_board_is_counted_anew_when_the_clock_is_set_on(ward: Ward) -> None:
    clock = SystemClock()
    keeping = BudgetKeeping(ward.hub.store, clock, WARD, Budget)
    tasks = Tasks()
    tasks.keep(keeping.run, "the board", clock)
    try:
        async with asyncio.timeout(20):
            while await ward.stored("alert_budget", BOARD) is None:
                clock.advance(3600)
                await clock.sleep(0.01)
    finally:
        await tasks.stop()
