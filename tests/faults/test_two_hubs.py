"""Two hub processes of a ward on one PostgreSQL, killed in turn while patients call: nothing is
lost, nothing is done twice, and somebody decides for the ward again within seconds."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest

from smartward.bench.chaos import ward
from smartward.bench.chaos.judge import ClockSet, Judge, Verdict
from smartward.bench.chaos.kiosk import Enrolled, Kiosk
from smartward.bench.chaos.people import Bed, Station
from smartward.bench.hubs import HubProcess
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.hub.lease import HELD_S, LOOK_S
from smartward.tasks import Tasks
from tests.fakes import postgres

pytestmark = [pytest.mark.anyio, pytest.mark.long]

BEDS, CALLS, SPREAD_S = 16, 112, 5.0
LATE_S = 5.0
"""Within this a call is drawn at a station, whatever hub its screen was at."""
DECIDES_S = HELD_S + LOOK_S + 0.5
CLOCK = SystemClock()
SETTINGS = {**ward.SETTINGS, "port": "0"}


class Screens:
    """The ward's screens, in this process: real files, real links to a list of hubs."""

    def __init__(self, folder: Path, devices: list[Enrolled], urls: str) -> None:
        self._tasks = Tasks()
        random = Random(6)
        self.kiosks = [Kiosk(one, urls, folder, SystemClock()) for one in devices]
        self._moved = asyncio.Event()
        for kiosk in self.kiosks:
            kiosk.replica.subscribe(lambda _: self._moved.set())
        pace = SPREAD_S * BEDS / CALLS
        self.beds = [
            Bed(kiosk, random, pace, lambda _bed: None)
            for kiosk in self.kiosks
            if kiosk.device.role is ScreenRole.BEDSIDE
        ]
        self.stations = [
            Station(kiosk, random)
            for kiosk in self.kiosks
            if kiosk.device.role is ScreenRole.STATION
        ]

    def start(self) -> None:
        for kiosk in self.kiosks:
            kiosk.start(self._tasks)
        for station in self.stations:
            station.start(self._tasks)
        for bed in self.beds:
            self._tasks.spawn(bed.live(), f"bed {bed.kiosk.device.id}")

    async def until(self, met: Callable[[], bool]) -> None:
        """Look whenever a station's page changes, and a few times a second."""
        async with asyncio.timeout(30):
            while not met():
                self._moved.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), 0.3)

    async def placed(self, calls: int) -> None:
        await self.until(lambda: sum(bed.placed for bed in self.beds) >= calls)

    @property
    def at_rest(self) -> bool:
        """Whether every call was made and seen to its end."""
        return all(bed.at_rest and bed.placed == bed.kiosk.device.calls for bed in self.beds)

    async def close(self) -> None:
        await self._tasks.stop()
        for kiosk in self.kiosks:
            await kiosk.close()


async def health(hub: HubProcess) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        found: dict[str, Any] = (await client.get(f"{hub.url}/health")).json()
        return found


async def decides(hub: HubProcess) -> float:
    """Seconds until this hub decides for the ward."""
    began = CLOCK.monotonic()
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await health(hub))["deciding"]:
                    return CLOCK.monotonic() - began


async def deciding_first(hubs: list[HubProcess]) -> tuple[HubProcess, HubProcess]:
    """Both, the one that decides before the other."""
    async with asyncio.timeout(20):
        while True:
            for hub, other in (hubs, reversed(hubs)):
                if (await health(hub))["deciding"]:
                    return hub, other


@asynccontextmanager
async def two_hubs(folder: Path, url: str) -> AsyncIterator[list[HubProcess]]:
    starting = (
        asyncio.to_thread(HubProcess, f"hub-{name}", folder, url, SETTINGS) for name in "ab"
    )
    hubs = await asyncio.gather(*starting)
    try:
        yield hubs
    finally:
        for hub in hubs:
            await asyncio.to_thread(hub.stop)


@pytest.fixture
def database() -> Iterator[str]:
    with postgres.database("template1") as url:
        yield url


def history(url: str, file: Path) -> Path:
    """The calls' history and the answers, as the judge reads them: by no code of the hub."""
    copy = sqlite3.connect(file)
    copy.execute("create table history (id, at, action, body, kind)")
    copy.execute("create table answer (action, answer)")
    with psycopg.connect(url, options=f"-c search_path=ward_{ward.WARD}") as connection:
        rows = connection.execute("select id, at, action, body, kind from history order by rowid")
        copy.executemany("insert into history values (?, ?, ?, ?, ?)", rows)
        copy.executemany(
            "insert into answer values (?, ?)",
            connection.execute("select action, answer from answer"),
        )
    copy.commit()
    copy.close()
    return file


@pytest.mark.expects_log
async def test_hubs_killed_in_turn_lose_nothing_and_double_nothing(
    tmp_path: Path, database: str
) -> None:
    devices = ward.enrolled(BEDS, 1, CALLS)
    await asyncio.to_thread(ward.furnish, tmp_path / "first", BEDS, devices, database)
    began = SystemClock().now()
    async with two_hubs(tmp_path, database) as hubs:
        screens = Screens(tmp_path, devices, ",".join(hub.url for hub in hubs))
        screens.start()
        taken_over = []
        try:
            for turn in range(2):
                await screens.placed((turn + 1) * CALLS // 5)
                hub, other = await deciding_first(hubs)
                await asyncio.to_thread(hub.kill)
                taken_over.append(await decides(other))
                if turn == 0:
                    await asyncio.to_thread(hub.restart)
            await screens.until(lambda: screens.at_rest)
        finally:
            await screens.close()
    verdict = judged(tmp_path, devices, database, began)
    assert not verdict.broken, verdict
    assert verdict.calls == CALLS
    assert max(taken_over) <= DECIDES_S, taken_over


async def test_a_frozen_hub_is_replaced_and_decides_no_more_when_it_goes_on(
    tmp_path: Path, database: str
) -> None:
    await asyncio.to_thread(ward.furnish, tmp_path / "first", 2, ward.enrolled(2, 1, 0), database)
    async with two_hubs(tmp_path, database) as hubs:
        first, second = await deciding_first(hubs)
        os.kill(first.pid, signal.SIGSTOP)
        try:
            # Where it held the ward's turn just then, the database takes that back after 5 s.
            assert await decides(second) <= DECIDES_S + 5.0
        finally:
            os.kill(first.pid, signal.SIGCONT)
        async with asyncio.timeout(10):
            while (await health(first))["deciding"]:
                assert (await health(second))["deciding"]
        assert (await health(first))["ok"]
        assert lease(database) == ((await health(second))["hub"], 2)


def lease(url: str) -> tuple[str, int]:
    with psycopg.connect(url, options=f"-c search_path=ward_{ward.WARD}") as connection:
        found = connection.execute("select holder, number from lease").fetchone()
    assert found is not None
    return found


def judged(folder: Path, devices: list[Enrolled], url: str, began: Any) -> Verdict:
    judge = Judge(folder, devices, [], [ClockSet(began, 0.0)], LATE_S)
    return judge.judge(history(url, folder / "history.sqlite"))
