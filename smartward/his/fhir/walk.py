"""Walks a search to its end, while the data moves under it.

Where a server sorts by last change, a walk continues with a new search from the last instant seen
(a keyset, inclusive), never by an offset: rows that are touched meanwhile move to the end and are
met again, and none is stepped over. Where it does not sort (newest first, or any order), the span
of time is cut until each piece is a single page. Where one instant fills a page the page is
widened, then the server's own `next` link is followed; so it is where no date can be asked for.
Whatever is met twice is told once, in its newest form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartward.errors import BadData, Refused
from smartward.his.fhir import times
from smartward.his.fhir.capability import Verdict
from smartward.his.fhir.chart import older
from smartward.his.fhir.exchange import Bundle, Entry
from smartward.his.fhir.page import (
    CANNOT,
    Asker,
    Params,
    bundle_of,
    decode,
    instant,
    is_outcome,
    matches,
    next_link,
)
from smartward.his.fhir.probe import Probe
from smartward.his.fhir.resources import Resource
from smartward.his.port import Rejection
from smartward.his.reply import Reply

PAGE = 200
WIDEST = 1000
MOST_PAGES = 500
MOST_BYTES = 256 * 2**20
"""Of the resources of one walk: more than any ward's, and less than a hub's memory."""
OVERLAP = timedelta(seconds=120)
"""Longest time a server's transaction, index or second node may lag behind its clock."""

Span = tuple[datetime | None, datetime | None]


@dataclass(slots=True)
class Walk:
    """What one walk brought."""

    found: dict[str, Resource] = field(default_factory=dict)
    fingerprints: dict[str, int] = field(default_factory=dict)
    """Hashes of the texts: they are compared within this process only."""
    rejected: dict[str, Rejection] = field(default_factory=dict)
    newest: datetime | None = None
    server_time: datetime | None = None
    """`Date` of the first answer."""
    pages: int = 0
    size: int = 0
    """Bytes of all that was met."""

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

    def take(self, kind: str, entries: Sequence[Entry]) -> list[datetime | None]:
        """Put a page's entries in; the instants of its rows in their order."""
        self.pages += 1
        if self.pages >= MOST_PAGES:
            raise BadData("his.bad.endless", f"{kind}: more than {MOST_PAGES} pages")
        self.size += sum(len(one.resource) for one in entries)
        if self.size > MOST_BYTES:
            raise BadData("his.bad.endless", f"{kind}: more than {MOST_BYTES} bytes")
        instants: list[datetime | None] = []
        others = 0
        for entry in entries:
            one = decode(entry.resource, kind)
            if one is None:
                others += not is_outcome(entry.resource)
                continue
            if isinstance(one, Rejection):
                self.rejected[one.source_id] = one
                continue
            at = times.maybe(one.meta.last_updated)
            instants.append(at)
            self.put(one, bytes(entry.resource))
            if at is not None:
                self.newest = at if self.newest is None else max(self.newest, at)
        if others and others == len(entries):
            raise BadData("his.bad.not_fhir", f"the answer to a search of {kind} is of other types")
        return instants

    def put(self, one: Resource, text: bytes) -> None:
        """One resource, unless a newer version of it was met already."""
        known = self.found.get(one.id)
        if known is None or not older(one.meta, known.meta):
            self.found[one.id] = one
            self.fingerprints[one.id] = hash(text)
            self.rejected.pop(one.id, None)


def since_param(
    mark: datetime, overlap: timedelta = OVERLAP, *, seconds: bool = False
) -> tuple[str, str]:
    """`_lastUpdated=ge…` with Z, an overlap before the mark, rounded down."""
    return "_lastUpdated", f"ge{instant(mark - overlap, seconds=seconds)}"


class Walker:
    """Searches one server, by what `probe` has shown of it."""

    def __init__(self, ask: Asker, probe: Probe) -> None:
        self._asker = ask
        self._probe = probe
        self._refuses_order: set[str] = set()

    async def walk(self, kind: str, params: Params) -> Walk:
        """All matches. Raises the errors of `Http`, BadData for what is not a search's answer."""
        walk = Walk()
        reply = await self._first(kind, params)
        walk.server_time = reply.date
        bundle = bundle_of(reply)
        instants = walk.take(kind, matches(bundle))
        if not next_link(bundle) or not bundle.entry:
            return walk
        in_order = kind not in self._refuses_order and bool(instants)
        in_order = in_order and await self._probe.sorted(kind, params, instants)
        if not await self._dates(kind, params, instants):
            await self._links(walk, kind, bundle)
        elif in_order:
            await self._keyset(walk, kind, params, bundle, instants[-1])
        else:
            await self._cut(walk, kind, params, _span_of(params), bundle, instants)
        return walk

    async def _dates(self, kind: str, params: Params, instants: list[datetime | None]) -> bool:
        """Whether the rows of this search can be told apart by date."""
        known = [at for at in instants if at is not None]
        if not known or len(known) < len(instants):
            return False
        return (await self._probe.dated(kind, params, known[0])).works

    async def _first(self, kind: str, params: Params) -> Reply:
        if kind not in self._refuses_order:
            try:
                return await self._ask(kind, params, PAGE)
            except Refused as refused:
                if refused.values.get("status") not in CANNOT:
                    raise
            # Either the order is refused, or the search: the same without the order tells.
            self._refuses_order.add(kind)
            try:
                return await self._ask(kind, params, PAGE)
            except Refused:
                self._refuses_order.discard(kind)
                raise
        return await self._ask(kind, params, PAGE)

    async def _ask(self, kind: str, params: Params, count: int) -> Reply:
        query = [*params, ("_count", str(count))]
        if kind not in self._refuses_order:
            query.append(("_sort", "_lastUpdated"))
        return await self._asker(kind, query)

    async def _keyset(
        self, walk: Walk, kind: str, params: Params, bundle: Bundle, last: datetime | None
    ) -> None:
        """From the last instant seen on, again and again."""
        count, start = PAGE, None
        seen: set[str] = set()
        while (link := next_link(bundle)) is not None and bundle.entry:
            if last is not None and last != start:
                start = last
                reply = await self._ask(kind, self._within(kind, params, (last, None)), count)
            elif count < WIDEST and last is not None:
                count = WIDEST
                reply = await self._ask(kind, self._within(kind, params, (last, None)), count)
            else:
                reply = await self._next(link, seen)
            bundle = bundle_of(reply)
            instants = walk.take(kind, matches(bundle))
            last = instants[-1] if instants else last

    async def _links(self, walk: Walk, kind: str, bundle: Bundle) -> None:
        """By the server's own links, to the end."""
        seen: set[str] = set()
        while (link := next_link(bundle)) is not None and bundle.entry:
            bundle = bundle_of(await self._next(link, seen))
            walk.take(kind, matches(bundle))

    async def _cut(
        self,
        walk: Walk,
        kind: str,
        params: Params,
        span: Span,
        bundle: Bundle,
        instants: list[datetime | None],
    ) -> None:
        """A span that did not fit one page, in two pieces, each of them cut again if need be."""
        middle = _middle(span, [at for at in instants if at is not None])
        if middle is None:
            await self._links(walk, kind, bundle)
            return
        for piece in ((middle, span[1]), (span[0], middle)):
            try:
                reply = await self._ask(kind, self._within(kind, params, piece), PAGE)
            except Refused as refused:
                if refused.values.get("status") not in CANNOT:
                    raise
                # It takes a date, but not together with what else is asked for.
                await self._links(walk, kind, bundle)
                return
            part = bundle_of(reply)
            found = walk.take(kind, matches(part))
            if next_link(part) is not None and part.entry:
                await self._cut(walk, kind, params, piece, part, found)

    def _within(self, kind: str, params: Params, span: Span) -> Params:
        """The same search within a span of time; an earlier `_lastUpdated` is replaced."""
        seconds = self._probe.of(kind).dated is Verdict.SECONDS
        kept = [(name, value) for name, value in params if name != "_lastUpdated"]
        sides = (("ge", span[0]), ("le", span[1]))
        return kept + [
            ("_lastUpdated", f"{side}{instant(at, seconds=seconds)}")
            for side, at in sides
            if at is not None
        ]

    async def _next(self, link: str, seen: set[str]) -> Reply:
        if link in seen:
            raise BadData("his.bad.endless", "a page link leads back")
        seen.add(link)
        return await self._asker.http.follow(link)


def _span_of(params: Params) -> Span:
    given = (value[2:] for name, value in params if name == "_lastUpdated")
    return times.maybe(next(given, None)), None


def _floor(at: datetime) -> datetime:
    """Whole seconds: every server can be asked for them."""
    return at.replace(microsecond=0)


def _middle(span: Span, instants: list[datetime]) -> datetime | None:
    """Where to cut; None for a span that cannot be cut any more. Both pieces keep the cut."""
    low, high = span
    inside = sorted({at for at in map(_floor, instants) if _between(low, at, high)})
    if inside:
        return inside[len(inside) // 2]
    if low is None or high is None:
        return None
    half = _floor(low + (high - low) / 2)
    return half if _between(low, half, high) else None


def _between(low: datetime | None, at: datetime, high: datetime | None) -> bool:
    return (low is None or low < at) and (high is None or at < high)
