"""The demo, the pictures and the benches run to their end, and leave no patient's name behind."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from smartward.demo.chapters import STORY
from smartward.demo.pictures import GEOMETRIES, STATES, draw
from smartward.demo.stage import SIZES
from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.look import hub_documents, hub_history

pytestmark = pytest.mark.long


def _run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "smartward", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_demo_is_told_without_a_display(tmp_path: Path, house: House) -> None:
    told = _run("demo", "--out", "out", "--language", "en", cwd=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    out = tmp_path / "out"
    pictures = {path.name for path in out.glob("*.png")}
    for number, chapter in enumerate(STORY, 1):
        for role in SIZES:
            assert f"{number:02d}-{chapter.name}-{role}.png" in pictures
    for raw in ("open_calls", "receipts", "['", "alert.", "medium"):
        assert raw not in told.stdout, "the table speaks words"
    assert "PIN" in told.stdout
    names = {stay["patient"]["name"] for stay in hub_documents(house, "encounter").values()}
    logs = list((out / "logs").glob("*.log"))
    assert len(logs) == 2 + len(SIZES)
    for log in logs:
        text = log.read_text(errors="replace")
        assert not [name for name in names if name in text], log.name


@pytest.mark.parametrize("what", ["call", "board"])
def test_a_bench_prints_its_figures_beside_their_limits(tmp_path: Path, what: str) -> None:
    told = _run("bench", what, "--count", "5", "--clients", "10", cwd=tmp_path)
    # Missing a limit is a figure, not a failure of the bench: this machine is shared.
    assert told.returncode in (0, 1), told.stderr
    assert "ok" in told.stdout, told.stderr


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_picture_is_drawn_without_a_warning(tmp_path: Path, state: object) -> None:
    drawn = list(draw(state, tmp_path))  # type: ignore[arg-type]  # declared wider than what it is here
    assert len(drawn) == sum(map(len, GEOMETRIES.values())) * 4
    assert all(path.stat().st_size > 1000 for path in drawn)


def _press(screen: Program) -> None:
    """One press that counts: one that comes at once after another is the same press."""
    before = screen.state()["pressed"]
    screen.settle("callButton")
    for _ in range(20):
        screen.ask("tap", objectName="callButton")
        if screen.state()["pressed"] > before:
            return
    raise AssertionError("the bedside takes no press")


@pytest.mark.parametrize("seed", range(4))
def test_no_schedule_of_deaths_loses_or_doubles_a_call(house: House, seed: int) -> None:
    """Screens and hub are killed at random between presses; every press is there once."""
    chance = random.Random(seed)
    beds = ["3", "12", "20"]
    for bed in beds:
        house.start_screen(bed, "bedside", bed).wait("link", "live")
    pressed: dict[str, int] = {}
    for _ in range(12):
        deed = chance.choice(["press", "press", "hub", "screen"])
        bed = chance.choice(beds)
        screen = house.screens[bed]
        if deed == "press":
            _press(screen)
            pressed[bed] = pressed.get(bed, 0) + 1
        elif deed == "screen":
            screen.kill()
            house.restart_screen(bed)
        elif house.hub is not None and house.hub.running:
            house.hub.kill()
        else:
            house.restart_hub()
    assert house.hub is not None
    if not house.hub.running:
        house.restart_hub()
    for screen in house.screens.values():
        screen.wait("link", "live", 60)
        screen.wait("outbox_waiting", 0, 60)
    calls = hub_documents(house, "nurse_call")
    numbers = {bed["id"]: bed["number"] for bed in hub_documents(house, "bed").values()}
    assert {numbers[call["bed_id"]]: call["presses"] for call in calls.values()} == pressed
    for call_id, call in calls.items():
        times = {body["placed_at"] for body in hub_history(house, "nurse_call", call_id)}
        assert times == {call["placed_at"]}
