"""A bed of the ward (FHIR Location of physicalType bd, partOf its room)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from smartward.clinical.birth_date import earliest_birth, years_later
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.words import Wording


class BedStatus(StrEnum):
    """Location.operationalStatus (v2-0116), with the planned encounter that reserves a bed."""

    OCCUPIED = "occupied"
    UNOCCUPIED = "unoccupied"
    RESERVED = "reserved"
    HOUSEKEEPING = "housekeeping"
    CLOSED = "closed"


_NUMBER = re.compile(r"(\D*)(\d*)(.*)$", re.DOTALL)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Who lies where. Nothing is hidden: what does not fit is told."""

    placed: tuple[Bed, ...]
    """Every bed as given, with status, occupants, reservation and conflict."""
    unplaced: tuple[Encounter, ...]
    """In the house, but without a bed or in a bed that is not of this ward."""
    conflicting: tuple[str, ...]
    """Ids of the beds with a conflict."""


INFANT_YEARS = 2
"""Under this age at admission a child may share a bed: mother and child are one bed."""


def place_patients(beds: Iterable[Bed], encounters: Iterable[Encounter]) -> Placement:
    """Bring the beds and encounters of one census together. The beds are as the HIS has them:
    their occupants and conflict are filled here.

    The encounter tells who is in a bed, the bed's own status whether it can be used. A bed that
    is `unoccupied` while somebody is in it lags and is shown occupied; one that is closed or
    being cleaned, or is occupied by nobody, disagrees, and so do two adults in one bed and one
    patient in two. An infant, or a stay that is part of another in the same bed, is no second
    adult there.
    """
    all_beds = tuple(beds)
    stays = sorted(encounters, key=_arrival)
    here = [stay for stay in stays if stay.status is not EncounterStatus.PLANNED]
    planned = [stay for stay in stays if stay.status is EncounterStatus.PLANNED]
    twice = _twice([stay.patient.id for stay in here])
    placed = tuple(
        _placed(
            bed,
            [stay for stay in here if stay.bed_id == bed.id],
            [stay for stay in here if bed.id in (stay.bed_id, *stay.also_in) and stay.also_in],
            [stay for stay in planned if stay.bed_id == bed.id],
            twice,
        )
        for bed in all_beds
    )
    known = {bed.id for bed in all_beds}
    return Placement(
        placed=placed,
        unplaced=tuple(stay for stay in here if stay.bed_id not in known),
        conflicting=tuple(bed.id for bed in placed if bed.conflict is not None),
    )


def _arrival(stay: Encounter) -> tuple[datetime, str]:
    """Who was admitted first stands first; unknown times last."""
    return (stay.admitted_at or datetime.max.replace(tzinfo=UTC), stay.id)


def _twice(ids: list[str]) -> frozenset[str]:
    return frozenset(one for one in ids if ids.count(one) > 1)


def _placed(
    bed: Bed,
    here: list[Encounter],
    unsure: list[Encounter],
    planned: list[Encounter],
    twice: frozenset[str],
) -> Bed:
    status, reserved_from = bed.status, bed.reserved_from
    if here:
        reserved_from = None
        if status in (BedStatus.UNOCCUPIED, BedStatus.RESERVED):
            status = BedStatus.OCCUPIED
    elif planned and status is BedStatus.UNOCCUPIED:
        status, reserved_from = BedStatus.RESERVED, planned[0].admitted_at
    return replace(
        bed,
        status=status,
        reserved_from=reserved_from,
        occupants=tuple(stay.id for stay in here),
        conflict=Wording(key="bed.conflict.two_beds") if unsure else _conflict(status, here, twice),
    )


def _conflict(status: BedStatus, here: list[Encounter], twice: frozenset[str]) -> Wording | None:
    if not here:
        return Wording(key="bed.conflict.nobody") if status is BedStatus.OCCUPIED else None
    if any(stay.patient.id in twice for stay in here):
        return Wording(key="bed.conflict.patient_twice")
    if status is not BedStatus.OCCUPIED:
        return Wording(key=f"bed.conflict.{status}")
    ids = {stay.id for stay in here}
    if sum(not _is_infant(stay) and stay.part_of not in ids - {stay.id} for stay in here) > 1:
        return Wording(key="bed.conflict.shared", values={"n": len(here)})
    return None


def _is_infant(stay: Encounter) -> bool:
    """Certainly under INFANT_YEARS when admitted; a doubtful one is not."""
    if stay.patient.birth_date is None or stay.admitted_at is None:
        return False
    try:
        born = earliest_birth(stay.patient.birth_date)
    except ValueError:
        return False
    return stay.admitted_at.date() < years_later(born, INFANT_YEARS)


def natural_order(number: str) -> tuple[int, str, int, str]:
    """Sorts 1, 2, 10, 12A before 加1, 加2: numbers as numbers, extra beds last."""
    match = _NUMBER.match(number)
    assert match is not None
    head, digits, tail = match.groups()
    return (1 if head else 0, head, int(digits) if digits else 0, tail)
