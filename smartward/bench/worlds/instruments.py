"""What is read of a body, and how it goes wrong: instruments, habits, slips of the pen.

- Oximeters are within about 2 % (ISO 80601-2-61), cuffs within about 5 mmHg (ISO 81060-2) and off
  by 20 and more where the size or the arm is wrong, thermometers within 0.2 °C.
- Breaths are counted for half a minute, and many are written down as 16, 18 or 20 without counting
  (Badawy et al., BMJ Qual Saf 2017;26:832-6).
- Probes fall off and patients move: most alarms of saturation on wards are short and wrong
  (Gross et al., Biomed Instrum Technol 2011;45(s1):29-36; Drew et al., PLoS One 2014;9:e110274).
How often each of them happens is a local guess, the same for every judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from smartward.bench.worlds.body import State
from smartward.clinical.observation import Measurement, Parameter

_P = Parameter
CHARTED: Mapping[str, Parameter] = {
    "rr": _P.RESPIRATORY_RATE, "spo2": _P.OXYGEN_SATURATION, "hr": _P.HEART_RATE,
    "sys": _P.SYSTOLIC, "t": _P.TEMPERATURE,
}  # fmt: skip
MONITORED = ("rr", "spo2", "hr")

_SPREAD = {"rr": 1.1, "spo2": 0.9, "hr": 2.0, "sys": 4.5, "t": 0.14}
_GUESSED = (16, 18, 20)
_GUESSES = 0.2
_EVEN = 0.55
_CUFF_WRONG, _COLD_FINGER, _SLIP, _LEFT_OUT = 0.02, 0.015, 0.008, 0.045
_LEAVES_OUT = (
    *(_P.TEMPERATURE, _P.TEMPERATURE, _P.CONSCIOUSNESS, _P.CONSCIOUSNESS),
    *(_P.RESPIRATORY_RATE, _P.OXYGEN_SUPPLY),
)
_PUT_RIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Chart:
    """A set as it is written down. `wrong`: with an instrument's error or a slip in it; `right`:
    what is charted instead once a slip is seen; `later`: what was left out and is added."""

    values: Mapping[Parameter, float | str]
    wrong: bool = False
    right: Mapping[Parameter, float | str] | None = None
    later: Mapping[Parameter, float | str] | None = None


def chart(state: State, oxygen: bool, chance: Random) -> Chart:
    """A set taken by a nurse."""
    read = {name: state.signs[name] + chance.gauss(0, _SPREAD[name]) for name in CHARTED}
    read["rr"] = _breaths(read["rr"], chance)
    wrong = False
    if chance.random() < _CUFF_WRONG:
        read["sys"] += chance.choice((-32, -26, -20, 22, 28))
        wrong = True
    if chance.random() < _COLD_FINGER:
        read["spo2"] -= chance.uniform(4, 10)
        wrong = True
    values: dict[Parameter, float | str] = {CHARTED[n]: _shown(n, v) for n, v in read.items()}
    values[_P.DIASTOLIC] = round(read["sys"] * 0.58 + chance.gauss(0, 4))
    values[_P.OXYGEN_SUPPLY] = "oxygen" if oxygen else "air"
    values[_P.CONSCIOUSNESS] = state.mind
    values[_P.PAIN] = state.pain
    return _written(Chart(values, wrong), chance)


def _written(made: Chart, chance: Random) -> Chart:
    """What becomes of it on paper: a slip that may be put right, a gap that may be filled."""
    if chance.random() < _SLIP:
        right = made.values if chance.random() < _PUT_RIGHT else None
        return replace(made, values=_slip(made.values, chance), wrong=True, right=right)
    if chance.random() < _LEFT_OUT:
        missing = chance.choice(_LEAVES_OUT)
        rest = {name: value for name, value in made.values.items() if name is not missing}
        later = {missing: made.values[missing]} if chance.random() < 0.5 else None
        return replace(made, values=rest, later=later)
    return made


def _slip(values: Mapping[Parameter, float | str], chance: Random) -> dict[Parameter, float | str]:
    """Digits change places, or the next key is hit; what no pad would take is not written."""
    which = chance.choice((_P.OXYGEN_SATURATION, _P.HEART_RATE, _P.SYSTOLIC, _P.TEMPERATURE))
    value = float(values[which])
    slips = {
        _P.OXYGEN_SATURATION: max(60.0, value - chance.choice((8, 10, 18))),
        _P.HEART_RATE: value + chance.choice((40, 50, -30)),
        _P.SYSTOLIC: value + chance.choice((60, -40, 90)),
        _P.TEMPERATURE: round(value + chance.choice((3.0, -3.0, 2.0)), 1),
    }
    return {**values, which: slips[which]}


def monitored(state: State, chance: Random) -> dict[str, float]:
    """What a monitor reads without anything wrong."""
    return {
        name: _shown(name, state.signs[name] + chance.gauss(0, _SPREAD[name] * 0.9))
        for name in MONITORED
    }


class Monitor:
    """A monitor or a worn sensor, sample by sample, with what goes wrong with it."""

    def __init__(self, seed: str, number: int, every_h: float) -> None:
        self._chance = Random(f"{seed}/monitor/{number}")
        self._every_h = every_h
        self._off_until_h = float("-inf")
        self._loose_until_h = float("-inf")

    def sample(self, state: State, at_h: float) -> dict[str, float]:
        """The values of one sample; none while it is off. Rates are by day of wearing it."""
        chance = self._chance
        if self._falls(1.8):
            self._off_until_h = at_h + chance.uniform(0.3, 1.8)
        if self._falls(4.0):
            self._loose_until_h = at_h + chance.uniform(0.02, 0.25)
        read = monitored(state, chance)
        if at_h < self._off_until_h:
            return {}
        if at_h < self._loose_until_h:
            read["spo2"] = round(chance.uniform(58, 88))
            if chance.random() < 0.3:
                del read["spo2"]
        if self._falls(4.0):
            read["hr"] = round(read["hr"] * chance.uniform(1.3, 1.9))
        if self._falls(8.0):
            read["rr"] = round(chance.choice((chance.uniform(31, 44), chance.uniform(4, 7))))
        return read

    def _falls(self, by_day: float) -> bool:
        return self._chance.random() < by_day * self._every_h / 24


def _breaths(value: float, chance: Random) -> float:
    if 13 <= value <= 22.5 and chance.random() < _GUESSES:
        return float(min(_GUESSED, key=lambda one: abs(one - value)))
    return 2 * round(value / 2) if chance.random() < _EVEN else value


def _shown(name: str, value: float) -> float:
    if name == "t":
        return round(value, 1)
    return float(min(100, max(0, round(value)))) if name == "spo2" else float(max(0, round(value)))


def measurements(values: Mapping[Parameter, float | str]) -> tuple[Measurement, ...]:
    """As they stand in a document."""
    return tuple(
        Measurement(parameter=name, code=value)
        if isinstance(value, str)
        else Measurement(parameter=name, value=value)
        for name, value in values.items()
    )
