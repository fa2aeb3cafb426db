"""A screen on an image asks for updates: `POST /updates/ask` with `UpdateAsk`, answered by
`UpdateTold`; and fetches one: `GET /updates/ID`, in parts (`Range`), as fast as the hub gives it.

What a screen tells is how far it is. Nothing of it is about a patient.
"""

import re

import msgspec

from smartward.clinical.screen_update import Stage
from smartward.errors import BadData

PATH = "/updates/ask"
FETCH = "/updates/{id}"

ID_LENGTH = 16
"""Of the SHA-256 of an update, in hexadecimal digits."""
EVERY_S = 600.0
BUSY_S = 60.0
"""How often a screen asks that is at work on an update."""

_MOST_ATTEMPTS = 1_000_000
_WORD = re.compile(r"[\w.+~:-]{0,64}", re.ASCII)


class UpdateAsk(msgspec.Struct, frozen=True, kw_only=True):
    """How far a screen is."""

    compatible: str
    """What its image says that it is."""
    version: str
    """Of the system that runs."""
    bundle: str = ""
    stage: Stage | None = None
    why: str = ""
    attempt: int = 0
    """How often it has begun with this update."""
    percent: int = 0
    """Of the download."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An update that is to be fetched."""

    id: str
    sha256: str
    size: int
    version: str


class UpdateTold(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer."""

    offer: Offer | None = None
    """None: there is none for this screen, or not now."""
    restart: bool = False
    """It may start what it has installed now."""
    forget: bool = False
    """What it has fetched is nobody's update any more: it frees the room."""
    every_s: float = EVERY_S
    """When to ask again, give or take a fifth."""


_DECODER = msgspec.json.Decoder(UpdateAsk)


def read(body: bytes) -> UpdateAsk:
    """What a screen says. Raises BadData for what no screen of ours sends."""
    try:
        asked = _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise BadData("updates.bad_ask", str(error)) from error
    words = (asked.compatible, asked.version, asked.bundle, asked.why)
    if not all(_WORD.fullmatch(word) for word in words) or not (
        0 <= asked.percent <= 100 and 0 <= asked.attempt <= _MOST_ATTEMPTS
    ):
        raise BadData("updates.bad_ask", "a word that is none, or a figure out of range")
    if not asked.compatible or (asked.stage is not None and not asked.bundle):
        raise BadData("updates.bad_ask", "it does not say what it is, or of what it tells")
    return asked
