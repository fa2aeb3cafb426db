"""What is to be had of a server now: types that are refused or broken are let be, the others go on.

It keeps what was set aside, and hears the server's time.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.fhir import times
from smartward.his.fhir.aside import Aside
from smartward.his.fhir.chart import patient_of
from smartward.his.fhir.failing import Failing
from smartward.his.fhir.reject import TYPE_BROKEN, TYPE_REFUSED
from smartward.his.fhir.walk import OVERLAP, Walk
from smartward.his.http import CONNECTIONS, Http
from smartward.his.port import Rejection
from smartward.his.reply import answers_others

log = logging.getLogger("smartward.his")

NEEDED = ("Location", "Encounter", "Patient")
"""Without these there is no ward: what goes wrong with them is the link's fault."""
_ASK_AGAIN = timedelta(minutes=1)
"""How long a refused type is let be."""
_LONGEST_WALK_S = 300.0
"""A search that takes longer, page by page, holds up the ward."""


class Guard:
    """Stands between one server and whoever searches it."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.aside = Aside()
        self._refused: dict[str, datetime] = {}
        self.failing = Failing()
        self.evidence: dict[str, tuple[str, datetime | None]] = {}
        """Of each type a patient who has a row of it, and the row's change."""
        self.gate = asyncio.Semaphore(CONNECTIONS)
        self.broken: set[str] = set()
        self.now: datetime | None = None
        """The server's time as last told."""
        self._doubted: datetime | None = None
        """A time far from the one before, until the next answer agrees with it."""
        self.counts: Counter[str] = Counter()
        self._news: list[Rejection] = []

    async def guarded(self, kind: str, work: Callable[[], Awaitable[Walk]]) -> Walk | None:
        """What `work` brings of a type, or None when it is not to be had now. Raises as
        `Loader.search`."""
        refused_at = self._refused.get(kind)
        since = None if refused_at is None or self.now is None else self.now - refused_at
        # Not in a future that a clock put right has taken back.
        if since is not None and timedelta(0) <= since < _ASK_AGAIN:
            return None
        if self.failing.let_be(kind, self.now):
            return None
        try:
            walk = await self._walked(kind, work)
        except Unreachable as away:
            if not self.fails(kind, kind, away):
                raise
            self.broken.add(kind)
            return None
        except Refused as refused:
            if kind in NEEDED or self.now is None or refused.values.get("status") == 401:
                raise
            self._refused[kind] = self.now
            self._whole_type(kind, TYPE_REFUSED, refused.detail)
            return None
        except BadData as bad:
            await self.http.hang_up()
            if kind in NEEDED or self.now is None:
                raise
            self.broken.add(kind)
            self._whole_type(kind, TYPE_BROKEN, bad.key)
            return None
        self._refused.pop(kind, None)
        self.failing.well(kind)
        self.broken.discard(kind)
        self.aside.clear(kind, "")
        self._note(kind, walk)
        return walk

    async def _walked(self, kind: str, work: Callable[[], Awaitable[Walk]]) -> Walk:
        """Whatever a server's answers do to their reading: it is that type's fault alone."""
        async with self.gate:
            try:
                async with asyncio.timeout(_LONGEST_WALK_S):
                    return await work()
            except SmartWardError:
                raise
            except TimeoutError as error:
                longer = f"{kind}: more than {_LONGEST_WALK_S:.0f} s"
                raise BadData("his.bad.endless", longer) from error
            except Exception as error:
                # Its text may hold what was told of somebody.
                log.error("the answers for %s broke their reading: %s", kind, type(error).__name__)
                raise BadData("his.bad.not_fhir", f"{kind}: {type(error).__name__}") from error

    def fails(self, kind: str, what: str, away: Unreachable) -> bool:
        """Count it; whether only this of an optional type is not to be had, and is set aside."""
        if kind in NEEDED or self.now is None or not answers_others(away):
            return False
        if not self.failing.failed(what, self.now):
            return False
        self._whole_type(kind, TYPE_BROKEN, away.detail)
        return True

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

    def hear(self, date: datetime | None) -> None:
        """Take over the time of an answer. One that is far from the others, of a node whose clock
        is wrong, must not stop for hours what is due by this clock: a second one has to agree."""
        if date is None:
            return
        if self.now is None or _near(date, self.now):
            self.now = date if self.now is None else max(self.now, date)
            self._doubted = None
        elif self._doubted is not None and _near(date, self._doubted):
            self.now, self._doubted = date, None
        else:
            self._doubted = date

    def _note(self, kind: str, walk: Walk) -> None:
        self.hear(walk.server_time)
        self.counts[kind] += len(walk.found)
        for id in walk.found:
            self.aside.clear(kind, id)
        for one in walk.rejected.values():
            if self.now is not None:
                self.set_aside(one)
        witness = next(iter(walk.found.values()), None)
        patient = patient_of(witness) if witness is not None else None
        if witness is not None and patient is not None:
            self.evidence[kind] = (patient, times.maybe(witness.meta.last_updated))


def _near(one: datetime, other: datetime) -> bool:
    """Whether two nodes of one server may tell these at about one time."""
    return abs(one - other) <= OVERLAP
