"""What the station shows of the ward's alerts: this shift and those before it against the budget,
who has most, and what rules in shadow would have said. Ids and numbers, never a name."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.alert_budget import Budget

MOST_PATIENTS = 6
"""So many of those who cause most are told: few patients make most alerts (PMC4891882)."""
MOST_RULES = 4
"""So many of one patient's rules are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How often one rule told."""

    rule: str
    alert_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BedLoad:
    """The alerts of one bed in the shift."""

    bed_id: str
    alert_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLoad:
    """The alerts of one patient in the shift, by rule, most first. `over`: more of the ward's
    alerts than one patient may have."""

    encounter_id: str
    alert_count: int
    over: bool
    rules: tuple[RuleCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLoad:
    """One whole shift. `mean`: alerts for each bed; `beds_over`: those above the budget."""

    began_at: datetime
    until: datetime
    total: int
    mean: float
    beds_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowSaid:
    """What a rule in shadow would have said, `night` of it at night."""

    rule: str
    said: int
    night: int
    per_bed_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetBoard:
    """Document kind `alert_budget`, one per ward, for its stations alone. `limit`: alerts that a
    bed may have in a shift; `share`: per cent of the ward's that one patient may have, judged from
    `least` alerts on; `past`: the shifts before, the latest first; `shadow`: since `shadow_since`,
    the most frequent first."""

    began_at: datetime
    limit: float = Budget().per_bed
    share: float = Budget().patient_share
    least: float = Budget().patient_least
    total: int = 0
    mean: float = 0.0
    beds: tuple[BedLoad, ...] = ()
    patients: tuple[PatientLoad, ...] = ()
    past: tuple[ShiftLoad, ...] = ()
    shadow_since: datetime | None = None
    shadow: tuple[ShadowSaid, ...] = ()

    @property
    def budget(self) -> Budget:
        """What it is held against."""
        return Budget(per_bed=self.limit, patient_share=self.share, patient_least=self.least)
