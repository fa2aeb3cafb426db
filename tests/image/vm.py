"""A machine that starts the kiosk image: QEMU, with KVM where there is it; OVMF; driven by QMP.

The image is started as it was built. Only the boot partition of the test's copy is changed: a
second RAM disk brings a shell on the second serial line, which the image does not have.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from smartward.clock import SystemClock
from tests.image.ram_disk import of_a_test

MIB = 1 << 20
ESP_AT = 1 * MIB
"""Where packaging/image/disk lays the boot partition."""
FIRMWARE = (
    Path("/usr/share/OVMF/OVMF_CODE_4M.fd"),
    Path("/usr/share/OVMF/OVMF_VARS_4M.fd"),
)
KVM = os.access("/dev/kvm", os.R_OK | os.W_OK) and any(
    Path("/sys/module", name).exists() for name in ("kvm_intel", "kvm_amd")
)
"""Whether a processor of this machine runs the machines; else they are emulated, some ten times
slower. A /dev/kvm without either module (a machine that is itself hired by the hour) runs kernels
that were made for it alone, no firmware."""
ACCELERATED = ("-accel", "kvm") if KVM else ("-accel", "tcg,thread=multi,tb-size=512")
SIZE = (1280, 800)
"""Pixels of the machine's screen."""
EMPTY_BYTES = 20_000
"""More than the picture of an empty screen has, as PNG."""
TOUCH_S = 0.2 if KVM else 1.0
"""A tap, by this machine's clock: what is emulated has it pass many times as fast."""
_TABLET = 0x7FFF
_MARK = "SW-%d-END"

T = TypeVar("T")
CLOCK = SystemClock()
_NOTHING = threading.Event()
"""What a pause waits for: a machine tells nobody when it has got somewhere."""


class Failed(AssertionError):
    """What was waited for did not come; with the end of what the machine said."""


def wait_for(what: str, limit_s: float, ask: Callable[[], T | None]) -> T:
    """What `ask` gives first that is true. Raises Failed after `limit_s` seconds."""
    end = CLOCK.monotonic() + limit_s
    while CLOCK.monotonic() < end:
        found = ask()
        if found:
            return found
        _NOTHING.wait(0.5)
    raise Failed(f"{what}: not within {limit_s:g} s")


def pause(seconds: float) -> None:
    """Let so much time pass: for a time that is itself what is tried."""
    _NOTHING.wait(max(0.0, seconds))


def run(*words: str | Path, **options: Any) -> str:
    """A tool's standard output."""
    done = subprocess.run(
        [str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True, **options
    )
    return str(done.stdout)


def partition(disk: Path, name: str, to: Path) -> Path:
    """Copy the partition of that name out of a disk image, with its holes. Raises Failed where the
    disk has none."""
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]["partitions"]
    found = [one for one in table if one["name"] == name]
    if not found:
        raise Failed(f"{disk.name} has no partition {name}")
    begin, size = (512 * found[0][key] for key in ("start", "size"))
    where = (f"skip={begin}", f"count={size}", "iflag=skip_bytes,count_bytes", "bs=64K")
    run("dd", f"if={disk}", f"of={to}", "conv=sparse", "status=none", *where)
    return to


def prepare(image: Path, copy: Path, *, hangs: bool = False) -> Path:
    """A copy of the image whose start brings the test's shell; one that `hangs` does so in its RAM
    disk, before there is a root, until the machine's watchdog has ended it once."""
    run("cp", "--sparse=always", "--reflink=auto", image, copy)
    esp = f"{copy}@@{ESP_AT}"
    entry = next(
        line.split()[-1]
        for line in run("mdir", "-b", "-i", esp, "::loader/entries").splitlines()
        if line.endswith(".conf")
    )
    name = entry.rpartition("/")[2]
    work = copy.parent / "boot"
    work.mkdir(exist_ok=True)
    text = run("mtype", "-i", esp, f"::loader/entries/{name}")
    text = re.sub(r"(?m)^(initrd .*)$", r"\1\ninitrd /test.cpio", text)
    text = re.sub(r"(?m)^(options .*)$", r"\1 console=tty0 console=ttyS0,115200", text)
    (work / name).write_text(text)
    (work / "test.cpio").write_bytes(of_a_test(hangs=hangs))
    run("mcopy", "-o", "-i", esp, work / name, f"::loader/entries/{name}")
    run("mcopy", "-o", "-i", esp, work / "test.cpio", "::test.cpio")
    return copy


def _button(*, down: bool) -> dict[str, Any]:
    return {"type": "btn", "data": {"down": down, "button": "left"}}


class Machine:
    """One machine with its own disk: what it writes goes to a layer over the image's copy."""

    def __init__(self, image: Path, folder: Path, number: int = 1) -> None:
        """`number` makes its network card and its board others than those of other machines."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.number = number
        self.disk = folder / "disk.qcow2"
        self.variables = folder / "vars.fd"
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: Any = None
        self._qmp_socket: socket.socket | None = None
        self._shell: socket.socket | None = None
        self._asked = 0
        self._touches = 0
        self.started_at = 0.0
        self.starts = 0
        """How often the system began in this machine: counted up by whoever starts it anew."""
        self.graphics: tuple[str, ...] = ("-device", "virtio-vga,xres={},yres={}".format(*SIZE))
        """What draws, in QEMU's words, a picture of `size` pixels."""
        self.size = SIZE
        self.panel: tuple[str, ...] = ("-device", "virtio-tablet-pci")
        """What a touch comes from, in QEMU's words, and what hangs beside it."""
        self.block_log: Path | None = None
        """Where a start notes all that it writes (`block_log.py`); None where none does."""
        if not self.disk.exists():
            layer = ("-f", "qcow2", "-F", "raw", "-b", image.resolve())
            run("qemu-img", "create", "-q", *layer, self.disk)
            shutil.copy(FIRMWARE[1], self.variables)

    def __enter__(self) -> "Machine":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def start(self) -> None:
        """Power on."""
        for name in ("qmp", "shell"):
            self._path(name).unlink(missing_ok=True)
        card = f"52:54:00:53:57:{self.number:02x}"
        words = [
            "qemu-system-x86_64", *ACCELERATED, "-cpu", "max",
            "-machine", "q35", "-smp", "2", "-m", "2048", "-nodefaults", "-display", "none",
            "-vga", "none", *self.graphics,
            "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE[0]}",
            "-drive", f"if=pflash,format=raw,file={self.variables}",
            *self._drive(),
            "-device", "virtio-blk-pci,drive=d,bootindex=1",
            "-smbios", f"type=2,serial=SW-BOARD-{self.number:04d}",
            *self.panel, "-device", "virtio-keyboard-pci",
            "-device", "virtio-rng-pci",
            "-device", "i6300esb", "-action", "watchdog=reset",
            "-nic", f"user,id=net,model=virtio-net-pci,mac={card}",
            "-chardev", f"file,id=c,path={self._path('console')},append=on", "-serial", "chardev:c",
            "-chardev", f"socket,id=s,path={self._path('shell')},server=on,wait=off",
            "-serial", "chardev:s",
            "-qmp", f"unix:{self._path('qmp')},server=on,wait=off",
        ]  # fmt: skip
        with self._path("qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = CLOCK.monotonic()
        self.starts = self.console().count("SW-TEST-SHELL") + 1
        self._qmp = wait_for("QMP", 30, self._connect)

    def _drive(self) -> tuple[str, str]:
        """Its disk, with a cache that is written out at a flush alone, as a drive has one."""
        if self.block_log is None:
            return "-drive", f"if=none,id=d,file={self.disk},format=qcow2,cache=writeback"
        self.block_log.write_bytes(b"")
        disk = {"driver": "file", "filename": str(self.disk)}
        node = {
            "driver": "blklogwrites",
            "node-name": "d",
            "file": {"driver": "qcow2", "file": disk},
            "log": {"driver": "file", "filename": str(self.block_log)},
        }
        return "-blockdev", json.dumps(node)

    def switch_off(self) -> None:
        """The machine stops where it is and is told nothing; all that it wrote is in its files."""
        assert self._process is not None
        self.ask("quit")
        self._process.wait()
        self.cut()

    def cut(self) -> None:
        """Pull the plug: nothing is written any more, and the machine is told nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._qmp_socket is not None:
            self._qmp.close()
            self._qmp_socket.close()
            self._qmp = self._qmp_socket = None
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    def begun_anew(self) -> None:
        """The machine started itself again: its shell is another one."""
        self.starts = self.console().count("SW-TEST-SHELL")
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    def age_s(self) -> float:
        """Seconds since power-on."""
        return CLOCK.monotonic() - self.started_at

    def disk_now(self, to: Path) -> Path:
        """The whole disk as it would be found if the plug were pulled now, as an image file; the
        machine stands still meanwhile."""
        if self._process is not None:
            self.ask("stop")  # which has QEMU write its own tables
        run("qemu-img", "convert", "-U", "-O", "raw", self.disk, to)
        if self._process is not None:
            self.ask("cont")
        return to

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _connect(self) -> Any:
        assert self._process is not None
        if self._process.poll() is not None:
            raise Failed((self.folder / "qemu.log").read_text()[-2000:])
        channel = socket.socket(socket.AF_UNIX)
        try:
            channel.connect(str(self._path("qmp")))
        except OSError:
            channel.close()
            return None
        file = channel.makefile("rwb", buffering=0)
        file.readline()
        self._qmp, self._qmp_socket = file, channel
        self.ask("qmp_capabilities")
        return file

    def ask(self, command: str, **arguments: Any) -> Any:
        """One QMP command. Raises Failed for one that QEMU refuses."""
        words = {"execute": command, "arguments": arguments}
        self._qmp.write(json.dumps(words).encode() + b"\n")
        while True:
            answer = json.loads(self._qmp.readline())
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def network(self, *, up: bool) -> None:
        """Put its cable in, or pull it."""
        self.ask("set_link", name="net", up=up)

    def picture(self, file: Path) -> Path:
        """What the machine's screen shows, as PNG."""
        self.ask("screendump", filename=str(file.resolve()), format="png")
        return file

    def colour(self, x: float, y: float) -> tuple[int, int, int]:
        """Red, green and blue (0 to 255) of what the machine's screen shows there, in pixels."""
        file = self._path("look.ppm")
        self.ask("screendump", filename=str(file.resolve()))
        head, size, _, pixels = file.read_bytes().split(b"\n", 3)
        width, _ = map(int, size.split())
        assert head == b"P6"
        at = 3 * (round(y) * width + round(x))
        red, green, blue = pixels[at : at + 3]
        return red, green, blue

    def touch(self, x: float, y: float, hold_s: float = TOUCH_S) -> None:
        """Press there, in pixels, and let go: as a finger does, which is nowhere before, and never
        twice at the very same place: a kernel tells nobody of a place that has not changed, and a
        compositor that began meanwhile has its pointer elsewhere."""
        self._touches += 1
        x += self._touches % 2
        at = [
            {"type": "abs", "data": {"axis": axis, "value": round(pixel / of * _TABLET)}}
            for axis, pixel, of in zip("xy", (x, y), self.size, strict=True)
        ]
        self.ask("input-send-event", events=[*at, _button(down=True)])
        _NOTHING.wait(hold_s)
        self.ask("input-send-event", events=[_button(down=False)])

    def keys(self, *names: str) -> None:
        """Press keys together."""
        self.ask("send-key", keys=[{"type": "qcode", "data": name} for name in names])

    def console(self) -> str:
        """All that the machine wrote onto its first serial line."""
        file = self._path("console")
        return file.read_text(errors="replace") if file.exists() else ""

    def shell(self, command: str, limit_s: float = 60) -> str:
        """What a command of the test's shell prints. Raises Failed when it does not end."""
        if self._shell is None:
            self._shell = socket.socket(socket.AF_UNIX)
            self._shell.connect(str(self._path("shell")))
            self._shell.settimeout(1)
        self._asked += 1
        mark = _MARK % self._asked
        begin = mark.replace("-END", "-BEGIN")
        hidden = mark.replace("-", "-''"), begin.replace("-", "-''")
        self._shell.sendall(f"\x15echo {hidden[1]}; {command}; echo {hidden[0]}\n".encode())
        said, end = "", CLOCK.monotonic() + limit_s
        while CLOCK.monotonic() < end:
            try:
                said += self._shell.recv(65536).decode(errors="replace")
            except TimeoutError:
                continue
            plain = said.replace("\r", "")
            if mark in plain:
                return plain.rpartition(begin)[2].partition(mark)[0].strip("\n")
        raise Failed(f"no answer to: {command}\n{said[-500:]}")

    def has_shell(self) -> bool:
        """Whether the test's shell answers already. Nothing is sent before: the firmware would take
        it for keys."""
        if self.console().count("SW-TEST-SHELL") < self.starts:
            return False
        try:
            return self.shell("echo up", 5) == "up"
        except (Failed, OSError):
            return False
