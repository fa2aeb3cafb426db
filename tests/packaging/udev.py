"""The real udev on a /sys of a test: which of a USB device's parts the image's rules take."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "packaging/image/root/etc/udev/rules.d/72-smartward-usb.rules"
_MODPROBE = "/usr/sbin/modprobe"
_BUS = "devices/pci0000:00/0000:00:14.0/usb1"
_WRITES = re.compile(r"ATTR ?['{]/sys/([^'}]+)['}](?: writing |=)['\"](\d)['\"]")
"""What udev tells of a file that it writes; that of Debian 13 only tells so in a test."""
_ENTER = """
mount --make-rprivate /
mount -t tmpfs run /run
mkdir -p /run/udev
cp -r "$0/udev.d" /run/udev/rules.d
mount --bind "$0/sys" /sys
while read -r action path; do
    echo "HEARD $path"
    udevadm test "--action=$action" "/sys/$path" || echo "FAILED"
done
"""
"""The folder's rules and its /sys in place of the machine's, for what is started by this alone."""


class Bus:
    """One end of a bus and what is plugged in there, below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sys = folder / "sys"
        self.told: dict[str, str] = {}
        """What udev said of each device last, by its name."""
        for name in ("udev.d", "sys"):
            (folder / name).mkdir(exist_ok=True)
        self.drivers("")
        self._put(
            self.sys / _BUS, "usb", "DEVTYPE=usb_device\nPRODUCT=1d6b/2/601\n",
            interface_authorized_default="1",
        )  # fmt: skip

    def drivers(self, resolved: str) -> None:
        """The driver that the kernel has for a number, and for no class."""
        modprobe = self.folder / "modprobe"
        modprobe.write_text(f"#!/bin/sh\n[ -z '{resolved}' ] && exit 1\necho '{resolved}'\n")
        modprobe.chmod(0o755)
        text = RULES.read_text("utf-8")
        assert _MODPROBE in text
        file = self.folder / "udev.d" / RULES.name
        file.write_text(text.replace(_MODPROBE, str(modprobe)), "utf-8")

    def plug(self, name: str, usb: str, *parts: str, taken: bool = True) -> None:
        """A device, as 05fe:1010, and its interfaces, as 3/1/1 in decimal. `taken`: they are by
        the kernel alone, as before udev has run; else they wait for udev."""
        vendor, product = (int(one, 16) for one in usb.split(":"))
        about = f"PRODUCT={vendor:x}/{product:x}/100\n"
        ids = {"idVendor": f"{vendor:04x}", "idProduct": f"{product:04x}"}
        device = self.sys / _BUS / name
        self._put(device, "usb", f"DEVTYPE=usb_device\n{about}", authorized="1", **ids)
        for number, part in enumerate(parts):
            kind, sub, protocol = (int(one) for one in part.split("/"))
            alias = f"usb:v{vendor:04X}p{product:04X}ic{kind:02X}isc{sub:02X}ip{protocol:02X}"
            self._put(
                device / f"{name}:1.{number}", "usb",
                f"DEVTYPE=usb_interface\n{about}INTERFACE={part}\nMODALIAS={alias}\n",
                authorized=str(int(taken)), bInterfaceClass=f"{kind:02x}",
                bInterfaceSubClass=f"{sub:02x}", bInterfaceProtocol=f"{protocol:02x}",
                modalias=alias,
            )  # fmt: skip

    def node(
        self,
        at: str,
        number: int,
        keys: str,
        *,
        places: str = "0",
        moves: str = "0",
        props: str = "0",
    ) -> None:
        """A node of input that an interface brought, or that hangs elsewhere, with what it can tell
        (bits of the kernel: its keys, absolute and relative axes, properties)."""
        usb = self.sys / _BUS / at.partition(":")[0] / at
        where = usb if usb.exists() else self.sys / "devices" / at
        folder = where / f"input/input{number}"
        self._put(folder, "input", "")
        bits = {"key": keys, "abs": places, "rel": moves, "ev": "f", "sw": "0", "led": "0"}
        for file, text in bits.items():
            (folder / "capabilities").mkdir(exist_ok=True)
            (folder / "capabilities" / file).write_text(text + "\n")
        (folder / "properties").write_text(props + "\n")
        (folder / "id").mkdir()
        (folder / "id/bustype").write_text("0003\n")
        (folder / "name").write_text("Panel\n")
        node = f"MAJOR=13\nMINOR={64 + number}\nDEVNAME=input/event{number}\n"
        self._put(folder / f"event{number}", "input", node)

    def _put(self, folder: Path, subsystem: str, uevent: str, **attributes: str) -> None:
        folder.mkdir(parents=True)
        (folder / "uevent").write_text(uevent)
        of = self.sys / ("bus" if subsystem == "usb" else "class") / subsystem
        of.mkdir(parents=True, exist_ok=True)
        (folder / "subsystem").symlink_to(os.path.relpath(of, folder))
        for name, text in attributes.items():
            (folder / name).write_text(text + "\n")

    def hear(self, *names: str, action: str = "add") -> None:
        """Have udev hear of these, in their order, or of all that there is."""
        found = {
            one.parent.name: one.parent
            for one in sorted((self.sys / "devices").rglob("uevent"))
            if not names or one.parent.name in names
        }
        asked = "".join(
            f"{action} {found[name].relative_to(self.sys)}\n" for name in names or found
        )
        own = [] if os.geteuid() == 0 else ["--map-root-user"]
        done = subprocess.run(
            ["unshare", *own, "--mount", "sh", "-euc", _ENTER, str(self.folder)],
            input=asked,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            env={
                "PATH": os.environ["PATH"],
                "SYSTEMD_DEVICE_VERIFY_SYSFS": "0",
                "SYSTEMD_LOG_LEVEL": "debug",
            },
        )
        for part in done.stdout.split("HEARD ")[1:]:
            path, _, said = part.partition("\n")
            assert "FAILED" not in said, said
            for file, value in _WRITES.findall(said):
                (self.sys / file).write_text(value + "\n")
            self.told[path.rpartition("/")[2]] = said

    def unplug(self, name: str) -> None:
        """Pull it."""
        shutil.rmtree(self.sys / _BUS / name)

    def waits(self) -> bool:
        """Whether what comes to this bus has to wait for udev."""
        return (self.sys / _BUS / "interface_authorized_default").read_text().strip() == "0"

    def taken(self, name: str) -> list[bool]:
        """Of each interface of a device, whether it may have a driver."""
        files = sorted((self.sys / _BUS / name).glob("*:*/authorized"))
        return [file.read_text().strip() == "1" for file in files]

    def whole(self) -> bool:
        """Whether no device is shut out as such, with all its parts."""
        return {file.read_text() for file in (self.sys / _BUS).glob("*/authorized")} == {"1\n"}

    def loads(self, interface: str) -> bool:
        """Whether udev has the kernel load a driver for it."""
        return "kmod load" in self.told[interface]
