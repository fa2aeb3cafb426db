"""A stretch of a day with everything in it; afterwards the whole house is searched for people."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from smartward.demo.gateway import Gateway
from smartward.harness.house import House
from tests.privacy_search import search
from tests.stories.night import (
    BADGE,
    HEAD_BADGE,
    OTHER_BADGE,
    give_badges,
    live,
    only_call,
    until,
)

pytestmark = pytest.mark.long

BED = "12"
BAND, OTHER_BAND = "Z20260012", "Z20260009"
WRONG_PIN, RIGHT_PIN, WRONG_BADGE = "973164", "58203749", "SW-UNKNOWN-77"
STORES = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite3", ".sqlite3-wal", ".sqlite3-shm")
"""The hub's store and the caches of the screens: what may hold a name."""


def played(house: House, nurse: str) -> None:
    """Calls, proofs that fail, layers, silence, a cord, deaths of links: a dozen touches."""
    station, bedside = house.screens["station"], house.screens["bedside"]
    assert house.his is not None
    station.ask("badge", code=WRONG_BADGE)
    until(lambda: station.state()["identity"] != "" or station.state()["notice"] != "")
    bedside.touch("callButton")
    bedside.touch("reason-pain")
    station.wait("open_calls", 1)
    wrong_pin_then_the_right_one(house, nurse)
    bedside.wait("receipts", ["done", "done", "done"])
    bedside.touch("back")
    bedside.touch("openCare")
    for code in (OTHER_BAND, BAND):
        bedside.ask("badge", code=code)
        until(lambda: bedside.state()["notice"] != "" or bedside.state()["layer_open"])
    bedside.wait("layer_open", True)
    station.touch(f"bed-{house.bed('9')['id']}")
    station.wait("sheet_open", True)
    station.touch("sheetUnmask")
    station.touch("answer-identity")
    gateway = Gateway(house)
    house.call_point("cord", "bathroom_cord", room=str(house.bed("20")["room"]))
    gateway.press("cord")
    station.wait("open_calls", 2)
    gateway.reset("cord")
    gateway.hang_up()
    for event, bed in (("drip_near", BED), ("deteriorate", "31"), ("death", "7"), ("cancel", "3")):
        house.his.ask("event", name=event, bed=bed)
    house.his.ask("event", name="swap", bed="10", **{"with": "11"})
    house.his.ask("event", name="discharge", bed="15")
    until(lambda: house.documents("silence") != {})
    assert house.hub is not None
    house.hub.kill()
    bedside.wait("banner", "hub")
    house.restart_hub()
    live(house)


def wrong_pin_then_the_right_one(house: House, nurse: str) -> None:
    """A nurse mistypes her PIN, and then does not."""
    station = house.screens["station"]
    station.touch(f"accept-call:{only_call(house)['id']}")
    station.touch(f"staff-{nurse}")
    for pin in (WRONG_PIN, RIGHT_PIN):
        for digit in pin:
            station.touch(f"pin-{digit}")
        station.touch("pin-ok")
        station.wait("identity_busy", False)
    station.wait("known", "pin")


def outputs(house: House, folder: Path) -> None:
    """Everything that the programs give out: pictures, exports, lists, pages of the hub."""
    folder.mkdir()
    for name, screen in house.screens.items():
        if name != "station":
            screen.ask("grab", path=str(folder / f"{name}.png"))
    assert house.hub is not None
    url = house.hub.ready["url"]
    for page in ("metrics", "health", "openapi.json"):
        (folder / page).write_bytes(httpx.get(f"{url.rstrip('/')}/{page}").content)
    for place, arguments in enumerate(
        (
            ("audit", "export"),
            ("audit", "verify"),
            ("staff", "list"),
            ("call-point", "list"),
            ("masking", "show"),
        )
    ):
        done = subprocess.run(
            [
                sys.executable, "-m", "smartward", arguments[0],
                "--data-dir", str(house.folder / "hub"), *arguments[1:],
            ],
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "LANG": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, (arguments, done.stderr)
        (folder / f"{place}-{arguments[0]}.out").write_bytes(done.stdout + done.stderr)


def test_a_played_day_leaves_nobody_where_nobody_belongs(house: House) -> None:
    room = str(house.bed(BED)["room"])
    nurse, *_ = give_badges(house)
    house.set_pin(nurse["id"], RIGHT_PIN)
    places = {"station": "", "bedside": BED, "bedhead": BED, "door": room, "corridor": ""}
    for role, place in places.items():
        house.start_screen(role, role, place)
    live(house)
    patients = [stay["patient"] for stay in house.documents("encounter").values()]
    played(house, nurse["id"])
    outputs(house, house.folder / "outputs")
    patients += [stay["patient"] for stay in house.documents("encounter").values()]
    house.stop()
    names = {str(one["name"]) for one in patients} | {
        part for one in patients for part in str(one["name"]).split() if len(part) > 5
    }
    identifiers = {str(one["identifier"]) for one in patients if one["identifier"]}
    assert len(names) > 35
    assert len(identifiers) > 35

    def store(path: Path) -> bool:
        return path.name.endswith(STORES)

    found = search(house.folder, names | identifiers, store)
    assert found == []
    secret = (BADGE, OTHER_BADGE, HEAD_BADGE, WRONG_BADGE, WRONG_PIN, RIGHT_PIN)
    assert search(house.folder, secret) == [], "no badge and no PIN anywhere at all"
    # That the search finds what is there: the stores do hold the names.
    held = search(house.folder / "hub", [patients[0]["name"]])
    assert held
    exported = (house.folder / "outputs" / "0-audit.out").read_text().splitlines()
    kinds = {json.loads(line)["subtype"][0]["code"] for line in exported if line.startswith("{")}
    assert {"call.accept", "layer.opened", "wristband.other", "name.unmask", "sheet.open"} <= kinds
