"""Our alert rules beside single limits and NEWS2 alone, on generated wards that get worse.

The patients are generated (`worlds`): the figures compare ways of alerting over the same facts, and
promise nothing of a real ward. All of ours are those of the real engine with the shipped settings,
or with a ward's own file of settings; nobody answers an alert.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from smartward.bench.worlds.judges import (
    CALLING_LIMITS,
    DETERIORATION,
    MONITOR_LIMITS,
    Ours,
    by_limits,
    by_news2,
    by_rules,
    scored,
)
from smartward.bench.worlds.report import (
    CALLING,
    LIMITS,
    LIMITS_FRESH,
    NEWS2,
    OURS,
    OURS_ALL,
    OURS_SHADOW,
    Numbers,
    aims,
    as_json,
    text,
    together,
)
from smartward.bench.worlds.score import judge
from smartward.bench.worlds.ward import Plan, World, generate
from smartward.clinical.rules import REGISTRY, Mode, RuleSettings, mode_of
from smartward.config import Settings
from smartward.hub.rule_settings import changes, load_rules

QUICK = Plan(patients=6, hours=10.0, events=0.34)
"""A world so small that it proves the way and nothing else."""


def main(argv: list[str]) -> int:
    """Generate, judge, print; 1 when an aim is missed, but not of a quick run: its one ward is too
    small for any. Raises Misconfigured where the settings are wrong, naming file, section and
    key."""
    options = _options(argv)
    settings = load_rules(Settings(alert_rules_file=options.settings or ""))
    changed = changes(load_rules(Settings()), settings)
    plan = QUICK if options.quick else Plan(patients=options.patients, hours=options.hours)
    seeds = (1,) if options.quick else tuple(range(options.first, options.first + options.seeds))
    print("\n".join(_made(plan, seeds, settings, changed)), flush=True)
    wards = []
    for seed in seeds:
        wards.append(measure(generate(replace(plan, seed=seed)), settings))
        print(f"seed {seed} is judged", file=sys.stderr, flush=True)
    print("\n".join(text(wards)))
    if options.json:
        told = {"patients": plan.patients, "hours": plan.hours, "monitor_min": plan.monitor_min,
                "changed": changed}  # fmt: skip
        Path(options.json).write_text(as_json(wards, told), encoding="utf-8")
    if options.quick:
        print("", "a quick run shows that it runs: no aim is judged by so few patients", sep="\n")
        return 0
    return 0 if all(one.reached for one in aims(together(wards))) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smartward bench alerts", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="wards, each with its own seed")
    parser.add_argument("--first", type=int, default=1, help="the first seed, for other wards")
    parser.add_argument("--patients", type=int, default=40, help="in each ward")
    parser.add_argument("--hours", type=float, default=48.0, help="of each ward")
    parser.add_argument("--settings", help="a ward's own file of rule settings (TOML)")
    parser.add_argument("--json", help="write all figures to this file")
    parser.add_argument(
        "--quick", action="store_true", help="one tiny ward, to see that it runs; judges no aim"
    )
    options = parser.parse_args(argv)
    if options.seeds < 1 or options.patients < 1 or options.hours < 6:
        parser.error("at least 1 seed, 1 patient and 6 hours")
    return options


def _made(
    plan: Plan, seeds: tuple[int, ...], settings: RuleSettings, changed: list[str]
) -> list[str]:
    """What is measured, and by which rules."""
    on = [rule.id for rule in REGISTRY.rules if mode_of(rule, settings) is Mode.ON]
    shadow = [rule.id for rule in REGISTRY.rules if mode_of(rule, settings) is Mode.SHADOW]
    clinical = [id for id in (*on, *shadow) if id in DETERIORATION]
    return [
        f"{len(seeds)} generated wards of {plan.patients} patients and {plan.hours:g} h; "
        f"monitors every {plan.monitor_min:g} min; nobody in them is real",
        f"settings: {'; '.join(changed) if changed else 'as shipped'}",
        f"rules that tell of getting worse: {', '.join(id for id in clinical if id in on)} (on); "
        f"{', '.join(id for id in clinical if id in shadow)} (shadow)",
        "",
    ]


def measure(world: World, settings: RuleSettings) -> Numbers:
    """All judges on one ward."""
    ours = by_rules(world, settings)
    limits = by_limits(world, MONITOR_LIMITS)
    totals = [found.total for fact, found in scored(world) if fact.at >= world.start]
    said = {
        OURS: ours.opened(only=DETERIORATION),
        OURS_ALL: ours.opened(),
        OURS_SHADOW: ours.opened(shadow=True, only=DETERIORATION),
        LIMITS: limits,
        LIMITS_FRESH: [one for one in limits if one.fresh],
        NEWS2: by_news2(world),
        CALLING: by_limits(world, CALLING_LIMITS, mind=True),
    }
    return Numbers(
        seeds=(world.plan.seed,),
        scores={name: judge(world, told) for name, told in said.items()},
        cards=ours.cards(),
        tellings=ours.tellings(),
        standing=ours.standing(),
        said=_by_rule(ours),
        sets=len(totals),
        sets_5=sum(1 for total in totals if total >= 5),
        sets_7=sum(1 for total in totals if total >= 7),
    )


def _by_rule(ours: Ours) -> dict[tuple[str, str], tuple[int, int]]:
    """Alerts opened by rule and mode, and how many of them in time."""
    windows = {one.encounter: (one.onset, one.event) for one in ours.world.planted}
    opened: Counter[tuple[str, str]] = Counter()
    in_time: Counter[tuple[str, str]] = Counter()
    for row in ours.counted:
        if row.event != "opened":
            continue
        opened[row.rule, row.mode] += 1
        window = windows.get(row.subject.partition(":")[2])
        if window is not None and window[0] <= row.at <= window[1]:
            in_time[row.rule, row.mode] += 1
    return {key: (opened[key], in_time[key]) for key in sorted(opened)}
