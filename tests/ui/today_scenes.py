"""Wards whose alerts are counted, for the page of the ward's day and its pictures."""

from dataclasses import replace
from datetime import timedelta

from smartward.clinical.budget_board import (
    MOST_PATIENTS,
    BedLoad,
    BudgetBoard,
    PatientLoad,
    RuleCount,
    ShadowSaid,
    ShiftLoad,
)
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import LONG_NAME, NOW, bed_id, stay_id

BEGAN = NOW.replace(hour=0, minute=0)
"""08:00 on the ward."""
_LOADS = {12: 14, 31: 11, 7: 6, 22: 4, 5: 3, 18: 2, 1: 1, 40: 1, 25: 1}
_RULES = ("spo2_drop", "news2_rise", "observations_overdue", "bed_exit", "infusion_near_end")
_SHADOW = (
    ("pain_again", 61, 20, 0.22),
    ("medicine_due", 44, 31, 0.16),
    ("temperature_spike", 12, 3, 0.04),
    ("turn_due", 9, 8, 0.03),
    ("urine_low", 3, 1, 0.01),
)


def board(loads: dict[int, int], rules: int = 2, shadow: int = 5) -> BudgetBoard:
    """The board of a shift in which these beds had so many alerts."""
    total = sum(loads.values())
    most = sorted(loads.items(), key=lambda one: (-one[1], one[0]))
    return BudgetBoard(
        began_at=BEGAN,
        total=total,
        mean=total / 40,
        beds=tuple(BedLoad(bed_id=bed_id(number), alert_count=count) for number, count in most),
        patients=tuple(
            PatientLoad(
                encounter_id=stay_id(number),
                alert_count=count,
                over=count >= 5 and count > 0.3 * total,
                rules=_rules(count, rules),
            )
            for number, count in most[:MOST_PATIENTS]
        ),
        past=tuple(
            ShiftLoad(
                began_at=BEGAN - (n + 1) * timedelta(hours=8),
                until=BEGAN - n * timedelta(hours=8),
                total=40 - 9 * n,
                mean=1 - 0.22 * n,
                beds_over=1 if n == 0 else 0,
            )
            for n in range(3)
        ),
        shadow_since=NOW - timedelta(days=7),
        shadow=tuple(
            ShadowSaid(rule=rule, said=said, night=night, per_bed_day=rate)
            for rule, said, night, rate in _SHADOW[:shadow]
        ),
    )


def _rules(count: int, most: int) -> tuple[RuleCount, ...]:
    """So many alerts, of no more than so many rules."""
    kinds = min(count, most)
    rest = count - (kinds - 1) * (count // (kinds + 1) or 1)
    counts = [rest, *[count // (kinds + 1) or 1] * (kinds - 1)]
    return tuple(
        RuleCount(rule=rule, alert_count=n) for rule, n in zip(_RULES, counts, strict=False)
    )


def counted(*, long: bool = False, overfull: bool = False, quiet: bool = False) -> sample.Bodies:
    """A ward of forty beds and its shift's alerts."""
    ward = sample.full_ward(40)
    loads = {} if quiet else _LOADS
    if overfull:
        loads = {number: 4 + number * 7 % 23 for number in range(1, 41)}
    if long:
        for number in (12, 31):
            stay = ward.get("encounter", stay_id(number))
            ward.put(
                "encounter", replace(stay, patient=replace(stay.patient, name=LONG_NAME, family=""))
            )
    made = board(loads, rules=4 if long or overfull else 2, shadow=0 if quiet else 5)
    ward.put("alert_budget", made, "alert_budget")
    return ward
