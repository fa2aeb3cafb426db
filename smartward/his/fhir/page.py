"""One page of a search: how it is asked for and what it holds."""

from datetime import UTC, datetime

import msgspec

from smartward.errors import BadData, Refused
from smartward.his.fhir.exchange import Bundle, Entry
from smartward.his.fhir.reject import MALFORMED, MISSING, Reject, rejection
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.resources import Resource, Stub
from smartward.his.http import Http
from smartward.his.port import Rejection
from smartward.his.reply import Reply

Params = list[tuple[str, str]]
_BUNDLE = msgspec.json.Decoder(Bundle)
_DECODERS = {kind: msgspec.json.Decoder(type) for kind, type in STRUCTS.items()}
CANNOT = (400, 404, 414, 422, 501)
"""A server that does not understand what was asked, rather than forbids it."""


class Asker:
    """Sends searches: by POST where the server takes it, else by GET."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.posts = False
        self._gets: set[str] = set()

    async def __call__(self, kind: str, params: Params) -> Reply:
        """One search. Raises the errors of `Http`."""
        if not self.posts or kind in self._gets:
            return await self.http.get(kind, params)
        try:
            reply = await self.http.search(kind, params)
        except Refused as refused:
            if refused.values.get("status") not in (405, 415, 501):
                raise
        else:
            if reply.status != 404:
                return reply
        self._gets.add(kind)
        return await self.http.get(kind, params)

    async def try_posting(self, ward: str) -> None:
        """Look for a Location whose id is known by POST; only finding it proves anything."""
        try:
            reply = await self.http.search("Location", [("_id", ward)])
            found = [decode(one.resource, "Location") for one in matches(bundle_of(reply))]
        except (Refused, BadData):
            return
        self.posts = [getattr(one, "id", None) for one in found] == [ward]


def bundle_of(reply: Reply) -> Bundle:
    """The answer to a search. Raises BadData when it is none, Refused when it was not answered."""
    if reply.status != 200:
        raise Refused("his.refused.request", f"HTTP {reply.status}", status=reply.status)
    try:
        bundle = _BUNDLE.decode(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadData("his.bad.not_fhir", "the answer to a search is not a Bundle") from error
    if bundle.resource_type != "Bundle":
        raise BadData("his.bad.not_fhir", "the answer to a search is not a Bundle")
    return bundle


def matches(bundle: Bundle) -> list[Entry]:
    """The rows that matched, without includes and outcomes that say so."""
    return [one for one in bundle.entry if one.search is None or one.search.mode in (None, "match")]


def next_link(bundle: Bundle) -> str | None:
    """Where the next page is, if there is one."""
    return next((one.url for one in bundle.link if one.relation == "next"), None)


def instant(at: datetime, *, seconds: bool = False) -> str:
    """A FHIR instant in UTC, rounded down to milliseconds or seconds."""
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}Z" if seconds else f"{text}.{at.microsecond // 1000:03}Z"


def decode(raw: msgspec.Raw, kind: str) -> Resource | Rejection | None:
    """One resource of a page; None for one of another type (an OperationOutcome, an include)."""
    try:
        resource = _DECODERS[kind].decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(raw, kind, str(error))
    if resource.resource_type != kind:
        return None
    if not resource.id:
        return rejection(kind, "", Reject(MISSING, "id"))
    return resource


def is_outcome(raw: msgspec.Raw) -> bool:
    """Whether it is what a server says about a search, rather than found by it."""
    try:
        return bool(msgspec.json.decode(raw, type=Stub).resource_type == "OperationOutcome")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _malformed(raw: msgspec.Raw, kind: str, why: str) -> Rejection | None:
    try:
        stub = msgspec.json.decode(raw, type=Stub)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return rejection(kind, "", Reject(MALFORMED, "not a JSON object"))
    if stub.resource_type != kind:
        return None
    id = stub.id if isinstance(stub.id, str) else ""
    return rejection(kind, id, Reject(MALFORMED, why))
