"""Tries at what a device may not do: told in the audit, and never so often that they fill it.

The first try of a device at a kind of action is a row at once. What follows within a minute is
counted, and told by one row when the minute is over or the hub ends in order. Nobody's proof was
looked at: the rows name the device alone as who did it, and tell beside whom it claimed, each with
a count.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.hub import audit
from smartward.hub.store.base import Store
from smartward.tasks import Tasks

log = logging.getLogger("smartward.access")

_ROW_EVERY_S = 60.0
_LONGEST = 64
"""Characters of an id that are kept of what a device sends."""
_MOST_CLAIMED = 8
"""So many ids are told of those that a device claimed within a minute."""
_OTHERS = "others"


@dataclass(slots=True)
class _Minute:
    """The minute after a row, what was tried in it last, and as whom."""

    device: Device
    kind: str
    subject: str
    more: int = 0
    claimed: Counter[str] = field(default_factory=Counter)

    def count(self, person: str | None, subject: str) -> None:
        self.subject, self.more = subject, self.more + 1
        if person is not None:
            known = person[:_LONGEST]
            room = known in self.claimed or len(self.claimed) < _MOST_CLAIMED
            self.claimed[known if room else _OTHERS] += 1

    def told(self) -> dict[str, str]:
        """What was counted, for the audit; it counts anew from then on."""
        detail = {"tries": str(self.more), "subject": self.subject[:_LONGEST]}
        if self.claimed:
            detail["claimed"] = ", ".join(f"{id} ({n})" for id, n in self.claimed.most_common())
        self.more = 0
        self.claimed.clear()
        return detail


class OutOfScope:
    """Tells the audit of one hub what devices tried that is not theirs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minutes: dict[tuple[str, str], _Minute] = {}
        self._tasks = Tasks()

    async def tried(self, device: Device, kind: str, person: str | None, subject: str) -> None:
        """A device asked for what it may not do, as the `person` whom it claims. Returns when that
        is on the disk or counted."""
        known = self._minutes.get((device.id, kind))
        if known is not None:
            known.count(person, subject)
            return
        minute = self._minutes[device.id, kind] = _Minute(device, kind, subject)
        minute.count(person, subject)
        self._tasks.spawn(self._end(minute), "what devices may not do")
        await self._tell(minute)

    async def _end(self, minute: _Minute) -> None:
        await self._clock.sleep(_ROW_EVERY_S)
        while minute.more:
            await self._tell(minute)
            await self._clock.sleep(_ROW_EVERY_S)
        del self._minutes[minute.device.id, minute.kind]

    async def stop(self) -> None:
        """Tell what was counted and not yet told."""
        await self._tasks.stop()
        for minute in self._minutes.values():
            if minute.more:
                await self._tell(minute)
        self._minutes.clear()

    async def _tell(self, minute: _Minute) -> None:
        device, kind = minute.device, minute.kind
        by = Actor(device_id=device.id)
        about = About(kind="device", id=device.id, detail=minute.told())
        try:
            await self._store.write(
                lambda tx: audit.record(
                    tx, device.ward, by, kind, about, outcome="refused", key="access.forbidden"
                )
            )
        except StorageFault as error:
            log.error("what device %s may not do is not in the audit: %s", device.id, error)
