"""How a screen asks whose seed file names no hub.

DNS-SD says where the hubs are, and something else whom to believe: the authority of the seed file,
else that of the last pairing, else what the hub itself gives, once a person has typed its number
(`screen/pairing.py`).
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from smartward.errors import Unreachable
from smartward.screen import enrolled
from smartward.screen.enrolled import Enrolled
from smartward.screen.house import House
from smartward.screen.hub_search import Ward
from smartward.screen.pairing_link import PairingLink, fetch_authorities
from smartward.screen.seed import Seed
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, PairingAnswer, Renewed

log = logging.getLogger("smartward.screen.found_link")


class FoundLink:
    """The hubs that DNS names, looked for anew after each time none of them answered."""

    def __init__(self, seed: Seed, folder: Path, search: Callable[[], Ward]) -> None:
        """`search` blocks, and raises Unreachable."""
        self._seed = seed
        self._folder = folder
        self._search = search
        self._link: PairingLink | None = None
        self._house: House | None = None
        self._named: list[str] = []

    async def open(self) -> House:
        """Find them, where they are not known. Raises Unreachable, Misconfigured for an authority
        that can never work."""
        if self._house is None:
            enrolled.ask_dns(self._folder, asks=True)
            ward = await asyncio.to_thread(self._search)
            if sorted(ward.hubs) != self._named:
                self._named = sorted(ward.hubs)
                log.info("DNS names the hubs of %s: %s", ward.name, ", ".join(ward.hubs))
            self._link, self._house = await self._reach(ward)
        return self._house

    async def _reach(self, ward: Ward) -> tuple[PairingLink, House]:
        ca = self._seed.ca or enrolled.authorities(self._folder)
        given = "" if ca else await fetch_authorities(ward.hubs)
        link = PairingLink(ward.hubs, ca, given)
        known = await link.open()
        compared = wire.fingerprint(given) if given else ""
        return link, House(known.hubs, known.authorities, compared)

    async def ask(self, asked: Ask) -> PairingAnswer:
        """What the first hub says that answers. Raises Unreachable."""
        if self._link is None:
            raise Unreachable("pairing.page.no_hub", "none is known")
        try:
            answer = await self._link.ask(asked)
        except Unreachable as error:
            await self.close()
            if error.key == "pairing.page.untrusted":
                raise Unreachable("pairing.dns.untrusted", error.detail) from error
            raise
        if answer.state == wire.WIPED:  # what was known goes with all else
            await self.close()
        return answer

    async def renew(self, known: Enrolled, csr: str) -> Renewed | None:
        """The next certificate, None where no hub gives one."""
        return None if self._link is None else await self._link.renew(known, csr)

    async def close(self) -> None:
        """Hang up, and know nobody any more."""
        link, self._link, self._house = self._link, None, None
        if link is not None:
            await link.close()
