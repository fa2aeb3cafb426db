"""open_firewall.py: lets the screen through to its hub and the log to its server, to nothing else.

Run at the start and every few minutes: a name may stand for another address by then. Addresses that
are no longer theirs are taken out in the same step that brings the new ones.
"""

import ipaddress
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STATE = Path("/var/lib/smartward-screen")
SCREEN = (Path("/etc/smartward/screen.toml"), STATE / "smartward.toml", STATE / "screen.toml")
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


def servers() -> Iterator[tuple[str, int]]:
    """Host and port of each hub and of the log server."""
    for screen in map(read, SCREEN):
        hubs = screen.get("hub", [])
        further = str(screen.get("settings", {}).get("hub_urls", "")).split(",")
        for url in [*([hubs] if isinstance(hubs, str) else hubs), *further]:
            parts = urlsplit(str(url).strip())
            if parts.hostname:
                yield parts.hostname, parts.port or PORTS.get(parts.scheme, 443)
    host, _, port = str(read(DEVICE).get("log_server", "")).rpartition(":")
    if host and port.isdigit():
        yield host.strip("[]"), int(port)


def addresses() -> Iterator[tuple[str, int]]:
    """Each address and port behind them; a name that nobody knows just now is told."""
    for host, port in servers():
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


def main() -> None:
    """Put them in, if there are any and they are others than before."""
    found = set(addresses())
    if not found:
        return
    wanted = rules(found)
    if KEPT.exists() and KEPT.read_text() == wanted:
        return
    subprocess.run(["/usr/sbin/nft", "-f", "-"], input=wanted, text=True, check=True)
    KEPT.write_text(wanted)


if __name__ == "__main__":
    main()
