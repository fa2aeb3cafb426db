"""What the ward entered and the hospital system has taken away: it counts no more, and is kept.

A sign is marked as entered in error and leaves every screen, a mark is withdrawn and its plan item
is again as the hospital system has it; both say that it was removed there, and by nobody here. Who
wrote it is asked (`his_write`), and may say that it stands: then it is told anew.
"""

import dataclasses

from smartward.clinical.his_write import Trouble, WriteKind
from smartward.clinical.observation_entry import (
    ObservationEntry,
    removed,
    restored,
    set_of,
    vital_sign,
)
from smartward.clinical.plan import PlanItem, PlanStatus
from smartward.clinical.plan_mark import PlanMark, marked
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.sqlite import Tx
from smartward.hub.store.write_table import QueuedWrite, QueueState
from smartward.hub.ward_entries import document_of
from smartward.hub.write_queue import trouble

REMOVED = "his.write.removed"


def take_away(tx: Tx, ward: str, kind: WriteKind, id: str) -> bool:
    """What the ward told is no more at the hospital system. Gives whether it stood here."""
    entry = tx.queue_get(ward, kind, id)
    if entry is None or entry.state is not QueueState.TOLD:
        return False
    stood = _sign_goes if kind is WriteKind.OBSERVATION else _mark_goes
    if not stood(tx, ward, entry):
        return False
    # Its row says that a person is asked, so that what is queued for it now is not told.
    trouble(tx, entry, Trouble.REMOVED, REMOVED, "")
    return True


def stand_again(tx: Tx, ward: str, entry: QueuedWrite) -> bool:
    """A person says that it stands all the same. False where it is no longer kept, or another
    stands in its place."""
    stands = _sign_stands if entry.kind == WriteKind.OBSERVATION else _mark_stands
    return stands(tx, ward, entry)


def _sign_goes(tx: Tx, ward: str, row: QueuedWrite) -> bool:
    stored = tx.get(ward, "observation_entry", set_of(row.id) or "")
    before = None if stored is None else decode(stored.body, ObservationEntry)
    after = None if before is None else removed(before, row.id, tx.now)
    if stored is None or after is None:
        return False
    _put(tx, ward, stored, after)
    for sign in after.signs:
        if sign.removed:
            tx.delete(ward, "vital_sign", vital_sign(after, sign).id)
    return True


def _sign_stands(tx: Tx, ward: str, row: QueuedWrite) -> bool:
    stored = tx.get(ward, "observation_entry", set_of(row.id) or "")
    after = None if stored is None else restored(decode(stored.body, ObservationEntry), row.id)
    if stored is None or after is None:
        return False
    _put(tx, ward, stored, after)
    signs = {one.id: one for one in (vital_sign(after, sign) for sign in after.signs)}
    sign = signs[document_of(row.id)]
    tx.put(ward, "vital_sign", sign.id, sign, bed=stored.bed, room=stored.room)
    return True


def _mark_goes(tx: Tx, ward: str, row: QueuedWrite) -> bool:
    found = _mark_of(tx, ward, row)
    if found is None or found[1].withdrawn:
        return False
    stored, mark = found
    status = mark.before if mark.told is mark.status else mark.told
    after = dataclasses.replace(mark, withdrawn=True, removed=True, before=status)
    _put(tx, ward, stored, after)
    _put_item(tx, ward, after, status)
    return True


def _mark_stands(tx: Tx, ward: str, row: QueuedWrite) -> bool:
    found = _mark_of(tx, ward, row)
    if found is None or not found[1].removed:
        return False
    stored, mark = found
    after = dataclasses.replace(mark, withdrawn=False, removed=False)
    _put(tx, ward, stored, after)
    _put_item(tx, ward, after, mark.before)
    return True


def _mark_of(tx: Tx, ward: str, row: QueuedWrite) -> tuple[Stored, PlanMark] | None:
    """A mark by its own id: a later one of the same plan item is another."""
    for stored in tx.all(ward, "plan_mark"):
        mark = decode(stored.body, PlanMark)
        if mark.mark_id == row.id:
            return stored, mark
    return None


def _put_item(tx: Tx, ward: str, mark: PlanMark, status: PlanStatus) -> None:
    stored = tx.get(ward, "plan_item", mark.id)
    if stored is not None:
        item = dataclasses.replace(decode(stored.body, PlanItem), status=status, done_at=None)
        _put(tx, ward, stored, marked(item, mark))


def _put(tx: Tx, ward: str, stored: Stored, body: object) -> None:
    tx.put(ward, stored.kind, stored.id, body, bed=stored.bed, room=stored.room)
