"""A hub on a real file, with a clock that stands still until it is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import NurseCall
from smartward.config import Settings
from smartward.hub.app import Hub
from smartward.hub.enrol import ask
from smartward.hub.store.model import Stored, decode
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer, Person, Seen
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.ward_docs import WARD

SETTINGS = Settings(port=0, staff_proof="name")
"""Where it is about something else than who acts, a touched name is enough."""


class Ward:
    """A hub with a furnished ward, and hands to act on it."""

    def __init__(self, hub: Hub, clock: ManualClock) -> None:
        self.hub = hub
        self.clock = clock
        self.tokens: dict[str, str] = {}

    async def enrol(self, role: ScreenRole, place: str | None = None, **more: Any) -> Device:
        """A new device, through the admin socket."""
        request = {"second": True, **more}
        answer = await asyncio.to_thread(
            ask, self.hub.admin.path, do="enrol", role=role, place=place, **request
        )
        self.tokens[answer["device_id"]] = answer["token"]
        device = self.hub.access.device(answer["device_id"])
        assert device is not None
        return device

    async def revoke(self, device: Device) -> None:
        await asyncio.to_thread(ask, self.hub.admin.path, do="revoke", device_id=device.id)

    async def act(
        self,
        device: Device,
        kind: str,
        subject: str,
        *,
        age_ms: int | None = 0,
        older_ms: int | None = None,
        skew_ms: int | None = None,
        **more: Any,
    ) -> Answer:
        """One touch, sent at once."""
        return await self.hub.actions.answer(
            device,
            ActionRequest(
                action=self.action(kind, subject, **more),
                age_ms=age_ms,
                older_ms=older_ms,
                clock_skew_ms=skew_ms,
            ),
        )

    def action(self, kind: str, subject: str, **more: Any) -> Action:
        fields = {"id": str(uuid7()), "made_at": self.clock.now(), **more}
        return Action(kind=kind, subject=subject, **fields)

    async def press(
        self, device: Device, call_id: str = "", call_class: str = "normal", **more: Any
    ) -> Answer:
        """A call placed at the device's own bed."""
        data = {"bed_id": device.place, "class": call_class}
        more = {"data": data, **more}
        return await self.act(device, ActionKind.CALL_PLACE, call_id or str(uuid7()), **more)

    async def stored(self, kind: str, id: str) -> Stored | None:
        return await self.hub.store.read(lambda reader: reader.get(WARD, kind, id))

    async def call(self, id: str) -> NurseCall:
        stored = await self.stored("nurse_call", id)
        assert stored is not None, f"no call {id}"
        return decode(stored.body, NurseCall)

    async def calls(self) -> list[NurseCall]:
        found = await self.hub.store.read(lambda reader: reader.all(WARD, "nurse_call"))
        return [decode(one.body, NurseCall) for one in found]


NURSE = Person(known="name", id="st-1", name="李红", family="李")
"""As a screen sends her; she is on the roster."""


def seen(n: int | None = None, seq: int | None = None) -> Seen:
    return Seen(encounter_id=None if n is None else docs.encounter_id(n), seq=seq)


def as_json(value: object) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return found


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings() -> Settings:
    return SETTINGS


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock, settings: Settings) -> AsyncIterator[Ward]:
    """A hub that decides nothing by itself, with four beds and four patients."""
    hub = Hub(replace(settings, ward=WARD), tmp_path / "d", clock, None)
    await hub.start()
    try:
        await docs.furnish(hub.store)
        yield Ward(hub, clock)
    finally:
        await hub.stop()
