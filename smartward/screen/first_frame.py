"""What a screen's start put off until its first frame is over."""

import gc

from smartward.screen.quick_classes import SCREENS


def over() -> None:
    """From here on Python makes its classes and collects its garbage itself again: `smartward
    screen` put both off. What was loaded until now stays and is never looked through."""
    SCREENS.end()
    gc.freeze()
    gc.enable()
