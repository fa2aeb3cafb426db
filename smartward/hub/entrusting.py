"""Which station answers for the ward's calls (托管), and when they come back."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

log = logging.getLogger("smartward.entrusting")

KIND = "entrustment"
ID = "entrustment"


def entrustment(reader: Reader, ward: str) -> Entrustment | None:
    """The ward's entrusting as it stands, or None where there never was one."""
    stored = reader.get(ward, KIND, ID)
    return None if stored is None else decode(stored.body, Entrustment)


def held_elsewhere(reader: Reader, ward: str, device_id: str) -> Entrustment | None:
    """The entrusting, where another station than this one holds the ward's calls."""
    known = entrustment(reader, ward)
    if known is None or known.state is not EntrustmentState.HELD:
        return None
    return None if known.to_device == device_id else known


def put(tx: Tx, ward: str, entrustment: Entrustment) -> None:
    """Store it; it belongs to the ward and to no bed."""
    tx.put(ward, KIND, ID, entrustment)


def give_back(tx: Tx, ward: str, at: datetime, why: ReturnReason) -> None:
    """Every station answers for itself again; nothing when none was asked."""
    known = entrustment(tx, ward)
    if known is None or known.state is EntrustmentState.RETURNED:
        return
    state = EntrustmentState.RETURNED
    put(tx, ward, replace(known, state=state, returned_at=at, returned_why=why))


def deaf(faults: Iterable[str]) -> bool:
    """Whether a screen with these faults cannot sound. A voice that fails leaves its tones."""
    return any(fault.startswith("sound.") for fault in faults)


def holder_deaf(tx: Tx, ward: str, device_id: str) -> None:
    """A station cannot sound: calls that it holds, and all others show quiet, are back."""
    known = held_by(tx, ward, device_id)
    if known is not None:
        log.warning("station %s cannot sound: the ward's calls are back", device_id)
        give_back(tx, ward, tx.now, ReturnReason.NO_SOUND)


def held_by(reader: Reader, ward: str, device_id: str) -> Entrustment | None:
    """The entrusting, where this station holds the ward's calls."""
    known = entrustment(reader, ward)
    if known is None or known.state is not EntrustmentState.HELD:
        return None
    return known if known.to_device == device_id else None


def holder_gone(tx: Tx, ward: str, device_id: str) -> None:
    """A screen is away, revoked or becomes another one: what it held or was asked for is back."""
    known = entrustment(tx, ward)
    if known is None or known.to_device != device_id:
        return
    if known.state is EntrustmentState.HELD:
        log.warning("station %s is away: the ward's calls are back", device_id)
    give_back(tx, ward, tx.now, ReturnReason.LINK_LOST)
