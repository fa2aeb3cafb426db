"""How many hubs follow one ward: one for each data folder, and nobody counts the folders.

Two hubs with folders of their own both poll the ward and keep the same of it. Neither knows of the
other: what is touched at one's screens is not on the other's. Nothing at a hospital system says
whose turn it is, so it is the operator who sees to it that a ward has one hub.
"""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.app import Hub
from smartward.i18n import LANGUAGES, Catalogue
from smartward.wire.envelope import ActionKind
from tests.his.hospital import Hospital, heart_rate, patient, stay
from tests.hub.conftest import Ward

pytestmark = pytest.mark.anyio


def settings(hospital: Hospital) -> Settings:
    return Settings(port=0, his_url=hospital.url, his_ward="ward-3", staff_proof="name")


async def up(hub: Hub, hospital: Hospital) -> None:
    """Poll until the stay is here."""
    async with asyncio.timeout(20):
        while hub.state()["encounters"] != 1 or not hub.state()["his_up"]:
            if hospital.clock.waiting:
                hospital.clock.advance(5)
            await hub.store.read(lambda reader: None)


async def kept(hub: Hub, kind: str) -> list[str]:
    """Ids of its documents of that kind."""
    return await hub.store.read(lambda reader: [one.id for one in reader.all("ward", kind)])


async def test_a_second_hub_on_the_same_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        first = Hub(settings(hospital), tmp_path, hospital.clock)
        await first.start()
        try:
            with pytest.raises(Misconfigured) as refused:
                Hub(settings(hospital), tmp_path, hospital.clock)
            await up(first, hospital)  # and the first goes on
        finally:
            await first.stop()
        assert refused.value.key == "hub.already_running"
        assert refused.value.values == {"folder": str(tmp_path)}
        for language in LANGUAGES:
            said = Catalogue(language, ZoneInfo("UTC")).text(refused.value.key, folder=tmp_path)
            assert str(tmp_path) in said
            assert "--data-dir" in said
        # With the first one gone the folder is free.
        second = Hub(settings(hospital), tmp_path, hospital.clock)
        await second.start()
        await second.stop()


async def test_two_folders_are_two_hubs_of_one_ward_and_nothing_prevents_it(
    tmp_path: Path,
) -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay(), heart_rate("a", hospital.clock.now()))
        hubs = [
            Hub(settings(hospital), tmp_path / name, hospital.clock) for name in ("one", "other")
        ]
        for hub in hubs:
            await hub.start()
        try:
            for hub in hubs:
                await up(hub, hospital)
            ward = Ward(hubs[0], hospital.clock)
            bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
            data = {"bed_id": "his.bed-1", "class": "normal"}
            told = await ward.act(bedside, ActionKind.CALL_PLACE, "call-1", data=data)
            assert told.outcome == "applied"
            for hub in hubs:
                await up(hub, hospital)
            assert [await kept(hub, "nurse_call") for hub in hubs] == [["call-1"], []]
            assert [await kept(hub, "vital_sign") for hub in hubs] == [["his.a"], ["his.a"]]
        finally:
            for hub in hubs:
                await hub.stop()
