"""Whoever may place screens does it at a station: `POST /screen/place` with `PlaceAsk`, answered by
`Placing`.

Asked when a person asks and at no other time: no feed carries who waits. Nothing is kept to be sent
later. Of a screen that waits no more is told than its own page shows, never its key, machine or
address. Beside them stand those that were wiped and have not forgotten all yet.
"""

from datetime import datetime
from typing import Literal

import msgspec

from smartward.clinical.device import ScreenRole
from smartward.wire.envelope import Person

PATH = "/screen/place"

THERE_ALREADY = "enrol.there_already"
"""Why nothing was done where `there` has to be said."""


class PlaceAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What a person at a station wants. A person who is not proved gets nothing."""

    by: Person
    do: Literal["look", "place", "refuse", "write_off"] = "look"
    code: str = ""
    """Of the screen that is meant, as it shows it."""
    device_id: str = ""
    """Of the wiped screen that nobody waits for any more: broken, or stolen."""
    role: ScreenRole | None = None
    """None: what it was, or what it shall be by the list of deliveries."""
    place: str | None = None
    """Id of a bed or, for a door screen, of a room."""
    there: Literal["second", "instead"] | None = None
    """What it is to the screen of its role that is at the place already."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One screen that waits."""

    code: str
    serial: str
    """What its machine is called; empty where it tells no serial number."""
    since: datetime
    role: ScreenRole | None = None
    """With `place`: where it shall stand, as was told before, or stood; None: nobody said."""
    place: str | None = None
    compares: bool = False
    """It found the hub by DNS: once it is placed a number has to be typed there."""
    denied: bool = False
    """The last time no hub's number was typed rightly there."""


class ToType(msgspec.Struct, frozen=True, kw_only=True):
    """One screen that was placed, and believes this hub once its number is typed there."""

    code: str
    number: str
    role: ScreenRole
    place: str | None
    """Id of its bed or room; None for what belongs to the ward."""
    device_id: str = ""
    """Which device it is from now on; empty: of a hub that does not say."""
    placed_at: datetime | None = None
    """When it was placed: it asks for so long (`wire/pairing.py`, `NUMBER_S`)."""


class WipedScreen(msgspec.Struct, frozen=True, kw_only=True):
    """One that shall forget all it has, and was not here since or is at it."""

    device_id: str
    role: ScreenRole | None
    """None: of one that was wiped before a hub kept such."""
    place: str
    label: str
    at: datetime
    """When it was wiped."""
    forgetting: bool
    """It was heard again, and was told."""


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands now. `why`: text key of why nothing was done; empty: it was."""

    why: str = ""
    waiting: tuple[Waiting, ...] = ()
    numbers: tuple[ToType, ...] = ()
    """The number of each that was placed in the last ten minutes and may still ask for one."""
    wiped: tuple[WipedScreen, ...] = ()
