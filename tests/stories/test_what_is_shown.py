"""What may be shown: one policy everywhere, layers that close, and answers that tell nothing."""

import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from uuid6 import uuid7

from smartward.harness.house import House
from smartward.harness.program import Program
from tests.stories.night import (
    BADGE,
    give_badges,
    live,
    only_call,
    texts,
    until,
)

pytestmark = pytest.mark.long

BED, NAME, MASKED, BAND = "7", "郭勇", "郭＊", "Z20260007"
OTHER_BAND = "Z20260009"


def smartward(house: House, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a command of the hub's machine answers."""
    folder = str(house.folder / "hub")
    return subprocess.run(
        [sys.executable, "-m", "smartward", program, "--data-dir", folder, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


def audited(house: House, kind: str) -> list[str]:
    """The audit's records of one kind, as they are exported."""
    done = smartward(house, "audit", "export")
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if f'"{kind}"' in line]


def stay_of(house: House, bed: str) -> dict[str, Any]:
    """Who lies in a bed."""
    [id] = house.bed(bed)["occupants"]
    return house.documents("encounter")[id]


# ----------------------------------------------------------------------------------- the policy


def test_a_changed_rule_reaches_the_screens_by_their_feeds(house: House) -> None:
    bedhead = house.start_screen("bedhead", "bedhead", BED)
    door = house.start_screen("door", "door", str(house.bed(BED)["room"]))
    live(house)
    for screen in (bedhead, door):
        until(lambda screen=screen: MASKED in texts(screen))  # type: ignore[misc]  # mypy infers no lambda with a default
        assert NAME not in texts(screen)
    why = ("--why", "the ward has decided")
    assert smartward(house, "masking", "set", "bedhead", "full", *why).returncode == 0
    until(lambda: NAME in texts(bedhead), 5)
    assert NAME not in texts(door)
    assert smartward(house, "masking", "set", "door", "none", *why).returncode == 0
    until(lambda: MASKED not in texts(door), 5)
    assert NAME in texts(bedhead)
    records = audited(house, "masking.set")
    assert len(records) == 2
    assert all("the ward has decided" in record for record in records)
    for never in (("voice", "full"), ("log", "family"), ("corridor", "full")):
        refused = smartward(house, "masking", "set", *never, *why)
        assert refused.returncode != 0
        assert refused.stderr.strip()
    tried = [json.loads(record)["outcome"] for record in audited(house, "masking.set")]
    assert tried == ["0", "0", "4", "4", "4"], "what was refused is told as that"
    assert MASKED not in texts(door)
    assert NAME in texts(bedhead)


def test_two_alike_are_marked_until_they_differ(house: House) -> None:
    station = house.start_screen("station", "station")
    live(house)
    until(lambda: MASKED in texts(station))
    assert "同名" not in texts(station)
    assert house.his is not None
    with httpx.Client(base_url=house.his.ready["url"], timeout=5) as his:
        id = stay_of(house, "9")["patient"]["id"].removeprefix("his.")
        patient = his.get(f"/Patient/{id}").json()
        before = patient["name"]
        alike = {**before[0], "text": "郭刚", "family": "郭", "given": ["刚"]}
        his.put(f"/Patient/{id}", json={**patient, "name": [alike]}).raise_for_status()
        until(lambda: texts(station).count("同名") == 2)
        assert texts(station).count(MASKED) == 2, "on the board they look the same"
        his.put(f"/Patient/{id}", json={**patient, "name": before}).raise_for_status()
        until(lambda: "同名" not in texts(station))


def test_a_protected_person_is_named_in_no_public_place(house: House) -> None:
    bed = "28"
    name = str(stay_of(house, bed)["patient"]["name"])
    screens = [
        house.start_screen("bedhead", "bedhead", bed),
        house.start_screen("bedside", "bedside", bed),
        house.start_screen("door", "door", str(house.bed(bed)["room"])),
    ]
    station = house.start_screen("station", "station")
    live(house)
    for screen in screens[:2]:
        screen.wait("bed_state", "known")
    until(lambda: "保密" in texts(station))
    for place in ("bedhead", "bedside", "door"):
        done = smartward(house, "masking", "set", place, "full", "--why", "a test of the rule")
        assert done.returncode == 0, done.stderr
    until(lambda: "潘杰" in texts(screens[2]))  # the rule has come: a neighbour is named
    for screen in screens:
        said = texts(screen)
        for part in (name, name[0] + "＊", name[0] + "女士"):
            assert part not in said


# ---------------------------------------------------------------------------------- the station


def test_a_full_name_is_shown_for_a_reason_and_for_a_while(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station", "", "--set", "unmask_s=5")
    live(house)
    until(lambda: MASKED in texts(station))
    station.badge(BADGE)
    station.touch(f"bed-{house.bed(BED)['id']}")
    station.wait("sheet_open", True)
    assert MASKED in texts(station)
    assert NAME not in texts(station)
    station.touch("sheetUnmask")
    assert NAME not in texts(station), "no reason, no name"
    station.touch("answer-identity")
    until(lambda: NAME in texts(station), 3)
    until(lambda: NAME not in texts(station), 8)
    assert MASKED in texts(station)
    station.wait("outbox_waiting", 0)
    until(lambda: len(audited(house, "name.unmask")) == 1)
    [record] = audited(house, "name.unmask")
    assert "prac-" in record, "who"
    assert NAME not in record
    assert stay_of(house, BED)["id"].removeprefix("his.") in record, "whose"


def test_the_privacy_key_takes_the_near_tier_and_never_bed_class_and_age(house: House) -> None:
    give_badges(house)
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", BED)
    live(house)
    bedside.touch("callButton")
    bedside.touch("reason-pain")
    station.wait("open_calls", 1)
    until(lambda: only_call(house)["reason"] == "pain" and "痛" in texts(station))
    numbers = station.state()["numbers"]

    def of(name: str) -> list[str]:
        found = station.ask("texts")["texts"]
        return [one["text"] for one in found if one["objectName"] == name]

    ages = len(of("queueTime"))
    station.touch("privacyKey")
    station.wait("near_hidden", True)
    words = texts(station)
    for near in (MASKED, NAME, "张＊国", "痛", "约"):
        assert near not in words, near
    assert station.state()["numbers"] == numbers
    assert BED in of("queueNumber")
    assert len(of("queueTime")) == ages > 0
    assert all(of("queueTime"))
    assert "呼叫" in " ".join(of("queueTitle"))
    assert f"row-call:{only_call(house)['id']}" in [
        f"row-{key}" for key in station.state()["queue"]
    ]
    station.touch("privacyKey")
    station.wait("asking", True)
    assert station.state()["near_hidden"], "only a person shows it again"
    station.badge(BADGE)
    station.wait("near_hidden", False)
    until(lambda: MASKED in texts(station))


# ------------------------------------------------------------------------- the patient's own layer


def test_a_wristband_opens_its_own_layer_for_a_while_and_no_other(house: House) -> None:
    station = house.start_screen("station", "station")
    bedside = house.start_screen("bedside", "bedside", BED, "--set", "layer_open_s=5")
    live(house)
    bedside.wait("bed_state", "known")
    bedside.touch("openCare")
    assert NAME not in texts(bedside)
    bedside.ask("badge", code=BAND)
    bedside.wait("layer_open", True, 3)
    assert NAME in texts(bedside)
    bedside.wait("layer_open", False, 9)
    until(lambda: NAME not in texts(bedside), 2)
    before = station.state()["open_alerts"]
    bedside.ask("badge", code=OTHER_BAND)
    until(lambda: bedside.state()["notice"] != "")
    assert not bedside.state()["layer_open"]
    assert "高" not in str(bedside.state()["notice"]), "it names nobody"
    station.wait("open_alerts", before + 1)
    [alert] = [one for one in house.documents("alert").values() if one["rule"] == "wristband"]
    assert alert["state"] == "on"
    assert audited(house, "wristband.other")
    assert audited(house, "layer.opened")


def digits(bedside: Program, pin: str) -> None:
    """A hand touches a PIN."""
    for digit in pin:
        bedside.touch(f"patientPin-{digit}")
    bedside.touch("pinConfirm")


def test_a_pin_that_a_nurse_has_set_opens_and_another_does_not(house: House) -> None:
    give_badges(house)
    bedside = house.start_screen("bedside", "bedside", BED, "--size", "1080x1920")
    live(house)
    bedside.wait("bed_state", "known")
    for name in ("openStaff", "openTurns", "openSetup", "setPin"):
        bedside.touch(name)
    digits(bedside, "2580")
    bedside.wait("asking_who", True)
    bedside.badge(BADGE)
    stay = stay_of(house, BED)["id"]
    until(lambda: house.documents("patient_key")[stay]["pin"] is not None)
    assert "2580" not in json.dumps(house.documents("patient_key"))
    bedside.touch("back")
    bedside.touch("back")
    bedside.touch("openCare")
    until(lambda: bedside.ask("find", objectName="carePin")["visible"])
    bedside.touch("carePin")
    digits(bedside, "2589")
    until(lambda: "●" not in texts(bedside))
    assert not bedside.state()["layer_open"]
    digits(bedside, "2580")
    bedside.wait("layer_open", True)
    assert NAME in texts(bedside)
    bedside.touch("careClose")
    bedside.wait("layer_open", False)
    assert NAME not in texts(bedside)


# --------------------------------------------------------------------------------- equal answers


def test_a_device_learns_nothing_of_what_it_may_not_see(house: House) -> None:
    assert house.hub is not None
    token = house.enrol("bedside", BED).read_text()
    beds = (str(house.bed("9")["id"]), "his.bed-99")
    stays = (stay_of(house, "9")["id"], "his.enc-9999")

    def told(client: httpx.Client, kind: str, subject: str, **data: str) -> tuple[int, object]:
        action = {
            "id": str(uuid7()),
            "kind": kind,
            "subject": subject,
            "made_at": "2026-11-21T02:05:00Z",
            "by": {"known": "none"},
            "seen": {},
            "data": data,
        }
        answer = client.post("/actions", json={"action": action, "age_ms": 0})
        body = answer.json()
        for its_own in ("id", "seq", "at"):
            body.pop(its_own, None)
        return answer.status_code, body

    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=house.hub.ready["url"], headers=headers, timeout=5) as client:
        placed = [
            told(client, "call.place", str(uuid7()), **{"bed_id": bed, "class": "normal"})
            for bed in beds
        ]
        opened = [told(client, "layer.opened", stay, how="wristband") for stay in stays]
        other = [told(client, "wristband.other", bed) for bed in beds]
        pages = [client.get(f"/beds/{bed}") for bed in beds]
    for existing, missing in (placed, opened, other):
        assert existing == missing
        assert existing[0] >= 400 or "refused" in json.dumps(existing[1])
    assert [(p.status_code, p.content) for p in pages] == [(404, pages[0].content)] * 2
    assert house.documents("nurse_call") == {}
