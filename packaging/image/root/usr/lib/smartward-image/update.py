"""update.py order | trial | late: what of an update only the system itself may do.

`order`: the screen, which has no rights, has fetched an update or may start one, and says so in a
file. What it says is believed of nothing but which file and when: RAUC checks who signed the bundle
and for which images it is, and writes it to the slot that does not run.

Nothing starts it but an order of the screen's, for which it asked the hub: until then its slot
counts as one that cannot start.

`trial`: at each start. A system that was just installed counts as good once the screen has tested
itself; until then, or where it does not, the machine starts anew: after three tries systemd-boot
takes the other slot, and this tells there that the update was rolled back.

`late`: some time after each start. Where one on trial has not come as far as `trial`, something
before it hangs for ever, and the machine starts anew as well.
"""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import boot_entries

UPTIME = Path("/proc/uptime")
"""Seconds since the machine started, which no setting of a clock changes: the screen tells by the
same."""
HERE = Path(__file__).resolve().parent
COUNTED = Path("/sys/firmware/efi/efivars/LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
"""The firmware holds it where systemd-boot counted this start as a try (systemd-boot's interface),
and tells it whatever else hangs."""
TRIAL = "smartward-trial.service"
SCREENS = ("smartward-screen.service", "smartward-screen-linuxfb.service")
TRIAL_S = 900.0
"""Within this a start has to draw, to reach the hub and to test itself."""
BUSY_S = 7200.0
"""So much longer it may take where somebody calls or stands there."""
LOOK_S = 2.0
FRESH_S = 120.0
"""What the screen says of who is there counts for so long."""
WHY = "updates.why."
_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(r"updates\.why\.[a-z_]{1,32}")
_MOST_BYTES = 4096
_REASONS = (
    ("compatible", re.compile(r"compatible .*match|compatible mismatch", re.I)),
    ("signature", re.compile(r"signature|bundle format|not a valid bundle", re.I)),
)
_ERROR = "LastError: "
_AT_WORK = ("rauc-Message", "Verifying", " ")

Told = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """Where everything is; a test has its own."""

    data: Path = Path("/data/update")
    screen: Path = Path("/data/screen/update")
    esp: Path = boot_entries.ESP
    keyring: Path = Path("/etc/smartward/update.pem")
    command_line: Path = Path("/proc/cmdline")
    boot: Path = Path("/proc/sys/kernel/random/boot_id")
    install: tuple[str, ...] = (str(HERE / "rauc-install"),)
    counted: Path = COUNTED
    restart: tuple[str, ...] = ("systemctl", "reboot")
    force: tuple[str, ...] = ("systemctl", "--force", "reboot")
    """Nothing is asked to end first: that could hang as well."""
    ask: tuple[str, ...] = ("systemctl", "show", "--property=ActiveState", "--value")
    has_data: Callable[[], bool] = lambda: os.path.ismount("/data")
    wait: Callable[[float], object] = Event().wait
    now: Callable[[], float] = lambda: float(UPTIME.read_text(encoding="ascii").split()[0])

    @property
    def slot(self) -> str:
        """The one that runs."""
        return boot_entries.running(self.command_line.read_text(encoding="ascii"))

    @property
    def run(self) -> str:
        """Names this run of the machine."""
        return self.boot.read_text(encoding="ascii").strip()

    def stands(self, unit: str) -> str:
        """`active`, `activating`, `inactive`, `failed`. Raises CalledProcessError where systemd
        itself does not answer: then the machine's watchdog starts it anew."""
        done = subprocess.run([*self.ask, unit], check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def state(self) -> Told:
        """How the last update stands; empty before the first."""
        return _read(self.data / "state.json")

    def keep(self, state: Told) -> None:
        """Have it known after any power cut. The screen may read it."""
        self.data.mkdir(mode=0o755, exist_ok=True)
        _write(self.data / "state.json", state)


def _read(file: Path) -> Told:
    """A small JSON object that somebody else may have written; empty where it is none."""
    try:
        into = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with open(into, "rb") as opened:
        if not stat.S_ISREG(os.fstat(into).st_mode):
            return {}
        try:
            found = json.loads(opened.read(_MOST_BYTES))
        except ValueError:
            return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, told: Told) -> None:
    boot_entries.write(file, json.dumps(told).encode(), mode=0o644)
    boot_entries.sync(file.parent)


# ---------------------------------------------------------------------- what the screen orders


def order(machine: Machine) -> None:
    """Do what the screen has ordered, once."""
    file = machine.screen / "order.json"
    told = _read(file)
    file.unlink(missing_ok=True)
    bundle, attempt = told.get("bundle"), told.get("attempt")
    if not (isinstance(bundle, str) and _ID.fullmatch(bundle) and isinstance(attempt, int)):
        print("an order that is none was thrown away", file=sys.stderr)
        return
    if told.get("do") == "install":
        _install(machine, bundle, attempt)
    elif told.get("do") == "restart":
        _start(machine, bundle)


def _install(machine: Machine, bundle: str, attempt: int) -> None:
    slot, before = machine.slot, machine.state()
    state = {"bundle": bundle, "attempt": attempt, "slot": boot_entries.other(slot)}
    if before.get("stage") == "trying" and before.get("slot") == slot:
        return  # it is on trial: the other slot is what it would go back to
    if not machine.keyring.is_file():
        machine.keep(state | {"stage": "failed", "why": f"{WHY}no_keyring"})
        return
    mine = _taken(machine)
    if mine is None:
        machine.keep(state | {"stage": "failed", "why": f"{WHY}write"})
        return
    try:
        done = subprocess.run(
            [*machine.install, str(mine)],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    finally:
        mine.unlink(missing_ok=True)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        machine.keep(state | {"stage": "failed", "why": WHY + _reason(done.stdout)})
    else:
        machine.keep(state | {"stage": "installed", "why": ""})


def _start(machine: Machine, bundle: str) -> None:
    """Have the update that is installed run from now on: until this it is one that cannot start,
    whoever pulls the plug."""
    state = machine.state()
    if state.get("stage") != "installed" or state.get("bundle") != bundle:
        return
    boot_entries.set_primary(machine.esp, state["slot"])
    machine.keep(state | {"started": True})
    subprocess.run(machine.restart, check=True)


def _reason(said: str) -> str:
    """Why RAUC did not take it, by its last word; what it was at before is no reason."""
    error = said.rpartition(_ERROR)[2]
    told = "\n".join(line for line in error.splitlines() if not line.startswith(_AT_WORK))
    return next((word for word, found in _REASONS if found.search(told)), "write")


def _taken(machine: Machine) -> Path | None:
    """The bundle, where the screen cannot reach it any more. What it holds open all the same does
    not matter: RAUC checks each block that it reads against what was signed."""
    given, mine = machine.screen / "bundle.raucb", machine.data / "bundle.raucb"
    machine.data.mkdir(mode=0o755, exist_ok=True)
    try:
        given.rename(mine)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mine.lstat().st_mode):
        mine.unlink()
        return None
    if os.geteuid() == 0:
        os.chown(mine, 0, 0, follow_symlinks=False)
    mine.chmod(0o600)
    return mine


# ---------------------------------------------------------------------- the start


def trial(machine: Machine) -> None:
    """Returns once this start is a good one, or was never in doubt; else begin the next."""
    if not machine.has_data():
        if not _in_doubt(machine):
            return
        if not _data_comes(machine):
            _begin_anew(machine, "the data partition is not there")
    state, slot = machine.state(), machine.slot
    if state.get("stage") not in ("installed", "trying"):
        return
    if state.get("slot") != slot:
        _other_runs(machine, state)
        return
    state |= {"stage": "trying", "run": machine.run, "why": f"{WHY}no_start"}
    machine.keep(state)
    said = _await_test(machine)
    if said.get("ok") is True:
        machine.keep(state | {"stage": "good", "why": ""})
        return
    why = said.get("why")
    known = isinstance(why, str) and _KEY.fullmatch(why) is not None
    machine.keep(state | {"why": why if known else f"{WHY}no_start"})
    _begin_anew(machine, machine.state()["why"])


def late(machine: Machine) -> None:
    """End a start on trial whose test has not begun by now, or has failed by a fault of its own.
    One that has drawn is tested here all the same: whoever calls there is cut off by nobody."""
    if not machine.counted.exists() or machine.stands(TRIAL) in ("activating", "active"):
        return
    if "active" in [machine.stands(unit) for unit in SCREENS]:
        trial(machine)
    else:
        _begin_anew(machine, "its start hangs before the test", machine.force)


def _in_doubt(machine: Machine) -> bool:
    """Whether this system is still to prove itself, and there is another one to go back to: known
    of the start partition, where what is written of updates cannot be read."""
    mine = boot_entries.of(machine.esp, machine.slot)
    other = boot_entries.other(machine.slot)
    return (
        mine is not None
        and mine.left is not None
        and boot_entries.state(machine.esp, other) == "good"
    )


def _data_comes(machine: Machine) -> bool:
    """Wait for the data partition as long as for a test: that it does not come up may be this
    system's own fault."""
    begun = machine.now()
    while not machine.has_data():
        if machine.now() - begun >= TRIAL_S:
            return False
        machine.wait(LOOK_S)
    return True


def _begin_anew(machine: Machine, why: str, by: tuple[str, ...] = ()) -> NoReturn:
    """One of its tries is used up; the start does not count as complete."""
    print(f"this system did not pass its test: {why}", file=sys.stderr, flush=True)
    subprocess.run(by or machine.restart, check=True)
    sys.exit(1)


def _other_runs(machine: Machine, state: Told) -> None:
    """The former system runs: because the new one has used its tries up, or was never started."""
    if state["stage"] == "installed" and state.get("started") is not True:
        return
    if boot_entries.state(machine.esp, state["slot"]) == "good":
        return
    machine.keep(state | {"stage": "rolled_back", "why": state.get("why") or f"{WHY}no_start"})


def _await_test(machine: Machine) -> Told:
    """What the screen said of its test last, once that was well or the time is over."""
    file, begun = machine.screen / "tested.json", machine.now()
    while True:
        said = _read(file)
        mine = said if said.get("run") == machine.run else {}
        if mine.get("ok") is True:
            return mine
        passed = machine.now() - begun
        if passed >= TRIAL_S and not (_busy(mine, machine.now()) and passed < BUSY_S):
            return mine
        machine.wait(LOOK_S)


def _busy(said: Told, now: float) -> bool:
    """Whether somebody calls there or has just touched it, by the screen's word of a moment ago."""
    at = said.get("at")
    return said.get("busy") is True and isinstance(at, int | float) and abs(now - at) < FRESH_S


if __name__ == "__main__":
    {"order": order, "trial": trial, "late": late}[sys.argv[1]](Machine())
