"""What a placed screen is looked over for, how each part was found, and what to do about it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartward.clinical.words import Value


class How(StrEnum):
    """How a part was found."""

    OK = "ok"
    FAULT = "fault"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """`what` names the part (`check.part.<what>`), `key` a text of what was found, with its values;
    of a fault `check.remedy.…` says what to do. No patient is in any of it."""

    what: str
    how: How
    key: str
    values: dict[str, Value] = field(default_factory=dict)


def ok(what: str, key: str, **values: Value) -> CheckLine:
    """It is as it should be."""
    return CheckLine(what, How.OK, f"check.{key}", values)


def fault(what: str, key: str, **values: Value) -> CheckLine:
    """It is not, and the remedy is known."""
    return CheckLine(what, How.FAULT, f"check.{key}", values)


def untested(what: str, key: str, **values: Value) -> CheckLine:
    """Nobody looked, or there is nothing to look at."""
    return CheckLine(what, How.NOT_TESTED, f"check.{key}", values)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWish:
    """What of a screen's check somebody wants who does not stand before it."""

    place: str = ""
    """The number of the bed or room that it shall hang at; empty: nobody says."""
    call: bool = True
    """Place a silent test call."""
    sound: bool = False
    """Sound the tone: only where it wakes nobody."""
    touch: bool = False
    """Ask on the panel for a touch: only where somebody stands before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a screen found of itself."""

    lines: tuple[CheckLine, ...]
    serial: str = ""
    """The number on its box, where the screen may read it."""

    @property
    def faults(self) -> int:
        """How many parts are at fault."""
        return sum(line.how is How.FAULT for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which device a report is of: what tells two reports of one delivery apart. Empty: unknown."""

    serial: str
    """The number on its box."""
    device_id: str = ""
    ward: str = ""
    role: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """One check of one device: what `smartward fleet check` prints as JSON and a page is drawn
    of."""

    which: Which
    at: datetime
    lines: tuple[CheckLine, ...]
