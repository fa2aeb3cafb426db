"""Calls that speak up again: deadlines in hub wall time, kept in the store, re-read at start."""

from datetime import datetime

import msgspec

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.nurse_call import CallSettings, NurseCall
from smartward.config import Settings
from smartward.hub.store.sqlite import Tx

CALL = "call"
"""Kind of the deadline at which a call escalates or sounds again."""


def call_settings(settings: Settings) -> CallSettings:
    """The part of the settings that the lifecycle of calls needs."""
    return CallSettings(
        escalate_after_s=(
            settings.call_escalate_1_s,
            settings.call_escalate_2_s,
            settings.call_escalate_3_s,
        ),
        present_within_s=settings.call_present_within_s,
        station_may_close=settings.call_station_may_close,
    )


def set_deadline(tx: Tx, ward: str, call: NurseCall, settings: CallSettings) -> None:
    """Keep the one deadline of a call in step with it."""
    when = lifecycle.next_deadline(call, settings)
    if when is None:
        tx.deadline_clear(ward, CALL, call.id)
    else:
        tx.deadline_set(ward, CALL, call.id, when)


def escalate(tx: Tx, ward: str, call_id: str, settings: CallSettings, now: datetime) -> None:
    """Apply every escalation of a call that is due by `now`."""
    stored = tx.get(ward, "nurse_call", call_id)
    if stored is None:
        tx.deadline_clear(ward, CALL, call_id)
        return
    call = msgspec.json.decode(stored.body, type=NurseCall)
    advanced = lifecycle.advance(call, settings, now)
    if advanced is not call:
        tx.put(ward, "nurse_call", call.id, advanced, bed=stored.bed, room=stored.room)
    set_deadline(tx, ward, advanced, settings)


def forget_closed(tx: Tx, ward: str, older_than: datetime) -> int:
    """Delete calls closed before `older_than` from the live state; history keeps them."""
    gone = 0
    for stored in tx.all(ward, "nurse_call"):
        call = msgspec.json.decode(stored.body, type=NurseCall)
        if call.closed_at is not None and call.closed_at < older_than:
            tx.delete(ward, "nurse_call", call.id)
            tx.deadline_clear(ward, CALL, call.id)
            gone += 1
    return gone
