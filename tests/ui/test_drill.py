"""Test calls on the screens: marked on every page, silent, and told with their reasons."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical import drill as course
from smartward.clinical.drill import DrillFault, DrillStage, DrillState
from smartward.errors import StorageFault
from smartward.screen.drill_answer import DrillAnswer
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.views import DrillCallView
from tests.ui.bed_checks import all_faults
from tests.ui.bed_scenes import SCENES
from tests.ui.bed_stage import Stage, application, box, is_text, stage
from tests.ui.bed_ward import doc
from tests.ui.door_scenes import BEDS
from tests.ui.drill_scenes import done, stopped, tried, under_way
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def after() -> Iterator[Stage]:
    with stage("station", done(long=True).scene(), size=(1920, 1080), now=NOW) as on:
        with_badges(on.model)
        on.tap("pageLinks")
        on.tap("pageDrill")
        yield on
        assert not on.warnings


def test_what_failed_comes_first_with_its_reason(after: Stage) -> None:
    assert after.text("drillResult") == "通过 35 项 · 未通过 4 项 · 未测试 1 项"
    assert after.text("drillSummary") == "10:00 开始，李敏"
    failed = {row.number: row for row in after.model.drill.failed.rows}
    assert list(failed) == ["5", "加12A", "18", "31", "40"]
    assert failed["5"].text == "床旁屏未连接"
    assert failed["31"].text == "护士站 5 秒内没有显示呼叫 · 门口屏未连接"
    assert [row.failed for row in failed.values()] == [True, True, True, True, False]
    passed = after.model.drill.passed.rows
    assert len(passed) == 35
    assert all(0 < row.reach + row.send + row.show <= 1 for row in passed)
    legs = {row.key: row.median for row in after.model.drill.figures.rows}
    assert set(legs) == {"reach", "send", "show", "lamp", "whole"}
    assert not after.has("drillChip")


def test_a_known_person_begins_them(after: Stage) -> None:
    before = len(after.actions)
    after.tap("drillStart")
    assert after.model.pickerOpen
    after.model.badge_read(LEE_BADGE)
    after.settle()
    (action,) = after.actions[before:]
    assert (action.kind, action.subject, action.by.id) == (ActionKind.DRILL_START, "drill", "n1")
    assert after.text("drillHint") == "已记下，正在发送"
    assert not after.has("drillStart")


@pytest.mark.parametrize(
    "size, language", [((1280, 800), "zh_CN"), ((800, 1280), "en")], ids=["wide", "portrait"]
)
def test_it_fits(size: tuple[int, int], language: str) -> None:
    with stage(
        "station", done(long=True, many=True).scene(), size=size, language=language, now=NOW
    ) as on:
        on.tap("pageLinks")
        button = on.find("pageDrill")
        assert button.mapRectToItem(None, button.boundingRect()).right() <= size[0]
        on.tap("pageDrill")
        page = on.find("drillPage")
        texts = [item for item in on.shown() if is_text(item) and page.isAncestorOf(item)]
        assert len(texts) > 60
        for item in texts:
            inside = item.mapRectToItem(page, item.boundingRect())
            assert inside.left() >= 0
            assert inside.right() <= page.width() + 0.5
        assert on.find("drillPage").hasActiveFocus()
        assert not on.warnings


def test_every_page_is_marked_while_one_runs_and_a_call_ends_it() -> None:
    ward = under_way()
    with stage("station", ward.scene(), size=(1280, 800), language="en", now=NOW) as on:

        def told(kind: str, id: str, body: object) -> None:
            seq = on.replica.seq + 1
            on.replica.apply(seq, [doc(kind, id, body, seq)])

        assert on.model.drill.chip == "TEST · Bed 7 · 7/40"
        # Until its call is at the hub the page does not name the bed: that it does is a new frame.
        seventh = ward.get("drill_call", "test-7")
        told("drill_call", "test-7", replace(seventh, stage=DrillStage.ORDERED))
        assert on.model.drill.chip == "TEST · 6/40"
        assert on.model.shown_test_ids() == ()
        told("drill_call", "test-7", seventh)
        for name in ("pageNames", "pageBoard"):
            on.tap(name)
            mark = box(on.find("drillChip"))
            for other in ("wardName", "privacyKey", "hisLink", "clock", "census-in"):
                assert not mark.intersects(box(on.find(other))), other
        assert on.model.shown_test_ids() == ("test-7",)
        assert on.model.shown_call_ids() == ()
        state = on.model.state()
        assert (state["open_calls"], state["alarm"]) == (0, None)
        assert [key for key in state["queue"] if key.startswith("call:")] == []
        on.tap("drillChip")
        assert on.has("drillStop")
        assert not on.has("drillStart")
        # The hub has the station's word: nothing is told twice.
        told("drill_call", "test-7", replace(ward.get("drill_call", "test-7"), shown_at=NOW))
        assert on.model.shown_test_ids() == ()
        ended = stopped()
        told("drill_call", "test-7", ended.get("drill_call", "test-7"))
        told("drill", "drill", ended.get("drill", "drill"))
        on.settle()
        assert not on.has("drillChip")
        summary = on.text("drillSummary")
        assert summary == "Begun 10:00, by schedule. Stopped by a patient's call after 7 of 40"
        rows = {row.number: row.text for row in on.model.drill.failed.rows}
        assert rows["7"] == "Not finished: the test calls were stopped"
        assert "8" not in rows, "what it never came to is told once"
        assert on.has("drillStart")
        call = sample.call(ward, 9, 20)
        told("nurse_call", call.id, call)
        on.settle()
        assert not on.has("drillStart")
        assert on.text("drillHint") == "A call is open. Test calls can begin once none is."
        assert not on.warnings


def test_a_screens_own_test_is_marked_and_leaves_the_page_as_it_was() -> None:
    ward = done()
    with stage("station", ward.scene(), size=(1280, 800), language="en", now=NOW) as on:

        def told(kind: str, id: str, body: object) -> None:
            seq = on.replica.seq + 1
            on.replica.apply(seq, [doc(kind, id, body, seq)])

        on.tap("pageLinks")
        on.tap("pageDrill")
        before = (on.model.drill.label, on.text("drillSummary"), on.text("drillResult"))
        failed = [row.key for row in on.model.drill.failed.rows]
        own = replace(
            ward.get("drill", "drill"),
            id="drill-2",
            state=DrillState.RUNNING,
            only="bedside-3",
            ended_at=None,
        )
        call = replace(tried(3), id="own-3", drill_id="drill-2", shown_at=None, closed_at=None)
        call = replace(call, stage=DrillStage.PLACED, order=0)
        told("own_test", "own_test", own)
        told("drill_call", call.id, call)
        on.settle()
        assert on.model.drill.chip == "TEST · Bed 3 · 1/1"
        assert on.model.shown_test_ids() == ("own-3",)
        assert on.has("drillStop")
        assert not on.has("drillStart")
        told("drill_call", call.id, course.end(call, NOW, DrillFault.STATION_SILENT))
        told("own_test", "own_test", replace(own, state=DrillState.DONE, ended_at=NOW))
        on.settle()
        assert not on.has("drillChip")
        assert on.has("drillStart")
        assert (on.model.drill.label, on.text("drillSummary"), on.text("drillResult")) == before
        assert [row.key for row in on.model.drill.failed.rows] == failed
        assert not on.warnings


def test_before_the_first_ones_it_says_what_they_are() -> None:
    with stage("station", sample.empty_ward(6).scene(), size=(1280, 800), now=NOW) as on:
        on.tap("pageLinks")
        on.tap("pageDrill")
        assert on.text("noDrill").startswith("还没有做过测试呼叫")
        assert not on.warnings


def _view(*, placed: bool = True, lamps: tuple[str, ...] = ()) -> DrillCallView:
    return DrillCallView(id="test-1", bed_id=BEDS[1].id, device_id="me", placed=placed, lamps=lamps)


def test_the_door_says_that_it_is_a_test_and_lights_no_lamp() -> None:
    with stage("door", SCENES["door"]["calm"], size=(1080, 1920)) as on:
        on.link.device_id = "door-1"
        seq = on.replica.seq + 1
        on.replica.apply(seq, [doc("drill_call", "test-1", _view(placed=False), seq)])
        assert on.model.shown_test_ids() == ()
        on.replica.apply(seq + 1, [doc("drill_call", "test-1", _view(), seq + 1)])
        on.settle()
        assert on.text("lampText") == "12床测试呼叫：无需处理"
        assert (on.model.lampPriority, on.model.lampFlashing) == ("", False)
        assert on.model.shown_test_ids() == ("test-1",)
        assert all_faults(on, (1080, 1920)) == []
        on.replica.apply(seq + 2, [doc("drill_call", "test-1", _view(lamps=("door-1",)), seq + 2)])
        assert on.model.shown_test_ids() == ()


@pytest.mark.expects_log
def test_the_bedside_calls_once_where_it_is_told_to_and_tells_nobody_of_a_fault() -> None:
    with stage("bedside", SCENES["bedside"]["home"], size=(1280, 800)) as on:

        def told(id: str, **changes: object) -> None:
            seq = on.replica.seq + 1
            view = replace(_view(placed=False), id=id, **changes)  # type: ignore[arg-type]  # fields by their own names
            on.replica.apply(seq, [doc("drill_call", id, view, seq)])

        on.link.device_id = "me"
        DrillAnswer(on.model).start()
        told("test-1")
        told("test-2", device_id="the other one")
        told("test-3", bed_id="another bed")
        told("test-4", placed=True)
        told("test-1")
        (action,) = on.actions
        assert (action.kind, action.subject) == (ActionKind.DRILL_PLACE, "test-1")
        assert (action.data, action.by.known) == ({"bed_id": BEDS[1].id}, "none")

        def full(action: Action) -> None:
            raise StorageFault("storage.full")

        on.outbox.put = full  # type: ignore[method-assign]  # a stand-in of this test
        told("test-5")
        on.settle()
        assert len(on.actions) == 1
        assert on.model.noticeText == ""


@pytest.mark.parametrize("language", ["zh_CN", "ar"])
def test_the_bedside_says_that_nobody_has_to_do_anything(language: str) -> None:
    size = (1024, 600)
    scene = SCENES["bedside"]["home"]
    with stage("bedside", scene, size=size, language=language, text_scale=1.6) as on:
        seq = on.replica.seq + 1
        on.replica.apply(seq, [doc("drill_call", "test-1", _view(), seq)])
        on.settle()
        assert on.text("callButtonBrief") == on.model.texts.text("bedside.test_call")
        assert on.model.page == "home"
        assert all_faults(on, size) == []
        on.model.rest()
        on.settle()
        assert not on.has("callButtonBrief"), "at rest nothing lights up for a test"
