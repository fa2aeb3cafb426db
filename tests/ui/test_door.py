"""The door: what the corridor may read, the room's lamp, and staff who mark that they are in."""

import dataclasses
import itertools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.nurse_call import CallState
from smartward.clinical.words import Wording
from smartward.i18n import Catalogue
from smartward.screen.door_rows import Room, bed_rows, room_lamp, sentences
from smartward.wire.envelope import ActionKind
from smartward.wire.views import CallView
from tests.ui.bed_checks import all_faults, small_targets
from tests.ui.bed_scenes import (
    ACCEPTED,
    BEDS,
    DOOR,
    NOW,
    PRESENT,
    STAYS,
    WARD,
    at,
    call_view,
    doc,
    door,
    slot_views,
)
from tests.ui.bed_stage import Stage, application, box, stage

SIZES = [(1080, 1920), (800, 1280), (1280, 800)]


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def zh() -> Catalogue:
    return Catalogue("zh_CN", ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def en() -> Catalogue:
    return Catalogue("en", ZoneInfo("Asia/Shanghai"))


def room(*calls: CallView, current: bool = True, **changes: object) -> Room:
    base = Room(ward=WARD, beds=BEDS, stays={s.id: s for s in STAYS}, calls=calls, current=current)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------ the sentences


def test_a_row_for_each_bed_in_order(zh: Catalogue) -> None:
    rows = bed_rows(zh, room(beds=tuple(reversed(BEDS))), NOW)
    assert [(r.number, r.presence, r.name, r.level) for r in rows] == [
        ("11", "known", "陈＊", "二级"),
        ("12", "known", "张＊国", "一级"),
        ("13", "known", "刘＊英", "一级"),
        ("14", "free", "", ""),
    ]
    assert rows[1].condition == "病重"
    assert "".join(rows[1].marks) == "敏隔禁跌压管"
    assert rows[2].surgery == "今日手术"
    assert rows[3].note == "空床 · 预留，14:00 入院"


def test_doubt_hides_the_name_and_what_belongs_to_it(zh: Catalogue) -> None:
    doubtful = dataclasses.replace(BEDS[1], doubtful=True)
    for rows in (
        bed_rows(zh, room(beds=(doubtful,)), NOW),
        bed_rows(zh, room(current=False), NOW)[1:2],
        bed_rows(zh, room(stays={}), NOW)[1:2],
    ):
        (row,) = rows
        assert (row.presence, row.name) == ("doubt", "请核对")
        assert (row.level, row.condition, row.marks, row.doctor, row.nurse) == ("", "", (), "", "")


def test_the_rooms_lamp_is_its_first_call(zh: Catalogue, en: Catalogue) -> None:
    assert room_lamp(zh, room(), NOW).priority == ""
    one = room_lamp(zh, room(call_view(**ACCEPTED)), NOW)
    assert (one.title, one.text, one.flashing) == ("12床呼叫", "李护士正在赶来", False)
    older = call_view(id="call-2", bed_id="his.bed-13", placed_at=at(-9))
    both = room_lamp(en, room(call_view(**ACCEPTED), older), NOW)
    assert both.title == "Bed 13 calls"
    assert both.text == "Waiting for a nurse · and 1 more call"
    assert both.flashing
    other = call_view(bed_id="his.bed-99")
    assert room_lamp(zh, room(other), NOW).priority == ""
    done = call_view(state=CallState.COMPLETED)
    assert room_lamp(zh, room(done), NOW).priority == ""


def test_what_to_wear_is_one_sentence_for_beds_alike(zh: Catalogue, en: Catalogue) -> None:
    (wear, visit) = sentences(zh, room())
    assert wear.lead + wear.text == "接触12床前：手卫生、戴手套、穿隔离衣"
    assert visit.text == "探视 15:00–19:00，每位患者限 1 人"
    isolated = slot_views(*[PRESENT] * 6)
    stays = {s.id: dataclasses.replace(s, precautions=isolated) for s in STAYS}
    wear = sentences(en, room(stays=stays))[0]
    assert wear.lead == "Before touching bed\u00a011, bed\u00a012, bed\u00a013:"
    assert wear.text == "clean hands, gloves, gown"


def test_words_of_a_newer_version_do_not_stop_the_rest(en: Catalogue) -> None:
    newer = dataclasses.replace(WARD, notices=(Wording(key="door.newer"), *WARD.notices))
    assert [row.key for row in sentences(en, room(ward=newer))] == ["wear-his.bed-12", "notice-1"]
    isolation = dataclasses.replace(
        slot_views(*[PRESENT] * 6)[1], protection=("ppe.gloves", "ppe.face_shield")
    )
    stays = {STAYS[1].id: dataclasses.replace(STAYS[1], precautions=(isolation,))}
    assert sentences(en, room(stays=stays))[0].text == "gloves, face shield"


def test_protection_is_told_also_while_the_name_is_hidden(zh: Catalogue) -> None:
    assert sentences(zh, room(current=False))[0].lead == "接触12床前："


# ------------------------------------------------------------------------------------ as drawn


@pytest.mark.parametrize("scene", list(DOOR))
def test_nothing_is_cut(scene: str) -> None:
    with stage("door", DOOR[scene]) as on:
        found = []
        for size, language in itertools.product(SIZES, ["zh_CN", "en"]):
            on.window.resize(*size)
            on.model.setLanguage(language)
            on.settle()
            found += [f"{size} {language}: {fault}" for fault in all_faults(on, size)]
        assert found + on.warnings == []


@pytest.fixture
def called() -> Iterator[Stage]:
    with stage("door", DOOR["called"], size=(1080, 1920)) as on:
        yield on


def test_the_head_and_the_bed_tell_of_the_call(called: Stage) -> None:
    assert called.text("room") == "305"
    assert called.text("lampTitle") == "12床呼叫"
    assert called.text("answer-his.bed-12") == "等待护士"
    assert called.text("elapsed-his.bed-12") == "1:24"
    called.pass_time(36)
    assert called.text("elapsed-his.bed-12") == "2:00"


def test_staff_mark_presence_by_name_each_time(called: Stage) -> None:
    called.tap("bed-his.bed-12")
    assert called.text("panelTitle") == "请点您的姓名"
    assert called.has("lampTitle"), "the lamp goes on while somebody writes themselves in"
    called.tap("name-his.p-1")
    called.tap("arrive")
    (action,) = called.actions
    assert (action.kind, action.subject) == (ActionKind.CALL_ARRIVE, "call-1")
    assert (action.by.known, action.by.id) == ("name", "his.p-1")
    assert not called.has("arrive")
    called.tap("panelBack")
    called.tap("bed-his.bed-12")
    assert called.text("panelTitle") == "请点您的姓名", "a door is everybody's"


def test_a_call_is_closed_in_the_room_by_a_person(called: Stage) -> None:
    called.tap("bed-his.bed-12")
    called.tap("name-his.p-3")
    called.tap("closeCall")
    assert called.actions[-1].kind == ActionKind.CALL_CLOSE
    assert called.text("panelDone") == "正在结束……"


def test_a_forgotten_panel_closes_and_forgets(called: Stage) -> None:
    called.tap("bed-his.bed-12")
    called.tap("name-his.p-1")
    called.pass_time(29)
    assert called.has("panelTitle")
    called.pass_time(2)
    assert not called.has("panelTitle")
    assert str(called.model.actorText) == ""


def test_a_quiet_bed_opens_nothing(called: Stage) -> None:
    called.tap("bed-his.bed-11")
    called.tap("bed-his.bed-14")
    assert not called.has("panelTitle")
    assert called.actions == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("taps", [[], ["name-his.p-1"]])
def test_the_panel_is_whole_and_large_enough(size: tuple[int, int], taps: list[str]) -> None:
    with stage("door", DOOR["called"], size=size, language="en") as on:
        for name in ("bed-his.bed-12", *taps):
            on.tap(name)
        assert all_faults(on, size) == []
        assert any(name in on.texts() for name in ("I am here", "李敏 · Nurse"))


def test_small_things_are_found() -> None:
    with stage("door", DOOR["called"]) as on:
        on.tap("bed-his.bed-12")
        assert small_targets(on, 40.0) != []


def test_a_bed_that_moves_away_leaves_the_door() -> None:
    with stage("door", DOOR["calm"], size=(1080, 1920)) as on:
        first = box(on.find("bed-his.bed-13"))
        moved = dataclasses.replace(BEDS[1], room_id="his.room-306")
        on.replica.apply(60, [doc("bed", moved.id, moved)])
        on.settle()
        assert not on.has("bed-his.bed-12")
        assert box(on.find("bed-his.bed-13")).top() < first.top()


def test_no_reason_diet_or_drug_can_be_here() -> None:
    """The door's documents do not have them; nothing of the kind is on its page."""
    with stage("door", door(calls=(call_view(),)), size=(1080, 1920)) as on:
        shown = " ".join(on.texts())
        for secret in ("青霉素", "禁食", "上厕所", "输液", "67"):
            assert secret not in shown
