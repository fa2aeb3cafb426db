"""Walks a search to its end, while the data moves under it.

A walk asks in ascending order of last change and continues with a new search from the last instant
seen (a keyset, inclusive), never by an offset: rows that are touched meanwhile move to the end and
are met again, and none is stepped over. Where one instant fills a page the page is widened, then
the server's own `next` link is followed. A server that does not sort is walked by its links alone.
Whatever is met twice is told once, in its newest form.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from smartward.errors import BadData, Refused
from smartward.his.fhir import times
from smartward.his.fhir.chart import older
from smartward.his.fhir.exchange import Bundle, Entry
from smartward.his.fhir.reject import MALFORMED, MISSING, Reject, rejection
from smartward.his.fhir.resources import STRUCTS, Resource, Stub
from smartward.his.http import Http, Reply
from smartward.his.port import Rejection

PAGE = 200
WIDEST = 1000
MOST_PAGES = 500
OVERLAP = timedelta(seconds=120)
"""Longest time a server's transaction, index or second node may lag behind its clock."""

Params = list[tuple[str, str]]


@dataclass(slots=True)
class Walk:
    """What one walk brought."""

    found: dict[str, Resource] = field(default_factory=dict)
    fingerprints: dict[str, bytes] = field(default_factory=dict)
    rejected: dict[str, Rejection] = field(default_factory=dict)
    newest: datetime | None = None
    server_time: datetime | None = None
    """`Date` of the first answer."""
    pages: int = 0

    def mark(self, before: datetime | None) -> datetime | None:
        """Where the next walk begins: the newest change seen, never ahead of the server's clock.

        Where nothing was found and nothing was known before, the server's time: what comes later is
        later than that, but for the overlap.
        """
        newest = self.newest
        if newest is not None and self.server_time is not None:
            newest = min(newest, self.server_time)
        if newest is None:
            return before or self.server_time
        return newest if before is None else max(newest, before)


def since_param(mark: datetime) -> tuple[str, str]:
    """`_lastUpdated=ge…` with milliseconds and Z, an overlap before the mark."""
    at = mark - OVERLAP
    return "_lastUpdated", f"ge{_instant(at)}"


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def decode(raw: msgspec.Raw, kind: str) -> Resource | Rejection | None:
    """One resource of a page; None for one of another type (an OperationOutcome, an include)."""
    try:
        resource = msgspec.json.decode(raw, type=STRUCTS[kind])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(raw, kind, str(error))
    if resource.resource_type != kind:
        return None
    if not resource.id:
        return rejection(kind, "", Reject(MISSING, "id"))
    return resource


def _malformed(raw: msgspec.Raw, kind: str, why: str) -> Rejection | None:
    try:
        stub = msgspec.json.decode(raw, type=Stub)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return rejection(kind, "", Reject(MALFORMED, "not a JSON object"))
    if stub.resource_type != kind:
        return None
    id = stub.id if isinstance(stub.id, str) else ""
    return rejection(kind, id, Reject(MALFORMED, why))


class Walker:
    """Searches one server. Remembers which types it does not sort."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._unsorted: set[str] = set()

    async def walk(self, kind: str, params: Params) -> Walk:
        """All matches. Raises the errors of `Http`, BadData for what is not a search's answer."""
        walk = Walk()
        reply = await self._first(kind, params)
        walk.server_time = reply.date
        count, start = PAGE, None
        seen_links: set[str] = set()
        while True:
            bundle = _bundle(reply)
            last, ascending = self._take(walk, kind, bundle.entry)
            link = next((one.url for one in bundle.link if one.relation == "next"), None)
            if link is None or not bundle.entry:
                return walk
            if walk.pages >= MOST_PAGES:
                raise BadData("his.bad.endless", f"{kind}: more than {MOST_PAGES} pages")
            if kind in self._unsorted or not ascending or last is None:
                self._unsorted.add(kind)
                reply = await self._next(link, seen_links)
            elif last != start:
                start = last
                reply = await self._ask(kind, _from(params, last), count)
            elif count < WIDEST:
                count = WIDEST
                reply = await self._ask(kind, _from(params, last), count)
            else:
                reply = await self._next(link, seen_links)

    async def _first(self, kind: str, params: Params) -> Reply:
        if kind not in self._unsorted:
            try:
                return await self._ask(kind, params, PAGE)
            except Refused as refused:
                if refused.values.get("status") != 400:
                    raise
                # Some servers refuse to sort; without it the links must do.
                self._unsorted.add(kind)
        return await self._ask(kind, params, PAGE)

    async def _ask(self, kind: str, params: Params, count: int) -> Reply:
        query = [*params, ("_count", str(count))]
        if kind not in self._unsorted:
            query.append(("_sort", "_lastUpdated"))
        return await self._http.get(kind, query)

    async def _next(self, link: str, seen: set[str]) -> Reply:
        if link in seen:
            raise BadData("his.bad.endless", "a page link leads back")
        seen.add(link)
        return await self._http.follow(link)

    def _take(
        self, walk: Walk, kind: str, entries: Sequence[Entry]
    ) -> tuple[datetime | None, bool]:
        """Put a page's entries into the walk; its last instant, and whether it was in order."""
        walk.pages += 1
        last: datetime | None = None
        ascending = True
        for entry in entries:
            if entry.search is not None and entry.search.mode not in (None, "match"):
                continue
            one = decode(entry.resource, kind)
            if one is None:
                continue
            if isinstance(one, Rejection):
                walk.rejected[one.source_id] = one
                continue
            at = times.maybe(one.meta.last_updated)
            if at is None or (last is not None and at < last):
                ascending = False
            last = at or last
            known = walk.found.get(one.id)
            if known is None or not older(one.meta, known.meta):
                walk.found[one.id] = one
                walk.fingerprints[one.id] = hashlib.blake2b(
                    bytes(entry.resource), digest_size=8
                ).digest()
                walk.rejected.pop(one.id, None)
            if at is not None:
                walk.newest = at if walk.newest is None else max(walk.newest, at)
        return last, ascending


def _from(params: Params, last: datetime) -> Params:
    """The same search from an instant on; an earlier `_lastUpdated=ge` is replaced."""
    kept = [(name, value) for name, value in params if name != "_lastUpdated"]
    return [*kept, ("_lastUpdated", f"ge{_instant(last)}")]


def _bundle(reply: Reply) -> Bundle:
    if reply.status != 200:
        raise Refused("his.refused.request", f"HTTP {reply.status}", status=reply.status)
    try:
        bundle = msgspec.json.decode(reply.body, type=Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadData("his.bad.not_fhir", "the answer to a search is not a Bundle") from error
    if bundle.resource_type != "Bundle":
        raise BadData("his.bad.not_fhir", "the answer to a search is not a Bundle")
    return bundle
