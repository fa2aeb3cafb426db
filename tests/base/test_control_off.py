"""Packages ship with the control socket off: only the harness of demo and tests asks for it."""

import ast
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from smartward.clock import SystemClock
from smartward.config import SETTINGS
from smartward.harness.house import House
from smartward.his.simulator.app import settings_from
from smartward.hub.options import parse
from smartward.screen.options import parser as screen_parser
from tests.base.text_keys import modules
from tests.project.repo import ROOT, repo_files

SOON = 30.0
COMMANDS = [
    {"do": "clock.advance", "seconds": 86400},
    {"do": "clock.set", "now": "2001-01-01T00:00:00Z"},
    {"do": "state"},
    {"do": "documents", "kind": "encounter"},
    {"do": "fault", "name": "storage", "on": True},
    {"do": "event", "name": "discharge", "bed": "12"},
    {"do": "tap", "objectName": "callNurse"},
    {"do": "quit"},
]
LINES = "".join(json.dumps(command) + "\n" for command in COMMANDS).encode()


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A program as a package starts it, with the commands on its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "smartward", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin, process.stdout:
            process.stdin.write(LINES)
            process.stdin.flush()
            yield process, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(SOON)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def doors(process: subprocess.Popen[bytes]) -> tuple[set[str], int]:
    """Named unix sockets and listening ports of a program and of all it started."""
    top = psutil.Process(process.pid)
    named: set[str] = set()
    ports = 0
    for each in [top, *top.children(recursive=True)]:
        try:
            open_here = each.net_connections("all")
        except psutil.NoSuchProcess:  # what it started has ended meanwhile: it has none
            assert each is not top
            continue
        for found in open_here:
            if found.family == socket.AF_UNIX:
                named |= {str(found.laddr)} - {"", "None"}
            elif found.status == psutil.CONN_LISTEN or found.type == socket.SOCK_DGRAM:
                ports += 1
    return named, ports


def asked(path: Path, command: dict[str, Any]) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SOON)
        connection.connect(str(path))
        connection.sendall(json.dumps(command).encode() + b"\n")
        answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
    return answer


def hung_up_on(url: str, payload: bytes) -> bytes:
    """What a port answers to lines that are no HTTP."""
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=SOON) as wire:
        wire.sendall(payload)
        return wire.makefile("rb").read()


def test_a_hub_opens_its_admin_socket_and_its_port_only(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    with started("hub", "--data-dir", str(folder), "--set", "port=0") as (process, ready):
        assert doors(process) == ({str(folder / "admin.sock")}, 1)
        for command in COMMANDS:
            answer = asked(Path(ready["admin"]), command)
            assert answer["ok"] is False
            assert "no such command" in answer["error"]
        health = httpx.get(f"{ready['url']}/health").json()
        assert health["ok"] is True, "no fault was raised"
        shown = datetime.fromisoformat(health["now"])
        assert abs(shown - SystemClock().now()) < timedelta(minutes=1), "nobody set its clock"
        assert b" 200 " not in hung_up_on(ready["url"], LINES)
        for path in ("control", "admin", "state", "clock"):
            assert httpx.post(f"{ready['url']}/{path}", content=LINES).status_code == 404
        assert process.poll() is None, "nobody made it quit"


def test_a_simulator_opens_its_port_only() -> None:
    with started("his", "sim", "--beds", "3") as (process, ready):
        assert doors(process) == (set(), 1)
        assert httpx.get(f"{ready['url']}/metadata").status_code == 200
        assert b" 200 " not in hung_up_on(ready["url"], LINES)
        assert process.poll() is None


def test_a_screen_opens_nothing(house: House, tmp_path: Path) -> None:
    assert house.hub is not None
    feeds = house.hub.state()["feeds"]
    arguments = ["screen", "station", "--hub", house.hub.ready["url"]]
    kept = ["--token-file", str(house.enrol("station")), "--state-dir", str(tmp_path / "s")]
    with started(*arguments, *kept) as (process, ready):
        assert ready["ready"] == "screen"
        house.hub.wait("feeds", feeds + 1, SOON)
        assert doors(process) == (set(), 0)
        assert process.poll() is None


# ------------------------------------------------------------------------------ who asks for it


def test_it_is_off_unless_the_command_line_says_so() -> None:
    assert parse([]).control is None
    assert settings_from([]).control is None
    assert screen_parser().parse_args(["station"]).control is None
    assert not {name for name in SETTINGS if "control" in name}, "no file may switch it on"


def trees() -> dict[Path, ast.Module]:
    return {module.path: module.tree for module in modules()}


def declares(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_argument"
    )


def passes_control(tree: ast.Module) -> bool:
    """Whether a module says `--control` other than to declare it or in a docstring."""
    declared = {id(child) for node in ast.walk(tree) if declares(node) for child in ast.walk(node)}
    return any(
        isinstance(node, ast.Constant)
        and id(node) not in declared
        and isinstance(node.value, str)
        and node.value.startswith("--control")
        for node in ast.walk(tree)
    )


def test_only_the_harness_passes_it_on() -> None:
    passing = [path for path, tree in trees().items() if passes_control(tree)]
    assert passing == [ROOT / "smartward" / "harness" / "program.py"]


def test_only_demo_and_bench_use_the_harness() -> None:
    users = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.startswith("smartward.harness") for name in (module or "", *names)):
                users.add(path.relative_to(ROOT / "smartward").parts[0])
    assert users == {"demo", "bench", "harness"}


def test_nothing_that_is_packaged_passes_it() -> None:
    """Units, images, Makefile and CI; a page for people may speak of it."""
    packaged = [
        path
        for path in repo_files()
        if (path.is_relative_to(ROOT / "packaging") or path.parent in (ROOT, ROOT / ".ci"))
        and path.suffix not in {".md", ".png", ".wav"}
    ]
    assert {"Makefile", "run", "pyproject.toml"} <= {path.name for path in packaged}
    for path in packaged:
        assert "--control" not in path.read_text("utf-8"), path
