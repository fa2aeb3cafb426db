"""Finds the rules: every module of the package with `RULES` has some, and its `TEXTS`."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from smartward.clinical.rules.base import AnyRule, Rule, Texts, WardRule
from smartward.clinical.rules.settings import Mode, RuleSettings, Settings, read_settings


@dataclass(frozen=True, slots=True)
class Registry:
    """All rules of a package, by catalogue number, then id, with their texts."""

    everything: tuple[AnyRule, ...]
    texts: Texts

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those about one patient."""
        return tuple(one for one in self.everything if isinstance(one, Rule))

    @property
    def ward_rules(self) -> tuple[WardRule, ...]:
        """Those about the ward and its devices."""
        return tuple(one for one in self.everything if isinstance(one, WardRule))

    @property
    def sections(self) -> dict[str, type[Settings]]:
        """Settings classes by section, in the rules' order."""
        return {kind.section: kind for rule in self.everything for kind in rule.settings}

    @property
    def shipped(self) -> dict[str, Mode]:
        """Rules' ids with the mode they ship in."""
        return {rule.id: rule.mode for rule in self.everything}

    def read(self, table: Mapping[str, object], base: RuleSettings | None = None) -> RuleSettings:
        """Settings from a table of `alert_rules.toml` over `base`. Raises RuleSettingsError."""
        return read_settings(table, self.sections, self.shipped, base)


def find(package: str, path: Iterable[str]) -> Registry:
    """The rules of a package in these folders. Raises ValueError for two rules of one id, or texts
    given twice."""
    rules: dict[str, AnyRule] = {}
    texts: dict[str, dict[str, Any]] = {}
    for info in pkgutil.iter_modules(path):
        module = importlib.import_module(f"{package}.{info.name}")
        for rule in getattr(module, "RULES", ()):
            if rule.id in rules:
                raise ValueError(f"two rules are called {rule.id}: rename the one in {info.name}")
            rules[rule.id] = rule
        for language, tables in getattr(module, "TEXTS", {}).items():
            own = texts.setdefault(language, {})
            for name, table in tables.items():
                if name in own:
                    raise ValueError(f"texts of {name} again in {info.name}: keep them in one file")
                own[name] = table
    ordered = sorted(rules.values(), key=lambda rule: (rule.number, rule.id))
    return Registry(tuple(ordered), texts)
