"""What a server can do wrong: each gets the right answer, and the ward goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.auth import Bearer
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.page import Asker
from smartward.his.fhir.probe import Probe
from smartward.his.fhir.walk import MOST_PAGES, Walker
from smartward.his.http import Access, Http
from smartward.his.port import Value
from smartward.his.simulator.faults import RETRY_AFTER_S
from smartward.his.simulator.gateway import Gateway
from smartward.his.simulator.rest import PREFIX
from tests.his.hospital import WARD, Follower, Hospital, heart_rate, patient, stay
from tests.his.proxy import Proxy
from tests.his.scripted import Fault

pytestmark = pytest.mark.anyio

FHIR = "application/fhir+json"


@pytest.mark.parametrize(
    "fault, error, key",
    [
        ("garbage", BadData, "his.bad.not_fhir"),
        ("truncate", BadData, "his.bad.not_fhir"),
        ("refuse", Refused, "his.refused.access"),
        ("busy", Unreachable, "his.unreachable.busy"),
        ("down", Unreachable, "his.unreachable.away"),
    ],
)
async def test_a_server_that_fails_and_returns(
    fault: str, error: type[SmartWardError], key: str
) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        hospital.faults.set(fault, True)
        if fault == "down":
            await hospital.gateway.down()
        with pytest.raises(error) as raised:
            await follower.turn()
        assert raised.value.key == key
        hospital.faults.set(fault, False)
        await hospital.gateway.up()
        hospital.put(heart_rate("a", hospital.clock.now()))
        await follower.turn()
    assert set(follower.of("vital_sign")) == {"his.a"}


async def test_a_busy_server_tells_how_long_to_wait() -> None:
    async with Hospital() as hospital:
        hospital.faults.set("busy", True)
        with pytest.raises(Unreachable) as raised:
            await hospital.his().census()
    assert raised.value.values == {"status": 429, "retry_after_s": float(RETRY_AFTER_S)}


async def test_a_fault_in_the_middle_of_a_turn_loses_nothing() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        hospital.put(heart_rate("a", hospital.clock.now()))
        before = follower.watermark
        census = await follower.his.census()
        hospital.faults.set("busy", True)
        with pytest.raises(Unreachable):
            await follower.his.changes(["his.e1"], before)
        hospital.faults.set("busy", False)
        told = await follower.his.changes(["his.e1"], before)
    assert len(census.encounters) == 1
    assert [one.id for one in told.items if isinstance(one, Value)] == ["his.a"]


class Scripted:
    """A server that answers each path as a test says, before a real simulator."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        route = Route("/{path:path}", answer, methods=["GET", "POST", "PUT"])
        self._gateway = Gateway(Starlette(routes=[route]), 0)

    async def __aenter__(self) -> "Scripted":
        await self._gateway.up()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._gateway.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._gateway.port}/fhir"


def bundle(resources: list[object], next_url: str | None = None) -> Response:
    links = [{"relation": "next", "url": next_url}] if next_url else []
    body = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links,
        "entry": [{"resource": one} for one in resources],
    }
    return Response(msgspec.json.encode(body), media_type=FHIR)


def observation(id: str, updated: str = "2026-11-21T00:00:00.000Z") -> dict[str, object]:
    meta = {"versionId": "1", "lastUpdated": updated}
    return {"resourceType": "Observation", "id": id, "status": "final", "meta": meta}


async def walk(answer: Callable[[Request], Awaitable[Response]]) -> dict[str, object]:
    async with Scripted(answer) as server:
        http = Http(server.url, {})
        try:
            ask = Asker(http)
            return dict((await Walker(ask, Probe(ask)).walk("Observation", [])).found)
        finally:
            await http.close()


async def test_a_page_link_to_another_server_is_not_followed() -> None:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        resource = {"resourceType": "Observation", "id": "a"}
        return bundle([resource], "http://elsewhere.example/fhir/Observation?page=2")

    with pytest.raises(BadData) as raised:
        await walk(answer)
    assert raised.value.key == "his.bad.elsewhere"
    assert len(asked) == 1


async def test_a_list_that_never_ends() -> None:
    n = 0

    async def answer(request: Request) -> Response:
        nonlocal n
        n += 1
        return bundle(
            [{"resourceType": "Observation", "id": f"o{n}"}], f"{request.base_url}fhir/x?p={n}"
        )

    with pytest.raises(BadData) as raised:
        await walk(answer)
    assert raised.value.key == "his.bad.endless"
    assert n == MOST_PAGES


async def test_a_link_that_leads_back() -> None:
    async def answer(request: Request) -> Response:
        return bundle([{"resourceType": "Observation", "id": "a"}], f"{request.base_url}fhir/x?p=1")

    with pytest.raises(BadData) as raised:
        await walk(answer)
    assert raised.value.key == "his.bad.endless"


async def test_a_server_that_cannot_sort() -> None:
    async def answer(request: Request) -> Response:
        if "_sort" in request.query_params:
            return Response("{}", 400, media_type=FHIR)
        if "page" in request.query_params:
            return bundle([observation("b")])
        return bundle([observation("a")], f"{request.base_url}fhir/Observation?page=2")

    assert set(await walk(answer)) == {"a", "b"}


async def test_a_server_that_sorts_newest_first_whatever_is_asked() -> None:
    async def answer(request: Request) -> Response:
        if "page" in request.query_params:
            return bundle([observation("c", "2026-11-21T00:00:01.000Z")])
        newer = observation("a", "2026-11-21T00:00:03.000Z")
        older = observation("b", "2026-11-21T00:00:02.000Z")
        return bundle([newer, older], f"{request.base_url}fhir/Observation?page=2")

    assert set(await walk(answer)) == {"a", "b", "c"}


async def test_rows_without_a_date_of_change() -> None:
    async def answer(request: Request) -> Response:
        if "page" in request.query_params:
            return bundle([{"resourceType": "Observation", "id": "b"}])
        link = f"{request.base_url}fhir/Observation?page=2"
        return bundle([{"resourceType": "Observation", "id": "a"}], link)

    assert set(await walk(answer)) == {"a", "b"}


async def test_an_outcome_and_an_include_among_the_rows() -> None:
    async def answer(request: Request) -> Response:
        outcome = {"resourceType": "OperationOutcome", "issue": []}
        included = {"resourceType": "Patient", "id": "p"}
        return bundle([outcome, included, observation("a"), None, {}, "text"])

    assert set(await walk(answer)) == {"a"}


@pytest.mark.parametrize(
    "status, error",
    [(301, Refused), (401, Refused), (404, Refused), (500, Unreachable), (503, Unreachable)],
)
async def test_answers_by_status(status: int, error: type[SmartWardError]) -> None:
    async def answer(request: Request) -> Response:
        return Response("", status, headers={"Location": "http://elsewhere.example/"})

    with pytest.raises(error):
        await walk(answer)


async def test_an_answer_that_comes_drop_by_drop_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the time between two bytes, and for ever."""
    monkeypatch.setattr("smartward.his.http._LONGEST_S", 0.3)
    hung_up = asyncio.Event()

    async def drops() -> AsyncIterator[bytes]:
        yield b'{"resourceType":'
        await hung_up.wait()

    async def answer(request: Request) -> Response:
        return StreamingResponse(drops(), media_type=FHIR)

    with pytest.raises(Unreachable) as raised:
        await walk(answer)
    hung_up.set()
    assert raised.value.key == "his.unreachable.slow"


async def test_retry_after_as_a_date_is_by_the_servers_clock() -> None:
    async def answer(request: Request) -> Response:
        dates = {
            "Date": "Sat, 21 Nov 2026 00:30:00 GMT",
            "Retry-After": "Sat, 21 Nov 2026 00:31:30 GMT",
        }
        return Response("", 503, headers=dates)

    with pytest.raises(Unreachable) as raised:
        await walk(answer)
    assert raised.value.values["retry_after_s"] == 90.0


async def test_the_token_goes_to_the_server_and_not_into_the_address() -> None:
    seen: list[tuple[str, str | None]] = []

    async def answer(request: Request) -> Response:
        seen.append((str(request.url), request.headers.get("authorization")))
        return Response("", 401)

    async with Scripted(answer) as server:
        his = FhirHis(server.url, "ward-3", "his", load_mapping(), Access(Bearer(lambda: "s3cret")))
        with pytest.raises(Refused):
            await his.census()
        await his.close()
    assert seen
    assert all(token == "Bearer s3cret" and "s3cret" not in url for url, token in seen)


async def test_another_fhir_version_is_told() -> None:
    async def answer(request: Request) -> Response:
        body = {"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}
        return Response(msgspec.json.encode(body), media_type=FHIR)

    async with Scripted(answer) as server:
        his = FhirHis(server.url, "ward-3", "his", load_mapping())
        with pytest.raises(BadData) as raised:
            await his.census()
        await his.close()
    assert raised.value.key == "his.bad.not_r4"
    assert raised.value.values == {"version": "3.0.2"}


@pytest.mark.parametrize(
    "spoilt, key",
    [
        (Response("{}", 403, media_type=FHIR), "his.rejection.type_refused"),
        (Response("<html>", media_type="text/html"), "his.rejection.type_broken"),
    ],
)
async def test_one_resource_type_that_is_not_to_be_had(spoilt: Response, key: str) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay(), heart_rate("a", hospital.clock.now()))
        searching = hospital.gateway._app.router.routes[1].endpoint
        route = hospital.gateway._app.router.routes[1]

        async def answer(request: Request) -> Response:
            if request.path_params["kind"] in ("CareTeam", "Task"):
                return Response(spoilt.body, spoilt.status_code, media_type=spoilt.media_type)
            found = await searching(request)
            assert isinstance(found, Response)
            return found

        route.app = Route("/", answer).app
        follower = Follower(hospital.his())
        told = await follower.turn()
    assert set(follower.encounters()) == {"his.e1"}
    assert set(follower.of("vital_sign")) == {"his.a"}
    aside = {(one.resource_type, one.key) for one in told.rejected}
    assert aside == {("CareTeam", key), ("Task", key)}
    assert told.complete is (key == "his.rejection.type_refused")


async def test_a_stray_answer_on_a_kept_connection_shifts_the_next_ones_once_only() -> None:
    """Every answer but one would be that of the request before, for as long as the connection is
    kept: it is let go as soon as one answer is seen not to be what was asked."""
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        proxy = Proxy(hospital.clock)
        await proxy.up(hospital.gateway.port)
        his = FhirHis(f"http://127.0.0.1:{proxy.port}{PREFIX}", WARD, "his", load_mapping())
        try:
            follower = Follower(his)
            await follower.turn()
            proxy.begin(dict.fromkeys(range(1, 7), Fault.TWICE), {})
            with pytest.raises(BadData) as raised:
                await follower.turn()
            proxy.begin({}, {})
            hospital.put(heart_rate("a", hospital.clock.now()))
            await follower.turn()
        finally:
            await his.close()
            await proxy.down()
    assert proxy.met == {Fault.TWICE}
    assert raised.value.key == "his.bad.not_fhir"
    assert set(follower.of("vital_sign")) == {"his.a"}


@pytest.mark.parametrize("wrong", [{"id": "e2"}, {"resourceType": "Flag", "id": "e1"}])
async def test_a_read_that_is_answered_with_another_is_no_answer(wrong: dict[str, str]) -> None:
    async def answer(request: Request) -> Response:
        body = msgspec.json.encode(stay() | wrong)
        return Response(body, media_type=FHIR)

    async with Scripted(answer) as server:
        http = Http(server.url, {})
        with pytest.raises(BadData) as raised:
            await Loader(http).read("Encounter", "e1")
        await http.close()
    assert raised.value.key == "his.bad.not_fhir"


async def test_a_search_that_is_answered_with_other_types_is_no_answer() -> None:
    async def answer(request: Request) -> Response:
        return bundle([patient()])

    async with Scripted(answer) as server:
        http = Http(server.url, {})
        with pytest.raises(BadData) as raised:
            await Loader(http).search("Encounter", [])
        await http.close()
    assert raised.value.key == "his.bad.not_fhir"
