"""The hub's command line, its folder, and where it may listen."""

import argparse
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from smartward.clock import ClockSpec
from smartward.config import Settings, load
from smartward.config import pairs as read_pairs
from smartward.errors import Misconfigured
from smartward.storage import hold

_SILENT_PEER_MS = 10_000
"""A peer that acknowledges nothing for this long is gone (its cable was pulled)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    settings: Settings
    data_dir: Path
    clock: ClockSpec | None
    control: Path | None
    init: bool
    restored: bool
    names: tuple[str, ...]
    standby: "StandbyOf | None" = None


@dataclass(frozen=True, slots=True)
class StandbyOf:
    """Of which hub this is the standby, and how it is known there."""

    url: str
    token_file: Path
    ca: Path | None


def data_dir(given: Path | None) -> Path:
    """The hub's folder: as given, systemd's, or the user's."""
    if given is not None:
        return given
    if "STATE_DIRECTORY" in os.environ:
        return Path(os.environ["STATE_DIRECTORY"].split(":")[0])
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "smartward" / "hub"


def admin_socket(folder: Path) -> Path:
    """The admin socket of the hub whose folder this is."""
    return folder / "admin.sock"


def parse(argv: list[str]) -> Options:
    """Read the command line. Raises Misconfigured for a setting that is not right."""
    parser = argparse.ArgumentParser(prog="smartward hub", description="The ward's hub.")
    parser.add_argument("--config", type=Path, help="settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--data-dir", type=Path, help="where the hub keeps its file")
    parser.add_argument("--clock", help="ORIGIN@MONOTONICxRATE: a demo's clock")
    parser.add_argument("--control", type=Path, help="serve the control socket (tests, demo)")
    parser.add_argument(
        "--init", action="store_true", help="make a CA and the hub's certificate, then end"
    )
    parser.add_argument(
        "--restored",
        action="store_true",
        help="the folder is from a backup: screens shall fetch anew and send again; then end",
    )
    parser.add_argument(
        "--name", action="append", default=[], help="a name or address for the certificate"
    )
    parser.add_argument("--standby-of", metavar="URL", help="stand by for the hub at this address")
    parser.add_argument(
        "--token-file", type=Path, help="with --standby-of: what `smartward enrol standby` gave"
    )
    parser.add_argument(
        "--ca", type=Path, help="with --standby-of: certificate of that hub's authority (PEM)"
    )
    given = parser.parse_args(argv)
    if (given.standby_of is None) != (given.token_file is None):
        parser.error("--standby-of and --token-file go together")
    pairs = read_pairs(given.set)
    try:
        clock = None if given.clock is None else ClockSpec.parse(given.clock)
    except ValueError as error:
        raise Misconfigured(
            "config.bad_value", str(error), setting="--clock", value=given.clock
        ) from error
    return Options(
        settings=load(given.config, pairs),
        data_dir=data_dir(given.data_dir),
        clock=clock,
        control=given.control,
        init=given.init,
        restored=given.restored,
        names=tuple(given.name),
        standby=None
        if given.standby_of is None
        else StandbyOf(given.standby_of, given.token_file, given.ca),
    )


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_tls(settings: Settings) -> None:
    """Raises Misconfigured when the hub would speak to a network without a certificate,
    or has one that it cannot use."""
    for name in ("tls_cert", "tls_key", "tls_ca"):
        file = getattr(settings, name)
        if file and not Path(file).is_file():
            raise Misconfigured("hub.tls_file", file, setting=name, file=file)
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Misconfigured("hub.tls_half", settings.tls_cert or settings.tls_key)
    if settings.tls_cert:
        _load_certificate(settings)
    if not settings.tls_cert and not is_loopback(settings.host):
        raise Misconfigured("hub.needs_tls", settings.host, host=settings.host)


def _load_certificate(settings: Settings) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password of ours a locked key would be asked for at a terminal, for ever.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise Misconfigured(
            "hub.tls_unreadable",
            str(error),
            tls_cert=settings.tls_cert,
            tls_key=settings.tls_key,
            reason=getattr(error, "reason", None) or str(error),
        ) from error


def lock(folder: Path) -> IO[bytes]:
    """Make the folder this process's own until the returned file is closed.

    Raises Misconfigured when another hub has it, or when it cannot be made.
    """
    try:
        return hold(folder, "hub.lock")
    except BlockingIOError as error:
        raise Misconfigured("hub.already_running", str(folder), folder=str(folder)) from error
    except OSError as error:
        raise Misconfigured("hub.data_dir", str(error), folder=str(folder)) from error


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send at once and notice a silent peer.

    Raises Misconfigured when the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted connections inherit it. Without it a cut cable looks alive for 15 minutes.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_PEER_MS)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise Misconfigured("hub.address", str(error), host=host, port=port) from error
    listener.setblocking(False)
    return listener
