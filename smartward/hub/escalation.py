"""Calls that speak up again: deadlines in hub wall time, kept in the store, re-read at start."""

from datetime import datetime, timedelta

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.call_order import ordered
from smartward.clinical.freshness import AHEAD
from smartward.clinical.nurse_call import CallSettings, NurseCall
from smartward.config import Settings
from smartward.hub import next_call, possible_calls
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode

CALL = "call"
"""Kind of the deadline at which a call escalates or sounds again."""

_NO_TIME = timedelta(0)


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
        high_presses=settings.call_high_presses,
        high_within_s=settings.call_high_within_s,
        presence_closes_normal=settings.presence_closes_normal,
        presence_ends_s=settings.presence_ends_s,
    )


def set_deadline(
    tx: Tx, ward: str, call: NurseCall, settings: CallSettings, ahead: timedelta = _NO_TIME
) -> None:
    """Keep the one deadline of a call in step with it; `ahead`: by how much its times are."""
    due = lifecycle.next_deadline(call, settings)
    when = None if due is None else due - ahead
    if when is None:
        tx.deadline_clear(ward, CALL, call.id)
    else:
        tx.deadline_set(ward, CALL, call.id, when)


def ahead_by(call: NurseCall, now: datetime, behind: timedelta) -> timedelta:
    """How far ahead of `now` the times of a call are: `behind`, where the clock was set back after
    the time from which its next deadline counts."""
    since = lifecycle.waiting_since(call)
    return behind if since is not None and since > now + AHEAD else _NO_TIME


def pull_in(tx: Tx, ward: str, settings: CallSettings, now: datetime, behind: timedelta) -> None:
    """After the clock was set back: open calls speak up when they would have without it."""
    for stored in tx.all(ward, "nurse_call"):
        call = decode(stored.body, NurseCall)
        set_deadline(tx, ward, call, settings, ahead_by(call, now, behind))


def escalate(
    tx: Tx,
    ward: str,
    call_id: str,
    settings: CallSettings,
    now: datetime,
    behind: timedelta = _NO_TIME,
) -> None:
    """Apply every escalation of a call that is due by `now`."""
    stored = tx.get(ward, "nurse_call", call_id)
    if stored is None:
        tx.deadline_clear(ward, CALL, call_id)
        return
    call = decode(stored.body, NurseCall)
    ahead = ahead_by(call, now, behind)
    advanced = lifecycle.advance(call, settings, now + ahead)
    if advanced is not call:
        advanced = ordered(call, advanced, tx.now, tx.ahead)
        tx.put(ward, "nurse_call", call.id, advanced, bed=stored.bed, room=stored.room)
        possible_calls.follow(tx, ward, advanced)
        next_call.refresh(tx, ward)
    set_deadline(tx, ward, advanced, settings, ahead_by(advanced, now, behind))


def forget_closed(tx: Tx, ward: str, older_than: datetime) -> int:
    """Delete calls closed before `older_than` from the live state; history keeps them."""
    gone = 0
    for stored in tx.all(ward, "nurse_call"):
        call = decode(stored.body, NurseCall)
        if call.closed_at is not None and call.closed_at < older_than:
            tx.delete(ward, "nurse_call", call.id)
            tx.deadline_clear(ward, CALL, call.id)
            gone += 1
    return gone
