"""What one new observation costs the engine: the rules it concerns, and what is written of it.

A hub's real store, facts and rules as shipped, in this process; patients whose full set was taken
every hour for 48 h, one in ten of them unwell. Each observation of a further set is a write of its
own, as the hospital tells it. Measured is what follows the commit: taking the document over, asking
the rules, and where they say something else, the write of the alerts (to the disk, with its sync).
A ward of 50 is measured in turn with the one of 500, so that both meet the same neighbours.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from smartward.bench.figures import Figures, percentile
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import (
    Assessment,
    Encounter,
    EncounterStatus,
    Patient,
    Precaution,
    PrecautionSlot,
)
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.rules import RuleSettings
from smartward.clinical.ward import Ward
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.hub.alert_steps import ladder_settings
from smartward.hub.judging import Judging
from smartward.hub.store.model import Committed
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.tx import Tx

LIMIT_MS = 1.0
GROWTH = 1.25
"""At most so many times as long on ten times as many patients."""
GROWTH_OF_STAYS = 2.0
"""The same where a bed or a stay changes: rules about the ward look at all its beds then."""
MANY, FEW = 500, 50
HOURS = 48
BEDS_A_ROOM = 3
_SEED = 7
_W = "ward"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华英建文玉志红春梅海波"
_P = Parameter
_WELL: dict[Parameter, tuple[float, float]] = {
    _P.RESPIRATORY_RATE: (13, 19),
    _P.OXYGEN_SATURATION: (96, 99),
    _P.SYSTOLIC: (114, 140),
    _P.HEART_RATE: (58, 88),
    _P.TEMPERATURE: (36.2, 37.6),
}
_UNWELL = _WELL | {_P.RESPIRATORY_RATE: (21, 26), _P.HEART_RATE: (104, 128)}


_ISOLATED = Precaution(
    slot=PrecautionSlot.ISOLATION, state=Assessment.PRESENT, protection=("ppe.mask",)
)


def _put_sign(tx: Tx, sign: VitalSign) -> None:
    tx.put(_W, "vital_sign", sign.id, sign)


def _set(stay: str, name: str, at: datetime, dice: random.Random) -> Iterator[VitalSign]:
    """A full set of seven observations; every tenth patient breathes fast."""
    ranges = _UNWELL if int(stay[1:]) % 10 == 0 else _WELL
    measured = [Measurement(parameter=_P.CONSCIOUSNESS, code="A")]
    measured.append(Measurement(parameter=_P.OXYGEN_SUPPLY, code="air"))
    for parameter, (low, high) in ranges.items():
        measured.append(Measurement(parameter=parameter, value=round(dice.uniform(low, high), 1)))
    for one in measured:
        yield VitalSign(
            id=f"{stay}-{name}-{one.parameter.value}",
            encounter_id=stay,
            taken_at=at,
            received_at=at,
            measurements=(one,),
            panel_id=f"{stay}-{name}",
        )


class _Hub:
    """Store and engine of a ward with so many patients."""

    def __init__(self, folder: Path, patients: int) -> None:
        folder.mkdir()
        self._clock = SystemClock()
        self._dice = random.Random(_SEED)
        self._patients = patients
        self._store = SqliteStore.open(folder / "store", self._clock)
        ladders = ladder_settings(Settings())
        self._judging = Judging(self._store, self._clock, _W, RuleSettings(), ladders)
        self._told: list[Committed] = []
        self.taken: list[float] = []
        """Milliseconds that each observation cost."""
        self.changed: list[float] = []
        """Milliseconds that each change of a stay cost, with its write."""

    async def begin(self) -> float:
        """Fill the ward and judge everybody for the first time: seconds of the latter."""
        await self._store.write(lambda tx: tx.put(_W, "ward", _W, Ward(id=_W, name=_W)))
        for number in range(self._patients):
            await self._store.write(partial(self._admit, number=number))
        await self._judging.load()
        self._store.on_commit.append(self._told.append)
        began = time.perf_counter()
        await self._judging.judge()
        taken = time.perf_counter() - began
        await self._settle()
        return taken

    def _admit(self, tx: Tx, number: int) -> None:
        stay, bed, room = f"e{number}", f"b{number}", f"r{number // BEDS_A_ROOM}"
        now = self._clock.now()
        name = self._dice.choice(_SURNAMES) + "".join(self._dice.choices(_GIVEN, k=2))
        encounter = Encounter(
            id=stay,
            patient=Patient(id=f"p{number}", name=name, birth_date="1959-03-02"),
            status=EncounterStatus.IN_PROGRESS,
            bed_id=bed,
            admitted_at=now - timedelta(hours=HOURS),
        )
        tx.put(_W, "encounter", stay, encounter, bed=bed, room=room)
        furnished = Bed(
            id=bed,
            number=str(number),
            room_id=room,
            room=room,
            order=number,
            status=BedStatus.OCCUPIED,
            occupants=(stay,),
        )
        tx.put(_W, "bed", bed, furnished, bed=bed, room=room)
        for hour in range(HOURS):
            at = now - timedelta(hours=hour, minutes=self._dice.uniform(5, 50))
            for sign in _set(stay, f"h{hour}", at, self._dice):
                tx.put(_W, "vital_sign", sign.id, sign, bed=bed, room=room)

    async def observe(self, name: str) -> None:
        """One full set more of somebody, each observation by itself."""
        stay = f"e{self._dice.randrange(self._patients)}"
        for sign in _set(stay, name, self._clock.now(), self._dice):
            await self._store.write(partial(_put_sign, sign=sign))
            await self._fanned_out()
            began = time.perf_counter()
            self._take_over()
            await self._judging.judge()
            self.taken.append(1000 * (time.perf_counter() - began))
            await self._settle()

    async def change_stay(self) -> None:
        """Somebody is isolated, or is no more: all their rules, and those of their neighbours."""
        number = self._dice.randrange(self._patients)
        stay, bed, room = f"e{number}", f"b{number}", f"r{number // BEDS_A_ROOM}"
        known = self._judging.alerting.looking.ward.encounters[stay]
        isolated = () if known.precautions else (_ISOLATED,)
        changed = replace(known, precautions=isolated)
        await self._store.write(
            lambda tx: tx.put(_W, "encounter", stay, changed, bed=bed, room=room)
        )
        await self._fanned_out()
        began = time.perf_counter()
        self._take_over()
        await self._judging.judge()
        self.changed.append(1000 * (time.perf_counter() - began))
        await self._settle()

    async def _fanned_out(self) -> None:
        await self._store.finish()
        await self._store.read(lambda tx: None)

    async def _settle(self) -> None:
        """What was written of alerts is heard of, outside of the measurement."""
        await self._fanned_out()
        self._take_over()
        await self._judging.judge()

    def _take_over(self) -> None:
        told, self._told[:] = list(self._told), []
        for committed in told:
            self._judging.committed(committed)

    async def close(self) -> None:
        """Close the store."""
        await self._store.finish()
        self._store.close()


def _progress(what: str) -> None:
    """Says how far it is, beside the figures."""
    print(what, file=sys.stderr, flush=True)


async def _measured(folder: Path, count: int) -> tuple[_Hub, _Hub, float]:
    many, few = _Hub(folder / "many", MANY), _Hub(folder / "few", FEW)
    _progress("filling two wards")
    first = await many.begin()
    await few.begin()
    for turn in range(count):
        if turn % 20 == 0:
            _progress(f"{turn} of {count} sets are measured")
        await many.observe(f"n{turn}")
        await few.observe(f"n{turn}")
        await many.change_stay()
        await few.change_stay()
    await many.close()
    await few.close()
    return many, few, first


def run(folder: Path, count: int, clients: int) -> int:
    """Print what an observation costs; 1 when a limit is missed. `count`: sets of seven."""
    figures = Figures()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{count} sets of seven observations, and {count} changes of stays, on each of two wards:"
    )
    print(f"{MANY} and {FEW} patients, {HOURS} h with a full set every hour for each")
    print(f"this machine's load before: {load} (1, 5, 15 min), {os.cpu_count()} cores", flush=True)
    many, few, first = asyncio.run(_measured(folder, count))
    middle = percentile(many.taken, 0.5)
    figures.show(f"one observation, {MANY} patients: p50", middle, "ms", LIMIT_MS)
    figures.show(f"one observation, {MANY} patients: p99", percentile(many.taken, 0.99), "ms")
    figures.show(f"one observation, {FEW} patients: p50", percentile(few.taken, 0.5), "ms")
    figures.show(f"one observation, {FEW} patients: p99", percentile(few.taken, 0.99), "ms")
    growth = middle / percentile(few.taken, 0.5)
    figures.show(f"{MANY} patients beside {FEW}: times as long", growth, "", GROWTH)
    moved, beside = percentile(many.changed, 0.5), percentile(few.changed, 0.5)
    figures.show(f"one change of a stay, {MANY} patients: p50", moved, "ms")
    figures.show(
        f"{MANY} patients beside {FEW}: times as long", moved / beside, "", GROWTH_OF_STAYS
    )
    figures.show(f"all {MANY} for the first time, after a start", first, "s")
    return figures.exit_code
