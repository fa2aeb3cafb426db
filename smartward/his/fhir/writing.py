"""Writing back: a nurse call as a FHIR Task, a row of the audit as an AuditEvent.

The call's id is the Task's identifier (system `urn:smartward:nurse-call`): creating it again with
`If-None-Exist` finds the first one, so a retry after a time-out never makes two. Later states are
written with `If-Match`; 412 means that somebody else changed it and a person must be asked.

The Task is about the patient where one is known, placed at the bed, and holds no reason: what a
patient needs stays on the ward.

An AuditEvent is written under the row's own id where the server lets a client choose it, else
created unless one whose entity has that name is there: a retry makes no second one. A server that
offers neither may get one twice, when its answer was lost.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from smartward.clinical.audit import AuditRecord
from smartward.clinical.nurse_call import CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.errors import BadData, Refused
from smartward.his.fhir.audit_event import audit_event
from smartward.his.fhir.elements import Identifier, Meta
from smartward.his.fhir.exchange import CapabilityStatement
from smartward.his.fhir.mapping_plan import OWN_IDENTIFIER
from smartward.his.http import FHIR_JSON, Http, Reply
from smartward.his.port import NurseCallDraft, Written

_PRIORITY = {
    Priority.HIGH: "stat",
    Priority.MEDIUM: "urgent",
    Priority.LOW: "routine",
    Priority.INFORMATION: "routine",
}


class _TaskStub(msgspec.Struct, rename="camel"):
    id: str
    meta: Meta = msgspec.field(default_factory=Meta)
    identifier: tuple[Identifier, ...] = ()


def task(call: NurseCall, source: str, patient: str | None, id: str | None) -> dict[str, object]:
    """The Task for a call. `patient` is a logical id; only resources of `source` are pointed to."""
    bed = call.bed_id.removeprefix(f"{source}.")
    stay = (call.encounter_id or "").removeprefix(f"{source}.")
    body: dict[str, object] = {
        "resourceType": "Task",
        "identifier": [{"system": OWN_IDENTIFIER, "value": call.id}],
        "status": call.state.value,
        "intent": "order",
        "priority": _PRIORITY[call.priority],
        "code": {"text": f"Nurse call ({call.call_class.value})"},
        "authoredOn": _instant(call.placed_at),
    }
    if id is not None:
        body["id"] = id
    if call.bed_id.startswith(f"{source}."):
        body["location"] = {"reference": f"Location/{bed}"}
    if call.encounter_id is not None and call.encounter_id.startswith(f"{source}."):
        body["encounter"] = {"reference": f"Encounter/{stay}"}
    if patient is not None:
        body["for"] = {"reference": f"Patient/{patient}"}
    if call.state is CallState.COMPLETED and call.closed_at is not None:
        start, end = (
            at.isoformat(timespec="milliseconds") for at in (call.placed_at, call.closed_at)
        )
        body["executionPeriod"] = {"start": start, "end": end}
    return body


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


async def write(http: Http, draft: NurseCallDraft, source: str, patient: str | None) -> Written:
    """Create or update. Raises Refused with `his.write.conflict` on 412, else as Http does."""
    if draft.source_id is None:
        return await _create(http, draft, task(draft.call, source, patient, None))
    body = task(draft.call, source, patient, draft.source_id)
    headers = {"Content-Type": FHIR_JSON}
    if draft.version is not None:
        headers["If-Match"] = f'W/"{draft.version}"'
    reply = await http.send(
        "PUT",
        f"{http.base}/Task/{draft.source_id}",
        body=msgspec.json.encode(body),
        headers=headers,
    )
    return _written(reply, created=False)


async def _create(http: Http, draft: NurseCallDraft, body: dict[str, object]) -> Written:
    headers = {
        "Content-Type": FHIR_JSON,
        "If-None-Exist": f"identifier={OWN_IDENTIFIER}|{draft.call.id}",
    }
    reply = await http.send(
        "POST", f"{http.base}/Task", body=msgspec.json.encode(body), headers=headers
    )
    return _written(reply, created=reply.status == 201)


class AuditWay(StrEnum):
    """How a server takes an AuditEvent."""

    OWN_ID = "own_id"
    CONDITIONAL = "conditional"
    PLAIN = "plain"


def audit_way(statement: CapabilityStatement | None) -> AuditWay | None:
    """How the server says it takes AuditEvents; None: it says of none."""
    offered = [
        resource
        for rest in (statement.rest if statement is not None else ())
        for resource in rest.resource
        if resource.type == "AuditEvent"
    ]
    if not offered:
        return None
    can = {interaction.code for interaction in offered[0].interaction}
    if "update" in can and offered[0].update_create:
        return AuditWay.OWN_ID
    if "create" not in can:
        return None
    named = any(one.name == "entity-name" for one in offered[0].search_param)
    conditional = offered[0].conditional_create and named
    return AuditWay.CONDITIONAL if conditional else AuditWay.PLAIN


async def write_audit(
    http: Http, way: AuditWay, record: AuditRecord, source: str, patient: str | None
) -> Written:
    """Write an AuditEvent once. Raises as Http does."""
    body = audit_event(record, source, patient)
    headers = {"Content-Type": FHIR_JSON}
    if way is AuditWay.OWN_ID:
        headers["If-None-Match"] = "*"
        url = f"{http.base}/AuditEvent/{record.id}"
        reply = await http.send("PUT", url, body=msgspec.json.encode(body), headers=headers)
    else:
        del body["id"]
        if way is AuditWay.CONDITIONAL:
            headers["If-None-Exist"] = f"entity-name={record.id}"
        url = f"{http.base}/AuditEvent"
        reply = await http.send("POST", url, body=msgspec.json.encode(body), headers=headers)
    if reply.status == 412:  # it is there already
        return Written(source_id=record.id, version="", created=False)
    return _written(reply, created=reply.status == 201)


def _written(reply: Reply, *, created: bool) -> Written:
    if reply.status == 412:
        raise Refused("his.write.conflict", "HTTP 412", status=412)
    if reply.status in (404, 410):
        raise Refused("his.write.gone", f"HTTP {reply.status}", status=reply.status)
    known = _told(reply)
    if known is None:
        raise BadData("his.bad.not_fhir", "a write was answered without an id")
    return Written(source_id=known[0], version=known[1], created=created)


def _told(reply: Reply) -> tuple[str, str] | None:
    """Id and version from the body, else from Location and ETag (a server may send no body)."""
    version = reply.headers.get("etag", "").removeprefix("W/").strip('"')
    if reply.body:
        try:
            stub = msgspec.json.decode(reply.body, type=_TaskStub)
        except msgspec.MsgspecError:
            stub = None
        if stub is not None and stub.id:
            return stub.id, stub.meta.version_id or version
    place = reply.headers.get("location", "").split("/_history/")
    id = place[0].rpartition("/")[2]
    if not id:
        return None
    return id, place[1] if len(place) > 1 else version
