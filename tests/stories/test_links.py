"""Two links: to the hub, and the hub's to the hospital. Screens stay truthful when either dies."""

import pytest

from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.look import hub_documents

HOURS_4 = 4 * 3600


@pytest.mark.long
def test_the_hospital_system_dies_and_the_ward_goes_on(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    station.wait("link", "live")
    bedside.wait("link", "live")
    assert house.his is not None
    house.his.ask("fault", name="down", on=True)
    station.wait("his_up", False)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    house.advance(120)
    station.wait("banner", "his")
    house.his.ask("fault", name="down", on=False)
    station.wait("his_up", True, 60)
    station.wait("banner", "")


@pytest.mark.long
def test_the_hub_dies_and_every_screen_says_so(house: House) -> None:
    bedhead = house.start_screen("bedhead", "bedhead", "12")
    bedhead.wait("link", "live")
    bedhead.wait("bed_state", "known")
    assert house.hub is not None
    house.hub.kill()
    bedhead.wait("banner", "hub")
    bedhead.wait("bed_state", "known")
    house.restart_hub()
    bedhead.wait("link", "live")
    bedhead.wait("banner", "")


@pytest.mark.long
def test_power_on_without_a_network_draws_from_the_cache_until_it_is_too_old(house: House) -> None:
    bedhead = house.start_screen("bedhead", "bedhead", "12")
    bedhead.wait("link", "live")
    bedhead.wait("bed_state", "known")
    bedhead.stop()
    assert house.hub is not None
    house.hub.kill()
    bedhead = house.restart_screen("bedhead")
    bedhead.wait("bed_state", "known")
    bedhead.ask("clock.advance", seconds=HOURS_4 + 60)
    bedhead.wait("bed_state", "doubt")


def test_a_discharge_clears_a_connected_and_a_returning_screen(house: House) -> None:
    bedhead = house.start_screen("bedhead", "bedhead", "12")
    offline = house.start_screen("offline", "bedside", "12")
    for screen in (bedhead, offline):
        screen.wait("link", "live")
        screen.wait("bed_state", "known")
    offline.kill()
    assert house.his is not None
    house.his.ask("event", name="discharge", bed="12")
    bedhead.wait("bed_state", "free", 10)
    offline = house.restart_screen("offline")
    offline.wait("link", "live")
    assert offline.state()["bed_state"] == "free"


def test_two_patients_who_change_beds_change_screens(house: House) -> None:
    before = house.documents("encounter")
    screens = {bed: house.start_screen(bed, "bedhead", bed) for bed in ("9", "10")}
    for screen in screens.values():
        screen.wait("link", "live")
        screen.wait("bed_state", "known")
    names = {bed: _name_on(screen) for bed, screen in screens.items()}
    assert names["9"] != names["10"]
    screens["10"].kill()
    assert house.his is not None
    house.his.ask("event", name="swap", bed="9", **{"with": "10"})
    screens["9"].ask("wait", state="bed_state", value="known", within_s=10)
    _until_name(screens["9"], names["10"])
    # The other one was off meanwhile: what it draws once it is current is the new patient.
    again = house.restart_screen("10")
    again.wait("link", "live")
    assert _name_on(again) == names["9"]
    assert house.documents("encounter").keys() == before.keys()


def _name_on(screen: Program) -> str:
    texts = screen.ask("texts")["texts"]
    [name] = [text["text"] for text in texts if text["objectName"] == "name"]
    return str(name)


def _until_name(screen: Program, name: str) -> None:
    """At most the ten seconds in which a bed's screens must be cleared."""
    for _ in range(100):
        if _name_on(screen) == name:
            return
        screen.ended_within(0.1)
    raise AssertionError(f"the screen still shows {_name_on(screen)}")


@pytest.mark.long
def test_no_name_of_a_patient_reaches_a_log(house: House) -> None:
    for name, role, place in (
        ("station", "station", ""),
        ("bedside", "bedside", "12"),
        ("door", "door", str(house.bed("12")["room"])),
    ):
        house.start_screen(name, role, place).wait("link", "live")
    house.screens["bedside"].ask("tap", objectName="callButton")
    house.screens["station"].wait("open_calls", 1)
    names = {stay["patient"]["name"] for stay in hub_documents(house, "encounter").values()}
    assert len(names) > 30
    for log in house.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert not [name for name in names if name in text], log.name
    for path in house.folder.rglob("*"):
        assert not [name for name in names if name in path.name]
