"""Without a graphics card an image's screen is drawn on the frame buffer of the firmware."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "packaging/image"
UNITS = ROOT / "root/etc/systemd/system"
PROGRAM = ROOT / "root/usr/lib/smartward-image/draw-without-card"
SYSTEMCTL = """#!/bin/sh
echo "$*" >> "{0}/asked"
[ "$1" != --quiet ] || exec cat "{0}/active"
"""


@dataclass(frozen=True)
class Device:
    """A machine's /dev, its udev, and a systemd that writes down what it is asked for."""

    folder: Path

    def put(self, name: str) -> None:
        """There is this in /dev."""
        file = self.folder / "dev" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    def command(self, name: str, text: str) -> None:
        """A program that it has."""
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def run(self, *words: str) -> str:
        """What a program of the image says on it."""
        done = subprocess.run(
            words,
            check=True,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
        )
        return done.stderr

    def decide(self) -> str:
        """As smartward-graphics.service does."""
        return self.run(str(PROGRAM), str(self.folder / "dev"))

    def asked(self) -> list[str]:
        """What systemd was asked for."""
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """One whose firmware drew, and whose drivers have found nothing yet."""
    made = Device(tmp_path)
    made.put("fb0")
    made.command("systemctl", SYSTEMCTL.format(tmp_path))
    made.command("udevadm", f'#!/bin/sh\necho "$1" >> "{tmp_path}/waited"\n')
    return made


def test_with_a_card_nothing_is_asked_and_nothing_waited_for(device: Device) -> None:
    device.put("dri/card1")
    assert device.decide() == ""
    assert device.asked() == []
    assert not (device.folder / "waited").exists()


def test_a_card_whose_driver_is_still_loaded_is_waited_for(device: Device) -> None:
    dri = device.folder / "dev/dri"
    device.command("udevadm", f'#!/bin/sh\nmkdir "{dri}"\n: > "{dri}/card0"\n')
    assert device.decide() == ""
    assert device.asked() == []


@pytest.mark.parametrize("settled", ["exit 0", "exit 1"])
def test_without_one_the_frame_buffer_is_drawn_on_until_one_comes(
    device: Device, settled: str
) -> None:
    """Also where some other driver is never through."""
    device.command("udevadm", f"#!/bin/sh\n{settled}\n")
    assert "there is no graphics card" in device.decide()
    begins = "start --no-block smartward-screen-linuxfb.service smartward-card.path"
    assert device.asked() == ["kill --signal=KILL smartward-screen.service", begins]


def test_where_nothing_can_be_drawn_on_it_is_told_and_the_compositor_left_to_look(
    device: Device,
) -> None:
    (device.folder / "dev/fb0").unlink()
    assert "<3>there is neither a graphics card nor a frame buffer" in device.decide()
    assert device.asked() == []


def test_a_start_counts_as_good_once_either_of_the_two_draws(device: Device) -> None:
    """Bound to the one it would end with that one, where the other draws."""
    lines = (UNITS / "smartward-drawn.service").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("Requires=", "BindsTo=", "Requisite="))]
    (starts,) = (line for line in lines if line.startswith("ExecStart="))
    loop = starts.removeprefix("ExecStart=/bin/sh -c '").removesuffix("'")
    active = device.folder / "active"
    # The first look finds none; what is waited between the looks brings it.
    device.command("sleep", f'#!/bin/sh\n: > "{active}"\n')
    device.run("sh", "-c", loop)
    both = "--quiet is-active smartward-screen.service smartward-screen-linuxfb.service"
    assert device.asked() == [both, both]


def test_no_second_screen_stands_where_a_card_came_late() -> None:
    """Each of the two ends the other; and what looks out for a card ends with the frame buffer."""
    path = (UNITS / "smartward-card.path").read_text().splitlines()
    assert "PathExistsGlob=/dev/dri/card*" in path
    assert {"Unit=smartward-screen.service", "Conflicts=smartward-screen.service"} < set(path)
    enabled = (ROOT / "system").read_text()
    assert "smartward-graphics.service" in enabled
    assert "smartward-card.path" not in enabled
    # With a card nothing may wait for this.
    decides = (UNITS / "smartward-graphics.service").read_text()
    assert "Before=" not in decides
    assert "systemd-udev-settle" not in decides
