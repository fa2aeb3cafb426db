"""Who may order screens, and say when it is night on them: the administrator at the console, the
head nurse at a station."""

import asyncio
import base64
from dataclasses import replace
from typing import Any, Literal

import msgspec

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.device_check import Checked, CheckReport, CheckWish, Which
from smartward.clinical.device_order import DeviceOrder, OrderKind, OrderOutcome
from smartward.clinical.ward import Ward
from smartward.columns import printable
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, at_station, night_hours
from smartward.hub.access import HOUSE, Forbidden
from smartward.hub.admin import Admin
from smartward.hub.administrator import Told
from smartward.hub.device_bundles import Bundles
from smartward.hub.device_orders import DeviceOrders
from smartward.hub.own_test import label_of
from smartward.hub.placing import MAY_PLACE
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.order import LONGEST, OrderAsk, OrderTold, OrderWatch, lives_s

TOLD = {do: Told(f"device.{do}", "device", "device_id") for do in OrderKind}
_ASK = msgspec.json.Decoder(OrderAsk)
_WATCH = msgspec.json.Decoder(OrderWatch)
_WAITS_S = 10.0
"""Whoever orders is told so soon that nothing was heard yet; the order lives on."""
_SLOW = frozenset({OrderKind.LOG, OrderKind.CHECK})
"""A slow screen makes its log in many seconds, a check takes up to minutes, and nobody can ask for
either later: who ordered them waits for as long as they live, and this longer in seconds."""
_LONGER_S = 5.0

_SAID: dict[OrderOutcome, Literal["done", "refused", "unheard"]] = {
    OrderOutcome.SENT: "unheard",
    OrderOutcome.DONE: "done",
    OrderOutcome.REFUSED: "refused",
    OrderOutcome.UNHEARD: "unheard",
}

Answer = dict[str, Any]


class OrderDesk:
    """Takes orders and has them given."""

    def __init__(
        self, store: Store, orders: DeviceOrders, bundles: Bundles, settings: Settings
    ) -> None:
        self._store = store
        self._bundles = bundles
        self._orders = orders
        self._settings = settings

    def register(self, admin: Admin) -> None:
        """Have the admin socket take `device_identify`, `device_restart`, `device_log` and
        `device_check`."""
        for do in OrderKind:
            admin.handle(f"device_{do}", self._command(do), TOLD[do])

    def _command(self, do: OrderKind) -> Any:
        async def give(request: Answer) -> Answer:
            order = await self.became(await self.given(do, request))
            bundle = await asyncio.to_thread(self._bundles.read, order.id)
            packed = {} if bundle is None else {"bundle": base64.b64encode(bundle).decode()}
            found = order.found
            if found is None:
                return told(order) | packed
            report = await self._store.read(lambda reader: self._report(reader, order, found))
            return told(order) | {"report": msgspec.to_builtins(report)}

        return give

    def _report(self, reader: Reader, order: DeviceOrder, found: Checked) -> CheckReport:
        """What a check found, with which screen that is."""
        device = self._device(reader, order.device_id)
        ward = reader.get(device.ward, "ward", device.ward)
        which = Which(
            serial=found.serial,
            device_id=device.id,
            ward=device.ward if ward is None else decode(ward.body, Ward).name,
            role=device.role.value,
            place=label_of(reader, device),
        )
        return CheckReport(which=which, at=order.settled_at or order.at, lines=found.lines)

    async def became(self, order: DeviceOrder) -> DeviceOrder:
        """What became of it so far."""
        waits = lives_s(order.do) + _LONGER_S if order.do in _SLOW else _WAITS_S
        try:
            async with asyncio.timeout(waits):
                return await self._orders.outcome(order)
        except TimeoutError:
            return replace(order, outcome=OrderOutcome.UNHEARD)

    async def given(self, do: OrderKind, request: Answer) -> DeviceOrder:
        """Give the order that a request of the console is for. Raises Misconfigured."""
        forced = bool(request.get("force"))
        check = _wish(request) if do is OrderKind.CHECK else None
        return await self._store.write(lambda tx: self._give(tx, do, request, forced, check))

    def _give(
        self, tx: Tx, do: OrderKind, request: Answer, forced: bool, check: CheckWish | None
    ) -> DeviceOrder:
        device = self._device(tx, str(request.get("device_id") or ""))
        by = administrator.asking(request)
        order = self._orders.give(tx, device, do, forced=forced, check=check, by=by)
        detail = {"forced": "yes"} if forced else {}
        administrator.record(tx, device.ward, request, TOLD[do], id=device.id, **detail)
        return order

    def _device(self, reader: Reader, id: str) -> Device:
        stored = reader.get(HOUSE, "device", id)
        device = None if stored is None else decode(stored.body, Device)
        if device is None or device.ward != self._settings.ward:
            raise Misconfigured("enrol.unknown_device", id, device=id)
        return device

    async def answer(self, device: Device, body: bytes) -> OrderTold:
        """A station orders: `POST /screen/order`. Raises msgspec.DecodeError for what is no
        request, Forbidden for any screen but a station, and StorageFault."""
        asked = _ASK.decode(body)
        if device.role is not ScreenRole.STATION or device.ward != self._settings.ward:
            raise Forbidden
        by, why = await self._store.write(
            lambda tx: at_station.who(tx, device, asked.by, MAY_PLACE, "order.not_yours")
        )
        request: Answer = {administrator.BY: by, "device_id": asked.device_id}
        about = night_hours.TOLD if asked.do == "night" else TOLD[OrderKind(asked.do)]
        if why:
            return await self._refused(about, request, why)
        try:
            if asked.do == "night":
                await self._store.write(lambda tx: self._night(tx, request, asked))
                return OrderTold(outcome="done")
            order = await self.given(OrderKind(asked.do), request)
        except Misconfigured as refused:
            return await self._refused(about, request, refused.key)
        if order.do is OrderKind.CHECK:
            return OrderTold(outcome="given", order=order.id)
        became = await self.became(order)
        return OrderTold(outcome=_SAID[became.outcome], why=became.why)

    async def watched(self, device: Device, body: bytes) -> OrderTold:
        """A station asks what became of its check: `POST /screen/order/became`. Raises
        msgspec.DecodeError for what is no request, Forbidden for any screen but a station, and
        StorageFault."""
        asked = _WATCH.decode(body)
        if device.role is not ScreenRole.STATION or device.ward != self._settings.ward:
            raise Forbidden
        order = await self._orders.known(asked.device_id)
        if order is None or order.id != asked.order or order.do is not OrderKind.CHECK:
            return OrderTold(outcome="unheard")
        if order.outcome is OrderOutcome.SENT:
            return OrderTold(outcome="given", order=order.id)
        return OrderTold(outcome=_SAID[order.outcome], why=order.why, found=order.found)

    def _night(self, tx: Tx, request: Answer, asked: OrderAsk) -> None:
        """Raises Misconfigured."""
        device = self._device(tx, asked.device_id)
        whom = {"device": {}, "role": {"role": device.role}, "all": {}}[asked.whom]
        of_one = asked.device_id if asked.whom == "device" else ""
        said = request | whom | {"device_id": of_one, "hours": asked.hours}
        night_hours.set_hours(tx, self._settings, said)

    async def _refused(self, about: Told, request: Answer, why: str) -> OrderTold:
        """Say why not; the audit tells who wanted what."""
        ward = self._settings.ward
        await self._store.write(
            lambda tx: administrator.record(tx, ward, request, about, refused=why)
        )
        return OrderTold(outcome="refused", why=why)


def _wish(request: Answer) -> CheckWish:
    """What of a check the console wants."""
    return CheckWish(
        place=printable(str(request.get("place") or ""))[:LONGEST],
        call=bool(request.get("call", True)),
        sound=bool(request.get("sound")),
        touch=bool(request.get("touch")),
    )


def told(order: DeviceOrder) -> Answer:
    """An order as JSON says it."""
    return {
        "device_id": order.device_id,
        "do": str(order.do),
        "at": order.at.isoformat(),
        "outcome": str(order.outcome),
        "why": order.why,
        "settled_at": None if order.settled_at is None else order.settled_at.isoformat(),
    }
