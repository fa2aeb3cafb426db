"""A generated body: its own level, the rhythm of the day, correlated noise, and what happens to it.

Noise is mean-reverting at three speeds: what stirs a person (half an hour) and what strains one
(six hours) move several signs together, the rest (an hour and a half) each sign alone. The rhythm
is highest in the afternoon: temperature by 0.25-0.5 °C (Mackowiak et al., JAMA 1992;268:1578-80),
pulse and pressure fall by a tenth at night (O'Brien et al., Lancet 1988;2:397).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from smartward.bench.worlds.courses import Course, along
from smartward.bench.worlds.people import SIGNS, Person

_STIRS: Mapping[str, float] = {"hr": 4.0, "rr": 1.0, "sys": 5.0}
_STRAINS: Mapping[str, float] = {"hr": 3.5, "rr": 0.8, "t": 0.12, "spo2": -0.4}
_ALONE: Mapping[str, float] = {"rr": 0.7, "spo2": 0.6, "hr": 2.5, "sys": 5.0, "t": 0.10}
_RHYTHM: Mapping[str, float] = {"rr": 0.4, "spo2": 0.3, "hr": 4.0, "sys": 6.0, "t": 0.28}
_HIGHEST_AT_H = 16.0
_RETURN_H = {"stirs": 0.5, "strains": 6.0, "alone": 1.5}
_TREATED_H = 4.0
"""After an event that is treated on the ward, what it did fades with this time constant."""
_FLOOR = {"rr": 2.0, "spo2": 50.0, "hr": 22.0, "sys": 50.0, "t": 33.5}
_OXYGEN_GIVES = 3.0
"""Points of saturation by oxygen at a few litres a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A course that one patient takes, in hours of the world; `force`: how far it goes."""

    course: Course
    onset_h: float
    end_h: float
    force: float
    fast: bool
    icu: bool = False

    def share(self, at_h: float) -> float | None:
        """How much of it is over; None before it begins."""
        if at_h < self.onset_h:
            return None
        return (at_h - self.onset_h) / (self.end_h - self.onset_h)

    def fading(self, at_h: float) -> float:
        """How much of what it did is there still after its end, 1 all."""
        after = at_h - self.end_h
        return 1.0 if after <= 0 else math.exp(-after / _TREATED_H)


@dataclass(frozen=True, slots=True)
class State:
    """The body at one time: signs, code of ACVPU, pain 0 to 10, sedation, glucose in mmol/L and
    how many g/L of haemoglobin were lost."""

    signs: Mapping[str, float]
    mind: str
    pain: int
    poss: int
    glucose: float
    blood_lost: float

    @property
    def alarming(self) -> bool:
        """Whether anybody who looks in sees that something is wrong."""
        one = self.signs
        pale = one["sys"] < 85 or one["spo2"] < 84
        return self.mind != "A" or one["rr"] > 27 or one["rr"] < 7 or one["hr"] > 132 or pale


class Body:
    """One patient's body; asked at times that never go back."""

    def __init__(self, seed: str, person: Person, happenings: Sequence[Happening]) -> None:
        self._chance = Random(f"{seed}/body/{person.number}")
        self._person = person
        self._happenings = tuple(happenings)
        self._noise: dict[tuple[str, str], float] = {}
        self._at_h: float | None = None
        self.oxygen = person.oxygen
        """Whether oxygen is given."""

    def at(self, at_h: float, hour: float) -> State:
        """The body `at_h` hours into the world, at this local hour of the day."""
        self._step(at_h)
        signs = {name: self._sign(name, at_h, hour) for name in SIGNS}
        if self.oxygen and not self._person.oxygen:
            signs["spo2"] += _OXYGEN_GIVES
        signs["spo2"] = min(100.0, signs["spo2"])
        mind, poss, pain, lost = "A", 1, float(self._person.pain), 0.0
        glucose = self._person.glucose + 1.6 * max(0.0, math.sin((hour - 7) / 24 * 4 * math.pi))
        for one in self._happenings:
            share = one.share(at_h)
            if share is None:
                continue
            left = one.fading(at_h)
            now = min(share, 1.0) if left > 0.4 else 0.0
            mind = next((code for from_, code in reversed(one.course.mind) if now >= from_), mind)
            poss = max(poss, round(along(one.course.poss, now, 1) if now else 1))
            if one.course.glucose_to and left > 0.9:
                glucose = along(one.course.glucose_to, now)
            lost += one.force * -along(one.course.haemoglobin, now)
            pain += along(one.course.pain, now) * left
        signs = {name: max(_FLOOR[name], value) for name, value in signs.items()}
        return State(signs, mind, min(10, max(0, round(pain))), poss, max(1.4, glucose), lost)

    def _sign(self, name: str, at_h: float, hour: float) -> float:
        person = self._person
        value = person.level[name]
        value += _RHYTHM[name] * person.swing * math.cos((hour - _HIGHEST_AT_H) / 12 * math.pi)
        value += _STIRS.get(name, 0.0) * self._noise["stirs", ""]
        value += _STRAINS.get(name, 0.0) * self._noise["strains", ""]
        value += _ALONE[name] * self._noise["alone", name]
        for one in self._happenings:
            share = one.share(at_h)
            if share is not None and name in one.course.signs:
                moved = along(one.course.signs[name], min(share, 1.0))
                value += moved * one.force * person.answer[name] * one.fading(at_h)
        return value

    def _step(self, at_h: float) -> None:
        passed = math.inf if self._at_h is None else at_h - self._at_h
        keys = [("stirs", ""), ("strains", ""), *(("alone", name) for name in SIGNS)]
        for key in keys:
            kept = math.exp(-passed / _RETURN_H[key[0]])
            before = self._noise.get(key, 0.0)
            fresh = self._chance.gauss(0, math.sqrt(1 - kept * kept))
            self._noise[key] = before * kept + fresh
        self._at_h = at_h
