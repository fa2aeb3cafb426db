"""A screen's own night is set at the console, and holds on it while no hub is there."""

import pytest

from smartward.harness.house import House
from smartward.hub.fleet_cli import main
from tests.stories.night import live

pytestmark = pytest.mark.long


def test_a_screen_keeps_its_night_without_a_hub_and_through_a_start(house: House) -> None:
    assert house.hub is not None
    admin = ["--admin", house.hub.ready["admin"]]
    bedside = house.start_screen("bedside", "bedside", "12")
    door = house.start_screen("door", "door", str(house.bed("12")["room"]))
    live(house)
    bedside.wait("night", False)
    id = house.device_id("bedside")
    assert main(["night", id, "--hours", "00:01-00:00", *admin]) == 0
    bedside.wait("night", True)
    assert door.state()["night"] is False
    house.hub.kill()
    bedside.wait("banner", "hub")
    assert bedside.state()["night"] is True
    bedside.stop()
    again = house.restart_screen("bedside")
    again.wait("night", True)
    assert again.state()["banner"] == "hub"
