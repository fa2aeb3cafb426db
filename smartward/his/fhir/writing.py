"""Writing back: each draft once, whatever is lost on the way, and nothing over another's word.

New things are made so that a retry makes no second one (`writing_offer.CreateWay`). Later states
are sent with `If-Match`, and where a server does not say that it heeds it after a look. Where that
fails, what is there now is read: if it holds what we last sent it was our own answer that was lost,
and ours goes on from there; else somebody else has changed what we said, and a person must be
asked. What others add beside it is kept.
"""

import re
from collections.abc import Callable

import msgspec

from smartward.clinical.audit import AuditRecord
from smartward.clinical.his_write import WriteKind
from smartward.clinical.plan import PlanStatus
from smartward.errors import BadData, Refused
from smartward.his.drafts import (
    AdministrationDraft,
    CareDraft,
    Draft,
    Known,
    NurseCallDraft,
    TaskDraft,
)
from smartward.his.fhir.audit_event import audit_event
from smartward.his.fhir.elements import Meta
from smartward.his.fhir.exchange import Bundle, CapabilityStatement
from smartward.his.fhir.writing_bodies import Bodies, identifier
from smartward.his.fhir.writing_care import is_value
from smartward.his.fhir.writing_offer import TYPES, AuditWay, CreateWay, Offer, offer
from smartward.his.fhir.writing_same import Json, decoded, encoded, holds, laid_over
from smartward.his.http import FHIR_JSON, Http
from smartward.his.port import Still, Written
from smartward.his.reply import Reply

_TRIES = 4
"""How often it is sent again in one go when it changes under our hands."""
_MEDICATION = ("medicationCodeableConcept", "medicationReference")
_SETTLED = ("completed", "failed", "rejected", "cancelled", "entered-in-error")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class _Stub(msgspec.Struct, rename="camel"):
    id: str = ""
    meta: Meta = msgspec.field(default_factory=Meta)


class _Kind(msgspec.Struct, rename="camel"):
    resource_type: str = ""


class Writer:
    """Writes drafts to one server."""

    def __init__(self, http: Http, source: str) -> None:
        self._http = http
        self._bodies = Bodies(source)

    async def write(
        self, draft: Draft, known: Known, statement: CapabilityStatement | None
    ) -> Written:
        """Bring it to where the draft says. Raises Refused with `his.write.conflict`, `.gone`,
        `.not_offered` or as Http does; Unreachable where it may have arrived or not."""
        type = _type(draft)
        way = offer(statement, type)
        render: Callable[[Draft], Json] = self._bodies.of
        if isinstance(draft, TaskDraft):
            origin = self._bodies.origin(draft.item_id)
            if origin is not None and origin[0] == "Task":
                return await self._settle(origin[1], draft, known, way)
        more: Json = {}
        if isinstance(draft, AdministrationDraft):
            more = await self._medicine(draft)
        wanted = self._bodies.of(draft) | more
        if known.source_id is None:
            made = await self._make(type, draft, wanted, known, way)
            if isinstance(made, Written):
                return made
            current = made
        elif known.version and way.guards and not known.over:
            _can(way.update)
            reply = await self._put(type, {**wanted, "id": known.source_id}, known.version)
            if reply.status != 412:
                return _written(reply, created=False)
            current = await self._read(type, known.source_id)
        else:
            current = await self._read(type, known.source_id)
        ours = [render(one) for one in known.tried]
        return await self._bring(type, current, wanted, ours, way, over=known.over)

    async def still(self, kind: WriteKind, id: str) -> Still:
        """What became of something that was written. Raises as Http does."""
        reply = await self._http.get(f"{TYPES[kind]}/{id}")
        if reply.status in (404, 410):
            if not _own_word(reply):
                return Still.UNTOLD
            return Still.NOT_FOUND if reply.status == 404 else Still.REMOVED
        wrong = decoded(reply.body).get("status") == "entered-in-error"
        return Still.REMOVED if wrong else Still.THERE

    # ------------------------------------------------------------------ what is there already

    async def _bring(
        self, type: str, current: Json, wanted: Json, ours: list[Json], way: Offer, *, over: bool
    ) -> Written:
        """From what is there to what is wanted, unless somebody else's word would be lost."""
        for _ in range(_TRIES):
            if holds(current, wanted):
                return Written(source_id=current["id"], version=_version(current), created=False)
            if not over and not any(holds(current, one) for one in ours):
                raise Refused("his.write.conflict", "it was changed by somebody else", status=412)
            _can(way.update)
            reply = await self._put(type, laid_over(current, wanted, ours), _version(current))
            if reply.status != 412:
                return _written(reply, created=False)
            current = await self._read(type, current["id"])
        raise Refused("his.write.conflict", "it goes on changing", status=412)

    async def _settle(self, id: str, draft: TaskDraft, known: Known, way: Offer) -> Written:
        """What became of a Task that is the hospital system's own."""
        _can(way.update)
        wanted = self._bodies.changes(draft)
        ours = [self._bodies.changes(one) for one in known.tried if isinstance(one, TaskDraft)]
        for _ in range(_TRIES):
            current = await self._read("Task", id)
            status = current.get("status")
            if status == wanted["status"]:
                return Written(source_id=id, version=_version(current), created=False)
            mine = known.over or any(one["status"] == status for one in ours)
            if status in _SETTLED and not mine:
                raise Refused("his.write.conflict", f"it is {status}", status=412)
            body = laid_over(current, wanted, ())
            if isinstance(current.get("executionPeriod"), dict) and "executionPeriod" in wanted:
                body["executionPeriod"] = current["executionPeriod"] | wanted["executionPeriod"]
            if draft.status not in (PlanStatus.DONE, PlanStatus.NOT_DONE):
                body.pop("executionPeriod", None)
            reply = await self._put("Task", body, _version(current))
            if reply.status != 412:
                return _written(reply, created=False)
        raise Refused("his.write.conflict", "it goes on changing", status=412)

    async def _medicine(self, draft: AdministrationDraft) -> Json:
        """What the order says is to be given, and how much where it says one dose."""
        origin = self._bodies.origin(draft.item_id)
        if origin is None:
            raise Refused("his.write.gone", "the order is not this system's")
        order = await self._read(*origin)
        found: Json = {name: order[name] for name in _MEDICATION if name in order}
        dose = _one_dose(order)
        if draft.given and dose is not None:
            found["dosage"] = {"dose": dose}
        return found

    # ------------------------------------------------------------------ something new

    async def _make(
        self, type: str, draft: Draft, wanted: Json, known: Known, way: Offer
    ) -> Written | Json:
        """Make it, or give what is there already under our identifier."""
        if way.create is None:
            raise Refused("his.write.not_offered", f"the server takes no {type}")
        if way.create is CreateWay.OWN_ID:
            return await self._make_under_own_id(type, draft, wanted, known)
        if known.again or way.create is CreateWay.SEARCH_FIRST:
            found = await self._find(type, draft)
            if found is not None:
                return found
        headers = {"Content-Type": FHIR_JSON}
        if way.create is CreateWay.CONDITIONAL:
            headers["If-None-Exist"] = f"identifier={'|'.join(identifier(draft))}"
        reply = await self._http.send(
            "POST", f"{self._http.base}/{type}", body=encoded(wanted), headers=headers
        )
        written = _written(reply, created=reply.status == 201)
        if written.created:
            return written
        return await self._read(type, written.source_id)

    async def _make_under_own_id(
        self, type: str, draft: Draft, wanted: Json, known: Known
    ) -> Written | Json:
        """Not every server heeds `If-None-Match`: what may be there is looked for first. What was
        deleted there is made anew only where a person says that it stands."""
        id = _own_id(draft)
        found = await self._there(type, id, deleted=known.over) if known.again else None
        if found is not None and _in_error(found):
            found = await self._find(type, draft) or found
        if found is not None:
            return found
        headers = {"Content-Type": FHIR_JSON, "If-None-Match": "*"}
        reply = await self._http.send(
            "PUT",
            f"{self._http.base}/{type}/{id}",
            body=encoded({**wanted, "id": id}),
            headers=headers,
        )
        if reply.status == 412:
            return await self._read(type, id)
        return _written(reply, created=True)

    async def _find(self, type: str, draft: Draft) -> Json | None:
        """What is there under our identifier; of several one that is not in error, for another may
        have taken the place of ours. A server that ignores the condition is not believed: what it
        finds must carry it."""
        system, value = identifier(draft)
        reply = await self._http.get(type, (("identifier", f"{system}|{value}"),))
        if reply.status != 200:
            return None
        try:
            bundle = msgspec.json.decode(reply.body, type=Bundle)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadData("his.bad.not_fhir", "a search was answered with no bundle") from error
        found = []
        for entry in bundle.entry:
            try:
                one = decoded(bytes(entry.resource))
            except BadData:  # an outcome among the matches
                continue
            named = one.get("identifier")
            every = named if isinstance(named, list) else [named]
            if {"system": system, "value": value} in [_pair(name) for name in every]:
                found.append(one)
        return min(found, key=_in_error, default=None)

    # ------------------------------------------------------------------ one resource

    async def _read(self, type: str, id: str) -> Json:
        reply = await self._http.get(f"{type}/{id}")
        _gone(reply)
        return decoded(reply.body)

    async def _there(self, type: str, id: str, *, deleted: bool) -> Json | None:
        """As `_read`; None where the server never had it, and where it was `deleted` if so said."""
        none = (404, 410) if deleted else (404,)
        try:
            return await self._read(type, id)
        except Refused as error:
            if error.key == "his.write.gone" and error.values.get("status") in none:
                return None
            raise

    async def _put(self, type: str, body: Json, version: str) -> Reply:
        headers = {"Content-Type": FHIR_JSON}
        if version:
            headers["If-Match"] = f'W/"{version}"'
        return await self._http.send(
            "PUT", f"{self._http.base}/{type}/{body['id']}", body=encoded(body), headers=headers
        )


def _type(draft: Draft) -> str:
    if isinstance(draft, NurseCallDraft | TaskDraft):
        return "Task"
    if isinstance(draft, CareDraft):
        return "Observation" if is_value(draft.kind) else "Procedure"
    return {
        "ObservationDraft": "Observation",
        "AdministrationDraft": "MedicationAdministration",
        "AnswerDraft": "QuestionnaireResponse",
    }[type(draft).__name__]


def _own_id(draft: Draft) -> str:
    """The draft's id as FHIR lets a client choose one. Raises Refused where it can be none: made
    in another way it might be made twice."""
    id = draft.id.replace("_", "-")
    if _ID.fullmatch(id) is None:
        raise Refused("his.write.not_offered", "its id cannot be one of the server's")
    return id


def _can(offered: bool) -> None:
    if not offered:
        raise Refused("his.write.not_offered", "the server takes no later state")


def _pair(name: object) -> object:
    if not isinstance(name, dict):
        return None
    return {"system": name.get("system"), "value": name.get("value")}


def _in_error(resource: Json) -> bool:
    return resource.get("status") == "entered-in-error"


def _version(resource: Json) -> str:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""


def _one_dose(order: Json) -> Json | None:
    """The ordered dose, digits as they are, where the order names exactly one."""
    doses = [
        amount["doseQuantity"]
        for instruction in order.get("dosageInstruction") or ()
        if isinstance(instruction, dict)
        for amount in instruction.get("doseAndRate") or ()
        if isinstance(amount, dict) and isinstance(amount.get("doseQuantity"), dict)
    ]
    return doses[0] if len(doses) == 1 else None


async def write_audit(
    http: Http, way: AuditWay, record: AuditRecord, source: str, patient: str | None
) -> Written:
    """Write an AuditEvent once: under the row's own id where the server lets a client choose it,
    else created unless one whose entity has that name is there. A server that offers neither may
    get one twice, when its answer was lost. Raises as Http does."""
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
        raise Refused("his.write.twice", "HTTP 412", status=412)
    _gone(reply)
    known = _told(reply)
    if known is None:
        raise BadData("his.bad.not_fhir", "a write was answered without an id")
    return Written(source_id=known[0], version=known[1], created=created)


def _gone(reply: Reply) -> None:
    """Raises Refused where the server itself says that there is nothing; what a proxy says in its
    place is BadData, and no word about anything."""
    if reply.status not in (404, 410):
        return
    if not _own_word(reply):
        raise BadData("his.bad.not_fhir", f"HTTP {reply.status} with no OperationOutcome")
    raise Refused("his.write.gone", f"HTTP {reply.status}", status=reply.status)


def _own_word(reply: Reply) -> bool:
    """Whether a FHIR server says it: an OperationOutcome, or nothing at all. A page for people is a
    proxy's, and so is any other JSON."""
    if not reply.body.strip():
        return True
    try:
        return msgspec.json.decode(reply.body, type=_Kind).resource_type == "OperationOutcome"
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _told(reply: Reply) -> tuple[str, str] | None:
    """Id and version from the body, else from Location and ETag (a server may send no body)."""
    version = reply.headers.get("etag", "").removeprefix("W/").strip('"')
    if reply.body:
        try:
            stub = msgspec.json.decode(reply.body, type=_Stub)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            stub = None
        if stub is not None and stub.id:
            return stub.id, stub.meta.version_id or version
    place = reply.headers.get("location", "").split("/_history/")
    id = place[0].rpartition("/")[2]
    if not id:
        return None
    return id, place[1] if len(place) > 1 else version
