"""The stage of the demo: programs to act with, a row for each thing that happened, pictures."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.words import Wording
from smartward.clock import SystemClock
from smartward.demo.gateway import Gateway
from smartward.demo.people import Colleague, introduce, told
from smartward.errors import SmartWardError, Unreachable
from smartward.harness.house import House
from smartward.harness.program import Program
from smartward.i18n import Catalogue

BED = "12"
OTHER_BED = "20"
ALERT_WITHIN_S = 60.0
_ALL_DAY_S = "86400"
"""The simulated gateway speaks only when it is played."""
SIZES = {
    "station": "1920x1080",
    "bedside": "1280x800",
    "bedhead": "800x1280",
    "door": "1080x1920",
    "corridor": "1920x1080",
}
CORD, HANDSET = "cord", "handset"
"""The call points of the demo: the cord in the bathroom of the bed's room, and another bed's
handset."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window goes. It is drawn at its own size, smaller by `scale`."""

    scale: float
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What is waited for: a screen's named state, and what it means in words."""

    screen: str
    state: str
    value: Any
    words: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the story: what happens, told by a function."""

    name: str
    title: str
    happen: Callable[["Stage"], None]


class Stage:
    """A house with its five screens around one bed."""

    def __init__(self, house: House, language: str, out: Path | None = None) -> None:
        self.house = house
        self.failed = False
        self.people: tuple[Colleague, ...] = ()
        self.gateway: Gateway
        self._language = language
        self._words = Catalogue(language, ZoneInfo("Asia/Shanghai"))
        self._out = out
        self._rows: list[tuple[str, str, str]] = []
        self._clock = SystemClock()
        self._chapter = 0
        self._remembered: tuple[str, dict[str, Any]] = ("", {})

    # ------------------------------------------------------------------------------ programs

    def build(self, windows: Mapping[str, Place] | None = None) -> None:
        """Start everything; `windows` tells where each role's window goes on a display."""
        began = self._clock.monotonic()
        self.house.start_his("--seed", "7")
        self.hub.wait("his_up", True)
        self.people = introduce(self.house, BED)
        self.gateway = Gateway(self.house)
        self.house.call_point(CORD, "bathroom_cord", room=self.room)
        self.house.call_point(HANDSET, "handset", OTHER_BED)
        places = {"station": "", "bedside": BED, "bedhead": BED, "door": self.room, "corridor": ""}
        for role, place in places.items():
            arguments = ["--language", self._language, "--size", SIZES[role]]
            environment = {}
            if windows is not None:
                window = windows[role]
                environment["QT_SCALE_FACTOR"] = str(window.scale)
                arguments += ["--at", f"{window.x},{window.y}"]
            self.house.start_screen(role, role, place, *arguments, environment=environment)
        for screen in self.house.screens.values():
            screen.wait("link", "live")
        self._row("everything runs", f"{self._clock.monotonic() - began:.1f} s", "")
        for line in told(self.people):
            self._row(f"   {line}", "", "")

    @property
    def hub(self) -> Program:
        """The hub, started when it is first wanted."""
        if self.house.hub is None:
            self.house.start_hub(his_poll_s="1", gateway_silent_s=_ALL_DAY_S)
        assert self.house.hub is not None
        return self.house.hub

    @property
    def his(self) -> Program:
        """The simulated hospital."""
        assert self.house.his is not None
        return self.house.his

    @property
    def room(self) -> str:
        """The room of the bed."""
        return str(self.house.bed(BED)["room"])

    @property
    def nurse(self) -> Colleague:
        """Who looks after the bed."""
        return self.people[0]

    def screen(self, role: str) -> Program:
        """One of the screens."""
        return self.house.screens[role]

    def until_one_ends(self) -> None:
        """Wait until a person closes a window."""
        while all(screen.running for screen in self.house.screens.values()):
            for screen in self.house.screens.values():
                if screen.ended_within(0.5):
                    break

    # ------------------------------------------------------------------------------ the story

    def tell(self, chapter: Chapter) -> None:
        """Let a chapter happen and draw every screen after it."""
        self._chapter += 1
        self._row(f"— {chapter.title}", "", "")
        try:
            chapter.happen(self)
        except (SmartWardError, RuntimeError) as error:
            self.failed = True
            self._row(f"   {chapter.name} did not go as it should", "FAILED", str(error))
        self.draw(chapter.name)

    def measure(self, what: str, cause: Callable[[], Any], *effects: Effect) -> None:
        """Do `cause`, then wait for each effect and note how long it took.

        An effect is seen by asking, which itself takes about a millisecond.
        """
        began = self._clock.monotonic()
        cause()
        for effect in effects:
            program = self.hub if effect.screen == "hub" else self.screen(effect.screen)
            program.wait(effect.state, effect.value, 30.0)
            taken = (self._clock.monotonic() - began) * 1000
            self._row(f"   {what}", f"{taken:.0f} ms", f"{effect.screen}: {effect.words}")
            what = ""

    def measure_touch(
        self, what: str, screen: Program, item: str, *effects: Effect, hold_ms: int | None = None
    ) -> None:
        """The same for a touch; the time begins when the finger comes down."""
        screen.settle(item)
        held = {} if hold_ms is None else {"hold_ms": hold_ms}
        self.measure(what, lambda: screen.ask("tap", objectName=item, **held), *effects)

    def words(self, key: str, **values: str) -> str:
        """A text as the screens say it."""
        return self._words.text(key, **values)

    def note(self, what: str, value: str, detail: str = "") -> None:
        """A row of the table."""
        self._row(f"   {what}", value, detail)

    def wait_for_alert(self, rule: str, bed: str) -> None:
        """Wait until the station shows an alert of `rule`, and note how long it took."""
        began = self._clock.monotonic()
        while (found := self._shown_alert(rule, bed)) is None:
            if self._clock.monotonic() - began > ALERT_WITHIN_S:
                raise Unreachable("demo.no_alert", f"no {rule} at bed {bed}")
            self.screen("station").ended_within(0.1)
        taken = self._clock.monotonic() - began
        self._row(f"   bed {bed}: the station shows it", f"{taken:.1f} s", found)

    def _shown_alert(self, rule: str, bed: str) -> str | None:
        """The title of such an alert in the station's queue; None when there is none."""
        bed_id = self.house.bed(bed)["id"]
        stays = self.house.documents("encounter")
        queue = self.screen("station").state()["queue"]
        for alert_id, alert in self.house.documents("alert").items():
            at = stays.get(alert["subject"]["id"], {}).get("bed_id")
            if (alert["rule"], at) == (rule, bed_id) and f"alert:{alert_id}" in queue:
                return self._words.words(Wording(**alert["title"]))
        return None

    def remember_call(self, call_id: str) -> None:
        """Keep a call as it is on the hub's disk."""
        self._remembered = (call_id, self.house.documents("nurse_call")[call_id])

    def check_call_remembered(self, presses: int) -> None:
        """The remembered call is there once, with its first time and `presses`."""
        call_id, before = self._remembered
        here = [
            call
            for call in self.house.documents("nurse_call").values()
            if call["closed_at"] is None
        ]
        same = [call for call in here if call["id"] == call_id]
        kept = (
            len(here) == len(same) == 1
            and same[0]["placed_at"] == before["placed_at"]
            and same[0]["presses"] == presses
        )
        if not kept:
            raise Unreachable("demo.call_lost", f"{len(here)} open calls")
        self._row("   the call is there once, with its first time", "kept", f"{presses} presses")

    def _row(self, what: str, value: str, detail: str) -> None:
        self._rows.append((what, value, detail))
        print(f"{what:<58} {value:>9}  {detail}".rstrip(), flush=True)

    def draw(self, name: str) -> None:
        """A picture of every screen as it is now."""
        if self._out is None:
            return
        for role, screen in self.house.screens.items():
            if screen.running:
                screen.ask("grab", path=str(self._out / f"{self._chapter:02d}-{name}-{role}.png"))

    # ------------------------------------------------------------------------------ afterwards

    def print_table(self) -> None:
        """Say where the pictures are, and how it went."""
        count = len(list(self._out.glob("*.png"))) if self._out is not None else 0
        print(f"\n{count} pictures in {self._out}")
        print("The story FAILED." if self.failed else "The story went as it should.")

    def keep_logs(self) -> None:
        """Put the programs' logs beside the pictures: they hold ids, never names."""
        if self._out is not None:
            logs = self._out / "logs"
            logs.mkdir(exist_ok=True)
            for log in self.house.folder.glob("*.log"):
                shutil.copy(log, logs)
