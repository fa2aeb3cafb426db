"""Tells the hospital system what is queued: in order, once each, for ever.

A thing is told after everything before it was tried. No answer, or "busy", ends the round: the rest
waits, ever longer, at least as long as the server asks. A server that fails at one thing fails
perhaps at that one only: it waits and the next is tried. What is refused is for a person.
"""

import asyncio
import dataclasses
import logging
import random
import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from smartward.clinical.his_write import Trouble, WriteKind, WriteLink
from smartward.clock import Clock
from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.drafts import DRAFTS, Known
from smartward.his.port import HisPort, Written
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.write_table import MOST_PAUSE, QueuedWrite, QueueStand, QueueState
from smartward.hub.write_drafts import KINDS
from smartward.hub.write_queue import NOTHING, bodies, document_id, trouble, with_tried
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.write_drain")

_BACK_OFF_S = 2.0
_BACK_OFF_TO_S = 60.0
_LATE = timedelta(seconds=60)
"""What has waited for so long is shown."""
_LOOK_EVERY_S = 30.0
_ASK_AGAIN_S = 300.0
"""How often it is asked whether the HIS takes by now what was set aside."""
_FAILED_IN_A_ROW = 3
"""So many things in a row that a server fails at: it is the server."""
_MOST_REASON = 200
"""Characters kept of what the server says."""

_TOOK = "took"
"""The kinds that the HIS took before, among what the hub keeps of it: each with the time since when
it does not, or null."""
_ENDED = timedelta(days=7)
"""What was not taken for so long is not merely interrupted: nothing waits for it any more."""
_OF_THE_SERVER = (300, 301, 302, 303, 307, 308, 401, 407)
"""HTTP answers that mean the way to the server and not the thing."""
_BUSY = (408, 425, 429, 502, 503, 504)
_MARKUP = re.compile(r"<[^<>]*>")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class WriteDrain:
    """Empties the queue of one ward. `run` is the work of a task that is kept alive."""

    def __init__(self, store: Store, his: HisPort, clock: Clock, ward: str) -> None:
        self._store = store
        self._his = his
        self._clock = clock
        self._ward = ward
        self._edge = Edge(log, "telling the hospital system")
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self._wait = _BACK_OFF_S
        self._failed = 0
        self._defect = False
        self._took: dict[str, datetime | None] = {}
        self._ask_at = 0.0
        self._stand = QueueStand({})
        self._shown = True
        """Whether it may be shown that something waits: a process before may have."""

    @property
    def stand(self) -> dict[str, Any]:
        """How many wait and since when the oldest does, how many are refused or contradicted, and
        how many of kinds that the hospital system does not take."""
        oldest = self._stand.oldest_at
        return {
            "waiting": self._stand.count(QueueState.WAITING),
            "oldest_at": None if oldest is None else oldest.isoformat(),
            "refused": self._stand.count(QueueState.REFUSED),
            "conflicts": self._stand.count(QueueState.CONFLICT),
            "not_taken": self._stand.count(QueueState.NOT_TAKEN),
        }

    def oldest_age_s(self) -> float:
        """Seconds for which the oldest has waited; 0 where nothing waits."""
        oldest = self._stand.oldest_at
        if oldest is None:
            return 0.0
        return max((self._clock.now() - oldest).total_seconds(), 0.0)

    def committed(self, committed: Committed) -> None:
        """Something may have been queued or settled."""
        kinds = {stored.kind for stored in committed.changed} | {k for k, _ in committed.gone}
        if committed.ward == self._ward and not kinds.isdisjoint((*KINDS, "his_write")):
            self._wake.set()

    def wake(self) -> None:
        """Something was queued."""
        self._wake.set()

    async def run(self) -> None:
        """Tell what is queued until cancelled."""
        await self._load()
        self._wake.set()
        while True:
            self._wake.clear()
            wait = await self._round()
            await self._look()
            await self._rest(wait)

    async def stop(self) -> None:
        """Wait for nothing any more."""
        await self._tasks.stop()

    async def _round(self) -> float | None:
        """Tell what may be told now; gives how long to leave the server alone, None: not at all."""
        now = self._clock.now()
        due = await self._store.read(lambda reader: reader.queue_due(self._ward, now))
        if not due and not self._asks_again():
            return None
        try:
            taken = await self._his.takes()
            await self._took_too(taken)
            self._ask_at = self._clock.monotonic() + _ASK_AGAIN_S
            if self._stand.count(QueueState.NOT_TAKEN):
                await self._store.write(lambda tx: self._take_again(tx, taken))
            for entry in due:
                await self._turn(entry, taken)
        except (Unreachable, Refused, BadData) as error:
            self._edge.down(self._clock.monotonic(), str(error))
            self._wait = min(self._wait * 2, _BACK_OFF_TO_S)
            return max(self._wait * random.uniform(0.8, 1.2), _asked_for(error))
        self._edge.up(self._clock.monotonic())
        self._wait = _BACK_OFF_S
        return None

    async def _took_too(self, taken: frozenset[WriteKind]) -> None:
        """Remember, beyond this process, what the HIS took at some time; forget what it has not
        taken for long: another server stands there now, or that has ended."""
        now = self._clock.now()
        took: dict[str, datetime | None] = {str(kind): None for kind in taken}
        for kind, since in self._took.items():
            since = now if since is None else since
            if now - since < _ENDED:
                took.setdefault(kind, since)
            elif kind not in took:
                log.warning("a %s has not been taken for a week: set aside until it is", kind)
        if took != self._took:
            state = msgspec.json.encode(took, order="sorted")
            await self._store.write(lambda tx: tx.his_state_set(_TOOK, state, self._ward))
            self._took = took

    async def _load(self) -> None:
        known = await self._store.read(lambda reader: reader.his_state_get(_TOOK, self._ward))
        if known is not None:
            # An earlier version kept the kinds alone.
            took = msgspec.json.decode(known, type=dict[str, datetime | None] | list[str])
            self._took = took if isinstance(took, dict) else dict.fromkeys(took)

    def _asks_again(self) -> bool:
        """Whether to ask once more if the HIS takes what was set aside."""
        aside = self._stand.count(QueueState.NOT_TAKEN)
        return aside > 0 and self._clock.monotonic() >= self._ask_at

    async def _turn(self, due: QueuedWrite, taken: frozenset[WriteKind]) -> None:
        """One thing, as it is by now. Raises what means the server and not the thing."""
        entry = await self._store.read(
            lambda reader: reader.queue_get(self._ward, due.kind, due.id)
        )
        if entry is None or entry.state is not QueueState.WAITING:
            return
        if entry.kind in self._took and entry.kind not in taken:
            # It took this before: it waits, and is shown as late to those who wrote it.
            await self._put_off(entry, _BACK_OFF_TO_S)
            return
        if entry.kind not in taken:
            await self._store.write(lambda tx: self._keep(tx, entry, QueueState.NOT_TAKEN))
            return
        sent = with_tried(entry)
        if sent is not entry:
            # Before it goes out: whatever becomes of us, what is found there is known as ours.
            await self._store.write(lambda tx: self._sending(tx, sent))
        try:
            written = await self._his.write(*_draft(entry, sent))
        except Refused as error:
            if error.values.get("status") in _OF_THE_SERVER:
                await self._later(sent, error)
                raise
            why = error
            await self._store.write(lambda tx: self._refused(tx, sent, why))
        except Exception as error:  # whatever it is: what comes behind is told
            await self._later(sent, error)
            if self._means_the_server(entry, error):
                raise
            return
        else:
            await self._store.write(lambda tx: self._told(tx, sent, written))
        self._failed = 0

    def _means_the_server(self, entry: QueuedWrite, error: Exception) -> bool:
        """Whether nothing else is to be tried now; a defect of ours means the thing alone."""
        self._failed += 1
        if not isinstance(error, SmartWardError):
            if not self._defect:
                log.error("a %s cannot be told: a defect", entry.kind, exc_info=error)
            self._defect = True
            return False
        return not _fails_at_it(error) or self._failed >= _FAILED_IN_A_ROW

    # ------------------------------------------------------------------ what came of it

    def _sending(self, tx: Tx, sent: QueuedWrite) -> None:
        now = tx.queue_get(self._ward, sent.kind, sent.id)
        if now is not None:
            tx.queue_put(dataclasses.replace(now, tried=sent.tried))

    def _keep(self, tx: Tx, entry: QueuedWrite, state: QueueState) -> None:
        now = tx.queue_get(self._ward, entry.kind, entry.id)
        if now is not None and now.state is QueueState.WAITING:
            tx.queue_put(dataclasses.replace(now, state=state))

    def _take_again(self, tx: Tx, taken: frozenset[WriteKind]) -> None:
        """A kind that is taken now: what was set aside for it waits again, however long ago as
        long as it is kept. It says itself when it was."""
        for entry in tx.queue_in(self._ward, QueueState.NOT_TAKEN):
            if entry.kind in taken:
                tx.queue_put(dataclasses.replace(entry, state=QueueState.WAITING))

    def _told(self, tx: Tx, sent: QueuedWrite, written: Written) -> None:
        """It is there. What was changed meanwhile is told next."""
        now = tx.queue_get(self._ward, sent.kind, sent.id)
        if now is None:
            return
        same = now.body == sent.body
        tx.queue_put(
            dataclasses.replace(
                now,
                state=QueueState.TOLD if same else now.state,
                at=tx.now if same else now.at,
                attempts=0,
                tried=b"[" + sent.body + b"]",
                source_id=written.source_id,
                version=written.version or None,
                over=now.over and not same,
            )
        )
        tx.delete(self._ward, "his_write", document_id(sent))

    def _refused(self, tx: Tx, sent: QueuedWrite, error: Refused) -> None:
        """For a person, unless it was changed meanwhile: then that is tried."""
        now = tx.queue_get(self._ward, sent.kind, sent.id)
        if now is None or now.state is not QueueState.WAITING or now.body != sent.body:
            return
        if error.key == "his.write.gone":
            # What is gone is made anew when a person wants it told all the same.
            now = dataclasses.replace(now, source_id=None, version=None, tried=NOTHING)
        what = Trouble.CONFLICT if error.key == "his.write.conflict" else Trouble.REFUSED
        trouble(tx, now, what, _key(error), said(error))

    async def _later(self, sent: QueuedWrite, error: Exception) -> None:
        attempts = sent.attempts + 1
        pause = 0.0
        if _fails_at_it(error):
            pause = min(_BACK_OFF_S * 2 ** min(attempts, 10), _BACK_OFF_TO_S)
        pause = max(pause * random.uniform(0.8, 1.2), _asked_for(error))
        await self._put_off(sent, pause, attempts)

    async def _put_off(self, sent: QueuedWrite, pause: float, attempts: int | None = None) -> None:
        """Not before `pause` seconds have gone by; `attempts` None: nothing was tried."""

        def write(tx: Tx) -> None:
            now = tx.queue_get(self._ward, sent.kind, sent.id)
            if now is not None:
                later = tx.now + timedelta(seconds=pause)
                tried = now.attempts if attempts is None else attempts
                tx.queue_put(dataclasses.replace(now, attempts=tried, not_before=later))

        await self._store.write(write)

    # ------------------------------------------------------------------ between two rounds

    async def _look(self) -> None:
        """Count what is queued, and show or take back that it is late."""
        stand = await self._store.read(lambda reader: reader.queue_stand(self._ward))
        late = stand.oldest_at is not None and self._clock.now() - stand.oldest_at > _LATE
        self._stand = stand
        if late or self._shown:
            await self._store.write(lambda tx: self._show(tx, stand, late))
            self._shown = late

    def _show(self, tx: Tx, stand: QueueStand, late: bool) -> None:
        if not late or stand.oldest_at is None:
            tx.delete(self._ward, "write_link", "his")
            return
        link = WriteLink(waiting=stand.count(QueueState.WAITING), oldest_at=stand.oldest_at)
        tx.put(self._ward, "write_link", "his", link)

    async def _rest(self, wait: float | None) -> None:
        """Until something is queued or the next may be told; a server to be left alone is."""
        if wait is not None:
            await self._clock.sleep(wait)
            return
        waits = [self._tasks.spawn(self._woken(), "something is queued")]
        pause: float | None
        if self._stand.next_at is not None:
            pause = (self._stand.next_at - self._clock.now()).total_seconds()
            pause = min(max(pause, 0.0), _LOOK_EVERY_S)
        elif self._stand.count(QueueState.NOT_TAKEN):
            pause = max(self._ask_at - self._clock.monotonic(), 0.0)
        else:
            pause = None
        if pause is not None:
            waits.append(self._tasks.spawn(self._pause(pause), "the next may be told"))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _woken(self) -> None:
        await self._wake.wait()

    async def _pause(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


def _draft(entry: QueuedWrite, sent: QueuedWrite) -> tuple[Any, Known]:
    """The draft, and what is known of its fate. One that was sent before may be there."""
    cls = DRAFTS[WriteKind(entry.kind)]
    known = Known(
        source_id=entry.source_id,
        version=entry.version,
        tried=tuple(decode(bytes(one), cls) for one in bodies(sent.tried)),
        again=entry.attempts > 0 or sent is entry,
        over=entry.over,
    )
    return decode(entry.body, cls), known


def _fails_at_it(error: Exception) -> bool:
    """Whether the server did answer, and is not merely busy; also what nobody could read."""
    if not isinstance(error, SmartWardError) or isinstance(error, BadData):
        return True
    status = error.values.get("status")
    return isinstance(status, int) and status not in _BUSY


def _asked_for(error: Exception) -> float:
    """How long the HIS asked to be left alone, in seconds."""
    wait = error.values.get("retry_after_s") if isinstance(error, SmartWardError) else None
    return min(float(wait), MOST_PAUSE.total_seconds()) if isinstance(wait, int | float) else 0.0


def _key(error: Refused) -> str:
    """What is wrong, as a text that needs no more than its key."""
    if error.key.startswith("his.write."):
        return error.key
    no_access = error.values.get("status") == 403
    return "his.write.no_access" if no_access else "his.write.refused"


def said(error: SmartWardError) -> str:
    """The server's own words as they may be shown: without markup or marks that change what stands
    beside them, and short."""
    words = str(error.values.get("reason") or error.detail)
    plain = _NO_TEXT.sub(" ", _MARKUP.sub(" ", words))
    return " ".join(plain.split())[:_MOST_REASON]
