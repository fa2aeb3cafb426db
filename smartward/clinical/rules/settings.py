"""Settings of the alert rules, with the unit in each name; sources stand in the rules' files."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TypeVar


class RuleSettingsError(ValueError):
    """A setting of `alert_rules.toml` is wrong; the text names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Settings:
    """See `rules/news2.py`."""

    window_min: float = 10
    medium_from: float = 5
    high_from: float = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsOverdueSettings:
    """See `rules/observations_overdue.py`. All in minutes, `grace_share` a part of the interval."""

    first_min: float = 240
    score_0_min: float = 720
    score_low_min: float = 360
    score_hourly_min: float = 60
    score_high_min: float = 30
    grace_share: float = 0.25
    grace_least_min: float = 15
    grace_most_min: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionSettings:
    """See `rules/infusion_near_end.py`."""

    near_min: float = 10
    near_ml: float = 50
    near_ml_from_bag_ml: float = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """All rules' settings; a section of `alert_rules.toml` each."""

    news2: News2Settings = field(default_factory=News2Settings)
    observations_overdue: ObservationsOverdueSettings = field(
        default_factory=ObservationsOverdueSettings
    )
    infusion_near_end: InfusionSettings = field(default_factory=InfusionSettings)


_Section = TypeVar("_Section")


def rule_settings(table: Mapping[str, object]) -> RuleSettings:
    """Settings from the table of `alert_rules.toml`; what is left out keeps its default. Raises
    RuleSettingsError naming section and key."""
    known = {one.name for one in fields(RuleSettings)}
    for name in table:
        if name not in known:
            raise RuleSettingsError(f"[{name}] is no rule with settings: one of {sorted(known)}")
    settings = RuleSettings(
        news2=_section("news2", News2Settings, table),
        observations_overdue=_section("observations_overdue", ObservationsOverdueSettings, table),
        infusion_near_end=_section("infusion_near_end", InfusionSettings, table),
    )
    if settings.news2.medium_from >= settings.news2.high_from:
        raise RuleSettingsError("[news2] medium_from must be below high_from")
    overdue = settings.observations_overdue
    if overdue.grace_least_min > overdue.grace_most_min:
        raise RuleSettingsError(
            "[observations_overdue] grace_least_min must not be above grace_most_min"
        )
    return settings


def _section(name: str, cls: type[_Section], table: Mapping[str, object]) -> _Section:
    section = table.get(name, {})
    if not isinstance(section, Mapping):
        raise RuleSettingsError(f"[{name}] must be a table of settings")
    known = {one.name for one in fields(cls)}  # type: ignore[arg-type]
    for key, value in section.items():
        if key not in known:
            raise RuleSettingsError(f"[{name}] has no {key}: one of {sorted(known)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise RuleSettingsError(f"[{name}] {key} must be a number, not {value!r}")
        if value <= 0:
            raise RuleSettingsError(f"[{name}] {key} must be above 0, not {value!r}")
    return cls(**section)
