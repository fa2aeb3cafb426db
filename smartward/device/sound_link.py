"""What the audio process and its parent say to each other: one letter, then what belongs to it."""

import struct

RATE = 48_000
"""Frames a second of all that is played and said; one frame is one mono sample."""

BYTES_PER_FRAME = 2

OPENED = b"o"
"""Child: the device is open."""

NO_DEVICE = b"n"
"""Child: there is none; the reason follows."""

PULL = b"p"
"""Child: `NUMBER` of frames wanted."""

BLOCK = b"b"
"""Parent, to `PULL`: `MORE` or `NO_MORE` to come after this, and the samples."""

WAKE = b"w"
"""Parent: there is something to play."""

MORE = b"\1"
NO_MORE = b"\0"
NUMBER = struct.Struct("<I")
