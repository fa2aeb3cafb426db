"""The administrator's socket: places by the words of the ward, and nothing for anybody else."""

import asyncio
import json
import os
import pwd
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.rules.infusion_near_end import InfusionSettings
from smartward.clinical.rules.news2 import News2Settings
from smartward.clinical.rules.window import SetSettings
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.admin_socket import COMMANDS
from smartward.hub.app import Hub
from smartward.hub.enrol import ask
from smartward.hub.enrol import main as enrol
from smartward.hub.parts import open_his
from smartward.hub.rule_settings import load_rules
from smartward.hub.store.model import decode
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.screens import TestScreen
from tests.hub.staff import told
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


async def refused(ward: Ward, **request: Any) -> Misconfigured:
    with pytest.raises(Misconfigured) as error:
        await asyncio.to_thread(ask, ward.hub.admin.path, **request)
    return error.value


@pytest.mark.parametrize(
    "role, wanted, place",
    [
        ("bedside", "2", "his.bed-2"),
        ("bedhead", "his.bed-2", "his.bed-2"),
        ("door", "R2", "his.room-2"),
        ("door", "his.room-1", "his.room-1"),
        ("station", None, None),
        ("corridor", "", None),
        ("gateway", None, None),
        ("bedside", "his.bed-of-tomorrow", "his.bed-of-tomorrow"),
    ],
)
async def test_a_place_is_found_by_what_the_ward_calls_it(
    ward: Ward, role: str, wanted: str | None, place: str | None
) -> None:
    device = await ward.enrol(ScreenRole(role), wanted, label="x")
    assert (device.role, device.place, device.ward) == (role, place, WARD)
    stored = await ward.stored("screen", device.id)
    assert stored is not None
    status = decode(stored.body, ScreenStatus)
    assert (status.online, status.label, status.place) == (False, "x", place)


@pytest.mark.parametrize(
    "role, wanted, key",
    [
        ("bedside", "99", "enrol.unknown_place"),
        ("bedside", "R1", "enrol.unknown_place"),
        ("door", "1", "enrol.unknown_place"),
        ("door", None, "enrol.no_place"),
        ("bedhead", " ", "enrol.no_place"),
        ("hallway", "1", "enrol.bad_role"),
        ("station", "1", "enrol.no_place_wanted"),
        ("corridor", "1", "enrol.no_place_wanted"),
        ("gateway", "305", "enrol.no_place_wanted"),
    ],
)
async def test_no_such_place(ward: Ward, role: str, wanted: str | None, key: str) -> None:
    error = await refused(ward, do="enrol", role=role, place=wanted)
    assert error.key == key
    assert ward.hub.access.devices() == []


async def test_a_number_that_two_beds_have(ward: Ward) -> None:
    twin = docs.bed(1)
    await ward.hub.store.write(
        lambda tx: tx.put(WARD, "bed", "his.bed-x", replace(twin, id="his.bed-x"),
                          bed="his.bed-x", room=twin.room_id)
    )  # fmt: skip
    error = await refused(ward, do="enrol", role="bedside", place="1")
    assert error.key == "enrol.ambiguous"
    assert error.values["ids"] == "his.bed-1, his.bed-x"


async def test_the_token_is_nowhere_but_in_the_answer(
    ward: Ward, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        device = await ward.enrol(ScreenRole.BEDSIDE, "1")
        listed = await asyncio.to_thread(ask, ward.hub.admin.path, do="devices")
    token = ward.tokens[device.id]
    secret = token.rpartition(".")[2]
    assert [one["id"] for one in listed["devices"]] == [device.id]
    assert secret not in json.dumps(listed)
    assert secret not in caplog.text
    await ward.hub.store.finish()
    for file in (tmp_path / "d").iterdir():
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file.name


def enrolled(ward: Ward, *arguments: str) -> None:
    """`smartward enrol` on this hub."""
    assert enrol(["--admin", str(ward.hub.admin.path), *arguments]) == 0


async def test_enrolling_again_says_what_the_device_was(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    await asyncio.to_thread(enrolled, ward, "corridor", "--label", "Corridor, east")
    told = capsys.readouterr()
    device = json.loads(told.out)["device_id"]
    assert told.err == ""
    await asyncio.to_thread(enrolled, ward, "corridor", "--device-id", device)
    assert "its old token is worth nothing now" in capsys.readouterr().err
    await asyncio.to_thread(enrolled, ward, "--revoke", device)
    assert f"--device-id {device}" in capsys.readouterr().err
    assert ward.hub.access.device(device) is None
    await asyncio.to_thread(enrolled, ward, "station", "--device-id", device)
    told = capsys.readouterr()
    assert "had been revoked and is one of ours again" in told.err
    assert json.loads(told.out)["before"] == "revoked"
    assert ward.hub.access.device(device) is not None


@pytest.mark.parametrize(
    "file, key",
    [("none/token", "token_folder"), ("", "token_file"), ("file/token", "token_folder")],
)
async def test_a_token_that_cannot_be_kept_enrols_nothing(
    ward: Ward, tmp_path: Path, file: str, key: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=key) as error:
        await asyncio.to_thread(enrolled, ward, "station", "--token-file", str(tmp_path / file))
    assert error.value.values["file"] == str(tmp_path / file)
    assert ward.hub.access.devices() == []


async def test_a_refused_enrolment_leaves_the_token_file_as_it_was(
    ward: Ward, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    await asyncio.to_thread(enrolled, ward, "station", "--token-file", str(file))
    token = file.read_text()
    assert ward.hub.access.authenticate(f"Bearer {token}") is not None
    with pytest.raises(Misconfigured):
        await asyncio.to_thread(enrolled, ward, "bedside", "99", "--token-file", str(file))
    assert file.read_text() == token
    assert set(os.listdir(tmp_path)) == {"d", "token"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_two_screens_of_one_role_at_one_place_are_meant(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await ward.enrol(ScreenRole.BEDSIDE, "1")
    error = await refused(ward, do="enrol", role="bedside", place="1")
    assert (error.key, error.values["ids"]) == ("enrol.there_already", first.id)
    await asyncio.to_thread(enrolled, ward, "bedhead", "1")
    await asyncio.to_thread(enrolled, ward, "bedside", "1", "--device-id", first.id)
    await asyncio.to_thread(enrolled, ward, "bedside", "1", "--second")
    assert len(ward.hub.access.devices()) == 3
    capsys.readouterr()
    await asyncio.to_thread(enrolled, ward, "bedside", "1", "--replace")
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["replaced"]) == 2
    assert first.id in answer["replaced"]
    left = {(one.role, one.id) for one in ward.hub.access.devices()}
    assert (ScreenRole.BEDSIDE, answer["device_id"]) in left
    assert len(left) == 2


async def test_what_is_set_up_is_in_the_audit_with_the_user_who_did_it(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    gateway = await ward.enrol(ScreenRole.GATEWAY)
    point = {"id": "cord-1", "kind": "bathroom_cord", "bed": "1"}
    await refused(ward, do="call_point.add", **{**point, "bed": "99"}, by="somebody else")
    await asyncio.to_thread(ask, ward.hub.admin.path, do="call_point.add", **point)
    await asyncio.to_thread(ask, ward.hub.admin.path, do="call_point.move", id="cord-1", bed="2")
    await asyncio.to_thread(ask, ward.hub.admin.path, do="call_point.remove", id="cord-1")
    await asyncio.to_thread(ask, ward.hub.admin.path, do="give_badge", person="st-1", code="04AA")
    await refused(ward, do="give_pin", person="st-1", pin="1111")
    await ward.revoke(bedside)
    rows = await told(ward)
    assert [(row.kind, row.about.kind, row.about.id, row.outcome) for row in rows] == [
        ("device.enrol", "device", bedside.id, "applied"),
        ("device.enrol", "device", gateway.id, "applied"),
        ("call_point.add", "call_point", "unknown", "refused"),
        ("call_point.add", "call_point", "cord-1", "applied"),
        ("call_point.move", "call_point", "cord-1", "applied"),
        ("call_point.remove", "call_point", "cord-1", "applied"),
        ("credential.badge", "staff", "st-1", "applied"),
        ("credential.pin", "staff", "st-1", "refused"),
        ("device.revoke", "device", bedside.id, "applied"),
    ]
    me = pwd.getpwuid(os.getuid()).pw_name
    assert {(row.by.device_id, row.by.name, row.by.known) for row in rows} == {
        ("admin", me, "os_user")
    }
    assert rows[2].key == "enrol.unknown_place"
    assert (rows[4].about.bed, rows[4].about.detail["from"]) == ("his.bed-2", "his.bed-1")
    said = repr(rows)
    assert not any(secret in said for secret in ("1111", "04AA", *ward.tokens.values()))


@pytest.mark.parametrize(
    "request_, id",
    [
        ({"do": "give_pin", "person": "2846 for Li", "pin": "1"}, "unknown"),
        ({"do": "give_pin", "person": "st-1", "pin": "1"}, "st-1"),
        ({"do": "give_pin", "person": "李红", "pin": "1"}, "st-1"),
        ({"do": "unlock_staff", "of": "2846"}, "unknown"),
        ({"do": "revoke", "device_id": "tok-2846"}, "unknown"),
        ({"do": "enrol", "device_id": "tok-2846", "role": "bedside", "place": "99"}, "unknown"),
        ({"do": "call_point.remove", "id": "2846"}, "unknown"),
        ({"do": "masking_set", "place": "bedhead", "rule": "2846", "why": "x"}, "bedhead"),
        ({"do": "masking_set", "place": "2846", "rule": "2846", "why": "x"}, "unknown"),
        ({"do": "call_point.add", "id": "", "kind": "handset", "bed": "1"}, ""),
    ],
)
async def test_a_refusal_is_told_of_what_is_known_here_and_nothing_else_that_was_typed(
    ward: Ward, request_: dict[str, Any], id: str
) -> None:
    await refused(ward, **request_)
    (row,) = await told(ward)
    assert (row.about.id, row.outcome) == (id, "refused")
    assert "2846" not in repr(row)


@pytest.mark.parametrize("fault", [KeyError("uid"), OSError(5, "the directory is away")])
async def test_whom_the_machine_has_no_name_for_is_a_number(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    asked: list[int] = []

    def getpwuid(user: int) -> pwd.struct_passwd:
        asked.append(threading.get_ident())
        raise fault

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    await refused(ward, do="revoke", device_id="nobody")
    assert (await told(ward))[-1].by.name == f"uid {os.getuid()}"
    assert asked != [threading.get_ident()], "the hub does not wait for it"


async def test_only_its_owner_opens_it(ward: Ward) -> None:
    assert stat.S_IMODE(ward.hub.admin.path.stat().st_mode) == 0o600


async def test_what_it_does_not_understand(ward: Ward) -> None:
    reader, writer = await asyncio.open_unix_connection(str(ward.hub.admin.path))
    for line in (b"{", b"[]", b'"x"', b'{"do": "format"}', b'{"do": "enrol"}', b"\xff"):
        writer.write(line + b"\n")
        answer = json.loads(await reader.readline())
        assert answer["ok"] is False
        assert answer["error"]
    writer.write(b'{"do": "settings"}\n')
    answer = json.loads(await reader.readline())
    assert answer["settings"]["ward"] == WARD
    writer.close()
    await writer.wait_closed()


async def test_a_mistyped_command_is_told_the_likely_one(ward: Ward) -> None:
    """And a standby knows of all that its hub takes, but for what needs one that decides."""
    error = await refused(ward, do="aprove")
    assert str(error.values["reason"]).startswith(
        "no such command: aprove; did you mean approve? there are: approve, audit_exported, "
    )
    assert "did you mean" not in str((await refused(ward, do="xyz")).values["reason"])
    assert ward.hub.admin._commands.keys() == COMMANDS - {"alert_rules.reload"}


async def test_screens_that_do_not_come_back_after_a_restart_are_told_away(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    hub = Hub(SETTINGS, tmp_path, clock, None)
    await hub.start()
    before = Ward(hub, clock)
    devices = [await before.enrol(ScreenRole.STATION), await before.enrol(ScreenRole.STATION)]
    screens = [TestScreen(device) for device in devices]
    for screen in screens:
        screen.connect(hub.feed)
    await _until_online(before, devices[0].id, True)
    await _until_online(before, devices[1].id, True)
    await hub.stop()
    for screen in screens:
        await screen.hang_up()
    hub = Hub(SETTINGS, tmp_path, clock, None)
    await hub.start()
    after = Ward(hub, clock)
    screens[0].connect(hub.feed)
    await screens[0].until(lambda mirror: mirror.current)
    head = await hub.store.read(lambda reader: reader.head(WARD))
    stopped_at = clock.now()
    clock.advance(SETTINGS.link_stale_s)
    status = await _until_online(after, devices[1].id, False)
    assert status.since == stopped_at
    assert (await _until_online(after, devices[0].id, True)).online
    assert await hub.store.read(lambda reader: reader.head(WARD)) == head + 1
    await hub.stop()
    await screens[0].hang_up()


async def _until_online(ward: Ward, device_id: str, online: bool) -> ScreenStatus:
    async with asyncio.timeout(10):
        while True:
            stored = await ward.stored("screen", device_id)
            assert stored is not None
            status = decode(stored.body, ScreenStatus)
            if status.online is online:
                return status


# ---------------------------------------------------------------------- the deciding part's wiring


def test_the_rules_are_the_file_s_with_the_hub_s_settings_over_it(tmp_path: Path) -> None:
    file = tmp_path / "alert_rules.toml"
    file.write_text("[news2]\nhigh_from = 8\n[infusion_near_end]\nnear_min = 99\n")
    settings = Settings(news2_window_min=15, drip_warn_min=7, drip_warn_ml=40)
    rules = load_rules(settings, file)
    assert rules.of(News2Settings).high_from == 8
    assert rules.of(SetSettings).window_min == 15
    drip = rules.of(InfusionSettings)
    assert (drip.near_min, drip.near_ml) == (7, 40)


@pytest.mark.parametrize("text", ["[news2]\nhigh_from = 'x'\n", "[moon]\nphase = 1\n", "]["])
def test_wrong_rules_stop_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "alert_rules.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured) as error:
        load_rules(Settings(), file)
    assert error.value.key == "hub.rules"


async def test_no_address_is_no_hospital_system_and_a_lost_token_is_told(tmp_path: Path) -> None:
    assert open_his(Settings(), ManualClock()) is None
    settings = Settings(
        his_url="http://127.0.0.1:1/fhir",
        his_ward="w",
        his_auth="bearer",
        his_secret_file=str(tmp_path / "none"),
    )
    with pytest.raises(Misconfigured) as error:
        open_his(settings, ManualClock())
    assert error.value.key == "his.secret.unreadable"
