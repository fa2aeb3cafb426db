"""The page "What may be shown": each place with its rule and what it makes of invented names."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.name_preview import PreviewRow, preview
from smartward.screen.station_words import Words

_TOLD = (1, 3, 5)
"""Who stands for all in one line: a name of three characters, one with a two-character surname,
one in Latin letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """One place. `rules` and `ruleWords` are the choices there are; a rule that nobody may choose
    is not among them."""

    key: str
    name: str
    audience: str
    rules: tuple[str, ...]
    ruleWords: tuple[str, ...]
    chosen: str
    changed: bool
    """Chosen here and not yet sent."""
    examples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRow:
    """One invented person at the place that is looked at."""

    key: str
    full: str
    shown: str


def place_rows(draft: NamePolicy, now_holds: NamePolicy, words: Words) -> list[PlaceRow]:
    """All places in their order, under the policy as it is chosen here."""
    return [_row(row, now_holds, words) for row in preview(draft, words.catalogue.language)]


def _row(row: PreviewRow, now_holds: NamePolicy, words: Words) -> PlaceRow:
    none = words.text("names.none")
    return PlaceRow(
        key=row.place.value,
        name=words.text(f"names.place.{row.place.value}"),
        audience=words.text("names.public" if row.public else "names.staff"),
        rules=tuple(rule.value for rule in row.choices),
        ruleWords=tuple(words.text(f"names.rule.{rule.value}") for rule in row.choices),
        chosen=row.rule.value,
        changed=row.rule is not now_holds.rule(row.place),
        examples=" · ".join(row.examples[place].shown or none for place in _TOLD),
    )


def example_rows(draft: NamePolicy, place: NamePlace, words: Words) -> list[ExampleRow]:
    """Everybody of the preview at one place."""
    found = next(row for row in preview(draft, words.catalogue.language) if row.place is place)
    return [
        ExampleRow(
            key=one.patient.id,
            full=_full(words, one.patient.name, one.patient.alias, one.patient.protected),
            shown=one.shown or words.text("names.none"),
        )
        for one in found.examples
    ]


def _full(words: Words, name: str, alias: str, protected: bool) -> str:
    if alias:
        return words.text("names.alias", name=name, alias=alias)
    return words.text("names.protected", name=name) if protected else name


def changed_text(policy: NamePolicy, words: Words, now: datetime) -> str:
    """Who changed it last and when."""
    if policy.changed_at is None:
        return words.text("names.never_changed")
    at = words.moment(policy.changed_at, now)
    return words.text("names.changed", who=words.actor(policy.changed_by), at=at)


def rule_change(place: NamePlace, before: NameRule, after: NameRule, words: Words) -> str:
    """`Door: first and last character → family name`."""
    return words.text(
        "names.change",
        place=words.text(f"names.place.{place.value}"),
        before=words.text(f"names.rule.{before.value}"),
        after=words.text(f"names.rule.{after.value}"),
    )
