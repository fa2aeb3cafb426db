"""One thing a server cannot answer, and answers that break their reading: the ward goes on."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from unittest import mock

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartward.errors import BadData, Unreachable
from smartward.his.fhir.capability import Verdict
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.page import Params
from smartward.his.fhir.walk import MOST_PAGES, Walk
from smartward.his.http import Http
from smartward.his.port import Rejection
from smartward.his.reply import Reply
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


# ------------------------------------------------------------ answers that break their reading


def answers(make: Callable[[httpx.Request], httpx.Response]) -> Http:
    """A way to a server that answers as told, within this process."""
    http = Http("http://his.example/fhir", {})
    http.new_client = lambda: httpx.AsyncClient(transport=httpx.MockTransport(make))  # type: ignore[assignment]  # a stand-in of this test
    http._client = http.new_client()
    return http


def page(*rows: object, link: str | None = None) -> bytes:
    links = [] if link is None else [{"relation": "next", "url": link}]
    entry = [{"resource": one} for one in rows]
    return msgspec.json.encode({"resourceType": "Bundle", "link": links, "entry": entry})


def row(id: str, **more: object) -> dict[str, object]:
    return {"resourceType": "Flag", "id": id, "status": "active", **more}


@pytest.mark.parametrize(
    "link",
    [
        "http://[bad/x",
        "http://his.example:notaport/x",
        "http://his.example:99999/x",
        "//[::1/x",
        "http://his.example\u2100/x",
        "mailto:x",
    ],
)
async def test_a_link_that_is_no_address_is_the_fault_of_its_answer(link: str) -> None:
    http = answers(lambda request: httpx.Response(200, content=page(row("a"), link=link)))
    with pytest.raises(BadData) as raised:
        await Loader(http).search("Flag", [])
    await http.close()
    assert raised.value.key == "his.bad.elsewhere"


@pytest.mark.parametrize(
    "link, asked",
    [
        ("Flag?page=2", "http://his.example/fhir/Flag?page=2"),
        ("?page=2", "http://his.example/fhir?page=2"),
        ("/fhir/Flag?page=2", "http://his.example/fhir/Flag?page=2"),
        ("//his.example/fhir/Flag?page=2", "http://his.example/fhir/Flag?page=2"),
    ],
)
async def test_a_relative_link_is_below_the_base(link: str, asked: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if "page=2" in str(request.url):
            return httpx.Response(200, content=page(row("b")))
        return httpx.Response(200, content=page(row("a"), link=link))

    http = answers(answer)
    walk = await Loader(http).search("Flag", [])
    await http.close()
    assert walk is not None
    assert set(walk.found) == {"a", "b"}
    assert seen[-1] == asked


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Sun, 22 Nov 2026 05:00:00 +99999999999",
        "Sun, 22 Nov 1926 05:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -0100",
        "Mon, 32 Foo 2020 99:99:99 GMT",
        "soon",
        "",
    ],
)
async def test_a_date_that_is_none_is_not_told(date: str) -> None:
    http = answers(lambda request: httpx.Response(200, headers={"Date": date}))
    assert (await http.get("metadata")).date is None
    await http.close()


@pytest.mark.parametrize(
    "told, waits",
    [
        ("120", 120.0),
        ("9" * 400, 3600.0),
        ("²", None),
        ("-5", None),
        ("1e3", None),
        ("Mon, 01 Jan 2150 00:00:00 GMT", 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None),
    ],
)
async def test_how_long_to_wait_is_a_number_of_seconds_an_hour_at_most(
    told: str, waits: float | None
) -> None:
    headers = [
        (b"Retry-After", told.encode("latin-1")),
        (b"Date", b"Sun, 22 Nov 2026 05:00:00 GMT"),
    ]
    http = answers(lambda request: httpx.Response(503, headers=headers))
    with pytest.raises(Unreachable) as raised:
        await http.get("metadata")
    await http.close()
    assert raised.value.values.get("retry_after_s") == waits


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("resourceType", "id", "link", "entry", "resource", "meta", "url")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_LINKS = st.text(alphabet="http:/[]@?#.%&=\\ 0²é\x00", max_size=24)
_HEADS = st.dictionaries(
    st.sampled_from(("Date", "Retry-After", "Location", "ETag", "Content-Type")),
    st.text(alphabet="0123456789 :,+-GMTJanSun²", max_size=32).map(
        lambda text: text.encode("latin-1")
    ),
    max_size=3,
)
_STAMPS = st.sampled_from(
    ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-22T05:00:00Z", "x", "")
)


@settings(max_examples=150)
@given(
    heads=_HEADS,
    link=st.none() | _LINKS,
    stamps=st.lists(_STAMPS, max_size=3),
    instead=st.none() | _JSON,
    status=st.sampled_from((200, 200, 200, 304, 429, 500)),
)
async def test_whatever_a_server_answers_is_one_types_fault(
    heads: dict[str, bytes], link: str | None, stamps: list[str], instead: object, status: int
) -> None:
    rows = [row(str(n), meta={"lastUpdated": at}) for n, at in enumerate(stamps)]
    body = page(*rows, link=link) if instead is None else msgspec.json.encode(instead)
    http = answers(lambda request: httpx.Response(status, headers=heads, content=body))
    loader = Loader(http)
    loader.now = datetime(2026, 11, 22, 5, tzinfo=UTC)
    with contextlib.suppress(Unreachable):
        await loader.search("Flag", [])
    his = FhirHis(http.base, "w", "his", load_mapping())
    his.http = http
    with contextlib.suppress(BadData, Unreachable):
        await his.statement()
    await http.close()


@pytest.mark.expects_log("broke their reading: KeyError")
async def test_what_breaks_the_reading_of_one_type_leaves_the_others() -> None:
    """A fault of our own in the reading of one type's answers is told, and is that type's alone."""
    ward = DialectWard("plain")
    ward.put(patient(), stay(), heart_rate("a", ward.clock.now()))
    follower = Follower(ward.his())
    walker = follower.his.loader._walker
    walk = walker.walk

    async def broken(kind: str, params: Params) -> Walk:
        if kind == "Task":
            raise KeyError("a patient's name")
        return await walk(kind, params)

    with mock.patch.object(walker, "walk", broken):
        told = await follower.turn()
    await ward.close()
    assert set(follower.of("vital_sign")) == {"his.a"}
    assert {(one.resource_type, one.key) for one in told.rejected} == {
        ("Task", "his.rejection.type_broken")
    }


# ------------------------------------------------------------ bounds


async def test_a_search_may_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartward.his.fhir.walk.MOST_BYTES", 2000)
    pages = (n for n in range(MOST_PAGES))

    def answer(request: httpx.Request) -> httpx.Response:
        n = next(pages)
        return httpx.Response(200, content=page(row(f"{n}", x="y" * 500), link=f"?page={n + 1}"))

    http = answers(answer)
    with pytest.raises(BadData) as raised:
        await Loader(http).search("Flag", [])
    await http.close()
    assert raised.value.key == "his.bad.endless"
    assert next(pages) < 8


async def test_a_search_may_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartward.his.fhir.guard._LONGEST_WALK_S", 0.05)
    never = asyncio.Event()

    async def waiting(request: httpx.Request) -> httpx.Response:
        await never.wait()
        raise AssertionError("it never comes")

    http = Http("http://his.example/fhir", {})
    await http._client.aclose()
    http._client = httpx.AsyncClient(transport=httpx.MockTransport(waiting))
    with pytest.raises(BadData) as raised:
        await Loader(http).search("Flag", [])
    await http.close()
    assert raised.value.key == "his.bad.endless"


async def test_rows_nobody_asked_for_are_not_taken_for_those_asked_for() -> None:
    """That lists of ids work was tried with patients: of another type they may be ignored."""
    people = {id: {"resourceType": "Practitioner", "id": id} for id in ("a", "b", "c")}

    def answer(request: httpx.Request) -> httpx.Response:
        one = people.get(request.url.path.rpartition("/")[2])
        found = page(*people.values()) if one is None else msgspec.json.encode(one)
        return httpx.Response(200, content=found)

    http = answers(answer)
    loader = Loader(http)
    loader.id_lists = Verdict.HONOURED
    found = await loader.by_ids("Practitioner", ["a", "b"])
    await http.close()
    assert set(found) == {"a", "b"}
    assert loader.id_lists is Verdict.HONOURED


async def test_a_stay_whose_status_became_unknown_is_asked_about_and_not_over() -> None:
    ward = DialectWard("plain")
    ward.put(patient(), stay())
    follower = Follower(ward.his())
    await follower.turn()
    ward.world.change("Encounter", "e1", status="unknown")
    census = await follower.his.census()
    await ward.close()
    (told,) = census.encounters
    assert isinstance(told, Rejection)
    assert (told.source_id, told.key) == ("e1", "his.rejection.status")
