"""`make pictures`: every root in every state, language, appearance and geometry, as PNG files.

Everything in them is real: a simulated hospital, a hub, and the screen that is drawn.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smartward.clock import SystemClock
from smartward.demo.gateway import Gateway
from smartward.demo.hands import Hands
from smartward.harness.house import House
from smartward.harness.program import Program

MORNING = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
"""10:05 on the ward."""

LANGUAGES = ("zh_CN", "en")
APPEARANCES = ("day", "night")
GEOMETRIES = {
    "bedside": ("1280x800", "1024x600", "1920x1080", "800x1280"),
    "bedhead": ("800x1280", "1280x800", "1024x600"),
    "door": ("1080x1920", "800x1280", "1280x800"),
    "station": ("1920x1080",),
    "corridor": ("1920x1080", "1920x360", "1080x1920"),
}


@dataclass(frozen=True, slots=True)
class State:
    """One state of a ward to be drawn: the simulator's scene, and what happens in it."""

    name: str
    scene: str = "morning"
    call: str | None = None
    hub_gone: bool = False
    inside: bool = False
    """Somebody is in the room, and another bed calls."""
    calls: int = 0
    """So many other beds call."""


STATES = (
    State("morning"),
    State("called", call="normal"),
    State("emergency", call="emergency"),
    State("longest", scene="longest", call="normal"),
    State("empty", scene="empty"),
    State("sixty", scene="sixty"),
    State("offline", hub_gone=True),
    State("offline-called", call="normal", hub_gone=True),
    State("inside", inside=True),
    State("busy", calls=30),
)
BUTTON = "button"
OTHER_BED = "20"


def _screens(house: House, bed: str) -> Iterator[tuple[str, Program]]:
    """The five screens around one bed."""
    station = house.start_screen("station", "station")
    station.wait("link", "live")
    yield "station", station
    room = str(house.bed(bed)["room"])
    around = (("bedside", bed), ("bedhead", bed), ("door", room), ("corridor", ""))
    for role, place in around:
        screen = house.start_screen(role, role, place)
        screen.wait("link", "live")
        yield role, screen


def _call(house: House, state: State, bed: str) -> None:
    assert house.hub is not None
    token = house.enrol("bedside", bed, second=True).read_text()
    hands = Hands(house.hub.ready["url"], token, SystemClock(house.clock))
    hands.place(house.bed(bed)["id"], state.call or "normal")
    hands.hang_up()
    house.screens["station"].wait("open_calls", 1)
    priority = "medium" if state.call == "normal" else "high"
    for name in ("bedhead", "door"):
        house.screens[name].wait("lamp", priority)
    house.screens["corridor"].wait("open_calls", 1)
    house.screens["bedside"].wait("receipts", ["done", "done", "waiting"])


def _inside(house: House, bed: str) -> None:
    """The room's presence button is pressed, and a handset elsewhere."""
    gateway = Gateway(house)
    house.call_point(BUTTON, "presence_button", room=str(house.bed(bed)["room"]))
    house.call_point(OTHER_BED, "handset", OTHER_BED)
    gateway.presence(BUTTON)
    gateway.press(OTHER_BED)
    gateway.hang_up()
    for name in ("bedhead", "door"):
        house.screens[name].wait("calls_elsewhere", True)


def _calls(house: House, count: int, bed: str) -> None:
    """The handsets of `count` other beds are pressed."""
    gateway = Gateway(house)
    numbers = [str(one["number"]) for one in house.documents("bed").values()]
    for place, number in enumerate([number for number in numbers if number != bed][:count]):
        house.call_point(f"handset-{place}", "handset", number)
        gateway.press(f"handset-{place}")
    gateway.hang_up()
    for name in ("station", "corridor"):
        house.screens[name].wait("open_calls", count)


def draw(state: State, out: Path, bed: str = "12") -> Iterator[Path]:
    """Draw `state` into `out`; gives each picture's path as it is made."""
    with (
        tempfile.TemporaryDirectory(prefix="smartward-pictures-") as scratch,
        House(Path(scratch), origin=MORNING) as house,
    ):
        house.start_his("--scene", state.scene, "--seed", "7")
        hub = house.start_hub()
        hub.wait("his_up", True)
        screens = dict(_screens(house, bed))
        if state.call is not None:
            _call(house, state, bed)
        if state.inside:
            _inside(house, bed)
        if state.calls:
            _calls(house, state.calls, bed)
        if state.hub_gone:
            hub.kill()
            house.hub = None
            for screen in screens.values():
                screen.wait("link", "offline")
        for role, screen in screens.items():
            yield from _grab(screen, role, state, out)


def _grab(screen: Program, role: str, state: State, out: Path) -> Iterator[Path]:
    for size in GEOMETRIES[role]:
        screen.ask("set", name="size", value=[int(side) for side in size.split("x")])
        for language in LANGUAGES:
            screen.ask("set", name="language", value=language)
            for appearance in APPEARANCES:
                screen.ask("set", name="appearance", value=appearance)
                path = out / f"{role}-{state.name}-{size}-{language}-{appearance}.png"
                screen.ask("grab", path=str(path))
                yield path


def main(argv: list[str]) -> int:
    """Draw all states, or those named."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("states", nargs="*", help=", ".join(state.name for state in STATES))
    parser.add_argument("--out", type=Path, default=Path("build/pictures"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    count = 0
    for state in STATES:
        if not options.states or state.name in options.states:
            for _ in draw(state, options.out.resolve()):
                count += 1
            print(f"{state.name}: drawn", flush=True)
    print(f"{count} pictures in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
