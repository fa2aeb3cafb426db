"""The audit told to the hospital system, where it takes one: from a cursor on, for ever, late at
worst. Nothing waits for it.

The cursor moves behind what the HIS has, some rows at a time; a row told twice, because the hub
ended between the two, is found there by its id. A row the HIS cannot take is set aside and counted:
it stands in the hub's own audit, and those behind it are told.
"""

import logging
import random
from typing import Any

import msgspec

from smartward.clinical.his_write import WriteKind
from smartward.clock import Clock
from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.port import HisPort
from smartward.hub import audit
from smartward.hub.store.base import Store
from smartward.hub.store.model import AuditRow
from smartward.hub.store.reader import Reader
from smartward.log import Edge

log = logging.getLogger("smartward.write_back")

_LOOK_EVERY_S = 10.0
_BACK_OFF_TO_S = 300.0
_AT_ONCE = 50
_OF_THE_ROW = (400, 409, 422)
"""HTTP answers that mean the row and not the server: the next one may be taken."""

_CURSOR = "audit"
"""What it keeps, among what the hub keeps of the HIS."""


class _Kept(msgspec.Struct):
    """Number of the last row the HIS has or cannot take, and how many it cannot take."""

    seq: int = 0
    aside: int = 0


class WriteBack:
    """Tells one HIS the audit. `run` is the work of a task that is kept alive."""

    def __init__(self, store: Store, his: HisPort, clock: Clock, ward: str) -> None:
        self._store = store
        self._ward = ward
        self._his = his
        self._clock = clock
        self._edge = Edge(log, "telling the hospital system the audit")
        self._kept = _Kept()
        self._behind = 0
        self._state = "starting"
        self._others: set[str] = set()
        """Wards whose rows other hubs of this store tell."""

    @property
    def state(self) -> dict[str, Any]:
        """How it stands: `told`, `down`, `not_taken` or `starting`; how many rows are still to be
        told, and how many the HIS could not take."""
        return {"state": self._state, "behind": self._behind, "aside": self._kept.aside}

    async def run(self) -> None:
        """Tell the audit until cancelled. A HIS that says that it takes none is asked again later:
        what it says may change."""
        await self._store.read(self._load)
        wait = _LOOK_EVERY_S
        while True:
            try:
                if WriteKind.AUDIT not in await self._his.takes():
                    self._state = "not_taken"
                    await self._clock.sleep(_BACK_OFF_TO_S)
                    continue
                await self._drain()
            except (Unreachable, Refused, BadData) as error:
                self._state = "down"
                self._edge.down(self._clock.monotonic(), str(error))
                wait = min(max(wait * 2, _asked_for(error)), _BACK_OFF_TO_S)
            else:
                self._state = "told"
                self._edge.up(self._clock.monotonic())
                wait = _LOOK_EVERY_S
            # Noise, so that the hubs of a hospital do not return in one instant.
            await self._clock.sleep(wait * random.uniform(0.9, 1.1))

    def _load(self, reader: Reader) -> None:
        known = reader.his_state_get(_CURSOR, self._ward)
        if known is not None:
            self._kept = msgspec.json.decode(known, type=_Kept)
        self._count(reader)

    def _count(self, reader: Reader) -> None:
        last = reader.audit_last()
        self._behind = 0 if last is None else max(last.seq - self._kept.seq, 0)

    async def _drain(self) -> None:
        while rows := await self._store.read(self._next):
            try:
                for row in rows:
                    taken = await self._tell(row)
                    self._kept = _Kept(row.seq, self._kept.aside + (not taken))
                    self._behind = max(self._behind - 1, 0)
            finally:
                # Also when it ends in the middle; what is told twice then is found there by its id.
                state = msgspec.json.encode(self._kept)
                await self._store.write(
                    lambda tx, state=state: tx.his_state_set(_CURSOR, state, self._ward)  # type: ignore[misc]  # mypy infers no lambda with a default
                )

    def _next(self, reader: Reader) -> list[AuditRow]:
        self._count(reader)
        rows = reader.audit_after(self._kept.seq, _AT_ONCE)
        self._others = {ward for ward in map(_ward_of, rows) if self._told_elsewhere(reader, ward)}
        return rows

    def _told_elsewhere(self, reader: Reader, ward: str) -> bool:
        """Whether a hub decides for that ward, and so tells its rows."""
        return ward != self._ward and reader.lease(ward) is not None

    async def _tell(self, row: AuditRow) -> bool:
        """False where the HIS cannot take this row."""
        if _ward_of(row) in self._others:
            return True
        try:
            await self._his.write_audit(audit.told(row))
        except Refused as error:
            if error.values.get("status") not in _OF_THE_ROW:
                raise
            if self._kept.aside == 0:
                log.warning("the hospital system cannot take row %d: %s", row.seq, error)
            return False
        return True


def _ward_of(row: AuditRow) -> str:
    """The ward of a row; of one that cannot be read no ward."""
    try:
        return audit.told(row).ward
    except BadData:
        return ""


def _asked_for(error: SmartWardError) -> float:
    """How long the HIS asked to be left alone, in seconds."""
    wait = error.values.get("retry_after_s")
    return float(wait) if isinstance(wait, int | float) else 0.0
