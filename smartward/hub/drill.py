"""The ward drill at the hub: each step in one write, and all that it knows in the store.

So it goes on after a restart, and whichever hub takes a screen's word can do what follows from it.
One bed is tested at a time. A patient's call ends the drill in the very write that places it.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from uuid6 import uuid7

from smartward.clinical import drill as course
from smartward.clinical.audit import About
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.call_point import CLASS_OF, CallPoint
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.drill import (
    Drill,
    DrillCall,
    DrillFault,
    DrillRecord,
    DrillResult,
    DrillStage,
    DrillState,
    StopReason,
)
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.clinical.ward import Ward
from smartward.errors import Misconfigured
from smartward.hub import audit
from smartward.hub.store.model import decode, encode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

log = logging.getLogger("smartward.drill")

KIND, ID, CALL = "drill", "drill", "drill_call"
"""Document kinds: the ward's drill, of which there is one, and the tests of its beds."""
OWN = "own_test"
"""Kind and id of the test that a screen asked for of its own bed. It stands beside the ward's
drill: what that found is not lost by it."""

DUE = "drill"
"""Kind of the deadline of the test that is under way; and of the records, which are due at once."""
_RECORDS = {"record": KIND, "record_own": OWN}
"""Subjects of the deadlines at which a record is made, and of what it is one."""

ENDED = "test_calls.ended"
"""The audit's row that holds the record of a drill."""

_KEPT = 60
"""So many drills are listed; older ones are in the audit for as long as that is kept."""
_HUB = Actor(device_id="hub")


class DrillRefused(Misconfigured):
    """A drill may not begin now; `key` says why."""


# ---------------------------------------------------------------------- beginning and ending


def running(reader: Reader, ward: str) -> Drill | None:
    """The drill that runs now, or a screen's own test: there is never more than one of both."""
    known = (_known(reader, ward, kind) for kind in (KIND, OWN))
    return next((one for one in known if one and one.state is DrillState.RUNNING), None)


def last(reader: Reader, ward: str) -> Drill | None:
    """The ward's drill that runs, or its last one; no screen's own test is one."""
    return _known(reader, ward, KIND)


def _known(reader: Reader, ward: str, kind: str) -> Drill | None:
    stored = reader.get(ward, kind, kind)
    return None if stored is None else decode(stored.body, Drill)


def _kind(drill: Drill) -> str:
    return OWN if drill.only else KIND


def start(tx: Tx, ward: str, by: Actor | None, limit_s: float, only: str = "") -> Drill:
    """Begin a drill of every bed, or of the bed of the screen `only`, which leaves what the ward's
    drill found. Raises DrillRefused while a call is open or a drill runs, where the ward has no
    beds, and for a screen that can test none."""
    if running(tx, ward) is not None:
        raise DrillRefused("drill.refused.running")
    if _calls_open(tx, ward):
        raise DrillRefused("drill.refused.call_open")
    beds = [decode(stored.body, Bed) for stored in tx.all(ward, "bed")]
    if not beds:
        raise DrillRefused("drill.refused.no_beds")
    drill = Drill(
        id=str(uuid7()),
        state=DrillState.RUNNING,
        started_at=tx.now,
        by=by,
        limit_s=limit_s,
        only=only,
    )
    tests = [call for call in _tests(tx, ward, drill, beds) if only in ("", call.device_id)]
    if only and not tests:
        raise DrillRefused("drill.refused.no_call_here")
    for subject in _RECORDS:  # before it takes the place of what they are made of
        _keep_due(tx, ward, subject)
    for old in own_tests(tx, ward, only) if only else _every(tx, ward):
        tx.delete(ward, CALL, old.id)
    _put_drill(tx, ward, drill)
    for call in tests:
        _put(tx, ward, call)
    _advance(tx, ward)
    return drill


def stop(tx: Tx, ward: str, why: StopReason, by: Actor | None = None) -> bool:
    """End the drill that runs; what it found until now is its record. False: none runs."""
    drill = running(tx, ward)
    if drill is None:
        return False
    _cut(tx, ward, drill, why, by)
    _keep(tx, ward, _kind(drill))
    return True


def heed(tx: Tx, ward: str) -> None:
    """Called in each write: a patient's call ends the drill, and does not wait for it. The record
    is made in a write of its own. A defect here stops no call: it is told in the log."""
    try:
        if not any(_is_call(stored.kind, stored.body) for stored in tx.changed(ward)):
            return
        drill = running(tx, ward)
        if drill is not None:
            _cut(tx, ward, drill, StopReason.CALL, None)
            subject = next(name for name, kind in _RECORDS.items() if kind == _kind(drill))
            tx.deadline_set(ward, DUE, subject, tx.now)
    except (msgspec.MsgspecError, ValueError, TypeError, LookupError, AttributeError):
        log.exception("a drill could not be ended by a call")


def _is_call(kind: str, body: bytes) -> bool:
    return kind == "nurse_call" and is_open(decode(body, NurseCall))


def _calls_open(reader: Reader, ward: str) -> bool:
    return any(_is_call(stored.kind, stored.body) for stored in reader.all(ward, "nurse_call"))


def _cut(tx: Tx, ward: str, drill: Drill, why: StopReason, by: Actor | None) -> None:
    """The drill is over now. Only the test under way is touched: those that were not begun stay as
    they are."""
    drill = replace(drill, state=DrillState.STOPPED, ended_at=tx.now, stop=why, stopped_by=by)
    _put_drill(tx, ward, drill)
    for call in calls_of(tx, ward, drill):
        if course.is_under_way(call):
            _close(tx, ward, course.end(call, tx.now, DrillFault.INTERRUPTED))


# ---------------------------------------------------------------------- the beds, one by one


def _tests(tx: Tx, ward: str, drill: Drill, beds: list[Bed]) -> list[DrillCall]:
    """One for each bedside screen in the order of the beds, and one for each bed without any."""
    screens = sorted(_screens(tx, ward), key=lambda one: (one.label, one.device_id))
    tests: list[DrillCall] = []
    for bed in sorted(beds, key=lambda bed: (bed.order, bed.number, bed.id)):
        own = [s for s in screens if s.role is ScreenRole.BEDSIDE and s.place == bed.id]
        test = DrillCall(
            id="",
            drill_id=drill.id,
            bed_id=bed.id,
            bed=bed.number,
            room_id=bed.room_id,
            room=bed.room,
            order=len(tests),
        )
        tests += [
            replace(
                test,
                id=str(uuid7()),
                order=len(tests) + n,
                device_id="" if screen is None else screen.device_id,
                label="" if screen is None or len(own) == 1 else screen.label,
            )
            for n, screen in enumerate(own or [None])
        ]
    return tests


def _screens(reader: Reader, ward: str) -> list[ScreenStatus]:
    return [decode(stored.body, ScreenStatus) for stored in reader.all(ward, "screen")]


def _every(reader: Reader, ward: str) -> list[DrillCall]:
    return [decode(stored.body, DrillCall) for stored in reader.all(ward, CALL)]


def calls_of(reader: Reader, ward: str, drill: Drill) -> list[DrillCall]:
    """The tests of its beds."""
    return [call for call in _every(reader, ward) if call.drill_id == drill.id]


def own_tests(reader: Reader, ward: str, device_id: str) -> list[DrillCall]:
    """The tests that a screen asked for of its own bed: there is one at most."""
    drill = last(reader, ward)
    beside = [c for c in _every(reader, ward) if drill is None or c.drill_id != drill.id]
    return [call for call in beside if call.device_id == device_id]


def _put_drill(tx: Tx, ward: str, drill: Drill) -> None:
    tx.put(ward, _kind(drill), _kind(drill), drill)


def _put(tx: Tx, ward: str, call: DrillCall) -> None:
    tx.put(ward, CALL, call.id, call, bed=call.bed_id, room=call.room_id)


def _advance(tx: Tx, ward: str) -> None:
    """Order the next test. Beds that cannot be tested are told of and passed over."""
    drill = running(tx, ward)
    if drill is None:
        return
    screens = _screens(tx, ward)
    waiting = [c for c in calls_of(tx, ward, drill) if c.stage is DrillStage.WAITING]
    for call in sorted(waiting, key=lambda one: one.order):
        mine = next((one for one in screens if one.device_id == call.device_id), None)
        if mine is not None and mine.online:
            _put(tx, ward, _ordered(call, tx.now, screens))
            _limit(tx, ward, call, drill)
            return
        fault = DrillFault.SCREEN_AWAY if call.device_id else DrillFault.NO_SCREEN
        _close(tx, ward, course.end(call, tx.now, fault))
    _put_drill(tx, ward, replace(drill, state=DrillState.DONE, ended_at=tx.now))
    _keep(tx, ward, _kind(drill))


def _ordered(call: DrillCall, now: datetime, screens: list[ScreenStatus]) -> DrillCall:
    stations = [one for one in screens if one.role is ScreenRole.STATION]
    doors = [s for s in screens if s.role is ScreenRole.DOOR and s.place == call.room_id]
    return course.order(
        call,
        now,
        station=any(one.online for one in stations),
        doors=tuple(one.device_id for one in doors if one.online),
        door_away=any(not one.online for one in doors),
    )


def _limit(tx: Tx, ward: str, call: DrillCall, drill: Drill) -> None:
    tx.deadline_set(ward, DUE, call.id, tx.now + timedelta(seconds=drill.limit_s))


def _close(tx: Tx, ward: str, call: DrillCall) -> None:
    """Store a test that is over, with what is known of the bed's wired call units."""
    points = (decode(one.body, CallPoint) for one in tx.of_bed(ward, "call_point", call.bed_id))
    if any(one.lost_since is not None and one.kind in CLASS_OF for one in points):
        call = course.end(call, tx.now, DrillFault.UNIT_LOST)
    tx.deadline_clear(ward, DUE, call.id)
    _put(tx, ward, call)


def tell(tx: Tx, ward: str, call: DrillCall, change: Callable[[DrillCall], DrillCall]) -> None:
    """Take a screen's word, and go on to the next bed where that was the last that was missing."""
    drill = running(tx, ward)
    new = change(call)
    if drill is None or drill.id != call.drill_id or new == call:
        return
    if not course.is_through(new):
        _put(tx, ward, new)
        if new.stage is not call.stage:
            _limit(tx, ward, new, drill)
        return
    _close(tx, ward, course.end(new, tx.now))
    _advance(tx, ward)


def due(
    tx: Tx, ward: str, subject: str, away: Callable[[str], bool] = lambda device_id: False
) -> None:
    """A deadline of `DUE` has come: whoever has not told by now fails the bed. `away`: whether it
    is known that a device has no feed, sooner than the ward is told of it."""
    if subject in _RECORDS:
        _keep_due(tx, ward, subject)
        return
    tx.deadline_clear(ward, DUE, subject)
    stored = tx.get(ward, CALL, subject)
    call = None if stored is None else decode(stored.body, DrillCall)
    drill = running(tx, ward)
    if call is None or drill is None or not course.is_under_way(call):
        return
    faults = course.overdue(call)
    if DrillFault.SCREEN_SILENT in faults and (
        away(call.device_id) or not _online(tx, ward, call.device_id)
    ):
        faults = (DrillFault.SCREEN_AWAY,)
    _close(tx, ward, course.end(call, tx.now, *faults))
    _advance(tx, ward)


def _online(reader: Reader, ward: str, device_id: str) -> bool:
    stored = reader.get(ward, "screen", device_id)
    return stored is not None and decode(stored.body, ScreenStatus).online


# ---------------------------------------------------------------------- the record


def record_of(reader: Reader, ward: str, now: datetime) -> DrillRecord | None:
    """The record of the ward's last drill; None before the first, and while one runs."""
    drill = last(reader, ward)
    return None if drill is None else _record(reader, ward, drill, now)


def _record(reader: Reader, ward: str, drill: Drill, now: datetime) -> DrillRecord | None:
    if drill.state is DrillState.RUNNING:
        return None
    known = reader.get(ward, "ward", ward)
    name = ward if known is None else decode(known.body, Ward).name
    return course.record(drill, calls_of(reader, ward, drill), name, now)


def _keep_due(tx: Tx, ward: str, subject: str) -> None:
    """Make the record of what a call has ended, where nobody has made it since."""
    if tx.deadline_clear(ward, DUE, subject):
        _keep(tx, ward, _RECORDS[subject])


def _keep(tx: Tx, ward: str, kind: str) -> None:
    """Put the record into the audit, once, and list it."""
    drill = _known(tx, ward, kind)
    record = None if drill is None else _record(tx, ward, drill, tx.now)
    listed = kept(tx, ward)
    if drill is None or record is None or any(one["id"] == record.id for one in listed):
        return
    by = _HUB if drill.by is None else drill.by
    counts = {str(result): record.count(result) for result in DrillResult}
    told = {
        **{result: str(count) for result, count in counts.items()},
        "record": encode(record).decode(),
    }
    row = audit.record(tx, ward, by, ENDED, About(kind=KIND, id=record.id, detail=told))
    if drill.only:
        return  # of one bed: it is none of the ward's
    begun, state = record.started_at.isoformat(), str(record.state)
    entry = {"id": record.id, "seq": row.seq, "started_at": begun, "state": state, **counts}
    tx.meta_set(_list(ward), json.dumps([*listed, entry][-_KEPT:]))


def _list(ward: str) -> str:
    return f"drills.{ward}"


def kept(reader: Reader, ward: str) -> list[dict[str, object]]:
    """The drills that are listed, oldest first: `id`, `seq` of the audit's row, `started_at`,
    `state` and how many beds had each result."""
    known = reader.meta_get(_list(ward))
    found: list[dict[str, object]] = [] if known is None else json.loads(known)
    return found
