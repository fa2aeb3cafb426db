"""A server's clock that goes back, and two nodes of one server whose clocks differ."""

from datetime import UTC, datetime, timedelta

import pytest

from smartward.his.fhir.past import Past
from smartward.his.fhir.walk import OVERLAP

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TURN = timedelta(seconds=5)
BACK = "clock went back"
"""What is said of it."""


def heard(past: Past, minutes: int, ahead: timedelta, each: int, begin: datetime = NOON) -> int:
    """Two nodes answer by turns, each for so many looks; how often all is to be read anew."""
    anew = 0
    for look in range(minutes * 12):
        by_other = look // each % 2 == 0
        past.hear(begin + look * TURN + ahead * by_other, OVERLAP)
        anew += past.take_anew()
    return anew


@pytest.mark.parametrize("each", [1, 3, 10])
def test_two_nodes_that_answer_by_turns_are_no_clock_that_went_back(
    each: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert heard(Past(), 60, timedelta(minutes=3), each) == 0
    assert caplog.messages == []


@pytest.mark.expects_log(BACK)
def test_nodes_that_answer_for_minutes_have_everything_read_anew_once_an_hour(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert heard(Past(), 180, timedelta(minutes=10), each=120) == 3
    assert len(caplog.messages) == 3


@pytest.mark.expects_log(BACK)
def test_a_clock_that_went_back_is_believed_when_it_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    past = Past()
    assert heard(past, 2, timedelta(0), 1) == 0
    back = NOON - timedelta(hours=3)
    assert heard(past, 1, timedelta(0), 1, back) == 0
    assert heard(past, 1, timedelta(0), 1, back + timedelta(minutes=1)) == 1
    assert "went back by 109" in caplog.text
