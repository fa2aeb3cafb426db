"""Where DNS says that the ward's hubs are, asked of a real name server: their order, and what a
person reads where it does not say it."""

from pathlib import Path

import pytest
from dns.resolver import Resolver

from smartward.config import Settings
from smartward.errors import Unreachable
from smartward.i18n import Catalogue
from smartward.screen import hub_search
from smartward.screen.hub_search import search
from tests.fakes.dns_server import name_server

PAGE = Path(__file__).resolve().parents[2] / "packaging" / "place.md"
DOMAIN = "ward3.hospital.example"
WARD = r"""
_smartward._tcp PTR Ward\0323\ East._smartward._tcp
Ward\0323\ East._smartward._tcp TXT "txtvers=1"
Ward\0323\ East._smartward._tcp SRV 10 0 8700 hub-b
Ward\0323\ East._smartward._tcp SRV 0 100 8701 hub-a.house.example.
"""


def why(records: str, domain: str = "", *, silent: bool = False) -> Unreachable:
    """What is said of a zone with these records."""
    with name_server(DOMAIN, records) as server:
        server.silent = silent
        with pytest.raises(Unreachable) as said:
            search(server.resolver(domain))
    return said.value


def test_the_ward_of_the_domain_names_its_hubs_in_their_order() -> None:
    with name_server(DOMAIN, WARD) as server:
        found = search(server.resolver())
    assert found.name == "Ward 3 East"
    assert found.hubs == ("https://hub-a.house.example:8701", f"https://hub-b.{DOMAIN}:8700")
    assert server.asked[0] == f"_smartward._tcp.{DOMAIN}. PTR"


def test_hubs_of_one_priority_are_asked_first_as_often_as_their_weight_says() -> None:
    heavy = WARD.replace("SRV 10 0 8700", "SRV 0 1 8700")
    with name_server(DOMAIN, heavy) as server:
        first = [search(server.resolver()).hubs[0] for _ in range(60)]
    assert first.count("https://hub-a.house.example:8701") > 30


def test_the_zone_of_the_page_is_one_that_a_screen_understands() -> None:
    text = PAGE.read_text("utf-8")
    zone = text.partition("```zone\n")[2].partition("```")[0]
    with name_server(DOMAIN, zone) as server:
        found = search(server.resolver())
    assert len(found.hubs) == 2
    assert all(each.startswith("https://") for each in found.hubs)


@pytest.mark.expects_log("DNS names a hub that cannot be asked")
def test_what_dns_does_not_say_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_search, "_LIFETIME_S", 0.3)
    two = WARD + "_smartward._tcp PTR Ward5._smartward._tcp\n"
    other = WARD.replace("txtvers=1", "txtvers=2")
    no_service = WARD.replace("hub-b", ".").replace("hub-a.house.example.", "hub/x")
    bare = WARD.replace("SRV", "TXT").replace("TXT 10 0 8700", "TXT").replace("TXT 0 100", "TXT")
    cases = [
        (why("hub A 192.0.2.1"), "pairing.dns.no_record", f"_smartward._tcp in {DOMAIN}"),
        (why(WARD, "elsewhere.example"), "pairing.dns.no_record", "elsewhere.example"),
        (why(WARD, "."), "pairing.dns.no_domain", "DHCP"),
        (why(two), "pairing.dns.several", "Ward 3 East, Ward5"),
        (why(other), "pairing.dns.version", "txtvers=1"),
        (why(no_service), "pairing.dns.no_hub", "SRV record"),
        (why(bare), "pairing.dns.no_hub", "SRV record"),
        (why(WARD, silent=True), "pairing.dns.no_answer", f"_smartward._tcp.{DOMAIN}"),
    ]
    english = Catalogue("en", Settings().zone)
    for error, key, words in cases:
        assert error.key == key
        assert words in english.text(error.key, **error.values)


@pytest.mark.expects_log("DNS names a hub that cannot be asked")
def test_however_much_dns_says_little_of_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    wards = "".join(f"_smartward._tcp PTR Ward{n:02}._smartward._tcp\n" for n in range(40))
    assert why(wards).values["wards"] == "Ward00, Ward01, Ward02, Ward03, …"
    useless = "".join(f"Ward SRV 0 0 {port} .\n" for port in range(1, 50))
    assert why(f"_smartward._tcp PTR Ward\n{useless}").key == "pairing.dns.no_hub"
    assert caplog.text.count("cannot be asked") == 8


def test_a_domain_that_is_too_long_for_a_record_is_one_without_it() -> None:
    long = ".".join(["a" * 60] * 4)
    assert why("", long).key == "pairing.dns.no_record"


def test_the_machines_own_name_servers_and_domain_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd-resolved writes the file: without a network there is no domain in it."""
    file = tmp_path / "resolv.conf"
    port = 53

    class FromFile(Resolver):
        def __init__(self) -> None:
            super().__init__(filename=str(file))
            self.port = port

    monkeypatch.setattr(hub_search, "Resolver", FromFile)
    file.write_text("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n")
    with pytest.raises(Unreachable) as said:
        search()
    assert said.value.key == "pairing.dns.no_domain"
    with name_server(DOMAIN, WARD) as server:
        port = server.port
        file.write_text(f"nameserver 127.0.0.1\nsearch other.example {DOMAIN}\n")
        assert len(search().hubs) == 2
    assert server.asked[0] == "_smartward._tcp.other.example. PTR"
