"""What a screen loads before its first frame, told by a process that loads it and nothing else."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from smartward.clinical.device import ScreenRole
from smartward.hub import tls
from smartward.screen.enrolled import CERTIFICATE, REST, TOKEN
from smartward.wire.pairing import Enrolment

_BEHIND = ("asyncio", "qasync", "ssl", "socket", "statistics", "httpx")
"""What works behind the first frame, each some milliseconds before it."""

_TOLD = """
import json, linecache, sys
from smartward import cli
from smartward.errors import Misconfigured
try:
    cli._run("screen", ["station"])
except Misconfigured:
    pass
import smartward.screen.station
from PySide6 import QtCore
told = {"modules": sorted(sys.modules), "sources": sorted(linecache.cache)}
print(json.dumps(told | {"loaded of Qt": sorted(vars(QtCore))}))
"""


STEP = b"EXTEND_TIMEOUT_USEC=180000000"


class Systemd:
    """Hears what a program tells that it started."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(str(path))
        self.environment = {"NOTIFY_SOCKET": str(path)}

    def heard(self) -> list[bytes]:
        """All that it was told since it was last asked."""
        told: list[bytes] = []
        while True:
            try:
                told.append(self.socket.recv(100))
            except BlockingIOError:
                return told


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    hears = Systemd(tmp_path / "notify")
    yield hears
    hears.socket.close()


def ran(
    code: str, *arguments: Path, check: bool = True, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program of its own, offscreen, to its end. Raises CalledProcessError where that fails and
    `check` is asked for."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        timeout=60,
        capture_output=True,
        check=check,
        text=True,
        env={"QT_QPA_PLATFORM": "offscreen"} | (environment or {}),
    )


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """Names of modules, and files whose source was read."""
    done = ran(_TOLD)
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_source_is_read_at_a_start(loaded: dict[str, list[str]]) -> None:
    assert "smartward.screen.process" in loaded["modules"]
    assert not [name for name in loaded["sources"] if "smartward" in name]


def test_no_widgets_are_loaded(loaded: dict[str, list[str]]) -> None:
    assert "PySide6.QtQuick" in loaded["modules"]
    assert "PySide6.QtWidgets" not in loaded["modules"]


def test_qts_names_for_keys_and_the_like_are_not_loaded(loaded: dict[str, list[str]]) -> None:
    """Its namespace `Qt` is made of a hundred enumerations as soon as it is asked for one."""
    assert "QTimer" in loaded["loaded of Qt"]
    assert "Qt" not in loaded["loaded of Qt"]


_DRAWS = """
import json, sys
from smartward import cli
cli._before_a_screen()
from smartward.screen import options, process
folder = sys.argv[1]
with open(folder + "/token", "w") as file:
    file.write("token")
args = ["station", "--state-dir", folder, "--token-file", folder + "/token", "--size", "1280x800"]
display = process.open_display()
program = process.ScreenProgram(options.parser().parse_args(args))
program.draw()
told = {"modules": sorted(sys.modules), "frames": len(program.window.frames)}
program.draw()  # as where the window was drawn before anybody asked
print(json.dumps(told | {"drawn": program.window.drawn_at, "processor_s": program.processor_s}))
program.close()
"""


def test_the_first_frame_is_drawn_without_what_works_behind_it(
    tmp_path: Path, systemd: Systemd
) -> None:
    """It tells all the same how far it is: the interpreter, the cache, the model."""
    done = ran(_DRAWS, tmp_path, environment=systemd.environment)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["frames"] == 1
    assert told["drawn"] is not None
    assert told["processor_s"] > 0
    assert not set(_BEHIND) & set(told["modules"])
    assert systemd.heard() == [STEP] * 3


_ALREADY = """
import sys
from smartward import cli
from smartward.storage import hold
folder = sys.argv[1]
with open(folder + "/token", "w") as file:
    file.write("token")
held = hold(__import__("pathlib").Path(folder), "screen.lock")
cli.main(["screen", "station", "--state-dir", folder, "--token-file", folder + "/token"])
"""


def test_a_start_that_fails_while_its_page_is_read_ends_with_its_reason_alone(
    tmp_path: Path,
) -> None:
    done = ran(_ALREADY, tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("smartward screen: ")
    assert str(tmp_path) in done.stderr
    assert len(done.stderr.splitlines()) == 1


_PAIRED = """
import json, sys
from smartward import cli
cli._before_a_screen()
from smartward.screen import process
def told(_):
    print(json.dumps(sorted(sys.modules)))
    raise RuntimeError("enough")
process._loop = told
close = process.ScreenProgram.close
process.ScreenProgram.close = lambda program: (print("closed"), close(program))
process.main(["auto", "--state-dir", sys.argv[1], "--size", "1280x800"])
"""


def test_a_paired_screen_draws_with_nothing_more_than_its_certificate_needs(tmp_path: Path) -> None:
    """Whoever renews it makes keys, and whoever asks to be paired has a loop: both later. What
    fails there takes the window down before it ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "screen")])
    made = tls.builder(name, name, key.public_key(), datetime(2026, 11, 23, tzinfo=UTC), 1)
    form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    (tmp_path / CERTIFICATE).write_bytes(
        tls.pem(made.sign(key, hashes.SHA256())) + key.private_bytes(*form)
    )
    (tmp_path / TOKEN).write_text("the token")
    what = Enrolment(
        device_id="device-1", role=ScreenRole.STATION, ward="ward", place=None,
        token="", certificate="",
        renew_at=datetime(2030, 1, 1, tzinfo=UTC), settings={}, hubs=("http://127.0.0.1:1",),
    )  # fmt: skip
    (tmp_path / REST).write_bytes(msgspec.json.encode(what))
    done = ran(_PAIRED, tmp_path, check=False)
    assert "RuntimeError: enough" in done.stderr
    modules, *then = done.stdout.splitlines()
    assert then == ["closed"]
    loaded = set(json.loads(modules))
    assert {"smartward.screen.enrolled", "smartward.screen.station"} <= loaded
    assert not {"asyncio", "cryptography", "httpx", "smartward.control"} & loaded


_ASKS = """
import dataclasses, gc, json, sys
from smartward import cli
cli._run("screen", ["auto", "--state-dir", sys.argv[1], "--shot", sys.argv[1] + "/page.png"])
own = "exec" not in vars(dataclasses)
print(json.dumps({"collects": gc.isenabled(), "own": own, "after": gc.get_threshold()[0]}))
"""


def test_the_page_that_asks_collects_its_garbage_behind_the_first_frame(
    tmp_path: Path, systemd: Systemd
) -> None:
    """It may stand there for weeks, and asks all the while. Of its start it tells the interpreter,
    what it loaded, the display, the page and the first frame."""
    done = ran(_ASKS, tmp_path, environment=systemd.environment)
    assert systemd.heard() == [STEP] * 5
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"collects": True, "own": True, "after": 10_000}
