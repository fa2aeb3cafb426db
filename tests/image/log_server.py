"""A hospital's log server: takes syslog by TLS (RFC 5425), and keeps what it was told.

A real TLS listener with a real certificate; what a SIEM makes of the lines is not its affair.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartward.hub.tls import authority, builder, pem, write_key
from tests.image.vm import CLOCK

_HELLO_S = 60.0
"""A machine that is emulated takes its time to agree on keys."""


def certificate(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """An authority that is kept in a folder, and a server's certificate and key that it signed for
    that name: their files (PEM)."""
    folder.mkdir(parents=True, exist_ok=True)
    now = CLOCK.now()
    ca_key, ca = authority(folder, now, called="A hospital's CA")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "log server")])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    signed = (
        builder(subject, ca.subject, key.public_key(), now, 30)
        .add_extension(names, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(pem(signed))
    write_key(folder / "server.key", key)
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


class LogServer:
    """Listens on this machine alone, which is where QEMU's own network leads its machines."""

    def __init__(self, certificate: Path, key: Path, port: int = 0) -> None:
        """`port`: the one it shall have; 0: any."""
        self.lines: list[str] = []
        """One for each frame, without the line's end."""
        self.left = 0
        """How often somebody who came has gone again, whether they spoke or did not like it."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self.port = port
        self._open: set[socket.socket] = set()
        self.open()

    def open(self) -> None:
        """Begin to listen, at its port; also again."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def close(self) -> None:
        """Goes away, as at a power cut of its room: nobody is told."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listening.close()
        for one in list(self._open):
            socket.socket.shutdown(one, socket.SHUT_RDWR)  # TLS is not told either
        for thread in self._threads[1:]:
            thread.join()

    def _listen(self) -> None:
        while True:
            try:
                came, _ = self._listening.accept()
            except OSError:  # closed
                return
            thread = threading.Thread(target=self._hear, args=(came,))
            self._threads.append(thread)
            thread.start()

    def _hear(self, came: socket.socket) -> None:
        came.settimeout(_HELLO_S)
        try:
            speaking = self._context.wrap_socket(came, server_side=True)
        except OSError:  # of which SSLError is one
            came.close()
            self.left += 1
            return
        with speaking:
            self._open.add(speaking)
            speaking.settimeout(None)
            try:
                with speaking.makefile("rb") as stream:
                    for line in _frames(stream):
                        self.lines.append(line)
            except OSError:  # it was cut off
                pass
            self._open.discard(speaking)
        self.left += 1


def _frames(stream: BinaryIO) -> Iterator[str]:
    """Each message by its count of octets (RFC 5425, 4.3). Raises ValueError for what is none."""
    while True:
        digits = b""
        while (one := stream.read(1)) not in (b" ", b""):
            digits += one
        if one == b"":
            return
        count = int(digits)
        message = stream.read(count)
        if len(message) < count:
            return
        yield message.decode().rstrip("\n")
