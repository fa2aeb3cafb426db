"""`smartward drill` against a running hub: what it begins, tells, lists and prints."""

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartward import drill as command
from smartward import fleet
from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured
from tests.hub.conftest import Ward
from tests.hub.ward_docs import bed_id
from tests.pdf import pages
from tests.ui.bed_stage import application

pytestmark = pytest.mark.anyio

FAULTS = {
    "passed": [],
    "failed": ["screen_away"],
    "not_tested": ["no_screen"],
    "interrupted": ["interrupted"],
}


async def run(ward: Ward, *argv: str) -> int:
    return await asyncio.to_thread(command.main, ["--admin", str(ward.hub.admin.path), *argv])


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_a_drill_is_run_listed_and_printed(
    ward: Ward, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    application()
    with pytest.raises(Misconfigured, match="no_record"):
        await run(ward, "record")
    # Four beds and no screen: nothing could be tested, and that is no success.
    assert await run(ward, "run") == 1
    *beds, counts = said(capsys)
    assert [(bed["bed"], bed["faults"]) for bed in beds] == [
        (str(n), ["no_screen"]) for n in range(1, 5)
    ]
    assert (counts["not_tested"], counts["passed"], counts["state"]) == (4, 0, "done")
    assert await run(ward, "list") == 0
    (listed,) = said(capsys)
    results = {name: listed[name] for name in ("state", "passed", "failed", "not_tested")}
    assert results == {"state": "done", "passed": 0, "failed": 0, "not_tested": 4}
    file = tmp_path / "record.pdf"
    assert await run(ward, "record", listed["id"], "--to", str(file), "--language", "en") == 0
    (told,) = said(capsys)
    assert (told["pages"], told["file"]) == (1, str(file))
    (text,) = pages(file)
    assert "NOTHING WAS TESTED: 4 beds." in text
    assert listed["id"] in text
    assert counts["hash"] in "".join(text.split())
    assert await run(ward, "stop") == 0
    assert said(capsys) == [{"stopped": False}]
    await run(ward, "record", "--json")
    kept = tmp_path / "record.json"
    kept.write_text(capsys.readouterr().out)
    drawn = tmp_path / "drawn.pdf"
    # What the screens' package has: no hub's part, and no hub.
    ended = await asyncio.to_thread(_without_hub, "draw", str(kept), "--to", str(drawn))
    assert ended.returncode == 0, ended.stderr
    (text,) = pages(drawn)
    assert counts["hash"] in "".join(text.split())
    ended = await asyncio.to_thread(_without_hub, "list")
    assert (ended.returncode, "smartward-hub" in ended.stderr) == (1, True), ended.stderr
    kept.write_text('{"record": {}}')
    with pytest.raises(Misconfigured) as refused:
        command.main(["draw", str(kept), "--to", str(drawn)])
    assert refused.value.key == "drill.no_file"


def _without_hub(*words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.modules['smartward.hub'] = None; from smartward.cli import main"
    return subprocess.run(
        [sys.executable, "-c", f"{code}; main(sys.argv[1:])", "drill", *words],
        check=False, capture_output=True, text=True, timeout=60,
        env={**os.environ, "LANG": "en_GB.UTF-8", "LC_ALL": ""},
    )  # fmt: skip


async def test_beds_are_told_of_in_the_order_of_the_ward(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    assert await run(ward, "run") == 1
    *beds, _ = said(capsys)
    assert [bed["bed"] for bed in beds] == ["1", "2", "3", "4"]
    assert beds[2]["result"] == "failed"


async def test_it_ends_with_0_where_every_bed_that_has_a_screen_passed(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await run(ward, "run") == 1
    capsys.readouterr()
    real = command._record

    def told(*results: str, state: str = "done") -> Callable[..., command.Kept]:
        def record(path: Path, drill: str | None) -> command.Kept:
            answer = msgspec.to_builtins(real(path, drill))
            answer["record"]["state"] = state
            for bed, result in zip(answer["record"]["beds"], results, strict=True):
                bed["result"] = "not_tested" if result == "interrupted" else result
                bed["faults"] = FAULTS[result]
            return msgspec.convert(answer, command.Kept)

        return record

    some = ("passed", "not_tested", "passed", "not_tested")
    for code, beds, state in (
        (0, some, "done"),
        (1, some, "stopped"),
        (1, ("passed", "interrupted", "passed", "passed"), "done"),
        (1, ("passed", "failed", "passed", "not_tested"), "done"),
    ):
        monkeypatch.setattr(command, "_record", told(*beds, state=state))
        assert await run(ward, "run") == code


async def test_a_file_that_cannot_be_written_is_told_before_anything_begins(
    ward: Ward, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for file in (tmp_path / "gone" / "r.pdf", tmp_path):
        with pytest.raises(Misconfigured, match="not_written"):
            await run(ward, "run", "--to", str(file))
    assert await run(ward, "list") == 0
    assert said(capsys) == []


async def test_where_nothing_draws_that_is_told_before_anything_begins(
    ward: Ward,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hub's package has no screens."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "smartward.screen" else find(name),
    )
    file = tmp_path / "r.pdf"
    for words in (["run"], ["record"]):
        with pytest.raises(Misconfigured) as refused:
            await run(ward, *words, "--to", str(file))
        assert refused.value.key == "drill.draws_elsewhere"
    assert await run(ward, "list") == 0
    assert said(capsys) == []
    with pytest.raises(Misconfigured) as refused:
        fleet.main(["--admin", str(ward.hub.admin.path), "check", "none", "--to", str(file)])
    assert refused.value.key == "check.draws_elsewhere"


async def test_beside_a_patients_call_nothing_begins(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    await ward.press(bedside)
    with pytest.raises(Misconfigured, match="call_open"):
        await run(ward, "run")
