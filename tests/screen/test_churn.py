"""The queue that never rests: it moves the replica and leaves nothing behind."""

import asyncio
import itertools
from collections import Counter

import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.encounter import Encounter, EncounterStatus, NursingLevel
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.priority import Priority
from smartward.clock import SystemClock
from smartward.screen.churn import Churn, levels
from smartward.screen.replica import Changes, Replica
from tests.clinical.build import stay
from tests.screen.documents import bed, document


def test_it_moves_the_queue_and_leaves_nothing() -> None:
    async def run() -> None:
        replica = Replica(ScreenRole.STATION)
        replica.load([document("bed", f"his.bed-{i}", 1, bed(i)) for i in (1, 2, 3)], 1)
        seen: list[list[Priority]] = []

        def note(_: Changes) -> None:
            seen.append([call.priority for call in replica.all("nurse_call", NurseCall)])

        replica.subscribe(note)
        ended = asyncio.Event()
        churn = Churn(replica, SystemClock(), ended.set, each_s=0.001)
        await churn.start({"changes": 60})
        with pytest.raises(ValueError, match="already"):
            await churn.start({"changes": 1})
        await asyncio.wait_for(ended.wait(), 10)
        assert max(map(len, seen)) >= 9
        assert any(Priority.HIGH in each for each in seen)
        sizes = [len(each) for each in seen]
        assert any(b < a for a, b in itertools.pairwise(sizes[:-1])), "rows leave too"
        assert replica.docs("nurse_call") == {}
        assert (replica.seq, churn.running) == (1, False)

    asyncio.run(run())


def test_an_empty_ward_has_no_queue_to_move() -> None:
    async def run() -> None:
        churn = Churn(Replica(ScreenRole.STATION), SystemClock(), lambda: None)
        with pytest.raises(ValueError, match="no beds"):
            await churn.start({"changes": 1})

    asyncio.run(run())


def test_every_card_changes_and_is_as_before_in_the_end() -> None:
    async def run() -> None:
        replica = Replica(ScreenRole.STATION)
        stays = [stay(f"e{i}") for i in range(5)]
        planned = stay("who comes tomorrow", status=EncounterStatus.PLANNED)
        known = [document("encounter", one.id, 1, one) for one in (*stays, planned)]
        replica.load(known, 1)
        seen: list[list[NursingLevel | None]] = []

        def note(_: Changes) -> None:
            *here, other = replica.all("encounter", Encounter)
            assert other == planned, "has no card, and is none of the census"
            seen.append([one.nursing_level for one in here])

        replica.subscribe(note)
        ended = asyncio.Event()
        churn = Churn(replica, SystemClock(), ended.set, cards_each_s=0.001)
        assert await churn.start_cards({"changes": 3}) == {"cards": 5}
        with pytest.raises(ValueError, match="already"):
            await churn.start_cards({"changes": 1})
        await asyncio.wait_for(ended.wait(), 10)
        *changed, last = seen
        assert len(changed) == 3
        for before, after in itertools.pairwise(changed):
            assert all(a != b for a, b in zip(before, after, strict=True))
        assert last == [one.nursing_level for one in stays]
        assert not churn.running

    asyncio.run(run())


@pytest.mark.parametrize("stays", [2, 3, 59, 60])
def test_the_census_stays_while_every_card_changes(stays: int) -> None:
    turns = [levels(stays, turn) for turn in range(7)]
    for before, after in itertools.pairwise(turns):
        assert all(a != b for a, b in zip(before, after, strict=True))
        assert Counter(before) == Counter(after)
    assert {len(turn) for turn in turns} == {stays}


def test_an_empty_ward_has_no_cards_to_change() -> None:
    async def run() -> None:
        churn = Churn(Replica(ScreenRole.STATION), SystemClock(), lambda: None)
        with pytest.raises(ValueError, match="no stays"):
            await churn.start_cards({"changes": 1})

    asyncio.run(run())
