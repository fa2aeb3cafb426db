"""What a hub's process asks of the kernel: the disk has it before anybody is told of it."""

import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartward.bench.fanout_systems import HubSystem
from smartward.harness.house import House

pytestmark = pytest.mark.long

PRESSES = 20
SCREENS = 5
CALLS = "read,recvfrom,recvmsg,fdatasync,fsync,write,writev,sendto,sendmsg"
ENTERED = re.compile(r"^\d+ +(?P<call>\w+)\((?P<rest>.*)$")
SYNCED = re.compile(r"(fdatasync|fsync)(\(.*hub\.sqlite-wal>\)| resumed>\)) += 0$")


@contextmanager
def traced(pid: int, out: Path) -> Iterator[None]:
    """All calls of a process and its threads go to `out`."""
    command = ["strace", "-f", "-y", "-s", "160", "-o", str(out), "-e", f"trace={CALLS}"]
    tracer = subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.wait()
        pytest.skip(f"strace may not look at another process here: {said.strip()}")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)


def happened(trace: str) -> list[str]:
    """What matters of a trace, in order: `asked`, `synced`, `answered`, and the number of each
    write that a screen was told of."""
    found = []
    for line in trace.splitlines():
        entered = ENTERED.match(line)
        call = entered["call"] if entered else ""
        if SYNCED.search(line):
            found.append("synced")
        elif "POST /actions" in line and not call.startswith(("write", "send")):
            found.append("asked")
        elif call.startswith(("write", "send")):
            if '"HTTP/1.1 200 OK' in line:
                found.append("answered")
            told = re.search(r"event: write\\nid: \w+-(\d+)\\n", line)
            if told:
                found.append(told[1])
    return found


def nth(seen: list[str], what: str, turn: int) -> int:
    """Where it happened for the `turn`-th time, from 0."""
    return [n for n, one in enumerate(seen) if one == what][turn]


@pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: make system-test"
)
def test_a_press_is_on_the_disk_before_its_answer_and_its_answer_before_any_screen(
    tmp_path: Path,
) -> None:
    out = tmp_path / "trace"
    with House(tmp_path / "house") as house:
        hub = HubSystem(house, "station", SCREENS)
        quiet = -1
        while quiet != (quiet := house.hub.state()["seq"]):  # type: ignore[union-attr]  # it is there in this test
            threading.Event().wait(0.3)  # the coming of the stations themselves
        with traced(hub.pids[0], out):
            numbers = [str(hub.publish()[2]) for _ in range(PRESSES)]
            house.hub.wait("seq", int(numbers[-1]))  # type: ignore[union-attr]  # it is there in this test
        hub.close()
    seen = happened(out.read_text(errors="replace"))
    assert seen.count("asked") == PRESSES
    for turn, number in enumerate(numbers):
        assert seen.count(number) == SCREENS, f"write {number} went to so many screens"
        asked, answered = (nth(seen, what, turn) for what in ("asked", "answered"))
        assert asked < answered < seen.index(number)
        assert "synced" in seen[asked:answered]
