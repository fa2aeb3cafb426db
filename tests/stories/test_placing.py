"""A new screen is put up, shows its code, and the head nurse places it at the station."""

from collections.abc import Callable

import httpx
import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.device_key import DeviceKey, tls_request
from smartward.harness.house import House
from smartward.wire import pairing
from smartward.wire.pairing import PairingAnswer
from tests.stories.night import BADGE, HEAD_BADGE, drawn, give_badges, live, texts, until

pytestmark = pytest.mark.long


def new_machine(url: str) -> tuple[Callable[[], PairingAnswer], Callable[[], str]]:
    """Asks the hub as a machine that nobody knows; and the code that it shows."""
    key, csr, salts = DeviceKey.passing(), tls_request()[1], [""]

    def ask() -> PairingAnswer:
        asked = pairing.asked(key, csr, "m1:-:-", serial="S-77", version="1", salt=salts[-1])
        reply = httpx.post(url.rstrip("/") + pairing.PATH, content=msgspec.json.encode(asked))
        found = msgspec.json.decode(reply.content, type=PairingAnswer)
        salts.append(found.salt)
        return found

    return ask, lambda: pairing.code_of(key.public, salts[-1])


def test_a_new_screen_is_placed_at_the_station(house: House) -> None:
    _, _, head = give_badges(house)
    assert house.hub is not None
    ask, shown = new_machine(house.hub.ready["url"])
    ask()
    assert ask().state == "waiting"
    code = shown()
    station = house.start_screen("station", "station")
    live(house)
    station.touch("pageLinks")
    station.touch("lookWaiting")
    station.badge(BADGE)  # a nurse, who may not
    until(lambda: "Only the head nurse" in texts(station) or "只有护士长" in texts(station))
    assert not drawn(station, f"waiting-{code}")
    station.badge(HEAD_BADGE)
    until(lambda: head["name"] in texts(station))
    station.touch("lookWaiting")
    station.settle(f"place-{code}")
    assert "S-77" in texts(station)
    station.touch(f"place-{code}")
    station.touch("answer-bedside")
    bed = min(house.documents("bed").values(), key=lambda one: one["order"])
    station.touch(f"answer-{bed['id']}")
    until(lambda: ask().state == "paired")
    given = ask().enrolment
    assert given is not None
    assert (given.role, given.place) == (ScreenRole.BEDSIDE, bed["id"])
    until(lambda: not drawn(station, f"waiting-{code}"))
