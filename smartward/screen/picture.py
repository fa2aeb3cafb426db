"""`--shot`: one picture of a screen, of what it kept and of what the hub says now."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from smartward.errors import Misconfigured
from smartward.screen.link import LinkState, Phase
from smartward.screen.window import ScreenWindow

if TYPE_CHECKING:
    from smartward.screen.live import Live

log = logging.getLogger("smartward.screen.picture")

_HEAR_S = 12.0
"""How long a picture waits for a word from the hub: longer than a connection that fails."""


async def hear_once(live: "Live", link: LinkState) -> None:
    """What the hub says now, or that it says nothing, is drawn as well."""
    heard = asyncio.Event()

    def changed() -> None:
        if link.phase not in (Phase.STARTING, Phase.CONNECTING):
            heard.set()

    link.listeners.append(changed)
    live.look()
    try:
        async with asyncio.timeout(_HEAR_S):
            await heard.wait()
    except TimeoutError:
        log.warning("no word from the hub within %g s", _HEAR_S)


async def shoot(window: ScreenWindow, file: Path) -> None:
    """Draw the settled window into a PNG. Raises Misconfigured where the file cannot be written."""
    await window.settled()
    try:
        window.grab(file)
    except OSError as error:
        raise Misconfigured("screen.bad_shot", str(error), file=str(file)) from error
