"""A hub that speaks TLS on a port of this machine, and machines that go to it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from smartward.clinical.device import Device, ScreenRole
from smartward.device_key import tls_request
from smartward.hub import certificates
from smartward.hub.app import Hub
from smartward.hub.authority import Authority
from smartward.hub.http_server import HttpServer
from smartward.hub.options import Options
from smartward.hub.tls import make_certificates
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD


@dataclass
class House:
    """A hub that speaks TLS, and machines that go to it."""

    ward: Ward
    url: str
    ca: str
    folder: Path
    authority: Authority

    async def paired(
        self, place: str = "1", *, anew: bool = True, role: ScreenRole = ScreenRole.BEDHEAD
    ) -> tuple[Device, Path]:
        """A screen with a certificate, and the file that has it with its key."""
        device = await self.ward.enrol(role, place)
        return device, await self.certificate(device, anew=anew)

    async def certificate(self, device: Device, *, anew: bool = False) -> Path:
        key, asked = tls_request()
        issued = self.authority.issue(asked, device.id, self.ward.clock.now(), 30)
        await self.ward.hub.store.write(
            lambda tx: certificates.give(tx, device.id, issued, anew=anew)
        )
        file = self.folder / f"{issued.fingerprint[:8]}.pem"
        file.write_text(key + issued.pem)
        return file

    def client(self, shown: Path | None) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=self.ca)
        # The hub's clock is another one than this machine's.
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | 0x200000)
        if shown is not None:
            context.load_cert_chain(shown)
        return httpx.AsyncClient(base_url=self.url, verify=context, trust_env=False, timeout=20)

    async def asks(self, device: Device, shown: Path | None, **headers: str) -> tuple[int, str]:
        """What a device is told that asks for its feed: status and text key."""
        head = {"Authorization": f"Bearer {self.ward.tokens[device.id]}", **headers}
        async with (
            self.client(shown) as client,
            client.stream("GET", "/feed", headers=head) as response,
        ):
            if response.status_code == 200:
                return 200, ""
            await response.aread()
            return response.status_code, response.json()["error"]

    async def posts(
        self, device: Device, shown: Path | None, path: str, body: bytes, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """What a device is told that posts this: status and words."""
        head = {"Authorization": f"Bearer {self.ward.tokens[device.id]}", **headers}
        async with self.client(shown) as client:
            response = await client.post(path, content=body, headers=head)
        return response.status_code, response.json() if response.content else {}


@asynccontextmanager
async def tls_house(folder: Path, clock: ManualClock, **more: Any) -> AsyncIterator[House]:
    """It decides nothing by itself. `more`: settings."""
    settings = replace(SETTINGS, ward=WARD, **more)
    data = folder / "d"
    options = Options(
        settings=settings,
        data_dir=data,
        clock=None,
        control=None,
        init=True,
        restored=False,
        names=(),
    )
    made = make_certificates(options, clock.now())
    settings = replace(settings, tls_cert=made["tls_cert"], tls_key=made["tls_key"])
    hub = Hub(settings, data, clock, None)
    server = HttpServer(hub)
    await hub.start()
    await server.start()
    try:
        await docs.furnish(hub.store)
        yield House(Ward(hub, clock), server.url, made["ca"], folder, Authority(data))
    finally:
        await server.stop()
        await hub.stop()
