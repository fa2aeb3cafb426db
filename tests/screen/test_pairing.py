"""A screen's first start against a real hub over TLS: its page's code is approved, what it is given
is kept and used; another house's hub is not believed; a clock in 1970 is no hindrance; what expired
or was revoked asks anew; a copied key is thrown away."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.device_key import DeviceKey
from smartward.errors import Misconfigured
from smartward.hub import certificates, pairing_requests
from smartward.hub.app import Hub
from smartward.hub.enrol import ask
from smartward.hub.http_server import HttpServer
from smartward.screen import enrolled, first_start
from smartward.screen.found_link import FoundLink
from smartward.screen.hub_address import Hub as HubAddress
from smartward.screen.hub_search import Ward
from smartward.screen.link import LinkState, Phase
from smartward.screen.pairing import Asked, Pairing
from smartward.screen.pairing_link import PairingLink
from smartward.screen.seed import Seed, read_seed, serial_of, written_serial
from smartward.screen.standing import (
    CONFIRM,
    DONE,
    FORGETTING,
    LOOKING,
    REFUSED,
    WAITING,
    Standing,
)
from smartward.tasks import Tasks
from smartward.wire.pairing import NUMBER_S
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS
from tests.hub.tls_house import House, tls_house

pytestmark = pytest.mark.anyio

YEARS_AGO = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)


class Hurried(ManualClock):
    """Whoever sleeps by it wakes at once, later by as much; who waits for a person waits."""

    async def sleep(self, seconds: float) -> None:
        if seconds == NUMBER_S:
            return await super().sleep(seconds)
        self.advance(seconds)
        await asyncio.to_thread(lambda: None)


@dataclass
class Machine:
    """A screen at its first start."""

    house: House
    folder: Path
    seed: Seed
    mark: str = "m1:-:-"
    clock: Hurried = field(default_factory=lambda: Hurried(YEARS_AGO))
    shown: list[Standing] = field(default_factory=list)
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: Tasks = field(default_factory=Tasks)
    search: Callable[[], Ward] | None = None
    """Where its seed names no hub."""
    asks: Pairing | None = None

    def _show(self, standing: Standing) -> None:
        self.shown.append(standing)
        if standing.state in (WAITING, CONFIRM, REFUSED) or standing.why:
            self.waits.set()

    async def pair(self) -> None:
        """Until it is paired."""
        link: Asked = (
            PairingLink(self.seed.hubs, self.seed.ca)
            if self.search is None
            else FoundLink(self.seed, self.folder, self.search)
        )
        self.asks = Pairing(
            link=link,
            folder=self.folder,
            machine=self.mark,
            serial="S-1",
            seed=self.seed,
            clock=self.clock,
            show=self._show,
        )
        try:
            async with asyncio.timeout(60):
                await self.asks.run()
        finally:
            await link.close()

    async def told(self) -> Standing:
        """What it shows once it is known to wait, or why it does not."""
        async with asyncio.timeout(60):
            await self.waits.wait()
        self.waits.clear()
        return self.shown[-1]

    async def until(self, state: str, why: str = "") -> Standing:
        """What it shows then."""
        while True:
            standing = await self.told()
            if standing.state == state and standing.why == why:
                return standing

    async def approved(self, **what: str) -> enrolled.Enrolled:
        """Paired as somebody types it at the hub."""
        pairing = self.tasks.spawn(self.pair(), "pairing")
        standing = await self.told()
        await asyncio.to_thread(
            ask, self.house.ward.hub.admin.path, do="approve", code=standing.code, **what
        )
        await pairing
        assert self.shown[-1].state == DONE
        found = enrolled.kept(self.folder)
        assert found is not None
        return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with tls_house(tmp_path, ManualClock()) as made:
        yield made


def machine(house: House, name: str = "screen", ca: str | None = None, **more: str) -> Machine:
    seed = Seed(hubs=(house.url,), ca=(Path(ca or house.ca),))
    return Machine(house, house.folder / name, seed, **more)  # type: ignore[arg-type]  # fields by their own names


async def answered(house: House, found: enrolled.Enrolled) -> int:
    """What the hub says to the paired screen that asks for its feed."""
    headers = {"Authorization": f"Bearer {found.token.read_text()}"}
    async with house.client(found.certificate) as client:
        response = await client.post("/feed/may", headers=headers)
    return response.status_code


@pytest.mark.expects_log("a second device speaks as")
async def test_a_screen_in_1970_is_paired_and_known_by_its_certificate(house: House) -> None:
    found = await machine(house).approved(role="bedhead", place="1")
    assert (found.what.role, found.what.place) == (ScreenRole.BEDHEAD, "his.bed-1")
    # It comes without its machine's headers here, so it is not the one that waited.
    assert await answered(house, found) == 409
    for file in (found.certificate, found.token, found.folder / enrolled.REST):
        assert file.stat().st_mode & 0o077 == 0
    assert found.token.read_text() not in (found.folder / enrolled.REST).read_text()
    assert found.what.hubs == (house.url,)


@pytest.mark.expects_log("what was kept is used")
async def test_the_arguments_of_a_paired_screen_are_what_the_hub_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(house)
    found = await one.approved(role="door", place="R1")
    monkeypatch.delenv(first_start.ASK, raising=False)
    nowhere = house.folder / "lost.toml"
    lost = SimpleNamespace(state_dir=one.folder, seed=nowhere, set=["port=1"], shot=None)
    assert first_start.resolve(lost) == found  # type: ignore[arg-type]  # options with what it reads of them
    assert (lost.role, lost.hub, lost.token_file) == ("door", [house.url], found.token)
    assert lost.ca == [found.folder / enrolled.AUTHORITIES]
    assert f"ward={SETTINGS.ward}" in lost.set
    assert lost.set[-1] == "port=1"
    address = HubAddress(url=house.url, token="t", ca=tuple(lost.ca), certificate=found.certificate)
    address.check()
    monkeypatch.setenv(first_start.ASK, "1")
    assert first_start.resolve(lost) is None  # type: ignore[arg-type]  # options with what it reads of them


@pytest.mark.expects_log("left out", "night_dim")
async def test_what_a_newer_hub_sets_stops_no_older_screen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(house)
    found = await one.approved(role="door", place="R1")
    newer = {"night_dim": "0.5", "staff_proof": "face", "staff_idle_s": "90"}
    what = msgspec.structs.replace(found.what, settings=newer)
    (one.folder / enrolled.REST).write_bytes(msgspec.json.encode(what))
    monkeypatch.delenv(first_start.ASK, raising=False)
    seed = house.folder / "smartward.toml"
    seed.write_text(f'hub = "{house.url}"\nca = "{house.ca}"\n')
    given = SimpleNamespace(state_dir=one.folder, seed=seed, set=[], shot=None)
    assert first_start.resolve(given) is not None  # type: ignore[arg-type]  # options with what it reads of them
    assert given.set == ["staff_idle_s=90"]


@pytest.mark.expects_log("the hub is down")
async def test_a_hub_of_another_house_is_not_believed_whatever_the_time(
    house: House, tmp_path: Path
) -> None:
    async with tls_house(tmp_path / "other", ManualClock()) as other:
        one = machine(house, ca=other.ca)
        pairing = one.tasks.spawn(one.pair(), "pairing")
        standing = await one.told()
        pairing.cancel()
        assert (standing.state, standing.why) == (LOOKING, "pairing.page.untrusted")
        assert standing.code == standing.qr == ""


async def test_a_refused_screen_says_so(house: House) -> None:
    one = machine(house)
    pairing = one.tasks.spawn(one.pair(), "pairing")
    code = (await one.told()).code
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="refuse", code=code)
    async with asyncio.timeout(60):
        while (await one.told()).state != REFUSED:
            continue
    pairing.cancel()
    assert enrolled.kept(one.folder) is None


@pytest.mark.expects_log("another machine has the key", "a second machine has the key")
async def test_a_copied_disk_makes_itself_a_key_of_its_own(house: House) -> None:
    first = machine(house)
    found = await first.approved(role="bedhead", place="1")
    copy = machine(house, "copy", mark="m2:-:-")
    copy.folder.mkdir()
    key = DeviceKey.load_or_make(first.folder).public
    copy.folder.joinpath("device.key").write_bytes((first.folder / "device.key").read_bytes())
    assert DeviceKey.load_or_make(copy.folder).public == key
    second = await copy.approved(role="bedhead", place="2")
    assert DeviceKey.load_or_make(copy.folder).public != key
    assert second.what.device_id != found.what.device_id


async def test_what_was_revoked_asks_anew_and_what_the_hub_knows_after_all_goes_on(
    house: House,
) -> None:
    one = machine(house)
    one.clock = Hurried()
    found = await one.approved(role="bedhead", place="1")
    again = replace(one, shown=[], waits=asyncio.Event())
    # The hub knows it, and the machine's own mark is in the request: it is what it was.
    device = house.ward.hub.access.device(found.what.device_id)
    assert device is not None
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="trust", device_id=device.id)
    await again.pair()
    assert again.shown[-1].state == DONE
    assert enrolled.kept(one.folder) is not None
    await house.ward.revoke(device)
    anew = replace(one, shown=[], waits=asyncio.Event())
    pairing = anew.tasks.spawn(anew.pair(), "pairing")
    assert (await anew.told()).state == WAITING
    pairing.cancel()


@pytest.mark.expects_log("forget all it has")
async def test_a_wiped_screen_forgets_all_it_has_and_asks_with_a_new_key(house: House) -> None:
    one = machine(house)
    found = await one.approved(role="bedhead", place="1")
    key = DeviceKey.load_or_make(one.folder).public
    one.folder.joinpath("screen.sqlite3").write_text("what was kept of a patient")
    device_id = found.what.device_id
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="wipe", device_id=device_id)
    again = replace(one, shown=[], waits=asyncio.Event())
    pairing = again.tasks.spawn(again.pair(), "pairing")
    assert (await again.told()).state == WAITING
    pairing.cancel()
    assert [one.state for one in again.shown] == [LOOKING, FORGETTING, WAITING], "no cable is out"
    assert [file.name for file in one.folder.iterdir()] == ["device.key"]
    assert DeviceKey.load_or_make(one.folder).public != key


@pytest.mark.expects_log("forget all it has")
async def test_a_wiped_screen_keeps_what_it_is_paired_again_by(house: House) -> None:
    one = machine(house)
    found = await one.approved(role="bedhead", place="1")
    device_id = found.what.device_id
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="wipe", device_id=device_id)
    # As packages and images have it: settings and authority lie in the screen's own folder.
    authority, settings = one.folder / "house.pem", one.folder / "smartward.toml"
    shutil.copy(house.ca, authority)
    settings.write_text(f'hub = "{house.url}"\nca = "house.pem"\n')
    cached = one.folder / ".cache" / "qml" / "page"
    cached.parent.mkdir(parents=True)
    cached.write_text("of some patient")
    one.folder.joinpath("screen.sqlite3").write_text("what was kept of a patient")
    again = replace(one, seed=read_seed(settings), shown=[], waits=asyncio.Event())
    paired = await again.approved(role="bedhead", place="1")
    assert paired.what.device_id != device_id
    assert authority.is_file()
    assert settings.is_file()
    assert not (one.folder / ".cache").exists()
    assert not (one.folder / "screen.sqlite3").exists()


class Answering:
    """The link of a running screen, with the hub's words."""

    def __init__(self, house: House, found: enrolled.Enrolled) -> None:
        self.house = house
        self.found = found
        self.changed = asyncio.Event()

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        headers = {"Authorization": f"Bearer {self.found.token.read_text()}"}
        async with self.house.client(self.found.certificate) as client:
            response = await client.post(path, content=body, headers=headers)
        return response.status_code, response.content

    def certificate_changed(self) -> None:
        self.changed.set()


async def test_a_running_screen_renews_its_certificate_when_two_thirds_are_over(
    house: House,
) -> None:
    one = machine(house)
    found = await one.approved(role="bedhead", place="1")
    device_id = found.what.device_id
    # Its machine's headers are the link's, which this stand-in has not.
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="trust", device_id=device_id)
    before = found.certificate.read_text()
    clock = ManualClock(house.ward.clock.now())
    hub = Answering(house, found)
    renewal = first_start.Renewal(found, LinkState(), clock)
    running = Tasks().spawn(renewal.keep(hub), "renewal")
    await _at_rest(clock)
    assert not hub.changed.is_set()
    days = 21 * 86400
    house.ward.clock.advance(days)
    clock.advance(days)
    async with asyncio.timeout(60):
        await hub.changed.wait()
    running.cancel()
    again = enrolled.kept(one.folder)
    assert again is not None
    assert again.what.renew_at > found.what.renew_at
    assert found.certificate.read_text() != before
    assert await answered(house, again) == 204


async def _at_rest(clock: ManualClock) -> None:
    async with asyncio.timeout(60):
        while not clock.waiting:
            await asyncio.to_thread(lambda: None)


@asynccontextmanager
async def after_a_loss(house: House, kept: tuple[str, ...] = ()) -> AsyncIterator[str]:
    """The address of the house's hub with an empty store, and with what was `kept` of its folder
    `tls`."""
    folder = house.folder / "anew"
    folder.joinpath("tls").mkdir(parents=True)
    for name in kept:
        shutil.copy(house.ward.hub.admin.path.parent / "tls" / name, folder / "tls" / name)
    hub = Hub(house.ward.hub.settings, folder, house.ward.clock, None)
    server = HttpServer(hub)
    await hub.start()
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()
        await hub.stop()


@pytest.fixture
async def house_of_today(tmp_path: Path) -> AsyncIterator[House]:
    """Its certificates count by this machine's clock."""
    async with tls_house(tmp_path, ManualClock(SystemClock().now())) as made:
        yield made


async def test_a_hub_whose_store_was_lost_is_heard_without_the_certificate_it_hangs_up_on(
    house_of_today: House,
) -> None:
    house = house_of_today
    found = await machine(house).approved(role="bedhead", place="1")

    async def forgotten(url: str) -> bool:
        link = PairingLink((url,), found.ca)
        try:
            return await link.forgotten(found)
        finally:
            await link.close()

    assert await forgotten(house.url) is False
    async with after_a_loss(house) as url:
        assert await forgotten(url) is True
    assert await forgotten(url) is False  # nobody is there


async def test_a_hub_that_kept_its_authority_alone_says_that_it_does_not_know_the_screen(
    house: House,
) -> None:
    found = await machine(house).approved(role="bedhead", place="1")
    async with after_a_loss(house, ("device-ca.pem",)) as url:
        assert await answered(replace(house, url=url), found) == 401


@pytest.mark.expects_log("our own authority for screens cannot be read")
async def test_an_authority_that_cannot_be_read_stops_no_hub(house: House) -> None:
    await machine(house).approved(role="bedhead", place="1")
    file = house.ward.hub.admin.path.parent / "tls" / "device-ca.pem"
    file.write_text("")
    async with after_a_loss(house, ("device-ca.pem",)) as url, house.client(None) as client:
        assert (await client.post(f"{url}/feed/may")).status_code == 401


@pytest.mark.expects_log("does not know the certificate")
async def test_a_hub_that_is_unheard_and_twice_hangs_up_makes_a_screen_ask_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link, clock = LinkState(phase=Phase.OFFLINE), ManualClock()
    says = [False, True, False, True, True]
    asked: list[float] = []

    async def forgotten(self: PairingLink, known: enrolled.Enrolled) -> bool:
        asked.append(clock.monotonic())
        return says[len(asked) - 1]

    monkeypatch.setattr(PairingLink, "forgotten", forgotten)
    found = SimpleNamespace(what=SimpleNamespace(hubs=("https://h:1",)), ca=(), bare=False)
    renewal = first_start.Renewal(found, link, clock)  # type: ignore[arg-type]  # `found` and `link` have what it uses of them
    lost = Tasks().spawn(renewal.lost(), "lost")
    begun = clock.monotonic()
    async with asyncio.timeout(60):
        while not lost.done():
            await _at_rest_or_done(clock, lost)
            clock.advance(5.0)
    assert lost.result(), "what was kept is of no use"
    assert [at - begun for at in asked] == [60.0, 120.0, 180.0, 240.0, 300.0]


async def test_only_a_hub_that_goes_on_saying_so_makes_a_screen_ask_anew() -> None:
    link, clock = LinkState(), ManualClock()
    found = SimpleNamespace(bare=False)
    renewal = first_start.Renewal(found, link, clock)  # type: ignore[arg-type]  # `found` and `link` have what it uses of them
    lost = Tasks().spawn(renewal.lost(), "lost")
    for phase, seconds in ((Phase.NOT_ENROLLED, 4), (Phase.LIVE, 2), (Phase.NOT_ENROLLED, 5)):
        link.phase = phase
        for _ in range(seconds):
            await _at_rest(clock)
            assert not lost.done()
            clock.advance(1.0)
    async with asyncio.timeout(60):
        while not lost.done():
            await _at_rest_or_done(clock, lost)
            clock.advance(1.0)
    assert lost.result(), "what was kept is of no use"


async def test_a_screen_whose_certificate_has_expired_keeps_its_page_while_that_is_of_use() -> None:
    link, clock = LinkState(), ManualClock()
    link.refused, link.last_heard = certificates.EXPIRED, clock.now()
    found = SimpleNamespace(bare=False)
    renewal = first_start.Renewal(found, link, clock, 30.0)  # type: ignore[arg-type]  # `found` and `link` have what it uses of them
    lost = Tasks().spawn(renewal.lost(), "lost")
    for _ in range(30):
        await _at_rest(clock)
        assert not lost.done()
        clock.advance(1.0)
    async with asyncio.timeout(60):
        while not lost.done():
            await _at_rest_or_done(clock, lost)
            clock.advance(1.0)
    assert lost.result(), "what was kept is of no use"


@pytest.mark.parametrize("clock_known, heard", [(False, True), (True, False)])
async def test_a_screen_keeps_what_it_has_where_nobody_knows_whose_clock_is_wrong(
    clock_known: bool, heard: bool
) -> None:
    """After a blackout a hub's clock may be years ahead for a minute: all certificates are over."""
    link, clock = LinkState(clock_known=lambda: clock_known), ManualClock()
    link.refused = certificates.EXPIRED
    link.last_heard = clock.now() - timedelta(days=1) if heard else None
    found = SimpleNamespace(bare=False)
    renewal = first_start.Renewal(found, link, clock)  # type: ignore[arg-type]  # `found` and `link` have what it uses of them
    lost = Tasks().spawn(renewal.lost(), "lost")
    async with asyncio.timeout(60):
        while not lost.done():
            await _at_rest_or_done(clock, lost)
            clock.advance(1.0)
    assert not lost.result()


async def _at_rest_or_done(clock: ManualClock, task: "asyncio.Task[None]") -> None:
    while not clock.waiting and not task.done():
        await asyncio.to_thread(lambda: None)


@pytest.mark.parametrize(
    "text, key",
    [
        (None, "pairing.seed.missing"),
        ("hub = [", "pairing.seed.toml"),
        ('hubs = "https://h:1"', "pairing.seed.unknown"),
        ('ca = "lost.pem"', "pairing.seed.ca"),
        ('hub = "http://10.0.0.1:8700"', "pairing.seed.no_https"),
        ('hub = "10.0.0.1:8700"', "pairing.seed.no_https"),
        ('hub = "https://h:1"\nca = "smartward.toml"', "pairing.seed.no_pem"),
        ('hub = "https://h:1"', "pairing.seed.ca"),
        ('hub = "https://h:1"\nca = "lost.pem"', "pairing.seed.ca"),
    ],
)
def test_a_seed_file_says_what_is_wrong_with_it(tmp_path: Path, text: str | None, key: str) -> None:
    file = tmp_path / "smartward.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Misconfigured) as error:
        read_seed(file)
    assert error.value.key == key


def test_a_seed_file_names_hubs_and_authority_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "smartward.toml"
    tmp_path.joinpath("ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    file.write_text(
        'hub = ["https://a:1/", "https://b:1"]\nca = "ca.pem"\nlanguage = "en"\nserial = "SN-1"\n'
    )
    seed = read_seed(file)
    assert seed.ca == (tmp_path / "ca.pem",)
    assert (seed.hubs[1], seed.language, seed.serial) == ("https://b:1", "en", "SN-1")
    with pytest.raises(Misconfigured):
        read_seed(None)


@pytest.mark.expects_log("no serial number is read")
def test_the_serial_number_is_what_the_file_says_else_what_the_machine_tells(
    tmp_path: Path,
) -> None:
    board = tmp_path / "sys/class/dmi/id/board_serial"
    board.parent.mkdir(parents=True)
    board.write_text("BOARD-77\n")
    file = tmp_path / "smartward.toml"
    assert serial_of("", tmp_path) == "BOARD-77"
    assert written_serial(None) == written_serial(file) == ""
    for said, told in ((" SN-4711 ", "SN-4711"), ("", "BOARD-77"), ("9" * 65, "9" * 64)):
        file.write_text(f'ca = "gone.pem"\nserial = "{said}"\n')
        assert serial_of(written_serial(file), tmp_path) == told


def test_what_was_half_kept_is_not_a_pairing(tmp_path: Path) -> None:
    assert enrolled.kept(tmp_path) is None
    for name in (enrolled.REST, enrolled.TOKEN, enrolled.CERTIFICATE):
        tmp_path.joinpath(name).write_text("{}")
        assert enrolled.kept(tmp_path) is None
    assert os.listdir(tmp_path)


async def test_after_a_restore_of_an_older_backup_the_same_key_is_the_same_device(
    house: House, tmp_path: Path
) -> None:
    one = machine(house)
    before = await one.approved(role="bedhead", place="1")
    # A hub whose backup is older than the screen; whoever approves says its place once more.
    async with tls_house(tmp_path / "restored", ManualClock()) as restored:
        seed = Seed(hubs=(restored.url,), ca=(Path(restored.ca),))
        again = replace(one, house=restored, seed=seed, shown=[], waits=asyncio.Event())
        after = await again.approved(role="bedhead", place="1")
        assert after.what.device_id == before.what.device_id
        other = await machine(restored, "other").approved(role="bedhead", place="2")
        assert other.what.device_id != before.what.device_id


async def test_the_id_of_a_key_that_another_device_has_is_not_taken_from_it(house: House) -> None:
    one = machine(house)
    found = await one.approved(role="bedhead", place="1")
    device = house.ward.hub.access.device(found.what.device_id)
    assert device is not None
    changed = replace(device, public_key=DeviceKey.passing().public)
    await house.ward.hub.store.write(lambda tx: tx.put("house", "device", device.id, changed))
    await house.ward.hub.store.write(lambda tx: tx.delete("house", "binding", device.id))
    await house.ward.hub.store.write(
        lambda tx: pairing_requests.forget(tx, SETTINGS.ward, device.id)
    )
    await house.ward.hub.store.read(house.ward.hub.access.load)
    again = replace(one, shown=[], waits=asyncio.Event())
    assert (await again.approved(role="bedhead", place="2")).what.device_id != device.id
