"""Orders with limits and dangers: as needed, time-critical, against an allergy; fasting; blood."""

from datetime import time, timedelta

from smartward.his.simulator import drips, moves, orders, staying
from smartward.his.simulator.build import (
    HL7,
    SNOMED,
    Json,
    coding,
    concept,
    quantity,
    ref,
    when,
)
from smartward.his.simulator.drips import Bag
from smartward.his.simulator.world import Stay, World

ATC = "http://www.whocc.no/atc"
_TABLET = "对乙酰氨基酚片 0.5g 口服"
_ANTIBIOTIC = "注射用头孢他啶 1g 静脉滴注"
_ALLERGENS = {
    "青霉素过敏": ("J01C", "Penicillins"),
    "头孢类过敏": ("J01D", "Cephalosporins"),
    "磺胺类过敏": ("J01E", "Sulfonamides"),
    "碘造影剂过敏": ("V08A", "Iodinated contrast media"),
}
_AGAINST = {
    "J01C": ("J01CA04", "阿莫西林胶囊 0.5g 口服"),
    "J01D": ("J01DC04", "头孢克洛胶囊 0.25g 口服"),
    "J01E": ("J01EE01", "复方磺胺甲噁唑片 0.96g 口服"),
}
"""What nobody with that allergy should have, and what might be ordered all the same."""


def admit(world: World, stay: Stay) -> None:
    """The orders of somebody who came: something against pain as needed, an antibiotic whose time
    matters for some, and allergies by their codes."""
    chance = world.chance("prescriptions", stay.encounter)
    classes = _code_allergies(world, stay)
    if chance.random() < 0.4:
        as_needed(world, stay)
    if chance.random() < 0.12 and not {"J01C", "J01D"} & set(classes):
        id = orders.medicine(world, stay, _ANTIBIOTIC, ("06:00", "14:00", "22:00"))
        code = concept(_ANTIBIOTIC, coding(ATC, "J01DD02", "Ceftazidime"))
        # Its dose belongs within half an hour: the order says so.
        world.change("MedicationRequest", id, priority="urgent", medicationCodeableConcept=code)


def _code_allergies(world: World, stay: Stay) -> list[str]:
    """Give the stay's allergies their codes; the classes they are of."""
    found = []
    for row in world.store.all("AllergyIntolerance"):
        body = row.resource
        known = _ALLERGENS.get(body["code"].get("text", ""))
        if body["patient"]["reference"] != f"Patient/{stay.patient}" or known is None:
            continue
        code = concept(body["code"]["text"], coding(ATC, *known))
        more = {"type": "allergy", "category": ["medication"], "code": code}
        world.change("AllergyIntolerance", body["id"], **more)
        found.append(known[0])
    return found


def as_needed(world: World, stay: Stay) -> str:
    """Against pain as needed: not sooner than after 6 h, 2 g in a day at most. Gives its id."""
    id = world.new_id("prn")
    limit = {"numerator": quantity(2000, "mg"), "denominator": quantity(24, "h")}
    world.put(
        {
            "resourceType": "MedicationRequest",
            "id": id,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept(_TABLET, coding(ATC, "N02BE01", "Paracetamol")),
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "authoredOn": when(world.now),
            "dosageInstruction": [
                {
                    "text": f"{_TABLET} 必要时 间隔6小时以上 每日不超过2g",
                    "timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}},
                    "asNeededBoolean": True,
                    "route": concept("口服", coding(SNOMED, "26643006", "Oral")),
                    "doseAndRate": [{"doseQuantity": quantity(500, "mg")}],
                    "maxDosePerPeriod": limit,
                }
            ],
        }
    )
    _ask_again(world, stay, id)
    return id


def _ask_again(world: World, stay: Stay, id: str) -> None:
    """The next time somebody wants it: seldom too soon."""
    chance = world.chance("wanted", id, world.now)
    hours = 4.5 if chance.random() < 0.015 else chance.uniform(7, 30)
    world.after(timedelta(hours=hours), lambda w: _take(w, stay, id))


def _take(world: World, stay: Stay, id: str) -> None:
    if not stay.ended and not stay.died:
        give(world, stay, id)
        _ask_again(world, stay, id)


def give(world: World, stay: Stay, id: str) -> None:
    """One dose of it."""
    row = world.store.get("MedicationRequest", id)
    if row is None or row.resource["status"] != "active":
        return
    order = row.resource
    dose = order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
    world.put(
        {
            "resourceType": "MedicationAdministration",
            "id": world.new_id("given"),
            "status": "completed",
            "medicationCodeableConcept": order["medicationCodeableConcept"],
            "subject": order["subject"],
            "context": order["encounter"],
            "effectiveDateTime": when(world.now),
            "request": ref("MedicationRequest", id),
            "dosage": {"dose": dose},
        }
    )


# ---------------------------------------------------------------------------- against an allergy


def against_allergy(world: World) -> None:
    """Every few days something is ordered that its patient is allergic to; a pharmacist sees it."""
    chance = world.chance("against", world.local().date())
    if chance.random() >= 0.3:
        return
    stays = [stay for _, stay in sorted(world.stays.items())]
    wrong = [(stay, code) for stay in stays if (code := _danger(world, stay)) is not None]
    if wrong:
        stay, code = chance.choice(wrong)
        order_against(world, stay, code, timedelta(minutes=chance.randrange(20, 50)))


def _danger(world: World, stay: Stay) -> str | None:
    """The class of an allergy for which there is something wrong to order."""
    for row in world.store.all("AllergyIntolerance"):
        if row.resource["patient"]["reference"] == f"Patient/{stay.patient}":
            codes = [one["code"] for one in row.resource["code"].get("coding", ())]
            return next((code for code in codes if code in _AGAINST), None)
    return None


def order_against(world: World, stay: Stay, allergy: str, cancelled_after: timedelta) -> str:
    """Order what the allergy forbids; somebody calls it off. Gives the order's id."""
    code, text = _AGAINST[allergy]
    id = orders.medicine(world, stay, text, ("08:00", "16:00"))
    world.change(
        "MedicationRequest", id, medicationCodeableConcept=concept(text, coding(ATC, code))
    )

    def call_off(world: World) -> None:
        if not stay.ended:
            world.change("MedicationRequest", id, status="cancelled")

    world.after(cancelled_after, call_off)
    return id


def allergic(world: World, stay: Stay) -> str:
    """Record an allergy to penicillins; gives its class."""
    active = concept(None, coding(f"{HL7}/allergyintolerance-clinical", "active"))
    verified = concept(None, coding(f"{HL7}/allergyintolerance-verification", "confirmed"))
    allergy: Json = {
        "resourceType": "AllergyIntolerance",
        "id": world.new_id("allergy"),
        "clinicalStatus": active,
        "verificationStatus": verified,
        "type": "allergy",
        "category": ["medication"],
        "criticality": "high",
        "code": concept("青霉素过敏", coding(ATC, "J01C", "Penicillins")),
        "patient": ref("Patient", stay.patient),
        "recordedDate": when(stay.admitted),
    }
    world.put(allergy)
    return "J01C"


# ------------------------------------------------------------------------------- fasting, blood


def fast_overnight(world: World) -> None:
    """Somebody has something tomorrow that needs fasting: nothing by mouth from midnight on. Now
    and then nobody thinks of ending it."""
    chance = world.chance("fasting", world.local().date())
    stays = [stay for _, stay in sorted(world.stays.items()) if not stay.died]
    if not stays or chance.random() >= 0.6:
        return
    stay = chance.choice(stays)
    due = world.today(time(chance.choice((8, 9, 10)), 30), 1)
    orders.once(
        world, stay, "scan", "冠状动脉造影", due, fasting=True, done_after=timedelta(minutes=40)
    )
    world.at(world.today(time(0), 1), lambda w: _fast(w, stay))
    over = timedelta(hours=5 if chance.random() < 0.15 else 1, minutes=10)
    world.at(due + over, lambda w: _eat(w, stay))


def _fast(world: World, stay: Stay) -> None:
    if not stay.ended:
        staying.diet(world, stay, "npo")


def _eat(world: World, stay: Stay) -> None:
    if not stay.ended:
        moves.end_fasting(world, stay)


def transfusion(world: World) -> None:
    """On some days a unit of red cells is given."""
    chance = world.chance("blood", world.local().date())
    stays = [stay for _, stay in sorted(world.stays.items()) if not stay.died]
    if stays and chance.random() < 0.25:
        transfuse(world, chance.choice(stays))


def transfuse(world: World, stay: Stay) -> None:
    """A unit of red cells, 200 mL in two hours."""
    if drips.of_bed(world, stay.bed) is None:
        unit = Bag(name="悬浮红细胞 2U", total=200, rate=100, sensor=False, once=True)
        drips.hang(world, stay, unit)
