"""The programs of the image that run as root, with their files in a folder of a test."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "packaging/image/root/usr/lib/smartward-image"
PLACES = {
    "/var/lib/smartward-screen": "own",
    "/etc/smartward": "house",
    "/etc/rsyslog.d": "rsyslog.d",
    "/run/smartward-firewall": "kept",
    "/run/smartward-log-server": "log",
    "/run/udev/rules.d": "udev.d",
    "/run/smartward-usb": "usb",
    "/run/systemd/timesyncd.conf.d": "timesyncd.d",
    "/proc/uptime": "uptime",
    "/usr/sbin/nft": "nft",
}
NFT = "#!/bin/sh\ncat > {}\n"


@dataclass(frozen=True)
class Image:
    """The folders that a program sees, and nft, which writes down what it is given."""

    folder: Path

    @classmethod
    def below(cls, folder: Path) -> "Image":
        """A machine that has run for two days, without one setting."""
        for name in ("own", "house", "kept", "log", "program"):
            folder.joinpath(name).mkdir()
        (folder / "uptime").write_text("172800.00 100.00\n")
        (folder / "nft").write_text(NFT.format(folder / "let-through"))
        (folder / "nft").chmod(0o755)
        for file in FOLDER.glob("*.py"):
            text = file.read_text("utf-8")
            for before, after in PLACES.items():
                text = text.replace(before, str(folder / after))
            (folder / "program" / file.name).write_text(text, "utf-8")
        return cls(folder)

    def write(self, name: str, text: str) -> None:
        """A file of settings, as own/screen.toml."""
        self.folder.joinpath(name).write_text(text, "utf-8")

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """As the unit starts it."""
        file = self.folder / "program" / program
        return subprocess.run(
            [sys.executable, "-sE", str(file), *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": os.environ["PATH"], "RES_OPTIONS": "timeout:1 attempts:1"},
        )

    def probe(self, device: Path) -> list[str]:
        """For a USB device: the names whose drivers are loaded, then the interfaces that the kernel
        is asked to find one for."""
        asked = self.folder / "drivers_probe"
        text = (FOLDER / "probe-usb").read_text("utf-8")
        for before, after in (
            ("> /sys/bus/usb/drivers_probe", f">> {asked}"),
            ("/usr/sbin/modprobe --quiet --use-blacklist", f"echo >> {asked}"),
        ):
            assert before in text
            text = text.replace(before, after)
        subprocess.run(["sh", "-euc", text, "probe-usb", str(device)], check=True, timeout=60)
        return asked.read_text().split()

    @property
    def let_through(self) -> list[str]:
        """Addresses and ports that nft knows, as "192.0.2.1 . 8700"."""
        lines = (self.folder / "let-through").read_text().splitlines()
        return [line[line.index("{") + 2 : -2] for line in lines if line.startswith("add")]
