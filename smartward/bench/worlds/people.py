"""Who lies in the beds of a generated ward: levels, habits and what is ordered. Nobody is real.

Levels and their spread are chosen so that about one set in ten of those to whom nothing happens is
at 5 and more of NEWS2, as on general wards (the scores and their database: Prytherch et al., ViEWS,
Resuscitation 2010;81:932-7; Smith et al., Resuscitation 2013;84:465-70). Some have chronic
hypercapnic lung disease with an ordered target of 88-92 % (O'Driscoll et al., BTS guideline for
oxygen use, Thorax 2017;72 Suppl 1). Shares of other traits are guesses for a mixed ward.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from smartward.clinical.encounter import NursingLevel

LEVEL: Mapping[str, tuple[float, float]] = {
    "rr": (16.2, 1.5), "spo2": (97.0, 1.0), "hr": (76.0, 9.0), "sys": (127.0, 13.0),
    "t": (36.7, 0.22),
}  # fmt: skip
"""Mean of each sign and its spread between adults at rest: breaths and beats a minute, %, mmHg,
°C."""

SIGNS = tuple(LEVEL)

_MOVED: Mapping[str, Mapping[str, float]] = {
    "copd": {"rr": 2.5, "spo2": -6.4, "hr": 6.0},
    "acute": {"rr": 2.2, "spo2": -1.4, "hr": 11.0, "sys": -5.0, "t": 0.3},
    "post_op": {"rr": 0.5, "spo2": -0.8, "hr": 5.0, "sys": -5.0, "t": 0.2},
    "hypertension": {"sys": 15.0},
    "beta_blocker": {"hr": -9.0},
    "slight": {"sys": -16.0},
}
"""How far a trait moves the levels."""

_GLUCOSE = {False: (5.6, 0.5), True: (8.2, 1.6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One patient. `level`: resting values; `swing`: how large the daily rhythm is, 1 the usual;
    `answer`: how far each sign follows what happens to the patient, 1 the usual."""

    number: int
    age: int
    traits: frozenset[str]
    level: Mapping[str, float]
    swing: float
    answer: Mapping[str, float]
    oxygen: bool
    monitored: bool
    grade: NursingLevel
    pain: int
    glucose: float
    """mmol/L, fasting."""
    name: str = field(default="")

    @property
    def scale(self) -> int:
        """The NEWS2 saturation scale that a clinician ordered."""
        return 2 if "copd" in self.traits else 1

    @property
    def opioid(self) -> bool:
        """Whether an opioid runs and sedation is scored."""
        return "opioid" in self.traits

    @property
    def diabetic(self) -> bool:
        """Whether glucose is measured at the bed, before meals and at night."""
        return "diabetes" in self.traits


def person(seed: str, number: int) -> Person:
    """The patient of one bed; the same for the same seed and number."""
    chance = Random(f"{seed}/person/{number}")
    age = round(min(96.0, max(18.0, chance.gauss(67, 15))))
    traits = _traits(chance, age)
    level = {name: chance.gauss(*LEVEL[name]) for name in SIGNS}
    for trait in sorted(traits):
        for name, by in _MOVED.get(trait, {}).items():
            level[name] += by * min(1.5, max(0.5, chance.gauss(1, 0.2)))
    level["spo2"] = min(99.0, level["spo2"])
    answer = {name: min(1.5, max(0.55, chance.gauss(1, 0.18))) for name in SIGNS}
    if "beta_blocker" in traits:
        answer["hr"] *= 0.45
    if age >= 80:
        answer["t"] *= 0.6
    watched = bool(traits & {"copd", "acute", "opioid"})
    frail = watched or age >= 85
    return Person(
        number=number,
        age=age,
        traits=traits,
        level=level,
        swing=max(0.3, chance.gauss(1, 0.25)),
        answer=answer,
        oxygen=chance.random() < (0.45 if "copd" in traits else 0.3 if "acute" in traits else 0.03),
        monitored=chance.random() < (0.4 if watched else 0.08),
        grade=NursingLevel.ONE if frail else NursingLevel.TWO if age >= 50 else NursingLevel.THREE,
        pain=chance.choice((2, 3, 4)) if "post_op" in traits else chance.choice((0, 0, 0, 1, 2)),
        glucose=max(4.6, chance.gauss(*_GLUCOSE["diabetes" in traits])),
        name=_name(seed, number),
    )


def _traits(chance: Random, age: int) -> frozenset[str]:
    old = min(1.0, max(0.2, (age - 30) / 45))
    found = set()
    for trait, share in (
        ("copd", 0.11 * old), ("acute", 0.2), ("post_op", 0.27), ("hypertension", 0.4 * old),
        ("diabetes", 0.22 * old), ("beta_blocker", 0.28 * old), ("slight", 0.09),
    ):  # fmt: skip
        if chance.random() < share:
            found.add(trait)
    if "post_op" in found and chance.random() < 0.6:
        found.add("opioid")
    if "hypertension" in found:
        found.discard("slight")
    return frozenset(found)


def _name(seed: str, number: int) -> str:
    """A made-up word, and no two in a ward look alike."""
    chance = Random(f"{seed}/name/{number}")
    word = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(6))
    return f"{word.capitalize()} {number}"
