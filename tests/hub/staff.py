"""Hands of tests about who acts: badges, PINs, sessions, and a station with calls on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.audit import AuditRecord
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallState
from smartward.clinical.ward import Roster, StaffMember
from smartward.config import Settings
from smartward.hub import audit
from smartward.hub.app import Hub
from smartward.hub.enrol import ask
from smartward.hub.sessions import NotProved
from smartward.hub.store.base import Tx
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Answer, Identified, Identify, Person
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.ward_docs import WARD

BEDSIDE, STATION, DOOR = ScreenRole.BEDSIDE, ScreenRole.STATION, ScreenRole.DOOR
LI, WANG = "st-1", "st-2"
PIN = "2846"
BADGE = "04:A2:19:7F"


@asynccontextmanager
async def hub_in(folder: Path, clock: ManualClock, settings: Settings) -> AsyncIterator[Ward]:
    """A hub on a folder that may hold one's file already."""
    hub = Hub(settings, folder, clock, None)
    await hub.start()
    try:
        yield Ward(hub, clock)
    finally:
        await hub.stop()


async def admin(ward: Ward, do: str, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(ask, ward.hub.admin.path, do=do, **request)


async def give(ward: Ward, person: str = LI, badge: str = BADGE, pin: str = PIN) -> None:
    await admin(ward, "give_badge", person=person, code=badge)
    await admin(ward, "give_pin", person=person, pin=pin)


async def badge(ward: Ward, device: Device, code: str = BADGE) -> Identified:
    return await ward.hub.identity.identify(device, Identify(badge=code))


async def pin(ward: Ward, device: Device, typed: str = PIN, person: str = LI) -> Identified:
    return await ward.hub.identity.identify(device, Identify(staff_id=person, pin=typed))


async def refused(proof: Any) -> NotProved:
    with pytest.raises(NotProved) as error:
        await proof
    return error.value


async def told(ward: Ward) -> list[AuditRecord]:
    """All that the audit says."""
    rows = await ward.hub.store.read(lambda reader: list(audit.rows_of(reader)))
    return [audit.told(row) for row in rows]


async def put_roster(ward: Ward, *members: StaffMember) -> None:
    await ward.hub.store.write(lambda tx: tx.put(WARD, "roster", "roster", Roster(members=members)))
    await ward.hub.store.finish()


def offline(person: Identified, known: str = "badge") -> Person:
    """As a screen says who it is that it has checked by itself."""
    return Person(known=known, id=person.person.id, session="offline")  # type: ignore[arg-type]  # one of the words that it may be


def backup(folder: Path) -> dict[str, bytes]:
    """The hub's file as it lies there now."""
    return {file.name: file.read_bytes() for file in folder.glob("hub.sqlite*")}


def restore(folder: Path, saved: dict[str, bytes]) -> None:
    """Put a backup in place of what is there."""
    for file in (*folder.glob("hub.sqlite*"), folder / "hub.heads"):
        file.unlink()
    for name, data in saved.items():
        folder.joinpath(name).write_bytes(data)


class Desk:
    """A station with a call on it."""

    def __init__(self, ward: Ward, station: Device, bedside: Device) -> None:
        self.ward, self.station, self.bedside = ward, station, bedside

    async def accept(self, by: Person, device: Device | None = None, age_s: float = 0) -> Answer:
        """A new call, accepted `age_s` before it is sent."""
        call = f"c{len(await self.ward.calls())}-{self.ward.clock.now().timestamp()}"
        earlier = MORNING - timedelta(days=1)
        await self.ward.hub.store.write(lambda tx: _put_call(tx, call, earlier))
        return await self.ward.act(
            device or self.station, K.CALL_ACCEPT, call, by=by, age_ms=round(age_s * 1000)
        )


def _put_call(tx: Tx, id: str, at: datetime) -> None:
    call = docs.call(
        1, 1, 1, id=id, state=CallState.REQUESTED, marks=(), accepted_by=None,
        placed_at=at, received_at=at,
    )  # fmt: skip
    tx.put(WARD, "nurse_call", id, call, bed=call.bed_id, room="his.room-1")


async def desk_of(ward: Ward) -> Desk:
    """A station and a bedside of a ward where Li has a badge and a PIN."""
    await give(ward)
    return Desk(ward, await ward.enrol(STATION), await ward.enrol(BEDSIDE, "1"))
