"""Whether a FHIR server is at an address at all, and which of its places may be wards."""

from dataclasses import dataclass

import msgspec

from smartward.errors import BadData, Misconfigured, Refused
from smartward.his.fhir.mapping_place import is_bed
from smartward.his.fhir.page import bundle_of, decode, matches, next_link
from smartward.his.fhir.resources import Location, Stub
from smartward.his.http import Http
from smartward.his.reply import Reply

_MOST_PAGES = 50
_PAGE = "200"
_WARD = "wa"
"""Code of a ward in HL7's location-physical-type."""


async def meet(http: Http) -> None:
    """Make sure that a FHIR server answers here. Raises Misconfigured (`his.no_server`) when what
    answers is none, else as `Http` does."""
    for path, params in (("metadata", []), ("Location", [("_count", "1")])):
        try:
            reply = await http.get(path, params)
        except Refused as refused:
            # Some refuse one or the other; to us, or to what was asked: a FHIR server it may be.
            if refused.values.get("status") in (400, 405, 406):
                continue
            raise
        if _is_fhir(reply):
            return
    raise Misconfigured("his.no_server", http.base, url=http.base)


def _is_fhir(reply: Reply) -> bool:
    if reply.status in (404, 410):  # also a FHIR server says so, of a path that is not its base
        return False
    try:
        said = msgspec.json.decode(reply.body, type=Stub).resource_type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return said in ("CapabilityStatement", "Bundle", "OperationOutcome")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be a ward."""

    id: str
    name: str
    identifiers: tuple[str, ...]
    beds: int


async def wards(http: Http) -> list[Candidate]:
    """The places that call themselves a ward, or have beds in them or in their rooms; those with
    the most beds first. Raises as `Http` does."""
    places = {one.id: one for one in await _locations(http)}
    beds: dict[str, int] = {}
    for place in places.values():
        if is_bed(place):
            for above in _above(place, places)[:2]:  # its room, and what that is in
                beds[above] = beds.get(above, 0) + 1
    rooms = {_up(one) for one in places.values() if is_bed(one)}
    wanted = [
        one
        for one in places.values()
        if _is_ward(one) or (beds.get(one.id) and not _is_room(one, rooms, places))
    ]
    found = [
        Candidate(
            id=one.id,
            name=one.name or next(iter(one.alias), ""),
            identifiers=tuple(
                f"{two.system}|{two.value}" for two in one.identifier if two.value is not None
            ),
            beds=beds.get(one.id, 0),
        )
        for one in wanted
    ]
    return sorted(found, key=lambda one: (-one.beds, one.name, one.id))


async def _locations(http: Http) -> list[Location]:
    found: list[Location] = []
    reply = await http.get("Location", [("_count", _PAGE)])
    for _ in range(_MOST_PAGES):
        bundle = bundle_of(reply)
        rows = (decode(one.resource, "Location") for one in matches(bundle))
        found += [one for one in rows if isinstance(one, Location)]
        link = next_link(bundle)
        if link is None or not bundle.entry:
            return found
        reply = await http.follow(link)
    raise BadData("his.bad.endless", f"Location: more than {_MOST_PAGES} pages")


def _is_ward(place: Location) -> bool:
    return place.physical_type is not None and _WARD in place.physical_type.codes


def _is_room(place: Location, rooms: set[str | None], places: dict[str, Location]) -> bool:
    """Whether beds are straight in it, and it is in something itself that has beds so: a ward
    without rooms has beds straight in it, too."""
    if place.physical_type is not None:
        return "ro" in place.physical_type.codes
    return place.id in rooms and _up(place) in places


def _up(place: Location) -> str | None:
    return place.part_of.id_of("Location") if place.part_of is not None else None


def _above(place: Location, places: dict[str, Location]) -> list[str]:
    """What it is in, from the nearest on."""
    found: list[str] = []
    up = _up(place)
    while up is not None and up in places and up not in found:
        found.append(up)
        up = _up(places[up])
    return found
