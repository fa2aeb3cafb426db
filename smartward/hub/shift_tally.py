"""How many alerts the present shift has brought, kept up alert by alert for rules about them."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.alert_budget import AlertTally, shift_began, third_ends
from smartward.clinical.alert_document import Alert, SubjectKind
from smartward.clinical.ward import Ward
from smartward.hub.store.alert_table import LogRow

LONGEST_SHIFT = timedelta(days=1)
"""So far back a shift that is on duty can have begun."""


@dataclass(frozen=True, slots=True, order=True)
class _Opened:
    at: datetime
    id: str
    rule: str = field(compare=False)
    bed: str | None = field(compare=False)
    stay: str | None = field(compare=False)


class ShiftTally:
    """The alerts that anybody sees and that opened in the present shift, each counted once."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._opened: list[_Opened] = []
        """Of the last day, the oldest in front."""
        self._first = 0
        """From this one on they are of the present shift and counted."""
        self._began: datetime | None = None
        self._beds: Counter[str] = Counter()
        self._patients: Counter[str] = Counter()
        self._rules: dict[str, Counter[str]] = {}

    def load(self, rows: Iterable[LogRow]) -> None:
        """Take over what the log tells, whatever of it is of this shift."""
        stay = f"{SubjectKind.ENCOUNTER}:"
        for row in rows:
            if row.event == "opened" and row.mode == "on":
                of_stay = row.subject.startswith(stay)
                whose = row.subject.removeprefix(stay) if of_stay else None
                self._take(_Opened(row.at, row.alert, row.rule, row.bed, whose))

    def count(self, alert: Alert, bed: str | None) -> None:
        """Take over an alert that is told, known or new."""
        of_stay = alert.subject.kind is SubjectKind.ENCOUNTER
        stay = alert.subject.id if of_stay else None
        self._take(_Opened(alert.opened_at, alert.id, alert.rule, bed, stay))

    def at(self, ward: Ward | None, now: datetime, beds: int) -> AlertTally:
        """What it is now on a ward of so many beds; valid until more is counted."""
        began = shift_began(ward, now)
        if began != self._began:
            self._begin(began)
        return AlertTally(
            shift_began_at=began,
            per_bed=self._beds,
            per_patient=self._patients,
            rules=self._rules,
            bed_count=beds,
            total=len(self._opened) - self._first,
        )

    def changes_at(self, ward: Ward | None, now: datetime) -> datetime | None:
        """When it changes by time alone: at the next turn of shifts, or of thirds of the day while
        no shift is on duty. None: never."""
        moments = [] if ward is None else _turns(ward, now)
        if self._first < len(self._opened):
            moments.append(third_ends(ward, now))
        return min((at for at in moments if at > now), default=None)

    def _take(self, opened: _Opened) -> None:
        if opened.id in self._known:
            return
        self._known.add(opened.id)
        insort(self._opened, opened)
        if self._began is not None and opened.at < self._began:
            self._first += 1
        else:
            self._count(opened, 1)

    def _begin(self, began: datetime) -> None:
        """Another time counts as the shift's beginning."""
        self._began = began
        while self._first < len(self._opened) and self._opened[self._first].at < began:
            self._count(self._opened[self._first], -1)
            self._first += 1
        while self._first > 0 and self._opened[self._first - 1].at >= began:
            self._first -= 1
            self._count(self._opened[self._first], 1)
        while self._first > 0 and self._opened[0].at < began - LONGEST_SHIFT:
            self._known.discard(self._opened.pop(0).id)
            self._first -= 1

    def _count(self, opened: _Opened, how: int) -> None:
        if opened.bed is not None:
            _add(self._beds, opened.bed, how)
        if opened.stay is not None:
            _add(self._patients, opened.stay, how)
            _add(self._rules.setdefault(opened.stay, Counter()), opened.rule, how)
            if not self._rules[opened.stay]:
                del self._rules[opened.stay]


def _add(counts: Counter[str], key: str, how: int) -> None:
    counts[key] += how
    if counts[key] == 0:
        del counts[key]


def _turns(ward: Ward, now: datetime) -> list[datetime]:
    """When shifts begin and end, today and tomorrow."""
    zone = ZoneInfo(ward.zone)
    today = now.astimezone(zone).date()
    return [
        datetime.combine(today + timedelta(days=days), turn, zone).astimezone(UTC)
        for days in (0, 1)
        for shift in ward.shifts
        for turn in (shift.start, shift.end)
    ]
