"""What a hub believes of who listens at its standby, where the line between them breaks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from smartward.clinical.device import Device, ScreenRole
from smartward.hub.app import Hub
from smartward.hub.replica_log import ReplicaSource
from smartward.hub.standby_source import HttpSource
from smartward.hub.standby_telling import Telling
from tests.hub import ward_docs as docs
from tests.hub.test_standby import CLOCK, Pair, place, running, same, until

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with running(tmp_path) as made:
        # What the standby tells by itself is told.
        await until(lambda: made.standby._telling._listening is not None)
        yield made


def standby_of(hub: Hub) -> Device:
    (found,) = [one for one in hub.access.devices() if one.role is ScreenRole.STANDBY]
    return found


@asynccontextmanager
async def line(pair: Pair, token: str) -> AsyncIterator[None]:
    """One more connection on which the standby follows, its first word heard."""
    assert pair.standby.following is not None
    log, epoch, after = await pair.standby.following.place()
    asked = {"log": log, "epoch": epoch, "after": str(after)}
    proof = {"Authorization": f"Bearer {token}"}
    url = f"{pair.server.url}/standby/log"
    async with pair.client.stream("GET", url, params=asked, headers=proof) as response:
        assert response.status_code == 200
        await anext(response.aiter_raw())
        yield


async def test_a_new_line_is_told_who_listens_also_that_nobody_does(pair: Pair) -> None:
    """The bedside died while the line was broken, and the hub has not noticed the line's end."""
    hub = pair.hub
    assert hub is not None
    token = pair.tokens[standby_of(hub).id]
    source = HttpSource(pair.server.url, token, None)
    telling = Telling(source, CLOCK)
    telling.start()
    telling.connected()
    telling.changed(pair.bed, True)
    await until(lambda: hub.presence.here(pair.bed.id))
    telling.hung_up()
    telling.changed(pair.bed, False)
    telling.connected()
    await until(lambda: not hub.presence.here(pair.bed.id))
    await telling.stop()
    await source.close()


async def test_what_was_told_on_a_broken_line_ends_with_the_next_one(pair: Pair) -> None:
    """Whether or not the standby speaks at once; the end of the first one is noticed later."""
    hub = pair.hub
    assert hub is not None
    token = pair.tokens[standby_of(hub).id]
    answer = await pair.client.post(
        f"{pair.server.url}/standby/listening",
        json={"devices": [pair.bed.id]},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 204
    assert hub.presence.here(pair.bed.id)
    async with line(pair, token):
        assert not hub.presence.here(pair.bed.id)
        assert hub.presence.here(standby_of(hub).id)


async def test_an_older_hub_is_told_once_on_a_line_who_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not know the question: the standby is upgraded first."""
    asked: list[bytes] = []

    async def unknown(_: ReplicaSource, request: Request) -> Response:
        asked.append(await request.body())
        return JSONResponse({"detail": "Not Found"}, status_code=404)

    monkeypatch.setattr(ReplicaSource, "_listening", unknown)
    async with running(tmp_path) as pair:
        await until(lambda: asked)
        for number in range(1, 6):
            await pair.post(pair.server.url, pair.bed, place(number, docs.bed_id(1)))
            await until(lambda: same(pair))
        assert len(asked) == 1
        await pair.kill_hub()
        await pair.start_hub()
        await until(lambda: len(asked) > 1)
