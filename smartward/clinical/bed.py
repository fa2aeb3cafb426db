"""A bed of the ward (FHIR Location of physicalType bd, partOf its room)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.words import Wording


class BedStatus(StrEnum):
    """Location.operationalStatus (v2-0116), with the planned encounter that reserves a bed."""

    OCCUPIED = "occupied"
    UNOCCUPIED = "unoccupied"
    RESERVED = "reserved"
    HOUSEKEEPING = "housekeeping"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """Document kind `bed`.

    `number` is text as the ward says it (`12`, `加12`, `12A`). `occupants` are encounter ids,
    a list and never one: mother and child share a bed. `conflict` tells that bed and encounter
    disagree: shown at the station; bedhead, bedside and door then show no name.
    """

    id: str
    number: str
    room_id: str
    room: str
    order: int
    status: BedStatus
    reserved_from: datetime | None = None
    occupants: tuple[str, ...] = ()
    conflict: Wording | None = None
