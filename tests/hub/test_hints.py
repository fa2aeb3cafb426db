"""Hints of the hospital system at the hub's door: a secret, a bound, and no word of theirs."""

from collections.abc import AsyncIterator

import httpx
import pytest

from smartward.his.hinting import Hook, Standing
from smartward.hub.his_hints import PATH, HisHints
from smartward.hub.http_server import HttpServer
from tests.hub.conftest import Ward

pytestmark = pytest.mark.anyio

GOOD = {"Authorization": "Bearer s3cret"}


class Nothing:
    async def keep(self, beds: object, patients: object) -> Standing:
        return Standing(offered=False)

    async def end(self) -> None:
        return None


@pytest.fixture
async def client(ward: Ward) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as one:
        yield one
    await server.stop()


async def test_a_hub_that_asked_for_none_takes_none(client: httpx.AsyncClient) -> None:
    assert (await client.post(PATH, headers=GOOD)).status_code == 404


async def test_only_who_has_the_secret_is_heard(
    ward: Ward, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = HisHints(Nothing(), Hook("http://hub", "s3cret"), ward.clock)
    monkeypatch.setattr(ward.hub, "hint", hints.hear)
    device = await ward.enrol("station")
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {device.id}"}):
        assert (await client.post(PATH, headers=headers)).status_code == 401
    assert hints.heard_at is None
    assert (await client.get(PATH, headers=GOOD)).status_code == 405
    body = b'{"resourceType":"Patient"' * 100
    assert (await client.post(PATH, content=body, headers=GOOD)).status_code == 204
    assert (await client.put(f"{PATH}/Observation/7", headers=GOOD)).status_code == 204
    assert hints.heard_at == ward.clock.now()
    too_long = b"x" * (1024 * 1024 + 1)
    assert (await client.post(PATH, content=too_long, headers=GOOD)).status_code == 413
