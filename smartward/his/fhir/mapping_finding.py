"""What is said of a stay by a mark: as a Flag, as an order, or as an extension of the hospital's.

Hospitals tell isolation, risks, nursing level and the like in any of the three. All are read as
one list of Flags, so that each table of `his_mapping.toml` is looked up in one place:

- a Flag as it is;
- an active ServiceRequest: its code, from `authoredOn` on, unless it is only proposed or planned;
- an extension of the Encounter or the Patient whose URL `[extension]` gives to a table: its
  CodeableConcept or Coding, its code (system: the extension's URL), its text, or `true` and `false`
  as codes of the extension's URL. It holds as long as it is there.
"""

from collections.abc import Iterable, Iterator

from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import TABLES, Codebook
from smartward.his.fhir.elements import Coding, Concept, Extension, Period
from smartward.his.fhir.mapping_form import EXTENSIBLE
from smartward.his.fhir.reject import CODE, Reject
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.resources import Flag, Patient, Resource, ServiceRequest

_LOOKED_IN = tuple(dict.fromkeys((*EXTENSIBLE, *TABLES)))
_NOT_ORDERED = ("proposal", "plan", "option")


def orders(stay: str, chart: Chart) -> list[ServiceRequest]:
    """The orders in force."""
    return [
        one
        for one in chart.of_stay(ServiceRequest, stay)
        if one.status == "active" and one.intent not in _NOT_ORDERED
    ]


def findings(
    stay: Stay, chart: Chart, ordered: Iterable[ServiceRequest], book: Codebook
) -> list[Flag]:
    """Every mark of a stay but those that were entered in error; `ordered` are its `orders`."""
    flags = [one for one in chart.of_stay(Flag, stay.id) if one.status != "entered-in-error"]
    flags += [
        _mark(one.code, Period(start=one.authored_on)) for one in ordered if one.code is not None
    ]
    flags += extended(stay, chart.patient, book)
    return flags


def extended(stay: Stay, patient: Patient | None, book: Codebook) -> list[Flag]:
    """The marks that are told as extensions."""
    told = (*stay.extension, *(patient.extension if patient is not None else ()))
    return [_mark(concept) for concept in _concepts(told, book)]


def unexplained(stay: str, chart: Chart, book: Codebook) -> Iterator[tuple[Resource, Reject]]:
    """The marks in force whose code nobody explained: it may matter, and is not shown."""
    flags = [one for one in chart.of_stay(Flag, stay) if one.status == "active"]
    marks: list[Flag | ServiceRequest] = [*flags, *orders(stay, chart)]
    for mark in marks:
        if mark.code is not None and not _explained(mark.code, book):
            yield mark, Reject(CODE, "code")
    for told in chart.patient.extension if chart.patient is not None else ():
        table = book.extension(told.url)
        if table is not None and book.word(table, _concept(told)) is None:
            assert chart.patient is not None
            yield chart.patient, Reject(CODE, f"extension [{table}]")


def _explained(code: Concept, book: Codebook) -> bool:
    """Whether a table knows it, or none would have to."""
    if not any(book.is_of_marks(one.system) for one in code.coding):
        return True
    return any(book.word(table, code) is not None for table in _LOOKED_IN)


def _mark(code: Concept, period: Period | None = None) -> Flag:
    return Flag(resource_type="Flag", status="active", code=code, period=period)


def _concepts(told: Iterable[Extension], book: Codebook) -> Iterator[Concept]:
    for one in told:
        table = book.extension(one.url)
        concept = _concept(one) if table is not None else None
        if table is not None and book.word(table, concept) is not None:
            assert concept is not None
            yield concept


def _concept(one: Extension) -> Concept | None:
    code = one.value_code
    if one.value_boolean is not None:
        code = "true" if one.value_boolean else "false"
    if code is not None:
        return Concept(coding=(Coding(system=one.url, code=code),))
    if one.value_coding is not None:
        return Concept(coding=(one.value_coding,))
    if one.value_string is not None:
        return Concept(text=one.value_string)
    return one.value_codeable_concept
