"""Screens that wait to be paired, placed or refused at a station by whoever may, and wiped ones
written off: what the admin socket does (`hub/pairing_admin.py`), in the name of a proved person."""

from datetime import datetime
from typing import Any

import msgspec

from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.ward import StaffRole
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, at_station, pairing_admin
from smartward.hub.access import Forbidden
from smartward.hub.admin import Admin, Enrolled
from smartward.hub.store.base import Store
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.placing import THERE_ALREADY, PlaceAsk, Placing

MAY_PLACE = frozenset({StaffRole.HEAD_NURSE})
"""Who says at a station which screen stands where, by the ward's roster."""

_ASK = msgspec.json.Decoder(PlaceAsk)
_TOLD = {
    "place": pairing_admin.APPROVE,
    "refuse": pairing_admin.REFUSE,
    "write_off": pairing_admin.WRITE_OFF,
}


class PlacingDesk:
    """Answers `POST /screen/place` of stations."""

    def __init__(self, store: Store, admin: Admin, settings: Settings) -> None:
        self._store = store
        self._admin = admin
        self._settings = settings

    async def answer(self, device: Device, body: bytes) -> Placing:
        """Look, place, refuse or write off. Raises msgspec.DecodeError for what is no request,
        Forbidden for any screen but a station, and StorageFault."""
        asked = _ASK.decode(body)
        if device.role is not ScreenRole.STATION or device.ward != self._settings.ward:
            raise Forbidden
        (by, why), now = await self._store.write(
            lambda tx: (
                at_station.who(tx, device, asked.by, MAY_PLACE, "placing.not_yours"),
                tx.now,
            )
        )
        if why:
            return await self._refused(by, asked, why)
        try:
            await self._do(by, asked)
        except Misconfigured as refused:
            told = Placing(why=refused.key)
            if refused.key != THERE_ALREADY:  # which is a question, and nothing was refused
                told = await self._refused(by, asked, refused.key)
            return await self._as_it_stands(told, now)
        return await self._as_it_stands(Placing(), now)

    async def _do(self, by: Actor, asked: PlaceAsk) -> None:
        request: dict[str, Any] = {administrator.BY: by, "code": asked.code}
        if asked.do == "refuse":
            await self._store.write(
                lambda tx: pairing_admin.refused(tx, self._settings.ward, request)
            )
        elif asked.do == "write_off":
            request["device_id"] = asked.device_id
            await self._store.write(
                lambda tx: pairing_admin.written_off(tx, self._settings, request)
            )
        elif asked.do == "place":
            request |= {"second": asked.there == "second", "replace": asked.there == "instead"}
            if asked.role is not None:
                request |= {"role": str(asked.role), "place": asked.place}
            done = await self._store.write(lambda tx: self._place(tx, request))
            await self._admin.reload(done.device.id, *done.replaced)

    def _place(self, tx: Tx, request: dict[str, Any]) -> Enrolled:
        return pairing_admin.approved(self._admin, tx, self._settings, request)[0]

    async def _refused(self, by: Actor, asked: PlaceAsk, why: str) -> Placing:
        """Say why not; the audit tells who wanted what."""
        request = {administrator.BY: by, "code": asked.code, "device_id": asked.device_id}
        told = _TOLD.get(asked.do)
        if told is not None:
            ward = self._settings.ward
            await self._store.write(
                lambda tx: administrator.record(tx, ward, request, told, refused=why)
            )
        return Placing(why=why)

    async def _as_it_stands(self, told: Placing, now: datetime) -> Placing:
        """The answer with who waits, and who was wiped."""

        def read(reader: Reader) -> Placing:
            waiting = tuple(pairing_admin.at_stations(reader, self._settings))
            wiped = tuple(pairing_admin.wiped_at_stations(reader, now))
            numbers = tuple(pairing_admin.numbers_at_stations(reader, self._settings, now))
            return msgspec.structs.replace(told, waiting=waiting, wiped=wiped, numbers=numbers)

        return await self._store.read(read)
