"""Fingers at the bedside: slow ones, shaking ones, a hand that lies there, and what a hold does."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.profile import Profile
from smartward.screen.bedside import BedsideModel
from smartward.wire.envelope import ActionKind
from tests.ui.bed_checks import millimetre
from tests.ui.bed_model import Voice
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.bed_ward import noted
from tests.ui.bedside_scenes import BEDSIDE, bedside
from tests.ui.spread import spread


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def until(met: Callable[[], bool]) -> bool:
    """Let the window's own timers run until something is so; five seconds at most."""
    loop, late, look = QEventLoop(), QTimer(interval=5000, singleShot=True), QTimer(interval=20)
    late.timeout.connect(loop.quit)
    look.timeout.connect(lambda: loop.quit() if met() else None)
    late.start()
    look.start()
    loop.exec()
    return met()


def press(on: Stage, x: float, y: float) -> QPoint:
    point = QPoint(round(x), round(y))
    QTest.mousePress(on.window, Qt.MouseButton.LeftButton, pos=point)
    return point


@pytest.mark.parametrize(
    "corner, asleep", spread([(8, 8), (1272, 8), (8, 792), (1272, 792)], [False, True])
)
def test_any_corner_held_calls_for_whoever_sees_badly(
    corner: tuple[int, int], asleep: bool
) -> None:
    with stage("bedside", BEDSIDE["profile-sight"]) as on:
        if asleep:
            on.model.rest()  # type: ignore[attr-defined]  # the model of that role
            on.settle()
        point = press(on, *corner)
        assert until(lambda: bool(on.actions))
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert on.model.state()["page"] == "call"


def test_a_corner_let_go_too_soon_or_left_does_not_call() -> None:
    with stage("bedside", BEDSIDE["profile-sight"]) as on:
        started = on.clock.monotonic()
        point = press(on, 8, 8)
        QTest.mouseMove(on.window, QPoint(640, 300))
        fired = QTimer(interval=1700, singleShot=True)
        fired.start()
        assert until(lambda: not fired.isActive())
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
        assert on.actions == []
        assert on.clock.monotonic() == started


def test_corners_are_only_for_whoever_sees_badly() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        point = press(on, 8, 8)
        fired = QTimer(interval=1700, singleShot=True)
        fired.start()
        assert until(lambda: not fired.isActive())
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
        assert on.actions == []


def test_a_slow_finger_has_touched_too() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        centre = box(on.find("openTeam")).center()
        point = press(on, centre.x(), centre.y())
        fired = QTimer(interval=1000, singleShot=True)
        fired.start()
        assert until(lambda: not fired.isActive())
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
        on.settle()
        assert on.model.state()["page"] == "team"


def let_go(on: Stage, point: QPoint) -> None:
    QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
    on.settle()


def held(on: Stage, name: str, milliseconds: int = 1000) -> None:
    """A slow finger on something."""
    centre = box(on.find(name)).center()
    point = press(on, centre.x(), centre.y())
    lifted = QTimer(interval=milliseconds, singleShot=True)
    lifted.start()
    assert until(lambda: not lifted.isActive())
    let_go(on, point)


def spoken_to(on: Stage) -> Voice:
    """The voice of this bed."""
    assert isinstance(on.model, BedsideModel)
    voice = Voice()
    on.model.set_speaker(voice)
    on.settle()
    return voice


def test_where_holding_speaks_it_is_no_touch_but_the_next_is_one_however_slow() -> None:
    with stage("bedside", BEDSIDE["profile-sight"], language="en") as on:
        voice = spoken_to(on)
        held(on, "openTeam")
        assert voice.said == ["Care team. Touch it again to choose it."]
        assert on.model.state()["page"] == "home"
        held(on, "openComfort")
        held(on, "openTeam")
        assert len(voice.said) == 3, "after another thing it is told anew"
        assert on.model.state()["page"] == "home"
        held(on, "openTeam")
        assert on.model.state()["page"] == "team"
        assert not any("Touch" in said for said in voice.said[3:])
        on.tap("back")
        held(on, "openTeam")
        assert voice.said[-1] == voice.said[0], "on a page that comes anew nothing was told yet"
        on.tap("openTeam")
        assert on.model.state()["page"] == "team"


def test_nobody_who_hears_nothing_or_is_told_nothing_loses_a_slow_touch() -> None:
    with stage("bedside", BEDSIDE["profile-all"], language="en") as on:
        voice = spoken_to(on)
        held(on, "openComfort")
        assert on.model.state()["page"] == "comfort"
        assert voice.said == []
    with stage("bedside", BEDSIDE["profile-sight"], language="zh_CN") as on:
        on.model.setLanguage("en")
        voice = spoken_to(on)
        on.tap("openStaff")
        before = len(voice.said)
        held(on, "back")
        assert on.model.state()["page"] == "home", "staff read another language"
        assert not any("Touch" in said for said in voice.said[before:])


def test_a_call_by_a_picture_counts_at_the_press_and_waits_for_no_word() -> None:
    profile = Profile(sight_impaired=True, speech_impaired=True)
    with stage("bedside", bedside(extra=(noted(profile),)), language="en") as on:
        voice = spoken_to(on)
        on.tap("openBoard")
        on.tap("picture-pain")
        before = len(voice.said)
        centre = box(on.find("pictureCall")).center()
        point = press(on, centre.x(), centre.y())
        on.settle()
        kinds = [ActionKind.CALL_PLACE, ActionKind.CALL_REASON]
        assert [action.kind for action in on.actions] == kinds
        let_go(on, point)
        assert [action.kind for action in on.actions] == kinds
        assert on.model.state()["page"] == "call"
        assert not any("again" in said for said in voice.said[before:])


def test_a_call_is_one_however_long_it_is_pressed_and_whatever_lies_there_too() -> None:
    with stage("bedside", BEDSIDE["profile-sight"], language="en") as on:
        voice = spoken_to(on)
        at = box(on.find("callButton")).center().toPoint()
        panel = QTest.createTouchDevice()
        QTest.touchEvent(on.window, panel).press(0, at, on.window).commit()
        on.settle()
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        hand = at + QPoint(40, 10)
        on.clock.advance(60)
        finger = QTest.touchEvent(on.window, panel)
        finger.stationary(0).press(1, hand, on.window).commit()
        on.settle()
        assert [action.kind for action in on.actions][1:] == [ActionKind.CALL_AGAIN]
        QTest.touchEvent(on.window, panel).release(0, at, on.window).release(
            1, hand, on.window
        ).commit()
        on.settle()
        assert not any("again to choose" in said for said in voice.said)


def test_a_corner_calls_though_a_hand_lies_elsewhere_and_the_finger_shakes() -> None:
    with stage("bedside", BEDSIDE["profile-sight"]) as on:
        panel, palm = QTest.createTouchDevice(), QPoint(640, 300)
        QTest.touchEvent(on.window, panel).press(0, palm, on.window).commit()
        QTest.touchEvent(on.window, panel).stationary(0).press(1, QPoint(8, 8), on.window).commit()
        strayed = round(27 * millimetre((1280, 800)))  # of a corner of 22 mm
        QTest.touchEvent(on.window, panel).stationary(0).move(
            1, QPoint(strayed, 8), on.window
        ).commit()
        assert until(lambda: bool(on.actions))
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]


def test_what_gets_the_focus_is_spoken() -> None:
    with stage("bedside", BEDSIDE["profile-sight"], language="en") as on:
        assert isinstance(on.model, BedsideModel)
        voice = Voice()
        on.model.set_speaker(voice)
        on.settle()
        on.find("openCare").forceActiveFocus()
        on.find("callButton").forceActiveFocus()
        assert voice.said == ["My care", "Call nurse"]


def test_silence_is_held_not_touched() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        assert isinstance(on.model, BedsideModel)
        on.model.chooseStaff("his.p-1")
        on.model.show("setup")
        on.model.setup.chooseSilence("deceased")
        on.settle()
        hold = on.find("silenceHold")
        on.tap("silenceHold")
        assert on.actions == []
        centre = box(hold).center()
        point = press(on, centre.x(), centre.y())
        assert until(lambda: bool(on.actions))
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
        on.settle()
        assert on.actions[0].kind == ActionKind.SILENCE_START
        assert on.texts() == ["12床", "呼叫护士"]
