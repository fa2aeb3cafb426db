"""The ward that is driven: furnished in the hub's own file before the hub starts."""

import asyncio
from pathlib import Path

from smartward.bench.chaos.kiosk import NURSE, Enrolled
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.ward import Roster, StaffMember, StaffRole, Ward
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.hub.access import HOUSE, new_token, token_hash
from smartward.hub.app import Hub
from smartward.hub.store.tx import Tx

WARD = "chaos"
BEDS_A_ROOM = 3
SETTINGS = {"ward": WARD, "staff_proof": "name"}


def _bed(n: int) -> Bed:
    room = f"room-{n // BEDS_A_ROOM + 1}"
    return Bed(
        id=f"bed-{n}",
        number=str(n + 1),
        room_id=room,
        room=room,
        order=n,
        status=BedStatus.UNOCCUPIED,
        occupants=(),
    )


def enrolled(beds: int, stations: int, calls: int) -> list[Enrolled]:
    """The ward's devices; `calls` in all, spread over the beds."""
    found = []
    for n in range(beds):
        id, share = f"bedside-{n}", calls // beds + (n < calls % beds)
        found.append(Enrolled(id, ScreenRole.BEDSIDE, f"bed-{n}", new_token(id), share))
    for n in range(stations):
        id = f"station-{n}"
        found.append(Enrolled(id, ScreenRole.STATION, None, new_token(id)))
    return found


def furnish(folder: Path, beds: int, devices: list[Enrolled], store_url: str = "") -> None:
    """Write the ward's documents and its devices into a new hub's file, or into a database."""

    def write(tx: Tx) -> None:
        tx.put(WARD, "ward", WARD, Ward(id=WARD, name="Chaos"))
        nurse = StaffMember(
            id=NURSE.id or "",
            name=NURSE.name or "",
            role=StaffRole.NURSE,
            family=NURSE.family or "",
        )
        tx.put(WARD, "roster", "roster", Roster(members=(nurse,)))
        for n in range(beds):
            bed = _bed(n)
            tx.put(WARD, "bed", bed.id, bed, bed=bed.id, room=bed.room_id)
        for one in devices:
            device = Device(id=one.id, role=one.role, ward=WARD, place=one.place, label=one.id)
            tx.put(HOUSE, "device", one.id, device)
            tx.credential_put(one.id, token_hash(one.token))

    async def run() -> None:
        settings = Settings(ward=WARD, staff_proof="name", store_url=store_url)
        hub = Hub(settings, folder, SystemClock(), None)
        await hub.start()
        await hub.store.write(write)
        await hub.stop()

    asyncio.run(run())
