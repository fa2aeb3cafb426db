"""Who may say which certificate was shown to them: a TLS terminator on the hub's own machine, where
the house trusts one, and nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from starlette.types import Scope

from smartward.clinical.device import Device, ScreenRole
from smartward.config import Settings
from smartward.hub import certificates
from smartward.hub.authority import Authority
from smartward.hub.gate import CERTIFICATE, Gate, shown_in
from smartward.hub.http_server import HttpServer
from smartward.wire.pairing import RENEW_PATH
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.tls_house import House, tls_house

pytestmark = pytest.mark.anyio

TRUSTING = replace(SETTINGS, trusts_terminator=True)


@pytest.fixture
def settings() -> Settings:
    return TRUSTING


@asynccontextmanager
async def plain(ward: Ward, folder: Path) -> AsyncIterator[House]:
    """Plain HTTP on loopback, where a terminator would go."""
    server = HttpServer(ward.hub)
    await server.start()
    try:
        yield Behind(ward, server.url, "", folder, Authority(folder))
    finally:
        await server.stop()


class Behind(House):
    """What is asked here is asked as a terminator would."""

    def client(self, shown: Path | None) -> httpx.AsyncClient:
        head = {} if shown is None else passed(shown)
        return httpx.AsyncClient(base_url=self.url, headers=head, trust_env=False, timeout=20)


def passed(shown: Path) -> dict[str, str]:
    """As nginx writes `$ssl_client_escaped_cert`."""
    text = shown.read_text()
    return {CERTIFICATE: quote(text[text.index("-----BEGIN CERT") :], safe="")}


async def test_what_a_terminator_was_shown_counts_as_shown_to_the_hub(
    ward: Ward, tmp_path: Path
) -> None:
    async with plain(ward, tmp_path) as house:
        device, own = await house.paired("1")
        _, others = await house.paired("2")
        by_token = await ward.enrol(ScreenRole.BEDHEAD, "3")
        assert await house.asks(device, own) == (200, "")
        assert await house.asks(device, None) == (401, certificates.MISSING)
        assert await house.asks(device, others) == (401, certificates.UNKNOWN)
        for shown in (None, own):
            assert await house.asks(by_token, shown) == (200, "")
        for rubbish in ("", "no certificate", "%ff", "-----BEGIN CERTIFICATE-----%0A"):
            told = await house.asks(device, None, **{CERTIFICATE: rubbish})
            assert told == (401, certificates.MISSING)
        status, _ = await house.posts(device, own, RENEW_PATH, b"{}")
        assert status == 400, "it is judged by what it wants, not by who it is"


@pytest.mark.expects_log("refused who says which certificate it was shown")
@pytest.mark.parametrize("settings", [SETTINGS])
async def test_it_is_off_unless_switched_on_and_then_nobody_passes_unseen(
    ward: Ward, tmp_path: Path
) -> None:
    assert not Settings().trusts_terminator
    async with plain(ward, tmp_path) as house:
        device, own = await house.paired("1")
        for _ in range(2):
            assert await house.asks(device, own) == (401, certificates.HEARSAY)
        assert await house.asks(device, None) == (200, ""), "as a hub tried on one machine"


@pytest.mark.expects_log("refused who says which certificate it was shown")
async def test_where_tls_ends_at_the_hub_it_believes_its_own_eyes_alone(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with tls_house(tmp_path, clock, trusts_terminator=True) as house:
        device, own = await house.paired()
        for by in (None, own):
            assert await house.asks(device, by, **passed(own)) == (401, certificates.HEARSAY)
        assert await house.asks(device, own) == (200, "")


async def test_a_terminator_speaks_from_this_machine(ward: Ward, tmp_path: Path) -> None:
    for address in ("127.0.0.1", "127.8.0.1", "::1"):
        assert await _told(ward, tmp_path, address) is None


@pytest.mark.expects_log("refused who says which certificate it was shown")
async def test_from_another_machine_nobody_is_a_terminator(ward: Ward, tmp_path: Path) -> None:
    for address in ("10.99.0.7", "192.168.7.1", "fe80::1", ""):
        assert await _told(ward, tmp_path, address) == 401


async def _told(ward: Ward, folder: Path, address: str) -> int | None:
    async with plain(ward, folder) as house:
        device, own = await house.paired("1")
    hub = ward.hub
    gate = Gate(hub.application, hub.certificates, hub.access, trusts=True)
    scope = _asking(ward, device, own, address)
    answer = gate.refusal(scope)
    assert bool(shown_in(scope)) == (answer is None)
    return None if answer is None else answer.status_code


def _asking(ward: Ward, device: Device, own: Path, address: str) -> Scope:
    head = {"authorization": f"Bearer {ward.tokens[device.id]}", **passed(own)}
    headers = [(name.encode(), value.encode()) for name, value in head.items()]
    at = {"type": "http", "scheme": "http", "method": "GET", "path": "/feed"}
    return {**at, "client": (address, 40000) if address else None, "headers": headers}
