"""Where the ward's hubs are by the word of the network: DNS-SD (RFC 6763), asked of the name
servers and in the domains that DHCP gave to this machine.

One instance of `_smartward._tcp` is one ward. Its SRV records name the hubs, in the order of their
priority and weight. Of its TXT record only `txtvers` is looked at. Nothing of this is proved: who
answers there has to be believed for another reason (`screen/found_link.py`).
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dns.exception import DNSException
from dns.name import Name, NameTooLong, from_text, root
from dns.rdatatype import PTR, SRV, TXT, RdataType
from dns.rdtypes.IN.SRV import SRV as Service
from dns.resolver import NXDOMAIN, YXDOMAIN, Answer, NoAnswer, Resolver

from smartward.errors import Unreachable

log = logging.getLogger("smartward.screen.hub_search")

SERVICE = "_smartward._tcp"
_VERSION = b"1"
_LIFETIME_S = 6.0
"""For so long one question is asked, of one name server after the other."""
_MOST = 8
"""Hubs of one ward, and domains that are asked."""
_MOST_NAMED = 4
"""Wards that a person is told of: DNS may answer with hundreds."""
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Ward:
    """What DNS says of one ward."""

    name: str
    """As it was called there."""
    hubs: tuple[str, ...]
    """Their addresses, https://HOST:PORT, the first to be asked first."""


def search(resolver: Resolver | None = None) -> Ward:
    """Ask for the ward of this machine's domain, of the name servers that `/etc/resolv.conf` names
    now. It blocks for some seconds at most. Raises Unreachable with what is missing."""
    try:
        asked = Resolver() if resolver is None else resolver
    except (DNSException, OSError, ValueError) as error:
        raise Unreachable("pairing.dns.no_domain", str(error)) from error
    domains = [one for one in _domains(asked) if one != root]
    if not domains:
        raise Unreachable("pairing.dns.no_domain", "no search domain")
    for domain in domains:
        found = _ask_service(asked, domain)
        if found is not None:
            return _ward(asked, domain, sorted({one.target for one in found}))
    names = ", ".join(map(_plain, domains))
    raise Unreachable("pairing.dns.no_record", names, service=SERVICE, domain=names)


def _domains(resolver: Resolver) -> list[Name]:
    return list(resolver.search)[:_MOST] or [resolver.domain]


def _ask_service(resolver: Resolver, domain: Name) -> Answer | None:
    try:
        name = from_text(SERVICE, domain)
    except NameTooLong:
        return None  # no record can have such a name
    return _ask(resolver, name, PTR)


def _ward(resolver: Resolver, domain: Name, instances: list[Name]) -> Ward:
    if len(instances) > 1:
        names = _list(sorted(map(_called, instances)))
        where = _plain(domain)
        raise Unreachable("pairing.dns.several", names, domain=where, wards=names)
    instance = instances[0]
    where = _plain(instance)
    version = _version(_ask(resolver, instance, TXT))
    if version not in (None, _VERSION):
        raise Unreachable("pairing.dns.version", repr(version), name=where)
    found = _ask(resolver, instance, SRV)
    hubs = () if found is None else tuple(_addresses(found))
    if not hubs:
        raise Unreachable("pairing.dns.no_hub", where, name=where)
    return Ward(_called(instance), tuple(dict.fromkeys(hubs)))


def _addresses(found: Answer) -> Iterator[str]:
    """In the order of RFC 2782; what is no name of a host is left out, "." too: no service."""
    if found.rrset is None:
        return
    # So many are looked at, whatever they are: thousands fit into one answer.
    for one in found.rrset.processing_order()[:_MOST]:
        if not isinstance(one, Service):
            continue
        host = one.target.to_text(omit_final_dot=True)
        if _HOST.fullmatch(host) and one.port:
            yield f"https://{host}:{one.port}"
        else:
            log.warning("DNS names a hub that cannot be asked: %s, port %d", host, one.port)


def _version(found: Answer | None) -> bytes | None:
    """What the record says of its own form (RFC 6763, 6.7); None where it says nothing."""
    for record in found or ():
        for each in record.strings:
            key, _, value = each.partition(b"=")
            if key.lower() == b"txtvers":
                return bytes(value)
    return None


def _ask(resolver: Resolver, name: Name, kind: RdataType) -> Answer | None:
    """None where there is no such record. Raises Unreachable."""
    try:
        return resolver.resolve(name, kind, search=False, lifetime=_LIFETIME_S)
    except (NXDOMAIN, NoAnswer, YXDOMAIN):
        return None
    except (DNSException, OSError, ValueError) as error:
        where = _plain(name)
        raise Unreachable("pairing.dns.no_answer", f"{error}", name=where) from error


def _called(instance: Name) -> str:
    """A ward's own name, as people wrote it."""
    said = instance.labels[0].decode("utf-8", "replace")
    return "".join(each for each in said if each.isprintable())


def _list(names: list[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


def _plain(name: Name) -> str:
    return name.to_text(omit_final_dot=True)
