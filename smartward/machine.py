"""Which machine this is: hashes of what its hardware and its system say, nothing to read them back.

Three marks, each of 64 bits or `-` where the machine does not tell: the system's own id, which a
copied disk has too; the board's serial number; the addresses of the built-in network cards. A card
that is replaced makes no other machine, nor does one board serve for two.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_UNKNOWN = "-"
_DIGITS = 16
_SERIALS = (
    "sys/class/dmi/id/board_serial",
    "sys/class/dmi/id/product_uuid",
    "sys/firmware/devicetree/base/serial-number",
)
"""Where a board tells its number, the first that may be read. Some makers give all the same."""
_NO_SERIAL = frozenset(
    {"", "0", "none", "default string", "to be filled by o.e.m.", "not specified", "system serial"}
)
_PERMANENT = "0"
"""Of `addr_assign_type`: the address is the card's own (Linux, if_link.h)."""


def machine_mark(root: Path = Path("/")) -> str:
    """The marks of the machine whose files are under `root`, joined by colons."""
    own_id = _read(root / "etc/machine-id")
    serial = next((one for path in _SERIALS if (one := _serial(root / path))), "")
    cards = " ".join(sorted(_cards(root / "sys/class/net")))
    # The random id stands in each: a serial number or an address alone could be guessed.
    return ":".join(_hashed(own_id, part) for part in ("id" if own_id else "", serial, cards))


def same_machine(one: str, other: str) -> bool | None:
    """Whether both marks are of one machine; None where they tell nothing."""
    pairs = list(zip(one.split(":"), other.split(":"), strict=False))
    told = [_both(pair) for pair in pairs] + [None, None, None]
    system, board, cards = told[:3]
    if board is not None:
        return board
    if cards is not None:
        return cards
    return system


def _both(pair: tuple[str, str]) -> bool | None:
    return None if _UNKNOWN in pair or "" in pair else pair[0] == pair[1]


def _hashed(own_id: str, text: str) -> str:
    if not text:
        return _UNKNOWN
    return sha256(f"smartward machine\0{own_id}\0{text}".encode()).hexdigest()[:_DIGITS]


def _read(file: Path) -> str:
    """What stands in a file of the system, empty where it may not be read or is not there."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip("\0 \n")
    except OSError:
        return ""


def _serial(file: Path) -> str:
    text = _read(file)
    return "" if text.casefold() in _NO_SERIAL or not text.strip("0-fF. ") else text


def _cards(folder: Path) -> Iterator[str]:
    """Addresses of cards that are built in: one on USB comes and goes."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return
    for card in found:
        device = card / "device"
        if not device.exists() or "/usb" in str(device.resolve()):
            continue
        if _read(card / "addr_assign_type") == _PERMANENT:
            yield _read(card / "address")
