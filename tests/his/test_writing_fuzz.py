"""Whatever a server answers to a write: it is written, or there is an error that says so."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.his_write import WriteKind
from smartward.errors import SmartWardError
from smartward.his.drafts import Draft, Known
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.writing_offer import CreateWay, Offer
from smartward.his.port import Still, Written
from tests.fakes.fake_clock import ManualClock
from tests.his import written_samples as samples

MAPPING = load_mapping()
DRAFTS: tuple[Draft, ...] = (
    samples.CALL,
    samples.TEMPERATURE,
    samples.GIVEN,
    samples.TASK_DONE,
    replace(samples.GIVEN, given=False, reason="vomiting"),
)
_NAMES = (
    "resourceType", "id", "meta", "versionId", "status", "identifier", "system", "value", "entry",
    "resource", "dosageInstruction", "doseAndRate", "doseQuantity", "executionPeriod", "code",
    "medicationCodeableConcept", "valueQuantity", "subject", "total", "issue", "search",
)  # fmt: skip
_WORDS = st.sampled_from(("Task", "Bundle", "a", "", "completed", "entered-in-error", "2026", "²"))
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.just(1e400), _WORDS)
_json = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)
_DEPTHS = (100, 400, 900, 990, 1_100, 100_000)


def _deep(name: str, depth: int, inner: bytes = b"1") -> bytes:
    """A resource with something nested so deep in it."""
    nest = b"[" * depth + inner + b"]" * depth
    return b'{"resourceType":"Task","id":"a","meta":{"versionId":"1"},"%s":%s}' % (
        name.encode(),
        nest,
    )


_deep_ones = st.builds(_deep, st.sampled_from(_NAMES), st.sampled_from(_DEPTHS))
_bodies = st.one_of(
    _json.map(lambda body: msgspec.json.encode(body)),
    st.dictionaries(st.sampled_from(_NAMES), _json, max_size=6).map(
        lambda body: msgspec.json.encode({"resourceType": "Task", "id": "a", **body})
    ),
    _deep_ones,
    st.sampled_from(_DEPTHS).map(lambda n: b'{"entry":' * n + b"1" + b"}" * n),
    st.sampled_from((b"", b"<html></html>", b"\xff\xfe", b"{", b"null")),
)
_headers = st.dictionaries(
    st.sampled_from(("Location", "ETag")),
    st.sampled_from(("", "Task/a/_history/2", "http://[bad", 'W/"1"', "/", '"', "²")),
    max_size=2,
)
_answers = st.tuples(st.sampled_from((200, 201, 204, 400, 404, 409, 410, 412)), _bodies, _headers)


class Babel:
    """Answers with these in turn, the last one for ever."""

    def __init__(self, answers: list[tuple[int, bytes, dict[str, str]]]) -> None:
        self._answers = answers
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        status, body, headers = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        raw = {name: value.encode() for name, value in headers.items()}
        return httpx.Response(status, content=body, headers=raw)


def talking(babel: Babel) -> FhirHis:
    """A client of a server that answers like that."""
    his = FhirHis("http://his.example/fhir", "w", "his", MAPPING, clock=ManualClock())

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(babel))

    his.http.new_client = client  # type: ignore[method-assign]  # a stand-in of this test
    his.http._client = client()
    his._ask_capability_at = float("inf")
    return his


async def told(babel: Babel, draft: Draft, known: Known) -> Written | SmartWardError:
    his = talking(babel)
    try:
        return await his.write(draft, known)
    except SmartWardError as error:
        return error
    finally:
        await his.close()


async def still(babel: Babel) -> Any:
    his = talking(babel)
    try:
        return await his.still(WriteKind.OBSERVATION, "a")
    finally:
        await his.close()


@settings(max_examples=60)
@given(
    st.lists(_answers, min_size=1, max_size=4),
    st.sampled_from(DRAFTS),
    st.sampled_from(CreateWay),
    st.booleans(),
    st.sampled_from((None, "a")),
)
def test_an_answer_that_makes_no_sense_is_an_error_and_no_crash(
    answers: list[tuple[int, bytes, dict[str, str]]],
    draft: Draft,
    way: CreateWay,
    again: bool,
    source_id: str | None,
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("smartward.his.fhir.writing.offer", lambda said, type: Offer(way, True))
        known = Known(tried=(draft,), again=again, source_id=source_id, version=source_id)
        babel = Babel(answers)
        found = asyncio.run(told(babel, draft, known))
        if isinstance(found, Written):
            assert found.source_id
        assert babel.asked < 20
    assert asyncio.run(still(Babel(answers))) in tuple(Still)


@pytest.mark.parametrize("depth", _DEPTHS)
@pytest.mark.parametrize("name", ["identifier", "meta"])
def test_an_answer_as_deep_as_can_be_is_no_crash(depth: int, name: str) -> None:
    for status, again in ((200, True), (201, False)):
        babel = Babel([(status, _deep(name, depth), {})])
        with pytest.MonkeyPatch.context() as patched:
            for way in CreateWay:
                patched.setattr(
                    "smartward.his.fhir.writing.offer", lambda *_, way=way: Offer(way, True)
                )
                known = Known(tried=(samples.CALL,), again=again)
                asyncio.run(told(babel, samples.CALL, known))
                asyncio.run(told(babel, samples.TASK_DONE, replace(known, source_id="a")))
