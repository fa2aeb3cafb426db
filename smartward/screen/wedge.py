"""Keys and touches before anything on the page gets them: badge codes are taken out, rest is life.

Installed on the one window of a screen. A reader that poses as a keyboard would otherwise press the
focused button with its Enter and type its digits into whatever is open.
"""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from smartward.clock import Clock
from smartward.device.reader import ENTER, GAP_S, OTHER, Fate, Reader

_SOMEBODY = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.Wheel,
    }
)
_KEYS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.InputMethod,
    }
)
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CHORD = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_SHIFTS = (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock)


class Wedge(QObject):
    """An event filter of the window: told of every sign of life, and of every code."""

    def __init__(
        self,
        window: QObject,
        clock: Clock,
        code: Callable[[str], None],
        somebody: Callable[[], None],
        *,
        refuses_keys: bool = False,
    ) -> None:
        """`code` is called with each code, `somebody` at each touch and key of a person.
        `refuses_keys`: no key counts; readers are devices of their own then."""
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._code = code
        self._somebody = somebody
        self._refuses_keys = refuses_keys
        self._reader = Reader()
        self._held: list[QKeyEvent] = []
        self._swallow: set[int] = set()
        self._replaying = False
        self._quiet = QTimer(self, singleShot=True, interval=round(GAP_S * 1000))
        self._quiet.setTimerType(Qt.TimerType.PreciseTimer)
        self._quiet.timeout.connect(self._fell_silent)
        self._look_again = QTimer(self, singleShot=True, interval=0)
        self._look_again.timeout.connect(self._typed)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for what is kept from the page."""
        kind = event.type()
        if self._refuses_keys and kind in _KEYS:
            return True
        if kind in _SOMEBODY:
            self._somebody()
        if self._replaying or not isinstance(event, QKeyEvent):
            return False
        if kind is QEvent.Type.KeyPress:
            return self._pressed(event)
        if kind is QEvent.Type.KeyRelease:
            return self._released(event)
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() in _SHIFTS:
            return False
        heard = self._reader.key(_character(event), self._at(event))
        if heard.let_go:
            self._replay()
        if heard.fate is Fate.TYPED:
            self._quiet.stop()
            self._swallow.discard(event.key())
            return False
        self._look_again.stop()
        self._held.append(event.clone())
        if heard.fate is Fate.HELD:
            self._quiet.start()
            return True
        self._quiet.stop()
        self._take()
        if heard.code is not None:
            self._code(heard.code)
        return True

    def _released(self, event: QKeyEvent) -> bool:
        if any(held.key() == event.key() for held in self._held):
            self._held.append(event.clone())
            return True
        if event.key() in self._swallow:
            self._swallow.discard(event.key())
            return True
        return False

    def _at(self, event: QKeyEvent) -> float:
        """When the key went down; by the window system where it tells, since a page that was busy
        drawing hands several keys over at once."""
        stamp = event.timestamp()
        return stamp / 1000 if stamp else self._clock.monotonic()

    def _take(self) -> None:
        """A code: its keys are nobody's, and neither are those still to be released."""
        for held in self._held:
            if held.type() is QEvent.Type.KeyPress:
                self._swallow.add(held.key())
            else:
                self._swallow.discard(held.key())
        self._held.clear()

    def _fell_silent(self) -> None:
        """Keys that wait behind a slow frame are handed over first: only then it was silent."""
        self._look_again.start()

    def _typed(self) -> None:
        if self._reader.silent():
            self._replay()

    def _replay(self) -> None:
        """What was held was a person's: give it to the page, in its order."""
        held, self._held = self._held, []
        self._replaying = True
        try:
            for event in held:
                QCoreApplication.sendEvent(self._window, event)
        finally:
            self._replaying = False


def _character(event: QKeyEvent) -> str:
    if event.isAutoRepeat() or event.modifiers() & _CHORD:
        return OTHER
    return ENTER if event.key() in _ENTERS else event.text()
