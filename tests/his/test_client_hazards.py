"""Each hazard of a poller, by name, before servers that page and sort in different ways.

What is asserted is there at the next look (or once the server's own delay is over); only a deletion
and an edit that leaves no trace wait for the whole re-read.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.responses import Response

from smartward.clinical.encounter import Assessment
from smartward.his.fhir.loader import REFRESH
from smartward.his.simulator.dialects import DIALECTS
from tests.fakes.fake_clock import ManualClock
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Follower, Json, flag, heart_rate, patient, stay

pytestmark = pytest.mark.anyio

DATED = sorted(set(DIALECTS) - {"epic-like", "nothing-but-lists"})
"""Those whose changes have a date to search by."""


class Ward(DialectWard):
    """One patient, looked at until every trial was made."""

    follower: Follower

    async def followed(self) -> None:
        self.put(patient(), stay(), heart_rate("first", self.clock.now(), 50))
        self.clock.advance(60)
        self.follower = Follower(self.his())
        for _ in range(2):
            await self.follower.turn()
            self.clock.advance(60)

    async def turn(self) -> None:
        """The next look, when what was written can be found."""
        self.clock.advance(5 + self.dialect.lag.total_seconds())
        await self.follower.turn()

    @property
    def rates(self) -> dict[str, float]:
        signs = self.follower.of("vital_sign").items()
        return {id.removeprefix("his."): one.measurements[0].value for id, one in signs}

    @property
    def truth(self) -> dict[str, float]:
        rows = (row.resource for row in self.world.store.all("Observation"))
        return {one["id"]: one["valueQuantity"]["value"] for one in rows}


def note(ward: Ward, id: str, value: float, **more: object) -> Json:
    return heart_rate(id, ward.clock.now(), value, **more)


@pytest.fixture(params=DATED)
async def ward(request: pytest.FixtureRequest) -> AsyncIterator[Ward]:
    ward = Ward(request.param)
    await ward.followed()
    yield ward
    await ward.close()


async def test_no_hazard_three_updates_two_creations(ward: Ward) -> None:
    ward.put(*(note(ward, name, 70) for name in ("a", "b", "c")))
    await ward.turn()
    ward.put(*(note(ward, name, 71, status="corrected") for name in ("a", "b", "c")))
    ward.put(note(ward, "d", 72), note(ward, "e", 73))
    await ward.turn()
    assert ward.rates == ward.truth


@pytest.mark.parametrize("behind", [90, -90])
async def test_server_clock_90_s_behind_or_ahead_of_the_client(ward: Ward, behind: float) -> None:
    other = ManualClock(ward.clock.now() + timedelta(seconds=behind))
    skewed = Follower(ward.his())
    skewed.his._clock = other
    await skewed.turn()
    for n in range(3):
        ward.put(note(ward, f"a{n}", 70 + n))
        ward.clock.advance(30 + ward.dialect.lag.total_seconds())
        other.advance(30)
        await skewed.turn()
    ward.follower = skewed
    assert ward.rates == ward.truth


async def test_second_write_in_the_same_instant_as_the_last_one_seen(ward: Ward) -> None:
    at = ward.clock.now()
    ward.put(note(ward, "a", 70))
    await ward.turn()
    ward.world.store.put(note(ward, "b", 71), at)
    await ward.turn()
    assert ward.rates == ward.truth


async def test_late_commit_dated_40_s_before_the_newest_seen(ward: Ward) -> None:
    ward.clock.advance(300)
    ward.put(note(ward, "a", 70))
    await ward.turn()
    late = ward.clock.now() - timedelta(seconds=40)
    ward.world.store.put(note(ward, "b", 71), late)
    await ward.turn()
    assert ward.rates == ward.truth


async def test_row_of_the_future_does_not_drag_the_mark_forward(ward: Ward) -> None:
    ward.world.store.put(note(ward, "a", 70), ward.clock.now() + timedelta(hours=3))
    await ward.turn()
    ward.clock.advance(400)
    ward.put(note(ward, "b", 71))
    await ward.turn()
    assert "b" in ward.rates


async def test_thirty_rows_of_one_instant(ward: Ward) -> None:
    ward.clock.advance(300)
    ward.put(*(note(ward, f"o{n:02}", 60 + n) for n in range(30)))
    ward.clock.advance(1)
    ward.put(note(ward, "after", 99))
    await ward.turn()
    assert ward.rates == ward.truth


async def test_rows_touched_and_made_while_a_walk_pages(ward: Ward) -> None:
    rows = 3 * ward.dialect.most // 2 if ward.dialect.most < 200 else 300
    for n in range(rows):
        ward.clock.advance(1)
        ward.put(note(ward, f"o{n:04}", 60))
    asked = 0

    async def touch() -> Response | None:
        nonlocal asked
        asked += 1
        ward.clock.advance(1)
        if asked < 40:
            ward.put(note(ward, f"o{asked % rows:04}", 90), note(ward, f"new{asked:02}", 91))
            ward.put(note(ward, f"o{rows - asked % rows - 1:04}", 92))
        return None

    ward.faults.instead = touch  # type: ignore[method-assign]  # a stand-in of this test
    await ward.turn()
    del ward.faults.instead
    await ward.turn()
    await ward.turn()
    assert asked > 5
    assert ward.rates == ward.truth


async def test_hard_delete(ward: Ward) -> None:
    ward.put(note(ward, "a", 70), note(ward, "b", 71))
    await ward.turn()
    ward.world.store.delete("Observation", "a")
    ward.clock.advance(REFRESH.total_seconds())
    await ward.turn()
    assert ward.rates == ward.truth


@pytest.mark.parametrize("name", ["hapi-like", "sekmet-like"])
async def test_a_history_tells_a_deletion_within_half_a_minute(name: str) -> None:
    ward = Ward(name)
    await ward.followed()
    ward.put(note(ward, "a", 70), note(ward, "b", 71), flag("f", "isolation", "contact"))
    await ward.turn()
    await ward.turn()
    ward.world.store.delete("Observation", "a")
    ward.world.store.delete("Flag", "f")
    isolated = ward.follower.encounters()["his.e1"].precautions[1].state
    ward.clock.advance(30)
    for _ in range(2):  # what the census keeps shows in the next one
        await ward.turn()
    assert ward.rates == ward.truth
    assert (isolated, ward.follower.encounters()["his.e1"].precautions[1].state) == (
        Assessment.PRESENT,
        Assessment.NOT_ASSESSED,
    )
    await ward.close()


async def test_content_changed_but_neither_date_nor_version(ward: Ward) -> None:
    ward.put(note(ward, "a", 70))
    await ward.turn()
    ward.edit_silently("Observation", "a", b'"value":70', b'"value":99')
    ward.clock.advance(REFRESH.total_seconds())
    await ward.turn()
    assert ward.rates["a"] == 99


async def test_never_an_older_version_over_a_newer(ward: Ward) -> None:
    """A second node of the server, which has not heard of the change yet, answers one look."""
    ward.put(note(ward, "a", 70))
    await ward.turn()
    before = ward.world.store.get("Observation", "a")
    assert before is not None
    ward.clock.advance(10)
    ward.put(note(ward, "a", 99))
    await ward.turn()
    after = ward.world.store.get("Observation", "a")
    assert after is not None
    ward.world.store._rows["Observation"]["a"] = replace(after, text=before.text)
    await ward.turn()
    assert ward.rates["a"] == 99
