"""What a test call may become, and when the next drill is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical import drill as course
from smartward.clinical.drill import DrillCall, DrillFault, DrillResult, DrillStage, next_start

T0 = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DOORS = ("door-1", "door-2")
WORDS = ("placed", "shown", "door-1", "door-2", "door-3", "overdue")


def ordered(*, station: bool = True, doors: tuple[str, ...] = DOORS) -> DrillCall:
    call = DrillCall(
        id="t", drill_id="d", bed_id="b", bed="1", room_id="r", room="301", order=0, device_id="s"
    )
    return course.order(call, T0, station=station, doors=doors, door_away=False)


def tell(call: DrillCall, word: str, at: datetime) -> DrillCall:
    match word:
        case "placed":
            call = course.placed(call, at, at)
        case "shown":
            call = course.shown(call, at)
        case "overdue":
            if course.is_under_way(call):
                return course.end(call, at, *course.overdue(call))
        case _:
            call = course.lit(call, word, at)
    return course.end(call, at) if course.is_through(call) else call


@settings(max_examples=200)
@given(
    words=st.lists(st.sampled_from(WORDS), max_size=12),
    station=st.booleans(),
    doors=st.sampled_from([(), ("door-1",), DOORS]),
)
def test_a_bed_passes_only_where_everybody_has_told(
    words: list[str], station: bool, doors: tuple[str, ...]
) -> None:
    """Whatever is told, in whatever order, again or not at all."""
    call = ordered(station=station, doors=doors)
    for n, word in enumerate(words, 1):
        call = tell(call, word, T0 + timedelta(seconds=n))
    if course.result(call) is DrillResult.PASSED:
        assert "placed" in words
        after = words[words.index("placed") :]
        assert {"shown", *doors} <= set(after)
        assert call.lamp_at is not None or not doors
    if call.stage is DrillStage.CLOSED:
        assert tell(call, "shown", T0) == tell(call, "placed", T0) == call
        assert (course.result(call) is DrillResult.PASSED) is (call.faults == ())
    assert set(call.lamps) <= set(doors)
    assert (DrillFault.STATION_AWAY in call.faults) is not station


def test_nothing_is_seen_before_the_call_is_at_the_hub() -> None:
    call = ordered()
    assert course.shown(call, T0) == course.lit(call, "door-1", T0) == call
    assert course.overdue(call) == (DrillFault.SCREEN_SILENT,)


@pytest.mark.parametrize(
    "now, at, days, zone, then",
    [
        ("2026-11-21T02:00+00:00", time(10, 30), {6}, "Asia/Shanghai", "2026-11-21T02:30+00:00"),
        ("2026-11-21T02:30+00:00", time(10, 30), {6}, "Asia/Shanghai", "2026-11-28T02:30+00:00"),
        ("2026-11-21T17:00+00:00", time(0, 30), {7}, "Asia/Shanghai", "2026-11-28T16:30+00:00"),
        ("2026-11-21T02:00+00:00", time(10), {1, 4}, "Asia/Shanghai", "2026-11-23T02:00+00:00"),
        # The clocks go from 02:00 to 03:00 that night, and back from 03:00 to 02:00.
        ("2026-03-28T12:00+00:00", time(2, 30), {7}, "Europe/Berlin", "2026-03-29T01:30+00:00"),
        ("2026-10-24T12:00+00:00", time(2, 30), {7}, "Europe/Berlin", "2026-10-25T00:30+00:00"),
    ],
)
def test_the_next_drill_is_on_the_next_of_its_days(
    now: str, at: time, days: set[int], zone: str, then: str
) -> None:
    found = next_start(datetime.fromisoformat(now), at, frozenset(days), ZoneInfo(zone))
    assert found == datetime.fromisoformat(then)


def test_a_schedule_without_days_is_none() -> None:
    with pytest.raises(ValueError, match="day of the week"):
        next_start(T0, time(10), frozenset(), ZoneInfo("Asia/Shanghai"))
