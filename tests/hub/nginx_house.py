"""nginx by the examples as they are printed, and screens that go to it."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec
from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.device_key import tls_request
from smartward.hub import certificates
from smartward.hub.authority import Authority
from smartward.hub.options import Options
from smartward.hub.tls import make_certificates
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from tests.hub.conftest import Ward, as_json
from tests.hub.mirror import EventParser

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

EXAMPLES = Path(__file__).parents[2] / "packaging" / "examples"
BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION
NAME = "localhost"
PATIENCE_S = 20.0
LONG_AGO = datetime(2025, 3, 1, tzinfo=UTC)
"""Over by the hub's clock and by that of this machine: nginx says 495."""


@dataclass(frozen=True)
class Papers:
    """What stands in `/etc/smartward/tls` of the examples."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Papers":
        settings = Settings(host="127.0.0.1")
        names = ("hub.ward7.example", "ward7.hubs.example")
        options = Options(settings, folder, None, None, init=True, restored=False, names=names)
        make_certificates(options, SystemClock().now())
        papers = cls(folder / "tls")
        for kind in ("pem", "key"):
            shutil.copy(papers.folder / f"hub.{kind}", papers.folder / f"ward7.{kind}")
        return papers

    def client(self, url: str, shown: Path | None) -> httpx.AsyncClient:
        """Something that goes there as a screen does, with a certificate or without."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if shown is not None:
            context.load_cert_chain(shown)
        return httpx.AsyncClient(base_url=url, verify=context, trust_env=False, timeout=PATIENCE_S)


@dataclass(frozen=True)
class Paired:
    """A device of the ward with certificates."""

    ward: Ward
    device: Device
    folder: Path
    authority: Authority

    async def certificate(self, made_at: datetime) -> Path:
        """One more, for thirty days, in a file with its key."""
        key, asked = tls_request()
        issued = self.authority.issue(asked, self.device.id, made_at, 30)
        await self.ward.hub.store.write(
            lambda tx: certificates.give(tx, self.device.id, issued, anew=False)
        )
        file = self.folder / f"{issued.fingerprint[:8]}.pem"
        file.write_text(key + issued.pem)
        return file

    async def posts(self, client: httpx.AsyncClient, path: str, body: bytes) -> tuple[int, str]:
        """What it is told: status, and outcome or text key."""
        answer = await client.post(path, content=body, headers=proof(self.ward, self.device))
        said = answer.json()
        return answer.status_code, str(said.get("outcome") or said.get("error"))

    def call(self) -> bytes:
        """Somebody presses at its bed."""
        data = {"bed_id": self.device.place or "", "class": "normal"}
        action = self.ward.action(K.CALL_PLACE, str(uuid7()), data=data)
        return msgspec.json.encode(ActionRequest(action=action, age_ms=0))


async def paired(ward: Ward, folder: Path, place: str) -> Paired:
    device = await ward.enrol(BEDSIDE, place)
    return Paired(ward, device, folder, Authority(folder))


def free_address() -> str:
    """An address of this machine on which nobody listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def nginx(example: str, papers: Papers, **instead: str) -> Iterator[str]:
    """It serves by this example, of which only places and addresses are others; gives its own."""
    own = free_address()
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


def says(own: Path) -> dict[str, str]:
    """What a client writes that would pass for a terminator."""
    return {"SmartWard-Certificate": quote(own.read_text(), safe="")}
