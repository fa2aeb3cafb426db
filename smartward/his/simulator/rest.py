"""FHIR R4 over HTTP: read, search, create, update, delete, as the statement says and no more."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartward.clock import Clock
from smartward.his.simulator import capability, search
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.store import Resource, Row, instant
from smartward.his.simulator.world import World, advance

PREFIX = "/fhir"
FHIR_JSON = "application/fhir+json"
_ID = r"[A-Za-z0-9\-.]{1,64}"


class Outcome(Exception):
    """An answer that is an OperationOutcome."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text

    def body(self) -> bytes:
        """The OperationOutcome."""
        issue = {"severity": "error", "code": self.code, "diagnostics": self.text}
        return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]})


class Rest:
    """The REST interface over a world that is moved to the present before each answer."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        kind, one = PREFIX + "/{kind}", PREFIX + "/{kind}/{id}"
        answers: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            (PREFIX + "/metadata", "GET", self._metadata),
            (kind, "GET", self._search),
            (kind, "POST", self._create),
            (one, "GET", self._read),
            (one, "PUT", self._update),
            (one, "DELETE", self._delete),
        ]
        self.app = Starlette(
            routes=[
                Route(path, self._answering(answer), methods=[method])
                for path, method, answer in answers
            ],
            exception_handlers={404: self._no_such_place, 405: self._no_such_place},
        )

    def _answering(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            advance(self._world, self._clock.now())
            spoilt = await self._faults.instead()
            if spoilt is None:
                try:
                    spoilt = await answer(request)
                except Outcome as outcome:
                    spoilt = Response(outcome.body(), outcome.status, media_type=FHIR_JSON)
            spoilt.headers["Date"] = format_datetime(self._world.now, usegmt=True)
            return self._faults.spoil(spoilt)

        return endpoint

    async def _no_such_place(self, request: Request, error: Exception) -> Response:
        outcome = Outcome(404, "not-found", "there is nothing at this address")
        return Response(outcome.body(), 404, media_type=FHIR_JSON)

    async def _metadata(self, request: Request) -> Response:
        return _json(capability.statement(_base(request), instant(self._world.now)))

    async def _search(self, request: Request) -> Response:
        kind = _kind(request)
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        after = None
        try:
            if len(pairs) == 1 and pairs[0][0] == "_page":
                query, after = search.read_token(kind, pairs[0][1])
            else:
                query = search.understand(kind, pairs)
            rows, more = search.page(self._world.store, query, after)
        except search.BadSearch as error:
            raise Outcome(400, "not-supported", str(error)) from error
        links = [{"relation": "self", "url": str(request.url)}]
        if more:
            token = search.next_token(query, rows[-1])
            links.append({"relation": "next", "url": f"{_base(request)}/{kind}?_page={token}"})
        return Response(_bundle(_base(request), kind, rows, links), media_type=FHIR_JSON)

    async def _read(self, request: Request) -> Response:
        kind, id = _kind(request), request.path_params["id"]
        row = self._world.store.get(kind, id)
        if row is not None:
            return _resource(row, 200)
        if self._world.store.was_deleted(kind, id):
            raise Outcome(410, "deleted", f"{kind}/{id} was deleted")
        raise Outcome(404, "not-found", f"there is no {kind}/{id}")

    async def _create(self, request: Request) -> Response:
        kind = _kind(request)
        body = await _body(request, kind)
        condition = request.headers.get("If-None-Exist")
        if condition is not None:
            found = self._matching(kind, condition)
            if len(found) > 1:
                raise Outcome(412, "multiple-matches", "If-None-Exist matches more than one")
            if found:
                return _resource(found[0], 200)
        row = self._world.put({**body, "id": self._world.new_id(f"w-{kind.lower()}")})
        return _created(request, row)

    def _matching(self, kind: str, condition: str) -> list[Row]:
        try:
            query = search.understand(kind, parse_qsl(condition))
        except search.BadSearch as error:
            raise Outcome(400, "invalid", f"If-None-Exist: {error}") from error
        if not query.conditions:
            raise Outcome(400, "invalid", "If-None-Exist holds no condition")
        return search.page(self._world.store, query, None)[0]

    async def _update(self, request: Request) -> Response:
        kind, id = _kind(request), request.path_params["id"]
        body = await _body(request, kind)
        if body.get("id") != id:
            raise Outcome(400, "invalid", "the resource's id is not the one in the address")
        row = self._world.store.get(kind, id)
        wanted = request.headers.get("If-Match")
        if wanted is not None and (row is None or wanted != _etag(row)):
            raise Outcome(412, "conflict", "the resource was changed by somebody else")
        if row is not None and request.headers.get("If-None-Match") == "*":
            raise Outcome(412, "conflict", "the resource is there already")
        written = self._world.put(body)
        return _created(request, written) if row is None else _resource(written, 200)

    async def _delete(self, request: Request) -> Response:
        self._world.store.delete(_kind(request), request.path_params["id"])
        return Response(status_code=204)


def _kind(request: Request) -> str:
    kind = str(request.path_params["kind"])
    if kind not in search.PARAMETERS:
        raise Outcome(404, "not-supported", f"this server has no {kind}")
    return kind


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _etag(row: Row) -> str:
    return f'W/"{row.version}"'


def _json(body: Any) -> Response:
    return Response(msgspec.json.encode(body), media_type=FHIR_JSON)


def _resource(row: Row, status: int) -> Response:
    answer = Response(row.text, status, media_type=FHIR_JSON)
    answer.headers["ETag"] = _etag(row)
    changed = datetime.fromisoformat(row.updated).astimezone(UTC)
    answer.headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    return answer


def _created(request: Request, row: Row) -> Response:
    answer = _resource(row, 201)
    kind, id = row.resource["resourceType"], row.resource["id"]
    answer.headers["Location"] = f"{_base(request)}/{kind}/{id}/_history/{row.version}"
    return answer


def _bundle(base: str, kind: str, rows: list[Row], links: list[dict[str, str]]) -> bytes:
    head = msgspec.json.encode({"resourceType": "Bundle", "type": "searchset", "link": links})
    entries = b",".join(
        b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}'
        % (base.encode(), kind.encode(), row.resource["id"].encode(), row.text)
        for row in rows
    )
    return head if not rows else head[:-1] + b',"entry":[' + entries + b"]}"


async def _body(request: Request, kind: str) -> Resource:
    try:
        body = msgspec.json.decode(await request.body(), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Outcome(400, "structure", "the body is not a JSON object") from error
    if body.get("resourceType") != kind:
        raise Outcome(400, "structure", f"the body is not a {kind}")
    missing = [name for name in capability.REQUIRED.get(kind, ()) if name not in body]
    if missing:
        raise Outcome(422, "required", f"{kind} needs {', '.join(missing)}")
    return body
