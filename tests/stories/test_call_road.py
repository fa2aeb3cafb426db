"""One call, from the touch at a bedside to the nurse who closes it, and what may die between."""

import pytest

from smartward.harness.house import House
from tests.stories.look import hub_documents, hub_history


def _one_call(house: House) -> dict[str, object]:
    [call] = hub_documents(house, "nurse_call").values()
    return call


def test_a_call_is_seen_everywhere_it_matters(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    bedhead = house.start_screen("bedhead", "bedhead", "12")
    door = house.start_screen("door", "door", str(house.bed("12")["room"]))
    elsewhere = house.start_screen("elsewhere", "bedside", "20")
    for screen in house.screens.values():
        screen.wait("link", "live")
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    door.wait("lamp", "medium")
    bedhead.wait("lamp", "medium")
    bedside.wait("receipts", ["done", "done", "waiting"])
    assert elsewhere.state()["call"] is None
    call = _one_call(house)
    assert call["bed_id"] == house.bed("12")["id"]
    assert {mark["kind"] for mark in call["marks"]} >= {"sent", "shown"}  # type: ignore[attr-defined]  # declared wider than what it is here


@pytest.mark.long  # in the quick run tests/screen/test_app.py does so with its outbox
def test_a_screen_killed_right_after_the_touch_has_placed_its_call(house: House) -> None:
    bedside = house.start_screen("bedside", "bedside", "12")
    bedside.wait("link", "live")
    assert house.hub is not None
    house.hub.kill()
    touched = bedside.ask("tap", objectName="callButton")
    bedside.kill()
    assert touched["ok"]
    house.restart_hub()
    bedside = house.restart_screen("bedside")
    bedside.wait("receipts", ["done", "waiting", "waiting"])
    call = _one_call(house)
    assert call["presses"] == 1


@pytest.mark.long  # in the quick run tests/hub/test_process.py does so without a screen
def test_a_hub_killed_right_after_its_answer_still_has_the_call(house: House) -> None:
    bedside = house.start_screen("bedside", "bedside", "12")
    bedside.wait("link", "live")
    bedside.ask("tap", objectName="callButton")
    bedside.wait("receipts", ["done", "waiting", "waiting"])
    assert house.hub is not None
    house.hub.kill()
    first = _one_call(house)
    house.restart_hub().wait("open_calls", 1)
    bedside.wait("link", "live")
    again = _one_call(house)
    assert (again["id"], again["placed_at"], again["presses"]) == (
        first["id"],
        first["placed_at"],
        1,
    )


@pytest.mark.long
def test_both_killed_and_pressed_while_the_hub_is_away(house: House) -> None:
    bedside = house.start_screen("bedside", "bedside", "12")
    bedside.wait("link", "live")
    assert house.hub is not None
    house.hub.kill()
    bedside.ask("tap", objectName="callButton")
    bedside.wait("receipts", ["waiting", "waiting", "waiting"])
    bedside.wait("banner", "hub")
    bedside.ask("tap", objectName="callButton")
    bedside.kill()
    house.restart_hub()
    station = house.start_screen("station", "station")
    bedside = house.restart_screen("bedside")
    station.wait("open_calls", 1)
    bedside.wait("receipts", ["done", "done", "waiting"])
    bedside.wait("outbox_waiting", 0)
    call = _one_call(house)
    assert call["presses"] == 2
    times = {body["placed_at"] for body in hub_history(house, "nurse_call", str(call["id"]))}
    assert times == {call["placed_at"]}


@pytest.mark.long
def test_a_nurse_who_said_she_comes_and_does_not(house: House) -> None:
    house.badge(house.person("nurse")["id"], "B-STORY")
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    for screen in house.screens.values():
        screen.wait("link", "live")
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    call_id = str(_one_call(house)["id"])
    station.touch(f"accept-call:{call_id}")
    station.wait("asking", True)
    station.badge("B-STORY")
    bedside.wait("receipts", ["done", "done", "done"])
    house.advance(301)
    bedside.wait("call_title", "还没有护士到")
    assert "resounded" in {mark["kind"] for mark in _one_call(house)["marks"]}  # type: ignore[attr-defined]  # declared wider than what it is here
