"""Whether a hub would start with its settings: for `smartward check`, judged by the hub's own start
and by nothing else."""

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.hub.app import Hub
from smartward.hub.options import check_tls


def would_start(settings: Settings) -> None:
    """Make a hub of these settings on an empty folder that goes again, and do not start it. Its
    database is left alone (`reach` tries that), and nobody is asked anything.

    Raises Misconfigured as the hub does at its start.
    """
    check_tls(settings)
    with TemporaryDirectory(prefix="smartward-check-") as folder:
        asyncio.run(_make(replace(settings, store_url="", store_secret_file=""), Path(folder)))


async def _make(settings: Settings, folder: Path) -> None:
    hub = Hub(settings, folder, SystemClock())
    await hub.stop()
