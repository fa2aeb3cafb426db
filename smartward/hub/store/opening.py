"""Opens the store that the settings name."""

from pathlib import Path

from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub.store.base import Store
from smartward.hub.store.sqlite import SqliteStore


def open_store(settings: Settings, folder: Path, clock: Clock) -> Store:
    """The hub's store; the file lies in its folder. Raises StorageFault when it cannot be used."""
    return SqliteStore.open(folder / "hub.sqlite", clock, settings.answer_keep_days)
