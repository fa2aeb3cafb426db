"""When a screen was touched, in hub time, by what its request tells of its clocks."""

from datetime import datetime, timedelta

from smartward.errors import BadData
from smartward.wire.envelope import ActionRequest

_OLDEST_TOUCH = timedelta(days=366)
"""No screen keeps a touch for longer: an age above it is nonsense."""
_MOST_SKEW = timedelta(days=36600)
"""A device that has lost its clock says 1970; more than a hundred years off says nothing."""
_NO_TIME = timedelta(0)
_ON_ITS_WAY = timedelta(seconds=30)
"""No request is on its way for longer: a clock that says so was set."""
_SAME = timedelta(seconds=1)
"""So far the corrected clock of a screen may be off: it says that a request came at once."""
_MOST_SEQ = 1 << 63
"""What a file of SQLite can hold."""


def touched_at(
    request: ActionRequest,
    now: datetime,
    oldest: timedelta,
    set_lately: tuple[timedelta, ...] = (),
    *,
    staff: bool = False,
) -> tuple[datetime, bool]:
    """When the screen was touched, in hub time, and whether that is an estimate.

    Hub time minus the age while the device has not restarted, and minus what the request was on its
    way, where the device's clock tells that; else the device's wall time corrected by the last
    known difference. Never later than now, and a device whose clock is further back than `oldest`
    is not believed at all. `set_lately`: by how much the hub's clock was set while the request may
    have been on its way: one of a patient then came by the shortest way that can be, one of `staff`
    by the way that the clock tells, if that can be. The request has passed `check_request`.
    """
    by_clock = _by_clock(request)
    if request.age_ms is not None:
        at = now - timedelta(milliseconds=max(request.age_ms, 0))
        if by_clock is None or request.clock_skew_ms is None:
            return at, False
        dated = (by_clock, *(_by_clock(request, by) for by in set_lately))
        ways = [at - one for one in dated if one is not None]
        can_be = [one for one in ways if -_SAME <= one <= _ON_ITS_WAY] or [_NO_TIME]
        way = can_be[0] if staff else min(can_be, key=abs)
        return at - max(way, _NO_TIME), False
    if by_clock is None:
        raise BadData("action.bad_request", "made_at with clock_skew_ms is no time")
    at = min(by_clock, now)
    return (at if at > now - oldest else now), True


def longer_ago(request: ActionRequest) -> timedelta:
    """How much longer ago than `touched_at` it may have been: the device's machine may have stood
    still since. It may as well be that only its clock was set, so it is no time to record."""
    if request.age_ms is None or request.older_ms is None:
        return _NO_TIME
    return timedelta(milliseconds=max(request.older_ms, 0))


def _by_clock(request: ActionRequest, set_by: timedelta = _NO_TIME) -> datetime | None:
    """The device's wall time corrected by the last known difference, `set_by` before the hub's
    clock was set; None where that is no time."""
    try:
        skew = timedelta(milliseconds=request.clock_skew_ms or 0)
        return request.action.made_at + skew + set_by
    except OverflowError:
        return None


def check_request(request: ActionRequest) -> None:
    """Raises BadData for times and numbers that no screen can mean."""
    seq = request.action.seen.seq
    if seq is not None and not 0 <= seq < _MOST_SEQ:
        raise BadData("action.bad_request", f"seen.seq is out of range: {seq}")
    if request.action.made_at.tzinfo is None:
        raise BadData("action.bad_request", "made_at needs a time zone")
    for name, value, most in (
        ("age_ms", request.age_ms, _OLDEST_TOUCH),
        ("older_ms", request.older_ms, _MOST_SKEW),
        ("clock_skew_ms", request.clock_skew_ms, _MOST_SKEW),
    ):
        if value is not None and abs(value) > most / timedelta(milliseconds=1):
            raise BadData("action.bad_request", f"{name} is out of range: {value}")
