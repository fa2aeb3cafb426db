"""The window with every shared component on it: drawn, touched, flashing, translated, at rest."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from smartward.clock import SystemClock
from smartward.control import ControlServer
from smartward.screen.control_commands import ScreenCommands
from smartward.screen.late import Question
from smartward.screen.link import Phase
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.window import MessageCounter, ScreenWindow
from smartward.wire.envelope import Action, ActionKind, Seen
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import document, roster, ward

PAGE = Path(__file__).parent / "pages" / "Sample.qml"
CLOCK = SystemClock()


class Stage:
    """A window on the sample page and everything to drive it."""

    def __init__(self, loop: qasync.QEventLoop, services: Services) -> None:
        self.loop = loop
        services.replica.load(
            [document("ward", "ward", 1, ward()), document("roster", "roster", 1, roster())], 1
        )
        self.model = ScreenModel(services)
        self.model.start()
        self.messages = MessageCounter()
        self.window = ScreenWindow(PAGE, self.model, CLOCK, self.messages)
        self.window.load((1280, 800), fullscreen=False)
        self.ended: list[bool] = []
        self.commands = ScreenCommands(
            self.window, self.model, CLOCK, lambda: self.ended.append(True)
        )
        self.window.draw()
        self.do(self.window.settled())

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """A control command as the server would call it."""
        handlers: dict[str, Callable[..., Any]] = {}
        self.commands.register(_Server(handlers))  # type: ignore[arg-type]  # what it uses of a control server
        answer: dict[str, Any] = self.do(handlers[command](arguments))
        return answer

    def root(self, name: str) -> Any:
        return self.window.window.property(name)


class _Server:
    """Collects what would be registered."""

    def __init__(self, handlers: dict[str, Callable[..., Any]]) -> None:
        self.handlers = handlers

    def handle(self, name: str, handler: Callable[..., Any]) -> None:
        self.handlers[name] = handler


@pytest.fixture
def stage(loop: qasync.QEventLoop, services: Services) -> Iterator[Stage]:
    made = Stage(loop, services)
    yield made
    made.window.close()
    assert made.messages.texts == []


def shown(stage: Stage) -> dict[str, str]:
    return {t["objectName"]: t["text"] for t in stage.ask("texts")["texts"] if t["objectName"]}


def words(stage: Stage) -> list[str]:
    return [t["text"] for t in stage.ask("texts")["texts"]]


def test_nothing_is_drawn_when_nothing_changes(stage: Stage) -> None:
    stage.ask("frames")
    stage.do(CLOCK.sleep(0.6))
    assert stage.ask("frames")["frames"] == []


def test_flashing_draws_at_its_rate_and_then_rests(stage: Stage) -> None:
    stage.window.window.setProperty("flashing", True)
    stage.ask("frames")
    stage.do(CLOCK.sleep(1.3))
    frames = stage.ask("frames")["frames"]
    # 2 Hz on and off: a frame each 250 ms, and no more than those.
    assert 3 <= len(frames) <= 8
    stage.window.window.setProperty("flashing", False)
    stage.do(stage.window.settled())
    stage.ask("frames")
    stage.do(CLOCK.sleep(0.6))
    assert stage.ask("frames")["frames"] == []


def test_a_tap_is_a_real_press_in_the_middle(stage: Stage) -> None:
    found = stage.ask("find", objectName="first")
    assert found["visible"]
    x, y, width, height = found["rect"]
    tapped = stage.ask("tap", objectName="first")
    assert (tapped["x"], tapped["y"]) == (
        pytest.approx(x + width / 2, abs=0.1),
        pytest.approx(y + height / 2, abs=0.1),
    )
    assert stage.root("touched") == 1
    stage.ask("tap", x=x + 5, y=y + 5)
    assert stage.root("touched") == 2
    stage.ask("tap", x=x - 5, y=y + 5)
    assert stage.root("touched") == 2


@pytest.fixture
def quick() -> Iterator[None]:
    """Qt takes what is held for 0.05 s for no tap any more, instead of 0.8 s."""
    hints = QGuiApplication.styleHints()
    usual = hints.mousePressAndHoldInterval()
    hints.setMousePressAndHoldInterval(50)
    yield
    hints.setMousePressAndHoldInterval(usual)


@pytest.mark.usefixtures("quick")  # before the stage is made
def test_a_slow_finger_touches_too(stage: Stage) -> None:
    stage.ask("tap", objectName="first", hold_ms=150)
    assert stage.root("touched") == 1


def test_what_lies_on_a_button_is_no_finger(stage: Stage) -> None:
    """An arm, or a cloth: after 10 s it has touched nothing. The time is made a short one here."""
    touches = [
        one
        for one in stage.window.window.findChildren(QObject)
        if one.property("longPressThreshold") == pytest.approx(10.0)
    ]
    assert touches
    for one in touches:
        one.setProperty("longPressThreshold", 0.05)
    stage.ask("tap", objectName="first", hold_ms=200)
    assert stage.root("touched") == 0


def test_what_is_not_there_cannot_be_tapped(stage: Stage) -> None:
    with pytest.raises(ValueError, match="no item is named nonsense"):
        stage.ask("tap", objectName="nonsense")
    with pytest.raises(ValueError, match="not visible"):
        stage.ask("tap", objectName="linkBanner")
    assert stage.ask("find", objectName="linkBanner") == {"visible": False, "rect": None}


def test_the_keyboard_reaches_every_button(stage: Stage) -> None:
    names = []
    for _ in range(3):
        stage.ask("key", key="Tab")
        item = stage.window.window.activeFocusItem()
        names.append(item.objectName() if item is not None else "")
    assert names == ["first", "second", "first"], "the disabled one is left out"
    stage.ask("key", key="Return")
    stage.ask("key", key="Space")
    assert stage.root("touched") == 2


def test_the_banner_names_the_broken_link_and_moves_the_page(stage: Stage) -> None:
    link = stage.model.services.link
    before = stage.ask("find", objectName="clock")["rect"][1]
    link.phase, link.lost_at = Phase.OFFLINE, stage.model.clock.now()
    link.changed()
    stage.do(stage.window.settled())
    assert "No connection to the ward hub since 08:30. Showing 08:30." in words(stage)
    assert stage.ask("find", objectName="clock")["rect"][1] > before


def test_own_faults_are_shown_beside_the_links(stage: Stage) -> None:
    stage.model.set_faults(frozenset({"storage.full"}))
    stage.do(stage.window.settled())
    assert stage.ask("find", objectName="faultBanner")["visible"]
    assert not stage.ask("find", objectName="linkBanner")["visible"]


def test_a_notice_stays_until_it_is_read(stage: Stage) -> None:
    stage.model.tell("screen.not_stored")
    stage.do(stage.window.settled())
    assert shown(stage)["noticeText"].startswith("This touch could not be stored.")
    stage.ask("tap", objectName="noticeDismiss")
    stage.do(stage.window.settled())
    assert "noticeText" not in shown(stage)


def test_a_late_action_is_asked_about_and_done_now(stage: Stage, clock: ManualClock) -> None:
    model = stage.model
    late = Action(
        id="old",
        kind=ActionKind.CALL_ACCEPT,
        subject="c1",
        made_at=clock.now(),
        seen=Seen(encounter_id="his.enc-1", seq=7),
    )
    clock.advance(3600)
    for text in ("Do the first?", "Do the second?"):
        model.ask(Question(text, late))
    stage.do(stage.window.settled())
    assert shown(stage)["noticeText"] == "Do the first?"
    stage.ask("tap", objectName="noticeDismiss")
    stage.do(stage.window.settled())
    assert model.pending() == (), "left"
    assert shown(stage)["noticeText"] == "Do the second?"
    stage.ask("tap", objectName="noticeDo")
    stage.do(stage.window.settled())
    assert "noticeText" not in shown(stage)
    assert model.pickerOpen, "it is another action, by whoever stands here now"
    model.chooseStaff("his.li")
    (done,) = model.pending()
    assert (done.kind, done.subject, done.seen) == (late.kind, late.subject, late.seen)
    assert done.id != late.id
    assert (done.made_at, done.by.name) == (clock.now(), "Li Min")


def test_staff_touch_their_name(stage: Stage) -> None:
    stage.model.act_as_staff("call.accept", "c1")
    stage.do(stage.window.settled())
    stage.ask("tap", objectName="staff-his.li")
    assert stage.model.actorText == "Li Min"
    assert [a.by.id for a in stage.model.pending()] == ["his.li"]
    stage.do(stage.window.settled())
    assert not stage.ask("find", objectName="staff-his.li")["visible"]


def test_touches_meant_for_the_picker_do_not_fall_through(stage: Stage) -> None:
    stage.model.openPicker()
    stage.do(stage.window.settled())
    stage.ask("tap", objectName="first")
    assert stage.root("touched") == 0
    assert not stage.model.pickerOpen, "a touch beside the card closes it"


def test_language_day_and_size_change_at_once(stage: Stage) -> None:
    stage.model.tell("screen.not_stored")
    stage.do(stage.window.settled())
    assert "Understood" in words(stage)
    day = stage.window.window.property("color").name()
    stage.ask("set", name="language", value="zh_CN")
    stage.ask("set", name="appearance", value="night")
    stage.ask("set", name="size", value=[1024, 600])
    stage.ask("set", name="text_scale", value=1.6)
    stage.do(stage.window.settled())
    assert stage.window.window.property("color").name() != day
    assert stage.window.window.width() == 1024
    assert stage.model.textScale == 1.6
    assert "知道了" in words(stage)
    assert "Understood" not in words(stage)
    with pytest.raises(ValueError, match="no colour to set"):
        stage.ask("set", name="colour", value="pink")


def test_texts_tell_what_does_not_fit(stage: Stage) -> None:
    found = {t["objectName"]: t for t in stage.ask("texts")["texts"]}
    assert not found["clock"]["truncated"]
    assert not found["clock"]["overflow"]
    assert found["narrow"]["truncated"]
    assert found["small"]["overflow"]


def test_a_picture_is_written(stage: Stage, tmp_path: Path) -> None:
    stage.ask("grab", path=str(tmp_path / "shot.png"))
    assert (tmp_path / "shot.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OSError, match=r"shot\.png"):
        stage.ask("grab", path=str(tmp_path / "no folder" / "shot.png"))


def test_nothing_moves_where_motion_is_reduced(loop: qasync.QEventLoop, services: Services) -> None:
    services.reduced_motion = True
    stage = Stage(loop, services)
    assert stage.root("movingMs") == 0
    stage.window.close()


def test_faults_are_named(stage: Stage) -> None:
    raised: list[bool] = []
    stage.commands.faults["disk"] = raised.append
    stage.ask("fault", name="disk", on=True)
    assert raised == [True]
    with pytest.raises(ValueError, match="no fault is named moon"):
        stage.ask("fault", name="moon", on=True)
    stage.window.set_asleep(True)
    assert not stage.window.awake
    stage.ask("quit")
    assert stage.ended == [True]


def test_the_server_answers_the_screens_commands(
    loop: qasync.QEventLoop, stage: Stage, tmp_path: Path
) -> None:
    import asyncio
    import json

    async def run() -> list[Any]:
        server = ControlServer(tmp_path / "socket", CLOCK, lambda: {"time": stage.model.timeText})
        stage.commands.register(server)
        await server.start()
        reader, writer = await asyncio.open_unix_connection(tmp_path / "socket")
        answers = []
        for request in ({"do": "tap", "objectName": "first"}, {"do": "tap", "objectName": "moon"}):
            writer.write(json.dumps(request).encode() + b"\n")
            answers.append(json.loads(await reader.readline()))
        writer.close()
        await writer.wait_closed()
        await server.stop()
        return answers

    good, bad = stage.do(run())
    assert good["ok"] is True
    assert (bad["ok"], bad["error"]) == (False, "ValueError: no item is named moon")
