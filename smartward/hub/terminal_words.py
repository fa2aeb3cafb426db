"""What the commands of a hub print of what screens and hub tell."""

from datetime import datetime

from smartward import columns
from smartward.i18n import Catalogue


def said(key: str, words: Catalogue) -> str:
    """What a screen tells by a text's key, which may be newer than this hub, or broken: it ends no
    list, and does nothing to the terminal."""
    return columns.printable(words.told(key))


def moment(text: str | None) -> str:
    """In the time of the machine that asks."""
    if text is None:
        return "-"
    return datetime.fromisoformat(text).astimezone().strftime("%m-%d %H:%M:%S")
