"""The station at three in the morning: for whom, from where, who is there, who answers, silence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.call_point import CallPointKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.encounter import CareTeamMember
from smartward.clinical.entrustment import EntrustmentState, ReturnReason
from smartward.clinical.nurse_call import (
    CallClass,
    CallReason,
    CallState,
    accept,
    give_reason,
    heard,
)
from smartward.clinical.plan import PlanKind
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.clinical.silence import SilenceReason
from smartward.clinical.words import Wording
from smartward.screen.beds import icon_of
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.call_view import CorridorCall
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import application
from tests.ui.station_badges import LEE_BADGE
from tests.ui.station_replicas import night
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.night import LEE, QIAN
from tests.ui.station_replicas.ward import NOW, at, bed_id, stay_id
from tests.ui.test_station_model import Desk
from tests.ui.test_station_people import desk_of, proved_ward


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def desk() -> Iterator[Desk]:
    return desk_of(proved_ward().scene())


def cell(desk: Desk, number: int):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    return next(cell for cell in desk.model._board.rows if cell.key == bed_id(number))


# ------------------------------------------------------------------------------------- for whom


def test_a_call_says_whom_it_asks_and_after_a_step_the_ward(desk: Desk) -> None:
    made = sample.call(sample.full_ward(), 5, 10)
    desk.write("nurse_call", made)
    key = f"call:{made.id}"
    assert desk.row(key).aim == "找何静"
    desk.write("nurse_call", replace(made, step=1))
    assert desk.row(key).aim == "找全体在岗人员"
    desk.write("nurse_call", replace(made, step=3))
    assert "护士长" in desk.row(key).aim


def test_at_eight_the_nurse_of_the_day_is_asked_with_no_write() -> None:
    """Two nurses on one team: whoever's hours it is."""
    eight = NOW.replace(hour=0, minute=0)  # 08:00 on the ward
    ward = sample.full_ward()
    nurses = (
        CareTeamMember(staff_id="n1", name="李敏", role="nurse", end=eight),
        CareTeamMember(staff_id="n2", name="钱芳", role="nurse", start=eight),
    )
    night.person(ward, 5, team=nurses)
    made = sample.call(ward, 5, 10)
    early = replace(made, placed_at=eight - timedelta(seconds=20), received_at=eight)
    ward.put("nurse_call", early)
    desk = Desk(ward.scene())
    desk.clock.advance((eight - timedelta(seconds=5) - NOW).total_seconds())
    desk.model.clock_moved()
    key = f"call:{made.id}"
    assert desk.row(key).aim == "找李敏"
    desk.wait(10)
    assert desk.row(key).aim == "找钱芳"


def test_an_answered_call_says_whose_patient_it_is(desk: Desk) -> None:
    row = desk.row("call:call-12-normal")
    assert (row.status, row.aim) == ("李敏 已在路上", "责护 李")


def test_a_row_says_how_to_answer_this_person(desk: Desk) -> None:
    assert "听不清，请到床旁，勿用对讲 · 说粤语" in desk.row("call:call-29-normal").sub
    assert "不能说话，请去看" in desk.row("call:call-12-normal").sub
    english = desk_of(proved_ward().scene(), "en")
    assert "Go to the bed, no intercom" in english.row("call:call-29-normal").sub


@pytest.mark.parametrize(
    "language, told",
    [("zh", ""), ("zh-CN", ""), ("zh-HK", "说粤语"), ("en-GB", "说英语"), ("tlh", "说tlh")],
)
def test_a_language_is_told_where_it_is_another(language: str, told: str, desk: Desk) -> None:
    ward = proved_ward()
    night.person(ward, 29, profile=Profile(language=language))
    sub = desk_of(ward.scene()).row("call:call-29-normal").sub
    assert (told in sub) if told else ("说" not in sub)


def test_the_extra_bed_is_itself(desk: Desk) -> None:
    assert desk.row("call:call-40-normal").number == "加12"
    assert ("bed_call", {"room": "314", "bed": "加12"}) in [said[:2] for said in desk.ears.said]


# ----------------------------------------------------------------------------------- call points


def test_a_cord_is_named_and_ends_only_there(desk: Desk) -> None:
    row = desk.row("call:call-point-22-bathroom_cord")
    assert "卫生间拉绳 308" in row.sub
    assert row.todo == "只能在卫生间拉绳 308处结束。"
    desk.model.openSheet(bed_id(22))
    (opened,) = desk.model.sheet._open.rows
    assert "只能在卫生间拉绳 308处结束" in opened.todo


@pytest.mark.parametrize("call_class", [CallClass.ASSIST, CallClass.EMERGENCY, CallClass.BATHROOM])
def test_what_ends_at_its_own_device_says_so_and_has_no_key(call_class: CallClass) -> None:
    ward = sample.full_ward()
    made = sample.call(ward, 5, 10, call_class)
    desk = Desk(ward.scene())
    row = desk.row(f"call:{made.id}")
    assert row.todo == "只能在床旁屏处结束。"
    offered = {name for name in ("accept", "reinforce", "handOver") if getattr(row, name)}
    assert offered == {"accept", "reinforce"}
    desk.model.openSheet(bed_id(5))
    (opened,) = desk.model.sheet._open.rows
    assert not opened.lower
    assert "只能在床旁屏处结束" in opened.todo


def test_a_normal_call_has_no_such_words(desk: Desk) -> None:
    assert desk.row("call:call-29-normal").todo == ""


def test_a_lost_line_is_a_call_of_its_own(desk: Desk) -> None:
    row = desk.row("call:call-point-39-handset")
    assert row.title == "呼叫线路断开"
    assert row.todo == "请去看看：那里现在叫不了人。"
    assert "手柄" in row.sub
    assert "line_lost" in [said[0] for said in desk.ears.said]
    desk.model.hideNear()
    assert desk.row("call:call-point-39-handset").title == "呼叫线路断开"


# -------------------------------------------------------------------------------------- priority


def test_a_raised_call_is_lowered_by_a_person_with_a_reason(desk: Desk) -> None:
    model = desk.model
    model.openSheet(bed_id(20))
    (opened,) = model.sheet._open.rows
    assert opened.lower
    model.deeds.lower(opened.key)
    assert model.question.title == "20床的呼叫为什么不那么急？"
    model.question.choose("seen")
    assert model.pickerOpen
    model.badge_read(LEE_BADGE)
    action = next(a for a in desk.actions if a.kind == ActionKind.CALL_LOWER)
    assert (action.subject, action.data) == ("call-20-normal", {"why": "去看过，没有危险"})
    assert action.by.id == "n1"
    assert action.seen.seq is not None
    assert desk.row("call:call-20-normal").status == "已记下，正在发送"
    assert desk.row("call:call-20-normal").accept, "the call still asks for somebody"


@pytest.mark.parametrize("number", [22, 29])
def test_what_was_not_raised_cannot_be_lowered(number: int, desk: Desk) -> None:
    desk.model.openSheet(bed_id(number))
    assert [row.lower for row in desk.model.sheet._open.rows] == [False]


def test_a_question_about_a_call_that_is_over_is_asked_no_more(desk: Desk) -> None:
    desk.model.openSheet(bed_id(20))
    desk.model.deeds.lower("call:call-20-normal")
    desk.gone("nurse_call", "call-20-normal")
    assert not desk.model.question.open


def test_why_a_call_was_raised_is_told(desk: Desk) -> None:
    assert "无人应答，已升级" in desk.row("call:call-20-normal").sub
    red = give_reason(sample.call(sample.full_ward(), 5, 3), CallReason.BREATHLESS, NOW)
    desk.write("nurse_call", red)
    desk.model.openSheet(bed_id(5))
    assert [row.lower for row in desk.model.sheet._open.rows] == [True]


# -------------------------------------------------------------------------------------- presence


def test_who_is_in_the_room_is_seen_on_the_board_and_in_the_row(desk: Desk) -> None:
    assert cell(desk, 4).present == cell(desk, 5).present == "李"
    assert cell(desk, 12).present == "钱、李"
    assert "在房：钱芳、李敏" in desk.row("call:call-12-normal").sub
    desk.gone("presence", bed_id(4))
    assert cell(desk, 4).present == ""


def test_a_presence_button_tells_that_somebody_is_there(desk: Desk) -> None:
    ward = proved_ward()
    night.inside(ward, 29, replace(LEE, person_id=None, name=None, family=None, known="none"))
    seen = desk_of(ward.scene())
    assert cell(seen, 29).present == "有人"
    assert "有人在房" in seen.row("call:call-29-normal").sub


# ------------------------------------------------------------------------------------- entrusting


def entrusted_desk(state: EntrustmentState, **given: object) -> Desk:
    ward = proved_ward()
    night.entrust(ward, state, **given)  # type: ignore[arg-type]  # fields by their own names
    return desk_of(ward.scene())


def test_the_holder_alone_sounds_and_both_say_who_holds() -> None:
    elsewhere = entrusted_desk(EntrustmentState.HELD)
    assert set(elsewhere.ears.alarms) <= {None}
    assert elsewhere.ears.said == []
    assert "东区护士站" in elsewhere.model.entrust.line
    assert elsewhere.row("call:call-29-normal").flashing, "light is never taken away"
    assert elsewhere.model.entrust.ends
    holder = entrusted_desk(EntrustmentState.HELD, to="dev-station")
    assert holder.ears.alarms[-1] is Priority.HIGH
    assert holder.ears.said
    assert "本站" in holder.model.entrust.line
    assert holder.model.entrust.gives


def test_asked_is_not_taken() -> None:
    asker = entrusted_desk(EntrustmentState.ASKED)
    assert asker.ears.alarms[-1] is Priority.HIGH
    assert (asker.model.entrust.takes, asker.model.entrust.ends) == (False, True)
    asked = entrusted_desk(EntrustmentState.ASKED, to="dev-station")
    assert asked.model.entrust.takes
    asked.model.entrust.take()
    asked.model.badge_read(LEE_BADGE)
    assert [a.kind for a in asked.actions] == [ActionKind.ENTRUST_TAKE]


def test_another_station_is_asked_for_by_name(desk: Desk) -> None:
    assert desk.model.entrust.asks
    desk.model.entrust.askAnother()
    assert [row.name for row in desk.model._ask._answers.rows] == ["东区护士站"]
    desk.model.question.choose("dev-east")
    desk.model.badge_read(LEE_BADGE)
    (action,) = desk.actions
    assert (action.kind, action.subject) == (ActionKind.ENTRUST_ASK, "entrustment")
    assert action.data == {"to_device": "dev-east"}
    assert not desk.model.entrust.asks, "it is on its way"


def test_a_station_that_is_away_or_is_this_one_is_not_asked() -> None:
    ward = proved_ward()
    east = ward.get("screen", "dev-east")
    ward.put("screen", replace(east, online=False), "dev-east")
    desk = desk_of(ward.scene())
    assert not desk.model.entrust.asks
    assert "没有其他在线" in desk.model.entrust.status
    told: list[str] = []
    desk.model.entrust.changed.connect(lambda: told.append(desk.model.entrust.status))
    desk.model.setLanguage("en")
    assert told == ["No other station is online that could answer for this ward's calls."]


def test_it_rings_again_and_says_why_when_the_holder_is_lost() -> None:
    ward = proved_ward()
    held = night.entrust(ward, EntrustmentState.HELD)
    desk = desk_of(ward.scene())
    muted = heard(ward.get("nurse_call", "call-29-normal"), NOW - timedelta(seconds=2), QIAN)
    for number in (20, 22, 39, 40):  # everything but one call has its nurse
        for key in [k for k in ward.of if k[0] == "nurse_call"]:
            call = ward.of[key]
            if call.bed_id == bed_id(number):
                desk.write("nurse_call", accept(call, NOW, LEE))
    desk.write("nurse_call", muted)
    alerts = [body for (kind, _), body in ward.of.items() if kind == "alert"]
    for alert in alerts:
        desk.gone("alert", alert.id)
    assert desk.model.head.alarm == ""
    back = replace(
        held,
        state=EntrustmentState.RETURNED,
        returned_at=NOW,
        returned_why=ReturnReason.LINK_LOST,
    )
    desk.write_as("entrustment", "entrustment", back)
    assert desk.ears.alarms[-1] is Priority.MEDIUM, "what was muted there was heard by nobody here"
    assert desk.ears.said[-1][0] == "bed_call"
    assert "连接中断" in desk.model.entrust.line
    desk.model.entrust.putAway()
    assert desk.model.entrust.line == ""


def test_given_back_it_keeps_a_mute_and_says_so() -> None:
    given = entrusted_desk(EntrustmentState.RETURNED, why=ReturnReason.GIVEN_BACK)
    assert "已交还" in given.model.entrust.line
    assert given.ears.alarms[-1] is Priority.HIGH
    given.wait(600)
    assert given.model.entrust.line == "", "old news is no news"


@pytest.mark.parametrize("taken", [True, False])
def test_it_rings_again_and_says_so_when_the_holder_cannot_sound(taken: bool) -> None:
    ward = proved_ward()
    returned = night.entrust(ward, EntrustmentState.RETURNED, why=ReturnReason.NO_SOUND)
    if not taken:
        ward.put("entrustment", replace(returned, taken_at=None, taken_by=None), "entrustment")
    desk = desk_of(ward.scene())
    assert desk.ears.alarms[-1] is Priority.HIGH
    for said in ("东区护士站无法发声", "检查它的扬声器"):
        assert said in desk.model.entrust.line
    assert desk.model.entrust.asks, "another one may be asked"


def test_without_its_own_link_a_station_sounds_whatever_is_held() -> None:
    ward = proved_ward()
    night.entrust(ward, EntrustmentState.HELD)
    desk = desk_of(sample.offline(ward))
    assert desk.ears.alarms[-1] is Priority.HIGH
    assert "自行发声" in desk.model.entrust.line


def test_a_link_that_goes_stale_makes_it_sound() -> None:
    desk = entrusted_desk(EntrustmentState.HELD)
    assert desk.model.head.alarm == ""
    desk.link.phase = Phase.STALE
    desk.link.lost_at = NOW
    desk.link.changed()
    assert desk.ears.alarms[-1] is Priority.HIGH


# ---------------------------------------------------------------------------- silence and profile


def test_a_silenced_bed_draws_it_and_no_alerts(desk: Desk) -> None:
    shown = cell(desk, 36)
    assert (shown.name, shown.silent, shown.foot, shown.mark) == ("静默", True, "", "")
    ward = proved_ward()
    sample.plain_alert(ward, 36, "news2", Priority.HIGH, 1)
    quiet = desk_of(ward.scene())
    assert "alert:alert-news2-36" not in quiet.model.state()["queue"]
    assert cell(quiet, 36).priority == ""
    quiet.gone("silence", stay_id(36))
    assert "alert:alert-news2-36" in quiet.model.state()["queue"]
    assert cell(quiet, 36).name != "静默"


def test_a_call_from_a_silenced_bed_is_still_a_call(desk: Desk) -> None:
    made = sample.call(sample.full_ward(), 36, 3)
    desk.write("nurse_call", made)
    row = desk.row(f"call:{made.id}")
    assert row.accept
    name = desk.model.ward_state.encounters[stay_id(36)].patient.name
    assert "静默" in row.sub
    assert name[0] not in row.sub


@pytest.mark.parametrize("reason", list(SilenceReason))
def test_silence_is_begun_from_the_sheet_by_a_proved_person(
    reason: SilenceReason, desk: Desk
) -> None:
    desk.model.openSheet(bed_id(20))
    desk.model.deeds.silence()
    assert desk.model.question.hold
    assert desk.model.question.title == "对20床静默？"
    desk.model.question.choose(reason.value)
    desk.model.badge_read(LEE_BADGE)
    made = next(a for a in desk.actions if a.kind == ActionKind.SILENCE_START)
    assert (made.subject, made.data) == (stay_id(20), {"reason": reason.value})
    assert made.seen.encounter_id == stay_id(20)


def test_silence_is_ended_from_the_sheet(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(36))
    assert desk.model.deeds.silenced
    assert "09:53 起静默" in desk.model.sheet.silence
    assert not desk.model.sheet._plan.rows
    desk.model.deeds.endSilence()
    assert desk.model.question.hold
    desk.model.question.choose("end")
    assert desk.actions[-1].kind == ActionKind.SILENCE_END


def test_the_profile_is_set_field_by_field(desk: Desk) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(29))
    before = {row.key: row.text for row in desk.model.deeds._profile.rows}
    assert "hearing_impaired" in before
    desk.model.deeds.setProfile("speech_impaired")
    names = {row.name: row.key for row in desk.model._ask._answers.rows}
    assert "按病历" in names
    desk.model.question.choose(names["是"])
    action = desk.actions[-1]
    assert (action.kind, action.subject) == (ActionKind.PROFILE_SET, stay_id(29))
    assert action.data == {"speech_impaired": 1}
    after = {row.key: row.text for row in desk.model.deeds._profile.rows}
    assert after["speech_impaired"] != before["speech_impaired"], "told before the hub has it"


def test_nobody_sees_or_sets_a_profile_without_a_proof(desk: Desk) -> None:
    desk.model.openSheet(bed_id(29))
    assert not desk.model.deeds._profile.rows
    desk.model.deeds.setProfile("no_such_field")
    assert not desk.model.question.open


# ------------------------------------------------------------------------------- what was mended


def test_a_station_that_never_heard_the_hub_does_not_say_that_nothing_waits() -> None:
    for phase, heard_at in ((Phase.CONNECTING, None), (Phase.NOT_ENROLLED, NOW)):
        desk = Desk(Scene(documents=[]))
        desk.link.phase, desk.link.last_heard = phase, heard_at
        desk.link.changed()
        assert desk.model.head.empty == "无法知道有什么待处理"
        assert "有线" in desk.model.head.emptyWhy


def test_a_station_whose_hub_cannot_store_does_not_say_that_nothing_waits() -> None:
    desk = Desk(Scene(documents=[]))
    calm = desk.model.head.empty
    desk.link.hub_stores = False
    desk.link.changed()
    assert desk.model.head.empty == "无法知道有什么待处理"
    assert "无法保存" in desk.model.head.emptyWhy
    assert "无法保存" in desk.model.linkText
    desk.link.hub_stores = True
    desk.link.changed()
    assert (desk.model.head.empty, desk.model.linkText) == (calm, "")


def test_a_broken_link_says_of_when_it_was_empty() -> None:
    desk = Desk(sample.offline(sample.full_ward()))
    assert desk.model.head.empty == "断开时没有待处理的事项"
    assert "10:02" in desk.model.head.emptyWhy


def test_overdue_counts_from_when_it_was_due_and_yesterday_has_its_day() -> None:
    ward = sample.full_ward()
    why = Wording(
        key="alert.observations_overdue.ordered", values={"last": at(-960), "due": at(-700)}
    )
    alert = sample.plain_alert(ward, 18, "observations_overdue", Priority.LOW, 1)
    ward.put("alert", replace(alert, why=why))
    row = Desk(ward.scene()).row(f"alert:{alert.id}")
    assert row.time == "已超 11 小时 40 分"
    assert "11-20 18:05" in row.sub
    assert "11-20 22:25" in row.sub


def test_an_overdue_turning_is_marked_for_as_long_as_it_matters() -> None:
    for hours, foot, late in (
        (-0.1, "翻身 09:59", False),
        (-0.5, "翻身超30 分", True),
        (-3.2, "翻身超3小时", True),
    ):
        ward = sample.full_ward()
        ward.put("plan_item", sample.plan_item(10, "turn", PlanKind.TURNING, hours))
        shown = cell(Desk(ward.scene()), 10)
        assert (shown.foot, shown.late) == (foot, late)
        assert shown.priority == ("low" if late else "")


def test_an_overdue_turning_stands_before_a_drip_and_below_what_is_open() -> None:
    ward = sample.full_ward()
    sample.drip(ward, 10, left_ml=200.0)
    ward.put("plan_item", sample.plan_item(10, "turn", PlanKind.TURNING, -3.2))
    desk = Desk(ward.scene())
    assert cell(desk, 10).foot == "翻身超3小时"
    assert not desk.keys(), "it colours the bed; nobody is called for it"
    desk.model.hideNear()
    assert cell(desk, 10).priority == "", "what is due is near"
    desk.write("nurse_call", sample.call(ward, 10, 5))
    assert cell(desk, 10).priority == "medium"


def test_a_silenced_bed_is_not_tinted() -> None:
    ward = sample.full_ward()
    ward.put("plan_item", sample.plan_item(10, "turn", PlanKind.TURNING, -3.2))
    night.silenced(ward, 10)
    assert cell(Desk(ward.scene()), 10).priority == ""


def test_a_screen_without_a_loudspeaker_is_not_called_broken() -> None:
    ward = sample.full_ward()
    for number, fault in ((3, "sound.no_device"), (5, "sound.no_device"), (7, "screen.fault.task")):
        device = f"dev-bedside-{number}"
        ward.put("screen", replace(ward.get("screen", device), faults=(fault,)), device)
    assert Desk(ward.scene()).model.head.screens == "1 屏故障 · 2 屏无声"


def test_call_points_come_and_go(desk: Desk) -> None:
    point = night.point(proved_ward(), 5, CallPointKind.HANDSET)
    desk.write("call_point", point)
    assert point.id in desk.model.ward_state.call_points
    desk.gone("call_point", point.id)
    assert point.id not in desk.model.ward_state.call_points


def test_of_many_kinds_of_faults_the_header_says_how_many() -> None:
    ward = sample.full_ward()
    for number, fault in ((3, "sound.no_device"), (5, "voice.engine_dead"), (7, "x"), (9, "")):
        device = f"dev-bedside-{number}"
        gone = replace(
            ward.get("screen", device), online=bool(fault), faults=(fault,) * bool(fault)
        )
        ward.put("screen", gone, device)
    assert Desk(ward.scene()).model.head.screens == "1 屏离线 · 3 屏有问题"
    assert Desk(ward.scene(), "en").model.head.screens == "1 screen offline · 3 with faults"


# ------------------------------------------------------------------------------- one sign, one word


def test_a_lost_line_has_one_sign_on_every_screen() -> None:
    ward = proved_ward()
    desk = desk_of(ward.scene())
    row = desk.row("call:call-point-39-handset")
    on_corridor = CorridorCall(
        id="c",
        bed_id=bed_id(39),
        call_class=CallClass.NORMAL,
        state=CallState.REQUESTED,
        placed_at=NOW,
        priority=Priority.MEDIUM,
        estimated=False,
        line_lost=True,
    )
    assert row.icon == cell(desk, 39).footIcon == icon_of(on_corridor)


def test_where_a_call_ends_is_one_sentence() -> None:
    row = desk_of(proved_ward().scene(), "en").row("call:call-point-22-bathroom_cord")
    assert row.todo == "Ends only at the bathroom cord 308."


# ------------------------------------------------------------------------------------ mute, unknown


def corridor_ward(call_class: CallClass, online: bool = True) -> Desk:
    ward = sample.full_ward()
    made = sample.call(ward, 5, 10, call_class)
    ward.put("nurse_call", heard(made, NOW - timedelta(seconds=2), LEE))
    status = ward.get("screen", "dev-station")
    corridor = replace(status, device_id="dev-corridor", role=ScreenRole.CORRIDOR, online=online)
    ward.put("screen", corridor, "dev-corridor")
    return Desk(ward.scene())


def test_a_mute_says_that_the_corridor_is_still_heard() -> None:
    told = corridor_ward(CallClass.ASSIST).model.head.muted
    assert told.startswith("静音至 10:0")
    assert "走廊屏仍会响" in told
    assert "走廊" not in corridor_ward(CallClass.NORMAL).model.head.muted
    assert "走廊" not in corridor_ward(CallClass.ASSIST, online=False).model.head.muted


def test_a_device_of_another_role_says_that_the_hub_refuses_it() -> None:
    given = {"phase": Phase.WRONG_PLACE, "enrolled_as": "door", "his_as_of": None}
    model = Desk(sample.Bodies().scene(**given)).model
    assert "门口屏" in model.linkText
    assert model.head.empty == "无法知道有什么待处理"
    assert "不认这台设备是护士站" in model.head.emptyWhy
    assert model.head.noBeds
    assert not model._census.rows
    never = Desk(sample.Bodies().scene(phase=Phase.OFFLINE, last_heard=None, his_as_of=None)).model
    assert "从未连上" in never.head.emptyWhy
