"""Bringing a screen from its cursor to now: out of one snapshot of the store."""

from collections.abc import Iterable

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.name_policy import NamePolicy
from smartward.hub.lens import Lens
from smartward.hub.ring import delta_events
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.reader import Reader
from smartward.hub.views import WARD_WIDE, Terms

CHUNK_BYTES = 64 * 1024
"""Most bytes handed to a socket at once: a slow screen is asked again in between."""


def read_lens(reader: Reader, device: Device, terms: Terms) -> Lens:
    """The lens of a device on the ward as it is stored, at the given day and language."""
    ward = device.ward
    chosen = reader.get(ward, "masking", "masking")
    policy = None if chosen is None else decode(chosen.body, NamePolicy)
    silenced = [stored.id for stored in reader.all(ward, "silence")]
    return Lens.of(device, _beds(reader, device), terms, policy, silenced)


def _beds(reader: Reader, device: Device) -> list[Stored]:
    if device.place is None:
        return []
    if device.role is ScreenRole.DOOR:
        return [bed for bed in reader.all(device.ward, "bed") if bed.room == device.place]
    return reader.of_bed(device.ward, "bed", device.place)


class CatchUp:
    """What a screen needs to catch up, read and encoded on the reader's thread.

    `whole`: a reset, from nothing. `ahead`: the cursor is later than the ward's last write; that
    says something of this screen only, for anybody can claim a number.
    """

    def __init__(self, lens: Lens, head: int) -> None:
        self.lens = lens
        self.view = lens.fingerprint
        self.head = head
        self.whole = True
        self.ahead = False
        self.chunks: list[bytes] = []

    @classmethod
    def read(
        cls, reader: Reader, device: Device, terms: Terms, epoch: str, cursor: str, view: str
    ) -> "CatchUp":
        """From `cursor` where that is good and the view unchanged, else the whole view."""
        lens = read_lens(reader, device, terms)
        run = cls(lens, reader.head(device.ward))
        after = run._after(reader, epoch, cursor, view)
        delta = reader.delta(device.ward, after, *lens.scope, sorted(WARD_WIDE))
        run._chunk(delta_events(lens, epoch, delta, whole=run.whole))
        return run

    def _after(self, reader: Reader, epoch: str, cursor: str, view: str) -> int:
        """Where to continue; 0, with `whole`, when the cursor is no good."""
        known, _, number = cursor.rpartition("-")
        if known != epoch or not number.isdecimal():
            return 0
        after = int(number)
        self.ahead = after > self.head
        floor = reader.meta_get(f"floor.{self.lens.ward}")
        if self.ahead or view != self.view or (floor is not None and after < int(floor)):
            return 0
        self.whole = False
        return after

    def _chunk(self, events: Iterable[bytes]) -> None:
        waiting, size = [], 0
        for event in events:
            waiting.append(event)
            size += len(event)
            if size >= CHUNK_BYTES:
                self.chunks.append(b"".join(waiting))
                waiting, size = [], 0
        if waiting:
            self.chunks.append(b"".join(waiting))
