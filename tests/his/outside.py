"""What stands between hub and hospital, real and small: servers, a proxy, an authority."""

import asyncio
import base64
import contextlib
import ipaddress
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    certificate: str = ""
    """Common name of the client's certificate; empty: it showed none."""


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Answer]


class _Listening(ABC):
    """Listens on a free loopback port while it is entered."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await self._server.wait_closed()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side hung up
        finally:
            self._open.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    @abstractmethod
    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with whoever came."""


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Asked:
    """The next request of a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    shown = writer.get_extra_info("peercert") or {}
    names = [value for part in shown.get("subject", ()) for _, value in part]
    return Asked(method, target, headers, body, names[0] if names else "")


class Server(_Listening):
    """Answers each request as a test says, and keeps what it was asked."""

    def __init__(self, answer: Answering, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self._answer = answer
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/fhir"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked = await read_request(reader, writer)
            self.asked.append(asked)
            answer = self._answer(asked)
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            lines = [f"HTTP/1.1 {answer.status} X", *(f"{n}: {v}" for n, v in headers.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
            await writer.drain()


class Proxy(_Listening):
    """A forward proxy for CONNECT and plain requests, with or without a login."""

    def __init__(self, login: str = "") -> None:
        super().__init__()
        self._wanted = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await read_request(reader, writer)
        self.asked.append(asked)
        if self._wanted and asked.headers.get("proxy-authorization") != self._wanted:
            writer.write(b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = asked.target.partition("://")[2].partition("/")[0].partition(":")
        if asked.method == "CONNECT":
            host, _, port = asked.target.partition(":")
        there_reader, there = await asyncio.open_connection(host, int(port))
        try:
            if asked.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                path = "/" + asked.target.partition("://")[2].partition("/")[2]
                there.write(f"{asked.method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            await asyncio.gather(_pass(reader, there), _pass(there_reader, writer))
        finally:
            there.close()


def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[None]:
    async def passing() -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    return passing()


class Authority:
    """A private certificate authority, with files of what it certified."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._made = self._certificate(self._name, self._key, authority=True)
        self.file = self._write(f"{name}.pem", self._pem(self._made))

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        authority: bool,
        address: str = "127.0.0.1",
    ) -> x509.Certificate:
        now = datetime.now(UTC)  # noqa: TID251 - TLS compares with the machine's own clock
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        usage = x509.KeyUsage(True, False, False, False, False, authority, authority, False, False)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(alternative, critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )

    @staticmethod
    def _pem(certificate: x509.Certificate) -> bytes:
        return certificate.public_bytes(serialization.Encoding.PEM)

    def _write(self, name: str, data: bytes) -> str:
        file = self._folder / name
        file.write_bytes(data)
        return str(file)

    def certify(
        self, name: str, password: bytes | None = None, address: str = "127.0.0.1"
    ) -> tuple[str, str]:
        """Files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certificate(subject, key, authority=False, address=address)
        return (
            self._write(f"{name}.pem", self._pem(certificate)),
            self._write(f"{name}.key", private_pem(key, password)),
        )

    def server(self, address: str = "127.0.0.1", *, asks: bool = False) -> ssl.SSLContext:
        """A server's TLS; `asks`: whoever comes must show a certificate of ours."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certify("server", address=address))
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context


def private_pem(key: object, password: bytes | None = None) -> bytes:
    """A private key as a file holds it."""
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        locked = serialization.BestAvailableEncryption(password)
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]  # every private key has it
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    )
