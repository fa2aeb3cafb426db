"""Tries at what a device may not do: told in the audit, and never so often that they fill it.

The first try of a device at a kind of action is a row at once. What follows within a minute is
counted, and told by one row when the minute is over or the hub ends in order.
"""

import logging
from dataclasses import dataclass

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.hub import audit
from smartward.hub.store.sqlite import Store
from smartward.tasks import Tasks

log = logging.getLogger("smartward.access")

_ROW_EVERY_S = 60.0
_LONGEST = 64
"""Characters of an id that are kept of what a device sends."""


@dataclass(slots=True)
class _Minute:
    """The minute after a row, and what was tried in it last."""

    device: Device
    kind: str
    by: Actor
    subject: str
    more: int = 0


class OutOfScope:
    """Tells the audit of one hub what devices tried that is not theirs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minutes: dict[tuple[str, str], _Minute] = {}
        self._tasks = Tasks()

    async def tried(self, device: Device, kind: str, person: str | None, subject: str) -> None:
        """A device asked for what it may not do. Returns when that is on the disk or counted."""
        by = Actor(device_id=device.id, person_id=None if person is None else person[:_LONGEST])
        known = self._minutes.get((device.id, kind))
        if known is not None:
            known.by, known.subject, known.more = by, subject, known.more + 1
            return
        minute = self._minutes[device.id, kind] = _Minute(device, kind, by, subject)
        self._tasks.spawn(self._end(minute), "what devices may not do")
        await self._tell(minute, 1)

    async def _end(self, minute: _Minute) -> None:
        await self._clock.sleep(_ROW_EVERY_S)
        while minute.more:
            await self._flush(minute)
            await self._clock.sleep(_ROW_EVERY_S)
        del self._minutes[minute.device.id, minute.kind]

    async def stop(self) -> None:
        """Tell what was counted and not yet told."""
        await self._tasks.stop()
        for minute in self._minutes.values():
            if minute.more:
                await self._flush(minute)
        self._minutes.clear()

    async def _flush(self, minute: _Minute) -> None:
        tries, minute.more = minute.more, 0
        await self._tell(minute, tries)

    async def _tell(self, minute: _Minute, tries: int) -> None:
        device, by, kind = minute.device, minute.by, minute.kind
        detail = {"tries": str(tries), "subject": minute.subject[:_LONGEST]}
        about = About(kind="device", id=device.id, detail=detail)
        try:
            await self._store.write(
                lambda tx: audit.record(
                    tx, device.ward, by, kind, about, outcome="refused", key="access.forbidden"
                )
            )
        except StorageFault as error:
            log.error("what device %s may not do is not in the audit: %s", device.id, error)
