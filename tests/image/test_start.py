"""A bedside from the image, against a hub on this machine: it draws, calls, and comes back.

In the order of a device's day; each test leaves the machine running for the next.
"""

from pathlib import Path

from tests.image.conftest import drawn
from tests.image.vm import SIZE, Machine, wait_for
from tests.image.ward import Ward

CALL_AT = (SIZE[0] * 0.82, SIZE[1] * 0.55)
"""Of *Call nurse* on a bedside, in pixels: the large shape at the right."""


def _active_s(machine: Machine) -> str:
    return machine.shell("systemctl show -P ActiveEnterTimestampMonotonic smartward-screen")


def test_it_draws_and_the_start_counts_as_a_good_one(bedside: Machine, folder: Path) -> None:
    times = bedside.shell("systemd-analyze time --no-pager")
    (folder / "times.txt").write_text(times)
    assert bedside.picture(folder / "bedside.png").stat().st_size > 20_000  # not an empty screen
    entries = bedside.shell("ls /efi/loader/entries")
    assert wait_for(
        f"the count taken away from {entries}",
        120,
        lambda: bedside.shell("ls /efi/loader/entries") == "smartward-a.conf",
    )


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
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    before = ward.calls()
    name = bedside.shell("cat /etc/machine-id")
    bedside.cut()
    assert ward.calls() == before  # what the hub was told stays told
    bedside.start()
    (folder / "power-on-to-drawn.txt").write_text(f"{drawn(bedside):.1f} s\n")
    assert bedside.shell("cat /etc/machine-id") == name
    bedside.picture(folder / "after-power-cut.png")
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
