"""Test calls through real programs: what was broken stands in the record, by its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from smartward.harness.house import House
from tests.programs import run

pytestmark = pytest.mark.long


def drill(house: House, *arguments: str) -> list[dict[str, Any]]:
    """`smartward drill run` to its end: what it said."""
    assert house.hub is not None
    ended = run("drill", "--admin", house.hub.ready["admin"], "run", *arguments)
    assert ended.returncode == 1, ended.stderr  # most beds of the ward have no screen
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_the_record_reproduces_what_was_broken(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        house.start_his("--seed", "7", "--beds", "12")
        house.start_hub(his_poll_s="1", drill_limit_s="8").wait("his_up", True)
        room = house.bed("3")["room"]
        alike = [b["number"] for b in house.documents("bed").values() if b["room"] == room]
        well, mute, away = sorted(alike)[:3]
        station = house.start_screen("station", "station")
        door = house.start_screen("door", "door", room)
        for bed in (well, mute):
            house.start_screen(f"bedside {bed}", "bedside", bed)
        for screen in house.screens.values():
            screen.wait("link", "live")
        # One does not store what it is told to, one was never switched on.
        house.screens[f"bedside {mute}"].ask("fault", name="storage.full", on=True)
        house.enrol("bedside", away)
        *beds, counts = drill(house)
        found = {bed["bed"]: bed for bed in beds}
        assert found[well]["result"] == "passed", found[well]
        assert set(found[well]["legs"]) == {"reach", "send", "show", "lamp", "whole"}
        assert found[mute]["faults"] == ["screen_silent"]
        assert found[away]["faults"] == ["screen_away"]
        assert [bed["bed"] for bed in beds] == sorted(found, key=int), "as the ward counts"
        assert (counts["passed"], counts["failed"]) == (1, 2)
        # Nobody saw or heard a call.
        assert station.state()["open_calls"] == 0
        assert door.state()["lamp"] == ""
        assert house.documents("nurse_call") == {}
        # A display that is dark shows nothing: the station's word is missing.
        station.ask("fault", name="display.asleep", on=True)
        house.screens[f"bedside {mute}"].ask("fault", name="storage.full", on=False)
        file = tmp_path / "record.pdf"
        (told,) = drill(house, "--to", str(file), "--language", "en")
        assert told["failed"] == 3
        assert file.read_bytes().startswith(b"%PDF")
