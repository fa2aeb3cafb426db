"""Laboratory results, scores and what a bed senses: see LAB_RESULT, SCORE_RESULT and BED_STATE."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.lab_result import UNITS, Analyte, LabResult
from smartward.clinical.score_result import BOUNDS, ScoreKind, ScoreResult
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Quantity
from smartward.his.fhir.mapping_fields import Field, Mapped
from smartward.his.fhir.mapping_vital import check_status, taken_at
from smartward.his.fhir.reject import CODE, MISSING, RANGE, UNIT, Ended, Reject, Unused
from smartward.his.fhir.resources import Observation
from smartward.his.fhir.units import exact

LEFT_BED = "left"
"""The word of a sensor that is on when the patient has left: not `occupied`."""
_CRITICAL = frozenset({"HH", "LL", "AA"})
_SCORES_KEPT = 3
"""Newest of each score that are told."""
_ASLEEP = "S"

_TAKEN = (
    "Observation.effectiveDateTime",
    "Observation.effectiveInstant",
    "Observation.effectivePeriod",
)
_STAY = Field(
    "encounter_id", ("Observation.encounter", "Observation.subject"), "the patient's stay"
)
_AT = Field("taken_at", _TAKEN, "rejected: time", how="as of a vital sign")
_HEARD = Field("received_at", (), "", how="when the hub learnt of it")
_DOUBT = Field("doubtful", (), "", how="dated more than 60 s ahead of the hub")
_NUMBER = ("Observation.valueQuantity", "Observation.valueInteger", "Observation.valueString")

LAB_RESULT = Mapped(
    LabResult,
    "Laboratory result",
    (
        Field("id", ("Observation.id",), "rejected"),
        _STAY,
        Field("analyte", ("Observation.code",), "of another code: not shown", ("lab_result",)),
        Field("value", ("Observation.valueQuantity",), "rejected: missing, unit or range"),
        _AT,
        _HEARD,
        Field(
            "critical",
            ("Observation.interpretation",),
            "no",
            how="HH, LL or AA: the laboratory calls it critical",
        ),
        _DOUBT,
    ),
    notes="Read of the last 48 h, as vital signs are, and by the same statuses.",
)


def _analyte(one: Analyte, also: str = "") -> Field:
    how = UNITS[one] + (f"; {also}" if also else "")
    return Field(one.value, ("Observation.valueQuantity",), "rejected", how=how)


ANALYTES = Mapped(
    Analyte,
    "What a laboratory result is of",
    (
        _analyte(Analyte.POTASSIUM, "meq/L is the same"),
        _analyte(Analyte.SODIUM, "meq/L is the same"),
        _analyte(Analyte.GLUCOSE, "mg/dL is converted"),
        _analyte(Analyte.CREATININE, "mg/dL is converted"),
        _analyte(Analyte.LACTATE, "mg/dL is converted"),
        _analyte(Analyte.HAEMOGLOBIN, "g/dL is converted"),
        _analyte(Analyte.PLATELETS, "10*3/uL is the same; /uL is converted"),
        _analyte(Analyte.LEUCOCYTES, "10*3/uL is the same; /uL is converted"),
        _analyte(Analyte.INR, "no unit is needed"),
    ),
    notes="Of glucose the codes of bedside meters are vital signs; those of serum and plasma are "
    "laboratory results.",
)
SCORE_RESULT = Mapped(
    ScoreResult,
    "Score",
    (
        Field("id", ("Observation.id",), "rejected"),
        _STAY,
        Field("score", ("Observation.code",), "of another code: not shown", ("score",)),
        Field(
            "value",
            _NUMBER,
            "rejected: missing or range",
            how="a whole number within the score's bounds; of POSS the letter S counts as 0",
        ),
        _AT,
        _HEARD,
        _DOUBT,
    ),
    notes="The newest three of each score are told, however old. A score of a total and its items "
    "is read by its total.",
)
BED_STATE = Mapped(
    BedState,
    "What a bed senses",
    (
        Field("id", ("Observation.id",), "rejected"),
        _STAY,
        Field(
            "sensor",
            ("Observation.code",),
            "of another code: not shown",
            ("bed_state",),
            how="`left` is `occupied` the other way round",
        ),
        Field(
            "on",
            (
                "Observation.valueBoolean",
                "Observation.valueCodeableConcept",
                "Observation.valueString",
            ),
            "rejected: missing or code",
            ("yes_no",),
        ),
        _AT,
        _HEARD,
        _DOUBT,
    ),
    notes="An Observation of each change, about the patient in the bed (`Observation.subject`), of "
    "the last 48 h. One about the bed alone is not read.",
)

_MG_DL_GLUCOSE = 1 / 18.0156
"""1 mmol/L = 18.0156 mg/dL (180.156 g/mol)."""
_MG_DL_CREATININE = 88.42
"""1 mg/dL = 88.42 umol/L (113.12 g/mol)."""
_MG_DL_LACTATE = 1 / 9.008
"""1 mmol/L = 9.008 mg/dL (90.08 g/mol)."""
_MMOL = {"mmol/l": 1.0, "毫摩尔/升": 1.0}
_TIMES = ("", "x", "×", "*")
_GIGA = (*(f"{x}10{up}9/l" for x in _TIMES for up in ("*", "^", "e", "")), "g/l", "gpt/l")
_KILO = (*(f"{x}10{up}3/{u}l" for x in _TIMES for up in ("*", "^", "e", "") for u in "uμ"),)
_CELLS = {
    **dict.fromkeys((*_GIGA, *_KILO, "k/ul", "k/μl"), 1.0),
    **dict.fromkeys(("/ul", "1/ul", "/μl", "1/μl", "cells/ul", "cells/μl"), 0.001),
}
"""Printed, 10⁹/L reads 109/l once it is plain."""
_SCALES: Mapping[Analyte, Mapping[str, float]] = {
    Analyte.POTASSIUM: {**_MMOL, "meq/l": 1.0},
    Analyte.SODIUM: {**_MMOL, "meq/l": 1.0},
    Analyte.GLUCOSE: {**_MMOL, **dict.fromkeys(("mg/dl", "毫克/分升"), _MG_DL_GLUCOSE)},
    Analyte.CREATININE: {
        **dict.fromkeys(("umol/l", "μmol/l", "微摩尔/升"), 1.0),
        "mg/dl": _MG_DL_CREATININE,
    },
    Analyte.LACTATE: {**_MMOL, "mg/dl": _MG_DL_LACTATE},
    Analyte.HAEMOGLOBIN: {"g/l": 1.0, "克/升": 1.0, "g/dl": 10.0, "克/分升": 10.0},
    Analyte.PLATELETS: _CELLS,
    Analyte.LEUCOCYTES: _CELLS,
    Analyte.INR: {"1": 1.0, "": 1.0, "inr": 1.0, "ratio": 1.0},
}
"""Units, in lower case and without annotations, with what makes them the unit of UNITS."""
_LIVING: Mapping[Analyte, tuple[float, float]] = {
    Analyte.POTASSIUM: (0.5, 15),
    Analyte.SODIUM: (80, 220),
    Analyte.GLUCOSE: (0, 120),
    Analyte.CREATININE: (0, 5000),
    Analyte.LACTATE: (0, 60),
    Analyte.HAEMOGLOBIN: (5, 300),
    Analyte.PLATELETS: (0, 5000),
    Analyte.LEUCOCYTES: (0, 1000),
    Analyte.INR: (0.3, 30),
}
"""What is outside is a slip of a decoder or of a unit, no result of a living person."""
_NOTE = re.compile(r"\{[^}]*\}")


def lab_result(one: Observation, book: Codebook, source: str, encounter_id: str) -> LabResult:
    """One result. Raises Ended when it was withdrawn, Reject when it cannot be used."""
    check_status(one)
    word = book.word("lab_result", one.code)
    if word is None:
        raise Unused("code")
    analyte, at = Analyte(word), taken_at(one)
    interpreted = (code for told in one.interpretation for code in told.codes)
    return LabResult(
        id=f"{source}.{one.id}",
        encounter_id=encounter_id,
        analyte=analyte,
        value=_amount(analyte, one),
        taken_at=at,
        received_at=at,
        critical=any(code in _CRITICAL for code in interpreted),
    )


def _amount(analyte: Analyte, one: Observation) -> float:
    if one.data_absent_reason is not None:
        raise Reject(MISSING, "value[x]")
    told = one.value_quantity
    number = exact(told)
    assert told is not None
    value = round(number * _scale(analyte, told), 4)
    low, high = _LIVING[analyte]
    if not low <= value <= high:
        raise Reject(RANGE, analyte.value)
    return value


def _scale(analyte: Analyte, told: Quantity) -> float:
    """What makes the number one of the ward's unit. Raises Reject(UNIT) unless all that is said of
    the unit is known and means the same: of haemoglobin in "mmol/L" by its code and "g/dL" as
    printed nobody knows which the number is in, though only one of them is known here."""
    said = {unit for unit in _units(told) if unit} or {""}
    scales = {_SCALES[analyte].get(unit) for unit in said}
    scale = scales.pop()
    if scale is None or scales:
        raise Reject(UNIT, f"{analyte.value}: unit")
    return scale


def _units(told: Quantity) -> Iterator[str]:
    """The unit by its code and as printed, in lower case; "" where it is only an annotation."""
    for text in (told.code, told.unit):
        if text:
            plain = unicodedata.normalize("NFKC", _NOTE.sub("", text)).casefold()
            yield "".join(plain.split())


def bed_state(one: Observation, book: Codebook, source: str, encounter_id: str) -> BedState:
    """One change of a bed. Raises Ended when it was withdrawn, Reject when it cannot be used."""
    check_status(one)
    word = book.word("bed_state", one.code)
    if word is None:
        raise Unused("code")
    on, at = _on(one, book), taken_at(one)
    left = word == LEFT_BED
    return BedState(
        id=f"{source}.{one.id}",
        encounter_id=encounter_id,
        sensor=BedSensor.OCCUPIED if left else BedSensor(word),
        on=not on if left else on,
        taken_at=at,
        received_at=at,
    )


def _on(one: Observation, book: Codebook) -> bool:
    if one.data_absent_reason is not None:
        raise Reject(MISSING, "value[x]")
    if one.value_boolean is not None:
        return one.value_boolean
    spoken = Concept(text=one.value_string) if one.value_string else None
    if one.value_codeable_concept is None and spoken is None:
        raise Reject(MISSING, "value[x]")
    told = book.word("yes_no", one.value_codeable_concept, spoken)
    if told is None:
        raise Reject(CODE, "state of the bed")
    return told == "yes"


def scores(
    stay: str, chart: Chart, book: Codebook, source: str, encounter_id: str
) -> tuple[list[ScoreResult], list[tuple[Observation, Reject]]]:
    """The newest of each score in a chart, and what of them cannot be used."""
    found: list[ScoreResult] = []
    aside: list[tuple[Observation, Reject]] = []
    for one in chart.of_stay(Observation, stay):
        word = book.word("score", one.code)
        if word is None:
            continue
        try:
            found.append(_score(one, ScoreKind(word), source, encounter_id))
        except Ended:
            continue
        except Reject as reason:
            aside.append((one, reason))
    return list(_newest(found)), aside


def _newest(found: Iterable[ScoreResult]) -> Iterator[ScoreResult]:
    by_kind: dict[ScoreKind, list[ScoreResult]] = {}
    for one in sorted(found, key=lambda one: (one.taken_at, one.id)):
        by_kind.setdefault(one.score, []).append(one)
    for same in by_kind.values():
        yield from same[-_SCORES_KEPT:]


def _score(one: Observation, kind: ScoreKind, source: str, encounter_id: str) -> ScoreResult:
    check_status(one)
    at: datetime = taken_at(one)
    number = _whole(one, kind)
    low, high = BOUNDS[kind]
    if not low <= number <= high:
        raise Reject(RANGE, kind.value)
    return ScoreResult(
        id=f"{source}.{one.id}",
        encounter_id=encounter_id,
        score=kind,
        value=number,
        taken_at=at,
        received_at=at,
    )


def _whole(one: Observation, kind: ScoreKind) -> int:
    """A whole number, whichever way it is told."""
    if one.data_absent_reason is not None:
        raise Reject(MISSING, "value[x]")
    if one.value_integer is not None:
        return one.value_integer
    if one.value_quantity is not None:
        number = exact(one.value_quantity)
        if number != int(number):
            raise Reject(RANGE, kind.value)
        return int(number)
    text = (one.value_string or "").strip()
    if kind is ScoreKind.POSS and text == _ASLEEP:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise Reject(MISSING, "value[x]")
    return int(text)
