"""Fetches a file from the hub that this screen is at, in portions."""

import logging
from collections.abc import Awaitable, Callable

import httpx

from smartward.clock import Clock
from smartward.screen.hub_clients import NETWORK, Clients

log = logging.getLogger("smartward.screen.hub_link")

_TIMEOUT_S = 60.0
"""Many fetch at once, at one rate: each gets something far more often."""
_BLOCK = 1 << 20

Took = Callable[[bytes], Awaitable[None]]
Fetch = Callable[[str, int, float, Took], Awaitable[bool]]
"""A path, from which byte, for how many seconds, and what takes the blocks: False where the hub did
not give it. A portion that was cut off is taken as far as it came."""


async def download(
    clients: Clients, clock: Clock, path: str, begin: int, seconds: float, took: Took
) -> bool:
    """As `Fetch`."""
    end = clock.monotonic() + seconds
    headers = {"Range": f"bytes={begin}-"}
    block = bytearray()
    try:
        async with clients.here.stream("GET", path, headers=headers, timeout=_TIMEOUT_S) as answer:
            if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                log.warning("%s was not given: status %d", path, answer.status_code)
                return False
            async for data in answer.aiter_raw():
                if clients.black_hole:
                    return False
                block += data
                if len(block) >= _BLOCK:
                    await took(bytes(block))
                    block.clear()
                if clock.monotonic() >= end:
                    break
    except NETWORK as error:
        log.warning("%s was cut off: %s", path, type(error).__name__)
    if block:
        await took(bytes(block))
    return True
