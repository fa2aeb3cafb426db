"""Who the hub is to a hospital that others made: sekmet-fhir asks for a login, a fixed token or
SMART Backend Services, whose token server is its own and knows only our public key."""

import dataclasses
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from smartward.clock import SystemClock
from smartward.config import load
from smartward.errors import Refused
from smartward.his.auth import SigningKey
from smartward.his.connect import connect
from smartward.his.drafts import Known
from smartward.his.port import HisPort
from tests.his import written_samples as samples
from tests.his.hub import scratch
from tests.his.independent.servers import Sekmet
from tests.his.outside import private_pem

pytestmark = [pytest.mark.anyio, pytest.mark.long]

PASSWORD, TOKEN = "pa55-wOrd-77", "static-t0ken-4711"
BOTH = "system/*.read system/*.write"
MAKE = {
    "ES384": lambda: private_pem(ec.generate_private_key(ec.SECP384R1())),
    "RS384": lambda: private_pem(rsa.generate_private_key(65537, 2048)),
}
KEYS = {name: make() for name, make in MAKE.items()}


@pytest.fixture(scope="module")
def sekmet() -> Iterator[Sekmet]:
    """It takes nobody without a proof, and one patient lies in its ward."""
    access = {
        "types": ["basic", "bearer", "smart"],
        "users": {"hub": PASSWORD},
        "tokens": [TOKEN],
        "smart_clients": [
            {"client_id": name, "jwks": {"keys": [SigningKey(key).public()]}, "scopes": BOTH}
            for name, key in KEYS.items()
        ],
    }
    with scratch() as folder, Sekmet(folder, server_auth=access) as running:
        running.run("adt.facility")
        running.admit("bed-401-1")
        yield running


WAYS: dict[str, tuple[dict[str, str], bytes]] = {
    "basic": ({"his_auth": "basic", "his_user": "hub"}, PASSWORD.encode()),
    "bearer": ({"his_auth": "bearer"}, TOKEN.encode()),
    "ES384": ({"his_auth": "smart", "his_client_id": "ES384"}, KEYS["ES384"]),
    "RS384": ({"his_auth": "smart", "his_client_id": "RS384"}, KEYS["RS384"]),
}


@asynccontextmanager
async def client(
    sekmet: Sekmet, folder: Path, told: dict[str, str], secret: bytes
) -> AsyncIterator[HisPort]:
    """The client as a hub has it by its settings."""
    file = folder / "secret"
    file.write_bytes(secret)
    settings = {"his_url": sekmet.url, "his_ward": "urn:oid:1.2.3.4.5.7|W-4A",
                "his_secret_file": str(file), **told}  # fmt: skip
    his = connect(load(None, settings), SystemClock())
    try:
        yield his
    finally:
        await his.close()


def there(sekmet: Sekmet, path: str) -> dict[str, Any]:
    """Read without our client."""
    asked = Request(f"{sekmet.url}/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urlopen(asked, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)",
    "access by basic, bearer and SMART Backend Services (its token server, ES384 and RS384)",
)
@pytest.mark.parametrize("way", WAYS)
async def test_who_proves_themselves_is_let_in_and_nobody_else(
    sekmet: Sekmet, tmp_path: Path, way: str
) -> None:
    told, secret = WAYS[way]
    async with client(sekmet, tmp_path, told, secret) as his:
        assert len((await his.census()).encounters) == 1
    wrong = MAKE[way]() if way in MAKE else b"wrong"
    async with client(sekmet, tmp_path, told, wrong) as his:
        with pytest.raises(Refused) as refused:
            await his.census()
    assert refused.value.values["status"] == 401
    assert secret.decode() not in f"{refused.value} {refused.value.values}"


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)", "SMART scopes: rights to read alone write nothing"
)
async def test_a_right_that_was_not_asked_for_is_told_with_the_servers_words(
    sekmet: Sekmet, tmp_path: Path
) -> None:
    told, secret = WAYS["ES384"]
    call = dataclasses.replace(
        samples.CALL, bed_id="his.b", encounter_id=None, patient_id=None,
        placed_at=SystemClock().now(),
    )  # fmt: skip
    async with client(sekmet, tmp_path, told, secret) as his:
        assert (await his.census()).encounters
        with pytest.raises(Refused) as refused:
            await his.write(call, Known())
    assert refused.value.values["status"] == 403
    assert "do not permit" in str(refused.value.values["reason"])
    async with client(sekmet, tmp_path, {**told, "his_scopes": BOTH}, secret) as his:
        written = await his.write(call, Known())
    assert there(sekmet, f"Task/{written.source_id}")["status"] == "requested"
