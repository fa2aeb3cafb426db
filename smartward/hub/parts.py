"""The deciding part as the settings want it: its hospital system and its rules."""

import dataclasses
import tomllib
from pathlib import Path

from smartward.clinical.rules import RuleSettings, RuleSettingsError, rule_settings
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
    """The rules' settings: `alert_rules.toml`, and over it what the hub's settings say.

    Raises Misconfigured naming the section and key that is wrong.
    """
    path = file or asset("resources", "alert_rules.toml")
    try:
        rules = rule_settings(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, RuleSettingsError) as error:
        raise Misconfigured("hub.rules", str(error), file=path.name, reason=str(error)) from error
    infusion = dataclasses.replace(
        rules.of(InfusionSettings), near_min=settings.drip_warn_min, near_ml=settings.drip_warn_ml
    )
    return rules.with_(infusion, SetSettings(window_min=settings.news2_window_min))


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
