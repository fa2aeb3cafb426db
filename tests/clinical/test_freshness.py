"""Fresh, ageing, stale, doubtful: at the very edges."""

from datetime import timedelta

import pytest

from smartward.clinical.freshness import DEFAULT_LIMITS, Freshness, judge, limits_for_interval
from tests.clinical.build import T0

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("kind", sorted(DEFAULT_LIMITS))
def test_edges(kind: str) -> None:
    limit = DEFAULT_LIMITS[kind]
    assert timedelta(0) < limit.fresh_for < limit.stale_after
    for age, freshness in [
        (timedelta(0), Freshness.FRESH),
        (limit.fresh_for, Freshness.FRESH),
        (limit.fresh_for + SECOND, Freshness.AGEING),
        (limit.stale_after, Freshness.AGEING),
        (limit.stale_after + SECOND, Freshness.STALE),
        (timedelta(seconds=-60), Freshness.FRESH),
        (timedelta(seconds=-61), Freshness.DOUBTFUL),
    ]:
        assert judge(kind, T0 - age, T0) is freshness


def test_stale_at_one_and_a_half_intervals() -> None:
    limits = {"vital_sign": limits_for_interval(60)}
    assert judge("vital_sign", T0 - timedelta(minutes=90), T0, limits) is Freshness.AGEING
    assert judge("vital_sign", T0 - timedelta(minutes=91), T0, limits) is Freshness.STALE


def test_a_kind_without_limits_is_named() -> None:
    with pytest.raises(ValueError, match="'weather'"):
        judge("weather", T0, T0)
