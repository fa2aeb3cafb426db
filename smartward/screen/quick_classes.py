"""The methods of dataclasses are compiled once and kept, as Python does with modules.

Python writes each of their methods as text and compiles it at every start: for the 220 classes of a
screen a seventh of the time to its first frame. Here what a text compiles to is kept in a file of
`__pycache__`, found again by the text itself. A text that is not in it is compiled as ever, and a
folder that cannot be written keeps nothing: it is no error, only slower. Who installs makes the
file once: `python -m smartward.screen.quick_classes`.
"""

import contextlib
import dataclasses
import logging
import marshal
import os
from importlib import import_module
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any

log = logging.getLogger("smartward.screen.quick_classes")

FILE = Path(cache_from_source(__file__)).with_suffix(".methods")
"""Beside this module's own compiled form, wherever Python keeps that."""
_MOST = 5000
"""More texts than this are not of one version of the program: the old ones are left out."""
_SAME_BYTES = 2
"""A version of marshal that writes the same bytes for the same texts: packages are reproducible."""


class QuickClasses:
    """While it is begun, methods come out of the file."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._known: dict[str, CodeType] = {}
        self._used: dict[str, CodeType] = {}
        self.compiled = 0
        """Texts that the file did not have."""

    def begin(self) -> None:
        """From now on."""
        self._known = _read(self._file)
        vars(dataclasses)["exec"] = self._run

    def end(self) -> None:
        """Python does it again; what is new is kept."""
        vars(dataclasses).pop("exec", None)
        known, used = self._known, self._used
        self._known, self._used = {}, {}
        if not used.keys() - known.keys():
            return
        texts = known | used
        if len(texts) > _MOST:
            texts = used
        try:
            _write(self._file, texts)
        except OSError as error:
            log.debug("compiled methods are not kept: %s", error)

    def _run(self, text: str, names: dict[str, Any], into: dict[str, Any]) -> None:
        code = self._known.get(text)
        if code is None:
            code = compile(text, "<string>", "exec", dont_inherit=True)
            self.compiled += 1
        self._used[text] = code
        exec(code, names, into)


def _read(file: Path) -> dict[str, CodeType]:
    """What was kept; nothing where it cannot be read or is another Python's."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    if not content.startswith(MAGIC_NUMBER):
        return {}
    try:
        return dict(marshal.loads(content[len(MAGIC_NUMBER) :]))
    except (EOFError, ValueError, TypeError):
        return {}  # half written before a power cut


def _write(file: Path, texts: dict[str, CodeType]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        new.write_bytes(MAGIC_NUMBER + marshal.dumps(sorted(texts.items()), _SAME_BYTES))
        new.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


SCREENS = QuickClasses()
"""Of the process that is a screen: begun by the command line, ended behind the first frame."""


def main() -> None:
    """For whoever installs where screens cannot write: keep what all of them need."""
    SCREENS.begin()
    from smartward.clinical import rules
    from smartward.screen.app import PAGES

    log.debug("%d alert rules", len(rules.REGISTRY.rules))  # asked for, they are loaded
    for page in PAGES.values():
        import_module(page.module)
    SCREENS.end()


if __name__ == "__main__":
    main()
