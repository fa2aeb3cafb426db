"""`smartward staff`: no PIN and no badge's code is ever an argument."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartward import cli
from smartward.config import Settings
from smartward.errors import Misconfigured, Unreachable
from smartward.hub import staff_cli
from tests.hub.conftest import Ward
from tests.hub.staff import BADGE, LI, PIN, STATION, badge, pin, refused
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

Run = Callable[..., Any]


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, ward=WARD)


@pytest.fixture
def run(ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with what is typed at it; gives what it writes."""

    async def command(*argv: str, typed: str = "") -> list[dict[str, Any]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        admin = ["--admin", str(ward.hub.admin.path)]
        assert await asyncio.to_thread(staff_cli.main, [*admin, *argv]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


async def test_a_badge_is_read_from_the_scanner_and_a_pin_from_a_file(
    ward: Ward, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "pin"
    file.write_text(f"{PIN}\n")
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match=r"staff\.pin_file_open"):
        await run("pin", "李红", "--pin-file", str(file))
    file.chmod(0o600)
    station = await ward.enrol(STATION)
    assert await run("badge", LI, typed=f"{BADGE}\r\n") == [{"person": LI, "added": True}]
    assert await run("badge", LI, typed=BADGE) == [{"person": LI, "added": False}]
    assert await run("pin", "李红", "--pin-file", str(file)) == [{"person": LI, "pin": True}]
    assert (await badge(ward, station)).person.id == LI
    assert (await pin(ward, station)).person.id == LI
    (li, wang) = await run("list")
    assert (li["id"], li["badges"], li["pin"]) == (LI, 1, True)
    assert (wang["badges"], wang["pin"]) == (0, False)
    assert await run("pin", LI, "--remove") == [{"person": LI, "pin": False}]
    assert (await refused(pin(ward, station))).key == "identity.refused.pin"
    assert await run("badge", LI, "--remove") == [{"person": LI, "removed": 1}]
    assert (await refused(badge(ward, station))).key == "identity.refused.badge"


async def test_a_lock_is_listed_and_lifted(ward: Ward, run: Run) -> None:
    station = await ward.enrol(STATION)
    for _ in range(5):
        await refused(badge(ward, station, "x"))
    assert {"what": "reader", "id": station.id} in [
        {name: one.get(name) for name in ("what", "id")} for one in await run("list")
    ]
    assert await run("unlock", station.id) == [{"of": station.id, "lifted": ["reader"]}]
    assert (await refused(badge(ward, station, "x"))).key == "identity.refused.badge"


async def test_a_pin_that_is_asked_twice_must_be_the_same(
    ward: Ward, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PIN, "2847", PIN, PIN])
    monkeypatch.setattr(staff_cli.getpass, "getpass", lambda prompt: next(answers))
    monkeypatch.setattr(io, "StringIO", Terminal)
    with pytest.raises(Misconfigured) as error:
        await run("pin", LI)
    assert error.value.key == "staff.pin_differs"
    assert await run("pin", LI) == [{"person": LI, "pin": True}]


async def test_what_cannot_be_done_is_told(run: Run, tmp_path: Path) -> None:
    for argv, typed, key in (
        (("pin", LI), "", "staff.no_terminal"),
        (("badge", LI), "\n", "staff.no_code"),
        (("badge", "somebody"), BADGE, "staff.unknown"),
    ):
        with pytest.raises(Misconfigured) as error:
            await run(*argv, typed=typed)
        assert error.value.key == key
    with pytest.raises(Unreachable):
        staff_cli.main(["--data-dir", str(tmp_path), "list"])
    with pytest.raises(SystemExit):
        await run("pin", LI, PIN)


def test_both_are_commands_of_the_program() -> None:
    assert cli.COMMANDS["staff"][0] == staff_cli.__name__
    for command in ("staff", "audit"):
        done = subprocess.run(
            [sys.executable, "-m", "smartward", command, "--help"],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert f"smartward {command}" in done.stdout
