"""What a server says it takes, and the way in which it makes one of each and no more."""

from dataclasses import dataclass
from enum import StrEnum

from smartward.clinical.his_write import WriteKind
from smartward.errors import BadData
from smartward.his.fhir.exchange import CapabilityStatement, RestResource

TYPES: dict[WriteKind, str] = {
    WriteKind.NURSE_CALL: "Task",
    WriteKind.NURSING_TASK: "Task",
    WriteKind.OBSERVATION: "Observation",
    WriteKind.ADMINISTRATION: "MedicationAdministration",
    WriteKind.ANSWER: "QuestionnaireResponse",
    WriteKind.CARE: "Procedure",
    WriteKind.CARE_VALUE: "Observation",
    WriteKind.AUDIT: "AuditEvent",
}
"""What each kind is there."""

_CHANGING = (WriteKind.NURSE_CALL, WriteKind.NURSING_TASK)
"""Worth nothing without their later states."""


class CreateWay(StrEnum):
    """How a retry makes no second one."""

    CONDITIONAL = "conditional"
    """`If-None-Exist` with our identifier."""
    OWN_ID = "own_id"
    """Written under an id of ours, where a client may choose it."""
    SEARCH_FIRST = "search_first"
    """Looked for by our identifier before it is created."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server does with one resource type. `create` None: nothing new. `guards`: it says that
    it heeds `If-Match`; of another what is there is read before it is written over."""

    create: CreateWay | None
    update: bool
    guards: bool = False


class AuditWay(StrEnum):
    """How a server takes an AuditEvent."""

    OWN_ID = "own_id"
    CONDITIONAL = "conditional"
    PLAIN = "plain"


def _resource(statement: CapabilityStatement | None, type: str) -> RestResource | None:
    every = (
        resource
        for rest in (statement.rest if statement is not None else ())
        for resource in rest.resource
    )
    return next((one for one in every if one.type == type), None)


def offer(statement: CapabilityStatement | None, type: str) -> Offer:
    """What the statement says of writing a resource type; where it says nothing, nothing."""
    found = _resource(statement, type)
    if found is None:
        return Offer(None, False)
    can = {interaction.code for interaction in found.interaction}
    named = not found.search_param or any(one.name == "identifier" for one in found.search_param)
    way = None
    if "create" in can and found.conditional_create and named:
        way = CreateWay.CONDITIONAL
    elif "update" in can and found.update_create:
        way = CreateWay.OWN_ID
    elif "create" in can and "search-type" in can and named:
        way = CreateWay.SEARCH_FIRST
    return Offer(way, "update" in can, found.versioning == "versioned-update")


def taken(statement: CapabilityStatement | None) -> frozenset[WriteKind]:
    """The kinds that this server takes. One that only makes new things takes no kind that has later
    states; of observations and doses it then has no corrections. Raises BadData where there is no
    statement: nothing is known then, and what is to be told waits."""
    if statement is None:
        raise BadData("his.bad.not_fhir", "no CapabilityStatement at /metadata")
    found: set[WriteKind] = set()
    for kind, type in TYPES.items():
        if kind is WriteKind.AUDIT:
            continue
        offered = offer(statement, type)
        if offered.create is not None and (offered.update or kind not in _CHANGING):
            found.add(kind)
    if audit_way(statement) is not None:
        found.add(WriteKind.AUDIT)
    return frozenset(found)


def audit_way(statement: CapabilityStatement | None) -> AuditWay | None:
    """How the server says it takes AuditEvents; None: it says of none."""
    found = _resource(statement, "AuditEvent")
    if found is None:
        return None
    can = {interaction.code for interaction in found.interaction}
    if "update" in can and found.update_create:
        return AuditWay.OWN_ID
    if "create" not in can:
        return None
    named = any(one.name == "entity-name" for one in found.search_param)
    conditional = found.conditional_create and named
    return AuditWay.CONDITIONAL if conditional else AuditWay.PLAIN
