"""Alert rules: one file each, pure, with their source. `RULES` and `WARD_RULES` are all there are.

A new rule is one new file here: what it finds, its settings and its words are in it.
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from smartward.clinical.alert import AlertClass as AlertClass
from smartward.clinical.alert import Finding as Finding
from smartward.clinical.alert import Ladder as Ladder
from smartward.clinical.alert import Problem as Problem
from smartward.clinical.rules.base import AnyRule as AnyRule
from smartward.clinical.rules.base import Facts as Facts
from smartward.clinical.rules.base import Look as Look
from smartward.clinical.rules.base import Needs as Needs
from smartward.clinical.rules.base import Rule as Rule
from smartward.clinical.rules.base import WardLook as WardLook
from smartward.clinical.rules.base import WardRule as WardRule
from smartward.clinical.rules.registry import Registry as Registry
from smartward.clinical.rules.registry import find
from smartward.clinical.rules.settings import Mode as Mode
from smartward.clinical.rules.settings import RuleSettings as RuleSettings
from smartward.clinical.rules.settings import RuleSettingsError as RuleSettingsError

REGISTRY: Registry
"""Every rule there is, with its settings and texts."""

RULES: tuple[Rule, ...]
"""Those about one patient; one open alert per subject and rule."""

WARD_RULES: tuple[WardRule, ...]
"""Those about the ward and its devices."""


@functools.cache
def _registry() -> Registry:
    return find(__name__, __path__)


def __getattr__(name: str) -> Any:
    """The rules are read when one asks for all of them: a screen wants the words of a few."""
    match name:
        case "REGISTRY":
            return _registry()
        case "RULES":
            return _registry().rules
        case "WARD_RULES":
            return _registry().ward_rules
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def texts_of(name: str, language: str) -> Mapping[str, Any]:
    """What the rule or family `name` says in a language; empty when it says nothing in it. Where a
    file has its name, no other is read."""
    if any(info.name == name for info in pkgutil.iter_modules(__path__)):
        own = getattr(importlib.import_module(f"{__name__}.{name}"), "TEXTS", {})
        if name in (tables := own.get(language, {})):
            found: Mapping[str, Any] = tables[name]
            return found
    return _registry().texts.get(language, {}).get(name, {})


def rule_settings(table: Mapping[str, object], base: RuleSettings | None = None) -> RuleSettings:
    """Settings from the table of `alert_rules.toml`; what is left out is as in `base`, else as
    shipped. Raises RuleSettingsError naming section and key."""
    return _registry().read(table, base)


def mode_of(rule: AnyRule, settings: RuleSettings) -> Mode:
    """Whether a rule is run and tells, by the ward's settings or as shipped."""
    return settings.mode_of(rule.id, rule.mode)
