"""Which machine this is: hashes of what its hardware and its system say, nothing to read them back.

Three marks, each of 64 bits or `-` where the machine does not tell: the system's own id, which a
copied disk has too; the board's serial number; the address of each built-in network card. Makers
have given all boards of a kind one number, so the number alone proves nothing where the cards tell
otherwise: a machine is the same while one of its cards is.
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
_BOX_SERIALS = ("sys/class/dmi/id/product_serial", *_SERIALS)
_NO_SERIAL = frozenset(
    {
        "",
        "123456789",
        "1234567890",
        "0123456789",
        "base board serial number",
        "board serial number",
        "chassis serial number",
        "default",
        "default string",
        "empty",
        "invalid",
        "n/a",
        "na",
        "none",
        "not applicable",
        "not available",
        "not specified",
        "null",
        "o.e.m.",
        "oem",
        "serial number",
        "system serial",
        "system serial number",
        "tbd",
        "to be filled by o.e.m.",
        "unknown",
    }
)
"""What stands there on boards of which none was numbered, in small letters."""
_FEWEST = 4
"""Characters of a number that is one board's own."""
_MOST_CARDS = 6
"""Cards that are told of: a mark goes with each request."""
_PERMANENT = "0"
"""Of `addr_assign_type`: the address is the card's own (Linux, if_link.h)."""


def machine_mark(root: Path = Path("/")) -> str:
    """The marks of the machine whose files are under `root`, joined by colons."""
    own_id = _read(root / "etc/machine-id")
    serial = next((one for path in _SERIALS if (one := _serial(root / path))), "")
    cards = sorted(_cards(root / "sys/class/net"))[:_MOST_CARDS]
    # The random id stands in each: a serial number or an address alone could be guessed.
    told = ",".join(_hashed(own_id, card) for card in cards) or _UNKNOWN
    return ":".join((_hashed(own_id, "id" if own_id else ""), _hashed(own_id, serial), told))


def serial_number(root: Path = Path("/")) -> str:
    """The number on the machine's box, where it has one and this user may read it; else empty."""
    return next((one for path in _BOX_SERIALS if (one := _serial(root / path))), "")


def same_machine(one: str, other: str) -> bool | None:
    """Whether both marks are of one machine; None where they tell nothing."""
    pairs = list(zip(one.split(":"), other.split(":"), strict=False))
    told = [_both(pair) for pair in pairs] + [None, None, None]
    system, board, cards = told[:3]
    if board is False or cards is False:
        return False
    return system if board is None and cards is None else True


def _both(pair: tuple[str, str]) -> bool | None:
    """Whether one of the hashes of this part is in both marks, None where one tells none."""
    if _UNKNOWN in pair or "" in pair:
        return None
    one, other = (set(part.split(",")) for part in pair)
    return not one.isdisjoint(other)


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
    nobodys = text.casefold() in _NO_SERIAL or len(text) < _FEWEST
    return "" if nobodys or len(set(text) - set("-. ")) < 2 else text


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
