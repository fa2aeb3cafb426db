"""Which drivers an image keeps: those of screen, network and sound with all that they ask for."""

import os
import subprocess
from pathlib import Path

import pytest

PRUNE = Path(__file__).resolve().parents[2] / "packaging/image/prune"
NEEDED = {
    "drivers/gpu/drm/i915/i915": (
        "drivers/gpu/drm/display/drm_display_helper",
        "drivers/media/cec/core/cec",
    ),
    "drivers/gpu/drm/amd/amdgpu/amdgpu": ("drivers/media/cec/core/cec", "drivers/media/rc/rc-core"),
    "drivers/net/ethernet/intel/igb/igb": ("drivers/dca/dca",),
    "drivers/net/ethernet/intel/ixgbe/ixgbe": ("drivers/dca/dca",),
    "sound/usb/snd-usb-audio": ("drivers/media/mc/mc",),
}
"""By a driver of a device what it asks for: `modinfo -F depends` of Debian's kernel 6.1."""
LEFT_OUT = (
    "drivers/media/usb/uvc/uvcvideo",
    "drivers/media/rc/imon",
    "drivers/media/rc/keymaps/rc-avermedia",
    "drivers/net/ppp/ppp_generic",
    "drivers/scsi/iscsi_tcp",
)


@pytest.mark.parametrize("form", ["ko", "ko.xz"])
def test_what_a_driver_asks_for_stays_with_it(tmp_path: Path, form: str) -> None:
    """QEMU's own screen asks for nothing: without them an image starts there all the same."""
    kernel = tmp_path / "root/usr/lib/modules/6.1.0/kernel"
    kept = {*NEEDED, *(one for some in NEEDED.values() for one in some)}
    for name in (*kept, *LEFT_OUT, "drivers/scsi/sd_mod"):
        file = kernel / f"{name}.{form}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    chroot = tmp_path / "bin/chroot"
    chroot.parent.mkdir()
    chroot.write_text("#!/bin/sh\n")
    chroot.chmod(0o755)
    path = f"{chroot.parent}:{os.environ['PATH']}"
    subprocess.run(["bash", PRUNE, tmp_path / "root"], check=True, env={"PATH": path}, timeout=60)
    left = {str(one.relative_to(kernel)) for one in kernel.rglob("*.ko*")}
    assert left == {f"{name}.{form}" for name in (*kept, "drivers/scsi/sd_mod")}
