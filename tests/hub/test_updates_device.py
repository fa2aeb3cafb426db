"""An update on its whole way: the hub's door, a screen's own client and folder, and the image's own
programs with folders for partitions. What RAUC writes to a disk is tried in QEMU (tests/image)."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.drill import DrillFault
from smartward.clinical.screen_update import Stage
from smartward.clock import boot_id
from smartward.config import Settings
from smartward.hub.http_server import HttpServer
from smartward.screen.hub_address import Hub
from smartward.screen.hub_clients import Clients
from smartward.screen.hub_download import download
from smartward.screen.update_folder import Course, System, UpdateFolder
from smartward.screen.updating import Screen, Updating
from smartward.tasks import Tasks
from smartward.wire.own_test import PATH as OWN_TEST
from tests.fakes.fake_clock import ManualClock
from tests.fakes.updates import COMPATIBLE, Signer
from tests.hub.conftest import Ward
from tests.hub.staff import admin
from tests.hub.test_updates import AT_ANY_TIME, added, house, made  # noqa: F401  # fixtures
from tests.image.test_update_device import (  # noqa: F401  # fixtures
    Box,
    boot_entries,
    esp,
    given,
    trusting,
    update,
)

pytestmark = pytest.mark.anyio

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION


@pytest.fixture
def settings() -> Settings:
    return AT_ANY_TIME


class Box2:
    """A screen on an image: what works for updates in its program, and the image's own part."""

    def __init__(
        self, ward: Ward, device: Device, url: str, folder: Path, box: Box, release: Path
    ) -> None:
        self.ward, self.device, self.box = ward, device, box
        self.live, self.calls, self.touched, self.rests = True, False, False, True
        self.placed = 0
        self.own: list[dict[str, Any] | None] = []
        """What the hub answers to a test call (None: nothing); empty: its own word."""
        self.clients = Clients(Hub(url=url, token=ward.tokens[device.id]), ())
        system = System(release=release, state=box.machine.data / "state.json")
        self.folder = UpdateFolder(folder, system)
        self.updating = Updating(
            self._ask,
            partial(download, self.clients, ward.clock),
            Screen(
                live=lambda: self.live,
                calls=lambda: self.calls,
                touched=lambda: self.touched,
                rests=lambda: self.rests,
                bedside=device.role is BEDSIDE,
            ),
            self.folder,
            ward.clock,
            system,
            Random(1),
        )

    async def _ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        if path == OWN_TEST:
            self.placed += json.loads(body)["begin"]
        if path == OWN_TEST and self.own:
            own = self.own.pop(0)
            return None if own is None else (200, json.dumps(own).encode())
        answer = await self.clients.here.post(path, content=body)
        return answer.status_code, answer.content

    async def turn(self) -> float:
        self.ward.clock.advance(21)
        return await self.updating.turn()

    def course(self) -> Course:
        found = self.folder.now()
        assert found is not None
        return found

    async def known(self) -> dict[str, Any]:
        """How the hub lists it."""
        devices = (await admin(self.ward, "updates"))["devices"]
        found: dict[str, Any] = next(o for o in devices if o["device_id"] == self.device.id)
        return found

    async def system_works(self) -> None:
        """The image's own part looks at what the screen has ordered."""
        await asyncio.to_thread(update.order, self.box.machine)


@pytest.fixture
async def screen(
    ward: Ward,
    tmp_path: Path,
    esp: Path,
    house: Signer,
    made: Path,
) -> AsyncIterator[Box2]:
    server = HttpServer(ward.hub)
    await server.start()
    box = Box(tmp_path, esp)
    trusting(box, house, made)
    state = tmp_path / "state"
    state.mkdir()
    box.machine = replace(box.machine, screen=state / "update")
    release = tmp_path / "release.toml"
    release.write_text(f'compatible = "{COMPATIBLE}"\nversion = "1.0"\n')
    device = await ward.enrol(BEDSIDE, "1")
    found = Box2(ward, device, server.url, state, box, release)
    yield found
    await found.clients.close()
    await server.stop()


class PowerCut(BaseException):
    """Nothing of the program runs any more."""


def _power_cut(self: Path, missing_ok: bool = False) -> None:
    raise PowerCut


def own_test(state: str, *faults: str, why: str = "") -> dict[str, Any]:
    return {
        "now": "2026-03-02T09:00:00Z",
        **{"device_id": "d", "role": "bedside", "place": "b", "label": "1", "ward": "w"},
        **{"state": state, "faults": faults, "why": why},
    }


async def fetched(screen: Box2, made: Path) -> str:
    """Planned for this screen, and fetched by it."""
    id = await added(screen.ward, made)
    await admin(screen.ward, "updates_plan", bundle=id, first=screen.device.id)
    await screen.turn()
    return id


async def installed(screen: Box2, made: Path, folder: Path) -> str:
    """Written to the other slot, and started there."""
    id = await fetched(screen, made)
    await screen.system_works()
    assert screen.course().stage is Stage.INSTALLED
    boot_entries.prepare(screen.box.machine.esp, given(folder / "bundle"), "b")
    boot_entries.set_primary(screen.box.machine.esp, "b")
    screen.box.runs("b", boot_id())
    told = screen.box.machine.state() | {"stage": "trying", "run": boot_id()}
    screen.box.machine.keep(told)
    return id


async def test_from_the_hub_to_the_start(screen: Box2, made: Path, tmp_path: Path) -> None:
    id = await fetched(screen, made)
    assert screen.course().stage is Stage.LOADED
    await screen.turn()
    assert (await screen.known())["stage"] == "loaded"
    await screen.system_works()
    assert screen.course().stage is Stage.INSTALLED
    assert not screen.folder.whole.exists()
    screen.calls = True
    await screen.turn()
    known = await screen.known()
    assert (known["stage"], known["bundle"]) == ("installed", id)
    await screen.system_works()
    assert not screen.box.restarted.exists(), "somebody calls here, which the hub does not know yet"
    screen.calls, screen.rests = False, False
    await screen.turn()
    await screen.system_works()
    assert not screen.box.restarted.exists(), "somebody stands before it"
    boot_entries.prepare(screen.box.machine.esp, given(tmp_path / "bundle"), "b")
    screen.rests = True
    await screen.turn()
    await screen.system_works()
    assert screen.box.restarted.exists()


async def test_a_download_goes_on_where_it_was_cut_off(screen: Box2, made: Path) -> None:
    content = made.read_bytes()  # noqa: ASYNC240  # a small file in a folder in memory
    id = await added(screen.ward, made)
    await admin(screen.ward, "updates_plan", bundle=id, first=screen.device.id)
    half = len(content) // 2
    course = Course(bundle=id, attempt=3, stage=Stage.DOWNLOADING)
    screen.folder.keep(course)
    screen.folder.add(content[:half])
    asked: list[int] = []
    fetch = screen.updating._fetch

    async def watched(path: str, begin: int, seconds: float, took: Any) -> bool:
        asked.append(begin)
        return await fetch(path, begin, seconds, took)

    screen.updating._fetch = watched
    await screen.turn()
    assert asked == [half]
    assert (screen.course().stage, screen.course().attempt) == (Stage.LOADED, 3)
    assert screen.folder.whole.read_bytes() == content


async def test_what_arrives_otherwise_than_it_was_sent_is_thrown_away(
    screen: Box2, made: Path
) -> None:
    id = await added(screen.ward, made)
    await admin(screen.ward, "updates_plan", bundle=id, first=screen.device.id)
    screen.folder.keep(Course(bundle=id, attempt=1, stage=Stage.DOWNLOADING))
    screen.folder.add(b"x" * 1000)
    await screen.turn()
    assert (screen.course().stage, screen.folder.fetched()) == (Stage.DOWNLOADING, 0)
    screen.folder.add(b"x" * 1000)
    await screen.turn()
    assert (screen.course().stage, screen.course().why) == (
        Stage.FAILED,
        "updates.why.sha256",
    )
    assert not screen.folder.part.exists()
    await screen.turn()
    assert (await screen.known())["why"] == "updates.why.sha256"
    await screen.turn()
    assert screen.course().attempt == 1, "it does not begin again by itself"
    await admin(screen.ward, "updates_retry", device_id=screen.device.id)
    await screen.turn()
    assert (screen.course().stage, screen.course().attempt) == (Stage.LOADED, 2)


async def test_what_is_stopped_leaves_nothing_on_the_screen(screen: Box2, made: Path) -> None:
    id = await fetched(screen, made)
    assert screen.folder.whole.exists()
    await screen.turn()
    await admin(screen.ward, "updates_stop", bundle=id)
    await screen.turn()
    assert not screen.folder.whole.exists()
    await screen.system_works()
    assert screen.course().stage is Stage.LOADED, "it was not told to write what is gone"


async def test_a_power_cut_spoils_no_update_for_the_house(
    screen: Box2,
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It begins another update than the one it has a part of, and the power goes meanwhile."""
    screen.folder.keep(Course(bundle="f" * 16, attempt=1, stage=Stage.DOWNLOADING))
    screen.folder.add(b"of another update")
    id = await added(screen.ward, made)
    await admin(screen.ward, "updates_plan", bundle=id, first=screen.device.id)
    with monkeypatch.context() as cut:
        cut.setattr(Path, "unlink", _power_cut)
        with pytest.raises(PowerCut):
            await screen.turn()
    await screen.turn()
    assert (screen.course().bundle, screen.course().stage) == (id, Stage.LOADED)
    assert not screen.course().spoilt


async def test_without_room_nothing_is_fetched(
    screen: Box2,
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen.folder, "room_for", lambda size: False)
    await fetched(screen, made)
    assert (screen.course().stage, screen.course().why) == (Stage.FAILED, "updates.why.disk")
    assert screen.folder.fetched() == 0


async def test_the_power_goes_while_it_is_written(screen: Box2, made: Path) -> None:
    """The order and the file are gone, and nobody tells: it is fetched once more."""
    await fetched(screen, made)
    (screen.folder.path / "order.json").unlink()
    screen.folder.whole.unlink()
    course = screen.folder.mine()
    assert course is not None
    await screen.turn()
    assert screen.course() == course, "the system may still be at it"
    screen.updating._run = "after-the-cut"
    await screen.turn()
    await screen.turn()
    assert (screen.course().stage, screen.course().attempt) == (Stage.LOADED, 2)


async def test_a_start_is_good_once_the_hub_and_its_silent_call_were_reached(
    screen: Box2, made: Path, tmp_path: Path
) -> None:
    id = await installed(screen, made, tmp_path)
    tested = screen.folder.path / "tested.json"
    screen.live = False
    await screen.turn()
    told = json.loads(tested.read_bytes())
    assert (told["ok"], told["why"], told["run"]) == (False, "updates.why.no_hub", boot_id())
    screen.live = True
    screen.own = [own_test("refused", why="drill.refused.call_open")]
    await screen.turn()
    assert json.loads(tested.read_bytes())["busy"], "it waits until nobody calls"
    screen.own = [own_test("done", DrillFault.SCREEN_SILENT)]
    await screen.turn()
    told = json.loads(tested.read_bytes())
    assert (told["ok"], told["why"]) == (False, "updates.why.call")
    assert (await screen.known())["stage"] == "trying"
    screen.own = [own_test("done", DrillFault.DOOR_AWAY)]
    screen.touched = True
    await screen.turn()
    told = json.loads(tested.read_bytes())
    assert (told["ok"], told["busy"]) == (False, True), "whoever stands there is not cut off"
    screen.touched = False
    await screen.turn()
    assert json.loads(tested.read_bytes())["ok"]
    await asyncio.to_thread(update.trial, screen.box.machine)
    assert screen.course().stage is Stage.GOOD
    await screen.turn()
    known = await screen.known()
    assert (known["stage"], known["bundle"]) == ("good", id)


async def test_a_bedside_really_places_its_test_call(
    screen: Box2, made: Path, tmp_path: Path
) -> None:
    """Nobody has a feed here, so that the hub finds its screen away: the test is the hub's own."""
    await installed(screen, made, tmp_path)
    await screen.turn()
    told = json.loads((screen.folder.path / "tested.json").read_bytes())
    assert (told["ok"], told["why"], told["busy"]) == (False, "updates.why.call", False)
    for _ in range(43):  # a quarter of an hour
        await screen.turn()
    assert 5 <= screen.placed <= 7, "each is in the audit, and mends nothing"
    later = json.loads((screen.folder.path / "tested.json").read_bytes())
    assert later == told | {"at": later["at"]}


async def test_what_a_test_call_failed_at_is_told_until_the_next_one(
    screen: Box2, made: Path, tmp_path: Path
) -> None:
    """Somebody looks for what was wrong by this word alone, once the former system runs again."""
    await installed(screen, made, tmp_path)
    screen.own = [None]
    for _ in range(2):  # the second within the pause behind a call that failed
        await screen.turn()
        told = json.loads((screen.folder.path / "tested.json").read_bytes())
        assert (told["ok"], told["why"]) == (False, "updates.why.no_hub")


async def test_what_was_rolled_back_is_told_and_not_taken_again(
    screen: Box2, made: Path, tmp_path: Path
) -> None:
    await installed(screen, made, tmp_path)
    machine = screen.box.machine
    boot_entries.set_state(machine.esp, "b", good=False)
    screen.box.runs("a", "boot-9")
    await asyncio.to_thread(update.trial, machine)
    assert screen.course().stage is Stage.ROLLED_BACK
    for _ in range(2):
        await screen.turn()
    assert (await screen.known())["stage"] == "rolled_back"
    assert (await admin(screen.ward, "updates"))["plans"][0]["held"] == "updates.held.bad"
    assert not screen.folder.part.exists()


async def test_a_machine_without_an_image_asks_nothing(
    ward: Ward, clock: ManualClock, tmp_path: Path
) -> None:
    system = System(release=tmp_path / "none", state=tmp_path / "none")
    asked: list[str] = []

    async def ask(path: str, body: bytes) -> None:
        asked.append(path)

    there = Screen(live=bool, calls=bool, touched=bool, rests=bool, bedside=False)
    folder = UpdateFolder(tmp_path, system)
    work = Updating(ask, None, there, folder, clock, system, Random())  # type: ignore[arg-type]
    tasks = Tasks()
    await asyncio.wait_for(tasks.spawn(work.run(), "updates"), 5)
    assert asked == []
