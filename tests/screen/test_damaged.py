"""A screen whose files of the pairing cannot be used starts all the same: what is of no use is set
aside, a hub that takes it without a certificate gives it the next one, and where none does it asks
to be paired as the device that it is."""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartward.device_key import DeviceKey, tls_request
from smartward.hub import tls
from smartward.hub.app import Hub
from smartward.hub.http_server import HttpServer
from smartward.machine import machine_mark
from smartward.screen import damaged, enrolled, first_start
from smartward.screen.house import House as Asked
from smartward.screen.hub_address import Hub as HubAddress
from smartward.screen.link import LinkState, Phase
from smartward.screen.seed import Seed
from smartward.screen.this_start import start_headers as started_headers
from smartward.tasks import Tasks
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.tls_house import House
from tests.screen.test_pairing import Answering, Machine, machine
from tests.screen.test_pairing import _at_rest as at_rest
from tests.screen.test_pairing import house as house

pytestmark = pytest.mark.anyio

SET_ASIDE = "is set aside as"
NOBODY = 65534


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:400])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _of_zeros(file: Path) -> None:
    """As a file system leaves it that lost power with its sizes alone on the disk."""
    file.write_bytes(bytes(file.stat().st_size))


def _with_another_key(file: Path) -> None:
    certificate = file.read_text().partition("-----BEGIN PRIVATE KEY")[0]
    file.write_text(certificate + tls_request()[0])


def _without_key(file: Path) -> None:
    file.write_text(file.read_text().partition("-----BEGIN PRIVATE KEY")[0])


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


RUINS = [_cut, _emptied, _of_zeros, _with_another_key, _without_key, _a_folder]


def started(
    one: Machine, monkeypatch: pytest.MonkeyPatch, shot: Path | None = None
) -> tuple[enrolled.Enrolled | None, SimpleNamespace]:
    """What a start takes this screen for."""
    monkeypatch.delenv(first_start.ASK, raising=False)
    seed = one.folder.parent / "smartward.toml"
    seed.write_text(f'hub = "{one.seed.hubs[0]}"\nca = "{one.seed.ca[0]}"\n' if one.seed.ca else "")
    given = SimpleNamespace(state_dir=one.folder, seed=seed, set=[], shot=shot)
    return first_start.resolve(given), given  # type: ignore[arg-type]  # as much as it looks at


@pytest.mark.parametrize("ruin", RUINS)
@pytest.mark.expects_log(SET_ASIDE)
async def test_a_certificate_that_cannot_be_used_stops_no_screen(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ruin: object
) -> None:
    one = machine(house)
    before = await one.approved(role="bedside", place="1")
    assert callable(ruin)
    ruin(before.certificate)
    found, given = started(one, monkeypatch)
    assert found is not None
    assert (given.role, given.token_file) == ("bedside", before.token)
    assert found.bare
    HubAddress(url=house.url, token="t", ca=found.ca, certificate=found.shown).check()
    told = [record.getMessage() for record in caplog.records if SET_ASIDE in record.getMessage()]
    assert len(told) == 1
    assert "smartward enrol approve" in told[0]
    assert damaged.was_set_aside(one.folder)
    assert (one.folder / "screen.pem.damaged").exists()
    assert started(one, monkeypatch)[0] == found, "the next start says it no more"
    assert first_start.Renewal(found, LinkState(), ManualClock()).faults == {first_start.FAULT}


async def test_a_picture_sets_nothing_aside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    one = machine(house)
    found = await one.approved(role="bedside", place="1")
    _cut(found.certificate)
    before = {file.name: file.read_bytes() for file in one.folder.iterdir()}
    again, given = started(one, monkeypatch, house.folder / "shot.png")
    assert again is not None
    assert given.role == "bedside"
    assert {file.name: file.read_bytes() for file in one.folder.iterdir()} == before


@contextmanager
def of_another_owner(file: Path) -> Iterator[None]:
    """As this file is not to be read by whoever runs the screen, in a folder that is its own."""
    if os.geteuid() != 0:
        file.chmod(0)
        yield
        return
    os.chown(file.parent, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.expects_log(SET_ASIDE, "device.key")
async def test_files_of_another_owner_stop_no_screen(house: House) -> None:
    paired = await machine(house).approved(role="bedside", place="1")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        for file in paired.folder.iterdir():
            shutil.copy(file, folder / file.name)
            file_there = folder / file.name
            file_there.chmod(0o600)
            if os.geteuid() == 0 and file.name not in (enrolled.CERTIFICATE, "device.key"):
                os.chown(file_there, NOBODY, NOBODY)
        (folder / "device.key").chmod(0)
        with of_another_owner(folder / enrolled.CERTIFICATE):
            damaged.set_aside(folder)
            found = enrolled.kept(folder)
            assert found is not None
            assert found.bare
            assert not found.certificate.exists()
            assert DeviceKey.load_or_make(folder).public
    finally:
        shutil.rmtree(folder)


@pytest.mark.expects_log("cannot be read now")
async def test_a_good_certificate_stays_where_a_start_has_no_descriptor_left(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    found = await machine(house).approved(role="bedside", place="1")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open("/", os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        damaged.set_aside(found.folder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "Too many open files" in caplog.text
    assert not list(found.folder.glob(f"*{damaged.ENDING}"))
    again = enrolled.kept(found.folder)
    assert again == found


def test_nobody_is_asked_for_the_password_of_a_certificate(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "screen")])
    made = tls.builder(name, name, key.public_key(), datetime(2026, 11, 23, tzinfo=UTC), 1)
    secret = serialization.BestAvailableEncryption(b"secret")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = tmp_path / "screen.pem"
    file.write_bytes(tls.pem(made.sign(key, hashes.SHA256())) + key.private_bytes(*form, secret))
    code = (
        "from pathlib import Path; from smartward.screen.hub_address import Hub\n"
        f"Hub(url='https://hub', token='t', certificate=Path({str(file)!r})).check()"
    )
    # Without a terminal OpenSSL would take the password from here.
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input="secret\n", check=False, capture_output=True, text=True, start_new_session=True,
    )  # fmt: skip
    assert "screen.bad_ca" in ended.stderr
    assert "pass phrase" not in ended.stderr


@pytest.mark.parametrize("name", [enrolled.TOKEN, enrolled.REST])
@pytest.mark.expects_log(SET_ASIDE)
async def test_without_token_or_place_it_asks_as_a_new_one(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    one = machine(house)
    found = await one.approved(role="bedside", place="1")
    (found.folder / name).write_bytes(b"\xff\x00")
    assert started(one, monkeypatch)[0] is None
    assert (found.folder / f"{name}.damaged").exists()


@pytest.mark.expects_log(SET_ASIDE, "nobody is believed", "what was kept is used")
async def test_where_its_authorities_are_gone_nobody_else_is_believed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(house)
    found = await one.approved(role="bedside", place="1")
    (found.folder / enrolled.AUTHORITIES).write_text("no certificate")
    again, given = started(one, monkeypatch)
    assert again is not None
    assert given.ca == [Path(house.ca)]  # the seed's
    lost_seed = house.folder / "lost.toml"
    lost = SimpleNamespace(state_dir=one.folder, seed=lost_seed, set=[], shot=None)
    assert first_start.resolve(lost) is None  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("name", damaged._USES)
@pytest.mark.expects_log(SET_ASIDE, "Input/output error")
def test_a_file_on_a_bad_block_is_set_aside(tmp_path: Path, name: str) -> None:
    """Left where it is, it would end the program at every start to come."""
    (tmp_path / name).symlink_to("/proc/self/mem")  # nothing can be read at its beginning
    with pytest.raises(OSError, match="Input/output error"):
        (tmp_path / name).read_bytes()
    damaged.set_aside(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [f"{name}{damaged.ENDING}"]


@pytest.mark.parametrize(
    "code, goes", [(5, True), (117, True), (74, True), (61, True), (12, False), (24, False)]
)
@pytest.mark.expects_log("hub-ca.pem")
def test_what_a_file_system_says_of_a_bad_block_counts_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, goes: bool
) -> None:
    (tmp_path / enrolled.AUTHORITIES).write_text("a good one")

    def read(file: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setitem(damaged._USES, enrolled.AUTHORITIES, read)
    damaged.set_aside(tmp_path)
    assert (tmp_path / f"{enrolled.AUTHORITIES}{damaged.ENDING}").exists() == goes


async def test_it_asks_to_be_paired_once_each_hub_refuses_it_and_not_while_one_takes_it() -> None:
    link, clock = LinkState(), ManualClock()
    link.last_heard = clock.now()
    found = SimpleNamespace(bare=True)
    renewal = first_start.Renewal(found, link, clock)  # type: ignore[arg-type]  # all it looks at
    lost = Tasks().spawn(renewal.lost(), "lost")
    phases = (
        (Phase.OFFLINE, "", 300),
        (Phase.LIVE, "", 30),
        (Phase.OFFLINE, "certificate.missing", 5),
    )
    for phase, refused, seconds in phases:
        link.phase, link.refused = phase, refused
        for _ in range(seconds):
            await at_rest(clock)
            assert not lost.done(), (phase, refused)
            clock.advance(1.0)
    async with asyncio.timeout(60):
        while not lost.done():
            await asyncio.to_thread(lambda: None)
            clock.advance(1.0)


@pytest.mark.expects_log(SET_ASIDE)
async def test_a_hub_that_takes_it_without_a_certificate_gives_it_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    hub = Hub(SETTINGS, tmp_path / "hub", clock, None)
    await hub.start()
    server = HttpServer(hub)
    await server.start()
    try:
        ward = SimpleNamespace(ward=Ward(hub, clock))
        mark = machine_mark()
        one = Machine(ward, tmp_path / "screen", Seed(hubs=(server.url,), ca=()), mark)  # type: ignore[arg-type]  # all of a house that is used
        device_id = (await one.approved(role="station")).what.device_id
        device = hub.access.device(device_id)
        assert device is not None
        _emptied(one.folder / enrolled.CERTIFICATE)
        damaged.set_aside(one.folder)
        found = enrolled.kept(one.folder)
        assert found is not None
        assert found.bare
        renewal = first_start.Renewal(found, LinkState(), ManualClock(clock.now()))
        link = Plain(server.url, found)
        running = Tasks().spawn(renewal.keep(link), "renewal")
        async with asyncio.timeout(60):
            await link.changed.wait()
        running.cancel()
        again = enrolled.kept(one.folder)
        assert again is not None
        assert not again.bare
        assert renewal.faults == frozenset()
        assert not damaged.was_set_aside(one.folder)
    finally:
        await server.stop()
        await hub.stop()


class Plain(Answering):
    """The link of a running screen to a hub on this machine, without TLS."""

    def __init__(self, url: str, found: enrolled.Enrolled) -> None:
        self.url = url
        self.found = found
        self.changed = asyncio.Event()

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        token = self.found.token.read_text()
        headers = {
            "Authorization": f"Bearer {token}",
            **started_headers(self.found.folder, token),
        }
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            response = await client.post(path, content=body, headers=headers)
        return response.status_code, response.content


class PowerCut(BaseException):
    """From here on nothing happens any more."""


@pytest.mark.parametrize("steps", range(5))
async def test_a_power_cut_while_it_is_paired_again_leaves_no_half_of_each(
    house: House, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    one = machine(house)
    old = await one.approved(role="bedside", place="1")
    key, csr = tls_request()
    issued = house.ward.hub.pairing.issuing.issue(csr, old.what.device_id)
    new = msgspec.structs.replace(
        old.what, token="new.token", certificate=issued.pem, place="his.bed-2"
    )
    left, replace = [steps], os.replace

    def cut(source: object, target: object) -> None:
        if not left[0]:
            raise PowerCut
        left[0] -= 1
        replace(str(source), str(target))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", cut)
        patched.setattr(Path, "replace", lambda self, target: cut(self, target))
        try:
            enrolled.keep(one.folder, new, key, Asked(one.seed.hubs, one.seed.ca[0].read_text()))
        except PowerCut:
            assert steps < 4
    found = enrolled.kept(one.folder)
    if found is None:
        assert steps < 4
        return
    assert (found.what.place, found.token.read_text()) == ("his.bed-2", "new.token")
    assert found.certificate.read_text() == issued.pem + key
