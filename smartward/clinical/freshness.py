"""Freshness: whether a value may still be shown as what is, from its time alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AHEAD = timedelta(seconds=60)
"""A value dated further ahead than this is doubtful, not fresh."""


class Freshness(StrEnum):
    """How far a value can be trusted to say what is now."""

    FRESH = "fresh"
    AGEING = "ageing"
    """Shown with its age."""
    STALE = "stale"
    """Struck to dashes with its time."""
    DOUBTFUL = "doubtful"
    """Dated ahead: not shown as a reading, never scored."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A value is fresh up to `fresh_for` and stale after `stale_after`, both by its age."""

    fresh_for: timedelta
    stale_after: timedelta


DEFAULT_LIMITS: Mapping[str, Limits] = {
    # The longest NEWS2 interval is 12 h; stale at 1.5 times the interval.
    "vital_sign": Limits(timedelta(hours=6), timedelta(hours=18)),
    # A drip sensor or a pump reports within minutes.
    "infusion": Limits(timedelta(minutes=5), timedelta(minutes=15)),
    "his": Limits(timedelta(seconds=60), timedelta(minutes=5)),
}
"""Document kind to limits, where a ward has no others."""


def limits_for_interval(minutes: int) -> Limits:
    """Limits of observations due every `minutes`: stale when 1.5 intervals old."""
    return Limits(timedelta(minutes=minutes), timedelta(minutes=minutes) * 3 / 2)


def judge(
    kind: str,
    taken_at: datetime,
    now: datetime,
    limits: Mapping[str, Limits] = DEFAULT_LIMITS,
) -> Freshness:
    """How fresh a value of `kind` is. Raises ValueError when no limits are set for the kind."""
    limit = limits.get(kind)
    if limit is None:
        raise ValueError(f"no age limits for {kind!r}: add them to the limits given to judge()")
    age = now - taken_at
    if age < -AHEAD:
        return Freshness.DOUBTFUL
    if age <= limit.fresh_for:
        return Freshness.FRESH
    return Freshness.AGEING if age <= limit.stale_after else Freshness.STALE
