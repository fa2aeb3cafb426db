"""The key that a device makes for itself: once, private, and whole after any power cut."""

import stat
from pathlib import Path

import pytest

from smartward.device_key import FILE, DeviceKey, verify
from smartward.errors import StorageFault


def test_a_device_makes_its_key_once(tmp_path: Path) -> None:
    first = DeviceKey.load_or_make(tmp_path / "state")
    again = DeviceKey.load_or_make(tmp_path / "state")
    assert again.public == first.public
    assert DeviceKey.load_or_make(tmp_path / "other").public != first.public
    assert stat.S_IMODE((tmp_path / "state" / FILE).stat().st_mode) == 0o600


def test_only_the_very_device_can_have_signed(tmp_path: Path) -> None:
    key, other = (DeviceKey.load_or_make(tmp_path / name) for name in ("one", "other"))
    signature = key.sign(b"bed 12 calls")
    assert verify(key.public, b"bed 12 calls", signature)
    assert not verify(key.public, b"bed 13 calls", signature)
    assert not verify(other.public, b"bed 12 calls", signature)
    assert not verify(key.public, b"bed 12 calls", signature[:-1])


@pytest.mark.parametrize("public", ["", "AA", "no key at all!", "ü" * 43, "A" * 42, "=" * 43])
def test_a_key_that_is_none_proves_nothing(public: str, tmp_path: Path) -> None:
    signature = DeviceKey.load_or_make(tmp_path).sign(b"x")
    assert not verify(public, b"x", signature)


@pytest.mark.expects_log("holds no key")
def test_what_a_power_cut_left_is_no_key(tmp_path: Path) -> None:
    """The file of an unfinished first start is in nobody's way; a damaged one is set aside."""
    (tmp_path / f".{FILE}.new").write_bytes(b"half")
    first = DeviceKey.load_or_make(tmp_path)
    (tmp_path / FILE).write_bytes(b"torn")
    second = DeviceKey.load_or_make(tmp_path)
    assert second.public != first.public
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == b"torn"
    assert DeviceKey.load_or_make(tmp_path).public == second.public
    (tmp_path / FILE).write_bytes(bytes(32))
    DeviceKey.load_or_make(tmp_path)
    assert any((tmp_path / FILE).read_bytes()), "what a wipe has overwritten is nobody's key"


def test_a_key_that_all_may_read_is_made_private_again(tmp_path: Path) -> None:
    key = DeviceKey.load_or_make(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    assert DeviceKey.load_or_make(tmp_path).public == key.public
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_key_that_cannot_be_kept_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(StorageFault):
        DeviceKey.load_or_make(tmp_path / "state")
