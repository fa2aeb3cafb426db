"""One line of a device's own check: what was looked at, how it is, and what to do about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from smartward.clinical.words import Value


class How(StrEnum):
    """How a part was found."""

    OK = "ok"
    FAULT = "fault"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True, slots=True)
class Line:
    """`what` names the part (`check.part.<what>`), `key` a text of what was found, with its values;
    of a fault `check.remedy.…` says what to do."""

    what: str
    how: How
    key: str
    values: dict[str, Value] = field(default_factory=dict)


def ok(what: str, key: str, **values: Value) -> Line:
    """It is as it should be."""
    return Line(what, How.OK, f"check.{key}", values)


def fault(what: str, key: str, **values: Value) -> Line:
    """It is not, and the remedy is known."""
    return Line(what, How.FAULT, f"check.{key}", values)


def untested(what: str, key: str, **values: Value) -> Line:
    """Nobody looked, or there is nothing to look at."""
    return Line(what, How.NOT_TESTED, f"check.{key}", values)
