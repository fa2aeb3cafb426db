"""What stands before a screen that is shown nothing, and a call that may come from two beds."""

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.i18n import Catalogue
from smartward.screen.door_rows import bed_rows, room_lamp
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.screen.station_board import lit, quiet_cells
from smartward.screen.station_links import screen_rows
from smartward.screen.station_queue import items
from smartward.screen.station_rows import QueueRow, private, rows
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind
from smartward.wire.start import DUPLICATE, SECOND, UNCONFIRMED
from tests.ui.bed_checks import all_faults, millimetre
from tests.ui.bed_stage import Stage, application, box, speak, stage
from tests.ui.bed_ward import NOW as BED_NOW
from tests.ui.bed_ward import call_view, doc
from tests.ui.bedhead_scenes import bedhead
from tests.ui.bedside_scenes import BEDSIDE
from tests.ui.door_scenes import door
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id
from tests.ui.test_door import room
from tests.ui.test_station_queue import state_of

SIZES = [(1024, 600), (800, 1280)]
BED = BEDSIDE["home"].place
PLACES = {"place": "加12", "was": "14"}


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def blocked(key: str, **values: str) -> Scene:
    """A screen that the hub shows nothing. Its documents are gone, as they are then."""
    return Scene(
        documents=[],
        place=BED,
        device_id="dev-1",
        phase=Phase.BLOCKED,
        blocked=key,
        blocked_values=values,
        no_census=True,
    )


@pytest.mark.parametrize(
    "role, key",
    [
        ("bedside", SECOND),
        ("bedside", UNCONFIRMED),
        ("bedhead", UNCONFIRMED),
        ("door", DUPLICATE),
        ("station", SECOND),
        ("corridor", SECOND),
    ],
)
def test_it_says_why_and_nothing_is_cut(role: str, key: str) -> None:
    """Where most is said, on the lowest and on the narrowest panel."""
    found: list[str] = []
    with stage(role, blocked(key, **PLACES)) as on:
        for size, language in itertools.product(SIZES, ("en", "zh_CN")):
            on.window.resize(*size)
            speak(on, language)
            on.settle()
            assert on.text("blockTitle")
            found += [f"{size} {language}: {fault}" for fault in all_faults(on, size)]
        found += on.warnings
    assert found == []


@pytest.mark.parametrize("key", [SECOND, DUPLICATE, UNCONFIRMED])
def test_the_bedside_keeps_its_call_and_says_what_became_of_it(key: str) -> None:
    with stage("bedside", blocked(key, **PLACES), language="en") as on:
        assert on.has("callButton")
        on.tap("callButton")
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert on.actions[0].data["bed_id"] == BED
        on.pass_time(6)
        assert "wired call unit" in on.text("blockTruth")
        assert on.has("blockTitle")


def test_what_a_hub_took_of_the_bedside_is_told_and_let_go_of() -> None:
    """It is shown nothing: neither that somebody comes nor that the call was ended."""
    with stage("bedside", blocked(SECOND, **PLACES), language="en") as on:
        on.tap("callButton")
        on.model.services.applied = lambda: frozenset(one.id for one in on.actions[:1])
        on.pass_time(6)
        assert "The ward has your call" in on.text("blockTruth")
        for size, language in itertools.product(SIZES, ("zh_CN", "en")):
            on.window.resize(*size)
            speak(on, language)
            on.settle()
            assert all_faults(on, size) == []
        # Pressed once more: that press is not there before the hub says so.
        on.tap("callButton")
        again = on.actions[-1]
        assert (again.kind, again.subject) == (ActionKind.CALL_AGAIN, on.actions[0].subject)
        on.pass_time(6)
        assert "not sent" in on.text("blockTruth")
        on.model.services.applied = lambda: frozenset({again.id})
        on.pass_time(3590)
        assert "The ward has your call" in on.text("blockTruth")
        on.pass_time(60)
        assert not on.has("blockTruth")
        on.tap("callButton")
        assert on.actions[-1].kind == ActionKind.CALL_PLACE


def test_a_held_touch_says_that_this_is_the_place() -> None:
    with stage("bedside", blocked(UNCONFIRMED, **PLACES), language="en") as on:
        assert on.text("blockTitle") == "Is this bed 加12?"
        assert "bed 14" in on.text("blockText")
        area = box(on.find("blockConfirm"))
        assert min(area.width(), area.height()) >= 12 * millimetre((1280, 800)) - 1
        on.tap("blockConfirm")
        assert on.actions == []
        hold(on, "blockConfirm")
        (said,) = on.actions
        assert (said.kind, said.subject) == (ActionKind.PLACE_CONFIRM, "dev-1")
        assert said.data == {"place": BED}


def hold(on: Stage, name: str) -> None:
    """Hold it until an action comes of it."""
    point = box(on.find(name)).center()
    at = QPoint(round(point.x()), round(point.y()))
    QTest.mousePress(on.window, Qt.MouseButton.LeftButton, pos=at)
    waiting = QEventLoop()
    look = QTimer()
    look.timeout.connect(lambda: on.actions and waiting.quit())
    look.start(10)
    QTimer.singleShot(10_000, waiting.quit)
    waiting.exec()
    look.stop()
    QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=at)
    on.settle()


@pytest.mark.parametrize("role", ["bedside", "bedhead", "door"])
def test_what_was_shown_is_gone_while_it_is_blocked_and_comes_back(role: str) -> None:
    from tests.ui.bed_scenes import SCENES

    scene = next(iter(SCENES[role].values()))
    with stage(role, scene, language="en") as on:
        before = set(on.texts())
        on.link.phase, on.link.blocked, on.link.blocked_values = Phase.BLOCKED, SECOND, PLACES
        on.link.changed()
        on.settle()
        left = set(on.texts()) & before
        assert left <= {"Call nurse", "Call again"}
        on.link.phase = Phase.LIVE
        on.link.changed()
        on.settle()
        assert set(on.texts()) == before
        assert not on.has("blockTitle")


def test_a_screen_of_another_role_is_blocked_as_well() -> None:
    scene = Scene(documents=[], phase=Phase.WRONG_PLACE, enrolled_as="door", no_census=True)
    with stage("bedhead", scene, language="en") as on:
        assert on.text("blockTitle") == "This screen was started as something else"
        assert "enrolled as “Door”" in on.text("blockText")


# ------------------------------------------------------------------------------- the station


def row_of(*others: str, language: str = "en") -> tuple[QueueRow, QueueRow]:
    """The row of a call of bed 12 in doubt, and the same with the privacy key."""
    bodies = sample.full_ward()
    call = replace(sample.call(bodies, 12, 51), other_beds=others)
    bodies.put("nurse_call", call)
    state = WardState()
    for seq, ((kind, document_id), body) in enumerate(bodies.of.items(), 1):
        state.put(kind, document_id, seq, body)
    words = Words(Catalogue(language, sample.ZONE))
    (item,) = [one for one in items(state) if one.call is not None]
    (row,) = rows(state, [item], words, NOW)
    return row, private(row, item, words)


def test_a_call_in_doubt_names_both_beds_also_behind_the_privacy_key() -> None:
    certain, _ = row_of()
    assert (certain.number, certain.whichBed) == ("12", "")
    for row in row_of(bed_id(14)):
        assert row.number == "12?"
        assert row.todo.startswith("Which bed? 12 or 14: look at each.")
    for row in row_of(bed_id(14), ""):
        assert row.todo.startswith("Which bed? 12, 14 or one unknown: look at each.")
    assert row_of("", language="zh_CN")[1].todo == "哪一床？12 或未知位置：请都去看。"


def test_a_call_in_doubt_tells_nothing_of_the_patient_of_one_bed() -> None:
    """It is as likely the other's: who dresses or whom it asks must not follow from this one."""
    certain, _ = row_of()
    doubtful, _ = row_of(bed_id(14))
    assert "Fall" in certain.sub
    assert certain.aim != doubtful.aim
    assert doubtful.sub == ""
    assert doubtful.aim == "For everyone on duty"


def test_a_call_in_doubt_lights_each_bed_on_the_board() -> None:
    bodies = sample.full_ward()
    call = replace(sample.call(bodies, 12, 51), other_beds=(bed_id(14), ""))
    bodies.put("nurse_call", call)
    state = state_of(bodies)
    words = Words(Catalogue("en", sample.ZONE))
    calls = [one for one in items(state) if one.call is not None]
    cells = {cell.key: cell for cell in lit(quiet_cells(state, words, NOW), calls, words, NOW)}
    for bed in (12, 14):
        cell = cells[bed_id(bed)]
        assert (cell.foot, cell.flashing, cell.priority) == ("Call 0:51?", True, "medium")
    assert sum(cell.flashing for cell in cells.values()) == 2


@pytest.mark.parametrize("which_bed", [False, True])
def test_door_and_bedhead_say_that_a_call_is_in_doubt(which_bed: bool) -> None:
    call = call_view(which_bed=which_bed)
    mark = "?" if which_bed else ""
    with stage("bedhead", bedhead(calls=(call,)), language="en") as on:
        assert on.text("lampTitle") == f"Patient calls{mark}"
    en = Catalogue("en", sample.ZONE)
    told = room(call)
    assert room_lamp(en, told, BED_NOW).title == f"Bed 12{mark} calls"
    assert f"12{mark}" in [row.number for row in bed_rows(en, told, BED_NOW)]


def test_door_and_bedhead_of_another_bed_light_for_a_call_that_may_be_its_own() -> None:
    call = call_view(which_bed=True, possible=True)
    told = doc("possible_call", f"{call.id}@{call.bed_id}", call)
    with stage("bedhead", bedhead(more=(told,)), language="en") as on:
        assert on.text("lampTitle") == "Patient calls?"
    with stage("door", door(more=(told,)), size=(1080, 1920), language="en") as on:
        assert (on.text("lampTitle"), on.model.state()["flashing"]) == ("Bed 12? calls", True)
        on.tap("markPresence")
        assert on.has("panelTitle")
        assert on.text("panelCall").startswith("This call may come from here.")
        assert not on.model.panel.canArrive, "it is answered and ended where it was placed"
        for size, language in itertools.product([(1080, 1920), (800, 1280)], ("zh_CN", "en")):
            on.window.resize(*size)
            speak(on, language)
            on.settle()
            assert all_faults(on, size) == []


def test_a_call_in_doubt_between_two_beds_of_a_room_is_one_at_its_door() -> None:
    en, call = Catalogue("en", sample.ZONE), call_view(which_bed=True, possible=True)
    true = replace(call, bed_id=room().beds[0].id, possible=False)
    both = room(true, call)
    assert [row.number for row in bed_rows(en, both, BED_NOW) if row.call] == ["11?", "12?"]
    assert "more" not in room_lamp(en, both, BED_NOW).text
    other = replace(true, id="call-2", which_bed=False)
    assert "1 more" in room_lamp(en, room(true, call, other), BED_NOW).text


def test_the_page_of_screens_names_what_is_wrong_with_whom() -> None:
    state = WardState()
    state.put(
        "screen",
        "d",
        1,
        ScreenStatus(
            device_id="d",
            role=ScreenRole.BEDSIDE,
            place=None,
            label="L",
            online=True,
            since=NOW,
            faults=(SECOND, "sound.no_device"),
        ),
    )
    (row,) = screen_rows(state, Words(Catalogue("en", sample.ZONE)), NOW)
    assert row.fault
    assert row.status.startswith("Another device uses this screen's identity")
