"""What the hub may order a screen to do, and what becomes of it.

An order goes down the screen's own feed as `event: order` with `Order`, to that one device and into
no cache. The screen tells what it did: `POST /screen/ordered` with `Ordered`. A station orders in
the name of a proved person: `POST /screen/order` with `OrderAsk`, answered by `OrderTold`; so it
sets when it is night on a screen, which is no order but a document of the ward.
"""

import re
from datetime import datetime
from typing import Literal

import msgspec

from smartward.errors import BadData
from smartward.wire.envelope import Person

EVENT = "order"
PATH = "/screen/order"
DONE_PATH = "/screen/ordered"

LIVES_S = 60.0
"""After so long an order is none any more, on either side."""
IDENTIFY_S = 20.0
"""So long a screen shows which it is."""

_WHY = re.compile(r"(order\.[a-z_]{1,64})?", re.ASCII)
"""It stands on stations, in terminals and in the hospital's logs: a text key, and no words."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What one screen shall do."""

    id: str
    device_id: str
    do: str
    """`identify`, `restart` or `log`; a newer hub may know more."""
    at: datetime
    """When it was given, in hub time."""
    forced: bool = False
    """Whoever gave it takes it upon themselves that a call is open there."""


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order."""

    id: str
    done: bool
    why: str = ""
    """Text key of why it was not done."""
    bundle: bytes = b""
    """What `log` asked for, compressed (gzip); base64 in JSON."""


_ORDERED = msgspec.json.Decoder(Ordered)


def read(body: bytes) -> Ordered:
    """What a screen says that it did. Raises msgspec.DecodeError for what is no answer, BadData for
    a reason that no screen of ours gives."""
    told = _ORDERED.decode(body)
    if not _WHY.fullmatch(told.why):
        raise BadData("order.bad_answer", "its reason is no text key of an order")
    return told


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer to `Ordered`."""


class OrderAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What a person at a station wants of a screen."""

    by: Person
    device_id: str
    do: Literal["identify", "restart", "night"]
    whom: Literal["device", "role", "all"] = "device"
    """Of `night`: for that screen, for all of its role, for every screen of the ward."""
    hours: str = ""
    """Of `night`: `21:00-07:00` in the ward's time, `never`, or `ward` for the ward's own."""


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    outcome: Literal["done", "refused", "unheard"]
    why: str = ""
    """Text key of why it was not done."""
