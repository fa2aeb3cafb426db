"""What screens and the administrator say about the ward drill."""

import dataclasses
from typing import Any

from smartward.clinical import drill as course
from smartward.clinical.device import ScreenRole
from smartward.clinical.drill import DrillCall, DrillRecord, DrillResult, StopReason
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, audit, drill
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.admin import Admin
from smartward.hub.administrator import Told
from smartward.hub.entrusting import held_elsewhere
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.envelope import ActionKind


def rules(limit_s: float) -> dict[str, Rule]:
    """The actions; `limit_s`: seconds that each screen has for its part of a test call."""

    def begin(request: Request) -> Done:
        try:
            drill.start(request.tx, request.ward, request.by, limit_s)
        except drill.DrillRefused as refused:
            return Done("refused", refused.key)
        return Done()

    return {
        ActionKind.DRILL_START: Rule(begin, staff=True),
        ActionKind.DRILL_STOP: Rule(_stop, staff=True),
        ActionKind.DRILL_PLACE: Rule(_place, staff=False),
        ActionKind.DRILL_SHOWN: Rule(_shown, staff=False),
        ActionKind.DRILL_CALL: Rule(_called, staff=False),
    }


def _stop(request: Request) -> Done:
    drill.stop(request.tx, request.ward, StopReason.PERSON, request.by)
    return Done()


def _place(request: Request) -> Done:
    """The bed's own screen calls, for the bed it stands at. A test that is over is no fault: no
    person is told anything."""
    call = _find(request)
    if call is None:
        return Done()
    here = request.device.place
    own = request.device.id == call.device_id and here == call.bed_id
    if not own or request.text("bed_id") != here:
        raise Forbidden
    now = request.tx.now
    drill.tell(request.tx, request.ward, call, lambda one: course.placed(one, request.at, now))
    return Done()


def _shown(request: Request) -> Done:
    """A frame of this screen holds the test call. As with a patient's call only a station counts
    that answers for the calls."""
    call, tx, device = _find(request), request.tx, request.device
    if call is None:
        return Done()
    if device.role is ScreenRole.DOOR:
        drill.tell(tx, request.ward, call, lambda one: course.lit(one, device.id, tx.now))
    elif held_elsewhere(tx, request.ward, device.id) is None:
        drill.tell(tx, request.ward, call, lambda one: course.shown(one, tx.now))
    return Done()


def _called(request: Request) -> Done:
    """A patient called without a hub, which ends the drill as any call does."""
    drill.stop(request.tx, request.ward, StopReason.CALL)
    return Done()


def _find(request: Request) -> DrillCall | None:
    """The test an action is about; None when it is over and forgotten. Raises Forbidden for one
    of another place."""
    stored = request.tx.get(request.ward, drill.CALL, request.action.subject)
    if stored is None:
        return None
    if not reaches(request.device, stored.bed, stored.room):
        raise Forbidden
    return decode(stored.body, DrillCall)


# ---------------------------------------------------------------------- at the admin socket

_START = Told(ActionKind.DRILL_START, drill.KIND, "ward")
_STOP = Told(ActionKind.DRILL_STOP, drill.KIND, "ward")


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Let `admin` take the commands on drills."""
    commands = _Commands(store, settings)
    admin.handle("drill_start", commands.start, _START)
    admin.handle("drill_stop", commands.stop, _STOP)
    admin.handle("drill_state", commands.state)
    admin.handle("drill_list", commands.list)
    admin.handle("drill_record", commands.record)


class _Commands:
    """The commands, on one store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._ward = settings.ward
        self._limit_s = settings.drill_limit_s

    async def start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin a drill: gives its id. Raises Misconfigured where it may not begin now."""

        def work(tx: Tx) -> str:
            tx.origin("admin", None, None)
            begun = drill.start(tx, self._ward, administrator.asking(request), self._limit_s)
            administrator.record(tx, self._ward, request, _START, id=begun.id)
            return begun.id

        return {"drill": await self._store.write(work)}

    async def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """End the drill that runs."""

        def work(tx: Tx) -> bool:
            tx.origin("admin", None, None)
            by = administrator.asking(request)
            if not drill.stop(tx, self._ward, StopReason.PERSON, by):
                return False
            administrator.record(tx, self._ward, request, _STOP, id=drill.ID)
            return True

        return {"stopped": await self._store.write(work)}

    async def state(self, request: dict[str, Any]) -> dict[str, Any]:
        """Whether one runs, or a screen's own test; and how many beds of how many are through in
        the ward's last one."""

        def look(reader: Reader) -> dict[str, Any]:
            last = drill.last(reader, self._ward)
            calls = [] if last is None else drill.calls_of(reader, self._ward, last)
            through = [one for one in calls if one.stage is course.DrillStage.CLOSED]
            running = drill.running(reader, self._ward)
            found = [course.result(call) for call in through]
            return {
                "running": None if running is None else running.id,
                "beds": len(calls),
                "through": len(through),
                **{str(one): found.count(one) for one in DrillResult},
            }

        return await self._store.read(look)

    async def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """The drills whose records are listed, oldest first."""
        return {"drills": await self._store.read(lambda reader: drill.kept(reader, self._ward))}

    async def record(self, request: dict[str, Any]) -> dict[str, Any]:
        """The record of one drill (`drill`: its id; else the last), as the audit holds it, with the
        number and hash of the audit's row, and the ward's zone and language. Raises Misconfigured
        where there is none."""
        wanted = request.get("drill")
        return await self._store.read(lambda reader: self._record(reader, wanted))

    def _record(self, reader: Reader, wanted: object) -> dict[str, Any]:
        listed = drill.kept(reader, self._ward)
        found = [one for one in listed if wanted in (None, one["id"])]
        rows = reader.audit_after(int(str(found[-1]["seq"])) - 1, 1) if found else []
        if not rows or rows[0].seq != found[-1]["seq"]:
            raise Misconfigured("drill.no_record", str(wanted or ""))
        row = rows[0]
        kept = decode(audit.told(row).about.detail["record"].encode(), DrillRecord)
        plain = dataclasses.asdict(kept)
        for name in ("started_at", "ended_at"):
            plain[name] = plain[name].isoformat()
        where = {"zone": self._settings.zone, "language": self._settings.language}
        return {"record": plain, "seq": row.seq, "hash": row.hash.hex(), **where}
