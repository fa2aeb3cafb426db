"""Who the hub is to the hospital: password, token, and SMART Backend Services with a real key."""

import asyncio
import json
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from smartward.errors import Misconfigured, Refused, Unreachable
from smartward.his.auth import Basic, Bearer, Client, SigningKey, Smart
from smartward.his.http import Access, Http
from smartward.his.main import main as his
from tests.fakes.fake_clock import ManualClock
from tests.his.outside import Answer, Asked, Server, private_pem

pytestmark = pytest.mark.anyio

EC = private_pem(ec.generate_private_key(ec.SECP384R1()))
RSA = private_pem(rsa.generate_private_key(65537, 2048))


class Hospital:
    """A FHIR server that wants a token, and its token endpoint, on one or two origins."""

    def __init__(self, key: bytes = EC) -> None:
        self.key = SigningKey(key)
        self.clock = ManualClock()
        self.server_ahead = timedelta(0)
        self.lasts: object = 300
        self.good: set[str] = set()
        self.claims: list[dict[str, Any]] = []
        self.forms: list[dict[str, list[str]]] = []
        self.token_status = 200
        self.token_url: str | None = None
        self.tokens = Server(self.token)
        self.fhir = Server(self.resource)

    async def __aenter__(self) -> "Hospital":
        await self.tokens.__aenter__()
        await self.fhir.__aenter__()
        self.token_url = f"{self.tokens.url}/token"
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.tokens.__aexit__(*error)
        await self.fhir.__aexit__(*error)

    def resource(self, asked: Asked) -> Answer:
        if asked.target.endswith("/.well-known/smart-configuration"):
            assert "authorization" not in asked.headers
            return Answer(body=json.dumps({"token_endpoint": self.token_url}).encode())
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return Answer(200 if token in self.good else 401)

    def token(self, asked: Asked) -> Answer:
        now = self.clock.now() + self.server_ahead
        date = {"Date": format_datetime(now, usegmt=True)}
        if self.token_status != 200:
            return Answer(self.token_status, b'{"error":"invalid_scope"}', date)
        form = parse_qs(asked.body.decode())
        self.forms.append(form)
        assertion = form["client_assertion"][0]
        key = jwt.PyJWK(self.key.public())
        assert jwt.get_unverified_header(assertion)["kid"] == self.key.id
        claims = jwt.decode(
            assertion,
            key.key,
            [self.key.algorithm],
            audience=self.token_url,
            options={"verify_exp": False, "verify_iat": False},
        )
        if not now.timestamp() < claims["exp"] <= now.timestamp() + 300:
            return Answer(400, b'{"error":"invalid_client"}', date)
        self.claims.append(claims)
        token = f"token-{len(self.claims)}"
        self.good = {token}
        body = {"access_token": token, "token_type": "bearer", "expires_in": self.lasts}
        return Answer(200, json.dumps(body).encode(), date)

    def client(self, token_url: str = "") -> Http:
        client = Client(id="ward-hub", scopes="system/*.read", token_url=token_url)
        return Http(self.fhir.url, {}, Access(Smart(client, self.key, self.clock)))


@pytest.mark.parametrize("pem, algorithm", [(EC, "ES384"), (RSA, "RS384")])
async def test_a_signed_statement_is_exchanged_for_a_token(pem: bytes, algorithm: str) -> None:
    async with Hospital(pem) as hospital:
        http = hospital.client()
        assert (await http.get("Patient/1")).status == 200
        assert (await http.get("Patient/2")).status == 200
        await http.close()
    assert hospital.key.algorithm == algorithm
    (claims,) = hospital.claims
    assert (claims["iss"], claims["sub"]) == ("ward-hub", "ward-hub")
    (form,) = hospital.forms
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["system/*.read"]
    asked = hospital.tokens.asked[0]
    assert "authorization" not in asked.headers
    assert set(form) == {"grant_type", "scope", "client_assertion_type", "client_assertion"}


async def test_each_statement_has_its_own_number_and_a_token_is_renewed_before_its_end() -> None:
    async with Hospital() as hospital:
        http = hospital.client(f"{hospital.tokens.url}/token")
        await http.get("Patient/1")
        hospital.clock.advance(239)
        await http.get("Patient/1")
        assert len(hospital.claims) == 1
        hospital.clock.advance(2)
        await http.get("Patient/1")
        await http.close()
    assert len({claims["jti"] for claims in hospital.claims}) == 2
    assert [one.target for one in hospital.fhir.asked] == ["/fhir/Patient/1"] * 3


async def test_a_refused_token_is_renewed_once() -> None:
    async with Hospital() as hospital:
        http = hospital.client()
        await http.get("Patient/1")
        hospital.good = set()
        assert (await http.get("Patient/1")).status == 200
        assert len(hospital.claims) == 2
        hospital.fhir._answer = lambda asked: Answer(401)
        with pytest.raises(Refused) as refused:
            await http.get("Patient/1")
        await http.close()
    assert refused.value.key == "his.refused.access"
    assert len(hospital.claims) == 3


async def test_a_write_whose_token_ended_is_sent_again_whole() -> None:
    async with Hospital() as hospital:
        http = hospital.client()
        await http.get("Patient/1")
        hospital.good = set()
        await http.send(
            "POST", f"{http.base}/Task", body=b'{"a":1}', headers={"If-None-Exist": "x"}
        )
        await http.close()
    first, second = hospital.fhir.asked[-2:]
    assert first.body == second.body == b'{"a":1}'
    assert first.headers["if-none-exist"] == second.headers["if-none-exist"]


async def test_a_clock_that_is_wrong_is_corrected_by_the_token_servers() -> None:
    async with Hospital() as hospital:
        hospital.server_ahead = timedelta(minutes=20)
        http = hospital.client()
        assert (await http.get("Patient/1")).status == 200
        await http.close()
    assert len(hospital.forms) == 2


async def test_while_the_token_server_is_away_the_token_is_used_to_its_end() -> None:
    async with Hospital() as hospital:
        http = hospital.client()
        await http.get("Patient/1")
        hospital.token_status = 503
        hospital.clock.advance(250)
        assert (await http.get("Patient/1")).status == 200
        hospital.clock.advance(51)
        with pytest.raises(Unreachable) as away:
            await http.get("Patient/1")
        await http.close()
    assert away.value.key == "his.unreachable.token"


async def test_why_no_token_is_given_is_told() -> None:
    async with Hospital() as hospital:
        hospital.token_status = 400
        http = hospital.client()
        with pytest.raises(Refused) as refused:
            await http.get("Patient/1")
        await http.close()
    assert refused.value.key == "his.refused.token"
    assert refused.value.values["why"] == "HTTP 400 invalid_scope"
    # Neither is it taken for the refusal of one kind of resource, nor of a sorted search.
    assert refused.value.values["status"] == 401


@pytest.mark.parametrize("lasts, after_s", [(None, 241), ("300", 241), (1, 4), (0, 4)])
async def test_how_long_a_token_lasts(lasts: object, after_s: float) -> None:
    async with Hospital() as hospital:
        hospital.lasts = lasts
        http = hospital.client()
        await http.get("Patient/1")
        await http.get("Patient/1")
        assert len(hospital.claims) == 1
        hospital.clock.advance(after_s)
        await http.get("Patient/1")
        await http.close()
    assert len(hospital.claims) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"access_token":"a\\r\\nX: y"}',
        b'{"access_token":"t","expires_in":"x"}',
        b'{"access_token":"t","expires_in":"nan"}',
        b'{"access_token":"t","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_an_answer_that_is_no_token(body: bytes) -> None:
    async with Server(lambda asked: Answer(200, body)) as server:
        client = Client(id="c", scopes="s", token_url=server.url)
        http = Http(server.url, {}, Access(Smart(client, SigningKey(EC), ManualClock())))
        with pytest.raises(Refused) as refused:
            await http.get("Patient/1")
        await http.close()
    assert refused.value.key == "his.refused.token"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(200, b"<html>"),
        Answer(200, b"{}"),
        Answer(401),
        Answer(200, b'{"token_endpoint":"http://[bad/x"}'),
        Answer(200, b'{"token_endpoint":"http://h:port/x"}'),
        Answer(200, b"[" * 100_000 + b"]" * 100_000),
    ],
)
async def test_a_server_that_does_not_tell_where_tokens_are_had(answer: Answer) -> None:
    async with Server(lambda asked: answer) as server:
        smart = Smart(Client(id="c", scopes="s"), SigningKey(EC), ManualClock())
        http = Http(server.url, {}, Access(smart))
        with pytest.raises(Refused) as refused:
            await http.get("Patient/1")
        await http.close()
    assert refused.value.key == "his.refused.no_token_url"


async def test_basic_and_bearer_go_with_every_request_and_to_no_other_origin() -> None:
    async with Server(lambda asked: Answer()) as other, Server(lambda asked: Answer()) as server:
        for credentials, header in (
            (Basic("hub", lambda: "pä:w"), "Basic aHViOnDDpDp3"),
            (Bearer(lambda: "t0ken"), "Bearer t0ken"),
        ):
            http = Http(server.url, {"X-Own": "1"}, Access(credentials))
            await http.get("Patient/1")
            await http.bare("POST", other.url, [("a", "b")])
            await http.close()
            assert server.asked[-1].headers["authorization"] == header
    for asked in other.asked:
        assert not {"authorization", "x-own"} & set(asked.headers)


async def test_a_token_that_was_replaced_in_its_file_is_taken() -> None:
    held = ["old"]
    good = {"Bearer new"}
    answer = lambda asked: Answer(200 if asked.headers["authorization"] in good else 401)  # noqa: E731
    async with Server(answer) as server:
        http = Http(server.url, {}, Access(Bearer(lambda: held[0])))
        with pytest.raises(Refused):
            await http.get("Patient/1")
        assert len(server.asked) == 1, "the same token is not tried twice"
        held[0] = ""  # just being written
        with pytest.raises(Refused):
            await http.get("Patient/1")
        held[0] = "new"
        assert (await http.get("Patient/1")).status == 200
        await http.close()


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"text",
        private_pem(ec.generate_private_key(ec.SECP256R1())),
        private_pem(rsa.generate_private_key(65537, 1024)),
        private_pem(ec.generate_private_key(ec.SECP384R1()), b"pw"),
    ],
)
def test_keys_that_cannot_sign(pem: bytes) -> None:
    with pytest.raises(Misconfigured) as refused:
        SigningKey(pem)
    assert refused.value.key == "his.auth.key"


def test_the_public_half_holds_nothing_private() -> None:
    for pem in (EC, RSA):
        public = SigningKey(pem, "key-1").public()
        assert public["kid"] == "key-1"
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(public)
        assert SigningKey(pem).id == SigningKey(pem).id != SigningKey(RSA if pem is EC else EC).id


def test_a_new_key_is_its_owners_alone_and_its_public_half_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hub.key"
    assert his(["key", "--new", str(file)]) == 0
    told = capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    held = file.read_bytes()
    assert json.loads(told) == {"keys": [SigningKey(held).public()]}
    with pytest.raises(FileExistsError):
        his(["key", "--new", str(file)])
    assert file.read_bytes() == held
    assert his(["key", "--set", f"his_secret_file={file}", "--set", "his_key_id=k9"]) == 0
    assert json.loads(capsys.readouterr().out)["keys"][0]["kid"] == "k9"


async def test_of_many_requests_at_once_one_fetches_a_token() -> None:
    async with Hospital() as hospital:
        http = hospital.client()
        await asyncio.gather(*(http.get(f"Patient/{n}") for n in range(6)))
        assert len(hospital.claims) == 1
        hospital.good = set()
        await asyncio.gather(*(http.get(f"Patient/{n}") for n in range(6)))
        await http.close()
    assert len(hospital.claims) == 2


def test_nothing_secret_is_in_a_repr(tmp_path: Path) -> None:
    made = [Basic("hub", lambda: "s3cret"), Bearer(lambda: "s3cret"), SigningKey(EC)]
    for one in made:
        assert "s3cret" not in repr(one)
    assert "s3cret" not in repr(Access(made[1], proxy_login=("hub", "s3cret")))


@pytest.mark.parametrize("token", ["", "two words", "line\nend", "ключ"])
def test_a_token_that_would_be_another_header(token: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Bearer(lambda: token)
    assert refused.value.key == "his.auth.token"
    if token:
        assert token not in str(refused.value)
