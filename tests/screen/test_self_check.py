"""A screen looks itself over from within its running program: what it asks of people, and what it
sends of what it found."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from smartward.check_words import in_columns, remedy
from smartward.clinical.device import ScreenRole
from smartward.clinical.device_check import CheckLine, CheckWish, How, fault, ok
from smartward.columns import printable
from smartward.i18n import LANGUAGES
from smartward.screen import self_check
from smartward.screen.check_order import Running
from smartward.screen.device_sheet import both_languages
from smartward.screen.hub_address import Hub
from smartward.screen.self_check import TOUCH_S, felt
from smartward.tasks import Tasks
from smartward.wire.order import LONGEST
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio

NOBODY = Hub(url="http://127.0.0.1:9", token="t")


class Panel:
    """What a running screen is asked, with the finger of whoever stands before it."""

    def __init__(self, folder: Path = Path("/nowhere"), **more: Any) -> None:
        self.clock = ManualClock()
        self.touched: float | None = None
        self.asked: list[float] = []
        self.running = Running(
            **{
                "role": ScreenRole.BEDSIDE,
                "folder": folder,
                "hub": lambda: NOBODY,
                "clock": self.clock,
                "lights": "",
                "inputs": lambda: None,
                "serial": str,
                "sound_faults": frozenset,
                "touched_at": lambda: self.touched,
                "ask_touch": self.asked.append,
                **more,
            }
        )


async def at_rest(clock: ManualClock) -> None:
    while not clock.waiting:
        await asyncio.to_thread(lambda: None)


async def test_a_touch_of_late_counts_and_nobody_is_asked_for_one() -> None:
    panel = Panel()
    wish = CheckWish()
    assert (await felt("eGalax", wish, panel.running)).key == "check.touch_unasked"
    panel.touched = panel.clock.monotonic()
    panel.clock.advance(600)
    line = await felt("eGalax", wish, panel.running)
    assert (line.how, line.values) == (How.OK, {"names": "eGalax", "min": 10})
    panel.clock.advance(600)
    assert (await felt("eGalax", wish, panel.running)).how is How.NOT_TESTED
    assert panel.asked == []


async def test_who_stands_there_is_asked_for_a_touch_for_a_minute() -> None:
    panel = Panel()
    panel.touched = panel.clock.monotonic()
    asked = Tasks().spawn(felt("eGalax", CheckWish(touch=True), panel.running), "a check")
    await at_rest(panel.clock)
    assert (panel.asked, asked.done()) == ([TOUCH_S], False)
    panel.clock.advance(1)
    panel.touched = panel.clock.monotonic()
    assert (await asked).key == "check.touch"
    assert panel.asked == [TOUCH_S, 0]
    asked = Tasks().spawn(felt("eGalax", CheckWish(touch=True), panel.running), "a check")
    await at_rest(panel.clock)
    panel.clock.advance(TOUCH_S)
    line = await asked
    assert (line.how, line.key) == (How.FAULT, "check.not_touched")
    assert panel.asked[2:] == [TOUCH_S, 0]


@pytest.mark.parametrize("role, how", [("door", How.FAULT), ("station", How.NOT_TESTED)])
async def test_only_a_screen_that_is_touched_lacks_a_panel(role: str, how: How) -> None:
    panel = Panel(role=ScreenRole(role))
    assert (await felt("", CheckWish(touch=True), panel.running)).how is how
    assert panel.asked == []


async def test_all_parts_are_told_once_and_nothing_sounds_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a hub that is away, and of a machine whose words do something to a terminal."""
    inputs = tmp_path / "inputs.toml"
    reader = f"{tmp_path}/by-id/badge\\u001b[2J{'x' * LONGEST}"
    inputs.write_text(f'[[reader]]\npath = "{reader}"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    panel = Panel(tmp_path, inputs=lambda: inputs, serial=lambda: "SN-4711\x1b[2J")
    found = await panel.running.check(CheckWish())
    assert found.serial == printable("SN-4711\x1b[2J")
    assert len({line.what for line in found.lines}) == len(found.lines) == 16
    by_part = {line.what: line for line in found.lines}
    assert by_part["sound"].key == "check.left_out"
    assert by_part["hub"].key == "check.hub_away"
    assert by_part["keys"].key == "check.keys_unknown", "none was made here"
    gone = str(by_part["reader"].values["paths"])
    assert (len(gone), gone.isprintable()) == (LONGEST, True)
    assert all(
        len(str(value)) <= LONGEST and str(value).isprintable()
        for line in found.lines
        for value in line.values.values()
    )

    async def sound(faults: frozenset[str] | None, *, plays: bool) -> CheckLine:
        running = Panel(tmp_path, sound_faults=lambda: faults).running
        return await self_check._sound(CheckWish(sound=plays), running)

    assert (await sound(None, plays=True)).key == "check.no_sound_here"
    assert (await sound(frozenset(), plays=True)).key == "check.no_sound"
    broken = await sound(frozenset({"sound.no_device"}), plays=True)
    assert broken.how is How.FAULT
    for one in both_languages():
        assert remedy(broken, one)


def test_what_a_newer_screen_found_is_shown_as_it_came() -> None:
    lines = [
        ok("gravity", "falls_up", g=-9.8),
        fault("clock", "runs_backward", why="moon"),
        ok("clock", "clock"),
    ]
    for texts in both_languages():
        shown = [" ".join(in_columns(line, texts)) for line in lines]
        assert "gravity" in shown[0]
        assert "check.falls_up" in shown[0]
        assert "check.runs_backward" in shown[1]
        assert "check.clock" in shown[2]
    assert len(LANGUAGES) > 1


async def test_a_check_that_is_given_up_asks_nobody_any_more() -> None:
    panel = Panel()
    asked = Tasks().spawn(felt("eGalax", CheckWish(touch=True), panel.running), "a check")
    await at_rest(panel.clock)
    asked.cancel()
    await asyncio.wait([asked])
    assert panel.asked == [TOUCH_S, 0]
