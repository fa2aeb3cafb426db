"""Who the person is: from the record or from a nurse, shown to staff and changing the screens."""

from typing import Any

import pytest

from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.night import BADGE, drawn, give_badges, live, only_call, texts, until

pytestmark = pytest.mark.long

BED = "9"
"""Somebody of whom the record says nothing."""


def of_record(house: House, what: str, bed: str = BED, *, on: bool = True) -> None:
    """A flag is set or cleared in the hospital's record."""
    assert house.his is not None
    house.his.ask("event", name="profile", bed=bed, what=what, on=on)


def start(house: House, *roles: str, bed: str = BED) -> list[Program]:
    """The screens of those roles at that bed."""
    for role in roles:
        house.start_screen(role, role, "" if role == "station" else bed)
    live(house)
    for role in roles:
        if role != "station":
            house.screens[role].wait("bed_state", "known")
    return [house.screens[role] for role in roles]


def text_of(screen: Program, name: str) -> str:
    """The text of the item of that name; empty where there is none."""
    found = [one["text"] for one in screen.ask("texts")["texts"] if one["objectName"] == name]
    return str(found[0]) if found else ""


def note(house: House) -> dict[str, Any]:
    """The only profile that a nurse has set."""
    notes = list(house.documents("profile").values())
    return notes[0]["profile"] if notes else {}


def test_the_record_tells_staff_how_to_reach_somebody(house: House) -> None:
    bedside, bedhead, station = start(house, "bedside", "bedhead", "station")
    bedside.touch("callButton")
    station.wait("open_calls", 1)
    assert bedhead.state()["reach"] == []
    of_record(house, "hearing")
    of_record(house, "confusion")
    bedhead.ask("wait", state="reach", value=["hearing", "confused"], within_s=20)
    until(lambda: "听不清" in texts(station))
    bedside.touch("back")
    until(lambda: text_of(bedside, "orientation") != "" or "9床" in texts(bedside))
    of_record(house, "hearing", on=False)
    of_record(house, "confusion", on=False)
    bedhead.wait("reach", [])
    until(lambda: "听不清" not in texts(station))


def test_the_hand_moves_the_call_and_the_call_still_calls(house: House) -> None:
    bedside, station = start(house, "bedside", "station")
    bedside.settle("callButton")
    right = bedside.ask("find", objectName="callButton")["rect"]
    of_record(house, "hand-left")
    bedside.wait("call_left", True)
    bedside.settle("callButton")
    left = bedside.ask("find", objectName="callButton")["rect"]
    assert left[0] + left[2] < right[0] + right[2] / 2, "on the other side"
    assert left[2:] == right[2:], "as large as before"
    bedside.touch("callButton")
    station.wait("open_calls", 1)


def test_a_nurse_at_the_bed_knows_better_than_the_record(house: House) -> None:
    give_badges(house)
    of_record(house, "hand-left")
    bedside, bedhead = start(house, "bedside", "bedhead")
    bedside.wait("call_left", True)
    bedside.touch("openStaff")
    bedside.touch("openTurns")
    bedside.touch("openSetup")
    bedside.touch("profile-hand")
    bedside.wait("asking_who", True)
    bedside.badge(BADGE)
    bedside.wait("call_left", False)
    until(lambda: note(house).get("hand") == "right")
    bedside.touch("profile-hearing_impaired")
    bedhead.wait("reach", ["hearing"])
    bedside.touch("profile-text_scale")
    bedside.touch("profile-text_scale")
    bedside.wait("text_scale", 1.3)
    until(lambda: note(house).get("text_scale") == 1.3)
    [stay] = house.documents("profile").values()
    assert stay["by"]["known"] == "badge"


def test_a_profile_set_at_the_station_changes_the_bed(house: House) -> None:
    give_badges(house)
    bedside, bedhead = start(house, "bedside", "bedhead")
    # High enough for a whole sheet: nothing here scrolls.
    station = house.start_screen("station", "station", "", "--size", "1920x1600")
    live(house)
    station.badge(BADGE)
    station.touch(f"bed-{house.bed(BED)['id']}")
    station.wait("sheet_open", True)
    station.touch("profile-sight_impaired")
    until(lambda: station.state()["question"] != "")
    station.touch("answer-1")
    bedhead.wait("reach", ["sight"])
    bedside.wait("text_scale", 1.6)
    until(lambda: note(house).get("sight_impaired") is True)


@pytest.mark.parametrize(
    "bed, tag, languages",
    [
        ("36", "en", ("en",)),
        ("29", "yue", ("zh_HK", "zh_CN")),
        ("加12", "es", ("es", "zh_CN")),
        ("22", "ar", ("ar", "zh_CN")),
    ],
)
def test_the_screen_speaks_the_language_of_the_record_or_the_wards(
    house: House, bed: str, tag: str, languages: tuple[str, ...]
) -> None:
    bedside, station = start(house, "bedside", "station", bed=bed)
    [stay] = [
        one
        for one in house.documents("encounter").values()
        if one["bed_id"] == house.bed(bed)["id"]
    ]
    assert (stay["patient"]["language"] or stay["profile"]["language"]) == tag
    until(lambda: bedside.state()["language"] in languages)
    assert station.state()["language"] == "zh_CN", "staff read their own"
    bedside.touch("callButton")
    station.wait("open_calls", 1)
    bedside.wait("receipts", ["done", "done", "waiting"])
    [call] = house.documents("nurse_call").values()
    assert call["bed_id"] == house.bed(bed)["id"]


def test_comfort_care_shows_no_goals_and_no_discharge(house: House) -> None:
    bed = "15"  # goes home today
    bedside, station = start(house, "bedside", "station", bed=bed)
    until(lambda: "出院" in texts(bedside))
    assert "今日出院" in texts(station)
    of_record(house, "comfort-care", bed)
    until(lambda: "出院" not in texts(bedside))
    assert "今日出院" in texts(station), "staff still know"
    assert drawn(bedside, "callButton")
    bedside.touch("callButton")
    station.wait("open_calls", 1)
    assert only_call(house)["bed_id"] == house.bed(bed)["id"]
