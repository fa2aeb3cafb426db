"""An update in a machine that starts from the image: a good one runs from the other slot and stays,
a bad one rolls back by itself, and the hub knows both."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.updates import Signer, signer
from tests.image.conftest import DRAWN_S, RELEASE, drawn
from tests.image.vm import ESP_AT, Machine, prepare, run, wait_for
from tests.image.ward import Ward, put_on_data
from tests.project.repo import ROOT

_WRITTEN_S = 1800
_ENTRY = "initrd /test.cpio\n"


@pytest.fixture(scope="module")
def house(folder: Path) -> Signer:
    return signer(folder / "house")


@pytest.fixture(scope="module")
def good(image: Path, folder: Path, house: Signer) -> Path:
    """`make bundle` of the image, whose start brings the test's shell as that of slot a does."""
    out = run(
        ROOT / "packaging" / "image" / "bundle",
        RELEASE,
        "amd64",
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SMARTWARD_UPDATE_KEY": str(house.key),
            "SMARTWARD_UPDATE_CERT": str(house.certificate),
        },
    )
    made = ROOT / out.split(":")[0]
    inside = folder / "inside"
    run("rauc", f"--keyring={house.certificate}", "extract", made, inside)
    made.unlink()
    entry = (inside / "entry.conf").read_text()
    entry = entry.replace("panic=10", "panic=10 console=tty0 console=ttyS0,115200")
    (inside / "entry.conf").write_text(entry + _ENTRY)
    return _bundle(folder / "good.raucb", inside, house, "good")


@pytest.fixture(scope="module")
def bad(good: Path, folder: Path, house: Signer) -> Path:
    """Signed as the good one is, and its root is none."""
    inside = folder / "inside"
    root = inside / "root.img"
    root.write_bytes(b"\0" * 4096 + root.read_bytes()[4096 : 1 << 23])
    return _bundle(folder / "bad.raucb", inside, house, "bad")


def _bundle(file: Path, inside: Path, by: Signer, version: str) -> Path:
    told = (inside / "manifest.raucm").read_text().splitlines()
    kept = [line for line in told if not line.startswith(("sha256", "size", "verity-"))]
    text = "\n".join(f"version={version}" if one.startswith("version=") else one for one in kept)
    (inside / "manifest.raucm").write_text(text + "\n")
    run("rauc", "bundle", f"--cert={by.certificate}", f"--key={by.key}", inside, file)
    return file


@pytest.fixture(scope="module")
def at_hub(folder: Path) -> Iterator[Ward]:
    """A hub that lets screens start at any time, and has patience with one that is emulated."""
    ward = Ward(
        folder / "ward",
        update_start="00:00",
        update_end="00:00",
        update_mbit_s="10000",
        drill_limit_s="25",
    )
    yield ward
    ward.close()


@pytest.fixture(scope="module")
def screen(image: Path, folder: Path, at_hub: Ward, house: Signer) -> Iterator[Machine]:
    """A bedside that trusts the house's updates."""
    copy = prepare(image, folder / "screen.img")
    run("mcopy", "-i", f"{copy}@@{ESP_AT}", house.certificate, "::update.pem")
    put_on_data(copy, at_hub.enrol("bedside", "1", folder / "screen-files"))
    with Machine(copy, folder / "screen") as machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: at_hub.online("bedside"))
        yield machine


def updates(ward: Ward, *words: str) -> Any:
    program = [sys.executable, "-m", "smartward", "updates", "--data-dir", str(ward.data)]
    told = subprocess.run([*program, *words], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def hand_out(ward: Ward, file: Path) -> str:
    id: str = updates(ward, "add", str(file))["bundle"]["id"]
    (device,) = updates(ward, "list", "--json")["devices"]
    updates(ward, "plan", id, "--first", device["device_id"])
    return id


def stage(ward: Ward, id: str) -> tuple[str, str] | None:
    devices = updates(ward, "list", "--json")["devices"]
    return next(((one["stage"], one["why"]) for one in devices if one["bundle"] == id), None)


def slot(machine: Machine) -> str:
    found = machine.shell("cat /proc/cmdline").partition("sw_root_")[2]
    return found[:1]


def begin_anew(machine: Machine) -> None:
    """The program asks the hub at its start: nobody waits ten minutes for the next time."""
    machine.shell("systemctl restart smartward-screen")


def test_a_good_one_runs_from_the_other_slot_and_stays(
    screen: Machine, at_hub: Ward, good: Path, folder: Path
) -> None:
    wait_for(
        "its first question", 300, lambda: updates(at_hub, "list", "--json")["devices"] or None
    )
    assert slot(screen) == "a"
    id = hand_out(at_hub, good)
    begin_anew(screen)
    starts = screen.starts
    wait_for("the start of slot b", _WRITTEN_S, lambda: _started(screen, starts))
    wait_for("the shell", DRAWN_S, screen.has_shell)
    assert slot(screen) == "b"
    wait_for("the word that it is good", 900, lambda: stage(at_hub, id) == ("good", ""))
    entries = "ls /efi/loader/entries"
    wait_for("the count taken away", 120, lambda: "smartward-b.conf" in screen.shell(entries))
    assert "smartward-a" in screen.shell(entries)
    screen.picture(folder / "slot-b.png")
    screen.cut()
    screen.start()
    drawn(screen)
    assert slot(screen) == "b", "it stays"


def test_a_bad_one_rolls_back_by_itself(screen: Machine, at_hub: Ward, bad: Path) -> None:
    wait_for("the feed at the hub", 300, lambda: at_hub.online("bedside"))
    id = hand_out(at_hub, bad)
    begin_anew(screen)
    starts = screen.starts
    wait_for("slot b again", _WRITTEN_S, lambda: _started(screen, starts))
    wait_for("the shell", DRAWN_S, screen.has_shell)
    assert slot(screen) == "b"
    why = ("rolled_back", "updates.why.no_start")
    wait_for("the word that it was rolled back", 900, lambda: stage(at_hub, id) == why)
    assert "smartward-a+0" in screen.shell("ls /efi/loader/entries")
    (plan,) = updates(at_hub, "list", "--json")["plans"]
    assert plan["held"] == "updates.held.bad"


def _started(machine: Machine, starts: int) -> bool:
    """Whether a system began anew whose start brings the test's shell: the machine's own doing."""
    if machine.console().count("SW-TEST-SHELL") <= starts:
        return False
    machine.begun_anew()
    return True
