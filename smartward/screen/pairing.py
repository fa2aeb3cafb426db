"""A screen asks to be paired, until a person has said whose it is."""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from smartward.clock import Clock
from smartward.device_key import DeviceKey, tls_request
from smartward.errors import Unreachable
from smartward.log import Edge
from smartward.screen import enrolled
from smartward.screen.enrolled import Enrolled
from smartward.screen.seed import Seed
from smartward.screen.standing import DONE, FULL, LOOKING, REFUSED, WAITING, Standing
from smartward.screen.wipe import wipe
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, PairingAnswer, Renewed

log = logging.getLogger("smartward.screen.pairing")

_AGAIN_S = 3.0
_STILL_OURS_S = 20.0


class Asked(Protocol):
    """The hubs that are asked (`screen/pairing_link.py`)."""

    async def ask(self, asked: Ask) -> PairingAnswer:
        """Raises Unreachable."""

    async def renew(self, known: Enrolled, csr: str) -> Renewed | None:
        """None where no hub knows this screen."""


class Pairing:
    """One pairing, from the first request to what is kept of it."""

    def __init__(
        self,
        *,
        link: Asked,
        folder: Path,
        machine: str,
        serial: str,
        seed: Seed,
        clock: Clock,
        show: Callable[[Standing], None],
    ) -> None:
        """Raises StorageFault where the device's key can be neither read nor kept."""
        self._seed = seed
        self._link = link
        self._folder = folder
        self._machine = machine
        self._clock = clock
        self._show = show
        self._standing = Standing(hub=seed.hubs[0], serial=serial)
        self._key = DeviceKey.load_or_make(folder)
        self._secret, self._csr = tls_request()
        self._salt = ""
        self._edge = Edge(log, "the hub")

    async def run(self) -> None:
        """Ask until this screen is one of the ward's. Raises StorageFault where what it was given
        cannot be kept."""
        known = enrolled.kept(self._folder)
        looked = self._clock.monotonic()
        self._tell(LOOKING)
        while True:
            pause, given = await self._ask()
            if given is not None:
                enrolled.keep(self._folder, given, self._secret, self._seed)
                break
            known = enrolled.kept(self._folder) if known is not None else None
            if known is not None and self._clock.monotonic() - looked >= _STILL_OURS_S:
                looked = self._clock.monotonic()
                again = await self._link.renew(known, self._csr)
                if again is not None:
                    enrolled.renew(known, again, self._secret)
                    break
            await self._clock.sleep(pause)
        self._tell(DONE)

    async def _ask(self) -> tuple[float, wire.Enrolment | None]:
        """Seconds until it asks again, and what it was given."""
        asked = wire.asked(
            self._key,
            self._csr,
            self._machine,
            serial=self._standing.serial,
            version=version("smartward"),
            salt=self._salt,
        )
        try:
            answer = await self._link.ask(asked)
        except Unreachable as error:
            self._edge.down(self._clock.monotonic(), f"{error.key} {error.detail}")
            self._tell(LOOKING, why=error.key)
            return _AGAIN_S, None
        self._edge.up(self._clock.monotonic())
        if answer.state == wire.CLONE:
            self._another()
        elif answer.state == wire.WIPED:
            log.warning("the hub has this screen forget all it has")
            wipe(self._folder, self._seed)
            self._key, self._salt = DeviceKey.load_or_make(self._folder), ""
            self._tell(LOOKING)
        elif answer.state == wire.WAITING:
            self._salt = answer.salt
            self._tell(WAITING)
        elif answer.state == wire.REFUSED:
            self._tell(REFUSED)
        elif answer.state == wire.FULL:
            self._tell(FULL)
        return answer.poll_s, answer.enrolment

    def _another(self) -> None:
        """This disk was copied with its key: the machine that came first keeps it, this one has one
        of its own from now on."""
        log.error("another machine has the key of this one: a new one is made here")
        self._key = DeviceKey.anew(self._folder)
        self._salt = ""

    def _tell(self, state: str, why: str = "") -> None:
        shown = state == WAITING
        code = wire.code_of(self._key.public, self._salt) if shown else ""
        qr = wire.qr_text(self._key.public, self._salt) if shown else ""
        self._show(replace(self._standing, state=state, why=why, code=code, qr=qr))
