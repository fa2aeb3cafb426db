"""A ward with more stays than are asked about at once, and a turn that failed on the way.

The poller and the FHIR client agree on who was told so far: nobody waits for the next whole look.
"""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from smartward.clinical.his_write import WriteKind
from smartward.errors import BadData, Unreachable
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.page import Params
from smartward.his.fhir.walk import Walk
from smartward.his.port import Changes, Still, Value, Watermark
from smartward.his.reply import Reply
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import WARD, heart_rate, patient, small_ward, stay
from tests.his.hub import HubSide
from tests.his.scripted import HOST, URL, Line, lines

pytestmark = pytest.mark.anyio
down = pytest.mark.expects_log("the link to the hospital system is")

BEDS = 8


class Failing(FhirHis):
    """Some of its `changes` fail, before or after the server was asked."""

    before: set[int]
    after: set[int]
    calls = 0

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        self.calls += 1
        if self.calls in self.before:
            raise Unreachable("his.unreachable.away", "test")
        told = await super().changes(encounter_ids, since)
        if self.calls in self.after:
            raise Unreachable("his.unreachable.away", "test")
        return told


class Ward:
    """Eight beds, each with a patient; five stays are asked about at first."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.world = small_ward(self.clock.now(), beds=BEDS + 1)
        for n in range(BEDS):
            self.admit(n)
        self.line = Line(Rest(self.world, self.clock, Faults(self.clock)).app, self.clock)
        self.his = Failing(URL, WARD, "his", load_mapping(), clock=self.clock)
        self.his.before, self.his.after = set(), set()
        self.hub = HubSide(folder / "hub.db", self.his, self.clock)

    def pass_s(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.world.now = self.clock.now()

    def admit(self, n: int) -> None:
        self.world.put(patient(f"p{n}"))
        self.world.put(stay(f"e{n}", f"p{n}", f"bed-{n + 1}"))

    def measure(self, n: int, name: str) -> None:
        about = {
            "subject": {"reference": f"Patient/p{n}"},
            "encounter": {"reference": f"Encounter/e{n}"},
        }
        self.world.put(heart_rate(f"{name}{n}", self.clock.now(), 90, **about))

    async def shown(self, name: str) -> set[str]:
        return {id for id in await self.hub.of("vital_sign") if id.startswith(f"his.{name}")}


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    ward = Ward(tmp_path)
    with lines({HOST: ward.line}):
        yield ward
        await ward.his.close()
    ward.hub.close()


@down
@pytest.mark.parametrize("asked", [True, False])
async def test_what_came_while_a_turn_failed_is_shown_by_the_next(ward: Ward, asked: bool) -> None:
    for n in range(BEDS):
        ward.measure(n, "first")
    assert await ward.hub.turn()
    ward.pass_s(5)
    assert await ward.hub.turn()
    (ward.his.after if asked else ward.his.before).add(ward.his.calls + 1)
    ward.pass_s(5)
    for n in range(BEDS):
        ward.measure(n, "late")
    assert not await ward.hub.turn()
    ward.pass_s(240)
    ward.measure(0, "new")
    assert await ward.hub.turn()
    assert len(await ward.shown("late")) == BEDS


@down
async def test_who_was_told_before_a_first_load_failed_is_not_left_behind(ward: Ward) -> None:
    ward.his.before.add(2)
    assert not await ward.hub.turn()
    assert len(ward.hub.sync.unread) == BEDS - 5
    ward.pass_s(5)
    for n in range(BEDS):
        ward.measure(n, "late")
    ward.pass_s(240)
    ward.measure(0, "new")
    assert await ward.hub.turn()
    assert len(await ward.shown("late")) == BEDS
    assert ward.hub.sync.unread == set()


async def test_a_stay_nobody_asked_about_for_a_turn_comes_whole_again(ward: Ward) -> None:
    """Whatever the reason: the marks have gone on without it."""
    assert await ward.hub.turn()
    everyone = [f"his.e{n}" for n in range(BEDS)]
    mark = (await ward.his.changes(everyone, None)).watermark
    ward.pass_s(5)
    ward.measure(0, "late")
    ward.pass_s(240)
    ward.measure(1, "new")
    mark = (await ward.his.changes(everyone[1:], mark)).watermark
    told = await ward.his.changes(everyone, mark)
    assert "his.e0" in told.whole
    assert "his.late0" in {item.id for item in told.items if isinstance(item, Value)}


@pytest.mark.parametrize("kind", ["Observation", "MedicationAdministration"])
async def test_a_newcomer_whose_own_search_was_answered_wrongly_once_waits_for_one_turn(
    ward: Ward, kind: str
) -> None:
    """The others' search of the same turn succeeds: that must not hide it."""
    ward.measure(0, "first")
    assert await ward.hub.turn()
    ward.pass_s(5)
    ward.admit(BEDS)
    ward.measure(BEDS, "past")
    ward.pass_s(int(timedelta(minutes=20).total_seconds()))
    ward.measure(0, "new")
    walker, wrong = ward.his.loader._walker, [True]
    walk = walker.walk

    async def once(type: str, params: Params) -> Walk:
        asked = dict(params)
        whole = f"p{BEDS}" in asked.get("patient", "") and asked.keys() & {"date", "effective-time"}
        if type == kind and whole and wrong:
            wrong.clear()
            raise BadData("his.bad.not_fhir", "a portal's page")
        return await walk(type, params)

    with mock.patch.object(walker, "walk", once):
        assert await ward.hub.turn()
        assert not wrong
        assert ward.hub.sync.unread == {f"his.e{BEDS}"}
        ward.pass_s(5)
        assert await ward.hub.turn()
    assert await ward.shown("past") == {f"his.past{BEDS}"}
    assert ward.hub.sync.unread == set()


async def test_a_look_at_everything_that_failed_is_tried_again_soon(ward: Ward) -> None:
    assert await ward.hub.turn()
    everyone = [f"his.e{n}" for n in range(BEDS)]
    mark = (await ward.his.changes(everyone, None)).watermark
    ward.pass_s(13 * 60)
    walker, wrong = ward.his.loader._walker, [True]
    walk = walker.walk

    async def once(type: str, params: Params) -> Walk:
        if type == "Task" and wrong:
            wrong.clear()
            raise BadData("his.bad.not_fhir", "a portal's page")
        return await walk(type, params)

    looked: set[str] = set()
    with mock.patch.object(walker, "walk", once):
        for _ in range(8):
            await ward.his.census()
            told = await ward.his.changes(everyone, mark)
            mark = told.watermark
            assert told.complete
            looked |= set(told.whole)
            ward.pass_s(31)
    assert looked == set(everyone)


async def test_what_is_slow_by_id_is_let_be_and_the_ward_goes_on(ward: Ward) -> None:
    """A search index that is being built anew finds nothing, and reads by id time out."""
    for n in range(BEDS):
        for m in range(4):
            ward.measure(n, f"sign{m}-")
    assert await ward.hub.turn()
    walker, slow = ward.his.loader._walker, [0]
    walk, get = walker.walk, ward.his.http.get

    async def empty(type: str, params: Params) -> Walk:
        found = await walk(type, params)
        if type == "Observation":
            found.found.clear()
        return found

    async def too_slow(path: str, *more: Any) -> Reply:
        if path.startswith("Observation/"):
            slow[0] += 1
            ward.pass_s(20)
            raise Unreachable("his.unreachable.slow", "test")
        return await get(path, *more)

    ward.pass_s(13 * 60)
    with (
        mock.patch.object(walker, "walk", empty),
        mock.patch.object(ward.his.http, "get", too_slow),
    ):
        for _ in range(12):
            before = slow[0]
            assert await ward.hub.turn()
            assert slow[0] - before <= 2
            ward.pass_s(5)
    assert 3 <= slow[0] <= 6
    assert len(await ward.shown("sign")) == 4 * BEDS


async def test_what_cannot_be_told_of_what_was_written_is_asked_once_a_turn(ward: Ward) -> None:
    assert await ward.hub.turn()
    slow = [0]

    async def too_slow(path: str) -> Reply:
        slow[0] += 1
        raise Unreachable("his.unreachable.slow", "test")

    for _ in range(4):
        with mock.patch.object(ward.his.http, "get", too_slow):
            for n in range(5):
                assert await ward.his.still(WriteKind.OBSERVATION, f"o{n}") is Still.UNTOLD
        ward.pass_s(6)
        assert await ward.hub.turn()
    # Three failures, each with good answers between, are enough: it is let be for a minute.
    assert slow[0] == 3
