"""What a screen tells of itself twice a minute and on change: `POST /screen/health` with `Report`.

Sent with the screen's credential as all it sends; answered by `Heard`. It is true only now, so that
nothing of it is kept to be sent later, and no word of it is about a patient.
"""

import re
from datetime import datetime

import msgspec

from smartward.clinical.screen_health import Keys, Part
from smartward.errors import BadData

PATH = "/screen/health"
EVERY_S = 25.0
"""A screen looks each 10 s whether it is time: it tells each 30 s. One that leaves out two of them
hangs (`hub/hung.py`)."""

_WORD = re.compile(r"[\w.+~:-]{0,64}", re.ASCII)
_MOST = 1_000_000
"""Above every count that a screen can mean."""
_MOST_AGE_S = 366 * 86400


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a screen is. None: its machine does not tell."""

    now: datetime
    """Its clock at sending."""
    version: str
    slot: str = ""
    boot: str = ""
    up_s: int = 0
    """For how long the program has run, in seconds."""
    disk_free: int | None = None
    """Percent of the partition with its data."""
    memory_free: int | None = None
    """Percent."""
    touch_devices: int | None = None
    touched_s: int | None = None
    """Seconds since the last touch; None: none since the program began."""
    sound: Part = Part.NONE
    reader: Part = Part.NONE
    cache_age_s: int | None = None
    """Seconds since the feed told anything."""
    outbox: int = 0
    keys: Keys = Keys.UNKNOWN


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer."""

    every_s: float = EVERY_S
    """When to tell again where nothing changes."""


_DECODER = msgspec.json.Decoder(Report)


def read(body: bytes) -> Report:
    """A report. Raises BadData for what no screen of ours sends."""
    try:
        told = _DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise BadData("fleet.bad_report", str(error)) from error
    words = (told.version, told.slot, told.boot)
    if told.now.tzinfo is None or not all(_WORD.fullmatch(word) for word in words):
        raise BadData("fleet.bad_report", "a time without a zone, or a word that is none")
    shares = [one for one in (told.disk_free, told.memory_free) if one is not None]
    ages = [one for one in (told.up_s, told.touched_s, told.cache_age_s) if one is not None]
    counts = [one for one in (told.touch_devices, told.outbox) if one is not None]
    fair = (
        all(0 <= one <= 100 for one in shares)
        and all(0 <= one <= _MOST_AGE_S for one in ages)
        and all(0 <= one <= _MOST for one in counts)
    )
    if not fair:
        raise BadData("fleet.bad_report", "a figure is out of range")
    return told
