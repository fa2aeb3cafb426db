"""Separate hosts on one machine: network namespaces on a bridge that is in a namespace of its own.

Nothing leaves them: addresses 10.99.0.x exist inside these namespaces only. A host is switched off
as by its plug: its cable first, so that no process that dies can still say goodbye, then all of its
processes. The other side of a connection hears nothing more, as from a machine without power.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

from tests.faults.lossy import Faults

T = TypeVar("T")

_NOWHERE = "02:00:00:00:00:00"
"""A network card that nobody has."""
_CARD = "eth0"
_SIOCETHTOOL, _SET_CHECKSUMS_BY_CARD = 0x8946, 0x17
ROOT = Path(__file__).resolve().parents[2]


def _ip(*arguments: str) -> str:
    """One command of `ip`. Raises CalledProcessError, with what it said in its `stderr`."""
    return _run(["ip", *arguments])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    return done.stdout


def why_not() -> str:
    """Why no hosts can be made here; empty where they can."""
    if os.geteuid() != 0:
        return "separate hosts need root"
    if shutil.which("ip") is None:
        return "separate hosts need the program ip (Debian package iproute2)"
    probe = f"sw-{uuid.uuid4().hex[:8]}"
    try:
        _ip("netns", "add", probe)
    except (subprocess.SubprocessError, OSError) as error:
        return f"this machine makes no network namespaces: {error}"
    _ip("netns", "delete", probe)
    return ""


class Hosts:
    """The named hosts, on one cable each, from `with` to its end."""

    def __init__(self, *names: str) -> None:
        """`names` in order get 10.99.0.1 and so on. Skips the test where hosts cannot be made."""
        self.address = {name: f"10.99.0.{number}" for number, name in enumerate(names, 1)}
        self._own = f"sw{uuid.uuid4().hex[:6]}"
        self._switch = f"{self._own}-switch"
        self._programs: list[subprocess.Popen[Any]] = []
        self._carriers: dict[str, subprocess.Popen[Any]] = {}
        self._made: list[str] = []
        self._outlet = {name: self._port(name) for name in names}
        """The card by which the switch reaches each host: its cable's end, or its carrier's."""

    def __enter__(self) -> Self:
        reason = why_not()
        if reason:
            pytest.skip(reason)
        try:
            self._namespace(self._switch)
            _ip("-n", self._switch, "link", "add", "br0", "type", "bridge")
            _ip("-n", self._switch, "link", "set", "br0", "up")
            for name in self.address:
                self._connect(name)
        except BaseException:
            self._take_down()
            raise
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        ended = [name for name, carrier in self._carriers.items() if carrier.poll() is not None]
        self._take_down()
        assert failed or not ended, f"what carried the frames of {ended} ended before the test"

    def _namespace(self, name: str) -> None:
        _ip("netns", "add", name)
        self._made.append(name)
        _ip("-n", name, "link", "set", "lo", "up")

    def _connect(self, name: str) -> None:
        inside = self.namespace(name)
        self._namespace(inside)
        _ip(
            *("-n", self._switch, "link", "add", self._port(name), "type", "veth"),
            *("peer", "name", _CARD, "netns", inside),
        )
        _ip("-n", self._switch, "link", "set", self._port(name), "master", "br0", "up")
        _ip("-n", inside, "address", "add", f"{self.address[name]}/24", "dev", _CARD)
        _ip("-n", inside, "link", "set", _CARD, "up")

    def _take_down(self) -> None:
        for name in self._made:
            self._kill_all(name)
        for program in self._programs:
            program.wait(timeout=20)
            for stream in (program.stdout, program.stderr, program.stdin):
                if stream is not None:
                    stream.close()
        for name in reversed(self._made):
            with contextlib.suppress(subprocess.SubprocessError):
                _ip("netns", "delete", name)
        self._made.clear()

    def _port(self, name: str) -> str:
        """The switch's end of a host's cable: names of cards are short."""
        return f"p{list(self.address).index(name)}"

    # ------------------------------------------------------------------------------- processes

    def namespace(self, name: str) -> str:
        """The network namespace that is this host."""
        return f"{self._own}-{list(self.address).index(name)}"

    def argv(self, name: str, command: Sequence[str]) -> list[str]:
        """The command that runs `command` on a host: for whoever starts processes itself."""
        return ["ip", "netns", "exec", self.namespace(name), *command]

    def run(self, name: str, command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program on a host; it ends with the hosts at the latest. `options` as Popen's."""
        program = subprocess.Popen(self.argv(name, command), **options)
        self._programs.append(program)
        return program

    def python(self, name: str, *arguments: str, **options: Any) -> subprocess.Popen[Any]:
        """The same for this Python."""
        return self.run(name, [sys.executable, *arguments], **options)

    def call(self, name: str, command: Sequence[str]) -> str:
        """Run a short command on a host to its end and give what it printed."""
        return _run(self.argv(name, command))

    def inside(self, name: str, work: Callable[[], T]) -> T:
        """Do something of this process on a host: sockets made within stay of that host. For the
        calling thread only; short work without an event loop."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as home,
            Path("/run/netns", self.namespace(name)).open("rb") as there,
        ):
            _set_network(there.fileno())
            try:
                return work()
            finally:
                _set_network(home.fileno())

    def pids(self, name: str) -> list[int]:
        """The processes that run on a host now."""
        return self._pids(self.namespace(name))

    @staticmethod
    def _pids(namespace: str) -> list[int]:
        return [int(pid) for pid in _ip("netns", "pids", namespace).split()]

    def _kill_all(self, namespace: str) -> None:
        for _ in range(5):  # what was just being started is there at the second look
            with contextlib.suppress(subprocess.SubprocessError):
                for pid in self._pids(namespace):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    # ---------------------------------------------------------------------------------- faults

    def off(self, name: str) -> None:
        """Pull a host's plug: nothing more comes from it, not even the end of its connections."""
        self.unplug(name)
        self._kill_all(self.namespace(name))

    def freeze(self, name: str) -> None:
        """Its programs stand still; the host keeps their connections, and takes new ones."""
        for pid in self.pids(name):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """They go on."""
        for pid in self.pids(name):
            os.kill(pid, signal.SIGCONT)

    def on(self, name: str) -> None:
        """Give it power again: its cable works, its programs are to be started anew."""
        self.plug(name)

    def unplug(self, name: str) -> None:
        """Pull a host's network cable; its programs go on and see no fault of their card."""
        _ip("-n", self._switch, "link", "set", self._outlet[name], "nomaster")

    def plug(self, name: str) -> None:
        """Put it in again."""
        _ip("-n", self._switch, "link", "set", self._outlet[name], "master", "br0")

    def partition(self, a: str, b: str, *, one_way: bool = False) -> None:
        """Nothing from `a` reaches `b`, nor the other way, unless `one_way`; nobody is told."""
        self._lead_nowhere(a, b)
        if not one_way:
            self._lead_nowhere(b, a)

    def heal(self, a: str, b: str) -> None:
        """Both reach each other again."""
        for here, there in ((a, b), (b, a)):
            with contextlib.suppress(subprocess.SubprocessError):
                _ip(*("-n", self.namespace(here), "neighbour", "delete"), *self._neighbour(there))

    def _lead_nowhere(self, a: str, b: str) -> None:
        _ip(
            *("-n", self.namespace(a), "neighbour", "replace"),
            *self._neighbour(b),
            *("lladdr", _NOWHERE, "nud", "permanent"),
        )

    def _neighbour(self, name: str) -> tuple[str, ...]:
        return (self.address[name], "dev", _CARD)

    def slow(self, name: str, faults: Faults) -> None:
        """From now on frames from and to a host are lost, late, out of order or doubled, each way;
        connections stay. Its cable then ends in a program that carries them (lossy.py)."""
        for each in self.address:
            self.inside(each, _send_whole)
        cable, far = self._port(name), f"c{self._port(name)}"
        outlet = f"q{cable}"
        on_switch = ("-n", self._switch, "link")
        _ip(*on_switch, "add", outlet, "type", "veth", "peer", "name", far)
        for card in (outlet, far):
            _ip(*on_switch, "set", card, "up")
        self._carriers[name] = self._carry(cable, far, faults)
        _ip(*on_switch, "set", cable, "nomaster")
        _ip(*on_switch, "set", outlet, "master", "br0")
        self._outlet[name] = outlet

    def _carry(self, card: str, other: str, faults: Faults) -> "subprocess.Popen[Any]":
        """Start what carries between two cards of the switch, and wait until it does."""
        program = [sys.executable, "-m", "tests.faults.lossy", card, other, faults.line()]
        carrier = subprocess.Popen(
            ["ip", "netns", "exec", self._switch, *program], stdout=subprocess.PIPE, cwd=ROOT
        )
        self._programs.append(carrier)
        assert carrier.stdout is not None
        assert carrier.stdout.readline() == b"carries\n", "its standard error tells why not"
        return carrier


def _send_whole() -> None:
    """The card sends packets as they are on a wire: no larger ones, none without its checksum."""
    wish = (ctypes.c_uint32 * 2)(_SET_CHECKSUMS_BY_CARD, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        request = struct.pack("16sP", _CARD.encode(), ctypes.addressof(wish)).ljust(40, b"\0")
        fcntl.ioctl(asked, _SIOCETHTOOL, request)


def _set_network(descriptor: int) -> None:
    """Move the calling thread into a network namespace. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
