"""A screen's request at a standby: read once, answered by the hub or by this one."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive

from smartward.errors import StorageFault

_MOST_BYTES = 64 * 1024

Relayed = tuple[int, str, bytes]
"""Status, content type and body of the hub's answer."""


async def first(
    passing: "asyncio.Task[Relayed | None]", alone: "asyncio.Task[None]"
) -> Relayed | None:
    """The hub's answer, or None once this hub acts alone."""
    await asyncio.wait((passing, alone), return_when=asyncio.FIRST_COMPLETED)
    answer = passing.result() if passing.done() else None
    if answer is None:
        await alone
    return answer


async def read_body(request: Request) -> bytes | None:
    """The body; None where it is longer than any screen sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)


def once_more(body: bytes, receive: Receive) -> Receive:
    """The same request's body, read once already."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def waits() -> Response:
    """What was asked waits for the hub."""
    return JSONResponse({"error": StorageFault("standby.waits").key}, status_code=503)
