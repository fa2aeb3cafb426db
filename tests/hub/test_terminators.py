"""The two nginx examples as they are printed, in front of real hubs: a feed comes through as it is
written, the next hub is asked where one is gone, and the hub judges the certificate that a screen
shows to nginx as it judges at a listener of its own. Needs `nginx`
(packaging/install-system-packages test)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from uuid6 import uuid7

from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.device_key import DeviceKey, tls_request
from smartward.hub import certificates
from smartward.hub.authority import Authority
from smartward.hub.http_server import HttpServer
from smartward.wire import pairing as wire
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.nginx_house import (
    LONG_AGO,
    NAME,
    NGINX,
    STATION,
    Paired,
    Papers,
    feed,
    free_address,
    nginx,
    paired,
    press,
    proof,
    says,
)
from tests.hub.test_lease_hubs import two_hubs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.long,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: make system-test"),
]


@pytest.fixture
def settings() -> Settings:
    return replace(SETTINGS, trusts_terminator=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers.made(tmp_path_factory.mktemp("house"))


@asynccontextmanager
async def terminator(ward: Ward, papers: Papers) -> AsyncIterator[str]:
    """The example before this hub; gives the address for screens."""
    server = HttpServer(ward.hub)
    await server.start()
    try:
        hub = server.url.removeprefix("http://")
        with nginx("tls-terminator.conf", papers, **{"127.0.0.1:8701": hub}) as url:
            yield url
    finally:
        await server.stop()


async def test_a_terminator_holds_nothing_back(ward: Ward, papers: Papers, tmp_path: Path) -> None:
    bed = await paired(ward, tmp_path, docs.bed_id(1))
    own = await bed.certificate(SystemClock().now())
    station = await ward.enrol(STATION)  # by a token: it has no certificate and is asked for none
    async with (
        terminator(ward, papers) as url,
        papers.client(url, None) as at_station,
        papers.client(url, own) as at_bed,
        feed(at_station, ward, station) as told,
        feed(at_bed, ward, bed.device),
    ):
        assert await press(at_bed, ward, bed.device, "call-1") == "applied"
        await told.until("write", "call-1")
        assert (await at_bed.get("/health")).status_code == 200
        assert (await at_bed.get("/metrics")).status_code == 404
        asked = wire.asked(
            DeviceKey.passing(), tls_request()[1], "m1:-:-", serial="", version="1", salt=""
        )
        answer = await at_station.post(wire.PATH, content=msgspec.json.encode(asked))
        assert answer.json()["state"] == wire.WAITING
        next_one = msgspec.json.encode(wire.Renew(csr=tls_request()[1]))
        renewed = await at_bed.post(
            wire.RENEW_PATH, content=next_one, headers=proof(ward, bed.device)
        )
        assert renewed.status_code == 200
        ward.clock.advance(1)


async def test_the_hub_judges_what_a_screen_shows_to_the_terminator(
    ward: Ward, papers: Papers, tmp_path: Path
) -> None:
    bed = await paired(ward, tmp_path, docs.bed_id(1))
    other = await paired(ward, tmp_path, docs.bed_id(2))
    others = await other.certificate(SystemClock().now())
    stranger = await replace(bed, authority=Authority(tmp_path / "another house")).certificate(
        SystemClock().now()
    )
    await ward.hub.store.write(lambda tx: certificates.forget(tx, bed.device.id))
    own = await bed.certificate(SystemClock().now())
    said = says(own)
    async with terminator(ward, papers) as url:
        for shown, key in (
            (None, certificates.MISSING),
            (others, certificates.UNKNOWN),
            (stranger, certificates.UNKNOWN),
        ):
            async with papers.client(url, shown) as client:
                for head in ({}, said):  # what a client says itself is thrown away
                    client.headers.update(head)
                    for path in ("/actions", "/inputs", "/staff/identify", wire.RENEW_PATH):
                        assert await bed.posts(client, path, bed.call()) == (401, key)
                    asked = await client.get("/feed", headers=proof(ward, bed.device))
                    assert (asked.status_code, asked.json()["error"]) == (401, key)
        async with papers.client(url, own) as client:
            assert await bed.posts(client, "/actions", bed.call()) == (200, "applied")
            await ward.revoke(bed.device)
            told = await bed.posts(client, "/actions", bed.call())
            assert told == (401, "access.unknown_device")


async def test_with_an_expired_certificate_a_call_comes_through_and_nothing_else(
    ward: Ward, papers: Papers, tmp_path: Path
) -> None:
    bed = await paired(ward, tmp_path, docs.bed_id(1))
    over = await bed.certificate(LONG_AGO)
    async with terminator(ward, papers) as url:
        await _only_calls(bed, papers, url, over)


async def _only_calls(bed: Paired, papers: Papers, url: str, over: Path) -> None:
    async with papers.client(url, over) as client:
        assert await bed.posts(client, "/actions", bed.call()) == (200, "applied")
        touch = bed.ward.action(K.LAYER_OPENED, str(uuid7()), data={})
        for path, body in (
            ("/actions", msgspec.json.encode(ActionRequest(action=touch, age_ms=0))),
            ("/inputs", bed.call()),
            ("/staff/identify", b"{}"),
            (wire.RENEW_PATH, b"{}"),
        ):
            assert await bed.posts(client, path, body) == (401, certificates.EXPIRED)
        asked = await client.get("/feed", headers=proof(bed.ward, bed.device))
        assert (asked.status_code, asked.json()["error"]) == (401, certificates.EXPIRED)


@pytest.mark.expects_log("refused who says which certificate it was shown")
@pytest.mark.parametrize("settings", [SETTINGS])
async def test_a_hub_that_trusts_no_terminator_lets_nobody_pass_for_a_screen(
    ward: Ward, papers: Papers, tmp_path: Path
) -> None:
    bed = await paired(ward, tmp_path, docs.bed_id(1))
    own = await bed.certificate(SystemClock().now())
    async with terminator(ward, papers) as url, papers.client(url, own) as client:
        told = await bed.posts(client, "/actions", bed.call())
        assert told == (401, certificates.HEARSAY)


@contextmanager
def one_address(papers: Papers, hubs: list[str]) -> Iterator[list[str]]:
    """The example on the host of each of these hubs; gives the addresses for screens."""
    between = [free_address() for _ in hubs]
    hosts = {f"hub-{name}.ward7.example:8702": at for name, at in zip("ab", between, strict=True)}
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                nginx(
                    "nginx.conf",
                    papers,
                    **hosts,
                    **{"127.0.0.1:8701": hub, "listen 8702 ": f"listen {own} "},
                )
            )
            for hub, own in zip(hubs, between, strict=True)
        ]


async def test_one_address_for_two_hubs_goes_on_at_the_other_when_one_is_gone(
    papers: Papers, tmp_path: Path, clock: ManualClock
) -> None:
    async with two_hubs(tmp_path, clock, trusts_terminator=True) as house:
        servers = [HttpServer(hub) for hub in (house.a.hub, house.b.hub)]
        for server in servers:
            await server.start()
        station = await house.a.enrol(STATION)
        bed = await paired(house.a, tmp_path, docs.bed_id(1))
        own = await bed.certificate(SystemClock().now())
        over = await bed.certificate(LONG_AGO)
        house.b.tokens |= house.a.tokens
        known = house.b.hub.certificates.has
        await house.until(lambda: house.knows(house.b, station.id) and known(bed.device.id))
        try:
            with one_address(papers, [one.url.removeprefix("http://") for one in servers]) as urls:
                for url in urls:
                    await _judged_by_either(bed, papers, url, own)
                async with (
                    papers.client(urls[1], None) as at_station,
                    papers.client(urls[1], own) as at_bed,
                ):
                    async with feed(at_station, house.a, station) as told:
                        assert await press(at_bed, house.a, bed.device, "call-1") == "applied"
                        await told.until("write", "call-1")
                        assert (await at_bed.get("/health")).status_code == 404
                    await servers[0].stop()
                    async with feed(at_station, house.b, station) as told:
                        for number in range(4):  # whoever's turn it is
                            id = f"call-{number + 2}"
                            assert await press(at_bed, house.b, bed.device, id) == "applied"
                        await told.until("write", "call-1")
                await _only_calls(replace(bed, ward=house.b), papers, urls[0], over)
        finally:
            for server in servers:
                await server.stop()


async def _judged_by_either(bed: Paired, papers: Papers, url: str, own: Path) -> None:
    async with papers.client(url, None) as stranger:
        said = says(own)
        for head in ({}, said):
            stranger.headers.update(head)
            for _ in range(3):  # whoever's turn it is
                told = await bed.posts(stranger, "/actions", bed.call())
                assert told == (401, certificates.MISSING)


async def test_between_the_hosts_nobody_is_heard_without_a_hubs_certificate(
    ward: Ward, papers: Papers, tmp_path: Path
) -> None:
    bed = await paired(ward, tmp_path, docs.bed_id(1))
    own = await bed.certificate(SystemClock().now())
    said = says(own)
    server = HttpServer(ward.hub)
    await server.start()
    try:
        between = free_address()
        places = {"127.0.0.1:8701": server.url.removeprefix("http://")}
        places["listen 8702 "] = f"listen {between} "
        hosts = {f"hub-{name}.ward7.example:8702": between for name in "ab"}
        with nginx("nginx.conf", papers, **places, **hosts):
            url = f"https://{NAME}:{between.rpartition(':')[2]}"
            for shown in (None, own):
                async with papers.client(url, shown) as client:
                    answer = await client.post("/actions", headers=proof(ward, bed.device) | said)
                    assert answer.status_code == 400
                    assert answer.headers["server"].startswith("nginx")
    finally:
        await server.stop()
