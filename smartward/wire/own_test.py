"""A screen that is checked where it hangs asks what it is to the hub, and for a silent test call of
its own: `POST /drill/own` with `OwnTestAsk`, answered by `OwnTest`. The road is that of the ward's
test calls (packaging/drill.md); the screen's running program places the call.
"""

from datetime import datetime
from typing import Literal

import msgspec

from smartward.clinical.device import ScreenRole

PATH = "/drill/own"


class OwnTestAsk(msgspec.Struct, frozen=True, kw_only=True):
    """`begin`: a test call of this screen's bed, now; else how the last one ended."""

    begin: bool = False


class OwnTest(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub knows of the screen that asks."""

    now: datetime
    """The hub's clock."""
    device_id: str
    role: ScreenRole
    place: str | None
    label: str
    """The bed's or room's number; empty: it hangs at none."""
    ward: str
    state: Literal["none", "running", "done", "refused"]
    why: str = ""
    """Text key of why no test may begin now."""
    faults: tuple[str, ...] = ()
    """Of `DrillFault`."""
    legs: dict[str, int] = {}
    """Milliseconds of each part of the road."""
