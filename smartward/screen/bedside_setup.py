"""What a nurse sets at the bed: the profile, the patient's PIN, silence. Rows and values; no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from smartward.clinical.profile import Hand, Profile
from smartward.i18n import TABLE, Catalogue
from smartward.screen.bedside_reach import SIZES
from smartward.screen.services import Data
from smartward.wire.envelope import Action

FIELDS = {
    "language": "translate",
    "text_scale": "format-size",
    "hand": "hand-back-right-outline",
    "hearing_impaired": "ear-hearing-off",
    "sight_impaired": "eye-off-outline",
    "speech_impaired": "account-voice-off",
    "confused": "head-question-outline",
    "comfort_care": "heart-outline",
}
"""Fields of a profile in the order of the page, with their icons."""

Value = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRow:
    """One field: `text` names it with what holds now. `tone` is chosen where a nurse said so."""

    key: str
    icon: str
    text: str
    tone: str


def values(field: str) -> tuple[Value, ...]:
    """What a touch goes through, in order; None is the record's own word. Sizes are whole percents
    of the normal one, yes and no are 1 and 0, as an action's data holds no other numbers."""
    if field == "language":
        return (None, *(code.replace("_", "-") for code in TABLE.languages))
    if field == "text_scale":
        return (None, *(f"{size:.1f}" for size in SIZES))
    if field == "hand":
        return (None, *(hand.value for hand in (Hand.RIGHT, Hand.LEFT)))
    return (None, 1, 0)


def as_value(field: str, profile: Profile) -> Value:
    """A field of a profile as an action tells it."""
    told = getattr(profile, field)
    if told is None:
        return None
    if field == "text_scale":
        return f"{told:.1f}"
    if field == "hand":
        return str(told.value)
    return str(told) if field == "language" else int(told)


def as_field(field: str, value: Value) -> Any:
    """The other way round."""
    if value is None:
        return None
    if field == "text_scale":
        return float(value)
    if field == "hand":
        return Hand(str(value))
    return str(value) if field == "language" else bool(int(value))


def touched_profile(note: Profile, touches: Iterable[Action]) -> Profile:
    """What the nurse has set, with what was touched here and not yet told by the hub."""
    told: dict[str, Any] = {}
    names = {field.name for field in fields(Profile)}
    for touch in touches:
        told |= {n: as_field(n, value) for n, value in touch.data.items() if n in names}
    return replace(note, **told)


def step(field: str, profile: Profile) -> Data:
    """The data of the touch that goes on to the next value."""
    choices = values(field)
    now = as_value(field, profile)
    if field == "language" and (known := TABLE.spoken_by(str(now))) is not None:
        now = known.code.replace("_", "-")
    at = choices.index(now) if now in choices else 0
    return {field: choices[(at + 1) % len(choices)]}


def setup_rows(catalogue: Catalogue, note: Profile, holds: Profile) -> tuple[SetupRow, ...]:
    """Each field with what holds; what only the record says is told as the record's."""
    return tuple(_row(catalogue, field, icon, note, holds) for field, icon in FIELDS.items())


def _row(catalogue: Catalogue, field: str, icon: str, note: Profile, holds: Profile) -> SetupRow:
    text = catalogue.text
    own = getattr(note, field) is not None
    words = value_words(catalogue, field, as_value(field, holds))
    if not own and getattr(holds, field) is not None:
        words = text("bedside.setup.recorded", value=words)
    what = text(f"bedside.setup.{field}")
    return SetupRow(
        key=field,
        icon=icon,
        text=text("bedside.setup.row", what=what, value=words),
        tone="chosen" if own else "",
    )


def value_words(catalogue: Catalogue, field: str, value: Value) -> str:
    """A value as it is read."""
    text = catalogue.text
    if value is None:
        return text("bedside.setup.unknown")
    if field == "language":
        known = TABLE.spoken_by(str(value))
        return str(value) if known is None else known.name
    if field == "text_scale":
        nearest = min(SIZES, key=lambda size: abs(size - float(value)))
        return text(f"bedside.comfort.size_{SIZES.index(nearest) + 1}")
    if field == "hand":
        return text(f"bedside.setup.{value}")
    return text("bedside.setup.yes" if value else "bedside.setup.no")
