"""What the rules in shadow would have said, counted from the log of alerts. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from smartward.clinical.alert_lives import ON, SHADOW, Life, Logged, lives

_DAY = timedelta(days=1)


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
    patient_count: int
    minutes: float
    together: int
    escalations: int = 0
    asked: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """What all rules in shadow would have said in [since, until), the most frequent first. `seen`:
    how many alerts were seen in that time, for comparison."""

    since: datetime
    until: datetime
    bed_count: int
    rules: tuple[ShadowRule, ...] = ()
    seen: int = 0


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
    found = lives(rows, since, until)
    seen = [life for life in found if life.mode == ON]
    by_subject: dict[str, list[Life]] = {}
    for life in seen:
        by_subject.setdefault(life.subject, []).append(life)
    rules: dict[str, list[Life]] = {}
    for life in found:
        if life.mode == SHADOW and life.fresh:
            rules.setdefault(life.rule, []).append(life)
    bed_days = beds * ((until - since) / _DAY)
    counted = [
        _rule(rule, own, bed_days, by_subject, at_night, role_of) for rule, own in rules.items()
    ]
    return ShadowReport(
        since=since,
        until=until,
        bed_count=beds,
        rules=tuple(sorted(counted, key=lambda one: (-one.said, one.rule))),
        seen=sum(life.fresh for life in seen),
    )


def _rule(
    rule: str,
    own: Sequence[Life],
    bed_days: float,
    seen: dict[str, list[Life]],
    at_night: Callable[[datetime], bool],
    role_of: Callable[[str], str],
) -> ShadowRule:
    asked = Counter(role_of(one) for life in own for one in life.asked)
    return ShadowRule(
        rule=rule,
        said=len(own),
        per_bed_day=len(own) / bed_days if bed_days > 0 else 0.0,
        night=sum(at_night(life.opened) for life in own),
        patient_count=len({life.subject for life in own}),
        minutes=median((life.ended - life.opened).total_seconds() / 60 for life in own),
        together=sum(any(life.meets(one) for one in seen.get(life.subject, ())) for life in own),
        escalations=sum(life.escalated for life in own),
        asked=tuple(sorted(asked.items(), key=lambda one: (-one[1], one[0]))),
    )
