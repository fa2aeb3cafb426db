"""What the services leave to the programs that they start."""

import re
import subprocess
from pathlib import Path

import pytest

from smartward import clock, supervisor

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
RULES = sorted((PACKAGING / "systemd").glob("*.rules"))
UNITS = sorted((PACKAGING / "systemd").glob("*.service"))
IMAGE_UNITS = sorted((PACKAGING / "image/root/etc/systemd/system").glob("*.service"))
WORST = 3.0
"""Of what systemd-analyze calls exposure, from 0 to 10: for each service, the image's too."""


def test_the_compositor_takes_its_options_from_the_screens_environment() -> None:
    """A word of its own, which systemd leaves out where it is not set."""
    (unit,) = (each for each in UNITS if each.name == "smartward-screen.service")
    (start,) = (line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    assert start.split()[1:3] == ["$SMARTWARD_CAGE_OPTIONS", "--"]


def test_the_compositor_hears_of_its_panel_before_the_first_touch() -> None:
    """Begun without devices it looks at them when it hears of one, and at no other time: a first
    touch would be what it hears."""
    text = (PACKAGING / "systemd/smartward-screen.service").read_text()
    assert "WLR_LIBINPUT_NO_DEVICES=1" in text
    tells = "+/usr/bin/udevadm trigger --subsystem-match=input --action=change"
    assert [line for line in text.splitlines() if line == f"ExecStartPost=-{tells}"]


def test_a_step_of_a_screens_start_may_take_as_long_as_all_of_it() -> None:
    """Systemd ends a start no sooner than its unit says, whatever it is told meanwhile."""
    screens = [unit for unit in UNITS if "/smartward-kiosk\n" in unit.read_text()]
    assert len(screens) == 2
    for unit in screens:
        assert f"TimeoutStartSec={supervisor.STEP_S:g}" in unit.read_text().splitlines(), unit.stem


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_can_read_the_run_of_its_machine(unit: Path) -> None:
    """Ages that count over a restart hang on it. `ProcSubset=pid` leaves no /proc/sys."""
    default = clock.boot_id.__defaults__
    assert default is not None
    assert str(default[0]).startswith("/proc/sys/")
    lines = [line.partition("=") for line in unit.read_text().splitlines()]
    assert [value for name, _, value in lines if name == "ProcSubset"] in ([], ["all"])


def test_one_screen_has_ended_before_the_other_begins() -> None:
    """Both have one data folder. Systemd stops one and starts the other at the same time unless an
    order is given between them, in whichever direction (systemd.unit, `Before=`, `After=`)."""
    of = {unit.stem: unit.read_text().splitlines() for unit in UNITS}
    pair = ("smartward-screen", "smartward-screen-linuxfb")
    for one, other in (pair, pair[::-1]):
        assert f"{other}.service" in named(of[one], "Conflicts")
        assert named(of[one], "SyslogIdentifier") == ["smartward-screen"], "a log server's name"
    assert f"{pair[0]}.service" in named(of[pair[1]], "After")
    assert f"{pair[1]}.service" not in named(of[pair[0]], "After"), "a circle to stop both"


def named(lines: list[str], setting: str) -> list[str]:
    """The units that a setting names."""
    return [
        unit
        for line in lines
        if line.startswith(f"{setting}=")
        for unit in line.split("=")[1].split()
    ]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.stem)
def test_a_rule_counts_for_what_is_plugged_in_already(rules: Path) -> None:
    """`udevadm trigger`, after an installation or an edit, tells of a change and not of a new
    device."""
    assert rules.read_text().count('ACTION!="remove"') == 1
    assert "ACTION==" not in rules.read_text()


def test_dimming_a_panel_starts_nothing() -> None:
    """The kernel tells of a change at each write of `brightness`: whoever may write it already is
    given no right again."""
    (rules,) = (each for each in RULES if each.stem == "70-smartward-screen")
    (light,) = (line for line in rules.read_text().splitlines() if "brightness" in line)
    assert 'TEST{0020}!="brightness"' in light.partition("RUN+=")[0]
    assert "chmod g+w" in light


def test_the_pages_of_a_screens_package_link_to_pages_that_are_in_it() -> None:
    folder = UNITS[0].parents[1]
    lines = (folder / "debian/template/smartward-screen.install").read_text().splitlines()
    kept = [line.split()[0] for line in lines if "usr/share/doc" in line]
    pages = {page.name for one in kept for page in folder.parent.glob(one.removeprefix("source/"))}
    assert {"symptoms.md", "operators.md", "data-on-screens.md"} <= pages
    linked = {
        link
        for page in pages
        for link in re.findall(r"\]\(([\w-]+\.md)[)#]", (folder / page).read_text("utf-8"))
    }
    assert linked - pages == set()


def test_each_service_is_closed_in_as_the_page_says() -> None:
    """The screen's, the hub's, and what the image runs as root to make its folders, place, firewall
    and updates. systemd 252; another one may count a little otherwise."""
    found = exposures([*UNITS, *IMAGE_UNITS])
    assert len(found) == len(UNITS) + len(IMAGE_UNITS) >= 12
    assert {name: value for name, value in found.items() if value > WORST} == {}
    word = {"rsyslog": "log", "screen": "screen", "screen-linuxfb": "frame buffer"}
    word |= {"screen-sound": "sound"}
    page = (PACKAGING / "image.md").read_text("utf-8")
    (line,) = (line for line in page.splitlines() if "`systemd-analyze security`" in line)
    for name, value in found.items():
        unit = name.removeprefix("smartward-").removesuffix(".service")
        if unit == "hub":  # not in the image
            continue
        said = re.search(rf"\b{word.get(unit, unit)} ([\d.]+)", line)
        assert said is not None, f"image.md does not tell how far {name} is closed in: {value}"
        assert abs(float(said[1]) - value) <= 0.5, f"{name}: {value}"


def exposures(units: list[Path]) -> dict[str, float]:
    """What systemd-analyze gives each."""
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", *map(str, units)]
    told = subprocess.run(words, check=False, capture_output=True, text=True).stdout
    found = re.findall(r"Overall exposure level for (\S+): ([\d.]+)", told)
    return {name: float(value) for name, value in found}


def test_the_images_screen_waits_for_no_unit_that_waits_for_all_of_a_start() -> None:
    """One that has systemd's own order (`DefaultDependencies=`) begins behind sysinit.target, and
    so does whatever begins after it."""
    image = PACKAGING / "image/root/etc/systemd/system"
    known = {unit.name: unit.read_text() for unit in (*UNITS, *IMAGE_UNITS)} | {"seatd.service": ""}
    for folder in image.glob("*.service.d"):
        said = "".join(file.read_text() for file in sorted(folder.glob("*.conf")))
        known[folder.name.removesuffix(".d")] = known.get(folder.name.removesuffix(".d"), "") + said
    screen = known["smartward-screen.service"].splitlines()
    before = {
        name
        for name, text in known.items()
        if "smartward-screen.service" in named(text.splitlines(), "Before")
    }
    waited_for = {*named(screen, "After"), *named(screen, "Requires"), *before} & known.keys()
    assert {"seatd.service", "smartward-tpm.service", "smartward-place.service"} <= waited_for
    for name in ("smartward-screen.service", *sorted(waited_for)):
        assert "DefaultDependencies=no" in known[name].splitlines(), name


@pytest.mark.parametrize("unit", ["smartward-screen", "smartward-screen-sound", "seatd"])
def test_what_leaves_systemds_own_order_is_ended_at_a_shutdown_all_the_same(unit: str) -> None:
    """Else it would run until all is killed, and hold the data that is to be unmounted."""
    folder = PACKAGING / f"image/root/etc/systemd/system/{unit}.service.d"
    lines = (folder / "early.conf").read_text().splitlines()
    assert "DefaultDependencies=no" in lines
    assert named(lines, "Conflicts") == named(lines, "Before") == ["shutdown.target"]


def test_an_update_has_what_it_is_written_by() -> None:
    """No start loads it (`systemd-repart` did), and a list of devices names only what is loaded."""
    text = (PACKAGING / "image/root/etc/systemd/system/smartward-update.service").read_text()
    loaded = {"modprobe@loop.service", "modprobe@dm_mod.service"}
    assert loaded <= set(named(text.splitlines(), "Wants"))
    assert loaded <= set(named(text.splitlines(), "After"))
