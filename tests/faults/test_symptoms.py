"""One screen, by symptom: the page's commands are run as they are printed, where they can be."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from smartward.cli import COMMANDS
from smartward.harness.house import House

pytestmark = pytest.mark.long

PAGE = Path(__file__).resolve().parents[2].joinpath("packaging/symptoms.md").read_text("utf-8")
OFFSCREEN = "QT_QPA_PLATFORM=offscreen "
OF_THE_SYSTEM = {
    *("cat", "ls", "udevadm", "systemctl", "pactl", "curl", "timedatectl", "journalctl", "openssl"),
}


def commands() -> list[list[str]]:
    """Every line of a fenced block that is a command, without what says who runs it and how."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", PAGE, re.M | re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    named = [line.removeprefix("sudo ").removeprefix(OFFSCREEN) for line in lines]
    return [shlex.split(line) for line in named if re.match(r"[a-z]+ ", line)]


def test_every_command_is_ours_or_the_systems() -> None:
    named = {command[0] for command in commands()}
    assert named - OF_THE_SYSTEM == {"smartward"}
    assert {c[1] for c in commands() if c[0] == "smartward"} <= set(COMMANDS)


def test_what_the_screens_user_may_not_do_is_done_by_an_administrator() -> None:
    lines = [line.strip() for line in PAGE.splitlines()]
    rights = r"(systemctl|udevadm (control|trigger)|journalctl) "
    assert [line for line in lines if re.match(rights, line)] == []
    assert len([line for line in lines if re.match(rf"sudo {rights}", line)]) > 4


def test_our_commands_do_what_the_page_says(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        house.start_his("--seed", "7", "--beds", "4")
        hub = house.start_hub(his_poll_s="1", drill_limit_s="8")
        hub.wait("his_up", True)
        house.start_screen("station", "station")
        screen = house.start_screen("bedside", "bedside", "2")
        for each in house.screens.values():
            each.wait("link", "live")
        folder, arguments = house.folder / "bedside", list(map(str, screen.process.args))
        token = arguments[arguments.index("--token-file") + 1]
        told = {
            "/var/lib/smartward-screen/token": token,
            "/var/lib/smartward-screen": str(folder),
            "/tmp/": f"{tmp_path}/",
            "12": "2",
        }
        ours = [command[1:] for command in commands() if command[0] == "smartward"]
        assert [command[0] for command in ours] == ["check", "screen"]
        for command in ours:
            words = [_moved(word, told) for word in command]
            if words[0] == "check":
                # Not paired, and nobody is here: as the page says of both.
                words += ["--hub", hub.ready["url"], "--token-file", token]
                words += ["--no-touch", "--no-sound"]
            # As a login of the screen's user has it: nothing but what the page itself says.
            bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
            if f"{OFFSCREEN}smartward {words[0]} " in PAGE:
                bare["QT_QPA_PLATFORM"] = "offscreen"
            ended = subprocess.run(
                [sys.executable, "-m", "smartward", *words],
                check=False, env=bare, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert "Traceback" not in ended.stderr
            if words[0] != "check":
                assert ended.returncode == 0, ended.stderr
                continue
            # A machine of tests has no panel and no watchdog; what is the ward's has to be well.
            rows = [row for row in ended.stdout.splitlines() if not row.startswith(" ")]
            found = {row[13:35].strip(): row[:12].strip() for row in rows}
            well = {part for part, how in found.items() if how == "ok"}
            assert {"Hub", "Place", "Clock", "Test call"} <= well, ended.stdout
        assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
        assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")


def _moved(word: str, told: dict[str, str]) -> str:
    for before, after in told.items():
        word = after if word == before else word.replace(before, after) if "/" in before else word
    return word
