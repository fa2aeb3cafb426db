"""Who lies in a room with whom, and whose names are alike: kept up stay by stay and bed by bed, so
that what changes at one bed is looked at with its neighbours alone."""

from collections.abc import Iterable

from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter
from smartward.clinical.masking import same_name_key

LONG_ENOUGH = 3
"""Characters from which a name that differs in one is taken for the other: of two characters, the
surname and one more, half of a Chinese ward would be alike."""


class Neighbours:
    """The stays of a ward by room and by name."""

    def __init__(self, stays: Iterable[Encounter] = (), beds: Iterable[Bed] = ()) -> None:
        self._stays: dict[str, Encounter] = {}
        self._beds: dict[str, Bed] = {}
        self._in_bed: dict[str, dict[str, None]] = {}
        self._in_room: dict[str, dict[str, None]] = {}
        self._by_name: dict[str, dict[str, None]] = {}
        for bed in beds:
            self.put_bed(bed)
        for stay in stays:
            self.put_stay(stay)

    def in_bed(self, bed_id: str) -> list[Encounter]:
        """The stays in a bed, by id."""
        return [self._stays[id] for id in sorted(self._in_bed.get(bed_id, ()))]

    def in_room(self, room_id: str) -> list[Encounter]:
        """The stays in a room, by id."""
        beds = self._in_room.get(room_id, ())
        return sorted((stay for bed in beds for stay in self.in_bed(bed)), key=lambda one: one.id)

    def alike(self, stay: Encounter) -> list[Encounter]:
        """Others whose patients' names may be taken for this one's, by id."""
        found = {id for key in _keys(stay) for id in self._by_name.get(key, ())} - {stay.id}
        others = (self._stays[id] for id in sorted(found))
        return [one for one in others if similar(stay.patient.name, one.patient.name)]

    def put_stay(self, stay: Encounter) -> set[str]:
        """Take a stay over; gives the other stays for which that may matter."""
        before = self._stays.get(stay.id)
        if before is not None and _seen(before) == _seen(stay):
            self._stays[stay.id] = stay
            return set()
        touched = self.drop_stay(stay.id)
        self._stays[stay.id] = stay
        if stay.bed_id is not None:
            self._in_bed.setdefault(stay.bed_id, {})[stay.id] = None
        for key in _keys(stay):
            self._by_name.setdefault(key, {})[stay.id] = None
        return (touched | self._around(stay)) - {stay.id}

    def drop_stay(self, id: str) -> set[str]:
        """Forget a stay; gives the others for which that may matter."""
        stay = self._stays.get(id)
        if stay is None:
            return set()
        touched = self._around(stay)
        del self._stays[id]
        if stay.bed_id is not None:
            _take_out(self._in_bed, stay.bed_id, id)
        for key in _keys(stay):
            _take_out(self._by_name, key, id)
        return touched

    def put_bed(self, bed: Bed) -> set[str]:
        """Take a bed over; gives the stays for which that may matter."""
        before = self._beds.get(bed.id)
        if before is not None and (before.room_id, before.number) == (bed.room_id, bed.number):
            self._beds[bed.id] = bed
            return set()
        touched = self.drop_bed(bed.id)
        self._beds[bed.id] = bed
        self._in_room.setdefault(bed.room_id, {})[bed.id] = None
        return touched | self._around_bed(bed)

    def drop_bed(self, id: str) -> set[str]:
        """Forget a bed; gives the stays for which that may matter."""
        bed = self._beds.get(id)
        if bed is None:
            return set()
        touched = self._around_bed(bed)
        del self._beds[id]
        _take_out(self._in_room, bed.room_id, id)
        return touched

    def _around(self, stay: Encounter) -> set[str]:
        bed = self._beds.get(stay.bed_id or "")
        mates = () if bed is None else self.in_room(bed.room_id)
        return {one.id for one in (*mates, *self.alike(stay))} - {stay.id}

    def _around_bed(self, bed: Bed) -> set[str]:
        """Who is in the room, and who is told of this bed's number because of a name."""
        named = (other for stay in self.in_bed(bed.id) for other in self.alike(stay))
        return {one.id for one in (*self.in_room(bed.room_id), *named)}


def similar(one: str, other: str) -> bool:
    """Whether a name is taken for another; an empty one for none."""
    first, second = same_name_key(one), same_name_key(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short = min(len(first), len(second)) < LONG_ENOUGH
    return not short and first[0] == second[0] and _one_apart(first, second)


def _one_apart(one: str, other: str) -> bool:
    """An edit distance of exactly 1: one character replaced, added or left out."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _keys(stay: Encounter) -> set[str]:
    """The name, and the name without each one of its characters: two names that are one apart
    have one of these in common."""
    name = same_name_key(stay.patient.name)
    if not name:
        return set()
    less = (name[:at] + name[at + 1 :] for at in range(len(name)))
    return {name, *(less if len(name) >= LONG_ENOUGH else ())}


def _seen(stay: Encounter) -> tuple[object, ...]:
    """What others may be told something because of."""
    return (stay.patient.id, stay.patient.name, stay.bed_id, stay.status, stay.precautions)


def _take_out(index: dict[str, dict[str, None]], key: str, id: str) -> None:
    of_key = index.get(key, {})
    of_key.pop(id, None)
    if not of_key:
        index.pop(key, None)
