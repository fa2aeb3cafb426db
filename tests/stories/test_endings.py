"""Silence, discharge, cancelled admission, swap: nothing of who lay here is left on any screen."""

import os
import signal
from collections.abc import Callable

import pytest

from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.cable import Cable
from tests.stories.night import BADGE, CLOCK, give_badges, live, only_call, texts, until

pytestmark = pytest.mark.long

BED, NEXT_BED = "7", "9"
GUO, GAO = ("郭先生", "郭＊", "郭勇"), ("高先生", "高＊", "高峰")
"""Who lies in those beds, as greeting, public places and record say it."""
NEXT = "许文斌"
"""Who comes after one of them: a name drawn by chance could be read as theirs."""
HOLD_MS = 1800
SIZES = {"bedside": ("--size", "1080x2400")}
"""Upright, all that a nurse may set is on one page."""
GUO_GREETED_IN_ENGLISH = "Mr Guo"
SILENT_WITHIN_S, CLEARED_WITHIN_S = 2.0, 10.0
"""The times of the design, from the moment at which the hub or the hospital knows it."""


def around(house: House, bed: str = BED) -> dict[str, Program]:
    """Every screen that shows somebody in that bed; each shows them now."""
    room = str(house.bed(bed)["room"])
    for role, place in (("bedside", bed), ("bedhead", bed), ("door", room), ("station", "")):
        house.start_screen(role, role, place, *SIZES.get(role, ()))
    live(house)
    for screen in house.screens.values():
        until(lambda screen=screen: names_on(screen, GUO) != [])  # type: ignore[misc]  # mypy infers no lambda with a default
    return house.screens


def names_on(screen: Program, names: tuple[str, ...]) -> list[str]:
    """Which of these can be read there."""
    words = texts(screen)
    return [name for name in names if name in words]


def cleared(screens: dict[str, Program], seconds: float, names: tuple[str, ...]) -> None:
    """No screen shows any of `names` any more within that time, by the clock."""
    end = CLOCK.monotonic() + seconds
    for role, screen in screens.items():
        while names_on(screen, names):
            assert CLOCK.monotonic() <= end, f"{role} was late: {texts(screen)!r}"


def happen(house: House, event: str, bed: str = BED, **more: str) -> None:
    """Something happens in the hospital's record."""
    assert house.his is not None
    house.his.ask("event", name=event, bed=bed, **more)


def occupants(house: House, bed: str = BED) -> list[str]:
    """The stays in a bed as the hub knows them."""
    found: list[str] = house.bed(bed)["occupants"]
    return found


def until_alert(house: House, bed: str = BED) -> str:
    """Wait until an alert of the drip at that bed is in the station's queue; gives its key."""
    [stay] = occupants(house, bed)
    found: list[str] = []

    def there() -> bool:
        found[:] = [
            f"alert:{id}"
            for id, alert in house.documents("alert").items()
            if alert["subject"]["id"] == stay and alert["rule"].startswith("infusion")
        ]
        queue = house.screens["station"].state()["queue"]
        return bool(found) and found[0] in queue

    until(there)
    return found[0]


def hold(screen: Program, name: str) -> None:
    """Hold what is done by holding only."""
    screen.touch(name, HOLD_MS)


# ------------------------------------------------------------------------------------ silence


def by_a_nurse(house: House) -> None:
    """A nurse at the bed wishes it."""
    bedside = house.screens["bedside"]
    bedside.touch("openStaff")
    bedside.touch("openTurns")
    bedside.touch("openSetup")
    bedside.touch("silence-wish")
    hold(bedside, "silenceHold")
    bedside.wait("asking_who", True)
    # Who is signed in is nobody's to see for long: the silence signs them out.
    bedside.ask("badge", code=BADGE)


def by_a_death(house: House) -> None:
    """The record says that the patient has died."""
    happen(house, "death")


@pytest.mark.parametrize("begins", [by_a_nurse, by_a_death])
def test_silence_takes_everything_of_a_person_away_and_leaves_the_call(
    house: House, begins: Callable[[House], None]
) -> None:
    give_badges(house)
    screens = around(house)
    bedside, station = screens["bedside"], screens["station"]
    happen(house, "drip_near")
    alert = until_alert(house)
    begins(house)
    until(lambda: house.documents("silence") != {})
    known = CLOCK.monotonic()
    cleared(screens, SILENT_WITHIN_S, GUO)
    left = SILENT_WITHIN_S - (CLOCK.monotonic() - known)
    until(lambda: alert not in station.state()["queue"], max(0.1, left))
    assert "静默" in texts(station)
    words = texts(bedside)
    for gone in ("今天", "早餐", "早上好", "输液"):
        assert gone not in words, gone
    # Whoever is at the bed may need help.
    bedside.touch("callButton")
    station.wait("open_calls", 1)
    screens["door"].wait("lamp", "medium")
    assert only_call(house)["bed_id"] == house.bed(BED)["id"]
    cleared(screens, 0.5, GUO)


# ------------------------------------------------------------------- discharge, transfer, cancel


@pytest.mark.parametrize("event", ["discharge", "cancel"])
def test_who_has_left_is_gone_from_every_screen(house: House, event: str) -> None:
    screens = around(house)
    happen(house, event)
    cleared(screens, CLEARED_WITHIN_S, GUO)
    for role in ("bedside", "bedhead"):
        screens[role].wait("bed_state", "free")
    bed = house.bed(BED)
    assert bed["occupants"] == []
    screens["bedside"].touch("callButton")
    screens["station"].wait("open_calls", 1)


def test_a_transfer_takes_everything_to_the_other_bed(house: House) -> None:
    here = {name: one for name, one in around(house).items() if name != "station"}
    there = house.start_screen("there", "bedhead", "27")
    there.wait("bed_state", "free")
    happen(house, "transfer", to="27")
    cleared(here, CLEARED_WITHIN_S, GUO)
    there.wait("bed_state", "known")
    assert names_on(there, GUO) == ["郭＊"]


def test_two_who_change_beds_during_a_call_leave_it_with_its_bed(house: House) -> None:
    give_badges(house)
    screens = around(house)
    other = house.start_screen("other", "bedside", NEXT_BED)
    other.wait("bed_state", "known")
    screens["bedside"].touch("callButton")
    screens["bedside"].touch("reason-pain")
    screens["station"].wait("open_calls", 1)
    until(lambda: only_call(house)["reason"] == "pain")
    call = only_call(house)
    happen(house, "swap", **{"with": NEXT_BED})
    until(lambda: names_on(screens["bedhead"], GAO) == ["高＊"], CLEARED_WITHIN_S)
    other.wait("bed_state", "known")
    until(lambda: names_on(other, GUO) != [])
    after = only_call(house)
    assert (after["id"], after["bed_id"]) == (call["id"], house.bed(BED)["id"])
    assert screens["bedside"].state()["call"] == call["id"], "the button here rang"
    assert other.state()["call"] is None
    assert not other.state()["pressed"]
    assert names_on(screens["bedside"], GUO) == []
    # His hand goes with him: the call is where he reaches it.
    assert other.state()["call_left"]
    assert not screens["bedside"].state()["call_left"]


# -------------------------------------------------------- while the screen or the hub was away


def set_up_otherwise(house: House, *arguments: str) -> tuple[Program, str]:
    """The patient has English, the largest text, an open page of their own and a message; gives the
    bedside and what it greets them with."""
    happen(house, "drip_near")
    bedside = house.start_screen("bedside", "bedside", BED, *arguments)
    live(house)
    bedside.wait("bed_state", "known")
    until(lambda: names_on(bedside, GUO) != [])
    for page, choice in (("openComfort", "language-en"), ("openComfort", "textSize-3")):
        if bedside.state()["page"] != "comfort":
            bedside.touch(page)
        bedside.touch(choice)
    bedside.wait("language", "en")
    bedside.wait("text_scale", 1.6)
    bedside.touch("back")
    until(lambda: GUO_GREETED_IN_ENGLISH in texts(bedside))
    bedside.ask("badge", code="Z20260009")  # another's wristband: a message stands on the page
    until(lambda: bedside.state()["notice"] != "")
    return bedside, str(bedside.state()["notice"])


def leave_and_come(house: House) -> None:
    """One is discharged and another admitted; waits until the hub knows both."""
    [before] = occupants(house)
    happen(house, "discharge")
    until(lambda: occupants(house) == [])
    happen(house, "admit", who=NEXT)
    until(lambda: len(occupants(house)) == 1 and occupants(house) != [before])


def never(screen: Program, words: tuple[str, ...], state: str, value: str) -> None:
    """None of `words` can be read there from now on until it is in that state, and once more."""
    end = CLOCK.monotonic() + 20.0
    while True:
        reached = screen.state()[state] == value
        said = texts(screen)
        assert [word for word in words if word in said] == []
        if reached:
            return
        assert CLOCK.monotonic() < end, f"{state} never was {value}"


def as_new(bedside: Program, message: str) -> None:
    """Nothing of the last one's choices holds."""
    state = bedside.state()
    assert (state["language"], state["text_scale"], state["page"]) == ("zh_CN", 1.0, "home")
    assert not state["layer_open"]
    assert state["notice"] == ""
    assert message not in texts(bedside)


def test_a_screen_that_was_off_never_draws_who_lay_here_before(house: House) -> None:
    bedside, message = set_up_otherwise(house)
    bedside.wait("mirror_idle", True)
    bedside.kill()
    leave_and_come(house)
    assert house.hub is not None
    last = (*GUO, GUO_GREETED_IN_ENGLISH, message)
    # The hub holds its breath, so that what the first frames show can be read at leisure.
    os.killpg(house.hub.process.pid, signal.SIGSTOP)
    try:
        # A slow machine must not take it for a hub that is away: the name would be shown then.
        patient = ("--set", "hub_silent_s=60", "--set", "link_stale_s=60")
        bedside = house.restart_screen("bedside", *patient)
        never(bedside, last, "link", "connecting")
        assert bedside.ask("find", objectName="callButton")["visible"], "the call is there at once"
    finally:
        os.killpg(house.hub.process.pid, signal.SIGCONT)
    never(bedside, last, "link", "live")
    bedside.wait("bed_state", "known")
    assert names_on(bedside, last) == []
    as_new(bedside, message)


def test_a_screen_that_was_cut_off_comes_back_to_the_new_patient(house: House) -> None:
    assert house.hub is not None
    with Cable(house.hub.ready["url"]) as cable:
        bedside, message = set_up_otherwise(house, "--hub", cable.url)
        cable.pull()
        bedside.wait("banner", "hub")
        leave_and_come(house)
        assert names_on(bedside, (GUO_GREETED_IN_ENGLISH,)), "it cannot know"
        cable.plug_in()
        bedside.wait("link", "live", 60)
        never(bedside, (*GUO, GUO_GREETED_IN_ENGLISH), "bed_state", "known")
        as_new(bedside, message)


def test_a_hub_that_was_away_brings_the_new_patient_within_its_time(house: House) -> None:
    bedside, message = set_up_otherwise(house)
    [before] = occupants(house)
    assert house.hub is not None
    house.hub.kill()
    bedside.wait("banner", "hub")
    happen(house, "discharge")
    happen(house, "admit", who=NEXT)
    house.restart_hub()
    until(lambda: occupants(house) not in ([], [before]))
    known = CLOCK.monotonic()
    bedside.wait("link", "live")
    cleared({"bedside": bedside}, CLEARED_WITHIN_S, (*GUO, GUO_GREETED_IN_ENGLISH))
    assert CLOCK.monotonic() - known < CLEARED_WITHIN_S
    bedside.wait("bed_state", "known")
    as_new(bedside, message)


def test_a_new_patient_sees_nothing_of_the_last_ones_opened_layer(house: House) -> None:
    bedside = house.start_screen("bedside", "bedside", BED, "--set", "layer_open_s=600")
    live(house)
    bedside.touch("openCare")
    bedside.ask("badge", code="Z20260007")
    bedside.wait("layer_open", True)
    assert "郭勇" in texts(bedside)
    leave_and_come(house)
    bedside.wait("layer_open", False)
    until(lambda: names_on(bedside, GUO) == [])
    bedside.touch("openCare")
    bedside.ask("badge", code="Z20260007")
    until(lambda: bedside.state()["notice"] != "")
    assert not bedside.state()["layer_open"]
