"""What the ward said itself, beside what the hospital system tells of the same thing."""

import dataclasses
from datetime import datetime

from smartward.clinical.care_event import CareEvent
from smartward.clinical.his_write import WriteKind
from smartward.clinical.observation import VitalSign
from smartward.clinical.observation_entry import (
    SOURCE,
    ObservationEntry,
    SignStatus,
    current,
    set_of,
    sign_key,
)
from smartward.clinical.patient_answer import PatientAnswer
from smartward.clinical.plan import PlanItem
from smartward.clinical.plan_mark import PlanMark, marked
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.store.write_table import UNSETTLED


def is_ours(id: str) -> bool:
    """Whether a document was entered at a ward: the hospital system may not know it yet."""
    return id.startswith(f"{SOURCE}.")


def key_of(id: str) -> str:
    """What a sign that was entered at a ward is called wherever it goes, by its document's id."""
    return id.removeprefix(f"{SOURCE}.")


def document_of(key: str) -> str:
    """The id of the document of a sign that was entered at a ward."""
    return f"{SOURCE}.{key}"


def mark_kind(mark: PlanMark) -> WriteKind:
    """As what a mark is told."""
    return WriteKind.ADMINISTRATION if mark.medicine else WriteKind.NURSING_TASK


def beside(tx: Tx, ward: str, body: object) -> object | None:
    """What the hospital system tells, with the ward's own word on it; None: the ward has taken it
    back, which the hospital system has not heard yet, or it says of another stay what was entered
    for one."""
    if isinstance(body, PlanItem):
        return _marked(tx, ward, body)
    if isinstance(body, VitalSign) and is_ours(body.id):
        return body if _stands(tx, ward, body) else None
    return body


def _marked(tx: Tx, ward: str, item: PlanItem) -> PlanItem:
    stored = tx.get(ward, "plan_mark", item.id)
    if stored is None:
        return item
    mark = decode(stored.body, PlanMark)
    if mark.told is not item.status:
        mark = dataclasses.replace(mark, told=item.status)
        tx.put(ward, "plan_mark", item.id, mark, bed=stored.bed, room=stored.room)
    own = mark.withdrawn and not mark.removed and item.status is mark.status
    if own and _untold(tx, ward, mark):
        return dataclasses.replace(item, status=mark.before, done_at=None)
    return marked(item, mark)


def _untold(reader: Reader, ward: str, mark: PlanMark) -> bool:
    """Whether the hospital system has still to hear the last of a mark: what it says of the item
    until then is our own word come back."""
    entry = reader.queue_get(ward, mark_kind(mark), mark.mark_id)
    return entry is not None and entry.state in UNSETTLED


def _stands(reader: Reader, ward: str, body: VitalSign) -> bool:
    """Whether a sign that comes back was not taken back meanwhile, and is its patient's still: a
    copy of it under another stay takes it from nobody. Of another ward's nothing is known here."""
    key = key_of(body.id)
    stored = reader.get(ward, "observation_entry", set_of(key) or "")
    if stored is None:
        known = reader.get(ward, "vital_sign", body.id)
        return known is None or decode(known.body, VitalSign).encounter_id == body.encounter_id
    entry = decode(stored.body, ObservationEntry)
    return entry.encounter_id == body.encounter_id and any(
        sign_key(entry.id, sign) == key for sign in current(entry)
    )


def forget(tx: Tx, ward: str, before: datetime) -> None:
    """Let go of what was entered before; the history keeps it."""
    _forget_care(tx, ward, before)
    for stored in tx.all(ward, "observation_entry"):
        if decode(stored.body, ObservationEntry).taken_at < before:
            tx.delete(ward, stored.kind, stored.id)
    for stored in tx.all(ward, "plan_mark"):
        if decode(stored.body, PlanMark).at < before:
            tx.delete(ward, stored.kind, stored.id)
    for stored in tx.all(ward, "patient_answer"):
        if decode(stored.body, PatientAnswer).at < before:
            tx.delete(ward, stored.kind, stored.id)


def _forget_care(tx: Tx, ward: str, before: datetime) -> None:
    """Of what was done, the last of each kind that stands is kept as long as the stay: a plan
    against falls holds for weeks."""
    events = [decode(stored.body, CareEvent) for stored in tx.all(ward, "care_event")]
    events.sort(key=lambda one: (one.at, one.id))
    latest = {
        (one.encounter_id, one.kind, one.about): one.id
        for one in events
        if one.status is SignStatus.FINAL
    }
    for one in events:
        if one.at < before and latest.get((one.encounter_id, one.kind, one.about)) != one.id:
            tx.delete(ward, "care_event", one.id)
