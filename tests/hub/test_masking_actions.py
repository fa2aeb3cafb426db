"""Changing what of a name each place shows: who may, what never, and what the audit tells."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.audit import AuditRecord
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.name_policy import DEFAULTS, NEVER, NamePlace, NamePolicy, NameRule
from smartward.clinical.name_preview import PEOPLE as INVENTED
from smartward.clinical.ward import Roster, StaffMember, StaffRole
from smartward.errors import BadData, Misconfigured
from smartward.hub import audit, masking_cli
from smartward.hub.access import Forbidden
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind, Answer, Person
from smartward.wire.views import BedheadEncounter
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

PEOPLE = {role: StaffMember(id=f"st-{role}", name=f"{role} name", role=role) for role in StaffRole}
WHY = "visitors read the door aloud"


@pytest.fixture
async def station(ward: Ward) -> Device:
    roster = Roster(members=tuple(PEOPLE.values()))
    await ward.hub.store.write(lambda tx: tx.put(WARD, "roster", "roster", roster))
    return await ward.enrol(ScreenRole.STATION)


def person(role: StaffRole) -> Person:
    return Person(known="name", id=f"st-{role}", name=f"{role} name")


async def choose(
    ward: Ward,
    device: Device,
    place: str = "door",
    rule: str = "none",
    role: StaffRole = StaffRole.PRIVACY_OFFICER,
    why: str | None = WHY,
) -> Answer:
    return await ward.act(
        device,
        ActionKind.MASKING_SET,
        "masking",
        by=person(role),
        data={"place": place, "rule": rule, "why": why},
    )


async def policy(ward: Ward) -> NamePolicy:
    stored = await ward.stored("masking", "masking")
    return NamePolicy() if stored is None else decode(stored.body, NamePolicy)


async def audited(ward: Ward) -> list[AuditRecord]:
    def read(reader: Any) -> list[AuditRecord]:
        return [audit.told(row) for row in audit.rows_of(reader)]

    records = await ward.hub.store.read(read)
    return [record for record in records if record.kind == ActionKind.MASKING_SET]


@pytest.mark.parametrize("role", StaffRole)
async def test_the_privacy_officer_and_the_head_nurse_choose(
    ward: Ward, station: Device, role: StaffRole
) -> None:
    answer = await choose(ward, station, role=role)
    may = role in (StaffRole.PRIVACY_OFFICER, StaffRole.HEAD_NURSE)
    assert (answer.outcome, answer.key) == (
        ("applied", None) if may else ("refused", "masking.not_yours")
    )
    now = await policy(ward)
    assert now.rule(NamePlace.DOOR) is (NameRule.NONE if may else DEFAULTS[NamePlace.DOOR])
    (told,) = await audited(ward)
    assert (told.by.person_id, told.by.name) == (f"st-{role}", f"{role} name")
    assert (told.about.why, told.about.detail) == (WHY, {"place": "door", "rule": "none"})
    assert (told.outcome, told.key) == (answer.outcome, answer.key)
    if may:
        assert now.changed_by is not None
        assert (now.changed_by.person_id, now.changed_at) == (f"st-{role}", ward.clock.now())


async def test_a_name_that_is_not_on_the_roster_chooses_nothing(
    ward: Ward, station: Device
) -> None:
    for by in (Person(), Person(known="name", id="st-77", name="head nurse")):
        answer = await ward.act(
            station, ActionKind.MASKING_SET, "masking", by=by,
            data={"place": "door", "rule": "none", "why": WHY},
        )  # fmt: skip
        assert (answer.outcome, answer.key) == ("refused", "masking.not_yours")
    assert await policy(ward) == NamePolicy()


@pytest.mark.parametrize("why", [None, "", "   "])
async def test_a_reason_is_needed(ward: Ward, station: Device, why: str | None) -> None:
    answer = await choose(ward, station, why=why)
    assert (answer.outcome, answer.key) == ("refused", "masking.no_why")
    assert await policy(ward) == NamePolicy()


@pytest.mark.parametrize("place", NEVER)
async def test_what_no_officer_can_choose(ward: Ward, station: Device, place: NamePlace) -> None:
    for rule in NameRule:
        answer = await choose(ward, station, place, rule)
        never = rule in NEVER[place]
        assert answer.key == ("masking.never" if never else None)
        if not never:
            assert (await policy(ward)).rule(place) is rule
    assert (await policy(ward)).rule(place) not in NEVER[place]


async def test_a_place_or_rule_that_is_none_is_no_request(ward: Ward, station: Device) -> None:
    for place, rule in (("moon", "none"), ("door", "loud"), ("", "none")):
        with pytest.raises(BadData):
            await choose(ward, station, place, rule)


@pytest.mark.parametrize(
    "role, place", [(ScreenRole.BEDSIDE, "1"), (ScreenRole.DOOR, "R1"), (ScreenRole.CORRIDOR, None)]
)
async def test_only_a_station_may_ask(
    ward: Ward, station: Device, role: ScreenRole, place: str | None
) -> None:
    with pytest.raises(Forbidden):
        await choose(ward, await ward.enrol(role, place))


async def test_other_places_keep_what_was_chosen_before(ward: Ward, station: Device) -> None:
    await choose(ward, station, "door", "none")
    await choose(ward, station, "bedhead", "family")
    chosen = await policy(ward)
    assert chosen.rules == {
        NamePlace.DOOR: NameRule.NONE,
        NamePlace.BEDHEAD: NameRule.FAMILY,
    }


async def test_a_screen_of_the_place_follows_at_once_and_others_hear_nothing(
    ward: Ward, station: Device
) -> None:
    head, door = (
        TestScreen(await ward.enrol(ScreenRole.BEDHEAD, "1")),
        TestScreen(await ward.enrol(ScreenRole.DOOR, "R1")),
    )
    for screen in (head, door):
        screen.connect(ward.hub.feed)
        await screen.until(lambda mirror: mirror.current)

    def named(name: str) -> Any:
        def met(mirror: Any) -> bool:
            body = mirror.bodies().get(("encounter", docs.encounter_id(1)))
            return body is not None and decode(body, BedheadEncounter).display_name == name

        return met

    assert not named("")(head.mirror)
    before = len(door.mirror.events)
    await choose(ward, station, "bedhead", "none")
    await head.until(named(""))
    assert not [e for e in door.mirror.events[before:] if e.name in ("reset", "write")]
    await choose(ward, station, "bedhead", "initials")
    await head.until(named("p.-n."))
    for screen in (head, door):
        await screen.hang_up()


# ---------------------------------------------------------------------- the command line


async def cli(ward: Ward, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    arguments = ["--admin", str(ward.hub.admin.path), *words]
    assert await asyncio.to_thread(masking_cli.main, arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_the_command_shows_and_chooses(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = await cli(ward, capsys, "show")
    assert {row["place"]: row["rule"] for row in shown} == DEFAULTS
    await cli(ward, capsys, "set", "door", "initials", "--why", WHY)
    shown = await cli(ward, capsys, "show")
    assert {row["place"]: row["rule"] for row in shown} == {**DEFAULTS, "door": "initials"}
    assert all(row["rule"] in row["choices"] for row in shown)
    (told,) = await audited(ward)
    assert (told.by.device_id, told.about.why) == ("admin", WHY)
    assert told.about.detail == {"place": "door", "rule": "initials"}


@pytest.mark.parametrize(
    "words, key",
    [
        (("moon", "none", "--why", WHY), "masking.no_place"),
        (("log", "masked", "--why", WHY), "masking.no_rule"),
        (("door", "none", "--why", " "), "masking.no_why"),
    ],
)
async def test_the_command_says_what_is_wrong_and_changes_nothing(
    ward: Ward, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], key: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        await cli(ward, capsys, "set", *words)
    assert refused.value.key == key
    assert await policy(ward) == NamePolicy()
    assert [(told.outcome, told.key) for told in await audited(ward)] == [("refused", key)]


def files_with(folder: Path, text: bytes) -> list[Path]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return [file for file in files if text in file.read_bytes()]


async def test_a_preview_tries_rules_on_names_and_stores_nothing(
    ward: Ward, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = await cli(
        ward, capsys, "preview", "--name", "Rosa Zimmermann", "--try", "bedhead=initials",
        "--language", "en",
    )  # fmt: skip
    shown = {row["place"]: row["added"]["Rosa Zimmermann"] for row in rows}
    assert (shown["bedhead"], shown["door"], shown["corridor"]) == ("R. Z.", "R＊ Z＊n", "")
    assert len(rows[0]["shown"]) >= 9
    assert await policy(ward) == NamePolicy()
    assert not files_with(tmp_path, b"Zimmermann")
    assert files_with(tmp_path, b"p1-name"), "the ward's own patients are in the hub's file"


async def test_a_name_that_an_invented_person_has_too_is_shown_beside_them(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    (protected,) = (one.name for one in INVENTED if one.protected)
    alone = await cli(ward, capsys, "preview")
    rows = await cli(ward, capsys, "preview", "--name", protected)
    assert [row["shown"] for row in rows] == [row["shown"] for row in alone]
    door = next(row for row in rows if row["place"] == "door")
    assert door["added"][protected] != door["shown"][protected], "that one is not protected"
    assert "added" not in alone[0]
