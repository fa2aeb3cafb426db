"""A screen that is switched off in the middle of a request: the hub goes on, and logs no fault."""

from typing import Any

import pytest

from smartward.clinical.device import ScreenRole
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward

pytestmark = pytest.mark.anyio


async def test_who_hangs_up_in_the_middle_of_a_request_is_no_fault_of_the_hub(ward: Ward) -> None:
    device = await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(1))
    token = f"Bearer {ward.tokens[device.id]}".encode()
    heard = [
        {"type": "http.request", "body": b'{"action"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return heard.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/actions",
        "query_string": b"",
        "headers": [(b"authorization", token), (b"content-length", b"400")],
    }
    await ward.hub.application(scope, receive, send)
    assert heard == []
    assert [one["status"] for one in said if "status" in one] == [400]
