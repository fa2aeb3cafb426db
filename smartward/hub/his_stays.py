"""What becomes of a stay that the HIS tells: it comes, moves and ends with all that belongs to it.

What was set about the person (profile, silence, what opens their layer) and their alerts go with
the patient from bed to bed and end with the stay, in the very write that ends it. A call stays with
the bed: somebody there has asked.
"""

import dataclasses

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, CloseReason
from smartward.clinical.encounter import Encounter
from smartward.clinical.patient_key import PatientKey, wristband_hash
from smartward.clinical.silence import Silence, SilenceReason
from smartward.hub.facts import DEPENDENT
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.ward_entries import is_ours


def put_stay(tx: Tx, ward: str, encounter: Encounter, rooms: dict[str, str]) -> None:
    """Take over a stay as the HIS has it now. `rooms` are the ward's beds, each with its room."""
    bed = encounter.bed_id if encounter.bed_id in rooms else None
    room = rooms.get(bed) if bed is not None else None
    stored = tx.get(ward, "encounter", encounter.id)
    before = None if stored is None else decode(stored.body, Encounter)
    if before is not None and before.patient.id != encounter.patient.id:
        _forget_told(tx, ward, encounter.id)
    if before is not None:
        stayed = before.bed_id == encounter.bed_id
        since = before.in_bed_since if stayed else tx.now
        encounter = dataclasses.replace(encounter, in_bed_since=since)
    tx.put(ward, "encounter", encounter.id, encounter, bed=bed, room=room)
    if stored is not None and (stored.bed, stored.room) != (bed, room):
        tx.move_encounter(ward, encounter.id, bed, room)
    _put_key(tx, ward, encounter, bed, room)
    died = encounter.patient.deceased and not (before and before.patient.deceased)
    _put_silence(tx, ward, encounter.id, died, bed, room)


def _forget_told(tx: Tx, ward: str, encounter_id: str) -> None:
    """The stay was put right to be another person's: what the HIS told of the first one goes, and
    the alerts it raised. What was entered at the ward is about who lies there, and stays."""
    end_alerts(tx, ward, encounter_id)
    for stored in tx.of_encounter(ward, encounter_id):
        if stored.kind in DEPENDENT and not is_ours(stored.id):
            tx.delete(ward, stored.kind, stored.id)


def _put_key(tx: Tx, ward: str, encounter: Encounter, bed: str | None, room: str | None) -> None:
    """The wristband by the HIS's number; a PIN that was set is kept."""
    stored = tx.get(ward, "patient_key", encounter.id)
    pin = None if stored is None else decode(stored.body, PatientKey).pin
    number = encounter.patient.identifier
    wristband = None if not number else wristband_hash(encounter.id, number)
    put_key(
        tx, ward, PatientKey(encounter_id=encounter.id, wristband=wristband, pin=pin), bed, room
    )


def put_key(tx: Tx, ward: str, key: PatientKey, bed: str | None, room: str | None) -> bool:
    """Keep what opens a layer; where nothing does there is no document. Whether that is new."""
    if key.wristband is None and key.pin is None:
        return tx.delete(ward, "patient_key", key.encounter_id)
    return tx.put(ward, "patient_key", key.encounter_id, key, bed=bed, room=room)


def _put_silence(
    tx: Tx, ward: str, encounter_id: str, died: bool, bed: str | None, room: str | None
) -> None:
    """A death that is news begins a silence. The HIS ends none: a record that is corrected may be
    wrong once more, and a person who ended one is not overruled by the next poll."""
    stored = tx.get(ward, "silence", encounter_id)
    if stored is not None:
        silence = dataclasses.replace(decode(stored.body, Silence), bed_id=bed)
        if died:
            silence = dataclasses.replace(silence, reason=SilenceReason.DECEASED)
    elif died:
        silence = Silence(
            encounter_id=encounter_id, bed_id=bed, reason=SilenceReason.DECEASED, since=tx.now
        )
    else:
        return
    begin_silence(tx, ward, silence, bed, room)


def begin_silence(tx: Tx, ward: str, silence: Silence, bed: str | None, room: str | None) -> bool:
    """Keep a silence and end the alerts of its stay at once. Whether it is new or another."""
    new = tx.put(ward, "silence", silence.encounter_id, silence, bed=bed, room=room)
    if new:
        end_alerts(tx, ward, silence.encounter_id)
    return new


def end_alerts(tx: Tx, ward: str, encounter_id: str) -> None:
    """Every alert about a stay goes off. Its last state goes into the history before it goes."""
    for stored in tx.of_encounter(ward, encounter_id):
        if stored.kind == "alert":
            over = lifecycle.end(decode(stored.body, Alert), tx.now, CloseReason.SUBJECT_GONE)
            tx.put(ward, "alert", stored.id, over, bed=stored.bed, room=stored.room)
            tx.delete(ward, "alert", stored.id)


def end_stay(tx: Tx, ward: str, encounter_id: str) -> None:
    """A stay is over, or never was: it leaves with all that belongs to it."""
    end_alerts(tx, ward, encounter_id)
    for stored in tx.of_encounter(ward, encounter_id):
        tx.delete(ward, stored.kind, stored.id)
