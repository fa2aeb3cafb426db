"""The spoken screen: a page in words, for whoever cannot see it. Pure; nothing private in it."""

from collections.abc import Iterable, Sequence
from functools import reduce

from smartward.i18n import POP_ISOLATE, Catalogue


def together(catalogue: Catalogue, sentences: Sequence[str]) -> str:
    """Sentences one after the other: a space between them where the language writes one."""
    key = "bedside.one_after_another"
    return reduce(
        lambda first, then: catalogue.text(key, first=first, then=then), sentences or ("",)
    )


def joined(catalogue: Catalogue, parts: Iterable[str]) -> str:
    """Parts as sentences one after the other; each ends with a full stop once."""
    stop = catalogue.text("bedside.say.stop")
    said = [part.strip() for part in parts]
    ends = tuple(f"{sign}{pop}" for sign in ".!?؟。！？…" for pop in ("", POP_ISOLATE))
    whole = [part if part.endswith(ends) else part + stop for part in said if part]
    return together(catalogue, whole)


def home_words(
    catalogue: Catalogue, orientation: Sequence[str], title: str, day: str, drip: str
) -> str:
    """The page at rest: who is greeted, what comes next, the drip, and how to call."""
    hint = catalogue.text("bedside.say.corners")
    return joined(catalogue, (title, *orientation, day, drip, hint))


def call_words(
    catalogue: Catalogue, title: str, truth: str, answer: str, reasons: Sequence[str]
) -> str:
    """The page after a call: what has become of it, what to do, and what can be asked for."""
    choices = catalogue.text("bedside.say.reasons", reasons=", ".join(reasons)) if reasons else ""
    return joined(catalogue, (title, truth, answer, choices))
