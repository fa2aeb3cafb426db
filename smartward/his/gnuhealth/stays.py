"""Who lies on the ward, and what a nurse must know of them at a glance.

| ours | GNU Health | where absent |
|---|---|---|
| status | `gnuhealth.inpatient.registration` state: confirmed (planned), hospitalized | gone |
| bed_id | bed | rejected: MISSING |
| admitted_at | hospitalization_date | None |
| discharge_at | discharge_date, which is the expected one | None |
| diagnosis | admission_reason | None |
| Patient.name | party: Chinese names as lastname + name, others name lastname | rejected: MISSING |
| birth_date | party.dob; the year alone where it was estimated | None |
| sex | party.gender: m, f; nb and other are other | unknown |
| identifier | party.ref, the PUID | None |
| allergy | active allergies of `gnuhealth.patient.disease`: present | not assessed |
| diet, nil_by_mouth | `gnuhealth.inpatient.diet` by `[nil_by_mouth]` and `[diet]`, the newest; \
else in the hospital's words | not assessed |
| team | attending_physician | nobody |

GNU Health keeps no nursing level, condition mark, isolation, fall or skin risk and no lines for a
stay: they are not assessed. Nobody is protected and nobody has an alias.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from smartward.clinical import precaution
from smartward.clinical.encounter import (
    Assessment,
    CareTeamMember,
    Diet,
    Encounter,
    EncounterStatus,
    Patient,
    Precaution,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.ward import StaffRole
from smartward.clinical.words import Wording
from smartward.his.gnuhealth.rows import (
    MISSING,
    STATUS,
    BedRow,
    ConditionRow,
    DietRow,
    Party,
    ProfessionalRow,
    Reject,
    StayRow,
    logical,
)
from smartward.his.gnuhealth.words import DIETS, Words

OPEN = ("confirmed", "hospitalized")
"""The states of those who are here or expected."""
_STATUS = {
    "confirmed": EncounterStatus.PLANNED,
    "hospitalized": EncounterStatus.IN_PROGRESS,
}
_SEX = {"m": Sex.MALE, "f": Sex.FEMALE, "nb": Sex.OTHER, "other": Sex.OTHER}
_HEALED = ("h",)


@dataclass(slots=True)
class Around:
    """What is known of the stays beside themselves."""

    diets: Mapping[int, DietRow] = field(default_factory=dict)
    allergies: Mapping[int, ConditionRow] = field(default_factory=dict)

    def diets_of(self, stay: int) -> list[DietRow]:
        """Those of a stay, the newest first."""
        return sorted(
            (one for one in self.diets.values() if one.stay == stay), key=_made, reverse=True
        )

    def allergies_of(self, patient: int) -> list[ConditionRow]:
        """Those of a patient that are active."""
        return [
            one
            for one in self.allergies.values()
            if one.patient == patient and one.status not in _HEALED and one.is_active != 0
        ]


def _made(row: DietRow) -> tuple[float, int]:
    return (row.create_date.timestamp() if row.create_date is not None else 0.0, row.id)


def encounter(row: StayRow, around: Around, words: Words, source: str) -> Encounter:
    """A stay's document. Raises Reject."""
    status = _STATUS.get(row.state or "")
    if status is None:
        raise Reject(STATUS, "state")
    if row.patient_id is None or row.bed_id is None:
        raise Reject(MISSING, "patient" if row.patient_id is None else "bed")
    here = status is EncounterStatus.IN_PROGRESS
    diets = around.diets_of(row.id)
    return Encounter(
        id=f"{source}.{logical(StayRow.MODEL, row.id)}",
        patient=_patient(row, source),
        status=status,
        bed_id=f"{source}.{logical(BedRow.MODEL, row.bed_id)}",
        admitted_at=row.hospitalization_date,
        precautions=precaution.slots(
            [*_allergies(around.allergies_of(row.patient_id)), *_fasting(diets, words)]
        ),
        diet=_diet(diets, words),
        team=_team(row, source),
        diagnosis=row.reason.name if row.reason is not None else None,
        discharge_at=row.discharge_date if here else None,
    )


def _patient(row: StayRow, source: str) -> Patient:
    party = row.patient.party if row.patient is not None else None
    name = full_name(party) if party is not None else ""
    if party is None or not name:
        raise Reject(MISSING, "patient.party.name")
    born = party.dob.isoformat() if party.dob is not None else None
    return Patient(
        id=f"{source}.patient-{row.patient_id}",
        name=name,
        family=(party.lastname or "").strip(),
        sex=_SEX.get(party.gender or "", Sex.UNKNOWN),
        birth_date=born[:4] if born is not None and party.est_dob == 1 else born,
        identifier=party.ref,
        deceased=party.deceased == 1,
    )


def full_name(party: Party) -> str:
    """A person's name as one text: joined as Chinese names are, given name first for others."""
    given, family = (" ".join((one or "").split()) for one in (party.name, party.lastname))
    if family and all(unicodedata.name(letter, "").startswith("CJK ") for letter in family):
        return f"{family}{given.replace(' ', '')}"
    return f"{given} {family}".strip()


def _allergies(found: Iterable[ConditionRow]) -> Iterable[Precaution]:
    for one in found:
        name = one.pathology.name if one.pathology is not None else None
        yield Precaution(
            slot=PrecautionSlot.ALLERGY,
            state=Assessment.PRESENT,
            wording=Wording(his=name) if name else None,
        )


def _nil(diet: DietRow, words: Words) -> bool:
    return _word("nil_by_mouth", diet, words) is not None


def _word(table: str, row: DietRow, words: Words) -> str | None:
    if row.diet is None:
        return None
    return words.word(table, DIETS, row.diet.code, row.diet.name)


def _fasting(diets: Collection[DietRow], words: Words) -> Iterable[Precaution]:
    """Present while any diet says so; absent only where every diet is a known other one."""
    nil = [one for one in diets if _nil(one, words)]
    if nil:
        yield Precaution(
            slot=PrecautionSlot.NIL_BY_MOUTH,
            state=Assessment.PRESENT,
            since=min((one.create_date for one in nil if one.create_date), default=None),
        )
    elif diets and all(_word("diet", one, words) for one in diets):
        yield Precaution(slot=PrecautionSlot.NIL_BY_MOUTH, state=Assessment.ABSENT)


def _diet(diets: Collection[DietRow], words: Words) -> Diet | None:
    for one in sorted(diets, key=lambda one: not _nil(one, words)):
        if _nil(one, words):
            wording = Wording(key="diet.nil_by_mouth")
        elif (word := _word("diet", one, words)) is not None:
            wording = Wording(key=f"diet.{word}")
        elif one.diet is not None and one.diet.name:
            wording = Wording(his=one.diet.name)
        else:
            continue
        return Diet(wording=wording, ordered_at=one.create_date)
    return None


def _team(row: StayRow, source: str) -> tuple[CareTeamMember, ...]:
    physician = row.physician
    party = physician.party if physician is not None else None
    name = full_name(party) if party is not None else ""
    if physician is None or party is None or not name:
        return ()
    return (
        CareTeamMember(
            staff_id=f"{source}.{logical(ProfessionalRow.MODEL, physician.id)}",
            name=name,
            role=StaffRole.DOCTOR,
            family=(party.lastname or "").strip(),
        ),
    )
