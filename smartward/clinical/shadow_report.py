"""What the rules in shadow would have said, counted from the log of alerts. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Protocol

_SHADOW, _ON = "shadow", "on"
_DAY = timedelta(days=1)


class Logged(Protocol):
    """One row of the log of alerts, as far as it is needed here. `told`: who was asked, ids of
    staff or a role, with commas; `mode`, `event` and `subject` as in the log."""

    @property
    def at(self) -> datetime:
        """When it happened."""

    @property
    def alert(self) -> str:
        """Which alert it is about."""

    @property
    def subject(self) -> str:
        """KIND:ID of whom the alert is about."""

    @property
    def rule(self) -> str:
        """Whose it is."""

    @property
    def mode(self) -> str:
        """Whether anybody saw it."""

    @property
    def event(self) -> str:
        """What happened."""

    @property
    def told(self) -> str:
        """Who was asked just then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRule:
    """What one rule would have said. `per_bed_day`: alerts per bed and day; `night`: of `said`,
    those at night; `minutes`: median of how long they lasted, of those still so until the end;
    `together`: those during which an alert of the same patient was open that everybody saw;
    `asked`: how often whom, by role."""

    rule: str
    said: int
    per_bed_day: float
    night: int
    patients: int
    minutes: float
    together: int
    escalated: int = 0
    asked: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """What all rules in shadow would have said in [since, until), the most frequent first. `seen`:
    how many alerts were seen in that time, for comparison."""

    since: datetime
    until: datetime
    beds: int
    rules: tuple[ShadowRule, ...] = ()
    seen: int = 0


@dataclass(slots=True)
class _Life:
    """One alert of the log."""

    rule: str
    subject: str
    mode: str
    opened: datetime
    over: datetime
    fresh: bool
    """Whether it opened within the time that is looked at."""
    latched: bool = False
    escalated: bool = False
    asked: list[str] = field(default_factory=list)


def shadow_report(
    rows: Iterable[Logged],
    since: datetime,
    until: datetime,
    beds: int,
    at_night: Callable[[datetime], bool],
    role_of: Callable[[str], str] = str,
) -> ShadowReport:
    """Count the log's rows of [since, until), in the order they were written; with earlier ones
    what was open before is known as well. `beds` of the ward: with none, no rate per bed is told.
    `role_of`: the role of somebody who was asked."""
    lives = _lives(rows, since, until)
    seen = [life for life in lives if life.mode == _ON]
    by_subject: dict[str, list[_Life]] = {}
    for life in seen:
        by_subject.setdefault(life.subject, []).append(life)
    rules: dict[str, list[_Life]] = {}
    for life in lives:
        if life.mode == _SHADOW and life.fresh:
            rules.setdefault(life.rule, []).append(life)
    bed_days = beds * ((until - since) / _DAY)
    counted = [
        _rule(rule, own, bed_days, by_subject, at_night, role_of) for rule, own in rules.items()
    ]
    return ShadowReport(
        since=since,
        until=until,
        beds=beds,
        rules=tuple(sorted(counted, key=lambda one: (-one.said, one.rule))),
        seen=sum(life.fresh for life in seen),
    )


def _lives(rows: Iterable[Logged], since: datetime, until: datetime) -> list[_Life]:
    """The alerts that were open at any time of [since, until)."""
    lives: dict[str, _Life] = {}
    for row in rows:
        if row.at >= until:
            continue
        life = lives.get(row.alert)
        if life is None:
            # What opened before the first row is open since then at least.
            fresh = row.event == "opened" and row.at >= since
            began = row.at if row.event == "opened" else min(since, row.at)
            life = _Life(row.rule, row.subject, row.mode, began, until, fresh)
            lives[row.alert] = life
        life.mode = row.mode
        if row.event in ("closed", "done") or (life.latched and row.event == "acknowledged"):
            life.over = row.at
        life.latched = row.event == "latched"
        if row.at >= since:
            life.escalated = life.escalated or row.event == "escalated"
            life.asked += [one for one in row.told.split(",") if one]
    return [life for life in lives.values() if life.over >= since]


def _rule(
    rule: str,
    own: Sequence[_Life],
    bed_days: float,
    seen: dict[str, list[_Life]],
    at_night: Callable[[datetime], bool],
    role_of: Callable[[str], str],
) -> ShadowRule:
    asked = Counter(role_of(one) for life in own for one in life.asked)
    return ShadowRule(
        rule=rule,
        said=len(own),
        per_bed_day=len(own) / bed_days if bed_days > 0 else 0.0,
        night=sum(at_night(life.opened) for life in own),
        patients=len({life.subject for life in own}),
        minutes=median((life.over - life.opened).total_seconds() / 60 for life in own),
        together=sum(any(_meet(life, one) for one in seen.get(life.subject, ())) for life in own),
        escalated=sum(life.escalated for life in own),
        asked=tuple(sorted(asked.items(), key=lambda one: (-one[1], one[0]))),
    )


def _meet(one: _Life, other: _Life) -> bool:
    return one.opened <= other.over and other.opened <= one.over
