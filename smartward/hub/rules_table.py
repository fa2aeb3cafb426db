"""The table of alert rules as a person reads it, made from the rules themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from smartward.clinical.rules import REGISTRY, AnyRule, Ladder, RuleSettings, mode_of
from smartward.clinical.rules.settings import entries
from smartward.i18n import Catalogue

LISTED = {
    1: "bed_call",
    2: "bathroom_call",
    3: "staff_call",
    5: "unanswered_call",
    17: "improbable_value",
    48: "left_the_ward",
    51: "night_noise",
    53: "quiet_hours",
}
"""Numbers of the catalogue that are no rules: the call's own life, checks at entry, and what no
data here can tell."""

_LADDER = {
    Ladder.EL_1: "el_1",
    Ladder.EL_2: "el_2",
    Ladder.EL_D: "el_d",
    Ladder.NURSE: "nurse",
    Ladder.NONE: "none",
}

HEAD = (
    *("number", "rule", "class", "mode", "says", "data"),
    *("limits", "source", "told", "clear", "guard"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in words, in the order of HEAD; `limits` one by line."""

    rule: AnyRule
    cells: tuple[str, ...]
    limits: tuple[str, ...]


def rows(texts: Catalogue, settings: RuleSettings) -> list[Row]:
    """All rules by catalogue number, with the modes and thresholds of these settings."""
    return [_row(rule, texts, settings) for rule in REGISTRY.everything]


def _row(rule: AnyRule, texts: Catalogue, settings: RuleSettings) -> Row:
    def about(what: str) -> str:
        return texts.text(f"alert.{rule.id}.about.{what}")

    limits = tuple(_limits(rule, texts.language, settings))
    cells = (
        str(rule.number),
        rule.id,
        f"{rule.alert_class} {texts.text(f'rules.class.{rule.alert_class}')}",
        texts.text(f"rules.mode.{mode_of(rule, settings)}"),
        about("says"),
        about("data"),
        "; ".join(limits) or texts.text("rules.none"),
        rule.source,
        texts.text(f"rules.ladder.{_LADDER[rule.ladder]}"),
        about("clear"),
        about("guard"),
    )
    return Row(rule, cells, limits)


def _limits(rule: AnyRule, language: str, settings: RuleSettings) -> Iterator[str]:
    for kind in rule.settings:
        now = settings.of(kind)
        for one in entries(kind):
            about, value = one.about, getattr(now, one.name)
            named = f"[{kind.section}] {one.name} = {value:g} {about.unit}"
            yield f"{named}: {about.meaning.get(language, about.meaning['en'])} ({about.source})"


def _changed(rule: AnyRule, settings: RuleSettings) -> bool:
    """Whether the words of a rule, which tell the shipped thresholds, are not those in force."""
    shipped = RuleSettings()
    return any(settings.of(kind) != shipped.of(kind) for kind in rule.settings)


def plain(texts: Catalogue, settings: RuleSettings) -> Iterator[str]:
    """The table for a terminal: a block for each rule."""
    names = {name: texts.text(f"rules.head.{name}") for name in HEAD}
    for row in rows(texts, settings):
        told = dict(zip(HEAD, row.cells, strict=True))
        yield f"{told['number']}  {told['rule']}  {told['class']}  {told['mode']}  {told['says']}"
        for name in ("data", "source", "told", "clear", "guard"):
            yield f"    {names[name]}: {told[name]}"
        if _changed(row.rule, settings):
            yield f"    {texts.text('rules.as_shipped')}"
        for limit in row.limits:
            yield f"    {limit}"
        yield ""
    yield texts.text("rules.elsewhere")
    for number, key in LISTED.items():
        yield f"{number}  {texts.text(f'rules.listed.{key}')}"


def markdown(texts: Catalogue, settings: RuleSettings) -> Iterator[str]:
    """The operators' page."""
    yield f"# {texts.text('rules.title')}"
    yield ""
    yield texts.text("rules.intro")
    yield ""
    yield _line(texts.text(f"rules.head.{name}") for name in HEAD)
    yield "|" + "---|" * len(HEAD)
    for row in rows(texts, settings):
        told = dict(zip(HEAD, row.cells, strict=True))
        told["rule"] = f"`{told['rule']}`"
        changed = (texts.text("rules.as_shipped"),) if _changed(row.rule, settings) else ()
        told["limits"] = "<br>".join((*changed, *row.limits)) or told["limits"]
        yield _line(told[name] for name in HEAD)
    yield ""
    yield texts.text("rules.elsewhere")
    yield ""
    for number, key in LISTED.items():
        yield f"- {number}: {texts.text(f'rules.listed.{key}')}"


def _line(cells: Iterator[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
