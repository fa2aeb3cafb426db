"""Pairing: a screen that nobody knows waits with a code, a person says whose it is, and nobody else
comes to anything by it."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from smartward.clinical.device import ScreenRole
from smartward.config import load
from smartward.device_key import DeviceKey, tls_request
from smartward.errors import BadData, Misconfigured
from smartward.hub import certificates
from smartward.hub.access import HOUSE, Forbidden
from smartward.hub.binding import KIND as BINDING
from smartward.hub.binding import Binding
from smartward.hub.enrol import ask as admin_ask
from smartward.hub.enrol import main as enrol
from smartward.hub.pairing_admin import approved
from smartward.hub.pairing_issuing import SCREEN_SETTINGS
from smartward.hub.pairing_requests import MOST, MOST_OF_ONE, of_store
from smartward.hub.pairing_waiting import MOST_NEW
from smartward.hub.store.model import decode
from smartward.hub.wiped import WIPED, Wiped
from smartward.i18n import of_terminal
from smartward.wire import pairing as wire
from smartward.wire.pairing import Enrolment, PairingAnswer, Renew
from tests.hub.conftest import Ward
from tests.hub.staff import told

pytestmark = pytest.mark.anyio


class Box:
    """A machine that nobody knows yet."""

    def __init__(
        self,
        ward: Ward,
        machine: str = "m1",
        key: DeviceKey | None = None,
        address: str = "192.0.2.7",
    ) -> None:
        self.ward = ward
        self.address = address
        self.machine = f"{machine}:-:-"
        self.key = key or DeviceKey.passing()
        self.csr = tls_request()[1]
        self.salt = ""

    def asked(self, **changes: Any) -> bytes:
        found = wire.asked(
            self.key, self.csr, self.machine, serial="S-1", version="1", salt=self.salt
        )
        return msgspec.json.encode(msgspec.structs.replace(found, **changes))

    async def ask(self) -> PairingAnswer:
        """Once; it goes on with the salt it was told."""
        found = await self.ward.hub.pairing.ask(self.asked(), self.address)
        self.salt = found.salt
        return found

    async def code(self) -> str:
        """What it shows, once it is known to wait."""
        assert (await self.ask()).state == "waiting"
        assert (await self.ask()).state == "waiting"
        return wire.code_of(self.key.public, self.salt)

    async def paired(self) -> Enrolment:
        found = await self.ask()
        assert found.state == "paired"
        assert found.enrolment is not None
        return found.enrolment


async def command(ward: Ward, *words: str) -> int:
    """`smartward enrol …` as somebody types it."""
    return await asyncio.to_thread(enrol, [*words, "--admin", str(ward.hub.admin.path)])


async def waiting(ward: Ward) -> list[dict[str, Any]]:
    answer = await asyncio.to_thread(admin_ask, ward.hub.admin.path, do="waiting")
    found: list[dict[str, Any]] = answer["waiting"]
    return found


async def kinds(ward: Ward) -> list[str]:
    return [one.kind for one in await told(ward) if one.kind.startswith("device.")]


async def test_what_a_stranger_writes_turns_nothing_on_the_administrators_terminal(
    ward: Ward,
) -> None:
    key, salt = DeviceKey.passing(), ""
    for _ in range(2):
        asked = wire.asked(
            key, tls_request()[1], "m1:-:-", serial="床\x9b2J\u202e", version="1\x1b[A", salt=salt
        )
        salt = (await ward.hub.pairing.ask(msgspec.json.encode(asked), "192.0.2.7")).salt
    (row,) = await waiting(ward)
    assert (row["serial"], row["version"]) == ("床?2J?", "1?[A")


async def test_a_screen_that_nobody_knows_is_approved_by_its_code(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    box = Box(ward)
    code = await box.code()
    (row,) = await waiting(ward)
    assert (row["code"], row["serial"], row["address"]) == (code, "S-1", "192.0.2.7")
    assert await command(ward, "approve", code.lower(), "--bed", "2") == 0
    assert "token" not in json.loads(capsys.readouterr().out)
    assert await waiting(ward) == []
    given = await box.paired()
    assert (given.role, given.place) == (ScreenRole.BEDSIDE, "his.bed-2")
    device = ward.hub.access.authenticate(f"Bearer {given.token}")
    assert device is not None
    assert (device.id, device.place) == (given.device_id, "his.bed-2")
    certificate = x509.load_pem_x509_certificate(given.certificate.encode())
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    assert ward.hub.certificates.refuses(device.id, fingerprint) is None
    assert ward.hub.certificates.refuses(device.id, "") == certificates.MISSING
    left = certificate.not_valid_after_utc - given.renew_at
    assert left * 3 == certificate.not_valid_after_utc - ward.clock.now()
    assert await kinds(ward) == ["device.enrol", "device.approve", "device.paired"]
    assert load(None, given.settings) == replace(
        ward.hub.settings, port=load().port, staff_proof=ward.hub.settings.staff_proof
    )


async def test_a_screen_that_asks_in_the_moment_of_its_approval_does_not_begin_anew(
    ward: Ward,
) -> None:
    """The store knows of the new device before this hub's memory does."""
    box = Box(ward)
    said = {"code": await box.code(), "role": "bedside", "place": "2"}
    hub = ward.hub
    approval, _ = await hub.store.write(
        lambda tx: approved(hub.admin, tx, hub.settings, said | {"by": "admin"})
    )
    assert hub.access.device(approval.device.id) is None
    assert (await box.paired()).device_id == approval.device.id


async def test_the_machine_that_waited_is_the_device_and_no_other_with_its_token(
    ward: Ward,
) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1", "--role", "bedhead")
    given = await box.paired()
    stored = await ward.hub.store.read(lambda r: r.get(HOUSE, BINDING, given.device_id))
    assert stored is not None
    binding = decode(stored.body, Binding)
    assert (binding.machine, binding.public_key) == (box.machine, box.key.public)


async def test_what_was_given_is_given_again_to_who_has_the_key_and_the_first_is_void(
    ward: Ward,
) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1")
    first, second = await box.paired(), await box.paired()
    assert first.token != second.token
    assert ward.hub.access.authenticate(f"Bearer {first.token}") is None
    assert ward.hub.access.authenticate(f"Bearer {second.token}") is not None


async def test_only_who_has_the_key_is_answered(ward: Ward) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1")
    thief = DeviceKey.passing()
    stolen = wire.asked(thief, box.csr, box.machine, serial="S-1", version="1", salt=box.salt)
    for bad in (
        box.asked(proof="00" * 64),
        box.asked(proof="no hexadecimal"),
        box.asked(salt=""),  # signed over another one
        box.asked(csr=tls_request()[1]),
        msgspec.json.encode(msgspec.structs.replace(stolen, public_key=box.key.public)),
        box.asked(serial="9" * 300),
        b"{}",
        b"\xff",
    ):
        with pytest.raises(BadData):
            await ward.hub.pairing.ask(bad, "")
    again = Box(ward, key=box.key)  # who cannot say the salt is given it, and nothing else
    assert (await again.ask()).enrolment is None
    assert again.salt == box.salt


async def test_codes_of_waiting_screens_are_all_different_and_not_chosen_by_the_screen(
    ward: Ward,
) -> None:
    boxes = [Box(ward, f"m{n}") for n in range(8)]
    codes = [await box.code() for box in boxes]
    assert len(set(codes)) == 8
    for code in codes:
        assert wire.typed_code(f" {code[:3].lower()}-{code[3:]} ") == code
    one = boxes[0]
    assert wire.typed_code(wire.qr_text(one.key.public, one.salt)) == codes[0]
    assert wire.typed_code("not a code") == wire.typed_code("") == wire.typed_code("ABC10O") == ""


async def test_a_code_that_nobody_shows_is_refused_and_told(ward: Ward) -> None:
    await Box(ward).code()
    for words in (("approve", "222222", "--bed", "1"), ("refuse", "?")):
        with pytest.raises(Misconfigured) as refused:
            await command(ward, *words)
        assert refused.value.key == "enrol.no_such_code"
    assert [(one.kind, one.outcome) for one in await told(ward)] == [
        ("device.approve", "refused"),
        ("device.refuse", "refused"),
    ]


async def test_where_a_screen_stands_the_new_one_waits_until_somebody_says_it_is_swapped(
    ward: Ward,
) -> None:
    old = await ward.enrol(ScreenRole.BEDSIDE, "1")
    box = Box(ward)
    code = await box.code()
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "approve", code, "--bed", "1")
    assert refused.value.key == "enrol.there_already"
    assert (await box.ask()).state == "waiting"
    assert await command(ward, "approve", code, "--bed", "1", "--replace") == 0
    assert (await box.paired()).device_id != old.id
    assert ward.hub.access.device(old.id) is None
    assert "device.revoke" in await kinds(ward)


async def test_the_hubs_folder_may_be_said_before_or_behind_the_command(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await Box(ward).code()
    path = str(ward.hub.admin.path)
    for words in (
        ["--admin", path, "waiting"],
        [f"--admin={path}", "waiting"],
        ["waiting", "--admin", path],
        ["--data-dir", str(ward.hub.admin.path.parent), "waiting"],
    ):
        assert await asyncio.to_thread(enrol, words) == 0
        assert json.loads(capsys.readouterr().out)["code"] == code


async def test_a_gateway_is_no_screen_and_a_door_stands_at_a_room(ward: Ward) -> None:
    box = Box(ward)
    code = await box.code()
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "approve", code, "--role", "gateway")
    assert refused.value.key == "enrol.no_screen"
    assert await command(ward, "approve", code, "--room", "R2") == 0
    given = await box.paired()
    assert (given.role, given.place) == (ScreenRole.DOOR, "his.room-2")


async def test_a_screen_that_was_ours_is_approved_as_what_it_was(ward: Ward) -> None:
    box = Box(ward)
    code = await box.code()
    await command(ward, "approve", code, "--bed", "2", "--role", "bedhead", "--label", "left")
    first = await box.paired()
    ward.clock.advance(3600)
    await _forgotten(ward)
    code = await box.code()
    (row,) = await waiting(ward)
    assert row["was"] == first.device_id
    assert await command(ward, "approve", code) == 0
    second = await box.paired()
    assert (second.device_id, second.role, second.place) == (
        first.device_id,
        ScreenRole.BEDHEAD,
        "his.bed-2",
    )
    device = ward.hub.access.device(second.device_id)
    assert device is not None
    assert device.label == "left"


async def _forgotten(ward: Ward) -> None:
    async with asyncio.timeout(20):
        while await ward.hub.store.read(lambda r: of_store(r, ward.hub.settings.ward)):
            ward.clock.advance(61)


async def test_who_asks_no_more_waits_no_more_and_who_asks_on_stays(ward: Ward) -> None:
    gone, stays = Box(ward, "m1"), Box(ward, "m2")
    lost, code = await gone.code(), await stays.code()
    for _ in range(4):
        ward.clock.advance(200)
        await stays.ask()
    async with asyncio.timeout(20):
        while [one["code"] for one in await waiting(ward)] != [code]:
            ward.clock.advance(61)
            await stays.ask()
    with pytest.raises(Misconfigured):
        await command(ward, "approve", lost, "--bed", "1")


async def test_a_screen_that_was_refused_is_told(ward: Ward) -> None:
    box = Box(ward)
    assert await command(ward, "refuse", await box.code()) == 0
    assert (await box.ask()).state == "refused"
    assert await waiting(ward) == []


@pytest.mark.expects_log("a second machine has the key of")
async def test_a_second_machine_with_the_key_of_one_that_waits_or_is_ours_gets_nothing(
    ward: Ward,
) -> None:
    box = Box(ward, "m1")
    code = await box.code()
    copy = Box(ward, "m2", key=box.key)
    assert (await copy.ask()).state == "clone"
    assert [one["code"] for one in await waiting(ward)] == [code]
    await command(ward, "approve", code, "--bed", "1")
    await box.paired()
    assert (await copy.ask()).state == "clone"
    assert (await kinds(ward)).count("device.clone") == 2  # of whoever waits, and of the device
    ward.clock.advance(3600)
    await _forgotten(ward)
    late = Box(ward, "m3", key=box.key)
    assert (await late.ask()).state == "clone"
    assert await waiting(ward) == []
    assert (await kinds(ward)).count("device.clone") == 3


@pytest.mark.expects_log("too many screens ask")
async def test_nobody_fills_the_list_or_the_audit(ward: Ward) -> None:
    boxes = [Box(ward, f"m{n}", address=f"192.0.2.{n // 7}") for n in range(3 * MOST_NEW)]
    states = [(await box.ask()).state for box in boxes[: MOST_NEW + 5]]
    assert states.count("full") == 5
    for begin in (MOST_NEW, 2 * MOST_NEW):
        ward.clock.advance(61)
        states += [(await box.ask()).state for box in boxes[begin : begin + MOST_NEW]]
    assert states.count("waiting") == len(await waiting(ward)) == MOST
    late = Box(ward, "late", address="192.0.2.200")
    ward.clock.advance(61)
    assert (await late.ask()).state == "full"
    # Whom somebody refuses makes room, and takes none again by going on.
    await command(ward, "refuse", wire.code_of(boxes[0].key.public, boxes[0].salt))
    assert (await late.ask()).state == "waiting"
    assert (await boxes[0].ask()).state == "refused"


@pytest.mark.expects_log("too many screens ask")
@pytest.mark.parametrize("one", ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::{:x}"])
async def test_one_machine_with_many_keys_takes_no_place_from_the_others(
    ward: Ward, one: str
) -> None:
    boxes = [Box(ward, address=one.format(n)) for n in range(MOST_OF_ONE + 4)]
    states = [(await box.ask()).state for box in boxes]
    assert states == ["waiting"] * MOST_OF_ONE + ["full"] * 4
    for row in await waiting(ward):
        await command(ward, "refuse", row["code"])
    assert (await Box(ward, address=one.format(99)).ask()).state == "full"
    for other in ("192.0.2.8", "::ffff:192.0.2.9", "2001:db8:1::1"):
        assert (await Box(ward, address=other).ask()).state == "waiting"


async def test_behind_a_terminator_all_come_from_one_address(ward: Ward) -> None:
    boxes = [Box(ward, f"m{n}", address="127.0.0.1") for n in range(MOST_OF_ONE + 2)]
    assert {(await box.ask()).state for box in boxes} == {"waiting"}


async def test_a_certificate_is_renewed_by_who_has_one_alone(ward: Ward) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1")
    given = await box.paired()
    device = ward.hub.access.device(given.device_id)
    assert device is not None
    ward.clock.advance(20 * 86400)
    _, csr = tls_request()
    renewed = await ward.hub.pairing.issuing.renew(device, msgspec.json.encode(Renew(csr=csr)))
    certificate = x509.load_pem_x509_certificate(renewed.certificate.encode())
    assert renewed.renew_at > given.renew_at
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    assert ward.hub.certificates.refuses(device.id, fingerprint) is None
    assert (await kinds(ward))[-1] == "device.renewed"
    by_token = await ward.enrol(ScreenRole.BEDHEAD, "1")
    with pytest.raises(Forbidden):
        await ward.hub.pairing.issuing.renew(by_token, msgspec.json.encode(Renew(csr=csr)))


async def test_revoked_a_screen_asks_anew_with_another_code(ward: Ward) -> None:
    box = Box(ward)
    before = await box.code()
    await command(ward, "approve", before, "--bed", "1")
    (device,) = [one for one in ward.hub.access.devices() if one.role is ScreenRole.BEDSIDE]
    await ward.revoke(device)
    assert await box.code() != before
    assert (await box.ask()).enrolment is None


async def test_enrolled_for_another_box_the_old_one_gets_nothing_back(ward: Ward) -> None:
    box = Box(ward)
    before = await box.code()
    await command(ward, "approve", before, "--bed", "1", "--role", "bedhead")
    given = await box.paired()
    device = await ward.enrol(ScreenRole.BEDHEAD, "1", device_id=given.device_id)
    token = ward.tokens[given.device_id]
    assert await box.code() != before
    assert (await box.ask()).enrolment is None
    assert ward.hub.access.authenticate(f"Bearer {token}") is not None
    assert not ward.hub.certificates.has(given.device_id)
    await ward.revoke(device)
    await ward.enrol(ScreenRole.BEDHEAD, "1", device_id=given.device_id)
    assert (await box.ask()).enrolment is None


async def test_where_nobody_waits_and_nothing_is_enrolled_the_command_says_so(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(ward, "waiting") == 0
    assert await command(ward, "--list") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        of_terminal().text("enrol.nobody_waits"),
        of_terminal().text("enrol.no_devices"),
    ]
    await Box(ward).code()
    await ward.enrol(ScreenRole.BEDHEAD, "1")
    assert await command(ward, "waiting") == 0
    assert await command(ward, "--list") == 0
    said = capsys.readouterr()
    assert (said.out.count("\n"), said.err) == (2, "")


async def still_to_forget(ward: Ward) -> list[tuple[str, str, str | None]]:
    """As `smartward fleet` lists them: id, what people call it, and when it was told to."""
    found = await asyncio.to_thread(admin_ask, ward.hub.admin.path, do="fleet")
    return [
        (one["device_id"], one["label"] or one["place"], one["asked_at"]) for one in found["wiped"]
    ]


async def test_a_wiped_screen_is_revoked_and_told_to_forget_whenever_it_asks(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1", "--label", "Window")
    given = await box.paired()
    capsys.readouterr()
    assert await command(ward, "wipe", given.device_id) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["forgets"] is True
    assert "when it reaches the hub" in said.err
    assert ward.hub.access.device(given.device_id) is None
    assert await still_to_forget(ward) == [(given.device_id, "Window", None)]
    assert (await box.ask()).state == "wiped"
    assert [one.count("device.forgets") for one in [await kinds(ward)]] == [1]
    told_at = ward.clock.now().isoformat()
    assert await still_to_forget(ward) == [(given.device_id, "Window", told_at)]
    ward.clock.advance(30)
    assert (await box.ask()).state == "wiped"
    assert [one.count("device.forgets") for one in [await kinds(ward)]] == [1]
    assert "device.wipe" in await kinds(ward)
    ward.clock.advance(600)
    assert await still_to_forget(ward) == [], "who asks no more has no key any more"
    with pytest.raises(Misconfigured):
        await command(ward, "write-off", given.device_id)
    new = Box(ward, key=DeviceKey.passing())
    assert (await new.ask()).state == "waiting"
    with pytest.raises(Misconfigured):
        await command(ward, "wipe", given.device_id)


async def test_who_waits_no_more_for_a_wiped_screen_sees_it_listed_no_more(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "1")
    id = (await box.paired()).device_id
    with pytest.raises(Misconfigured) as early:
        await command(ward, "write-off", id)
    assert early.value.key == "enrol.wipe_first", "the remedy is named"
    await command(ward, "wipe", id)
    store = ward.hub.store

    class Meanwhile:
        """Somebody types the command while the screen's question is being answered."""

        write = store.write

        async def read(self, do: Any) -> Any:
            found = await store.read(do)
            if await still_to_forget(ward):
                with pytest.raises(Misconfigured):
                    await command(ward, "write-off", id[:5])
                assert await command(ward, "write-off", id[:6]) == 0, "as lists show it"
                assert await still_to_forget(ward) == []
            return found

    with monkeypatch.context() as patched:
        patched.setattr(ward.hub.pairing, "_store", Meanwhile())
        assert (await box.ask()).state == "wiped", "should it come all the same"
    assert "device.write_off" in await kinds(ward)
    assert [one[:2] for one in await still_to_forget(ward)] == [(id, "1")], "it is forgetting"
    (stored,) = await store.read(lambda reader: list(reader.all(HOUSE, WIPED)))
    assert decode(stored.body, Wiped).written_off
    with pytest.raises(Misconfigured) as refused:
        await command(ward, "write-off", id)
    assert refused.value.key == "enrol.not_wiped"


async def test_whoever_wipes_a_screen_that_never_asks_is_told_that_it_keeps_all(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    device = await ward.enrol(ScreenRole.BEDSIDE, "1")
    assert await command(ward, "wipe", device.id) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["forgets"] is False
    assert "deletes nothing by itself" in said.err
    box = Box(ward)
    await command(ward, "approve", await box.code(), "--bed", "2")
    given = await box.paired()
    await ward.enrol(ScreenRole.BEDSIDE, "2", device_id=given.device_id)
    capsys.readouterr()
    assert await command(ward, "wipe", given.device_id) == 0
    assert json.loads(capsys.readouterr().out)["forgets"] is False


def test_a_paired_screen_is_told_all_settings_that_a_screen_reads() -> None:
    """Those that README says a screen reads; a folder of the hub's machine is none of its own."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    start, end = readme.index("- Read by screens alone"), readme.index("- All others are the hub's")
    read = set(re.findall(r"`(\w+)`", readme[start:end]))
    assert set(SCREEN_SETTINGS) == read - {"voice_dir", "backlight"}
