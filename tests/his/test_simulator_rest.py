"""The simulator's FHIR interface, asked by a plain HTTP client: it does what its statement says."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from smartward.his.simulator.search import PARAMETERS
from tests.his.hospital import Hospital, heart_rate, patient, stay

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hospital() -> AsyncIterator[Hospital]:
    async with Hospital() as one:
        yield one


@pytest.fixture
async def http(hospital: Hospital) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=hospital.url, trust_env=False) as one:
        yield one


async def test_the_statement_tells_the_truth(http: httpx.AsyncClient) -> None:
    body = (await http.get("/metadata")).json()
    assert (body["resourceType"], body["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    types = {one["type"]: one for one in body["rest"][0]["resource"]}
    assert set(types) == set(PARAMETERS)
    values = {"date": "ge2026-01-01", "token": "x", "reference": "Patient/x", "uri": "http://x"}
    for kind, one in types.items():
        for parameter in one["searchParam"]:
            asked = {parameter["name"]: values[parameter["type"]]}
            assert (await http.get(f"/{kind}", params=asked)).status_code == 200, (kind, asked)
        unknown = await http.get(f"/{kind}", params={"unheard-of": "1"})
        assert unknown.status_code == 400
        assert unknown.json()["resourceType"] == "OperationOutcome"


async def test_read_and_its_absence(hospital: Hospital, http: httpx.AsyncClient) -> None:
    hospital.put(patient())
    answer = await http.get("/Patient/p1")
    assert answer.json()["meta"]["versionId"] == "1"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["date"] == "Sat, 21 Nov 2026 00:30:00 GMT"
    assert (await http.get("/Patient/nobody")).status_code == 404
    assert (await http.delete("/Patient/p1")).status_code == 204
    assert (await http.get("/Patient/p1")).status_code == 410
    assert (await http.get("/Basket/1")).status_code == 404
    assert (await http.get("/Patient/p1/x/y")).json()["resourceType"] == "OperationOutcome"


async def test_update_by_version(hospital: Hospital, http: httpx.AsyncClient) -> None:
    hospital.put(patient())
    good = {"If-Match": 'W/"1"'}
    assert (await http.put("/Patient/p1", json=patient(), headers=good)).status_code == 200
    lost = await http.put("/Patient/p1", json=patient(), headers=good)
    assert lost.status_code == 412
    assert lost.json()["issue"][0]["code"] == "conflict"
    assert (await http.get("/Patient/p1")).headers["etag"] == 'W/"2"'
    new = await http.put("/Patient/p9", json=patient("p9"))
    assert new.status_code == 201
    assert new.headers["location"].endswith("/fhir/Patient/p9/_history/1")
    assert (await http.put("/Patient/p9", json=patient("p1"))).status_code == 400
    missing = {"If-Match": 'W/"1"'}
    answer = await http.put("/Patient/p8", json=patient("p8"), headers=missing)
    assert answer.status_code == 412


async def test_a_version_goes_on_after_a_deletion(
    hospital: Hospital, http: httpx.AsyncClient
) -> None:
    hospital.put(patient())
    await http.delete("/Patient/p1")
    assert (await http.put("/Patient/p1", json=patient())).headers["etag"] == 'W/"2"'


async def test_conditional_create(http: httpx.AsyncClient) -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "identifier": [{"system": "urn:x", "value": "1"}],
    }
    once = {"If-None-Exist": "identifier=urn:x|1"}
    first = await http.post("/Task", json=task, headers=once)
    again = await http.post("/Task", json=task, headers=once)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    await http.post("/Task", json=task)
    assert (await http.post("/Task", json=task, headers=once)).status_code == 412
    bad = {"If-None-Exist": "colour=red"}
    assert (await http.post("/Task", json=task, headers=bad)).status_code == 400
    assert (await http.post("/Task", json=task, headers={"If-None-Exist": ""})).status_code == 400


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"resourceType":"Patient"}', 400),
        (b'{"resourceType":"Task","status":"requested"}', 422),
    ],
)
async def test_what_is_no_task_is_refused(
    http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await http.post("/Task", content=body)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


async def ids(http: httpx.AsyncClient, path: str, **params: str) -> list[str]:
    """Walk a search by its links."""
    answer = await http.get(path, params=params)
    found: list[str] = []
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += [entry["resource"]["id"] for entry in body.get("entry", [])]
        link = [one["url"] for one in body["link"] if one["relation"] == "next"]
        if not link:
            return found
        answer = await http.get(link[0])


async def test_searches(hospital: Hospital, http: httpx.AsyncClient) -> None:
    start = hospital.clock.now()
    hospital.put(patient(), patient("p2"), stay(), stay("e2", "p2", "bed-2", status="planned"))
    for n in range(5):
        hospital.clock.advance(60)
        hospital.put(heart_rate(f"o{n}", start + timedelta(hours=n)))
    assert await ids(http, "/Encounter", status="planned,arrived") == ["e2"]
    assert await ids(http, "/Encounter", location="Location/bed-1") == ["e1"]
    assert await ids(http, "/Encounter", location="bed-1,bed-2", status="in-progress") == ["e1"]
    assert await ids(http, "/Patient", _id="p2,p9") == ["p2"]
    assert await ids(http, "/Observation", code="http://loinc.org|8867-4", _count="2") == [
        f"o{n}" for n in range(5)
    ]
    assert await ids(http, "/Observation", code="http://other|8867-4") == []
    assert await ids(http, "/Observation", code="1-1,8867-4", patient="p1", _count="1") == [
        f"o{n}" for n in range(5)
    ]
    assert await ids(http, "/Observation", _sort="-_lastUpdated", _count="2") == [
        f"o{n}" for n in reversed(range(5))
    ]
    third = hospital.world.store.get("Observation", "o2")
    assert third is not None
    assert await ids(http, "/Observation", _lastUpdated=f"ge{third.updated}") == ["o2", "o3", "o4"]
    assert await ids(http, "/Observation", _lastUpdated=f"gt{third.updated}") == ["o3", "o4"]
    assert await ids(http, "/Observation", _lastUpdated=f"lt{third.updated}") == ["o0", "o1"]
    assert await ids(http, "/Observation", date="ge2026-11-21T02:30:00Z") == ["o2", "o3", "o4"]
    assert await ids(http, "/Observation", date="2026-11-21") == [f"o{n}" for n in range(5)]
    assert await ids(http, "/Location", partof="Location/ward-3") == ["room-301"]


@pytest.mark.parametrize(
    "params",
    [
        {"_lastUpdated": "ge yesterday"},
        {"_lastUpdated": "ne2026-11-21"},
        {"_count": "0"},
        {"_count": "many"},
        {"_sort": "date"},
        {"_page": "bm9uc2Vuc2U"},
        {"_page": "%%%"},
        {"date": "ge2026-13-45"},
    ],
)
async def test_searches_that_mean_nothing(http: httpx.AsyncClient, params: dict[str, str]) -> None:
    answer = await http.get("/Observation", params=params)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_links_stay_valid_while_the_data_moves(
    hospital: Hospital, http: httpx.AsyncClient
) -> None:
    start = hospital.clock.now()
    for n in range(30):
        hospital.clock.advance(1)
        hospital.put(heart_rate(f"o{n:02}", start))
    answer = await http.get("/Observation", params={"_count": "5", "_sort": "_lastUpdated"})
    seen: list[str] = []
    while True:
        body = answer.json()
        seen += [entry["resource"]["id"] for entry in body["entry"]]
        link = [one["url"] for one in body["link"] if one["relation"] == "next"]
        if not link:
            break
        hospital.clock.advance(1)
        hospital.put(heart_rate("o00", start, 90), heart_rate("o01", start, 90))
        hospital.world.store.delete("Observation", "o29")
        answer = await http.get(link[0])
    assert set(seen) == {f"o{n:02}" for n in range(29)}
    # What was touched behind the walk is met again at its new place.
    assert seen.count("o00") > 1


async def test_pages_are_bounded(hospital: Hospital, http: httpx.AsyncClient) -> None:
    hospital.put(*(heart_rate(f"o{n}", hospital.clock.now()) for n in range(600)))
    body = (await http.get("/Observation", params={"_count": "100000"})).json()
    assert len(body["entry"]) == 500
