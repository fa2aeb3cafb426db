"""Both packages on a plain Debian: what lies where, and whether it runs there. Needs root, the
network for Debian's packages, and `make deb` before."""

import json
import re
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartward.clock import SystemClock
from tests.packaging.debian import PACKAGES, ROOT, Debian, built
from tests.ui.bedhead_scenes import bedhead
from tests.ui.bedside_scenes import bedside
from tests.ui.corridor_scenes import corridor
from tests.ui.door_scenes import door

MOST_MB = 60.0
UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))
SCREEN, HUB = "/opt/smartward/screen/bin/smartward", "/opt/smartward/hub/bin/smartward"
STATE = "/var/lib/smartward-screen"
"""The screen's folder."""
CAGE = {
    "HOME": STATE,
    "XDG_RUNTIME_DIR": "/run/user",
    "WLR_BACKENDS": "headless",
    "WLR_LIBINPUT_NO_DEVICES": "1",
    "WLR_RENDERER": "pixman",
    "QT_QPA_PLATFORM": "wayland",
}
"""The screen's service without a display: its compositor draws into memory."""


def test_the_screen_is_small(release: str) -> None:
    size = built(release)[0].stat().st_size / 1e6
    print(f"smartward-screen: {size:.1f} MB")
    assert size <= MOST_MB


def test_apt_installs_both_and_makes_their_users(installed: Debian) -> None:
    assert installed.stat(STATE) == ("smartward-screen", "smartward-screen", "700")
    assert installed.stat("/var/lib/smartward") == ("smartward", "smartward", "700")
    groups = installed.run("id", "--groups", "--name", "smartward-screen").stdout.split()
    assert set(groups) == {"smartward-screen", "video", "render", "input"}
    assert installed.run("id", "--groups", "--name", "smartward").stdout.split() == ["smartward"]
    assert installed.run("dpkg", "--audit").stdout == ""


def test_the_hub_begins_with_the_machine_and_a_screen_when_somebody_says_so(
    installed: Debian,
) -> None:
    wanted = installed.root / "etc/systemd/system/multi-user.target.wants"
    assert {each.name for each in wanted.glob("smartward*")} == {"smartward-hub.service"}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_lies_there_is_roots_and_nobodys_to_change(
    trees: dict[str, Path], package: str
) -> None:
    for each in trees[package].rglob("*"):
        if each.is_symlink():
            continue
        mode = each.stat().st_mode
        assert mode & 0o7022 == 0, f"{each}: {mode:o}"
        assert each.suffix != ".pyc"
        assert each.stat().st_uid == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_each_part_has_its_licence_and_is_on_the_bill(trees: dict[str, Path], package: str) -> None:
    doc = trees[package] / "usr/share/doc" / package
    bill = json.loads((doc / "sbom.cdx.json").read_text())
    lock = (ROOT / "packaging/requirements.txt").read_text()
    for part in bill["components"]:
        assert part["hashes"][0]["content"] in lock, part["name"]
        assert part["licenses"][0]["license"]["name"] != "see its texts", part["name"]
    parts = {f"{part['name']}-{part['version']}" for part in bill["components"]}
    there = {
        re.sub(r"[-_.]+", "-", each.name.removesuffix(".dist-info").rpartition("-")[0]).lower()
        + "-"
        + each.name.removesuffix(".dist-info").rpartition("-")[2]
        for each in trees[package].rglob("*.dist-info")
    }
    assert parts == {name for name in there if not name.startswith("smartward-")}
    texts = {each.name for each in (doc / "licences").iterdir() if each.is_dir()}
    assert len(texts) == len(parts)
    assert all(any(each.iterdir()) for each in (doc / "licences").iterdir() if each.is_dir())


def test_no_library_misses_another(installed: Debian) -> None:
    told = installed.run(
        "sh", "-c", "find /opt/smartward -name '*.so*' -type f -exec ldd {} + 2>&1"
    ).stdout
    assert "libQt6Core" in told
    assert [line.strip() for line in told.splitlines() if "not found" in line] == []


def test_systemd_understands_each_unit(installed: Debian) -> None:
    names = [unit.name for unit in UNITS]
    done = installed.run("systemd-analyze", "verify", "--man=no", *names)
    assert [line for line in done.stderr.splitlines() if "smartward" in line] == []


@pytest.fixture(scope="module")
def scenes(installed: Debian) -> None:
    for made in (bedside, bedhead, door, corridor):
        file = installed.root / "tmp" / f"{made.__name__}.json"
        file.write_bytes(msgspec.json.encode(made()))


def _is_picture(file: Path) -> bool:
    return file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and file.stat().st_size > 10_000


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("role", ["bedside", "bedhead", "door", "corridor"])
def test_a_screen_draws_each_page_by_itself(installed: Debian, role: str) -> None:
    line = f"{SCREEN} screen {role} --replica /tmp/{role}.json --size 1280x800 --shot {STATE}/a.png"
    installed.run(*line.split(), user="smartward-screen", QT_QPA_PLATFORM="offscreen", HOME=STATE)
    assert _is_picture(installed.root / STATE[1:] / "a.png")


@pytest.fixture
def runtime() -> list[str]:
    """Words before a command of the screen's user: it gets a folder for its sockets."""
    make = "mkdir -m 700 /run/user && chown smartward-screen: /run/user"
    be = "setpriv --reuid smartward-screen --regid smartward-screen --init-groups"
    return ["sh", "-ec", f'{make} && exec {be} "$0" "$@"']


@pytest.mark.usefixtures("scenes")
def test_a_screen_draws_under_its_compositor(installed: Debian, runtime: list[str]) -> None:
    line = f"cage -- {SCREEN} screen bedside --replica /tmp/bedside.json --fullscreen"
    done = installed.run(*runtime, *line.split(), "--shot", f"{STATE}/b.png", **CAGE)
    assert '"ready": "screen"' in done.stdout
    assert _is_picture(installed.root / STATE[1:] / "b.png")


def test_a_setting_that_no_screen_has_is_told(installed: Debian) -> None:
    wrong = installed.root / STATE[1:] / "screen.toml"
    wrong.write_text("rolle = 'door'\n")
    try:
        kiosk = "/opt/smartward/screen/bin/smartward-kiosk"
        assert "no setting rolle" in installed.run(kiosk, ends=78).stderr
    finally:
        wrong.unlink()


WITHIN_S = 90.0


def until(met: Callable[[], bool], what: str) -> None:
    """Look until it is so."""
    clock = SystemClock()
    end = clock.monotonic() + WITHIN_S
    while not met():
        assert clock.monotonic() < end, f"not within {WITHIN_S:g} s: {what}"
        threading.Event().wait(0.2)


def health(port: int) -> dict[str, Any]:
    """What the hub says of itself; nothing while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except OSError:
        return {}


@pytest.fixture
def hub(installed: Debian) -> Iterator[int]:
    """The hub runs there as its service runs it, at this port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    line = f"{HUB} hub --config /etc/smartward/ward.toml --data-dir /var/lib/smartward"
    command = installed.command(*line.split(), "--set", f"port={port}", user="smartward")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        until(lambda: bool(health(port)), "the hub answers")
        yield port
        running.kill()


def test_a_screen_of_the_package_shows_a_hub_of_the_package(
    installed: Debian, hub: int, runtime: list[str]
) -> None:
    """As an administrator does it: enrol, write the role, start; under the compositor."""
    enrol = "smartward enrol station --data-dir /var/lib/smartward --token-file"
    installed.run(*enrol.split(), "/var/lib/smartward/station.token", user="smartward")
    put = ["install", "-o", "smartward-screen", "-m", "400"]
    installed.run(*put, "/var/lib/smartward/station.token", f"{STATE}/token")
    told = installed.root / "etc/smartward/screen.toml"
    as_it_came = told.read_text()
    told.write_text(f'{as_it_came}\nrole = "station"\nhub = ["http://127.0.0.1:{hub}"]\n')
    kiosk = "cage -- /opt/smartward/screen/bin/smartward-kiosk"
    command = installed.command(*runtime, *kiosk.split(), **CAGE)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            until(lambda: health(hub)["screens"]["station"] == 1, "the station is connected")
        finally:
            running.kill()
            told.write_text(as_it_came)
    assert (installed.root / STATE[1:] / "screen.sqlite3").is_file()


def test_the_hubs_command_line_gives_screens_to_the_other_package(installed: Debian) -> None:
    assert "one display" in installed.run("smartward", "screen", "--help").stdout.lower()
    assert "make a screen known" in installed.run("smartward", "--help").stdout
    assert "vacuum" in installed.run("/opt/smartward/hub/bin/sqlite-utils", "--help").stdout
