"""How to reach the person in the bed, in words for whoever walks in: what to do, and no judgement.

Neutral icons and words, never a priority's colour. Comfort care is not among them: it says what is
not to be said.
"""

from dataclasses import dataclass

from smartward.clinical.profile import Profile
from smartward.i18n import TABLE, Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRow:
    """One word of the profile with its icon."""

    key: str
    icon: str
    text: str


NAMED = frozenset({
    "ar", "bo", "de", "en", "es", "fr", "hak", "ja", "ko", "mn", "nan", "pt", "ru", "th", "ug",
    "vi", "wuu", "yue", "zh",
})  # fmt: skip
"""Languages (BCP 47) that have a name in the catalogue; another is shown by its tag."""

_ICONS = {
    "hearing": "ear-hearing-off",
    "sight": "eye-off-outline",
    "speech": "chat-remove-outline",
    "confused": "head-question-outline",
}


def reach_rows(catalogue: Catalogue, profile: Profile) -> list[ReachRow]:
    """What holds of this person; what is not known or not so is not shown."""
    holds = {
        "hearing": profile.hearing_impaired,
        "sight": profile.sight_impaired,
        "speech": profile.speech_impaired,
        "confused": profile.confused,
    }
    rows = [
        ReachRow(key=key, icon=_ICONS[key], text=catalogue.text(f"bedhead.reach.{key}"))
        for key, so in holds.items()
        if so is True
    ]
    language = _language(catalogue, profile.language)
    if language:
        text = catalogue.text("bedhead.reach.language", name=language)
        rows.append(ReachRow(key="language", icon="translate", text=text))
    return rows


def _language(catalogue: Catalogue, tag: str | None) -> str:
    """What the person's language is called, where it is another than the screen's."""
    if not tag:
        return ""
    known = TABLE.spoken_by(tag)
    if known is not None and known.code == catalogue.language:
        return ""
    primary = tag.replace("_", "-").lower().split("-")[0]
    return catalogue.text(f"bedhead.language.{primary}") if primary in NAMED else tag
