"""Every field of every document is declared with where it comes from, and the page says so."""

from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from smartward.clinical.bed import Bed
from smartward.clinical.bed_state import BedState
from smartward.clinical.encounter import (
    CareTeamMember,
    Diet,
    Encounter,
    News2Order,
    Patient,
    Precaution,
)
from smartward.clinical.infusion import Infusion
from smartward.clinical.lab_result import LabResult
from smartward.clinical.line import Line
from smartward.clinical.observation import UNITS, Parameter, VitalSign
from smartward.clinical.plan import PlanItem
from smartward.clinical.profile import Profile
from smartward.clinical.score_result import ScoreResult
from smartward.clinical.ward import DutyHours, StaffMember, Ward
from smartward.his.fhir.mapping_fields import Mapped
from smartward.his.fhir.mapping_form import EXTENSIBLE, SETTINGS, TABLES
from smartward.his.fhir.mapping_page import DOCUMENTS, main, page
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.resources import PatientContact

ROOT = Path(__file__).parents[2]
READ = {f"{one.of.__name__}.{field.ours}": field for one in DOCUMENTS for field in one.fields}

TIES = {
    "resourceType", "id", "meta", "status", "intent", "active", "subject", "patient", "for",
    "encounter", "context", "period", "participant", "hasMember", "dataAbsentReason",
}  # fmt: skip
"""What tells whose a resource is and whether it counts: the page says it in words."""


LENIENT: dict[Any, Any] = {msgspec.Raw: tuple[PatientContact, ...]}
"""What is decoded one by one, later."""


def struct_of(hint: Any) -> type[msgspec.Struct] | None:
    """The struct in a hint such as `tuple[Thing, ...]` or `Thing | None`."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint
    if get_origin(hint) in (tuple, Union, UnionType):
        return next((found for one in get_args(hint) if (found := struct_of(one))), None)
    return None


def elements(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """What is decoded of a struct: the FHIR name and its type."""
    hints = get_type_hints(struct)
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    return {fhir: LENIENT.get(hints[ours], hints[ours]) for ours, fhir in names}


@pytest.mark.parametrize("declared", DOCUMENTS, ids=lambda one: one.title)
def test_each_field_of_a_document_is_declared_once(declared: Mapped) -> None:
    assert sorted(field.ours for field in declared.fields) == sorted(declared.names)
    for field in declared.fields:
        assert field.sources or field.tables or field.how or field.absent, field.ours
        assert field.absent or not field.sources, f"{field.ours}: say what is done when absent"


def test_every_document_of_a_hospital_is_declared() -> None:
    documents = {
        Ward, Bed, Encounter, Patient, Profile, Precaution, Diet, CareTeamMember, News2Order,
        VitalSign, LabResult, ScoreResult, BedState, Line, Infusion, PlanItem, StaffMember,
        DutyHours,
    }  # fmt: skip
    assert documents <= {one.of for one in DOCUMENTS}


@pytest.mark.parametrize("name", sorted(READ))
def test_each_source_is_an_element_that_is_read(name: str) -> None:
    for path in READ[name].sources:
        head, *rest = path.split(".")
        struct: type[msgspec.Struct] | None = STRUCTS[head]
        for part in rest:
            assert struct is not None, f"{path}: nothing is read below {part}"
            assert part in elements(struct), f"{path}: {part} is not read"
            struct = struct_of(elements(struct)[part])
    for table in READ[name].tables:
        assert table in (*TABLES, *SETTINGS), table


@pytest.mark.parametrize("kind", sorted(set(STRUCTS)))
def test_each_element_that_is_read_is_declared(kind: str) -> None:
    paths = [path for field in READ.values() for path in field.sources]
    for element in set(elements(STRUCTS[kind])) - TIES:
        at = f"{kind}.{element}"
        told = any(path == at or path.startswith(f"{at}.") for path in paths)
        assert told or f"`{at}`" in page() or kind in _UNSHOWN.get(element, ()), at


_UNSHOWN = {
    "physicalType": ("Location",),  # what is a bed, in words
    "identifier": ("Practitioner", "Task"),  # the badge; our own tasks
    "category": ("MedicationRequest",),  # taken at home
    "authoredOn": ("MedicationRequest",),
    "end": ("Appointment",),
}


def test_each_table_is_looked_up_by_some_field() -> None:
    used = {table for field in READ.values() for table in field.tables}
    assert set(TABLES) - used == set()
    assert set(EXTENSIBLE) <= used


def test_each_unit_is_said() -> None:
    measured = next(one for one in DOCUMENTS if one.of is Parameter)
    assert {f.ours: f.unit for f in measured.fields if f.unit} == {
        str(name): unit for name, unit in UNITS.items()
    }


def test_the_page_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    stored = (ROOT / "packaging" / "his-mapping.md").read_text(encoding="utf-8")
    assert stored == printed, "print it again: smartward his mapping > packaging/his-mapping.md"
