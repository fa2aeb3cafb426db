"""Sets of observations as NEWS2 scores them: one panel, or what was taken at about one time."""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from smartward.clinical.observation import Measurement, Parameter, VitalSign

SCORED = (
    Parameter.RESPIRATORY_RATE,
    Parameter.OXYGEN_SATURATION,
    Parameter.OXYGEN_SUPPLY,
    Parameter.SYSTOLIC,
    Parameter.HEART_RATE,
    Parameter.CONSCIOUSNESS,
    Parameter.TEMPERATURE,
)
"""The seven parameters of NEWS2, in the chart's order."""

CODES: dict[Parameter, frozenset[str]] = {
    Parameter.OXYGEN_SUPPLY: frozenset({"air", "oxygen"}),
    Parameter.CONSCIOUSNESS: frozenset("ACVPU"),
}

WINDOW_MIN = 10
"""Observations without a panel belong together when taken within so many minutes (setting)."""

ATTEMPT = 4
"""An incomplete set has at least so many of the seven; fewer are single measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement of a set with its time and the vital sign it came from."""

    measurement: Measurement
    at: datetime
    received_at: datetime
    source: str

    @property
    def parameter(self) -> Parameter:
        """What was measured."""
        return self.measurement.parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationSet:
    """The newest reading of each parameter in a set, complete or not.

    `at` is when its oldest member was taken and times the set, `until` when its newest was.
    """

    at: datetime
    until: datetime
    readings: dict[Parameter, Reading]
    panel_id: str | None = None
    worked_out: dict[Hashable, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What was worked out of these very readings, for whoever wants the same again."""

    @property
    def missing(self) -> tuple[Parameter, ...]:
        """What a score still needs, in the chart's order."""
        return tuple(parameter for parameter in SCORED if parameter not in self.readings)

    @property
    def complete(self) -> bool:
        """Whether it can be scored."""
        return len(self.readings) == len(SCORED)

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the vital signs it was made of, each once."""
        return tuple(dict.fromkeys(reading.source for reading in self.readings.values()))


def latest_set(
    vital_signs: Iterable[VitalSign], window_min: float = WINDOW_MIN
) -> ObservationSet | None:
    """The newest complete set; where there is none at all, the newest incomplete one.

    An incomplete set does not hide the complete one before it: that one's age tells its worth.
    """
    history = sets(vital_signs, window_min)
    candidates = [one for one in history if one.complete] or history
    return candidates[-1] if candidates else None


def sets(vital_signs: Iterable[VitalSign], window_min: float = WINDOW_MIN) -> list[ObservationSet]:
    """All sets, oldest first; no reading is in two of them.

    A complete panel is a set by itself. Everything else is put together by time: from the newest
    backwards, the newest reading of each parameter within `window_min` minutes of each other.
    Doubtful vital signs, unknown codes and impossible numbers are in no set.
    """
    panels: dict[str, list[Reading]] = {}
    loose: list[Reading] = []
    for sign in vital_signs:
        kept = loose if sign.panel_id is None else panels.setdefault(sign.panel_id, [])
        kept.extend(readings(sign))
    found = []
    for panel_id, of_panel in panels.items():
        whole = panel_set(panel_id, of_panel)
        if whole is None:
            loose.extend(of_panel)
        else:
            found.append(whole)
    return in_order((*found, *loose_sets(loose, timedelta(minutes=window_min))))


def in_order(found: Iterable[ObservationSet]) -> list[ObservationSet]:
    """Sets, oldest first."""
    return sorted(found, key=lambda one: (one.at, one.until, one.panel_id or ""))


def panel_set(panel_id: str, of_panel: Iterable[Reading]) -> ObservationSet | None:
    """A panel as a set by itself; None where it is not complete."""
    newest = {reading.parameter: reading for reading in sorted(of_panel, key=_age)}
    return _set(newest, panel_id) if len(newest) == len(SCORED) else None


def begun_panel(panel_id: str, of_panel: Iterable[Reading]) -> ObservationSet | None:
    """What there is of a panel that is not complete; None where it is, or where there is nothing
    usable."""
    newest = {reading.parameter: reading for reading in sorted(of_panel, key=_age)}
    return _set(newest, panel_id) if 0 < len(newest) < len(SCORED) else None


def begun_panels(vital_signs: Iterable[VitalSign]) -> list[ObservationSet]:
    """The panels that are not complete, each by itself, oldest first: of a panel somebody meant to
    measure more than one thing. Doubtful vital signs are in none."""
    panels: dict[str, list[Reading]] = {}
    for sign in vital_signs:
        if sign.panel_id is not None:
            panels.setdefault(sign.panel_id, []).extend(readings(sign))
    found = (begun_panel(panel_id, of_panel) for panel_id, of_panel in panels.items())
    return in_order(one for one in found if one is not None)


def loose_sets(loose: Sequence[Reading], window: timedelta) -> list[ObservationSet]:
    """What is in no complete panel, put together by time."""
    complete = list(_by_time(loose, window, len(SCORED)))
    rest = _outside(loose, complete)
    return [*complete, *_by_time(rest, window, ATTEMPT)]


def usable(measurement: Measurement) -> bool:
    """Whether a measurement can be scored: a code of the chart, or a possible number. 0 is
    possible; a number below 0 is not, nor a saturation above 100 %."""
    codes = CODES.get(measurement.parameter)
    if codes is not None:
        return measurement.code in codes
    value = measurement.value
    if value is None or not isfinite(value) or value < 0:
        return False
    return measurement.parameter is not Parameter.OXYGEN_SATURATION or value <= 100


def readings(sign: VitalSign) -> list[Reading]:
    """What of a vital sign a set can be made of; nothing of a doubtful one."""
    if sign.doubtful:
        return []
    return [
        Reading(
            measurement=measurement,
            at=sign.taken_at,
            received_at=sign.received_at,
            source=sign.id,
        )
        for measurement in sign.measurements
        if measurement.parameter in SCORED and usable(measurement)
    ]


def _by_time(
    given: Sequence[Reading], window: timedelta, at_least: int
) -> Iterator[ObservationSet]:
    """Sets of at least so many parameters, newest first, none overlapping another."""
    of: dict[Parameter, list[Reading]] = {}
    for reading in sorted(given, key=_age):
        of.setdefault(reading.parameter, []).append(reading)
    if len(of) < at_least:
        return
    before: datetime | None = None
    for anchor in sorted({reading.at for reading in given}, reverse=True):
        if before is not None and anchor >= before:
            continue
        newest = {}
        for parameter, history in of.items():
            index = bisect_right(history, anchor, key=lambda reading: reading.at)
            if index and history[index - 1].at >= anchor - window:
                newest[parameter] = history[index - 1]
        if len(newest) >= at_least:
            one = _set(newest, None)
            before = one.at
            yield one


def _outside(given: Sequence[Reading], complete: list[ObservationSet]) -> list[Reading]:
    """Readings in no complete set, nor superseded by one in the time it spans. No two of these
    sets overlap."""
    ordered = sorted(complete, key=lambda one: one.at)
    starts = [one.at for one in ordered]

    def inside(reading: Reading) -> bool:
        index = bisect_right(starts, reading.at)
        return index > 0 and reading.at <= ordered[index - 1].until

    return [reading for reading in given if not inside(reading)]


def _set(newest: dict[Parameter, Reading], panel_id: str | None) -> ObservationSet:
    times = [reading.at for reading in newest.values()]
    return ObservationSet(
        at=min(times),
        until=max(times),
        readings={parameter: newest[parameter] for parameter in SCORED if parameter in newest},
        panel_id=panel_id,
    )


def _age(reading: Reading) -> tuple[datetime, datetime, str]:
    """Oldest first; of two taken at one time the one received later is the newer."""
    return (reading.at, reading.received_at, reading.source)
