"""A hub's part that follows a hospital: a real store file, the poller, and what it has written."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.observation import VitalSign
from smartward.clinical.plan import PlanItem
from smartward.clinical.ward import Roster, Ward
from smartward.clock import Clock
from smartward.config import Settings
from smartward.his.port import HisPort
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.sqlite import SqliteStore

KINDS: dict[str, type[Any]] = {
    "ward": Ward,
    "roster": Roster,
    "bed": Bed,
    "encounter": Encounter,
    "vital_sign": VitalSign,
    "infusion": Infusion,
    "plan_item": PlanItem,
}
"""What the hospital tells, as the hub keeps it."""
_OURS = ("received_at", "doubtful", "in_bed_since")
"""When we heard of a sign says nothing about the server."""


class HubSide:
    """Store, facts and poller over any `HisPort`. Close it, and close the port yourself."""

    def __init__(self, path: Path, his: HisPort, clock: Clock) -> None:
        self.settings = Settings()
        self.store = SqliteStore.open(path, clock)
        self.facts = WardFacts(self.store, self.settings.ward)
        self.sync = HisSync(self.store, his, clock, self.settings, self.facts)
        self.store.on_commit.append(self._committed)

    def _committed(self, committed: Committed) -> None:
        for stored in committed.changed:
            self.facts.put(stored)
        for kind, id in committed.gone:
            self.facts.drop(kind, id)

    async def turn(self) -> bool:
        """One poll; whether it succeeded."""
        return await self.sync.turn()

    async def documents(self) -> dict[tuple[str, str], tuple[Any, str | None, str | None]]:
        """Everything the hospital told that is kept: body, bed and room, by kind and id."""
        ward = self.settings.ward
        rows = await self.store.read(lambda tx: {kind: list(tx.all(ward, kind)) for kind in KINDS})
        return {
            (kind, one.id): (plain(decode(one.body, KINDS[kind])), one.bed, one.room)
            for kind, found in rows.items()
            for one in found
        }

    async def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Documents of a kind by id, as fields."""
        return {id: body for (k, id), (body, _, _) in (await self.documents()).items() if k == kind}

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def plain(body: Any) -> dict[str, Any]:
    """A document's fields, but for what is of our own making."""
    return {one.name: getattr(body, one.name) for one in fields(body) if one.name not in _OURS}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: what is tested is not the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def hub_side(his: HisPort, clock: Clock, folder: Path, name: str = "hub") -> Iterator[HubSide]:
    """A hub's part with a file of its own in the folder."""
    hub = HubSide(folder / f"{name}.db", his, clock)
    try:
        yield hub
    finally:
        hub.close()
