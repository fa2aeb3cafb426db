"""Whatever went wrong on the way: when it is over, what was kept equals what the server has."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from smartward.errors import SmartWardError
from smartward.his.fhir.loader import REFRESH
from smartward.his.simulator.events import EVENTS, happen
from tests.his.hospital import Follower, Hospital, flag, heart_rate, patient, stay

pytestmark = pytest.mark.anyio

FAULTS = (
    Response("{}", 503),
    Response("{}", 429, headers={"Retry-After": "1"}),
    Response("<html></html>", media_type="text/html"),
    Response('{"resourceType":"Bundle","entry":[{"reso', media_type="application/fhir+json"),
    Response("{}", 403),
)


class Weather:
    """Spoils some answers, by chance or by count."""

    def __init__(self, hospital: Hospital) -> None:
        self.asked = 0
        self.spoil: dict[int, Response] = {}
        hospital.faults.instead = self._instead  # type: ignore[method-assign]  # a stand-in of this test

    async def _instead(self) -> Response | None:
        self.asked += 1
        found = self.spoil.get(self.asked)
        if found is None:
            return None
        return Response(found.body, found.status_code, dict(found.headers))

    def clear(self) -> None:
        self.asked, self.spoil = 0, {}


async def kept(follower: Follower) -> dict[str, Any]:
    """All a hub would hold."""
    documents = {id: body for id, (_, body) in follower.documents.items()}
    return documents | follower.encounters()


async def settled(hospital: Hospital, follower: Follower) -> None:
    """Fair weather, until everything has been read again once."""
    hospital.clock.advance(REFRESH.total_seconds())
    for _ in range(16):
        hospital.clock.advance(2)
        await follower.turn()


async def fresh(hospital: Hospital) -> dict[str, Any]:
    """What a client without a past is told."""
    newcomer = Follower(hospital.his())
    await newcomer.turn()
    return await kept(newcomer)


_QUICK = ("html", "cut")


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(one, id=name, marks=() if name in _QUICK else pytest.mark.long)
        for one, name in zip(FAULTS, ("503", "429", "html", "cut", "403"), strict=True)
    ],
)
async def test_one_fault_at_each_place_of_a_turn(spoilt: Response) -> None:
    async with Hospital() as hospital:
        weather = Weather(hospital)
        follower = Follower(hospital.his())
        await follower.turn()
        n = 0
        while True:
            n += 1
            # Somebody comes, and something changes for somebody who is there.
            p, e = f"p{n}", f"e{n}"
            mine = {
                "subject": {"reference": f"Patient/{p}"},
                "encounter": {"reference": f"Encounter/{e}"},
            }
            hospital.clock.advance(2)
            hospital.put(patient(p), stay(e, p, "bed-1"))
            hospital.put(flag(f"f{n}", "isolation", "contact", **mine))
            hospital.put(heart_rate(f"o{n}", hospital.clock.now(), **mine))
            weather.clear()
            weather.spoil = {n: spoilt}
            try:
                await follower.turn()
            except SmartWardError:
                pass
            reached = weather.asked >= n
            weather.clear()
            hospital.clock.advance(2)
            await follower.turn()
            if not reached:
                break
        assert n > 10
        await settled(hospital, follower)
        assert await kept(follower) == await fresh(hospital)


def something(chance: random.Random, hospital: Hospital) -> None:
    """Anything that can happen on a ward."""
    beds = sorted(hospital.world.stays)
    name = chance.choice(sorted(set(EVENTS) - {"neglect"}))
    arguments = {"bed": chance.choice(beds), "with": chance.choice(beds)}
    arguments["to"] = chance.choice(["bed-33", "bed-27", *beds])
    try:
        happen(hospital.world, name, arguments)
    except (ValueError, KeyError):
        return


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3))])
async def test_a_ward_in_bad_weather(seed: int) -> None:
    chance = random.Random(seed)
    async with Hospital.scene() as hospital:
        weather = Weather(hospital)
        follower = Follower(hospital.his())
        for _ in range(12):
            for _ in range(chance.randrange(4)):
                something(chance, hospital)
            gone = chance.choice(hospital.world.store.all("Observation")).resource["id"]
            hospital.world.store.delete("Observation", gone)
            weather.clear()
            weather.spoil = {
                chance.randrange(1, 60): chance.choice(FAULTS) for _ in range(chance.randrange(5))
            }
            try:
                await follower.turn()
            except SmartWardError:
                pass
            hospital.clock.advance(chance.choice((1, 5, 30, 200)))
        weather.clear()
        await settled(hospital, follower)
        there = await fresh(hospital)
        here = await kept(follower)
    edge = hospital.clock.now() - timedelta(hours=47)
    # What is about 48 h old is told by one and no more by the other.
    for id in here.keys() ^ there.keys():
        if _before(here.get(id, there.get(id)), edge):
            here.pop(id, None)
            there.pop(id, None)
    assert here.keys() ^ there.keys() == set()
    assert [(one, there[id]) for id, one in here.items() if one != there[id]] == []


def _before(body: Any, edge: datetime) -> bool:
    taken: datetime | None = getattr(body, "taken_at", None)
    return taken is not None and taken < edge
