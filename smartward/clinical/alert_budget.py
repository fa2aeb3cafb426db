"""How many alerts a ward bears: counted by shift, held against its budget. Pure.

An alert that nobody can act upon makes the next one slower to be answered (PMC4456276: 99.0 % of a
ward's alarms were so), and few patients make most of them (PMC4891882: 10 % made 57.4 %). So what
is counted is what people saw, by bed and by patient.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.alert_document import SubjectKind
from smartward.clinical.alert_lives import ON, Logged
from smartward.clinical.ward import Ward, shift_at

PER_BED = 10.0
"""Alerts that one bed may have in one shift; ours, for local approval."""
PATIENT_SHARE = 30.0
"""Per cent of the ward's alerts that one patient may have; ours, after PMC4891882."""
PATIENT_LEAST = 5.0
"""Alerts below which nobody's share is judged: of two alerts each is a half. Ours."""
NO_SHIFT_H = 8
"""Hours that are counted as one where no shift is on duty: from midnight, 08:00 and 16:00 on."""
_STAY = f"{SubjectKind.ENCOUNTER}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a ward holds for enough; `patient_share` in per cent of the ward's alerts."""

    per_bed: float = PER_BED
    patient_share: float = PATIENT_SHARE
    patient_least: float = PATIENT_LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTally:
    """The alerts that opened and were seen since a shift began. `per_patient`: by encounter id,
    `rules`: of each of them, by rule; `bed_count`: of the ward; `total` holds also those of
    the ward itself and of its devices."""

    shift_began_at: datetime
    per_bed: Mapping[str, int] = field(default_factory=dict)
    per_patient: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    bed_count: int = 0
    total: int = 0

    @property
    def mean(self) -> float:
        """Alerts for each bed of the ward; 0 for a ward without beds."""
        return sum(self.per_bed.values()) / self.bed_count if self.bed_count > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is over budget, most first: beds and patients with their alerts."""

    beds: tuple[tuple[str, int], ...] = ()
    patients: tuple[tuple[str, int], ...] = ()

    @property
    def over(self) -> bool:
        """Whether anything is."""
        return len(self.beds) + len(self.patients) > 0


def judged(tally: AlertTally, budget: Budget) -> Judged:
    """Hold the shift's alerts against the budget: exactly the budget is within it."""
    patients = sum(tally.per_patient.values())
    return Judged(
        beds=tuple((id, count) for id, count in most(tally.per_bed) if count > budget.per_bed),
        patients=tuple(
            (id, count)
            for id, count in most(tally.per_patient)
            if count >= budget.patient_least and 100 * count > budget.patient_share * patients
        ),
    )


def most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts, most first; of equal ones the first by id."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def tally(rows: Iterable[Logged], began: datetime, beds: int) -> AlertTally:
    """Count the log's rows since a shift began. One alert counts once, however often it is
    logged as opened."""
    seen = {
        row.alert: row
        for row in rows
        if row.event == "opened" and row.mode == ON and row.at >= began
    }
    rules: dict[str, Counter[str]] = {}
    for row in seen.values():
        if row.subject.startswith(_STAY):
            rules.setdefault(row.subject.removeprefix(_STAY), Counter())[row.rule] += 1
    return AlertTally(
        shift_began_at=began,
        per_bed=Counter(row.bed for row in seen.values() if row.bed is not None),
        per_patient={id: own.total() for id, own in rules.items()},
        rules=rules,
        bed_count=beds,
        total=len(seen),
    )


def shift_began(ward: Ward | None, now: datetime) -> datetime:
    """When the shift that is on duty began; where none is, the third of the day."""
    shift = None if ward is None else shift_at(ward, now)
    local = now.astimezone(UTC if ward is None else ZoneInfo(ward.zone))
    if shift is None:
        return _third(local)
    start = local.replace(hour=shift.start.hour, minute=shift.start.minute, second=0, microsecond=0)
    return start if start <= local else start - timedelta(days=1)


def third_ends(ward: Ward | None, now: datetime) -> datetime:
    """When the third of the day ends that counts while no shift is on duty."""
    local = now.astimezone(UTC if ward is None else ZoneInfo(ward.zone))
    return _third(local + timedelta(hours=NO_SHIFT_H))


def _third(local: datetime) -> datetime:
    hour = local.hour - local.hour % NO_SHIFT_H
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)
