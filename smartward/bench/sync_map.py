"""Parse and map, without the network and the disk: what one core makes of a ward's pages."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from smartward.his.fhir.chart import Chart, patient_of, stay_of
from smartward.his.fhir.documents import derive, encounter_item
from smartward.his.fhir.exchange import Bundle
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_place import bed
from smartward.his.fhir.mapping_staff import staffing
from smartward.his.fhir.mapping_vital import vital_sign
from smartward.his.fhir.page import decode
from smartward.his.fhir.reject import Ended, Reject
from smartward.his.fhir.resources import (
    Encounter,
    Location,
    Observation,
    Practitioner,
    PractitionerRole,
    Resource,
)
from smartward.his.fhir.setting import Setting

_BOOK: Final = load_mapping()


def map_all(pages: dict[str, list[bytes]], ward: str) -> int:
    """Every resource decoded by itself and made into our documents; how many documents.

    As the client does it: what a patient's documents are made of is put into charts, and of what
    only passes through no page is kept when the next one comes.
    """
    made, kept = 0, []
    for kind, bodies in pages.items():
        for body in bodies:
            for entry in msgspec.json.decode(body, type=Bundle).entry:
                one = decode(entry.resource, kind)
                if isinstance(one, Observation):
                    made += _sign(one)
                elif isinstance(one, Resource):
                    kept.append(one)
    return made + _documents(kept, ward)


def _documents(found: list[Resource], ward: str) -> int:
    charts: dict[str, Chart] = {}
    for one in found:
        patient = patient_of(one)
        if patient is not None:
            charts.setdefault(patient, Chart(patient)).put(one)
    now = _newest(found)
    places = [one for one in found if isinstance(one, Location)]
    made = sum(map(_bed, places))
    people = {one.id: one for one in found if isinstance(one, Practitioner)}
    roles = [one for one in found if isinstance(one, PractitionerRole)]
    made += len(staffing(roles, people, _BOOK, now, _BOOK.zone).members)
    beds = frozenset(one.id for one in places)
    setting = Setting("his", _BOOK, now, beds, beds | {ward}, people)
    for chart in charts.values():
        for stay in chart.all(Encounter):
            derived = derive(stay.id, chart, _BOOK, "his", now, _BOOK.zone)
            encounter_item(stay, chart, derived, setting)
            made += 1 + len(derived.values)
    return made


def _newest(found: list[Resource]) -> datetime:
    """The ward's present, near enough: the last change of all."""
    dates = [one.meta.last_updated for one in found if one.meta.last_updated is not None]
    newest = max(dates, default=None)
    at = datetime.fromisoformat(newest) if newest is not None else datetime(2026, 1, 1, tzinfo=UTC)
    return at + timedelta(seconds=1)


def _sign(one: Observation) -> int:
    named = stay_of(one)
    stay = named.id_of("Encounter") if named is not None else None
    try:
        vital_sign(one, _BOOK, "his", f"his.{stay}", None)
    except (Ended, Reject):
        return 0
    return 1


def _bed(one: Location) -> int:
    try:
        bed(one, {}, _BOOK, "his")
    except Reject:
        return 0
    return 1
