"""The hosts of the tests are what they say: parted by what is pulled, and silent when off."""

import socket
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from tests.faults.hosts import Hosts
from tests.faults.lossy import Faults, OneWay

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


# ------------------------------------------------------------------------------------- a bad line

SENT, SAID = 300, 100
BAD = Faults(
    delay_ms=20, jitter_ms=10, loss_percent=20, reorder_percent=10, duplicate_percent=10, seed=3
)


def test_each_frame_has_its_fate_from_the_seed() -> None:
    sent = [number / 1000 for number in range(SENT)]

    def fates(faults: Faults, direction: int = 0) -> list[list[float]]:
        way = OneWay(faults, direction)
        return [way.due(at) for at in sent]

    drawn = fates(BAD)
    assert drawn == fates(BAD)
    assert drawn != fates(BAD, 1)
    assert [way == [at] for way, at in zip(fates(Faults()), sent, strict=True)] == [True] * SENT
    assert fates(Faults(loss_percent=100)) == [[]] * SENT
    kept = [(at, one) for at, ones in zip(sent, drawn, strict=True) for one in ones[:1]]
    waits = [one for at, one in kept if one != at]
    assert waits == sorted(waits), "what is late keeps its order"
    assert all(one - at >= 0.0099 for at, one in kept if one != at)
    share = {
        "lost": sum(not one for one in drawn) / SENT,
        "at once": sum(one == at for at, one in kept) / len(kept),
        "twice": sum(len(one) == 2 for one in drawn) / len(kept),
    }
    assert share == {
        "lost": pytest.approx(0.2, abs=0.05),
        "at once": pytest.approx(0.1, abs=0.05),
        "twice": pytest.approx(0.1, abs=0.05),
    }


_LISTEN = (
    "import socket;"
    "s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 4711)); s.settimeout(20);"
    "print('up', flush=True)\n"
    "while True: print(s.recv(64).decode(), flush=True)\n"
)


def test_a_bad_line_loses_doubles_and_turns_round_and_its_cable_can_be_pulled() -> None:
    with Hosts("one", "two", "three") as hosts:
        hosts.slow("two", BAD)
        ear = hosts.python("two", "-c", _LISTEN, stdout=-1)
        assert ear.stdout is not None
        assert ear.stdout.readline() == b"up\n"
        with hosts.inside("one", lambda: socket.socket(type=socket.SOCK_DGRAM)) as mouth:
            mouth.connect((hosts.address["two"], PORT))
            for number in (*range(SAID), *[SAID] * 40):
                mouth.send(b"%d" % number)
        heard: list[int] = []
        while heard.count(SAID) < 10:  # one alone may be lost, or come before those that wait
            heard.append(int(ear.stdout.readline()))  # it ends where nothing comes any more
        told = [one for one in heard if one != SAID]
        assert 0.6 * SAID < len(set(told)) < 0.95 * SAID, "lost"
        assert len(told) > len(set(told)), "doubled"
        assert told != sorted(told), "overtaken"

        hosts.slow("three", Faults())  # on a bad line nobody can tell what pulled it
        reach = partial(socket.create_connection, (hosts.address["three"], PORT))
        with pytest.raises(ConnectionRefusedError):
            hosts.inside("one", partial(reach, 20))
        hosts.unplug("three")
        with pytest.raises(TimeoutError):
            hosts.inside("one", partial(reach, 0.3))
