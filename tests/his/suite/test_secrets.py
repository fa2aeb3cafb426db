"""No secret is in a list of processes, a log, a folder or an address: the programs as they run.

A file's content is in no process's arguments or environment; what is given by the environment is in
that of the program it was given to, under its name, and nowhere else.
"""

import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from smartward.his.connect import PROXY_SECRET, SECRET
from tests.his.outside import Answer, Asked, Server, private_pem, read_request

pytestmark = [pytest.mark.anyio, pytest.mark.long]

USER, PASSWORD, TOKEN, GIVEN = "ward-hub", "pa55-wOrd-77", "static-t0ken-4711", "had-t0ken-0815"
NAMES = ("hub-file", "hub-environment", "check-file", "check-environment")


class Holding(Server):
    """Gives tokens at once. Who asks for anything else waits until it is told to refuse them."""

    def __init__(self, header: str) -> None:
        super().__init__(_answer)
        self._header = header
        self._waiting: set[str] = set()
        self.all_proved = asyncio.Event()
        """Each program has asked with the header that its secret makes."""
        self.go_on = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked = await read_request(reader, writer)
            self.asked.append(asked)
            answer = _answer(asked)
            if answer.status == 401:
                if asked.headers.get("authorization") == self._header:
                    self._waiting |= {name for name in NAMES if f"/{name}/" in asked.target}
                if self._waiting == set(NAMES):
                    self.all_proved.set()
                await self.go_on.wait()
            head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(answer.body)}\r\n\r\n"
            writer.write(head.encode() + answer.body)
            await writer.drain()


def _answer(asked: Asked) -> Answer:
    if asked.target.endswith("/token"):
        return Answer(200, json.dumps({"access_token": GIVEN, "expires_in": 300}).encode())
    return Answer(401, b'{"resourceType": "OperationOutcome", "issue": []}')


@dataclass(frozen=True)
class Way:
    """One `his_auth`: its settings, what is secret of it, and the header that proves it was had."""

    settings: dict[str, str]
    secret: str
    header: str


def _pem() -> str:
    return private_pem(ec.generate_private_key(ec.SECP384R1())).decode()


def way(name: str) -> Way:
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return {
        "basic": Way({"his_user": USER}, PASSWORD, f"Basic {pair}"),
        "bearer": Way({}, TOKEN, f"Bearer {TOKEN}"),
        "smart": Way({"his_client_id": "hub"}, _pem(), f"Bearer {GIVEN}"),
    }[name]


def forbidden(one: Way) -> list[str]:
    """What must be found nowhere: the secret or the lines of its key, and what is made of it."""
    lines = [line for line in one.secret.splitlines() if "-----" not in line]
    return [*lines, one.header.partition(" ")[2]]


def found(text: str, one: Way) -> list[str]:
    return [secret for secret in forbidden(one) if secret in text]


@contextlib.contextmanager
def started(
    name: str, arguments: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours with all that it says in a file, and those secrets alone around it."""
    around = {key: value for key, value in os.environ.items() if key not in (SECRET, PROXY_SECRET)}
    with (folder / f"{name}.said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "smartward", *arguments],
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            env={**around, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """It and all that it started."""
    first = psutil.Process(process.pid)
    return [first, *first.children(recursive=True)]


def look_at(process: subprocess.Popen[bytes], one: Way, *, by_environment: bool) -> None:
    """What everybody, and what its own user, can read of it while it runs."""
    for member in family(process):
        proc = Path(f"/proc/{member.pid}")
        assert found(proc.joinpath("cmdline").read_text(errors="replace"), one) == []
        variables = dict(
            variable.partition("=")[::2]
            for variable in proc.joinpath("environ").read_text(errors="replace").split("\0")
        )
        holding = {name for name, value in variables.items() if found(value, one)}
        assert holding == ({SECRET} if by_environment else set())


def command(program: str, settings: dict[str, str], folder: Path) -> list[str]:
    """How a person starts it."""
    given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    if program == "hub":
        return ["hub", "--data-dir", str(folder), "--set", "port=0", *given]
    return ["his", "check", *given]


def settings_of(auth: str, one: Way, url: str, file: Path | None) -> dict[str, str]:
    told = {"his_url": url, "his_ward": "w", "his_auth": auth, **one.settings}
    if auth == "smart":
        told["his_token_url"] = f"{url}/token"
    return told if file is None else {**told, "his_secret_file": str(file)}


def look_around(folder: Path, secret: Path, one: Way) -> None:
    """What the programs have written: what they said, their data, and the names of all that."""
    for path in folder.rglob("*"):
        assert found(str(path), one) == []
        if path.is_file() and path != secret:
            assert found(path.read_bytes().decode(errors="replace"), one) == [], path.name


@pytest.mark.verifies(
    "the list of processes", "no secret of `his_auth` in arguments, logs or folders"
)
@pytest.mark.parametrize("auth", ["basic", "bearer", "smart"])
async def test_no_secret_is_seen_from_outside(auth: str, tmp_path: Path) -> None:
    one = way(auth)
    secret = tmp_path / "secret"
    secret.write_text(f"{one.secret}\n")
    async with Holding(one.header) as server:
        with contextlib.ExitStack() as stack:
            running = {}
            for name in NAMES:
                program, _, source = name.partition("-")
                file = secret if source == "file" else None
                told = settings_of(auth, one, f"{server.url}/{name}", file)
                around = {} if file else {SECRET: one.secret}
                running[name] = stack.enter_context(
                    started(name, command(program, told, tmp_path / name), tmp_path, around)
                )
            async with asyncio.timeout(60):
                await server.all_proved.wait()
            for name, process in running.items():
                look_at(process, one, by_environment=name.endswith("environment"))
            server.go_on.set()
            for name in ("check-file", "check-environment"):
                assert await asyncio.to_thread(running[name].wait, 20) == 1
    look_around(tmp_path, secret, one)
    for asked in server.asked:
        assert found(asked.target, one) == []
