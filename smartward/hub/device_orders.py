"""Orders to single screens: given in a write, sent down the feed of that one screen by the hub that
it listens at, settled by its answer or by time.

Nothing of them is in any view: a screen is sent its own order as an event, and keeps none.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
from uuid6 import uuid7

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole, ScreenStatus
from smartward.clinical.device_check import Checked, CheckWish
from smartward.clinical.device_order import DeviceOrder, OrderKind, OrderOutcome
from smartward.clock import Clock
from smartward.errors import BadData, Misconfigured
from smartward.hub import audit
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed, Stored, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.ward_calls import calls_at
from smartward.tasks import Tasks
from smartward.wire.order import EVENT, Noted, Order, lives_s, read

log = logging.getLogger("smartward.orders")

KIND = "device_order"
SETTLED = "device.ordered"
"""Kind of the audit's row that tells what became of an order."""

_NO_SCREENS = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})
_ID_LONGEST = 80

Send = Callable[[str, str, bytes], bool]
"""Sends an event, by its name and data, to a device; False where it does not listen here."""
Keep = Callable[[DeviceOrder, bytes], None]
"""Keeps what a screen sent for an order. Raises StorageFault."""


class DeviceOrders:
    """Gives orders and knows what became of them."""

    def __init__(self, store: Store, clock: Clock, ward: str, send: Send) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self._send = send
        self._waiting: dict[tuple[str, str], asyncio.Future[DeviceOrder | None]] = {}
        """By device and order: who waits here for what becomes of it."""
        self._tasks = Tasks()

    async def start(self) -> None:
        """Follow the store; what was open when a hub ended is settled in its time."""
        self._store.on_commit.append(self._committed)
        for stored in await self._store.read(lambda reader: reader.all(self._ward, KIND)):
            self._expect(decode(stored.body, DeviceOrder))

    async def stop(self) -> None:
        """Send no more. Whoever waits is told that nothing was heard."""
        if self._committed in self._store.on_commit:
            self._store.on_commit.remove(self._committed)
        await self._tasks.stop()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)

    # ------------------------------------------------------------------ giving

    def give(
        self,
        tx: Tx,
        device: Device,
        do: OrderKind,
        *,
        forced: bool = False,
        check: CheckWish | None = None,
        by: Actor,
    ) -> DeviceOrder:
        """Within a write. Raises Misconfigured with why not: it shows no pages, it is away, it is
        looking itself over, or a call is open that it is needed for."""
        if device.role in _NO_SCREENS:
            raise Misconfigured("order.no_screen", device.id, device=device.id)
        if not _is_there(tx, device):
            raise Misconfigured("order.away", device.id, device=device.id)
        if not forced and self._is_checked(tx, device):
            raise Misconfigured("order.checks_itself", device.id, device=device.id)
        if do is OrderKind.RESTART and not forced:
            _may_restart(tx, device)
        if do is OrderKind.CHECK and _is_needed(tx, device):
            raise Misconfigured("order.call_first", device.id, device=device.id)
        order = DeviceOrder(
            id=str(uuid7()), device_id=device.id, do=do, at=tx.now, forced=forced, check=check
        )
        tx.origin(by.device_id, by.person_id, None)
        tx.put(device.ward, KIND, device.id, order)
        return order

    async def outcome(self, order: DeviceOrder) -> DeviceOrder:
        """What becomes of it: waits for as long as it lives. One that another order took the place
        of was not heard."""
        waiting: asyncio.Future[DeviceOrder | None] = asyncio.get_running_loop().create_future()
        mine = order.device_id, order.id
        self._waiting[mine] = waiting
        try:
            known = await self.known(order.device_id)
            if known is not None and known.id == order.id and _sent(known):
                known = await waiting
        finally:
            del self._waiting[mine]
        if known is None or known.id != order.id:
            return replace(order, outcome=OrderOutcome.UNHEARD)
        return known

    async def known(self, device_id: str) -> DeviceOrder | None:
        """The last order that a screen was given."""
        stored = await self._store.read(lambda reader: reader.get(self._ward, KIND, device_id))
        return None if stored is None else decode(stored.body, DeviceOrder)

    def _committed(self, committed: Committed) -> None:
        for stored in committed.changed:
            if stored.kind == KIND and committed.ward == self._ward:
                self._follow(stored)

    def _follow(self, stored: Stored) -> None:
        order = decode(stored.body, DeviceOrder)
        for (device_id, id), waiting in self._waiting.items():
            if device_id != order.device_id or waiting.done():
                continue
            if id < order.id:  # UUIDv7: the later order has taken its place
                waiting.set_result(None)
            elif id == order.id and not _sent(order):
                waiting.set_result(order)
        if _sent(order):
            told = Order(
                id=order.id,
                device_id=order.device_id,
                do=order.do,
                at=order.at,
                forced=order.forced,
                check=order.check,
            )
            self._send(order.device_id, EVENT, msgspec.json.encode(told))
            self._expect(order)

    def _is_checked(self, reader: Reader, device: Device) -> bool:
        """Another order would take the place of a check whose end somebody waits for. One that was
        settled by nobody, as while no hub ran, is none any more."""
        stored = reader.get(self._ward, KIND, device.id)
        order = None if stored is None else decode(stored.body, DeviceOrder)
        if order is None or order.do is not OrderKind.CHECK or not _sent(order):
            return False
        return self._clock.now() - order.at < timedelta(seconds=lives_s(order.do))

    # ------------------------------------------------------------------ settling

    def _expect(self, order: DeviceOrder) -> None:
        """Nobody waits longer for its answer than it lives."""
        if _sent(order):
            self._tasks.spawn(self._let_die(order), "an order's end")

    async def _let_die(self, order: DeviceOrder) -> None:
        await self._clock.sleep(lives_s(order.do))
        await self._store.write(
            lambda tx: self._settle(tx, order.device_id, order.id, OrderOutcome.UNHEARD, "")
        )

    async def answer(self, device: Device, body: bytes, keep: Keep) -> Noted:
        """The screen tells what it did: `POST /screen/ordered`. Raises msgspec.DecodeError for what
        is no answer, BadData for a reason that is none, for a check without what it found and for
        an order that it was not given, StorageFault."""
        told = read(body)
        outcome = OrderOutcome.DONE if told.done else OrderOutcome.REFUSED
        order = await self._store.read(lambda reader: _given(reader, device, told.id))
        if order is not None and (order.outcome, order.why) == (outcome, told.why):
            return Noted()  # it has told so before, and did not hear the answer
        if order is None or not _sent(order):
            raise BadData("order.unknown", told.id[:_ID_LONGEST])
        if told.bundle and order.do is OrderKind.LOG:
            await asyncio.to_thread(keep, order, told.bundle)
        found = told.found if told.done and order.do is OrderKind.CHECK else None
        if told.done and order.do is OrderKind.CHECK and found is None:
            raise BadData("order.bad_answer", "a check that found nothing")
        await self._store.write(
            lambda tx: self._settle(tx, device.id, told.id, outcome, told.why, found)
        )
        return Noted()

    def _settle(
        self,
        tx: Tx,
        device_id: str,
        id: str,
        outcome: OrderOutcome,
        why: str,
        found: Checked | None = None,
    ) -> None:
        stored = tx.get(self._ward, KIND, device_id)
        order = None if stored is None else decode(stored.body, DeviceOrder)
        if order is None or order.id != id or not _sent(order):
            return
        tx.origin(device_id, None, None)
        settled = replace(order, outcome=outcome, why=why, settled_at=tx.now, found=found)
        tx.put(self._ward, KIND, device_id, settled)
        done = outcome is OrderOutcome.DONE
        detail = {"order": str(order.do), "became": str(outcome)}
        if found is not None:
            detail["faults"] = str(found.faults)
        about = About(kind="device", id=device_id, detail=detail)
        key = None if done else why or "order.unheard"
        told = "applied" if done else "refused"
        audit.record(
            tx, self._ward, Actor(device_id=device_id), SETTLED, about, outcome=told, key=key
        )


def _given(reader: Reader, device: Device, id: str) -> DeviceOrder | None:
    stored = reader.get(device.ward, KIND, device.id)
    order = None if stored is None else decode(stored.body, DeviceOrder)
    return order if order is not None and order.id == id else None


def _sent(order: DeviceOrder) -> bool:
    return order.outcome is OrderOutcome.SENT


def _is_there(reader: Reader, device: Device) -> bool:
    stored = reader.get(device.ward, "screen", device.id)
    return stored is not None and decode(stored.body, ScreenStatus).online


def _may_restart(reader: Reader, device: Device) -> None:
    """Raises Misconfigured where a call needs it."""
    if not _is_needed(reader, device):
        return
    if device.role in WARD_WIDE_ROLES:
        raise Misconfigured("order.last_one", device.id, device=device.id)
    raise Misconfigured("order.call_open", device.id, device=device.id)


def _is_needed(reader: Reader, device: Device) -> bool:
    """A screen at a bed or room is needed while a call of it is open, until somebody has closed it;
    one of the whole ward while any is, unless another of its role is there."""
    if not calls_at(reader, device):
        return False
    return device.role not in WARD_WIDE_ROLES or not _another_there(reader, device)


def _another_there(reader: Reader, device: Device) -> bool:
    statuses = (decode(one.body, ScreenStatus) for one in reader.all(device.ward, "screen"))
    return any(
        one.online and one.role is device.role and one.device_id != device.id for one in statuses
    )


def forget(tx: Tx, device: Device) -> None:
    """It is none of ours any more, or begins anew elsewhere."""
    tx.delete(device.ward, KIND, device.id)
