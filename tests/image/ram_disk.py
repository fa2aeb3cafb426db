"""The second RAM disk that a test lays beside the image's: it brings a shell on the second serial
line, and can have the start hang."""

import gzip

HANGS = "SW-TEST-HANGS"
"""What a start says on the first serial line that hangs in its RAM disk."""
_CONSOLE = """\
#!/bin/sh
unit=${rootmnt}/etc/systemd/system
cat > $unit/test-console.service <<U
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sh
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always
RestartSec=1
U
mkdir -p $unit/sysinit.target.wants
ln -s ../test-console.service $unit/sysinit.target.wants/test-console.service
echo SW-TEST-SHELL > /dev/ttyS0
"""
# The machine's watchdog knows whether it was what ended the start before.
_HANG = f"""\
#!/bin/sh
read -r ended < /sys/class/watchdog/watchdog0/bootstatus
[ "${{ended:-0}}" = 0 ] || exit 0
echo {HANGS} > /dev/ttyS0
while :; do sleep 3600; done
"""


def of_a_test(*, hangs: bool = False) -> bytes:
    """The archive, packed: one that is not has to begin at a multiple of four bytes, and follows
    another. What `hangs` does so until the machine's watchdog has ended a start."""
    files = _at("init-bottom", "test", _CONSOLE, after=("udev",))
    if hangs:
        files |= _at("init-premount", "hang", _HANG)
    return gzip.compress(cpio(files), mtime=0)


def cpio(files: dict[str, tuple[int, bytes]]) -> bytes:
    """An archive as the kernel unpacks it (newc): path to mode and content."""
    out = bytearray()
    for number, (name, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))]):
        path = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + path
        out += bytes(-len(out) % 4)
        out += content
        out += bytes(-len(out) % 4)
    return bytes(out)


def _at(
    stage: str, name: str, script: str, after: tuple[str, ...] = ()
) -> dict[str, tuple[int, bytes]]:
    """A script of a stage of initramfs-tools, and the stage's order, which has to name all of its
    scripts: `after` are those that the image has there."""
    order = "".join(
        f'/scripts/{stage}/{one} "$@"\n[ -e /conf/param.conf ] && . /conf/param.conf\n'
        for one in (*after, name)
    )
    return {
        f"scripts/{stage}": (0o040755, b""),
        f"scripts/{stage}/ORDER": (0o100644, order.encode()),
        f"scripts/{stage}/{name}": (0o100755, script.encode()),
    }
