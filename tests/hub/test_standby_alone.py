"""What a standby hub that acts alone leaves to the hub: who is one of the ward's, and where."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.device_key import tls_request
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.enrol import ask as at_socket
from smartward.hub.fleet_cli import main
from smartward.hub.options import admin_socket
from smartward.hub.standby import Standby
from smartward.hub.standby_folder import Folder, Kept
from smartward.hub.standby_mode import Mode
from smartward.hub.standby_serving import Following
from smartward.hub.standby_source import HttpSource
from smartward.wire import own_test, pairing, placing
from smartward.wire.envelope import Person
from smartward.wire.placing import PlaceAsk
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.staff import BEDSIDE, WANG, badge, give
from tests.hub.test_pairing import Box
from tests.hub.test_standby import CLOCK, QUICK, Pair, place, running, same, until

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]

HEAD = "04:11:22:33"


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with running(tmp_path) as made:
        yield made


def at_hub(pair: Pair) -> Ward:
    assert pair.hub is not None
    return Ward(pair.hub, CLOCK)  # type: ignore[arg-type]  # the clock is a stand-in with what is used


async def alone(pair: Pair) -> None:
    await until(lambda: same(pair))
    await pair.kill_hub()
    await until(lambda: pair.standby.mode is Mode.ALONE)


async def ask(pair: Pair, path: str, body: bytes, device: Device | None = None) -> httpx.Response:
    proof = {} if device is None else {"Authorization": f"Bearer {pair.tokens[device.id]}"}
    return await pair.client.post(pair.standby_server.url + path, content=body, headers=proof)


def waits(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()) == (503, {"error": "standby.waits"})


async def head_nurse(pair: Pair) -> Person:
    """At the station, proved by her badge while the hub was there."""
    ward = at_hub(pair)
    await give(ward, WANG, HEAD)
    return (await badge(ward, pair.station, HEAD)).person


async def test_no_screen_is_placed_instead_of_one_that_goes_on_calling(pair: Pair) -> None:
    head = await head_nurse(pair)
    code = await Box(at_hub(pair)).code()
    await alone(pair)
    at_bed = {"role": BEDSIDE, "place": docs.bed_id(1)}
    for asked in (
        PlaceAsk(by=head),
        PlaceAsk(by=head, do="refuse", code=code),
        PlaceAsk(by=head, do="place", code=code, there="second", **at_bed),  # type: ignore[arg-type]  # fields by their own names
        PlaceAsk(by=head, do="place", code=code, there="instead", **at_bed),  # type: ignore[arg-type]  # as above
    ):
        answer = await ask(pair, placing.PATH, msgspec.json.encode(asked), pair.station)
        assert waits(answer), asked
    called = await pair.post(pair.standby_server.url, pair.bed, place(1, docs.bed_id(1)))
    assert called["outcome"] == "applied"


async def test_a_screen_that_waits_keeps_the_code_on_its_glass(pair: Pair) -> None:
    box = Box(at_hub(pair))
    code = await box.code()
    await alone(pair)
    assert waits(await ask(pair, pairing.PATH, box.asked()))
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    box.ward = at_hub(pair)
    assert await box.code() == code


async def test_certificates_and_test_calls_wait_for_the_hub(pair: Pair) -> None:
    await alone(pair)
    renew = msgspec.json.encode(pairing.Renew(csr=tls_request()[1]))
    assert waits(await ask(pair, pairing.RENEW_PATH, renew, pair.bed))
    assert waits(await ask(pair, own_test.PATH, b'{"begin":true}', pair.bed))
    for path in ("/metrics", "/health"):
        assert (await pair.client.get(pair.standby_server.url + path)).status_code == 200


async def typed(pair: Pair, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `smartward fleet` says on the standby's machine."""
    socket = str(admin_socket(pair.folder / "standby"))
    await asyncio.to_thread(main, [*words, "--admin", socket])
    return capsys.readouterr().out


async def asked(folder: Path, **request: str) -> dict[str, Any]:
    """One command at the standby's socket."""
    return await asyncio.to_thread(at_socket, admin_socket(folder / "standby"), **request)


@pytest.mark.parametrize("url", ["localhost:8700", "hub", "ftp://hub:8700", "https://"])
def test_a_standby_of_what_is_no_address_does_not_start(url: str) -> None:
    """It would stand for nobody, and look for a hub that no try can reach."""
    with pytest.raises(Misconfigured) as refused:
        HttpSource(url, "token", None)
    assert (refused.value.key, refused.value.values["url"]) == ("standby.bad_hub", url)


async def test_a_standby_without_a_copy_says_that_it_holds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not that all is well, nor that no hub is there; two in one folder are one too many."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    nobody = HttpSource("http://127.0.0.1:9", "token", None)
    standby = Standby(QUICK, tmp_path / "standby", CLOCK, nobody, Random(1), None)
    await standby.start()
    at = ["--admin", str(admin_socket(tmp_path / "standby"))]
    codes = [await asyncio.to_thread(main, [*words, *at]) for words in ([], ["--faults"])]
    assert codes == [0, 1]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert {line[:42] for line in lines} == {"STANDBY HUB that holds nothing yet: it has"}
    assert (await asked(tmp_path, do="fleet"))["standby"] == Mode.EMPTY
    assert (await asked(tmp_path, do="settings"))["settings"]["ward"] == QUICK.ward
    for do, key in (("devices", "standby.empty"), ("enrol", "standby.at_the_hub")):
        with pytest.raises(Misconfigured, match=key):
            await asked(tmp_path, do=do)
    second = Standby(QUICK, tmp_path / "standby", CLOCK, nobody, Random(1), None)
    with pytest.raises(Misconfigured, match="already_running"):
        await second.start()
    await standby.stop()
    assert not admin_socket(tmp_path / "standby").exists()


@pytest.mark.parametrize("step", ["start", "keep"])
async def test_a_standby_whose_copy_cannot_be_served_says_so_and_fetches_the_next_one_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    start, keep, tries, full = Following.start, Folder.keep, list[object](), [True]

    async def full_at_first(following: Following) -> None:
        tries.append(following)
        if full:
            raise StorageFault("storage.full", "no room")
        await start(following)

    def not_kept(folder: Folder, kept: Kept) -> None:
        tries.append(folder)
        if full:
            raise StorageFault("storage.full", "no room")
        keep(folder, kept)

    if step == "start":
        monkeypatch.setattr(Following, "start", full_at_first)
    else:
        monkeypatch.setattr(Folder, "keep", not_kept)
    monkeypatch.setattr("smartward.hub.standby_copying._AGAIN_S", 0.4)
    pair = Pair(tmp_path)
    await pair.start_hub()
    device = await pair.enrol(ScreenRole.STANDBY)
    standby = await pair.start_standby(pair.tokens[device.id])
    await until(lambda: tries and standby._copying.rests)
    assert (await asked(tmp_path, do="fleet"))["standby"] == Mode.EMPTY
    assert standby._copying.fault == "standby.no_copy", "the station is told"
    full.clear()
    await until(lambda: standby.mode is Mode.FOLLOWING)
    assert (await asked(tmp_path, do="fleet"))["standby"] == Mode.FOLLOWING
    assert standby._copying.fault == ""
    await pair.stop_standby()
    await pair.kill_hub()
    await pair.client.aclose()


async def test_a_standby_that_its_hub_never_knew_says_so_and_how_it_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its token was mistyped: it holds nothing, so nothing that it tells is old."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    pair = Pair(tmp_path)
    await pair.start_hub()
    standby = await pair.start_standby("mistyped")
    await until(lambda: standby.mode is Mode.NOT_ENROLLED)
    told = (await typed(pair, capsys)).splitlines()
    assert [line[:36] for line in told] == [
        "STANDBY HUB that holds nothing yet: ",
        "The hub does not know this standby. ",
    ]
    assert "smartward enrol standby" in told[1]
    await pair.stop_standby()
    await pair.kill_hub()
    await pair.client.aclose()


async def test_whoever_asks_for_the_fleet_hears_that_it_is_a_standbys(
    pair: Pair, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    await until(lambda: same(pair))
    first, *listed = (await typed(pair, capsys)).splitlines()
    assert first.startswith("STANDBY HUB, following the ward hub:")
    assert any(pair.bed.id[:13] in line for line in listed)
    assert json.loads(await typed(pair, capsys, "--json"))["standby"] == "following"
    shown = await typed(pair, capsys, "show", pair.bed.id)
    whole = json.loads(await typed(pair, capsys, "--json", "show", pair.bed.id))
    assert (whole["standby"], whole["device_id"]) == ("following", pair.bed.id)
    assert shown.startswith("STANDBY HUB, following")
    with pytest.raises(Misconfigured, match="at_the_hub"):
        await typed(pair, capsys, "identify", pair.bed.id)
    for mistyped, meant in (("flet", "fleet"), ("aprove", "approve")):
        with pytest.raises(Misconfigured) as refused:
            await asked(pair.folder, do=mistyped)
        assert f"{mistyped}; did you mean {meant}?" in str(refused.value.values["reason"])
    await alone(pair)
    assert (await typed(pair, capsys)).startswith("STANDBY HUB, acting alone")
    with pytest.raises(Misconfigured, match="at_the_hub"):
        await typed(pair, capsys, "identify", pair.bed.id)
    await pair.start_hub()
    await until(lambda: pair.standby.mode is Mode.FOLLOWING)
    assert (await typed(pair, capsys)).startswith("STANDBY HUB, following")
    hub = at_hub(pair).hub.admin.path
    await asyncio.to_thread(main, ["--json", "--admin", str(hub)])
    assert json.loads(capsys.readouterr().out)["standby"] == ""
