"""What a name policy makes of names, for the person who decides on it: no real person is in it.

The interface, for the command line and for the live preview page:

- `preview(policy, language, added=())` gives a `PreviewRow` for each place, in the order of
  `NamePlace`: the rule that holds, the rules that may be chosen there, whether everybody can read
  the place, and for each invented person what is shown. `added` are names typed in by the officer.
- To show what a change would do, preview `with_rule(policy, place, rule)`; nothing is stored.
- `PEOPLE` are the invented persons: full names for the head of the table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from smartward.clinical.encounter import Patient, Sex
from smartward.clinical.masking import name_at
from smartward.clinical.name_policy import (
    PUBLIC_PLACES,
    NamePlace,
    NamePolicy,
    NameRule,
    choices,
)


def _person(name: str, family: str = "", sex: Sex = Sex.UNKNOWN, **more: str | bool) -> Patient:
    return Patient(
        id=f"preview.{name}",
        name=name,
        family=family,
        sex=sex,
        alias=str(more.get("alias", "")),
        protected=bool(more.get("protected", False)),
    )


PEOPLE: tuple[Patient, ...] = (
    _person("林岚", "林", Sex.FEMALE),
    _person("周定远", "周", Sex.MALE),
    _person("沈若水清", "沈"),
    _person("欧阳青禾", "欧阳", Sex.FEMALE),
    _person("古丽扎尔·买买提", "", Sex.FEMALE),
    _person("Edith Marlowe", "Marlowe", Sex.FEMALE),
    _person("Maximilian Oswald von Hohenfeld-Rosenthal", "von Hohenfeld-Rosenthal", Sex.MALE),
    _person("ليلى حداد", "حداد", Sex.FEMALE),
    _person("דוד לוי", "לוי", Sex.MALE),
    _person("한지우", "한", Sex.OTHER),
    _person("方清越", "方", Sex.MALE, alias="十七床小友"),
    _person("程知微", "程", Sex.FEMALE, protected=True),
)
"""Invented: Han names of two, three and four characters, a two-character surname, a name with `·`,
Latin, very long, right to left, Hangul with no title that fits, an alias, a protected person."""


@dataclass(frozen=True, slots=True)
class Example:
    """One person at one place."""

    patient: Patient
    shown: str
    """Empty: no name, only the bed."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One place under a policy."""

    place: NamePlace
    rule: NameRule
    choices: tuple[NameRule, ...]
    """The rules that may be chosen here, from most to least."""
    public: bool
    """Everybody can read or hear this place: no protected person is named here."""
    examples: tuple[Example, ...]


def preview(policy: NamePolicy, language: str, added: Iterable[str] = ()) -> tuple[PreviewRow, ...]:
    """What each place shows of the invented persons, and of names that were `added`."""
    people = (*PEOPLE, *(_person(name) for name in added))
    return tuple(
        PreviewRow(
            place=place,
            rule=policy.rule(place),
            choices=choices(place),
            public=place in PUBLIC_PLACES,
            examples=tuple(
                Example(patient, name_at(patient, policy, place, language)) for patient in people
            ),
        )
        for place in NamePlace
    )


def with_rule(policy: NamePolicy, place: NamePlace, rule: NameRule) -> NamePolicy:
    """The policy with another rule at one place, by nobody yet: for a preview."""
    return NamePolicy(rules={**policy.rules, place: rule})
