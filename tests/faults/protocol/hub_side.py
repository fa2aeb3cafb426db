"""The hub of the model: its real actions, reducers and tables, without its process.

One transaction holds everything that is tried; a savepoint leads back to any moment of it. What a
hub keeps in memory alone is of no account here: a restart changes nothing but what was on its way.
"""

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import NurseCall
from smartward.hub.access import HOUSE, Forbidden
from smartward.hub.app import Hub
from smartward.hub.dated_ahead import mend
from smartward.hub.escalation import CALL, call_settings, escalate
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.store.ward_time import KEY, WardTime
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionRequest, Answer
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS
from tests.hub.ward_docs import WARD

T = TypeVar("T")

DEVICES = {
    "bedside": (ScreenRole.BEDSIDE, docs.bed_id(1)),
    "other": (ScreenRole.BEDSIDE, docs.bed_id(3)),
    "door": (ScreenRole.DOOR, docs.room_id(1)),
    "station": (ScreenRole.STATION, None),
}
KEPT = ("document", "departure", "answer", "alias", "deadline", "sequence", "coming")
"""The tables that say what the ward is: what a backup brings back, and what states differ in."""

_KEEP = timedelta(days=30)


class Moment(NamedTuple):
    """What a savepoint does not lead back to."""

    epoch: str
    now: datetime
    monotonic: float
    run: str
    own: WardTime
    """What it knew of the ward's own time."""


class HubSide:
    """One hub over one connection whose transaction is never committed."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self._own = WardTime(self.clock)
        self._hub = Hub(replace(SETTINGS, ward=WARD), folder, self.clock, None)
        self._calls = call_settings(self._hub.settings)
        self._sql = self._hub.store._db.conn
        self._sql.execute("begin")
        # It wants a store, and uses no more of it than `write`.
        asyncio.run(docs.furnish(self))  # type: ignore[arg-type]  # it uses no more than `write`
        self.apply(self._enrol)
        self._hub.access.load(Reader(self._sql.execute))
        self._since = dict.fromkeys(KEPT, "true")
        self._since["document"] = f"seq > {self.head} and ward = '{WARD}'"

    def _enrol(self, tx: Tx) -> None:
        for id, (role, place) in DEVICES.items():
            device = Device(id=id, role=role, ward=WARD, place=place, label=id)
            tx.put(HOUSE, "device", id, device)
            tx.credential_put(id, b"x")

    def device(self, id: str) -> Device:
        found = self._hub.access.device(id)
        assert found is not None
        return found

    # ------------------------------------------------------------------------- what it does

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """As the store's, for the ward's furniture."""
        return self.apply(fn)

    def apply(self, fn: Callable[[Tx], T]) -> T:
        heads = dict(self._sql.execute("select ward, seq from sequence").fetchall())
        tx = Tx(self._sql, heads, self.clock.now(), _KEEP)
        self._own.tell(tx)
        found = fn(tx)
        if tx.touched:
            self._own.keep(tx)
        tx.finish()
        self._own.settled(written=True)
        return found

    def take(self, device: str, request: ActionRequest) -> Answer:
        """One action, in one write."""
        actions = self._hub.actions
        try:
            return self.apply(lambda tx: actions._once(tx, self.device(device), request))
        except Forbidden as error:
            # As the link of a screen reads a 403.
            return actions.other_history(request) or Answer(
                id=request.action.id, outcome="refused", key=error.key
            )

    def speak_up(self) -> None:
        """Every call whose time has come."""

        def due(tx: Tx) -> None:
            for one in tx.deadlines_due(tx.now):
                if one.kind == CALL:
                    escalate(tx, WARD, one.subject, self._calls, tx.now)

        self.apply(due)

    def starts_anew(self, set_by: float) -> None:
        """Its machine, which shows a time that is `set_by` seconds off: of the run before it knows
        what is on its disk."""
        self.clock.step(set_by)
        self.clock.run += "'"
        self._own = WardTime(self.clock)
        self.apply(lambda tx: mend(tx, WARD))

    # --------------------------------------------------------------------------- what it has

    def times(self) -> tuple[Any, ...]:
        """How its clock and the ward's own time stand, and what of both is in doubt."""
        return self.apply(
            lambda tx: (tx.now, tx.own(tx.now), tx.set_lately, tx.sure_since, tx.leaps)
        )

    def times_kept(self) -> str | None:
        """The same as its disk has it, for its next start."""
        return Reader(self._sql.execute).meta_get(KEY)

    @property
    def epoch(self) -> str:
        return self._hub.store.epoch

    @property
    def head(self) -> int:
        return Reader(self._sql.execute).head(WARD)

    def calls(self) -> dict[str, NurseCall]:
        found = Reader(self._sql.execute).all(WARD, "nurse_call")
        return {one.id: decode(one.body, NurseCall) for one in found}

    def meant_by(self, call_id: str) -> str:
        """The call that is known under an id."""
        return Reader(self._sql.execute).alias_of(WARD, "nurse_call", call_id)

    def told(self, device: str, after: int) -> tuple[int, list[Stored], list[str]]:
        """What the feed brings a screen of the calls after a sequence: how far, which, and which
        have left its view."""
        reader = Reader(self._sql.execute)
        delta = reader.delta(WARD, after, *scope_of(self.device(device)), ())
        calls = [one for one in delta.documents if one.kind == "nurse_call"]
        return delta.head, calls, [one.id for one in delta.departures if one.kind == "nurse_call"]

    # ------------------------------------------------------------------------------ its disk

    def contents(self) -> tuple[tuple[Any, ...], ...]:
        """All that is on its disk about the ward and was not there at the beginning."""
        return tuple(
            tuple(self._sql.execute(f"select * from {name} where {self._since[name]}"))
            for name in KEPT
        )

    def restore(self, contents: tuple[tuple[Any, ...], ...], epoch: str) -> None:
        """The file of a backup, as the hub takes it up: with a new epoch."""
        for name, rows in zip(KEPT, contents, strict=True):
            self._sql.execute(f"delete from {name} where {self._since[name]}")
            for row in rows:
                marks = ", ".join("?" * len(row))
                self._sql.execute(f"insert into {name} values ({marks})", row)
        self.apply(lambda tx: tx.epoch_set(epoch))
        self._hub.store.epoch = epoch

    def mark(self, depth: int) -> Moment:
        """Remember this moment, to come back to it."""
        self._sql.execute(f"savepoint at_{depth}")
        return Moment(
            self._hub.store.epoch,
            self.clock.now(),
            self.clock.monotonic(),
            self.clock.run,
            _twin(self._own),
        )

    def back(self, depth: int, moment: Moment) -> None:
        """Come back to it."""
        self._sql.execute(f"rollback to at_{depth}")
        self._sql.execute(f"release at_{depth}")
        self._hub.store.epoch = moment.epoch
        self._own, self.clock.run = _twin(moment.own), moment.run
        self.clock.advance(moment.monotonic - self.clock.monotonic())
        self.clock.step((moment.now - self.clock.now()).total_seconds())

    def close(self) -> None:
        self._sql.execute("rollback")
        self._hub.store.close()
        self._hub._lock.close()


def _twin(own: WardTime) -> WardTime:
    twin = copy.copy(own)
    twin._settings = list(own._settings)
    return twin
