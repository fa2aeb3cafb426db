"""The control socket over a real socket: what is asked wrongly is told, and nobody is held up."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartward import control
from smartward.clock import ClockSpec, SystemClock
from smartward.control import ControlServer
from smartward.errors import BadData, Misconfigured

pytestmark = pytest.mark.anyio
SOON = 10.0
NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)


class Client:
    """One connection that speaks lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, line: bytes) -> None:
        self._writer.write(line)
        await self._writer.drain()

    async def answer(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self._reader.readline(), SOON)
        assert line.endswith(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    async def ask(self, do: str, **more: Any) -> dict[str, Any]:
        await self.send(json.dumps({"do": do, **more}).encode() + b"\n")
        return await self.answer()

    async def hung_up(self) -> bool:
        return await asyncio.wait_for(self._reader.read(), SOON) == b""

    def close(self) -> None:
        self._writer.close()


class Program:
    """A program with a control socket and a few states."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = SystemClock(ClockSpec.starting(NOW))
        self.states: dict[str, Any] = {"calls": 0, "name": None}
        self.server = ControlServer(path, self.clock, lambda: self.states)
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_unix_connection(self.path))
        self.clients.append(client)
        return client

    async def stop(self) -> None:
        for client in self.clients:
            client.close()
        await self.server.stop()


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    made = Program(tmp_path / "p.sock")
    await made.server.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(program: Program) -> Client:
    return await program.connect()


# ------------------------------------------------------------------------------ the socket


async def test_only_this_user_may_connect(program: Program) -> None:
    found = program.path.stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == os.getuid()


async def test_listening_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        server = ControlServer(tmp_path / "q.sock", SystemClock(), dict)
        await server.start()
        assert os.umask(0o022) == 0o022
        await server.stop()
    finally:
        os.umask(before)


async def test_a_killed_programs_socket_is_taken_over(program: Program, tmp_path: Path) -> None:
    program.path.rename(tmp_path / "left.sock")  # what stays of a process that was killed
    other = Program(tmp_path / "left.sock")
    await other.server.start()
    client = await other.connect()
    assert (await client.ask("state"))["ok"]
    await other.stop()


async def test_it_is_gone_when_the_program_ends(tmp_path: Path) -> None:
    made = Program(tmp_path / "q.sock")
    await made.server.start()
    await made.stop()
    assert not made.path.exists()


@pytest.mark.parametrize("name", ["x" * 120 + ".sock", "no/such/folder.sock"])
async def test_where_no_socket_can_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        await ControlServer(tmp_path / name, SystemClock(), dict).start()
    assert caught.value.key == "control.socket"


# ------------------------------------------------------------------------------ what is asked


@pytest.mark.parametrize(
    "line, words",
    [
        (b"\n", "JSONDecodeError"),
        (b"state\n", "JSONDecodeError"),
        (b'{"do": "state"\n', "JSONDecodeError"),
        (b'{"do": "\xff"}\n', "UnicodeDecodeError"),
        (b"[]\n", "JSON object"),
        (b"null\n", "JSON object"),
        (b'"state"\n', "JSON object"),
        (b"{}\n", "no such command"),
        (b'{"do": null}\n', "no such command"),
        (b'{"do": ["state"]}\n', "no such command"),
        (b'{"do": "stat"}\n', "no such command: stat; there are: clock.advance"),
        (b'{"do": "clock.advance"}\n', "KeyError: 'seconds'"),
        (b'{"do": "clock.advance", "seconds": "many"}\n', "ValueError"),
        (b'{"do": "clock.advance", "seconds": 1e30}\n', "ValueError"),
        (b'{"do": "clock.advance", "seconds": NaN}\n', "ValueError"),
        (b'{"do": "clock.set", "now": "noon"}\n', "ValueError"),
        (b'{"do": "clock.set", "now": "2026-11-21T02:05:00"}\n', "without a zone"),
        (b'{"do": "wait"}\n', "KeyError: 'state'"),
        (b'{"do": "wait", "state": "calls", "within_s": "long"}\n', "ValueError"),
    ],
)
async def test_what_is_asked_wrongly_is_told_and_the_line_stays_open(
    client: Client, line: bytes, words: str
) -> None:
    await client.send(line)
    answer = await client.answer()
    assert answer["ok"] is False
    assert words in answer["error"]
    assert (await client.ask("state"))["ok"]


async def test_a_line_without_end_is_hung_up_on(program: Program, client: Client) -> None:
    try:
        for _ in range(40):
            await client.send(b"x" * (1 << 19))
    except ConnectionError:
        return  # it already has
    assert await client.hung_up()
    assert (await (await program.connect()).ask("state"))["ok"]


async def test_errors_of_a_command_are_its_answer(program: Program, client: Client) -> None:
    async def fail(request: dict[str, Any]) -> dict[str, Any]:
        raise BadData("i18n.unknown_key", "call.none", text="call.none")

    program.server.handle("fail", fail)
    answer = await client.ask("fail")
    assert answer == {"ok": False, "error": "BadData: i18n.unknown_key: call.none"}


@pytest.mark.expects_log("a control command failed")
async def test_a_bug_in_a_command_is_its_answer_and_is_logged(
    program: Program, client: Client
) -> None:
    async def bug(request: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("bug")

    program.server.handle("bug", bug)
    assert (await client.ask("bug"))["error"] == "ZeroDivisionError: bug"
    assert (await client.ask("state"))["ok"]


async def test_what_cannot_be_written_as_json_is_told(program: Program, client: Client) -> None:
    program.states["calls"] = {1, 2}
    answer = await client.ask("state")
    assert "not JSON serializable" in answer["error"]


async def test_answers_come_in_the_order_of_the_questions(program: Program, client: Client) -> None:
    wait = {"do": "wait", "state": "calls", "value": 1, "within_s": SOON}
    await client.send(json.dumps(wait).encode() + b"\n" + b'{"do": "state"}\n')
    program.states["calls"] = 1
    program.server.changed()
    assert (await client.answer())["value"] == 1
    assert (await client.answer())["state"]["calls"] == 1


async def test_the_clock_is_set_and_advanced(program: Program, client: Client) -> None:
    answer = await client.ask("clock.set", now="2026-11-21T12:00:00+08:00")
    assert datetime.fromisoformat(answer["now"]) - NOW < timedelta(hours=2)
    before = program.clock.now()
    assert before >= datetime(2026, 11, 21, 4, tzinfo=UTC)
    await client.ask("clock.advance", seconds=-3600)
    assert timedelta(minutes=59) < before - program.clock.now() <= timedelta(hours=1)


# ------------------------------------------------------------------------------ waiting


async def test_a_state_that_is_there_needs_no_wait(client: Client) -> None:
    assert await client.ask("wait", state="calls", value=0) == {"ok": True, "value": 0}
    assert await client.ask("wait", state="name", value=None) == {"ok": True, "value": None}


async def test_a_wait_ends_when_the_state_comes(program: Program) -> None:
    waiting, other = await program.connect(), await program.connect()
    answer = asyncio.get_running_loop().create_task(
        waiting.ask("wait", state="calls", value=3, within_s=SOON)
    )
    for calls in (1, 2, 3):
        program.states["calls"] = calls
        program.server.changed()
        assert (await other.ask("state"))["state"]["calls"] == calls
    assert (await answer)["value"] == 3


async def test_who_waits_is_woken_at_once(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured times of the demo hang on it: nobody may wait for the next look."""
    monkeypatch.setattr(control, "_LOOK_AGAIN_S", 3600.0)
    waiting, other = await program.connect(), await program.connect()
    await waiting.send(b'{"do": "wait", "state": "calls", "value": 1, "within_s": 7200}\n')
    assert (await other.ask("state"))["ok"], "the first is waiting by now"
    program.states["calls"] = 1
    program.server.changed()
    assert (await waiting.answer())["value"] == 1


async def test_a_state_that_does_not_tell_is_seen_too(program: Program, client: Client) -> None:
    asyncio.get_running_loop().call_later(0.06, program.states.update, {"calls": 4})
    assert (await client.ask("wait", state="calls", value=4, within_s=SOON))["value"] == 4


async def test_a_wait_for_anything_ends_with_what_is_not_null(
    program: Program, client: Client
) -> None:
    asyncio.get_running_loop().call_soon(program.states.update, {"name": "床 12"})
    assert (await client.ask("wait", state="name", within_s=SOON))["value"] == "床 12"


@pytest.mark.parametrize("within", [0, -1, 0.02])
async def test_a_wait_that_is_over_says_what_it_saw(client: Client, within: float) -> None:
    answer = await client.ask("wait", state="calls", value=7, within_s=within)
    assert answer["ok"] is False
    assert "calls is 0 after" in answer["error"]


async def test_a_state_that_is_not_there_is_told_from_one_that_differs(client: Client) -> None:
    answer = await client.ask("wait", state="cals", value=0, within_s=0)
    assert "no state cals" in answer["error"]
    assert "calls, name" in answer["error"]


async def test_a_state_within_a_state_has_a_dotted_name(program: Program, client: Client) -> None:
    program.states["resources"] = {"Patient": 38, "Bed": {"free": 2}}
    program.states["a.b"] = "plain"
    assert (await client.ask("wait", state="resources.Patient", value=38))["value"] == 38
    assert (await client.ask("wait", state="resources.Bed.free", value=2))["value"] == 2
    assert (await client.ask("wait", state="a.b", value="plain"))["value"] == "plain"
    assert (await client.ask("wait", state="resources.Bed", value={"free": 2}))["ok"]
    for name in ("resources.Nobody", "calls.more", "resources.", ".", ""):
        assert not (await client.ask("wait", state=name, within_s=0))["ok"]


async def test_who_waits_holds_up_nobody(program: Program) -> None:
    waiting = [await program.connect() for _ in range(8)]
    for number, each in enumerate(waiting):
        wait = {"do": "wait", "state": "calls", "value": number + 1, "within_s": SOON}
        await each.send(json.dumps(wait).encode() + b"\n")
    other = await program.connect()
    assert (await other.ask("state"))["ok"]
    for number, each in enumerate(waiting):
        program.states["calls"] = number + 1
        program.server.changed()
        assert (await each.answer())["value"] == number + 1


async def test_who_hangs_up_while_waiting_harms_nobody(program: Program) -> None:
    waiting, other = await program.connect(), await program.connect()
    await waiting.send(b'{"do": "wait", "state": "calls", "value": 9, "within_s": 5}\n')
    waiting.close()
    program.states["calls"] = 9
    program.server.changed()
    assert (await other.ask("wait", state="calls", value=9))["ok"]
