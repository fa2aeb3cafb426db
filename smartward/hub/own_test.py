"""A screen's test call of its own, for whoever commissions it: one bed, at the screen's wish."""

from collections import deque

import msgspec

from smartward.clinical import drill as course
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.drill import DrillStage
from smartward.clinical.ward import Ward
from smartward.clock import Clock
from smartward.hub import drill
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.own_test import OwnTest, OwnTestAsk

_ASK = msgspec.json.Decoder(OwnTestAsk)
_NO_CALL, _TOO_OFTEN = "drill.refused.no_call_here", "drill.refused.too_often"
_MOST, _WITHIN_S = 12, 900.0
"""A new image places seven within a quarter of an hour. Beside one no other screen can begin its
own, and who must have a good one to keep its update would wait in vain."""


class OwnTests:
    """Answers `POST /drill/own` of enrolled screens."""

    def __init__(self, store: Store, clock: Clock, limit_s: float) -> None:
        """`limit_s`: seconds that each screen has for its part."""
        self._store = store
        self._clock = clock
        self._limit_s = limit_s
        self._begun: dict[str, deque[float]] = {}
        """By device: when it began the latest ones, in monotonic seconds."""

    async def answer(self, device: Device, body: bytes) -> OwnTest:
        """What is asked. Raises msgspec.DecodeError for what is no request, and StorageFault."""
        ask = _ASK.decode(body)
        if not ask.begin:
            return await self._store.read(lambda reader: self._known(reader, device))
        now = self._clock.monotonic()
        begun = self._begun.setdefault(device.id, deque(maxlen=_MOST))
        if len(begun) == _MOST and now - begun[0] < _WITHIN_S:
            known = await self._store.read(lambda reader: self._known(reader, device))
            return msgspec.structs.replace(known, state="refused", why=_TOO_OFTEN)
        answer = await self._store.write(lambda tx: self._begin(tx, device))
        if answer.state != "refused":
            begun.append(now)
        return answer

    def _begin(self, tx: Tx, device: Device) -> OwnTest:
        known = self._known(tx, device)
        if device.role is not ScreenRole.BEDSIDE or device.place is None:
            return msgspec.structs.replace(known, state="refused", why=_NO_CALL)
        tx.origin(device.id, None, None)
        try:
            drill.start(tx, device.ward, Actor(device_id=device.id), self._limit_s, device.id)
        except drill.DrillRefused as refused:
            return msgspec.structs.replace(known, state="refused", why=refused.key)
        return self._known(tx, device)

    def _known(self, reader: Reader, device: Device) -> OwnTest:
        ward = reader.get(device.ward, "ward", device.ward)
        test = next(iter(drill.own_tests(reader, device.ward, device.id)), None)
        closed = test is not None and test.stage is DrillStage.CLOSED
        return OwnTest(
            now=self._clock.now(),
            device_id=device.id,
            role=device.role,
            place=device.place,
            label=label_of(reader, device),
            ward=device.ward if ward is None else decode(ward.body, Ward).name,
            state="none" if test is None else "done" if closed else "running",
            faults=() if test is None else tuple(test.faults),
            legs={} if test is None else course.legs(test),
        )


def label_of(reader: Reader, device: Device) -> str:
    """The number of the bed or room that a device hangs at; empty where it hangs at none."""
    if device.place is None:
        return ""
    beds = (decode(stored.body, Bed) for stored in reader.all(device.ward, "bed"))
    for bed in beds:
        if device.place == bed.id:
            return bed.number
        if device.place == bed.room_id:  # a room is what its beds say of it
            return bed.room
    return device.place
