"""Builds the hospital system of the settings: the one place that does, for hub and check alike."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.his import auth
from smartward.his.fhir import mapping_place
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Coding, Concept
from smartward.his.fhir.look import FhirLook
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.subscription import Subscriptions
from smartward.his.gnuhealth.client import GnuHealthHis
from smartward.his.gnuhealth.look import GnuHealthLook
from smartward.his.gnuhealth.words import Words
from smartward.his.hinting import Hinting, Hook
from smartward.his.http import Access, Credentials, Http, checked_address, headers
from smartward.his.look import Look
from smartward.his.patients import listed
from smartward.his.port import HisPort
from smartward.his.tls import Trust

SECRET = "SMARTWARD_HIS_SECRET"
PROXY_SECRET = "SMARTWARD_HIS_PROXY_SECRET"
_MOST_BYTES = 64 * 1024


def connect(settings: Settings, clock: Clock, mapping: Codebook | None = None) -> HisPort:
    """The hospital system of the settings.

    Raises Misconfigured, naming the setting and the remedy: no ward, an address that is none, a
    secret that is missing, given twice or unreadable, a file of TLS that is not right.
    """
    if not settings.his_ward:
        raise Misconfigured("his.no_ward_set", "his_ward", url=settings.his_url)
    book = mapping or load_mapping()
    overlap = timedelta(seconds=settings.his_overlap_s)
    if settings.his_kind == "gnuhealth":
        theirs = GnuHealthHis(
            settings.his_url,
            settings.his_ward,
            settings.his_source,
            _words(book.for_ward(settings.his_ward), settings),
            _login(settings),
            clock,
            _alone(settings, clock),
        )
        theirs.overlap = overlap
        return theirs
    his = FhirHis(
        settings.his_url,
        settings.his_ward,
        settings.his_source,
        book,
        access(settings, clock),
        zone=settings.tz,
        clock=clock,
        badge_system=settings.his_badge_system,
    )
    file = settings.his_patients_file
    his.poll_by(overlap, (lambda: listed(Path(file))) if file else None)
    return his


def looking(settings: Settings, clock: Clock) -> Look:
    """What looks round at the address of the settings, before a ward is chosen. Raises
    Misconfigured."""
    if settings.his_kind == "gnuhealth":
        return GnuHealthLook(settings.his_url, _login(settings), _alone(settings, clock))
    return FhirLook(reach(settings, clock))


def _login(settings: Settings) -> tuple[str, Callable[[], str]]:
    """Name and password of a user of GNU Health."""
    if settings.his_auth != "basic":
        raise Misconfigured("his.gnuhealth.login", settings.his_auth)
    return settings.his_user, _his_secret(settings)


def _alone(settings: Settings, clock: Clock) -> Access:
    """The way there, without credentials in each request: a session stands for them."""
    return replace(access(settings, clock), credentials=None)


def _words(book: Codebook, settings: Settings) -> Words:
    """The hospital's own words, from the mapping file."""

    def word(table: str, system: str, code: str | None, text: str | None) -> str | None:
        coding = (Coding(system=book.system(system), code=code),) if code else ()
        return book.word(table, Concept(coding=coding, text=text))

    return Words(
        word=word,
        ward=lambda id, name: mapping_place.ward_named(name, book, id),
        times=lambda name: book.standard_times(Concept(coding=(Coding(code=name),))),
        zone=settings.tz,
    )


def hinting(settings: Settings, his: HisPort, hook: Hook) -> Hinting | None:
    """What has this hospital system give hints; None: it knows no way to. Raises Misconfigured when
    the hook is no address."""
    checked_address(hook.url, "his_hook_url")
    if not isinstance(his, FhirHis):
        return None
    return Subscriptions(his.http, hook, settings.his_source)


def reach(settings: Settings, clock: Clock) -> Http:
    """The way to the hospital system alone, for looking round. Raises Misconfigured."""
    return Http(settings.his_url, headers(), access(settings, clock))


def access(settings: Settings, clock: Clock) -> Access:
    """How the hospital system of the settings is reached. Raises Misconfigured."""
    _fitting(settings)
    if settings.his_client_key_file and not settings.his_client_cert_file:
        raise _without("his_client_key_file", "his_client_cert_file")
    return Access(
        credentials=_credentials(settings, clock),
        trust=Trust(
            settings.his_ca_file, settings.his_client_cert_file, settings.his_client_key_file
        ),
        proxy=settings.his_proxy,
        proxy_login=_proxy_login(settings),
        rebase_links=settings.his_rebase_links,
    )


_FOR = {
    "his_user": ("basic",),
    "his_secret_file": ("basic", "bearer", "smart"),
    "his_client_id": ("smart",),
    "his_key_id": ("smart",),
    "his_token_url": ("smart",),
}
"""Which `his_auth` a setting belongs to: one that is given in vain is a mistake to be told."""


def _fitting(settings: Settings) -> None:
    for name, ways in _FOR.items():
        if getattr(settings, name) and settings.his_auth not in ways:
            raise Misconfigured(
                "his.auth.in_vain",
                name,
                setting=name,
                auth=settings.his_auth,
                ways=" / ".join(ways),
            )


def _without(given: str, other: str) -> Misconfigured:
    return Misconfigured("his.auth.without", given, setting=given, other=other)


def _credentials(settings: Settings, clock: Clock) -> Credentials | None:
    if settings.his_auth == "none":
        return None
    if settings.his_auth == "basic":
        return auth.Basic(settings.his_user, _his_secret(settings))
    if settings.his_auth == "bearer":
        return auth.Bearer(_his_secret(settings))
    if settings.his_token_url:
        checked_address(settings.his_token_url, "his_token_url")
    client = auth.Client(
        id=settings.his_client_id, scopes=settings.his_scopes, token_url=settings.his_token_url
    )
    return auth.Smart(client, signing_key(settings), clock)


def signing_key(settings: Settings) -> auth.SigningKey:
    """The key of `smart`. Raises Misconfigured when there is none, or it is of another kind."""
    return auth.SigningKey(_his_secret(settings)().encode(), settings.his_key_id)


def _his_secret(settings: Settings) -> Callable[[], str]:
    return _secret("his_secret_file", settings.his_secret_file, SECRET)


def _secret(setting: str, file: str, variable: str) -> Callable[[], str]:
    """How a secret is read, from a file or the environment.

    Raises Misconfigured for both or neither; what it gives, for a file that cannot be read.
    """
    told = os.environ.get(variable, "")
    if bool(file) == bool(told):
        key = "his.secret.twice" if file else "his.secret.none"
        raise Misconfigured(key, setting, setting=setting, variable=variable)

    def read() -> str:
        return told.strip() if told else _read(setting, file)

    read()
    return read


def _read(setting: str, file: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            held = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Misconfigured(
            "his.secret.unreadable", why, setting=setting, file=file, reason=why
        ) from error
    text = held.decode("utf-8", "replace").strip()
    if not text or "\N{REPLACEMENT CHARACTER}" in text or len(held) > _MOST_BYTES:
        raise Misconfigured("his.secret.form", setting, setting=setting, file=file)
    return text


def _proxy_login(settings: Settings) -> tuple[str, str] | None:
    file = settings.his_proxy_secret_file
    if not settings.his_proxy:
        if file:
            raise _without("his_proxy_secret_file", "his_proxy")
        return None
    checked_address(settings.his_proxy, "his_proxy")
    if not file and not os.environ.get(PROXY_SECRET):
        return None
    login = _secret("his_proxy_secret_file", file, PROXY_SECRET)()
    user, colon, password = login.partition(":")
    if not colon:
        raise Misconfigured("his.secret.pair", "no colon", setting="his_proxy_secret_file")
    return user, password
