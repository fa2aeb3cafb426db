"""Opens the store that the settings name."""

import os
from pathlib import Path

from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.access import HOUSE
from smartward.hub.store.base import Store
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.ward_copy import wards_in

SECRET = "SMARTWARD_STORE_SECRET"
"""The variable that may hold the database's password."""
FILE = "hub.sqlite"
"""The store's name in the hub's folder."""


def open_store(settings: Settings, folder: Path, clock: Clock) -> Store:
    """The hub's store; without `store_url` a file in its folder. Raises StorageFault when it cannot
    be used or reached, and Misconfigured when what the settings say of it is wrong: also a ward
    that its file does not hold, while it holds another."""
    if not settings.store_url:
        store = SqliteStore.open(folder / FILE, clock, settings.answer_keep_days)
        try:
            _holds(folder / FILE, settings.ward)
        except BaseException:
            store.close()
            raise
        return store
    # Loaded where it is used: most hubs have a file.
    from smartward.hub.store.postgres import PostgresStore

    secret = store_secret(settings)
    try:
        return PostgresStore.open(
            settings.store_url, settings.ward, clock, settings.answer_keep_days, secret
        )
    except StorageFault as fault:
        raise at_terminal(fault) from fault.__cause__


def _holds(file: Path, ward: str) -> None:
    """A name mistyped would begin an empty ward beside the one that the screens belong to."""
    wards = [one for one in wards_in(file) if one != HOUSE]
    if wards and ward not in wards:
        listed = ", ".join(wards)
        raise Misconfigured("hub.other_ward", listed, ward=ward, wards=listed, file=str(file))


def at_terminal(fault: StorageFault) -> StorageFault:
    """The same fault for whoever starts a program: nothing was touched on a screen."""
    if fault.key == "storage.away":
        return StorageFault("hub.database_away", fault.detail)
    return fault


def tried(settings: Settings) -> str:
    """Reach the database of the settings, and change nothing: gives what it is. Raises StorageFault
    and Misconfigured as `open_store`."""
    from smartward.hub.store import postgres_link

    address = postgres_link.Address(settings.store_url, settings.ward, store_secret(settings))
    return postgres_link.tried(address)


def store_secret(settings: Settings) -> str | None:
    """The database's password; None: it is given none. Raises Misconfigured."""
    told, file = os.environ.get(SECRET, "").strip(), settings.store_secret_file
    if told and file:
        raise Misconfigured("hub.store_secret_twice", file, variable=SECRET)
    if not file:
        return told or None
    try:
        found = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Misconfigured("hub.store_secret_file", reason, file=file, reason=reason) from error
    if not found:
        raise Misconfigured("hub.store_secret_file", file, file=file, reason="0 B")
    return found
