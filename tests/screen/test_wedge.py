"""A keyboard-wedge reader on a real page: its burst presses nothing, a person's keys go through."""

from collections.abc import Iterator

import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent

from smartward.device.reader import GAP_S
from smartward.screen.services import Services
from smartward.screen.wedge import Wedge
from tests.screen.test_window import CLOCK, Stage

PRESS, RELEASE = QEvent.Type.KeyPress, QEvent.Type.KeyRelease
NONE = Qt.KeyboardModifier.NoModifier


class Hands:
    """Types into the window as the window system would."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.codes: list[str] = []
        self.signs_of_life = 0
        self.at_ms = 1000
        window = stage.window.window
        self.wedge = Wedge(window, CLOCK, self.codes.append, self._somebody)
        stage.ask("key", key="Tab")
        assert window.activeFocusItem().objectName() == "first"

    def _somebody(self) -> None:
        self.signs_of_life += 1

    def send(
        self,
        kind: QEvent.Type,
        text: str,
        gap_ms: int = 0,
        repeat: bool = False,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        self.at_ms += gap_ms
        key = Qt.Key.Key_Return if text == "\r" else Qt.Key(ord(text.upper()))
        event = QKeyEvent(kind, key, modifiers, text, repeat)
        event.setTimestamp(self.at_ms)
        QCoreApplication.sendEvent(self.stage.window.window, event)

    def type(self, text: str, gap_ms: int, release_ms: int = 1) -> None:
        for character in text:
            self.send(PRESS, character, gap_ms)
            self.send(RELEASE, character, release_ms)

    def rest(self) -> None:
        """Long enough for the page to know that nothing follows."""
        self.stage.do(CLOCK.sleep(3 * GAP_S))

    @property
    def touched(self) -> int:
        return int(self.stage.root("touched"))

    @property
    def typed(self) -> str:
        return str(self.stage.root("typed"))


@pytest.fixture
def hands(loop: qasync.QEventLoop, services: Services) -> Iterator[Hands]:
    stage = Stage(loop, services)
    yield Hands(stage)
    stage.window.close()
    assert stage.messages.texts == []


def test_a_badge_presses_no_button_and_types_nothing(hands: Hands) -> None:
    hands.type("90417733\r", gap_ms=4)
    hands.rest()
    assert hands.codes == ["90417733"]
    assert (hands.touched, hands.typed) == (0, "")


def test_releases_that_come_late_belong_to_the_badge(hands: Hands) -> None:
    for character in "9041\r":
        hands.send(PRESS, character, 4)
    for character in "9041\r":
        hands.send(RELEASE, character, 4)
    hands.rest()
    assert (hands.codes, hands.touched, hands.typed) == (["9041"], 0, "")


def test_a_single_key_goes_through(hands: Hands) -> None:
    hands.type("7", gap_ms=500)
    assert hands.typed == "", "held until it is known what it is"
    hands.rest()
    assert hands.typed == "7"


def test_what_a_person_types_goes_through_whole_and_in_order(hands: Hands) -> None:
    hands.type("4019", gap_ms=90)
    hands.type("\r", gap_ms=90)
    assert (hands.typed, hands.touched, hands.codes) == ("4019", 1, [])


def test_enter_and_space_alone_press_at_once(hands: Hands) -> None:
    hands.type("\r", gap_ms=300)
    hands.type(" ", gap_ms=300)
    assert hands.touched == 2


def test_keys_handed_over_late_are_judged_by_when_they_were_pressed(hands: Hands) -> None:
    """A page that was busy drawing hands over several at once: that makes no badge of them."""
    hands.type("12345\r", gap_ms=120, release_ms=30)
    hands.rest()
    assert (hands.codes, hands.typed, hands.touched) == ([], "12345", 1)


def test_a_key_held_down_is_no_badge(hands: Hands) -> None:
    hands.send(PRESS, "1", 400)
    for _ in range(8):
        hands.send(PRESS, "1", 30, repeat=True)
    hands.send(PRESS, "\r", 30)
    hands.rest()
    assert (hands.codes, hands.typed) == ([], "1" * 9)


def test_a_chord_is_no_part_of_a_badge(hands: Hands) -> None:
    hands.type("12", gap_ms=4)
    hands.send(PRESS, "3", 4, modifiers=Qt.KeyboardModifier.ControlModifier)
    hands.type("45\r", gap_ms=4)
    hands.rest()
    assert hands.codes == []


def test_touches_and_keys_are_signs_of_life(hands: Hands) -> None:
    before = hands.signs_of_life
    hands.stage.ask("tap", objectName="second")
    assert hands.signs_of_life > before
    before = hands.signs_of_life
    hands.type("90417733\r", gap_ms=4)
    assert hands.signs_of_life > before


def test_where_keyboards_are_refused_no_key_presses_types_or_is_a_badge(hands: Hands) -> None:
    window = hands.stage.window.window
    window.removeEventFilter(hands.wedge)
    hands.wedge = Wedge(window, CLOCK, hands.codes.append, hands._somebody, refuses_keys=True)
    hands.signs_of_life = 0
    hands.type("1234567\r", gap_ms=5)
    hands.type("ab\r", gap_ms=300)
    hands.rest()
    assert (hands.codes, hands.signs_of_life, hands.touched, hands.typed) == ([], 0, 0, "")
