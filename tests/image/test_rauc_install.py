"""RAUC itself writes a slot, by the image's own configuration, bus and programs, with files in the
place of partitions. In the format plain: dm-verity is a thing of the machine's kernel, and is tried
where the image starts (`test_update.py`). Needs root and loop devices."""

import subprocess
from pathlib import Path

import pytest

from tests.fakes.updates import COMPATIBLE, bundle, signer
from tests.image.test_update_device import HERE, TEXT


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The image's folder of programs, told of files for partitions."""
    here = tmp_path / "image"
    here.mkdir()
    for slot in "ab":
        with (tmp_path / f"sw_root_{slot}").open("wb") as file:
            file.truncate(1 << 20)
    (tmp_path / "run").mkdir()
    (tmp_path / "efi/loader/entries").mkdir(parents=True)
    (tmp_path / "efi/loader/entries/smartward-a.conf").write_text(TEXT.replace("@SLOT@", "a"))
    (tmp_path / "cmdline").write_text("initrd=x root=PARTLABEL=sw_root_a ro\n")
    told = {
        "/usr/lib/smartward-image": here,
        "/run/smartward-update": tmp_path / "run",
        "/data/update": tmp_path / "data",
        "/etc/smartward/update.pem": tmp_path / "updates.pem",
        "/dev/disk/by-partlabel": tmp_path,
        "/proc/cmdline": tmp_path / "cmdline",
        'Path("/efi")': f'Path("{tmp_path / "efi"}")',
        "bundle-formats=verity": "bundle-formats=plain",
    }
    for file in (one for one in HERE.iterdir() if one.is_file()):
        text = file.read_text()
        for name, ours in told.items():
            text = text.replace(name, str(ours))
        (here / file.name).write_text(text)
        (here / file.name).chmod(file.stat().st_mode)
    release = f'compatible = "{COMPATIBLE}"\nversion = "1"\n'
    (here / "release.toml").write_text(release)
    return here


def install(image: Path, file: Path) -> tuple[int, str]:
    done = subprocess.run(
        [image / "rauc-install", file],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def test_it_writes_what_the_house_signed_for_this_image(image: Path, tmp_path: Path) -> None:
    house = signer(tmp_path)
    file = bundle(tmp_path / "good", house, form="plain")
    code, said = install(image, file)
    assert code == 0, said
    root = (tmp_path / "good/inside-2.0/root.img").read_bytes()
    assert (tmp_path / "sw_root_b").read_bytes().startswith(root)
    assert (tmp_path / "sw_root_a").read_bytes() == bytes(1 << 20)
    entries = sorted(one.name for one in (tmp_path / "efi/loader/entries").iterdir())
    assert entries == ["smartward-a.conf"], "it starts at the hub's word alone"
    assert (tmp_path / "efi/smartward/b/vmlinuz").read_text() == "vmlinuz of 2.0\n"


def test_it_writes_nothing_else(image: Path, tmp_path: Path) -> None:
    house, stranger = signer(tmp_path), signer(tmp_path, "stranger")
    for name, by, compatible, said in (
        ("other", house, "another-13-arm64", "LastError: Installation error: Compatible mismatch"),
        ("theirs", stranger, COMPATIBLE, "LastError: signature verification failed"),
    ):
        code, told = install(
            image, bundle(tmp_path / name, by, compatible=compatible, form="plain")
        )
        assert code != 0
        assert said in told
    assert (tmp_path / "sw_root_b").read_bytes() == bytes(1 << 20)
    entries = [one.name for one in (tmp_path / "efi/loader/entries").iterdir()]
    assert entries == ["smartward-a.conf"]
