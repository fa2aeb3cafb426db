"""open_firewall.py: lets the screen through to its hub and the log to its server, to nothing else.

Run at the start and every few minutes: a name may stand for another address by then. Addresses that
are no longer theirs are taken out in the same step that brings the new ones. The hubs of a paired
screen are those that its pairing named as well; where no file names one, those that DNS names.
"""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STATE = Path("/var/lib/smartward-screen")
SCREEN = (Path("/etc/smartward/screen.toml"), STATE / "smartward.toml", STATE / "screen.toml")
PAIRED = STATE / "enrolment.json"
DEVICE = Path("/etc/smartward/device.toml")
KEPT = Path("/run/smartward-firewall")
PORTS = {"http": 80, "https": 443}


def read(file: Path) -> dict[str, Any]:
    """What a file tells; nothing where there is none or it is none."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        print(f"{file} cannot be read: {error}", file=sys.stderr)
        return {}


def paired() -> list[str]:
    """The addresses of the hubs that a paired screen was given; none where it is not paired."""
    try:
        hubs = json.loads(PAIRED.read_text(encoding="utf-8"))["hubs"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        print(f"{PAIRED} cannot be read: {error!r}", file=sys.stderr)
        return []
    return [str(each) for each in hubs] if isinstance(hubs, list) else []


def by_dns() -> Iterable[str]:
    """The addresses of the hubs that DNS names."""
    # The screen's own: what it looks for is let through, and nothing else. Imported where it is
    # needed, for without it all else of this still holds.
    from smartward.errors import Unreachable
    from smartward.screen.hub_search import search

    try:
        return search().hubs
    except Unreachable as error:
        print(error, file=sys.stderr)
        return ()


def hubs() -> list[str]:
    """The addresses of all hubs that this screen may go to."""
    found = []
    for screen in map(read, SCREEN):
        named = screen.get("hub", [])
        found += [named] if isinstance(named, str) else named
    # A screen that is asked to be paired again looks by DNS again, wherever it was.
    found += [] if found else by_dns()
    for screen in map(read, SCREEN):
        found += str(screen.get("settings", {}).get("hub_urls", "")).split(",")
    return [*found, *paired()]


def hub_servers() -> Iterator[tuple[str, int]]:
    """Host and port of each hub."""
    for url in hubs():
        parts = urlsplit(str(url).strip())
        if parts.hostname:
            yield parts.hostname, parts.port or PORTS.get(parts.scheme, 443)


def log_servers() -> Iterator[tuple[str, int]]:
    """Host and port of the log server, if there is one."""
    host, _, port = str(read(DEVICE).get("log_server", "")).rpartition(":")
    if host and port.isdigit():
        yield host.strip("[]"), int(port)


def addresses(servers: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Each address and port behind them; a name that nobody knows just now is told."""
    for host, port in servers:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            print(f"{host}: {error}", file=sys.stderr)
            continue
        yield from ((str(one[4][0]), port) for one in found)


def rules(found: set[tuple[str, int]]) -> str:
    """One transaction of nft."""
    lines = ["flush set inet smartward hubs4", "flush set inet smartward hubs6"]
    for address, port in sorted(found):
        kind = ipaddress.ip_address(address).version
        lines.append(f"add element inet smartward hubs{kind} {{ {address} . {port} }}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Put the addresses in, if they are others than before. Gives 75 (once more, soon) where there
    is none of a hub, as before DHCP has answered: then what was let through stays."""
    to_hubs = set(addresses(hub_servers()))
    found = to_hubs | set(addresses(log_servers()))
    if to_hubs or (found and not KEPT.exists()):
        put_in(found)
    return 0 if to_hubs else os.EX_TEMPFAIL


def put_in(found: set[tuple[str, int]]) -> None:
    """Have nft know them."""
    wanted = rules(found)
    if KEPT.exists() and KEPT.read_text() == wanted:
        return
    subprocess.run(["/usr/sbin/nft", "-f", "-"], input=wanted, text=True, check=True)
    KEPT.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
