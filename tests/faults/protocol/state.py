"""What is not in the hub's file: screens, network, what is left to happen, what truly happened."""

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartward.wire.envelope import ActionRequest
from tests.faults.protocol.screen_side import Screen


@dataclass(frozen=True)
class Touch:
    """One touch of the script: by whom, and what."""

    screen: str
    verb: str


@dataclass(frozen=True)
class Message:
    """A request on its way. `n` tells two sendings of one touch apart."""

    screen: str
    request: ActionRequest
    n: int


@dataclass(frozen=True)
class Pressed:
    """What a person did at the bed: at which place in the order of all touches, and when."""

    action: str
    screen: str
    order: int
    at: datetime


@dataclass
class State:
    """What is not in the hub's file: screens, network, what is left to happen, and what truly
    happened."""

    screens: dict[str, Screen]
    script: tuple[Touch, ...]
    faults: tuple[str, ...]
    faults_left: int
    net: tuple[Message, ...] = ()
    order: int = 0
    sent: int = 0
    touched: dict[str, int] = field(default_factory=dict)
    """Order of each touch by its action's id."""
    presses: tuple[Pressed, ...] = ()
    closed_by: dict[str, str] = field(default_factory=dict)
    """Which touch has ended which call."""
    backup: tuple[tuple[tuple[Any, ...], ...], dict[str, str]] | None = None
    clock_moved: bool = False
    was_cut: bool = False
    """A screen has lost count of how long ago it was touched."""
    stands: tuple[str, str] | None = None
    """Which machine stands still now, and how: asleep, or halted, when it counts no seconds."""

    def copied(self) -> "State":
        twin = copy.copy(self)
        twin.screens = {name: one.copied() for name, one in self.screens.items()}
        twin.touched, twin.closed_by = dict(self.touched), dict(self.closed_by)
        return twin


class Broken(AssertionError):
    """The promise does not hold."""


def check(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)
