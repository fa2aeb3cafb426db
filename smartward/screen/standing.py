"""How far the pairing of a screen is: what its page says."""

from dataclasses import dataclass

from smartward.clinical.words import Value
from smartward.wire.pairing import NUMBER_TRIES

LOOKING, WAITING, CONFIRM, REFUSED, FULL, STUCK, FORGETTING, DONE = (
    "looking",
    "waiting",
    "confirm",
    "refused",
    "full",
    "stuck",
    "forgetting",
    "done",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the pairing is."""

    state: str = LOOKING
    code: str = ""
    qr: str = ""
    """What the QR code says."""
    why: str = ""
    """Text key of what is wrong, or, with `waiting`, why there is another code than before."""
    values: tuple[tuple[str, Value], ...] = ()
    hub: str = ""
    serial: str = ""
    tries: int = NUMBER_TRIES
    """With `confirm`: how often the hub's number may still be typed."""
    compares: bool = False
    """The hub was found by DNS, and nobody has said yet that it is the ward's."""
