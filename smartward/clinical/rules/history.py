"""Hold delay and hysteresis, from the facts' own times: any order, repetition or delay of facts
gives the same answer, for nothing is remembered but the facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.observation import Parameter
from smartward.clinical.rules.base import Facts
from smartward.clinical.sign_history import Point as Point


@dataclass(frozen=True, slots=True)
class Crossing:
    """A limit that is crossed now. `since`: the first value beyond it, `latest`: the newest value
    of the history, `left`: since when values are back, though not yet for long enough."""

    since: datetime
    entered: Point
    latest: Point
    left: datetime | None = None


Test = Callable[[float], bool]


def points(
    facts: Facts, parameter: Parameter, now: datetime
) -> tuple[list[Point], datetime | None]:
    """The patient's believable values of one parameter, oldest first, each time once (of two taken
    at one time the one received later counts); and when one that is dated ahead is to be looked at.
    0 is a value."""
    return facts.signs.points(parameter, now)


def crossing(
    history: Sequence[Point],
    enter: Test,
    leave: Test,
    *,
    back_values: int = 1,
    back_for: timedelta = timedelta(0),
) -> Crossing | None:
    """Whether a limit is crossed at the end of a history (hysteresis: what is between `enter` and
    `leave` changes nothing). It is left after so many values in a row that are back, the last of
    them at least `back_for` after the first. None: it is not crossed."""
    inside: Point | None = None
    back: list[Point] = []
    for point in history:
        if inside is None:
            if enter(point.value):
                inside, back = point, []
        elif leave(point.value):
            back.append(point)
            if len(back) >= back_values and point.at - back[0].at >= back_for:
                inside, back = None, []
        else:
            back = []
    if inside is None:
        return None
    return Crossing(inside.at, inside, history[-1], back[0].at if back else None)


def held_since(
    history: Sequence[Point], holds: Test, unbroken: timedelta | None = None
) -> Point | None:
    """The first of the values in a row, up to the newest, for which it holds; None when it does not
    hold for the newest. A gap longer than `unbroken` between two values begins anew."""
    first: Point | None = None
    before: Point | None = None
    for point in history:
        gap = before is not None and unbroken is not None and point.at - before.at > unbroken
        if not holds(point.value):
            first = None
        elif first is None or gap:
            first = point
        before = point
    return first
