"""A hub on this machine, as the machines under test reach it, and what a screen of it is told."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from smartward.harness.house import House
from tests.image.vm import ESP_AT, run

HOST = "10.0.2.2"
"""What QEMU's own network calls this machine."""
ESP_MIB = 256
DATA_AT_MIB = 1 + ESP_MIB + 2 * 640
"""Where packaging/image/disk lays the data partition, and after how much its end."""
DATA_MIB = 768


class Ward:
    """A simulated hospital and a hub with TLS, whose screens are machines."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` of the hub, beside those that this needs. There is no night but one that a
        test asks for: what a screen looks like is not to hang on the hour of the test."""
        self.folder = folder
        self.house = House(folder)
        self.data = folder / "hub"
        self.tls = json.loads(self._smartward("hub", "--init", "--name", HOST))
        self.house.start_his()
        settings = {"night_start": "00:00", "night_end": "00:00"} | settings
        settings |= {"tls_cert": self.tls["tls_cert"], "tls_key": self.tls["tls_key"]}
        self.hub = self.house.start_hub(**settings)
        self.hub.wait("his_up", True)  # it knows no bed before
        self.url = f"https://{HOST}:{self.hub.ready['url'].rstrip('/').rpartition(':')[2]}"

    def _smartward(self, *words: str) -> str:
        program = [sys.executable, "-m", "smartward", words[0], "--data-dir", str(self.data)]
        done = subprocess.run([*program, *words[1:]], check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def enrol(self, role: str, place: str | None, to: Path) -> Path:
        """The folder of a screen that was told its place: what lies on its data partition.

        This is the one home of how a screen comes to be known; the machine sees only files.
        """
        to.mkdir(parents=True)
        where = [] if place is None else [place]
        self._smartward("enrol", role, *where, "--token-file", str(to / "token"))
        shutil.copy(self.tls["ca"], to / "ca.pem")
        lines = {
            "role": role,
            "hub": [self.url],
            "ca": ["/var/lib/smartward-screen/ca.pem"],
            "language": "en",
        }
        words = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
        (to / "screen.toml").write_text(words)
        return to

    def name_on_start(self, image: Path, folder: Path) -> None:
        """Write onto an image's start partition where this hub is and how it is known, by way of
        files in a new folder."""
        folder.mkdir()
        seed, authority = folder / "smartward.toml", folder / "house.pem"
        seed.write_text(f'hub = ["{self.url}"]\nca = "{authority.name}"\nlanguage = "en"\n')
        shutil.copy(self.tls["ca"], authority)
        run("mcopy", "-o", "-i", f"{image}@@{ESP_AT}", seed, authority, "::")

    def waiting(self) -> list[dict[str, Any]]:
        """The screens that show their code."""
        return [json.loads(line) for line in self._smartward("enrol", "waiting").splitlines()]

    def approve(self, code: str, bed: str, *, instead: bool = False) -> None:
        """Say at which bed the screen with that code stands, and whether instead of the one that
        stood there."""
        self._smartward("enrol", "approve", code, "--bed", bed, *(["--replace"] if instead else []))

    def wipe(self) -> None:
        """Take the only screen there is away, and have it forget all."""
        (device,) = self.house.admin("fleet")["devices"]
        self._smartward("enrol", "wipe", device["device_id"])

    def told_to_forget(self) -> bool:
        """Whether a screen that was wiped has asked since, and was told."""
        return any(one["asked_at"] for one in self.house.admin("fleet")["wiped"])

    def happen(self, event: str, bed: str, **more: str) -> None:
        """Something happens at a bed in the hospital's record."""
        assert self.house.his is not None
        self.house.his.ask("event", name=event, bed=bed, **more)

    def heard_of_a_second(self) -> bool:
        """Whether another machine came with the identity of a screen."""
        return "a second device speaks as" in self.hub.log.read_text(errors="replace")

    def night(self, hours: str) -> None:
        """When it is night on every screen: `21:00-07:00` in the ward's time."""
        self._smartward("fleet", "night", "--ward", "--hours", hours)

    def calls(self) -> list[dict[str, Any]]:
        """All calls that the hub knows of."""
        return list(self.house.documents("nurse_call").values())

    def online(self, role: str) -> bool:
        """Whether a screen of that role has its feed."""
        screens = self.house.documents("screen").values()
        return any(one["role"] == role and one["online"] for one in screens)

    def close(self) -> None:
        """End both."""
        self.house.stop()


def put_on_data(image: Path, screen: Path) -> None:
    """Lay a screen's folder onto the data partition of a disk image, as if it had been enrolled."""
    partition = image.with_suffix(".data")
    where = ("bs=1M", "status=none")
    run("dd", f"if={image}", f"of={partition}", f"skip={DATA_AT_MIB}", f"count={DATA_MIB}", *where)
    words = ["mkdir screen", "cd screen"]
    for file in sorted(screen.iterdir()):
        # Owner and rights are the image's to set at each start.
        words.append(f"write {file} {file.name}")
    subprocess.run(
        ["debugfs", "-w", "-f", "-", str(partition)],
        input="\n".join(words) + "\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    spared = "conv=notrunc,sparse"
    run("dd", f"if={partition}", f"of={image}", f"seek={DATA_AT_MIB}", spared, *where)
    partition.unlink()
