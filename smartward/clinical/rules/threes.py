"""Where one parameter has 3 points: in a set, in a part of a set, in single readings in a row."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smartward.clinical.news2 import points_of, three_alone
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_set import SCORED, ObservationSet
from smartward.clinical.rules.base import soonest
from smartward.clinical.rules.settings import LOCAL, Settings, setting
from smartward.clinical.sign_history import Point, SignHistory

_OURS = f"ours, measured on generated wards; {LOCAL}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreesSettings(Settings):
    """What counts beside complete sets."""

    section = "news2_single"

    panel_from: float = setting(
        1, "parameters", LOCAL, "a panel that is not complete counts from so many on",
        "不完整的一组从几项起算", least=1,
    )  # fmt: skip
    single_values: float = setting(
        3, "values", _OURS, "so many single readings in a row, to begin and to end",
        "连续几次单独读数才起止", least=1,
    )  # fmt: skip
    single_gap_min: float = setting(
        60, "min", _OURS, "a longer gap between two of them begins anew", "相隔更久则重新计数"
    )
    single_lasts_h: float = setting(
        6, "h", LOCAL, "a last single reading counts for so long", "最后一次单独读数的有效时间"
    )
    single_pulse: float = setting(
        1, "1 yes, 0 no", _OURS, "single readings of the pulse count", "脉搏的单独读数算入", least=0
    )
    single_breathing: float = setting(
        1, "1 yes, 0 no", _OURS, "single readings of breathing count", "呼吸的单独读数算入", least=0
    )

    def wrong(self) -> str | None:
        """Yes and no are 1 and 0."""
        for name in ("single_pulse", "single_breathing"):
            if getattr(self, name) not in (0, 1):
                return f"{name} must be 1 (yes) or 0 (no)"
        return None

    @property
    def singles(self) -> tuple[Parameter, ...]:
        """The parameters whose single readings count."""
        wanted = {
            Parameter.RESPIRATORY_RATE: self.single_breathing,
            Parameter.HEART_RATE: self.single_pulse,
        }
        return tuple(parameter for parameter, yes in wanted.items() if yes == 1)


@dataclass(frozen=True, slots=True)
class Spell:
    """From when on a parameter has 3 points, until when, and what said so last: a set, or the
    single readings with which it began."""

    parameter: Parameter
    since: datetime
    said: ObservationSet | tuple[Point, ...]
    left: datetime | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """What is told first: complete sets, then others, then single readings; in the chart's
        order."""
        kind = 2 if isinstance(self.said, tuple) else 0 if self.said.complete else 1
        return (kind, SCORED.index(self.parameter))


@dataclass(frozen=True, slots=True)
class Threes:
    """The parameter that is told of, since when any has 3 points without a break, and when that may
    change by time alone."""

    told: Spell | None = None
    since: datetime | None = None
    next_look: datetime | None = None


def _never(value: float) -> bool:
    """Of a parameter whose single readings do not count."""
    return False


class _Walk:
    """One parameter through time. A person's value counts at once; single readings begin and end
    only what they began themselves, and both only so many in a row."""

    def __init__(self, parameter: Parameter, own: ThreesSettings) -> None:
        self._parameter = parameter
        self._values = round(own.single_values)
        self._gap = timedelta(minutes=own.single_gap_min)
        self._lasts = timedelta(hours=own.single_lasts_h)
        self._beyond = three_alone(parameter) if parameter in own.singles else _never
        self._row: list[Point] = []
        self._back = 0
        self._last: datetime | None = None
        self.open: Spell | None = None
        self.over: list[Spell] = []

    @property
    def end(self) -> datetime | None:
        """When what single readings said counts no more."""
        if self.open is None or self._last is None or not isinstance(self.open.said, tuple):
            return None
        return self._last + self._lasts

    def until(self, moment: datetime) -> None:
        """Time passes."""
        if (end := self.end) is not None and end <= moment:
            self._leave(end)

    def single(self, point: Point) -> None:
        """A reading of no panel."""
        three = self._beyond(point.value)
        if self.open is not None:
            self.until(point.at)
        if self.open is None:
            late = bool(self._row) and point.at - self._row[-1].at > self._gap
            self._row = [*(() if late else self._row), point] if three else []
            if len(self._row) == self._values:
                self.open = Spell(self._parameter, point.at, tuple(self._row))
                self._back = 0
        else:
            self._back = 0 if three else self._back + 1
            if self._back >= self._values and isinstance(self.open.said, tuple):
                self._leave(point.at)
        self._last = point.at

    def measured(self, one: ObservationSet, three: bool) -> None:
        """A set has a value of it."""
        self.until(one.at)
        self._row = []
        if not three:
            self._leave(one.at)
        elif self.open is None:
            self.open = Spell(self._parameter, one.at, one)
        else:
            self.open = replace(self.open, said=one)

    def _leave(self, at: datetime) -> None:
        if self.open is not None:
            self.over.append(replace(self.open, left=at))
        self.open, self._row, self._back = None, [], 0


def threes(
    signs: SignHistory,
    complete: Sequence[ObservationSet],
    begun: Iterable[ObservationSet],
    scale: int,
    own: ThreesSettings,
    now: datetime,
    back: timedelta,
) -> Threes:
    """What has 3 points now. `complete` and `begun`: the sets so far back."""
    partial = [one for one in begun if len(one.readings) >= own.panel_from]
    every = sorted((*complete, *partial), key=lambda one: (one.at, one.complete, one.until))
    scored = [(one, points_of(one, scale)) for one in every]
    begins: dict[Parameter, datetime] = {}
    for one, points in reversed(scored):
        if 3 in points.values():
            begins |= {parameter: one.at for parameter, part in points.items() if part == 3}
    singles: dict[Parameter, list[Point]] = {}
    for parameter in own.singles:
        alone = singles[parameter] = _singles(signs, parameter, now, back)
        three = three_alone(parameter)
        beyond = [point.at for point in alone if three(point.value)]
        if parameter in begins or len(beyond) >= own.single_values:
            begins[parameter] = min((*beyond[:1], begins.get(parameter, now + back)))
    walks = [
        _walked(_Walk(parameter, own), parameter, scored, singles.get(parameter, []), begin, now)
        for parameter, begin in begins.items()
    ]
    ends = [walk.end for walk in walks]
    look = soonest(*(begin + back for begin in begins.values()), *ends)
    open_ones = [walk.open for walk in walks if walk.open is not None]
    if not open_ones:
        return Threes(next_look=look)
    over = [spell for walk in walks for spell in walk.over]
    told = min(open_ones, key=lambda one: one.rank)
    return Threes(told, _since(open_ones, over), look)


def _singles(
    signs: SignHistory, parameter: Parameter, now: datetime, back: timedelta
) -> list[Point]:
    history, _ = signs.points(parameter, now, alone=True)
    return history[bisect_right(history, now - back, key=lambda one: one.at) :]


def _walked(
    walk: _Walk,
    parameter: Parameter,
    scored: Iterable[tuple[ObservationSet, Mapping[Parameter, int]]],
    alone: Sequence[Point],
    begin: datetime,
    now: datetime,
) -> _Walk:
    """`begin`: what was before has no 3 points, and so changes nothing."""
    place = bisect_left(alone, begin, key=lambda point: point.at)
    for one, points in scored:
        part = points.get(parameter)
        if part is None or one.at < begin:
            continue
        while place < len(alone) and alone[place].at <= one.at:
            walk.single(alone[place])
            place += 1
        walk.measured(one, part == 3)
    for point in alone[place:]:
        walk.single(point)
    walk.until(now)
    return walk


def _since(open_ones: Iterable[Spell], over: Iterable[Spell]) -> datetime:
    """Since when any has 3 points: from one parameter to the other is no break."""
    since = min(one.since for one in open_ones)
    for spell in sorted(over, key=lambda one: one.left or one.since, reverse=True):
        if spell.left is not None and spell.left >= since:
            since = min(since, spell.since)
    return since
