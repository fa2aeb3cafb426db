"""A bedside screen is told from the station and from the console: to show which it is, to send its
log, to look itself over, to start anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from smartward.harness.house import House
from smartward.hub.fleet_cli import main
from tests.stories.night import HEAD_BADGE, drawn, give_badges, live, texts, until

pytestmark = pytest.mark.long


def looks_itself_over(house: House, id: str) -> None:
    """The station's page has what it found until that is put away; at the bed nothing is seen."""
    station, bedside = house.screens["station"], house.screens["bedside"]
    station.touch(f"screen-{id}")
    station.touch("answer-check")
    until(lambda: drawn(station, f"putAway-{id}"))
    shown = texts(station)
    assert "显示：没有连接显示器" in shown
    assert "测试呼叫" in shown.partition("正常：")[2].partition("\n")[0]
    assert "自检" not in texts(bedside)
    station.touch(f"putAway-{id}")
    until(lambda: not drawn(station, f"check-{id}"))


def test_a_screen_is_identified_sends_its_log_and_starts_anew(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert house.hub is not None
    give_badges(house)
    admin = ["--admin", house.hub.ready["admin"]]
    bed, other = sorted(house.documents("bed").values(), key=lambda one: one["order"])[:2]
    service = {"INVOCATION_ID": "0" * 32}
    bedside = house.start_screen("bedside", "bedside", bed["number"], environment=service)
    beside = house.start_screen("beside", "bedside", other["number"])
    station = house.start_screen("station", "station")
    live(house)
    id = house.device_id("bedside")

    station.touch("pageLinks")
    station.touch(f"screen-{id}")
    station.touch("answer-identify")
    station.badge(HEAD_BADGE)
    until(lambda: drawn(bedside, "identifyFrame"))
    assert id in texts(bedside)
    assert id not in texts(beside)
    assert drawn(bedside, "callButton")

    file = tmp_path / "log.json"
    assert main(["log", id[:13], "--out", str(file), *admin]) == 0
    found: dict[str, Any] = json.loads(file.read_text())
    assert (found["device_id"], found["masked"], found["faults"]) == (id, 0, found["faults"])
    assert any("order identify is carried out" in line for line in found["lines"])
    assert not {"his_token_url", "his_client_key_file"} & found["settings"].keys()

    looks_itself_over(house, id)

    # Nobody would start this one again: it runs under no service.
    capsys.readouterr()
    assert main(["restart", house.device_id("beside"), *admin]) == 1
    bedside.touch("callButton")
    until(lambda: len(house.documents("nurse_call")) == 1)
    station.touch(f"screen-{id}")
    station.touch("answer-restart")
    station.touch("answer-yes")
    until(lambda: "请到床旁处理完再试" in texts(station))
    assert bedside.running
    assert main(["restart", id, "--force", *admin]) == 0
    assert bedside.ended_within(20)
    assert bedside.process.returncode == 0
    bedside.stop()
    again = house.restart_screen("bedside")
    again.wait("link", "live")
    assert [one["closed_at"] for one in house.documents("nurse_call").values()] == [None]
