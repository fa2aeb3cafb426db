"""A hub whose file was restored from a backup notices it, whoever has written since."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import is_open
from smartward.errors import Misconfigured
from smartward.hub.access import Forbidden
from smartward.hub.app import Hub
from smartward.hub.witness import restored, witness_file
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR = ScreenRole.BEDSIDE, ScreenRole.DOOR


class Folder:
    """A hub's folder, and a copy of its file made while it runs."""

    def __init__(self, path: Path) -> None:
        self.path = path / "d"
        self.copy = path / "copy.sqlite"
        self.clock = ManualClock()

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[Ward]:
        hub = Hub(replace(SETTINGS, ward=WARD), self.path, self.clock, None)
        await hub.start()
        try:
            yield Ward(hub, self.clock)
        finally:
            await hub.stop()

    def back_up(self) -> None:
        with sqlite3.connect(self.path / "hub.sqlite") as source:
            target = sqlite3.connect(self.copy)
            source.backup(target)
            target.close()
        source.close()

    def restore(self) -> None:
        for name in ("hub.sqlite", "hub.sqlite-wal", "hub.sqlite-shm"):
            (self.path / name).unlink(missing_ok=True)
        self.copy.rename(self.path / "hub.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def after_a_call(folder: Folder) -> tuple[str, Device]:
    """A furnished ward, backed up, and one more call: its epoch and the bedside."""
    async with folder.hub() as ward:
        await docs.furnish(ward.hub.store)
        bedside = await ward.enrol(BEDSIDE, "1")
        folder.back_up()
        assert (await ward.press(bedside, "lost")).outcome == "applied"
        return ward.hub.store.epoch, bedside


async def test_a_hub_that_goes_on_keeps_its_epoch(folder: Folder) -> None:
    epoch, bedside = await after_a_call(folder)
    for _ in range(2):
        async with folder.hub() as ward:
            assert ward.hub.store.epoch == epoch
            await ward.press(bedside)


@pytest.mark.expects_log("older than what it held before")
async def test_a_restored_file_is_noticed_before_anybody_writes(folder: Folder) -> None:
    epoch, bedside = await after_a_call(folder)
    folder.restore()
    async with folder.hub() as ward:
        new = ward.hub.store.epoch
        assert new != epoch
        for name in "abc":  # what comes first after the start must not hide it
            await ward.hub.store.write(
                lambda tx, name=name: tx.put(WARD, "ward", WARD, docs.ward_doc(name))
            )
        screen = TestScreen(bedside)
        head = await ward.hub.store.read(lambda reader: reader.head(WARD))
        screen.mirror.cursor = f"{epoch}-{head - 1}"
        screen.connect(ward.hub.feed)
        await screen.until(lambda mirror: mirror.current)
        assert screen.mirror.events[0].name == "reset"
        await screen.hang_up()
    async with folder.hub() as ward:
        assert ward.hub.store.epoch == new


@pytest.mark.expects_log("is missing or cannot be read")
@pytest.mark.parametrize("left", [None, b"", b'{"epoch": 7}'])
async def test_without_a_witness_a_written_file_may_be_any_past(
    folder: Folder, left: bytes | None
) -> None:
    epoch, _ = await after_a_call(folder)
    if left is None:
        witness_file(folder.path).unlink()
    else:
        witness_file(folder.path).write_bytes(left)
    async with folder.hub() as ward:
        assert ward.hub.store.epoch != epoch


@pytest.mark.expects_log("is missing or cannot be read")
async def test_a_whole_folder_is_restored_by_saying_so(folder: Folder) -> None:
    epoch, _ = await after_a_call(folder)
    assert restored(folder.path) == folder.path / "hub.sqlite"
    async with folder.hub() as ward:
        assert ward.hub.store.epoch != epoch
        with pytest.raises(Misconfigured):
            restored(folder.path)
    with pytest.raises(Misconfigured):
        restored(folder.path / "elsewhere")


async def test_a_killed_hub_left_no_witness_of_what_is_not_on_the_disk(folder: Folder) -> None:
    """What it says while the hub runs is never ahead of the file, and soon not behind it."""
    async with folder.hub() as ward:
        await docs.furnish(ward.hub.store)
        for _ in range(3):
            await ward.hub.store.write(lambda tx: tx.put(WARD, "ward", WARD, docs.ward_doc("a")))
        head = await ward.hub.store.read(lambda reader: reader.head(WARD))
        seen = 0
        for _ in range(100):
            folder.clock.advance(1)
            await ward.hub.store.read(lambda reader: None)
            found = msgspec.json.decode(witness_file(folder.path).read_bytes())
            seen = found["heads"].get(WARD, 0)
            assert seen <= head
            if seen == head:
                break
        assert (seen, found["epoch"]) == (head, ward.hub.store.epoch)


@pytest.mark.expects_log("older than what it held before")
async def test_a_close_that_the_backup_does_not_know_is_sent_again_and_holds(
    folder: Folder,
) -> None:
    async with folder.hub() as ward:
        await docs.furnish(ward.hub.store)
        bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
        two = await ward.enrol(BEDSIDE, "2")
        for device, id in ((bedside, "c1"), (two, "c2")):
            await ward.press(device, id)
        folder.back_up()
        folder.clock.advance(60)
        closes = [ward.action(K.CALL_CLOSE, id, by=NURSE) for id in ("c1", "c2")]
        for close in closes:
            answer = await ward.hub.actions.answer(door, ActionRequest(action=close, age_ms=0))
            assert answer.outcome == "applied"
        folder.clock.advance(3600)
    folder.restore()
    async with folder.hub() as ward:
        # Bed 2 has called again after the close.
        again = ward.action(K.CALL_PLACE, "c3", data={"bed_id": two.place, "class": "normal"})
        await ward.hub.actions.answer(two, ActionRequest(action=again, age_ms=1_800_000))
        unsure = msgspec.structs.replace(closes[0], id="of a screen that has restarted")
        asked = await ward.hub.actions.answer(door, ActionRequest(action=unsure, age_ms=None))
        assert (asked.outcome, asked.key) == ("refused", "action.too_old")
        told = [
            await ward.hub.actions.answer(door, ActionRequest(action=close, age_ms=3_600_000))
            for close in closes
        ]
        assert [(answer.outcome, answer.key) for answer in told] == [
            ("applied", None), ("refused", "action.asked_again"),
        ]  # fmt: skip
        closed = await ward.call("c1")
        assert (is_open(closed), closed.closed_at) == (False, docs.moment(1))
        assert is_open(await ward.call("c2"))
        # Any other staff action of that time is a question, and so is a close made since.
        folder.clock.advance(3600)
        late = await ward.act(door, K.CALL_CLOSE, "c2", by=NURSE, age_ms=700_000)
        assert late.key == "action.too_old"


@pytest.mark.expects_log("older than what it held before")
async def test_a_press_of_a_call_that_the_backup_does_not_know_waits_for_the_call(
    folder: Folder,
) -> None:
    """The screen hears of the other history by its feed, and sends the call first."""
    epoch, bedside = await after_a_call(folder)
    folder.restore()
    async with folder.hub() as ward:
        again = ward.action(K.CALL_AGAIN, "lost")
        request = ActionRequest(action=again, age_ms=0, epoch=epoch)
        early = await ward.hub.actions.answer(bedside, request)
        assert (early.outcome, early.key) == ("later", "action.other_history")
        assert await ward.calls() == []
        await ward.press(bedside, "lost", age_ms=2000)
        told = msgspec.structs.replace(request, epoch=ward.hub.store.epoch)
        assert (await ward.hub.actions.answer(bedside, told)).outcome == "applied"
        assert (await ward.call("lost")).presses == 2
        nowhere = ward.action(K.CALL_REASON, "never was", data={"reason": "pain"})
        with pytest.raises(Forbidden):
            await ward.hub.actions.answer(
                bedside, ActionRequest(action=nowhere, age_ms=0, epoch=ward.hub.store.epoch)
            )


async def test_where_a_store_is_known_to_begin_a_missing_witness_is_no_warning(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartward.witness")
    epoch, _ = await after_a_call(folder)
    witness_file(folder.path).unlink()
    caplog.clear()
    hub = Hub(replace(SETTINGS, ward=WARD), folder.path, folder.clock, None)
    hub.witness.may_be_new = True
    await hub.start()
    try:
        assert hub.store.epoch != epoch
        (told,) = [one for one in caplog.records if one.name == "smartward.witness"]
        assert told.levelno == logging.INFO
    finally:
        await hub.stop()
