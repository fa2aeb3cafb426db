"""What Python would compile anew at every start is compiled once and kept, as it does with modules.

Python writes each method of a dataclass as text and compiles it: for the 220 classes of a screen a
seventh of the time to its first frame. And Qt for Python has modules of its own, packed in its
library as text, that it compiles whenever it is loaded. Here what a text compiles to is kept in a
file of `__pycache__`, found again by the text itself. A text that is not in it is compiled as ever.
The same with regular expressions, which Python reads and compiles in Python. Who installs makes the
file once: `python -m smartward.screen.quick_classes`.
"""

import builtins
import dataclasses
import logging
import marshal
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any, cast

from smartward import prepared

log = logging.getLogger("smartward.screen.quick_classes")

FILE = prepared.place(__file__, "methods")
_MOST = 5000
"""More texts than this are not of one version of the program: the old ones are left out."""
_compile = compile
_COMPILER: Any = vars(re)["_compiler"]
_pattern = _COMPILER.compile


class QuickClasses:
    """While it is begun, methods come out of the file."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._begun = False
        self._known: dict[str, bytes] = {}
        self._used: dict[str, bytes] = {}
        self.compiled = 0
        """Texts that the file did not have."""

    def begin(self) -> None:
        """From now on."""
        self._begun = True
        self._known = dict(prepared.read(self._file) or ())
        vars(dataclasses)["exec"] = self._run
        _COMPILER.compile = self._regex

    def end(self) -> None:
        """Python does it again; what is new is kept."""
        self._begun = False
        vars(dataclasses).pop("exec", None)
        _COMPILER.compile = _pattern
        known, used = self._known, self._used
        self._known, self._used = {}, {}
        if not used.keys() - known.keys():
            return
        texts = known | used
        if len(texts) > _MOST:
            texts = used
        try:
            prepared.write(self._file, sorted(texts.items()))
        except OSError as error:
            log.debug("what was compiled is not kept: %s", error)

    @contextmanager
    def modules(self) -> Iterator[None]:
        """Modules that a library unpacks and compiles itself come out of the file too."""
        if not self._begun:
            yield
            return
        vars(builtins)["compile"] = self._module
        try:
            yield
        finally:
            vars(builtins)["compile"] = _compile

    def _module(self, source: Any, name: Any, mode: str, *rest: Any, **options: Any) -> Any:
        if not isinstance(source, bytes) or mode != "exec" or rest or options:
            return _compile(source, name, mode, *rest, **options)
        return self._code(source.decode(), name)

    def _run(self, text: str, names: dict[str, Any], into: dict[str, Any]) -> None:
        exec(self._code(text, "<string>"), names, into)

    def _code(self, text: str, name: str) -> CodeType:
        key = f"{name}\n{text}"
        # Each for itself: a screen has use for two thirds of what all roles together keep.
        kept = self._known.get(key)
        if kept is not None:
            self._used[key] = kept
            return prepared.code_of(kept)
        code = _compile(text, name, "exec", dont_inherit=True)
        self.compiled += 1
        self._used[key] = prepared.bytes_of(code)
        return code

    def _regex(self, pattern: Any, flags: int = 0) -> re.Pattern[Any]:
        """A regular expression, put together of what it was compiled to."""
        if not isinstance(pattern, str | bytes) or flags & re.DEBUG:
            return cast("re.Pattern[Any]", _pattern(pattern, flags))
        key = f"{type(pattern).__name__} {int(flags)}\n{pattern!r}"
        kept = self._known.get(key)
        if kept is not None:
            self._used[key] = kept
            parts = marshal.loads(kept)
            return cast("re.Pattern[Any]", _COMPILER._sre.compile(pattern, *parts))
        found: re.Pattern[Any] = _pattern(pattern, flags)
        names = dict(found.groupindex)
        places: list[str | None] = [None] * (found.groups + 1)
        for name, place in names.items():
            places[place] = name
        # What it compiled to is not to be had of it: it is compiled a second time, this once.
        code = _COMPILER._code(_COMPILER._parser.parse(pattern, flags), flags)
        self.compiled += 1
        self._used[key] = prepared.bytes_of(
            (found.flags, list(map(int, code)), found.groups, names, tuple(places))
        )
        return found


SCREENS = QuickClasses()
"""Of the process that is a screen: begun by the command line, ended behind the first frame."""


def main() -> None:
    """For whoever installs where screens cannot write: keep what all of them need."""
    # Run as a program this module is another one than the one that others import.
    from smartward.screen.quick_classes import SCREENS

    SCREENS.begin()
    import_module("smartward.screen.qt_import")
    from smartward.clinical import rules
    from smartward.i18n import TABLE, shipped
    from smartward.screen.pages import PAGES

    log.debug("%d alert rules", len(rules.REGISTRY.rules))  # asked for, they are loaded
    for page in PAGES.values():
        import_module(page.module)
    for language in TABLE.languages:
        shipped(language)
    SCREENS.end()


if __name__ == "__main__":
    main()
