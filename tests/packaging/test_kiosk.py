"""What the screen's service starts, by what its settings files say."""

import os
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from smartward.screen.options import parser
from smartward.screen.seed import read_seed

ROOT = Path(__file__).resolve().parents[2]


def moved(file: str, folder: Path) -> Path:
    """A script of ours that has its files in two folders of this test."""
    text = (ROOT / file).read_text("utf-8")
    places = {
        "/etc/smartward": "etc",
        "/var/lib/smartward-screen": "own",
        "/run/smartward-usb": "usb",
    }
    for before, after in places.items():
        (folder / after).mkdir(exist_ok=True)
        text = text.replace(before, str(folder / after))
    copy = folder / Path(file).name
    copy.write_text(text.replace(" -o smartward-screen -g smartward-screen", ""), "utf-8")
    return copy


def begun(folder: Path) -> str:
    """How smartward-cage starts the compositor where udev has its records in a folder of ours."""
    script = (ROOT / "packaging/systemd/smartward-cage").read_text("utf-8")
    told = folder / "cage"
    told.write_text('#!/bin/sh\necho "${WLR_LIBINPUT_NO_DEVICES:-with devices} $*"\n')
    told.chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "WLR_LIBINPUT_NO_DEVICES": "1",
        "XDG_RUNTIME_DIR": str(folder),
    }
    said = subprocess.run(
        [
            "sh",
            "-c",
            script.replace("/run/udev/data", str(folder)),
            "smartward-cage",
            "--",
            "kiosk",
        ],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return said.stdout.strip()


def test_the_compositor_has_its_devices_before_the_screen_draws(
    tmp_path: Path, kiosk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert begun(tmp_path) == "1 -- kiosk", "there is none"
    (tmp_path / "c13:64").write_text("I:1\nE:ID_INPUT=1\nE:ID_INPUT_JOYSTICK=1\n")
    assert begun(tmp_path) == "1 -- kiosk", "none that it takes"
    refused = "I:1\nE:ID_INPUT=1\nE:ID_INPUT_KEYBOARD=1\nE:LIBINPUT_IGNORE_DEVICE=1\n"
    (tmp_path / "c13:66").write_text(refused)
    assert begun(tmp_path) == "1 -- kiosk", "none that it may take"
    (tmp_path / "c13:65").write_text("I:1\nE:ID_INPUT=1\nE:ID_INPUT_TOUCHSCREEN=1\n")
    assert begun(tmp_path) == "with devices -- kiosk"
    assert begun(tmp_path) == "1 -- kiosk", "it did not come as far as the program"
    assert begun(tmp_path) == "1 -- kiosk", "and is not tried for ever"
    kiosk.cage_has_begun()
    assert begun(tmp_path) == "with devices -- kiosk"


@pytest.fixture
def kiosk(tmp_path: Path) -> ModuleType:
    """The program, which looks for its files in two folders of this test."""
    file = moved("packaging/systemd/smartward-kiosk", tmp_path)
    loader = SourceFileLoader("smartward_kiosk", str(file))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_settings_file_that_comes_with_the_package_is_one(
    kiosk: ModuleType, tmp_path: Path
) -> None:
    comes = (ROOT / "packaging/systemd/screen.toml").read_text()
    names = [line[2:] for line in comes.splitlines() if line.startswith("# ") and " = " in line]
    (tmp_path / "etc/screen.toml").write_text(
        "\n".join(line for line in names if not line.startswith("zone")) + "\n"
    )
    told = parser().parse_args(kiosk.arguments(kiosk.settings())[1:])
    assert told.role == "bedside"
    assert told.hub == ["https://hub.example.org:8700"]
    assert told.text_scale == 1.0
    assert told.fullscreen


def test_without_a_compositor_each_panel_is_read_once(kiosk: ModuleType, tmp_path: Path) -> None:
    """As the kernel tells of a panel, of one that poses as a mouse, of a mouse, a keyboard and a
    pen without a tip (`/sys/class/input/*/device/capabilities`)."""
    for name, axes, keys in (
        ("event2", "260800000000003", "400 0 0 0 0 0"),
        ("event3", "3", "30000 1f0000 0 0 0 0"),
        ("event4", "0", "1f0000 0 0 0 0"),
        ("event5", "0", "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"),
        ("event6", "260800000000000", "400 0 0 0 0 0"),
        ("event7", "3", "0"),
    ):
        told = tmp_path / "input" / name / "device/capabilities"
        told.mkdir(parents=True)
        (told / "abs").write_text(f"{axes}\n")
        (told / "key").write_text(f"{keys}\n")
    kiosk.INPUT = tmp_path / "none"
    assert kiosk.panels() == {}
    kiosk.INPUT = tmp_path / "input"
    assert kiosk.panels() == {
        "QT_QPA_EVDEV_TOUCHSCREEN_PARAMETERS": "/dev/input/event2:/dev/input/event6",
        "QT_QPA_EVDEV_MOUSE_PARAMETERS": "/dev/input/event3:abs",
    }


def test_the_screens_own_file_counts_over_the_machines(kiosk: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "etc/screen.toml").write_text('role = "door"\nhub = "https://a"\nca = "a.pem"\n')
    (tmp_path / "own/screen.toml").write_text('role = "station"\n[settings]\nbeat_s = 2\n')
    told = parser().parse_args(kiosk.arguments(kiosk.settings())[1:])
    assert told.role == "station"
    assert told.hub == ["https://a"]
    assert told.ca == [tmp_path / "etc" / "a.pem"]
    assert told.set == ["backlight=/sys/class/backlight", "beat_s=2"]
    assert told.token_file == tmp_path / "own" / "token"
    assert told.serial == ""


def test_a_screen_without_a_role_asks_the_hub_that_is_named(
    kiosk: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "etc/screen.toml").write_text('hub = ["https://a"]\nca = "a.pem"\n')
    words = kiosk.arguments(kiosk.settings())
    assert words[:2] == ["screen", "auto"]
    assert words[words.index("--seed") + 1] == str(tmp_path / "etc/screen.toml")
    assert "--hub" not in words


def test_an_image_asks_the_hub_that_the_house_wrote_on_its_start_partition(
    kiosk: ModuleType, tmp_path: Path
) -> None:
    seed = tmp_path / "own" / "smartward.toml"
    start = tmp_path / "start"
    (start / "EFI").mkdir(parents=True)
    read = ["sh", str(moved("packaging/image/root/usr/lib/smartward-image/read-place", tmp_path))]
    comes = (ROOT / "packaging/image/smartward.toml").read_text("utf-8")
    (tmp_path / "etc/screen.toml").write_text("# as it comes\n")
    (start / "smartward.toml").write_text(comes)
    subprocess.run([*read, str(start)], check=True)
    words = kiosk.arguments(kiosk.settings())
    assert words[words.index("--seed") + 1] == str(seed)  # no hub stands there: DNS is asked
    (start / "smartward.toml").write_text(comes.replace("# hub", "hub").replace("# ca", "ca"))
    (start / "house.pem").write_text("-----BEGIN CERTIFICATE-----")
    subprocess.run([*read, str(start)], check=True)
    words = kiosk.arguments(kiosk.settings())
    assert words[:2] == ["screen", "auto"]
    told = read_seed(Path(words[words.index("--seed") + 1]))
    assert told.hubs == ("https://hub.example.org:8700",)
    assert [file.read_text() for file in told.ca] == ["-----BEGIN CERTIFICATE-----"]


def test_a_start_partition_that_cannot_be_read_is_told_and_what_was_taken_before_stays(
    tmp_path: Path,
) -> None:
    """The screen begins with that; each file that can be read is taken."""
    read = ["sh", str(moved("packaging/image/root/usr/lib/smartward-image/read-place", tmp_path))]
    start, own, told = tmp_path / "start", tmp_path / "own", tmp_path / "usb/left-out"
    (start / "EFI").mkdir(parents=True)
    (start / "smartward.toml").write_text('hub = "https://a"\n')
    (start / "house.pem").write_text("before")

    def run(*words: str) -> tuple[int, str, str]:
        done = subprocess.run([*read, *words], check=False, capture_output=True, text=True)
        left_out = told.read_text() if told.exists() else ""
        return done.returncode, left_out, (done.stderr.splitlines() or [""])[-1].partition(",")[0]

    (other := tmp_path / "other").mkdir()
    (own / ".taken").symlink_to(other)
    assert run(str(start)) == (0, "", "")
    assert list(other.iterdir()) == [], "root writes to no place that the screen has named"
    cannot = (os.EX_IOERR, "start-partition\n", "The start partition")
    assert run(str(tmp_path / "not there")) == cannot
    # As a bad block: it is there, and gives an error.
    (start / "house.pem").unlink()
    (start / "house.pem").symlink_to("/proc/self/mem")
    (start / "smartward.toml").write_text('hub = "https://b"\n')
    assert run(str(start)) == cannot
    assert {file.name: file.read_text() for file in own.iterdir()} == {
        "smartward.toml": 'hub = "https://b"\n',
        "house.pem": "before",
    }
    (start / "house.pem").unlink()
    assert run(str(start)) == (0, "", "")


def test_what_was_laid_into_the_data_from_outside_becomes_the_screens_alone(tmp_path: Path) -> None:
    """Nothing is left setgid: a service that may set no such bit (`RestrictSUIDSGID`) is refused
    where a mode keeps one, and the screen would have no folder."""
    script = moved("packaging/image/root/usr/lib/smartward-image/make-folders", tmp_path)
    nobody = script.read_text("utf-8").replace("smartward-screen:smartward-screen", ":")
    script.write_text(nobody.replace("/etc/machine-id", str(tmp_path / "machine-id")), "utf-8")
    shared = tmp_path / "data" / "screen" / "shared"
    shared.mkdir(parents=True)
    shared.chmod(0o2775)
    (shared / "token").write_text("")
    (shared / "token").chmod(0o6664)
    left, told = (tmp_path / "data/update" / name for name in ("bundle.raucb", "state.json"))
    left.parent.mkdir()
    left.write_text("of an update that a power cut ended")
    told.write_text("{}")
    subprocess.run(["sh", str(script), str(tmp_path / "data")], check=True)
    assert [oct(one.stat().st_mode & 0o7777) for one in (shared, shared / "token")] == [
        oct(0o700),
        oct(0o600),
    ]
    assert (tmp_path / "machine-id").read_text() == (tmp_path / "data/machine-id").read_text()
    assert (left.exists(), told.exists()) == (False, True), "it takes the next one's room"


def test_a_file_that_names_whom_to_believe_and_no_hub_is_what_it_begins_with(
    kiosk: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "etc/screen.toml").write_text("# as it comes\n")
    (tmp_path / "own/smartward.toml").write_text('language = "en"\n')
    (tmp_path / "own/screen.toml").write_text('ca = "house.pem"\n')
    words = kiosk.arguments(kiosk.settings())
    assert words[words.index("--seed") + 1] == str(tmp_path / "own/screen.toml")
    (tmp_path / "own/smartward.toml").write_text('hub = "https://a"\nca = "a.pem"\n')
    words = kiosk.arguments(kiosk.settings())
    assert words[words.index("--seed") + 1] == str(tmp_path / "own/smartward.toml")


def test_the_serial_number_counts_in_whichever_file_it_stands(
    kiosk: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "own/smartward.toml").write_text('serial = "SN-4711"\n')
    (tmp_path / "own/screen.toml").write_text('hub = "https://a"\nca = "a.pem"\n')
    told = parser().parse_args(kiosk.arguments(kiosk.settings())[1:])
    assert (told.seed, told.serial) == (tmp_path / "own/screen.toml", "SN-4711")
    (tmp_path / "own/smartward.toml").write_text('serial = "-4711-A"\n')
    assert parser().parse_args(kiosk.arguments(kiosk.settings())[1:]).serial == "-4711-A"


@pytest.mark.parametrize(
    "file, says", [("rolle = 1", "no setting rolle"), ("role =", "cannot be read")]
)
def test_what_is_no_settings_file_is_told(
    kiosk: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    says: str,
) -> None:
    (tmp_path / "own/screen.toml").write_text(file)
    for is_journal, begins in ((False, "smartward-kiosk: "), (True, "<3>smartward-kiosk: ")):
        monkeypatch.delenv("JOURNAL_STREAM", raising=False)
        if is_journal:
            monkeypatch.setenv("JOURNAL_STREAM", "9:12345")
        with pytest.raises(SystemExit) as ended:
            kiosk.settings()
        assert ended.value.code == 78
        told = capsys.readouterr().err
        assert says in told
        assert told.startswith(begins)
