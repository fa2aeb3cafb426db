"""What the ward entered and the hospital system has taken away: it counts no more, and is kept.

A sign is marked as entered in error and leaves every screen, a mark is withdrawn and its plan item
is again as the hospital system has it; both say that it was removed there, and by nobody here. A
person is asked (`his_write`), and may say that it stands: then it is told anew. What the hospital
system has again stands again, and nobody is asked any more.
"""

import dataclasses

from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import (
    ObservationEntry,
    removed,
    restored,
    set_of,
    vital_sign,
)
from smartward.clinical.plan import PlanItem, PlanStatus
from smartward.clinical.plan_mark import PlanMark, marked
from smartward.hub.store.base import Tx
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.write_table import QueuedWrite, QueueState
from smartward.hub.ward_entries import document_of, is_ours, key_of, mark_kind
from smartward.hub.write_queue import bodies, document_id, trouble

REMOVED = "his.write.removed"
NOT_FOUND = "his.write.not_found"


def take_away(tx: Tx, ward: str, kind: WriteKind, id: str, *, sure: bool = True) -> bool:
    """What the ward told is no more at the hospital system. Gives whether it stood here.

    `sure`: it was deleted or marked as in error there. What was done and is merely not found is
    asked about, and stays done: a dose that seems to be due once more may be given twice.
    """
    entry = tx.queue_get(ward, kind, id)
    if entry is None or entry.state is not QueueState.TOLD:
        return False
    if sure or kind is WriteKind.OBSERVATION:
        stood, why = let_go(tx, ward, entry), REMOVED
    else:
        found = _mark_of(tx, ward, entry)
        stood, why = found is not None and not found[1].withdrawn, NOT_FOUND
    if stood:
        # Its row says that a person is asked, so that what is queued for it now is not told.
        trouble(tx, entry, Trouble.REMOVED, why, "")
    return stood


def let_go(tx: Tx, ward: str, entry: QueuedWrite) -> bool:
    """It counts no more here. Gives whether it stood."""
    goes = _sign_goes if entry.kind == WriteKind.OBSERVATION else _mark_goes
    return goes(tx, ward, entry)


def told_again(tx: Tx, ward: str, body: object) -> None:
    """The hospital system tells a thing: where it is what was removed there, it stands as it was
    told, and nobody is asked any more."""
    row = _row_of(tx, ward, body)
    if row is None or not _was_removed(tx, row) or not stand_again(tx, ward, row):
        return
    sent = bodies(row.tried)
    told = bytes(sent[-1]) if sent else row.body
    tx.queue_put(dataclasses.replace(row, state=QueueState.TOLD, at=tx.now, body=told))
    tx.delete(ward, "his_write", document_id(row))


def _row_of(tx: Tx, ward: str, body: object) -> QueuedWrite | None:
    """The row of what the ward said itself of what is told: of the same stay, and the same."""
    if isinstance(body, PlanItem):
        stored = tx.get(ward, "plan_mark", body.id)
        mark = None if stored is None else decode(stored.body, PlanMark)
        if mark is None or mark.status is not body.status:
            return None
        return tx.queue_get(ward, mark_kind(mark), mark.mark_id)
    if not isinstance(body, VitalSign) or not is_ours(body.id):
        return None
    key = key_of(body.id)
    stored = tx.get(ward, "observation_entry", set_of(key) or "")
    if stored is None or decode(stored.body, ObservationEntry).encounter_id != body.encounter_id:
        return None
    return tx.queue_get(ward, WriteKind.OBSERVATION, key)


def _was_removed(tx: Tx, row: QueuedWrite) -> bool:
    """Whether a person is asked about its removal, or has said that it is right."""
    if row.state is not QueueState.CONFLICT:
        return row.state is QueueState.THEIRS
    asked = tx.get(row.ward, "his_write", document_id(row))
    return asked is not None and decode(asked.body, HisWrite).trouble is Trouble.REMOVED


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
        return found is not None and not found[1].withdrawn
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
