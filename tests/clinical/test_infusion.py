"""Sums about drips. Paused is not infinite, unknown is not empty."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.infusion import (
    Infusion,
    InfusionStatus,
    VolumeSource,
    expected_end,
    gtt_per_min,
    minutes_left,
    ml_per_h,
    volume_left_ml,
)
from tests.clinical.build import at, drip


@pytest.mark.parametrize(
    "ml, rate, minutes",
    [
        (600, ml_per_h(15, 10), 400),
        (500, ml_per_h(40, 20), 250),
        (250, 100, 150),
    ],
)
def test_vectors(ml: float, rate: float, minutes: float) -> None:
    running = drip(left=ml, rate=rate)
    assert minutes_left(running, at(0)) == pytest.approx(minutes)
    assert expected_end(running) == at(minutes)


@pytest.mark.parametrize(
    "ml, minutes, factor, drops", [(600, 400, 10, 15), (500, 250, 20, 40), (60, 60, 60, 60)]
)
def test_drops_per_minute(ml: float, minutes: float, factor: float, drops: float) -> None:
    assert gtt_per_min(ml, minutes, factor) == pytest.approx(drops)


def test_a_time_or_factor_of_zero_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="drops per minute need a time"):
        gtt_per_min(500, 0, 20)
    with pytest.raises(ValueError, match="drop factor"):
        ml_per_h(40, 0)


NO_END = [
    drip(rate=0),
    drip(rate=None),
    drip(rate=-5),
    drip(rate=float("nan")),
    drip(rate=1e-9),
    drip(left=None),
    drip(status=InfusionStatus.PAUSED),
    drip(status=InfusionStatus.STOPPED),
    drip(source=VolumeSource.SENSOR_LOST),
]


@pytest.mark.parametrize("infusion", NO_END)
def test_no_end_is_neither_never_nor_now(infusion: Infusion) -> None:
    assert expected_end(infusion) is None
    assert minutes_left(infusion, at(60)) is None


@pytest.mark.parametrize(
    "infusion, after_60_min",
    [
        (drip(), 200),
        (drip(left=50), 0),
        (drip(rate=0), 300),
        (drip(rate=None), 300),
        (drip(left=0, rate=None), 0),
        (drip(status=InfusionStatus.PAUSED), 300),
        (drip(status=InfusionStatus.STOPPED), 300),
        (drip(status=InfusionStatus.ENDED), 0),
        (drip(left=None), None),
        (drip(source=VolumeSource.SENSOR_LOST), None),
        (drip(source=VolumeSource.ESTIMATED), 200),
    ],
)
def test_volume_left(infusion: Infusion, after_60_min: float | None) -> None:
    left = volume_left_ml(infusion, at(60))
    assert left == (None if after_60_min is None else pytest.approx(after_60_min))


def test_before_it_was_measured_nothing_more_is_left() -> None:
    assert volume_left_ml(drip(minutes=10), at(0)) == 300


@given(
    st.floats(0, 3000),
    st.floats(1, 1500),
    st.lists(st.integers(-600, 6000), min_size=2, max_size=6).map(sorted),
)
def test_a_running_drip_only_empties(left: float, rate: float, minutes: list[int]) -> None:
    running = drip(left=left, rate=rate)
    levels = [volume_left_ml(running, at(minute)) for minute in minutes]
    known = [level for level in levels if level is not None]
    assert known == sorted(known, reverse=True)
    assert all(0 <= level <= left for level in known)
    end = expected_end(running)
    if end is not None:
        assert end >= running.measured_at
        assert volume_left_ml(running, end + timedelta(seconds=1)) == 0
        assert minutes_left(running, end + timedelta(days=1)) == 0
        assert isinstance(end, datetime)
