"""Settings of the alert rules: each rule's file declares its own, with unit, source and meaning.

A settings class is a frozen dataclass with a `section`, the table of `alert_rules.toml` it is read
from, and `setting(…)` for every field. All are numbers. Each rule has a `mode` besides, in the
table of its own id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from math import isfinite
from typing import Any, ClassVar, TypeVar, cast


class RuleSettingsError(ValueError):
    """A setting of `alert_rules.toml` is wrong; the text names it and the remedy."""


class Mode(StrEnum):
    """Whether a rule is run, and whether it tells anybody. In shadow it only records what it would
    have said."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a setting is: its unit, where its default comes from, and its meaning by language."""

    unit: str
    source: str
    meaning: Mapping[str, str]
    least: float | None
    """The smallest value it may have; None: any above 0."""


LOCAL = "field practice; for local approval"
"""The source of a default that no publication gives."""


def setting(
    default: float, unit: str, source: str, en: str, zh: str, *, least: float | None = None
) -> Any:
    """A field of a settings class: its default with unit, source and meaning in both languages."""
    about = About(unit=unit, source=source, meaning={"en": en, "zh_CN": zh}, least=least)
    return field(default=default, metadata={"about": about})


class Settings:
    """A frozen dataclass of numbers in one section."""

    __slots__ = ()
    section: ClassVar[str]

    def wrong(self) -> str | None:
        """What is wrong between its values, with the keys named; None: nothing."""
        return None


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting as it is declared."""

    name: str
    default: float
    about: About


def entries(kind: type[Settings]) -> tuple[Entry, ...]:
    """All settings of a class, as declared."""
    return tuple(
        Entry(one.name, cast(float, one.default), one.metadata["about"])
        for one in fields(cast(Any, kind))
    )


_DEFAULTS: dict[type[Settings], Settings] = {}


def _default(kind: type[Settings]) -> Settings:
    if kind not in _DEFAULTS:
        _DEFAULTS[kind] = kind()
    return _DEFAULTS[kind]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """All rules' settings and modes; what is not given here is as shipped."""

    given: Mapping[type[Settings], Settings] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)

    def of(self, kind: type[S]) -> S:
        """The settings of one section."""
        found = self.given.get(kind)
        return cast(S, _default(kind) if found is None else found)

    def mode_of(self, id: str, shipped: Mode) -> Mode:
        """The mode of a rule; `shipped` where the ward has none of its own."""
        return self.modes.get(id, shipped)

    def with_(self, *changed: Settings) -> "RuleSettings":
        """The same with other sections."""
        return RuleSettings({**self.given, **{type(one): one for one in changed}}, self.modes)

    def with_modes(self, modes: Mapping[str, Mode]) -> "RuleSettings":
        """The same with other modes."""
        return RuleSettings(self.given, {**self.modes, **modes})


def read_settings(
    table: Mapping[str, object],
    kinds: Mapping[str, type[Settings]],
    rules: Mapping[str, Mode],
    base: RuleSettings | None = None,
) -> RuleSettings:
    """Settings from the table of `alert_rules.toml`; what is left out is as in `base`, else as
    shipped. `kinds`: settings classes by section, `rules`: rules' ids with the shipped mode.
    Raises RuleSettingsError naming section and key with the remedy."""
    base = base or RuleSettings()
    known = {*kinds, *rules}
    given: dict[type[Settings], Settings] = dict(base.given)
    modes = dict(base.modes)
    for name, section in table.items():
        if name not in known:
            near = get_close_matches(name, sorted(known), n=3)
            perhaps = f"perhaps {', '.join(near)}; " if near else ""
            told = f"{perhaps}`smartward rules --toml` lists all"
            raise RuleSettingsError(f"[{name}] is no rule with settings: {told}")
        if not isinstance(section, Mapping):
            raise RuleSettingsError(f"[{name}] must be a table of settings")
        values = dict(section)
        if name in rules and "mode" in values:
            modes[name] = _mode(name, values.pop("mode"))
        if name in kinds:
            given[kinds[name]] = _section(name, kinds[name], values, base)
        elif values:
            key = min(map(str, values))
            raise RuleSettingsError(f"[{name}] has no {key}: only mode")
    return RuleSettings(given, modes)


def _mode(name: str, value: object) -> Mode:
    try:
        return Mode(cast(str, value))
    except ValueError as error:
        allowed = [str(one) for one in Mode]
        raise RuleSettingsError(f"[{name}] mode must be one of {allowed}, not {value!r}") from error


def _section(
    name: str, kind: type[Settings], values: Mapping[str, object], base: RuleSettings
) -> Settings:
    before = base.of(kind)
    known = {one.name: one for one in entries(kind)}
    for key, value in values.items():
        if key not in known:
            raise RuleSettingsError(f"[{name}] has no {key}: one of {sorted(known)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise RuleSettingsError(f"[{name}] {key} must be a number, not {value!r}")
        least = known[key].about.least
        if least is None and value <= 0:
            raise RuleSettingsError(f"[{name}] {key} must be above 0, not {value!r}")
        if least is not None and value < least:
            raise RuleSettingsError(f"[{name}] {key} must be at least {least:g}, not {value!r}")
    merged = {key: values.get(key, getattr(before, key)) for key in known}
    found = kind(**merged)
    if (wrong := found.wrong()) is not None:
        raise RuleSettingsError(f"[{name}] {wrong}")
    return found
