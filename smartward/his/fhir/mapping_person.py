"""Who the patient is: see PATIENT."""

from collections.abc import Iterable

from smartward.clinical.encounter import Patient as Person
from smartward.clinical.encounter import Sex
from smartward.his.fhir import times
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Meta
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.names import alias_of, best_name, family_of, full_name
from smartward.his.fhir.reject import MISSING, Reject
from smartward.his.fhir.resources import Patient
from smartward.his.fhir.setting import Setting

PATIENT = Mapped(
    Person,
    "Patient",
    (
        Field("id", ("Patient.id",), "rejected"),
        Field(
            "name",
            (
                "Patient.name.text",
                "Patient.name.family",
                "Patient.name.given",
                "Patient.name.use",
                "Patient.name.period",
                "Patient.name.extension",
            ),
            "rejected: missing; the bed says that bed and record disagree",
            ("person",),
            how="the uses of `[person] name_first`, then official, usual, none told, nickname, "
            "temp, anonymous; never old or maiden, never one whose period is over; ideographic "
            "before letters. Without text: family and given name, joined where the family name is "
            "Han or Hangul, else the given name first",
        ),
        Field(
            "family",
            ("Patient.name.family", "Patient.name._family"),
            "empty: read off a Han name where a name is masked (two-character surnames are known)",
            how="of the name that is shown; put together from humanname-own-name and its like "
            "where only these are told",
        ),
        Field("sex", ("Patient.gender",), "unknown"),
        Field(
            "birth_date",
            ("Patient.birthDate",),
            "None: no age is shown",
            how="as exact as it came: 1959, 1959-03 or 1959-03-02",
        ),
        Field(
            "identifier",
            (
                "Patient.identifier.value",
                "Patient.identifier.type",
                "Patient.identifier.use",
            ),
            "None",
            how="type MR, else use usual, else the first; never use old",
        ),
        Field("language", ("Patient.communication.language",), "None", how="the preferred one"),
        Field(
            "alias",
            ("Patient.name.use",),
            "empty",
            how="a name of use anonymous, else nickname, is said in place of the real one",
        ),
        Field(
            "protected",
            ("Patient.meta.security", "Encounter.meta.security"),
            "False",
            ("protected",),
        ),
        Field(
            "deceased",
            ("Patient.deceasedBoolean", "Patient.deceasedDateTime"),
            "False",
            how="a date of death, however exact, is a death",
        ),
    ),
    notes="`Patient.telecom`, `address` and `photo` are not read at all; `Patient.contact`: "
    "see Relative or carer.",
)


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
