"""Whom to tell of a patient: see CONTACT."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from smartward.clinical.contact import Contact, Relation
from smartward.clinical.words import Wording
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.elements import Concept, ContactPoint, HumanName
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.mapping_form import ABSENT
from smartward.his.fhir.names import best_name, full_name
from smartward.his.fhir.resources import Patient, PatientContact, RelatedPerson
from smartward.his.fhir.setting import Setting

MOST = 4
"""Of each patient so many at most."""

CONTACT = Mapped(
    Contact,
    "Relative or carer",
    (
        Field(
            "name",
            ("RelatedPerson.name", "Patient.contact.name"),
            "empty; without a number too: left out",
            how="chosen and written as a patient's",
        ),
        Field(
            "relation",
            ("RelatedPerson.relationship", "Patient.contact.relationship"),
            "none",
            ("contact",),
            how="of several the nearest; what no table knows in the hospital's words",
        ),
        Field(
            "phone",
            ("RelatedPerson.telecom", "Patient.contact.telecom"),
            "none",
            how="of system phone or sms and not use old, in its period: the lowest rank, then "
            "mobile, home, work",
        ),
    ),
    notes=f"At most {MOST}, RelatedPersons first; one of both with the same name or number is one. "
    "Left out: `RelatedPerson.active` false, a `RelatedPerson.period` or `Patient.contact.period` "
    f"that is over, and whose relationship has the word `{ABSENT}` (an insurance, an employer). "
    "One that cannot be read is left out by itself. Told to the station alone.",
)

_USES = ("mobile", "home", "work", "temp", None)
_NO_NUMBER = re.compile(r"[^\d+]")
_ONE_BY_ONE = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(PatientContact)


def contacts(chart: Chart, patient: Patient, setting: Setting) -> tuple[Contact, ...]:
    """The people to tell of a patient, each once."""
    found: list[Contact] = []
    for one in _told(chart, patient, setting):
        same = next((n for n, known in enumerate(found) if _same(known, one)), None)
        if same is None:
            found.append(one)
        else:
            found[same] = _joined(found[same], one)
    return tuple(found[:MOST])


def _told(chart: Chart, patient: Patient, setting: Setting) -> Iterator[Contact]:
    for person in chart.all(RelatedPerson):
        if person.active and times.current(person.period, setting.now, setting.zone):
            yield from _made(person.name, person.relationship, person.telecom, setting)
    for one in _decoded(patient.contact):
        if times.current(one.period, setting.now, setting.zone):
            names = () if one.name is None else (one.name,)
            yield from _made(names, one.relationship, one.telecom, setting)


def _decoded(raw: msgspec.Raw) -> Iterator[PatientContact]:
    try:
        parts = _ONE_BY_ONE.decode(raw)
    except msgspec.DecodeError:
        return
    for part in parts:
        try:
            yield _ONE.decode(part)
        except msgspec.DecodeError:
            continue


def _made(
    names: Iterable[HumanName],
    relations: Iterable[Concept],
    telecom: Iterable[ContactPoint],
    setting: Setting,
) -> Iterator[Contact]:
    words = [(setting.book.word("contact", one), one) for one in relations]
    if any(word == ABSENT for word, _ in words):
        return
    first = setting.book.texts("person", "name_first")
    name = best_name(names, setting.now, setting.zone, first)
    phone = _phone(telecom, setting)
    shown = "" if name is None else full_name(name)
    if shown or phone is not None:
        yield Contact(name=shown, relation=_relation(words), phone=phone)


def _relation(words: Iterable[tuple[str | None, Concept]]) -> Wording | None:
    told = list(words)
    known = {word for word, _ in told}
    nearest = next((one for one in Relation if one.value in known), None)
    if nearest is not None:
        return Wording(key=f"contact.{nearest.value}")
    text = next((one.words for _, one in told if one.words), None)
    return None if text is None else Wording(his=text)


def _phone(telecom: Iterable[ContactPoint], setting: Setting) -> str | None:
    fit = [
        one
        for one in telecom
        if one.system in ("phone", "sms")
        and one.use in _USES
        and one.value is not None
        and one.value.strip()
        and times.current(one.period, setting.now, setting.zone)
    ]
    best = min(fit, key=lambda one: (one.rank or 99, _USES.index(one.use)), default=None)
    number = None if best is None else best.value
    return None if number is None else " ".join(number.split())


def _same(one: Contact, other: Contact) -> bool:
    if one.name and other.name:
        return one.name == other.name
    return _digits(one) == _digits(other) != ""


def _digits(one: Contact) -> str:
    return _NO_NUMBER.sub("", one.phone or "")


def _joined(one: Contact, other: Contact) -> Contact:
    return replace(
        one,
        name=one.name or other.name,
        relation=one.relation or other.relation,
        phone=one.phone or other.phone,
    )
