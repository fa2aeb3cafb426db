"""The door: what the corridor may read, the room's lamp, and staff who mark that they are in."""

import dataclasses
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.i18n import Catalogue
from smartward.screen.beds_presence import elsewhere_text, inside_text
from smartward.screen.door_rows import Room, bed_rows, room_lamp, sentences
from smartward.screen.link import Phase
from smartward.wire.call_view import CallView
from smartward.wire.envelope import ActionKind, Gone
from smartward.wire.views import PresenceView, TeamView
from tests.ui.bed_checks import all_faults, small_targets
from tests.ui.bed_stage import Stage, application, as_soon_as, box, stage
from tests.ui.bed_ward import (
    ACCEPTED,
    NEXT_EMERGENCY,
    NOW,
    PRESENT,
    ROSTER,
    WARD,
    at,
    call_view,
    doc,
    next_call,
    present,
)
from tests.ui.door_scenes import BEDS, DOOR, STAYS, door, slot_views
from tests.ui.spread import spread

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
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # fields by their own names


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


def test_a_call_that_asks_again_flashes_again(zh: Catalogue) -> None:
    again = call_view(**ACCEPTED, asks_again=True)
    light = room_lamp(zh, room(again), NOW)
    assert (light.flashing, light.walking, light.text) == (True, False, "再次呼叫，等待护士")
    assert bed_rows(zh, room(again), NOW)[1].flashing


def test_nobody_calls_where_a_call_unit_is_lost(zh: Catalogue, en: Catalogue) -> None:
    lost = call_view(line_lost=True)
    assert room_lamp(zh, room(lost), NOW).title == "12床呼叫器断线"
    assert room_lamp(en, room(lost), NOW).title == "Call unit lost, bed 12"


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
    assert [row.key for row in sentences(en, room(ward=newer))] == ["wear-his.bed-12", "notice-own"]
    isolation = dataclasses.replace(
        slot_views(*[PRESENT] * 6)[1], protection=("ppe.gloves", "ppe.face_shield")
    )
    stays = {STAYS[1].id: dataclasses.replace(STAYS[1], precautions=(isolation,))}
    assert sentences(en, room(stays=stays))[0].text == "gloves, face shield"


def test_protection_is_told_also_while_the_name_is_hidden(zh: Catalogue) -> None:
    assert sentences(zh, room(current=False))[0].lead == "接触12床前："


def test_each_notice_has_its_own_sign(zh: Catalogue) -> None:
    """Two instructions never look alike; what the hospital wrote itself is one paragraph."""
    visiting = Wording(
        key="notice.visiting", values={"visiting_from": "15:00", "visiting_to": "19:00", "n": 1}
    )
    own = (Wording(his="请勿吸烟。"), Wording(his="手机请调静音。"))
    ward = dataclasses.replace(WARD, notices=(visiting, Wording(key="notice.quiet"), *own))
    rows = sentences(zh, room(ward=ward))
    assert len({row.icon for row in rows}) == len(rows) == 4
    assert rows[-1].text == "请勿吸烟。　手机请调静音。"


def test_without_the_hub_it_points_to_the_wired_unit(zh: Catalogue) -> None:
    assert sentences(zh, room(live=False))[0].text.endswith("请用床头的有线呼叫器。")
    with stage("door", DOOR["calm"], size=(1080, 1920), language="en") as on:
        assert not on.has("sentence-wired")
        on.link.phase = Phase.OFFLINE
        on.link.changed()
        on.settle()
        assert "wired call unit" in on.text("sentence-wired")


# ----------------------------------------------------------------------------- who is in the room


def view(*families: str, call: NextCall | None = None) -> PresenceView:
    return PresenceView(
        bed_id="his.bed-12", room_id="his.room-305", families=families, since=at(-3), next_call=call
    )


def test_who_is_inside_and_since_when(zh: Catalogue, en: Catalogue) -> None:
    team = (TeamView(name="李敏", family="李", role="nurse"),)
    assert inside_text(zh, [], team) == ""
    assert inside_text(zh, [view()], team) == "", "nobody is there any more"
    assert inside_text(zh, [view("李")], team) == "李护士在房内，自 10:02 起"
    assert inside_text(en, [view("李", "")], team) == "Nurse Li, staff in the room since 10:02"
    assert inside_text(en, [view("王")], team, ROSTER) == "Dr Wang in the room since 10:02"
    assert inside_text(en, [view("")]) == "Staff in the room since 10:02"
    assert inside_text(en, [view("李"), view("李")], team).startswith("Nurse Li in"), "two beds"


def test_a_role_that_is_not_known_is_not_guessed(en: Catalogue) -> None:
    both = (
        TeamView(name="李敏", family="李", role="nurse"),
        TeamView(name="李强", family="李", role="doctor"),
    )
    assert inside_text(en, [view("李")], both).startswith("Li in the room")


def test_the_wards_next_call_is_another_bed_by_number_and_class(en: Catalogue) -> None:
    told = elsewhere_text(en, [view("李", call=next_call("加12"))], live=True)
    assert (told.lead, told.bed, told.kind) == ("Another bed calls", "Bed 加12", "Call")
    assert (told.priority, told.strong) == ("medium", False)
    bathroom = next_call(call_class=CallClass.BATHROOM, priority=Priority.HIGH, waiting=2)
    told = elsewhere_text(en, [view("李", call=bathroom)], live=True)
    assert (told.lead, told.kind) == ("Another bed calls · and 1 more call", "Bathroom")
    assert (told.priority, told.strong) == ("high", False)
    assert elsewhere_text(en, [view("李", call=NEXT_EMERGENCY)], live=True).strong


def test_it_is_told_only_to_whoever_is_there_and_only_while_it_is_known(zh: Catalogue) -> None:
    here = [view("李", call=next_call())]
    assert elsewhere_text(zh, [view(call=next_call())], live=True).priority == ""
    assert elsewhere_text(zh, [view("李")], live=True).priority == ""
    assert elsewhere_text(zh, here, live=False).priority == "", "it may be answered long since"


def test_another_beds_call_is_never_the_rooms_own() -> None:
    """The head stays calm; the bar has an outline, an arrow and the words."""
    with stage("door", DOOR["next"], size=(1080, 1920)) as on:
        assert on.text("lampText") == "无呼叫"
        assert not on.has("lamp")
        assert (on.text("elsewhereLead"), on.text("elsewhereBed")) == ("其他床呼叫", "18床")
        assert not on.has("elsewhereLamp"), "only an emergency fills it"
        assert box(on.find("elsewhere")).top() > box(on.find("room")).bottom()
        on.link.phase = Phase.OFFLINE
        on.link.changed()
        on.settle()
        assert not on.has("elsewhere")
        assert on.text("inside").startswith("李护士")


def test_an_emergency_elsewhere_is_the_strongest() -> None:
    with stage("door", DOOR["next-emergency"], size=(1080, 1920), language="en") as on:
        assert on.text("lampTitle") == "Bed 12 calls"
        assert (on.text("elsewhereBed"), on.text("elsewhereKind")) == ("Bed 加12A", "Emergency")
        ground = on.find("elsewhereLamp")
        assert ground.property("priority") == "high"
        assert ground.property("flashing") is True
        for name in ("elsewhereLead", "elsewhereBed", "elsewhereKind"):
            assert not ground.isAncestorOf(on.find(name)), "text never flashes"


def test_each_bed_tells_what_calls_as_the_corridor_does(zh: Catalogue, en: Catalogue) -> None:
    with stage("door", DOOR["kinds"], size=(1080, 1920), language="en") as on:
        kinds = [on.text(f"kind-his.bed-{n}") for n in range(11, 16)]
        assert kinds == ["Call", "Bathroom", "Assist", "Emergency", "Call unit lost"]
        icons = {on.text(f"kindIcon-his.bed-{n}") for n in range(11, 16)}
        assert len(icons) == 5
        assert on.text("elapsed-his.bed-13") == "≈1:24"
        assert on.model.state()["flashing"] is True
        on.link.phase, on.link.last_heard = Phase.OFFLINE, NOW
        on.link.changed()
        on.clock.advance(90)
        on.model.clock_moved()
        on.settle()
        assert on.text("elapsed-his.bed-13") == "≈1:24", "nobody knows whether it still waits"
        assert on.model.state()["flashing"] is False
        assert not any(row.flashing for row in on.model._beds.rows)
        on.rest()
        on.tap("bed-his.bed-13")
        assert "≈1:24" in on.text("panelCall")


def test_a_unit_lost_elsewhere_is_nobody_who_calls(en: Catalogue) -> None:
    lost = next_call(line_lost=True)
    told = elsewhere_text(en, [view("李", call=lost)], live=True)
    assert (told.lead, told.kind) == ("At another bed", "Call unit lost")


def test_no_link_is_no_calm() -> None:
    with stage("door", DOOR["calm"], size=(1080, 1920), language="en") as on:
        assert (on.text("lampText"), on.has("lampTitle")) == ("No call", False)
        on.link.phase = Phase.OFFLINE
        on.link.changed()
        on.settle()
        assert on.text("lampTitle") == "Calls not known"
        assert on.text("inside") == "Who is in the room is not known"
        on.link.phase = Phase.LIVE
        on.link.changed()
        on.settle()
        assert on.text("lampText") == "No call"
        assert on.text("inside") == "Nobody is marked in the room"
        on.link.hub_stores = False
        on.link.changed()
        on.settle()
        assert on.text("lampTitle") == "Calls not known"
        assert "cannot store" in " ".join(on.texts())


def test_who_has_been_inside_for_long_is_asked_whether_they_are() -> None:
    with stage("door", DOOR["inside"], size=(1080, 1920), language="en") as on:
        on.pass_time(26 * 60)
        assert on.text("inside") == "Nurse Li in the room since 10:02"
        on.pass_time(60)
        assert on.text("inside") == "Still in the room? Nurse Li, since 10:02"


def test_who_left_is_not_inside() -> None:
    with stage("door", DOOR["inside"], size=(1080, 1920), language="en") as on:
        assert on.text("inside") == "Nurse Li in the room since 10:02"
        on.replica.apply(60, [], [Gone("presence", "his.bed-12")])
        on.settle()
        assert on.text("inside") == "Nobody is marked in the room"


def test_the_panel_is_about_the_rooms_call_and_hides_no_other() -> None:
    scene = door(calls=(call_view(),), more=(present("李", call=next_call()),))
    with stage("door", scene, size=(1080, 1920), language="en") as on:
        on.tap("markPresence")
        assert on.text("panelCall").startswith("Bed 12")
        assert on.text("elsewhereBed") == "Bed 18"
        assert on.text("inside").startswith("Nurse Li")
        assert all_faults(on, (1080, 1920)) == []


def test_staff_find_the_panel_where_nothing_calls() -> None:
    with stage("door", DOOR["calm"], size=(1080, 1920), language="en") as on:
        on.tap("markPresence")
        assert on.has("panelTitle")
        assert on.model.state()["panel"] is True
        on.tap("panelBack")
        assert not on.has("panelTitle")
        assert on.actions == []


# ------------------------------------------------------------------------------------ silence


def test_a_silent_bed_is_its_number_and_nothing_else(zh: Catalogue) -> None:
    silent = dataclasses.replace(BEDS[1], occupants=(), silent=True)
    (row,) = bed_rows(zh, room(beds=(silent,), stays={}), NOW)
    assert (row.number, row.presence) == ("12", "quiet")
    rest = (row.name, row.note, row.level, row.condition, row.marks, row.doctor, row.surgery)
    assert not any(rest)
    (row,) = bed_rows(zh, room(call_view(), beds=(silent,), stays={}, current=False), NOW)
    assert (row.presence, row.priority) == ("quiet", "medium"), "calls go on, and calm is no doubt"


# ------------------------------------------------------------------------------------ as drawn


@pytest.mark.parametrize(
    "scene, size", spread(list(DOOR), SIZES, always=lambda one: one[0] == "longest")
)
def test_nothing_is_cut(scene: str, size: tuple[int, int]) -> None:
    with stage("door", DOOR[scene], size=size) as on:
        found = []
        for language in ("zh_CN", "en"):
            on.model.setLanguage(language)
            on.settle()
            found += [f"{language}: {fault}" for fault in all_faults(on, size)]
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


def test_a_banner_that_moves_the_panel_has_nobody_close_a_call_who_meant_another_verb(
    called: Stage,
) -> None:
    called.tap("bed-his.bed-12")
    called.tap("name-his.p-3")
    verb = called.find("closeCall")
    before = box(verb).y()
    called.model.set_faults(frozenset({"sound.no_device"}))
    as_soon_as(lambda: box(verb).y() > before, "the banner has moved the panel")
    place = box(verb).center()
    QTest.mouseClick(called.window, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert called.actions == []
    as_soon_as(lambda: called.has("touchAgain"), "touches are taken again, and it says where")
    ring = box(called.find("touchAgain")).center()
    assert (ring - place).manhattanLength() <= 2
    called.tap("closeCall")
    assert called.actions[-1].kind == ActionKind.CALL_CLOSE


def test_what_a_key_means_has_not_moved_with_the_panel(called: Stage) -> None:
    called.tap("bed-his.bed-12")
    called.tap("name-his.p-3")
    verb = called.find("closeCall")
    before = box(verb).y()
    verb.forceActiveFocus()
    called.model.set_faults(frozenset({"sound.no_device"}))
    as_soon_as(lambda: box(verb).y() > before, "the banner has moved the panel")
    QTest.keyClick(called.window, Qt.Key.Key_Return)
    assert called.actions[-1].kind == ActionKind.CALL_CLOSE


@pytest.mark.parametrize("size", [(1080, 1920), (1280, 800)])
def test_a_bed_that_another_beds_call_has_moved_is_not_touched_in_its_neighbours_place(
    size: tuple[int, int],
) -> None:
    """Behind the panel, which has not moved, nothing is held for it."""
    own, above = call_view(bed_id="his.bed-13"), call_view(id="call-2", bed_id="his.bed-11")
    with stage("door", door(calls=(own,)), size=size) as on:
        on.rest()
        before = box(on.find("bed-his.bed-13"))
        edge = QPoint(round(before.center().x()), round(before.top()) + 8)
        on.replica.apply(60, [doc("nurse_call", above.id, above)])
        as_soon_as(lambda: box(on.find("bed-his.bed-13")).top() > before.top() + 8, "it has moved")
        QTest.mouseClick(on.window, Qt.MouseButton.LeftButton, pos=edge)
        assert not on.has("panelTitle")
        as_soon_as(lambda: on.has("touchAgain"), "touches are taken again, and it says where")
        assert (box(on.find("touchAgain")).center() - edge).manhattanLength() <= 2
        on.tap("bed-his.bed-13")
        assert on.text("panelCall").startswith("13")
        on.rest()
        on.replica.apply(61, [], [Gone("nurse_call", above.id)])
        on.tap("name-his.p-1")
        assert on.has("arrive")


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
