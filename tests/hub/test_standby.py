"""A standby hub: it follows write by write, acts alone, hands over and follows again."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import NurseCall
from smartward.clock import SystemClock
from smartward.hub.app import Hub
from smartward.hub.http_server import HttpServer
from smartward.hub.standby import Mode, Standby
from smartward.hub.standby_source import HttpSource
from smartward.hub.store.model import decode
from smartward.wire.envelope import Action, ActionKind, ActionRequest
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]

CLOCK = SystemClock()
QUICK = replace(SETTINGS, ward=WARD, standby_alone_s=0.5)


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    end = CLOCK.monotonic() + within_s
    while not condition():
        assert CLOCK.monotonic() < end, "it did not come to be in time"
        await CLOCK.sleep(0.01)


class Pair:
    """A hub with its HTTP server, and its standby with its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.hub: Hub | None = None
        self.tokens: dict[str, str] = {}
        self.client = httpx.AsyncClient(trust_env=False, timeout=10)

    async def start_hub(self) -> Hub:
        self.hub = Hub(replace(QUICK, port=self.port), self.folder / "hub", CLOCK, None)
        await self.hub.start()
        self.server = HttpServer(self.hub)
        await self.server.start()
        self.port = int(self.server.url.rsplit(":", 1)[1])
        return self.hub

    async def kill_hub(self) -> None:
        assert self.hub is not None
        await self.server.stop()
        await self.hub.stop()
        self.hub = None

    async def enrol(self, role: ScreenRole, place: str | None = None) -> Device:
        assert self.hub is not None
        ward = Ward(self.hub, CLOCK)  # type: ignore[arg-type]
        device = await ward.enrol(role, place)
        self.tokens |= ward.tokens
        return device

    async def start_standby(self, token: str) -> Standby:
        source = HttpSource(self.server.url, token, None)
        self.standby = Standby(QUICK, self.folder / "standby", CLOCK, source, Random(1), None)
        await self.standby.start()
        self.standby_server = HttpServer(self.standby)
        await self.standby_server.start()
        return self.standby

    async def stop_standby(self) -> None:
        await self.standby_server.stop()
        await self.standby.stop()

    async def post(self, url: str, device: Device, action: Action) -> dict[str, Any]:
        response = await self.client.post(
            f"{url}/actions",
            content=__import__("msgspec").json.encode(ActionRequest(action=action, age_ms=0)),
            headers={"Authorization": f"Bearer {self.tokens[device.id]}"},
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def calls(self) -> dict[str, NurseCall]:
        assert self.hub is not None
        found = await self.hub.store.read(lambda r: r.all(WARD, "nurse_call"))
        return {one.id: decode(one.body, NurseCall) for one in found}


def place(number: int, bed: str) -> Action:
    return Action(
        id=f"action-{number}",
        kind=ActionKind.CALL_PLACE,
        subject=f"call-{number}",
        made_at=CLOCK.now(),
        data={"bed_id": bed, "class": "normal"},
    )


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    made = Pair(tmp_path)
    hub = await made.start_hub()
    await docs.furnish(hub.store)
    device = await made.enrol(ScreenRole.STANDBY)
    made.bed = await made.enrol(ScreenRole.BEDSIDE, docs.bed_id(1))
    made.station = await made.enrol(ScreenRole.STATION)
    standby = await made.start_standby(made.tokens[device.id])
    await until(lambda: standby.mode is Mode.FOLLOWING)
    yield made
    await made.stop_standby()
    if made.hub is not None:
        await made.kill_hub()
    await made.client.aclose()


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the log itself."""
    import sqlite3

    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
    left_out = {"replica_log", "wal_filler", "sqlite_stat1", "_sqlite_migrations"}
    found = {
        name: sorted(db.execute(f"select * from {name}").fetchall(), key=repr)
        for name in names
        if name not in left_out
    }
    db.close()
    return found


def same(pair: Pair) -> bool:
    return contents(pair.folder / "hub/hub.sqlite") == contents(pair.folder / "standby/hub.sqlite")


async def test_the_replica_is_the_hubs_file_write_by_write(pair: Pair) -> None:
    epoch = pair.standby.state()["epoch"]
    assert pair.hub is not None
    assert epoch == pair.hub.store.epoch
    answer = await pair.post(pair.server.url, pair.bed, place(1, docs.bed_id(1)))
    assert answer["outcome"] == "applied"
    await until(lambda: same(pair))
