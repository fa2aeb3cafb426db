"""The key pad for observations at the station: on its sheet, whose it is, corrected, kept, gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.call_mark import Actor
from smartward.clinical.observation import Parameter as P
from smartward.clinical.observation_entry import ObservationEntry, read_values, signs_of
from smartward.clinical.priority import Priority
from smartward.screen.observation_pad_draft import KEPT_S, correcting
from smartward.wire.envelope import Action, ActionKind, Answer
from tests.ui.bed_stage import Stage, application, stage
from tests.ui.station_badges import LEE_BADGE, QIAN_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id, plain_alert, stay_id
from tests.ui.task_scenes import LEE

OTHER = Actor(device_id="d", person_id="n2", name="钱芳", family="钱", known="badge")


def entry(name: str, by: Actor, minutes: int, **values: str) -> ObservationEntry:
    at = NOW - timedelta(minutes=minutes)
    signs = signs_of(read_values(values), by, at)
    return ObservationEntry(id=name, encounter_id=stay_id(12), taken_at=at, signs=signs)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def shared() -> Iterator[Stage]:
    ward = sample.full_ward(20)
    stay = ward.get("encounter", stay_id(5))
    ward.put("encounter", replace(stay, news2=replace(stay.news2, scale=2)))
    for one in (
        entry("set-old", LEE, 300, heart_rate="61"),
        entry("set-own", LEE, 60, heart_rate="172", temperature="36.50", systolic="120",
              diastolic="80"),
        entry("set-other", OTHER, 20, heart_rate="75"),
    ):  # fmt: skip
        ward.put("observation_entry", one)
    plain_alert(ward, 18, "observations_overdue", Priority.LOW, 20)
    with stage("station", ward.scene(), language="en", size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        yield on
        assert not on.warnings


@pytest.fixture
def desk(shared: Stage) -> Stage:
    """李敏 is known, and nothing is open or typed."""
    shared.model.forgetStaff()
    shared.model.tell_nothing()
    shared.model.near.hidden = False
    shared.model.closeSheet()
    shared.model.closePicker()
    shared.model.pad.core.sent = None
    shared.model.badge_read(LEE_BADGE)
    shared.settle()
    return shared


def open_pad(on: Stage, number: int = 12) -> None:
    on.model.observeBed(bed_id(number))
    on.settle()


def values(on: Stage) -> dict[str, str]:
    return {one.key: one.value for one in on.model.pad.rows.rows if one.value}


def typed(on: Stage, *keys: str) -> None:
    for key in keys:
        on.model.pad.press(key)
    on.settle()


def test_it_is_opened_from_the_sheet_with_two_identifiers(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.settle()
    desk.tap("enterObservations")
    who = desk.text("padWho")
    assert "Bed 12" in who
    assert "No. 2026110012" in who
    assert "born 1973-03-12" in who
    for name in ("pad-1", "pad-8", "pad-9", "pad-7", "choice-air"):
        desk.tap(name)
    assert list(values(desk).values()) == ["18", "97", "Air"]
    desk.tap("pad-save")
    action = desk.actions[-1]
    assert (action.kind, action.by.id) == (ActionKind.OBSERVATION_ENTER, "n1")
    assert desk.text("padStatus") == "On its way to the ward hub."
    desk.tap("padDone")
    assert desk.has("sheet")


def test_it_is_opened_from_the_card_that_asks_for_it(desk: Stage) -> None:
    desk.model.openSheet(bed_id(18))
    desk.settle()
    (button,) = [
        item.objectName() for item in desk.shown() if item.objectName().startswith("observe-")
    ]
    desk.tap(button)
    assert "Bed 18" in desk.text("padWho")
    desk.model.openSheet(bed_id(12))
    desk.settle()
    assert not desk.has(button)


def test_scale_2_is_named_where_it_is_ordered_and_nowhere_chosen(desk: Stage) -> None:
    open_pad(desk, 5)
    names = {one.key: one.name for one in desk.model.pad.rows.rows}
    assert names["oxygen_saturation"] == "SpO₂ (scale 2)"
    open_pad(desk, 12)
    names = {one.key: one.name for one in desk.model.pad.rows.rows}
    assert names["oxygen_saturation"] == "SpO₂"


def test_keys_of_a_keyboard_type_too(desk: Stage) -> None:
    open_pad(desk)
    for key in (Qt.Key.Key_1, Qt.Key.Key_8, Qt.Key.Key_9, Qt.Key.Key_Backspace, Qt.Key.Key_9):
        QTest.keyClick(desk.window, key)
    QTest.keyClick(desk.window, Qt.Key.Key_Return)
    desk.settle()
    assert values(desk)["respiratory_rate"] == "18"
    assert desk.model.pad.question == "Really 9 %? SpO₂"


def test_the_last_own_set_is_put_right_with_a_reason(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.settle()
    assert desk.text("correctObservations") == "Correct my last set (09:05)"
    desk.tap("correctObservations")
    assert values(desk) == {
        "systolic": "120", "diastolic": "80", "heart_rate": "172", "temperature": "36.50",
    }  # fmt: skip
    desk.tap("field-heart_rate")
    typed(desk, "7", "2")
    desk.tap("pad-save")
    desk.tap("answer-typed")
    action = desk.actions[-1]
    assert (action.kind, action.subject) == (ActionKind.OBSERVATION_CORRECT, "set-own")
    assert action.data == {"heart_rate": "72", "why": "A slip of the finger"}


def test_a_set_of_another_patient_is_taken_back_whole(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.model.correctObservations()
    desk.settle()
    typed_before = values(desk)
    desk.tap("pad-save")
    desk.tap("answer-patient")
    why = "Another patient's: take it all back"
    assert desk.actions[-1].data == {**dict.fromkeys(typed_before), "why": why}


def test_a_correction_that_was_begun_is_gone_on_with_as_one(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.model.correctObservations()
    desk.model.pad.select("heart_rate")
    typed(desk, "7", "2")
    desk.model.openSheet(bed_id(5))
    desk.model.openSheet(bed_id(12))
    assert desk.model.pad.enterVerb == "Enter observations"
    desk.model.enterObservations()
    assert values(desk) == {}
    desk.model.pad.leave()
    desk.model.correctObservations()
    assert values(desk)["heart_rate"] == "72"


def test_a_correction_takes_no_flow_back_that_nobody_touched(desk: Stage) -> None:
    """The supply of that set was removed at the hospital system; the flow still stands."""
    whole = entry("set-own", LEE, 60, oxygen_supply="oxygen", oxygen_flow="2",
                  oxygen_device="nasal_cannula", heart_rate="172")  # fmt: skip
    flow = replace(whole, signs=tuple(s for s in whole.signs if s.name != "oxygen_supply"))
    draft = correcting(flow, NOW, 0.0)
    assert draft.empty
    assert draft.wrong() is None
    draft.go(P.HEART_RATE)
    for key in "72":
        draft.press(key)
    assert draft.correction() == {"heart_rate": "72"}
    other = correcting(whole, NOW, 0.0)
    other.go(P.OXYGEN_SUPPLY)
    other.press("air")
    assert other.correction() == {
        "oxygen_supply": "air", "oxygen_device": None, "oxygen_flow": None,
    }  # fmt: skip


def test_a_correction_that_changes_nothing_sends_nothing(desk: Stage) -> None:
    before = len(desk.actions)
    desk.model.openSheet(bed_id(12))
    desk.model.correctObservations()
    desk.model.pad.save()
    assert [one.key for one in desk.model.pad.answers.rows] == ["patient"]
    desk.model.pad.answer("typed")
    desk.model.pad.back()
    assert desk.model.pad.question == ""
    assert [one.kind for one in desk.actions[before:] if one.kind.startswith("obs")] == []


def test_a_sheet_closed_by_a_call_keeps_what_was_typed_for_who_typed_it(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8", "9")
    desk.model.openSheet(bed_id(5))
    desk.pass_time(120)
    assert desk.model.person is None
    desk.model.badge_read(QIAN_BADGE)
    desk.model.openSheet(bed_id(12))
    assert desk.model.pad.enterVerb == "Enter observations"
    desk.model.enterObservations()
    assert values(desk) == {}
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(12))
    assert desk.model.pad.enterVerb == "Observations: typed 10:05, not saved"
    desk.model.enterObservations()
    assert values(desk) == {"respiratory_rate": "18", "oxygen_saturation": "9"}


def test_what_was_not_saved_in_time_is_gone_and_that_is_said(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8")
    desk.model.closeSheet()
    desk.pass_time(KEPT_S)
    assert "Bed 12" in desk.model.noticeText
    assert "not saved" in desk.model.noticeText
    desk.model.badge_read(LEE_BADGE)
    open_pad(desk)
    assert values(desk) == {}


def test_signing_out_and_the_privacy_key_show_nothing_of_it(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8")
    desk.model.hideNear()
    desk.settle()
    assert not desk.model.pad.open
    assert not desk.has("observationSheet")
    desk.model.showNear()
    desk.model.badge_read(LEE_BADGE)
    open_pad(desk)
    assert values(desk) == {"respiratory_rate": "18"}
    desk.model.forgetStaff()
    assert "not saved" in desk.model.noticeText
    desk.model.badge_read(LEE_BADGE)
    open_pad(desk)
    assert values(desk) == {}


def test_a_session_that_ends_over_it_asks_who_saves(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8")
    desk.pass_time(120)
    assert not desk.model.pad.open
    desk.model.badge_read(LEE_BADGE)
    open_pad(desk)
    desk.model.pad.save()
    assert desk.actions[-1].data == {"respiratory_rate": "18"}


def test_escape_asks_before_it_leaves(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8")
    QTest.keyClick(desk.window, Qt.Key.Key_Escape)
    desk.settle()
    assert desk.model.pad.leaving
    desk.tap("answer-drop")
    assert desk.has("sheet")
    assert desk.model.pad.enterVerb == "Enter observations"


def test_a_refusal_that_comes_when_the_page_is_closed_is_told_and_keeps_it(desk: Stage) -> None:
    open_pad(desk)
    typed(desk, "1", "8")
    desk.model.pad.save()
    sent: Action = desk.actions[-1]
    desk.model.closeSheet()
    answer = Answer(id=sent.id, outcome="refused", key="action.other_patient")
    assert desk.model.took_refusal(sent, answer)
    assert "Bed 12: what was typed from" in desk.model.noticeText
    open_pad(desk)
    assert values(desk) == {"respiratory_rate": "18"}
    assert P.RESPIRATORY_RATE in desk.model.pad.core.draft.values
