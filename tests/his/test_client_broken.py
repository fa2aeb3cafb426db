"""One thing a server cannot answer, and answers that break their reading: the ward goes on."""

from collections.abc import Awaitable, Callable, Sequence
from email.utils import format_datetime
from unittest import mock

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartward.errors import Unreachable
from smartward.his.http import Reply
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Follower, Hospital, heart_rate, patient, stay

pytestmark = pytest.mark.anyio

FHIR = "application/fhir+json"
Answering = Callable[[Request], Awaitable[Response]]


def spoil(hospital: Hospital, route: int, instead: Callable[[Request], Response | None]) -> None:
    """Answer some requests of a route (0: the statement, 1: searches) otherwise."""
    served = hospital.gateway._app.router.routes[route]
    before: Answering = served.endpoint

    async def answer(request: Request) -> Response:
        made = instead(request)
        if made is not None:
            made.headers["date"] = format_datetime(hospital.clock.now(), usegmt=True)
            return made
        return await before(request)

    served.app = Route("/", answer).app


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_type_that_always_fails_is_set_aside_and_comes_back(status: int) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        failing, asked = ["Task"], 0

        def instead(request: Request) -> Response | None:
            nonlocal asked
            if request.path_params["kind"] not in failing:
                return None
            asked += 1
            return Response("{}", status, media_type=FHIR)

        spoil(hospital, 1, instead)
        follower = Follower(hospital.his())
        for _ in range(2):
            with pytest.raises(Unreachable):
                await follower.turn()
            hospital.clock.advance(20)
        hospital.put(heart_rate("a", hospital.clock.now()))
        told = await follower.turn()
        assert set(follower.of("vital_sign")) == {"his.a"}
        aside = {(one.resource_type, one.key) for one in told.rejected}
        assert aside == {("Task", "his.rejection.type_broken")}
        assert not told.complete
        before = asked
        hospital.clock.advance(20)
        await follower.turn()
        assert asked == before, "it is let be for a while"
        failing.clear()
        hospital.clock.advance(60)
        told = await follower.turn()
    assert told.complete
    assert told.rejected == ()


async def test_a_server_that_fails_altogether_is_busy_and_has_no_broken_types() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        hospital.faults.set("busy", True)
        for _ in range(6):
            hospital.clock.advance(20)
            with pytest.raises(Unreachable):
                await follower.turn()
        hospital.faults.set("busy", False)
        told = await follower.turn()
    assert told.complete


DEEP = b'{"resourceType":"CapabilityStatement","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "spoilt",
    [
        Response("{}", 503, media_type=FHIR),
        Response("<html>", media_type="text/html"),
        Response(DEEP, media_type=FHIR),
    ],
    ids=["busy", "html", "deep"],
)
async def test_a_statement_that_cannot_be_read_is_none_and_is_asked_for_again(
    spoilt: Response,
) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        bad = [spoilt]
        spoil(hospital, 0, lambda request: bad[0] if bad else None)
        follower = Follower(hospital.his())
        await follower.turn()
        assert set(follower.encounters()) == {"his.e1"}
        assert follower.his.capability is None
        bad.clear()
        hospital.clock.advance(301)
        await follower.turn()
    assert follower.his.capability is not None


async def test_a_history_that_fails_is_a_bonus_less_and_misses_nothing() -> None:
    ward = DialectWard("sekmet-like")
    ward.put(patient(), stay(), heart_rate("a", ward.clock.now()))
    follower = Follower(ward.his())
    http = follower.his.http
    get, failing, failed = http.get, False, 0

    async def asked(path: str, params: Sequence[tuple[str, str]] = ()) -> Reply:
        nonlocal failed
        if failing and path.endswith("_history"):
            failed += 1
            raise Unreachable("his.unreachable.busy", "HTTP 503", status=503)
        return await get(path, params)

    with mock.patch.object(http, "get", asked):
        for _ in range(3):
            await follower.turn()
        ward.world.store.delete("Observation", "a")
        failing = True
        ward.clock.advance(40)
        await follower.turn()
        assert failed
        assert set(follower.of("vital_sign")) == {"his.a"}
        failing = False
        ward.clock.advance(200)  # longer than the overlap
        await follower.turn()
        assert follower.of("vital_sign") == {}
    await ward.close()
