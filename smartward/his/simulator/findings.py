"""What is found of a patient besides vital signs: laboratory, glucose, pain, weight, scores.

Each person has levels of their own, values drift about them, and what is critical is rare: one in
some hundred results, as in real laboratories. Whatever is found is looked at again, mostly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from smartward.his.simulator.build import (
    HL7,
    LOCAL,
    LOINC,
    Json,
    coding,
    concept,
    quantity,
    ref,
    when,
)
from smartward.his.simulator.world import Stay, World

_SAMPLED = 0.5
"""Share of the patients whose blood is taken in the morning."""
_CRITICAL = 0.02
"""Share of such mornings with one critical value."""


@dataclass(frozen=True, slots=True)
class Test:
    """What a laboratory measures: code, words and unit, the usual level and its spread between
    people, the limits of the normal range, and what is critical here."""

    loinc: str
    text: str
    unit: str
    ucum: str
    level: float
    spread: float
    low: float
    high: float
    places: int
    critical: tuple[float, ...] = ()


TESTS = {
    "potassium": Test("2823-3", "血清钾", "mmol/L", "mmol/L", 4.2, 0.3, 3.5, 5.3, 1, (2.6, 6.6)),
    "sodium": Test("2951-2", "血清钠", "mmol/L", "mmol/L", 139, 2.5, 137, 147, 0, (117,)),
    "creatinine": Test("14682-9", "肌酐", "μmol/L", "umol/L", 84, 16, 45, 104, 0),
    "haemoglobin": Test("718-7", "血红蛋白", "g/L", "g/L", 127, 12, 115, 150, 0, (48,)),
    "platelets": Test("777-3", "血小板", "10*9/L", "10*9/L", 205, 40, 125, 350, 0, (17,)),
    "leucocytes": Test("6690-2", "白细胞", "10*9/L", "10*9/L", 6.9, 1.2, 3.5, 9.5, 1),
    "inr": Test("34714-6", "国际标准化比值", "", "1", 1.05, 0.06, 0.8, 1.2, 2),
    "lactate": Test("2524-7", "乳酸", "mmol/L", "mmol/L", 1.2, 0.2, 0.5, 2.2, 1),
    "glucose": Test("14749-6", "血清葡萄糖", "mmol/L", "mmol/L", 5.4, 0.5, 3.9, 6.1, 1),
}
"""Levels of adults; codes of LOINC. Lactate and glucose are not of every morning."""
_MORNING = ("potassium", "sodium", "creatinine", "haemoglobin", "platelets", "leucocytes", "inr")
_CALLED = ("potassium", "haemoglobin", "platelets", "sodium", "potassium")
"""Of which one value is critical now and then."""


def observe(
    world: World, stay: Stay, prefix: str, code: Json, category: str, at: datetime | None = None,
    **elements: object,
) -> str:  # fmt: skip
    """Write an Observation of the stay, taken at `at` (now); gives its id."""
    id = world.new_id(prefix)
    world.put(
        {
            "resourceType": "Observation",
            "id": id,
            "status": "final",
            "category": [concept(None, coding(f"{HL7}/observation-category", category))],
            "code": code,
            "subject": ref("Patient", stay.patient),
            "encounter": ref("Encounter", stay.encounter),
            "effectiveDateTime": when(at or world.now),
            "issued": when(world.now),
            **elements,
        }
    )
    return id


def result(
    world: World, stay: Stay, name: str, value: float, at: datetime | None = None,
    *, critical: bool = False,
) -> str:  # fmt: skip
    """The laboratory's result of one test, with what it says of it. Raises KeyError for a test that
    is none of TESTS."""
    test = TESTS[name]
    side = "L" if value < test.low else "H" if value > test.high else "N"
    code = side * 2 if critical and side != "N" else side
    system = f"{HL7}/v3-ObservationInterpretation"
    return observe(
        world, stay, "lab", concept(test.text, coding(LOINC, test.loinc)), "laboratory", at,
        valueQuantity=quantity(round(value, test.places), test.unit or "1", test.ucum),
        interpretation=[concept(None, coding(system, code))],
    )  # fmt: skip


def bloods(world: World) -> None:
    """At six: blood is taken of about half the ward; results follow within two hours."""
    day = world.local().date()
    for _, stay in sorted(world.stays.items()):
        chance = world.chance("bloods", stay.encounter, day)
        if stay.died or chance.random() >= _SAMPLED:
            continue
        taken = world.now + timedelta(minutes=chance.randrange(30))
        called = chance.choice(_CALLED) if chance.random() < _CRITICAL else ""
        ready = taken + timedelta(minutes=chance.randrange(70, 130))
        world.at(ready, partial(_report, stay=stay, taken=taken, called=called))


def _report(world: World, stay: Stay, taken: datetime, called: str) -> None:
    if stay.ended:
        return
    chance = world.chance("report", stay.encounter, taken)
    for name in _MORNING:
        if name == called:
            result(world, stay, name, chance.choice(TESTS[name].critical), taken, critical=True)
        else:
            result(world, stay, name, _usual(world, stay, name, taken), taken)
    if called:
        world.after(timedelta(hours=3), lambda w: _control(w, stay, called))


def _usual(world: World, stay: Stay, name: str, at: datetime) -> float:
    """About this person's own level, within what is plausible and not critical."""
    test = TESTS[name]
    own = world.chance("level", name, stay.encounter).gauss(test.level, test.spread)
    value = own + world.chance("value", name, stay.encounter, at).gauss(0, test.spread * 0.3)
    reach = 3 * test.spread
    return min(max(value, test.level - reach), test.level + reach)


def _control(world: World, stay: Stay, name: str) -> None:
    """A second sample, after something was done about the first."""
    if not stay.ended:
        value = (TESTS[name].level + 2 * TESTS[name].low) / 3
        result(world, stay, name, value, world.now - timedelta(minutes=40))


# ------------------------------------------------------------------------------- at the bed


def glucose(world: World) -> None:
    """Before meals and at night: the glucose of who has diabetes, low now and then."""
    for _, stay in sorted(world.stays.items()):
        if stay.died or world.chance("diabetic", stay.encounter).random() >= 0.2:
            continue
        chance = world.chance("glucose", stay.encounter, world.now)
        low = chance.random() < 0.012
        value = chance.uniform(3.2, 3.8) if low else min(max(chance.gauss(8.2, 1.5), 4.6), 14.0)
        meter(world, stay, value)
        if low:
            # Sugar, and once more after a quarter of an hour.
            world.after(timedelta(minutes=15), partial(_sweetened, stay=stay))


def meter(world: World, stay: Stay, value: float) -> None:
    """A glucose by finger prick."""
    code = concept("末梢血糖", coding(LOINC, "41653-7"))
    told = quantity(round(value, 1), "mmol/L")
    observe(world, stay, "meter", code, "laboratory", valueQuantity=told)


def _sweetened(world: World, stay: Stay) -> None:
    if not stay.ended:
        meter(world, stay, 5.4)


def pain(world: World) -> None:
    """A round that asks for pain: mostly little; what is much is asked about again, mostly."""
    for _, stay in sorted(world.stays.items()):
        chance = world.chance("pain", stay.encounter, world.now)
        if stay.died or chance.random() >= 0.4:
            continue
        much = chance.random() < 0.05
        ask(world, stay, chance.choice((5, 6, 7)) if much else chance.choice((0, 0, 1, 1, 2, 3)))
        if much and chance.random() < 0.9:
            wait = timedelta(minutes=chance.randrange(35, 58))
            world.after(wait, partial(_eased, stay=stay))


def ask(world: World, stay: Stay, number: int) -> None:
    """Pain on the numeric rating scale."""
    code = concept("疼痛评分（NRS）", coding(LOINC, "72514-3"))
    observe(world, stay, "pain", code, "survey", valueInteger=number)


def _eased(world: World, stay: Stay) -> None:
    if not stay.ended:
        ask(world, stay, 2)


def weigh(world: World) -> None:
    """In the morning: who came since yesterday, and each day a quarter of the ward (heart
    failure)."""
    for _, stay in sorted(world.stays.items()):
        fresh = world.now - stay.admitted < timedelta(hours=24)
        daily = world.chance("weighed", stay.encounter).random() < 0.25
        if not stay.died and (fresh or daily):
            weight(world, stay)


def weight(world: World, stay: Stay) -> None:
    """The body weight, in kg."""
    own = world.chance("weight", stay.encounter).gauss(65, 9)
    off = world.chance("weight", stay.encounter, world.now).gauss(0, 0.3)
    today = min(max(own, 44.0), 96.0) + off
    code = concept("体重", coding(LOINC, "29463-7"))
    told = quantity(round(today, 1), "kg")
    observe(world, stay, "weight", code, "vital-signs", valueQuantity=told)


def sedation(world: World) -> None:
    """Of the few with an opioid pump: how sedated they are; too much is rare, and passes."""
    for _, stay in sorted(world.stays.items()):
        if stay.died or world.chance("opioid pump", stay.encounter).random() >= 0.05:
            continue
        deep = world.chance("poss", stay.encounter, world.now).random() < 0.02
        poss(world, stay, 3 if deep else 1)
        if deep:
            world.after(timedelta(minutes=40), partial(_awake, stay=stay))


def poss(world: World, stay: Stay, level: int) -> None:
    """Sedation by the hospital's own code of POSS."""
    code = concept("POSS镇静评分", coding(f"{LOCAL}/score", "poss"))
    observe(world, stay, "poss", code, "survey", valueInteger=level)


def _awake(world: World, stay: Stay) -> None:
    if not stay.ended:
        poss(world, stay, 2)


_SCORES = {"59460-6": "Morse跌倒评估总分", "38227-5": "Braden压疮评估总分"}


def scores(world: World) -> None:
    """In the forenoon: Morse and Braden anew, of who is at risk each day and of others each third;
    now and then somebody has become one at risk."""
    day = world.local().date()
    for _, stay in sorted(world.stays.items()):
        for loinc, text in _SCORES.items():
            known = stay.scores.get(loinc)
            risky = known is not None and at_risk(loinc, known)
            if stay.died or known is None or not (risky or day.toordinal() % 3 == 0):
                continue
            chance = world.chance("score", loinc, stay.encounter, day)
            worse = 50 if loinc == "59460-6" else 12
            value = worse if not risky and chance.random() < 0.02 else known
            stay.scores[loinc] = value
            code = concept(text, coding(LOINC, loinc))
            observe(world, stay, "score", code, "survey", valueInteger=value)


def at_risk(loinc: str, total: int) -> bool:
    """Morse 45 and more, Braden 18 and less."""
    return total >= 45 if loinc == "59460-6" else total <= 18
