"""Codes out of keys: what a badge or wristband reader types is told from what a person types.

A reader that poses as a keyboard (a "wedge") types its whole code faster than any hand and ends it
with Enter. Nothing here reads a clock, and no code is ever part of a text, a log line or a repr.
"""

from dataclasses import dataclass, field
from enum import Enum

FEWEST = 4
"""Characters that a code has at least."""
GAP_S = 0.060
"""Seconds between two keys of one code at most; quick typists need 0.1 s."""
MOST = 256
"""Longer than the code of any badge or wristband: nothing is held back for ever."""
ENTER = "\n"
OTHER = ""
"""Any key that is part of no code: an arrow, Space, a key that repeats while it is held."""


class Fate(Enum):
    """What becomes of a key."""

    TYPED = "typed"
    """A person's: it goes where keys go."""
    HELD = "held"
    """It may be part of a code: held back until that is known."""
    TAKEN = "taken"
    """Part of a code, with everything that is held: nobody else sees it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a key told. `let_go`: what was held before it was typed by a person."""

    fate: Fate
    let_go: bool = False
    code: str | None = field(default=None, repr=False)
    """The whole code, once its Enter has come."""


class Reader:
    """The keys of one keyboard, in their order."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._last = float("-inf")
        self._ended = float("-inf")

    @property
    def holds(self) -> bool:
        """Whether keys are held back now."""
        return bool(self._held)

    def key(self, key: str, at: float) -> Heard:
        """A key went down at second `at`: one character, `ENTER` or `OTHER`."""
        follows = 0 <= at - self._last < GAP_S
        self._last = at
        if key == ENTER:
            return self._enter(follows, at)
        typed_before = self.holds and not follows
        if len(key) != 1 or not (key.isascii() and key.isprintable()) or key == " ":
            return Heard(Fate.TYPED, let_go=self._let_go())
        if typed_before or len(self._held) >= MOST:
            self._let_go()
            typed_before = True
        self._held.append(key)
        return Heard(Fate.HELD, let_go=typed_before)

    def _enter(self, follows: bool, at: float) -> Heard:
        if follows and len(self._held) >= FEWEST:
            code = "".join(self._held)
            self._held.clear()
            self._ended = at
            return Heard(Fate.TAKEN, code=code)
        if not self._held and 0 <= at - self._ended < GAP_S:
            # Some readers end with two keys, carriage return and line feed.
            return Heard(Fate.TAKEN)
        return Heard(Fate.TYPED, let_go=self._let_go())

    def silent(self) -> bool:
        """Nothing came for `GAP_S`: what is held was typed by a person. True when any was."""
        return self._let_go()

    def _let_go(self) -> bool:
        held = self.holds
        self._held.clear()
        return held
