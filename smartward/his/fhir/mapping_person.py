"""Who the patient is.

| ours | FHIR | where absent |
|---|---|---|
| name | Patient.name: the uses of `[person] name_first`, then official, usual, any; never old or \
maiden | rejected: MISSING, on Patient |
| alias | Patient.name of use anonymous, else nickname | "" |
| protected | Patient.meta.security, Encounter.meta.security by `[protected]` | False |
| deceased | deceasedDateTime (however exact), deceasedBoolean | False |
| identifier | Patient.identifier of type MR, else use usual, else the first | None |
| language | Patient.communication: the preferred one, else the first | None |
"""

from collections.abc import Iterable

from smartward.clinical.encounter import Patient as Person
from smartward.clinical.encounter import Sex
from smartward.his.fhir import times
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Meta
from smartward.his.fhir.names import alias_of, best_name, family_of, full_name
from smartward.his.fhir.reject import MISSING, Reject
from smartward.his.fhir.resources import Patient
from smartward.his.fhir.setting import Setting


def person(patient: Patient, setting: Setting, stay: Meta | None = None) -> Person:
    """The patient, with what the labels of their stay say. Raises Reject(MISSING) when no name can
    be shown."""
    first = setting.book.texts("person", "name_first")
    name = best_name(patient.name, setting.now, setting.zone, first)
    if name is None:
        raise Reject(MISSING, "Patient.name")
    sex = patient.gender if patient.gender in tuple(Sex) else Sex.UNKNOWN
    labels = (patient.meta, stay) if stay is not None else (patient.meta,)
    return Person(
        id=setting.id(patient.id),
        name=full_name(name),
        family=family_of(name),
        sex=Sex(sex),
        birth_date=times.partial(patient.birth_date),
        identifier=_number(patient),
        language=_language(patient),
        alias=alias_of(patient.name, setting.now, setting.zone),
        protected=_protected(labels, setting.book),
        deceased=bool(patient.deceased_date_time) or patient.deceased_boolean is True,
    )


def _protected(labels: Iterable[Meta], book: Codebook) -> bool:
    return any(
        book.word("protected", Concept(coding=(label,))) is not None
        for meta in labels
        for label in meta.security
    )


def _language(patient: Patient) -> str | None:
    return next(
        (
            coding.code
            for one in sorted(patient.communication, key=lambda one: not one.preferred)
            for coding in (one.language.coding if one.language else ())
            if coding.code
        ),
        None,
    )


def _number(patient: Patient) -> str | None:
    def rank(n: int) -> tuple[bool, bool, int]:
        one = patient.identifier[n]
        record = any(c.code == "MR" for c in (one.type.coding if one.type else ()))
        return (not record, one.use != "usual", n)

    fit = [
        n for n, one in enumerate(patient.identifier) if one.value is not None and one.use != "old"
    ]
    return patient.identifier[min(fit, key=rank)].value if fit else None
