"""How many alerts this shift has brought, by rule and by bed, with what rules in shadow would have
added: read from the log when somebody asks."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Ward, shift_at
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader

_NO_SHIFT = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftAlerts:
    """Alerts opened since the shift began. `rules`: by rule and mode; `escalated`: by rule, of
    those that anybody saw."""

    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    escalated: dict[str, int] = field(default_factory=dict)
    per_bed: float = 0.0
    most_of_one_bed: int = 0


def shift_alerts(reader: Reader, ward_id: str, now: datetime) -> ShiftAlerts:
    """What the shift that is on duty has seen; without shifts, the last 8 h."""
    stored = reader.get(ward_id, "ward", ward_id)
    ward = None if stored is None else decode(stored.body, Ward)
    rows = reader.alert_log(ward_id, since=began(ward, now))
    opened = [row for row in rows if row.event == "opened"]
    seen = [row for row in opened if row.mode == "on"]
    beds = Counter(row.bed for row in seen if row.bed is not None)
    there = len(reader.all(ward_id, "bed"))
    return ShiftAlerts(
        rules=dict(Counter((row.rule, row.mode) for row in opened)),
        escalated=dict(
            Counter(row.rule for row in rows if row.event == "escalated" and row.mode == "on")
        ),
        per_bed=len(seen) / there if there else 0.0,
        most_of_one_bed=max(beds.values(), default=0),
    )


def began(ward: Ward | None, now: datetime) -> datetime:
    """When the shift that is on duty began."""
    shift = None if ward is None else shift_at(ward, now)
    if ward is None or shift is None:
        return now - _NO_SHIFT
    local = now.astimezone(ZoneInfo(ward.zone))
    start = local.replace(hour=shift.start.hour, minute=shift.start.minute, second=0, microsecond=0)
    return start if start <= local else start - timedelta(days=1)
