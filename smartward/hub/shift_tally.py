"""How many alerts the present shift has brought, kept up alert by alert for rules about them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.alert_budget import NO_SHIFT, AlertTally, shift_began
from smartward.clinical.alert_document import Alert, SubjectKind
from smartward.clinical.ward import Ward
from smartward.hub.store.alert_table import LogRow

LONGEST_SHIFT = timedelta(days=1)
"""So far back a shift that is on duty can have begun."""


@dataclass(frozen=True, slots=True)
class _Opened:
    at: datetime
    rule: str
    bed: str | None
    stay: str | None


class ShiftTally:
    """The alerts that anybody sees and that opened in the present shift, each counted once."""

    def __init__(self) -> None:
        self._opened: dict[str, _Opened] = {}
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
                self._take(row.alert, _Opened(row.at, row.rule, row.bed, whose))

    def count(self, alert: Alert, bed: str | None) -> None:
        """Take over an alert that is told, known or new."""
        of_stay = alert.subject.kind is SubjectKind.ENCOUNTER
        stay = alert.subject.id if of_stay else None
        self._take(alert.id, _Opened(alert.opened_at, alert.rule, bed, stay))

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
            beds=beds,
            total=len(self._opened),
        )

    def changes_at(self, ward: Ward | None, now: datetime) -> datetime | None:
        """When it changes by time alone: at the next turn of shifts, or, while no shift is on duty,
        when the oldest alert counts no more. None: never."""
        began = shift_began(ward, now)
        oldest = min((one.at for one in self._opened.values()), default=None)
        moments = [] if ward is None else _turns(ward, now)
        if oldest is not None and now - began == NO_SHIFT:
            moments.append(oldest + NO_SHIFT)
        return min((at for at in moments if at > now), default=None)

    def _take(self, id: str, opened: _Opened) -> None:
        if id in self._opened or (self._began is not None and opened.at < self._began):
            return
        self._opened[id] = opened
        if opened.bed is not None:
            self._beds[opened.bed] += 1
        if opened.stay is not None:
            self._patients[opened.stay] += 1
            self._rules.setdefault(opened.stay, Counter())[opened.rule] += 1

    def _begin(self, began: datetime) -> None:
        """A shift has begun: what opened before counts no more."""
        before, self._began = self._opened, began
        self._opened = {}
        self._beds, self._patients, self._rules = Counter(), Counter(), {}
        for id, opened in before.items():
            self._take(id, opened)


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
