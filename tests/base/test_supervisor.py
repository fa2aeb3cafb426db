"""What systemd is told, heard at a socket of our own."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartward.supervisor import keep_alive, step, tell, watchdog_s
from tests.fakes.fake_clock import ManualClock


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.settimeout(20)
        heard.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def test_what_is_told_arrives(systemd: socket.socket) -> None:
    tell("READY=1")
    assert systemd.recv(100) == b"READY=1"
    step()
    assert systemd.recv(100) == b"EXTEND_TIMEOUT_USEC=180000000"


def test_who_is_watched_has_as_much_time_for_a_step(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Systemd watches a program that begins anew in its own place as it did before."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000000")
    step()
    assert systemd.recv(100) == b"EXTEND_TIMEOUT_USEC=180000000\nWATCHDOG_USEC=180000000"


def test_a_socket_without_a_file_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = f"smartward-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.settimeout(20)
        heard.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        tell("STOPPING=1")
        assert heard.recv(100) == b"STOPPING=1"


@pytest.mark.expects_log("systemd does not hear READY=1")
def test_a_systemd_that_does_not_hear_ends_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with caplog.at_level(logging.WARNING, "smartward.supervisor"):
        tell("READY=1")
    assert "systemd does not hear READY=1" in caplog.text


@pytest.mark.parametrize(
    "said, wanted", [("20000000", 20.0), ("0", None), ("", None), ("soon", None)]
)
def test_how_often_it_wants_a_sign(
    monkeypatch: pytest.MonkeyPatch, said: str, wanted: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", said)
    assert watchdog_s() == wanted


def test_signs_of_life_come_three_times_in_that_time(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    clock = ManualClock()

    systemd.setblocking(False)

    async def live() -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(keep_alive(clock))
        first = await asyncio.wait_for(loop.sock_recv(systemd, 100), 20)
        assert first == b"WATCHDOG_USEC=30000000", "as long as a step may take no more"
        for _ in range(4):
            sign = await asyncio.wait_for(loop.sock_recv(systemd, 100), 20)
            assert sign == b"WATCHDOG=1"
            clock.advance(9)
            assert clock.waiting == 1  # nothing is told before its time
            clock.advance(1)
        task.cancel()

    asyncio.run(live())


def test_nobody_who_is_not_watched_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    asyncio.run(keep_alive(ManualClock()))
