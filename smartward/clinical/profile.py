"""How to reach a person: what a nurse or the HIS knows of them that changes the screens."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from smartward.clinical.call_mark import Actor


class Hand(StrEnum):
    """The hand that reaches the screen."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """None of a field: not known, which is not the same as no.

    `language` is a BCP 47 tag; `text_scale` 1 to 1.6. `comfort_care`: no goals, surveys, discharge
    or costs are shown to this person.
    """

    language: str | None = None
    hearing_impaired: bool | None = None
    sight_impaired: bool | None = None
    speech_impaired: bool | None = None
    confused: bool | None = None
    comfort_care: bool | None = None
    text_scale: float | None = None
    hand: Hand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileNote:
    """Document kind `profile`, id = encounter id: what a nurse set. It ends with the stay."""

    encounter_id: str
    profile: Profile
    by: Actor
    at: datetime


class Noted(Protocol):
    """A nurse's own word of a profile: the document, or a screen's view of it."""

    @property
    def profile(self) -> Profile:
        """What she set."""


def effective(his: Profile, note: Noted | None) -> Profile:
    """What holds: a nurse at the bed knows better than the record; what she left open is the
    record's."""
    if note is None:
        return his
    told = {f.name: getattr(note.profile, f.name) for f in fields(Profile)}
    return replace(his, **{name: value for name, value in told.items() if value is not None})
