"""What rules may know of the ward beside their patient: beds, stays, links, call points."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import HisLink, ScreenStatus
from smartward.clinical.encounter import Encounter
from smartward.clinical.neighbours import Neighbours
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.presence import Presence
from smartward.clinical.rules import WardLook
from smartward.clinical.screen_health import ScreenHealth
from smartward.clinical.ward import Ward
from smartward.hub.shift_tally import ShiftTally
from smartward.hub.store.model import Stored, decode

DOCUMENTS: dict[str, type] = {
    "call_point": CallPoint,
    "screen": ScreenStatus,
    "screen_health": ScreenHealth,
    "nurse_call": NurseCall,
}
"""Kinds that a rule about the ward finds by their type."""

KINDS = ("ward", "his_link", "bed", "encounter", "presence", *DOCUMENTS)
"""Every kind that is kept here."""


class WardLooking:
    """The ward as its rules see it, fed by every commit."""

    def __init__(self, ward: str) -> None:
        self._encounters: dict[str, Encounter] = {}
        self._beds: dict[str, Bed] = {}
        self._documents: dict[tuple[str, str], Any] = {}
        self._seq: dict[tuple[str, str], int] = {}
        self._present: dict[str, Presence] = {}
        self._neighbours = Neighbours()
        self._touched: set[str] = set()
        self._told: Ward | None = None
        self.tally = ShiftTally()
        """The alerts of the present shift."""
        self.ward = WardLook(
            ward=ward,
            encounters=self._encounters,
            beds=self._beds,
            present=self._present,
            seq=self._seq,
            neighbours=self._neighbours,
        )
        """Beds, stays and times of the ward; it follows what is put."""

    def take_touched(self) -> set[str]:
        """The stays for which something at another bed may matter, since this was asked last."""
        touched, self._touched = self._touched, set()
        return touched

    def put(self, stored: Stored) -> bool:
        """Take a document over; whether it is one that is kept here."""
        kind, id = stored.kind, stored.id
        if kind == "bed":
            self._beds[id] = bed = decode(stored.body, Bed)
            self._touched |= self._neighbours.put_bed(bed)
        elif kind == "encounter":
            self._encounters[id] = stay = decode(stored.body, Encounter)
            self._touched |= self._neighbours.put_stay(stay)
        elif kind == "presence":
            self._present[id] = decode(stored.body, Presence)
        elif kind == "his_link":
            self.ward = replace(self.ward, his=decode(stored.body, HisLink))
        elif kind == "ward":
            self._told = told = decode(stored.body, Ward)
            night = (told.night_start, told.night_end)
            self.ward = replace(self.ward, zone=ZoneInfo(told.zone), night=night)
        elif kind in DOCUMENTS:
            self._documents[kind, id] = decode(stored.body, DOCUMENTS[kind])
        else:
            return False
        self._seq[kind, id] = stored.seq
        return True

    def drop(self, kind: str, id: str) -> bool:
        """Forget a deleted document; whether it was one that is kept here."""
        self._documents.pop((kind, id), None)
        if kind == "bed":
            self._beds.pop(id, None)
            self._touched |= self._neighbours.drop_bed(id)
        elif kind == "encounter":
            self._encounters.pop(id, None)
            self._touched |= self._neighbours.drop_stay(id)
        elif kind == "presence":
            self._present.pop(id, None)
        elif kind == "his_link":
            self.ward = replace(self.ward, his=None)
        return self._seq.pop((kind, id), None) is not None

    def look(self, alerts: Iterable[Alert], now: datetime) -> WardLook:
        """The ward with its devices, calls and alerts, and the open `alerts` of its own rules."""
        log = self.tally.at(self._told, now, len(self._beds))
        return replace(self.ward, documents=(*self._documents.values(), *alerts), log=log)

    def tally_changes_at(self, now: datetime) -> datetime | None:
        """When the alerts of the shift are others by time alone."""
        return self.tally.changes_at(self._told, now)
