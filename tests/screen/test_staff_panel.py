"""The staff panel where people prove who they are: presence held, calls closed where they end."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.nurse_call import CallClass
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind, Person
from smartward.wire.views import PresenceView
from tests.screen.documents import document
from tests.screen.test_pin_pad import proving
from tests.screen.test_who_acts import Desk
from tests.ui.bed_checks import all_faults
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.bed_ward import BED, NOW, call_view
from tests.ui.bedside_scenes import BEDSIDE, bedside, bedside_call
from tests.ui.door_scenes import DOOR, door
from tests.ui.spread import spread

LI = Person(known="badge", id="his.p-1", name="李敏", family="李", session="s-li")


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> QGuiApplication:
    return application()


@contextmanager
def panel(
    role: str, scene: Scene, language: str = "en", size: tuple[int, int] | None = None
) -> Iterator[tuple[Stage, Desk]]:
    """The screen with its staff panel open."""
    usual = (1280, 800) if role == "bedside" else (1080, 1920)
    with stage(role, proving(scene), language=language, size=size or usual) as on:
        desk = Desk(on.clock)
        on.model.prover = desk
        if role == "bedside":
            on.model.show("staff")  # type: ignore[attr-defined]  # the model of that role
        else:
            on.tap("bed-his.bed-12")
        # The page comes in within Theme.moving.
        QTest.qWait(250)
        on.settle()
        yield on, desk
        assert on.warnings == []


def hold(on: Stage, name: str, for_ms: int = 1150) -> None:
    middle = box(on.find(name)).center()
    point = QPoint(round(middle.x()), round(middle.y()))
    QTest.mousePress(on.window, Qt.MouseButton.LeftButton, pos=point)
    QTest.qWait(for_ms)
    QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=point)
    on.settle()


def prove(on: Stage, desk: Desk, person: Person = LI) -> None:
    on.model.badge_read("90417733")
    desk.say(person)
    on.settle()


def kinds(on: Stage) -> list[str]:
    return [action.kind for action in on.actions]


@pytest.mark.parametrize("role", ["bedside", "door"])
def test_presence_is_held_and_then_proved(role: str) -> None:
    with panel(role, (BEDSIDE if role == "bedside" else DOOR)["called"]) as (on, desk):
        assert not on.model.pickerOpen, "what is to be done comes first"
        on.tap("enterRoom")
        assert not on.model.pickerOpen, "a touch is no presence"
        hold(on, "enterRoom")
        assert on.model.pickerOpen
        prove(on, desk)
        (entered,) = on.actions
        assert entered.kind == ActionKind.PRESENCE_ENTER
        assert entered.subject == on.model.place
        assert entered.by == LI
        assert on.text("panelPresent") == "Marking you present …"
        assert not on.has("enterRoom")
        on.tap("leaveRoom")
        assert on.actions[-1].kind == ActionKind.PRESENCE_LEAVE


def test_who_is_in_the_room_is_told_with_since_when() -> None:
    with panel("door", DOOR["called"]) as (on, desk):
        assert not on.has("leaveRoom")
        here = PresenceView(
            bed_id=BED,
            room_id=str(on.model.place),
            families=("李", ""),
            since=NOW,
            next_call=None,
        )
        on.replica.apply(90, [document("presence", BED, 90, here)])
        on.pass_time(1)
        assert on.text("panelPresent") == "In the room since 10:05: 李, somebody"
        assert on.has("enterRoom"), "a second nurse may come"
        on.tap("leaveRoom")
        prove(on, desk)
        assert kinds(on) == [ActionKind.PRESENCE_LEAVE]
        assert not on.has("enterRoom"), "whoever acts is in the room already"


def test_who_is_asked_whether_they_are_still_there_can_say_so() -> None:
    with panel("door", DOOR["called"]) as (on, desk):
        here = PresenceView(
            bed_id=BED, room_id=str(on.model.place), families=("李",), since=NOW, next_call=None
        )
        on.replica.apply(90, [document("presence", BED, 90, here)])
        on.pass_time(1)
        prove(on, desk)
        assert not on.has("enterRoom"), "whoever acts is in the room already"
        on.pass_time(on.model.settings.presence_reminder_s)
        on.rest()
        on.tap("bed-his.bed-12")
        QTest.qWait(250)
        prove(on, desk)
        assert on.has("enterRoom")
        hold(on, "enterRoom")
        assert kinds(on)[-1] == ActionKind.PRESENCE_ENTER


def test_a_call_is_closed_after_the_proof() -> None:
    with panel("bedside", BEDSIDE["called"]) as (on, desk):
        on.tap("closeCall")
        assert kinds(on) == []
        prove(on, desk)
        assert kinds(on) == [ActionKind.CALL_CLOSE]
        assert on.text("panelTitle") == "You are 李敏"


@pytest.mark.parametrize(
    "call_class, where",
    [
        (CallClass.BATHROOM, "cord"),
        (CallClass.ASSIST, "button"),
        (CallClass.EMERGENCY, "button"),
    ],
)
@pytest.mark.parametrize("role", ["bedside", "door"])
def test_a_call_that_ends_elsewhere_has_words_and_no_button(
    role: str, call_class: CallClass, where: str
) -> None:
    if role == "bedside":
        scene = bedside(calls=(bedside_call(call_class=call_class),))
    else:
        scene = door(calls=(call_view(call_class=call_class),))
    with panel(role, scene) as (on, _):
        assert not on.has("closeCall")
        assert where in on.text("panelEnds")
        assert on.has("arrive")


@pytest.mark.parametrize("role", ["bedside", "door"])
def test_the_person_is_forgotten_with_the_panel(role: str) -> None:
    with panel(role, (BEDSIDE if role == "bedside" else DOOR)["called"]) as (on, desk):
        on.tap("closeCall")
        prove(on, desk)
        on.tap("back" if role == "bedside" else "panelBack")
        assert on.model.locked
        assert on.actions[-1].kind == ActionKind.SESSION_END
        assert on.actions[-1].data == {"why": "left"}


def test_the_panel_forgets_a_question_nobody_answered() -> None:
    with panel("door", DOOR["called"]) as (on, desk):
        on.tap("closeCall")
        on.model.panel.dismiss()  # type: ignore[attr-defined]  # the model of that role
        on.settle()
        assert not on.model.pickerOpen
        prove(on, desk)
        assert kinds(on) == []


def test_a_bedside_locks_when_nobody_touches_it() -> None:
    with panel("bedside", BEDSIDE["called"]) as (on, desk):
        prove(on, desk)
        on.pass_time(119)
        assert not on.model.locked
        on.pass_time(2)
        assert on.model.locked
        assert on.actions[-1].data == {"why": "idle"}
        assert on.has("callButton")


PANELS = [
    ("bedside", (1280, 800)),
    ("bedside", (1024, 600)),
    ("bedside", (800, 1280)),
    ("door", (1080, 1920)),
    ("door", (1920, 1080)),
    ("door", (1280, 800)),
]


@pytest.mark.parametrize("where, language", spread(PANELS, ["en", "zh_CN"]))
def test_the_panel_is_whole_in_all_its_states(
    where: tuple[str, tuple[int, int]], language: str
) -> None:
    role, size = where
    normal = (BEDSIDE if role == "bedside" else DOOR)["called"]
    cord = dataclasses.replace(bedside_call(), call_class=CallClass.BATHROOM)
    rope = call_view(call_class=CallClass.BATHROOM)
    elsewhere = bedside(calls=(cord,)) if role == "bedside" else door(calls=(rope,))
    for scene in (normal, elsewhere):
        with panel(role, scene, language, size) as (on, desk):
            assert all_faults(on, size) == []
            here = PresenceView(
                bed_id=BED,
                room_id="his.room-305",
                families=("李", "欧阳"),
                since=NOW,
                next_call=None,
            )
            on.replica.apply(90, [document("presence", BED, 90, here)])
            prove(on, desk)
            on.pass_time(1)
            assert all_faults(on, size) == []
