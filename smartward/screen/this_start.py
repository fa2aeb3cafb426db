"""What this start of a screen's program tells the hub of itself with every request."""

import logging
from pathlib import Path

from uuid6 import uuid7

from smartward.device_key import DeviceKey
from smartward.errors import StorageFault
from smartward.machine import machine_mark
from smartward.wire.start import credential_mark, started

log = logging.getLogger("smartward.screen.this_start")


def start_headers(folder: Path, token: str) -> dict[str, str]:
    """Headers for every request. A key that can be neither read nor kept is one for this start
    alone: on the same machine the hub knows the device all the same."""
    try:
        key = DeviceKey.load_or_make(folder)
    except StorageFault as error:
        log.error("this device's key: %s", error)
        key = DeviceKey.passing()
    return started(str(uuid7()), machine_mark(), key, credential_mark(token)).headers()
