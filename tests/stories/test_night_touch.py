"""Three in the morning: a hand in the dark, inside the call shape and outside of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.night import BADGE, drawn, give_badges, live, only_call, until

pytestmark = pytest.mark.long

THREE = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
"""03:00 on the ward."""
BED = "24"
"""Its patient cannot speak, so that there is a picture board too."""


@pytest.fixture
def night(tmp_path: Path) -> Iterator[House]:
    """The ward at three, with a station and a bedside that rests."""
    with House(tmp_path / "house", origin=THREE) as house:
        house.start_his("--seed", "7")
        house.start_hub(his_poll_s="1").wait("his_up", True)
        house.start_screen("station", "station")
        house.start_screen("bedside", "bedside", BED, "--size", "1280x800")
        live(house)
        yield house
        for screen in house.screens.values():
            assert screen.state()["engine_warnings"] == 0, screen.log.read_text()[-2000:]


def to_rest(bedside: Program) -> tuple[float, float, float, float]:
    """The patient has it dark; gives the call shape as x, y, width, height."""
    bedside.touch("openComfort")
    bedside.touch("rest")
    bedside.wait("resting", True)
    bedside.settle("callButton")
    x, y, width, height = bedside.ask("find", objectName="callButton")["rect"]
    return x, y, width, height


def press(bedside: Program, count: int) -> None:
    """Touch the call shape until it has counted: twice within half a second, as this test can on a
    quick machine, is the same trembling finger."""

    def counted() -> bool:
        bedside.ask("tap", objectName="callButton")
        return bool(bedside.state()["pressed"] == count)

    until(counted)


@pytest.mark.parametrize("where", [(0.5, 0.5), (0.06, 0.5), (0.94, 0.5), (0.5, 0.06), (0.5, 0.94)])
def test_a_touch_inside_the_call_shape_calls_at_once(
    night: House, where: tuple[float, float]
) -> None:
    bedside = night.screens["bedside"]
    assert bedside.state()["night"]
    x, y, width, height = to_rest(bedside)
    bedside.ask("tap", x=x + where[0] * width, y=y + where[1] * height)
    night.screens["station"].wait("open_calls", 1)
    state = bedside.state()
    assert (state["pressed"], state["page"], state["resting"]) == (1, "call", False)
    assert only_call(night)["presses"] == 1


def test_a_touch_outside_only_wakes(night: House) -> None:
    bedside = night.screens["bedside"]
    x, y, width, height = to_rest(bedside)
    outside = [
        (60.0, 60.0),
        (x - 20, y + height / 2),
        (x + width / 2, y - 20),
        (x + width / 2, y + height + 20),
        *((float(at), 740.0) for at in (120, 460, 800, 1150)),
    ]
    for point in outside:
        bedside.ask("tap", x=point[0], y=point[1])
        bedside.wait("resting", False)
        assert bedside.state()["page"] == "home", "what lies below was not touched"
        assert bedside.state()["pressed"] == 0, point
        until(lambda: not drawn(bedside, "waking"))
        to_rest(bedside)
    bedside.wait("outbox_waiting", 0)
    assert night.documents("nurse_call") == {}
    assert night.screens["station"].state()["open_calls"] == 0


def test_the_call_shape_calls_on_every_page(night: House) -> None:
    give_badges(night, 3)
    bedside = night.screens["bedside"]
    bedside.settle("callButton")
    place = bedside.ask("find", objectName="callButton")["rect"]

    def from_home(*path: str) -> None:
        if bedside.state()["page"] != "home":
            bedside.touch("back")
        bedside.wait("page", "home")
        for step in path:
            bedside.touch(step)

    ways = {
        "home": (),
        "call": (),
        "care": ("openCare",),
        "board": ("openBoard",),
        "comfort": ("openComfort",),
        "staff": ("openStaff",),
        "turns": ("openStaff", "openTurns"),
        "setup": ("openStaff", "openTurns", "openSetup"),
    }
    for count, (page, path) in enumerate(ways.items(), 1):
        if page != "call":
            from_home(*path[:1])
            if page == "turns":
                bedside.badge(BADGE)
            for step in path[1:]:
                bedside.touch(step)
        bedside.wait("page", page)
        bedside.settle("callButton")
        assert bedside.ask("find", objectName="callButton")["rect"] == place, page
        press(bedside, count)
        bedside.wait("page", "call")
    bedside.wait("outbox_waiting", 0)
    until(lambda: only_call(night)["presses"] == len(ways))
