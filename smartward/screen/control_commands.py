"""What tests, demo and pictures may do to a screen over the control socket."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtQuick import QQuickItem

from smartward.clinical.call_point import CallPointEvent
from smartward.clock import SystemClock
from smartward.control import ControlServer
from smartward.screen.screen_model import ScreenModel
from smartward.screen.window import ScreenWindow

Fault = Callable[[bool], None]

_TAP_MS = 40
_OVER = 1.0
"""Texts are measured in fractions of a pixel: less than this is not clipped."""


def _items(root: QQuickItem) -> Iterator[QQuickItem]:
    yield root
    for child in root.childItems():
        yield from _items(child)


def _rect(item: QQuickItem) -> QRectF:
    return item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))


def _numbers(rect: QRectF) -> list[float]:
    return [round(v, 1) for v in (rect.x(), rect.y(), rect.width(), rect.height())]


def _drawn(item: QQuickItem) -> bool:
    """Whether the item and all it stands in are visible and not wholly transparent."""
    if not item.isVisible():
        return False
    at: QQuickItem | None = item
    while at is not None:
        if at.opacity() <= 0:
            return False
        at = at.parentItem()
    return True


class ScreenCommands:
    """Registers a screen's commands; faults are added by whoever can raise them."""

    def __init__(
        self,
        window: ScreenWindow,
        model: ScreenModel,
        clock: SystemClock,
        end: Callable[[], None],
    ) -> None:
        self._window = window
        self._model = model
        self._clock = clock
        self._end = end
        self.faults: dict[str, Fault] = {}
        self.input: Callable[[str, CallPointEvent], None] | None = None
        """What happens at a call input, simulated."""

    def register(self, server: ControlServer) -> None:
        """Answer the commands on `server`."""
        for name, handler in {
            "clock.advance": self._advance,
            "clock.set": self._set_clock,
            "tap": self._tap,
            "press": self._tap,
            "key": self._key,
            "grab": self._grab,
            "frames": self._frames,
            "set": self._set,
            "texts": self._texts,
            "find": self._find,
            "fault": self._fault,
            "badge": self._badge,
            "input": self._input,
            "quit": self._quit,
        }.items():
            server.handle(name, handler)

    # ------------------------------------------------------------------------------------ clock

    async def _advance(self, request: dict[str, Any]) -> dict[str, Any]:
        self._clock.advance(float(request["seconds"]))
        self._model.clock_moved()
        return {"now": self._clock.now().isoformat()}

    async def _set_clock(self, request: dict[str, Any]) -> dict[str, Any]:
        self._clock.set(datetime.fromisoformat(request["now"]))
        self._model.clock_moved()
        return {"now": self._clock.now().isoformat()}

    # ------------------------------------------------------------------------------------ touch

    def _item(self, name: str) -> QQuickItem:
        """The drawn item of that name; one on top of another wins. Raises ValueError."""
        content = self._window.window.contentItem()
        named = [item for item in _items(content) if item.objectName() == name]
        if not named:
            raise ValueError(f"no item is named {name}")
        drawn = [item for item in named if _drawn(item)]
        if not drawn:
            raise ValueError(f"{name} is there but not visible")
        return drawn[-1]

    async def _tap(self, request: dict[str, Any]) -> dict[str, Any]:
        """A press and a release at the item's middle, or at `x`, `y` of the window."""
        if "objectName" in request:
            centre = _rect(self._item(request["objectName"])).center()
        else:
            centre = QPointF(float(request["x"]), float(request["y"]))
        hold_s = float(request.get("hold_ms", _TAP_MS)) / 1000
        at = self._clock.monotonic()
        self._mouse(QEvent.Type.MouseButtonPress, centre)
        await self._clock.sleep(hold_s)
        self._mouse(QEvent.Type.MouseButtonRelease, centre)
        return {"x": centre.x(), "y": centre.y(), "at": at}

    def _mouse(self, kind: QEvent.Type, where: QPointF) -> None:
        window = self._window.window
        left = Qt.MouseButton.LeftButton
        down = left if kind is QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        none = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, where, window.mapToGlobal(where), left, down, none)
        event.setTimestamp(round(self._clock.monotonic() * 1000))
        QCoreApplication.sendEvent(window, event)

    async def _key(self, request: dict[str, Any]) -> dict[str, Any]:
        """One key by its portable name: Tab, Return, Escape, F1, Shift+Tab …"""
        keys = QKeySequence.fromString(request["key"], QKeySequence.SequenceFormat.PortableText)
        if keys.count() != 1:
            raise ValueError(f"no key is named {request['key']}")
        combination = keys[0]  # type: ignore[index]  # missing in the stubs
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, combination.key(), combination.keyboardModifiers())
            QCoreApplication.sendEvent(self._window.window, event)
        return {}

    async def _badge(self, request: dict[str, Any]) -> dict[str, Any]:
        """A reader has read `code`."""
        self._model.badge_read(str(request["code"]))
        return {}

    async def _input(self, request: dict[str, Any]) -> dict[str, Any]:
        """`event` (CallPointEvent) happened at call point `point`, or `bed` for the bed's own."""
        if self.input is None:
            raise ValueError("this screen has no call inputs")
        self.input(str(request["point"]), CallPointEvent(request["event"]))
        return {}

    # ------------------------------------------------------------------------------ what is shown

    async def _grab(self, request: dict[str, Any]) -> dict[str, Any]:
        await self._window.settled()
        self._window.grab(Path(request["path"]))
        return {}

    async def _frames(self, _request: dict[str, Any]) -> dict[str, Any]:
        frames, self._window.frames = self._window.frames, []
        return {"frames": frames}

    async def _find(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            item = self._item(request["objectName"])
        except ValueError:
            return {"visible": False, "rect": None}
        return {"visible": True, "rect": _numbers(_rect(item)), "enabled": item.isEnabled()}

    async def _texts(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Every visible text: `truncated` was cut short, `overflow` is larger than its place."""
        found = []
        for item in _items(self._window.window.contentItem()):
            text = item.property("text")
            if not isinstance(text, str) or not text or item.property("contentWidth") is None:
                continue
            if not _drawn(item):
                continue
            over = (
                item.property("contentWidth") > item.width() + _OVER
                or item.property("contentHeight") > item.height() + _OVER
            )
            found.append(
                {
                    "objectName": item.objectName(),
                    "text": text,
                    "rect": _numbers(_rect(item)),
                    "truncated": bool(item.property("truncated")),
                    "overflow": bool(over),
                    "pixel_size": item.property("font").pixelSize(),
                }
            )
        return {"texts": found}

    async def _set(self, request: dict[str, Any]) -> dict[str, Any]:
        name, value = request["name"], request["value"]
        if name == "language":
            self._model.setLanguage(str(value))
        elif name == "appearance":
            self._model.set_appearance(str(value))
        elif name == "text_scale":
            self._model.setTextScale(float(value))
        elif name == "size":
            self._window.window.resize(int(value[0]), int(value[1]))
        else:
            raise ValueError(f"a screen has no {name} to set")
        return {}

    async def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        fault = self.faults.get(request["name"])
        if fault is None:
            raise ValueError(f"no fault is named {request['name']}: {sorted(self.faults)}")
        fault(bool(request["on"]))
        return {}

    async def _quit(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._end()
        return {}
