"""`smartward fleet`, as somebody types it on the hub's machine."""

import argparse
import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from smartward.clinical.device import FIRST_COMES, Device, ScreenRole, ScreenStatus
from smartward.clinical.screen_health import CLOCK_WRONG, DISK_FULL, Keys, Part
from smartward.errors import Misconfigured
from smartward.hub import fleet_orders_cli
from smartward.hub.fleet_cli import main
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx
from smartward.hub.terminal_words import moment
from smartward.i18n import of_terminal
from smartward.wire.envelope import ActionKind
from tests.hub.conftest import Ward
from tests.hub.staff import admin
from tests.hub.test_fleet import tell

pytestmark = pytest.mark.anyio


async def typed(ward: Ward, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = await asyncio.to_thread(main, [*words, "--admin", str(ward.hub.admin.path)])
    return code, capsys.readouterr().out


async def as_json(ward: Ward, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await typed(ward, capsys, "--json", *words))[1])
    return found


async def here(ward: Ward, device: Device) -> None:
    """It opens its feed, and the hub has told of it."""
    ward.hub.presence.changed(device, True)
    async with asyncio.timeout(10):
        while (await _state(ward, device)) != "online":
            await asyncio.to_thread(lambda: None)


async def _state(ward: Ward, device: Device) -> str:
    (found,) = [one for one in await ward.hub.fleet.entries() if one.device.id == device.id]
    return "online" if found.status is not None and found.status.online else "offline"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


def test_why_a_screen_did_nothing_does_nothing_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = {"outcome": "refused", "why": "\x1b]0;owned\x07\x1b[2Jwell"}
    options = argparse.Namespace(json=False, command="identify")
    assert not fleet_orders_cli._told(answer, options, of_terminal(), "Bedside 1")
    said = capsys.readouterr().out.rstrip("\n")
    assert said.isprintable()
    assert "well" in said


async def test_every_device_with_what_it_told(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1", label="window")
    await ward.enrol(ScreenRole.STATION)
    await here(ward, bedside)
    await tell(ward, bedside, slot="b", sound=Part.WELL, reader=Part.FAULTY, outbox=3, ahead=2)
    found = await as_json(ward, capsys)
    first, second = sorted(found["devices"], key=lambda one: one["role"])
    assert (first["role"], first["place"], first["label"]) == ("bedside", "1", "window")
    assert (first["state"], first["health"]["slot"], first["health"]["skew_s"]) == (
        *("online", "b"),
        2,
    )
    assert first["last_seen"] == ward.clock.now().isoformat()
    assert (second["health"], second["last_seen"]) == (None, None)
    code, text = await typed(ward, capsys)
    assert code == 0
    (line,) = [one for one in text.splitlines() if one.startswith(bedside.id[:13])]
    for part in ("window", "online", "1.0 (b)", "+2 s", "60 %", "well", "FAULT"):
        assert part in line


async def test_faults_alone_grouped_and_with_an_exit_code(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = await typed(ward, capsys)
    assert (code, text.count("No device is placed")) == (0, 1), text
    one, other = [await ward.enrol(ScreenRole.BEDSIDE, place) for place in ("1", "2")]
    for device in (one, other):
        await here(ward, device)
        await tell(ward, device)
    assert await typed(ward, capsys, "--faults") == (0, "All is well: 2 devices\n")
    ward.clock.advance(30)
    await tell(ward, one, disk_free=3)
    await tell(ward, other, disk_free=4, ahead=99)
    found = await as_json(ward, capsys, "--faults")
    assert [(f["fault"], len(f["devices"])) for f in found["faults"]] == [
        (DISK_FULL, 2),
        (CLOCK_WRONG, 1),
    ]
    assert "devices" not in found
    code, text = await typed(ward, capsys, "--faults")
    assert code == 1
    assert len(text.splitlines()) == 2
    assert text.startswith("! Its disk is nearly full: bedside screen 1, bedside screen 2 (2)")


async def test_a_fault_that_this_version_does_not_know_is_shown_by_its_key(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    one = await ward.enrol(ScreenRole.STATION)
    await here(ward, one)
    told = {"faults": "some.new_fault,fleet.fault,odd\x1b[2Jkey"}
    await ward.act(one, ActionKind.SCREEN_FAULTS, one.id, data=told)
    await tell(ward, one, disk_free=3)
    for words in (("--faults",), (), ("show", one.id)):
        _, text = await typed(ward, capsys, *words)
        for part in ("some.new_fault", "fleet.fault", "odd\ufffd[2Jkey", "disk is nearly full"):
            assert part in text
        assert "\x1b" not in text


async def test_a_fault_is_told_with_the_time_when_it_was_told_first(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    async def faults(*told: str) -> str:
        data = {"faults": ",".join(told)}
        await ward.act(one, ActionKind.SCREEN_FAULTS, one.id, data=data)
        return ward.clock.now().isoformat()

    async def told() -> dict[str, str | None]:
        found = (await as_json(ward, capsys, "--faults"))["faults"]
        return {fault["fault"]: fault["since"] for fault in found}

    one = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await here(ward, one)
    ward.clock.advance(3600)
    broke = await faults("sound.no_device")
    ward.clock.advance(60)
    ward.hub.presence.changed(one, False)
    async with asyncio.timeout(10):
        while (await _state(ward, one)) == "online":
            ward.clock.advance(30)
            await asyncio.to_thread(lambda: None)
    went = (await as_json(ward, capsys, "show", one.id))["since"]
    assert broke < went
    assert await told() == {"": went}
    await here(ward, one)
    ward.clock.advance(600)
    dark = await faults("sound.no_device", "display.dark")
    assert await told() == {"sound.no_device": broke, "display.dark": dark}
    ward.clock.advance(600)
    await tell(ward, one, disk_free=3)
    full = ward.clock.now().isoformat()
    ward.clock.advance(600)
    await tell(ward, one, disk_free=3, ahead=99)
    late = ward.clock.now().isoformat()
    since = {"sound.no_device": broke, "display.dark": dark, DISK_FULL: full, CLOCK_WRONG: late}
    assert await told() == since
    shown = await as_json(ward, capsys, "show", one.id)
    assert shown["faults_since"] == since
    assert shown["since"] > went, "when the screen came is another thing"
    _, text = await typed(ward, capsys, "show", one.id)
    assert f"Its disk is nearly full (since {moment(full)})" in text
    _, text = await typed(ward, capsys, "--faults")
    assert f"! Its disk is nearly full: bedside screen 1 (1) · since {moment(full)}" in text
    # Mended, and broken once more: a fault of its own.
    await faults("display.dark")
    ward.clock.advance(600)
    again = await faults("sound.no_device", "display.dark")
    assert {**since, "sound.no_device": again} == await told()


async def test_what_a_hub_did_not_keep_the_time_of_is_told_without_one(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    one = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await here(ward, one)

    def as_before(tx: Tx) -> None:
        found = tx.get(one.ward, "screen", one.id)
        assert found is not None
        status = replace(decode(found.body, ScreenStatus), faults=("sound.no_device",))
        tx.put(one.ward, "screen", one.id, status)

    await ward.hub.store.write(as_before)
    ward.clock.advance(60)
    told = {"faults": "sound.no_device"}
    await ward.act(one, ActionKind.SCREEN_FAULTS, one.id, data=told)
    (fault,) = (await as_json(ward, capsys, "--faults"))["faults"]
    assert (fault["fault"], fault["since"]) == ("sound.no_device", None)
    _, text = await typed(ward, capsys, "--faults")
    assert text.endswith("bedside screen 1 (1)\n")


async def test_every_word_is_in_the_language_of_whoever_asks(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beds = [await ward.enrol(ScreenRole.BEDSIDE, place) for place in "12" * 4]
    station = await ward.enrol(ScreenRole.STATION)
    for one in (*beds, station):
        await here(ward, one)
        await tell(ward, one, disk_free=3, reader=Part.NONE, sound=Part.WELL, boot="b7", slot="a")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    listed = (await typed(ward, capsys))[1]
    assert listed.startswith("! 磁盘快满了：床旁屏 1、床旁屏 2、")
    assert "等，另有 3 台（9 台）" in listed.splitlines()[0]
    shown = (await typed(ward, capsys, "show", station.id))[1]
    told = shown + listed
    for no_word in (station.id, *(one.id[:13] for one in (*beds, station)), "(a)", "b7", " s"):
        told = told.replace(no_word, "")
    assert re.findall("[a-z_]+", told) == []
    for part in ("护士站", "磁盘快满了", "192.0.2.0/24"):
        assert part in shown


async def test_what_is_listed_of_an_id_is_enough_to_ask_for_it(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await ward.enrol(ScreenRole.STATION)
    # Made in the same millisecond, as another process may make one.
    twin = replace(first, id=f"{first.id[:15]}{int(first.id[15], 16) ^ 1:x}{first.id[16:]}")

    def enrol(tx: Tx) -> None:
        tx.put("house", "device", twin.id, twin)
        tx.credential_put(twin.id, b"another")

    await ward.hub.store.write(enrol)
    await ward.hub.admin.reload()
    listed = (await typed(ward, capsys))[1].splitlines()
    shown = [line.split()[0] for line in listed[-2:]]
    assert sorted(shown) == sorted((first.id[:16], twin.id[:16]))
    for short in shown:
        assert (await as_json(ward, capsys, "show", short))["device_id"].startswith(short)


async def test_a_ward_that_is_silent_is_one_line(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in ("1", "2", "3"):
        await ward.enrol(ScreenRole.BEDSIDE, place)
    await ward.enrol(ScreenRole.GATEWAY)
    ward.clock.advance(FIRST_COMES.total_seconds())
    code, text = await typed(ward, capsys, "--faults")
    assert code == 1
    screens, gateway = text.splitlines()
    assert screens.startswith("! no sign of life: all screens of the ward (3)")
    assert gateway.startswith("! no sign of life: gateway (1)"), "missed later than they are"


async def test_a_screen_that_was_moved_is_told_as_moved_until_somebody_confirms_it(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = [await ward.enrol(ScreenRole.BEDSIDE, place) for place in "12"]
    await here(ward, other)
    await admin(ward, "move", device_id=one.id, place="3")
    since = "! Moved, not yet confirmed at its new place: bedside screen 3 (1) · since "
    for _ in range(2):
        code, text = await typed(ward, capsys, "--faults")
        assert (code, text.count("\n"), text[: len(since)]) == (1, 1, since)
        assert (await as_json(ward, capsys, "show", one.id))["state"] == "placed"
        ward.clock.advance(FIRST_COMES.total_seconds())
    await admin(ward, "confirm", device_id=one.id)
    assert (await typed(ward, capsys, "--faults"))[1].startswith("! no sign of life: bedside")


async def test_a_screen_that_was_placed_just_now_is_no_fault_for_as_long_as_it_may_take(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    seven = [await ward.enrol(ScreenRole.BEDSIDE, "123"[n % 3]) for n in range(7)]
    code, text = await typed(ward, capsys, "--faults")
    assert (code, text.count("\n")) == (0, 1), "nothing is wrong, and nothing well so far"
    assert text.startswith("~ ")
    assert text.endswith("and 1 more: placed, not heard yet (7)\n")
    assert (await as_json(ward, capsys, "show", seven[0].id))["state"] == "placed"
    await here(ward, seven[0])
    text = (await typed(ward, capsys))[1]
    assert text.startswith("All is well: one device\n~ bedside screen 1, ")
    assert " awaited " in text
    ward.clock.advance(FIRST_COMES.total_seconds())
    code, text = await typed(ward, capsys, "--faults")
    assert code == 1
    assert "~" not in text
    assert text.startswith("! no sign of life: ")
    assert (await as_json(ward, capsys, "show", seven[1].id))["state"] == "never"


async def test_one_device_by_the_beginning_of_its_id(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = await ward.enrol(ScreenRole.STATION), await ward.enrol(ScreenRole.CORRIDOR)
    await tell(ward, one, disk_free=3)
    code, text = await typed(ward, capsys, "show", one.id)
    assert code == 0
    assert "Its disk is nearly full" in text
    assert "keys on its disk" in text
    assert "not told" in text, "by an older screen"
    ward.clock.advance(60)
    await tell(ward, one, disk_free=3, keys=Keys.WEAKER)
    assert "weaker: whoever has the disk" in (await typed(ward, capsys, "show", one.id))[1]
    assert (await as_json(ward, capsys, "show", one.id))["health"]["keys"] == "weaker"
    found = await as_json(ward, capsys, "show", one.id)
    assert found["device_id"] == one.id
    shared = len(next(n for n in range(36) if one.id[: n + 1] != other.id[: n + 1]) * "x")
    for wanted, key in (("zz", "fleet.unknown"), (one.id[:shared], "fleet.ambiguous")):
        if wanted:
            with pytest.raises(Misconfigured) as refused:
                await typed(ward, capsys, "show", wanted)
            assert refused.value.key == key
