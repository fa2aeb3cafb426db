"""The light behind a panel, in folders as Linux makes them."""

from pathlib import Path

import pytest

from smartward.device.backlight import Backlight
from smartward.errors import Misconfigured


def light(folder: Path, name: str, most: int = 96000, kind: str = "raw") -> Path:
    """A light of a panel, at its brightest."""
    one = folder / name
    one.mkdir(parents=True)
    (one / "max_brightness").write_text(f"{most}\n")
    (one / "brightness").write_text(f"{most}\n")
    (one / "type").write_text(f"{kind}\n")
    return one


@pytest.mark.parametrize("percent, most, level", [(40, 96000, 38400), (1, 7, 1), (100, 255, 255)])
def test_it_shines_with_a_share_of_its_most_and_never_with_nothing(
    tmp_path: Path, percent: int, most: int, level: int
) -> None:
    one = light(tmp_path, "intel_backlight", most)
    Backlight(tmp_path).set(percent)
    assert (one / "brightness").read_text() == str(level)
    assert Backlight(one).percent() == round(100 * level / most)


def test_of_several_lights_it_takes_the_one_the_kernel_prefers(tmp_path: Path) -> None:
    raw = light(tmp_path, "amdgpu_bl0", kind="raw")
    firmware = light(tmp_path, "zz_acpi", kind="firmware")
    light(tmp_path, "aa_dell", kind="platform")
    assert Backlight(tmp_path).find() == firmware
    assert Backlight(raw).find() == raw


def test_a_light_that_comes_late_is_found(tmp_path: Path) -> None:
    panel = Backlight(tmp_path / "backlight")
    assert panel.percent() is None
    with pytest.raises(Misconfigured, match=r"backlight\.none"):
        panel.set(40)
    light(tmp_path / "backlight", "late", 100)
    panel.set(40)
    assert panel.percent() == 40


def test_what_cannot_be_set_is_told_with_its_folder(tmp_path: Path) -> None:
    one = light(tmp_path, "dead")
    (one / "brightness").unlink()
    with pytest.raises(Misconfigured) as told:
        Backlight(tmp_path).set(40)
    assert told.value.key == "backlight.refused"
    assert told.value.values["folder"] == str(one)
    assert not (one / "brightness").exists(), "nothing is made there"
