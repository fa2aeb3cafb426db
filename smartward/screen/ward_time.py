"""When a person who touched their name is asked again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.clinical.ward import Ward

_SHIFT_WITHOUT_PLAN = timedelta(hours=8)


def is_night(ward: Ward, now: datetime) -> bool:
    """Whether `now` lies in the ward's night, half-open, possibly over midnight."""
    local = now.astimezone(ZoneInfo(ward.zone)).time()
    start, end = ward.night_start, ward.night_end
    return start <= local < end if start <= end else local >= start or local < end


def shift_end(ward: Ward, now: datetime) -> datetime:
    """End of the shift that runs at `now`; eight hours on where the ward names no shifts."""
    local = now.astimezone(ZoneInfo(ward.zone))
    ends = [
        local.replace(hour=s.end.hour, minute=s.end.minute, second=0, microsecond=0)
        for s in ward.shifts
    ]
    later = [end if end > local else end + timedelta(days=1) for end in ends]
    return min(later, default=now + _SHIFT_WITHOUT_PLAN)
