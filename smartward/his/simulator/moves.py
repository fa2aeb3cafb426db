"""Who comes, goes and changes beds. Each is one instant: no half of a swap is ever seen."""

from datetime import datetime, timedelta
from typing import Any

from smartward.his.simulator import drips, orders, vitals
from smartward.his.simulator.build import HL7, coding, period, ref, when
from smartward.his.simulator.places import set_status
from smartward.his.simulator.staying import Admission, admit
from smartward.his.simulator.world import Stay, World

_CLEANING = timedelta(minutes=20)


def plan_admission(world: World, bed: str, who: Admission, expected: datetime) -> None:
    """Reserve a bed: a planned stay of somebody who comes later."""
    patient, encounter = world.new_id("pat"), world.new_id("enc")
    name = {"use": "official", "text": who.name.text, "given": list(who.name.given)}
    world.put(
        {
            "resourceType": "Patient",
            "id": patient,
            "active": True,
            "name": [{**name, "family": who.name.family}],
            "gender": "male" if who.man else "female",
            "birthDate": who.born,
        }
    )
    world.put(
        {
            "resourceType": "Encounter",
            "id": encounter,
            "status": "planned",
            "class": coding(f"{HL7}/v3-ActCode", "IMP", "inpatient encounter"),
            "subject": ref("Patient", patient),
            "period": {"start": when(expected)},
            "location": [{"location": ref("Location", bed), "status": "planned"}],
        }
    )

    def come(world: World) -> None:
        row = world.store.get("Encounter", encounter)
        if row is None or row.resource["status"] != "planned":
            return
        world.change("Encounter", encounter, status="cancelled")
        if bed not in world.stays:
            arrive(world, bed, who)

    world.at(expected, come)


def arrive(world: World, bed: str, who: Admission) -> Stay:
    """Admit somebody now, with the usual orders."""
    stay = admit(world, bed, who, world.now)
    chance = world.chance("orders", stay.encounter)
    for name, times in chance.sample(orders.MEDICINES, 2):
        orders.medicine(world, stay, name, times)
    tomorrow = world.today(datetime.min.time().replace(hour=6), 1)
    orders.once(world, stay, "test", "血常规、电解质", tomorrow)
    return stay


def discharge(world: World, bed: str) -> None:
    """The stay ends; the bed is cleaned, then free. Raises KeyError for a bed nobody is in."""
    stay = world.stays.pop(bed)
    stay.ended = True
    drips.stop_all(world, stay)
    orders.close_all(world, stay)
    places = [
        {**place, "status": "completed", "period": _ended(place, world)}
        if place["status"] == "active"
        else place
        for place in _encounter(world, stay)["location"]
    ]
    world.change(
        "Encounter",
        stay.encounter,
        status="finished",
        period=period(stay.admitted, world.now),
        location=places,
    )
    _clean(world, bed)


def cancel(world: World, bed: str) -> None:
    """An admission that was a mistake, or of somebody who will not come (A11, A27): it never was.

    Raises ValueError for a bed that nobody is in or expected in.
    """
    stay = world.stays.pop(bed, None)
    if stay is None:
        world.change("Encounter", _expected(world, bed), status="cancelled")
        return
    stay.ended = True
    drips.stop_all(world, stay)
    orders.close_all(world, stay)
    world.change("Encounter", stay.encounter, status="cancelled")
    set_status(world, bed, "U")


def _expected(world: World, bed: str) -> str:
    for row in world.store.all("Encounter"):
        places = [one["location"]["reference"] for one in row.resource["location"]]
        if row.resource["status"] == "planned" and f"Location/{bed}" in places:
            return str(row.resource["id"])
    raise ValueError(f"nobody lies in {bed} or is expected there")


def die(world: World, stay: Stay) -> None:
    """The patient dies. The stay goes on until somebody ends it in the record."""
    stay.died = True
    vitals.neglect(world, stay)
    drips.stop_all(world, stay)
    orders.close_all(world, stay)
    world.change("Patient", stay.patient, deceasedDateTime=when(world.now))


def _clean(world: World, bed: str) -> None:
    set_status(world, bed, "H")

    def ready(world: World) -> None:
        if bed not in world.stays:
            set_status(world, bed, "U")

    world.after(_CLEANING, ready)


def _encounter(world: World, stay: Stay) -> dict[str, Any]:
    row = world.store.get("Encounter", stay.encounter)
    assert row is not None
    return row.resource


def _ended(place: dict[str, Any], world: World) -> dict[str, Any]:
    return {**place.get("period", {}), "end": when(world.now)}


def _move(world: World, stay: Stay, bed: str) -> None:
    places = [
        {**place, "status": "completed", "period": _ended(place, world)}
        if place["status"] == "active"
        else place
        for place in _encounter(world, stay)["location"]
    ]
    places.append(
        {
            "location": ref("Location", bed),
            "status": "active",
            "period": {"start": when(world.now)},
        }
    )
    world.change("Encounter", stay.encounter, location=places)
    stay.bed = bed
    world.stays[bed] = stay


def transfer(world: World, bed: str, to: str) -> None:
    """Move the patient of a bed to a free one (A02). Raises KeyError, or ValueError when taken."""
    if to in world.stays:
        raise ValueError(f"{to} is taken")
    if world.store.get("Location", to) is None:
        raise KeyError(to)
    _move(world, world.stays.pop(bed), to)
    set_status(world, to, "O")
    _clean(world, bed)


def swap(world: World, one: str, other: str) -> None:
    """Two patients change beds (A17). Raises KeyError for a bed nobody is in."""
    first, second = world.stays[one], world.stays[other]
    _move(world, first, other)
    _move(world, second, one)


def end_fasting(world: World, stay: Stay) -> None:
    """The doctor ends every nil-by-mouth order of a stay."""
    for row in world.store.all("NutritionOrder"):
        body = row.resource
        mine = body["encounter"]["reference"] == f"Encounter/{stay.encounter}"
        codes = [c["code"] for t in body["oralDiet"]["type"] for c in t["coding"]]
        if mine and body["status"] == "active" and "npo" in codes:
            world.change("NutritionOrder", body["id"], status="completed")


def free_beds(world: World) -> list[str]:
    """Beds where nobody lies, that are clean and not reserved, in the order of their ids."""
    reserved = {
        place["location"]["reference"].removeprefix("Location/")
        for row in world.store.all("Encounter")
        if row.resource["status"] == "planned"
        for place in row.resource["location"]
    }
    free = []
    for row in world.store.all("Location"):
        status = row.resource.get("operationalStatus", {}).get("code")
        if status == "U" and row.resource["id"] not in reserved | set(world.stays):
            free.append(row.resource["id"])
    return sorted(free)


def transfer_if_free(world: World, bed: str, to: str) -> None:
    """A transfer that the story tells; nothing when the ward has gone another way meanwhile."""
    if to in free_beds(world):
        transfer(world, bed, to)


def swap_if_there(world: World, one: str, other: str) -> None:
    """A swap that the story tells; nothing when one of the two is gone."""
    if one in world.stays and other in world.stays:
        swap(world, one, other)
