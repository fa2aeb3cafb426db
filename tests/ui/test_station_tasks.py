"""The list of work: in which order, whose, and a known person's word on it, taken back as well."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from smartward.clinical.care_event import CareKind, Missed
from smartward.clinical.care_intervals import SHIPPED, CareIntervals
from smartward.clinical.encounter import News2Order
from smartward.clinical.lab_result import Analyte, LabResult
from smartward.clinical.order import Dose, Limit, Order, OrderKind
from smartward.clinical.plan import PlanKind
from smartward.clinical.words import Wording
from smartward.screen.station_tasks import TaskRow
from smartward.wire.envelope import Action, ActionKind, Gone
from tests.clinical.build import NORMAL, sign
from tests.ui.bed_stage import Stage, application, is_text, stage
from tests.ui.bed_ward import doc
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import LONG_NAME, NOW, bed_id, stay_id
from tests.ui.task_scenes import event, working


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def shared() -> Iterator[Stage]:
    ward = working(long=True)
    ward.put(
        "lab_result",
        LabResult(
            id="his.k",
            encounter_id=stay_id(12),
            analyte=Analyte.POTASSIUM,
            value=6.4,
            taken_at=NOW - timedelta(minutes=30),
            received_at=NOW - timedelta(minutes=29),
            critical=True,
        ),
    )
    every_6_h, every_72_h = Limit(period_h=6, doses=1), Limit(period_h=72, doses=1)
    doses = (Dose(id="a", at=NOW - timedelta(hours=1)),)
    orders = (((), (every_6_h, every_72_h)), (doses, (every_6_h,)))
    for number, (given, limits) in enumerate(orders):
        order = Order(
            id=f"his.MedicationRequest.m{number}",
            encounter_id=stay_id(12),
            kind=OrderKind.MEDICINE,
            as_needed=True,
            title=Wording(his=f"布洛芬片 0.{number} g"),
            names=(f"布洛芬片{number}",),
            limits=limits,
            given=given,
        )
        ward.put("order", order)
    turning = sample.plan_item(20, "turn", PlanKind.TURNING, 0.5)
    ward.put("plan_item", turning)
    with stage("station", ward.scene(), size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        yield on
        assert not on.warnings


@pytest.fixture
def desk(shared: Stage) -> Stage:
    """Nobody is known, nothing is asked, the page of work is open and shows everything."""
    shared.model.forgetStaff()
    if shared.model.nearHidden:
        shared.model.near.hidden = False
    shared.model.closeSheet()
    shared.model.question.cancel()
    shared.model.closePicker()
    shared.tap("pageTasks")
    shared.model.tasks.setMine(False)
    shared.model.tasks.setByPatient(False)
    shared.settle()
    return shared


def rows(on: Stage) -> dict[str, TaskRow]:
    return {row.key: row for row in on.model.tasks.rows.rows}


def sent(on: Stage, before: int, *kinds: str) -> list[Action]:
    return [one for one in on.actions[before:] if one.kind in kinds]


def test_overdue_first_then_by_the_hour_then_what_was_done(desk: Stage) -> None:
    listed = list(rows(desk).values())
    sections = list(dict.fromkeys(row.section for row in listed))
    assert sections[:2] == ["已超时", "10:00 至 11:00"]
    assert sections[-1] == "近 4 小时已处理"
    assert [row.key for row in listed if row.late] == [
        "plan:his.plan-12-late",
        f"turn:{stay_id(5)}",
    ]
    assert listed[1].status == "超时 25 分 · 上次 07:40 左侧卧"
    done = [row.key for row in listed if row.done]
    assert done == [
        "plan:his.plan-7-given",
        "care:void-12-30",
        "care:turn-12-60",
        "care:round-8-80",
        "care:turn-5-145",
    ]  # fmt: skip
    due = [row for row in listed if not row.done]
    assert desk.text("pageTasks").endswith(f" {len(due)}")


def test_the_names_of_orders_are_for_whoever_is_known(desk: Stage) -> None:
    assert rows(desk)["plan:his.plan-12-late"].title == "用药"
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert "哌拉西林" in rows(desk)["plan:his.plan-12-late"].title
    desk.tap("privacyKey")
    hidden = rows(desk)["plan:his.plan-12-late"]
    assert (hidden.title, hidden.who, hidden.verb) == ("用药", "", "")
    before = len(desk.actions)
    desk.model.tasks.touch("plan:his.plan-12-late")
    assert not desk.model.question.open
    assert len(desk.actions) == before


def test_a_dose_is_given_by_a_known_person_who_sees_two_identifiers(desk: Stage) -> None:
    before = len(desk.actions)
    desk.tap("taskVerb-plan:his.plan-12-late")
    assert desk.model.pickerOpen
    assert not desk.model.question.open
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    title = desk.model.question.title
    assert "住院号 2026110012" in title
    assert "出生" in title
    assert LONG_NAME not in title
    desk.tap("answer-done")
    (given,) = sent(desk, before, ActionKind.ADMINISTRATION_MARK)
    assert (given.subject, given.by.id, given.data) == (
        "his.plan-12-late", "n1", {"outcome": "done"},
    )  # fmt: skip
    assert given.seen.encounter_id == stay_id(12)
    # On its way, and offered to nobody a second time.
    row = rows(desk)["plan:his.plan-12-late"]
    assert row.verb == ""
    assert row.status


def test_a_turn_says_how_the_patient_lies_and_left_out_says_why(desk: Stage) -> None:
    desk.model.badge_read(LEE_BADGE)
    before = len(desk.actions)
    desk.tap(f"taskVerb-turn:{stay_id(5)}")
    desk.tap("answer-right")
    (turn,) = sent(desk, before, ActionKind.CARE_RECORD)
    assert (turn.subject, turn.data) == (stay_id(5), {"kind": "turn", "position": "right"})
    desk.model.tasks.touch(f"round:{stay_id(8)}")
    desk.settle()
    desk.tap("answer-not_done:asleep")
    (_, left) = sent(desk, before, ActionKind.CARE_RECORD)
    assert left.data == {"kind": "reviewed", "about": "round", "missed": "asleep"}
    # A turn that an order plans settles the order and is a turn.
    desk.model.tasks.touch("plan:his.plan-20-turn")
    desk.settle()
    desk.tap("answer-prone")
    (mark,) = sent(desk, before, ActionKind.TASK_MARK)
    assert (mark.subject, mark.data["outcome"]) == ("his.plan-20-turn", "done")
    assert sent(desk, before, ActionKind.CARE_RECORD)[-1].data["position"] == "prone"


def test_what_was_marked_is_taken_back_with_its_reason(desk: Stage) -> None:
    desk.model.badge_read(LEE_BADGE)
    before = len(desk.actions)
    desk.model.tasks.touch("plan:his.plan-7-given")
    desk.settle()
    desk.tap("answer-patient")
    (mistake,) = sent(desk, before, ActionKind.ADMINISTRATION_MARK)
    assert mistake.data == {"outcome": "mistake", "reason": "记错了患者"}
    desk.model.tasks.touch("care:void-12-30")
    desk.settle()
    desk.tap("answer-typed")
    (wrong,) = sent(desk, before, ActionKind.CARE_CORRECT)
    assert (wrong.subject, wrong.data) == ("void-12-30", {"why": "误触"})
    desk.model.tasks.touch("plan:gone")
    assert not desk.model.question.open


def test_my_patients_and_patient_after_patient(desk: Stage) -> None:
    desk.tap("look-mine")
    assert desk.model.pickerOpen
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    mine = {row.bed for row in rows(desk).values()}
    assert mine
    assert mine <= {str(n) for n in range(1, 41) if sample.NURSES[n % 3][0] == "n1"}
    desk.tap("look-all")
    desk.tap("look-patient")
    listed = list(rows(desk).values())
    assert [row.bed for row in listed] == sorted((row.bed for row in listed), key=int)
    # Whoever leaves takes their view along.
    desk.tap("look-mine")
    desk.model.forgetStaff()
    desk.settle()
    assert not desk.model.tasks.mine


def test_the_sheet_lists_its_patients_work_and_records_what_was_done(desk: Stage) -> None:
    desk.model.openSheet(bed_id(12))
    desk.settle()
    assert not desk.has("sheetTasks")
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert {row.key for row in desk.model.tasks.sheetRows.rows} >= {
        f"turn:{stay_id(12)}",
        "care:void-12-30",
    }
    before = len(desk.actions)
    desk.tap("recordCare")
    kinds = [row.key for row in desk.model.question.answers.rows]
    assert kinds == [
        one.value for one in CareKind if one not in (CareKind.REVIEWED, CareKind.LIMITS_ASKED)
    ]
    desk.tap("answer-void")
    desk.tap("answer-250")
    desk.tap("recordCare")
    desk.tap("answer-read_back")
    assert [row.name for row in desk.model.question.answers.rows] == ["血钾 6.4 mmol/L"]
    desk.tap("answer-his.k")
    desk.tap("recordCare")
    desk.tap("answer-restraint")
    desk.tap("answer-check")
    desk.tap("answer-non_violent")
    desk.tap("recordCare")
    desk.tap("answer-prevention")
    desk.tap("answer-every")
    told = [one.data for one in sent(desk, before, ActionKind.CARE_RECORD)]
    assert told[0] == {"kind": "void", "volume_ml": "250"}
    assert told[1] == {"kind": "read_back", "about": "his.k"}
    assert told[2] == {"kind": "restraint", "step": "check", "restraint": "non_violent"}
    assert str(told[3]["measures"]).startswith("bed_low,bed_exit_on")


def test_a_dose_as_needed_is_asked_about_only_where_a_limit_stands_against_it(
    desk: Stage,
) -> None:
    desk.model.openSheet(bed_id(12))
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    before = len(desk.actions)
    desk.tap("recordCare")
    desk.tap("answer-as_needed")
    names = [row.name for row in desk.model.question.answers.rows]
    assert names == ["布洛芬片 0.0 g · 限量请查医嘱", "布洛芬片 0.1 g"], "one limit is of 72 h"
    desk.tap("answer-his.MedicationRequest.m0")
    assert not desk.model.question.open
    desk.tap("recordCare")
    desk.tap("answer-as_needed")
    desk.tap("answer-his.MedicationRequest.m1")
    assert "布洛芬片 0.1 g · 医嘱间隔未到，15:05 后可给" in desk.model.question.title
    desk.tap("answer-doctor")
    told = [one.data for one in sent(desk, before, ActionKind.CARE_RECORD)]
    assert told == [
        {"kind": "as_needed", "about": "his.MedicationRequest.m0"},
        {"kind": "as_needed", "about": "his.MedicationRequest.m1", "despite": "doctor"},
    ]


def test_a_ward_with_nothing_to_do_says_so() -> None:
    with stage("station", sample.empty_ward(6).scene(), size=(1280, 800), now=NOW) as on:
        on.tap("pageTasks")
        assert on.text("noTasks") == "4 小时内没有到期的事。"
        assert on.text("pageTasks") == "待办"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_it_fits(language: str, tmp_path: Path) -> None:
    scene = working(overfull=True, long=True).scene()
    with stage("station", scene, size=(1280, 800), language=language, now=NOW) as on:
        with_badges(on.model)
        on.model.badge_read(LEE_BADGE)
        on.tap("pageTasks")
        strip = on.find("pageTasks").parentItem()
        assert on.find("taskList").property("interactive")
        _inside(on)
        assert strip is not None
        assert strip.width() <= 1280
        on.grab(tmp_path / f"tasks-{language}.png")
        assert not on.warnings


def _inside(on: Stage) -> None:
    page = on.find("tasksPage")
    for item in on.shown():
        if is_text(item) and _below(item, page):
            inside = item.mapRectToItem(page, item.boundingRect())
            assert inside.left() >= 0
            assert inside.right() <= page.width() + 0.5


def _unmeasured() -> sample.Bodies:
    """Of bed 12 a set is ordered hourly, and the last was taken two hours ago; somebody slept."""
    ward = working(long=True)
    for (kind, name), body in list(ward.of.items()):
        if kind == "vital_sign" and body.encounter_id == stay_id(12):
            earlier = body.taken_at - timedelta(hours=2)
            ward.put(kind, replace(body, taken_at=earlier, received_at=earlier), name)
    stay = ward.get("encounter", stay_id(12))
    ward.put("encounter", replace(stay, news2=News2Order(interval_min=60)))
    asleep = event(12, CareKind.OBSERVATIONS_MISSED, 40, missed=Missed.ASLEEP)
    ward.put("care_event", asleep)
    # Another patient lies in the same bed, before this one.
    bed = ward.get("bed", bed_id(12))
    ward.put("bed", replace(bed, occupants=(stay_id(11), *bed.occupants)))
    return ward


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_set_that_is_due_is_typed_on_the_key_pad(language: str, tmp_path: Path) -> None:
    size, key = (1280, 800), f"observations:{stay_id(12)}"
    with stage("station", _unmeasured().scene(), size=size, language=language, now=NOW) as on:
        with_badges(on.model)
        on.tap("pageTasks")
        _inside(on)
        row = rows(on)[key]
        assert row.late
        assert row.section == on.model.words.text("tasks.section.overdue")
        assert (
            row.status
            == {
                "zh_CN": "超时 1 小时 02 分 · 09:25 未测：睡着",
                "en": "1 h 02 min late · not taken 09:25: asleep",
            }[language]
        )
        # One whose score is high is due in its own round.
        high = rows(on)[f"observations:{stay_id(31)}"]
        assert not high.late
        planned = [one for one in rows(on).values() if one.key.startswith("plan:")]
        assert high.section in {one.section for one in planned if not (one.late or one.done)}
        on.grab(tmp_path / f"observations-{language}.png")
        on.tap(f"taskVerb-{key}")
        on.model.badge_read(LEE_BADGE)
        on.settle()
        assert "2026110012" in on.text("padWho")
        for name in ("pad-1", "pad-8", "pad-save"):
            on.tap(name)
        (action,) = sent(on, 0, ActionKind.OBSERVATION_ENTER)
        assert action.subject == stay_id(12)
        assert rows(on)[key].verb == "", "on its way, and offered to nobody a second time"
        whole = replace(
            sign("v", 0, NORMAL), encounter_id=stay_id(12), taken_at=NOW, received_at=NOW
        )
        seq = on.replica.seq + 1
        on.replica.apply(seq, [doc("vital_sign", whole.id, whole, seq)])
        on.model.tick(NOW)
        again = rows(on)[key]
        assert (again.late, again.time) == (False, "11:05")
        assert not on.warnings


def _below(item: object, page: object) -> bool:
    while item is not None:
        if item is page:
            return True
        item = item.parentItem()  # type: ignore[attr-defined]  # an item of QML
    return False


def test_the_wards_own_intervals_say_when_it_is_due(desk: Stage) -> None:
    """As the hub's rules have them, the moment they are read anew."""
    turn = f"turn:{stay_id(5)}"
    assert rows(desk)[turn].late
    seq = desk.replica.seq + 1
    own = CareIntervals(turn_h=SHIPPED.turn_h + 1)
    desk.replica.apply(seq, [doc("care_intervals", "care_intervals", own, seq)])
    desk.settle()
    assert not rows(desk)[turn].late
    desk.replica.apply(seq + 1, [doc("care_intervals", "care_intervals", SHIPPED, seq + 1)])
    desk.settle()
    assert rows(desk)[turn].late


def test_a_list_that_nobody_looks_at_is_counted_once_for_several_changes(desk: Stage) -> None:
    """The amount in the page's name follows a little later; whoever looks sees what holds."""
    desk.tap("pageBoard")
    tasks, named = desk.model.tasks, desk.text("pageTasks")
    later = tasks.findChild(QTimer)
    later.setInterval(3_600_000)
    told: list[str] = []
    tasks.changed.connect(lambda: told.append("changed"))
    seq = desk.replica.seq + 1
    planned = [sample.plan_item(21, f"due-{n}", PlanKind.SCAN, 0.5 + n / 10) for n in range(3)]
    for item in planned:
        desk.replica.apply(seq, [doc("plan_item", item.id, item, seq)])
    desk.settle()
    assert (desk.text("pageTasks"), told) == (named, [])
    later.start(0)
    desk.settle()
    count = int(named.split()[-1])
    assert (desk.text("pageTasks").split()[-1], told) == (str(count + 3), ["changed"])
    made = len(tasks._rows.rows)
    assert len(tasks.rows.rows) == made + 3, "rows are made for who comes"
    later.setInterval(3_600_000)
    gone = [Gone("plan_item", item.id) for item in planned]
    desk.replica.apply(seq + 1, [], gone[:1])
    assert tasks.label.endswith(f" {count + 2}"), "who asks is told what holds"
    desk.tap("pageTasks")
    desk.replica.apply(seq + 2, [], gone[1:])
    desk.settle()
    assert desk.text("pageTasks") == named


# ------------------------------------------------------------------------------ exact amounts


def record_amount(desk: Stage, kind: str) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(12))
    desk.model.tasks.recordCare()
    desk.model.question.choose(kind)
    desk.settle()


def test_an_exact_volume_is_typed_beside_the_ones_to_touch(desk: Stage) -> None:
    before = len(desk.actions)
    record_amount(desk, "void")
    desk.tap("answer-exact")
    assert "12" in desk.text("amountTitle")
    assert desk.text("amountBounds") == "0 到 5000 mL"
    for key in ("0", "3", "7", "5"):
        desk.tap(f"amount-{key}")
    assert desk.text("amountText") == "375 mL"
    desk.tap("amount-save")
    (event,) = sent(desk, before, ActionKind.CARE_RECORD)
    assert event.data == {"kind": "void", "volume_ml": "375"}
    record_amount(desk, "drink")
    desk.model.question.choose("200")
    assert desk.actions[-1].data == {"kind": "drink", "volume_ml": "200"}


def test_an_unusual_volume_is_asked_about_once_and_never_too_much_sent(desk: Stage) -> None:
    before = len(desk.actions)
    record_amount(desk, "drink")
    desk.model.question.choose("1200")
    desk.settle()
    assert "1200 mL" in desk.text("amountBounds")
    desk.tap("amount-save")
    (event,) = sent(desk, before, ActionKind.CARE_RECORD)
    assert event.data == {"kind": "drink", "volume_ml": "1200", "confirmed": "volume_ml"}
    record_amount(desk, "drink")
    desk.model.question.choose("exact")
    amount = desk.model.amount
    for key in ("9", "9", "9", "9", "9"):
        amount.press(key)
    assert (amount.text, amount.ready) == ("9999", False)
    amount.submit()
    for _ in range(3):
        amount.erase()
    amount.submit()
    assert desk.actions[-1].data == {"kind": "drink", "volume_ml": "9"}
    record_amount(desk, "void")
    desk.model.question.choose("exact")
    desk.settle()
    desk.tap("amountBack")
    assert not desk.has("amountPanel")
    assert len(sent(desk, before, ActionKind.CARE_RECORD)) == 2


def test_before_the_first_frame_no_count_is_told_that_was_not_worked_out(desk: Stage) -> None:
    count = desk.text("pageTasks").split()[-1]
    desk.model.services.staged = True
    desk.model.show_all()
    assert desk.text("pageTasks") == "待办"
    desk.model.first_drawn()
    assert desk.text("pageTasks") == f"待办 {count}"
