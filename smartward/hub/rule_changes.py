"""What of the rules is set otherwise than when this ward was last decided for: told to the audit.

Settings are files; whoever may write them is not known here, and the row says that the hub found
it. What each value was and is stands in it.
"""

import json
from dataclasses import asdict

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.rules import REGISTRY, RuleSettings, mode_of
from smartward.clinical.rules.settings import entries
from smartward.hub import audit
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

CHANGED = "alert_rules.changed"
"""The hub began to decide with rules that are set otherwise."""

_HUB = Actor(device_id="hub")
_MOST_TOLD = 40


def values(settings: RuleSettings) -> dict[str, str]:
    """Every mode and threshold in force, by `SECTION.KEY`."""
    found = {f"{rule.id}.mode": str(mode_of(rule, settings)) for rule in REGISTRY.everything}
    for name, kind in REGISTRY.sections.items():
        # Every Settings is a dataclass; their common base is none.
        for key, value in asdict(settings.of(kind)).items():  # type: ignore[call-overload]  # as the line above says
            found[f"{name}.{key}"] = f"{value:g}"
    return found


def in_force(reader: Reader, ward: str) -> RuleSettings:
    """The settings by which this ward was last decided for; as shipped where it never was. What
    this version of the rules has no more is left out."""
    known = reader.meta_get(f"alert_rules.{ward}")
    told: dict[str, str] = {} if known is None else json.loads(known)
    table: dict[str, dict[str, object]] = {}
    for name, value in told.items():
        section, _, key = name.rpartition(".")
        kind = REGISTRY.sections.get(section)
        if key == "mode" and section in REGISTRY.shipped:
            table.setdefault(section, {})[key] = value
        elif kind is not None and key in {one.name for one in entries(kind)}:
            table.setdefault(section, {})[key] = float(value)
    return REGISTRY.read(table)


def note(tx: Tx, ward: str, settings: RuleSettings) -> dict[str, str]:
    """Tell the audit what is set otherwise than before, and remember how it is; the first time only
    remember. Gives what changed, each as `BEFORE > NOW`."""
    name, now = f"alert_rules.{ward}", values(settings)
    known = tx.meta_get(name)
    before: dict[str, str] = now if known is None else json.loads(known)
    changed = {
        key: f"{before.get(key, '')} > {now.get(key, '')}"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    }
    if changed:
        told = dict(list(changed.items())[:_MOST_TOLD])
        audit.record(tx, ward, _HUB, CHANGED, About(kind="ward", id=ward, detail=told))
    if known is None or changed:
        remember(tx, ward, settings)
    return changed


def remember(tx: Tx, ward: str, settings: RuleSettings) -> None:
    """By these this ward is decided for from now on, and the audit knows."""
    tx.meta_set(f"alert_rules.{ward}", json.dumps(values(settings), sort_keys=True))
