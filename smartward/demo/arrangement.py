"""Five windows on one display: the station wide, bedside and corridor below, bedhead and door
beside."""

from smartward.demo.stage import SIZES, Place

_TITLE_BAR = 36
"""Pixels a window manager may put above a window."""


_SHARES = {
    "station": (0.0, 0.0, 0.62, 0.60),
    "bedside": (0.0, 0.62, 0.32, 0.38),
    "corridor": (0.33, 0.62, 0.29, 0.38),
    "bedhead": (0.63, 0.0, 0.19, 1.0),
    "door": (0.83, 0.0, 0.17, 1.0),
}
"""Left, top, width and height of each role's part of the display, as shares of it."""


def arrange(width: int, height: int) -> dict[str, Place]:
    """A place for each role on a display of that many pixels."""
    places = {}
    for role, (left, top, wide, high) in _SHARES.items():
        own_width, own_height = (int(side) for side in SIZES[role].split("x"))
        room = high * height - _TITLE_BAR
        scale = round(min(wide * width / own_width, room / own_height), 3)
        places[role] = Place(scale, round(left * width), round(top * height))
    return places
