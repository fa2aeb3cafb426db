"""Which hubs the image lets its screen through to: those of its files, of its pairing, of DNS."""

import json
import os
import socket
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from dns.resolver import Resolver

from smartward.screen import enrolled, hub_search
from tests.fakes.dns_server import name_server

FILE = "packaging/image/root/usr/lib/smartward-image/open_firewall.py"
WARD = '_smartward._tcp PTR Ward\nWard TXT "txtvers=1"\nWard SRV 0 0 8701 localhost.\n'
DOMAIN = "ward3.hospital.example"


@pytest.fixture
def firewall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, with its files in a folder of this test and without nft."""
    file = Path(__file__).resolve().parents[2] / FILE
    monkeypatch.syspath_prepend(file.parent)
    spec = spec_from_file_location("open_firewall", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HOUSE", tmp_path / "screen.toml")
    monkeypatch.setattr(module, "OWN", (tmp_path / "smartward.toml",))
    monkeypatch.setattr(module, "LAST", tmp_path / "addresses.json")
    monkeypatch.setattr(module, "PAIRED", tmp_path / enrolled.REST)
    assert module.ASKS_DNS.name == enrolled.ASKS_DNS
    monkeypatch.setattr(module, "ASKS_DNS", tmp_path / enrolled.ASKS_DNS)
    for name in ("DEVICE", "WHY", "LAST"):
        file = tmp_path / {"DEVICE": "device.toml"}.get(name, name)
        monkeypatch.setattr(module.log_server, name, file)
    monkeypatch.setattr(module, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(module.subprocess, "run", lambda *words, **how: None)
    return module


def by_dns_of(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """This machine's name server is the one at this port."""

    class Ours(Resolver):
        def __init__(self) -> None:
            super().__init__(configure=False)
            self.nameservers, self.port = ["127.0.0.1"], port
            self.search = [hub_search.from_text(DOMAIN)]

    monkeypatch.setattr(hub_search, "Resolver", Ours)


def test_a_hub_that_dns_names_is_let_through_where_no_file_names_one(
    firewall: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server(DOMAIN, WARD) as server:
        by_dns_of(monkeypatch, server.port)
        assert firewall.main() == 0
        assert "{ 127.0.0.1 . 8701 }" in (tmp_path / "kept").read_text()
        server.asked.clear()
        (tmp_path / "smartward.toml").write_text('hub = "https://127.0.0.2:8700"\n')
        assert firewall.main() == 0
        assert server.asked == []
    assert "8701" not in (tmp_path / "kept").read_text()
    assert "{ 127.0.0.2 . 8700 }" in (tmp_path / "kept").read_text()


def test_dns_is_not_asked_for_a_paired_screen_before_it_is_to_be_paired_again(
    firewall: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server(DOMAIN, WARD) as server:
        by_dns_of(monkeypatch, server.port)
        (tmp_path / "enrolment.json").write_text('{"hubs": ["https://127.0.0.3:8700"]}')
        assert firewall.main() == 0
        assert server.asked == []
        assert "8701" not in (tmp_path / "kept").read_text()
        enrolled.ask_dns(tmp_path, asks=True)
        assert firewall.main() == 0
        assert "{ 127.0.0.1 . 8701 }" in (tmp_path / "kept").read_text()
        enrolled.ask_dns(tmp_path, asks=False)
        assert firewall.main() == 0
        assert "8701" not in (tmp_path / "kept").read_text()


def test_the_hubs_of_a_pairing_are_let_through(
    firewall: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"hubs": ["https://127.0.0.3:8700"]}
    (tmp_path / "enrolment.json").write_text(json.dumps(told))
    (tmp_path / "smartward.toml").write_text('hub = ["https://127.0.0.2:8700"]\n')
    assert firewall.main() == 0
    kept = (tmp_path / "kept").read_text()
    assert "{ 127.0.0.2 . 8700 }" in kept
    assert "{ 127.0.0.3 . 8700 }" in kept


def test_while_no_hub_is_known_it_tries_again_and_takes_nothing_away(
    firewall: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "device.toml").write_text('log_server = "127.0.0.9:6514"\n')
    with name_server(DOMAIN, "hub A 192.0.2.1\n") as server:
        by_dns_of(monkeypatch, server.port)
        assert firewall.main() == os.EX_TEMPFAIL
        assert "{ 127.0.0.9 . 6514 }" in (tmp_path / "kept").read_text()
        assert "pairing.dns.no_record" in capsys.readouterr().err
        (tmp_path / "kept").write_text("as it was")
        assert firewall.main() == os.EX_TEMPFAIL
    assert (tmp_path / "kept").read_text() == "as it was"
    unit = (Path(__file__).resolve().parents[2] / "packaging/image/root/etc/systemd/system") / (
        "smartward-firewall.service"
    )
    assert "Restart=on-failure" in unit.read_text().splitlines()


def test_a_name_keeps_its_addresses_through_a_moment_without_name_servers_and_has_eight_at_most(
    firewall: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "screen.toml").write_text('hub = ["https://hub-a:8700", "https://127.0.0.2:8700"]')
    known = [f"127.0.1.{number}" for number in range(10, 30)]

    def told(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host != "hub-a":
            return [(0, 0, 0, "", (host, 0))]
        if not known:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(0, 0, 0, "", (one, 0)) for one in known]

    monkeypatch.setattr(firewall.socket, "getaddrinfo", told)
    assert firewall.main() == 0
    first = (tmp_path / "kept").read_text()
    assert first.count("127.0.1.") == 8
    known.clear()
    (tmp_path / "kept").unlink()
    assert firewall.main() == 0
    assert (tmp_path / "kept").read_text() == first
    known.append("127.0.1.99")
    assert firewall.main() == 0
    last = (tmp_path / "kept").read_text()
    assert last.count("127.0.1.") == 1
    assert "{ 127.0.1.99 . 8700 }" in last
