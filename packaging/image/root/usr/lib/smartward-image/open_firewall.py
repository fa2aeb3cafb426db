"""open_firewall.py: lets the screen through to its hub and the log to its server, to nothing else.

Run at the start and every few minutes: a name may stand for another address by then. Addresses that
are no longer theirs are taken out in the same step that brings the new ones; those of a name that
nobody knows just now stay for a while. The hubs of a paired screen are those that its pairing named
as well; where no file names one, those that DNS names, while the screen is not paired or is to be
paired again. Once it is let through, the log server is tried (log_server.py).

The screen's own user writes most of those files. What is taken of them is bounded, so that a screen
that somebody broke into has few ways out; what remains is told in image.md.
"""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import log_server
import settings_files
from settings_files import Unusable, server, shown, tell

HOUSE = Path("/etc/smartward/screen.toml")
STATE = Path("/var/lib/smartward-screen")
OWN = (STATE / "smartward.toml", STATE / "screen.toml")
PAIRED = STATE / "enrolment.json"
ASKS_DNS = STATE / "asks-dns"
"""There while a screen that was paired looks for its hub by DNS again."""
KEPT = Path("/run/smartward-firewall/rules")
LAST = Path("/run/smartward-firewall/addresses.json")
UPTIME = Path("/proc/uptime")
NFT = "/usr/sbin/nft"
PORTS = {"http": 80, "https": 443}
MOST = 8
"""Hubs of one screen, and addresses of one of them."""
KEPT_S = 24 * 3600.0
"""For so long the addresses of a name that nobody knows are good: a night without name servers."""

Server = tuple[str, int]


def read(file: Path, parse: Callable[[str], Any] = tomllib.loads) -> dict[str, Any]:
    """What a file tells; nothing where there is none or it is none, which is told."""
    try:
        return settings_files.read(file, parse)
    except Unusable as error:
        tell(str(error))
        return {}


def by_dns() -> Iterable[str]:
    """The addresses of the hubs that DNS names."""
    # The screen's own: what it looks for is let through, and nothing else. Imported where it is
    # needed, for without it all else of this still holds.
    from smartward.errors import Unreachable
    from smartward.screen.hub_search import search

    try:
        return search().hubs
    except Unreachable as error:
        tell(str(error))
        return ()


def listed(where: str, told: object) -> list[object]:
    """The addresses that stand there: one, or a list of them."""
    if not isinstance(told, str | list):
        tell(f"{where} is left out: {shown(told)} is no address; write https://HOST:PORT")
        return []
    found = told if isinstance(told, list) else [told]
    if len(found) > MOST:
        tell(f"{where}: all but the first {MOST} hubs are left out; name no more")
    return found[:MOST]


def hub_urls(where: str, settings: object) -> list[object]:
    """The addresses in the ward's setting of that name."""
    urls = settings.get("hub_urls", "") if isinstance(settings, dict) else None
    if not isinstance(urls, str):
        tell(f'{where} is left out; write hub_urls = "https://HOST:PORT", more with commas')
        return []
    return listed(f"{where}.hub_urls", [one for one in map(str.strip, urls.split(",")) if one])


def hub(url: object, own: bool) -> Server:
    """Host and port of a hub. Those of the screen's `own` files have not every port: to the others
    below 1024 are file servers and people's ways into machines. Raises Unusable."""
    try:
        parts = urlsplit(url.strip() if isinstance(url, str) else "")
    except ValueError as error:
        raise Unusable(f"{shown(url)}: {error}; write https://HOST:PORT") from error
    if parts.scheme not in PORTS:
        raise Unusable(f"{shown(url)} is no address of a hub; write https://HOST:PORT")
    host, port = server(parts.netloc.rpartition("@")[2], PORTS[parts.scheme])
    if own and port < 1024 and port not in PORTS.values():
        raise Unusable(f"{shown(url)}: no hub has port {port}; give it 80, 443 or one above 1023")
    return host, port


def usable(where: str, urls: Iterable[object], own: bool = True) -> Iterator[Server]:
    """Those that may be gone to; the others are told."""
    for url in urls:
        try:
            yield hub(url, own)
        except Unusable as error:
            tell(f"{where}: a hub is left out: {error}")


def hub_servers() -> list[Server]:
    """Host and port of each hub: of the house's file, the pairing, DNS, the other files."""
    house, paired = read(HOUSE), read(PAIRED, json.loads)
    found = list(usable(f"{HOUSE}", listed(f"{HOUSE}: hub", house.get("hub", [])), own=False))
    urls = hub_urls(f"{HOUSE}: settings", house.get("settings", {}))
    found += usable(f"{HOUSE}", urls, own=False)
    found += usable(f"{PAIRED}", listed(f"{PAIRED}: hubs", paired.get("hubs", [])))
    own = {file: read(file) for file in OWN}
    # Whoever can have names forged has no way opened to a screen that knows its hubs.
    looks = not paired.get("hubs") or ASKS_DNS.exists()
    if looks and not any(told.get("hub") for told in (house, *own.values())):
        found += usable("DNS", by_dns())
    for file, told in own.items():
        found += usable(f"{file}", listed(f"{file}: hub", told.get("hub", [])))
        found += usable(f"{file}", hub_urls(f"{file}: settings", told.get("settings", {})))
    each = list(dict.fromkeys(found))
    if len(each) > MOST:
        tell(f"{len(each)} hubs are named: all but the first {MOST} are left out; name no more")
    return each[:MOST]


def log_servers() -> list[Server]:
    """Host and port of the log server, if there is one."""
    try:
        found = log_server.log_server(read(log_server.DEVICE))
    except Unusable as error:
        tell(f"{log_server.DEVICE}: {error}")
        return []
    return [] if found is None else [(found.host, found.port)]


def asked(host: str) -> list[str]:
    """The addresses behind a name. Raises Unusable where nobody knows one just now."""
    try:
        told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unusable(f"{host}: {error}") from error
    found = sorted({str(one[4][0]) for one in told if is_of_one(str(one[4][0]))})
    if not found:
        raise Unusable(f"{host}: none of its addresses is that of one machine on a network")
    return found[:MOST]


def is_of_one(address: str) -> bool:
    """Whether it is the address of one machine, and nft can know it."""
    found = ipaddress.ip_address(address)
    return found.is_loopback or not (
        found.is_multicast or found.is_unspecified or found.is_reserved or found.is_link_local
    )


class Addresses:
    """What is behind each name, and was a while ago where nobody knows it now."""

    def __init__(self) -> None:
        # Of the machine's running: its clock may be set meanwhile, and the file ends with it.
        self.now_s = float(UPTIME.read_text().split()[0])
        self.before = read(LAST, json.loads)
        self.found: dict[str, dict[str, Any]] = {}

    def of(self, servers: Iterable[Server]) -> set[Server]:
        """Each address and port; a name that nobody knows just now is told."""
        return {(one, port) for host, port in servers for one in self._behind(host)}

    def _behind(self, host: str) -> list[str]:
        if host not in self.found:
            try:
                self.found[host] = {"at_s": self.now_s, "addresses": asked(host)}
            except Unusable as error:
                self.found[host] = self._earlier(host)
                stay = ", ".join(self.found[host]["addresses"]) or "none"
                tell(f"{error}; see that a name server knows it. Its addresses until then: {stay}")
        found: list[str] = self.found[host]["addresses"]
        return found

    def _earlier(self, host: str) -> dict[str, Any]:
        known: dict[str, Any] | None = self.before.get(host)
        if known is None or self.now_s - known["at_s"] > KEPT_S:
            return {"at_s": self.now_s, "addresses": []}
        return known

    def keep(self) -> None:
        """Of no other name than was asked for now."""
        LAST.write_text(json.dumps(self.found))


def rules(found: set[Server]) -> str:
    """One transaction of nft."""
    lines = ["flush set inet smartward hubs4", "flush set inet smartward hubs6"]
    for address, port in sorted(found):
        kind = ipaddress.ip_address(address).version
        lines.append(f"add element inet smartward hubs{kind} {{ {address} . {port} }}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Put the addresses in, if they are others than before. Gives 75 (once more, soon) where there
    is none of a hub, as before DHCP has answered, and where nft refuses: then what was let through
    stays."""
    behind = Addresses()
    to_hubs = behind.of(hub_servers())
    found = to_hubs | behind.of(log_servers())
    behind.keep()
    if to_hubs or (found and not KEPT.exists()):
        try:
            put_in(found)
        except (OSError, subprocess.CalledProcessError) as error:
            tell(f"{error}; what was let through before stays. See: systemctl status nftables")
            return os.EX_TEMPFAIL
    log_server.look(behind.now_s)
    return 0 if to_hubs else os.EX_TEMPFAIL


def put_in(found: set[Server]) -> None:
    """Have nft know them."""
    wanted = rules(found)
    if KEPT.exists() and KEPT.read_text() == wanted:
        return
    subprocess.run([NFT, "-f", "-"], input=wanted, text=True, check=True)
    KEPT.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
