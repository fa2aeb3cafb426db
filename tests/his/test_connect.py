"""The hospital system of the settings: what is wrong in them is told by name, with no secret."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from smartward.config import Settings, load
from smartward.errors import Misconfigured
from smartward.his.connect import PROXY_SECRET, SECRET, access, connect
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import Hospital
from tests.his.outside import Answer, Server, private_pem

URL = "http://127.0.0.1:1/fhir"


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    monkeypatch.delenv(PROXY_SECRET, raising=False)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    return str(file)


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"his_ward": ""}, "his.no_ward_set", URL),
    ({"his_url": "his.example"}, "his.url", "his_url"),
    ({"his_url": "https://u:s3cret@his.example/fhir"}, "his.url_password", "his_url"),
    ({"his_auth": "bearer"}, "his.secret.none", "his_secret_file"),
    ({"his_auth": "bearer", "his_secret_file": "/no/file"}, "his.secret.unreadable", "/no/file"),
    ({"his_auth": "basic", "his_secret_file": "SECRET"}, "his.auth.user", ""),
    ({"his_auth": "basic", "his_secret_file": "SECRET", "his_user": "a:b"}, "his.auth.user", ""),
    ({"his_auth": "smart", "his_secret_file": "SECRET"}, "his.auth.key", ""),
    ({"his_auth": "smart", "his_secret_file": "KEY"}, "his.auth.client", ""),
    ({"his_auth": "bearer", "his_secret_file": "EMPTY"}, "his.secret.form", "his_secret_file"),
    ({"his_auth": "bearer", "his_secret_file": "BYTES"}, "his.secret.form", "his_secret_file"),
    ({"his_auth": "bearer", "his_secret_file": "WORDS"}, "his.auth.token", ""),
    ({"his_secret_file": "SECRET"}, "his.auth.in_vain", "his_secret_file"),
    ({"his_user": "u"}, "his.auth.in_vain", "his_user"),
    ({"his_client_id": "c", "his_auth": "bearer"}, "his.auth.in_vain", "his_client_id"),
    ({"his_client_key_file": "SECRET"}, "his.auth.without", "his_client_cert_file"),
    ({"his_proxy_secret_file": "SECRET"}, "his.auth.without", "his_proxy"),
    ({"his_proxy": "http://u:s3cret@p:1"}, "his.url_password", "his_proxy"),
    ({"his_proxy": "p:3128"}, "his.url", "his_proxy"),
    ({"his_proxy": "http://p:1", "his_proxy_secret_file": "SECRET"}, "his.secret.pair", ""),
    (
        {"his_auth": "smart", "his_secret_file": "KEY", "his_client_id": "c", "his_token_url": "x"},
        "his.url",
        "his_token_url",
    ),
]


@pytest.mark.parametrize("given, key, names", WRONG)
def test_what_is_wrong_is_named(
    given: dict[str, str], key: str, names: str, secret: str, tmp_path: Path
) -> None:
    files = {"SECRET": b"s3cret", "EMPTY": b"\n", "BYTES": b"\xff\xfes3cret", "WORDS": b"s3cret b"}
    files["KEY"] = private_pem(ec.generate_private_key(ec.SECP384R1()))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    values = {"his_url": URL, "his_ward": "w"} | {
        name: str(tmp_path / value) if value in files else value for name, value in given.items()
    }
    with pytest.raises(Misconfigured) as refused:
        connect(load(None, values), ManualClock())
    assert refused.value.key == key
    assert names in str(refused.value.values) or names in given
    assert "s3cret" not in f"{refused.value} {refused.value.values}"


def test_a_secret_given_twice(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "other")
    settings = Settings(his_url=URL, his_ward="w", his_auth="bearer", his_secret_file=secret)
    with pytest.raises(Misconfigured) as refused:
        connect(settings, ManualClock())
    assert refused.value.key == "his.secret.twice"
    assert "other" not in f"{refused.value} {refused.value.values}"


@pytest.mark.anyio
async def test_a_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "from-environment\n")
    monkeypatch.setenv(PROXY_SECRET, "hub:pw")
    async with Server(lambda asked: Answer(404)) as server:
        settings = Settings(his_url=server.url, his_ward="w", his_auth="basic", his_user="hub")
        his = connect(settings, ManualClock())
        with pytest.raises(Misconfigured):
            await his.census()
        await his.close()
    assert {one.headers["authorization"] for one in server.asked} == {
        "Basic aHViOmZyb20tZW52aXJvbm1lbnQ="
    }
    proxied = access(Settings(his_url=URL, his_proxy="http://p:1"), ManualClock())
    assert proxied.proxy_login == ("hub", "pw")


@pytest.mark.anyio
async def test_a_wrong_path_and_a_wrong_ward_are_told_apart() -> None:
    async with Hospital() as hospital:
        for url, ward, key in (
            (f"{hospital.url}/r4", "ward-3", "his.no_server"),
            (hospital.url, "ward-9", "his.no_ward"),
            (hospital.url, "http://hospital.example/wards|none", "his.no_ward"),
        ):
            his = connect(Settings(his_url=url, his_ward=ward), ManualClock())
            with pytest.raises(Misconfigured) as refused:
                await his.census()
            await his.close()
            assert refused.value.key == key


@pytest.mark.anyio
@pytest.mark.parametrize("auth", ["none", "basic", "bearer", "smart"])
async def test_each_way_is_built(auth: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(private_pem(ec.generate_private_key(ec.SECP384R1())))
    if auth in ("basic", "bearer"):
        file.write_text("s3cret")
    more = {
        "none": {},
        "basic": {"his_user": "u", "his_secret_file": str(file)},
        "bearer": {"his_secret_file": str(file)},
        "smart": {"his_client_id": "c", "his_secret_file": str(file), "his_key_id": "k1"},
    }[auth]
    his = connect(
        load(None, {"his_url": URL, "his_ward": "w", "his_auth": auth, **more}), ManualClock()
    )
    await his.close()
