"""Whether a screen is the one that was enrolled, and stands where it was enrolled for.

A second machine with a device's identity gets no data, and is told of at the stations, in the audit
and in the figures; a call from either is taken, and says that it may come from either place. What
is known of a device is in the store (`hub/binding.py`), so that each hub of a ward judges alike;
here is only what was judged already, for requests are many and starts are few.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from smartward.clinical.call_point import CallPointEvent, CallPointKind
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clock import Clock
from smartward.config import Settings
from smartward.device_key import verify
from smartward.errors import StorageFault
from smartward.hub import possible_calls
from smartward.hub import right_bed_writes as writes
from smartward.hub.access import HOUSE, Access
from smartward.hub.binding import KIND, MOST_STRANGERS, Binding, Stranger, Verdict, weigh
from smartward.hub.point_watch import find_point
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.log import Edge
from smartward.machine import same_machine
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind
from smartward.wire.start import (
    DUPLICATE,
    SECOND,
    UNCONFIRMED,
    Blocked,
    Start,
    credential_mark,
    read,
)

log = logging.getLogger("smartward.right_bed")

SCREENS = frozenset(
    {
        ScreenRole.BEDHEAD,
        ScreenRole.BEDSIDE,
        ScreenRole.DOOR,
        ScreenRole.STATION,
        ScreenRole.CORRIDOR,
    }
)
"""Roles that are told apart so: a gateway is a box of another maker."""

ALWAYS = frozenset(
    {
        ActionKind.CALL_PLACE,
        ActionKind.CALL_AGAIN,
        ActionKind.CALL_REASON,
        ActionKind.CALL_NOT_NEEDED,
    }
)
"""What is taken also from a screen that is shown nothing: whoever calls needs somebody. A press at
a call point is taken as well; nothing else of it is, for a call is ended at the true bed alone."""


class _Action(msgspec.Struct):
    kind: str
    subject: str = ""
    data: dict[str, object] = {}


class _Request(msgspec.Struct):
    """So much of an action as tells whether it is taken."""

    action: _Action


def _action(body: bytes) -> _Action | None:
    """None for what is no action."""
    try:
        return msgspec.json.decode(body, type=_Request).action
    except msgspec.DecodeError:
        return None


_LOOK_EVERY_S = 30.0
_HEARD_EVERY = timedelta(seconds=60)
"""How often the store is told that a second device is still there."""


class RightBed:
    """Judges who speaks, and keeps what follows."""

    def __init__(self, store: Store, access: Access, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._ward = settings.ward
        self._away = timedelta(seconds=settings.second_device_away_s)
        self._known: dict[str, Start] = {}
        self._bindings: dict[str, Binding] = {}
        self._tasks = Tasks()
        self._edge = Edge(log, "keeping who is who")
        self.dropped: Callable[[str], None] = lambda device_id: None
        """Told of a device whose feeds must end."""
        self.may_write: Callable[[], bool] = lambda: True
        """Whether this hub keeps a history of its own: one that follows another judges only."""

    async def start(self) -> None:
        """Take up what the store knows. Raises StorageFault."""
        await self._store.read(self.load)
        if self.may_write():
            await self._store.write(self._settle)
        self._store.on_commit.append(self.committed)
        self._tasks.keep(self._look, "second devices", self._clock)

    def _settle(self, tx: Tx) -> None:
        writes.settle(tx)
        possible_calls.settle(tx, self._ward)

    async def stop(self) -> None:
        """Follow no more."""
        await self._tasks.stop()
        if self.committed in self._store.on_commit:
            self._store.on_commit.remove(self.committed)

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    def load(self, reader: Reader) -> None:
        """Take over what the store knows now."""
        found = (decode(stored.body, Binding) for stored in reader.all(HOUSE, KIND))
        self._bindings = {one.device_id: one for one in found}
        self._known.clear()

    def committed(self, committed: Committed) -> None:
        """Follow a write, of this hub or of another one."""
        if committed.ward != HOUSE:
            return
        for stored in committed.changed:
            if stored.kind == KIND:
                self._take(decode(stored.body, Binding))
            elif stored.kind == "device":
                self._access.take(decode(stored.body, Device))
        for kind, id in committed.gone:
            if kind == KIND:
                self._bindings.pop(id, None)
                self._known.pop(id, None)

    def _take(self, binding: Binding) -> None:
        before = self._bindings.get(binding.device_id)
        self._bindings[binding.device_id] = binding
        if before is not None and before.start != binding.start:
            # Whoever began before and is there still speaks up, and is two then.
            self._known.pop(binding.device_id, None)
            self.dropped(binding.device_id)

    # ------------------------------------------------------------------ judging

    async def for_feed(
        self, headers: Mapping[str, str], address: str = ""
    ) -> tuple[Device | None, Blocked | None]:
        """Whose feed is asked for (None: nobody's who is enrolled), and why it is shown nothing, if
        so. Who was revoked or moved while they were judged had no feed yet that could be ended:
        they are judged by what they are now."""
        token = headers.get("authorization")
        device = self._access.authenticate(token)
        while device is not None:
            rights = self._access.rights(device)
            blocked = await self.judge(device, headers, feed=True, address=address)
            device = self._access.authenticate(token)
            if device is not None and self._access.rights(device) == rights:
                return device, blocked
        return None, None

    async def judge(
        self, device: Device, headers: Mapping[str, str], *, feed: bool = False, address: str = ""
    ) -> Blocked | None:
        """Why this request of an enrolled device gets no data; None where it may have it. `feed`:
        it asks for the feed, to stay. Raises nothing: where nothing can be written, what was known
        before holds."""
        if device.role not in SCREENS:
            return None
        told = read(headers)
        known = self._known.get(device.id) if told is not None else None
        nobody = told is None and device.id not in self._bindings
        new = not nobody and (known is None or known != told)
        if new and await self._second(device, told, headers, feed=feed, address=address):
            key = SECOND
        elif device.id in self._access.twice:
            key = DUPLICATE
        elif not device.confirmed:
            key = UNCONFIRMED
        else:
            return None
        return await self._blocked(device, key)

    async def _second(
        self,
        device: Device,
        told: Start | None,
        headers: Mapping[str, str],
        *,
        feed: bool,
        address: str,
    ) -> bool:
        if told is not None and not _proved(told, headers):
            told = None
        looks = headers.get("smartward-look", "") != ""
        try:
            verdict, binding = await self._store.read(
                lambda reader: self._weighed(reader, device, told, feed=feed and not looks)
            )
        except StorageFault as error:
            self._edge.down(self._clock.monotonic(), str(error))
            return self._refused_before(device, told)
        # What was judged holds, whether or not it can be kept: a full disk lets nobody in.
        try:
            await self._keep(device, told, verdict, binding, address)
            self._edge.up(self._clock.monotonic())
        except StorageFault as error:
            self._edge.down(self._clock.monotonic(), str(error))
            return verdict is Verdict.SECOND
        if verdict is not Verdict.SECOND and told is not None and feed and not looks:
            self._known[device.id] = told
        return verdict is Verdict.SECOND

    async def _keep(
        self,
        device: Device,
        told: Start | None,
        verdict: Verdict,
        binding: Binding | None,
        address: str,
    ) -> None:
        """Write what a verdict changes. Raises StorageFault."""
        if verdict in (Verdict.BIND, Verdict.TWIN) and told is not None and self.may_write():
            now = await self._store.write(lambda tx: writes.take_over(tx, device, told, verdict))
            # At once: told of it with all others, after the answer, it would end the feed that this
            # very start is about to be given.
            self._take(now)
            if verdict is Verdict.TWIN:
                log.warning("two programs speak as %s: the later one gets no data", device.id)
        elif verdict is Verdict.SECOND and binding is not None:
            await self._heard_second(device, binding, told, address)

    def _weighed(
        self, reader: Reader, device: Device, told: Start | None, *, feed: bool
    ) -> tuple[Verdict, Binding | None]:
        stored = reader.get(HOUSE, KIND, device.id)
        binding = None if stored is None else decode(stored.body, Binding)
        screen = reader.get(device.ward, "screen", device.id)
        status = None if screen is None else decode(screen.body, ScreenStatus)
        here = status is not None and status.online
        recent = here or (status is not None and self._clock.now() - status.since < self._away)
        return weigh(binding, told, here=here, recent=recent, feed=feed), binding

    def _refused_before(self, device: Device, told: Start | None) -> bool:
        """Whether it is refused by what is in memory alone: another machine is, who is refused
        already is, and the device's own machine started anew is not."""
        binding = self._bindings.get(device.id)
        if binding is None or told is None:
            return binding is not None
        if same_machine(binding.machine, told.machine) is False:
            return True
        return any(one.is_it(told) for one in binding.strangers) and told.id != binding.start

    async def _heard_second(
        self, device: Device, binding: Binding, told: Start | None, address: str
    ) -> None:
        """Tell of it, and from time to time that it is there still."""
        now = self._clock.now()
        told = told or Start(id="", machine="", public_key="")
        for one in binding.strangers:
            if one.is_it(told) and one.here and now - one.heard_at < _HEARD_EVERY:
                return
        if not self.may_write() or sum(one.here for one in binding.strangers) >= MOST_STRANGERS:
            return  # whoever makes up machines without end fills no audit
        stranger = Stranger(
            start=told.id,
            machine=told.machine,
            public_key=told.public_key,
            since=now,
            heard_at=now,
        )
        news = await self._store.write(
            lambda tx: writes.heard_second(tx, device, stranger, address)
        )
        if news:
            log.warning(
                "a second device speaks as %s, from %s: it gets no data", device.id, address
            )

    async def takes(self, blocked: Blocked, body: bytes) -> bool:
        """Whether this action is taken although its screen is shown nothing."""
        action = _action(body)
        if action is None:
            return False
        confirms = action.kind == ActionKind.PLACE_CONFIRM and blocked.error == UNCONFIRMED
        return confirms or await self.calls(blocked.ward, body)

    async def calls(self, ward: str, body: bytes) -> bool:
        """Whether this action is a call, which is taken also from a screen in doubt."""
        action = _action(body)
        if action is None:
            return False
        if action.kind == ActionKind.CALL_POINT_EVENT:
            pressed = action.data.get("event") == CallPointEvent.PRESS
            return pressed and await self._pressed_for_help(ward, action.subject)
        return action.kind in ALWAYS

    async def _pressed_for_help(self, ward: str, point_id: str) -> bool:
        """Whether a press there is a call: at a room's presence button it is a nurse who is there.
        What cannot be looked up may be a call."""
        try:
            point = await self._store.read(lambda reader: find_point(reader, ward, point_id))
        except StorageFault:
            return True
        return point is None or point.kind is not CallPointKind.PRESENCE_BUTTON

    async def _blocked(self, device: Device, key: str) -> Blocked:
        """Why, with the places as people call them, where the ward knows them."""
        try:
            named = await self._store.read(lambda reader: writes.places(reader, device))
        except StorageFault:
            named = {}
        return Blocked(
            error=key,
            device_id=device.id,
            role=device.role,
            ward=device.ward,
            place=device.place,
            label=device.label,
            values=named,
            epoch=self._store.epoch,
        )

    # ------------------------------------------------------------------ what follows

    def counts(self) -> dict[str, int]:
        """How many devices are in doubt, by what is doubtful."""
        devices = self._access.devices()
        seconds = [
            id for id, one in self._bindings.items() if any(each.here for each in one.strangers)
        ]
        return {
            "second": len(seconds),
            "duplicate": len(self._access.twice),
            "unconfirmed": sum(not one.confirmed for one in devices),
        }

    async def _look(self) -> None:
        """A second device that is heard no more is told of no more; it stays known."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            await self._forget_silent()

    async def _forget_silent(self) -> None:
        before = self._clock.now() - self._away
        gone = [
            id
            for id, one in self._bindings.items()
            if any(each.here and each.heard_at < before for each in one.strangers)
        ]
        if gone and self.may_write():
            await self._store.write(lambda tx: _silent(tx, gone, before))


def _silent(tx: Tx, ids: list[str], before: datetime) -> None:
    for id in ids:
        writes.second_silent(tx, id, before)


def _proved(told: Start, headers: Mapping[str, str]) -> bool:
    """Whether who speaks has the key that it names."""
    token = headers.get("authorization", "").partition(" ")[2].strip()
    try:
        signature = bytes.fromhex(told.proof)
    except ValueError:
        return False
    return verify(told.public_key, told.signed(credential_mark(token)), signature)
