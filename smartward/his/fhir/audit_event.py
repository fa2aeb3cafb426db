"""A row of the audit as FHIR R4 AuditEvent.

An AuditEvent has no identifier of its own: the row's id is its logical id where a client may choose
that, and in any case the name of the entity it is about, by which it can be searched. Types are
DICOM's audit messages (DCM) where they have one; what a nurse does for a call has none.
"""

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_KIND = "urn:smartward:audit-kind"
_TYPE = "urn:smartward:audit-type"

Coding = dict[str, str]


def _dcm(code: str, display: str) -> Coding:
    return {"system": _DCM, "code": code, "display": display}


_CARE: Coding = {"system": _TYPE, "code": "nursing", "display": "Nursing action"}
_PATIENT_RECORD = _dcm("110110", "Patient Record")
_SECURITY = _dcm("110113", "Security Alert")
_SIGN_IN = _dcm("110114", "User Authentication")
_LOG_USED = _dcm("110101", "Audit Log Used")

_TYPES: dict[str, tuple[Coding, tuple[Coding, ...]]] = {
    "session.start": (_SIGN_IN, (_dcm("110122", "Login"),)),
    "session.refused": (_SIGN_IN, (_dcm("110122", "Login"),)),
    "session.end": (_SIGN_IN, (_dcm("110123", "Logout"),)),
    "session": (_SIGN_IN, ()),
    "credential": (_SECURITY, (_dcm("110137", "User Security Attributes Changed"),)),
    "masking": (_SECURITY, (_dcm("110131", "Security Configuration"),)),
    "device": (_SECURITY, (_dcm("110131", "Security Configuration"),)),
    "call_point": (_SECURITY, (_dcm("110131", "Security Configuration"),)),
    "wristband": (_PATIENT_RECORD, ()),
    "sheet": (_PATIENT_RECORD, ()),
    "name": (_PATIENT_RECORD, ()),
    "layer": (_PATIENT_RECORD, ()),
    "profile": (_PATIENT_RECORD, ()),
    "patient": (_PATIENT_RECORD, ()),
    "silence": (_PATIENT_RECORD, ()),
    "observation": (_PATIENT_RECORD, ()),
    "administration": (_PATIENT_RECORD, ()),
    "task": (_PATIENT_RECORD, ()),
    "answer": (_PATIENT_RECORD, ()),
    "his_write": (_PATIENT_RECORD, ()),
    "log": (_LOG_USED, ()),
    "retention": (_LOG_USED, ()),
}
"""Type and subtypes by the kind of row, else by its first word."""

_READS = frozenset({"sheet", "name", "layer", "wristband", "log"})
_UPDATES = frozenset({"call", "alert", "profile", "patient", "silence"})
_ENTERS = frozenset({"observation", "administration", "task", "answer", "his_write"})
_SETS_UP = frozenset({"masking", "credential", "device", "call_point"})

_OUTCOME = {"applied": "0", "refused": "4", "gone": "4"}
"""AuditEvent.outcome: 0 success, 4 minor failure."""


def audit_event(record: AuditRecord, source: str, patient: str | None = None) -> dict[str, object]:
    """The AuditEvent of a row. `source` is the HIS's name in ids: what carries it is pointed to,
    everything else is named by an identifier; `patient` is a logical id."""
    word = record.kind.partition(".")[0]
    kind, subtypes = _TYPES.get(record.kind) or _TYPES.get(word) or (_CARE, ())
    own = {"system": _KIND, "code": record.kind}
    body: dict[str, object] = {
        "resourceType": "AuditEvent",
        "id": record.id,
        "type": kind,
        "subtype": [*subtypes, own],
        "action": _action(record.kind, word),
        "recorded": record.at.isoformat(timespec="milliseconds"),
        "outcome": _OUTCOME.get(record.outcome, "8"),
        "agent": _agents(record.by),
        "source": {
            "site": record.ward,
            "observer": _identified("hub", record.ward) | {"display": "SmartWard hub"},
            "type": [{"system": f"{_TERMS}/security-source-type", "code": "4"}],
        },
        "entity": _entities(record, source, patient),
    }
    if record.touched_at is not None:
        at = record.touched_at.isoformat(timespec="milliseconds")
        body["period"] = {"start": at, "end": at}
    if record.key is not None:
        body["outcomeDesc"] = record.key
    if record.about.why is not None:
        body["purposeOfEvent"] = [{"text": record.about.why}]
    return body


def _action(kind: str, word: str) -> str:
    if kind == "retention.sweep":
        return "D"
    if word in _READS:
        return "R"
    return "U" if word in _UPDATES | _SETS_UP | _ENTERS else "E"


def _agents(by: Actor) -> list[dict[str, object]]:
    """The person, where one is known, and the screen; who of them asked for it. Whoever
    administers the hub is known by their name on its machine alone."""
    nobody = by.person_id is None and by.name is None
    device: dict[str, object] = {
        "type": {"coding": [_dcm("110150", "Application")]},
        "who": _identified("device", by.device_id),
        "requestor": nobody,
    }
    if nobody:
        return [device]
    who: dict[str, object] = {"reference": f"Practitioner/{by.person_id}"}
    if by.person_id is None:
        who = _identified("administrator", by.name or "")
    person: dict[str, object] = {"who": who, "altId": by.known, "requestor": True}
    if by.name:
        person["name"] = by.name
    return [person, device]


def _entities(record: AuditRecord, source: str, patient: str | None) -> list[dict[str, object]]:
    about = record.about
    found = [_subject(record.id, about, source)]
    if about.encounter is not None and about.kind != "encounter":
        found.append(_entity(_what("Encounter", about.encounter, source), "4"))
    if about.bed is not None and about.kind != "bed":
        found.append(_entity(_what("Location", about.bed, source), "2"))
    if patient is not None:
        found.append(_entity({"reference": f"Patient/{patient}"}, "1", kind="1"))
    return found


def _subject(id: str, about: About, source: str) -> dict[str, object]:
    """What it was about; its name is the row's id."""
    types = {"encounter": "Encounter", "bed": "Location"}
    if about.kind in types:
        what = _what(types[about.kind], about.id, source)
    else:
        what = _identified(about.kind, about.id)
    entity = _entity(what, "2" if about.kind == "bed" else "4") | {"name": id}
    if about.detail:
        entity["detail"] = [
            {"type": name, "valueString": value or "-"} for name, value in about.detail.items()
        ]
    return entity


def _entity(what: dict[str, object], role: str, kind: str = "2") -> dict[str, object]:
    return {
        "what": what,
        "type": {"system": f"{_TERMS}/audit-entity-type", "code": kind},
        "role": {"system": f"{_TERMS}/object-role", "code": role},
    }


def _what(resource: str, id: str, source: str) -> dict[str, object]:
    """A reference to what the HIS has, an identifier for what it has not."""
    if id.startswith(f"{source}."):
        return {"reference": f"{resource}/{id.removeprefix(f'{source}.')}"}
    return _identified(resource.lower(), id)


def _identified(kind: str, value: str) -> dict[str, object]:
    return {"identifier": {"system": f"urn:smartward:{kind}", "value": value}}
