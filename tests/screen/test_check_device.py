"""The parts of a device's own check, on machines as Linux tells of them and with real bytes."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartward.clock import SystemClock
from smartward.device.evdev_source import EV_KEY, INPUT_EVENT
from smartward.errors import Misconfigured
from smartward.hub import tls
from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen import check_device
from smartward.screen import check_parts as parts
from smartward.screen.check_device import main
from smartward.screen.check_hands import touched
from smartward.screen.check_line import How, fault, ok, untested
from smartward.screen.device_sheet import both_languages, remedy, said, sheet
from smartward.screen.hub_check import certificate_line
from tests.device.test_backlight import light

PROGRAM = Path(check_device.__file__).parent
CLOCK = SystemClock()
PANEL = """I: Bus=0003 Vendor=0eef Product=0001 Version=0210
N: Name="eGalax Touch"
H: Handlers=mouse0 event5
B: PROP=2
B: EV=b

I: Bus=0003 Vendor=05fe Product=1010 Version=0110
N: Name="Badge Reader"
H: Handlers=sysrq kbd event6
B: PROP=0
"""


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Path]:
    """A panel's event file: a pipe through which its bytes come."""
    put(tmp_path / "proc/bus/input/devices", PANEL)
    file = tmp_path / "dev/input/event5"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    return file


def test_a_touch_panel_is_told_from_a_reader(tmp_path: Path, panel: Path) -> None:
    assert parts.touch_devices(tmp_path) == [("eGalax Touch", panel)]


def test_a_finger_is_felt_and_its_absence_told(tmp_path: Path, panel: Path) -> None:
    devices = parts.touch_devices(tmp_path)
    finger = os.open(panel, os.O_RDWR)
    assert touched(devices, 0.05, CLOCK).key == "check.not_touched"
    touch = threading.Timer(
        0.05, lambda: os.write(finger, INPUT_EVENT.pack(0, 0, EV_KEY, 0x14A, 1))
    )
    touch.start()
    line = touched(devices, 20.0, CLOCK)
    touch.join()
    os.close(finger)
    assert (line.how, line.values["name"]) == (How.OK, "eGalax Touch")
    assert touched([], 1.0, CLOCK).key == "check.no_touch_device"
    assert touched([("gone", tmp_path / "gone")], 1.0, CLOCK).key == "check.touch_closed"


@pytest.mark.parametrize("size, stands", [("1280x800", "landscape"), ("800x1280", "portrait")])
def test_the_display_that_is_connected_is_told_with_how_it_stands(
    tmp_path: Path, size: str, stands: str
) -> None:
    drm = tmp_path / "sys/class/drm"
    put(drm / "card0-DP-1/status", "disconnected\n")
    put(drm / "card0-eDP-1/status", "connected\n")
    put(drm / "card0-eDP-1/modes", f"{size}\n640x480\n")
    line = parts.display(tmp_path)
    assert line.values == {"size": size, "name": "eDP-1", "stands": stands}
    assert parts.display(tmp_path / "none").how is How.FAULT


def test_memory_disk_and_watchdog(tmp_path: Path) -> None:
    put(tmp_path / "proc/meminfo", "MemTotal: 2000000 kB\nMemAvailable: 102400 kB\n")
    assert parts.memory(tmp_path).values["mib"] == 100
    assert parts.memory(tmp_path).how is How.FAULT
    assert parts.memory(tmp_path / "none").how is How.NOT_TESTED
    line = parts.disk_speed(tmp_path, CLOCK)
    assert line.values["ms"] <= line.values["most"]
    assert not (tmp_path / ".check").exists()
    assert parts.disk_speed(tmp_path / "none", CLOCK).key == "check.disk_unwritable"
    assert parts.watchdog(tmp_path).key == "check.no_watchdog"
    put(tmp_path / "sys/class/watchdog/watchdog0/identity", "iTCO_wdt\n")
    state = put(tmp_path / "sys/class/watchdog/watchdog0/state", "inactive\n")
    assert parts.watchdog(tmp_path).key == "check.watchdog_idle"
    state.write_text("active\n")
    assert parts.watchdog(tmp_path).values == {"name": "iTCO_wdt"}


def test_the_light_is_set_to_what_it_is(tmp_path: Path) -> None:
    one = light(tmp_path, "panel", 200)
    (one / "brightness").write_text("80\n")
    assert parts.light(str(tmp_path)).values == {"percent": 40}
    assert (one / "brightness").read_text() == "80"
    assert parts.light(str(tmp_path / "none")).how is How.NOT_TESTED


def test_readers_that_are_not_plugged_in_are_named(tmp_path: Path) -> None:
    file = put(tmp_path / "inputs.toml", f'[[reader]]\npath = "{tmp_path}/by-id/badge"\n')
    assert parts.readers(file).values == {"paths": f"{tmp_path}/by-id/badge"}
    (tmp_path / "by-id").mkdir()
    os.mkfifo(tmp_path / "by-id/badge")
    assert parts.readers(file).how is How.OK
    assert parts.readers(put(tmp_path / "bad.toml", "reader = 1\n")).key == "check.inputs_bad"


def test_a_certificate_counts_until_its_day(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    file = tmp_path / "screen.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "screen")])
    made = tls.builder(name, name, key.public_key(), now, 1).sign(key, hashes.SHA256())
    file.write_bytes(tls.pem(made))
    assert certificate_line(file, now + timedelta(hours=1)).how is How.OK
    assert certificate_line(file, now + timedelta(days=2)).key == "check.certificate_over"
    file.write_text("nothing")
    assert certificate_line(file, now).key == "check.certificate_bad"


def test_each_fault_has_its_remedy_in_each_language_and_the_page_says_faults_first() -> None:
    catalogues = both_languages()
    code = "".join(file.read_text("utf-8") for file in PROGRAM.glob("*check*.py"))
    faults = set(re.findall(r'fault\(\s*"\w+", "(\w+)"', code)) | {"disk_slow"}
    assert len(faults) > 20
    for one in catalogues:
        lacking = [key for key in faults if f"check.remedy.{key}" not in one.keys]
        assert lacking == []
    lines = [
        ok("clock", "clock", s=0.1),
        fault("touch", "not_touched", names="eGalax", s=30),
        untested("sound", "sound_unheard"),
    ]
    page = sheet(lines, datetime(2026, 11, 21, tzinfo=UTC), "SN-1", catalogues)
    assert "FAULT: 1 part" in page.verdict
    assert "Not tested: 1." in page.verdict
    assert [row[0] for row in page.failed] == ["触摸 · Touch"]
    assert len(page.legs) == 2
    assert {said(lines[1], one) for one in catalogues} == set(page.failed[0][1].split("\n"))
    assert all(remedy(lines[1], one) in page.failed[0][2] for one in catalogues)
    assert len(catalogues) == len(LANGUAGES)
    assert isinstance(catalogues[0], Catalogue)


def test_a_report_that_cannot_be_written_is_told_before_anything_is_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Misconfigured, match="not_written"):
        main(["--state-dir", str(tmp_path), "--to", str(tmp_path / "gone/report.pdf")])
    assert capsys.readouterr().out == ""
