"""Who we are to the hospital system: a password, a token, or a key by which tokens are had.

Secrets come from a file or the environment and are in no `repr`, error or log line.

The third is SMART Backend Services (HL7 SMART App Launch 2, "Backend Services"; RFC 7523): a
statement of who we are, signed with our private key, is exchanged for a token that lasts minutes.
"""

import asyncio
import base64
import contextlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from uuid6 import uuid7

from smartward.clock import Clock
from smartward.errors import BadData, Misconfigured, Refused, Unreachable
from smartward.his.http import Line, origin
from smartward.his.reply import Reply

_ASSERTION_S = 240
"""How long a signed statement holds; SMART allows 300 s at most."""
_RENEW_BEFORE_S = 60.0
_SHORTEST_S = 5.0
_CLOCKS_DIFFER = timedelta(seconds=30)
_DISCOVERY = ".well-known/smart-configuration"
_PUBLIC_PARTS = ("kty", "n", "e", "crv", "x", "y")
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What may stand in a header: a line end in a token would begin another header."""


class Bearer:
    """A token the hospital gave. Its file is read again when it was refused: others renew it."""

    def __init__(self, read: Callable[[], str]) -> None:
        """`read` gives the token and raises Misconfigured."""
        self._read = read
        self._header = f"Bearer {header_safe(read())}"

    async def header(self, line: Line) -> str | None:
        """See Credentials."""
        return self._header

    def refused(self, header: str) -> bool:
        """See Credentials."""
        with contextlib.suppress(Misconfigured):  # it may just be written
            self._header = f"Bearer {header_safe(self._read())}"
        return self._header != header


class Basic:
    """A user's name and password."""

    def __init__(self, user: str, read: Callable[[], str]) -> None:
        """Raises Misconfigured for a name with a colon."""
        if not user or ":" in user:
            raise Misconfigured("his.auth.user", "his_user")
        self._user = user
        self._read = read
        self._header = self._made()

    def _made(self) -> str:
        pair = f"{self._user}:{self._read()}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    async def header(self, line: Line) -> str | None:
        """See Credentials."""
        return self._header

    def refused(self, header: str) -> bool:
        """See Credentials."""
        with contextlib.suppress(Misconfigured):
            self._header = self._made()
        return self._header != header


def header_safe(token: str) -> str:
    """The token. Raises Misconfigured when it cannot be one."""
    if not _HEADER_SAFE.fullmatch(token):
        raise Misconfigured("his.auth.token", "the token has a space, a line end or is empty")
    return token


class SigningKey:
    """A private key, and how statements are signed with it."""

    def __init__(self, pem: bytes, id: str = "") -> None:
        """`id` is the `kid` under which the hospital knows it; empty: the key's thumbprint
        (RFC 7638). Raises Misconfigured for what is no RSA (2048 bits at least) or P-384 key."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:  # TypeError: it has a password
            raise Misconfigured("his.auth.key", type(error).__name__) from error
        public: dict[str, str]
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
            self.algorithm = "RS384"
            public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        elif isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
            self.algorithm = "ES384"
            public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            raise Misconfigured("his.auth.key", "another kind of key")
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = key
        self._public = {name: public[name] for name in _PUBLIC_PARTS if name in public}
        self.id = id or _thumbprint(self._public)

    def public(self) -> dict[str, object]:
        """The public half as the hospital takes it (JWK)."""
        return {
            **self._public,
            "kid": self.id,
            "alg": self.algorithm,
            "use": "sig",
            "key_ops": ["verify"],
        }

    def sign(self, claims: dict[str, object]) -> str:
        """A signed statement (JWT)."""
        return jwt.encode(claims, self._key, self.algorithm, headers={"kid": self.id})


def _thumbprint(public: dict[str, str]) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(msgspec.json.encode(dict(sorted(public.items()))))
    return base64.urlsafe_b64encode(digest.finalize()).decode("ascii").rstrip("=")


class _Discovered(msgspec.Struct):
    token_endpoint: str | None = None


class _Token(msgspec.Struct):
    access_token: str = ""
    expires_in: float | str | None = None


class _TokenError(msgspec.Struct):
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the hospital knows us as. `token_url` empty: the server is asked for it."""

    id: str
    scopes: str
    token_url: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    header: str = field(repr=False)
    renew_at: float
    ends_at: float


class Smart:
    """SMART Backend Services: holds a token and has another before it ends."""

    def __init__(self, client: Client, key: SigningKey, clock: Clock) -> None:
        """Raises Misconfigured without a client's name."""
        if not client.id:
            raise Misconfigured("his.auth.client", "his_client_id")
        self._client = client
        self._key = key
        self._clock = clock
        self._url = client.token_url
        self._held: _Held | None = None
        self._one = asyncio.Lock()
        self._ahead = timedelta(0)
        """How far the token server's clock is ahead of ours, once it refused ours."""

    async def header(self, line: Line) -> str | None:
        """See Credentials. Also raises Refused when no token is to be had."""
        async with self._one:  # of six requests at once one fetches
            held = self._held
            now = self._clock.monotonic()
            if held is not None and now < held.renew_at:
                return held.header
            try:
                self._held = await self._fetch(line)
            except Unreachable:
                if held is None or now >= held.ends_at:
                    raise
                return held.header  # it still holds
            return self._held.header

    def refused(self, header: str) -> bool:
        """See Credentials."""
        if self._held is not None and self._held.header == header:
            self._held = None
        return True

    async def _fetch(self, line: Line) -> _Held:
        url = self._url or await self._discover(line)
        reply = await self._ask(line, url)
        if reply.status in (400, 401) and self._clock_was_wrong(reply):
            reply = await self._ask(line, url)
        if reply.status in (408, 429) or reply.status >= 500:
            raise Unreachable("his.unreachable.token", f"HTTP {reply.status}", status=reply.status)
        if reply.status != 200:
            raise _no_token(f"HTTP {reply.status} {_error_of(reply)}".strip())
        # Found to be right, and asked no more.
        self._url = url
        return self._taken(reply)

    async def _discover(self, line: Line) -> str:
        reply = await line.bare("GET", f"{line.base}/{_DISCOVERY}")
        if reply.status >= 500 or reply.status in (408, 429):
            raise Unreachable("his.unreachable.token", f"HTTP {reply.status}", status=reply.status)
        scheme = ""
        try:
            found = msgspec.json.decode(reply.body, type=_Discovered).token_endpoint
            scheme = origin(found or "")[0]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            found = None
        if reply.status != 200 or not found:
            raise Refused("his.refused.no_token_url", f"HTTP {reply.status}", status=401)
        if scheme != "https" and scheme != origin(line.base)[0]:
            raise Refused("his.refused.no_token_url", "it is not encrypted", status=401)
        return found

    async def _ask(self, line: Line, url: str) -> Reply:
        now = int((self._clock.now() + self._ahead).timestamp())
        claims: dict[str, object] = {
            "iss": self._client.id,
            "sub": self._client.id,
            "aud": url,
            "iat": now,
            "exp": now + _ASSERTION_S,
            "jti": str(uuid7()),
        }
        form = [
            ("grant_type", "client_credentials"),
            ("scope", self._client.scopes),
            ("client_assertion_type", _ASSERTION_TYPE),
            ("client_assertion", self._key.sign(claims)),
        ]
        try:
            return await line.bare("POST", url, form)
        except (Unreachable, BadData) as error:
            raise Unreachable("his.unreachable.token", error.detail or error.key) from error

    def _clock_was_wrong(self, reply: Reply) -> bool:
        """Whether the refusal can be for our clock; then the next statement goes by theirs."""
        if reply.date is None:
            return False
        ahead = reply.date - self._clock.now()
        if abs(ahead - self._ahead) < _CLOCKS_DIFFER:
            return False
        self._ahead = ahead
        return True

    def _taken(self, reply: Reply) -> _Held:
        try:
            token = msgspec.json.decode(reply.body, type=_Token)
            lasts = float(token.expires_in) if token.expires_in is not None else 300.0
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise _no_token("the answer is no token") from error
        if math.isnan(lasts) or not _HEADER_SAFE.fullmatch(token.access_token):
            raise _no_token("the answer is no token")
        lasts = min(max(lasts, _SHORTEST_S), 86_400.0)
        now = self._clock.monotonic()
        return _Held(
            header=f"Bearer {token.access_token}",
            renew_at=now + lasts - min(_RENEW_BEFORE_S, lasts / 4),
            ends_at=now + lasts,
        )


def _no_token(detail: str) -> Refused:
    # As a 401 to the request itself: it is the link's fault, not that of one kind of resource.
    return Refused("his.refused.token", detail, status=401, why=detail)


def _error_of(reply: Reply) -> str:
    """The code of OAuth (RFC 6749, 5.2), and nothing else of what came."""
    try:
        code = msgspec.json.decode(reply.body, type=_TokenError).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return code if re.fullmatch("[a-z_]{1,40}", code) else ""
