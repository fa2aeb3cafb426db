"""What rules look at of a patient's vital signs is what the store holds at that moment."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.config import Settings
from smartward.hub.facts import WardFacts
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import stay

pytestmark = pytest.mark.anyio

W = Settings().ward


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened = SqliteStore.open(tmp_path / "hub.db", clock)
    yield opened
    opened.close()


def put(tx: Tx, clock: ManualClock, name: str, encounter: str, hours_ago: float) -> None:
    at = clock.now() - timedelta(hours=hours_ago)
    pulse = Measurement(parameter=Parameter.HEART_RATE, value=70.0)
    sign = VitalSign(
        id=name,
        encounter_id=encounter,
        taken_at=at,
        received_at=at,
        measurements=(pulse,),
    )
    tx.put(W, "vital_sign", name, sign)


async def test_signs_come_go_and_change_hands(store: Store, clock: ManualClock) -> None:
    told: list[Committed] = []
    store.on_commit.append(told.append)
    facts = WardFacts(store, W)

    def admit(tx: Tx) -> None:
        for name in ("zhang", "li"):
            tx.put(W, "encounter", f"his.{name}", stay(name, None))
        put(tx, clock, "old", "his.zhang", 49.5)
        put(tx, clock, "edge", "his.zhang", 47.5)
        put(tx, clock, "new", "his.zhang", 0.5)
        # Within one write what was put is there, however much of it waits for the file.
        assert tx.sign_ids(W, "his.zhang") == ["old", "edge", "new"]

    await store.write(admit)
    await store.read(lambda tx: None)
    owners = [facts.put(one) for one in told[0].changed]
    assert owners == ["his.zhang", "his.li", "his.zhang", "his.zhang", "his.zhang"]
    looked = facts.of("his.zhang")
    assert looked is not None
    assert [one.id for one in looked.vital_signs] == ["old", "edge", "new"]
    assert looked.cause("vital_sign", ["edge"])[0].seq == told[0].seq

    def put_right(tx: Tx) -> None:
        put(tx, clock, "new", "his.li", 0.5)

    await store.write(put_right)
    await store.read(lambda tx: None)
    assert told[1].bereft == {"his.zhang"}, "what stands now does not say whose it was"
    assert facts.ids("his.zhang") == [("vital_sign", "old"), ("vital_sign", "edge")]
    assert facts.ids("his.li") == [("vital_sign", "new")]

    def let_go(tx: Tx) -> None:
        before = clock.now() - timedelta(hours=48)
        assert tx.signs_before(W, before) == ["old"]
        tx.delete(W, "vital_sign", "old")
        put(tx, clock, "new", "his.li", 0.4)

    await store.write(let_go)
    await store.read(lambda tx: None)
    assert told[2].bereft == {"his.zhang"}
    assert facts.ids("his.zhang") == [("vital_sign", "edge")]


async def test_what_is_kept_follows_the_writes_and_is_bounded(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = WardFacts(store, W)

    def take(committed: Committed) -> None:
        for stored in committed.changed:
            facts.put(stored)
        for kind, id in committed.gone:
            facts.drop(kind, id)
        facts.bereave(committed)

    def signs(encounter: str) -> list[str]:
        found = facts.of(encounter)
        assert found is not None
        assert all(("vital_sign", one.id) in found.seq for one in found.vital_signs)
        assert len(found.seq) == 1 + len(found.vital_signs)
        return sorted(one.id for one in found.vital_signs)

    async def write(change: Callable[[Tx], object]) -> None:
        await store.write(change)
        await store.read(lambda tx: None)

    def admit(tx: Tx) -> None:
        for name in ("zhang", "li"):
            tx.put(W, "encounter", f"his.{name}", stay(name, None))

    store.on_commit.append(take)
    await write(admit)
    await write(lambda tx: put(tx, clock, "a", "his.zhang", 1))
    assert (signs("his.zhang"), signs("his.li")) == (["a"], [])
    await write(lambda tx: [put(tx, clock, id, "his.zhang", 2) for id in ("b", "c")])
    assert signs("his.zhang") == ["a", "b", "c"]
    await write(lambda tx: put(tx, clock, "b", "his.li", 2))
    await write(lambda tx: tx.delete(W, "vital_sign", "c"))
    assert (signs("his.zhang"), signs("his.li")) == (["a"], ["b"])

    monkeypatch.setattr("smartward.hub.facts.SIGNS_KEPT", 1)
    facts = WardFacts(store, W)
    for stored in await store.read(lambda tx: tx.all(W, "encounter")):
        facts.put(stored)
    assert (signs("his.zhang"), signs("his.li"), signs("his.zhang")) == (["a"], ["b"], ["a"])
    kept = [id for id in ("his.zhang", "his.li") if facts._encounters[id].signs is not None]
    assert kept == ["his.zhang"], "the one looked at last"
