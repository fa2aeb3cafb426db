"""Vital signs: see VITAL_SIGN and MEASURED.

Status `entered-in-error` and `cancelled` mean gone, `registered` and `preliminary` wait (rejected:
STATUS). A panel that only has members is itself no sign: it groups (`members`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from smartward.clinical.observation import UNITS, Measurement, Parameter, VitalSign
from smartward.clinical.observation_entry import SOURCE, set_of
from smartward.his.fhir import times, units
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Quantity
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.reject import CODE, MISSING, RANGE, STATUS, TIME, Ended, Reject, Unused
from smartward.his.fhir.resources import Component, Observation

_GONE = ("entered-in-error", "cancelled")
_GOOD = ("final", "amended", "corrected")
_ROOM_AIR_PERCENT = 21.0
_GROUPS = ("panel", "blood_pressure")
_NUMBERS = {str(one): one for one in UNITS if one is not Parameter.OXYGEN_FLOW}
"""What is told as a number with its unit, by the word of the `[vital_sign]` table. A flow of oxygen
says more than its number."""
OWN_OBSERVATION = "urn:smartward:observation"
"""Identifier system of the Observations we write."""


_VALUES = ("Observation.valueQuantity", "Observation.component.valueQuantity")
_CODED = (
    "Observation.valueCodeableConcept",
    "Observation.valueString",
    "Observation.component.valueCodeableConcept",
    "Observation.component.valueString",
)
VITAL_SIGN = Mapped(
    VitalSign,
    "Vital sign",
    (
        Field("id", ("Observation.id", "Observation.identifier"), "rejected"),
        Field(
            "encounter_id", ("Observation.encounter", "Observation.subject"), "the patient's stay"
        ),
        Field(
            "taken_at",
            (
                "Observation.effectiveDateTime",
                "Observation.effectiveInstant",
                "Observation.effectivePeriod",
            ),
            "rejected: time",
            how="an exact time with its zone; 2026, 2026-08 or a date alone is none. Of a period "
            "its end",
        ),
        Field("received_at", (), "", how="when the hub learnt of it"),
        Field(
            "measurements",
            ("Observation.code", "Observation.component.code"),
            "of another code: not shown; without a value: rejected",
            ("vital_sign",),
            how="the value by the code, or the components of a panel or a blood pressure; a "
            "component without a value is left out, one that cannot be used rejects them all",
        ),
        Field("panel_id", ("Observation.hasMember", "Observation.id"), "None: a sign by itself"),
        Field("doubtful", (), "", how="dated more than 60 s ahead of the hub"),
    ),
    notes="Status final, amended and corrected count; entered-in-error and cancelled are gone; "
    "others wait and are rejected: status.",
)


def _measured(parameter: Parameter, how: str = "") -> Field:
    return Field(
        parameter.value, _VALUES, "rejected: missing, unit or range", how=how, unit=UNITS[parameter]
    )


_PRESSURE = "mm[Hg]; kPa is converted"
MEASURED = Mapped(
    Parameter,
    "What is measured",
    (
        _measured(Parameter.RESPIRATORY_RATE, "/min"),
        _measured(Parameter.OXYGEN_SATURATION, "%"),
        Field(
            "oxygen_supply",
            (*_VALUES, *_CODED),
            "rejected: missing or code; never taken for air",
            ("oxygen",),
            how="a flow in L/min (0 is air), a fraction in % (21 is air), or a code",
        ),
        _measured(Parameter.SYSTOLIC, _PRESSURE),
        _measured(Parameter.DIASTOLIC, _PRESSURE),
        _measured(Parameter.HEART_RATE, "/min"),
        Field(
            "consciousness",
            _CODED,
            "rejected: missing or code",
            ("consciousness",),
            how="a code, or one of the letters A C V P U as text",
        ),
        _measured(Parameter.TEMPERATURE, "Cel; [degF] is converted"),
        Field(
            "pain",
            (*_VALUES, "Observation.valueInteger", "Observation.component.valueInteger"),
            "rejected: missing or range",
            how="0 to 10",
        ),
        _measured(Parameter.GLUCOSE, "mmol/L; mg/dL is converted"),
        Field(
            "oxygen_flow",
            _VALUES,
            "oxygen_supply alone",
            how="L/min; mL/min is converted; 0 is air",
            unit=UNITS[Parameter.OXYGEN_FLOW],
        ),
        Field(
            "oxygen_device",
            _CODED,
            "none: beside a flow; rejected: code, where it stands alone",
            ("oxygen_device",),
            how="beside a flow as its component, or in an Observation of its own",
        ),
    ),
    notes="The unit is the UCUM code, without annotations in braces; where there is no UCUM code "
    "the printed unit, whatever its case, width and blanks: mm Hg, 毫米汞柱, bpm, 次/分, ℃, 摄氏度 "
    "and so on. A number without a unit is rejected: unit, and so is one whose code and "
    "printed unit differ; an oxygen saturation of 1 % or less is a fraction: range. A bound "
    "(`comparator`) is no value, nor is anything beside a `dataAbsentReason`. What no living "
    "person has is rejected: range.",
)


def code_word(observation: Observation, book: Codebook) -> str | None:
    """What was observed, as the `[vital_sign]` table calls it."""
    return book.word("vital_sign", observation.code)


def members(observation: Observation) -> tuple[str, ...]:
    """Logical ids of the Observations a panel holds together."""
    found = (reference.id_of("Observation") for reference in observation.has_member)
    return tuple(id for id in found if id is not None)


def check_status(observation: Observation) -> None:
    """Raises Ended for what was withdrawn, Reject for what is not yet there."""
    if observation.status in _GONE:
        raise Ended
    if observation.status not in _GOOD:
        raise Reject(STATUS, "status")


def taken_at(observation: Observation) -> datetime:
    """When it was measured. Raises Reject(TIME)."""
    period = observation.effective_period
    candidates = (
        observation.effective_date_time,
        observation.effective_instant,
        period.end if period else None,
        period.start if period else None,
    )
    for text in candidates:
        if text is not None:
            return times.moment(text, "effective")
    raise Reject(TIME, "effective[x] is missing")


def vital_sign(
    observation: Observation,
    book: Codebook,
    source: str,
    encounter_id: str,
    panel: str | None,
) -> VitalSign:
    """One Observation. `panel` is the logical id of the panel it is a member of.

    Raises Ended when it was withdrawn, Reject when it cannot be used.
    """
    check_status(observation)
    word = code_word(observation, book)
    if word is None:
        raise Unused("code")
    own_panel = observation.id if word == "panel" and observation.component else None
    if word in _GROUPS:
        if not observation.component and observation.has_member:
            raise Unused("groups its members only")
        found = list(_components(observation.component, book))
    else:
        found = list(_measurements(word, observation, book))
    if not found:
        raise Reject(MISSING, "no component has a value")
    group = panel or own_panel
    panel_id = f"{source}.{group}" if group else None
    key = own_key(observation) if observation.identifier else None
    if key is not None and (entered := set_of(key)) is not None:
        panel_id = f"{SOURCE}.{entered}"
    at = taken_at(observation)
    return VitalSign(
        id=f"{source}.{observation.id}" if key is None else f"{SOURCE}.{key}",
        encounter_id=encounter_id,
        taken_at=at,
        received_at=at,
        measurements=tuple(found),
        panel_id=panel_id,
    )


def own_key(observation: Observation) -> str | None:
    """What a sign that was entered at a ward is called there; None for any other."""
    for one in observation.identifier:
        if one.system == OWN_OBSERVATION and one.value is not None:
            return one.value
    return None


def sign_id(observation: Observation, source: str) -> str:
    """The document id: what was entered at a ward and comes back is the ward's own document."""
    key = own_key(observation)
    return f"{source}.{observation.id}" if key is None else f"{SOURCE}.{key}"


def _components(parts: Iterable[Component], book: Codebook) -> Iterable[Measurement]:
    for part in parts:
        word = book.word("vital_sign", part.code)
        if word is None or word in _GROUPS or not _has_value(part):
            continue
        yield from _measurements(word, part, book)


def _has_value(part: Component | Observation) -> bool:
    """A value beside the reason why there is none is a filler (often 0), and no value."""
    return part.data_absent_reason is None and (
        part.value_quantity is not None
        or part.value_codeable_concept is not None
        or part.value_integer is not None
        or part.value_string is not None
    )


@lru_cache(maxsize=2048)
def _number(
    word: str,
    value: float | None,
    unit: str | None,
    system: str | None,
    code: str | None,
    comparator: str | None,
) -> Measurement:
    # Kept for a while: a ward's pulses and pressures are few hundred different numbers.
    told = Quantity(value=value, unit=unit, system=system, code=code, comparator=comparator)
    parameter = _NUMBERS[word]
    return Measurement(parameter=parameter, value=units.in_unit(parameter, told))


def _measurements(
    word: str, part: Component | Observation, book: Codebook
) -> Iterator[Measurement]:
    """What one Observation or component says; a flow of oxygen says three things."""
    if word != "oxygen_flow":
        yield _measurement(word, part, book)
        return
    device = _device(part, book)
    if _has_value(part) or device is None:
        yield _measurement(word, part, book)
        yield from _flow(part)
    if device is not None:
        yield device


def _flow(part: Component | Observation) -> Iterator[Measurement]:
    """Its number. One in no known unit still says that oxygen is given."""
    try:
        flow = units.in_unit(Parameter.OXYGEN_FLOW, part.value_quantity)
    except Reject:
        return
    yield Measurement(parameter=Parameter.OXYGEN_FLOW, value=flow)


def _device(part: Component | Observation, book: Codebook) -> Measurement | None:
    """By what oxygen is given, where a component beside the flow tells it in known words."""
    if isinstance(part, Observation):
        for one in part.component:
            if book.word("vital_sign", one.code) == Parameter.OXYGEN_DEVICE and _has_value(one):
                told = book.word("oxygen_device", one.value_codeable_concept, _spoken(one))
                if told is not None:
                    return Measurement(parameter=Parameter.OXYGEN_DEVICE, code=told)
    return None


def _measurement(word: str, part: Component | Observation, book: Codebook) -> Measurement:
    told = part.value_quantity
    if told is not None and word in _NUMBERS and part.data_absent_reason is None:
        return _number(word, told.value, told.unit, told.system, told.code, told.comparator)
    if not _has_value(part):
        raise Reject(MISSING, "value[x]")
    match word:
        case "oxygen_flow" | "oxygen_fraction" | "oxygen_supply":
            return Measurement(parameter=Parameter.OXYGEN_SUPPLY, code=_oxygen(word, part, book))
        case "oxygen_device":
            by = book.word("oxygen_device", part.value_codeable_concept, _spoken(part))
            if by is None:
                raise Reject(CODE, "oxygen device")
            return Measurement(parameter=Parameter.OXYGEN_DEVICE, code=by)
        case "consciousness":
            level = _level(part, book)
            return Measurement(parameter=Parameter.CONSCIOUSNESS, code=level)
    parameter = Parameter(word)
    if parameter is Parameter.PAIN and part.value_integer is not None:
        number = units.living(parameter, float(part.value_integer))
    else:
        number = units.in_unit(parameter, part.value_quantity)
    return Measurement(parameter=parameter, value=number)


def _oxygen(word: str, part: Component | Observation, book: Codebook) -> str:
    if part.value_quantity is None:
        told = book.word("oxygen", part.value_codeable_concept, _spoken(part))
        if told is None:
            raise Reject(CODE, "oxygen supply")
        return told
    amount = units.exact(part.value_quantity)
    if amount < 0:
        raise Reject(RANGE, "oxygen below 0")
    if word == "oxygen_fraction":
        if not _ROOM_AIR_PERCENT - 0.5 <= amount <= 100:
            raise Reject(RANGE, "oxygen fraction out of range")
        return "oxygen" if amount > _ROOM_AIR_PERCENT else "air"
    return "oxygen" if amount > 0 else "air"


def _level(part: Component | Observation, book: Codebook) -> str:
    told = book.word("consciousness", part.value_codeable_concept, _spoken(part))
    if told is None and part.value_string is not None:
        told = book.code("consciousness", part.value_string.strip())
    if told is None:
        raise Reject(CODE, "level of consciousness")
    return told


def _spoken(part: Component | Observation) -> Concept | None:
    return Concept(text=part.value_string) if part.value_string else None
