"""The ward's alerts against its budget on the station: what is told, to whom, and the one touch."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.care_event import CareEvent, CareKind, Missed
from smartward.i18n import Catalogue
from smartward.screen.station_today import PatientRow, shadow
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import Stage, application, is_text, stage
from tests.ui.bed_ward import doc
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, stay_id
from tests.ui.task_scenes import LEE
from tests.ui.today_scenes import board, counted


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def shared() -> Iterator[Stage]:
    with stage("station", counted().scene(), size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        yield on
        assert not on.warnings


@pytest.fixture
def desk(shared: Stage) -> Stage:
    """Nobody is known, nothing is asked, the page is open."""
    shared.model.forgetStaff()
    if shared.model.nearHidden:
        shared.model.near.hidden = False
    shared.model.question.cancel()
    shared.model.closePicker()
    shared.tap("pageToday")
    shared.settle()
    return shared


def rows(on: Stage) -> dict[str, PatientRow]:
    return {row.bed: row for row in on.model.today.patients.rows}


def asked(number: int, id: str = "asked") -> CareEvent:
    return CareEvent(
        id=id,
        encounter_id=stay_id(number),
        kind=CareKind.LIMITS_ASKED,
        at=NOW,
        by=LEE,
        recorded_at=NOW,
        about="spo2_drop,news2_rise",
    )


def test_each_bed_stands_against_the_budget_and_who_has_most_first(desk: Stage) -> None:
    assert desk.text("todaySummary") == "08:00 起 43 条 · 每床 1.1 条"
    assert desk.text("todayLimit") == "预算：每床每班 10 条"
    assert desk.text("todayOver") == "2 张床超出预算、1 位患者一人占全部报警的 30% 以上"
    bars = {bar.number: bar for bar in desk.model.today.beds.rows}
    assert len(bars) == 40
    assert {number for number, bar in bars.items() if bar.over} == {"12", "31"}
    assert bars["12"].share > desk.model.today.limit > bars["7"].share > 0
    assert bars["2"].count == ""
    assert [row.bed for row in desk.model.today.patients.rows][:3] == ["12", "31", "7"]
    first = rows(desk)["12"]
    assert first.count == "14 条报警 · 占 33%"
    assert first.over
    assert "× 血氧低" in first.rules
    assert rows(desk)["7"].verb
    assert (rows(desk)["5"].count, rows(desk)["5"].verb) == ("3 条报警 · 占 7%", "")
    said = [row.key for row in desk.model.today.shadow.rows]
    assert said[0] == "pain_again"
    assert [row.total for row in desk.model.today.shifts.rows] == ["40", "31", "22"]


def test_one_touch_of_a_known_person_asks_the_doctor_once_a_day(desk: Stage) -> None:
    before = len(desk.actions)
    desk.tap(f"tailor-{stay_id(12)}")
    assert desk.model.pickerOpen
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    (action,) = [one for one in desk.actions[before:] if one.kind == ActionKind.CARE_RECORD]
    assert (action.subject, action.by.id) == (stay_id(12), "n1")
    assert action.data == {"kind": "limits_asked", "about": "spo2_drop,news2_rise"}
    assert action.seen.encounter_id == stay_id(12)
    assert (rows(desk)["12"].verb, rows(desk)["12"].status) == ("", "已记下，正在发送")
    # Somebody else asked for another meanwhile: nobody asks twice.
    seq = desk.replica.seq + 1
    desk.replica.apply(seq, [doc("care_event", "asked", asked(31), seq)])
    desk.settle()
    row = rows(desk)["31"]
    assert (row.verb, row.status) == ("", "已请医生：李敏 10:05")
    desk.model.today.ask(stay_id(31))
    desk.settle()
    assert len([a for a in desk.actions[before:] if a.kind == ActionKind.CARE_RECORD]) == 1
    # It is work on the list, until the doctor has said something.
    task = {one.key: one for one in desk.model.tasks.rows.rows}[f"limits:{stay_id(31)}"]
    assert task.title == "请医生调整报警限值"
    assert task.status.startswith("李敏 10:05 提出：")
    done = {one.key: one for one in desk.model.tasks.rows.rows if one.done}
    assert done["care:asked"].title == "已请医生调整报警限值"
    desk.model.tasks.touch(task.key)
    desk.settle()
    desk.tap("answer-limits_kept")
    told = desk.actions[-1]
    assert (told.kind, told.data) == (
        ActionKind.CARE_RECORD,
        {"kind": "reviewed", "about": "limits", "missed": "ordered"},
    )
    kept = replace(asked(31, "kept"), kind=CareKind.REVIEWED, about="limits", missed=Missed.ORDERED)
    desk.replica.apply(seq + 1, [doc("care_event", "kept", kept, seq + 1)])
    desk.settle()
    listed = {one.key: one for one in desk.model.tasks.rows.rows}
    assert f"limits:{stay_id(31)}" not in listed
    assert listed["care:kept"].title == "医生认为限值不变"


def test_how_often_a_day_is_told_once_there_was_a_day() -> None:
    words = Words(Catalogue("en", sample.ZONE))
    counts = board({12: 14})
    assert shadow(counts, words, NOW)[0].perBedDay == "0.22"
    young = replace(counts, shadow_since=NOW - timedelta(hours=23))
    assert {(row.said, row.perBedDay) for row in shadow(young, words, NOW)} >= {("61", "")}


def test_the_privacy_key_leaves_beds_and_figures(desk: Stage) -> None:
    desk.tap("privacyKey")
    row = rows(desk)["7"]
    assert (row.name, row.rules, row.verb) == ("", "", "")
    assert row.count == "6 条报警 · 占 14%"
    before = len(desk.actions)
    desk.model.today.ask(stay_id(7))
    assert len(desk.actions) == before
    assert not desk.model.pickerOpen


def test_whose_limits_nobody_can_tailor_any_more_is_not_listed(desk: Stage) -> None:
    gone = replace(board({12: 3}), patients=(replace(board({7: 3}).patients[0]),))
    away = replace(gone.patients[0], encounter_id="who-left")
    seq = desk.replica.seq + 1
    told = replace(gone, patients=(away,))
    desk.replica.apply(seq, [doc("alert_budget", "alert_budget", told, seq)])
    desk.settle()
    assert rows(desk) == {}
    before = len(desk.actions)
    desk.model.badge_read(LEE_BADGE)
    desk.model.today.ask(stay_id(12))
    assert [a for a in desk.actions[before:] if a.kind == ActionKind.CARE_RECORD] == []


@pytest.mark.parametrize(
    "size, language", [((1280, 800), "zh_CN"), ((800, 1280), "en")], ids=["wide", "portrait"]
)
def test_it_fits(size: tuple[int, int], language: str) -> None:
    scene = counted(overfull=True, long=True).scene()
    with stage("station", scene, size=size, language=language, now=NOW) as on:
        on.tap("pageToday")
        page = on.find("todayPage")
        assert on.find("todayView").property("interactive")
        for item in on.shown():
            if is_text(item) and _below(item, page):
                inside = item.mapRectToItem(page, item.boundingRect())
                assert inside.left() >= 0
                assert inside.right() <= page.width() + 0.5
        names = on.find("pageNames")
        assert names.mapRectToItem(on.window.contentItem(), names.boundingRect()).right() <= size[0]
        assert not on.warnings


def test_before_the_first_count_it_says_so() -> None:
    with stage("station", sample.empty_ward(6).scene(), size=(1280, 800), now=NOW) as on:
        on.tap("pageToday")
        assert on.text("noToday") == "本班报警在第一分钟内统计出来。"
        assert not on.has("todaySummary")


def _below(item: object, page: object) -> bool:
    while item is not None:
        if item is page:
            return True
        item = item.parentItem()  # type: ignore[attr-defined]  # an item of QML
    return False


def test_the_arrows_scroll_the_page_as_soon_as_it_is_there(desk: Stage) -> None:
    desk.tap("pageBoard")
    desk.tap("pageToday")
    assert desk.find("todayPage").hasActiveFocus()


def test_it_is_worked_out_while_somebody_looks_and_new_when_they_come(desk: Stage) -> None:
    desk.tap("pageBoard")
    before = desk.model.today.patients.rows
    seq = desk.replica.seq + 1
    desk.replica.apply(seq, [doc("alert_budget", "alert_budget", board({7: 9}), seq)])
    desk.settle()
    assert desk.model.today.patients.rows == before
    desk.tap("pageToday")
    assert [row.bed for row in desk.model.today.patients.rows] == ["7"]
    assert desk.text("todaySummary").startswith("08:00 起 9 条")
    desk.replica.apply(seq + 1, [doc("alert_budget", "alert_budget", board({12: 4}), seq + 1)])
    desk.settle()
    assert [row.bed for row in desk.model.today.patients.rows] == ["12"]
