"""What cannot be used, from end to end: spoilt at the hospital, told by the hub on the station's
page *Screens and links* and in its figures, and gone from both when it is mended there."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.hub.app import Hub
from smartward.screen.scene import Scene
from smartward.wire.envelope import Document
from tests.his.hospital import Hospital, heart_rate, patient, stay
from tests.hub.screens import TestScreen, device
from tests.ui.bed_stage import Stage, application, stage

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def desk() -> Iterator[Stage]:
    """The station's page, with nothing told yet."""
    application()
    with stage("station", Scene(documents=[]), size=(1920, 1080)) as on:
        on.tap("pageLinks")
        yield on
        assert not on.warnings


async def told(hub: Hub, hospital: Hospital, rejected: int) -> None:
    """Poll until so many things are set aside."""
    async with asyncio.timeout(20):
        while hub.state()["his_rejected"] != rejected or not hub.state()["his_up"]:
            if hospital.clock.waiting:
                hospital.clock.advance(5)
            await hub.store.read(lambda reader: None)


async def page(hub: Hub, station: TestScreen, on: Stage) -> list[str]:
    """What the page shows of what the hub has told its station."""
    await station.caught_up(hub.feed.head(hub.settings.ward))
    documents = [
        Document(kind=kind, id=id, seq=seq, body=msgspec.Raw(body))
        for (kind, id), (seq, body) in station.mirror.documents.items()
    ]
    on.replica.load(documents, max(one.seq for one in documents))
    on.settle()
    return on.texts()


async def figures(hub: Hub) -> str:
    transport = httpx.ASGITransport(app=hub.application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        return (await http.get("/metrics")).text


@pytest.mark.verifies(
    "the simulator (over a socket)",
    "a spoilt resource: on the station's page and in /metrics, gone from both when mended",
)
async def test_a_spoilt_resource_is_on_the_page_and_in_the_figures_until_it_is_mended(
    tmp_path: Path, desk: Stage
) -> None:
    async with Hospital() as hospital:
        at = hospital.clock.now()
        spoilt = heart_rate("b", at, valueQuantity={"value": 80, "unit": "mg", "code": "mg"})
        hospital.put(patient(), stay(), heart_rate("a", at), spoilt)
        settings = Settings(port=0, his_url=hospital.url, his_ward="ward-3")
        hub = Hub(settings, tmp_path, hospital.clock)
        await hub.start()
        station = TestScreen(device(ScreenRole.STATION))
        try:
            await told(hub, hospital, 1)
            station.connect(hub.feed)
            assert "1 × 单位缺失或无法识别" in await page(hub, station, desk)
            assert 'smartward_his_rejected{reason="his.rejection.unit"} 1.0' in await figures(hub)
            hospital.put(heart_rate("b", hospital.clock.now(), 81))
            await told(hub, hospital, 0)
            shown = await page(hub, station, desk)
            assert not [text for text in shown if "×" in text]
            assert "smartward_his_rejected{" not in await figures(hub)
            signs = await hub.store.read(lambda reader: list(reader.all("ward", "vital_sign")))
            assert {one.id for one in signs} == {"his.a", "his.b"}
        finally:
            await station.hang_up()
            await hub.stop()
