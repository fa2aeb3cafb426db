"""What of a running screen its own check looks at, when the hub orders one (`self_check`)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smartward.clinical.device import ScreenRole
from smartward.clinical.device_check import Checked, CheckWish
from smartward.clock import Clock
from smartward.screen.hub_address import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What of the running program is looked at."""

    role: ScreenRole
    folder: Path
    """With this screen's data."""
    hub: Callable[[], Hub]
    """The ward's hubs, first the one that it listens at."""
    clock: Clock
    lights: str
    """Folder of the panel's light (setting `backlight`); empty: it is left alone."""
    inputs: Callable[[], Path | None]
    """The screen's inputs file."""
    serial: Callable[[], str]
    """The number on its box, as somebody wrote it down; empty: nobody did."""
    sound_faults: Callable[[], frozenset[str] | None]
    """Text keys of what is wrong with its sound; None: it has none and needs none."""
    touched_at: Callable[[], float | None]
    """Monotonic second of the last touch that the program felt."""
    ask_touch: Callable[[float], None]
    """Ask on the panel for a touch, for so many seconds; 0: no more."""

    async def check(self, wish: CheckWish) -> Checked:
        """Look this screen over."""
        # Imported when wanted: a screen is looked over once or twice in its life.
        from smartward.screen.self_check import self_check

        return await self_check(wish, self)
