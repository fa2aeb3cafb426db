"""The small file that tells a new screen where its hub is, written into the image's ESP by whoever
makes the images: `smartward.toml`.

    hub = ["https://hub.ward.example:8700"]
    ca = "hub-ca.pem"

Without `hub` the screen asks DNS (`screen/hub_search.py`); without `ca` as well a person types the
hub's number. With a package or an image it is the kiosk's own file of settings.
"""

import logging
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES
from smartward.machine import serial_number
from smartward.screen.hubs import of_text

log = logging.getLogger("smartward.screen.seed")

_KEYS = frozenset({"hub", "ca", "language", "serial"})
_ELSEWHERE = frozenset(
    {
        "appearance",
        "inputs",
        "place",
        "reduced_motion",
        "role",
        "settings",
        "text_scale",
        "token_file",
    }
)
"""What stands in the same file where it is a kiosk's settings: who starts the screen reads it."""
_SERIAL = 64
"""Characters of a serial number, at most."""
_PEM = b"-----BEGIN CERTIFICATE-----"
_LOCAL = ("http://127.0.0.1", "http://[::1]", "http://localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What the file says."""

    hubs: tuple[str, ...]
    """None: DNS is asked for them."""
    ca: tuple[Path, ...]
    """Authorities of the hubs. No other is believed, not even one of the machine's own."""
    language: str | None = None
    serial: str = ""
    """As somebody wrote it there; empty: nobody did."""


def read_seed(file: Path | None) -> Seed:
    """Read the file. Raises Misconfigured with what is wrong in it."""
    if file is None:
        raise Misconfigured("pairing.seed.none")
    told = _read(file)
    for name in sorted(told.keys() - _KEYS - _ELSEWHERE):
        raise Misconfigured("pairing.seed.unknown", name, file=str(file), name=name)
    hubs = _texts(told.get("hub"))
    cas = tuple(file.parent / one for one in _texts(told.get("ca")))
    for one in hubs:
        if not one.startswith(("https://", *_LOCAL)):
            raise Misconfigured("pairing.seed.no_https", file=str(file), hub=one)
    needed = any(one.startswith("https://") for one in hubs)
    # A `ca` in which nothing stands is a mistake, and no wish that anybody may be believed.
    if ((needed or "ca" in told) and not cas) or not all(one.is_file() for one in cas):
        raise Misconfigured("pairing.seed.ca", file=str(file))
    for authority in cas:
        _is_certificate(authority)
    language = told.get("language")
    return Seed(
        hubs=hubs,
        ca=cas,
        language=language if language in LANGUAGES else None,
        serial=_serial(told),
    )


def written_serial(file: Path | None) -> str:
    """`serial` in a start file, whatever else is wrong with it; empty where none stands there."""
    try:
        return "" if file is None else _serial(_read(file))
    except Misconfigured as error:
        log.warning("no serial number is read from the start file: %s", error)
        return ""


def serial_of(written: str, root: Path = Path("/")) -> str:
    """The number on this device's box: as somebody wrote it down for it, else the one that the
    machine below `root` tells; empty where nobody does."""
    return written.strip()[:_SERIAL] or serial_number(root)


def _serial(told: dict[str, Any]) -> str:
    return str(told.get("serial", "")).strip()


def _read(file: Path) -> dict[str, Any]:
    """What stands in it. Raises Misconfigured."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Misconfigured("pairing.seed.missing", str(error), file=str(file)) from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured("pairing.seed.toml", file=str(file), reason=str(error)) from error
    except (OSError, ValueError) as error:
        raise Misconfigured("pairing.seed.unreadable", str(error), file=str(file)) from error


def _is_certificate(file: Path) -> None:
    """Whoever connects reads it whole; what is none at all is said at once."""
    try:
        found = _PEM in file.read_bytes()
    except OSError as error:
        raise Misconfigured("pairing.seed.unreadable", str(error), file=str(file)) from error
    if not found:
        raise Misconfigured("pairing.seed.no_pem", file=str(file))


def _texts(value: object) -> tuple[str, ...]:
    """One text, or a list of them."""
    if isinstance(value, str):
        return of_text(value)
    return tuple(map(str, value)) if isinstance(value, list) else ()
