"""Documents as a hub would send them, for the tests of the screens."""

from datetime import datetime, time
from typing import Any

import msgspec

from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster, Shift, StaffMember, StaffRole, Ward
from smartward.wire.envelope import Beat, Document, Hello
from smartward.wire.views import BedView


def document(kind: str, document_id: str, seq: int, body: Any) -> Document:
    """`body` is one of the view types, or raw bytes for what no hub should send."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Document(kind, document_id, seq, msgspec.Raw(raw))


def bed(number: int, occupant: str | None = None) -> Bed:
    return Bed(
        id=f"his.bed-{number}",
        number=str(number),
        room_id=f"his.room-{(number + 3) // 4}",
        room=str(300 + (number + 3) // 4),
        order=number,
        status=BedStatus.UNOCCUPIED if occupant is None else BedStatus.OCCUPIED,
        occupants=() if occupant is None else (occupant,),
    )


def bed_view(number: int, occupant: str | None = None) -> BedView:
    """The same for bedhead, bedside and door."""
    whole = bed(number, occupant)
    return BedView(
        id=whole.id,
        number=whole.number,
        room_id=whole.room_id,
        room=whole.room,
        order=whole.order,
        status=whole.status,
        reserved_from=None,
        occupants=whole.occupants,
        doubtful=False,
    )


def call(call_id: str, bed_id: str, at: datetime) -> NurseCall:
    return NurseCall(
        id=call_id,
        bed_id=bed_id,
        device_id="device-1",
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=CallState.REQUESTED,
        placed_at=at,
        received_at=at,
    )


def ward() -> Ward:
    return Ward(
        id="ward",
        name="Cardiology 3",
        shifts=(
            Shift(id="day", start=time(8), end=time(16)),
            Shift(id="late", start=time(16), end=time(0)),
            Shift(id="night", start=time(0), end=time(8)),
        ),
    )


def roster() -> Roster:
    return Roster(
        members=(
            StaffMember(id="his.li", name="Li Min", role=StaffRole.NURSE, family="Li"),
            StaffMember(id="his.wang", name="Wang Jianhua", role=StaffRole.DOCTOR, family="Wang"),
        )
    )


def hello(now: datetime, **changed: Any) -> Hello:
    fields: dict[str, Any] = {
        "epoch": "e1",
        "view": "v1",
        "device_id": "device-1",
        "role": ScreenRole.STATION,
        "ward": "ward",
        "place": None,
        "label": "Station",
        "now": now,
    }
    return Hello(**(fields | changed))


def beat(now: datetime, his_as_of: datetime | None = None, his_up: bool = True) -> Beat:
    return Beat(now=now, his_as_of=now if his_as_of is None else his_as_of, his_up=his_up)
