"""People, hands and eyes for the stories of the night."""

from collections.abc import Callable
from threading import Event
from typing import Any

from smartward.clock import SystemClock
from smartward.harness.house import House
from smartward.harness.program import Program

CLOCK = SystemClock()

BADGE, OTHER_BADGE, HEAD_BADGE, PIN = "SW10001", "SW10002", "SW10003", "4826"
"""Of the first nurse and the next one on duty, of the head nurse; and the PIN of each."""


def on_duty(house: House, hour: int, role: str = "nurse") -> list[dict[str, Any]]:
    """Everybody of that role whom the roster has on duty at that hour of the ward's day."""
    members = house.documents("roster")["roster"]["members"]
    return [
        one
        for one in members
        if one["role"] == role
        and any(_within(hour, duty["start"], duty["end"]) for duty in one["duty"])
    ]


def _within(hour: int, start: str, end: str) -> bool:
    first, last = int(start[:2]), int(end[:2])
    return first <= hour < last if first < last else hour >= first or hour < last


def give_badges(house: House, hour: int = 10) -> list[dict[str, Any]]:
    """Two nurses on duty and the head nurse have badges and a PIN; gives the three."""
    nurses = on_duty(house, hour)[:2]
    head = [house.person("head_nurse")]
    people = nurses + head
    for person, code in zip(people, (BADGE, OTHER_BADGE, HEAD_BADGE), strict=True):
        house.badge(person["id"], code)
        house.set_pin(person["id"], PIN)
    return people


def live(house: House) -> None:
    """Wait until every screen hears the hub."""
    for screen in house.screens.values():
        screen.wait("link", "live")


def only_call(house: House) -> dict[str, Any]:
    """The ward's one call."""
    [call] = house.documents("nurse_call").values()
    return call


def marks(call: dict[str, Any]) -> list[str]:
    """What happened to a call, in order."""
    return [mark["kind"] for mark in call["marks"]]


def until(met: Callable[[], bool], within_s: float = 20.0) -> None:
    """Look again and again until it is as wanted; fails when it never is."""
    end = CLOCK.monotonic() + within_s
    while not met():
        assert CLOCK.monotonic() < end, "it never came"
        Event().wait(0.05)


def texts(screen: Program) -> str:
    """Every word that can be read on a screen now."""
    return "\n".join(one["text"] for one in screen.ask("texts")["texts"])


def drawn(screen: Program, name: str) -> bool:
    """Whether an item of that name can be seen."""
    return bool(screen.ask("find", objectName=name)["visible"])
