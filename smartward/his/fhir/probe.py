"""Tries what a server really does: a parameter counts as honoured only when it was seen to.

Each trial needs a row that is known to be there: then nothing must be found behind a date that is
far away, something behind one that is past, and somebody among people who do not exist.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.fhir import times
from smartward.his.fhir.capability import Tried, Verdict
from smartward.his.fhir.page import Asker, Params, bundle_of, decode, instant, matches
from smartward.his.fhir.resources import Resource
from smartward.his.reply import answers_others

_FAR = "2100-01-01T00:00:00"
_EARLY = "1900-01-01T00:00:00"
NOBODY: Final = "smartward-nobody"
"""A logical id that nobody has."""
_FAILURES = 3
"""So many unreadable answers to a trial are a refusal."""


class Probe:
    """Tries each thing once and remembers what it has shown, by resource type."""

    def __init__(self, ask: Asker) -> None:
        self._ask = ask
        self._failed: Counter[tuple[str, str]] = Counter()
        self.tried: dict[str, Tried] = {}
        self.sorts: dict[str, bool] = {}
        """Types that were seen to be sorted by `_lastUpdated`, or not to be."""

    def of(self, kind: str) -> Tried:
        """What is known of a type."""
        return self.tried.get(kind, Tried())

    def put(self, kind: str, **found: Verdict) -> None:
        """Remember."""
        self.tried[kind] = replace(self.of(kind), **found)

    async def found(self, kind: str, params: Params) -> list[Resource] | Verdict:
        """The rows of the first page; REFUSED, or UNPROVEN for an answer that says nothing.

        Raises Unreachable for a server that is away or busy, Refused when nothing may be asked.
        """
        try:
            bundle = bundle_of(await self._ask(kind, params))
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return Verdict.REFUSED
        except (BadData, Unreachable) as error:
            # A server that breaks at a parameter it does not know says 500.
            if isinstance(error, Unreachable) and error.values.get("status") not in (500, 501):
                raise
            return self._failure(kind, ",".join(name for name, _ in params))
        rows = (decode(one.resource, kind) for one in matches(bundle))
        return [one for one in rows if isinstance(one, Resource)]

    def _failure(self, kind: str, what: str) -> Verdict:
        self._failed[kind, what] += 1
        many = self._failed[kind, what] >= _FAILURES
        return Verdict.REFUSED if many else Verdict.UNPROVEN

    async def dated(self, kind: str, params: Params, row: datetime | None) -> Verdict:
        """Whether `_lastUpdated=ge…` is honoured in a search that finds a row of this date."""
        known = self.of(kind).dated
        if known is not Verdict.UNPROVEN:
            return known
        base = [(name, value) for name, value in params if name != "_lastUpdated"]
        verdict = await self._dated(kind, base, row, seconds=False)
        if verdict is Verdict.REFUSED:
            verdict = await self._dated(kind, base, row, seconds=True)
        self.put(kind, dated=verdict)
        return verdict

    async def _dated(
        self, kind: str, base: Params, row: datetime | None, *, seconds: bool
    ) -> Verdict:
        end = "Z" if seconds else ".000Z"
        far = await self.found(kind, _dated(base, f"{_FAR}{end}"))
        if isinstance(far, Verdict):
            return far
        if far:
            return Verdict.IGNORED
        early = f"{_EARLY}{end}" if row is None else instant(row, seconds=seconds)
        past = await self.found(kind, _dated(base, early))
        if isinstance(past, Verdict):
            return past
        if not past:
            return Verdict.IGNORED
        return Verdict.SECONDS if seconds else Verdict.HONOURED

    async def lists(
        self,
        kind: str,
        params: Params,
        name: str,
        id: str,
        fits: Callable[[Resource], bool] = lambda one: True,
    ) -> Verdict:
        """Whether several ids in one parameter find what one of them finds."""
        among = (name, f"{NOBODY}-1,{id},{NOBODY}-2")
        rows = await self.found(kind, [*params, among, ("_count", "10")])
        if isinstance(rows, Verdict):
            return rows
        return Verdict.HONOURED if rows and all(fits(one) for one in rows) else Verdict.IGNORED

    async def history(self, kind: str, now: datetime | None) -> Verdict:
        """Whether the history of a whole type can be asked for."""
        known = self.of(kind).history
        if known is not Verdict.UNPROVEN or now is None:
            return known
        since = [("_since", instant(now)), ("_count", "1")]
        try:
            bundle_of(await self._ask.http.get(f"{kind}/_history", since))
        except (Refused, BadData):
            verdict = Verdict.REFUSED
        except Unreachable as away:
            if not answers_others(away):
                raise
            # It is only a bonus: the ward does not stop for it.
            verdict = self._failure(kind, "history")
        else:
            verdict = Verdict.HONOURED
        self.put(kind, history=verdict)
        return verdict

    async def sorted(self, kind: str, params: Params, page: list[datetime | None]) -> bool:
        """Whether a page that is not the last is the beginning of an ascending order.

        Order by chance proves nothing: asked for the other end, a server that sorts shows one.
        """
        known = self.sorts.get(kind)
        if known is not None:
            return known
        instants = [at for at in page if at is not None]
        if len(instants) < len(page) or instants != sorted(instants):
            self.sorts[kind] = False
            return False
        rows = await self.found(kind, [*params, ("_count", "1"), ("_sort", "-_lastUpdated")])
        if isinstance(rows, Verdict) or not rows:
            return False
        last = times.maybe(rows[0].meta.last_updated)
        if last == instants[0] == instants[-1]:
            return False  # all of one instant: nothing is shown
        self.sorts[kind] = last is not None and last >= instants[-1]
        return self.sorts[kind]


def _dated(base: Params, at: str) -> Params:
    return [*base, ("_lastUpdated", f"ge{at}"), ("_count", "1")]
