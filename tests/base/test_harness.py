"""The harness: real programs start, are asked, die and come back, and nothing of them stays."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from smartward.errors import Misconfigured, Unreachable
from smartward.harness.house import House
from smartward.harness.program import Control, Program
from tests.base.conftest import NOW
from tests.project.repo import ROOT

SOON = 20.0


def family(program: Program) -> list[psutil.Process]:
    """The process and all it started."""
    process = psutil.Process(program.process.pid)
    return [process, *process.children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=SOON)
    return not alive


# ------------------------------------------------------------------------------ one connection


@pytest.fixture
def other_side(tmp_path: Path) -> Iterator[Callable[[Callable[[socket.socket], None]], Path]]:
    """A program's socket, served once by a function."""
    listener = socket.socket(socket.AF_UNIX)
    path = tmp_path / "p.sock"
    listener.bind(str(path))
    listener.listen()
    threads: list[threading.Thread] = []

    def serve(work: Callable[[socket.socket], None]) -> Path:
        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                work(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return path

    yield serve
    for thread in threads:
        thread.join(SOON)
    listener.close()


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        Control(tmp_path / "p.sock")
    assert caught.value.key == "control.unreachable"


def test_a_refusal_carries_its_reason(
    other_side: Callable[[Callable[[socket.socket], None]], Path],
) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b'{"ok": false, "error": "no such command: dance"}\n')

    control = Control(other_side(refuse))
    with pytest.raises(Unreachable, match="no such command: dance") as caught:
        control.ask("dance")
    assert caught.value.key == "control.refused"
    control.close()


def test_who_hangs_up_is_not_taken_for_a_refusal(
    other_side: Callable[[Callable[[socket.socket], None]], Path],
) -> None:
    control = Control(other_side(lambda connection: None))
    with pytest.raises(Unreachable) as caught:
        control.ask("state")
    assert caught.value.key == "control.unreachable"
    control.close()


def test_who_says_nothing_is_given_up_but_a_wait_has_its_time(
    other_side: Callable[[Callable[[socket.socket], None]], Path],
) -> None:
    asked = threading.Event()
    over = threading.Event()

    def think(connection: socket.socket) -> None:
        connection.recv(1000)
        assert not asked.wait(0.3), "longer than the patience for other commands"
        connection.sendall(b'{"ok": true, "value": 1}\n')
        connection.recv(1000)
        over.wait(SOON)

    control = Control(other_side(think), within_s=0.1)
    assert control.ask("wait", state="calls", value=1, within_s=SOON)["value"] == 1
    with pytest.raises(Unreachable) as caught:
        control.ask("state")
    assert caught.value.key == "control.unreachable"
    over.set()
    control.close()


# ------------------------------------------------------------------------------ one program


def test_what_does_not_start_gives_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        Program("hub", ["hub", "--set", "port=many"], tmp_path, {})
    assert caught.value.key == "harness.not_ready"
    assert "The setting port cannot be many" in caught.value.detail
    assert caught.value.detail.startswith("hub\n")


def test_the_end_of_a_long_log_is_its_end(tmp_path: Path) -> None:
    (tmp_path / "hub.log").write_text("an old line\n" * 1000)
    with pytest.raises(Misconfigured) as caught:
        Program("hub", ["hub", "--set", "port=many"], tmp_path, {})
    assert "port cannot be many" in caught.value.detail
    assert len(caught.value.detail) < 4000


def test_who_is_interrupted_while_it_starts_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in a terminal reaches the harness only: its programs have sessions of their own."""
    started: list[psutil.Process] = []

    def interrupted(self: Program) -> dict[str, Any]:
        started.extend(family(self))
        raise KeyboardInterrupt

    monkeypatch.setattr(Program, "_await_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Program("hub", ["hub", "--data-dir", str(tmp_path / "hub")], tmp_path, {})
    assert started
    assert gone(started)


# ------------------------------------------------------------------------------ a house


def hub(house: House) -> Program:
    assert house.hub is not None
    return house.hub


def house_time(moment: datetime) -> str:
    """What a screen of the ward writes at its head."""
    return f"{moment.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}"


def test_programs_of_a_house_share_one_clock(house: House) -> None:
    before = datetime.fromisoformat(hub(house).state()["now"])
    assert timedelta(0) <= before - NOW < timedelta(minutes=5)
    house.advance(3600)
    later = datetime.fromisoformat(hub(house).state()["now"])
    assert timedelta(hours=1) <= later - before < timedelta(hours=1, minutes=5)
    house.screens["station"].wait("time", house_time(later))


def test_a_refused_command_leaves_the_connection(house: House) -> None:
    with pytest.raises(Unreachable, match="no such command: dance"):
        hub(house).ask("dance")
    assert hub(house).state()["ok"] is True


def test_a_wait_that_is_over_says_what_it_saw(house: House) -> None:
    with pytest.raises(Unreachable, match="open_calls is 0 after"):
        hub(house).wait("open_calls", 5, 0)


def test_kill_leaves_no_orphan(house: House) -> None:
    """Voice and loudspeaker have sessions of their own, and end with their screen all the same."""
    house.screens["station"].kill()
    station = house.restart_screen("station")
    waiting = threading.Event()
    while len(processes := family(station)) < 2:
        waiting.wait(0.05)  # the voice's ends again when it has said nothing for a while
    station.kill()
    assert gone(processes)
    assert not station.running
    with pytest.raises(Unreachable):
        station.state()
    house.restart_screen("station").wait("link", "live")


def test_a_killed_hub_comes_back_where_it_was(house: House) -> None:
    url, epoch = hub(house).ready["url"], hub(house).state()["epoch"]
    processes = family(hub(house))
    hub(house).kill()
    assert gone(processes)
    again = house.restart_hub()
    assert again.ready["url"] == url
    assert again.state()["epoch"] == epoch
    house.screens["station"].wait("link", "live")


def test_an_unreachable_program_is_asked_anew(house: House) -> None:
    """A late answer on an old connection would be taken for the next one's."""
    program = hub(house)
    first = program.control
    first.close()
    with pytest.raises(Unreachable):
        program.ask("state")
    assert program.state()["ok"] is True
    assert program.control is not first


def test_a_stopped_house_is_empty(tmp_path: Path) -> None:
    with House(tmp_path / "h") as house:
        processes = family(house.start_hub())
        assert all(process.is_running() for process in processes)
    assert gone(processes)
    assert not (tmp_path / "h" / "hub.sock").exists()
    assert hub(house).process.returncode == 0, "asked to end, not killed"


def test_a_program_that_will_not_end_is_killed(tmp_path: Path) -> None:
    with House(tmp_path / "h") as house:
        program = house.start_hub()
        psutil.Process(program.process.pid).suspend()
        program.stop(within_s=0.2)
        assert not program.running
        assert program.process.returncode < 0


def test_a_token_is_this_users_own(house: House) -> None:
    token = house.enrol("station")
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text()) > 32


LIVES = """
import signal, sys
from pathlib import Path
from smartward.harness.house import House
# As in a terminal: a shell starts what runs in the background with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with House(Path(sys.argv[1])) as house:
    print(house.start_hub().process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_closed_terminal_ends_the_programs_too(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", LIVES, str(tmp_path / "h")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as living:
        assert living.stdout is not None
        program = psutil.Process(int(living.stdout.readline()))
        living.send_signal(number)
        living.wait(SOON)
    assert gone([program])


def test_a_house_leaves_signals_as_they_were(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM)]
    with House(tmp_path / "h"):
        assert signal.getsignal(signal.SIGHUP) is signal.default_int_handler
    assert [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM)] == before
