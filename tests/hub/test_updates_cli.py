"""`smartward updates`, as somebody types it on the hub's machine."""

import asyncio
import fcntl
import json
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.screen_update import Stage
from smartward.errors import Misconfigured
from smartward.hub.updates_cli import main
from smartward.wire.update import UpdateAsk
from tests.fakes.updates import COMPATIBLE, bundle, signer
from tests.hub.conftest import Ward
from tests.hub.staff import admin

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    return bundle(folder, signer(folder), "3.1")


async def typed(ward: Ward, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code = await asyncio.to_thread(main, [*words, "--admin", str(ward.hub.admin.path)])
    assert code == 0
    return capsys.readouterr().out


async def test_an_update_is_taken_in_planned_listed_stopped_and_forgotten(
    ward: Ward,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    assert "There is no update" in await typed(ward, capsys, "list")
    taken = json.loads(await typed(ward, capsys, "add", str(file)))["bundle"]
    assert (taken["version"], taken["compatible"]) == ("3.1", COMPATIBLE)
    again = json.loads(await typed(ward, capsys, "add", str(file)))["bundle"]
    assert again == taken
    with pytest.raises(Misconfigured) as refused:
        await typed(ward, capsys, "plan", taken["id"])
    assert refused.value.key == "updates.no_first"
    with pytest.raises(Misconfigured):
        await typed(ward, capsys, "stop", taken["id"])
    await typed(ward, capsys, "plan", taken["id"][:5], "--first", screen.id, "--soak", "3")
    asks = UpdateAsk(compatible=COMPATIBLE, version="1.0")
    await ward.hub.updates.answer(screen, msgspec.json.encode(asks))
    ward.clock.advance(21)
    told = UpdateAsk(
        compatible=COMPATIBLE,
        version="1.0",
        bundle=taken["id"],
        stage=Stage.FAILED,
        why="updates.why.signature",
        attempt=1,
    )
    await ward.hub.updates.answer(screen, msgspec.json.encode(told))
    text = await typed(ward, capsys, "list")
    for part in (f"{taken['id']}  3.1", "one screen", "held: it was not borne by", "NOT TAKEN"):
        assert part in text
    assert "not signed by whom this screen trusts" in text
    widened = json.loads(await typed(ward, capsys, "plan", taken["id"], "--ring", "all"))["plan"]
    assert (widened["first"], widened["soak_h"], widened["ring"]) == (screen.id, 3.0, "all")
    await typed(ward, capsys, "retry", screen.id)
    with pytest.raises(Misconfigured):
        await typed(ward, capsys, "retry", screen.id)
    await ward.revoke(screen)
    text = await typed(ward, capsys, "list")
    assert screen.id[:13] in text
    assert "was taken away" in text
    await typed(ward, capsys, "stop", taken["id"])
    assert "stopped: nobody gets it any more" in await typed(ward, capsys, "list")
    await typed(ward, capsys, "forget", taken["id"])
    answer = json.loads(await typed(ward, capsys, "list", "--json"))
    assert (answer["bundles"], answer["plans"]) == ([], [])
    folder = ward.hub.admin.path.parent / "updates"
    assert await asyncio.to_thread(lambda: list(folder.iterdir())) == []


async def test_what_is_no_update_is_not_copied(
    ward: Ward, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.raucb"
    wrong.write_bytes(b"no update" * 1000)
    with pytest.raises(Misconfigured) as refused:
        await typed(ward, capsys, "add", str(wrong))
    assert refused.value.key == "updates.no_bundle"
    folder = ward.hub.admin.path.parent / "updates"
    assert not await asyncio.to_thread(folder.exists)


async def test_a_copy_that_was_cut_short_goes_and_one_that_is_written_stays(
    ward: Ward, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ward.hub.admin.path.parent / "updates"
    await asyncio.to_thread(folder.mkdir)
    cut, other = folder / ".1.new", folder / ".2.new"
    for one in (cut, other):
        await asyncio.to_thread(one.write_bytes, b"half")
    with other.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        id = json.loads(await typed(ward, capsys, "add", str(file)))["bundle"]["id"]
    there = await asyncio.to_thread(lambda: sorted(one.name for one in folder.iterdir()))
    assert there == [other.name, f"{id}.raucb"]


@pytest.mark.parametrize(
    "bundle, sha256", [("../updates/x", "0" * 64), ("0" * 16, "1" * 64), ("x", "x")]
)
async def test_no_file_is_read_under_a_name_that_is_no_updates(
    ward: Ward, bundle: str, sha256: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        await admin(ward, "updates_add", bundle=bundle, sha256=sha256, size=1)
    assert refused.value.key == "updates.unknown"
