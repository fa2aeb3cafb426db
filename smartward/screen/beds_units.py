"""How the call units of a bed do, and so how somebody there calls for help now; no Qt here."""

from collections.abc import Sequence
from enum import StrEnum

from smartward.clinical.nurse_call import CallClass
from smartward.screen.beds import open_calls
from smartward.wire.call_view import CallView
from smartward.wire.views import CallPointView


class Units(StrEnum):
    """How they do; each is the text key of what whoever needs help is told."""

    WELL = "bedhead.help"
    OTHER = "bedhead.help_other"
    """One is lost, another works."""
    LOST = "bedhead.help_lost"
    """None works: what is left is the screen at the bed, and the voice."""


TOLD = {Units.OTHER: "bedhead.help_other_told", Units.LOST: "bedhead.help_lost_told"}
"""The same, while a call rings for it. While somebody's own call stands at the bed none does, and a
gateway that is away is told to the station alone: then nobody at the bed knows who knows."""


def help_key(how: Units, calls: Sequence[CallView]) -> str:
    """What whoever needs help at this bed is told; `calls`: those of the bed."""
    told = any(call.line_lost for call in open_calls(calls))
    return TOLD.get(how, how.value) if told else how.value


def units(bed_id: str | None, points: Sequence[CallPointView]) -> Units:
    """How the units do with which the patient in this bed calls: a cord in the bathroom, and what
    staff call with, is none of them. Of units that the hub does not know nothing bad is known."""
    mine = [
        point for point in points if point.bed_id == bed_id and point.call_class is CallClass.NORMAL
    ]
    lost = [point for point in mine if point.lost_since is not None]
    if not lost:
        return Units.WELL
    return Units.LOST if len(lost) == len(mine) else Units.OTHER
