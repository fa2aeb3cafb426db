"""However much is to be asked for by id, everything gets its turn."""

import dataclasses
from collections.abc import Collection
from pathlib import Path

import pytest

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.config import Settings
from smartward.his.port import Changes, Gone, Kind, Value, Watermark
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.his_turns import AT_ONCE
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay

pytestmark = pytest.mark.anyio
MANY = 2 * AT_ONCE + 50


class Hospital(FakeHis):
    """Says only when told to that it told everything."""

    whole = True
    slow_s = 0.0

    async def read(self, kind: Kind, id: str) -> Value | Gone:  # type: ignore[type-arg]  # of any kind
        self._clock.advance(self.slow_s)
        return await super().read(kind, id)

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        told = await super().changes(encounter_ids, since)
        return told if self.whole else dataclasses.replace(told, whole=())


def poller(path: Path) -> tuple[HisSync, Hospital, Store]:
    clock = ManualClock()
    store, his = SqliteStore.open(path, clock), Hospital(clock)
    facts = WardFacts(store, Settings().ward)

    def committed(what: Committed) -> None:
        for stored in what.changed:
            facts.put(stored)
        for kind, id in what.gone:
            facts.drop(kind, id)

    store.on_commit.append(committed)
    return HisSync(store, his, clock, Settings(), facts), his, store


async def test_every_bed_that_is_not_told_is_asked_for_in_its_turn(tmp_path: Path) -> None:
    sync, his, store = poller(tmp_path / "hub.db")
    his.beds = [bed(str(n)) for n in range(MANY)]
    await sync.turn()
    his.hidden_beds = True
    for _ in range(3):
        await sync.turn()
    assert {id for _, id in his.asked} == {one.id for one in his.beds}
    gone = his.beds.pop()
    for _ in range(3):
        await sync.turn()
    known = await store.read(lambda tx: {one.id for one in tx.all("ward", "bed")})
    store.close()
    assert known == {one.id for one in his.beds}
    assert gone.id not in known


async def test_what_belongs_to_a_stay_is_asked_for_to_the_last(tmp_path: Path) -> None:
    sync, his, store = poller(tmp_path / "hub.db")
    his.beds, now = [bed("1")], ManualClock().now()
    his.admit(stay("zhang", "1"))
    pulse = (Measurement(parameter=Parameter.HEART_RATE, value=80.0),)
    for n in range(MANY):
        sign = VitalSign(
            id=f"his.o{n}", encounter_id="his.zhang", taken_at=now, received_at=now,
            measurements=pulse,
        )  # fmt: skip
        his.tell(Kind.VITAL_SIGN, sign)
    await sync.turn()
    # All are deleted there, and it is said once that everything was told.
    his.dependent.clear()
    for whole in (True, False, False):
        his.whole = whole
        await sync.turn()
    left = await store.read(lambda tx: tx.all("ward", "vital_sign"))
    store.close()
    assert left == []


async def test_slow_answers_by_id_hold_up_no_turn_and_everything_gets_its_turn(
    tmp_path: Path,
) -> None:
    sync, his, store = poller(tmp_path / "hub.db")
    his.beds, now = [bed(str(n)) for n in range(4)], ManualClock().now()
    his.admit(stay("zhang", "1"))
    pulse = (Measurement(parameter=Parameter.HEART_RATE, value=80.0),)
    for n in range(4):
        sign = VitalSign(
            id=f"his.o{n}", encounter_id="his.zhang", taken_at=now, received_at=now,
            measurements=pulse,
        )  # fmt: skip
        his.tell(Kind.VITAL_SIGN, sign)
    await sync.turn()
    his.dependent.clear()
    his.hidden_beds, his.slow_s = True, 20.0
    for n in range(1, 5):
        his.whole = n == 1
        began = his._clock.monotonic()
        await sync.turn()
        assert his._clock.monotonic() - began == 40.0
        assert len(his.asked) == 2 * n
    left = await store.read(lambda tx: tx.all("ward", "vital_sign"))
    store.close()
    assert left == []
    assert len(set(his.asked)) == 8
