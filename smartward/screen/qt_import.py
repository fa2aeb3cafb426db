"""Qt for Python is loaded here first, without what a screen has no use for.

It puts an `__import__` of its own in place of Python's, which reads the whole source of each module
imported from then on, to see whether it uses Qt's optional features: an eighth of a screen's start,
and 16 MiB of source lines that are kept. None of these features is used here.

It also compiles modules of its own at each start: they are kept, as the methods of dataclasses are.

qasync loads Qt's widgets for the name of the application they have. A screen has no widget and its
application is a QGuiApplication: 5 MiB less. It and asyncio come behind the first frame.
"""

import builtins
import importlib
import sys
from types import ModuleType

from smartward.screen.quick_classes import SCREENS

_pythons = builtins.__import__

with SCREENS.modules():
    import PySide6.QtCore  # noqa: F401  # this is what replaces it

builtins.__import__ = _pythons

from PySide6.QtGui import QGuiApplication  # noqa: E402

_WIDGETS = "PySide6.QtWidgets"


def load_qasync() -> None:
    """Load it without Qt's widgets, unless they are there."""
    if _WIDGETS in sys.modules:
        return
    widgets = ModuleType(_WIDGETS)
    widgets.__dict__["QApplication"] = QGuiApplication
    sys.modules[_WIDGETS] = widgets
    try:
        importlib.import_module("qasync")  # used in event_loop.py alone
    finally:
        del sys.modules[_WIDGETS]
