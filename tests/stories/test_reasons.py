"""What a call turns into, who is asked first, and who answers for the ward meanwhile."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartward.harness.house import House
from tests.device.test_loudspeaker import server as server
from tests.stories.night import (
    BADGE,
    HEAD_BADGE,
    OTHER_BADGE,
    drawn,
    give_badges,
    live,
    marks,
    on_duty,
    only_call,
    texts,
    until,
)

pytestmark = pytest.mark.long

BEFORE_EIGHT = datetime(2026, 11, 20, 23, 58, tzinfo=UTC)
"""07:58 on the ward."""


def test_a_call_that_turns_into_breathlessness_after_it_was_accepted(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    station.badge(BADGE)
    station.touch(f"accept-call:{only_call(house)['id']}")
    bedside.wait("receipts", ["done", "done", "done"])
    assert only_call(house)["priority"] == "medium"
    bedside.touch("reason-breathless")
    until(lambda: only_call(house)["priority"] == "high")
    station.wait("alarm", "high")
    assert "escalated" in marks(only_call(house))
    assert station.state()["numbers"][0] == "12"
    station.touch(f"accept-call:{only_call(house)['id']}")
    until(lambda: marks(only_call(house))[-1] == "on_the_way")


def test_sixty_presses_in_five_minutes_are_one_call_that_became_urgent(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    first = only_call(house)["placed_at"]
    for n in range(2, 61):
        house.advance(5)

        def pressed(n: int = n) -> bool:
            # A second touch too soon after the first counts as a tremble, so until it is taken.
            if bedside.state()["pending"] == 0 and only_call(house)["presses"] < n:
                bedside.ask("tap", objectName="callButton")
            return bool(only_call(house)["presses"] == n)

        until(pressed)
        if n == 3:
            assert only_call(house)["priority"] == "high"
    call = only_call(house)
    assert (call["presses"], call["placed_at"], call["priority"]) == (60, first, "high")
    assert station.state()["open_calls"] == 1


def test_only_a_person_lowers_and_says_why(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    bedside.touch("reason-breathless")
    station.wait("alarm", "high")
    call = only_call(house)["id"]
    station.badge(BADGE)
    station.touch(f"row-call:{call}")
    station.touch(f"lower-call:{call}" if drawn(station, f"lower-call:{call}") else f"lower-{call}")
    station.touch("answer-spoken")
    until(lambda: only_call(house)["priority"] == "medium")
    [lowered] = [mark for mark in only_call(house)["marks"] if mark["kind"] == "lowered"]
    assert lowered["by"]["known"] == "badge"
    assert lowered["why"]


def test_pressed_by_mistake_is_said_and_closes_nothing(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    bedside.touch("mistake")
    until(lambda: "not_needed" in marks(only_call(house)))
    assert station.state()["open_calls"] == 1
    assert station.state()["alarm"] == "medium"


def test_at_eight_the_day_nurse_is_asked_for_what_the_night_nurse_was(tmp_path: Path) -> None:
    with House(tmp_path / "house", origin=BEFORE_EIGHT) as house:
        house.start_his("--seed", "7")
        house.start_hub(his_poll_s="1").wait("his_up", True)
        station = house.start_screen("station", "station")
        station.wait("link", "live")
        assert house.his is not None
        house.his.ask("event", name="drip_start", bed="12")
        house.his.ask("event", name="drip_near", bed="12", minutes=9)
        until(lambda: "12" in station.state()["numbers"])
        night = {one["name"] for one in on_duty(house, 7)}
        day = {one["name"] for one in on_duty(house, 9)}
        assert night.isdisjoint(day)
        house.advance(60)
        row = texts(station)
        assert any(name in row for name in night), row
        house.advance(61)
        station.wait("time", "08:00")
        until(lambda: any(name in texts(station) for name in day))
        assert not any(name in texts(station) for name in night)


@pytest.mark.usefixtures("server")  # a station without a sound device holds no calls
def test_a_station_that_answers_for_the_ward_and_dies(house: House) -> None:
    give_badges(house)
    east = house.start_screen("east", "station")
    west = house.start_screen("west", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    east.badge(BADGE)
    west.badge(OTHER_BADGE)
    east.touch("pageLinks")
    east.touch("entrustAsk")
    east.touch(f"answer-{house.device_id('west')}")
    until(lambda: bool(house.documents("entrustment")))
    assert house.documents("entrustment")["entrustment"]["state"] == "asked"
    bedside.ask("tap", objectName="callButton")
    east.wait("alarm", "medium")
    west.touch("entrustTake")
    until(lambda: house.documents("entrustment")["entrustment"]["state"] == "held")
    east.wait("alarm", None)
    assert east.state()["open_calls"] == 1
    assert west.state()["alarm"] == "medium"
    west.kill()
    until(lambda: house.documents("entrustment")["entrustment"]["state"] == "returned", 15)
    assert house.documents("entrustment")["entrustment"]["returned_why"] == "link_lost"
    east.wait("alarm", "medium")
    assert only_call(house)["state"] == "requested"


def test_handed_to_a_colleague_by_name(house: House) -> None:
    _, colleague, _ = give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    call = only_call(house)["id"]
    station.badge(BADGE)
    station.touch(f"accept-call:{call}")
    bedside.wait("receipts", ["done", "done", "done"])
    station.touch(f"handOver-call:{call}")
    name = f"answer-{colleague['id']}"
    station.touch(name if drawn(station, name) else f"staff-{colleague['id']}")
    until(lambda: only_call(house)["handed_to"] is not None)
    assert only_call(house)["handed_to"]["person_id"] == colleague["id"]
    assert only_call(house)["accepted_by"] is None
    station.touch("lock")
    station.badge(OTHER_BADGE)
    station.touch(f"accept-call:{call}")
    until(lambda: only_call(house)["accepted_by"] is not None)
    bedside.wait("call", call)
    until(lambda: colleague["family"] in bedside.state()["call_title"])
    assert HEAD_BADGE not in texts(station)
