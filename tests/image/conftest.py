"""The kiosk image: its files in `make test`, itself in `make image-test` alone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.updates import Signer, signer
from tests.image.bundles import of_image
from tests.image.hung import wait_for_shell
from tests.image.vm import ESP_AT, SIZE, Machine, partition, prepare, run, wait_for
from tests.image.ward import Ward, put_on_data

RELEASE = os.environ.get("SMARTWARD_TEST_IMAGE", "")
BUILD = Path(__file__).parents[2] / "build" / "image"
DRAWN_S = 900
"""Until a start has drawn: without KVM, beside other work."""
CALL_AT = (SIZE[0] * 0.82, SIZE[1] * 0.55)
"""Of *Call nurse* on a bedside, in pixels: the large shape at the right."""
_ITS_EDGE = (SIZE[0] * 0.6, SIZE[1] * 0.55)
"""Within the shape, beside its words."""
_GREENER = 30
LARGE = 10 << 20
"""Bytes: more than any log or picture has."""

_OF_AN_IMAGE = (
    *("start", "first_start", "locked", "update", "rauc_install", "replayed_cuts", "usb"),
    *("forgetting", "power_cuts", "night", "log_server", "linuxfb", "frame_buffer", "tpm"),
    "hung_start",
)
collect_ignore = [] if RELEASE else [f"test_{name}.py" for name in _OF_AN_IMAGE]
_NOTES = (
    "test_start/start-with-cache.txt",
    "test_power_cuts/cuts.txt",
    "test_replayed_cuts/cuts.txt",
)
_OF_A_NOTE = 12
"""Lines of a note that are printed: the figures come first."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the image weighs and what was measured while it ran."""
    if not RELEASE:
        return
    terminalreporter.section(f"Debian {RELEASE}: sizes, times, cuts")
    for packed in BUILD.glob(f"smartward-{RELEASE}-*.img.zst"):
        terminalreporter.write_line(f"{packed.name}: {packed.stat().st_size / 1e6:.0f} MB")
    for note in (BUILD / "test" / name for name in _NOTES):
        if note.exists():
            terminalreporter.write_line(f"{note.parent.name}:")
            for line in note.read_text().splitlines()[:_OF_A_NOTE]:
                terminalreporter.write_line(f"  {line}")


@pytest.fixture(scope="session")
def image() -> Path:
    """The disk that `make image` made."""
    file = BUILD / f"smartward-{RELEASE}-amd64.img"
    if not file.exists():
        pytest.fail(f"there is no {file.name}: make image RELEASE={RELEASE}")
    return file


@pytest.fixture(scope="session")
def root(image: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What lies in its root: one line for each file, as `unsquashfs -lls` tells it."""
    part = partition(image, "sw_root_a", tmp_path_factory.mktemp("root") / "root")
    listed = run("unsquashfs", "-lls", "-d", "", part).splitlines()
    part.unlink()
    return listed


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Disks, pictures and logs of a module's machines, in build/image/test; all but the disks is
    kept for who looks."""
    folder = BUILD / "test" / request.node.path.stem
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    for file in folder.rglob("*"):
        if file.is_file() and file.stat().st_size > LARGE:
            file.unlink()


@pytest.fixture(scope="module")
def ward(folder: Path) -> Iterator[Ward]:
    """A simulated hospital and a hub with TLS on this machine."""
    ward = Ward(folder / "ward")
    yield ward
    ward.close()


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A bedside of bed 1 that has drawn and has its feed."""
    copy = prepare(image, folder / "bedside.img")
    put_on_data(copy, ward.enrol("bedside", "1", folder / "bedside-files"))
    with Machine(copy, folder / "bedside") as machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        yield machine


@pytest.fixture(scope="module")
def house(folder: Path) -> Signer:
    """Whose updates the screens trust."""
    return signer(folder / "house")


@pytest.fixture(scope="module")
def good(image: Path, folder: Path, house: Signer) -> Path:
    """The image as an update of itself."""
    return of_image(RELEASE, folder, house)


@pytest.fixture(scope="module")
def at_hub(folder: Path) -> Iterator[Ward]:
    """A hub that lets screens start at any time, and has patience with one that is emulated."""
    ward = Ward(
        folder / "ward",
        update_start="00:00",
        update_end="00:00",
        update_mbit_s="10000",
        drill_limit_s="25",
    )
    yield ward
    ward.close()


@pytest.fixture(scope="module")
def screen(image: Path, folder: Path, at_hub: Ward, house: Signer) -> Iterator[Machine]:
    """A bedside that trusts the house's updates."""
    copy = prepare(image, folder / "screen.img")
    run("mcopy", "-i", f"{copy}@@{ESP_AT}", house.certificate, "::update.pem")
    put_on_data(copy, at_hub.enrol("bedside", "1", folder / "screen-files"))
    with Machine(copy, folder / "screen") as machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: at_hub.online("bedside"))
        yield machine


def shows_call(machine: Machine) -> bool:
    """Whether a bedside shows the green shape that calls. It stands there once the page knows its
    bed, some time after the hub has heard of the screen."""
    red, green, _ = machine.colour(*_ITS_EDGE)
    return green > red + _GREENER


def drawn(machine: Machine, unit: str = "smartward-screen") -> float:
    """Wait until the screen's service is ready, which it is with its first frame; gives the
    seconds since power-on."""
    wait_for_shell(machine, DRAWN_S)
    state = f"systemctl is-active {unit}.service"
    wait_for("the first frame", DRAWN_S, lambda: machine.shell(state) == "active")
    return machine.age_s()
