"""Whoever cannot see, speak or reach: handsets, cords, one switch, and wires that are lost."""

from pathlib import Path

import pytest

from smartward.demo.gateway import Gateway
from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.night import (
    BADGE,
    drawn,
    give_badges,
    live,
    marks,
    only_call,
    texts,
    until,
)

pytestmark = pytest.mark.long

CLOSES = ("closeCall", "close", "lower-call:{}", "close-call:{}")


def test_an_extra_bed_without_a_screen_calls_as_itself(house: House) -> None:
    """加12 is not 12: at the station, at the door, on the corridor and in what is spoken."""
    station = house.start_screen("station", "station")
    corridor = house.start_screen("corridor", "corridor")
    door = house.start_screen("door", "door", str(house.bed("加12")["room"]))
    door_12 = house.start_screen("door 12", "door", str(house.bed("12")["room"]))
    live(house)
    gateway = Gateway(house)
    house.call_point("handset-x12", "handset", "加12")
    gateway.press("handset-x12")
    station.wait("open_calls", 1)
    corridor.wait("numbers", ["加12"])
    door.wait("lamp", "medium")
    assert door_12.state()["lamp"] == ""
    assert "加12" in station.state()["numbers"]
    assert "12" not in station.state()["numbers"]
    assert only_call(house)["bed_id"] == house.bed("加12")["id"]
    gateway.hang_up()


def _touch_everything(screen: Program) -> None:
    """Every drawn control that says what it does to a call, and every key that a keyboard has."""
    for key in ("Return", "Space", "Delete", "Escape", "Backspace", "F1", "F9", "F9"):
        screen.ask("key", key=key)


def test_a_bathroom_cord_ends_at_its_cord_and_nowhere_else(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station")
    door = house.start_screen("door", "door", str(house.bed("12")["room"]))
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    gateway = Gateway(house)
    house.call_point("cord-12", "bathroom_cord", "12")
    gateway.press("cord-12")
    station.wait("open_calls", 1)
    station.wait("alarm", "high")
    call = only_call(house)
    assert (call["call_class"], call["priority"]) == ("bathroom", "high")
    station.badge(BADGE)
    for verb in ("accept", "reinforce"):
        station.touch(f"{verb}-call:{call['id']}")
    station.touch("mute")
    station.touch("lock")
    station.badge(BADGE)
    station.touch(f"row-call:{call['id']}")
    _touch_everything(station)
    for name in CLOSES:
        assert not drawn(station, name.format(call["id"])), name
    for screen in (bedside, door):
        assert not drawn(screen, "closeCall")
    assert only_call(house)["state"] not in ("completed", "cancelled")
    assert station.state()["open_calls"] == 1
    gateway.reset("cord-12")
    station.wait("open_calls", 0)
    assert only_call(house)["state"] == "completed"
    gateway.hang_up()


def test_a_lost_wire_is_a_call_and_a_silent_point_too(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    gateway = Gateway(house)
    house.call_point("handset-12", "handset", "12")
    house.call_point("handset-20", "handset", "20", heartbeat_s=2)
    house.call_point("handset-21", "handset", "21", heartbeat_s=2)
    gateway.beat("handset-20")
    gateway.beat("handset-21")
    gateway.lose("handset-12")
    station.wait("open_calls", 1)
    assert only_call(house)["reason"] == "line_lost"
    until(lambda: house.documents("call_point")["handset-12"]["lost_since"] is not None)
    gateway.lose("handset-12")
    assert len(house.documents("nurse_call")) == 1
    gateway.restore("handset-12")
    until(lambda: house.documents("call_point")["handset-12"]["lost_since"] is None)
    assert station.state()["open_calls"] == 1, "a person looks, whatever the wire does then"

    def silent_point_is_lost() -> bool:
        gateway.beat("handset-20")
        return house.documents("call_point")["handset-21"]["lost_since"] is not None

    until(silent_point_is_lost)
    station.wait("open_calls", 2)
    assert house.documents("call_point")["handset-20"]["lost_since"] is None
    gateway.hang_up()
    assert bedside.state()["engine_warnings"] == 0


INPUTS = """
[[input]]
path = "{path}"
point = "bed"
kind = "one_switch"
keys = {{ KEY_F1 = "press" }}
"""


def test_one_switch_at_the_bed_calls_like_the_screen_does(house: House, tmp_path: Path) -> None:
    station = house.start_screen("station", "station")
    file = tmp_path / "inputs.toml"
    file.write_text(INPUTS.format(path=tmp_path / "switch"), "utf-8")
    bedside = house.start_screen("bedside", "bedside", "12", "--inputs", str(file))
    live(house)
    bedside.ask("input", point="bed", event="press")
    station.wait("open_calls", 1)
    bedside.wait("receipts", ["done", "done", "waiting"])

    def pressed_twice() -> bool:
        # Too soon after the first it counts as a tremble, like a touch.
        if bedside.state()["pending"] == 0 and only_call(house)["presses"] < 2:
            bedside.ask("input", point="bed", event="press")
        return bool(only_call(house)["presses"] == 2)

    until(pressed_twice)
    assert "12" in texts(station)
    assert "sent" in marks(only_call(house))
