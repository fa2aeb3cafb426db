"""Quantities in the ward's units (`clinical.observation.UNITS`), from UCUM and common spellings.

A number without a unit is refused: 37 could be a temperature in °C or a heart rate. What no living
adult or child has is refused too: it is a slip of the pen or of a decoder, not a sign.
"""

from smartward.clinical.observation import Parameter
from smartward.his.fhir.elements import Quantity, Ratio
from smartward.his.fhir.reject import MISSING, RANGE, UNIT, Reject

_UCUM = "http://unitsofmeasure.org"
_PER_MINUTE = ("/min", "1/min", "min-1", "{beats}/min", "{breaths}/min", "bpm", "次/分", "次/min")
_KPA_MMHG = 7.500617
"""1 kPa = 7.500617 mmHg (101.325 kPa are 760 mmHg)."""
_GLUCOSE_MG_DL = 1 / 18.0156
"""Glucose: 1 mmol/L = 18.0156 mg/dL (180.156 g/mol)."""

_Scale = tuple[float, float]
"""Factor, then what is added."""
_PLAIN: _Scale = (1.0, 0.0)
_FAHRENHEIT: _Scale = (5 / 9, -160 / 9)

_UNITS: dict[Parameter, dict[str, _Scale]] = {
    Parameter.RESPIRATORY_RATE: dict.fromkeys(_PER_MINUTE, _PLAIN),
    Parameter.HEART_RATE: dict.fromkeys(_PER_MINUTE, _PLAIN),
    Parameter.OXYGEN_SATURATION: {"%": _PLAIN},
    Parameter.TEMPERATURE: {
        **dict.fromkeys(("Cel", "°C", "℃", "C", "degC"), _PLAIN),
        **dict.fromkeys(("[degF]", "°F", "℉", "degF"), _FAHRENHEIT),
    },
    Parameter.GLUCOSE: {"mmol/L": _PLAIN, "mg/dL": (_GLUCOSE_MG_DL, 0.0)},
}
_UNITS[Parameter.SYSTOLIC] = {
    **dict.fromkeys(("mm[Hg]", "mmHg", "mm Hg"), _PLAIN),
    "kPa": (_KPA_MMHG, 0.0),
}
_UNITS[Parameter.DIASTOLIC] = _UNITS[Parameter.SYSTOLIC]

_LIVING: dict[Parameter, tuple[float, float]] = {
    Parameter.RESPIRATORY_RATE: (0, 120),
    Parameter.OXYGEN_SATURATION: (0, 100),
    Parameter.SYSTOLIC: (0, 350),
    Parameter.DIASTOLIC: (0, 250),
    Parameter.HEART_RATE: (0, 350),
    Parameter.TEMPERATURE: (15, 47),
    Parameter.PAIN: (0, 10),
    Parameter.GLUCOSE: (0, 120),
}


def unit_of(quantity: Quantity) -> str:
    """The UCUM code when it is one, else the unit as printed."""
    return (quantity.code or quantity.unit or "").strip()


def exact(quantity: Quantity | None) -> float:
    """Its number. Raises Reject when there is none or it only bounds one (`<`, `>`)."""
    if quantity is None or quantity.value is None:
        raise Reject(MISSING, "valueQuantity.value")
    if quantity.comparator is not None:
        raise Reject(RANGE, "the value is only a bound")
    return quantity.value


def in_unit(parameter: Parameter, quantity: Quantity | None) -> float:
    """The value in the parameter's unit. Raises Reject(MISSING, UNIT or RANGE)."""
    number = exact(quantity)
    assert quantity is not None
    known = _UNITS.get(parameter)
    if known is not None:
        scale = known.get(unit_of(quantity))
        if scale is None and not (quantity.code and quantity.system == _UCUM):
            # A code of another system says nothing here; UCUM's would contradict what is printed.
            scale = known.get((quantity.unit or "").strip())
        if scale is None:
            raise Reject(UNIT, f"{parameter} in {unit_of(quantity)[:20]!r}")
        factor, added = scale
        number = round(number * factor + added, 4)
    return living(parameter, number)


def living(parameter: Parameter, number: float) -> float:
    """The number, when a living person can have it. Raises Reject(RANGE)."""
    low, high = _LIVING.get(parameter, (float("-inf"), float("inf")))
    if not low <= number <= high:
        raise Reject(RANGE, f"{parameter} out of range")
    return number


_ML = {"mL": 1.0, "ml": 1.0, "毫升": 1.0, "L": 1000.0, "l": 1000.0, "dL": 100.0}
_HOURS = {"h": 1.0, "min": 1 / 60, "d": 24.0}


_MOST_ML = 20_000.0
"""More than any bag holds, and than anything flows in an hour."""


def _plausible(volume: float) -> float | None:
    return round(volume, 3) if volume <= _MOST_ML else None


def millilitres(quantity: Quantity | None) -> float | None:
    """A volume in mL, or None when it is none (a dose in mg, for example)."""
    if quantity is None or quantity.value is None or quantity.value < 0:
        return None
    factor = _ML.get(unit_of(quantity))
    return None if factor is None else _plausible(quantity.value * factor)


def ml_per_hour(rate: Quantity | None, ratio: Ratio | None) -> float | None:
    """A flow in mL/h from a rate quantity or a ratio; None when it is not a volume in a time."""
    if rate is not None and rate.value is not None and rate.value >= 0:
        volume, _, per = unit_of(rate).partition("/")
        if volume in _ML and per in _HOURS:
            return _plausible(rate.value * _ML[volume] / _HOURS[per])
        return None
    if ratio is None:
        return None
    volume_ml, time = millilitres(ratio.numerator), ratio.denominator
    if volume_ml is None or time is None or time.value is None or unit_of(time) not in _HOURS:
        return None
    hours = time.value * _HOURS[unit_of(time)]
    return _plausible(volume_ml / hours) if hours > 0 else None
