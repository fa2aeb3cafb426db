"""The ward and its beds.

| ours | GNU Health | where absent |
|---|---|---|
| Ward | `gnuhealth.hospital.ward` by `his_ward`: ids with commas, its name, or `unit:NAME`, a \
hospital unit's wards as rooms | the start stops |
| Bed.number | name of the bed's product | rejected: MISSING |
| Bed.room | the bed's ward: GNU Health knows wards, which may be rooms | |
| Bed.status | state: free, reserved, occupied, to_clean (housekeeping), na (closed) | rejected: \
STATUS |
| Bed.reserved_from | hospitalization date of the confirmed stay | None |
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from smartward.clinical.bed import Bed, BedStatus, natural_order
from smartward.errors import Misconfigured
from smartward.his.gnuhealth.rows import (
    MISSING,
    STATUS,
    BedRow,
    Reject,
    WardRow,
    columns,
    decoded,
    logical,
    rejection,
)
from smartward.his.gnuhealth.rpc import Domain, Rpc
from smartward.his.port import Item, Kind, Rejection, Value
from smartward.his.version import version_of

UNIT = "unit:"
"""Stands in `his_ward` before the name of a hospital unit."""
_STATUS = {
    "free": BedStatus.UNOCCUPIED,
    "reserved": BedStatus.RESERVED,
    "occupied": BedStatus.OCCUPIED,
    "to_clean": BedStatus.HOUSEKEEPING,
    "na": BedStatus.CLOSED,
}


def wanted(ward: str) -> Domain:
    """The wards that the setting names."""
    name = ward.strip()
    ids = [one.strip() for one in name.split(",")]
    if all(one.isdecimal() for one in ids):
        return [["id", "in", [int(one) for one in ids]]]
    if name.startswith(UNIT):
        return [["unit.rec_name", "=", name.removeprefix(UNIT).strip()]]
    return [["name", "=", name]]


async def wards(rpc: Rpc, ward: str) -> dict[int, WardRow]:
    """The rows of the ward. Raises Misconfigured when they are not those the setting names."""
    domain = wanted(ward)
    found, _ = decoded(WardRow, await rpc.rows(WardRow.MODEL, domain, columns(WardRow)))
    named = domain[0]
    expected = len(set(named[2])) if named[0] == "id" else 1
    many = named[0].startswith("unit")
    if len(found) < expected or (len(found) > expected and not many):
        raise Misconfigured("his.no_ward_named", ward, ward=ward, n=len(found))
    return found


def ward_name(ward: str, rows: Mapping[int, WardRow]) -> str:
    """What the ward is called."""
    if ward.strip().startswith(UNIT):
        return ward.strip().removeprefix(UNIT).strip()
    return ", ".join(one.name for one in rows.values())


async def beds(rpc: Rpc, rows: Mapping[int, WardRow]) -> tuple[dict[int, BedRow], list[Rejection]]:
    """The rows of the ward's beds, and what is wrong with others."""
    domain: Domain = [["ward", "in", sorted(rows)]]
    return decoded(BedRow, await rpc.rows(BedRow.MODEL, domain, columns(BedRow)))


def bed_items(
    found: Mapping[int, BedRow],
    rooms: Mapping[int, WardRow],
    source: str,
    reserved: Mapping[int, datetime],
) -> tuple[Item[Bed], ...]:
    """The beds in the order of their numbers, room by room."""
    good: list[Bed] = []
    aside: list[Item[Bed]] = []
    for row in found.values():
        try:
            good.append(_bed(row, rooms, source, reserved))
        except Reject as reason:
            aside.append(rejection(BedRow.MODEL, row.id, reason))
    return (*_in_order(good), *aside)


def _in_order(beds: Iterable[Bed]) -> Iterable[Item[Bed]]:
    ordered = sorted(
        beds, key=lambda one: (natural_order(one.room), natural_order(one.number), one.id)
    )
    for place, bed in enumerate(ordered):
        body = replace(bed, order=place)
        yield Value(kind=Kind.BED, id=body.id, body=body, version=version_of(body))


def _bed(
    row: BedRow, rooms: Mapping[int, WardRow], source: str, reserved: Mapping[int, datetime]
) -> Bed:
    number = (row.rec_name or "").strip()
    if not number:
        raise Reject(MISSING, "product")
    if row.state not in _STATUS:
        raise Reject(STATUS, "state")
    room = rooms.get(row.ward or 0)
    if room is None:
        raise Reject(MISSING, "ward")
    status = _STATUS[row.state]
    return Bed(
        id=f"{source}.{logical(BedRow.MODEL, row.id)}",
        number=number,
        room_id=f"{source}.{logical(WardRow.MODEL, room.id)}",
        room=room.name,
        order=0,
        status=status,
        reserved_from=reserved.get(row.id) if status is BedStatus.RESERVED else None,
    )
