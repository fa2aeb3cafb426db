"""`smartward screen auto` as a process of its own: what it shows is approved, it becomes the screen
that the hub says, by its certificate alone, and asks anew once it is revoked."""

import asyncio
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.errors import StorageFault, Unreachable
from smartward.harness.house import House
from smartward.harness.program import Program
from smartward.screen.cache import Cache
from smartward.screen.first_start import FAULT
from smartward.screen.kept import FILE
from smartward.screen.offline_proof import FILE as FILE_OF_PROOFS
from smartward.screen.offline_proof import OfflineProofs, badge_key
from smartward.wire.envelope import Document
from smartward.wire.pairing import Enrolment
from smartward.wire.start import credential_mark
from tests.device.test_backlight import light
from tests.fakes.dns_server import name_server
from tests.fakes.fake_clock import MORNING
from tests.programs import run
from tests.screen.test_app import BED, HubThread
from tests.screen.test_app import hub as hub
from tests.screen.test_offline_proof import BADGE, found
from tests.stories.night import until

pytestmark = pytest.mark.long

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
_SOON_S = 60.0
_FORGETTING_S = 120.0
"""A hub gives a screen half a minute to forget all before it may ask again."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, origin=NOON) as built:
        yield built


def becomes(screen: Program, within_s: float = _SOON_S, **wanted: Any) -> dict[str, Any]:
    """The state in which it is as wanted; meanwhile it may begin anew and answer nothing."""
    clock = SystemClock()
    end = clock.monotonic() + within_s
    found: dict[str, Any] = {}
    while clock.monotonic() < end:
        try:
            found = screen.state()
        except Unreachable:
            found = {}
        if all(found.get(name) == value for name, value in wanted.items()):
            return found
        threading.Event().wait(0.1)
    tail = screen.log.read_text(errors="replace")[-3000:]
    raise AssertionError(f"not {wanted} but {found}\n{tail}")


class Systemd:
    """Hears what a screen that it watches tells, but for its signs of life."""

    def __init__(self, path: Path) -> None:
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000000"}
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._hearing = threading.Thread(target=self._hear)
        self._hearing.start()

    def _hear(self) -> None:
        # Whoever tells waits while too much of it is unheard.
        while word := self._socket.recv(200).decode():
            if word != "WATCHDOG=1":
                self.heard.append(word)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RD)
        self._hearing.join()
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    hears = Systemd(tmp_path / "notify")
    yield hears
    hears.close()


def at_first(house: House, tmp_path: Path, environment: Mapping[str, str] | None = None) -> Program:
    """A screen with a hub over TLS that knows nothing of it."""
    made = json.loads(run("hub", "--init", "--data-dir", str(tmp_path / "hub")).stdout)
    hub = house.start_hub(tls_cert=made["tls_cert"], tls_key=made["tls_key"])
    seed = tmp_path / "smartward.toml"
    told = {"hub": hub.ready["url"], "ca": made["ca"], "language": "en", "serial": "SN-4711"}
    seed.write_text("".join(f'{name} = "{value}"\n' for name, value in told.items()))
    return begun(tmp_path, environment=environment)


def begun(tmp_path: Path, *more: str, environment: Mapping[str, str] | None = None) -> Program:
    """The screen's program."""
    seed, state = str(tmp_path / "smartward.toml"), str(tmp_path / "state")
    return Program(
        "screen",
        ["screen", "auto", "--seed", seed, "--state-dir", state, *more],
        tmp_path,
        {"QT_QPA_PLATFORM": "offscreen", **(environment or {})},
    )


def approved(tmp_path: Path, code: str, *role: str) -> str:
    """The device that whoever waits with this code is now."""
    done = run("enrol", "approve", code, *role, "--data-dir", str(tmp_path / "hub"))
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["device_id"])


NAMES = """import dns.name, dns.resolver

def told(self, _):
    self.nameservers, self.port = ["127.0.0.1"], {port}
    self.search = [dns.name.from_text("ward3.hospital.example")]

dns.resolver.Resolver.read_resolv_conf = told
"""
"""In the place of this machine's own `/etc/resolv.conf`."""


def test_without_a_file_the_number_that_the_hub_shows_is_typed_on_the_page(
    house: House, tmp_path: Path
) -> None:
    at_first(house, tmp_path).stop()
    assert house.hub is not None
    port = house.hub.ready["url"].rpartition(":")[2].strip("/")
    (tmp_path / "smartward.toml").write_text('language = "en"\n')
    zone = f"_smartward._tcp PTR Ward\nWard SRV 0 0 {port} localhost.\n"
    with name_server("ward3.hospital.example", zone) as names:
        (tmp_path / "sitecustomize.py").write_text(NAMES.format(port=names.port))
        screen = begun(tmp_path, environment={"PYTHONPATH": str(tmp_path)})
        try:
            told = becomes(screen, pairing="waiting")
            words = ["enrol", "approve", told["code"], "--role", "corridor"]
            done = run(*words, "--data-dir", str(tmp_path / "hub"))
            number = json.loads(done.stdout)["number"]
            becomes(screen, pairing="confirm")
            for digits in (f"{(int(number) + 1) % 10_000:04}", number):
                for key in (*digits, "ok"):
                    screen.touch(f"number-{key}")
            becomes(screen, role="corridor", link="live")
        finally:
            screen.stop()


def test_a_screen_whose_certificate_was_damaged_starts_and_is_what_it_was(
    house: House, tmp_path: Path
) -> None:
    screen = at_first(house, tmp_path)
    file = tmp_path / "state" / "screen.pem"
    try:
        code = becomes(screen, pairing="waiting")["code"]
        device = approved(tmp_path, code, "--role", "corridor")
        becomes(screen, role="corridor", link="live")
        screen.stop()
        file.write_bytes(file.read_bytes()[:100])
        screen = begun(tmp_path)
        # It was approved minutes ago, and proves by its key that it is the same.
        told = becomes(screen, role="corridor", link="live")
        assert FAULT not in told["faults"]
        assert file.with_name("screen.pem.damaged").stat().st_size == 100
        assert file.is_file()
        kept = json.loads(file.with_name("enrolment.json").read_text())
        assert kept["device_id"] == device
    finally:
        screen.stop()


def test_a_screen_that_no_hub_takes_any_more_keeps_no_patient(
    tmp_path: Path, hub: HubThread
) -> None:
    """Its certificate is gone, and the hub wants one: it comes to the page that asks."""
    state = tmp_path / "state"
    state.mkdir()
    what = Enrolment(
        device_id="device-1", role=ScreenRole.BEDSIDE, ward="ward", place=BED,
        token="", certificate="",
        renew_at=datetime(2030, 1, 1, tzinfo=UTC), settings={}, hubs=(hub.hub.url,),
    )  # fmt: skip
    (state / "enrolment.json").write_bytes(msgspec.json.encode(what))
    (state / "token").write_text("the token")
    mark, key = credential_mark("the token"), badge_key("the token")
    proofs = OfflineProofs(state / FILE_OF_PROOFS, mark, key, tries=3, lock_s=300, longest_h=12)
    asyncio.run(proofs.keep(BADGE, found(), MORNING))
    proofs.close()
    assert believed(state) == 1
    (tmp_path / "smartward.toml").write_text(f'hub = "{hub.hub.url}"\n')
    screen = begun(tmp_path)
    try:
        becomes(screen, role="bedside", link="live", mirror_idle=True)
        assert {one.kind for one in kept(state)} >= {"bed", "encounter"}
        hub.do(hub.hub.stop)
        screen.ask("tap", objectName="callButton")
        hub.hub.fault, hub.hub.disowns = "401", b'{"error": "certificate.missing"}'
        hub.do(hub.hub.start)
        until(lambda: emptied(state))
        with closing(Cache(state / FILE, read_only=True)) as cache:
            (call,) = [row for row in cache.touches() if row.state == "waiting"]
        assert BED.encode() in call.body, "what a patient touched still waits"
    finally:
        screen.stop()


def emptied(state: Path) -> bool:
    """Whether neither a patient nor a proof is kept; while that is written nobody can read it."""
    try:
        return kept(state) == [] and believed(state) == 0
    except (StorageFault, sqlite3.OperationalError):
        return False


def believed(state: Path) -> int:
    with closing(sqlite3.connect(state / FILE_OF_PROOFS)) as file:
        return int(file.execute("select count(*) from badge").fetchone()[0])


def kept(state: Path) -> list[Document]:
    with closing(Cache(state / FILE, read_only=True)) as cache:
        return cache.documents()


def test_a_screen_that_asks_is_legible_on_a_panel_that_was_left_at_rest(tmp_path: Path) -> None:
    panel = light(tmp_path / "backlight", "panel", 1000)
    (panel / "brightness").write_text("100")
    screen = begun(tmp_path, "--set", f"backlight={panel.parent}", "--set", "backlight_day=90")
    try:
        until(lambda: (panel / "brightness").read_text() == "900")
    finally:
        screen.stop()


def test_it_waits_is_approved_shows_its_page_and_asks_anew_once_revoked(
    house: House, tmp_path: Path, systemd: Systemd
) -> None:
    screen = at_first(house, tmp_path, systemd.environment)
    try:
        code = becomes(screen, pairing="waiting")["code"]
        device = approved(tmp_path, code, "--role", "corridor")
        becomes(screen, role="corridor", link="live")
        until(lambda: systemd.heard.count("READY=1") == 2)
        # Where it begins anew it is as patient with a slow screen as at a start.
        ready = systemd.heard.index("READY=1")
        step = "EXTEND_TIMEOUT_USEC=180000000\nWATCHDOG_USEC=180000000"
        assert systemd.heard[ready + 1 : -1] in (
            ["WATCHDOG_USEC=60000000", *[step] * 8, *end] for end in ([], ["READY=1"])
        )
        pid = screen.process.pid
        # By its own certificate it is checked as well, from within.
        checked = run("fleet", "check", device, "--json", "--data-dir", str(tmp_path / "hub"))
        report = json.loads(checked.stdout)
        assert report["which"]["serial"] == "SN-4711"
        found = {one["what"]: one["how"] for one in report["lines"]}
        assert (found["certificate"], found["hub"], found["place"]) == ("ok", "ok", "ok"), found
        house.admin("revoke", device_id=device)
        again = becomes(screen, pairing="waiting")
        assert again["code"] != code
        assert screen.process.pid == pid
        assert screen.running
    finally:
        screen.stop()


def test_a_wiped_screen_goes_on_to_the_page_with_its_new_code(house: House, tmp_path: Path) -> None:
    """As a package has it: what the program keeps of its own pages lies in the folder that is
    emptied, and is read while they are shown."""
    state = tmp_path / "state"
    home = {"HOME": str(state), "XDG_CACHE_HOME": str(state / ".cache")}
    house.start_his()
    screen = at_first(house, tmp_path, home)
    assert house.hub is not None
    house.hub.wait("his_up", True)
    try:
        code = becomes(screen, pairing="waiting")["code"]
        device = approved(tmp_path, code, "--bed", "1")
        becomes(screen, role="bedside", link="live")
        pages = state / ".cache"
        assert [file for file in pages.rglob("*.qmlc") if file.is_file()]
        pid = screen.process.pid
        done = run("enrol", "wipe", device, "--data-dir", str(tmp_path / "hub"))
        assert done.returncode == 0, done.stderr
        again = becomes(screen, _FORGETTING_S, pairing="waiting")
        assert again["code"] != code
        assert screen.process.pid == pid
        assert not (state / FILE).exists()
    finally:
        screen.stop()
