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
    "drivers/gpu/drm/virtio/virtio-gpu": ("drivers/gpu/drm/drm_shmem_helper",),
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
DARK = (
    "drivers/gpu/drm/amd/amdgpu/amdgpu",
    "drivers/gpu/drm/gma500/gma500_gfx",
    "drivers/gpu/drm/tiny/bochs",
    "drivers/gpu/drm/nouveau/nouveau",
    "drivers/gpu/drm/radeon/radeon",
    "drivers/gpu/drm/xe/xe",
)
"""Of those of screens what draws nothing without firmware, or nothing for the compositor, and takes
away what is drawn on else."""

ALWAYS = ("drivers/media/cec/core/cec", "drivers/scsi/sd_mod")
"""Of what every kernel has."""
_CHROOT = """#!/bin/sh
[ "$2" = modinfo ] || exit 0
shift 2
for file; do
    echo "filename:       $file"
    case $file in
        */i915.*|*/ast.*|*/amdgpu.*|*/radeon.*|*/xe.*|*/snd-*)
            printf 'firmware:       %s\n' one.bin two.bin ;;
    esac
    case $file in
        */unreadable/*) exit 1 ;;
        */bochs.*) echo "depends:        drm,drm_vram_helper" ;;
        */asks/on-it.*) echo "depends:        of_ppp" ;;
        */asks/*|*/sound/usb/*) echo "depends:        {asks}" ;;
        *) echo "depends:        " ;;
    esac
done
"""


def pruned(
    folder: Path, *names: str, form: str = "ko", asks: str = ""
) -> tuple[int, str, set[str]]:
    """What prune says of a kernel of these drivers, and which it leaves; `asks` is what the ones
    below drivers/asks and sound/usb say that they ask for."""
    kernel = folder / "root/usr/lib/modules/6.1.0/kernel"
    for name in (*names, *ALWAYS):
        file = kernel / f"{name}.{form}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    chroot = folder / "bin/chroot"
    chroot.parent.mkdir()
    chroot.write_text(_CHROOT.format(asks=asks))
    chroot.chmod(0o755)
    path = f"{chroot.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", PRUNE, folder / "root"],
        check=False,
        env={"PATH": path},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    left = {str(one.relative_to(kernel)).removesuffix(f".{form}") for one in kernel.rglob("*.ko*")}
    return done.returncode, done.stderr, left - set(ALWAYS)


@pytest.mark.parametrize("form", ["ko", "ko.xz"])
def test_what_a_driver_asks_for_stays_with_it(tmp_path: Path, form: str) -> None:
    """QEMU's own screen asks for nothing: without them an image starts there all the same."""
    kept = {*NEEDED, *(one for some in NEEDED.values() for one in some)} - {*ALWAYS}
    assert pruned(tmp_path, *kept, *LEFT_OUT, form=form) == (0, "", kept)


@pytest.mark.parametrize("form", ["ko", "ko.xz"])
def test_what_cannot_draw_without_firmware_goes(tmp_path: Path, form: str) -> None:
    """What is left draws without, though it names some; sound may want what it likes."""
    kept = {"drivers/gpu/drm/i915/i915", "drivers/gpu/drm/ast/ast", "sound/pci/snd-korg1212"}
    code, said, left = pruned(tmp_path, *kept, *DARK, form=form)
    assert (code, left) == (0, kept)
    named = said.removeprefix(
        "prune: graphics that need firmware or share no pictures, left out: "
    ).split()
    assert {Path(each).name.removesuffix(f".{form}") for each in named} == {
        "amdgpu",
        "bochs",
        "gma500_gfx",
        "radeon",
        "xe",
    }


def test_what_cannot_be_loaded_any_more_goes_too(tmp_path: Path) -> None:
    useless = ("drivers/asks/of-ppp", "drivers/net/ppp/ppp_generic")
    asked = pruned(tmp_path, *useless, "drivers/asks/on-it", "fs/ext4/ext4", asks="ppp_generic")
    assert asked == (0, "", {"fs/ext4/ext4"})


def test_a_driver_that_a_kiosk_stands_on_ends_the_build_if_it_cannot_be_loaded(
    tmp_path: Path,
) -> None:
    code, said, left = pruned(tmp_path, "sound/usb/snd-usb-audio", "fs/ext4/ext4", asks="mc")
    assert code == 1
    assert "sound/usb/snd-usb-audio.ko" in said
    assert "prune: what these drivers ask for was taken away" in said
    assert "sound/usb/snd-usb-audio" in left


def test_a_driver_of_which_nothing_can_be_told_ends_the_build(tmp_path: Path) -> None:
    """As if none asked for anything the image would be made, and its screen have no graphics."""
    code, _, left = pruned(tmp_path, "drivers/unreadable/one", "sound/usb/snd-usb-audio", asks="mc")
    assert code != 0
    assert "sound/usb/snd-usb-audio" in left
