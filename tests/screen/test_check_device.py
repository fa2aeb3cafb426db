"""The parts of a device's own check, on machines as Linux tells of them and with real bytes."""

import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smartward.check_words import remedy, said
from smartward.clinical.device_check import CheckReport, How, Which, fault, ok, untested
from smartward.clinical.priority import Priority
from smartward.clock import SystemClock
from smartward.device import microphone
from smartward.device.evdev_source import EV_KEY, INPUT_EVENT
from smartward.device.samples import RATE, Curve, frames
from smartward.device.tones import alarm
from smartward.errors import Misconfigured
from smartward.hub import tls
from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen import check_device
from smartward.screen import check_parts as parts
from smartward.screen.check_device import main
from smartward.screen.check_hands import heard, stands_out, touched
from smartward.screen.device_sheet import both_languages, sheet
from smartward.screen.hub_check import certificate_line
from smartward.screen.pdf_target import may_be_written
from tests.device.test_backlight import light
from tests.fakes.fake_clock import ManualClock
from tests.pdf import pages

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


class Slow(ManualClock):
    """By which every thing that is timed takes as long."""

    def __init__(self, each_s: float) -> None:
        super().__init__()
        self._each_s = each_s

    def monotonic(self) -> float:
        self.advance(self._each_s)
        return super().monotonic()


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    """A panel's event file: a pipe through which its bytes come."""
    put(tmp_path / "proc/bus/input/devices", PANEL)
    file = tmp_path / "dev/input/event5"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    return file


def test_a_touch_panel_is_told_from_a_reader(tmp_path: Path, panel: Path) -> None:
    assert parts.touch_devices(tmp_path) == [("eGalax Touch", panel)]
    put(tmp_path / "proc/bus/input/devices", "")
    assert parts.touch_devices(tmp_path) == []


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
    parts.disk_speed(tmp_path, CLOCK)
    assert not (tmp_path / ".check").exists()
    for each_s, key in ((0.1, "check.disk_speed"), (0.101, "check.disk_slow")):
        line = parts.disk_speed(tmp_path, Slow(each_s))
        assert (line.key, line.values["ms"]) == (key, each_s * 1000)
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
    which = Which(serial="SN-1", device_id="0f-7", ward="Ward 3", role="bedside", place="12")
    at = datetime(2026, 11, 21, 8, 5, tzinfo=UTC)
    page = sheet(CheckReport(which=which, at=at, lines=tuple(lines)), catalogues)
    # Two reports of one delivery are told apart by each page of them.
    for said_of_it in ("0f-7", "Ward 3", "bedside screen 12", "2026-11-21 08:05 UTC"):
        assert said_of_it in page.ward
    assert "SN-1" in dict(page.facts).values()
    assert "FAULT: 1 part" in page.verdict
    assert "Not tested: 1." in page.verdict
    assert [row[0] for row in page.failed] == ["触摸 · Touch"]
    assert len(page.legs) == 2
    assert {said(lines[1], one) for one in catalogues} == set(page.failed[0][1].split("\n"))
    assert all(remedy(lines[1], one) in page.failed[0][2] for one in catalogues)
    assert len(catalogues) == len(LANGUAGES)
    assert isinstance(catalogues[0], Catalogue)


def test_what_a_newer_hub_says_is_told_as_it_came_and_ends_no_report() -> None:
    refused = untested("call", "call_refused", why="drill.refused.of_tomorrow")
    failed = fault("call", "call_failed", faults="of_tomorrow,station_silent")
    for one in both_languages():
        assert "drill.refused.of_tomorrow" in said(refused, one)
        known = one.text("station.drill.fault.station_silent", n=5)
        assert f"of_tomorrow; {known}" in said(failed, one)


def room(seconds: float, hum: float) -> Curve:
    """A room's noise, with a hum of the mains: 50 Hz and of its multiples the one beside 440 Hz."""
    count = frames(seconds)
    time = np.arange(count) / RATE
    noise = np.random.default_rng(7).normal(0.0, 100.0, count)
    mains = hum * np.sin(2 * np.pi * 450 * time) + 9 * hum * np.sin(2 * np.pi * 50 * time)
    found: Curve = noise + mains
    return found


@pytest.mark.parametrize("late_s", [0.0, 0.3, 1.2])
@pytest.mark.parametrize("hum", [0.0, 33.0, 200.0])
def test_a_dead_loudspeaker_in_a_room_that_hums_is_not_measured(late_s: float, hum: float) -> None:
    """`late_s`: what sound server and loudspeaker take; the tone comes behind 0.6 s of silence."""
    silent = room(2.5 + late_s, hum)
    assert stands_out(silent.astype(np.int16)) < 4.0
    tone = alarm(Priority.MEDIUM)
    begin = frames(0.6 + late_s)
    sounds = silent.copy()
    sounds[begin : begin + len(tone)] += 0.1 * tone
    assert stands_out(sounds.astype(np.int16)) > 4.0
    assert stands_out(silent[: RATE // 2].astype(np.int16)) == 0.0


def bang(seconds: float) -> Curve:
    """Something is set down while the tone should sound: all pitches for 0.3 s."""
    found: Curve = np.zeros(frames(seconds))
    at = slice(frames(1.2), frames(1.5))
    found[at] = np.random.default_rng(1).normal(0.0, 1500.0, frames(0.3))
    return found


def voice(pitch: float, syllable_s: float) -> Callable[[float], Curve]:
    """Somebody speaks while the tone should sound: harmonics of `pitch`, in syllables."""

    def sounds(seconds: float) -> Curve:
        time = np.arange(frames(seconds)) / RATE
        parts = [np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 12)]
        spoken = (time > 0.7) * (1 + 0.4 * np.sin(2 * np.pi * time / syllable_s))
        found: Curve = 800 * np.sum(parts, axis=0) * spoken
        return found

    return sounds


@pytest.mark.parametrize("noise", [bang, voice(145, 0.25), voice(220, 0.38)])
def test_no_other_noise_signs_for_a_dead_loudspeaker(noise: Callable[[float], Curve]) -> None:
    quiet = np.random.default_rng(1).normal(0.0, 30.0, frames(2.2))
    assert stands_out((quiet + noise(2.2)).astype(np.int16)) < 4.0


@pytest.mark.parametrize("speaks", [True, False])
def test_the_tone_is_measured_where_it_comes_back_and_else_somebody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaks: bool
) -> None:
    """The recorder gives a room; what the player was given comes in it, or does not."""
    noise, air, heard_all = tmp_path / "noise", tmp_path / "air", tmp_path / "heard"
    noise.write_bytes(room(0.2, 33.0).astype("<i2").tobytes())
    os.mkfifo(air)
    os.mkfifo(heard_all)
    given = f"cat > {air}" if speaks else f"cat > /dev/null; : > {air}"
    for name, does in (
        ("parec", f"cat {noise} {air}; : > {heard_all}"),
        ("pacat", f"{given}; cat {heard_all}"),
    ):
        put(tmp_path / f"bin/{name}", f"#!/bin/sh\n{does}\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    asked: list[bool] = []

    def ask() -> bool | None:
        asked.append(True)
        return None

    line = heard(ask)
    assert line.key == ("check.sound_measured" if speaks else "check.sound_unheard")
    assert bool(asked) is not speaks


def test_a_loudspeaker_that_stands_still_is_a_fault_and_ends_no_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "pacat", "#!/bin/sh\nexec /bin/sleep 60\n").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(microphone, "LATE_S", -1.0)
    line = heard(lambda: pytest.fail("nobody is asked for what did not play"))
    assert (line.key, line.how) == ("check.no_sound", How.FAULT)
    assert "stands still" in str(line.values["why"])


def test_the_report_names_the_serial_number_that_its_start_file_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a machine that tells none, as to most users."""
    file, own, given = (tmp_path / name for name in ("r.pdf", "smartward.toml", "seed.toml"))
    own.write_text('serial = "SN-4711-0815"\n')
    given.write_text('serial = "SN-4711-0816"\n')
    here = ["--state-dir", str(tmp_path), "--no-touch", "--no-sound", "--to", str(file)]
    assert main(here) == 1, "it was never paired"
    assert "SN-4711-0815" in "".join(pages(file))
    assert str(file) in capsys.readouterr().err, "where it is"
    assert main([*here, "--seed", str(given)]) == 1
    assert "SN-4711-0816" in "".join(pages(file))
    (tmp_path / "screen.toml").write_text('hub = "https://a"\n')
    assert main(here) == 1
    assert "SN-4711-0815" in "".join(pages(file)), "whichever file names the hub"
    (tmp_path / "screen.toml").write_text('serial = "SN-4711-0817"\n')
    assert main(here) == 1
    assert "SN-4711-0817" in "".join(pages(file)), "the last word of a kiosk"


def test_a_folder_that_is_no_screens_or_closed_is_not_called_unpaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_device, "FOLDER", tmp_path / "nobodys")
    for words in ([], ["--state-dir", str(tmp_path / "gone")]):
        with pytest.raises(Misconfigured, match="no_folder"):
            main([*words, "--no-touch", "--no-sound"])
    assert capsys.readouterr().out == ""


def test_where_a_report_is_already_that_file_has_to_be_open_and_its_folder_need_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def access(path: Path, mode: int) -> bool:
        return bool(path.stat().st_mode & 0o200)  # to this test's user all may be open

    monkeypatch.setattr(os, "access", access)
    folder, there = tmp_path / "reports", tmp_path / "reports/report.pdf"
    folder.mkdir()
    there.touch()
    folder.chmod(0o500)
    may_be_written(there)
    with pytest.raises(Misconfigured, match="not_written"):
        may_be_written(folder / "new.pdf")
    folder.chmod(0o700)
    there.chmod(0o400)
    may_be_written(folder / "new.pdf")
    with pytest.raises(Misconfigured, match="not_written"):
        may_be_written(there)
    there.chmod(0o600)
    with pytest.raises(Misconfigured, match="not_written"):
        may_be_written(there / "a file is no folder.pdf")


def test_a_report_that_cannot_be_written_is_told_before_anything_is_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Misconfigured, match="not_written"):
        main(["--state-dir", str(tmp_path), "--to", str(tmp_path / "gone/report.pdf")])
    assert capsys.readouterr().out == ""
