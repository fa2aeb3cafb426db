"""Nobody acts anonymously: badge and PIN, locks, a hub that is away, and what is written down."""

import json
import os
import subprocess
import sys

import pytest

from smartward.harness.house import House
from tests.stories.night import (
    BADGE,
    PIN,
    drawn,
    give_badges,
    live,
    marks,
    only_call,
    texts,
    until,
)

pytestmark = pytest.mark.long


def audit(house: House, *arguments: str) -> str:
    """What `smartward audit` of this house prints."""
    folder = str(house.folder / "hub")
    command = [sys.executable, "-m", "smartward", "audit", "--data-dir", folder, *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    )
    return done.stdout


def test_a_badge_names_who_comes_and_the_audit_names_who_did_what(house: House) -> None:
    nurse, *_ = give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    call = only_call(house)["id"]
    station.touch(f"accept-call:{call}")
    station.wait("asking", True)
    assert only_call(house)["accepted_by"] is None
    station.badge(BADGE)
    bedside.wait("receipts", ["done", "done", "done"])
    assert nurse["family"] in bedside.state()["call_title"]
    assert only_call(house)["accepted_by"]["known"] == "badge"
    rows = [json.loads(line) for line in audit(house, "export").splitlines()]
    accepted = [row for row in rows if "call.accept" in json.dumps(row)]
    assert nurse["id"] in json.dumps(accepted)
    assert {row["resourceType"] for row in rows} == {"AuditEvent"}
    audit(house, "verify")


def test_a_pin_is_asked_for_by_name_and_a_wrong_one_does_nothing(house: House) -> None:
    nurse, *_ = give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    station.touch(f"accept-call:{only_call(house)['id']}")
    station.touch(f"staff-{nurse['id']}")

    def enter(pin: str) -> None:
        for digit in pin:
            station.touch(f"pin-{digit}")
        station.touch("pin-ok")
        station.wait("identity_busy", False)

    enter("9999")
    assert station.state()["identity"] != ""
    assert only_call(house)["state"] == "requested"
    enter(PIN)
    bedside.wait("receipts", ["done", "done", "done"])
    assert only_call(house)["accepted_by"]["known"] == "pin"


def test_a_screen_locks_by_itself_and_never_hides_the_queue(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station", "", "--set", "staff_idle_s=5")
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    station.wait("open_calls", 1)
    station.badge(BADGE)
    station.wait("locked", True)
    call = only_call(house)["id"]
    assert drawn(station, f"row-call:{call}")
    station.touch(f"accept-call:{call}")
    station.wait("asking", True)
    assert drawn(station, f"row-call:{call}") or drawn(station, "pinnedRow")
    assert only_call(house)["state"] == "requested"


def test_with_the_hub_away_a_known_badge_still_says_who_came(house: House) -> None:
    give_badges(house)
    bedside = house.start_screen("bedside", "bedside", "12")
    live(house)
    bedside.ask("tap", objectName="callButton")
    bedside.wait("receipts", ["done", "waiting", "waiting"])
    bedside.touch("back")
    bedside.touch("openStaff")
    bedside.badge(BADGE)
    assert house.hub is not None
    house.hub.kill()
    bedside.wait("banner", "hub")
    bedside.wait("locked", False)
    bedside.touch("arrive")
    house.restart_hub()
    bedside.wait("link", "live")
    until(lambda: "present" in marks(only_call(house)))
    [present] = [m for m in only_call(house)["marks"] if m["kind"] == "present"]
    assert present["by"]["known"].startswith("badge")
    assert "SW1000" not in texts(bedside)
