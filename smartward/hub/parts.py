"""The deciding part as the settings want it: its hospital system and its rules."""

from smartward.clock import Clock
from smartward.config import Settings
from smartward.his.port import HisPort
from smartward.hub.deciding import Decider
from smartward.hub.his_hints import HisHints, new_hook
from smartward.hub.identity import Identity
from smartward.hub.rule_settings import load_rules
from smartward.hub.store.base import Store


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
