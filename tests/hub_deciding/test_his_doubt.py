"""A census that loses much of a ward empties no beds; who is told to be gone goes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Encounter
from smartward.his.collapse import collapsed
from smartward.his.port import Gone, Item, Kind, Rejection, Value
from smartward.hub.his_doubt import SURE_AFTER, weigh
from tests.fakes.fake_clock import MORNING
from tests.fakes.fake_his import bed, stay
from tests.hub_deciding.test_his_sync import W, World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "known, missing, so",
    [(40, 12, False), (40, 13, True), (10, 3, False), (10, 4, True), (4, 4, True), (3, 3, False)],
)
def test_more_than_a_third_and_at_least_four(known: int, missing: int, so: bool) -> None:
    assert collapsed(known, missing) is so


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ten patients in ten beds, known to the hub."""
    world = World(tmp_path / "hub.db")
    world.his.beds = [bed(str(n)) for n in range(1, 13)]
    world.his.admit(*(stay(f"p{n}", str(n)) for n in range(1, 11)))
    await world.sync.turn()
    yield world
    world.store.close()


async def marks(world: World) -> dict[str, bool]:
    """Who is on the ward, and whether they are to be checked."""
    stored = await world.store.read(lambda tx: tx.all(W, "encounter"))
    bodies = [msgspec.json.decode(one.body, type=Encounter) for one in stored]
    return {one.id.removeprefix("his."): one.unconfirmed_since is not None for one in bodies}


def lose(world: World, *names: str) -> None:
    """The server finds them no more, by no way, and says nothing of them."""
    for name in names:
        world.his.encounters.pop(f"his.{name}")
        world.his.unknown.add(f"his.{name}")


LOST = ("p1", "p2", "p3", "p4")


@pytest.mark.expects_log("list of the ward's stays")
async def test_of_a_collapsed_census_only_the_finished_go(world: World) -> None:
    lose(world, "p1", "p2", "p3")
    world.his.encounters.pop("his.p4")  # finished, and said to be
    world.his.move("p5", None)
    world.his.hidden = {"his.p5"}  # in the search no more, and moved as its own id says
    await world.sync.turn()
    told = await marks(world)
    assert {name for name, marked in told.items() if marked} == {"p1", "p2", "p3"}
    assert "p4" not in told
    assert len(told) == 9
    assert (await world.bed("1")).occupants == ("his.p1",)
    assert await world.bed_of("encounter", "his.p5") is None


async def test_one_that_is_not_found_is_gone_after_some_minutes(world: World) -> None:
    lose(world, "p1", "p2", "p3")
    await world.sync.turn()
    told = await marks(world)
    assert {name for name, marked in told.items() if marked} == {"p1", "p2", "p3"}
    world.clock.advance(SURE_AFTER.total_seconds() - 1)
    await world.sync.turn()
    assert await marks(world) == told
    world.clock.advance(1)
    await world.sync.turn()
    assert set(await marks(world)) == {f"p{n}" for n in range(4, 11)}


@pytest.mark.expects_log("list of the ward's stays")
async def test_the_mark_goes_when_the_stay_is_told_again(world: World) -> None:
    before = dict(world.his.encounters)
    lose(world, *LOST)
    await world.sync.turn()
    world.his.unknown.clear()
    world.his.encounters = before
    await world.sync.turn()
    assert set((await marks(world)).values()) == {False}


@pytest.mark.expects_log("list of the ward's stays")
async def test_the_marked_age_out_and_not_before(world: World) -> None:
    lose(world, *LOST)
    await world.sync.turn()
    since = await marks(world)
    # The others being found again brings the share down; who is marked stays marked all the same.
    world.his.admit(*(stay(f"n{n}", None) for n in range(20)))
    world.clock.advance(4 * 3600 - 1)
    await world.sync.turn()
    assert {n: m for n, m in (await marks(world)).items() if n in LOST} == dict.fromkeys(LOST, True)
    world.clock.advance(1)
    await world.sync.turn()
    assert not set(LOST) & set(await marks(world))
    assert all(since[name] for name in LOST)


@pytest.mark.expects_log("list of the ward's stays")
async def test_a_marked_one_that_is_said_to_be_over_goes_at_once(world: World) -> None:
    lose(world, *LOST)
    await world.sync.turn()
    world.his.unknown.discard("his.p2")
    await world.sync.turn()
    assert "p2" not in await marks(world)
    assert {"p1", "p3", "p4"} <= set(await marks(world))


async def test_a_stay_that_cannot_be_read_any_more_keeps_its_bed(world: World) -> None:
    world.his.garbled = {"his.p1"}
    await world.sync.turn()
    assert (await marks(world))["p1"] is False
    assert (await world.bed("1")).occupants == ("his.p1",)


def said(id: str, how: str) -> Item[Encounter]:
    match how:
        case "value":
            body = stay(id.removeprefix("his."), "1")
            return Value(kind=Kind.ENCOUNTER, id=id, body=body, version="1")
        case "rejected":
            return Rejection(source_id=id, resource_type="Encounter", key="his.rejection.missing")
    return Gone(kind=Kind.ENCOUNTER, id=id, unknown=how == "unknown")


@given(st.lists(st.sampled_from(["told", "value", "rejected", "gone", "unknown"]), max_size=14))
def test_nobody_is_lost_unless_the_hospital_says_so(how: list[str]) -> None:
    known = {f"his.p{n}": stay(f"p{n}", str(n)) for n in range(len(how))}
    missing = [id for id, one in zip(known, how, strict=True) if one != "told"]
    told = {
        id: said(id, "value" if one == "told" else one) for id, one in zip(known, how, strict=True)
    }
    doubt = weigh(known, missing, told, MORNING, timedelta(hours=4))
    kept = {one.id for one in doubt.kept}
    for id, one in zip(known, how, strict=True):
        assert (id in doubt.over) + (id in kept) + (one in ("told", "value")) == 1
        if one == "gone":
            assert id in doubt.over
        if one == "unknown":
            assert id in kept
            assert (id in doubt.lost) is collapsed(len(known), len(missing))
