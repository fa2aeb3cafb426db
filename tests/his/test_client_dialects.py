"""The same ward behind servers with other habits: in the end the same is known, whatever moved."""

import contextlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import Response

from smartward.errors import SmartWardError
from smartward.his.fhir.loader import REFRESH
from smartward.his.simulator.dialects import DIALECTS
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Follower, Json, flag, heart_rate, patient, stay

pytestmark = pytest.mark.anyio


@pytest.fixture(params=sorted(DIALECTS))
async def ward(request: pytest.FixtureRequest) -> AsyncIterator[DialectWard]:
    ward = DialectWard(request.param)
    yield ward
    await ward.close()


async def known(follower: Follower) -> dict[str, Any]:
    """All that a hub would hold."""
    return {id: body for id, (_, body) in follower.documents.items()} | follower.encounters()


async def settled(ward: DialectWard, follower: Follower) -> None:
    """Time enough for every patient to be read again, however few are asked for at once."""
    ward.clock.advance(REFRESH.total_seconds())
    for _ in range(12):
        ward.clock.advance(20)
        await follower.turn()


async def truth(ward: DialectWard) -> dict[str, Any]:
    newcomer = Follower(ward.plain())
    await newcomer.turn()
    return await known(newcomer)


def of(n: int) -> Json:
    """Whose something is."""
    return {
        "subject": {"reference": f"Patient/p{n}"},
        "encounter": {"reference": f"Encounter/e{n}"},
    }


def moved(n: int, bed: int, before: int) -> Json:
    gone = {"location": {"reference": f"Location/bed-{before}"}, "status": "completed"}
    here = {"location": {"reference": f"Location/bed-{bed}"}, "status": "active"}
    return stay(f"e{n}", f"p{n}", location=[gone, here])


def admitted(ward: DialectWard) -> None:
    """Three patients with two signs and a flag each; somebody elsewhere; one long gone."""
    for n in (1, 2, 3):
        ward.put(patient(f"p{n}"), stay(f"e{n}", f"p{n}", f"bed-{n}"))
        ward.clock.advance(1)
        for m in (1, 2):
            at = ward.clock.now() - timedelta(minutes=5 * m)
            ward.put(heart_rate(f"o{n}{m}", at, 60 + m, **of(n)))
        ward.put(flag(f"f{n}", "isolation", "contact", **of(n)))
    ward.put(patient("p8"), stay("e8", "p8", "icu-1"))
    ward.put(patient("p9"), stay("e9", "p9", "bed-4", status="finished"))


async def test_whatever_happens_the_same_is_known_in_the_end(ward: DialectWard) -> None:
    admitted(ward)
    follower = Follower(ward.his())
    ward.clock.advance(50)
    await follower.turn()
    assert await known(follower) == await truth(ward)
    ward.clock.advance(30)
    ward.put(moved(1, 4, 1), patient("p5"), stay("e5", "p5", "bed-1"))
    ward.put(heart_rate("o51", ward.clock.now(), 99, **of(5)), flag("f5", "isolation", "airborne"))
    ward.put(heart_rate("o11", ward.clock.now(), 77, status="corrected", **of(1)))
    ward.world.store.delete("Observation", "o22")
    ward.world.store.delete("Flag", "f2")
    await follower.turn()
    ward.clock.advance(30)
    ward.put(stay("e3", "p3", "bed-3", status="finished"))
    ward.put(heart_rate("o12", ward.clock.now(), 62, status="entered-in-error", **of(1)))
    ward.edit_silently("Observation", "o21", b'"value":61', b'"value":88')
    ward.put(patient("p1", deceasedBoolean=True))
    late = ward.clock.now() - timedelta(seconds=40)
    ward.world.store.put(heart_rate("o13", late, 71, **of(1)), late)
    await follower.turn()
    ward.clock.advance(30)
    ward.world.store.delete("Encounter", "e2")
    await follower.turn()
    await settled(ward, follower)
    assert await known(follower) == await truth(ward)
    assert set(follower.encounters()) == {"his.e1", "his.e5"}


FAULTS = (
    Response("{}", 503),
    Response("{}", 429, headers={"Retry-After": "1"}),
    Response("<html></html>", media_type="text/html"),
    Response('{"resourceType":"Bundle","entry":[{"reso', media_type="application/fhir+json"),
    Response("{}", 403),
)


def anything(chance: random.Random, ward: DialectWard) -> None:
    """Something happens on the ward: to a stay, or to what is known of a person."""
    n, bed = chance.randrange(1, 7), chance.randrange(1, 5)
    at = ward.clock.now()
    match chance.randrange(8):
        case 0:
            ward.put(patient(f"p{n}"), stay(f"e{n}", f"p{n}", f"bed-{bed}"))
        case 1:
            ward.put(moved(n, bed, n % 4 + 1))
        case 2:
            ward.put(stay(f"e{n}", f"p{n}", f"bed-{bed}", status="finished"))
        case 3:
            ward.put(flag(f"f{n}", "isolation", chance.choice(["contact", "droplet"]), **of(n)))
        case 4:
            ward.world.store.delete("Flag", f"f{n}")
        case 5:
            ward.world.store.delete("Observation", f"o{n}{bed}")
        case 6:
            late = at - timedelta(seconds=chance.randrange(100))
            ward.world.store.put(heart_rate(f"o{n}{bed}", late, 60 + bed, **of(n)), late)
        case _:
            ward.put(heart_rate(f"o{n}{bed}", at, 90 + bed, **of(n)))


async def test_anything_in_any_weather_the_same_is_known_in_the_end(ward: DialectWard) -> None:
    chance = random.Random(ward.dialect.name)
    admitted(ward)
    follower = Follower(ward.his())
    chances = [0.0, 0.05, 0.3]

    async def weather() -> Response | None:
        if chance.random() >= chances[0]:
            return None
        spoilt = chance.choice(FAULTS)
        return Response(spoilt.body, spoilt.status_code, dict(spoilt.headers))

    ward.faults.instead = weather  # type: ignore[method-assign]  # a stand-in of this test
    await follower.turn()
    for _ in range(14):
        chances.append(chances.pop(0))
        for _ in range(chance.randrange(4)):
            anything(chance, ward)
        with contextlib.suppress(SmartWardError):
            await follower.turn()
        ward.clock.advance(chance.choice((1, 5, 30, 100)))
    del ward.faults.instead
    await settled(ward, follower)
    assert await known(follower) == await truth(ward)
