"""Small stories that can be planted in any ward: what a played day should show, and when.

| story | bed | what happens, in minutes from the start |
|---|---|---|
| worse | 31 | from 30 on worse for three hours, measured oftener; lactate 3.9 after 200; treated \
after 330 |
| exit | 32 | gets up alone after 45 for 6 min, and after 210 for 4; the alarm is left off from \
260 to 330 |
| drip | 7 | a bag with 12 min left after 60; it hangs empty for 25, and the next is hung |
| restless | 21 | measured each 20 min, in turn with values that alarm and with quiet ones: causes \
most alerts of the ward, and none of them leads anywhere |
| laboratory | 10 | potassium 6.6 after 100, 4.4 in the control sample after 250 |
| allergy | 5 | amoxicillin against a penicillin allergy after 70, called off after 115 |
| forgotten | 25 | to be measured each 4 h by order; nobody does from the start on, until 300 |
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from smartward.his.simulator import bedding, drips, findings, life, prescriptions, story, vitals
from smartward.his.simulator.drips import Bag
from smartward.his.simulator.telling import Telling
from smartward.his.simulator.world import Stay, World


def _worse(telling: Telling) -> None:
    telling.tell(30, "31", lambda w, s: life.worsen(w, s, hours_ago=3.0, well_after=5.0))
    for minutes in (75, 120, 165, 195):
        telling.tell(minutes, "31", vitals.look)
    telling.tell(200, "31", _lactate)


def _lactate(world: World, stay: Stay) -> None:
    findings.result(world, stay, "lactate", 3.9, world.now - timedelta(minutes=25))


def _exit(telling: Telling) -> None:
    telling.tell(0, "32", bedding.make_sense)
    for minutes, away in ((45, 6), (210, 4)):
        gone = timedelta(minutes=away)
        telling.tell(minutes, "32", partial(bedding.leave, away=gone))
    for minutes, on in ((260, False), (330, True)):
        telling.tell(minutes, "32", partial(bedding.sense, what="exit-alarm", on=on))


def _drip(telling: Telling) -> None:
    telling.tell(60, "7", _nearly_empty)


def _nearly_empty(world: World, stay: Stay) -> None:
    bag = Bag(name="0.9%氯化钠注射液+头孢呋辛", total=100, rate=100)
    running = drips.of_bed(world, stay.bed) or drips.hang(world, stay, bag)
    running.next_request = running.next_request or drips.order(world, stay, bag)
    running.hangs_empty = timedelta(minutes=25)
    drips.set_left(world, running, running.rate * 12 / 60)


_RESTLESS_FOR = timedelta(hours=8)
_RESTLESS_EACH = timedelta(minutes=20)


def _restless(telling: Telling) -> None:
    telling.tell(5, "21", lambda w, s: _fidget(w, s, w.now + _RESTLESS_FOR))


def _fidget(world: World, stay: Stay, until: datetime) -> None:
    """In turn a set that alarms and one that does not: values jump about the limits."""
    if stay.ended or stay.died:
        return
    if world.now >= until:
        vitals.recover(stay)
        vitals.look(world, stay)
        return
    high = stay.round_n % 2 == 0
    vitals.hold(stay, _AGITATED if high else _CALM)
    vitals.look(world, stay)
    findings.ask(world, stay, 6 if high else 3)
    world.after(_RESTLESS_EACH, lambda w: _fidget(w, stay, until))


_AGITATED = {"rr": 22.0, "spo2": 93.2, "hr": 116.0, "sys": 148.0, "dia": 88.0, "t": 37.1}
_CALM = {"rr": 18.0, "spo2": 96.6, "hr": 84.0, "sys": 134.0, "dia": 80.0, "t": 36.9}


def _laboratory(telling: Telling) -> None:
    telling.tell(
        100,
        "10",
        lambda w, s: _potassium(w, s, 6.6, critical=True),
    )
    telling.tell(250, "10", lambda w, s: _potassium(w, s, 4.4, critical=False))


def _potassium(world: World, stay: Stay, value: float, *, critical: bool) -> None:
    taken = world.now - timedelta(minutes=35)
    findings.result(world, stay, "potassium", value, taken, critical=critical)


def _allergy(telling: Telling) -> None:
    telling.tell(70, "5", _amoxicillin)


def _amoxicillin(world: World, stay: Stay) -> None:
    forbidden = prescriptions.allergic(world, stay)
    prescriptions.order_against(world, stay, forbidden, timedelta(minutes=45))


def _forgotten(telling: Telling) -> None:
    telling.tell(-10, "25", lambda w, s: story.observed_each(w, s, 4))
    telling.tell(0, "25", vitals.neglect)
    telling.tell(300, "25", vitals.look)


STORIES: dict[str, Callable[[Telling], None]] = {
    "worse": _worse,
    "exit": _exit,
    "drip": _drip,
    "restless": _restless,
    "laboratory": _laboratory,
    "allergy": _allergy,
    "forgotten": _forgotten,
}
ALL = "all"


def chosen(names: str) -> tuple[str, ...]:
    """The stories that a setting names, with commas; `all` is every one, empty none. Raises
    ValueError for a word that is no story."""
    words = tuple(word.strip() for word in names.split(",") if word.strip())
    wrong = [word for word in words if word not in (*STORIES, ALL)]
    if wrong:
        raise ValueError(f"no story {wrong[0]!r}; there are {ALL}, {', '.join(STORIES)}")
    return tuple(STORIES) if ALL in words else words


def plant(world: World, start: datetime, names: str) -> None:
    """Let the stories happen from `start` on. Raises ValueError as `chosen`."""
    telling = Telling(world, start)
    for name in chosen(names):
        STORIES[name](telling)
