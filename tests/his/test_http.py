"""The way to a hospital's server: certificates, proxies, links, and what never leaves the hub."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartward.errors import BadData, Misconfigured, Refused, SmartWardError, Unreachable
from smartward.his.auth import Bearer
from smartward.his.http import Access, Http
from smartward.his.tls import Trust
from tests.his.outside import Answer, Asked, Authority, Proxy, Server

pytestmark = pytest.mark.anyio

SECRET = "s3cret-t0ken"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def fine(asked: Asked) -> Answer:
    return Answer()


async def got(url: str, access: Access, path: str = "metadata") -> int:
    http = Http(url, {"Accept": "x"}, access)
    try:
        return (await http.get(path)).status
    finally:
        await http.close()


async def test_a_private_authority_is_trusted_when_it_is_named(authority: Authority) -> None:
    async with Server(fine, authority.server()) as server:
        assert await got(server.url, Access(trust=Trust(authority.file))) == 200
        with pytest.raises(Unreachable) as refused:
            await got(server.url, Access())
    assert refused.value.key == "his.unreachable.tls"
    assert "certificate" in str(refused.value.values["reason"])
    assert len(server.asked) == 1


async def test_a_good_certificate_of_another_host_is_not_the_hospitals(
    authority: Authority,
) -> None:
    async with Server(fine, authority.server("10.1.2.3")) as server:
        with pytest.raises(Unreachable) as refused:
            await got(server.url, Access(trust=Trust(authority.file)))
    assert refused.value.key == "his.unreachable.tls"
    assert "127.0.0.1" in str(refused.value.values["reason"])
    assert server.asked == []


async def test_a_server_that_wants_our_certificate_gets_it(authority: Authority) -> None:
    ours = authority.certify("hub-of-ward-3")
    async with Server(fine, authority.server(asks=True)) as server:
        assert await got(server.url, Access(trust=Trust(authority.file, *ours))) == 200
        with pytest.raises(Unreachable) as refused:
            await got(server.url, Access(trust=Trust(authority.file)))
    # The alert of TLS 1.3 comes behind the handshake, if it comes before the end at all.
    assert refused.value.key in ("his.unreachable.hung_up", "his.unreachable.tls")
    assert [one.certificate for one in server.asked] == ["hub-of-ward-3"]


def test_files_of_tls_that_are_wrong_are_told(authority: Authority, tmp_path: Path) -> None:
    good, key = authority.certify("one")
    other = authority.certify("two")[1]
    locked = authority.certify("three", b"pw")
    text = tmp_path / "text.pem"
    text.write_text("not a certificate")
    for trust, told in (
        (Trust(ca_file=str(text)), "his.tls.ca"),
        (Trust(ca_file=str(tmp_path / "none")), "his.tls.ca"),
        (Trust(cert_file=str(tmp_path / "none")), "his.tls.own"),
        (Trust(cert_file=good), "his.tls.own"),
        (Trust(cert_file=good, key_file=other), "his.tls.own"),
        (Trust(cert_file=locked[0], key_file=locked[1]), "his.tls.own"),
        (Trust(cert_file=str(text), key_file=key), "his.tls.own"),
    ):
        with pytest.raises(Misconfigured) as refused:
            Http("https://his.example/fhir", {}, Access(trust=trust))
        assert refused.value.key == told, trust


@pytest.mark.parametrize("secure", [False, True])
async def test_through_a_proxy(authority: Authority, secure: bool) -> None:
    tls = authority.server() if secure else None
    async with Server(fine, tls) as server, Proxy("hub:pw") as proxy:
        access = Access(
            credentials=Bearer(lambda: SECRET),
            trust=Trust(authority.file),
            proxy=proxy.url,
            proxy_login=("hub", "pw"),
        )
        assert await got(server.url, access) == 200
    (asked,) = proxy.asked
    assert asked.method == ("CONNECT" if secure else "GET")
    assert ("authorization" in asked.headers) is not secure, "inside the tunnel only"
    assert all("proxy-authorization" not in one.headers for one in server.asked)


@pytest.mark.parametrize("secure", [False, True])
async def test_a_proxy_that_wants_another_password(authority: Authority, secure: bool) -> None:
    tls = authority.server() if secure else None
    async with Server(fine, tls) as server, Proxy("hub:other") as proxy:
        access = Access(trust=Trust(authority.file), proxy=proxy.url, proxy_login=("hub", "pw"))
        with pytest.raises(Unreachable) as refused:
            await got(server.url, access)
    assert refused.value.key == "his.unreachable.proxy"
    assert "407" in str(refused.value.values["reason"])
    assert server.asked == []


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server(fine) as server, Proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert await got(server.url, Access()) == 200
    assert proxy.asked == []


@pytest.mark.parametrize(
    "link, asked",
    [
        ("http://inner.example:8080/fhir/Observation?_page=2", "/fhir/Observation?_page=2"),
        ("http://inner.example/base/r4/Observation?_page=2", "/fhir/Observation?_page=2"),
        ("http://inner.example/base/r4?_getpages=x&_offset=9", "/fhir?_getpages=x&_offset=9"),
        ("http://inner.example/fhirs/next", "/fhir?"),
    ],
)
async def test_a_link_to_another_server_is_asked_for_at_ours_when_told_to(
    link: str, asked: str
) -> None:
    async with Server(fine) as server:
        http = Http(server.url, {}, Access(rebase_links=True))
        await http.follow(link)
        await http.close()
    assert [one.target for one in server.asked] == [asked.rstrip("?")]


async def test_a_redirect_is_not_followed() -> None:
    async with Server(fine) as elsewhere:
        target = {"Location": f"{elsewhere.url}/metadata"}
        async with Server(lambda asked: Answer(307, b"", target)) as server:
            with pytest.raises(Refused) as refused:
                await got(server.url, Access(credentials=Bearer(lambda: SECRET)))
    assert refused.value.key == "his.refused.redirect"
    assert elsewhere.asked == []


async def test_conditions_of_a_search_go_into_the_body() -> None:
    async with Server(fine) as server:
        http = Http(server.url, {})
        await http.search("Observation", [("patient", "a,b"), ("code", "http://loinc.org|1")])
        await http.close()
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/fhir/Observation/_search")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body == b"patient=a%2Cb&code=http%3A%2F%2Floinc.org%7C1"


async def test_the_servers_reason_is_kept_for_people_and_not_for_the_log() -> None:
    outcome = b'{"issue":[{"diagnostics":"Patient Zhou has left"},{"details":{"text":"no"}}]}'
    async with Server(lambda asked: Answer(422, outcome)) as server:
        with pytest.raises(Refused) as refused:
            await got(server.url, Access())
    assert refused.value.values["reason"] == "Patient Zhou has left · no"
    assert "Zhou" not in str(refused.value)


@pytest.mark.parametrize(
    "url, key",
    [
        ("his.example/fhir", "his.url"),
        ("ftp://his.example", "his.url"),
        ("http://his.example:port/fhir", "his.url"),
        ("", "his.url"),
        ("https://hub:pw@his.example/fhir", "his.url_password"),
    ],
)
def test_addresses_that_are_none(url: str, key: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Http(url, {})
    assert refused.value.key == key
    assert "pw" not in f"{refused.value} {refused.value.values}"


class _All(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()}")


@pytest.fixture
def everything() -> Iterator[list[str]]:
    """All that any library logs, the root logger at DEBUG."""
    handler, root = _All(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.setLevel(before)
    root.removeHandler(handler)


async def test_no_log_line_holds_an_address_or_a_secret(
    everything: list[str], authority: Authority
) -> None:
    logging.getLogger("smartward.probe").debug("heard")
    access = Access(credentials=Bearer(lambda: SECRET), trust=Trust(authority.file))
    async with Server(fine, authority.server()) as server:
        http = Http(server.url, {}, access)
        await http.get("Observation", [("patient", "pat-77")])
        await http.search("Observation", [("patient", "pat-77")])
        await http.close()
    said = "\n".join(everything)
    assert "heard" in said
    for never in ("pat-77", SECRET, "/fhir", "Authorization"):
        assert never not in said
    assert SECRET not in repr(access) + repr(http) + repr(vars(http))


async def test_no_error_holds_a_secret() -> None:
    answers = {
        "away": None,
        "refused": Answer(403),
        "busy": Answer(503),
        "odd": Answer(302, b"", {"Location": "http://x/"}),
    }
    for answer in answers.values():
        async with Server(lambda asked, answer=answer: answer or Answer()) as server:
            url = server.url
            if answer is not None:
                with pytest.raises(SmartWardError) as raised:
                    await got(url, Access(credentials=Bearer(lambda: SECRET)))
                assert SECRET not in _chain(raised.value)
        if answer is None:
            with pytest.raises(Unreachable) as away:
                await got(url, Access(credentials=Bearer(lambda: SECRET)))
            assert SECRET not in _chain(away.value)


def _chain(error: BaseException | None) -> str:
    said = ""
    while error is not None:
        said += f"{error!r} {error} {getattr(error, 'values', '')}"
        error = error.__cause__
    return said


async def test_a_link_elsewhere_is_refused_and_gets_nothing() -> None:
    async with Server(fine) as elsewhere, Server(fine) as server:
        http = Http(server.url, {}, Access(credentials=Bearer(lambda: SECRET)))
        with pytest.raises(BadData) as refused:
            await http.follow(f"{elsewhere.url}/Observation?_page=2")
        await http.close()
    assert refused.value.key == "his.bad.elsewhere"
    assert elsewhere.asked == []
