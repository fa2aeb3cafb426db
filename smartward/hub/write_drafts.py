"""The drafts that a document makes: what of it the hospital system is told, and who wrote it."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import CareEvent, CareKind
from smartward.clinical.encounter import Encounter
from smartward.clinical.his_write import WriteKind
from smartward.clinical.line import Line
from smartward.clinical.nurse_call import CallReason, NurseCall
from smartward.clinical.observation_entry import ObservationEntry, SignStatus, sign_key
from smartward.clinical.patient_answer import PatientAnswer
from smartward.clinical.plan import PlanStatus
from smartward.clinical.plan_mark import PlanMark
from smartward.his.drafts import (
    LEFT_OUT,
    MEASURED,
    AdministrationDraft,
    AnswerDraft,
    CareDraft,
    Draft,
    NurseCallDraft,
    ObservationDraft,
    TaskDraft,
)
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.reader import Reader

KINDS = ("nurse_call", "observation_entry", "plan_mark", "patient_answer", "care_event")
"""Document kinds of which the hospital system is told."""


class Note(msgspec.Struct, frozen=True):
    """What the ward must know of a draft that the hospital system will not have."""

    by: Actor | None = None
    encounter_id: str | None = None
    bed_id: str | None = None


Queued = tuple[WriteKind, Draft, Note]


def drafts(reader: Reader, ward: str, source: str, stored: Stored) -> Iterator[Queued]:
    """What is to be told of a document. Of a stay that `source` does not know nothing is."""
    match stored.kind:
        case "nurse_call":
            yield from _call(reader, ward, decode(stored.body, NurseCall))
            return
        case "observation_entry":
            made = _signs(decode(stored.body, ObservationEntry))
        case "plan_mark":
            made = _mark(decode(stored.body, PlanMark))
        case "care_event":
            made = _care(reader, ward, decode(stored.body, CareEvent))
        case _:
            made = _answer(decode(stored.body, PatientAnswer))
    for kind, draft, by in made:
        stay = str(draft.encounter_id)
        patient = _patient(reader, ward, stay)
        if patient is not None and patient.startswith(f"{source}."):
            about = msgspec.structs.replace(Note(by=by, encounter_id=stay), bed_id=stored.bed)
            yield kind, _of(draft, patient), about


def _patient(reader: Reader, ward: str, encounter_id: str | None) -> str | None:
    stored = None if encounter_id is None else reader.get(ward, "encounter", encounter_id)
    return None if stored is None else decode(stored.body, Encounter).patient.id


def _of(draft: Draft, patient: str) -> Draft:
    return replace(draft, patient_id=patient)


def _call(reader: Reader, ward: str, call: NurseCall) -> Iterator[Queued]:
    """A line that was lost is nobody's call."""
    if call.reason is CallReason.LINE_LOST:
        return
    accepted = call.accepted_by
    draft = NurseCallDraft(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        encounter_id=call.encounter_id,
        patient_id=_patient(reader, ward, call.encounter_id),
        accepted_by=None if accepted is None else accepted.person_id,
        closed_at=call.closed_at,
    )
    note = Note(by=accepted, encounter_id=call.encounter_id, bed_id=call.bed_id)
    yield WriteKind.NURSE_CALL, draft, note


Made = Iterator[tuple[WriteKind, Draft, Actor | None]]


def _signs(entry: ObservationEntry) -> Made:
    for sign in entry.signs:
        draft = ObservationDraft(
            id=sign_key(entry.id, sign),
            encounter_id=entry.encounter_id,
            patient_id="",
            sign=sign.name,
            values=sign.values,
            taken_at=entry.taken_at,
            entered_at=sign.at,
            device_id=sign.by.device_id,
            by=sign.by.person_id,
            withdrawn=sign.status is SignStatus.ENTERED_IN_ERROR,
        )
        yield WriteKind.OBSERVATION, draft, sign.wrong_by or sign.by


def _mark(mark: PlanMark) -> Made:
    if mark.medicine:
        dose = AdministrationDraft(
            id=mark.mark_id,
            item_id=mark.id,
            encounter_id=mark.encounter_id,
            patient_id="",
            given=mark.status is PlanStatus.DONE,
            at=mark.at,
            due_at=mark.due_at,
            by=mark.by.person_id,
            reason=mark.reason,
            withdrawn=mark.withdrawn,
        )
        yield WriteKind.ADMINISTRATION, dose, mark.by
        return
    task = TaskDraft(
        id=mark.mark_id,
        item_id=mark.id,
        encounter_id=mark.encounter_id,
        patient_id="",
        status=mark.before if mark.withdrawn else mark.status,
        at=mark.at,
        by=mark.by.person_id,
        reason=None if mark.withdrawn else mark.reason,
        withdrawn=mark.withdrawn,
    )
    yield WriteKind.NURSING_TASK, task, mark.by


def _answer(answer: PatientAnswer) -> Made:
    draft = AnswerDraft(
        id=answer.id,
        encounter_id=answer.encounter_id,
        patient_id="",
        question=answer.question,
        value=answer.value,
        at=answer.at,
    )
    yield WriteKind.ANSWER, draft, None


def _care(reader: Reader, ward: str, event: CareEvent) -> Made:
    if event.kind is CareKind.LIMITS_ASKED:
        return
    if event.kind is CareKind.REVIEWED and event.about not in LEFT_OUT:
        return
    if event.kind is CareKind.AS_NEEDED:
        yield WriteKind.ADMINISTRATION, _dose(event), event.wrong_by or event.by
        return
    line = _line(reader, ward, event)
    draft = CareDraft(
        id=event.id,
        encounter_id=event.encounter_id,
        patient_id="",
        kind=event.kind,
        at=event.at,
        recorded_at=event.recorded_at,
        device_id=event.by.device_id,
        by=event.by.person_id,
        position=event.position,
        needs=event.needs,
        volume_ml=event.volume_ml,
        step=event.step,
        restraint=event.restraint,
        poss=event.poss,
        deed=event.deed,
        vip=event.vip,
        missed=event.missed,
        measures=event.measures,
        about=event.about,
        line=None if line is None else line.kind,
        site=None if line is None else line.site,
        withdrawn=event.status is SignStatus.ENTERED_IN_ERROR,
    )
    kind = WriteKind.CARE_VALUE if event.kind in MEASURED else WriteKind.CARE
    yield kind, draft, event.wrong_by or event.by


def _dose(event: CareEvent) -> AdministrationDraft:
    """A medicine given as needed: `about` is its order. Why a limit did not hold stays here."""
    return AdministrationDraft(
        id=event.id,
        item_id=event.about or "",
        encounter_id=event.encounter_id,
        patient_id="",
        given=True,
        at=event.at,
        due_at=event.at,
        by=event.by.person_id,
        withdrawn=event.status is SignStatus.ENTERED_IN_ERROR,
    )


def _line(reader: Reader, ward: str, event: CareEvent) -> Line | None:
    """The line that was cared for, where it is still known."""
    if event.kind is not CareKind.LINE_CARE or event.about is None:
        return None
    stored = reader.get(ward, "line", event.about)
    return None if stored is None else decode(stored.body, Line)
