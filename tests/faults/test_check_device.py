"""A placed screen looks itself over beside its running program, or from within it as its hub orders
it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smartward.harness.house import House
from tests.pdf import pages
from tests.programs import run

pytestmark = pytest.mark.long


def _after(word: str, command: Any) -> str:
    return str(command[command.index(word) + 1])


def check(house: House, name: str, *more: str) -> dict[str, list[str]]:
    """Run it for a screen of the house: result and words by part."""
    assert house.hub is not None
    token = _after("--token-file", house.screens[name].process.args)
    ended = run(
        "check", "--device", "--state-dir", str(house.folder / name), "--no-sound", "--no-touch",
        "--hub", house.hub.ready["url"], "--token-file", token, *more,
    )  # fmt: skip
    assert ended.returncode == 1, "a machine of tests has no display and no watchdog"
    return by_part(ended)


def from_hub(house: House, name: str, *more: str) -> subprocess.CompletedProcess[str]:
    """The same, ordered from the hub's console."""
    assert house.hub is not None
    return run("fleet", "check", house.device_id(name), "--admin", house.hub.ready["admin"], *more)


def by_part(ended: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    rows = [line for line in ended.stdout.splitlines() if not line.startswith(" ")]
    found = {row[13:35].strip(): [row[:12].strip(), row[36:]] for row in rows}
    assert len(found) == 16, ended.stdout + ended.stderr
    return found


def ordered_from_the_hub(house: House, folder: Path, found: dict[str, list[str]]) -> None:
    """It is the same from within the running program: nobody touches it there, nothing sounds.
    `found`: from beside it."""
    ordered, drawn = folder / "ordered.pdf", folder / "drawn.pdf"
    ended = from_hub(house, "bedside", "--bed", "3", "--to", str(ordered))
    assert ended.returncode == 1, ended.stderr
    assert "is asked to look itself over" in ended.stderr
    assert f"The report is in {ordered}" in ended.stderr
    inside = by_part(ended)
    for part in ("Hub", "Place", "Clock", "Test call", "Certificate", "Versions"):
        assert inside[part][0] == found[part][0], (part, inside[part])
    assert inside["Touch"] == ["FAULT", "There is no touch panel."]
    text = "".join(pages(ordered))
    for words in ("Commissioning report", "设备验收报告", house.device_id("bedside"), "测试呼叫"):
        assert words in text, words
    assert house.documents("nurse_call") == {}
    kept = folder / "report.json"
    kept.write_text(from_hub(house, "door", "--no-call", "--json").stdout)
    assert json.loads(kept.read_text())["which"]["role"] == "door"
    command = ["check", "--report", str(kept), "--to", str(drawn), "--language", "zh_CN"]
    assert run(*command).returncode == 0
    assert "设备验收报告" in pages(drawn)[0]
    assert "Commissioning report" not in pages(drawn)[0]


def test_a_placed_bedside_is_checked_with_a_test_call_and_a_page_in_two_languages(
    tmp_path: Path,
) -> None:
    with House(tmp_path / "house") as house:
        house.start_his("--seed", "7", "--beds", "6")
        house.start_hub(his_poll_s="1", drill_limit_s="8").wait("his_up", True)
        room = house.bed("3")["room"]
        house.start_screen("station", "station")
        house.start_screen("door", "door", room)
        bedside = house.start_screen("bedside", "bedside", "3")
        for screen in house.screens.values():
            screen.wait("link", "live")
        file = tmp_path / "report.pdf"
        found = check(house, "bedside", "--bed", "3", "--to", str(file))
        assert found["Hub"][0] == "ok"
        assert "bedside screen, place 3" in found["Hub"][1]
        assert found["Place"] == ["ok", "It hangs at 3, as was said."]
        assert found["Clock"][0] == "ok"
        assert found["Test call"][0] == "ok", found["Test call"]
        assert found["Certificate"][0] == "not tested"
        assert found["Touch"] == ["not tested", "Left out by whoever ran the check."]
        assert {part for part, (how, _) in found.items() if how == "FAULT"} <= {
            "Display", "Watchdog", "Memory", "Disk, room", "Disk, speed",
        }  # fmt: skip
        # Nobody saw a call, and the screen that was asked goes on as it was.
        assert house.documents("nurse_call") == {}
        assert bedside.state()["link"] == "live"
        (text,) = pages(file)
        for words in ("Commissioning report", "设备验收报告", "Test call", "测试呼叫", "FAULT"):
            assert words in text, words

        ordered_from_the_hub(house, tmp_path, found)

        # Before another bed it says so; beside a patient's call nothing is tested; a display that
        # is dark shows nothing; without a hub the rest is looked at all the same.
        assert check(house, "bedside", "--bed", "4", "--no-call")["Place"][0] == "FAULT"
        house.screens["station"].ask("fault", name="display.asleep", on=True)
        failed = check(house, "bedside")["Test call"]
        assert failed[0] == "FAULT"
        assert "No station" in failed[1]
        bedside.touch("callButton")
        house.screens["station"].wait("open_calls", 1)
        refused = check(house, "bedside")["Test call"]
        assert refused == [
            "not tested",
            "No test call now: A call is open. Test calls can begin once none is.",
        ]
        assert check(house, "door")["Test call"][0] == "not tested"
        ended = from_hub(house, "bedside")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "A call is open that this screen is needed for" in ended.stderr
        away = check(house, "bedside", "--hub", "http://127.0.0.1:9")
        assert away["Hub"][0] == "FAULT"
        assert away["Disk, room"][0] != "not tested"
