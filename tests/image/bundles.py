"""What tests of updates in a machine share: bundles of the image, and what the hub is asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.updates import Signer
from tests.image.vm import Machine, run
from tests.image.ward import Ward
from tests.project.repo import ROOT

WRITTEN_S = 1800
"""Until an update was fetched and written, and its start begins."""
_ENTRY = "initrd /test.cpio\n"


def of_image(release: str, folder: Path, by: Signer) -> Path:
    """`make bundle` of the image, whose start brings the test's shell as that of slot a does; what
    is in it stays in `folder`/inside."""
    out = run(
        ROOT / "packaging" / "image" / "bundle",
        release,
        "amd64",
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SMARTWARD_UPDATE_KEY": str(by.key),
            "SMARTWARD_UPDATE_CERT": str(by.certificate),
        },
    )
    made = ROOT / out.split(":")[0]
    inside = folder / "inside"
    run("rauc", f"--keyring={by.certificate}", "extract", made, inside)
    made.unlink()
    entry = (inside / "entry.conf").read_text()
    entry = entry.replace("panic=10", "panic=10 console=tty0 console=ttyS0,115200")
    (inside / "entry.conf").write_text(entry + _ENTRY)
    return bundle(folder / "good.raucb", inside, by, "good")


def bundle(file: Path, inside: Path, by: Signer, version: str) -> Path:
    """A folder as a bundle of that version."""
    told = (inside / "manifest.raucm").read_text().splitlines()
    kept = [line for line in told if not line.startswith(("sha256", "size", "verity-"))]
    text = "\n".join(f"version={version}" if one.startswith("version=") else one for one in kept)
    (inside / "manifest.raucm").write_text(text + "\n")
    run("rauc", "bundle", f"--cert={by.certificate}", f"--key={by.key}", inside, file)
    return file


def updates(ward: Ward, *words: str) -> Any:
    """What `smartward updates` prints at that hub."""
    program = [sys.executable, "-m", "smartward", "updates", "--data-dir", str(ward.data)]
    told = subprocess.run([*program, *words], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def hand_out(ward: Ward, file: Path) -> str:
    """Give an update to the only screen there is; gives its id."""
    id: str = updates(ward, "add", str(file))["bundle"]["id"]
    (device,) = updates(ward, "list", "--json")["devices"]
    updates(ward, "plan", id, "--first", device["device_id"])
    return id


def stage(ward: Ward, id: str) -> tuple[str, str] | None:
    """How far the screen is with it, and why it is not further."""
    devices = updates(ward, "list", "--json")["devices"]
    return next(((one["stage"], one["why"]) for one in devices if one["bundle"] == id), None)


def slot(machine: Machine) -> str:
    """Which of the two places runs."""
    found = machine.shell("cat /proc/cmdline").partition("sw_root_")[2]
    return found[:1]


def begin_anew(machine: Machine) -> None:
    """The program asks the hub at its start: nobody waits ten minutes for the next time."""
    machine.shell("systemctl restart smartward-screen")


def started(machine: Machine, starts: int) -> bool:
    """Whether a system began anew whose start brings the test's shell: the machine's own doing."""
    if machine.console().count("SW-TEST-SHELL") <= starts:
        return False
    machine.begun_anew()
    return True
