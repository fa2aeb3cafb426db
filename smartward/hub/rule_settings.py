"""The rules' settings: as shipped, over that the ward's own file; read at start and anew."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from smartward.clinical.care_intervals import CareIntervals
from smartward.clinical.rules import REGISTRY, RuleSettings, mode_of, rule_settings
from smartward.clinical.rules.infusion_near_end import InfusionSettings
from smartward.clinical.rules.observations_overdue import ObservationsOverdueSettings
from smartward.clinical.rules.rounding import RoundingSettings
from smartward.clinical.rules.settings import entries
from smartward.clinical.rules.turn_due import TurnSettings
from smartward.clinical.rules.window import SetSettings
from smartward.config import Settings, asset
from smartward.errors import Misconfigured
from smartward.hub import administrator, rule_changes
from smartward.hub.administrator import Told
from smartward.hub.store.base import Store, Tx

RELOAD = Told("alert_rules.reload", "alert_rules", "ward")
"""How the audit tells of it."""
INTERVALS = "care_intervals"
"""Kind and id of the document of how often somebody is turned, looked in on and measured."""
_LONGEST = 400
"""Characters of what has changed, in the audit."""


def load_rules(settings: Settings, file: Path | None = None) -> RuleSettings:
    """The rules' settings: `alert_rules.toml`, over it the ward's own file where the settings name
    one, and over both what the hub's settings say themselves.

    Raises Misconfigured naming the file, section and key that is wrong.
    """
    rules = read_rules(file or asset("resources", "alert_rules.toml"), RuleSettings())
    if settings.alert_rules_file:
        rules = read_rules(Path(settings.alert_rules_file), rules)
    shipped, drip = Settings(), rules.of(InfusionSettings)
    if settings.drip_warn_min != shipped.drip_warn_min:
        drip = dataclasses.replace(drip, near_min=settings.drip_warn_min)
    if settings.drip_warn_ml != shipped.drip_warn_ml:
        drip = dataclasses.replace(drip, near_ml=settings.drip_warn_ml)
    sets = rules.of(SetSettings)
    if settings.news2_window_min != shipped.news2_window_min:
        sets = dataclasses.replace(sets, window_min=settings.news2_window_min)
    return rules.with_(drip, sets)


def read_rules(path: Path, base: RuleSettings) -> RuleSettings:
    """The settings of one file; what it leaves out is as in `base`. Raises Misconfigured naming the
    file, section and key that is wrong."""
    try:
        return rule_settings(tomllib.loads(path.read_text(encoding="utf-8")), base)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        said = reason or type(error).__name__
        raise Misconfigured("hub.rules", said, file=str(path), reason=said) from error


def changes(before: RuleSettings, after: RuleSettings) -> list[str]:
    """What differs, one by line: modes and thresholds by their keys."""
    found = []
    for rule in REGISTRY.everything:
        old, new = mode_of(rule, before), mode_of(rule, after)
        if old is not new:
            found.append(f"[{rule.id}] mode {old} -> {new}")
    for section, kind in REGISTRY.sections.items():
        was, now = before.of(kind), after.of(kind)
        for one in entries(kind):
            old_value, new_value = getattr(was, one.name), getattr(now, one.name)
            if old_value != new_value:
                found.append(f"[{section}] {one.name} {old_value:g} -> {new_value:g}")
    return found


async def read_anew(
    store: Store, settings: Settings, before: RuleSettings, request: dict[str, Any]
) -> tuple[RuleSettings, list[str]]:
    """The settings as the files say now, and what has changed; the audit tells who had them read.
    Raises Misconfigured where a file is wrong: then nothing changes."""
    after = load_rules(settings)
    changed = changes(before, after)
    told = "; ".join(changed)[:_LONGEST]

    def write(tx: Tx) -> None:
        administrator.record(tx, settings.ward, request, RELOAD, id=settings.ward, changed=told)
        rule_changes.remember(tx, settings.ward, after)
        put_intervals(tx, settings.ward, after)

    await store.write(write)
    return after, changed


def put_intervals(tx: Tx, ward: str, rules: RuleSettings) -> None:
    """How often somebody is turned, looked in on and measured, for the lists of work of the ward's
    stations: the same as the rules judge by."""
    turns, rounds = rules.of(TurnSettings), rules.of(RoundingSettings)
    tx.put(
        ward,
        INTERVALS,
        INTERVALS,
        CareIntervals(
            turn_h=turns.every_h,
            turn_mattress_h=turns.mattress_h,
            round_one_h=rounds.grade_one_h,
            round_two_h=rounds.grade_two_h,
            round_three_h=rounds.grade_three_h,
            recorded_h=rounds.kept_h,
            observations=rules.of(ObservationsOverdueSettings).intervals(
                rules.of(SetSettings).window_min
            ),
        ),
    )
