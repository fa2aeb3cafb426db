"""An infusion (FHIR MedicationAdministration in progress, with Device and DeviceMetric)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite


class InfusionStatus(StrEnum):
    """MedicationAdministration.status, the part a ward meets."""

    RUNNING = "in-progress"
    PAUSED = "on-hold"
    ENDED = "completed"
    STOPPED = "stopped"


class VolumeSource(StrEnum):
    """Where the volume left comes from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    SENSOR_LOST = "sensor_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateReading:
    """A rate as it was measured, or as whoever hung the bag told it, in mL/h. 0 is a rate."""

    at: datetime
    ml_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """Document kind `infusion`. Volumes in mL, rate in mL/h, as of `measured_at`."""

    id: str
    encounter_id: str
    status: InfusionStatus
    total_ml: float | None
    left_ml: float | None
    rate_ml_h: float | None
    source: VolumeSource
    measured_at: datetime
    started_at: datetime | None = None
    name: str | None = None
    """What runs; station only."""
    next_ordered: bool | None = None
    """Whether another bag is ordered; None: the HIS does not tell."""
    ordered_ml_h: float | None = None
    """The one rate of its order; None: the order tells none, or several."""
    ordered_since: datetime | None = None
    """When the hub heard of another rate of the order; None: it never was another."""
    running_since: datetime | None = None
    """When the hub heard that it runs again; None: it never stood still."""
    rates: tuple[RateReading, ...] = ()
    """The rates of late, oldest first; each holds until the next."""


NO_END_H = 24.0 * 30
"""A rate at which a bag would last longer than this, in hours, is as good as none."""


def gtt_per_min(ml: float, minutes: float, factor: float) -> float:
    """Drops per minute that give `ml` in `minutes`; `factor` is drops per mL, as printed on the
    set (10, 15, 20 or 60). Raises ValueError unless `minutes` is above 0."""
    if not minutes > 0:
        raise ValueError(f"drops per minute need a time above 0 min, not {minutes!r}")
    return ml * factor / minutes


def ml_per_h(drops_per_min: float, factor: float) -> float:
    """The rate in mL/h of counted drops; `factor` is drops per mL, as printed on the set. Raises
    ValueError unless `factor` is above 0."""
    if not factor > 0:
        raise ValueError(f"a drop factor is above 0 drops per mL, not {factor!r}")
    return drops_per_min * 60 / factor


def heard(told: Infusion, before: Infusion | None, now: datetime) -> Infusion:
    """An infusion as it was told at `now`, with since when its order says so and since when it runs
    again, by what was known of it before."""
    if before is None:
        return told
    same = before.ordered_ml_h == told.ordered_ml_h
    stood = before.status is not InfusionStatus.RUNNING
    again = stood and told.status is InfusionStatus.RUNNING
    return replace(
        told,
        ordered_since=before.ordered_since if same else now,
        running_since=now if again else before.running_since,
    )


def flows(infusion: Infusion) -> bool:
    """Whether it runs at a known rate above 0. Paused, rate 0 and a lost sensor do not."""
    rate = infusion.rate_ml_h
    return (
        infusion.status is InfusionStatus.RUNNING
        and infusion.source is not VolumeSource.SENSOR_LOST
        and rate is not None
        and isfinite(rate)
        and rate > 0
    )


def reaches(infusion: Infusion, ml: float) -> datetime | None:
    """When `ml` are or were left at the present rate; None when it does not flow, the volume is
    not known, or no end is in sight. Before `measured_at` when less was left already."""
    left, rate = infusion.left_ml, infusion.rate_ml_h
    if left is None or rate is None or not flows(infusion):
        return None
    hours = (left - ml) / rate
    return infusion.measured_at + timedelta(hours=hours) if abs(hours) < NO_END_H else None


def expected_end(infusion: Infusion) -> datetime | None:
    """When the bag will be or was empty. None when paused, at rate 0, stopped, or with a lost
    sensor: no end is known, which is neither "never" nor "now"."""
    return reaches(infusion, 0.0)


def volume_left_ml(infusion: Infusion, now: datetime) -> float | None:
    """Millilitres left now, by the rate since `measured_at`. None when not known (also when the
    sensor is lost: show its last time instead)."""
    if infusion.source is VolumeSource.SENSOR_LOST or infusion.left_ml is None:
        return None
    if infusion.status is InfusionStatus.ENDED:
        return 0.0
    if infusion.rate_ml_h is None or not flows(infusion):
        return infusion.left_ml
    hours = max((now - infusion.measured_at) / timedelta(hours=1), 0.0)
    return max(infusion.left_ml - infusion.rate_ml_h * hours, 0.0)


def minutes_left(infusion: Infusion, now: datetime) -> float | None:
    """Minutes until the bag is empty, at least 0; None where no end is known."""
    end = expected_end(infusion)
    return None if end is None else max((end - now) / timedelta(minutes=1), 0.0)
