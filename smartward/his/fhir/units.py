"""Quantities in the ward's units (`clinical.observation.UNITS`), from UCUM and common spellings.

A number without a unit is refused: 37 could be a temperature in °C or a heart rate. What no living
adult or child has is refused too: it is a slip of the pen or of a decoder, not a sign.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from smartward.clinical.observation import Parameter
from smartward.his.fhir.elements import Amount, Quantity, Ratio
from smartward.his.fhir.reject import MISSING, RANGE, UNIT, Reject

_NOTE = re.compile(r"\{[^}]*\}")
_UCUM = "http://unitsofmeasure.org"
_PER_MINUTE = ("/min", "1/min", "min-1")
_PER_MINUTE_PRINTED = (
    "bpm", "rpm", "beats/min", "beat/min", "breaths/min", "breath/min", "beats/minute",
    "breaths/minute", "/minute", "per minute", "次/分", "次/分钟", "次/min", "次每分", "次每分钟",
    "/分", "/分钟",
)  # fmt: skip
_KPA_MMHG = 7.500617
"""1 kPa = 7.500617 mmHg (101.325 kPa are 760 mmHg)."""
_GLUCOSE_MG_DL = 1 / 18.0156
"""Glucose: 1 mmol/L = 18.0156 mg/dL (180.156 g/mol)."""

_Scale = tuple[float, float]
"""Factor, then what is added."""
_PLAIN: _Scale = (1.0, 0.0)
_FAHRENHEIT: _Scale = (5 / 9, -160 / 9)
_KPA: _Scale = (_KPA_MMHG, 0.0)
_MG_DL: _Scale = (_GLUCOSE_MG_DL, 0.0)
_ML_MIN: _Scale = (0.001, 0.0)
_Units = dict[str, _Scale]

_RATE: _Units = dict.fromkeys(_PER_MINUTE, _PLAIN)
_PRESSURE: _Units = {"mm[Hg]": _PLAIN, "kPa": _KPA}
_UNITS: dict[Parameter, _Units] = {
    Parameter.RESPIRATORY_RATE: _RATE,
    Parameter.HEART_RATE: _RATE,
    Parameter.OXYGEN_SATURATION: {"%": _PLAIN},
    Parameter.TEMPERATURE: {"Cel": _PLAIN, "[degF]": _FAHRENHEIT},
    Parameter.SYSTOLIC: _PRESSURE,
    Parameter.DIASTOLIC: _PRESSURE,
    Parameter.GLUCOSE: {
        **dict.fromkeys(("mmol/L", "mmol/l"), _PLAIN),
        **dict.fromkeys(("mg/dL", "mg/dl"), _MG_DL),
    },
    Parameter.OXYGEN_FLOW: {
        **dict.fromkeys(("L/min", "l/min"), _PLAIN),
        **dict.fromkeys(("mL/min", "ml/min"), _ML_MIN),
    },
}
"""UCUM codes, in which case counts."""

_RATE_PRINTED: _Units = dict.fromkeys((*_PER_MINUTE, *_PER_MINUTE_PRINTED), _PLAIN)
_PRESSURE_PRINTED: _Units = {
    **dict.fromkeys(("mm[hg]", "mmhg", "mm hg", "毫米汞柱"), _PLAIN),
    **dict.fromkeys(("kpa", "千帕"), _KPA),
}
_PRINTED: dict[Parameter, _Units] = {
    Parameter.RESPIRATORY_RATE: _RATE_PRINTED,
    Parameter.HEART_RATE: _RATE_PRINTED,
    Parameter.OXYGEN_SATURATION: dict.fromkeys(("%", "percent", "pct"), _PLAIN),
    Parameter.TEMPERATURE: {
        **dict.fromkeys(("cel", "°c", "c", "degc", "deg c", "celsius", "摄氏度", "度"), _PLAIN),
        **dict.fromkeys(
            ("[degf]", "°f", "f", "degf", "deg f", "fahrenheit", "华氏度"), _FAHRENHEIT
        ),
    },
    Parameter.SYSTOLIC: _PRESSURE_PRINTED,
    Parameter.DIASTOLIC: _PRESSURE_PRINTED,
    Parameter.GLUCOSE: {
        **dict.fromkeys(("mmol/l", "毫摩尔/升"), _PLAIN),
        **dict.fromkeys(("mg/dl", "毫克/分升"), _MG_DL),
    },
    Parameter.OXYGEN_FLOW: {
        **dict.fromkeys(("l/min", "lpm", "l/minute", "升/分", "升/分钟"), _PLAIN),
        **dict.fromkeys(("ml/min", "毫升/分", "毫升/分钟"), _ML_MIN),
    },
}
"""Units as people write them, in lower case: see `_plain`."""

_NO_UCUM = frozenset(
    ("mmHg", "mm Hg", "bpm", "次/分", "次/min", "C", "°C", "℃", "degC", "F", "°F", "℉", "degF")
)
"""What is sent for a UCUM code and is none: it can mean nothing else of these."""

_FRACTION = 1.0
"""An oxygen saturation of 0.97 "%" is a fraction somebody sent for a percentage: it would be shown
as 1 %. Nobody has one so low."""
_LIVING: dict[Parameter, tuple[float, float]] = {
    Parameter.RESPIRATORY_RATE: (0, 120),
    Parameter.OXYGEN_SATURATION: (0, 100),
    Parameter.SYSTOLIC: (0, 350),
    Parameter.DIASTOLIC: (0, 250),
    Parameter.HEART_RATE: (0, 350),
    Parameter.TEMPERATURE: (15, 47),
    Parameter.PAIN: (0, 10),
    Parameter.GLUCOSE: (0, 120),
    Parameter.OXYGEN_FLOW: (0, 80),
}


@lru_cache(maxsize=512)
def _plain(unit: str) -> str:
    """A unit as people write it, without what is of no account: width, case, blanks, `{…}`."""
    text = unicodedata.normalize("NFKC", _NOTE.sub("", unit)).casefold()
    return " ".join(text.replace(" /", "/").replace("/ ", "/").split())


@lru_cache(maxsize=512)
def _bare(code: str) -> str:
    """A UCUM code without its annotations: `{breaths}/min` is `/min`."""
    return _NOTE.sub("", code).strip()


def _scale(parameter: Parameter, quantity: Quantity) -> _Scale | None:
    """By the UCUM code, else by the unit as printed: a code of another system says nothing here,
    but UCUM's would contradict what is printed. Where code and printed unit are both understood
    and differ (kPa and mmHg, Cel and °F), nobody knows which the number is in: None."""
    code, printed = quantity.code, _PRINTED[parameter]
    if code:
        ucum = _UNITS[parameter]
        scale = ucum.get(code) or ucum.get(_bare(code))
        if scale is None and (quantity.system != _UCUM or code in _NO_UCUM):
            scale = printed.get(_plain(code))
        said = printed.get(_plain(quantity.unit)) if quantity.unit else None
        if scale is not None and said not in (None, scale):
            return None
        if scale is not None or quantity.system == _UCUM:
            return scale
    return printed.get(_plain(quantity.unit)) if quantity.unit else None


def unit_of(quantity: Quantity | Amount) -> str:
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
    if parameter in _UNITS:
        scale = _scale(parameter, quantity)
        if scale is None:
            raise Reject(UNIT, f"{parameter} in {unit_of(quantity)[:20]!r}")
        factor, added = scale
        number = round(number * factor + added, 4)
    if parameter is Parameter.OXYGEN_SATURATION and number <= _FRACTION:
        raise Reject(RANGE, f"{parameter} is a fraction")
    return living(parameter, number)


def living(parameter: Parameter, number: float) -> float:
    """The number, when a living person can have it. Raises Reject(RANGE)."""
    low, high = _LIVING.get(parameter, (float("-inf"), float("inf")))
    if not low <= number <= high:
        raise Reject(RANGE, f"{parameter} out of range")
    return number


_ML = {
    **dict.fromkeys(("ml", "毫升", "cc", "cm3"), 1.0),
    **dict.fromkeys(("l", "升"), 1000.0),
    "dl": 100.0,
    "cl": 10.0,
}
_HOURS = {
    **dict.fromkeys(("h", "hr", "hour", "小时", "时"), 1.0),
    **dict.fromkeys(("min", "minute", "分", "分钟"), 1 / 60),
    **dict.fromkeys(("d", "day", "天", "日"), 24.0),
}
"""In lower case: of UCUM's volumes only the megalitre differs by case, and nobody hangs that."""
_ML_PER_H = {f"{unit}/{per}": ml / h for unit, ml in _ML.items() for per, h in _HOURS.items()}

_MOST_ML = 20_000.0
"""More than any bag holds, and than anything flows in an hour."""


def _plausible(volume: float) -> float | None:
    return round(volume, 3) if volume <= _MOST_ML else None


def _number(quantity: Quantity | Amount | None) -> float | None:
    """Its number, at least 0; None when there is none, or it only bounds one."""
    if quantity is None or quantity.value is None or quantity.comparator is not None:
        return None
    if isinstance(quantity.value, Decimal) and not quantity.value.is_finite():
        return None
    return float(quantity.value) if quantity.value >= 0 else None


def _units_of(quantity: Quantity | Amount) -> Iterator[str]:
    """Its code and its printed unit, as they are compared."""
    return (_plain(one) for one in (quantity.code, quantity.unit) if one)


def _factor(quantity: Quantity | Amount, known: Mapping[str, float]) -> float | None:
    """What its code and its printed unit both mean, where they do not differ."""
    said = {known[unit] for unit in _units_of(quantity) if unit in known}
    return said.pop() if len(said) == 1 else None


def millilitres(quantity: Quantity | Amount | None) -> float | None:
    """A volume in mL, or None when it is none (a dose in mg, for example) or only a bound."""
    number = _number(quantity)
    if quantity is None or number is None:
        return None
    factor = _factor(quantity, _ML)
    return None if factor is None else _plausible(number * factor)


def ml_per_hour(rate: Quantity | None, ratio: Ratio | None) -> float | None:
    """A flow in mL/h from a rate quantity or a ratio; None when it is not a volume in a time."""
    if rate is not None and rate.value is not None:
        number = _number(rate)
        if number is None:
            return None
        flow = _factor(rate, _ML_PER_H)
        return None if flow is None else _plausible(number * flow)
    if ratio is None or ratio.denominator is None:
        return None
    volume_ml, time = millilitres(ratio.numerator), _number(ratio.denominator)
    factor = _factor(ratio.denominator, _HOURS)
    if volume_ml is None or time is None or factor is None:
        return None
    return _plausible(volume_ml / (time * factor)) if time * factor > 0 else None


_DROPS = ("gtt", "[drp]", "drp", "drop", "drops", "滴")
_FLUID = (*_ML, *_DROPS)


def ordered_ml_per_hour(
    rate: Quantity | None, ratio: Ratio | None, drops_per_ml: float | None
) -> float | None:
    """An ordered flow in mL/h, drops by the ward's factor; None where it is no volume in a time (a
    dose in mg/h) or only a bound. Raises Reject(UNIT) for a volume or drops whose unit nobody here
    understands: code and printed unit that differ, drops without a factor."""
    told = ml_per_hour(rate, ratio)
    if told is not None:
        return told
    quantity = rate if rate is not None else ratio.numerator if ratio is not None else None
    if quantity is None or _number(quantity) is None:
        return None
    drops = _drops_per_hour(rate, ratio)
    if drops is not None and drops_per_ml is not None:
        return _plausible(drops / drops_per_ml)
    fluid = any(unit.partition("/")[0] in _FLUID for unit in _units_of(quantity))
    if fluid and drops is not None:
        raise Reject(UNIT, "ordered rate in drops: [ward] drops_per_ml is not set")
    if fluid:
        raise Reject(UNIT, f"ordered rate in {unit_of(quantity)[:20]!r}")
    return None


def _drops_per_hour(rate: Quantity | None, ratio: Ratio | None) -> float | None:
    """Drops in an hour from a rate quantity or a ratio; None where they are none."""
    if rate is not None:
        number, factor = _number(rate), _factor(rate, _DROPS_PER_H)
        return None if number is None or factor is None else number * factor
    if ratio is None or ratio.numerator is None or ratio.denominator is None:
        return None
    number, time = _number(ratio.numerator), _number(ratio.denominator)
    factor = _factor(ratio.denominator, _HOURS)
    if not any(unit in _DROPS for unit in _units_of(ratio.numerator)):
        return None
    if number is None or time is None or factor is None or time * factor <= 0:
        return None
    return number / (time * factor)


_DROPS_PER_H = {f"{unit}/{per}": 1 / hours for unit in _DROPS for per, hours in _HOURS.items()}


def hours_of(quantity: Quantity | None) -> float | None:
    """A stretch of time in hours; None when it is none or nothing."""
    number = _number(quantity)
    factor = _factor(quantity, _HOURS) if quantity is not None else None
    return number * factor if number and factor is not None else None


def kilograms(quantity: Quantity | None) -> float:
    """A body weight in kg. Raises Reject(MISSING, UNIT or RANGE)."""
    number = exact(quantity)
    assert quantity is not None
    factor = _factor(quantity, _KG)
    if factor is None:
        raise Reject(UNIT, f"body weight in {unit_of(quantity)[:20]!r}")
    weight = round(number * factor, 3)
    if not _LIGHTEST_KG <= weight <= _HEAVIEST_KG:
        raise Reject(RANGE, "body weight out of range")
    return weight


_KG = {
    **dict.fromkeys(("kg", "千克", "公斤"), 1.0),
    **dict.fromkeys(("g", "克"), 0.001),
    **dict.fromkeys(("[lb_av]", "lb", "lbs"), 0.45359237),
}
_LIGHTEST_KG, _HEAVIEST_KG = 0.3, 650.0


def measured(amount: Amount | Quantity | None) -> tuple[float, str] | None:
    """An amount with its unit as it is compared; None when there is none, or only a bound."""
    number = _number(amount)
    if amount is None or number is None:
        return None
    return number, _plain(amount.unit or amount.code or "")


def dose(amount: Amount | None, top: Amount | None = None) -> str | None:
    """A dose, or a range of doses, as it is to be read, its digits exactly as they came: a
    72.50 stays 72.50. None when it is none."""
    if top is not None:
        low, high = dose(amount), dose(top)
        return f"{low}–{high}" if low is not None and high is not None else None
    if amount is None or amount.value is None or not amount.value.is_finite():
        return None
    number = f"{amount.value:f}"
    if amount.value < 0 or len(number) > _MOST_DIGITS:
        return None
    unit = " ".join((amount.unit or amount.code or "").split())
    return f"{amount.comparator or ''}{number} {unit}".strip()


_MOST_DIGITS = 20
