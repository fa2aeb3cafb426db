"""A short day of alerts in real processes: what the demo of a day shows is there to be seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.demo.day_stage import DAWN, Day
from smartward.harness.house import House
from smartward.i18n import Catalogue

pytestmark = pytest.mark.long

WORSE, RESTLESS, LAB = "31", "21", "10"
WORDS = Catalogue("en", ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with House(tmp_path / "house", origin=DAWN) as house:
        day = Day(house, tmp_path)
        day.build("restless", bedside=False)
        day.station.ask("set", name="language", value="en")
        yield day
        assert day.station.state()["engine_warnings"] == 0


def alert(day: Day, rule: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in day.house.documents("alert").values()
        if one["rule"] == rule and one["state"] != "off"
    ]
    return found


def everything(day: Day) -> set[str]:
    return {one["text"] for one in day.station.ask("texts")["texts"]}


def test_a_short_day_of_alerts(day: Day) -> None:
    for event in ({"name": "deteriorate"}, {"name": "neglect"}):
        day.his.ask("event", bed=WORSE, **event)
    day.his.ask("event", name="lab", bed=LAB, test="potassium", value=6.6)
    worse = day.await_card("news2", WORSE)
    nurse = day.sign_in()
    put_off = day.await_card("news2_medium", RESTLESS)
    day.touch(f"later-{put_off}", "answer-15", "answer-treating")
    day.await_mark(put_off, "snoozed", 1)
    assert day.station.state()["queue"][-1] == put_off, "what was put off stands last"
    assert any(nurse in text and "Being treated" in text for text in day.texts("queueStatus"))

    day.on(14)
    day.await_mark(put_off, "returned", 3)
    assert any(text.endswith("still there") for text in day.texts("queueStatus"))
    assert day.mark(worse) == "escalated", "nobody answered for ten minutes"
    assert alert(day, "news2")["step"] == 1

    day.on(24)
    assert day.await_card("observations_overdue", WORSE, 10) == worse, "one problem, one card"
    part = alert(day, "observations_overdue")["id"]
    day.sign_in()
    day.open_sheet(WORSE)
    day.touch(f"more-{worse}")
    assert "1 more reason" in everything(day)
    assert day.station.ask("find", objectName=f"open-item-{worse}/{part}")["visible"]
    day.touch(f"sheetGo-{worse}")
    day.must(lambda: day.mark(worse) == "", "taken on")
    assert alert(day, "observations_overdue")["acknowledged_by"] is not None, "with all its parts"

    day.on(2)
    day.touch("pageToday")
    counts = {one["bed_id"]: one["alert_count"] for one in day.board()["beds"]}
    assert counts[day.house.bed(WORSE)["id"]] == 2
    assert counts[day.house.bed(RESTLESS)["id"]] == 2, "at 08:05 and 08:45"
    total = sum(counts.values())
    day.must(
        lambda: day.texts("todaySummary")[0].startswith(f"{total} since 08:00"), "the budget page"
    )
    assert "critical_lab" in day.shadow()
    assert "critical_lab" not in {one["rule"] for one in day.house.documents("alert").values()}
    assert WORDS.text("alert.critical_lab.about.says") in everything(day)
