"""An order to one screen: to show which it is, start anew, send its log, look itself over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.device_check import Checked, CheckWish


class OrderKind(StrEnum):
    """What a screen can be told to do."""

    IDENTIFY = "identify"
    RESTART = "restart"
    LOG = "log"
    CHECK = "check"


class OrderOutcome(StrEnum):
    """What became of an order."""

    SENT = "sent"
    """It is on its way."""
    DONE = "done"
    REFUSED = "refused"
    UNHEARD = "unheard"
    """The screen did not answer while the order lived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOrder:
    """Document kind `device_order` of the ward, id = device id: the last order that a screen was
    given. No screen is shown it: each gets its own down its feed. No patient is in it."""

    id: str
    """Of the order (UUIDv7)."""
    device_id: str
    do: OrderKind
    at: datetime
    forced: bool = False
    outcome: OrderOutcome = OrderOutcome.SENT
    why: str = ""
    """Text key of why it was not done."""
    settled_at: datetime | None = None
    check: CheckWish | None = None
    """Of a check: what of it is wanted."""
    found: Checked | None = None
    """What it found."""
