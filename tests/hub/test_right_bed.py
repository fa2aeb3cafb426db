"""Right bed, over a real socket: a second machine gets nothing and its call is taken; a screen that
was moved shows nobody until somebody there says so; two screens for one place show nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from starlette.datastructures import Headers

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.priority import Priority
from smartward.device_key import DeviceKey
from smartward.errors import StorageFault
from smartward.hub.access import HOUSE
from smartward.hub.binding import KIND, Binding
from smartward.hub.enrol import main as enrol
from smartward.hub.escalation import call_settings, escalate
from smartward.hub.http_server import HttpServer
from smartward.hub.right_bed import RightBed
from smartward.hub.store.model import decode
from smartward.hub.views import Terms, view
from smartward.wire.call_view import CallView, CorridorCall
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from smartward.wire.start import DUPLICATE, ELSEWHERE, SECOND, UNCONFIRMED, credential_mark, started
from tests.hub.conftest import NURSE, Ward, as_json
from tests.hub.mirror import Mirror
from tests.hub.screens import TestScreen
from tests.hub.staff import admin, told
from tests.hub.ward_docs import WARD, bed_id, room_id

pytestmark = pytest.mark.anyio

BEDSIDE, STATION, DOOR = ScreenRole.BEDSIDE, ScreenRole.STATION, ScreenRole.DOOR
BED_1, BED_2 = "his.bed-1", "his.bed-2"


@dataclass
class Box:
    """A machine with a screen's program on it."""

    machine: str
    key: DeviceKey
    start: str = "start-1"

    def restarted(self, start: str) -> "Box":
        return replace(self, start=start)

    def headers(self, token: str) -> dict[str, str]:
        told = started(self.start, f"{self.machine}:-:-", self.key, credential_mark(token))
        return {"Authorization": f"Bearer {token}", **told.headers()}


def box(machine: str) -> Box:
    return Box(machine, DeviceKey.passing())


class House:
    """The ward's hub behind a real server, with screens that are machines."""

    def __init__(self, ward: Ward, client: httpx.AsyncClient) -> None:
        self.ward = ward
        self.client = client

    def head(self, of: Box, device: Device) -> dict[str, str]:
        return of.headers(self.ward.tokens[device.id])

    @contextlib.asynccontextmanager
    async def listening(self, of: Box, device: Device) -> AsyncIterator[None]:
        """A screen that has its feed, and of which the ward knows."""
        head = self.head(of, device)
        async with self.client.stream("GET", "/feed", headers=head) as response:
            assert response.status_code == 200, await response.aread()
            await self.until(lambda: self.online(device))
            yield
        await self.until(lambda: self.away(device))

    @staticmethod
    async def until(met: Callable[[], Any]) -> None:
        """Look at the store again and again until it is so."""
        async with asyncio.timeout(10):
            while not await met():
                continue

    async def online(self, device: Device) -> bool:
        return (await self.status(device)).online

    async def away(self, device: Device) -> bool:
        """Nobody listens as this device any more, and the stations were told so."""
        if not self.ward.hub.presence.here(device.id):
            self.ward.clock.advance(self.ward.hub.settings.link_stale_s + 1)
        return not await self.online(device)

    async def status(self, device: Device) -> ScreenStatus:
        stored = await self.ward.stored("screen", device.id)
        assert stored is not None
        return decode(stored.body, ScreenStatus)

    async def feed(self, of: Box | None, device: Device) -> dict[str, Any]:
        """What a screen that asks for the feed is refused with; empty where it gets it."""
        token = self.ward.tokens[device.id]
        head = {"Authorization": f"Bearer {token}"} if of is None else of.headers(token)
        async with self.client.stream("GET", "/feed", headers=head) as response:
            if response.status_code == 200:
                return {}
            assert response.status_code == 409
            await response.aread()
            found: dict[str, Any] = response.json()
            return found

    async def act(
        self, of: Box, device: Device, kind: str, subject: str, **data: str
    ) -> httpx.Response:
        action = self.ward.action(kind, subject, data=data)
        body = as_json(ActionRequest(action=action, age_ms=0))
        return await self.client.post("/actions", json=body, headers=self.head(of, device))

    async def press(self, of: Box, device: Device, call: str) -> httpx.Response:
        place = device.place or ""
        return await self.act(
            of, device, K.CALL_PLACE, call, **{"bed_id": place, "class": "normal"}
        )

    async def audit(self, kind: str) -> list[dict[str, str]]:
        return [one.about.detail for one in await told(self.ward) if one.kind == kind]

    async def binding(self, device: Device) -> Binding:
        stored = await self.ward.hub.store.read(lambda r: r.get(HOUSE, KIND, device.id))
        assert stored is not None
        return decode(stored.body, Binding)


@pytest.fixture
async def house(ward: Ward) -> AsyncIterator[House]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as client:
        yield House(ward, client)
    await server.stop()


async def test_a_label_does_not_move_to_another_bed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    command = ["--admin", str(house.ward.hub.admin.path), "--move", one.id]
    for options, label, gone in ((["2", "--label", "Bed 2"], "Bed 2", False), (["1"], "", True)):
        assert await asyncio.to_thread(enrol, [*command, *options]) == 0
        assert ("Bed 2" in capsys.readouterr().err) is gone, "what is gone is told"
        known = house.ward.hub.access.device(one.id)
        assert known is not None
        assert known.label == label
        assert (await house.status(one)).label == label


@pytest.mark.expects_log("a second device speaks")
async def test_a_second_machine_gets_no_data_and_both_are_told_of(house: House) -> None:
    """A disk was copied from the kiosk of bed 1 to that of bed 2: key and credential are alike."""
    one = await house.ward.enrol(BEDSIDE, "1")
    two = await house.ward.enrol(BEDSIDE, "2")
    first, neighbour = box("machine-1"), box("machine-2")
    async with house.listening(neighbour, two):
        pass
    copy = replace(first, machine="machine-2", start="start-9")
    async with house.listening(first, one):
        refused = await house.feed(copy, one)
        assert (refused["error"], refused["place"]) == (SECOND, BED_1)
        assert refused["values"] == {"place": "1"}
        assert await house.feed(copy, one) != {}
        assert SECOND in (await house.status(one)).faults
        assert ELSEWHERE in (await house.status(two)).faults
        answer = await house.act(copy, one, K.SCREEN_FAULTS, one.id, faults="")
        assert (answer.status_code, answer.json()["error"]) == (409, SECOND)
        asked = await house.client.post(
            "/staff/identify", json={"badge": "x"}, headers=house.head(copy, one)
        )
        assert asked.status_code == 409
        # The one that was there first goes on as before.
        assert (await house.act(first, one, K.SCREEN_FAULTS, one.id, faults="")).status_code == 200
        assert SECOND in (await house.status(one)).faults
    assert len(await house.audit("device.second")) == 1
    assert (await house.audit("device.second"))[0]["enrolled_as"] == two.id
    metrics = (await house.client.get("/metrics")).text
    assert 'smartward_screens_in_doubt{kind="second"} 1.0' in metrics


@pytest.mark.expects_log("a second device speaks")
async def test_a_call_from_either_is_taken_and_names_both_beds(house: House) -> None:
    one, two = await house.ward.enrol(BEDSIDE, "1"), await house.ward.enrol(BEDSIDE, "2")
    first, neighbour = box("machine-1"), box("machine-2")
    async with house.listening(neighbour, two):
        pass
    copy = replace(first, machine="machine-2", start="start-9")
    async with house.listening(first, one):
        assert (await house.press(first, one, "before")).json()["outcome"] == "applied"
        assert (await house.ward.call("before")).other_beds == ()
        answer = await house.press(copy, one, "from-copy")
        assert answer.json()["outcome"] == "applied"
        call = await house.ward.call(answer.json()["values"]["call_id"])
        seen_afar = view(
            ScreenRole.CORRIDOR, "nurse_call", call, Terms.of(call.placed_at, ZoneInfo("UTC"))
        )
        assert isinstance(seen_afar, CorridorCall)
        assert seen_afar.which_bed
        assert (call.bed_id, call.other_beds, call.presses) == (BED_1, (BED_2,), 2)
        await house.press(first, one, "from-first")
        assert (await house.ward.call(call.id)).presses == 3
    unknown = replace(first, machine="machine-77", start="start-7")
    await house.press(unknown, one, "from-nowhere")
    assert (await house.ward.call(call.id)).other_beds == (BED_2, "")


@pytest.mark.expects_log("a second device speaks")
async def test_door_and_bedhead_of_the_other_bed_are_told_of_a_call_in_doubt(house: House) -> None:
    """Bed 3 is in another room than bed 1, where the call is placed, answered and ended."""
    ward = house.ward
    one, three = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "3")
    station, before_it = await ward.enrol(STATION), await ward.enrol(DOOR, room_id(1))
    first, neighbour = box("machine-1"), box("machine-3")
    async with house.listening(neighbour, three):
        pass
    there = [
        TestScreen(await ward.enrol(ScreenRole.BEDHEAD, "3")),
        TestScreen(await ward.enrol(DOOR, room_id(3))),
    ]
    for screen in there:
        screen.connect(ward.hub.feed)
    async with house.listening(first, one):
        copy = replace(first, machine="machine-3", start="start-9")
        pressed = await house.press(copy, one, "from-copy")
        call = pressed.json()["values"]["call_id"]
        key = ("possible_call", f"{call}@{bed_id(3)}")
        for screen in there:
            await screen.until(lambda mirror: key in mirror.bodies())
            seen = view_at(screen.mirror, key)
            assert (seen.id, seen.bed_id, seen.which_bed, seen.possible) == (
                call,
                bed_id(3),
                True,
                True,
            )
        # As in a file of a release that told the other beds of nothing.
        await ward.hub.store.write(lambda tx: tx.delete(WARD, *key))
        for screen in there:
            await screen.until(lambda mirror: key not in mirror.bodies())
        anew = RightBed(ward.hub.store, ward.hub.access, ward.clock, ward.hub.settings)
        await anew.start()
        await anew.stop()
        for screen in there:
            await screen.until(lambda mirror: key in mirror.bodies())
        ward.clock.advance(600)
        rules = call_settings(ward.hub.settings)
        await ward.hub.store.write(lambda tx: escalate(tx, WARD, call, rules, tx.now))
        for screen in there:
            await screen.until(lambda mirror: view_at(mirror, key).priority is Priority.HIGH)
        assert (await ward.act(station, K.CALL_ACCEPT, call, by=NURSE)).outcome == "applied"
        for screen in there:
            await screen.until(lambda mirror: view_at(mirror, key).on_the_way is not None)
        ended = await ward.act(before_it, K.CALL_CLOSE, call, by=NURSE)
        assert ended.outcome == "applied", ended.key
        for screen in there:
            await screen.until(lambda mirror: key not in mirror.bodies())
            await screen.hang_up()


def view_at(mirror: Mirror, key: tuple[str, str]) -> CallView:
    return msgspec.json.decode(mirror.bodies()[key], type=CallView)


async def test_a_reconnect_and_a_restart_are_no_second_device(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        assert await house.feed(first, one) == {}
    assert await house.feed(first.restarted("start-2"), one) == {}
    assert await house.feed(first.restarted("start-2"), one) == {}
    other_key = Box("machine-1", DeviceKey.passing(), "start-3")
    assert await house.feed(other_key, one) == {}
    assert (await house.status(one)).faults == ()
    assert await house.audit("device.second") == []
    assert len(await house.audit("device.bound")) == 2
    known = house.ward.hub.access.device(one.id)
    assert known is not None
    assert known.public_key == other_key.key.public


@pytest.mark.expects_log("a second device speaks")
async def test_the_first_that_is_silent_for_long_may_be_replaced_by_its_disk(house: House) -> None:
    """The board broke, its disk goes on in another one; a token alone does not go on anywhere."""
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        pass
    house.ward.clock.advance(house.ward.hub.settings.second_device_away_s + 60)
    thief = box("machine-9")
    assert (await house.feed(thief, one))["error"] == SECOND
    assert (await house.feed(None, one))["error"] == SECOND
    moved = replace(first, machine="machine-2", start="start-2")
    assert await house.feed(moved, one) == {}
    assert (await house.binding(one)).machine.startswith("machine-2")


@pytest.mark.expects_log("a second device speaks")
@pytest.mark.parametrize("path", ["/feed", "/actions", "/staff/identify"])
async def test_another_machine_that_does_not_become_the_device_gets_nothing(
    house: House, path: str
) -> None:
    """A disk's copy, the first one long away: what only looks, or only asks, is not bound."""
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        pass
    house.ward.clock.advance(house.ward.hub.settings.second_device_away_s + 60)
    copy = replace(first, machine="machine-2", start="start-9")
    head = house.head(copy, one) | {"SmartWard-Look": "1"}
    method, body = ("GET", None) if path == "/feed" else ("POST", {"badge": "x"})
    answer = await house.client.request(method, path, json=body, headers=head)
    assert (answer.status_code, answer.json()["error"]) == (409, SECOND)
    assert len(await house.audit("device.second")) == 1
    # A look of the device's own machine is served, and is no new start of it.
    look = house.head(first.restarted("start-2"), one) | {"SmartWard-Look": "1"}
    async with house.client.stream("GET", "/feed", headers=look) as response:
        assert response.status_code == 200
    assert (await house.binding(one)).start == "start-1"


@pytest.mark.expects_log("a second device speaks")
async def test_trust_lets_the_next_machine_be_the_device(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first, second = box("machine-1"), box("machine-2")
    async with house.listening(first, one):
        assert (await house.feed(second, one))["error"] == SECOND
    await admin(house.ward, "trust", device_id=one.id)
    assert (await house.status(one)).faults == ()
    async with house.listening(second, one):
        assert (await house.feed(first.restarted("start-2"), one))["error"] == SECOND


@pytest.mark.expects_log("a second device speaks")
async def test_what_is_heard_no_more_is_told_of_no_more(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first, second = box("machine-1"), box("machine-2")
    async with house.listening(first, one):
        await house.feed(second, one)
        assert (await house.status(one)).faults == (SECOND,)
        house.ward.clock.advance(house.ward.hub.settings.second_device_away_s + 60)

        async def well() -> bool:
            return (await house.status(one)).faults == ()

        await house.until(well)
        await house.press(first, one, "call")
        assert (await house.ward.call("call")).other_beds == ()
        # It is known all the same, and nothing to it.
        assert (await house.feed(second, one))["error"] == SECOND


@pytest.mark.expects_log("two programs speak as")
async def test_two_programs_on_one_machine_are_two_devices(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        later = first.restarted("start-2")
        async with house.listening(later, one):
            # The first one's feed was ended; as it lives it comes again, and so there are two.
            async with house.listening(first, one):
                assert (await house.feed(later, one))["error"] == SECOND
            assert (await house.status(one)).faults == (SECOND,)
    assert await house.feed(later, one) == {}


@pytest.mark.expects_log("a second device speaks")
async def test_a_proof_of_another_key_or_credential_proves_nothing(house: House) -> None:
    one, two = await house.ward.enrol(BEDSIDE, "1"), await house.ward.enrol(BEDSIDE, "2")
    first = box("machine-1")
    async with house.listening(first, one):
        stolen = house.head(first, one) | {"SmartWard-Machine": "machine-9:-:-"}
        answer = await house.client.get("/feed", headers=stolen)
        assert (answer.status_code, answer.json()["error"]) == (409, SECOND)
    bearer = house.head(first, two)["Authorization"]
    crossed = house.head(first, one) | {"Authorization": bearer}
    async with house.client.stream("GET", "/feed", headers=crossed) as response:
        assert response.status_code == 200
    # Nothing was bound by it: the token alone was believed, as of a device that was never heard.
    assert await house.ward.hub.store.read(lambda r: r.get(HOUSE, KIND, two.id)) is None


async def test_a_moved_screen_waits_until_somebody_there_says_so(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        pass
    moved = await admin(house.ward, "move", device_id=one.id, place="2", second=True)
    assert moved["place"] == BED_2
    blocked = await house.feed(first, one)
    assert (blocked["error"], blocked["values"]) == (UNCONFIRMED, {"place": "2", "was": "1"})
    assert UNCONFIRMED in (await house.status(one)).faults
    there = house.ward.hub.access.device(one.id)
    assert there is not None
    # A patient who calls meanwhile may lie at either bed.
    await house.press(first, there, "c")
    assert (await house.ward.call("c")).other_beds == (BED_1,)
    wrong = await house.act(first, one, K.PLACE_CONFIRM, one.id, place=BED_1)
    assert wrong.json()["outcome"] == "gone"
    assert (await house.act(first, one, K.PLACE_CONFIRM, "other", place=BED_2)).status_code == 403
    good = await house.act(first, one, K.PLACE_CONFIRM, one.id, place=BED_2)
    assert good.json()["outcome"] == "applied"
    assert await house.feed(first, one) == {}
    assert (await house.status(one)).faults == ()
    assert (await house.audit(K.PLACE_CONFIRM))[-1] == {"place": BED_2}


async def test_a_screen_enrolled_for_another_bed_waits_as_well(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    await house.ward.enrol(BEDSIDE, "2", device_id=one.id)
    first = box("machine-1")
    assert (await house.feed(first, one))["error"] == UNCONFIRMED
    await admin(house.ward, "confirm", device_id=one.id)
    assert await house.feed(first, one) == {}
    # Back where it stood it is asked again; and put back before anybody said a word, it is not.
    await admin(house.ward, "move", device_id=one.id, place="1", second=True)
    assert (await house.feed(first, one))["error"] == UNCONFIRMED
    await admin(house.ward, "move", device_id=one.id, place="2", second=True)
    assert await house.feed(first, one) == {}


async def test_a_station_has_no_bed_to_confirm(house: House) -> None:
    station = await house.ward.enrol(STATION)
    again = await house.ward.enrol(STATION, device_id=station.id)
    assert await house.feed(box("machine-1"), again) == {}


async def test_two_screens_for_one_bed_show_nobody_unless_that_is_meant(house: House) -> None:
    """The admin socket refuses it; a store that was put together by hand may hold it."""
    one = await house.ward.enrol(BEDSIDE, "1", second=False)
    two = await house.ward.enrol(BEDSIDE, "1")
    first, second = box("machine-1"), box("machine-2")
    assert await house.feed(first, one) == {}
    assert await house.feed(second, two) == {}
    await house.ward.hub.store.write(
        lambda tx: tx.put(HOUSE, "device", two.id, replace(two, second=False))
    )
    for of, device in ((first, one), (second, two)):
        assert (await house.feed(of, device))["error"] == DUPLICATE
    await house.press(second, two, "c")
    assert (await house.ward.call("c")).other_beds == ("",)
    await house.ward.revoke(two)
    assert await house.feed(first, one) == {}


@pytest.mark.expects_log("keeping who is who is down", "is not stored")
async def test_without_a_disk_what_was_known_still_holds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk keeps no screen dark: who was known is served, and so is its restart."""
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        pass

    async def full(work: object) -> object:
        raise StorageFault("storage.full")

    monkeypatch.setattr(house.ward.hub.right_bed._store, "write", full)
    assert await house.feed(first.restarted("start-2"), one) == {}


@pytest.mark.parametrize("broken", ["write", "read"])
@pytest.mark.expects_log("keeping who is who is down")
async def test_without_a_disk_a_second_machine_is_let_in_no_more_than_with_one(
    house: House, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    copy = replace(first, machine="machine-2", start="start-9")
    async with house.listening(first, one):

        async def full(work: object) -> object:
            raise StorageFault("storage.full")

        judge = house.ward.hub.right_bed.judge
        with monkeypatch.context() as disk:
            disk.setattr(house.ward.hub.right_bed._store, broken, full)
            refused = await judge(one, Headers(house.head(copy, one)), feed=True)
            again = first.restarted("start-2")
            served = await judge(one, Headers(house.head(again, one)), feed=True)
    assert refused is not None
    assert (refused.error, served) == (SECOND, None)


async def test_the_command_moves_confirms_and_trusts(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    socket = str(house.ward.hub.admin.path)
    for options in (["--move", one.id, "2"], ["--confirm", one.id], ["--trust", one.id]):
        assert await asyncio.to_thread(enrol, ["--admin", socket, *options]) == 0
    said = capsys.readouterr()
    assert BED_2 in said.out
    assert one.id in said.err
    known = house.ward.hub.access.device(one.id)
    assert known is not None
    assert (known.place, known.confirmed) == (BED_2, True)
    kinds = [entry.kind for entry in await told(house.ward)]
    assert kinds[-3:] == ["device.move", "device.confirm", "device.trust"]


@pytest.mark.expects_log("a second device speaks")
async def test_machines_made_up_without_end_fill_no_audit(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        for n in range(2, 20):
            assert (await house.feed(replace(first, machine=f"m-{n}", start=f"s-{n}"), one)) != {}
        assert len(await house.audit("device.second")) == 8
        assert await house.feed(first, one) == {}


@pytest.mark.parametrize("value", ["", "x", "é" * 40, "A" * 5000, ":::", "-:-:-"])
@pytest.mark.expects_log
async def test_headers_of_nonsense_are_a_screen_that_proves_nothing(
    house: House, value: str
) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    names = ("SmartWard-Start", "SmartWard-Machine", "SmartWard-Key", "SmartWard-Proof")
    async with house.listening(first, one):
        for name in names:
            head = {k: v.encode("latin-1") for k, v in house.head(first, one).items()}
            head |= {name: value.encode("latin-1")}
            answer = await house.client.get("/feed", headers=head)
            assert (answer.status_code, answer.json()["error"]) == (409, SECOND)


async def test_who_is_revoked_or_moved_while_they_are_judged_is_judged_by_what_they_are_now(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await house.ward.enrol(BEDSIDE, "1"), await house.ward.enrol(BEDSIDE, "2")
    right_bed = house.ward.hub.right_bed
    judge, changes = right_bed.judge, [("revoke", {}), ("move", {"place": "3", "second": True})]

    async def slow(device: Device, *told: Any, **more: Any) -> Any:
        found = await judge(device, *told, **more)
        if changes:
            do, how = changes.pop(0)
            await admin(house.ward, do, device_id=device.id, **how)
        return found

    monkeypatch.setattr(right_bed, "judge", slow)
    head = house.head(box("machine-1"), one)
    async with house.client.stream("GET", "/feed", headers=head) as response:
        assert response.status_code == 401
    blocked = await house.feed(box("machine-2"), two)
    assert blocked["error"] == UNCONFIRMED


async def test_a_screen_that_starts_anew_keeps_the_feed_it_is_given(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    first = box("machine-1")
    async with house.listening(first, one):
        pass
    head = house.head(first.restarted("start-2"), one)
    async with house.client.stream("GET", "/feed", headers=head) as response:
        told = response.aiter_raw()
        while b"event: current" not in await anext(told):
            continue
        # Whoever is told of writes has heard of all by then.
        await house.ward.hub.store.write(lambda tx: None)
        assert house.ward.hub.presence.here(one.id)
        house.ward.clock.advance(house.ward.hub.settings.beat_s)
        assert b"event: beat" in await anext(told)
