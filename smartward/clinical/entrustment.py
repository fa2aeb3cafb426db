"""Entrusting (托管): another station answers for the ward's calls until it gives them back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor


class EntrustmentState(StrEnum):
    """Only *held* makes the other stations quiet: asked is not taken."""

    ASKED = "asked"
    HELD = "held"
    RETURNED = "returned"


class ReturnReason(StrEnum):
    """Why the calls are here again."""

    GIVEN_BACK = "given_back"
    TAKEN_BACK = "taken_back"
    LINK_LOST = "link_lost"
    NO_SOUND = "no_sound"
    """The holder's loudspeaker fails: nobody would hear a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrustment:
    """Document kind `entrustment`, one per ward, id "entrustment". `to_device` is a station."""

    to_device: str
    to_label: str
    state: EntrustmentState
    asked_by: Actor
    asked_at: datetime
    taken_by: Actor | None = None
    taken_at: datetime | None = None
    returned_at: datetime | None = None
    returned_why: ReturnReason | None = None
