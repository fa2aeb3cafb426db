"""The light behind a panel, as Linux gives it (/sys/class/backlight). A panel without one, or on a
display cable, keeps its light: there the page alone is dark.
"""

import os
from pathlib import Path

from smartward.errors import Misconfigured

_BY_KIND = ("firmware", "platform", "raw")
"""Which of several lights is the panel's: the kernel's own order (ABI/stable/sysfs-class-backlight:
user space shall prefer firmware to platform, and both to raw)."""


class Backlight:
    """One panel's light, looked for anew at each setting: a dock or a driver may bring it late."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the one light's own, or the one that all lights of the machine are in."""
        self._folder = folder

    def find(self) -> Path | None:
        """The folder of the panel's light; None where there is none."""
        if (self._folder / "max_brightness").is_file():
            return self._folder
        try:
            found = [one for one in self._folder.iterdir() if (one / "max_brightness").is_file()]
        except OSError:
            return None
        return min(found, key=lambda one: (_rank(one), one.name), default=None)

    def set(self, percent: int) -> None:
        """Shine with `percent` of the most it can, and never with nothing: 0 is off on many panels.

        Raises Misconfigured where there is no light, or this user may not set it.
        """
        light = self.find()
        if light is None:
            raise Misconfigured("backlight.none", str(self._folder), folder=str(self._folder))
        try:
            most = int((light / "max_brightness").read_text("ascii"))
            level = max(1, round(most * percent / 100))
            # Not created where it is missing, and one write: sysfs takes a number, not a file.
            into = os.open(light / "brightness", os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
            try:
                os.write(into, str(level).encode("ascii"))
            finally:
                os.close(into)
        except (OSError, ValueError) as error:
            raise Misconfigured("backlight.refused", str(error), folder=str(light)) from error

    def percent(self) -> int | None:
        """What it shines with now, in percent; None where there is no light or it does not tell."""
        light = self.find()
        if light is None:
            return None
        try:
            most = int((light / "max_brightness").read_text("ascii"))
            return round(100 * int((light / "brightness").read_text("ascii")) / most)
        except (OSError, ValueError, ZeroDivisionError):
            return None


def _rank(light: Path) -> int:
    try:
        return _BY_KIND.index((light / "type").read_text("ascii").strip())
    except (OSError, ValueError):
        return len(_BY_KIND)
