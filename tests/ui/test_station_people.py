"""Who acts at the station, whose name it shows to whom, and the privacy key."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind, Identify
from tests.ui.bed_stage import application
from tests.ui.station_badges import HEAD_BADGE, LEE_BADGE, QIAN_BADGE, with_badges
from tests.ui.station_replicas import night
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import bed_id, stay_id
from tests.ui.test_station_model import Desk

BATH = "call:call-point-22-bathroom_cord"


def proved_ward(beds: int = 40) -> sample.Bodies:
    """The night ward, where staff prove who they are."""
    ward = night.night_ward(beds)
    ward.put("ward", replace(ward.get("ward", "ward"), staff_proof="required"))
    return ward


def desk_of(scene: Scene, language: str = "zh_CN") -> Desk:
    desk = Desk(scene, language)
    with_badges(desk.model)
    return desk


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def desk() -> Iterator[Desk]:
    return desk_of(proved_ward().scene())


def kinds(desk: Desk) -> list[str]:
    return [action.kind for action in desk.actions]


def near_words(desk: Desk) -> str:
    """Everything the queue and the board say."""
    queue = [f"{r.title} {r.sub} {r.aim} {r.todo} {r.status}" for r in desk.model._queue.rows]
    board = [f"{c.name} {c.mark} {c.foot} {c.nurse} {c.spoken}" for c in desk.model._board.rows]
    return "\n".join(queue + board)


# ------------------------------------------------------------------------------------ who acts


def test_every_gesture_asks_and_is_done_by_whoever_proves(desk: Desk) -> None:
    model = desk.model
    for gesture, kind in (
        (lambda: model.accept(BATH), ActionKind.CALL_ACCEPT),
        (lambda: model.reinforce(BATH), ActionKind.CALL_REINFORCE),
        (model.entrust.askAnother, ActionKind.ENTRUST_ASK),
        (model.mute, ActionKind.CALL_HEARD),
    ):
        gesture()
        if model.question.open:
            model.question.choose("dev-east")
        assert model.pickerOpen
        assert kind not in kinds(desk)
        model.badge_read(LEE_BADGE)
        assert not model.pickerOpen
        made = [action for action in desk.actions if action.kind == kind]
        assert made
        assert {(a.by.id, a.by.known, a.by.session) for a in made} == {("n1", "badge", "s-lee")}
        model.forgetStaff()


def test_mute_without_an_answer_mutes_nothing(desk: Desk) -> None:
    desk.model.mute()
    desk.model.closePicker()
    desk.model.badge_read(LEE_BADGE)
    assert ActionKind.CALL_HEARD not in kinds(desk)


def test_a_badge_that_is_being_checked_serves_the_touch_after_it(desk: Desk) -> None:
    """The badge was held there for this touch, and the hub takes its time."""
    told: list[Callable[[], None]] = []
    badges = desk.model.prover

    class Slow:
        def prove(self, ask: Identify, answer: Callable[..., None]) -> None:
            told.append(lambda: badges.prove(ask, answer))

    desk.model.prover = Slow()
    desk.model.badge_read(LEE_BADGE)
    desk.model.mute()
    assert desk.model.pickerOpen
    told[0]()
    assert ActionKind.CALL_HEARD in kinds(desk)
    assert not desk.model.pickerOpen


def test_a_question_that_nobody_answers_is_forgotten(desk: Desk) -> None:
    desk.model.mute()
    desk.wait(61)
    assert not desk.model.pickerOpen
    desk.model.badge_read(LEE_BADGE)
    assert ActionKind.CALL_HEARD not in kinds(desk)


def test_what_waits_is_replaced_by_what_is_touched_next(desk: Desk) -> None:
    desk.model.mute()
    desk.model.accept(BATH)
    desk.model.badge_read(LEE_BADGE)
    assert kinds(desk) == [ActionKind.CALL_ACCEPT]


def test_two_idle_minutes_lock_and_hide_nothing_of_the_queue(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    assert desk.model.actorText == "李敏"
    before = [(row.key, row.title, row.sub) for row in desk.model._queue.rows]
    desk.wait(119)
    assert desk.model.actorText == "李敏"
    desk.wait(1)
    assert desk.model.actorText == ""
    assert desk.model.locked
    assert [(row.key, row.title, row.sub) for row in desk.model._queue.rows] == before
    assert all(row.accept or row.status for row in desk.model._queue.rows)


# --------------------------------------------------------------------------------------- sheet


def test_a_sheet_that_nobody_proved_for_shows_what_the_board_shows(desk: Desk) -> None:
    model = desk.model
    model.openSheet(bed_id(20))
    sheet = model.sheet
    assert sheet.bed_id
    assert not sheet.whole
    assert (sheet.number, sheet.name) == ("20", "彭＊")
    assert sheet.facts == sheet.team == sheet.diet == sheet.score == ""
    assert [row.key for row in sheet._open.rows] == ["call:call-20-normal"]
    assert not sheet._plan.rows
    assert not sheet._vitals.rows
    assert len(sheet._precautions.rows) == 6
    assert not model.pickerOpen, "it shows what everybody may read before it asks"
    assert kinds(desk) == []


def test_whoever_proves_reads_the_sheet_and_the_audit_knows_whose(desk: Desk) -> None:
    desk.model.openSheet(bed_id(20))
    desk.model.badge_read(LEE_BADGE)
    assert desk.model.sheet.whole
    assert desk.model.sheet._vitals.rows
    (action,) = desk.actions
    assert (action.kind, action.subject) == (ActionKind.SHEET_OPEN, bed_id(20))
    assert (action.by.id, action.seen.encounter_id) == ("n1", stay_id(20))
    desk.wait(30)
    assert len(desk.actions) == 1, "told once, not with every minute"


def test_a_lock_shuts_the_sheet_and_another_person_opens_it_anew(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(20))
    desk.wait(120)
    assert desk.model.sheetBed == bed_id(20)
    assert not desk.model.sheet.whole
    assert not desk.model.sheet._vitals.rows
    desk.model.badge_read(QIAN_BADGE)
    opened = [a.by.id for a in desk.actions if a.kind == ActionKind.SHEET_OPEN]
    assert opened == ["n1", "n2"]


def test_each_patient_of_a_bed_is_a_sheet_of_their_own(desk: Desk) -> None:
    state = desk.model.ward_state
    child = replace(state.encounters[stay_id(20)], id="his.enc-child")
    desk.write("encounter", child)
    desk.write("bed", replace(state.beds[bed_id(20)], occupants=(stay_id(20), child.id)))
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(20))
    desk.model.chooseOccupant(child.id)
    seen = [a.seen.encounter_id for a in desk.actions if a.kind == ActionKind.SHEET_OPEN]
    assert seen == [stay_id(20), child.id]


def test_another_patient_in_the_bed_is_another_sheet(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(20))
    state = desk.model.ward_state
    desk.write("bed", replace(state.beds[bed_id(20)], occupants=(stay_id(21),)))
    assert desk.model.sheet.stay_id == stay_id(21)
    seen = [a.seen.encounter_id for a in desk.actions if a.kind == ActionKind.SHEET_OPEN]
    assert seen == [stay_id(20), stay_id(21)]


def test_proved_without_the_hub_is_proved() -> None:
    desk = desk_of(sample.offline(proved_ward()))
    desk.model.badge_read("B-OFFLINE")
    desk.model.openSheet(bed_id(20))
    assert desk.model.sheet.whole
    (action,) = desk.actions
    assert (action.kind, action.by.session) == (ActionKind.SHEET_OPEN, "offline")


# --------------------------------------------------------------------------------------- names


def policy(**rules: NameRule) -> NamePolicy:
    return NamePolicy(rules={NamePlace(place): rule for place, rule in rules.items()})


def put_policy(desk: Desk, told: NamePolicy) -> None:
    desk.write_as("masking", "masking", told)


def full_names(desk: Desk) -> set[str]:
    return {stay.patient.name for stay in desk.model.ward_state.encounters.values()}


@pytest.mark.parametrize("rule", [NameRule.MASKED, NameRule.INITIALS, NameRule.NONE])
def test_board_and_queue_show_names_by_their_rule(rule: NameRule, desk: Desk) -> None:
    put_policy(desk, policy(station_board=rule))
    said = near_words(desk)
    assert not [name for name in full_names(desk) if name in said]
    cell = next(cell for cell in desk.model._board.rows if cell.key == bed_id(9))
    assert bool(cell.name) is (rule is not NameRule.NONE)


def test_a_full_rule_shows_the_name_and_the_queue_says_it_too(desk: Desk) -> None:
    put_policy(desk, policy(station_board=NameRule.FULL))
    name = desk.model.ward_state.encounters[stay_id(22)].patient.name
    assert name in desk.row(BATH).sub


def test_the_sheet_has_a_rule_of_its_own(desk: Desk) -> None:
    put_policy(desk, policy(station_board=NameRule.NONE, station_sheet=NameRule.FULL))
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(22))
    name = desk.model.ward_state.encounters[stay_id(22)].patient.name
    assert desk.model.sheet.name == name
    assert not desk.model.sheet.masked, "there is no more to show"


def test_a_full_name_is_shown_for_a_reason_and_for_a_while(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(22))
    name = desk.model.ward_state.encounters[stay_id(22)].patient.name
    assert desk.model.sheet.name != name
    assert desk.model.sheet.masked
    desk.model.deeds.unmask()
    assert desk.model.question.open
    assert desk.model.sheet.name != name
    desk.model.question.choose("identity")
    action = desk.actions[-1]
    assert (action.kind, action.subject) == (ActionKind.NAME_UNMASK, stay_id(22))
    assert action.data == {"why": "核对身份"}
    assert desk.model.sheet.name == name
    desk.wait(29)
    assert desk.model.sheet.name == name
    desk.wait(1)
    assert desk.model.sheet.name != name


def test_no_full_name_for_nobody_and_none_for_the_next_person(desk: Desk) -> None:
    name = desk.model.ward_state.encounters[stay_id(22)].patient.name
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(22))
    desk.model.deeds.unmask()
    desk.model.question.choose("identity")
    desk.model.forgetStaff()
    assert desk.model.sheet.name != name
    desk.model.badge_read(QIAN_BADGE)
    assert desk.model.sheet.name != name


def test_namesakes_are_marked_on_board_queue_and_sheet(desk: Desk) -> None:
    made = sample.call(sample.full_ward(), 1, 5)
    desk.write("nurse_call", made)
    cell = next(cell for cell in desk.model._board.rows if cell.key == bed_id(1))
    assert (cell.name, cell.mark) == ("张＊国", "同名")
    assert "张＊国 同名" in desk.row(f"call:{made.id}").sub
    desk.model.openSheet(bed_id(1))
    assert desk.model.sheet.mark == "同名"


def test_a_protected_person_is_called_by_the_alias_and_told_of_to_staff(desk: Desk) -> None:
    cell = next(cell for cell in desk.model._board.rows if cell.key == bed_id(3))
    assert (cell.name, cell.mark) == ("三床小友", "保密")
    desk.model.openSheet(bed_id(3))
    assert "不得告知" in desk.model.sheet.mark


def test_a_protected_person_is_found_by_bed_and_masked_name_and_opened_with_a_reason() -> None:
    """Whatever the ward shows of others; the whole name stays behind a proof and a reason."""
    ward = proved_ward()
    night.named(ward, 9, name="高卫国", family="高", protected=True)
    policy = NamePolicy(rules={NamePlace.STATION_BOARD: NameRule.FULL})
    ward.put("masking", policy, "masking")
    desk = desk_of(ward.scene())
    cell = next(cell for cell in desk.model._board.rows if cell.key == bed_id(9))
    assert (cell.number, cell.name, cell.mark) == ("9", "高＊国", "保密")
    desk.model.openSheet(bed_id(9))
    assert desk.model.sheet.name != "高卫国", "nobody has proved who reads"
    desk.model.badge_read(LEE_BADGE)
    desk.model.deeds.unmask()
    desk.model.question.choose("identity")
    assert desk.model.sheet.name == "高卫国"
    assert desk.actions[-1].data == {"why": "核对身份"}


# ------------------------------------------------------------------------------- privacy key


def test_the_privacy_key_blanks_the_near_tier_and_keeps_bed_class_and_age(desk: Desk) -> None:
    before = [(row.key, row.number, row.time, row.priority) for row in desk.model._queue.rows]
    desk.model.hideNear()
    rows = desk.model._queue.rows
    assert [(row.key, row.number, row.time, row.priority) for row in rows] == before
    assert {near for row in rows for near in (row.sub, row.todo, row.aim)} == {""}
    assert desk.row(BATH).title == "卫生间紧急呼叫"
    assert desk.row("call:call-12-normal").title == "病人呼叫", "pain is a reason"
    assert desk.row("alert:alert-news2-31").title == "紧急提醒", "a score is not said"
    assert desk.row("call:call-12-normal").status == "工作人员已在路上"
    said = near_words(desk)
    assert not [cell.name for cell in desk.model._board.rows if cell.name or cell.nurse]
    assert not [word for word in ("李敏", "评分", "用药", "输液") if word in said]
    for row in rows:
        assert row.accept or row.status, "the work goes on"


def test_the_privacy_key_shuts_the_sheet_and_every_question(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(22))
    desk.model.deeds.unmask()
    desk.model.hideNear()
    assert not desk.model.sheetOpen
    assert not desk.model.question.open
    desk.model.openSheet(bed_id(22))
    assert not desk.model.sheetOpen
    assert desk.model.noticeText


def test_the_near_tier_comes_back_by_a_proved_person_alone(desk: Desk) -> None:
    desk.model.hideNear()
    desk.model.turnPrivacyKey()
    assert desk.model.nearHidden
    assert desk.model.pickerOpen
    desk.model.closePicker()
    desk.model.badge_read(LEE_BADGE)
    assert desk.model.nearHidden, "a badge for something else opens nothing"
    desk.model.turnPrivacyKey()
    assert desk.model.nearHidden, "the hand on the key may be another's than the badge's"
    assert desk.model.pickerOpen
    desk.model.badge_read(LEE_BADGE)
    assert not desk.model.nearHidden
    assert "同名" in near_words(desk)


def test_what_comes_while_hidden_is_hidden_too(desk: Desk) -> None:
    desk.model.hideNear()
    made = sample.call(sample.full_ward(), 5, 0)
    desk.write("nurse_call", made)
    row = desk.row(f"call:{made.id}")
    assert (row.number, row.sub) == ("5", "")
    desk.wait(61)
    assert not [cell.name for cell in desk.model._board.rows if cell.name]


# ------------------------------------------------------------------- the page of what is shown


@pytest.fixture
def page(desk: Desk) -> Desk:
    desk.model.privacy.setOpen(True)
    return desk


def test_every_place_has_its_rule_and_no_forbidden_choice(page: Desk) -> None:
    rows = {row.key: row for row in page.model.privacy._places.rows}
    assert set(rows) == {place.value for place in NamePlace}
    assert rows["log"].rules == ("none",)
    assert rows["voice"].rules == ("family", "none")
    assert rows["door"].chosen == "masked"


def test_a_choice_is_previewed_and_changes_nothing_yet(page: Desk) -> None:
    before = {row.key: row.shown for row in page.model.privacy._examples.rows}
    page.model.privacy.choose("door", "family")
    after = {row.key: row.shown for row in page.model.privacy._examples.rows}
    assert after != before
    assert page.model.privacy.change == "门口屏：首尾字 → 姓氏"
    assert kinds(page) == []
    page.model.privacy.undo()
    assert page.model.privacy.change == ""
    assert {row.key: row.shown for row in page.model.privacy._examples.rows} == before


def test_a_forbidden_rule_is_not_chosen(page: Desk) -> None:
    page.model.privacy.choose("log", "full")
    page.model.privacy.choose("voice", "masked")
    assert page.model.privacy.change == ""


@pytest.mark.parametrize("badge, sent", [(HEAD_BADGE, True), (LEE_BADGE, False)])
def test_a_change_needs_a_reason_and_somebody_who_decides(
    badge: str, sent: bool, page: Desk
) -> None:
    privacy = page.model.privacy
    privacy.choose("door", "family")
    privacy.apply()
    assert page.model.question.open
    page.model.question.choose("complaint")
    assert page.model.pickerOpen
    page.model.badge_read(badge)
    made = [a for a in page.actions if a.kind == ActionKind.MASKING_SET]
    assert bool(made) is sent
    if made:
        assert made[0].subject == "masking"
        assert made[0].data == {"place": "door", "rule": "family", "why": "投诉或事件"}
    else:
        assert "护士长" in page.model.noticeText


def test_who_changed_it_last_is_told(page: Desk) -> None:
    assert "从未" in page.model.privacy.lastChange
    told = NamePolicy(changed_by=night.LEE, changed_at=sample.NOW - timedelta(minutes=5))
    put_policy(page, told)
    assert page.model.privacy.lastChange == "最近由李敏更改，10:00。"
