"""How a screen that is not paired asks the hubs of its seed file, or those that DNS names.

The authority of that file is the only one believed, and the hub's name is checked. Where there is
no such file a hub is asked for its authorities, and they are believed once a person has typed the
hub's number. The time in the hub's certificate is not: a screen without a battery clock stands in
1970 until it has a network.
Nothing of a patient is ever sent here. For all else a paired screen does, times count again.
"""

import asyncio
import logging
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpx
import msgspec

from smartward import storage
from smartward.errors import Misconfigured, Unreachable
from smartward.screen import enrolled
from smartward.screen.enrolled import Enrolled
from smartward.screen.house import House
from smartward.screen.this_start import start_headers
from smartward.wire.pairing import PATH, RENEW_PATH, Ask, PairingAnswer, Renew, Renewed

log = logging.getLogger("smartward.screen.pairing_link")

_TIMEOUT_S = 5.0
_WHOLE_S = 20.0
"""For so long a hub may answer in all, however slowly it goes on speaking."""
_MOST_BYTES = 64 * 1024
"""Longest answer that is read."""
_TOO_LONG = "its answer is too long"
_ASK = "/feed/may"
"""Where a hub says to a screen whether it would tell it anything."""
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""
_PLAIN = {"Accept-Encoding": "identity"}
_NETWORK = (httpx.HTTPError, httpx.StreamError, OSError)


class PairingLink:
    """The hubs, asked in their order until one answers."""

    def __init__(self, hubs: Iterable[str], ca: Iterable[Path], authorities: str = "") -> None:
        """`authorities`: certificates (PEM) that stand in no file. Raises Misconfigured for an
        address or an authority that can never work."""
        self._ca = tuple(ca)
        self._authorities = authorities
        context = self._trust()
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
        self._clients = {}
        for url in hubs:
            try:
                self._clients[url] = _client(url, context)
            except (ValueError, httpx.InvalidURL) as error:
                raise Misconfigured("screen.bad_hub", str(error), url=url) from error

    def _trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for file in self._ca:
            try:
                context.load_verify_locations(cafile=file)
            except (OSError, ValueError) as error:  # an SSLError is an OSError
                raise Misconfigured("screen.bad_ca", str(error), file=str(file)) from error
        if self._authorities:
            try:
                context.load_verify_locations(cadata=self._authorities)
            except (OSError, ValueError) as error:
                raise Misconfigured("screen.bad_ca", str(error), file=f"GET {PATH}") from error
        return context

    async def open(self) -> House:
        """Which hubs these are. Raises StorageFault where a certificate cannot be read."""
        try:
            read = [file.read_text(encoding="utf-8", errors="replace") for file in self._ca]
        except OSError as error:
            raise storage.fault_of(error, self._ca[0]) from error
        return House(tuple(self._clients), "".join(read) + self._authorities)

    async def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            await client.aclose()

    async def ask(self, asked: Ask) -> PairingAnswer:
        """What the first hub says that answers. Raises Unreachable with why the last one did not:
        `pairing.page.untrusted` for a hub of another house."""
        body = msgspec.json.encode(asked)
        failed = Unreachable("pairing.page.no_hub")
        for url, client in self._clients.items():
            try:
                # Nobody may have proved yet to be a hub: what it says has an end, and it stops.
                async with (
                    asyncio.timeout(_WHOLE_S),
                    client.stream("POST", PATH, content=body) as response,
                ):
                    if response.status_code != httpx.codes.OK:
                        raise Unreachable("pairing.page.no_hub", f"{url}: {response.status_code}")
                    answer = await _read(response)
                if answer is None:
                    raise Unreachable("pairing.page.no_hub", f"{url}: {_TOO_LONG}")
                return msgspec.json.decode(answer, type=PairingAnswer)
            except _NETWORK as error:
                untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
                key = "pairing.page.untrusted" if untrusted else "pairing.page.no_hub"
                failed = Unreachable(key, f"{url}: {type(error).__name__}: {error}")
            except msgspec.DecodeError as error:
                failed = Unreachable("pairing.page.no_hub", f"{url}: {error}")
            except Unreachable as error:
                failed = error
        raise failed

    async def renew(self, known: Enrolled, csr: str) -> Renewed | None:
        """Whether a hub takes this screen for what it was after all: the next certificate, None
        where none does. All is checked here that is checked on a ward."""
        try:
            context = self._trust()
            if not known.bare:
                enrolled.show(context, known.certificate)
            token = known.token.read_text(encoding="ascii").strip()
            headers = {
                "Authorization": f"Bearer {token}",
                **start_headers(known.folder, token),
            }
            body = msgspec.json.encode(Renew(csr=csr))
            for url in self._clients:
                async with _client(url, context) as client:
                    response = await client.post(RENEW_PATH, content=body, headers=headers)
                if response.status_code == httpx.codes.OK:
                    return msgspec.json.decode(response.content, type=Renewed)
        except (*_NETWORK, ValueError, msgspec.DecodeError):
            return None
        return None

    async def forgotten(self, known: Enrolled) -> bool:
        """Whether the first hub hangs up on this screen's certificate, and says without it that it
        does not know the screen: a hub whose store and authority are others now. It ends such a
        connection before a word is said. All is checked here that is checked on a ward."""
        url = next(iter(self._clients))
        try:
            showing, bare = self._trust(), self._trust()
            enrolled.show(showing, known.certificate)
            token = known.token.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            log.warning("what was kept of the pairing cannot be read: %s", error)
            return False
        try:
            async with _client(url, showing) as client:
                await client.get("/health")
            return False
        except httpx.TimeoutException:
            return False
        except _NETWORK:
            pass  # as a hub ends it that believes no such certificate, or as where none is
        try:
            async with _client(url, bare) as client:
                response = await client.post(_ASK, headers={"Authorization": f"Bearer {token}"})
        except _NETWORK:
            return False
        return response.status_code == httpx.codes.UNAUTHORIZED


async def fetch_authorities(hubs: Iterable[str]) -> str:
    """What the first hub that answers says of whom screens are to believe (PEM): nobody has proved
    anything yet. Raises Unreachable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    failed = Unreachable("pairing.dns.unheard", "no hub", hub="")
    for url in hubs:
        try:
            async with (
                asyncio.timeout(_WHOLE_S),
                _client(url, context) as client,
                client.stream("GET", PATH) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise Unreachable(
                        "pairing.dns.no_authority", f"{response.status_code}", hub=url
                    )
                answer = await _read(response)
                if answer is None:
                    raise Unreachable("pairing.dns.no_authority", _TOO_LONG, hub=url)
                return _certificates(answer, url)
        except (*_NETWORK, ValueError, httpx.InvalidURL) as error:
            failed = Unreachable("pairing.dns.unheard", f"{type(error).__name__}: {error}", hub=url)
        except Unreachable as error:
            failed = error
    raise failed


async def _read(response: httpx.Response) -> bytes | None:
    """The body; None when it is longer than any hub's."""
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)


def _certificates(body: bytes, url: str) -> str:
    try:
        found = body.decode("ascii")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
    except (OSError, ValueError) as error:
        raise Unreachable("pairing.dns.no_authority", str(error), hub=url) from error
    return found


def _client(url: str, context: ssl.SSLContext) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, verify=context, trust_env=False, timeout=_TIMEOUT_S, headers=_PLAIN
    )
