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
from smartward.his.simulator.dialects import PLAIN, Dialect
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

    def __init__(
        self, world: World, clock: Clock, faults: Faults, dialect: Dialect = PLAIN
    ) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        self._dialect = dialect
        self._listed: dict[search.Query, list[str]] = {}
        self._listed_at: tuple[int, int, datetime] | None = None
        kind, one = PREFIX + "/{kind}", PREFIX + "/{kind}/{id}"
        answers: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            (PREFIX + "/metadata", "GET", self._metadata),
            (kind, "GET", self._search),
            (kind, "POST", self._create),
            (kind + "/_history", "GET", self._history),
            (kind + "/_search", "POST", self._search_posted),
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
        base = _base(request)
        return _json(capability.statement(base, instant(self._world.now), self._dialect))

    async def _search(self, request: Request) -> Response:
        return self._found(request, parse_qsl(request.url.query, keep_blank_values=True))

    async def _search_posted(self, request: Request) -> Response:
        if not self._dialect.posts:
            raise Outcome(404, "not-supported", "searches are not posted here")
        form = (await request.body()).decode()
        return self._found(request, parse_qsl(form, keep_blank_values=True))

    def _found(self, request: Request, pairs: list[tuple[str, str]]) -> Response:
        kind = self._kind(request)
        after: search.Place | None = None
        try:
            if len(pairs) == 1 and pairs[0][0] == "_page":
                query, after = search.read_token(kind, pairs[0][1])
            else:
                query = self._dialect.asked(kind, pairs)
            rows, place = self._page(query, after)
        except search.BadSearch as error:
            raise Outcome(400, "not-supported", str(error)) from error
        links = [{"relation": "self", "url": str(request.url)}]
        if place is not None:
            host = self._dialect.link_host
            base = f"{host}{PREFIX}" if host else _base(request)
            token = search.next_token(query, place)
            links.append({"relation": "next", "url": f"{base}/{kind}?_page={token}"})
        texts = [(row, self._dialect.text(row, self._world.now)) for row in rows]
        return Response(_bundle(_base(request), kind, texts, links), media_type=FHIR_JSON)

    def _page(
        self, query: search.Query, after: search.Place | None
    ) -> tuple[list[Row], search.Place | None]:
        """One page, and where the next one begins."""
        if self._dialect is PLAIN:
            rows, more = search.page(self._world.store, query, after)
            last = (rows[-1].updated, str(rows[-1].resource["id"]), 0) if more else None
            return rows, last
        all = self._listing(query)
        start = after[2] if after is not None else 0
        if after is not None and not self._dialect.offset:
            # Behind the row that was last, wherever it stands now.
            places = [(row.updated, row.resource["id"]) for row in all]
            start = places.index(after[:2]) + 1 if after[:2] in places else start
        size = min(query.count or self._dialect.page, self._dialect.most)
        rows = all[start : start + size]
        if start + size >= len(all):
            return rows, None
        return rows, (rows[-1].updated, str(rows[-1].resource["id"]), start + size)

    def _listing(self, query: search.Query) -> list[Row]:
        """All rows of a search, looked for once while nothing moves, not for each page anew."""
        store, now = self._world.store, self._world.now
        if self._listed_at != (id(store), store.writes, now):
            self._listed.clear()
            self._listed_at = (id(store), store.writes, now)
        if query not in self._listed:
            rows = self._dialect.rows(store, query, now)
            self._listed[query] = [str(row.resource["id"]) for row in rows]
        # As they stand: tests edit rows behind the store's back.
        found = (store.get(query.kind, id) for id in self._listed[query])
        return [row for row in found if row is not None]

    async def _history(self, request: Request) -> Response:
        """The changes of a type, newest first: the present rows, and what was deleted."""
        kind = self._kind(request)
        if not self._dialect.history:
            raise Outcome(404, "not-supported", "no history is kept here")
        since = dict(request.query_params).get("_since", "")
        entries: list[dict[str, Any]] = [
            {"request": {"method": "DELETE", "url": f"{kind}/{id}"}}
            for id, at in self._world.store.deletions(kind)
            if at >= since
        ]
        entries += [
            {"request": {"method": "PUT", "url": f"{kind}/{row.resource['id']}"}}
            for row in self._world.store.since(kind, (since, ""))[::-1]
        ]
        return _json({"resourceType": "Bundle", "type": "history", "entry": entries[:500]})

    async def _read(self, request: Request) -> Response:
        kind, id = self._kind(request), request.path_params["id"]
        row = self._world.store.get(kind, id)
        if row is not None:
            answer = _resource(row, 200)
            answer.body = self._dialect.text(row, self._world.now)
            answer.headers["Content-Length"] = str(len(answer.body))
            return answer
        if self._world.store.was_deleted(kind, id):
            raise Outcome(410, "deleted", f"{kind}/{id} was deleted")
        raise Outcome(404, "not-found", f"there is no {kind}/{id}")

    def _kind(self, request: Request) -> str:
        kind = _kind(request)
        if kind in self._dialect.missing:
            raise Outcome(404, "not-supported", f"this server has no {kind}")
        return kind

    async def _create(self, request: Request) -> Response:
        kind = _kind(request)
        body = await _body(request, kind, self._faults)
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
        body = await _body(request, kind, self._faults)
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


def _bundle(
    base: str, kind: str, rows: list[tuple[Row, bytes]], links: list[dict[str, str]]
) -> bytes:
    head = msgspec.json.encode({"resourceType": "Bundle", "type": "searchset", "link": links})
    entries = b",".join(
        b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}'
        % (base.encode(), kind.encode(), row.resource["id"].encode(), text)
        for row, text in rows
    )
    return head if not rows else head[:-1] + b',"entry":[' + entries + b"]}"


async def _body(request: Request, kind: str, faults: Faults) -> Resource:
    refused = faults.refusals.get(kind)
    if refused is not None:
        raise Outcome(refused[0], "processing", refused[1])
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
