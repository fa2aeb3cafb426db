"""A hub that decides for its ward, can be restarted on its folder, and has call points."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from uuid6 import uuid7

from smartward.clinical.alert import Alert
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import Device
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.clinical.presence import Presence
from smartward.config import Settings
from smartward.hub.app import Hub
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.enrol import ask
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind, Answer, Person
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward
from tests.hub.ward_docs import WARD

PATIENCE_S = 30
"""Real seconds after which something that must happen never will."""

HEAD = Person(known="name", id="st-2", name="王芳", family="王")


class CallWard(Ward):
    """The ward of the other tests with its deciding part, call points and restarts."""

    def __init__(
        self,
        folder: Path,
        clock: ManualClock,
        settings: Settings = SETTINGS,
        decides: DeciderFactory | None = default_decider,
    ) -> None:
        self.folder = folder
        self.settings = replace(settings, ward=WARD)
        super().__init__(Hub(self.settings, folder, clock, decides), clock)

    async def start(self) -> None:
        await self.hub.start()
        if await self.stored("ward", WARD) is None:
            await docs.furnish(self.hub.store)

    async def restart(self) -> None:
        """The process ends and another takes up its folder."""
        await self.hub.stop()
        self.hub = Hub(self.settings, self.folder, self.clock)
        await self.hub.start()

    async def admin(self, do: str, **more: Any) -> dict[str, Any]:
        return await asyncio.to_thread(ask, self.hub.admin.path, do=do, **more)

    async def point(
        self, id: str, kind: str = "handset", bed: str | None = "1", **more: Any
    ) -> None:
        await self.admin("call_point.add", id=id, kind=kind, bed=bed, **more)

    async def tell(self, device: Device, point: str, event: str, **more: Any) -> Answer:
        """What a device tells of a call point."""
        return await self.act(
            device, ActionKind.CALL_POINT_EVENT, point, data={"event": event}, **more
        )

    async def enter(self, device: Device, by: Person = NURSE, **more: Any) -> Answer:
        return await self.act(device, ActionKind.PRESENCE_ENTER, device.place or "", by=by, **more)

    async def leave(self, device: Device, by: Person = NURSE, **more: Any) -> Answer:
        return await self.act(device, ActionKind.PRESENCE_LEAVE, device.place or "", by=by, **more)

    async def open_calls(self) -> list[NurseCall]:
        return [call for call in await self.calls() if is_open(call)]

    async def known_point(self, id: str) -> CallPoint:
        stored = await self.stored("call_point", id)
        assert stored is not None
        return decode(stored.body, CallPoint)

    async def presence(self, bed: int) -> Presence | None:
        stored = await self.stored("presence", docs.bed_id(bed))
        return None if stored is None else decode(stored.body, Presence)

    async def alerts(self, rule: str) -> list[Alert]:
        found = await self.hub.store.read(lambda reader: reader.all(WARD, "alert"))
        alerts = [decode(one.body, Alert) for one in found]
        return [alert for alert in alerts if alert.rule == rule]

    async def until(self, what: Callable[[Reader], bool]) -> None:
        """Let the hub's tasks run until the store shows `what`."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.hub.store.read(what):
                continue

    async def heeded(self) -> None:
        """Let the deciding part notice that the wall clock was set back."""
        leased: Any = self.hub._decider
        decider = leased._term.decider
        async with asyncio.timeout(PATIENCE_S):
            while not decider._steps.behind:
                await self.hub.store.read(lambda reader: reader.head(WARD))

    async def settle(self) -> None:
        """Let the hub do what is due now."""
        await self.until(lambda reader: not reader.deadlines_due(self.clock.now()))

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass in steps, doing what is due at each."""
        await self.settle()
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            await self.settle()


def new_id() -> str:
    return str(uuid7())


@asynccontextmanager
async def call_ward(folder: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    """A ward whose hub decides, until it is left."""
    ward = CallWard(folder, clock)
    await ward.start()
    try:
        yield ward
    finally:
        await ward.hub.stop()
