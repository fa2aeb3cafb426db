"""Whose turn it is to be asked for by id, where not everything can be asked for in one turn."""

from collections.abc import Collection
from typing import Generic, TypeVar

T = TypeVar("T")

AT_ONCE = 200
"""Most that is asked for by id in one turn, of stays, of beds, and of what belongs to stays."""


class Turns:
    """Of what is wanted anew each turn: goes on behind the last that was asked for."""

    def __init__(self) -> None:
        self._last = ""

    def some(self, ids: Collection[str]) -> list[str]:
        """Those to be asked for now; each of them gets its turn, however many there are."""
        ordered = sorted(ids, key=lambda id: (id <= self._last, id))[:AT_ONCE]
        if ordered:
            self._last = ordered[-1]
        return ordered

    def stopped(self, last: str) -> None:
        """There was no time for those behind this one."""
        self._last = last


class Owed(Generic[T]):
    """Of what is wanted once: what there was no room for comes first the next time."""

    def __init__(self) -> None:
        self._left: dict[T, None] = {}

    def __bool__(self) -> bool:
        return bool(self._left)

    def some(self, wanted: Collection[T]) -> list[T]:
        """Those to be asked for now."""
        every = list(self._left | dict.fromkeys(wanted))
        self._left = dict.fromkeys(every[AT_ONCE:])
        return every[:AT_ONCE]

    def back(self, unasked: Collection[T]) -> None:
        """There was no time for these."""
        self._left = dict.fromkeys(unasked) | self._left
