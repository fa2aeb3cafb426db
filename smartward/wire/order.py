"""What the hub may order a screen to do, and what becomes of it.

An order goes down the screen's own feed as `event: order` with `Order`, to that one device and into
no cache. The screen tells what it did: `POST /screen/ordered` with `Ordered`. A station orders in
the name of a proved person: `POST /screen/order` with `OrderAsk`, answered by `OrderTold`; so it
sets when it is night on a screen, which is no order but a document of the ward. A check is `given`
at once, and its station asks what became of it: `POST /screen/order/became` with `OrderWatch`.
"""

import re
from datetime import datetime
from typing import Literal

import msgspec

from smartward.clinical.device_check import Checked, CheckWish
from smartward.clinical.words import Value
from smartward.errors import BadData
from smartward.wire.envelope import Person

EVENT = "order"
PATH = "/screen/order"
DONE_PATH = "/screen/ordered"
WATCH_PATH = "/screen/order/became"

LIVES_S = 60.0
"""After so long an order is none any more, on either side."""
IDENTIFY_S = 20.0
"""So long a screen shows which it is."""
CHECK_LIVES_S = 180.0
"""So long one lives that was heard in its time and has a screen look itself over: its test call
waits for two other screens, each up to a minute (`drill_limit_s`)."""

_WHY = re.compile(r"(order\.[a-z_]{1,64})?", re.ASCII)
"""It stands on stations, in terminals and in the hospital's logs: a text key, and no words."""
_NAME = re.compile(r"[a-z_]{1,32}", re.ASCII)
_FOUND = re.compile(r"check\.[a-z_]{1,64}", re.ASCII)
_MOST_LINES, _MOST_VALUES = 32, 12
LONGEST = 200
"""Characters of each value that a check found."""


def lives_s(do: str) -> float:
    """Seconds after which an order is none any more, answered or not."""
    return CHECK_LIVES_S if do == "check" else LIVES_S


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What one screen shall do."""

    id: str
    device_id: str
    do: str
    """`identify`, `restart`, `log` or `check`; a newer hub may know more."""
    at: datetime
    """When it was given, in hub time."""
    forced: bool = False
    """Whoever gave it takes it upon themselves that a call is open there."""
    check: CheckWish | None = None
    """Of `check`: what of it is wanted; None: what is wanted where nobody says."""


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order."""

    id: str
    done: bool
    why: str = ""
    """Text key of why it was not done."""
    bundle: bytes = b""
    """What `log` asked for, compressed (gzip); base64 in JSON."""
    found: Checked | None = None
    """What `check` asked for."""


_ORDERED = msgspec.json.Decoder(Ordered)


def read(body: bytes) -> Ordered:
    """What a screen says that it did. Raises msgspec.DecodeError for what is no answer, BadData for
    a reason and for findings that no screen of ours gives."""
    told = _ORDERED.decode(body)
    if not _WHY.fullmatch(told.why):
        raise BadData("order.bad_answer", "its reason is no text key of an order")
    if told.found is not None and not _is_sound(told.found):
        raise BadData("order.bad_answer", "what it found is none of a check")
    return told


def _is_sound(found: Checked) -> bool:
    """Whoever has a screen's key may have sent it, and it stands in terminals, on stations and in
    reports."""
    if len(found.lines) > _MOST_LINES or not _is_short(found.serial):
        return False
    return all(
        _NAME.fullmatch(line.what)
        and _FOUND.fullmatch(line.key)
        and len(line.values) <= _MOST_VALUES
        and all(map(_NAME.fullmatch, line.values))
        and all(map(_is_short, line.values.values()))
        for line in found.lines
    )


def _is_short(value: Value) -> bool:
    return not isinstance(value, str) or (len(value) <= LONGEST and value.isprintable())


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer to `Ordered`."""


class OrderAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What a person at a station wants of a screen."""

    by: Person
    device_id: str
    do: Literal["identify", "restart", "night", "check"]
    whom: Literal["device", "role", "all"] = "device"
    """Of `night`: for that screen, for all of its role, for every screen of the ward."""
    hours: str = ""
    """Of `night`: `21:00-07:00` in the ward's time, `never`, or `ward` for the ward's own."""


class OrderTold(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    outcome: Literal["done", "refused", "unheard", "given"]
    """`given`: of a check, that the screen is at it, or has yet to hear of it."""
    why: str = ""
    """Text key of why it was not done."""
    order: str = ""
    """Of a check: its order's id, by which its station asks what became of it."""
    found: Checked | None = None
    """Of a check that was done."""


class OrderWatch(msgspec.Struct, frozen=True, kw_only=True):
    """A station asks what became of the check that it ordered. Its id, which nobody else was told,
    is what it may ask by: who ordered it may have gone meanwhile."""

    device_id: str
    order: str
