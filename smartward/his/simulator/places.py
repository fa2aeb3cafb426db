"""Ward, rooms and beds as Locations."""

from smartward.his.simulator.build import HL7, Json, coding, concept, local, ref
from smartward.his.simulator.people import BADGE_SYSTEM, SHIFT_HOURS, STAFF, Colleague, badge
from smartward.his.simulator.world import World

WARD = "ward-3"
_ROOMS = {
    "301": "1 2 3 4",
    "302": "5 6 7",
    "303": "8 9 10",
    "305": "11 12 13 14",
    "306": "15 16 17 18",
    "307": "19 20 21 22",
    "308": "23 24 25 加12",
    "309": "26 27 28",
    "310": "29 30 31 32",
    "311": "33 34 35 36",
    "312": "37 38 39 40",
}
_PHYSICAL = {"wa": "Ward", "ro": "Room", "bd": "Bed"}
_STATUS = {
    "O": "Occupied",
    "U": "Unoccupied",
    "H": "Housekeeping",
    "C": "Closed",
}


def layout(beds: int) -> dict[str, list[str]]:
    """Rooms with their bed numbers; the extra bed is there in a ward of 40 and more."""
    rooms: dict[str, list[str]] = {}
    for room, numbers in _ROOMS.items():
        kept = [n for n in numbers.split() if beds >= (40 if n.startswith("加") else int(n))]
        if kept:
            rooms[room] = kept
    for first in range(41, beds + 1, 4):
        room = str(313 + (first - 41) // 4)
        rooms[room] = [str(n) for n in range(first, min(first + 4, beds + 1))]
    return rooms


def bed_id(number: str) -> str:
    """The Location id of a bed by its number."""
    return f"bed-{number.replace('加', 'x')}"


def _location(id: str, name: str, physical: str, part_of: str | None) -> Json:
    location: Json = {
        "resourceType": "Location",
        "id": id,
        "status": "active",
        "name": name,
        "mode": "instance",
        "physicalType": concept(
            None, coding(f"{HL7}/location-physical-type", physical, _PHYSICAL[physical])
        ),
    }
    return location | ({"partOf": ref("Location", part_of)} if part_of else {})


def furnish(world: World, rooms: dict[str, list[str]]) -> None:
    """Put the ward, its rooms and its beds, all of them free."""
    ward = _location(WARD, "心内科三病区", "wa", None)
    ward["identifier"] = [{"system": "http://hospital.example/wards", "value": "CARD-3"}]
    world.put(ward)
    for room, numbers in rooms.items():
        world.put(_location(f"room-{room}", room, "ro", WARD))
        for number in numbers:
            world.put(_location(bed_id(number), number, "bd", f"room-{room}"))
            set_status(world, bed_id(number), "U")


def set_status(world: World, bed: str, status: str) -> None:
    """Write a bed's operational status (HL7 v2-0116)."""
    world.change(
        "Location", bed, operationalStatus=coding(f"{HL7}/v2-0116", status, _STATUS[status])
    )


def hire(world: World) -> None:
    """Put the staff with their roles on this ward."""
    for one in STAFF:
        _employ(world, one)


def _employ(world: World, one: Colleague) -> None:
    name = {"text": one.name.text, "family": one.name.family, "given": list(one.name.given)}
    world.put(
        {
            "resourceType": "Practitioner",
            "id": one.id,
            "active": True,
            "identifier": [{"use": "official", "system": BADGE_SYSTEM, "value": badge(one)}],
            "name": [name],
        }
    )
    role: Json = {
        "resourceType": "PractitionerRole",
        "id": f"role-{one.id}",
        "active": True,
        "period": {"start": "2019-07-01"},
        "practitioner": ref("Practitioner", one.id, one.name.text),
        "code": [local("staff-role", one.role, _ROLE[one.role])],
        "location": [ref("Location", WARD)],
    }
    hours = one.hours or (SHIFT_HOURS[one.shift] if one.shift is not None else None)
    if hours is not None:
        duty: Json = {"availableStartTime": hours[0], "availableEndTime": hours[1]}
        role["availableTime"] = [duty | ({"daysOfWeek": list(one.days)} if one.days else {})]
    world.put(role)


def dismiss(world: World, id: str) -> None:
    """Somebody works here no more. Raises KeyError for nobody of the staff."""
    world.change("PractitionerRole", f"role-{id}", active=False)


_ROLE = {
    "head_nurse": "护士长",
    "nurse": "护士",
    "doctor": "医师",
    "carer": "护理员",
    "privacy_officer": "隐私保护专员",
}
