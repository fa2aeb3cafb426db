"""The one window of a screen: engine, root page, translations, frames, pictures."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QtMsgType,
    QTranslator,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine, QQmlError
from PySide6.QtQuick import QQuickWindow

from smartward.clock import Clock
from smartward.config import asset
from smartward.errors import Misconfigured
from smartward.i18n import TABLE
from smartward.screen.frame_nudge import FrameNudge, frame_nudge
from smartward.screen.icons import font_family
from smartward.screen.page_ahead import PageAhead
from smartward.screen.screen_model import ScreenModel

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger("smartward.screen.window")

FONTS = ["Noto Sans", "Noto Sans CJK SC", "Noto Naskh Arabic"]
"""Naskh: its lines are as high as Latin ones; those of Noto Sans Arabic half as high again."""
_FRAMES_KEPT = 20_000
_QUIET_S = 0.25
_LONGEST_SETTLE_S = 4.0


class MessageCounter:
    """Counts what Qt warns of, and writes it to standard error. Tests fail on any."""

    def __init__(self) -> None:
        self.count = 0
        self.texts: list[str] = []

    def install(self) -> None:
        """Take Qt's messages from now on."""
        qInstallMessageHandler(self._message)

    def _message(self, kind: QtMsgType, _context: object, text: str | None) -> None:
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            return
        self.add(text or "")

    def add(self, text: str) -> None:
        """Count one warning."""
        self.count += 1
        self.texts = [*self.texts[-20:], text]
        sys.stderr.write(f"qt: {text}\n")


class ScreenWindow:
    """Loads `ui/<page>` with `model` and watches its frames."""

    def __init__(self, page: Path, model: ScreenModel, clock: Clock, messages: MessageCounter):
        self._page = page
        self._model = model
        self._clock = clock
        self._messages = messages
        self._translator: QTranslator | None = None
        self._engine: QQmlApplicationEngine | None = None
        self._window: QQuickWindow | None = None
        self.drawn_at: float | None = None
        """Monotonic second of the first frame."""
        self._next: asyncio.Event | None = None
        """Of who waits for the next frame."""
        self.frames: list[float] = []
        """Monotonic seconds of the frames drawn since last asked."""
        self.drawn_seq = 0
        """Newest write that a drawn frame holds."""
        self.on_frame: list[Callable[[], None]] = []
        """Called after each frame."""
        self._asleep = False
        self._nudge: FrameNudge | None = None

    @property
    def window(self) -> QQuickWindow:
        """The window. Raises Misconfigured before `load`."""
        if self._window is None:
            raise Misconfigured("screen.page", f"{self._page.name} is not loaded")
        return self._window

    def load(
        self, size: tuple[int, int] | None, fullscreen: bool, ahead: PageAhead | None = None
    ) -> None:
        """Draw the page, out of what was read `ahead` of it. Raises Misconfigured when it cannot be
        loaded."""
        font = QFont(FONTS)
        font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
        QGuiApplication.setFont(font)
        font_family()
        self._translate()
        self._model.languageChanged.connect(self._retranslate)
        engine = self._engine = QQmlApplicationEngine() if ahead is None else ahead.take()
        engine.setOutputWarningsToStandardError(False)
        engine.warnings.connect(self._warned)
        initial: dict[str, object] = {"model": self._model}
        if size is not None:
            initial |= {"width": size[0], "height": size[1]}
        engine.setInitialProperties(initial)
        engine.load(QUrl.fromLocalFile(str(self._page)))
        roots = engine.rootObjects()
        if not roots or not isinstance(roots[0], QQuickWindow):
            raise Misconfigured("screen.page", f"{self._page.name} cannot be drawn")
        self._window = roots[0]
        self._window.frameSwapped.connect(self._swapped)
        self._nudge = frame_nudge(self._window)
        if fullscreen:
            self._window.showFullScreen()

    def move(self, x: int, y: int) -> None:
        """Put the window's upper left corner there, in the display's own pixels."""
        ratio = self.window.devicePixelRatio()
        self.window.setPosition(round(x / ratio), round(y / ratio))

    def _warned(self, errors: list[QQmlError]) -> None:
        for error in errors:
            self._messages.add(error.toString())

    def _swapped(self) -> None:
        if len(self.frames) < _FRAMES_KEPT:
            self.frames.append(self._clock.monotonic())
        self.drawn_seq = self._model.replica.seq
        if self.drawn_at is None:
            self.drawn_at = self._clock.monotonic()
        waited, self._next = self._next, None
        if waited is not None:
            waited.set()
        for listener in self.on_frame:
            listener()

    @property
    def awake(self) -> bool:
        """Whether somebody could see what is drawn."""
        return not self._asleep and self.window.isExposed()

    def set_asleep(self, on: bool) -> None:
        """For fault tests: the display is dark, whatever is drawn on it."""
        self._asleep = on

    def draw(self) -> None:
        """Draw the first frame, before there is a loop of asyncio; or come back because the window
        was closed. Touches and keys wait until somebody can answer them."""
        if self.drawn_at is not None:
            return  # a platform may draw a window as soon as it is shown
        app, drawing = QGuiApplication.instance(), QEventLoop()
        assert isinstance(app, QGuiApplication)
        self.window.frameSwapped.connect(drawing.quit)
        app.lastWindowClosed.connect(drawing.quit)
        drawing.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    async def _next_frame(self) -> None:
        import asyncio  # here, and not above: the first frame needs none of it

        if self._next is None:
            self._next = asyncio.Event()
        await self._next.wait()

    async def settled(self) -> None:
        """Wait until no frame was drawn for a quarter of a second, four seconds at most."""
        import asyncio

        end = self._clock.monotonic() + _LONGEST_SETTLE_S
        while self._clock.monotonic() < end:
            try:
                async with asyncio.timeout(_QUIET_S):
                    await self._next_frame()
            except TimeoutError:
                return

    def grab(self, path: Path) -> None:
        """Write what is shown as a PNG file. Raises OSError when it cannot be written."""
        if not self.window.grabWindow().save(str(path)):
            raise OSError(f"{path.name} cannot be written")

    def _translate(self) -> None:
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
        language = TABLE.languages[self._model.texts.language]
        # Fixed words are for staff: a language of patients has those of its fallback.
        name = f"smartward_{language.fallback or language.code}.qm"
        file = asset("resources", "i18n", name)
        translator = QTranslator()
        if not translator.load(str(file)):
            raise Misconfigured("screen.translation", f"{name} cannot be read")
        QCoreApplication.installTranslator(translator)
        self._translator = translator

    def _retranslate(self) -> None:
        self._translate()
        if self._engine is not None:
            self._engine.retranslate()

    def close(self) -> None:
        """Take the engine down before the models that its page is bound to."""
        if self._nudge is not None:
            self._nudge.end()
            self._nudge = None
        self._window = None
        if self._engine is not None:
            engine, self._engine = self._engine, None
            # At once and in this order: a page that outlives its model binds to nothing.
            for root in engine.rootObjects():
                shiboken6.delete(root)
            shiboken6.delete(engine)
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
