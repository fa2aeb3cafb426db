"""A screen whose file names no hub: DNS says where it is, and whom it believes hangs on something
else. Real hubs with TLS, a real name server, and a hub of another house that answers in between."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.device_key import DeviceKey
from smartward.errors import BadData, Misconfigured
from smartward.hub.enrol import ask
from smartward.screen import enrolled, first_start
from smartward.screen.hub_search import Ward, search
from smartward.screen.seed import Seed, read_seed
from smartward.screen.standing import CONFIRM, DONE, LOOKING, WAITING
from smartward.wire import pairing as wire
from smartward.wire.pairing import PATH, Ask
from smartward.wire.start import credential_mark, started
from tests.fakes.dns_server import name_server
from tests.fakes.fake_clock import ManualClock
from tests.hub.staff import told
from tests.hub.tls_house import House, tls_house
from tests.screen.test_pairing import Machine

pytestmark = pytest.mark.anyio

DOMAIN = "ward3.hospital.example"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with tls_house(tmp_path, ManualClock()) as made:
        yield made


def named(*houses: House) -> Callable[[], Ward]:
    """What a search finds where DNS names these hubs."""

    def look() -> Ward:
        hubs = [
            f"Ward SRV {turn} 0 {one.url.rpartition(':')[2]} localhost."
            for turn, one in enumerate(houses)
        ]
        lines = ["_smartward._tcp PTR Ward", 'Ward TXT "txtvers=1"', *hubs]
        with name_server(DOMAIN, "\n".join(lines) + "\n") as server:
            return search(server.resolver())

    return look


def machine(house: House, look: Callable[[], Ward], *ca: str) -> Machine:
    seed = Seed(hubs=(), ca=tuple(map(Path, ca)))
    return Machine(house, house.folder / "screen", seed, search=look)


async def approve(house: House, code: str) -> str:
    """Gives the number that the hub shows then."""
    socket = house.ward.hub.admin.path
    said = {"role": "bedhead", "place": "1"}
    answer = await asyncio.to_thread(ask, socket, do="approve", code=code, **said)
    return str(answer["number"])


async def numbers(house: House) -> list[str]:
    """Those that the hub shows, to be typed at screens that were placed."""
    answer = await asyncio.to_thread(ask, house.ward.hub.admin.path, do="waiting")
    return [one["number"] for one in answer["numbers"]]


def another(number: str) -> str:
    return f"{(int(number) + 1) % 10_000:04}"


def nothing_kept(one: Machine) -> bool:
    return {file.name for file in one.folder.iterdir()} == {"device.key"}


@pytest.mark.expects_log("a number was typed that is not")
async def test_a_hub_that_nobody_knew_is_believed_once_its_number_is_typed(house: House) -> None:
    one = machine(house, named(house))
    pairing = one.tasks.spawn(one.pair(), "pairing")
    waits = await one.until(WAITING)
    assert waits.hub == house.url.replace("127.0.0.1", "localhost")
    number = await approve(house, waits.code)
    asks = await one.until(CONFIRM)
    assert (asks.code, asks.qr, asks.tries) == (waits.code, "", 3)
    assert number not in astuple(asks), "it stands at the hub alone"
    assert nothing_kept(one)
    assert one.asks is not None
    one.asks.type_number(another(number))
    assert (await one.until(CONFIRM)).tries == 2
    assert nothing_kept(one)
    one.asks.type_number(number)
    await pairing
    assert one.shown[-1].state == DONE
    found = enrolled.kept(one.folder)
    assert found is not None
    assert found.what.hubs == (waits.hub,)
    # It stands at the hub until the screen has come with what it was given.
    assert await numbers(house) == [number]
    token = found.token.read_text()
    key = DeviceKey.load_or_make(one.folder)
    start = started("start-1", one.mark, key, credential_mark(token))
    head = {"Authorization": f"Bearer {token}", **start.headers()}
    async with (
        house.client(found.certificate) as client,
        client.stream("GET", "/feed", headers=head) as feed,
    ):
        assert feed.status_code == 200
        assert await numbers(house) == []
    assert found.ca[0].read_text() == house.ward.hub.pairing.offered


@pytest.mark.expects_log("or the hub has none", "was not told the number of", "the hub is")
async def test_a_hub_of_another_house_is_told_from_the_wards_by_its_number(
    house: House, tmp_path: Path
) -> None:
    async with tls_house(tmp_path / "other", ManualClock()) as other:
        named_now = [other]
        one = machine(house, lambda: named(*named_now)())
        one.tasks.spawn(one.pair(), "pairing")
        waits = await one.until(WAITING)
        at_ours = await asyncio.to_thread(ask, house.ward.hub.admin.path, do="waiting")
        assert at_ours["waiting"] == []
        await approve(other, waits.code)
        await one.until(CONFIRM)
        assert one.asks is not None
        named_now[:] = [house]
        one.asks.deny()
        await one.until(LOOKING, "pairing.page.denied")
        assert nothing_kept(one)
    # Once DNS is set right, the ward's own hub is told of it.
    again = await one.until(WAITING, "pairing.page.again_denied")
    assert again.code != waits.code
    (row,) = [row for row in await told(house.ward) if row.kind == "device.denied"]
    assert row.about.detail["why"] == "another_hub"
    listed = await asyncio.to_thread(ask, house.ward.hub.admin.path, do="waiting")
    assert [(each["compares"], each["denied"]) for each in listed["waiting"]] == [(True, True)]
    await one.tasks.stop()


@pytest.mark.expects_log("a number was typed that is not", "or the hub has none", "of this hub")
async def test_three_wrong_numbers_begin_anew_later_each_time_and_the_hub_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(house, named(house))
    pairing = house.ward.hub.pairing
    answer, denied_at = pairing.ask, list[float]()

    async def asked(body: bytes, address: str) -> wire.PairingAnswer:
        answered = await answer(body, address)
        if msgspec.json.decode(body, type=Ask).denied and not await numbers(house):
            denied_at.append(one.clock.monotonic())
        return answered

    monkeypatch.setattr(pairing, "ask", asked)
    one.tasks.spawn(one.pair(), "pairing")
    codes, pauses, why = set[str](), [], ""
    for turn in range(3):
        waits = await one.until(WAITING, why)
        codes.add(waits.code)
        number = await approve(house, waits.code)
        assert (await one.until(CONFIRM)).tries == 3
        assert one.asks is not None
        for left in (2, 1):
            one.asks.type_number(another(number))
            assert (await one.until(CONFIRM)).tries == left
        assert await numbers(house) == [number]
        began = one.clock.monotonic()
        denied_at.clear()
        one.shown.clear()
        one.asks.type_number(another(number))
        one.asks.type_number(number)
        looks = await one.until(LOOKING, "pairing.page.three_wrong")
        assert looks.values == (("n", 2**turn),), "minutes"
        assert nothing_kept(one)
        # Whoever comes now reads why it has another code.
        why = "pairing.page.again_three_wrong"
        await one.until(WAITING, why)
        pauses.append(one.clock.monotonic() - began)
        assert denied_at[0] - began < 60.0, "the hub shows that number no more, before the pause"
        told_minutes = [dict(each.values)["n"] for each in one.shown if each.values]
        assert sorted(set(told_minutes), reverse=True) == [*range(2**turn, 0, -1)]
        one.waits.set()
    assert len(codes) == 3
    assert pauses[0] >= 60.0
    assert pauses[1] >= 120.0
    assert pauses[2] >= 240.0
    (row,) = [row for row in await told(house.ward) if row.kind == "device.denied"]
    assert (row.about.detail["why"], row.about.detail["machine"]) == ("this_hub", one.mark)
    await one.tasks.stop()


@pytest.mark.expects_log("nobody typed the hub's number", "or the hub has none", "of this hub")
async def test_who_is_asked_for_the_number_and_hears_none_believes_nobody(house: House) -> None:
    one = machine(house, named(house))
    one.tasks.spawn(one.pair(), "pairing")
    waits = await one.until(WAITING)
    number = await approve(house, waits.code)
    await one.until(CONFIRM)
    while not one.clock.waiting:
        await asyncio.to_thread(lambda: None)
    one.clock.advance(wire.NUMBER_S)
    await one.until(LOOKING, "pairing.page.unanswered")
    assert nothing_kept(one)
    assert one.asks is not None
    one.asks.type_number(number)
    again = await one.until(WAITING, "pairing.page.again_unanswered")
    assert again.code != waits.code, "what is typed later is for nothing"
    # Placed again, it says so no more.
    await approve(house, again.code)
    await one.until(CONFIRM)
    one.asks.deny()
    await one.until(WAITING, "pairing.page.again_denied")
    await one.tasks.stop()


@pytest.mark.expects_log("a screen was shown other authorities than ours")
async def test_a_hub_in_the_middle_that_passes_on_what_it_hears_is_found_out(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_house(tmp_path / "other", ManualClock()) as other:
        heard: list[bytes] = []
        answer = other.ward.hub.pairing.ask

        async def overhear(body: bytes, address: str) -> wire.PairingAnswer:
            heard.append(body)
            return await answer(body, address)

        monkeypatch.setattr(other.ward.hub.pairing, "ask", overhear)
        one = machine(house, named(other))
        one.tasks.spawn(one.pair(), "pairing")
        await one.until(WAITING)
        await one.tasks.stop()
    async with house.client(None) as client:
        passed = await client.post(PATH, content=heard[-1])
        assert (passed.status_code, passed.json()["error"]) == (400, "pairing.other_authority")
        theirs = msgspec.json.decode(heard[-1], type=Ask)
        ours = wire.fingerprint((await client.get(PATH)).text)
        forged = msgspec.structs.replace(theirs, authority=ours)
        passed = await client.post(PATH, content=msgspec.json.encode(forged))
        assert (passed.status_code, passed.json()["error"]) == (400, "pairing.bad_request")
    assert [row.kind for row in await told(house.ward)].count("device.between") == 1


@pytest.mark.expects_log("pairing.dns.untrusted")
async def test_an_authority_that_the_screen_has_is_the_only_one_it_believes(
    house: House, tmp_path: Path
) -> None:
    one = machine(house, named(house), house.ca)
    found = await one.approved(role="bedhead", place="1")  # nobody has to say anything here
    assert CONFIRM not in {standing.state for standing in one.shown}
    async with tls_house(tmp_path / "other", ManualClock()) as other:
        stray = machine(other, named(other), house.ca)
        stray.tasks.spawn(stray.pair(), "pairing")
        await stray.until(LOOKING, "pairing.dns.untrusted")
        await stray.tasks.stop()
        # What it believed at its last pairing counts as well, where its file names nobody.
        (found.folder / enrolled.REST).unlink()
        again = machine(house, named(other))
        again.tasks.spawn(again.pair(), "pairing")
        await again.until(LOOKING, "pairing.dns.untrusted")
        await again.tasks.stop()


@pytest.mark.expects_log("what was kept is used")
async def test_the_firewall_is_told_while_a_paired_screen_looks_for_its_hub_again(
    house: House,
) -> None:
    found = await machine(house, named(house), house.ca).approved(role="bedhead", place="1")
    mark = found.folder / enrolled.ASKS_DNS
    assert not mark.exists(), "before it is paired DNS is asked anyhow"
    await machine(house, named(house), house.ca).pair()
    assert mark.exists()
    options = SimpleNamespace(state_dir=found.folder, seed=None, set=[], shot=None)
    assert first_start.resolve(options) is not None  # type: ignore[arg-type]  # as much as it reads
    assert not mark.exists()


async def test_a_hub_that_nobody_knows_has_nothing_forgotten_and_no_code_chosen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = machine(house, named(house))
    one.folder.mkdir()
    (one.folder / "outbox.sqlite").write_text("what was touched")
    answer, said = house.ward.hub.pairing.ask, "wiped"
    nonces: list[str] = []
    keys = set[bytes]()

    async def lie(body: bytes, address: str) -> wire.PairingAnswer:
        asked = msgspec.json.decode(body, type=Ask)
        nonces.append(asked.nonce)
        keys.add((one.folder / "device.key").read_bytes())
        if said == "salt":  # it knows the nonce now, and looks for a salt
            return wire.PairingAnswer(state="waiting", salt=f"{len(nonces):064x}", poll_s=0.0)
        if said == "paired":  # and looks for a word, once it knows which number it wants
            first = wire.PairingAnswer(state="waiting", salt=wire.promise("a word"), poll_s=0.0)
            return first if not asked.nonce else paired("another word")
        return wire.PairingAnswer(state=said, poll_s=0.0)

    monkeypatch.setattr(house.ward.hub.pairing, "ask", lie)
    one.tasks.spawn(one.pair(), "pairing")
    async with asyncio.timeout(60):
        while len(nonces) < 3:
            await one.clock.sleep(0)
        said = "clone"
        while len(nonces) < 6:
            await one.clock.sleep(0)
        assert (one.folder / "outbox.sqlite").read_text() == "what was touched"
        assert len(keys) == 2, "one key that nobody else has is enough: a disk wears"
        said, began = "salt", one.clock.monotonic()
        nonces.clear()
        while len(nonces) < 8:
            await one.clock.sleep(0)
    assert WAITING not in {standing.state for standing in one.shown}
    shown = [each for each in nonces if each]
    assert len(set(shown)) == len(shown) >= 3
    assert one.clock.monotonic() - began >= 60.0 * (len(shown) - 1)
    said = "paired"
    nonces.clear()
    async with asyncio.timeout(60):
        while len(nonces) < 6:
            await one.clock.sleep(0)
    assert CONFIRM not in {standing.state for standing in one.shown}
    await one.tasks.stop()
    monkeypatch.setattr(house.ward.hub.pairing, "ask", answer)


def paired(word: str) -> wire.PairingAnswer:
    """By a hub that nobody knows."""
    what = wire.Enrolment(
        device_id="d",
        token="t",
        certificate="c",
        renew_at=datetime(2026, 11, 23, tzinfo=UTC),
        role=ScreenRole.BEDHEAD,
        ward="w",
        place=None,
    )
    return wire.PairingAnswer(state="paired", word=word, enrolment=what)


@pytest.mark.expects_log("the hub is")
async def test_a_name_that_comes_later_begins_all_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands on the page, and whoever answers DNS could say a number in it."""
    real, answer = house.ward.hub.pairing, house.ward.hub.pairing.ask
    hubs = [house.url.replace("127.0.0.1", "localhost")]
    one = machine(house, lambda: Ward("Ward", tuple(hubs)))
    nonces: list[str] = []

    async def hang_up_once(body: bytes, address: str) -> wire.PairingAnswer:
        nonces.append(msgspec.json.decode(body, type=Ask).nonce)
        if len(nonces) == 3:
            hubs[0] = house.url
            raise BadData("pairing.bad_request", "so that it looks anew")
        return await answer(body, address)

    monkeypatch.setattr(real, "ask", hang_up_once)
    one.tasks.spawn(one.pair(), "pairing")
    first = await one.until(WAITING)
    async with asyncio.timeout(60):
        while len(nonces) < 5:
            await one.clock.sleep(0)
    await one.tasks.stop()
    assert (first.hub, one.shown[-1].hub) == (house.url.replace("127.0.0.1", "localhost"), hubs[0])
    assert nonces[2] == nonces[1] != ""
    assert nonces[3] == "", "nothing is left of what was said before"
    assert nonces[4] not in {"", nonces[1]}


@pytest.mark.expects_log("its answer is too long")
async def test_a_hub_that_speaks_without_an_end_is_heard_no_further(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def chatter(body: bytes, address: str) -> wire.PairingAnswer:
        return wire.PairingAnswer(state="waiting", salt="5" * 100_000)

    monkeypatch.setattr(house.ward.hub.pairing, "ask", chatter)
    one = machine(house, named(house))
    one.tasks.spawn(one.pair(), "pairing")
    await one.until(LOOKING, "pairing.page.no_hub")
    await one.tasks.stop()


@pytest.mark.expects_log("the hub is")
async def test_other_authorities_each_time_give_no_more_trials(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, real = machine(house, named(house)), house.ward.hub.pairing
    genuine = real.offered
    nonces: list[tuple[float, str]] = []

    async def spoil(body: bytes, address: str) -> wire.PairingAnswer:
        asked = msgspec.json.decode(body, type=Ask)
        if not asked.nonce:
            return wire.PairingAnswer(state="waiting", salt="5" * 64, poll_s=0.0)
        nonces.append((one.clock.monotonic(), asked.nonce))
        real.offered = genuine + "\n" * len(nonces)
        raise BadData("pairing.bad_request", "not the code that was looked for")

    monkeypatch.setattr(real, "ask", spoil)
    one.tasks.spawn(one.pair(), "pairing")
    async with asyncio.timeout(60):
        while len(nonces) < 3:
            await one.clock.sleep(0)
    await one.tasks.stop()
    assert len({nonce for _, nonce in nonces}) == 3
    times = [at for at, _ in nonces]
    assert all(later - at >= 60.0 for at, later in itertools.pairwise(times))


async def test_the_code_is_known_to_nobody_before_the_salt(house: House) -> None:
    """A screen that says one number and shows another chose it afterwards."""
    one = machine(house, named(house))
    one.tasks.spawn(one.pair(), "pairing")
    waits = await one.until(WAITING)
    await one.tasks.stop()
    found = await asyncio.to_thread(ask, house.ward.hub.admin.path, do="waiting")
    assert [each["code"] for each in found["waiting"]] == [waits.code]


def test_a_file_without_a_hub_is_one_to_begin_with(tmp_path: Path) -> None:
    file = tmp_path / "smartward.toml"
    tmp_path.joinpath("ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    file.write_text('ca = "ca.pem"\n')
    assert read_seed(file).ca == (tmp_path / "ca.pem",)
    for nothing in ('ca = ""', "ca = []", "ca = 7"):
        file.write_text(nothing)
        with pytest.raises(Misconfigured, match=r"pairing\.seed\.ca"):
            read_seed(file)
    file.write_text("# nothing\n")
    assert read_seed(file) == Seed(hubs=(), ca=())
