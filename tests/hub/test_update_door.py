"""Who fetches an update how fast, whatever one screen does."""

import asyncio
import os
from pathlib import Path

import pytest

from smartward.hub.access import Access
from smartward.hub.update_door import Downloads
from smartward.tasks import Tasks
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio

SIZE = 1 << 20
CHUNK_S = 0.065536
"""64 KiB at a million bytes a second."""


async def test_who_begins_many_downloads_keeps_nobody_from_one(
    clock: ManualClock, tmp_path: Path
) -> None:
    """Each that another of the same screen follows asks for none of the rate."""
    file = tmp_path / "update"
    file.write_bytes(bytes(SIZE))
    door, tasks, got = Downloads(tmp_path, 8.0, Access(), clock), Tasks(), list[str]()

    async def fetch(device_id: str) -> None:
        async for _ in door._read(device_id, os.open(file, os.O_RDONLY), 0, SIZE):
            got.append(device_id)

    async def settled(waiting: int) -> None:
        while clock.waiting < waiting:
            await asyncio.to_thread(lambda: None)

    for name in range(100):
        tasks.spawn(fetch("greedy"), str(name))
    await settled(1)
    tasks.spawn(fetch("honest"), "honest")
    await settled(2)
    for _ in range(20):
        clock.advance(CHUNK_S)
        await settled(2)
    assert got.count("honest") >= 9
    await tasks.stop()
    assert (door._streams, door._turns) == ({}, {})
