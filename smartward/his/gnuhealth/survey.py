"""What a GNU Health can do for a ward: what this user may read of it, and what is missed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from smartward.his.gnuhealth.rows import (
    SHORT,
    TYPE_BROKEN,
    TYPE_REFUSED,
    DoseRow,
    MealItemRow,
    MealRow,
    MedicationRow,
    RoundingRow,
    TimeRow,
)
from smartward.his.gnuhealth.rpc import Rpc
from smartward.his.port import Rejection, ReportRow

WAYS = ("his.gnuhealth.census", "his.gnuhealth.transfers")
MISSED = (
    "his.gnuhealth.no_precautions",
    "his.gnuhealth.no_infusions",
    "his.gnuhealth.no_news2",
    "his.gnuhealth.no_glucose",
)
"""What no GNU Health tells."""
_DATED = (
    *(RoundingRow.MODEL, MedicationRow.MODEL, TimeRow.MODEL, DoseRow.MODEL),
    *(MealRow.MODEL, MealItemRow.MODEL),
)


async def rows(
    rpc: Rpc, found: Counter[str], unused: Counter[str], aside: Iterable[Rejection]
) -> tuple[ReportRow, ...]:
    """One row for each model that is read, after a census and a full load. `found` and `unused`
    count rows by model or short name."""
    reasons: dict[str, Counter[str]] = {}
    for one in aside:
        reasons.setdefault(one.resource_type, Counter())[one.key] += 1
    told = []
    for model, name in SHORT.items():
        readable = "read" in await rpc.rights(model)
        row = _row(model, name, readable, reasons.get(name, Counter()))
        told.append(replace(row, found=found[name] or found[model], unused=unused[model]))
    return tuple(told)


def _row(model: str, name: str, readable: bool, reasons: Counter[str]) -> ReportRow:
    used = "his.gnuhealth.dated" if model in _DATED else "his.gnuhealth.whole"
    missed: tuple[str, ...] = ()
    if reasons[TYPE_REFUSED]:
        used, missed = "his.check.refused", ("his.miss.type",)
    elif reasons[TYPE_BROKEN]:
        used, missed = "his.check.broken", ("his.miss.broken",)
    return ReportRow(
        resource_type=name,
        offered="his.gnuhealth.readable" if readable else "his.gnuhealth.denied",
        used=used,
        found=0,
        unused=0,
        rejected=dict(reasons),
        missed=missed,
    )
