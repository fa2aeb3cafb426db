"""A nurse in a room: the clock stops, the ward's next call follows her, and what she leaves."""

import pytest

from smartward.demo.gateway import Gateway
from smartward.harness.house import House
from tests.stories.night import BADGE, give_badges, live, marks, only_call, until

pytestmark = pytest.mark.long

HOLD_MS = 1300


def test_held_presence_stops_the_clock_and_leaving_ends_what_may_end(house: House) -> None:
    nurse, *_ = give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    other = house.start_screen("other", "bedside", "20")
    door = house.start_screen("door", "door", str(house.bed("12")["room"]))
    bedhead = house.start_screen("bedhead", "bedhead", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    door.touch("markPresence")
    door.touch("enterRoom", hold_ms=HOLD_MS)
    door.wait("asking_who", True)
    assert only_call(house)["state"] == "requested", "nobody is present before the badge"
    door.badge(BADGE)
    until(lambda: only_call(house)["state"] == "in-progress")
    until(lambda: nurse["family"] in door.state()["inside"])
    until(lambda: nurse["family"] in bedhead.state()["inside"])
    other.ask("tap", objectName="callButton")
    door.wait("elsewhere", "20床")
    bedhead.wait("elsewhere", "20床")
    assert bedhead.state()["lamp"] != "" or door.state()["lamp"] != ""
    assert "20" not in door.state()["title"]
    door.badge(BADGE)
    door.touch("leaveRoom")
    until(lambda: house.documents("presence") == {})
    own = [c for c in house.documents("nurse_call").values() if c["bed_id"] == "his.bed-12"]
    assert [call["state"] for call in own] == ["completed"]
    door.wait("elsewhere", "")


def test_a_presence_button_comes_and_goes_and_a_cord_asks_again(house: House) -> None:
    station = house.start_screen("station", "station")
    corridor = house.start_screen("corridor", "corridor")
    door = house.start_screen("door", "door", str(house.bed("12")["room"]))
    live(house)
    gateway = Gateway(house)
    house.call_point("cord-12", "bathroom_cord", "12")
    house.call_point("presence-12", "presence_button", "12")
    gateway.press("cord-12")
    station.wait("alarm", "high")
    corridor.wait("numbers", ["12"])
    gateway.presence("presence-12")
    until(lambda: only_call(house)["state"] == "in-progress")
    station.wait("alarm", "medium")  # of an alert that was there before
    until(lambda: door.state()["inside"] != "")
    gateway.presence("presence-12")
    until(lambda: "left" in marks(only_call(house)))
    assert only_call(house)["state"] not in ("completed", "cancelled")
    station.wait("alarm", "high")
    gateway.reset("cord-12")
    station.wait("open_calls", 0)
    corridor.wait("numbers", [])
    gateway.hang_up()
