"""A bedside from the image, against a hub on this machine: it draws, calls, and comes back; and a
door draws.

In the order of a device's day; each test leaves the machine running for the next.
"""

import json
import re
import sys
from pathlib import Path

from tests.image.conftest import CALL_AT, DRAWN_S, drawn, shows_call
from tests.image.vm import EMPTY_BYTES, Machine, prepare, run, wait_for
from tests.image.ward import Ward, put_on_data

_WAITING = (
    "import sqlite3; cache = sqlite3.connect("
    "'file:/var/lib/smartward-screen/screen.sqlite3?mode=ro', uri=True); "
    "print(*cache.execute('select count(*) from outbox where state = ?', ['waiting']).fetchone())"
)


_RECKON = (
    "import time; begin = time.process_time(); sum(i * i for i in range(1000000)); "
    "print(time.process_time() - begin)"
)


def _active_s(machine: Machine) -> str:
    return machine.shell("systemctl show -P ActiveEnterTimestampMonotonic smartward-screen")


def _keep_times(machine: Machine, file: Path) -> None:
    """What a start took to its first frame, which the program tells: from power-on, which the
    firmware has its part of, and from the first program that is not the kernel's or the RAM disk's;
    and how many times as long its processor takes for the same as this machine's."""
    lines = machine.shell("journalctl -b -u smartward-screen -o cat --no-pager | grep '\"ready\"'")
    drew = float(json.loads(lines.splitlines()[-1])["drawn_at"])
    began = int(machine.shell("systemctl show -P UserspaceTimestampMonotonic")) / 1e6
    before_kernel = machine.age_s() - float(machine.shell("cut -d' ' -f1 /proc/uptime"))
    here = float(run(sys.executable, "-c", _RECKON))
    slower = float(machine.shell(f"python3 -c '{_RECKON}'")) / here
    file.write_text(
        f"power-on to drawn: {before_kernel + drew:.1f} s\n"
        f"kernel to userspace: {began:.1f} s\n"
        f"userspace to drawn: {drew - began:.1f} s\n"
        f"its processor takes {slower:.1f} times as long as this machine's: "
        f"{(drew - began) / slower:.1f} s there\n"
        + machine.shell("systemd-analyze time --no-pager; systemd-analyze blame --no-pager")
        + "\n"
    )


def test_it_draws_and_the_start_counts_as_a_good_one(bedside: Machine, folder: Path) -> None:
    picture = bedside.picture(folder / "bedside.png")
    assert picture.stat().st_size > EMPTY_BYTES
    entries = bedside.shell("ls /efi/loader/entries")
    assert wait_for(
        f"the count taken away from {entries}",
        120,
        lambda: bedside.shell("ls /efi/loader/entries") == "smartward-a.conf",
    )


def test_no_start_compiles_python(root: list[str]) -> None:
    """The root forgets what a start compiles, and the next one compiles it again."""
    paths = {line.split(maxsplit=5)[-1] for line in root}
    own = re.compile(r"(/usr/lib/(?:python3\.\d+|smartward-image)(?:/[\w-]+)*)/(\w+)\.py")
    sources = [found for found in map(own.fullmatch, paths) if found]
    kept = {path.partition(".cpython-")[0] for path in paths if path.endswith(".pyc")}
    assert len(sources) > 300
    assert [one[0] for one in sources if f"{one[1]}/__pycache__/{one[2]}" not in kept] == []


def test_nothing_failed(bedside: Machine) -> None:
    assert bedside.shell("systemctl list-units --failed --plain --no-legend --no-pager") == ""


def test_a_press_on_the_screen_is_a_call_at_the_hub(bedside: Machine, ward: Ward) -> None:
    before = len(ward.calls())
    bedside.touch(*CALL_AT)
    assert wait_for("the call at the hub", 60, lambda: len(ward.calls()) > before)


def test_keys_do_not_escape(bedside: Machine, folder: Path) -> None:
    since = _active_s(bedside)
    for keys in (
        ("ctrl", "alt", "f2"),
        ("ctrl", "alt", "f3"),
        ("ctrl", "alt", "delete"),
        ("ctrl", "alt", "backspace"),
        ("alt", "f4"),
        ("alt", "tab"),
        ("alt", "esc"),
        ("meta_l", "d"),
        ("alt", "sysrq", "b"),
        ("ctrl", "c"),
        ("ctrl", "q"),
    ):
        bedside.keys(*keys)
    assert bedside.shell("cat /sys/class/tty/tty0/active") == "tty1"
    assert _active_s(bedside) == since
    bedside.picture(folder / "after-keys.png")


def test_a_frozen_screen_is_ended_and_draws_again(bedside: Machine) -> None:
    since = _active_s(bedside)
    frozen = bedside.shell(
        "for each in $(cat /sys/fs/cgroup/system.slice/smartward-screen.service/cgroup.procs); do "
        "tr '\\0' ' ' < /proc/$each/cmdline | grep -q 'smartward screen' "
        "&& kill -STOP $each && echo $each; done"
    )
    assert frozen, "no process of the interface was found"
    wait_for(
        "the watchdog",
        120,
        lambda: "watchdog" in bedside.shell("journalctl -b -u smartward-screen -o cat --no-pager"),
    )
    state = "systemctl is-active smartward-screen.service"
    wait_for("it draws again", 300, lambda: bedside.shell(state) == "active")
    assert _active_s(bedside) != since


def test_the_plug_is_pulled_in_the_middle_of_a_call(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    """Somebody calls again while there is no network, and then the power goes too."""
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    wait_for("its bed on the screen", 300, lambda: shows_call(bedside))
    (before,) = ward.calls()
    name = bedside.shell("cat /etc/machine-id")
    bedside.network(up=False)
    bedside.touch(*CALL_AT)
    waiting = f'/opt/smartward/screen/bin/python3 -c "{_WAITING}"'
    wait_for("the press on the disk", 60, lambda: bedside.shell(waiting) == "1")
    bedside.picture(folder / "without-network.png")
    bedside.cut()
    assert ward.calls() == [before]
    bedside.start()
    drawn(bedside)
    assert bedside.shell("cat /etc/machine-id") == name
    bedside.picture(folder / "after-power-cut.png")
    wait_for("the press at the hub", 300, lambda: ward.calls()[0]["presses"] > before["presses"])
    (after,) = ward.calls()
    assert (after["id"], after["presses"]) == (before["id"], before["presses"] + 1)
    _keep_times(bedside, folder / "start-with-cache.txt")


def test_the_first_touch_after_a_start_is_a_call(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    """Somebody touches as soon as there is something to touch."""
    before = ward.calls()[0]["presses"]
    bedside.cut()
    bedside.start()
    wait_for("its bed on the screen", DRAWN_S, lambda: shows_call(bedside))
    bedside.touch(*CALL_AT)
    bedside.picture(folder / "after-the-first-touch.png")
    wait_for("the press at the hub", 300, lambda: ward.calls()[0]["presses"] > before)


def _shows_a_call(door: Machine) -> bool:
    """Whether the head of its page is amber, or red by now."""
    red, _, blue = door.colour(10, 120)
    return red > blue + 100


def test_a_door_draws(image: Path, folder: Path, bedside: Machine, ward: Ward) -> None:
    """The same image with another role; the bedside's call stands on it."""
    bedside.cut()
    room = ward.house.bed("1")["room"]
    copy = prepare(image, folder / "door.img")
    put_on_data(copy, ward.enrol("door", room, folder / "door-files"))
    with Machine(copy, folder / "door", number=2) as door:
        drawn(door)
        wait_for("the call on it", 300, lambda: _shows_a_call(door))
        assert door.picture(folder / "door.png").stat().st_size > EMPTY_BYTES
        _keep_times(door, folder / "start-of-a-door.txt")
