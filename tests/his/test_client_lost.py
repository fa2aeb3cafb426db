"""What a search does not find is not gone: places and stays, by hub and client together."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime

import httpx
import pytest

from smartward.his.fhir.client import FhirHis
from smartward.hub.his_doubt import SURE_AFTER
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Json, heart_rate, patient, stay
from tests.his.hub import HubSide, hub_side, scratch

pytestmark = pytest.mark.anyio

Spoil = Callable[[httpx.Request], httpx.Response | None]


class Ward(DialectWard):
    """Four patients in four beds, whose server answers some requests as a test says."""

    hub: HubSide

    def __init__(self) -> None:
        super().__init__("hapi-like")
        self.spoil: Spoil = lambda request: None

    def admit(self, count: int) -> None:
        for n in range(1, count + 1):
            self.put(patient(f"p{n}"), stay(f"e{n}", f"p{n}", f"bed-{n}"))
            self.put(sign(self, f"o{n}", f"e{n}", f"p{n}"))

    def spoilt(self) -> FhirHis:
        """A client whose requests pass by `spoil` first."""
        his = self.his()
        real = his.http._client._transport

        async def handle(request: httpx.Request) -> httpx.Response:
            answer = self.spoil(request)
            if answer is None:
                return await real.handle_async_request(request)
            answer.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)
            answer.headers["Content-Type"] = "application/fhir+json"
            return answer

        his.http._client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
        return his

    @contextmanager
    def followed(self) -> Iterator[None]:
        """A hub of its own that follows this server."""
        with scratch() as folder, hub_side(self.spoilt(), self.clock, folder) as self.hub:
            yield

    async def turn(self, seconds: float = 5) -> bool:
        self.clock.advance(seconds)
        return await self.hub.turn()

    async def counts(self) -> list[int]:
        """Beds, stays and vital signs the hub keeps."""
        return [len(await self.hub.of(kind)) for kind in ("bed", "encounter", "vital_sign")]


def sign(ward: DialectWard, id: str, stay_id: str, person: str, value: float = 80) -> Json:
    """A heart rate of a person in a stay."""
    about = {"subject": f"Patient/{person}", "encounter": f"Encounter/{stay_id}"}
    more = {name: {"reference": to} for name, to in about.items()}
    return heart_rate(id, ward.clock.now(), value, **more)


def nothing(kind: str) -> Spoil:
    """Searches of a type find nothing, by a whole and valid answer."""
    body = json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 0})

    def spoil(request: httpx.Request) -> httpx.Response | None:
        searched = request.url.path.endswith((f"/{kind}", f"/{kind}/_search"))
        return httpx.Response(200, text=body) if searched else None

    return spoil


def without(id: str, ward: DialectWard, kind: str = "Encounter", status: int = 404) -> Spoil:
    """A node that does not know one stay: searches lack it, and by its id it is not found."""

    def spoil(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(f"/{kind}/{id}"):
            return httpx.Response(status, text="{}")
        if not request.url.path.endswith((f"/{kind}", f"/{kind}/_search")):
            return None
        rows = [row.resource for row in ward.world.store.all(kind)]
        entry = [{"resource": one, "search": {"mode": "match"}} for one in rows if one["id"] != id]
        body = {"resourceType": "Bundle", "type": "searchset", "entry": entry}
        return httpx.Response(200, text=json.dumps(body))

    return spoil


def not_found(kind: str, *ids: str) -> Spoil:
    """Searches of a type find nothing, and some are not found by their id either."""
    empty = nothing(kind)

    def spoil(request: httpx.Request) -> httpx.Response | None:
        if any(request.url.path.endswith(f"/{kind}/{id}") for id in ids):
            return httpx.Response(404, text="{}")
        return empty(request)

    return spoil


@pytest.fixture
async def ward() -> AsyncIterator[Ward]:
    ward = Ward()
    ward.admit(4)
    with ward.followed():
        assert await ward.turn()
        assert await ward.counts() == [4, 4, 4]
        yield ward
    await ward.close()


async def test_an_empty_search_for_places_empties_no_ward(ward: Ward) -> None:
    ward.spoil = nothing("Location")
    for _ in range(3):
        assert await ward.turn()
        assert await ward.counts() == [4, 4, 4]
    assert all(bed["occupants"] for bed in (await ward.hub.of("bed")).values())


@pytest.mark.expects_log("list of the ward's stays")
async def test_neither_does_it_while_the_hub_starts(ward: Ward) -> None:
    """The adapter knows no place yet, the hub knows the ward."""
    ward.spoil = nothing("Location")
    ward.hub.sync._his = ward.spoilt()
    for _ in range(2):
        assert await ward.turn()
        assert await ward.counts() == [4, 4, 4]
    stays = (await ward.hub.of("encounter")).values()
    assert {one["unconfirmed_since"] for one in stays} == {None}


async def test_places_that_are_found_by_no_way_all_at_once_are_kept(ward: Ward) -> None:
    rooms = [row.resource["id"] for row in ward.world.store.all("Location")]
    ward.spoil = not_found("Location", *(id for id in rooms if not id.startswith("ward")))
    for _ in range(2):
        await ward.turn()
        assert await ward.counts() == [4, 4, 4]


async def test_a_place_that_is_deleted_or_elsewhere_goes_at_once(ward: Ward) -> None:
    for n in (1, 2):
        ward.put(stay(f"e{n}", f"p{n}", f"bed-{n}", status="finished"))
    ward.world.store.delete("Location", "bed-1")
    row = ward.world.store.get("Location", "bed-2")
    assert row is not None
    ward.put(row.resource | {"partOf": {"reference": "Location/another-ward"}})
    ward.put({"resourceType": "Location", "id": "another-ward", "status": "active"})
    await ward.turn()
    assert set(await ward.hub.of("bed")) == {"his.bed-3", "his.bed-4"}
    assert await ward.counts() == [2, 2, 2]


async def test_a_stay_is_over_here_when_its_place_was_read_and_is_elsewhere(ward: Ward) -> None:
    ward.put(stay("e1", "p1", "icu-1"))
    await ward.turn()
    doubted = (await ward.hub.of("encounter"))["his.e1"]
    assert doubted["unconfirmed_since"] is not None
    ward.put({"resourceType": "Location", "id": "icu-1", "status": "active"})
    await ward.turn(31)
    assert "his.e1" not in await ward.hub.of("encounter")


async def test_a_stay_put_right_to_be_another_person_s_shows_nothing_of_the_first(
    ward: Ward,
) -> None:
    ward.put(patient("p9"))
    ward.put(stay("e1", "p9", "bed-1"), sign(ward, "o9", "e1", "p9", 61))
    await ward.turn()
    signs = await ward.hub.of("vital_sign")
    assert (await ward.hub.of("encounter"))["his.e1"]["patient"].id == "his.p9"
    assert {id for id, one in signs.items() if one["encounter_id"] == "his.e1"} == {"his.o9"}
    assert len(signs) == 4


async def test_a_stay_a_node_does_not_know_for_a_moment_keeps_all_that_is_its(ward: Ward) -> None:
    ward.spoil = without("e1", ward)
    await ward.turn()
    assert await ward.counts() == [4, 4, 4]
    assert (await ward.hub.of("encounter"))["his.e1"]["unconfirmed_since"] is not None
    ward.spoil = lambda request: None
    await ward.turn()
    assert await ward.counts() == [4, 4, 4]
    assert (await ward.hub.of("encounter"))["his.e1"]["unconfirmed_since"] is None
    ward.spoil = without("e1", ward)
    await ward.turn()
    await ward.turn(SURE_AFTER.total_seconds())
    assert await ward.counts() == [4, 3, 3]


@pytest.mark.parametrize("kind", ["Encounter", "Location"])
@pytest.mark.parametrize("status", [500, 429])
async def test_one_that_the_server_fails_at_stops_no_ward(
    ward: Ward, kind: str, status: int
) -> None:
    """It is no longer listed, and whoever asks for it by its id is told that the server fails."""
    id = {"Encounter": "e1", "Location": "bed-1"}[kind]
    ward.spoil = without(id, ward, kind, status)
    for _ in range(3):
        assert await ward.turn()
        assert await ward.counts() == [4, 4, 4]
