"""The light behind the panel follows the page: by day, at night, and at a bedside that rests."""

import logging
from enum import StrEnum
from pathlib import Path

from smartward.clock import Clock
from smartward.config import Settings
from smartward.device.backlight import Backlight
from smartward.errors import Misconfigured
from smartward.log import Edge
from smartward.tasks import Flag

log = logging.getLogger("smartward.screen.light")


_AGAIN_S = 5.0
"""So long after a write that failed it is tried again: one fault must not leave a page dark."""


class Light(StrEnum):
    """How bright a page is to be seen."""

    DAY = "day"
    NIGHT = "night"
    REST = "rest"
    """A bedside that shows a dim clock and the call shape alone."""


class PanelLight:
    """Sets the panel's light to what was drawn last, beside the loop: a panel's bus may be slow."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._panel = Backlight(Path(settings.backlight)) if settings.backlight else None
        self._percent = {
            Light.DAY: settings.backlight_day,
            Light.NIGHT: settings.backlight_night,
            Light.REST: settings.backlight_rest,
        }
        self._clock = clock
        self._edge = Edge(log, "the light behind the panel")
        self._wanted: Light | None = None
        self._changed = Flag()

    def drawn(self, light: Light) -> None:
        """A frame was drawn for this light: called at each."""
        if light is not self._wanted:
            self._wanted = light
            self._changed.set()

    async def run(self) -> None:
        """Follow for ever; of several changes at once only the last counts. Ends where the settings
        name no light."""
        import asyncio  # here, and not above: a screen's first frame needs none of it

        while self._panel is not None:
            await self._changed.wait()
            self._changed.clear()
            if self._wanted is None:
                continue
            try:
                await asyncio.to_thread(self._panel.set, self._percent[self._wanted])
            except Misconfigured as error:
                if error.key == "backlight.none":
                    log.debug("%s", error)  # as most panels on a cable: the page alone is dark
                    continue
                self._edge.down(self._clock.monotonic(), str(error))
                await self._clock.sleep(_AGAIN_S)
                self._changed.set()
            else:
                self._edge.up(self._clock.monotonic())
