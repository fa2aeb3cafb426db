"""Wards after and amid their test calls, for the page and its pictures."""

from dataclasses import replace
from datetime import timedelta

from smartward.clinical import drill as course
from smartward.clinical.call_mark import Actor
from smartward.clinical.drill import Drill, DrillCall, DrillFault, DrillState, StopReason
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id

BEGAN = NOW - timedelta(minutes=5)
LEE = Actor(device_id="station", person_id="n1", name="李敏", family="李", known="badge")
_FAULTS = {
    5: (DrillFault.SCREEN_AWAY,),
    12: (DrillFault.SCREEN_SILENT, DrillFault.UNIT_LOST),
    18: (DrillFault.DOOR_SILENT,),
    31: (DrillFault.STATION_SILENT, DrillFault.DOOR_AWAY),
    40: (DrillFault.NO_SCREEN,),
}
_MANY = (DrillFault.SCREEN_SILENT,)
_WORST = (DrillFault.STATION_SILENT, DrillFault.DOOR_AWAY, DrillFault.UNIT_LOST)


def tried(n: int, faults: tuple[DrillFault, ...] = (), *, long: bool = False) -> DrillCall:
    """The test of bed `n`, over."""
    begun = BEGAN + timedelta(seconds=n)
    call = DrillCall(
        id=f"test-{n}",
        drill_id="drill-1",
        bed_id=bed_id(n),
        bed="加12A" if long and n == 12 else str(n),
        room_id=f"room-{(n - 1) // 4}",
        room=f"3{(n - 1) // 4:02}",
        order=n,
        device_id=f"bedside-{n}",
        label="window, on the arm, second floor east" if long and n == 12 else "",
    )
    call = course.order(call, begun, station=True, doors=("door",), door_away=False)
    if not {DrillFault.SCREEN_AWAY, DrillFault.SCREEN_SILENT, DrillFault.NO_SCREEN} & set(faults):
        pressed = begun + timedelta(milliseconds=30 + 7 * n % 50)
        at = pressed + timedelta(milliseconds=12 + 5 * n % 23)
        call = course.placed(call, pressed, at)
        if DrillFault.STATION_SILENT not in faults:
            call = course.shown(call, at + timedelta(milliseconds=40 + 11 * n % 61))
        call = course.lit(call, "door", at + timedelta(milliseconds=35 + 13 * n % 71))
    return course.end(call, begun + timedelta(milliseconds=300), *faults)


def done(*, long: bool = False, many: bool = False) -> sample.Bodies:
    """A ward of forty beds after its test calls, some of which failed."""
    calls = [
        tried(
            n,
            _WORST if long and n == 12 else _MANY if many and n % 2 else _FAULTS.get(n, ()),
            long=long,
        )
        for n in range(1, 41)
    ]
    drill = Drill(
        id="drill-1",
        state=DrillState.DONE,
        started_at=BEGAN,
        by=LEE,
        limit_s=5.0,
        ended_at=BEGAN + timedelta(minutes=1),
    )
    return _with(sample.full_ward(40), drill, calls)


def under_way() -> sample.Bodies:
    """The same while bed 7 is tested: its call is at the hub, and no screen has told of it."""
    calls = [tried(n, _FAULTS.get(n, ())) for n in range(1, 7)]
    seventh = replace(
        tried(7),
        stage=course.DrillStage.PLACED,
        shown_at=None,
        lamps=(),
        lamp_at=None,
        closed_at=None,
    )
    waiting = [
        DrillCall(
            id=f"test-{n}",
            drill_id="drill-1",
            bed_id=bed_id(n),
            bed=str(n),
            room_id="r",
            room="3",
            order=n,
            device_id=f"bedside-{n}",
        )
        for n in range(8, 41)
    ]
    drill = Drill(id="drill-1", state=DrillState.RUNNING, started_at=BEGAN, by=None, limit_s=5.0)
    return _with(sample.full_ward(40), drill, [*calls, seventh, *waiting])


def stopped() -> sample.Bodies:
    """A patient called while bed 7 was tested."""
    ward = under_way()
    ended = replace(
        ward.get("drill", "drill"),
        state=DrillState.STOPPED,
        stop=StopReason.CALL,
        ended_at=BEGAN + timedelta(seconds=9),
    )
    seventh = course.end(ward.get("drill_call", "test-7"), BEGAN, DrillFault.INTERRUPTED)
    return _with(ward, ended, [seventh])


def _with(ward: sample.Bodies, drill: Drill, calls: list[DrillCall]) -> sample.Bodies:
    """Nobody calls while test calls run: what the ward has of calls is closed."""
    for kind, id in [key for key in ward.of if key[0] == "nurse_call"]:
        del ward.of[kind, id]
    ward.put("drill", drill, "drill")
    for call in calls:
        ward.put("drill_call", call)
    return ward
