"""How observations are typed on a key pad: which fields in which order, and when one is complete.

A field is complete when no further digit could make a value of it that can be: the next one is then
shown by itself, and most of a set is typed without a key between.
"""

from collections.abc import Mapping
from decimal import Decimal

from smartward.clinical.observation import OxygenDevice, Parameter
from smartward.clinical.observation_entry import (
    POSSIBLE,
    EnteredValue,
    EntryRefused,
    read_value,
)

_P = Parameter

ORDER = (
    _P.RESPIRATORY_RATE,
    _P.OXYGEN_SATURATION,
    _P.OXYGEN_SUPPLY,
    _P.OXYGEN_DEVICE,
    _P.OXYGEN_FLOW,
    _P.SYSTOLIC,
    _P.DIASTOLIC,
    _P.HEART_RATE,
    _P.CONSCIOUSNESS,
    _P.TEMPERATURE,
    _P.PAIN,
    _P.GLUCOSE,
)
"""As they are taken: breathing is counted before anybody speaks of it, the thermometer is last."""

OF_OXYGEN = (_P.OXYGEN_DEVICE, _P.OXYGEN_FLOW)
"""Asked for only where oxygen is given."""

CHOICES: Mapping[Parameter, tuple[str, ...]] = {
    _P.OXYGEN_SUPPLY: ("air", "oxygen"),
    _P.OXYGEN_DEVICE: tuple(one.value for one in OxygenDevice),
    _P.CONSCIOUSNESS: tuple("ACVPU"),
}
"""What is chosen, not typed."""

PLACES: Mapping[Parameter, int] = {_P.TEMPERATURE: 1, _P.GLUCOSE: 1, _P.OXYGEN_FLOW: 1}
"""Decimal places that are typed here; charts have one."""
_DIGITS = 3
_MOST: Mapping[Parameter, int] = {_P.RESPIRATORY_RATE: 99}
"""Nobody counts more breaths: two digits are all of them."""
POINT = "."

Values = Mapping[Parameter, str]


def fields(values: Values) -> tuple[Parameter, ...]:
    """The fields of a set in their order, given what was typed so far."""
    oxygen = values.get(_P.OXYGEN_SUPPLY) == "oxygen"
    return tuple(one for one in ORDER if oxygen or one not in OF_OXYGEN)


def typed(parameter: Parameter, text: str, key: str) -> str:
    """The text with one more key: a digit or the point. What cannot follow changes nothing."""
    places = PLACES.get(parameter, 0)
    whole, point, part = text.partition(POINT)
    if key == POINT:
        return text + POINT if places and text and not point else text
    if point:
        return text + key if len(part) < places else text
    if parameter is _P.TEMPERATURE and len(whole) == 2:
        # 365 is 36.5: no patient has more than two digits of degrees.
        return f"{whole}{POINT}{key}"
    if whole == "0":
        return key
    return whole + key if len(whole) < _DIGITS else text


def erased(text: str) -> str:
    """The text without its last digit; a point that stands last goes with it."""
    return text[:-1].removesuffix(POINT)


def closed(text: str) -> str:
    """The text as a number: a point without digits behind it says nothing."""
    return text.removesuffix(POINT)


def is_complete(parameter: Parameter, text: str) -> bool:
    """Whether no further digit could make a value of it that can be."""
    if parameter in CHOICES:
        return text != ""
    if text == "" or text.endswith(POINT):
        return False
    places = PLACES.get(parameter, 0)
    if places:
        return len(text.partition(POINT)[2]) == places
    high = _MOST.get(parameter, POSSIBLE[parameter][1])
    return text == "0" or len(text) == _DIGITS or Decimal(text) * 10 > high


def possible(parameter: Parameter, text: str) -> EnteredValue | None:
    """What was typed as a value; None where that cannot be one."""
    try:
        return read_value(parameter, closed(text))
    except EntryRefused:
        return None


def possible_values(values: Values, order: tuple[Parameter, ...]) -> dict[Parameter, EnteredValue]:
    """Those of what was typed that can be, of the fields in `order`."""
    found = {one: possible(one, values[one]) for one in order if values.get(one)}
    return {one: value for one, value in found.items() if value is not None}
