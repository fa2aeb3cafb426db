"""Qt for Python is loaded here first, without what it does to every import after it.

It puts an `__import__` of its own in place of Python's, which reads the whole source of each module
imported from then on, to see whether it uses Qt's optional features: a third of a screen's start,
and 16 MiB of source lines that are kept. None of these features is used here.
"""

import builtins

_pythons = builtins.__import__

import PySide6.QtCore  # noqa: E402, F401  # this is what replaces it

builtins.__import__ = _pythons
