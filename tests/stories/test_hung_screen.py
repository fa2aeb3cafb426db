"""A bedside screen hangs: its connection stands, and nobody can call with it."""

import signal
from typing import Any

import pytest

from smartward.harness.house import House
from tests.stories.night import live, texts, until

pytestmark = pytest.mark.long

_TOLD_WITHIN_S = 90.0


def test_a_screen_that_hangs_is_told_everywhere_until_it_answers(house: House) -> None:
    bed = min(house.documents("bed").values(), key=lambda one: one["order"])
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", bed["number"])
    live(house)
    id = house.device_id("bedside")

    def known() -> dict[str, Any]:
        found: dict[str, Any] = house.admin("fleet_show", device_id=id)["device"]
        return found

    def lost() -> list[Any]:
        alerts = house.documents("alert").values()
        return [one for one in alerts if one["rule"] == "device_lost" and one["state"] != "off"]

    until(lambda: known()["health"] is not None)
    assert known()["state"] == "online"
    bedside.process.send_signal(signal.SIGSTOP)
    until(lambda: known()["state"] == "hung", _TOLD_WITHIN_S)
    faults = house.admin("fleet")["faults"]
    assert [one["devices"] for one in faults if one["fault"] == "fleet.trouble.hung"] == [[id]]
    until(lambda: len(lost()) == 1)
    station.touch("pageLinks")
    until(lambda: "does not answer though" in texts(station) or "无应答" in texts(station))
    bedside.process.send_signal(signal.SIGCONT)
    until(lambda: known()["state"] == "online")
    until(lambda: not lost())
