"""The Now queue as rows: order, what a row says, and what it offers."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.nurse_call import (
    Actor,
    CallClass,
    CallReason,
    CallSettings,
    CallState,
    ClosePlace,
    NurseCall,
    accept,
    advance,
    arrive,
    close,
    hand_over,
    heard,
    not_needed,
    place,
    press_again,
    reinforce,
)
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.i18n import Catalogue
from smartward.screen.station_board import quiet_cells
from smartward.screen.station_queue import items
from smartward.screen.station_rows import QueueRow, rows, sending
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id, stay_id

LEE = Actor(device_id="dev-station", person_id="n1", name="李敏", family="李", known="name")
QIAN = Actor(device_id="dev-station", person_id="n2", name="钱芳", family="钱", known="name")


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Catalogue("zh_CN", sample.ZONE))


def state_of(bodies: sample.Bodies) -> WardState:
    state = WardState()
    for seq, ((kind, document_id), body) in enumerate(bodies.of.items(), 1):
        state.put(kind, document_id, seq, body)
    return state


def told(bodies: sample.Bodies, words: Words, now: datetime = NOW) -> list[QueueRow]:
    state = state_of(bodies)
    return rows(state, items(state), words, now)


def one_call(
    call_class: CallClass = CallClass.NORMAL, seconds: float = 51, number: int = 22
) -> NurseCall:
    at = NOW - timedelta(seconds=seconds)
    return place(
        id="c",
        bed_id=bed_id(number),
        device_id="d",
        call_class=call_class,
        placed_at=at,
        received_at=at,
        encounter_id=stay_id(number),
    )


def row_of(call: NurseCall, words: Words, now: datetime = NOW) -> QueueRow:
    bodies = sample.full_ward()
    bodies.put("nurse_call", call)
    (row,) = told(bodies, words, now)
    return row


# --------------------------------------------------------------------------------------- order

CALLS = st.tuples(st.sampled_from(list(CallClass)), st.integers(0, 4000), st.integers(1, 40))
ALERTS = st.tuples(
    st.sampled_from(list(Priority)),
    st.integers(0, 4000),
    st.none() | st.integers(-600, 600),
    st.sampled_from(list(AlertState)),
    st.integers(1, 40),
)


def ward_with(calls: list[tuple], alerts: list[tuple]) -> WardState:  # type: ignore[type-arg]  # of any kind
    state = state_of(sample.empty_ward(40))
    for i, (call_class, seconds, number) in enumerate(calls):
        call = replace(one_call(call_class, seconds, number), id=f"c{i}")
        state.put("nurse_call", call.id, 1, advance(call, CallSettings(), NOW))
    for i, (priority, seconds, harm, alert_state, number) in enumerate(alerts):
        alert = Alert(
            id=f"a{i}",
            subject=Subject(kind=SubjectKind.BED, id=bed_id(number)),
            rule="r",
            version="1",
            priority=priority,
            state=alert_state,
            title=Wording(his="t"),
            why=Wording(his="w"),
            todo=Wording(his="d"),
            icon="bell",
            opened_at=NOW - timedelta(seconds=seconds),
            updated_at=NOW,
            harm_at=None if harm is None else NOW + timedelta(seconds=harm),
        )
        state.put("alert", alert.id, 1, alert)
    return state


@given(st.lists(CALLS, max_size=20), st.lists(ALERTS, max_size=20))
def test_order(calls: list[tuple], alerts: list[tuple]) -> None:  # type: ignore[type-arg]  # of any kind
    """Priority; within one an emergency, then who is harmed sooner, then who waits longer."""
    state = ward_with(calls, alerts)
    found = items(state)
    for before, after in itertools.pairwise(found):
        assert before.priority.rank <= after.priority.rank
        if before.priority is not after.priority:
            continue
        urgent = [
            item.call is not None and item.call.call_class is CallClass.EMERGENCY
            for item in (before, after)
        ]
        assert urgent != [False, True]
        if urgent == [True, False]:
            continue
        first, second = (harm_or_start(item) for item in (before, after))
        assert first <= second


def harm_or_start(item) -> datetime:  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    if item.call is not None:
        return item.call.placed_at
    return item.alert.harm_at or item.alert.opened_at


@given(st.lists(CALLS, max_size=20), st.lists(ALERTS, max_size=20))
def test_nothing_open_is_left_out(calls: list[tuple], alerts: list[tuple]) -> None:  # type: ignore[type-arg]  # of any kind
    state = ward_with(calls, alerts)
    queued = {item.key for item in items(state)}
    wanted = {f"call:{call.id}" for call in state.calls.values()} | {
        f"alert:{alert.id}"
        for alert in state.alerts.values()
        if alert.state is not AlertState.OFF and alert.priority is not Priority.INFORMATION
    }
    assert queued == wanted


def test_64_simultaneous_calls_are_all_there_in_order(words: Words) -> None:
    bodies = sample.many_calls(64)
    shown = told(bodies, words)
    calls = [body for (kind, _), body in bodies.of.items() if kind == "nurse_call"]
    assert len(shown) == len(calls) == 64
    by_key = {f"call:{call.id}": call for call in calls}
    waits = [by_key[row.key] for row in shown]
    ranks = [call.priority.rank for call in waits]
    assert ranks == sorted(ranks)
    medium = [call.placed_at for call in waits if call.priority is Priority.MEDIUM]
    assert medium == sorted(medium)


# ---------------------------------------------------------------------------- what a call says


def test_a_new_call(words: Words) -> None:
    row = row_of(one_call(), words)
    assert (row.number, row.title, row.time) == ("22", "病人呼叫", "已等 0:51")
    assert row.flashing
    assert row.sounding
    assert (row.accept, row.reinforce, row.handOver) == (True, True, False)
    assert row.status == ""


@pytest.mark.parametrize(
    "call_class, title",
    [
        (CallClass.BATHROOM, "卫生间紧急呼叫"),
        (CallClass.ASSIST, "请求支援"),
        (CallClass.EMERGENCY, "紧急支援"),
    ],
)
def test_urgent_classes(call_class: CallClass, title: str, words: Words) -> None:
    row = row_of(one_call(call_class), words)
    assert row.title == title
    assert row.priority == "high"


@pytest.mark.parametrize("reason", list(CallReason))
def test_every_reason_has_words(reason: CallReason) -> None:
    for language in ("zh_CN", "en"):
        said = Words(Catalogue(language, sample.ZONE))
        assert row_of(replace(one_call(), reason=reason), said).title


def test_accepted(words: Words) -> None:
    row = row_of(accept(one_call(), NOW, LEE), words)
    assert row.status == "李敏 已在路上"
    assert not row.flashing
    assert not row.sounding
    assert (row.accept, row.handOver) == (False, True)


def test_accepted_by_nobody_known(words: Words) -> None:
    row = row_of(accept(one_call(), NOW, Actor(device_id="d")), words)
    assert row.status == "工作人员已在路上"


def test_handed_over_asks_again(words: Words) -> None:
    call = hand_over(accept(one_call(), NOW, LEE), NOW, LEE, QIAN)
    row = row_of(call, words)
    assert "钱芳" in row.status
    assert row.flashing
    assert row.accept
    assert not row.handOver


def test_present(words: Words) -> None:
    row = row_of(arrive(accept(one_call(), NOW, LEE), NOW, LEE), words)
    assert row.status == "李敏 已到床旁"
    assert (row.accept, row.handOver) == (False, False)


def test_pressed_again_after_presence_is_no_nurse_at_the_bed(words: Words) -> None:
    there = arrive(one_call(seconds=500), NOW - timedelta(seconds=450), LEE)
    pressed = press_again(there, NOW - timedelta(seconds=400))
    row = row_of(pressed, words)
    assert (row.status, row.accept, row.flashing) == ("已再次呼叫，等待应答", True, True)
    late = row_of(advance(pressed, CallSettings(), NOW), words)
    assert late.status == "再次呼叫，尚无人应答"


def test_a_lost_call_unit_stands_at_the_open_call_and_on_the_card(words: Words) -> None:
    bodies = sample.full_ward()
    bodies.put("nurse_call", one_call())
    point = CallPoint(
        id="h", kind=CallPointKind.HANDSET, bed_id=bed_id(22), room_id="r", via="box",
        lost_since=NOW,
    )  # fmt: skip
    assert "呼叫器断线" not in told(bodies, words)[0].sub
    bodies.put("call_point", point)
    assert "呼叫器断线" in told(bodies, words)[0].sub
    cell = next(c for c in quiet_cells(state_of(bodies), words, NOW) if c.key == bed_id(22))
    assert (cell.foot, cell.footIcon) == ("呼叫器断线", "power-plug-off-outline")


@pytest.mark.parametrize("count, beds", [(2, "1、2床 · "), (8, "+2")])
def test_a_lost_gateway_names_the_beds(words: Words, count: int, beds: str) -> None:
    bodies = sample.full_ward()
    for n in range(1, count + 1):
        bodies.put("call_point", CallPoint(
            id=f"h{n}", kind=CallPointKind.HANDSET, bed_id=bed_id(n), room_id="r", via="box",
            lost_since=NOW))  # fmt: skip
    made = sample.plain_alert(bodies, 7, "gateway_lost", Priority.MEDIUM, 4, None)
    bodies.put("alert", replace(made, subject=Subject(kind=SubjectKind.DEVICE, id="box")))
    (row,) = told(bodies, words)
    assert beds in row.sub


def test_raised_by_presses_is_not_told_as_unanswered(words: Words) -> None:
    call = one_call()
    for _ in range(2):
        call = press_again(call, NOW)
    assert call.priority is Priority.HIGH
    sub = row_of(replace(call, step=2), words).sub
    assert "连续多次按铃" in sub
    assert "无人应答" not in sub


def test_nobody_came(words: Words) -> None:
    call = accept(one_call(seconds=400), NOW - timedelta(seconds=390), LEE)
    row = row_of(advance(call, CallSettings(), NOW), words)
    assert row.status == "李敏 还没有到"
    assert row.flashing
    assert row.accept


def test_help_asked_for_is_told_and_not_asked_twice(words: Words) -> None:
    call = reinforce(accept(one_call(), NOW, LEE), NOW, LEE)
    row = row_of(call, words)
    assert "已请人支援" in row.sub
    assert not row.reinforce
    assert row.accept


def test_muted_stays_lit_and_says_until_when(words: Words) -> None:
    row = row_of(heard(one_call(), NOW, LEE), words)
    assert row.flashing
    assert not row.sounding
    assert "静音至 10:07" in row.sub


def test_no_longer_needed_closes_nothing_and_comes_first(words: Words) -> None:
    row = row_of(not_needed(one_call(), NOW, None), words)
    assert row.sub.startswith("病人说不需要了")
    assert row.accept


def test_presses_are_told(words: Words) -> None:
    assert "按了 2 次" in row_of(press_again(one_call(), NOW), words).sub


def test_another_patient_since(words: Words) -> None:
    call = replace(one_call(), encounter_id="his.enc-gone")
    assert "呼叫后换了病人" in row_of(call, words).sub


def test_closed_calls_leave(words: Words) -> None:
    bodies = sample.full_ward()
    call = arrive(one_call(), NOW, LEE)
    bodies.put("nurse_call", close(call, NOW, LEE, ClosePlace.ROOM))
    assert bodies.get("nurse_call", "c").state is CallState.COMPLETED
    assert told(bodies, words) == []


def test_a_call_from_a_bed_nobody_knows_is_still_a_call(words: Words) -> None:
    row = row_of(replace(one_call(), bed_id="his.bed-unknown"), words)
    assert row.number == "—"
    assert row.accept


# --------------------------------------------------------------------------- what an alert says


def alert_row(words: Words, harm: float | None, **given: object) -> QueueRow:
    bodies = sample.full_ward()
    made = sample.plain_alert(bodies, 7, "infusion_near_end", Priority.MEDIUM, 4, harm)
    bodies.put("alert", replace(made, **given))  # type: ignore[arg-type]  # fields by their own names
    (row,) = told(bodies, words)
    return row


@pytest.mark.parametrize(
    "harm, text",
    [
        (5.6, "还剩 6 分"),
        (0.2, "还剩 1 分"),
        (-0.5, "就现在"),
        (-1, "已过 1 分"),
        (-20, "已过 20 分"),
        (None, "已等 4 分"),
    ],
)
def test_every_time_says_what_it_is(harm: float | None, text: str, words: Words) -> None:
    assert alert_row(words, harm).time == text


def test_what_has_waited_is_no_time_of_day(words: Words) -> None:
    english = Words(Catalogue("en", sample.ZONE))
    assert [one.span(839) for one in (words, english)] == ["13 分", "13 min"]
    assert [english.span(at) for at in (59, 60, 3900)] == ["0:59", "1 min", "1 h 05 min"]


def test_an_acknowledged_alert_is_steady_and_says_who(words: Words) -> None:
    row = alert_row(words, 5, state=AlertState.ACKNOWLEDGED, acknowledged_by=LEE)
    assert row.status == "李敏 已去处理"
    assert not row.flashing
    assert not row.accept
    assert row.done
    assert row.later, "the row itself opens"
    assert not row.open


def test_a_latched_alert_wants_to_be_known_but_is_quiet(words: Words) -> None:
    row = alert_row(words, None, state=AlertState.LATCHED)
    assert row.accept
    assert (row.flashing, row.sounding) == (False, False)
    assert row.status == "已恢复，请确认"


def test_an_alert_follows_its_patient(words: Words) -> None:
    bodies = sample.full_ward()
    sample.plain_alert(bodies, 7, "r", Priority.HIGH, 1)
    old, new = bodies.get("bed", bed_id(7)), bodies.get("bed", bed_id(33))
    bodies.put("bed", replace(old, occupants=()))
    bodies.put("bed", replace(new, occupants=(stay_id(7),)))
    (row,) = told(bodies, words)
    assert row.number == "33"


# ------------------------------------------------------------------------- touches on their way


def test_a_touch_on_its_way_is_told_and_not_offered_twice(words: Words) -> None:
    row = row_of(one_call(), words)
    waiting = {"c": ActionKind.CALL_ACCEPT}
    sent = sending(row, waiting, live=True, words=words)
    assert (sent.accept, sent.reinforce, sent.handOver) == (False, False, False)
    assert sent.status
    kept = sending(row, waiting, live=False, words=words)
    assert kept.status != sent.status
    assert sending(row, {"other": ActionKind.CALL_ACCEPT}, live=True, words=words) is row
