"""The deciding part as the settings want it: its hospital system and its rules."""

import dataclasses
import tomllib
from pathlib import Path

from smartward.clinical.rules import RuleSettings, rule_settings
from smartward.clinical.rules.infusion_near_end import InfusionSettings
from smartward.clinical.rules.window import SetSettings
from smartward.clock import Clock
from smartward.config import Settings, asset
from smartward.errors import Misconfigured
from smartward.his.port import HisPort
from smartward.hub.deciding import Decider
from smartward.hub.his_hints import HisHints, new_hook
from smartward.hub.identity import Identity
from smartward.hub.store.sqlite import Store


def load_rules(settings: Settings, file: Path | None = None) -> RuleSettings:
    """The rules' settings: `alert_rules.toml`, over it the ward's own file where the settings name
    one, and over both what the hub's settings say themselves.

    Raises Misconfigured naming the file, section and key that is wrong.
    """
    rules = _read_rules(file or asset("resources", "alert_rules.toml"), RuleSettings())
    if settings.alert_rules_file:
        rules = _read_rules(Path(settings.alert_rules_file), rules)
    shipped, drip = Settings(), rules.of(InfusionSettings)
    if settings.drip_warn_min != shipped.drip_warn_min:
        drip = dataclasses.replace(drip, near_min=settings.drip_warn_min)
    if settings.drip_warn_ml != shipped.drip_warn_ml:
        drip = dataclasses.replace(drip, near_ml=settings.drip_warn_ml)
    sets = rules.of(SetSettings)
    if settings.news2_window_min != shipped.news2_window_min:
        sets = dataclasses.replace(sets, window_min=settings.news2_window_min)
    return rules.with_(drip, sets)


def _read_rules(path: Path, base: RuleSettings) -> RuleSettings:
    try:
        return rule_settings(tomllib.loads(path.read_text(encoding="utf-8")), base)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        said = reason or type(error).__name__
        raise Misconfigured("hub.rules", said, file=path.name, reason=said) from error


def open_his(settings: Settings, clock: Clock) -> HisPort | None:
    """The hospital system of the settings; None without one.

    Raises Misconfigured as `his.connect.connect` does.
    """
    if not settings.his_url:
        return None
    from smartward.his.connect import connect

    return connect(settings, clock)


def open_hints(settings: Settings, his: HisPort | None, clock: Clock) -> HisHints | None:
    """What has the hospital system give hints to this hub, where the settings say how it reaches
    it. Raises Misconfigured when that is no address."""
    if his is None or not settings.his_hook_url:
        return None
    from smartward.his.connect import hinting

    hook = new_hook(settings)
    source = hinting(settings, his, hook)
    return None if source is None else HisHints(source, hook, clock)


def decider(store: Store, clock: Clock, settings: Settings) -> Decider:
    """The deciding part of a hub."""
    his, rules = open_his(settings, clock), load_rules(settings)
    hints = open_hints(settings, his, clock)
    return Decider(store, clock, settings, his, rules, Identity.his_badges, hints)
