"""Vital signs of a bed's sheet: the newest of each with its time, and the NEWS2 score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.encounter import Encounter
from smartward.clinical.freshness import (
    DEFAULT_LIMITS,
    Freshness,
    Limits,
    judge,
    limits_for_interval,
)
from smartward.clinical.news2 import (
    News2Excluded,
    News2Incomplete,
    News2Score,
    evaluate,
    latest_set,
    sets,
)
from smartward.clinical.observation import UNITS, Measurement, Parameter, VitalSign
from smartward.clinical.observation_set import ObservationSet
from smartward.screen.station_trends import Plot
from smartward.screen.station_words import Words

_TILES: tuple[tuple[str, tuple[Parameter, ...]], ...] = (
    ("respiratory_rate", (Parameter.RESPIRATORY_RATE,)),
    ("oxygen_saturation", (Parameter.OXYGEN_SATURATION,)),
    ("oxygen_supply", (Parameter.OXYGEN_SUPPLY,)),
    ("blood_pressure", (Parameter.SYSTOLIC, Parameter.DIASTOLIC)),
    ("heart_rate", (Parameter.HEART_RATE,)),
    ("temperature", (Parameter.TEMPERATURE,)),
    ("consciousness", (Parameter.CONSCIOUSNESS,)),
    ("pain", (Parameter.PAIN,)),
    ("glucose", (Parameter.GLUCOSE,)),
    ("oxygen_flow", (Parameter.OXYGEN_FLOW,)),
    ("oxygen_device", (Parameter.OXYGEN_DEVICE,)),
)
_ALWAYS = 7
"""The seven of NEWS2 are shown even when never measured; the others only when they were."""
_OF_OXYGEN = ("oxygen_flow", "oxygen_device")
_OF_TILE = ("key", "label", "value", "unit", "time", "status", "part")
_OF_PLOT = ("high", "low", "line", "second", "marks", "empty")
_DECIMALS = {Parameter.TEMPERATURE: 1, Parameter.GLUCOSE: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalTile:
    """One reading. `value` is dashes when it is stale, doubtful or was never taken."""

    key: str
    label: str
    value: str
    unit: str
    time: str
    status: str
    """fresh, ageing, stale, doubtful or never."""
    part: str
    """Its points in the shown NEWS2 score, "" outside of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalRow(VitalTile):
    """A reading with the plot of its last 24 hours on the same line."""

    high: str
    low: str
    line: tuple[float, ...]
    second: tuple[float, ...]
    marks: tuple[float, ...]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreText:
    """NEWS2 as the sheet says it. `value` is a total or dashes, never a partial sum."""

    value: str
    band: str
    detail: str
    parts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A score and the set it was made of."""

    score: News2Score
    of: ObservationSet

    def points(self, parameter: Parameter, sign: VitalSign) -> int | None:
        """The points of a reading, None when it is not the one that was scored."""
        reading = self.of.readings.get(parameter)
        if reading is None or reading.source != sign.id:
            return None
        return self.score.parts.get(parameter)


Latest = Mapping[Parameter, tuple[VitalSign, Measurement]]


def latest(vital_signs: Sequence[VitalSign]) -> Latest:
    """The newest measurement of each parameter; doubtful ones only where there is no other."""
    found: dict[Parameter, tuple[VitalSign, Measurement]] = {}
    for sign in sorted(vital_signs, key=lambda s: (not s.doubtful, s.taken_at, s.id)):
        for measured in sign.measurements:
            found[measured.parameter] = (sign, measured)
    return found


def with_plots(
    readings: Iterable[VitalTile], plotted: Mapping[str, Plot]
) -> tuple[list[VitalRow], list[VitalTile]]:
    """Readings that have a plot, on its line; and the others."""
    rows, others = [], []
    for tile in readings:
        plot = plotted.get(tile.key)
        if plot is None:
            others.append(tile)
            continue
        drawn = {name: getattr(plot, name) for name in _OF_PLOT}
        rows.append(VitalRow(**{name: getattr(tile, name) for name in _OF_TILE}, **drawn))
    return rows, others


def tiles(
    stay: Encounter,
    vital_signs: Sequence[VitalSign],
    score: Scored | None,
    words: Words,
    now: datetime,
) -> list[VitalTile]:
    """A tile for each reading, in the chart's order."""
    known = latest(vital_signs)
    limits = dict(DEFAULT_LIMITS)
    if stay.news2.interval_min is not None:
        limits["vital_sign"] = limits_for_interval(stay.news2.interval_min)
    rows = []
    for place, (key, parameters) in enumerate(_TILES):
        there = [known[parameter] for parameter in parameters if parameter in known]
        if not there and place >= _ALWAYS:
            continue
        if key in _OF_OXYGEN and _on_air(known):
            continue
        rows.append(_tile(key, parameters, there, limits, score, words, now))
    return rows


def _on_air(known: Mapping[Parameter, tuple[VitalSign, Measurement]]) -> bool:
    """Whether the last word is air: by what it was before is of no account."""
    supply = known.get(Parameter.OXYGEN_SUPPLY)
    return supply is not None and supply[1].code == "air"


def _tile(
    key: str,
    parameters: tuple[Parameter, ...],
    there: list[tuple[VitalSign, Measurement]],
    limits: Mapping[str, Limits],
    score: Scored | None,
    words: Words,
    now: datetime,
) -> VitalTile:
    label, unit = words.text(f"vital.{key}"), UNITS.get(parameters[0], "")
    if not there:
        never = words.text("vital.state.never")
        return VitalTile(
            key=key, label=label, value="– –", unit="", time=never, status="never", part=""
        )
    oldest = min(there, key=lambda found: found[0].taken_at)[0]
    state = judge("vital_sign", oldest.taken_at, now, limits)
    if oldest.doubtful:
        state = Freshness.DOUBTFUL
    readable = state in (Freshness.FRESH, Freshness.AGEING)
    points = None if score is None else score.points(parameters[0], there[0][0])
    return VitalTile(
        key=key,
        label=label,
        value="/".join(_value(found[1], words) for found in there) if readable else "– –",
        unit=unit if readable else "",
        time=_time(oldest, state, words, now),
        status=state.value,
        part="" if points is None or not readable else f"+{points}" if points > 0 else "0",
    )


def _value(measured: Measurement, words: Words) -> str:
    if measured.parameter is Parameter.OXYGEN_SUPPLY:
        return words.text(f"vital.oxygen.{measured.code}")
    if measured.parameter is Parameter.CONSCIOUSNESS:
        return words.text(f"vital.acvpu.{measured.code}")
    if measured.parameter is Parameter.OXYGEN_DEVICE:
        return words.text(f"vital.device.{measured.code}")
    if measured.parameter is Parameter.OXYGEN_FLOW:
        return f"{measured.value:g}"
    if measured.value is None:
        return measured.code or "– –"
    return f"{measured.value:.{_DECIMALS.get(measured.parameter, 0)}f}"


def _time(sign: VitalSign, state: Freshness, words: Words, now: datetime) -> str:
    at = words.moment(sign.taken_at, now)
    if state is Freshness.DOUBTFUL:
        return words.text("vital.state.doubtful", at=at)
    if state is Freshness.FRESH:
        return words.text("vital.state.measured", at=at)
    age = words.minutes((now - sign.taken_at).total_seconds())
    return words.text("vital.state.ageing", at=at, age=age)


def scored(
    stay: Encounter, vital_signs: Sequence[VitalSign], words: Words, now: datetime, window_min: int
) -> tuple[Scored | None, ScoreText]:
    """The newest complete set's score with its text; without a score, why there is none."""
    newest = latest_set(vital_signs, window_min)
    if stay.news2.exclusion is not None or newest is None:
        return None, _unscored(stay, words)
    found = evaluate(stay, newest, now)
    if isinstance(found, News2Excluded):
        why = words.text(f"news2.excluded.{found.reason.value}")
        return None, ScoreText(value="– –", band=words.text("news2.none"), detail=why, parts="")
    at = words.moment(newest.at, now)
    detail = words.text("news2.as_of", at=at, scale=stay.news2.scale)
    if isinstance(found, News2Incomplete):
        band = words.text("news2.incomplete")
        missing = words.text("news2.missing", what=_list(found.missing, words))
        return None, ScoreText(value="– –", band=band, detail=detail, parts=missing)
    if judge("vital_sign", newest.at, now) is Freshness.STALE:
        band = words.text("news2.too_old")
        return None, ScoreText(value="– –", band=band, detail=detail, parts="")
    later = _later_incomplete(vital_signs, newest, words, now, window_min)
    text = ScoreText(
        value=str(found.total),
        band=words.text(f"news2.band.{found.band.value}"),
        detail=detail,
        parts=later or _parts(found, words),
    )
    return Scored(score=found, of=newest), text


def _later_incomplete(
    vital_signs: Sequence[VitalSign],
    scored_set: ObservationSet,
    words: Words,
    now: datetime,
    window_min: int,
) -> str:
    """What a newer attempt lacks: the score is older than it looks."""
    last = sets(vital_signs, window_min)[-1]
    if last.complete or last.at <= scored_set.at:
        return ""
    at = words.moment(last.at, now)
    return words.text("news2.later", at=at, what=_list(last.missing, words))


def _list(parameters: Iterable[Parameter], words: Words) -> str:
    return words.text("list_and").join(words.text(f"vital.{p.value}") for p in parameters)


def _unscored(stay: Encounter, words: Words) -> ScoreText:
    none = words.text("news2.none")
    if stay.news2.exclusion is not None:
        why = words.text(f"news2.excluded.{stay.news2.exclusion.value}")
        return ScoreText(value="– –", band=none, detail=why, parts="")
    return ScoreText(value="– –", band=none, detail=words.text("news2.no_set"), parts="")


def _parts(score: News2Score, words: Words) -> str:
    told = [
        words.text("news2.part", what=words.text(f"vital.{parameter.value}"), n=points)
        for parameter, points in score.parts.items()
        if points > 0
    ]
    return " · ".join(told) or words.text("news2.all_zero")


def history(
    stay: Encounter, vital_signs: Sequence[VitalSign], now: datetime, window_min: int
) -> list[tuple[datetime, int]]:
    """The totals of the complete sets, oldest first; incomplete ones are no points."""
    found = []
    for each in sets(vital_signs, window_min):
        value = evaluate(stay, each, now)
        if isinstance(value, News2Score):
            found.append((each.at, value.total))
    return sorted(found)
