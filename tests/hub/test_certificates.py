"""Certificates of screens, over real TLS: who has one is not believed without it, an expired one is
told so in words, a revoked one is worth nothing, and what nobody of this house signed gets no word.
"""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.device_key import tls_request
from smartward.errors import BadData
from smartward.hub import certificates
from smartward.hub.authority import Authority
from smartward.wire.envelope import Action, ActionKind, ActionRequest
from smartward.wire.pairing import RENEW_PATH, Renew, Renewed
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.tls_house import House, tls_house

pytestmark = pytest.mark.anyio

BED_1, BED_2 = "1", "2"
MADE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with tls_house(tmp_path, clock) as made:
        yield made


async def test_a_device_with_a_certificate_is_not_believed_without_it(house: House) -> None:
    device, own = await house.paired()
    other, others = await house.paired(BED_2)
    assert await house.asks(device, own) == (200, "")
    assert await house.asks(device, None) == (401, certificates.MISSING)
    assert await house.asks(device, others) == (401, certificates.UNKNOWN)
    assert await house.asks(other, others) == (200, "")


async def test_who_was_enrolled_by_a_token_alone_is_asked_for_no_certificate(house: House) -> None:
    _, own = await house.paired()
    plain = await house.ward.enrol(ScreenRole.BEDHEAD, BED_2)
    assert await house.asks(plain, None) == (200, "")
    assert await house.asks(plain, own) == (200, "")


async def test_an_expired_certificate_is_told_so_and_the_feed_it_had_ends(house: House) -> None:
    device, own = await house.paired()
    head = {"Authorization": f"Bearer {house.ward.tokens[device.id]}"}
    async with house.client(own) as client, client.stream("GET", "/feed", headers=head) as feed:
        assert feed.status_code == 200
        house.ward.clock.advance(timedelta(days=31).total_seconds())
        async for _ in feed.aiter_raw():
            continue  # to its end: a feed that stays would never come there
    assert await house.asks(device, own) == (401, certificates.EXPIRED)


def _touch(kind: str, **data: object) -> bytes:
    made = Action(id=str(uuid7()), kind=kind, subject=str(uuid7()), made_at=MADE, data=dict(data))
    return msgspec.json.encode(ActionRequest(action=made, age_ms=0))


def _call() -> bytes:
    data = {"bed_id": docs.bed_id(1), "class": "normal"}
    return _touch(ActionKind.CALL_PLACE, **data)


async def test_nothing_that_is_posted_is_believed_without_the_certificate(house: House) -> None:
    device, own = await house.paired(docs.bed_id(1), role=ScreenRole.BEDSIDE)
    _, others = await house.paired(BED_2)
    for path in ("/actions", "/inputs", "/staff/identify", "/feed/may", RENEW_PATH):
        for shown, key in ((None, certificates.MISSING), (others, certificates.UNKNOWN)):
            told = await house.posts(device, shown, path, _call())
            assert told == (401, {"error": key}), path
    status, answer = await house.posts(device, own, "/actions", _call())
    assert (status, answer["outcome"]) == (200, "applied")


async def test_with_an_expired_certificate_a_call_is_taken_and_nothing_else(house: House) -> None:
    device, own = await house.paired(docs.bed_id(1), role=ScreenRole.BEDSIDE)
    standby = await house.ward.enrol(ScreenRole.STANDBY)
    shown = x509.load_pem_x509_certificate(own.read_bytes()).fingerprint(hashes.SHA256()).hex()
    relayed = {
        "SmartWard-Standby": f"Bearer {house.ward.tokens[standby.id]}",
        "SmartWard-Shown": shown,
    }
    house.ward.clock.advance(timedelta(days=31).total_seconds())
    for by, head in ((own, {}), (None, relayed)):
        status, answer = await house.posts(device, by, "/actions", _call(), **head)
        assert (status, answer["outcome"]) == (200, "applied")
        for path, body in (
            ("/actions", _touch(ActionKind.LAYER_OPENED)),
            ("/actions", b"no action"),
            ("/inputs", _call()),
            ("/staff/identify", b"{}"),
            ("/feed/may", b""),
            (RENEW_PATH, b"{}"),
        ):
            told = await house.posts(device, by, path, body, **head)
            assert told == (401, {"error": certificates.EXPIRED}), path
    told = await house.posts(device, None, "/actions", _call())
    assert told == (401, {"error": certificates.MISSING}), "a copied token is worth nothing"


async def test_a_renewed_certificate_counts_beside_the_last_one_and_no_third(house: House) -> None:
    device, first = await house.paired()
    second = await house.certificate(device)
    assert [await house.asks(device, one) for one in (first, second)] == [(200, "")] * 2
    third = await house.certificate(device)
    assert await house.asks(device, first) == (401, certificates.UNKNOWN)
    assert await house.asks(device, second) == (200, "")
    assert await house.asks(device, third) == (200, "")


async def test_however_often_a_screen_cannot_keep_the_next_the_one_it_has_counts(
    house: House,
) -> None:
    device, own = await house.paired()
    head = {"Authorization": f"Bearer {house.ward.tokens[device.id]}"}
    async with house.client(own) as client:
        for _ in range(4):
            asked = msgspec.json.encode(Renew(csr=tls_request()[1]))
            response = await client.post(RENEW_PATH, content=asked, headers=head)
            assert response.status_code == 200
    given = msgspec.json.decode(response.content, type=Renewed).certificate
    newest = x509.load_pem_x509_certificate(given.encode()).fingerprint(hashes.SHA256()).hex()
    assert await house.asks(device, own) == (200, "")
    assert house.ward.hub.certificates.refuses(device.id, newest) is None


async def test_paired_anew_the_certificates_of_before_are_worth_nothing(house: House) -> None:
    device, first = await house.paired()
    second = await house.certificate(device, anew=True)
    assert await house.asks(device, first) == (401, certificates.UNKNOWN)
    assert await house.asks(device, second) == (200, "")


async def test_a_revoked_device_has_no_certificate_and_may_be_enrolled_by_token_anew(
    house: House,
) -> None:
    device, own = await house.paired()
    await house.ward.revoke(device)
    for shown in (own, None):
        assert await house.asks(device, shown) == (401, "access.unknown_device")
    await house.ward.enrol(ScreenRole.BEDHEAD, BED_1, device_id=device.id)
    assert await house.asks(device, None) == (200, "")


async def test_enrolled_by_token_anew_a_device_needs_its_certificate_no_more(house: House) -> None:
    device, own = await house.paired()
    await house.ward.enrol(ScreenRole.BEDHEAD, BED_1, device_id=device.id)
    assert await house.asks(device, None) == (200, "")
    assert await house.asks(device, own) == (200, "")


async def test_what_another_house_signed_gets_no_word(house: House) -> None:
    device, _ = await house.paired()
    key, asked = tls_request()
    stranger = Authority(house.folder / "another house")
    issued = stranger.issue(asked, device.id, house.ward.clock.now(), 30)
    file = house.folder / "stranger.pem"
    file.write_text(key + issued.pem)
    with pytest.raises(httpx.TransportError):
        await house.asks(device, file)


async def test_nobody_but_a_standby_hub_says_what_was_shown_to_it(house: House) -> None:
    device, own = await house.paired()
    shown = x509.load_pem_x509_certificate(own.read_bytes()).fingerprint(hashes.SHA256()).hex()
    other, _ = await house.paired(BED_2)
    standby = await house.ward.enrol(ScreenRole.STANDBY)

    def relayed(by: Device, fingerprint: str) -> dict[str, str]:
        return {
            "SmartWard-Standby": f"Bearer {house.ward.tokens[by.id]}",
            "SmartWard-Shown": fingerprint,
        }

    assert await house.asks(device, None, **relayed(standby, shown)) == (200, "")
    for by, fingerprint in ((standby, ""), (standby, "0" * 64), (other, shown)):
        status, _key = await house.asks(device, None, **relayed(by, fingerprint))
        assert status == 401


async def test_the_hub_knows_its_certificates_after_a_restart(house: House, tmp_path: Path) -> None:
    device, _ = await house.paired()
    again = certificates.Certificates(house.ward.hub.store, house.ward.clock)
    await again.start()
    try:
        assert again.refuses(device.id, "") == certificates.MISSING
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        again.guard(context)
        assert [one["subject"] for one in context.get_ca_certs()] == [
            ((("commonName", "SmartWard device CA"),),)
        ]
    finally:
        await again.stop()


def _signed(request: x509.CertificateSigningRequestBuilder, key: object) -> str:
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = request.sign(key, algorithm)  # type: ignore[arg-type]  # any kind of key, with its algorithm
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_only_a_request_for_a_key_of_ours_is_signed(tmp_path: Path, clock: ManualClock) -> None:
    authority = Authority(tmp_path)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    _, good = tls_request()
    for bad in (
        "",
        "x" * 5000,
        good.replace("A", "B", 20),
        _signed(request, ed25519.Ed25519PrivateKey.generate()),
        _signed(request, ec.generate_private_key(ec.SECP384R1())),
    ):
        with pytest.raises(BadData):
            authority.issue(bad, "device", clock.now(), 30)
    issued = authority.issue(good, "device-1", clock.now(), 30)
    made = x509.load_pem_x509_certificate(issued.pem.encode())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(issued.authority.encode()))
    assert made.subject.rfc4514_string() == "CN=device-1"
    assert made.not_valid_after_utc - clock.now() == timedelta(days=30)
    again = Authority(tmp_path).issue(good, "device-1", clock.now(), 30)
    assert again.authority == issued.authority
    assert again.fingerprint != issued.fingerprint
    assert (tmp_path / "tls" / "device-ca.key").stat().st_mode & 0o077 == 0
