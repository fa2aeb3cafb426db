"""What screens sent of their logs when they were ordered to: files in the hub's data folder, which
its user alone can read, for a week.

A file is called by the order it answers. That nothing of a patient is in it the screen has seen to.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from smartward.clinical.device_order import DeviceOrder
from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.tasks import Tasks

FOLDER = "device-logs"
KEPT = timedelta(days=7)
_ENDING = ".json.gz"
_SWEEP_EVERY_S = 6 * 3600.0


class Bundles:
    """Keeps them, and lets them go."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """`folder`: the hub's data folder."""
        self._folder = folder / FOLDER
        self._clock = clock
        self._tasks = Tasks()

    def start(self) -> None:
        """Let go of what is too old in its time, whether or not another one comes."""
        self._tasks.keep(self._sweep_on, "old logs of screens", self._clock)

    async def stop(self) -> None:
        """End it."""
        await self._tasks.stop()

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.to_thread(self.sweep)
            await self._clock.sleep(_SWEEP_EVERY_S)

    def keep(self, order: DeviceOrder, bundle: bytes) -> None:
        """Keep one. Raises StorageFault."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self.sweep()
            file = self._file(order.id)
            beside = file.with_suffix(".part")
            beside.touch(mode=0o600)
            beside.write_bytes(bundle)
            # By the hub's clock, which a test or a demo may have set.
            now = self._clock.now().timestamp()
            os.utime(beside, (now, now))
            beside.replace(file)
        except OSError as error:
            raise StorageFault("storage.unreadable", str(error)) from error

    def read(self, order_id: str) -> bytes | None:
        """One that is there. Raises StorageFault."""
        try:
            return self._file(order_id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageFault("storage.unreadable", str(error)) from error

    def sweep(self) -> None:
        """Delete what is older than a week, and what a crash left half written. Raises OSError."""
        too_old = (self._clock.now() - KEPT).timestamp()
        for file in [*self._folder.glob(f"*{_ENDING}"), *self._folder.glob("*.part")]:
            if file.stat().st_mtime < too_old:
                file.unlink(missing_ok=True)

    def _file(self, order_id: str) -> Path:
        return self._folder / f"{order_id}{_ENDING}"
