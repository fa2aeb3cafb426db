"""The stage of a played day: a ward whose clock is stepped, a station, a bedside, and hands.

The ward's clock is stepped on, five minutes at a time or ten on a long way, and each step waits
until the hub has read all that the hospital wrote meanwhile: nothing is late only because the day
is short.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clock import SystemClock
from smartward.demo.people import Colleague, introduce
from smartward.errors import Unreachable
from smartward.harness.house import House
from smartward.harness.program import Program

DAWN = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
"""08:00 on the ward: the day shift begins."""
ZONE = ZoneInfo("Asia/Shanghai")
LANGUAGES = ("zh_CN", "en")
FALLS_BED = "32"
"""Whose bedside is drawn: somebody who gets up alone."""
_STEP, _LONG_STEP, _LONG_WAY = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=1)
"""Shorter than the least grace of any rule: nothing is overdue before the hub has read it."""
_WITHIN_S = 30.0
_LOOK_S = 0.05


class Day:
    """A house with a station and one bedside, and its day."""

    def __init__(self, house: House, out: Path | None = None) -> None:
        self.house = house
        self.drawn: list[Path] = []
        self._out = out
        self._clock = SystemClock()
        self._began = self._clock.monotonic()
        self._people: tuple[Colleague, ...] = ()

    def build(self, story: str = "all", *, bedside: bool = True) -> None:
        """Start everything; `story` as the simulator takes it, the `bedside` where it is looked
        at."""
        self.house.start_his("--scene", "day", "--seed", "7", "--story", story)
        self.house.start_hub(his_poll_s="0.2").wait("his_up", True)
        self._people = introduce(self.house, FALLS_BED)
        places = {"station": ("", "1920x1080"), "bedside": (FALLS_BED, "1280x800")}
        for role, (place, size) in places.items():
            if bedside or role != "bedside":
                self.house.start_screen(role, role, place, "--size", size).wait("link", "live")
        self.say(f"{self.hub.state()['encounters']} patients, a hub and its screens run")

    # --------------------------------------------------------------------------------- programs

    @property
    def hub(self) -> Program:
        """The hub."""
        assert self.house.hub is not None
        return self.house.hub

    @property
    def his(self) -> Program:
        """The simulated hospital."""
        assert self.house.his is not None
        return self.house.his

    @property
    def station(self) -> Program:
        """The nurse station."""
        return self.house.screens["station"]

    # ------------------------------------------------------------------------------------- time

    def now(self) -> datetime:
        """The ward's time."""
        return datetime.fromisoformat(self.hub.state()["now"]).astimezone(ZONE)

    def on(self, minutes: float) -> None:
        """Let so much time pass on the ward."""
        self._until(self.now() + timedelta(minutes=minutes))

    def to(self, hour: int, minute: int = 0) -> None:
        """Let time pass until it is so late on the ward's day."""
        self._until(datetime.combine(self.now().date(), time(hour, minute), ZONE))

    def _until(self, when: datetime) -> None:
        while (left := when - self.now()) > timedelta(0):
            step = _LONG_STEP if left > _LONG_WAY else _STEP
            self.house.advance(min(left, step).total_seconds())
            self._read()

    def _read(self) -> None:
        """Wait until the hub has read all that was written until now: the next turn is over too."""
        now, turns = self.now(), 0
        last: datetime | None = None
        end = self._clock.monotonic() + _WITHIN_S
        while turns < 2:
            if self._clock.monotonic() > end:
                raise Unreachable("demo.no_alert", "the hub does not read the hospital's data")
            told = self.hub.state()["his_as_of"]
            as_of = None if told is None else datetime.fromisoformat(told)
            if as_of is not None and as_of > now and as_of != last:
                last, turns = as_of, turns + 1
            else:
                self.hub.ended_within(_LOOK_S)

    # ------------------------------------------------------------------------------------ looks

    def say(self, what: str) -> None:
        """One line of what happened."""
        took = self._clock.monotonic() - self._began
        print(f"{self.now():%d %H:%M}  {what:<92}{took:6.0f} s", flush=True)

    def card(self, rule: str, bed: str) -> str | None:
        """The card in the station's queue on which an alert of `rule` of a bed's patient stands, by
        its key; None where there is none."""
        stays, alerts = self.house.documents("encounter"), self.house.documents("alert")
        bed_id = self.house.bed(bed)["id"]
        here = [
            one for one in alerts.values() if _bed(one, stays) == bed_id and one["state"] != "off"
        ]
        meant = [one for one in here if one["rule"] == rule]
        if not meant:
            return None
        same = [one for one in here if one["problem"] == meant[0]["problem"]]
        keys = {f"alert:{one['id']}" for one in same}
        return next((key for key in self.station.state()["queue"] if key in keys), None)

    def await_card(self, rule: str, bed: str, minutes: float = 40) -> str:
        """The same, minute by minute until it is there. Raises Unreachable when it does not come
        within `minutes` of the ward."""
        end = self.now() + timedelta(minutes=minutes)
        while (found := self._soon(rule, bed)) is None:
            if self.now() > end:
                raise Unreachable("demo.no_alert", f"no {rule} at bed {bed}")
            self.on(1)
        return found

    def _soon(self, rule: str, bed: str) -> str | None:
        """A card that is there, or comes within a moment."""
        for _ in range(6):
            if (found := self.card(rule, bed)) is not None:
                return found
            self.hub.ended_within(_LOOK_S)
        return None

    def mark(self, key: str) -> str | None:
        """How a card stands in the queue: escalated, latched, snoozed, returned or plain (empty);
        None where it is no more."""
        state = self.station.state()
        return dict(zip(state["queue"], state["marks"], strict=True)).get(key)

    def await_mark(self, key: str, mark: str, minutes: float = 20) -> None:
        """Minute by minute until a card stands so. Raises Unreachable when it does not."""
        end = self.now() + timedelta(minutes=minutes)
        while not self.seen(lambda: self.mark(key) == mark, 0.5):
            if self.now() > end:
                raise Unreachable("demo.no_alert", f"not {mark}: {self.mark(key)}")
            self.on(1)

    def seen(self, what: Callable[[], Any], within_s: float = _WITHIN_S) -> bool:
        """Whether something is so within that time, in real seconds."""
        end = self._clock.monotonic() + within_s
        while not what():
            if self._clock.monotonic() > end:
                return False
            self.hub.ended_within(_LOOK_S)
        return True

    def must(self, what: Callable[[], Any], words: str) -> None:
        """Wait until something is so. Raises Unreachable, with these words, where it is not."""
        if not self.seen(what):
            raise Unreachable("demo.no_alert", f"not seen: {words}")

    def texts(self, name: str) -> list[str]:
        """What is written on the station in the places of that name."""
        found = self.station.ask("texts")["texts"]
        return [one["text"] for one in found if one["objectName"] == name]

    def board(self) -> dict[str, Any]:
        """The hub's board of alerts against the budget, for the stations; empty: none yet."""
        return next(iter(self.house.documents("alert_budget").values()), {})

    def shadow(self) -> dict[str, int]:
        """How often each rule in shadow would have spoken, by its name."""
        return {one["rule"]: one["said"] for one in self.board().get("shadow", ())}

    # ------------------------------------------------------------------------------------ hands

    def sign_in(self) -> str:
        """The falls bed's nurse holds her badge to the station; gives her name."""
        nurse = self._people[0]
        self.station.badge(nurse.badge)
        return nurse.name

    def touch(self, *names: str) -> None:
        """Touch one thing after another on the station."""
        for name in names:
            self.station.touch(name)

    def scroll(self) -> None:
        """Press Down until the end of the page that has just been opened."""
        for _ in range(12):
            self.station.ask("key", key="Down")

    def open_sheet(self, bed: str) -> None:
        """Open a bed's sheet from the board."""
        bed_id = self.house.bed(bed)["id"]
        self.touch("pageBoard", f"bed-{bed_id}")
        self.station.wait("sheet", bed_id)

    def type_set(self, *values: str) -> None:
        """Type a set on the open key pad: digits as one word, choices by their keys."""
        for value in values:
            first, *more = (
                [f"pad-{digit}" for digit in value] if value.isdigit() else [f"choice-{value}"]
            )
            self.touch(first)  # where keys give way to choices they need a moment to be there
            for key in more:
                self.station.ask("tap", objectName=key)
        self.touch("pad-save")

    # --------------------------------------------------------------------------------- pictures

    def draw(self, name: str, screen: str = "station") -> None:
        """A picture in each language; the screen goes on in the first."""
        if self._out is None:
            return
        shown = self.house.screens[screen]
        self.seen(lambda: shown.state()["banner"] == "")  # it follows the step of its clock
        for language in (*LANGUAGES[1:], LANGUAGES[0]):
            shown.ask("set", name="language", value=language)
            path = self._out / f"{name}-{language}.png"
            shown.ask("grab", path=str(path))
            self.drawn.append(path)


def _bed(alert: dict[str, Any], stays: dict[str, dict[str, Any]]) -> str | None:
    found = stays.get(alert["subject"]["id"], {}).get("bed_id")
    return None if found is None else str(found)
