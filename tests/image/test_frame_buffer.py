"""A bedside whose graphics have no driver: it is drawn on what the machine's firmware made.

The kernel is told to load none for them by itself, as it has none for graphics that ask for files
which the image does not have. In the order of a device's day.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import drawn
from tests.image.vm import EMPTY_BYTES, ESP_AT, SIZE, Machine, prepare, run, wait_for
from tests.image.ward import Ward, put_on_data

FRAME_BUFFER = "smartward-screen-linuxfb"
DRIVER = "virtio_gpu"
"""Of the machine's graphics."""
_GREENER = 30


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A bedside whose firmware draws, and whose graphics have a driver when it is asked for."""
    copy = prepare(image, folder / "bedside.img")
    without(copy, DRIVER)
    put_on_data(copy, ward.enrol("bedside", "1", folder / "bedside-files"))
    with Machine(copy, folder / "bedside") as machine:
        took = drawn(machine, FRAME_BUFFER)
        (folder / "times.txt").write_text(f"power-on to drawn: {took:.1f} s\n")
        machine.size = size(machine, folder)
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        yield machine


def without(copy: Path, driver: str) -> None:
    """Have no start of this disk load that driver by itself."""
    esp, entries = f"{copy}@@{ESP_AT}", "::loader/entries"
    (name,) = run("mdir", "-b", "-i", esp, entries).split()
    entry = copy.parent / "entry.conf"
    run("mcopy", "-o", "-i", esp, name, entry)
    text = entry.read_text().replace("\noptions ", f"\noptions modprobe.blacklist={driver} ")
    assert driver in text
    entry.write_text(text)
    run("mcopy", "-o", "-i", esp, entry, name)


def size(machine: Machine, folder: Path) -> tuple[int, int]:
    """Pixels of the picture, which the firmware chose."""
    told = machine.shell("cat /sys/class/graphics/fb0/virtual_size")
    width, height = map(int, told.split(","))
    (folder / "size.txt").write_text(f"{width} x {height}\n")
    return width, height


def shows_call(machine: Machine) -> bool:
    """Whether it shows the green shape that calls, where it is on a large or on a small picture."""
    width, height = machine.size
    return any(
        green > red + _GREENER
        for red, green, _ in (
            machine.colour(width * x, height * y) for x, y in ((0.6, 0.55), (0.8, 0.5))
        )
    )


def stands(machine: Machine, *units: str) -> list[str]:
    """`active`, `inactive` or `failed`, of each."""
    return machine.shell(f"systemctl is-active {' '.join(units)}").split()


def test_it_is_drawn_without_a_card_and_the_start_counts_as_a_good_one(
    bedside: Machine, folder: Path
) -> None:
    picture = bedside.picture(folder / "bedside.png")
    assert picture.stat().st_size > EMPTY_BYTES
    assert bedside.shell("ls /dev/dri 2>&-") == ""
    assert stands(bedside, "smartward-screen", FRAME_BUFFER) == ["inactive", "active"]
    assert bedside.shell(f"systemctl show -P NRestarts {FRAME_BUFFER}") == "0"
    wait_for(
        "the count taken away",
        120,
        lambda: bedside.shell("ls /efi/loader/entries") == "smartward-a.conf",
    )
    assert bedside.shell("systemctl list-units --failed --plain --no-legend --no-pager") == ""
    journal = bedside.shell("journalctl -b -u smartward-graphics -o short-monotonic --no-pager")
    (folder / "graphics.txt").write_text(journal)
    assert "there is no graphics card" in journal


def test_a_press_is_a_call_at_the_hub(bedside: Machine, ward: Ward) -> None:
    width, height = bedside.size
    bedside.touch(width * 0.82, height * 0.55)
    wait_for("the call at the hub", 60, ward.calls)


def test_a_frozen_one_is_ended_and_draws_again(bedside: Machine) -> None:
    process = bedside.shell(f"systemctl show -P MainPID {FRAME_BUFFER}")
    bedside.shell(f"kill -STOP {process}")
    again = f"systemctl show -P NRestarts {FRAME_BUFFER}"
    wait_for("its end", 120, lambda: bedside.shell(again) == "1")
    drawn(bedside, FRAME_BUFFER)
    assert stands(bedside, "smartward-screen") == ["inactive"]
    wait_for("its bed on the screen", 300, lambda: shows_call(bedside))


def test_a_card_that_comes_late_is_drawn_on_by_one_screen(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    before = sum(one["presses"] for one in ward.calls())
    bedside.shell(f"modprobe {DRIVER}")
    wait_for("the card", 120, lambda: bedside.shell("ls /dev/dri 2>&-"))
    drawn(bedside)
    assert stands(bedside, FRAME_BUFFER, "smartward-card.path") == ["inactive", "inactive"]
    bedside.size = SIZE
    wait_for("its bed on the screen", 300, lambda: shows_call(bedside))
    bedside.picture(folder / "card.png")
    bedside.touch(SIZE[0] * 0.82, SIZE[1] * 0.55)
    wait_for("the press", 60, lambda: sum(one["presses"] for one in ward.calls()) > before)
