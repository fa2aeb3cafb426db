"""The two nginx examples as they are printed, in front of real hubs: a feed comes through as it is
written, the next hub is asked where one is gone, and who shows no certificate of the house's is let
do nothing but ask to be paired. Needs `nginx` (packaging/install-system-packages test)."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.device_key import DeviceKey, tls_request
from smartward.hub.authority import STEM, Authority
from smartward.hub.http_server import HttpServer
from smartward.hub.options import Options
from smartward.hub.tls import make_certificates
from smartward.wire import pairing as wire
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import Ward, as_json
from tests.hub.mirror import EventParser
from tests.hub.test_lease_hubs import two_hubs

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.long,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: make system-test"),
]

EXAMPLES = Path(__file__).parents[2] / "packaging" / "examples"
BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION
NAME = "localhost"
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Papers:
    """What stands in `/etc/smartward/tls` of the examples."""

    folder: Path
    devices: Authority

    @classmethod
    def made(cls, folder: Path) -> "Papers":
        settings = Settings(host="127.0.0.1")
        names = ("hub.ward7.example", "ward7.hubs.example")
        options = Options(settings, folder, None, None, init=True, restored=False, names=names)
        make_certificates(options, SystemClock().now())
        papers = cls(folder / "tls", Authority(folder))
        for kind in ("pem", "key"):
            shutil.copy(papers.folder / f"hub.{kind}", papers.folder / f"ward7.{kind}")
        papers.of("any")  # whoever signs for devices is made with its first certificate
        assert (papers.folder / f"{STEM}.pem").exists()
        return papers

    def of(self, device_id: str) -> Path:
        """A device's certificate with its key, in one file."""
        return _file(self.folder, self.devices, device_id)

    def client(self, url: str, shown: Path | None) -> httpx.AsyncClient:
        """Something that goes there as a screen does, with a certificate or without."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if shown is not None:
            context.load_cert_chain(shown)
        return httpx.AsyncClient(base_url=url, verify=context, trust_env=False, timeout=PATIENCE_S)


def _file(folder: Path, authority: Authority, device_id: str, days: float = 30) -> Path:
    key, asked = tls_request()
    issued = authority.issue(asked, device_id, SystemClock().now(), days)
    file = folder / f"{issued.fingerprint[:8]}.pem"
    file.write_text(key + issued.pem)
    return file


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers.made(tmp_path_factory.mktemp("house"))


@contextmanager
def nginx(example: str, papers: Papers, **instead: str) -> Iterator[str]:
    """It serves by this example, of which only places and addresses are others; gives its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = f"127.0.0.1:{free.getsockname()[1]}"
    text = (EXAMPLES / example).read_text("utf-8")
    changes = {"/etc/smartward/tls/": f"{papers.folder}/", **instead}
    with tempfile.TemporaryDirectory(prefix="smartward-nginx-") as name:
        folder = Path(name)
        kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"    {one}_temp_path {folder / one};\n" for one in kept)
        changes |= {"listen 8700 ": f"listen {own} ", "listen 443 ": f"listen {own} "}
        for before, after in (*changes.items(), ("http {\n", f"http {{\n{places}")):
            text = text.replace(before, after)
        assert own in text
        file = folder / "nginx.conf"
        file.write_text(text, "utf-8")
        command = [str(NGINX), "-p", name, "-c", str(file), "-e", "stderr"]
        command += ["-g", f"daemon off; pid {folder / 'pid'};"]
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command])
        try:
            _answers(process, own)
            yield f"https://{NAME}:{own.rpartition(':')[2]}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


def _answers(process: subprocess.Popen[bytes], address: str) -> None:
    host, _, port = address.partition(":")
    clock = SystemClock()
    until = clock.monotonic() + PATIENCE_S
    while process.poll() is None and clock.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            continue
        return
    raise AssertionError(f"nginx does not answer: {process.poll()}")


class Reader:
    """A feed as it comes through, while nobody's clock moves: nothing else pushes it along."""

    def __init__(self, response: httpx.Response) -> None:
        self._raw = response.aiter_raw()
        self._parser = EventParser()
        self.events: list[str] = []

    async def until(self, name: str, holding: str = "") -> None:
        async with asyncio.timeout(PATIENCE_S):
            async for data in self._raw:
                for event in self._parser.feed(data):
                    self.events.append(event.name)
                    if event.name == name and holding in event.data.decode():
                        return
        raise AssertionError(f"the feed ended before {name}: {self.events}")


@asynccontextmanager
async def feed(client: httpx.AsyncClient, ward: Ward, device: Device) -> AsyncIterator[Reader]:
    async with client.stream("GET", "/feed", headers=proof(ward, device)) as response:
        assert response.status_code == 200, await response.aread()
        reader = Reader(response)
        await reader.until("current")
        yield reader


def proof(ward: Ward, device: Device) -> dict[str, str]:
    return {"Authorization": f"Bearer {ward.tokens[device.id]}"}


async def press(client: httpx.AsyncClient, ward: Ward, bed: Device, call: str) -> str:
    data = {"bed_id": bed.place or "", "class": "normal"}
    body = as_json(ActionRequest(action=ward.action(K.CALL_PLACE, call, data=data), age_ms=0))
    answer = await client.post("/actions", json=body, headers=proof(ward, bed))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


async def test_the_terminator_lets_in_who_has_the_houses_certificate_and_holds_nothing_back(
    ward: Ward, papers: Papers, tmp_path: Path
) -> None:
    station, bed = await ward.enrol(STATION), await ward.enrol(BEDSIDE, "1")
    server = HttpServer(ward.hub)
    await server.start()
    hub = server.url.removeprefix("http://")
    try:
        with nginx("tls-terminator.conf", papers, **{"127.0.0.1:8701": hub}) as url:
            stranger = _file(tmp_path, Authority(tmp_path / "another house"), bed.id)
            over = _file(tmp_path, papers.devices, bed.id, days=-0.5)
            for shown in (None, stranger, over):
                async with papers.client(url, shown) as client:
                    for path in ("/feed", "/health"):
                        refused = await client.get(path, headers=proof(ward, bed))
                        assert refused.status_code == 401
                    told = await client.post("/actions", headers=proof(ward, bed))
                    assert told.status_code == 401
            async with papers.client(url, None) as new:
                asked = wire.asked(
                    DeviceKey.passing(), tls_request()[1], "m1:-:-", serial="", version="1", salt=""
                )
                answer = await new.post(wire.PATH, content=msgspec.json.encode(asked))
                assert answer.json()["state"] == wire.WAITING
            async with (
                papers.client(url, papers.of(station.id)) as at_station,
                papers.client(url, papers.of(bed.id)) as at_bed,
                feed(at_station, ward, station) as told,
            ):
                assert await press(at_bed, ward, bed, "call-1") == "applied"
                await told.until("write", "call-1")
                assert (await at_bed.get("/health")).status_code == 200
                assert (await at_bed.get("/metrics")).status_code == 404
            ward.clock.advance(1)
    finally:
        await server.stop()


async def test_one_address_for_two_hubs_goes_on_at_the_other_when_one_is_gone(
    papers: Papers, tmp_path: Path, clock: ManualClock
) -> None:
    async with two_hubs(tmp_path, clock) as house:
        servers = []
        for hub in (house.a.hub, house.b.hub):
            files = {"tls_cert": "hub.pem", "tls_key": "hub.key"}
            paths = {name: str(papers.folder / file) for name, file in files.items()}
            hub.settings = replace(hub.settings, **paths)
            servers.append(HttpServer(hub))
            await servers[-1].start()
        station = await house.a.enrol(STATION)
        bed = await house.a.enrol(BEDSIDE, "1")
        house.b.tokens |= house.a.tokens
        await house.until(lambda: house.knows(house.b, bed.id))
        instead = {
            f"hub-{name}.ward7.example:8700": server.url.removeprefix("https://")
            for name, server in zip("ab", servers, strict=True)
        }
        try:
            with nginx("nginx.conf", papers, **instead) as url:
                async with papers.client(url, None) as client:
                    async with feed(client, house.a, station) as told:
                        assert await press(client, house.a, bed, "call-1") == "applied"
                        await told.until("write", "call-1")
                        assert (await client.get("/health")).status_code == 404
                    await servers[0].stop()
                    async with feed(client, house.b, station) as told:
                        for number in range(4):  # whoever's turn it is
                            id = f"call-{number + 2}"
                            assert await press(client, house.b, bed, id) == "applied"
                        await told.until("write", "call-1")
        finally:
            for server in servers:
                await server.stop()
