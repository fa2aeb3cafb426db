"""What of an update the image itself does, with folders for its partitions: which slot starts, what
is written at whose word, and how a start becomes a good one."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.updates import COMPATIBLE, Signer, bundle, signer
from tests.project.repo import ROOT

HERE = ROOT / "packaging" / "image" / "root" / "usr" / "lib" / "smartward-image"
TEXT = "linux /smartward/@SLOT@/vmlinuz\noptions root=PARTLABEL=sw_root_@SLOT@\n"
ID = "0123456789abcdef"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


boot_entries = _load("boot_entries")
update = _load("update")


@pytest.fixture
def esp(tmp_path: Path) -> Path:
    """A start partition as `make image` lays it."""
    folder = tmp_path / "efi"
    (folder / "loader/entries").mkdir(parents=True)
    (folder / "smartward/a").mkdir(parents=True)
    text = (ROOT / "packaging/image/smartward-a.conf").read_text()
    (folder / "loader/entries/smartward-a.conf").write_text(text)
    return folder


def names(esp: Path) -> list[str]:
    return sorted(one.name for one in (esp / "loader/entries").iterdir())


def next_one(esp: Path) -> str:
    return str(boot_entries.entries(esp)[0].slot)


def given(folder: Path) -> Path:
    """What a mounted bundle holds."""
    folder.mkdir(exist_ok=True)
    for part, text in (("vmlinuz", "kernel"), ("initrd", "disk"), ("entry.conf", TEXT)):
        (folder / part).write_text(text)
    return folder


def test_a_bundles_kernel_lies_beside_its_root_and_is_started_next(
    esp: Path, tmp_path: Path
) -> None:
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    assert next_one(esp) == "a", "nothing says yet that its root is whole"
    boot_entries.set_primary(esp, "b")
    assert names(esp) == ["smartward-a.conf", "smartward-b+3.conf"]
    assert next_one(esp) == "b"
    text = (esp / "loader/entries/smartward-b+3.conf").read_text()
    assert "PARTLABEL=sw_root_b" in text
    assert "@" not in text
    assert (esp / "smartward/b/vmlinuz").read_text() == "kernel"


def test_tries_that_are_used_up_leave_the_other_slot(esp: Path, tmp_path: Path) -> None:
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    boot_entries.set_primary(esp, "b")
    entry = esp / "loader/entries/smartward-b+3.conf"
    tried = entry.rename(entry.with_name("smartward-b+1-2.conf"))
    assert (next_one(esp), boot_entries.state(esp, "b")) == ("b", "good")
    tried.rename(tried.with_name("smartward-b+0-3.conf"))
    assert (next_one(esp), boot_entries.state(esp, "b")) == ("a", "bad")
    # The next update goes there again, and from a good b back into a.
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    assert names(esp) == ["smartward-a.conf", "smartward-b+0.conf"]
    boot_entries.set_primary(esp, "b")
    boot_entries.set_state(esp, "b", good=True)
    assert names(esp) == ["smartward-a.conf", "smartward-b.conf"]
    assert next_one(esp) == "b"
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "a")
    assert next_one(esp) == "b"
    boot_entries.set_primary(esp, "a")
    assert next_one(esp) == "a"
    assert names(esp) == ["smartward-a+3.conf", "smartward-b.conf"]


def test_the_power_may_go_at_any_time(esp: Path, tmp_path: Path) -> None:
    """Two entries of one slot, and files that were begun: one that starts is left."""
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    boot_entries.set_primary(esp, "b")
    entry = esp / "loader/entries/smartward-b+3.conf"
    entry.with_name("smartward-b+0.conf").write_text(entry.read_text())
    entry.with_name(".smartward-b+3.conf.new").write_text("half")
    (esp / "smartward/b/vmlinuz.new").write_text("half")
    assert (next_one(esp), boot_entries.state(esp, "b")) == ("b", "good")
    boot_entries.set_primary(esp, "b")
    assert "smartward-b+0.conf" not in names(esp)


def test_it_speaks_as_rauc_asks(
    esp: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot_entries, "ESP", esp)
    for words, said in (
        (["get-primary"], "a"),
        (["get-state", "a"], "good"),
        (["get-state", "b"], "bad"),
        (["set-state", "a", "bad"], ""),
        (["get-state", "a"], "bad"),
        (["set-primary", "a"], ""),
        (["get-state", "a"], "good"),
        (["set-state", "a", "good"], ""),
    ):
        boot_entries.main(words)
        assert capsys.readouterr().out.strip() == said
    assert names(esp) == ["smartward-a.conf"]
    for wrong in ([], ["set-state", "c", "good"], ["set-state", "a", "maybe"]):
        with pytest.raises(ValueError, match="no such command"):
            boot_entries.main(wrong)


# ---------------------------------------------------------------------- order and trial


class Box:
    """A device with folders for partitions; its clock goes on where it waits."""

    def __init__(self, folder: Path, esp: Path) -> None:
        self.screen = folder / "screen"
        self.screen.mkdir()
        self.cmdline, self.boot = folder / "cmdline", folder / "boot"
        self.restarted, self.forced = folder / "restarted", folder / "forced"
        self.counted, self.units = folder / "counted", folder / "units"
        self.units.mkdir()
        self.seconds = 0.0
        self.data_at = 0.0
        """When its data partition is there."""
        self.said: dict[float, dict[str, Any]] = {}
        """What the screen says, by when."""
        self.runs("a")
        self.machine = update.Machine(
            data=folder / "data",
            screen=self.screen,
            esp=esp,
            keyring=folder / "update.pem",
            command_line=self.cmdline,
            boot=self.boot,
            counted=self.counted,
            restart=("touch", str(self.restarted)),
            force=("touch", str(self.forced)),
            ask=("sh", "-c", f'cat {self.units}/"$1" 2>/dev/null || echo inactive', "ask"),
            has_data=lambda: self.seconds >= self.data_at,
            wait=self._wait,
            now=lambda: self.seconds,
        )

    def runs(self, slot: str, boot: str = "boot-1") -> None:
        self.cmdline.write_text(f"initrd=x root=PARTLABEL=sw_root_{slot} ro quiet\n")
        self.boot.write_text(f"{boot}\n")

    def stands(self, unit: str, state: str) -> None:
        """What systemd says of a unit; of all others that nothing has begun them."""
        (self.units / unit).write_text(f"{state}\n")

    def _wait(self, seconds: float) -> None:
        self.seconds += seconds
        for at in [one for one in self.said if one <= self.seconds]:
            told = self.said.pop(at)
            (self.screen / "tested.json").write_text(json.dumps({"at": self.seconds, **told}))

    def order(self, do: str, **more: Any) -> None:
        told = {"do": do, "bundle": ID, "attempt": 1, **more}
        (self.screen / "order.json").write_text(json.dumps(told))
        update.order(self.machine)
        assert not (self.screen / "order.json").exists()

    def state(self) -> tuple[str, str]:
        told = self.machine.state()
        return told.get("stage", ""), told.get("why", "").removeprefix("updates.why.")


@pytest.fixture
def box(tmp_path: Path, esp: Path) -> Box:
    return Box(tmp_path, esp)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("house"))


def trusting(box: Box, by: Signer, file: Path) -> None:
    """RAUC itself says whether the bundle is signed by whom the device trusts."""
    box.machine.keyring.write_bytes(by.certificate.read_bytes())
    words = ("rauc", "info", f"--keyring={box.machine.keyring}")
    box.machine = replace(box.machine, install=words)
    (box.screen / "bundle.raucb").write_bytes(file.read_bytes())


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, house: Signer) -> Path:
    return bundle(tmp_path_factory.mktemp("bundle"), house)


def test_what_the_house_signed_is_written(
    box: Box, house: Signer, made: Path, esp: Path, tmp_path: Path
) -> None:
    trusting(box, house, made)
    box.order("install")
    assert box.state() == ("installed", "")
    told = box.machine.state()
    assert (told["bundle"], told["slot"], told["attempt"]) == (ID, "b", 1)
    assert not (box.screen / "bundle.raucb").exists()
    assert not (box.machine.data / "bundle.raucb").exists()
    box.order("restart", bundle="f" * 16)
    assert not box.restarted.exists(), "another update than the one that is installed"
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    box.order("restart")
    assert box.restarted.exists()
    assert next_one(esp) == "b"


def test_what_is_written_starts_at_nobodys_word_but_the_hubs(
    box: Box, house: Signer, made: Path, esp: Path, tmp_path: Path
) -> None:
    """The plug is pulled meanwhile: the former system runs, and it is not told as rolled back."""
    assert "activate-installed=false" in (HERE / "rauc.conf").read_text().splitlines()
    trusting(box, house, made)
    box.order("install")
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    for boot in ("boot-2", "boot-3"):
        assert next_one(esp) == "a"
        box.runs("a", boot)
        update.trial(box.machine)
        assert box.state() == ("installed", "")
    box.order("restart")
    assert next_one(esp) == "b"


def _by_another(box: Box, house: Signer, made: Path, folder: Path) -> None:
    trusting(box, signer(folder, "stranger"), made)


def _changed(box: Box, house: Signer, made: Path, folder: Path) -> None:
    trusting(box, house, made)
    content = bytearray(made.read_bytes())
    content[-600] ^= 1
    (box.screen / "bundle.raucb").write_bytes(content)


def _no_bundle(box: Box, house: Signer, made: Path, folder: Path) -> None:
    trusting(box, house, made)
    (box.screen / "bundle.raucb").write_bytes(b"x" * 9000)


def _trusts_nobody(box: Box, house: Signer, made: Path, folder: Path) -> None:
    trusting(box, house, made)
    box.machine.keyring.unlink()


def _link(box: Box, house: Signer, made: Path, folder: Path) -> None:
    trusting(box, house, made)
    (box.screen / "bundle.raucb").unlink()
    (box.screen / "bundle.raucb").symlink_to(made)


@pytest.mark.parametrize(
    "case, why",
    [
        (_by_another, "signature"),
        (_changed, "signature"),
        (_no_bundle, "signature"),
        (_trusts_nobody, "no_keyring"),
        (_link, "write"),
    ],
)
def test_what_it_did_not_sign_is_not(
    box: Box,
    house: Signer,
    made: Path,
    tmp_path: Path,
    case: Callable[[Box, Signer, Path, Path], None],
    why: str,
) -> None:
    case(box, house, made, tmp_path)
    box.order("install")
    assert box.state() == ("failed", why)
    box.order("restart")
    assert not box.restarted.exists()


@pytest.mark.parametrize(
    "error, why",
    [
        ("signature verification failed: Verify error: self-signed certificate", "signature"),
        ("Invalid bundle format: Signature size (6072309344633695498) exceeds it", "signature"),
        ("Compatible mismatch: Expected 'other' but bundle manifest has 'x'", "compatible"),
        ("Failed mounting bundle: Failed to open /dev/mapper/control", "write"),
    ],
)
def test_why_is_rauc_s_last_word(error: str, why: str) -> None:
    said = f"Verifying bundle signature... \nLastError: {error}\nInstalling `x` failed\n"
    assert update._reason(said) == why


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"do":"install"}', '{"do":"install","bundle":"../x","attempt":1}']
)
def test_an_order_that_is_none_is_thrown_away(box: Box, content: str) -> None:
    (box.screen / "order.json").write_text(content)
    update.order(box.machine)
    assert box.state() == ("", "")
    assert not (box.screen / "order.json").exists()


@pytest.fixture
def installed(box: Box, esp: Path, tmp_path: Path, house: Signer, made: Path) -> Box:
    """The update is written, and started."""
    trusting(box, house, made)
    box.order("install")
    boot_entries.prepare(esp, given(tmp_path / "bundle"), "b")
    box.order("restart")
    box.restarted.unlink()
    box.runs("b", "boot-2")
    return box


def test_a_start_without_an_update_is_not_in_doubt(box: Box) -> None:
    update.trial(box.machine)
    assert box.seconds == 0
    assert not box.restarted.exists()


def test_what_tests_itself_well_is_good(installed: Box) -> None:
    installed.said = {
        10: {"run": "boot-1", "ok": True},  # of a start before this one
        20: {"run": "boot-2", "ok": False, "why": "updates.why.no_hub"},
        60: {"run": "boot-2", "ok": True},
    }
    update.trial(installed.machine)
    assert installed.seconds == 60
    assert installed.state() == ("good", "")
    update.trial(installed.machine)
    assert not installed.restarted.exists()


def test_what_does_not_starts_anew_and_then_the_former_system_tells(
    installed: Box, esp: Path
) -> None:
    installed.said = {20: {"run": "boot-2", "ok": False, "why": "updates.why.call"}}
    with pytest.raises(SystemExit):
        update.trial(installed.machine)
    assert installed.restarted.exists()
    assert installed.seconds == update.TRIAL_S
    assert installed.state() == ("trying", "call")
    boot_entries.set_state(esp, "b", good=False)  # as systemd-boot counts
    installed.runs("a", "boot-5")
    update.trial(installed.machine)
    assert installed.state() == ("rolled_back", "call")


def test_one_that_never_got_so_far_did_not_start(installed: Box, esp: Path) -> None:
    installed.runs("a", "boot-3")
    update.trial(installed.machine)
    assert installed.state() == ("installed", ""), "its tries are not used up"
    boot_entries.set_state(esp, "b", good=False)
    update.trial(installed.machine)
    assert installed.state() == ("rolled_back", "no_start")


def test_what_does_not_bring_its_data_up_starts_anew(installed: Box) -> None:
    installed.data_at = 1e9
    with pytest.raises(SystemExit):
        update.trial(installed.machine)
    assert installed.restarted.exists()
    assert installed.seconds >= update.TRIAL_S


def test_data_that_comes_late_is_waited_for(installed: Box) -> None:
    installed.data_at = 300.0
    installed.said = {360: {"run": "boot-2", "ok": True}}
    update.trial(installed.machine)
    assert installed.state() == ("good", "")
    assert not installed.restarted.exists()


@pytest.mark.parametrize("entry", ["smartward-a.conf", "smartward-a+3.conf", "smartward-a+0.conf"])
def test_a_system_without_its_data_runs_where_there_is_no_other(
    box: Box, esp: Path, entry: str
) -> None:
    """A delivered one whose disk is broken, and one that has long proved itself."""
    file = esp / "loader/entries/smartward-a.conf"
    file.rename(file.with_name(entry))
    box.data_at = 1e9
    update.trial(box.machine)
    assert box.seconds == 0
    assert not box.restarted.exists()


def test_nobodys_call_is_cut_off_by_a_test_that_fails(installed: Box) -> None:
    busy = {"run": "boot-2", "ok": False, "why": "updates.why.no_hub", "busy": True}
    installed.said = {float(at): dict(busy) for at in range(60, 1800, 60)}
    with pytest.raises(SystemExit):
        update.trial(installed.machine)
    assert 1740 <= installed.seconds <= 1740 + update.FRESH_S + 10


@pytest.mark.parametrize("state", ["inactive", "failed"])
def test_a_start_that_hangs_before_its_test_begins_anew_and_then_the_former_system_tells(
    installed: Box, esp: Path, state: str
) -> None:
    """A job that waits for ever: neither the test nor the screen has begun."""
    installed.counted.touch()
    installed.stands(update.TRIAL, state)
    installed.stands(update.SCREENS[0], "activating")
    with pytest.raises(SystemExit):
        update.late(installed.machine)
    assert installed.forced.exists()
    assert installed.seconds == 0
    boot_entries.set_state(esp, "b", good=False)  # as systemd-boot counts
    installed.runs("a", "boot-5")
    update.trial(installed.machine)
    assert installed.state() == ("rolled_back", "no_start")


@pytest.mark.parametrize("state", ["activating", "active"])
def test_a_test_that_has_begun_is_the_only_judge(installed: Box, state: str) -> None:
    installed.counted.touch()
    installed.stands(update.TRIAL, state)
    update.late(installed.machine)
    assert not installed.forced.exists()
    assert installed.state()[0] == "installed", "it judges itself"


def test_a_start_that_is_not_counted_is_ended_by_nobody(box: Box) -> None:
    """A good slot, whatever hangs in it."""
    update.late(box.machine)
    assert not box.forced.exists()
    assert not box.restarted.exists()


@pytest.mark.parametrize("screen", update.SCREENS)
def test_a_screen_that_has_drawn_is_tested_late_and_nobodys_call_cut_off(
    installed: Box, screen: str
) -> None:
    installed.counted.touch()
    installed.stands(screen, "active")
    busy = {"run": "boot-2", "ok": False, "why": "updates.why.no_hub", "busy": True}
    installed.said = {float(at): dict(busy) for at in range(60, 1800, 60)}
    with pytest.raises(SystemExit):
        update.late(installed.machine)
    assert installed.seconds >= 1740 + update.FRESH_S
    assert installed.restarted.exists()
    assert not installed.forced.exists()
    assert installed.state() == ("trying", "no_hub")


def test_a_system_on_trial_is_not_written_over(installed: Box, made: Path) -> None:
    installed.machine.keep(installed.machine.state() | {"stage": "trying"})
    (installed.screen / "bundle.raucb").write_bytes(made.read_bytes())
    installed.order("install")
    assert installed.state()[0] == "trying"
    installed.runs("a", "boot-3")
    installed.order("install", attempt=2)
    assert installed.state()[0] == "installed", "the other system runs: nothing is on trial"


def test_what_reads_the_start_partition_does_not_end_with_its_mount() -> None:
    """Nobody reads it for some seconds, and systemd takes it away with all that requires it."""
    etc = HERE.parents[2] / "etc"
    mounts = [line.split() for line in (etc / "fstab").read_text().splitlines() if line[0] != "#"]
    options = {line[1]: line[3].split(",") for line in mounts}
    assert any(one.startswith("x-systemd.idle-timeout=") for one in options["/efi"])
    for unit in (etc / "systemd/system").glob("*.service"):
        for line in unit.read_text().splitlines():
            needs = line.startswith(("RequiresMountsFor=", "Requires=", "BindsTo="))
            assert not needs or not {"/efi", "efi.mount"} & set(line.split("=")[1].split()), unit
    for place in ("/data", "/var/lib/smartward-screen", "/efi"):
        assert "x-systemd.mount-timeout=300s" in options[place]


def test_a_start_waits_20_s_for_its_start_partition_and_longer_for_its_data(tmp_path: Path) -> None:
    """As systemd reads it. Without the first a screen has what it took from there before; without
    its data it has no place and nobody can call, so that a slow disk is waited for."""
    fstab = HERE.parents[2] / "etc" / "fstab"
    generator = Path("/usr/lib/systemd/system-generators/systemd-fstab-generator")
    told = os.environ | {"SYSTEMD_FSTAB": str(fstab)}
    subprocess.run([generator, *[tmp_path] * 3], check=True, env=told)
    waits = {
        name: (tmp_path / f"dev-disk-by\\x2dpartlabel-{name}.device.d/50-device-timeout.conf")
        .read_text()
        .splitlines()[-1]
        for name in ("sw_esp", "sw_data")
    }
    assert waits == {"sw_esp": "JobRunningTimeoutSec=20s", "sw_data": "JobRunningTimeoutSec=120s"}
    assert not (tmp_path / "local-fs.target.requires/data.mount").exists()
    assert not (tmp_path / "local-fs.target.requires/efi.mount").exists(), "both may be missing"


def test_what_is_renamed_on_the_start_partition_is_there_whole() -> None:
    """A FAT writes a new name first and which file it is some time later, unless it is told so;
    `test_replayed_cuts.py` pulls the plug between the two."""
    lines = (HERE.parents[2] / "etc" / "fstab").read_text().splitlines()
    (options,) = (line.split()[3] for line in lines if line.split()[1] == "/efi")
    assert "dirsync" in options.split(",")


def test_what_ends_a_start_that_hangs_waits_for_nothing() -> None:
    """But for longer than all that may come before the test: its partition's device, check and
    mount, then the mount of the screen's folder."""
    etc = HERE.parents[2] / "etc"
    names = [etc / f"systemd/system/smartward-trial-late.{kind}" for kind in ("timer", "service")]
    words = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, names)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    timer, service = (name.read_text().splitlines() for name in names)
    for unit in (timer, service):
        assert "DefaultDependencies=no" in unit
        waits = ("After=", "Requires", "Wants=", "BindsTo=", "PrivateTmp=", "Condition", "Assert")
        assert not [line for line in unit if line.startswith(waits)]
    assert "WantedBy=sysinit.target" in timer
    assert (
        f"ExecStart=/usr/bin/python3 {Path('/') / HERE.relative_to(HERE.parents[2])}/update.py late"
        in service
    )
    (minutes,) = (int(line[10:-3]) for line in timer if line.startswith("OnBootSec="))
    before = (etc / "fstab").read_text() + (
        names[0].with_name("smartward-data.service")
    ).read_text()
    bounds = re.findall(r"(?:/data|/var/lib/\S+) .*|^TimeoutStartSec=\d+", before, re.M)
    seconds = [
        int(one) for one in re.findall(r"(?:timeout|TimeoutStartSec)=(\d+)", " ".join(bounds))
    ]
    assert len(seconds) == 4
    assert sum(seconds) < minutes * 60
    for unit in (update.TRIAL, *update.SCREENS):
        folders = (etc / "systemd/system", ROOT / "packaging/systemd")
        assert any((folder / unit).is_file() for folder in folders), unit


def test_the_images_files_name_each_other() -> None:
    conf = (HERE / "rauc.conf").read_text()
    for name in ("boot-backend", "prepare-slot"):
        assert f"/usr/lib/smartward-image/{name}" in conf
        assert (HERE / name).stat().st_mode & 0o111
    assert COMPATIBLE.startswith("smartward-screen-")
    units = HERE.parents[2] / "etc/systemd/system"
    assert "update.py order" in (units / "smartward-update.service").read_text()
    trial = (units / "smartward-trial.service").read_text()
    assert "update.py trial" in trial
    # What a condition leaves out counts as well done at boot-complete.target.
    assert not [line for line in trial.splitlines() if line.startswith(("Condition", "Assert"))]
    enabled = (ROOT / "packaging/image/system").read_text()
    late = "smartward-trial-late.timer"
    for unit in ("smartward-update.path", "smartward-trial.service", late):
        assert unit in enabled
