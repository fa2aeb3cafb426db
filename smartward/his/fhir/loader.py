"""Brings resources from the server into the charts, type by type, and keeps what it set aside."""

import asyncio
from collections import Counter
from collections.abc import Collection, Coroutine, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from smartward.errors import BadData, Refused
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.reject import NOT_USED, TYPE_BROKEN, TYPE_REFUSED
from smartward.his.fhir.resources import Resource
from smartward.his.fhir.walk import Params, Walk, Walker, decode, since_param
from smartward.his.http import Http
from smartward.his.port import Rejection

REFRESH = timedelta(minutes=12)
"""How often everything of a stay is read again: the cure for edits no change date shows."""
_ASK_AGAIN = timedelta(minutes=1)
"""How long a refused type is let be."""
CHUNK = 50
"""Most ids in one search."""
_NEEDED = ("Location", "Encounter", "Patient")
"""Without these there is no ward: what goes wrong with them is the link's fault."""
_MOST_ASIDE = 2000

T = TypeVar("T")


def chunks(ids: Collection[str]) -> Iterator[list[str]]:
    """The ids in an order, CHUNK at a time."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all at once; the first failure is raised when none is running any more."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException):
            raise one
    return [one for one in results if not isinstance(one, BaseException)]


class Aside:
    """What cannot be used at present, by resource; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[Rejection, datetime]] = {}
        self.unused: Counter[str] = Counter()

    def put(self, one: Rejection, now: datetime) -> bool:
        """Set one aside; whether that is news. What merely is not shown is only counted."""
        if one.key == NOT_USED:
            self.unused[one.resource_type] += 1
            return False
        key = (one.resource_type, one.source_id)
        before = self._held.pop(key, None)
        self._held[key] = (one, now)
        while len(self._held) > _MOST_ASIDE:
            del self._held[next(iter(self._held))]
        return before is None or before[0] != one

    def clear(self, kind: str, id: str) -> None:
        """It can be used again, or is no more."""
        self._held.pop((kind, id), None)

    def forget(self, before: datetime) -> None:
        """What was not met again in two full refreshes is not there any more."""
        self._held = {key: held for key, held in self._held.items() if held[1] >= before}

    def all(self) -> tuple[Rejection, ...]:
        """Everything set aside now."""
        return tuple(one for one, _ in self._held.values())


class Loader:
    """Searches by patient and puts what it finds into charts."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._walker = Walker(http)
        self.aside = Aside()
        self._refused: dict[str, datetime] = {}
        self.broken: set[str] = set()
        self.now: datetime | None = None
        """The server's time as last told."""
        self.counts: Counter[str] = Counter()
        self._news: list[Rejection] = []

    async def search(self, kind: str, params: Params) -> Walk | None:
        """All matches, or None when this type is not to be had now (asked again in a minute).

        Raises Unreachable; Refused and BadData only for types a ward cannot do without.
        """
        refused_at = self._refused.get(kind)
        if refused_at is not None and self.now is not None and self.now - refused_at < _ASK_AGAIN:
            return None
        try:
            walk = await self._walker.walk(kind, params)
        except Refused as refused:
            if kind in _NEEDED or self.now is None or refused.values.get("status") == 401:
                raise
            self._refused[kind] = self.now
            self._whole_type(kind, TYPE_REFUSED, refused.detail)
            return None
        except BadData as bad:
            if kind in _NEEDED or self.now is None:
                raise
            self.broken.add(kind)
            self._whole_type(kind, TYPE_BROKEN, bad.key)
            return None
        self._refused.pop(kind, None)
        self.broken.discard(kind)
        self.aside.clear(kind, "")
        self._note(kind, walk)
        return walk

    def set_aside(self, one: Rejection) -> None:
        """Set one aside at the server's present time."""
        assert self.now is not None
        if self.aside.put(one, self.now):
            self._news.append(one)

    def take_news(self) -> list[Rejection]:
        """What was set aside since this was last asked."""
        news, self._news = self._news, []
        return news

    def _whole_type(self, kind: str, key: str, detail: str) -> None:
        self.set_aside(Rejection(source_id="", resource_type=kind, key=key, detail=detail))

    def lacks(self, kind: str) -> bool:
        """Whether this type is not to be had at present."""
        return kind in self._refused or kind in self.broken

    def _note(self, kind: str, walk: Walk) -> None:
        if walk.server_time is not None and (self.now is None or walk.server_time > self.now):
            self.now = walk.server_time
        self.counts[kind] += len(walk.found)
        for id in walk.found:
            self.aside.clear(kind, id)
        for one in walk.rejected.values():
            if self.now is not None:
                self.set_aside(one)

    async def by_ids(self, kind: str, ids: Collection[str]) -> dict[str, Resource]:
        """Those of a type with these logical ids."""
        walks = await together(self.search(kind, [("_id", ",".join(some))]) for some in chunks(ids))
        return {id: one for walk in walks if walk is not None for id, one in walk.found.items()}

    async def by_patients(
        self, kind: str, patients: Collection[str], extra: Params, mark: datetime | None
    ) -> list[Walk]:
        """A type for many patients, since a mark or wholly. Empty when the type is refused."""
        since = [since_param(mark)] if mark is not None else []
        walks = await together(
            self.search(kind, [("patient", ",".join(some)), *extra, *since])
            for some in chunks(patients)
        )
        return [walk for walk in walks if walk is not None]

    async def read(self, kind: str, id: str) -> Resource | Rejection | None:
        """One by its id; None when it is deleted or never was. Raises as `Http` does."""
        reply = await self._http.get(f"{kind}/{id}")
        if reply.status in (404, 410):
            self.aside.clear(kind, id)
            return None
        if reply.date is not None and (self.now is None or reply.date > self.now):
            self.now = reply.date
        one = decode(msgspec.Raw(reply.body), kind)
        if one is None:
            raise BadData("his.bad.not_fhir", f"the answer to a read is not a {kind}")
        if isinstance(one, Rejection) and self.now is not None:
            self.set_aside(one)
        return one

    async def settle(self, chart: Chart, kind: str, found: Collection[str]) -> None:
        """Ask for what a complete walk no longer held: gone for good, or not found by search."""
        for id in sorted(chart.ids(kind) - set(found)):
            one = await self.read(kind, id)
            if isinstance(one, Resource) and patient_of(one) == chart.patient_id:
                chart.put(one)
            else:
                chart.drop(kind, id)
