"""Devices that were wiped: whoever has the key of one shall forget all, and is told when it asks to
be paired (`hub/pairing.py`).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.hub import audit
from smartward.hub.access import HOUSE
from smartward.hub.pairing_requests import HEARD_EVERY
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

FORGETTING_S = 30.0
"""A screen that was told to forget all asks again after so long, while it has its key."""
WIPED = "wiped_key"
"""Document kind of the ward `house`, id as of a request: whoever has this key shall forget all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiped:
    """A device whose key is worth nothing any more."""

    device_id: str
    at: datetime
    forgets: bool = False
    """It was paired, and so asks, and is told."""
    role: str = ""
    place: str = ""
    label: str = ""
    asked_at: datetime | None = None
    """When it asked last with that key, and was told to forget all: its key goes last."""
    written_off: bool = False
    """Nobody waits for it any more: broken, or stolen. It is told all the same."""


def still_to_forget(reader: Reader, now: datetime) -> list[Wiped]:
    """Devices that were wiped and have not done so: not here since, or about to. Whoever does not
    ask again with its key has none any more."""
    found = (decode(stored.body, Wiped) for stored in reader.all(HOUSE, WIPED))
    late = HEARD_EVERY + timedelta(seconds=2 * FORGETTING_S)

    def is_awaited(one: Wiped) -> bool:
        return not one.written_off if one.asked_at is None else now - one.asked_at < late

    return [one for one in found if one.forgets and is_awaited(one)]


def told_to_forget(tx: Tx, ward: str, id: str) -> None:
    """Note that it was, for as long as it asks; the first time the audit is told."""
    stored = tx.get(HOUSE, WIPED, id)
    if stored is None:
        return
    wiped = decode(stored.body, Wiped)
    if wiped.asked_at is not None and tx.now - wiped.asked_at < HEARD_EVERY:
        return
    tx.origin("hub", None, None)
    tx.put(HOUSE, WIPED, id, replace(wiped, asked_at=tx.now))
    if wiped.asked_at is None:
        about = About(kind="device", id=wiped.device_id, detail={"role": wiped.role})
        by = Actor(device_id="hub")
        audit.record(tx, ward, by, "device.forgets", about, outcome="applied")
