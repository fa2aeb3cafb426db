"""The station's and the door's side: which direct calls are believed, kept, shown and let go.

A call is let go of when a hub has it: the ward's own list shows it then. Until then it stays, over
restarts, also when its bed falls silent: nobody knows that it is over. A hub that is there is told
of it in its bed's place, by the bed's own signed word.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from uuid6 import uuid7

from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass
from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.log import Edge
from smartward.screen.link import LinkState, Phase
from smartward.screen.peer_records import HEARD_S, DirectCalls, KeptTouch, Record
from smartward.screen.peer_seal import SaidCall
from smartward.screen.peer_store import PeerStore
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action, ActionKind, Answer
from smartward.wire.peer import MOST_TOUCHES, DirectCall, DirectReceipt, PeerKey, PeerTerms

log = logging.getLogger("smartward.screen.peer")

MOST_OF_A_BED = 8
"""Open direct calls of one bed at a time: each class of call, at its screen and at its points."""
MOST_KEPT = 128
"""The same with those that are over and that no hub has: a cord pulled and reset all night."""
KEEP = timedelta(hours=12)
"""A call that is over and of which its bed has said nothing for so long is let go of."""
SILENT_S = 30.0
"""A call whose bed has been silent for so long is told to the hub in its place."""
_HAND_AGAIN_S = 30.0
_MOST_STARTS = 8
_OLDEST_MS = 24 * 3600 * 1000
_EVERY_S = 2.0
_NOT_OURS = (Phase.NOT_ENROLLED, Phase.WRONG_PLACE, Phase.BLOCKED)
"""The hub says that this is no screen of the ward: it keeps and shows nothing of it."""

Pending = Callable[[], Sequence[Action]]
Post = Callable[[Action], Awaitable[Answer | None]]


class PeerReceiver:
    """Judges what the port hears. All in one event loop."""

    def __init__(
        self,
        *,
        store: PeerStore,
        replica: Replica,
        link: LinkState,
        clock: Clock,
        direct: DirectCalls,
        pending: Pending,
        wake: Callable[[], None],
        post: Post,
    ) -> None:
        """`pending`: touches of this screen that no hub has answered; `wake`: some may go now;
        `post`: say something to the hub."""
        self._store = store
        self._replica = replica
        self._link = link
        self._clock = clock
        self._direct = direct
        self._pending = pending
        self._wake = wake
        self._post = post
        self._put_away: set[str] = set()
        self._starts: dict[str, deque[str]] = {}
        self._twice: set[str] = set()
        self._handed_at: dict[str, float] = {}
        self._began = clock.monotonic()
        self._heard: dict[str, float] = {}
        self._disk = Edge(log, "the file of direct calls")
        self._refused: set[tuple[str, str]] = set()
        self.refused = 0
        """Calls that were not believed."""
        direct.records = {record.id: record for record in store.records()}
        direct.unheard = frozenset(direct.records)
        direct.drop = self._seen_to

    # --------------------------------------------------------------------------------- what is said

    async def take(self, said: SaidCall) -> DirectReceipt | None:
        """One call from the port: what is done with it, None when it is not believed."""
        call = said.call
        key = self._replica.get("peer_key", call.sender, PeerKey)
        why = self._why_not(said, key)
        if key is None or why:
            self._turn_away(call, why)
            return None
        old = self._direct.records.get(call.call_id)
        if old is None and not call.touches:
            return self._receipt(call, kept=True)
        self._judge_start(call)
        record = self._record(said, old, key)
        # Shown first: a disk that is slow or full must not keep a call from anybody.
        self._direct.records[record.id] = record
        self._heard[record.id] = self._clock.monotonic()
        kept = True
        if not record.same_as(old):
            self._tell()
            kept = await self._kept(record)
        elif record.id in self._direct.unheard:
            self._tell()
        return self._receipt(call, kept=kept)

    def _why_not(self, said: SaidCall, key: PeerKey | None) -> str:
        call = said.call
        if key is None or self._replica.one("peer_terms", PeerTerms) is None:
            return "it is no bedside of this ward"
        if not said.is_of(key.public_key):
            return "it is signed by another key"
        if call.receiver != self._link.device_id:
            return "it was said to another device"
        if call.bed_id != key.bed_id:
            return "it is of another bed"
        if len(call.touches) > MOST_TOUCHES:
            return "it has too many touches"
        return self._why_not_new(call)

    def _why_not_new(self, call: DirectCall) -> str:
        records = self._direct.records
        old = records.get(call.call_id)
        if old is not None and old.sender != call.sender:
            return "another bed's call has this id"
        of_bed = [record for record in records.values() if record.bed_id == call.bed_id]
        running = sum(not record.is_over for record in of_bed)
        if old is None and (running >= MOST_OF_A_BED or len(of_bed) >= MOST_KEPT):
            return "its bed has too many calls"
        return ""

    def _turn_away(self, call: DirectCall, fault: str) -> None:
        self.refused += 1
        told = (call.sender[:64], fault)
        if told not in self._refused and len(self._refused) < MOST_TOUCHES:
            self._refused.add(told)
            log.warning("a direct call of device %s is not believed: %s", call.sender[:64], fault)

    def _judge_start(self, call: DirectCall) -> None:
        """A run of a program that was followed by another and speaks again is of a second device:
        both are shown, and that nobody knows which bed calls."""
        starts = self._starts.setdefault(call.sender, deque(maxlen=_MOST_STARTS))
        if starts and call.start == starts[-1]:
            return
        if call.start in starts and call.sender not in self._twice:
            self._twice.add(call.sender)
            log.warning("two devices call as %s: which bed it is, is not known", call.sender)
        starts.append(call.start)

    def _record(self, said: SaidCall, old: Record | None, key: PeerKey) -> Record:
        call = said.call
        doubt = ("",) if call.sender in self._twice else ()
        now = self._link.hub_now(self._clock.now())
        before = {} if old is None else {touch.id: touch for touch in old.touches}
        touches = tuple(
            before.get(touch.id)
            or KeptTouch(
                id=touch.id,
                kind=touch.kind,
                at=now - timedelta(milliseconds=min(max(touch.age_ms, 0), _OLDEST_MS)),
                reason=touch.reason,
                family=touch.family,
            )
            for touch in call.touches
        )
        if old is not None and not touches:
            return msgspec.structs.replace(old, taken=True, heard_at=now)
        coming, present, closed = (
            (None, None, None) if old is None else (old.coming_at, old.present_at, old.closed_at)
        )
        return Record(
            id=call.call_id,
            sender=call.sender,
            bed_id=call.bed_id,
            call_class=call.call_class,
            first_at=now if old is None else old.first_at,
            heard_at=now,
            encounter_id=call.encounter_id,
            estimated=call.estimated,
            touches=touches,
            coming=call.coming,
            coming_at=_since(coming, now, there=call.coming is not None),
            present_at=_since(present, now, there=call.present),
            closed_at=_since(closed, now, there=call.closed),
            other_beds=tuple(dict.fromkeys((*key.other_beds, *doubt))),
            word=said.word(now),
        )

    async def _kept(self, record: Record) -> bool:
        try:
            await self._store.keep(record)
        except StorageFault as fault:
            self._disk.down(self._clock.monotonic(), str(fault))
            return False
        self._disk.up(self._clock.monotonic())
        return True

    def _receipt(self, call: DirectCall, *, kept: bool) -> DirectReceipt:
        mine = [action for action in self._pending() if action.subject == call.call_id]
        going = [a for a in mine if a.kind == ActionKind.CALL_ACCEPT]
        by = going[-1].by if going else None
        # Every other class ends where it was made, and nowhere else.
        normal = call.call_class is CallClass.NORMAL
        closed = normal and any(action.kind == ActionKind.CALL_CLOSE for action in mine)
        return DirectReceipt(
            receiver=self._link.device_id,
            call_id=call.call_id,
            number=call.number,
            kept=kept,
            shown=call.call_id in self._direct.drawn,
            coming=None if by is None else (by.family or "" if by.known != "none" else ""),
            present=any(action.kind == ActionKind.CALL_ARRIVE for action in mine),
            closed=closed,
        )

    # ------------------------------------------------------------------------------- letting it go

    def holds(self, action: Action) -> bool:
        """Whether a touch waits until a hub knows the call it is about."""
        return self._direct.holds(action) and not self._hub_has(action.subject)

    def _hub_has(self, call_id: str) -> bool:
        return self._replica.doc("nurse_call", call_id) is not None

    async def run(self) -> None:
        """Let go of what a hub has, and look who falls silent, for ever."""
        while True:
            await self._clock.sleep(_EVERY_S)
            if self._direct.records:
                await self.sweep()

    async def sweep(self) -> None:
        """One look at everything that is kept."""
        gone = [record.id for record in self._direct.records.values() if self._is_over(record)]
        for id in gone:
            self._forget(id)
        if gone or self._silent() != self._direct.unheard:
            self._tell()
            self._wake()
        if gone:
            try:
                await self._store.drop(*gone)
            except StorageFault as fault:
                self._disk.down(self._clock.monotonic(), str(fault))

    def _is_over(self, record: Record) -> bool:
        if self._link.phase in _NOT_OURS:
            return True
        now = self._link.hub_now(self._clock.now())
        if self._link.live and (record.taken or self._is_elsewhere(record)):
            return True
        silent = not self._is_heard(record.id)
        if silent and record.id in self._put_away:
            return True
        # An open one is ended by no timer: a hub takes it, or a person puts it away.
        return silent and record.is_over and now - record.heard_at > KEEP

    def _is_elsewhere(self, record: Record) -> bool:
        """Whether its bed is none of those that this screen is told of: it was another place's."""
        beds = self._replica.docs("bed")
        return bool(beds) and record.bed_id not in beds

    def _is_heard(self, id: str) -> bool:
        return self._clock.monotonic() - self._heard.get(id, float("-inf")) < HEARD_S

    def _silent(self) -> frozenset[str]:
        return frozenset(id for id in self._direct.records if not self._is_heard(id))

    def _seen_to(self, id: str, person_id: str | None) -> None:
        """A person has seen to a call whose bed is silent: it goes from this screen."""
        record = self._direct.records.get(id)
        if record is None or self._is_heard(id):
            return
        who = person_id or "a person not named"
        log.warning("direct call %s is put away by %s: its bed is silent", id, who)
        self._put_away.add(id)

    def _forget(self, id: str) -> None:
        self._direct.records.pop(id, None)
        self._direct.drawn.discard(id)
        self._heard.pop(id, None)
        self._handed_at.pop(id, None)
        self._put_away.discard(id)
        senders = {record.sender for record in self._direct.records.values()}
        self._twice &= senders
        for gone in self._starts.keys() - senders:
            del self._starts[gone]

    # ------------------------------------------------------------------------- in its bed's place

    async def hand_over(self) -> None:
        """Tell the hub of calls whose bed is silent, for ever."""
        while True:
            await self._clock.sleep(_EVERY_S)
            if self._link.live:
                for record in [one for one in self._direct.records.values() if self._waits(one)]:
                    await self._hand(record)

    def _waits(self, record: Record) -> bool:
        """Whether nobody but this screen can tell the hub of it."""
        now = self._clock.monotonic()
        if record.taken or record.word is None or record.is_over:
            return False
        silent = now - self._heard.get(record.id, self._began) >= SILENT_S
        return silent and now - self._handed_at.get(record.id, -_HAND_AGAIN_S) >= _HAND_AGAIN_S

    async def _hand(self, record: Record) -> None:
        word = record.word
        assert word is not None
        self._handed_at[record.id] = self._clock.monotonic()
        now = self._clock.now()
        age = self._link.hub_now(now) - word.at
        action = Action(
            id=str(uuid7()),
            kind=ActionKind.PEER_CALL,
            subject=record.id,
            made_at=now,
            data={
                "said": word.said.hex(),
                "body": word.body,
                "signature": word.signature.hex(),
                "age_ms": max(0, round(age / timedelta(milliseconds=1))),
            },
        )
        answer = await self._post(action)
        if answer is None or answer.outcome == "later":
            return
        taken = answer.outcome == "applied" or self._hub_has(record.id)
        log.warning("direct call %s was told to the hub in its silent bed's place: %s", record.id,
                    answer.outcome)  # fmt: skip
        if taken and record.id in self._direct.records and not self._is_heard(record.id):
            self._direct.records[record.id] = msgspec.structs.replace(record, taken=True)
            self._tell()

    def _tell(self) -> None:
        self._direct.unheard = self._silent()
        self._direct.changed()


def _since(old: datetime | None, now: datetime, *, there: bool) -> datetime | None:
    return (old or now) if there else None


WITH_PORT = frozenset({ScreenRole.STATION, ScreenRole.DOOR})
"""Roles that listen; a bedside only calls."""
