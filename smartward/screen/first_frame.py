"""What a screen's start put off until its first frame is over."""

import gc

from smartward.screen.quick_classes import SCREENS

_BEFORE_A_LOOK = 10_000
"""So many objects more than before are made until Python looks for garbage that refers to itself:
what one write brings is gone by itself before, and is not looked through."""


def over() -> None:
    """From here on Python makes its classes and collects its garbage itself again: `smartward
    screen` put both off. What was loaded until now stays and is never looked through."""
    SCREENS.end()
    gc.freeze()
    gc.set_threshold(_BEFORE_A_LOOK)
    gc.enable()
