"""What was done at the bed, as FHIR R4.

| kind of care | resource | code | value |
|---|---|---|---|
| void, drink | Observation, category exam | LOINC 9187-6, 9000-1 | mL, 0 is a value |
| sedation | Observation, category exam | text | POSS level |
| turn | Procedure | SNOMED CT 229824005 | `outcome`: how the patient lies now |
| round | Procedure | text | `outcome`: what was seen to |
| meal, restraint, prevention | Procedure | text | `usedCode`: what keeps safe |
| transfusion | Procedure | SNOMED CT 116859006 | `partOf`: the administration |
| line care | Procedure | text | `usedCode`: the line, `bodySite`: where, `outcome`: VIP |
| read back | Procedure | text | `reasonReference`: the result |
| observations missed, all | Procedure, `not-done` | SNOMED CT 61746007 | `statusReason` |
| one of them missed | Procedure, `not-done` | text | `statusReason` |
| reviewed, of a turn or round | Procedure, `not-done` | that of the turn or round | \
`statusReason` |

Each has our own code of the kind beside. What was recorded in error is `entered-in-error`, and what
is right a new resource. A decision about an alert stays on the ward.
"""

from collections.abc import Callable

from smartward.clinical.care_event import (
    CareKind,
    LineDeed,
    Measure,
    Missed,
    Need,
    Position,
    Poss,
    Restraint,
    Step,
)
from smartward.clinical.line import LineKind
from smartward.his.drafts import MEASURED, CareDraft
from smartward.his.fhir.writing_parts import (
    LOINC,
    OWN_CARE,
    SNOMED,
    UCUM,
    category,
    device,
    instant,
    person,
)
from smartward.his.fhir.writing_same import Json

Refer = Callable[[str, str | None], Json | None]
"""A reference to a resource type of the hospital system's by an id of the port."""

_K = CareKind
_CODES: dict[CareKind, tuple[tuple[str, str], ...]] = {
    _K.TURN: ((SNOMED, "229824005"),),
    _K.VOID: ((LOINC, "9187-6"),),
    _K.DRINK: ((LOINC, "9000-1"),),
    _K.TRANSFUSION: ((SNOMED, "116859006"),),
    _K.OBSERVATIONS_MISSED: ((SNOMED, "61746007"),),
}
"""Positioning of a patient; urine output, oral fluid intake measured; transfusion of a blood
product; taking of vital signs."""
_TEXTS = {
    _K.TURN: "Turned",
    _K.ROUND: "Nursing round",
    _K.VOID: "Urine output",
    _K.DRINK: "Oral fluid intake",
    _K.MEAL: "Has eaten",
    _K.RESTRAINT: "Restraint",
    _K.TRANSFUSION: "Transfusion",
    _K.SEDATION: "Pasero Opioid-induced Sedation Scale (POSS)",
    _K.LINE_CARE: "Line care",
    _K.READ_BACK: "Critical value read back to the laboratory",
    _K.OBSERVATIONS_MISSED: "Observations",
    _K.PREVENTION: "Prevention of falls and pressure injury",
}
_POSITIONS = {
    Position.LEFT: ("102536004", "Left lateral"),
    Position.SUPINE: ("40199007", "Supine"),
    Position.RIGHT: ("102535000", "Right lateral"),
    Position.PRONE: ("1240000", "Prone"),
    Position.SITTING: ("33586001", "Sitting"),
}
"""SNOMED CT code and text."""
_NEEDS = {
    Need.PAIN: "pain",
    Need.POTTY: "toilet",
    Need.POSITION: "position",
    Need.POSSESSIONS: "things within reach",
}
_STEPS = {Step.START: "started", Step.CHECK: "checked", Step.END: "ended"}
_RESTRAINTS = {Restraint.VIOLENT: "for violence", Restraint.NON_VIOLENT: "for safety"}
_POSS = {
    Poss.ASLEEP: "S: asleep, easy to rouse",
    Poss.ALERT: "1: awake and alert",
    Poss.DROWSY: "2: slightly drowsy",
    Poss.OFTEN_DROWSY: "3: frequently drowsy",
    Poss.SOMNOLENT: "4: somnolent",
}
_DEEDS = {
    LineDeed.REVIEWED: "still needed, site looked at",
    LineDeed.DRESSED: "dressing changed",
    LineDeed.FLUSHED: "flushed",
    LineDeed.BAG_CHANGED: "bag changed",
    LineDeed.SET_CHANGED: "set changed",
    LineDeed.REMOVED: "removed",
}
_LINES = {
    LineKind.PERIPHERAL_VENOUS: "Peripheral venous catheter",
    LineKind.CENTRAL_VENOUS: "Central venous catheter",
    LineKind.PICC: "Peripherally inserted central catheter",
    LineKind.URINARY_CATHETER: "Urinary catheter",
    LineKind.NASOGASTRIC: "Nasogastric tube",
    LineKind.DRAIN: "Drain",
}
_MISSED = {
    Missed.REFUSED: "refused",
    Missed.ASLEEP: "asleep",
    Missed.AWAY: "not at the bed",
    Missed.UNABLE: "not possible",
    Missed.ORDERED: "an order says not to",
}
_MEASURES = {
    Measure.BED_LOW: "Bed at its lowest",
    Measure.BED_EXIT_ON: "Bed-exit alarm on",
    Measure.SIGN_ON: "Sign put up",
    Measure.AIR_MATTRESS: "Air mattress",
    Measure.TURN_PLAN: "Turning plan",
    Measure.ISOLATION_SIGN: "Isolation sign put up",
}


def is_value(kind: CareKind) -> bool:
    """Whether it is told as an Observation; all else is a Procedure."""
    return kind in MEASURED


def care(draft: CareDraft, refer: Refer) -> Json:
    """The resource but for its type, identifier, patient and stay."""
    return _observation(draft) if is_value(draft.kind) else _procedure(draft, refer)


def _observation(draft: CareDraft) -> Json:
    body: Json = {
        "status": "entered-in-error" if draft.withdrawn else "final",
        "category": category("exam"),
        "code": _code(draft.kind, _TEXTS[draft.kind]),
        "effectiveDateTime": instant(draft.at),
        "issued": instant(draft.recorded_at),
        "device": device(draft.device_id),
    }
    if draft.by is not None:
        body["performer"] = [person(draft.by)]
    if draft.poss is not None:
        own = {"system": f"{OWN_CARE}-poss", "code": draft.poss.value}
        body["valueCodeableConcept"] = {"coding": [own], "text": _POSS[draft.poss]}
    else:
        amount = {"value": draft.volume_ml, "unit": "mL", "system": UCUM, "code": "mL"}
        body["valueQuantity"] = amount
    return body


def _procedure(draft: CareDraft, refer: Refer) -> Json:
    kind, status = _done(draft)
    body: Json = {
        "status": "entered-in-error" if draft.withdrawn else status,
        "code": _code(kind, _text(kind, draft), public=not _one_missed(draft)),
        "performedDateTime": instant(draft.at),
    }
    if draft.by is not None:
        body["performer"] = [{"actor": person(draft.by)}]
    if status == "not-done" and draft.missed is not None:
        body["statusReason"] = {"text": _MISSED[draft.missed]}
    return body | _what(draft) | _of(draft, refer)


def _done(draft: CareDraft) -> tuple[CareKind, str]:
    """What was or was not done."""
    if draft.kind is CareKind.REVIEWED:
        return CareKind(draft.about or ""), "not-done"
    missed = draft.kind is CareKind.OBSERVATIONS_MISSED
    return draft.kind, "not-done" if missed else "completed"


def _one_missed(draft: CareDraft) -> bool:
    """Whether one value of a set is missing: the set was taken, which the code would deny."""
    return draft.kind is CareKind.OBSERVATIONS_MISSED and bool(draft.about)


def _code(kind: CareKind, text: str, *, public: bool = True) -> Json:
    known = _CODES.get(kind, ()) if public else ()
    coding = [{"system": system, "code": code} for system, code in known]
    return {"coding": [*coding, {"system": f"{OWN_CARE}-kind", "code": kind.value}], "text": text}


def _text(kind: CareKind, draft: CareDraft) -> str:
    """What was done, in words of which each says one thing."""
    said = [_TEXTS[kind]]
    if draft.restraint is not None:
        said.append(_RESTRAINTS[draft.restraint])
    if draft.step is not None:
        said.append(_STEPS[draft.step])
    if draft.deed is not None:
        said.append(_DEEDS[draft.deed])
    if draft.about and _one_missed(draft):
        said.append(draft.about.replace("_", " "))
    return ", ".join(said)


def _what(draft: CareDraft) -> Json:
    """What came of it, and with what."""
    body: Json = {}
    if draft.position is not None:
        code, text = _POSITIONS[draft.position]
        body["outcome"] = {"coding": [{"system": SNOMED, "code": code}], "text": text}
    if draft.needs:
        body["outcome"] = {"text": ", ".join(_NEEDS[one] for one in draft.needs)}
    if draft.vip is not None:
        body["outcome"] = {"text": f"Visual infusion phlebitis score {draft.vip}"}
    if draft.measures:
        body["usedCode"] = [{"text": _MEASURES[one]} for one in draft.measures]
    if draft.line is not None:
        body["usedCode"] = [{"text": _LINES[draft.line]}]
    if draft.site:
        body["bodySite"] = [{"text": draft.site}]
    return body


def _of(draft: CareDraft, refer: Refer) -> Json:
    """What of the hospital system's it was done about."""
    if draft.kind is CareKind.TRANSFUSION:
        unit = refer("MedicationAdministration", draft.about)
        return {} if unit is None else {"partOf": [unit]}
    if draft.kind is CareKind.READ_BACK:
        result = refer("Observation", draft.about)
        return {} if result is None else {"reasonReference": [result]}
    return {}
