"""A page's files are read and compiled by a thread of Qt's own while its model is made."""

from pathlib import Path
from typing import Self

import shiboken6
from PySide6.QtCore import QCoreApplication, QEventLoop, QUrl
from PySide6.QtQml import QQmlApplicationEngine, QQmlComponent


class PageAhead:
    """An engine that reads a page ahead of its window; the types of Python that the page names are
    registered by then. What is wrong with its files is told when the window loads them."""

    def __init__(self, page: Path) -> None:
        self._engine: QQmlApplicationEngine | None = QQmlApplicationEngine()
        url = QUrl.fromLocalFile(str(page))
        how = QQmlComponent.CompilationMode.Asynchronous
        # A child of the engine: what it has read stays until that goes.
        QQmlComponent(self._engine, url, how, self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever fails in between takes the engine down while there is an application."""
        engine, self._engine = self._engine, None
        if engine is not None:
            shiboken6.delete(engine)

    def go_on(self) -> None:
        """Qt's thread waits for this one where a library of items is begun: call this once, before
        there is a window."""
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def take(self) -> QQmlApplicationEngine:
        """The engine, from now on the caller's. Raises RuntimeError the second time."""
        engine, self._engine = self._engine, None
        if engine is None:
            raise RuntimeError("the engine was taken already")
        return engine
