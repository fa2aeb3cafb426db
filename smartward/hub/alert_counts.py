"""How many alerts the shifts have brought, by rule, bed and patient, with what rules in shadow
would have added: read from the log."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from smartward.clinical.alert_budget import (
    AlertTally,
    Budget,
    judged,
    most,
    shift_began,
    tally,
)
from smartward.clinical.budget_board import (
    MOST_PATIENTS,
    MOST_RULES,
    BedLoad,
    BudgetBoard,
    PatientLoad,
    RuleCount,
    ShadowSaid,
    ShiftLoad,
)
from smartward.clinical.shadow_report import shadow_report
from smartward.clinical.ward import Ward, is_night
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader

BOARD = "alert_budget"
"""Kind and id of the stations' board."""
PAST_SHIFTS = 3
SHADOW_FOR = timedelta(days=7)
"""A new rule runs silently for a week at the least before anybody switches it on (field.md 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftAlerts:
    """Alerts opened since the shift began. `rules`: by rule, class and mode; `escalated`: by rule,
    of those that anybody saw; `limit`: what a bed may have, `over`: beds above it."""

    rules: dict[tuple[str, str, str], int] = field(default_factory=dict)
    escalated: dict[str, int] = field(default_factory=dict)
    per_bed: float = 0.0
    most_of_one_bed: int = 0
    limit: float = Budget().per_bed
    over: int = 0
    patients_over: int = 0


def shift_alerts(
    reader: Reader, ward_id: str, now: datetime, budget: Budget | None = None
) -> ShiftAlerts:
    """What the shift that is on duty has seen; without shifts, the last 8 h. The budget is the one
    the stations show, where none is given."""
    held = budget or _shown(reader, ward_id)
    began = shift_began(_ward(reader, ward_id), now)
    rows = reader.alert_log(ward_id, since=began)
    seen = tally(rows, began, len(reader.all(ward_id, "bed")))
    over = judged(seen, held)
    opened = [row for row in rows if row.event == "opened"]
    return ShiftAlerts(
        rules=dict(Counter((row.rule, row.alert_class, row.mode) for row in opened)),
        escalated=dict(
            Counter(row.rule for row in rows if row.event == "escalated" and row.mode == "on")
        ),
        per_bed=seen.mean,
        most_of_one_bed=max(seen.per_bed.values(), default=0),
        limit=held.per_bed,
        over=len(over.beds),
        patients_over=len(over.patients),
    )


def budget_board(
    reader: Reader, ward_id: str, now: datetime, budget: Budget, before: BudgetBoard | None = None
) -> BudgetBoard:
    """This shift and those before it against the budget. What rules in shadow would have said is
    that of `before` where it is given, else counted anew over the last week."""
    ward = _ward(reader, ward_id)
    began = [shift_began(ward, now)]
    while len(began) <= PAST_SHIFTS:
        began.append(shift_began(ward, began[-1] - timedelta(milliseconds=1)))
    beds = len(reader.all(ward_id, "bed"))
    rows = reader.alert_log(ward_id, since=began[-1])
    now_on = tally(rows, began[0], beds)
    over = {id for id, _ in judged(now_on, budget).patients}
    first = reader.history_since(ward_id)
    # Of a shift before anything was written it is not known that nothing was told.
    past = [
        _shift([row for row in rows if row.at < until], since, until, beds, budget)
        for until, since in pairwise(began)
        if first is not None and first < until
    ]
    shadow_since, shadow = (
        _shadow(reader, ward_id, ward, now, beds)
        if before is None
        else (before.shadow_since, before.shadow)
    )
    return BudgetBoard(
        began_at=began[0],
        limit=budget.per_bed,
        share=budget.patient_share,
        least=budget.patient_least,
        total=now_on.total,
        mean=now_on.mean,
        beds=tuple(BedLoad(bed_id=id, alert_count=count) for id, count in most(now_on.per_bed)),
        patients=_patients(now_on, over),
        past=tuple(past),
        shadow_since=shadow_since,
        shadow=shadow,
    )


def _shown(reader: Reader, ward_id: str) -> Budget:
    stored = reader.get(ward_id, BOARD, BOARD)
    return Budget() if stored is None else decode(stored.body, BudgetBoard).budget


def _ward(reader: Reader, ward_id: str) -> Ward | None:
    stored = reader.get(ward_id, "ward", ward_id)
    return None if stored is None else decode(stored.body, Ward)


def _shift(
    rows: list[LogRow], since: datetime, until: datetime, beds: int, budget: Budget
) -> ShiftLoad:
    seen = tally(rows, since, beds)
    over = len(judged(seen, budget).beds)
    return ShiftLoad(began_at=since, until=until, total=seen.total, mean=seen.mean, beds_over=over)


def _patients(seen: AlertTally, over: set[str]) -> tuple[PatientLoad, ...]:
    return tuple(
        PatientLoad(
            encounter_id=id,
            alert_count=count,
            over=id in over,
            rules=tuple(
                RuleCount(rule=rule, alert_count=n)
                for rule, n in most(seen.rules.get(id, {}))[:MOST_RULES]
            ),
        )
        for id, count in most(seen.per_patient)[:MOST_PATIENTS]
    )


def _shadow(
    reader: Reader, ward_id: str, ward: Ward | None, now: datetime, beds: int
) -> tuple[datetime, tuple[ShadowSaid, ...]]:
    """From the first that the log knows of within the week: a hub of yesterday has a day."""
    rows = reader.alert_log(ward_id, since=now - SHADOW_FOR)
    since = rows[0].at if rows else now
    report = shadow_report(
        rows, since, now, beds, lambda at: ward is not None and is_night(ward, at)
    )
    return since, tuple(
        ShadowSaid(rule=one.rule, said=one.said, night=one.night, per_bed_day=one.per_bed_day)
        for one in report.rules
    )
