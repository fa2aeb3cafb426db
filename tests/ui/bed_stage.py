"""One screen drawn in this process: its model on a scene, its page offscreen, touches by name.

`python -m tests.ui.bed_stage ROLE SCENE OUT.png [WxH] [language] [day|night] [scale] [do …]` draws
a picture; each `do` is `tap:NAME` or `page:NAME`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QDeadlineTimer,
    QEvent,
    QEventLoop,
    QObject,
    QPoint,
    QPointF,
    QRectF,
    Qt,
    QUrl,
)
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine, QQmlError
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

import smartward.screen.icons  # noqa: F401 - registers the icon font for QML
from smartward.clinical.device import ScreenRole
from smartward.config import Settings, asset
from smartward.i18n import LANGUAGES
from smartward.screen.link import LinkState
from smartward.screen.pages import PAGES, make_model
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, Scene, show_scene
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.window import FONTS
from smartward.wire.envelope import Action
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_scenes import SCENES
from tests.ui.bed_ward import NOW


@dataclass
class Stage:
    """A screen on its stage."""

    model: ScreenModel
    window: QQuickWindow
    clock: ManualClock
    replica: Replica
    link: LinkState
    outbox: PictureOutbox
    warnings: list[str] = field(default_factory=list)
    held: list[QQuickItem] = field(default_factory=list)
    """Items as Python last saw them: while they are held, each next look costs a fifth."""

    @property
    def actions(self) -> list[Action]:
        """Everything touched so far."""
        return list(self.outbox.pending())

    def settle(self) -> None:
        """Let bindings, layouts and deferred calls come to rest."""
        for _ in range(6):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
            # Bounded: a page whose layout never rests shall fail its test, not hang it.
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 200)
            self.held = list(self.items())
            for item in self.held:
                # A list that is laid out lets go of rows that it shows no more.
                if shiboken6.isValid(item):
                    item.ensurePolished()

    def items(self) -> Iterator[QQuickItem]:
        """Every item of the page, parents first."""
        yield from descendants(self.window.contentItem())

    def shown(self) -> Iterator[QQuickItem]:
        """Items that are visible and not wholly transparent."""
        root = self.window.contentItem()
        yield from shown_below(root) if drawn(root) else ()

    def find(self, name: str) -> QQuickItem:
        """The visible item of that objectName. Raises LookupError when there is none."""
        for item in self.shown():
            if item.objectName() == name:
                return item
        raise LookupError(name)

    def has(self, name: str) -> bool:
        """Whether an item of that name is visible."""
        return any(item.objectName() == name for item in self.shown())

    def text(self, name: str) -> str:
        """What a visible text says."""
        return str(self.find(name).property("text"))

    def texts(self) -> list[str]:
        """Every visible text, icons left out."""
        return [
            str(item.property("text"))
            for item in self.shown()
            if is_text(item) and not is_icon(item) and item.property("text")
        ]

    def tap(self, name: str, *, x: float = 0.5, y: float = 0.5) -> None:
        """Touch an item, by default in its middle; x and y are shares of its size."""
        rect = box(self.find(name))
        self.tap_at(rect.x() + rect.width() * x, rect.y() + rect.height() * y)

    def tap_at(self, x: float, y: float) -> None:
        """Touch a point of the window."""
        point = QPoint(round(x), round(y))
        QTest.mouseClick(self.window, Qt.MouseButton.LeftButton, pos=point)
        self.settle()

    def rest(self) -> None:
        """Wait until nothing is held back as just moved. Fails after five seconds."""
        covers = [item for item in self.items() if item.objectName() == "justMoved"]
        as_soon_as(
            lambda: not any(item.property("enabled") for item in covers if shiboken6.isValid(item)),
            "touches are taken again",
        )
        self.settle()

    def pass_time(self, seconds: float) -> None:
        """Let time pass and tick once, as the program does at each boundary."""
        self.clock.advance(seconds)
        self.model.clock_moved()
        self.settle()

    def grab(self, file: Path) -> None:
        """Draw into a file."""
        self.settle()
        assert self.window.grabWindow().save(str(file), "PNG")


def as_soon_as(condition: Callable[[], bool], what: str) -> None:
    """Let events happen until it is so, and no longer. Fails after five seconds."""
    deadline = QDeadlineTimer(5000)
    while not condition():
        assert not deadline.hasExpired(), what
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def descendants(item: QQuickItem) -> Iterator[QQuickItem]:
    waiting = item.childItems()[::-1]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.childItems()[::-1]


def shown_below(item: QQuickItem) -> Iterator[QQuickItem]:
    """The visible ones of `descendants`: nothing in a hidden thing is looked at."""
    waiting = item.childItems()[::-1]
    while waiting:
        one = waiting.pop()
        if one.isVisible() and one.opacity() != 0:
            yield one
            waiting += one.childItems()[::-1]


def drawn(item: QQuickItem) -> bool:
    if not item.isVisible():
        return False
    each: QObject | None = item
    while isinstance(each, QQuickItem):
        if each.opacity() == 0:
            return False
        each = each.parentItem()
    return True


def is_text(item: QQuickItem) -> bool:
    return item.inherits("QQuickText")


def is_icon(item: QQuickItem) -> bool:
    return is_text(item) and str(item.property("font").family()).startswith("Material")


def box(item: QQuickItem) -> QRectF:
    """Where an item is in the window."""
    origin = item.mapToScene(QPointF(0, 0))
    return QRectF(origin.x(), origin.y(), item.width(), item.height())


@contextmanager
def stage(
    role: str,
    scene: Scene,
    *,
    size: tuple[int, int] = (1280, 800),
    language: str = "zh_CN",
    appearance: str = "day",
    text_scale: float = 1.0,
    now=NOW,  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
) -> Iterator[Stage]:
    """Put a screen up and take it down. Needs a QGuiApplication."""
    clock = ManualClock(now)
    kind = ScreenRole(role)
    replica, link, outbox = Replica(kind), LinkState(), PictureOutbox()
    show_scene(scene, replica, link, clock)
    services = Services(
        role=kind,
        settings=Settings(),
        clock=clock,
        replica=replica,
        link=link,
        outbox=outbox,
        language=language,
        appearance=appearance,
    )
    model = make_model(kind, services)
    model.setTextScale(text_scale)
    model.start()
    engine = QQmlApplicationEngine()
    warnings: list[str] = []

    def warned(errors: list[QQmlError]) -> None:
        warnings.extend(error.toString() for error in errors)

    engine.setOutputWarningsToStandardError(False)
    engine.warnings.connect(warned)
    engine.setInitialProperties({"model": model, "width": size[0], "height": size[1]})
    engine.load(QUrl.fromLocalFile(str(asset("ui", PAGES[kind].qml))))
    roots = engine.rootObjects()
    assert roots, "\n".join(warnings)
    window = roots[0]
    assert isinstance(window, QQuickWindow)
    on = Stage(model, window, clock, replica, link, outbox, warnings)
    try:
        on.settle()
        yield on
    finally:
        window.hide()
        window.deleteLater()
        engine.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def speak(on: Stage, language: str) -> None:
    """The patient's language; a complete one is the ward's as well, so that staff read it."""
    if language in LANGUAGES:
        on.model.services.language = language
    on.model.setLanguage(language)


def application() -> QGuiApplication:
    """The one application, with the screens' fonts."""
    app = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    assert isinstance(app, QGuiApplication)
    QGuiApplication.setFont(QFont(FONTS))
    return app


def main(arguments: list[str]) -> int:
    """Draw one picture."""
    application()
    role, scene, out, *rest = arguments
    size, language, appearance, scale, *deeds = [
        *rest,
        *("1280x800", "zh_CN", "day", "1")[len(rest) :],
    ]
    width, _, height = size.partition("x")
    with stage(
        role,
        SCENES[role][scene],
        size=(int(width), int(height)),
        language=language,
        appearance=appearance,
        text_scale=float(scale),
    ) as on:
        for deed in deeds:
            what, _, name = deed.partition(":")
            if what == "tap":
                on.tap(name)
            else:
                on.pass_time(float(name))
        on.grab(Path(out))
        for warning in on.warnings:
            sys.stderr.write(warning + "\n")
        return 1 if on.warnings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
