"""Language, text size and rest, as one page of things to touch."""

from dataclasses import dataclass

from smartward.i18n import TABLE, Catalogue
from smartward.screen.bedside_reach import SIZES

REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComfortRow:
    """One of them. `tone` is chosen for what holds now."""

    key: str
    icon: str
    text: str
    tone: str


def comfort_rows(catalogue: Catalogue, scale: float) -> tuple[ComfortRow, ...]:
    """Each language by its own name, three text sizes, rest."""
    text = catalogue.text
    languages = [
        ComfortRow(
            key=f"language-{code}",
            icon="translate",
            text=language.name,
            tone="chosen" if code == catalogue.language else "",
        )
        for code, language in TABLE.languages.items()
    ]
    sizes = [
        ComfortRow(
            key=f"textSize-{index + 1}",
            icon="format-size",
            text=text(f"bedside.comfort.size_{index + 1}"),
            tone="chosen" if abs(scale - size) < 0.01 else "",
        )
        for index, size in enumerate(SIZES)
    ]
    rest = ComfortRow(key=REST, icon="weather-night", text=text("bedside.comfort.rest"), tone="")
    return (*languages, *sizes, rest)
