"""Touches on their way to the hub: durable when made, sent until answered, never twice.

States of a row: `waiting` (to be sent), `answered` (applied, but the feed has not brought it yet),
`kept` (the feed has passed it; kept a day in case the hub comes back with another history),
`refused` (the hub said no, and the person was told), `foreign` (made on this machine when it was
another bed's screen; never sent), `unreadable` (set aside, because nobody can read it any more).

A touch is on the disk before it is shown; a secret in it (a patient's PIN) never is, and is in
memory only until the hub has answered. A touch whose secret is gone cannot be sent: the person is
told. What becomes of a touch afterwards is believed at once and written as soon as the
disk takes it: should that be lost, the touch is sent again and the hub, which knows its id, says
the same once more.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import msgspec

from smartward.clock import Clock
from smartward.clock import boot_id as boot_id
from smartward.screen.cache import Cache, TouchRow
from smartward.screen.cache_rows import FOREIGN, MAY_BE_SENT, WAITING
from smartward.screen.outbox_disk import WrittenLater
from smartward.screen.outbox_rows import Touches
from smartward.screen.outbox_touch import CALL, NEW_CALL, misses_secret, open_part
from smartward.screen.outbox_touch import Touch as Touch
from smartward.wire.envelope import Action, ActionRequest, Answer

log = logging.getLogger("smartward.screen.outbox")

KEEP = timedelta(days=1)
"""How long an answered touch is kept beside the outbox."""
_SWEEP = timedelta(minutes=1)
_MOVED_S = 0.25
"""How often it is told at most that touches sent again have moved: a screen is then drawn anew."""
_RETRY_FIRST_S = 0.5
_RETRY_LONGEST_S = 15.0
_SET_S = 0.25
"""By less than this no clock is set; in real seconds."""


class Outbox(WrittenLater):
    """Order, answers and ages. Every touch is in the cache file before it is believed."""

    def __init__(self, cache: Cache, clock: Clock, boot: str, rate: float = 1.0) -> None:
        """`rate`: how much faster than real time a demo's wall clock runs."""
        super().__init__(cache, clock)
        self._boot = boot
        self._rate = rate
        self.stored_at: float | None = None
        """The monotonic second since which the newest touch of this run lies on the disk."""
        self._touches = Touches()
        self._swept: datetime | None = None
        self._passed = ("", 0)
        self.held = False
        """True until the hub has said whose cache this is: nothing is sent meanwhile."""
        self.waits: Callable[[Action], bool] = lambda action: False
        """What is not sent yet: it is about a call that no hub can know so far."""
        self.wake: Callable[[], None] = lambda: None
        """Called when there is something to send."""
        self.moved: Callable[[], None] = lambda: None
        """Called when `pending` has changed otherwise than by `put`; of touches that are sent again
        not each time, but before long."""
        self._moved_at, self._owes = float("-inf"), False
        self._unreadable: dict[str, TouchRow] = {}
        self._lost: list[Action] = []
        for row in cache.touches():
            self._take(row)
        self._touches.sort()
        self._closed = cache.closed_touches()
        if self._closed:
            log.error("%d touches wait for a start that has the key of the key file", self._closed)

    def _take(self, row: TouchRow) -> None:
        """Take a row of the file in, or set it aside: one bad row must not stop the screen."""
        now = self._clock.now()
        try:
            if row.state != "unreadable":
                msgspec.convert(msgspec.structs.asdict(row), TouchRow)
                self._outlived(row, now)
                touch = Touch(row, msgspec.json.decode(row.body, type=Action))
                self._touches.all[row.id] = touch
                self._strip(touch)
                if row.state == "waiting" and misses_secret(touch.action):
                    self._lose(touch, now)
                return
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            log.error("touch %s cannot be read and is set aside: %s", row.id, error)
            row.state, row.answered_at = "unreadable", now.isoformat()
            self._unwritten.add(row.id)
        self._unreadable[row.id] = row

    def _strip(self, touch: Touch) -> None:
        """An older version left secrets on the disk: this one is taken away there. While it waits
        to be sent it is in memory, as one that is touched now."""
        without = open_part(touch.action)
        if without is touch.action:
            return
        touch.row.body = msgspec.json.encode(without)
        if touch.row.state != "waiting":
            touch.action = without
        self._unwritten.add(touch.row.id)
        self._to_write.set()

    def _lose(self, touch: Touch, now: datetime) -> None:
        """Its secret went with the run of the program that it was touched in."""
        touch.row.state, touch.row.answered_at = "refused", now.isoformat()
        self._unwritten.add(touch.row.id)
        self._lost.append(touch.action)

    def take_lost(self) -> tuple[Action, ...]:
        """Touches that were never sent and cannot be any more, each told of once."""
        lost, self._lost = tuple(self._lost), []
        return lost

    @property
    def unreadable(self) -> int:
        """How many touches were set aside within `KEEP`, because nobody can read them any more, or
        lie there for a start that has the key which this one was not given."""
        return len(self._unreadable) + self._closed

    # --------------------------------------------------------------------------------- screen

    def put(self, action: Action) -> None:
        """Store a touch; on the disk when this returns, but for its secret. Raises StorageFault."""
        row = TouchRow(
            id=action.id,
            body=msgspec.json.encode(open_part(action)),
            state="waiting",
            pressed_wall=action.made_at.isoformat(),
            pressed_monotonic=self._clock.monotonic(),
            boot=self._boot,
        )
        self._cache.put_touch(row)
        self.stored_at = self._clock.monotonic()
        self._touches.put(Touch(row, action))
        self.wake()

    def pending(self) -> tuple[Action, ...]:
        """Touches that the replica does not show yet, oldest first."""
        return tuple(touch.action for touch in self._touches.open.values())

    def applied(self) -> frozenset[str]:
        """Ids of those of them that the hub has done."""
        return frozenset(self._touches.answered)

    def unanswered(self) -> list[Touch]:
        """Touches that no hub has answered, oldest first."""
        return [touch for touch in self._touches.open.values() if touch.row.state == "waiting"]

    @property
    def boot(self) -> str:
        """Which run of the machine this is, empty when it does not tell."""
        return self._boot

    @property
    def waiting(self) -> int:
        """How many touches wait for the hub's answer."""
        return len(self._touches.open) - len(self._touches.answered)

    # ----------------------------------------------------------------------------------- sender

    def next(self) -> Touch | None:
        """What to send now: calls that no hub had yet first, then other calls, then the oldest;
        None when nothing may go now. Whoever calls while a hub that came back is told a whole day
        anew does not wait for that.

        A touch waits behind an earlier one about the same subject: a reason never overtakes the
        call that it explains.
        """
        if self.held:
            return None
        now = self._clock.monotonic()
        best: Touch | None = None
        most = NEW_CALL if self._touches.new_calls else CALL
        subjects: set[str] = set()
        for touch in self._touches.open.values():
            if touch.row.state != "waiting" or self.waits(touch.action):
                continue
            first_of_subject = touch.action.subject not in subjects
            subjects.add(touch.action.subject)
            if not first_of_subject or touch.not_before > now:
                continue
            if best is None or touch.urgency > best.urgency:
                best = touch
            if best.urgency == most:
                break
        return best

    def next_try(self) -> float | None:
        """Monotonic second at which `next` may have something, None when nothing waits."""
        if self.held:
            return None
        waiting = [t.not_before for t in self.unanswered() if not self.waits(t.action)]
        return min(waiting, default=None)

    def request(
        self, touch: Touch, skew: timedelta | None, epoch: str | None = None
    ) -> ActionRequest:
        """What is posted now: the action with its age at this sending. `epoch`: the history of the
        hub that this outbox knows of."""
        age_ms, older_ms = self._known_age_ms(touch), None
        if age_ms is not None and (gained_ms := self._gained_ms(touch, age_ms)):
            # It cannot tell any more how long the touch has been on its way.
            skew, older_ms = None, gained_ms if gained_ms > 0 else None
        return ActionRequest(
            action=touch.action,
            age_ms=age_ms,
            older_ms=older_ms,
            clock_skew_ms=None if skew is None else round(skew.total_seconds() * 1000),
            epoch=epoch,
        )

    def _gained_ms(self, touch: Touch, age_ms: int) -> int:
        """What this device's wall clock has gained since the touch on the seconds that it counted:
        it was set meanwhile, or, where it gained, the machine stood still."""
        passed = self._clock.now() - touch.action.made_at
        gained_ms = round(passed.total_seconds() * 1000) - age_ms
        return gained_ms if abs(gained_ms) > _SET_S * 1000 * self._rate else 0

    def _known_age_ms(self, touch: Touch) -> int | None:
        """How long ago it was touched, None where the machine has been started anew since."""
        if touch.row.boot != self._boot or not self._boot:
            return None
        seconds = self._clock.monotonic() - touch.row.pressed_monotonic
        return max(0, round(seconds * self._rate * 1000))

    def age_ms(self, touch: Touch) -> int:
        """The same as well as it is known: after a start by this machine's clock."""
        known = self._known_age_ms(touch)
        if known is not None:
            return known
        return max(0, round((self._clock.now() - touch.action.made_at).total_seconds() * 1000))

    async def answered(self, touch: Touch, answer: Answer) -> bool:
        """Take the hub's answer in. True when a person must be told of it. Never raises."""
        if touch.row.state == FOREIGN:
            return False  # it was on its way when this became another bed's screen
        if answer.outcome == "later":
            self.postpone(touch, answer.retry_after_s)
            return False
        resent = bool(touch.row.resent)
        touch.action = open_part(touch.action)
        touch.row.answered_at = self._clock.now().isoformat()
        if answer.outcome == "applied":
            touch.row.seq, touch.row.epoch = answer.seq, answer.epoch
            # The feed may have been faster than the answer.
            touch.row.state = "kept" if self._is_shown(touch.row) else "answered"
        else:
            touch.row.state = "refused"
        self._touches.turned(touch)
        self._tell_moved(now=not resent)
        await self._written(touch.row.id)
        return answer.outcome != "applied" and not resent

    def postpone(self, touch: Touch, seconds: float | None = None) -> None:
        """Try a touch again later; the others need not wait for it."""
        touch.row.attempts += 1
        wait = min(_RETRY_LONGEST_S, _RETRY_FIRST_S * 2 ** min(touch.row.attempts, 10))
        touch.not_before = self._clock.monotonic() + (wait if seconds is None else seconds)

    def retry_now(self) -> None:
        """The hub is there again: nothing waits for its next try any longer."""
        for touch in self._touches.open.values():
            touch.not_before = 0.0
        self.wake()

    # ------------------------------------------------------------------------------------- feed

    async def passed(self, epoch: str, seq: int) -> None:
        """The feed has brought everything up to `seq` of `epoch`: those touches are shown.

        Never raises: a failing disk must not keep the feed from being shown.
        """
        self._passed = (epoch, seq)
        now = self._clock.now()
        old = self._sweep(now)
        done, again, news = [], [], False
        for touch in tuple(self._touches.answered.values()):
            row = touch.row
            if self._is_shown(row) or self._outlived(row, now):
                row.state = "kept"
                self._touches.turned(touch)
                done.append(row.id)
                news = news or not row.resent
            elif row.epoch != epoch and not misses_secret(touch.action):
                # Its answer was under way while the hub got another history.
                touch.send_again()
                self._touches.turned(touch)
                again.append(row.id)
        if done or again or self._owes:
            self._tell_moved(now=news)
        if again:
            log.warning("%d touches are sent again: their answer was an older hub's", len(again))
            self.wake()
        if done or again or old or self._unwritten:
            await self._written(*done, *again, dropped=old)

    def _tell_moved(self, *, now: bool) -> None:
        moment = self._clock.monotonic()
        self._owes = not now and moment - self._moved_at < _MOVED_S
        if not self._owes:
            self._moved_at = moment
            self.moved()

    def _sweep(self, now: datetime) -> list[str]:
        """Forget what was kept long enough; looked at once a minute."""
        if self._swept is not None and abs(now - self._swept) < _SWEEP:
            return []
        self._swept = now
        rows = [one.row for id, one in self._touches.all.items() if id not in self._touches.open]
        rows += self._unreadable.values()
        old = [row.id for row in rows if self._outlived(row, now)]
        for touch_id in old:
            self._touches.all.pop(touch_id, None)
            self._unreadable.pop(touch_id, None)
        return old

    def _is_shown(self, row: TouchRow) -> bool:
        """Whether the feed has brought what became of a touch; without a sequence nothing did.

        What was sent again to another history and is answered with the old one's sequence is in
        the view that the feed has brought since: the restored hub knew it.
        """
        epoch, seq = self._passed
        if row.seq is None:
            return True
        if row.epoch != epoch:
            return bool(row.resent) and epoch != ""
        return row.seq <= seq

    @staticmethod
    def _outlived(row: TouchRow, now: datetime) -> bool:
        """Whether what became of it, or else the touch itself, is older than `KEEP`."""
        return now - datetime.fromisoformat(row.answered_at or row.pressed_wall) > KEEP

    async def another_epoch(self, epoch: str) -> None:
        """The hub has come back with another history: send again what the old one had applied.

        Never raises.
        """
        again = []
        # Until it has caught up nothing of the new history has been brought.
        self._passed = ("", 0)
        for touch in self._touches.all.values():
            if misses_secret(touch.action):
                # It is not here to be sent again; what the hub has of it is shown as it is.
                continue
            if touch.row.state in ("answered", "kept") and touch.row.epoch != epoch:
                touch.send_again()
                again.append(touch.row.id)
        if again:
            log.warning("%d touches are sent again to a hub of another history", len(again))
            self._touches.sort()
            self.moved()
            self.wake()
            await self._written(*again)

    async def forgotten(self, subjects: Collection[str]) -> None:
        """The hub that is there does not know this device: what was touched about these calls,
        which are open, is with nobody who could show it. It waits, to be sent again. Never raises.
        """
        again = [
            touch
            for touch in self._touches.all.values()
            if touch.action.subject in subjects
            and touch.row.state in ("answered", "kept")
            and not misses_secret(touch.action)
        ]
        for touch in again:
            touch.send_again()
        if again:
            log.warning("%d touches wait again: the hub has forgotten this device", len(again))
            self._touches.sort()
            self.moved()
            await self._written(*(touch.row.id for touch in again))

    async def disown(self, whose: Mapping[str, str]) -> None:
        """This machine is another bed's screen now (`whose`, as the cache keeps it): what was
        touched before is not sent, nor again to a hub of another history, which would take a press
        for one of the bed here now. Never raises. It comes into the cache together with whose that
        is: should the power go before a failing disk takes it, the next start finds both as before.
        """
        self._cache.another_place(whose)
        mine = [t for t in self._touches.all.values() if t.row.state in MAY_BE_SENT]
        waited = sum(t.row.state == WAITING for t in mine)
        for touch in mine:
            touch.row.state, touch.action = FOREIGN, open_part(touch.action)
        if waited:
            log.error("%d touches of another place are not sent", waited)
        if mine:
            self._touches.sort()
            self.moved()
            await self._written(*(touch.row.id for touch in mine))

    def _row_of(self, id: str) -> TouchRow | None:
        touch = self._touches.all.get(id)
        return self._unreadable.get(id) if touch is None else touch.row
