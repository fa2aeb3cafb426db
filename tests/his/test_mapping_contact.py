"""Relatives and carers: from RelatedPerson and Patient.contact, each once, for the station only."""

import dataclasses
import gc
import tracemalloc
from typing import Any

import msgspec
import pytest

from smartward.clinical.contact import Contact
from smartward.clinical.device import ScreenRole
from smartward.clinical.words import Wording
from smartward.his.fhir.exchange import Bundle
from smartward.his.fhir.mapping_contact import MOST
from smartward.his.fhir.page import decode
from smartward.his.fhir.resources import Patient
from smartward.wire.views import BODY
from tests.his.test_mapping_encounter import made, patient

ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
KIND = "http://terminology.hl7.org/CodeSystem/v2-0131"
SISTER = Contact(name="林素英", relation=Wording(key="contact.sibling"), phone="138 0000 0001")


def related(id: str = "r1", **other: Any) -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson",
        "id": id,
        "patient": {"reference": "Patient/p1"},
        "relationship": [coded(KIND, "C"), coded(ROLE, "SIS")],
        "name": [{"text": "林素英"}],
        "telecom": [{"system": "phone", "value": " 138 0000  0001", "use": "mobile"}],
    } | other


def coded(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def contact(**other: Any) -> dict[str, Any]:
    told = related(**other)
    return {name: told[name] for name in ("relationship", "telecom", "period") if name in told} | {
        "name": told["name"][0]
    }


def test_a_relative_is_named_by_the_nearest_relation() -> None:
    assert made(related()).contacts == (SISTER,)


def test_the_same_person_told_twice_is_one() -> None:
    number = {"telecom": [], "relationship": [coded(KIND, "N")]}
    whole = made(related(**number), person=patient(contact=[contact()])).contacts
    assert whole == (dataclasses.replace(SISTER, relation=Wording(key="contact.next_of_kin")),)
    nameless = contact(name=[{}], telecom=[{"system": "phone", "value": "13800000001"}])
    assert made(related(), person=patient(contact=[nameless])).contacts == (SISTER,)


@pytest.mark.parametrize(
    "told",
    [
        {"active": False},
        {"period": {"end": "2020-01-01"}},
        {"relationship": [coded(KIND, "I")]},
        {"name": [], "telecom": [{"system": "email", "value": "a@b.example"}]},
    ],
)
def test_who_is_shown_to_nobody(told: dict[str, Any]) -> None:
    assert made(related(**told)).contacts == ()


def test_the_number_to_ring_first() -> None:
    told = [
        {"system": "phone", "value": "1", "use": "old"},
        {"system": "phone", "value": "2", "use": "home"},
        {"system": "sms", "value": "3", "use": "mobile"},
        {"system": "phone", "value": "4", "use": "work", "rank": 1},
    ]
    assert made(related(telecom=told)).contacts[0].phone == "4"
    assert made(related(telecom=told[:3])).contacts[0].phone == "3"


def test_an_unknown_relation_is_said_in_the_hospitals_words() -> None:
    told = made(related(relationship=[coded("urn:x", "9", "干女儿")])).contacts
    assert told[0].relation == Wording(his="干女儿")


def test_a_spoilt_contact_costs_neither_the_others_nor_the_patient() -> None:
    spoilt = [{"telecom": 7}, "nobody", contact()]
    assert made(person=patient(contact=spoilt)).contacts == (SISTER,)
    assert made(person=patient(contact="nobody")).contacts == ()


def test_a_patient_that_is_kept_holds_no_page() -> None:
    photograph = {"contentType": "image/jpeg", "data": "A" * 4_000_000}
    body = {"id": "p1", "resourceType": "Patient", "contact": [contact()], "photo": [photograph]}
    entry = {"resource": body}
    tracemalloc.start()
    try:
        page = msgspec.json.encode({"resourceType": "Bundle", "entry": [entry]})
        (found,) = msgspec.json.decode(page, type=Bundle).entry
        kept = decode(found.resource, "Patient")
        del page, found
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(kept, Patient)
    assert msgspec.json.decode(kept.contact) == [contact()]
    assert held < 1_000_000


def test_no_more_than_a_sheet_holds() -> None:
    many = [related(f"r{n}", name=[{"text": f"某人{n}"}], telecom=[]) for n in range(9)]
    assert len(made(*many).contacts) == MOST


def test_no_screen_but_the_station_is_told() -> None:
    """The other roles get views of a stay, and none of them has the field."""
    told = {
        role
        for role, kinds in BODY.items()
        for body in kinds.values()
        if "contacts" in getattr(body, "__dataclass_fields__", {})
    }
    assert told == {ScreenRole.STATION}
