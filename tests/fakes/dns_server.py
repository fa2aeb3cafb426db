"""A name server on a port of this machine: it answers by UDP from a zone that a test writes down,
as the name servers of a hospital do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
from dns.resolver import Resolver


@dataclass
class NameServer:
    """What it knows, and what it was asked."""

    port: int
    zone: dns.zone.Zone
    asked: list[str] = field(default_factory=list)
    silent: bool = False

    def resolver(self, domain: str = "") -> Resolver:
        """A resolver as `/etc/resolv.conf` makes it: this name server, and the domain of the zone
        or another one."""
        found = Resolver(configure=False)
        found.nameservers = ["127.0.0.1"]
        found.port = self.port
        found.search = [dns.name.from_text(domain)] if domain else [self.zone.origin]
        return found

    def answer(self, question: bytes) -> bytes:
        """The answer to the bytes of a question."""
        asked = dns.message.from_wire(question)
        (what,) = asked.question
        self.asked.append(f"{what.name} {dns.rdatatype.to_text(what.rdtype)}")
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.AA | dns.flags.RA
        if not what.name.is_subdomain(self.zone.origin) or self.zone.get_node(what.name) is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            found = self.zone.get_rrset(what.name, what.rdtype)
            answer.answer += [found] if found is not None else []
        return answer.to_wire()


@contextmanager
def name_server(origin: str, records: str) -> Iterator[NameServer]:
    """It serves the domain `origin` with these lines of a zone file."""
    zone = dns.zone.from_text(
        f"@ 60 IN SOA ns hostmaster 1 60 60 60 60\n{records}",
        origin=origin,
        relativize=False,
        check_origin=False,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        server = NameServer(door.getsockname()[1], zone)
        thread = threading.Thread(target=_serve, args=(server, door))
        thread.start()
        try:
            yield server
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ends:
                ends.sendto(b"", ("127.0.0.1", server.port))
            thread.join()


def _serve(server: NameServer, door: socket.socket) -> None:
    while True:
        question, whence = door.recvfrom(4096)
        if not question:
            return
        if not server.silent:
            door.sendto(server.answer(question), whence)
