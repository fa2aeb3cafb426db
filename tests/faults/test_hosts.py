"""The hosts of the tests are what they say: parted by what is pulled, and silent when off."""

import socket
import sys
from collections.abc import Iterator

import pytest

from tests.faults.hosts import Hosts

PORT = 4711
_ECHO = (
    "import socket;"
    "s = socket.create_server(('', 4711)); print('up', flush=True);\n"
    "while True:\n"
    "  c, _ = s.accept()\n"
    "  while (d := c.recv(64)): c.sendall(d)\n"
)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with Hosts("one", "two") as made:
        yield made


@pytest.fixture
def line(hosts: Hosts) -> Iterator[socket.socket]:
    """A connection from `one` to a program on `two` that says everything again."""
    echo = hosts.run("two", [sys.executable, "-c", _ECHO], stdout=-1)
    assert echo.stdout is not None
    assert echo.stdout.readline() == b"up\n"
    address = (hosts.address["two"], PORT)
    connection = hosts.inside("one", lambda: socket.create_connection(address, timeout=5))
    connection.settimeout(5)
    yield connection
    connection.close()
    hosts.on("two")
    echo.kill()
    echo.wait()


def _says(connection: socket.socket, word: bytes, within_s: float = 5.0) -> bool:
    connection.settimeout(within_s)
    connection.sendall(word)
    try:
        return connection.recv(64) == word
    except TimeoutError:
        return False


def test_one_host_reaches_the_other_until_they_are_parted(
    hosts: Hosts, line: socket.socket
) -> None:
    assert _says(line, b"a")
    hosts.partition("one", "two", one_way=True)
    assert not _says(line, b"b", 0.3)
    hosts.heal("one", "two")
    line.settimeout(5)
    assert line.recv(64) == b"b"


def test_a_host_that_is_switched_off_says_nothing_any_more(
    hosts: Hosts, line: socket.socket
) -> None:
    assert _says(line, b"a")
    hosts.off("two")
    assert hosts.pids("two") == []
    assert not _says(line, b"b", 0.3), "no end of the connection is told either"


def test_no_host_has_a_way_out(hosts: Hosts) -> None:
    ways = hosts.call("one", ["ip", "route"]).splitlines()
    assert [way.split()[0] for way in ways] == ["10.99.0.0/24"]
