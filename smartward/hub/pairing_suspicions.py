"""What is told of screens that cannot be what they say, to the audit and with it to the hospital's
security people (`hub/security_log.py`): one whose key another machine has, one that was shown
other authorities than ours, and one at which no hub's number was typed rightly.
"""

import logging

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clock import Clock
from smartward.hub import audit
from smartward.hub.pairing_requests import MOST, id_of
from smartward.hub.store.base import Store
from smartward.hub.store.tx import Tx
from smartward.wire.pairing import Ask

log = logging.getLogger("smartward.pairing")

_TOLD_AGAIN_S = 3600.0


class Suspicions:
    """Tells of each machine once in an hour; and whoever makes up machines fills no audit."""

    def __init__(self, store: Store, clock: Clock, ward: str) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self._told: dict[tuple[str, str], float] = {}

    async def tell_clone(self, asked: Ask, other: str, address: str) -> None:
        """A machine asks with the key that `other`, a device or a request, has on another one.
        Raises StorageFault."""
        if self._is_told("clone", f"{other} {asked.machine}"):
            return
        log.warning("a second machine has the key of %s, from %s", other, address)
        await self._tell(asked, "device.clone", other, address)

    async def tell_between(self, asked: Ask, address: str) -> None:
        """A screen was shown authorities that are not ours, and asks us all the same. Raises
        StorageFault."""
        if self._is_told("between", asked.machine):
            return
        log.warning(
            "a screen was shown other authorities than ours, from %s: somebody between, or "
            "hubs whose tls_ca differ",
            address,
        )
        await self._tell(asked, "device.between", id_of(asked.public_key), address)

    async def tell_denied(self, asked: Ask, address: str) -> None:
        """At this screen a hub's number was not typed rightly, or a person said that it has none:
        ours, as where another screen was placed than the one meant, or that of somebody who
        answered to it before. Raises StorageFault."""
        if self._is_told("denied", asked.machine):
            return
        ours = asked.denied == asked.authority
        log.warning(
            "a screen was not told the number of %s, from %s: revoke what was placed in its stead, "
            "and look whom DNS names",
            "this hub" if ours else "another hub that answered to it",
            address,
        )
        why = "this_hub" if ours else "another_hub"
        await self._tell(asked, "device.denied", id_of(asked.public_key), address, why=why)

    def _is_told(self, what: str, who: str) -> bool:
        """Whether nobody is to be told of this now: many of one kind hide none of the other."""
        now = self._clock.monotonic()
        self._told = {one: at for one, at in self._told.items() if now - at < _TOLD_AGAIN_S}
        if (what, who) in self._told or sum(kind == what for kind, _ in self._told) >= MOST:
            return True
        self._told[what, who] = now
        return False

    async def _tell(self, asked: Ask, kind: str, id: str, address: str, **more: str) -> None:
        detail = {"machine": asked.machine[-16:], "address": address, "serial": asked.serial}
        detail |= more
        about = About(kind="device", id=id, detail=detail)

        def write(tx: Tx) -> None:
            audit.record(tx, self._ward, Actor(device_id="hub"), kind, about)

        await self._store.write(write)
