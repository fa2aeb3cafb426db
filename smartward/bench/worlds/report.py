"""The figures of `smartward bench alerts` as text and as JSON; the same input, the same bytes."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartward.bench.worlds.score import Score, difference_interval, quartiles, ratio_interval

FIFTH = 0.2
"""The aim: at most this share of the alerts of single limits."""

OURS, OURS_ALL, OURS_SHADOW = "ours", "ours_all", "ours_shadow"
LIMITS, LIMITS_FRESH, NEWS2, CALLING = "limits", "limits_fresh", "news2", "calling"

NAMES: Mapping[str, str] = {
    OURS: "our rules that are on and tell of getting worse",
    OURS_ALL: "all our rules that are on",
    OURS_SHADOW: "as the first, with those that only record",
    LIMITS: "(a) single limits of monitors, each value",
    LIMITS_FRESH: "    the same, new crossings alone",
    NEWS2: "(b) NEWS2 alone, each set at 5+ or a single 3",
    CALLING: "    calling criteria of an emergency team",
}
"""The judges, in the order in which they are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """One ward's figures, or several wards' together. `said`: by rule and mode, alerts opened and
    how many of them in time; `standing`: events of which nothing new was said while an alert of
    before stood; `sets_5`, `sets_7`: charted sets with that score and more."""

    seeds: tuple[int, ...]
    scores: Mapping[str, Score]
    cards: int
    tellings: int
    standing: int
    said: Mapping[tuple[str, str], tuple[int, int]]
    sets: int
    sets_5: int
    sets_7: int

    @property
    def days(self) -> float:
        """Bed-days."""
        return self.scores[LIMITS].days


def together(wards: Sequence[Numbers]) -> Numbers:
    """Several wards as one."""
    scores = {name: Score() for name in NAMES}
    opened: Counter[tuple[str, str]] = Counter()
    in_time: Counter[tuple[str, str]] = Counter()
    for ward in wards:
        for name, one in ward.scores.items():
            scores[name].add(one)
        for key, (count, good) in ward.said.items():
            opened[key] += count
            in_time[key] += good
    return Numbers(
        seeds=tuple(seed for ward in wards for seed in ward.seeds),
        scores=scores,
        cards=sum(ward.cards for ward in wards),
        tellings=sum(ward.tellings for ward in wards),
        standing=sum(ward.standing for ward in wards),
        said={key: (opened[key], in_time[key]) for key in sorted(opened)},
        sets=sum(ward.sets for ward in wards),
        sets_5=sum(ward.sets_5 for ward in wards),
        sets_7=sum(ward.sets_7 for ward in wards),
    )


# ----------------------------------------------------------------------------------- the aims


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One aim: what was found beside what was wanted."""

    name: str
    found: float
    wanted: float
    at_least: bool

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.found >= self.wanted if self.at_least else self.found <= self.wanted


def aims(numbers: Numbers) -> tuple[Aim, ...]:
    """Sensitivity no less than that of single limits, at most a fifth of their alerts: counting
    those of our rules that tell of getting worse, and counting all that are on; against each value
    beyond a limit, as monitors alarm, and against new crossings alone, which is far harder."""
    ours, limits = numbers.scores[OURS], numbers.scores[LIMITS]
    everything = numbers.scores[OURS_ALL]
    wanted = FIFTH * limits.rate
    of_fresh = FIFTH * numbers.scores[LIMITS_FRESH].rate
    return (
        Aim(
            name="sensitivity no less than (a)",
            found=ours.sensitivity, wanted=limits.sensitivity, at_least=True,
        ),
        Aim(
            name="alerts per bed-day at most 1/5 of (a)",
            found=ours.rate, wanted=wanted, at_least=False,
        ),
        Aim(
            name="the same, all our rules that are on",
            found=everything.rate, wanted=wanted, at_least=False,
        ),
        Aim(
            name="alerts per bed-day at most 1/5 of the new crossings of (a)",
            found=ours.rate, wanted=of_fresh, at_least=False,
        ),
        Aim(
            name="the same of new crossings, all our rules that are on",
            found=everything.rate, wanted=of_fresh, at_least=False,
        ),
    )  # fmt: skip


# ----------------------------------------------------------------------------------- as text


def text(wards: Sequence[Numbers]) -> list[str]:
    """Each ward in short, then all of them in full."""
    lines = []
    for ward in wards:
        lines += [f"seed {ward.seeds[0]}: {ward.days:.1f} bed-days", *_table(ward, False), ""]
    everything = together(wards)
    lines += _head(everything)
    lines += _table(everything, True)
    lines += ["", *_ratios(everything), "", *_courses(everything), "", *_rules(everything)]
    return [*lines, "", *_aims(everything)]


def _head(of: Numbers) -> list[str]:
    seeds = ", ".join(map(str, of.seeds))
    events = len(of.scores[OURS].events)
    fast = sum(1 for one in of.scores[OURS].events if one.fast)
    return [
        f"all together: seeds {seeds}, {of.days:.1f} bed-days, {events} planted events "
        f"({fast} fast), {of.sets} complete sets, {_percent(of.sets_5 / max(1, of.sets))} at 5 "
        f"and more, {_percent(of.sets_7 / max(1, of.sets))} at 7 and more",
        "window: from the onset planted to the recorded event; 95 % intervals in brackets",
    ]


def _table(of: Numbers, full: bool) -> list[str]:
    head = (
        f"{'':<47} {'events found':<26} {'by chance':>9}  {'lead h (IQR)':<18} "
        f"{'alerts per bed-day':<22} {'false':>6} {'PPV':>5}"
    )
    lines = [head]
    for name, title in NAMES.items():
        one = of.scores[name]
        found, chance, lead, ppv = _finding(one, full) if name != OURS_ALL else ("", "", "", "")
        rate = f"{one.rate:.2f} {_span(one.rate_interval, 1) if full else ''}"
        lines.append(
            f"{title:<47} {found:<26} {chance:>9}  {lead:<18} {rate:<22} "
            f"{_percent(one.false_share):>6} {ppv:>5}"
        )
    if full:
        lines.append(
            f"of the events that our rules did not find, {of.standing} had an alert of before the "
            "onset that still stood"
        )
        lines.append(
            f"cards that came up: {of.cards / of.days:.2f} per bed-day; people asked by name or as "
            f"a ward, if nobody ever answers: {of.tellings / of.days:.2f} per bed-day"
        )
    return lines


def _finding(one: Score, full: bool) -> tuple[str, str, str, str]:
    """Of what tells that somebody gets worse: what it found, what chance would, when, and PPV."""
    low, middle, high = quartiles(one.leads_h)
    within = _span(one.sensitivity_interval, 100) if full else ""
    found = f"{one.found}/{len(one.events)} {_percent(one.sensitivity)} {within}"
    lead = f"{_n(middle)} ({_n(low)}-{_n(high)})"
    return found, _percent(one.by_chance), lead, _percent(one.ppv)


def _ratios(of: Numbers) -> list[str]:
    lines = []
    for name in (OURS, OURS_SHADOW):
        mine, theirs = of.scores[name], of.scores[LIMITS]
        more = 100 * (mine.sensitivity - theirs.sensitivity)
        span = _span(difference_interval(mine, theirs), 100, signed=True)
        lines.append(
            f"sensitivity of [{NAMES[name].strip()}] less that of [{NAMES[LIMITS].strip()}]: "
            f"{more:+.0f} points {span}"
        )
    for ours in (OURS, OURS_ALL):
        for other in (LIMITS, LIMITS_FRESH, NEWS2, CALLING):
            mine, theirs = of.scores[ours], of.scores[other]
            ratio = mine.rate / theirs.rate if theirs.rate else math.nan
            span = _span(ratio_interval(mine, theirs), 1)
            lines.append(
                f"alerts of [{NAMES[ours].strip()}] to [{NAMES[other].strip()}]: {ratio:.3f} {span}"
            )
    return lines


def _courses(of: Numbers) -> list[str]:
    judges = (OURS, OURS_SHADOW, LIMITS, NEWS2, CALLING)
    lines = [f"{'found by course':<24}" + "".join(f"{name:>14}" for name in judges)]
    events = of.scores[OURS].events
    for course in sorted({one.course for one in events}):
        lines.append(f"{course:<24}" + _found_of(of, judges, course, None))
    for fast in (False, True):
        name = "fast ones" if fast else "slow ones"
        lines.append(f"{name:<24}" + _found_of(of, judges, "", fast))
    return lines


def _found_of(of: Numbers, judges: Iterable[str], course: str, fast: bool | None) -> str:
    cells = []
    for name in judges:
        own = [
            one
            for one in of.scores[name].events
            if (not course or one.course == course) and (fast is None or one.fast is fast)
        ]
        cells.append(f"{sum(1 for one in own if one.lead_h is not None)}/{len(own)}")
    return "".join(f"{cell:>14}" for cell in cells)


def _rules(of: Numbers) -> list[str]:
    lines = [f"{'our rules':<28} {'mode':<8} {'per bed-day':>11} {'in time':>8}"]
    for (rule, mode), (count, good) in of.said.items():
        share = _percent(good / count)
        lines.append(f"{rule:<28} {mode:<8} {count / of.days:>11.2f} {share:>8}")
    return lines


def _aims(of: Numbers) -> list[str]:
    lines = []
    for one in aims(of):
        verdict = "reached" if one.reached else "NOT REACHED"
        sign = "at least" if one.at_least else "at most"
        lines.append(f"aim: {one.name}: {one.found:.3f}, {sign} {one.wanted:.3f}: {verdict}")
    return lines


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f} %"


def _n(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"


def _span(interval: tuple[float, float], times: float, *, signed: bool = False) -> str:
    low, high = (times * one for one in interval)
    if math.isnan(low):
        return ""
    form = "+.0f" if signed else ".0f" if times == 100 else ".2f"
    between = " to " if signed else "-"
    return f"[{low:{form}}{between}{high:{form}}]"


# ----------------------------------------------------------------------------------- as JSON


def as_json(wards: Sequence[Numbers], told: Mapping[str, Any]) -> str:
    """All figures, with `told` of how they were made."""
    everything = together(wards)
    body = {
        "made": dict(told),
        "seeds": {str(ward.seeds[0]): _figures(ward) for ward in wards},
        "all": _figures(everything),
        "aims": [
            {"name": one.name, "found": _number(one.found), "wanted": _number(one.wanted),
             "at_least": one.at_least, "reached": one.reached}
            for one in aims(everything)
        ],
    }  # fmt: skip
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _figures(of: Numbers) -> dict[str, Any]:
    return {
        "bed_days": _number(of.days),
        "sets": of.sets,
        "sets_at_5": of.sets_5,
        "sets_at_7": of.sets_7,
        "cards_per_bed_day": _number(of.cards / of.days),
        "missed_while_standing": of.standing,
        "tellings_per_bed_day": _number(of.tellings / of.days),
        "judges": {name: _judge(one) for name, one in of.scores.items()},
        "rules": {
            f"{rule} {mode}": {"opened": count, "in_time": good}
            for (rule, mode), (count, good) in of.said.items()
        },
    }


def _judge(one: Score) -> dict[str, Any]:
    low, middle, high = quartiles(one.leads_h)
    return {
        "events": len(one.events),
        "found": one.found,
        "sensitivity": _number(one.sensitivity),
        "sensitivity_interval": [_number(value) for value in one.sensitivity_interval],
        "sensitivity_by_chance": _number(one.by_chance),
        "lead_h": {"q1": _number(low), "median": _number(middle), "q3": _number(high)},
        "alerts": one.alerts,
        "alerts_per_bed_day": _number(one.rate),
        "alerts_per_bed_day_interval": [_number(value) for value in one.rate_interval],
        "false_per_bed_day": _number(one.false_rate),
        "false_share": _number(one.false_share),
        "ppv": _number(one.ppv),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
