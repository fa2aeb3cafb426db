"""Ward and beds: see WARD and BED."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import time

from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.ward import Shift, Ward
from smartward.clinical.words import Wording
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.reject import MISSING, NOT_USED, Ended, Reject
from smartward.his.fhir.resources import Location
from smartward.his.port import Item, Value
from smartward.his.version import version_of

WARD = Mapped(
    Ward,
    "Ward",
    (
        Field("id", ("Location.id",), "the setting `his_ward` names it: refused at the start"),
        Field("name", ("Location.name", "Location.alias"), "the logical id"),
        Field("zone", (), "", how="the setting `zone` of the hub"),
        Field("night_start", (), "", how="the setting `night_start` of the hub"),
        Field("night_end", (), "", how="the setting `night_end` of the hub"),
        Field("staff_proof", (), "", how="the setting `staff_proof` of the hub"),
        Field("shifts", (), "none", ("ward",)),
        Field("level_colours", (), "none: levels are told by words alone", ("ward",)),
        Field("notices", (), "none", ("ward",)),
    ),
)
BED = Mapped(
    Bed,
    "Bed",
    (
        Field("id", ("Location.id",), "rejected"),
        Field("number", ("Location.name", "Location.identifier.value"), "rejected: missing"),
        Field("room_id", ("Location.partOf",), "the bed's own id: a bed straight under the ward"),
        Field("room", ("Location.partOf", "Location.name"), "the bed's number"),
        Field("order", (), "", how="natural order of the numbers: 1, 2, 10, 12A, then 加1"),
        Field(
            "status",
            ("Location.status", "Location.operationalStatus"),
            "unoccupied: the encounters tell who is in it",
            ("bed_status",),
            how="`suspended` is closed, `inactive` is no bed any more",
        ),
        Field(
            "reserved_from",
            ("Encounter.location.period", "Encounter.period"),
            "no time",
            how="of the stay that is planned for a free bed",
        ),
        Field(
            "occupants",
            ("Encounter.location",),
            "nobody",
            how="every stay whose bed it is, first admitted first: mother and child are two",
        ),
        Field(
            "conflict",
            (),
            "none",
            how="bed and stays disagree: occupied by nobody, closed or being cleaned with somebody "
            "in it, two adults in it, one patient with two stays, one stay in two beds. Shown at "
            "the station; no name at the bedhead, the bedside and the door",
        ),
    ),
    notes="A bed is a Location of physicalType `bd` below the ward by `partOf`, however deep.",
)


def ward(location: Location, book: Codebook, id: str) -> Ward:
    """The ward, with what `[ward]` of the mapping says of it."""
    return ward_named(location.name or next(iter(location.alias), location.id), book, id)


def ward_named(name: str, book: Codebook, id: str) -> Ward:
    """A ward of this name, with what `[ward]` of the mapping says of it."""
    settings = book.setting("ward")
    values = {
        str(name): value if isinstance(value, int | float) else str(value)
        for name, value in settings.get("notice_values", {}).items()
    }
    shifts = tuple(
        Shift(
            id=str(one["id"]),
            start=time.fromisoformat(one["start"]),
            end=time.fromisoformat(one["end"]),
        )
        for one in settings.get("shifts", ())
    )
    colours = {str(level): str(one) for level, one in settings.get("level_colours", {}).items()}
    return Ward(
        id=id,
        name=name,
        shifts=shifts,
        level_colours=colours,
        notices=tuple(Wording(key=key, values=values) for key in book.texts("ward", "notices")),
    )


def is_bed(location: Location) -> bool:
    """Whether it is a bed (physicalType bd)."""
    return _physical(location) == "bd"


def is_room(location: Location) -> bool:
    """Whether it is a room (physicalType ro)."""
    return _physical(location) == "ro"


def _physical(location: Location) -> str | None:
    coding = location.physical_type.coding if location.physical_type else ()
    return next((one.code for one in coding if one.code), None)


def bed(location: Location, rooms: Mapping[str, Location], book: Codebook, source: str) -> Bed:
    """A bed; its `order` is 0 until `in_order`. Raises Reject, or Ended when it is inactive."""
    if not is_bed(location):
        raise Reject(NOT_USED, "physicalType is not bd")
    if location.status == "inactive":
        raise Ended
    number = (location.name or next((one.value for one in location.identifier), None) or "").strip()
    if not number:
        raise Reject(MISSING, "name")
    room_id = location.part_of.id_of("Location") if location.part_of else None
    room = rooms.get(room_id or "")
    return Bed(
        id=f"{source}.{location.id}",
        number=number,
        room_id=f"{source}.{room.id if room else location.id}",
        room=(room.name if room else None) or number,
        order=0,
        status=_status(location, book),
    )


def held(beds: Iterable[Item[Bed]], ids: Collection[str]) -> tuple[Item[Bed], ...]:
    """The beds, those of `ids` as occupied: somebody lies there whose stay cannot be shown. An
    empty bed would be wrong; one that is occupied by nobody known is told to be looked at."""
    found: list[Item[Bed]] = []
    for one in beds:
        if isinstance(one, Value) and one.id in ids:
            body = replace(one.body, status=BedStatus.OCCUPIED)
            one = replace(one, body=body, version=version_of(body))
        found.append(one)
    return tuple(found)


def _status(location: Location, book: Codebook) -> BedStatus:
    if location.status == "suspended":
        return BedStatus.CLOSED
    status = location.operational_status
    if status is None:
        return BedStatus.UNOCCUPIED
    return BedStatus(book.code("bed_status", status.code) or BedStatus.UNOCCUPIED)
