"""The light behind the panel follows what was drawn."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from smartward.clock import ClockSpec, SystemClock
from smartward.config import Settings
from smartward.harness.program import Program
from smartward.screen.light import Light, PanelLight
from smartward.tasks import Tasks
from tests.device.test_backlight import light
from tests.fakes.fake_clock import ManualClock
from tests.stories.night import until
from tests.ui.bed_model import NIGHT
from tests.ui.bed_ward import BED
from tests.ui.bedside_scenes import bedside


def shines(panel: Path) -> int:
    return int((panel / "brightness").read_text())


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    return light(tmp_path / "backlight", "panel", 1000)


@pytest.fixture
def screen(tmp_path: Path, panel: Path) -> Iterator[Program]:
    """A bedside that runs at night, on a panel with a light, with a reader and no keyboard."""
    inputs = tmp_path / "inputs.toml"
    inputs.write_text(f'keyboards = "refused"\n[[reader]]\npath = "{tmp_path}/badge"\n')
    os.mkfifo(tmp_path / "badge")
    scene = tmp_path / "scene.json"
    scene.write_bytes(msgspec.json.encode(bedside(his_as_of=NIGHT)))
    program = Program(
        "screen",
        [
            *("screen", "bedside", "--replica", str(scene), "--place", BED, "--language", "en"),
            *("--clock", str(ClockSpec.starting(NIGHT)), "--size", "1280x800"),
            *("--set", f"backlight={panel.parent}", "--inputs", str(inputs)),
        ],
        tmp_path,
        {},
    )
    yield program
    program.stop()


def test_a_running_screen_dims_at_night_and_almost_goes_out_at_rest(
    screen: Program, panel: Path
) -> None:
    until(lambda: shines(panel) == 400)
    screen.touch("openComfort")
    screen.touch("rest")
    screen.wait("light", "rest")
    until(lambda: shines(panel) == 100)
    screen.ask("tap", x=60.0, y=60.0)
    screen.wait("light", "night")
    until(lambda: shines(panel) == 400)
    screen.touch("openComfort")
    screen.touch("rest")
    until(lambda: shines(panel) == 100)
    screen.touch("callButton")
    until(lambda: shines(panel) == 400)
    assert screen.state()["pressed"] == 1


def test_where_its_file_refuses_keyboards_no_key_presses_the_call(screen: Program) -> None:
    screen.ask("key", key="Tab")
    for key in ("Space", "Return") * 3:
        screen.ask("key", key=key)
        screen.ask("key", key="Tab")
    state = screen.state()
    assert (state["pressed"], state["page"]) == (0, "home")
    screen.touch("callButton")
    screen.wait("pressed", 1)


def test_a_panel_without_a_light_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock()

    async def follow() -> None:
        follows, tasks = PanelLight(Settings(backlight=str(tmp_path)), clock), Tasks()
        follows.drawn(Light.NIGHT)
        with caplog.at_level("DEBUG", "smartward.screen.light"):
            tasks.spawn(follows.run(), "light")
            async with asyncio.timeout(10):
                while not caplog.records:
                    await clock.sleep(0.01)
        await tasks.stop()

    asyncio.run(follow())
    assert [one.levelname for one in caplog.records if "light" in one.name] == ["DEBUG"]


@pytest.mark.expects_log("the light behind the panel")
def test_a_light_that_fails_once_is_set_without_another_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    panel = light(tmp_path / "backlight", "panel", 1000)
    (panel / "max_brightness").write_text("a moment's fault")
    clock = ManualClock()

    async def follow() -> None:
        follows, tasks = PanelLight(Settings(backlight=str(panel.parent)), clock), Tasks()
        tasks.spawn(follows.run(), "light")
        follows.drawn(Light.NIGHT)
        for _ in range(2):  # told once
            await settled(lambda: clock.waiting == 1)
            clock.advance(5.0)
            await settled(lambda: clock.waiting == 0)
        await settled(lambda: clock.waiting == 1)
        assert shines(panel) == 1000
        (panel / "max_brightness").write_text("1000")
        clock.advance(5.0)
        await settled(lambda: "is up again" in caplog.text)
        await tasks.stop()

    async def settled(met: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not met():
                await SystemClock().sleep(0.01)

    asyncio.run(follow())
    assert shines(panel) == 400
    assert caplog.text.count("is down") == 1


def test_a_screen_that_is_told_of_no_light_ends_following() -> None:
    asyncio.run(asyncio.wait_for(PanelLight(Settings(), SystemClock()).run(), 5))
