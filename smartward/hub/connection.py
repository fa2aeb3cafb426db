"""One screen that listens: a cursor, and what is in its way."""

import asyncio
from typing import Protocol

from smartward.clinical.device import Device, ScreenRole
from smartward.hub.access import Rights
from smartward.hub.lens import Lens
from smartward.hub.line import Line
from smartward.hub.views import scope_of

Place = tuple[str, str, str]
"""Ward, scope and place: the address of a group of screens."""


class Owner(Protocol):
    """Who serves connections."""

    def wake(self, connection: "Connection") -> None:
        """There may be something to send to this screen."""

    def forget(self, connection: "Connection") -> None:
        """A screen's line is no more."""


class Connection:
    """One screen that listens."""

    __slots__ = (
        *("beat", "catching", "closed", "device", "first", "lens", "line", "looks", "pending"),
        *("place", "reset", "rights", "roomy", "sent", "view", "_feed"),
    )

    def __init__(
        self, feed: Owner, device: Device, line: Line, rights: Rights, *, looks: bool = False
    ) -> None:
        """`rights`: what it is given its feed by."""
        self._feed = feed
        self.rights = rights
        self.device = device
        self.first = device.role is ScreenRole.STATION
        """Whether it is told before all others."""
        scope, place = scope_of(device)
        self.place: Place = (device.ward, "station" if self.first else scope, place)
        self.line = line
        self.looks = looks
        """It draws one picture and goes: nobody stands before it."""
        self.lens: Lens | None = None
        self.view = ""
        self.pending: int | None = None
        """The first sequence this screen has yet to look at; None: it has seen all."""
        self.sent = 0
        self.reset = False
        self.beat = False
        self.catching = False
        """Its view is being read or sent: the rest waits."""
        self.roomy: asyncio.Future[None] | None = None
        """Whoever brings it up to date waits for its line to have room."""
        self.closed = False

    def wants_only(self, seq: int | None) -> bool:
        """Whether the write `seq` is all that it has yet to be sent (None: nothing is), and more
        can be sent at once."""
        return self.pending == seq and not (
            self.beat or self.reset or self.closed or self.catching or self.line.full
        )

    def room(self) -> None:
        """Its line has room again."""
        if self.roomy is None:
            self._feed.wake(self)
        else:
            self._go_on()

    def lost(self) -> None:
        """Its line is no more."""
        self.closed = True
        self._go_on()
        self._feed.forget(self)

    def close(self) -> None:
        """End the feed."""
        if not self.closed:
            self.closed = True
            self._go_on()
            self.line.end()

    def _go_on(self) -> None:
        roomy, self.roomy = self.roomy, None
        if roomy is not None and not roomy.done():
            roomy.set_result(None)

    async def wait_for_room(self) -> None:
        """Until its line takes more, or the feed ends."""
        while self.line.full and not self.closed:
            self.roomy = asyncio.get_running_loop().create_future()
            await self.roomy
