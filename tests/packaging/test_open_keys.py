"""The image's key of its TPM: systemd's own tool, and behind it a TPM 2.0 in software (swtpm)."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from smartward.bench.loopback import free_port, reached
from smartward.wrapping import CREDENTIAL, KEY_BYTES

ROOT = Path(__file__).resolve().parents[2] / "packaging/image/root"
PROGRAM = ROOT / "usr/lib/smartward-image/open-keys"
UNITS = ROOT / "etc/systemd/system"
NO_TPM = "/dev/smartward-no-tpm"


def _two_ports() -> int:
    """The first of two neighbours that nobody has: the TPM's tool takes it that they are."""
    while True:
        port = free_port()
        with socket.socket() as next_one:
            try:
                next_one.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


@contextmanager
def chip(folder: Path) -> Iterator[str]:
    """The TPM whose state lies in this folder; gives what systemd calls it."""
    folder.mkdir(exist_ok=True)
    port = _two_ports()
    at = "type=tcp,bindaddr=127.0.0.1,port="
    words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}"]
    words += ["--server", f"{at}{port}", "--ctrl", f"{at}{port + 1}"]
    process = subprocess.Popen([*words, "--flags", "not-need-init,startup-clear"])
    try:
        reached(process, port)
        yield f"swtpm:host=127.0.0.1,port={port}"
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Disk:
    """A device's data partition and its memory."""

    folder: Path

    @property
    def kept(self) -> Path:
        """The sealed key."""
        return self.folder / "data/tpm" / f"{CREDENTIAL}.cred"

    @property
    def given(self) -> Path:
        """The opened one."""
        return self.folder / "run/credstore" / CREDENTIAL

    def start(self, tpm: str, *, trial: bool = False, updated: bool = False) -> tuple[int, str]:
        """Run the program as a start does, one that systemd-boot counts (`trial`), of a device that
        was updated; gives its exit code and what it says."""
        counted = self.folder / "counted"
        counted.unlink(missing_ok=True)
        if trial:
            counted.touch()
        update = self.folder / "state.json"
        update.unlink(missing_ok=True)
        if updated:
            update.touch()
        self.given.unlink(missing_ok=True)  # memory
        told = {
            "SMARTWARD_TPM": tpm,
            "SMARTWARD_COUNTED": str(counted),
            "SMARTWARD_TPM_TABLE": str(self.folder / "no-table"),
        }
        done = subprocess.run(
            [PROGRAM, self.kept, self.given, update],
            env={**os.environ, **told},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr


def test_without_a_tpm_and_on_trial_nothing_is_made(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    code, said = disk.start(NO_TPM)
    assert (code, disk.given.exists(), disk.kept.exists()) == (0, False, False)
    assert "no TPM" in said
    code, said = disk.start("swtpm:host=127.0.0.1,port=1", trial=True, updated=True)
    assert (code, disk.given.exists(), disk.kept.exists()) == (0, False, False)
    assert "trial" in said


@pytest.mark.long
def test_a_key_is_made_once_and_opened_by_its_own_tpm_alone(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with chip(tmp_path / "one") as tpm:
        assert disk.start(tpm, trial=True) == (0, ""), "a device's very first start"
        key, sealed = disk.given.read_bytes(), disk.kept.read_bytes()
        assert len(key) == KEY_BYTES
        assert key not in sealed
        assert [file.stat().st_mode & 0o077 for file in (disk.given, disk.kept)] == [0, 0]
        assert disk.start(tpm, trial=True, updated=True) == (0, "")
        assert disk.given.read_bytes() == key
    # It does not answer: a start without, and no harm done.
    code, said = disk.start(tpm)
    assert (code, disk.given.exists(), disk.kept.read_bytes()) == (1, False, sealed)
    assert "the screen starts without it" in said
    with chip(tmp_path / "one") as tpm:
        assert disk.start(tpm) == (0, "")
        assert disk.given.read_bytes() == key
    with chip(tmp_path / "two") as tpm:
        code, said = disk.start(tpm)
        assert code == 0
        assert "another TPM's" in said
        other = disk.given.read_bytes()
        assert len(other) == KEY_BYTES
        assert other != key
        assert disk.start(tpm) == (0, "")
        assert disk.given.read_bytes() == other
    assert [file.name for file in disk.kept.parent.iterdir()] == [disk.kept.name]


@pytest.mark.long
def test_an_update_on_trial_that_cannot_open_the_key_puts_none_in_its_place(tmp_path: Path) -> None:
    """The system before it comes back, and opens what it wrapped."""
    disk = Disk(tmp_path)
    with chip(tmp_path / "one") as tpm:
        assert disk.start(tpm) == (0, "")
        key, sealed = disk.given.read_bytes(), disk.kept.read_bytes()
    with chip(tmp_path / "two") as tpm:  # as a release whose tools no longer open what those made
        code, said = disk.start(tpm, trial=True, updated=True)
        assert (code, disk.given.exists(), disk.kept.read_bytes()) == (1, False, sealed)
        assert "trial" in said
    with chip(tmp_path / "one") as tpm:
        assert disk.start(tpm, updated=True) == (0, "")
    assert disk.given.read_bytes() == key


@pytest.mark.parametrize("unit", ["smartward-screen", "smartward-screen-linuxfb"])
def test_a_screen_takes_it_and_starts_without_it_as_well(unit: str) -> None:
    """By its name alone: where systemd 252 finds no such credential it starts a service all the
    same, which it does not where a path is said."""
    (service,) = (ROOT.parents[1] / "systemd").glob(f"{unit}.service")
    assert service.exists()
    lines = (UNITS / f"{unit}.service.d/keys.conf").read_text().splitlines()
    assert f"LoadCredential={CREDENTIAL}" in lines
    tpm = (UNITS / "smartward-tpm.service").read_text().splitlines()
    assert f"Before={unit}.service" in [
        f"Before={one}" for line in tpm if line.startswith("Before=") for one in line[7:].split()
    ]
    assert not [
        line for line in (*lines, *tpm) if line.startswith(("Requires=smartward", "BindsTo="))
    ]
    (start,) = (line for line in tpm if line.startswith("ExecStart="))
    assert start.split()[2] == f"/run/credstore/{CREDENTIAL}"
