"""`smartward rehearse` on the file of a hub that runs: figures that agree, the same bytes each
time, nobody's name, and errors that say what to do."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from smartward import cli
from smartward.clinical.ward import Ward
from smartward.errors import Misconfigured
from smartward.hub.rehearsal.cli import main
from smartward.hub.rehearsal.compare import Frame
from smartward.hub.rehearsal.replay import Replayed
from smartward.hub.rehearsal.tables import comparison_lines
from smartward.hub.store.sqlite import SqliteStore
from smartward.i18n import LANGUAGES, Catalogue
from tests.fakes.fake_clock import MORNING
from tests.hub.rehearsal.live import live
from tests.hub_deciding.alert_engine import DRY, SCORE, Engine, W, stay
from tests.project.repo import ROOT

OVERDUE = "observations_overdue"
NAME = "W"
"""What people call the engine's ward, whose id is W."""
CHANGE = f'[{SCORE}]\nmode = "off"\n[{OVERDUE}]\nmode = "on"\n'


@dataclass(frozen=True)
class Rehearsed:
    """What one rehearsal printed and wrote."""

    said: str
    svg: bytes
    json: bytes

    @property
    def figures(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.json)
        return found


@dataclass(frozen=True)
class House:
    """A ward's folder with a day in its file."""

    folder: Path
    out: Path

    def rehearse(self, capsys: pytest.CaptureFixture[str], *more: str) -> Rehearsed:
        files = [self.out / name for name in ("a.svg", "a.json")]
        given = ["--data-dir", str(self.folder), "--svg", str(files[0]), "--json", str(files[1])]
        assert main([*given, "--from", "2026-11-21T08:30", *more]) == 0
        return Rehearsed(capsys.readouterr().out, files[0].read_bytes(), files[1].read_bytes())

    @property
    def change(self) -> str:
        file = self.out / "change.toml"
        file.write_text(CHANGE)
        return str(file)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder, out = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("out")

    async def run() -> None:
        engine = Engine(folder / "hub.sqlite", DRY, SCORE, "news2", shadow=(OVERDUE,))
        await engine.start(stay("e1", "b1"), stay("e2", "b2"))
        await live(
            engine,
            [
                *[("score", "e1", 5), ("drip", "e2", 5), ("wait", "e1", 90)],
                *[("take", "e1", 0), ("wait", "e1", 200), ("score", "e1", 7), ("wait", "e1", 30)],
                *[("score", "e1", 0), ("drip", "e2", 300), ("wait", "e1", 900)],
            ],
        )
        await engine.stop()

    asyncio.run(run())
    return House(folder, out)


def test_the_figures_agree(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    found = house.rehearse(capsys, "--settings", house.change).figures
    for run in (found["before"], found["after"]):
        for by in (run["by_rule"].values(), run["by_hour"], run["by_bed"].values()):
            assert sum(by) == run["alerts"] > 0
        assert sum(one["alerts"] for one in run["by_shift"]) == run["alerts"]
        night = sum(run["by_hour"][hour] for hour in found["night_hours"])
        assert night == run["night"]
    assert found["recorded"] == found["before"]["alerts"], "the past by its own rules is the past"
    assert {one["rule"] for one in found["vanished"]} == {SCORE}
    assert {one["rule"] for one in found["appeared"]} == {OVERDUE}
    gained = len(found["appeared"]) - len(found["vanished"])
    assert found["after"]["alerts"] - found["before"]["alerts"] == gained
    assert found["changes"] == [f"[{SCORE}] mode on -> off", f"[{OVERDUE}] mode shadow -> on"]
    assert found["unmet"] == 0, "who took the card on takes on what stands there now"


def test_a_warning_is_measured_by_the_record(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found = house.rehearse(capsys, "--settings", house.change).figures
    (worse,) = found["deteriorations"]
    assert (worse["bed"], worse["signs"]) == ("1", ["score"])
    assert 289 < worse["before_min"] <= 290, "the score that was told first"
    assert worse["after_min"] == 0, "by the high score alone, just then"
    assert (found["before"]["warned"], found["after"]["warned"]) == (1, 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["change", "alone", "shadow"])
def test_the_same_past_gives_the_same_bytes_and_names_nobody(
    house: House, capsys: pytest.CaptureFixture[str], language: str, what: str
) -> None:
    more = {"change": ("--settings", house.change), "alone": (), "shadow": ("--shadow",)}[what]
    first, second = (house.rehearse(capsys, "--language", language, *more) for _ in range(2))
    assert first == second
    picture = ElementTree.fromstring(first.svg)
    drawn = " ".join(text for text in picture.itertext() if text.strip())
    for told in (first.said, drawn, first.json.decode()):
        assert told
        assert not any(name in told for name in ("Zhang", "p-e1", "Li Min", "li ", "e1"))
    key = "rehearse.shadow.title" if what == "shadow" else "rehearse.title"
    title = Catalogue(language, ZoneInfo("Asia/Shanghai")).text(key, ward=NAME)
    assert title in first.said
    assert title in drawn


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_says_which_ward_and_what_was_changed(
    house: House, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    texts = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    more = ("--language", language)

    def drawn(*given: str) -> list[str]:
        return list(ElementTree.fromstring(house.rehearse(capsys, *more, *given).svg).itertext())

    changed = drawn("--settings", house.change)
    assert texts.text("rehearse.title", ward=NAME) in changed
    at = changed.index(texts.text("rehearse.changes"))
    lines = [line for line in changed[at + 1 :] if line.strip()]
    assert lines[:2] == [f"[{SCORE}] mode on -> off", f"[{OVERDUE}] mode shadow -> on"]
    assert texts.text("rehearse.changes") not in drawn()
    same = house.out / "same.toml"
    same.write_text("")
    assert texts.text("rehearse.same_rules") in drawn("--settings", str(same))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_column_of_a_shift_says_what_it_is(
    house: House, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    texts = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    lines = house.rehearse(capsys, "--settings", house.change, "--language", language).said
    told = lines.splitlines()
    heads = told[told.index(texts.text("rehearse.by_shift")) + 1]
    columns = re.split(r" {2,}", heads.strip())
    assert len(set(columns)) == len(columns) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rehearsal_that_is_not_what_was_seen_says_so(language: str) -> None:
    texts = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    silent = Replayed(log=())
    for seen, said in ((0, False), (3, True)):
        frame = Frame(
            Ward(id=W, name=NAME), MORNING, MORNING + timedelta(hours=8), {"b1": "1"}, recorded=seen
        )
        told = list(comparison_lines(texts, frame.compare(silent, None)))
        assert (texts.text("rehearse.not_recorded", n=0) in told) is said


def test_without_a_change_the_settings_in_force_are_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found = house.rehearse(capsys).figures
    assert found["after"] is None
    assert OVERDUE not in found["before"]["by_rule"], "it is in shadow in the file, not as shipped"


def test_what_a_rule_in_shadow_would_have_said(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found = house.rehearse(capsys, "--shadow", "--language", "en").figures
    (overdue,) = found["rules"]
    changed = house.rehearse(capsys, "--settings", house.change).figures
    assert overdue["rule"] == OVERDUE
    assert overdue["said"] == len(changed["appeared"])
    assert overdue["patient_count"] == 2
    assert overdue["together"] > 0
    assert found["seen"] == changed["recorded"]


def test_a_part_of_the_past_has_what_fell_into_it(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = house.rehearse(capsys).figures
    late = house.rehearse(capsys, "--from", "2026-11-21T13:15", "--to", "2026-11-21T13:45").figures
    assert set(late["before"]["by_rule"]) == {"news2"}, "what was open before is not told as new"
    assert late["before"]["alerts"] < whole["before"]["alerts"]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = await Engine(tmp_path / "hub.sqlite", SCORE).start()
    yield engine
    await engine.stop()


@pytest.mark.anyio
async def test_a_hub_goes_on_writing_while_its_file_is_read(running: Engine) -> None:
    await live(running, [("score", "e1", 5), ("wait", "e1", 5)])
    given = ["--data-dir", str(running.path.parent), "--from", "2026-11-21T08:30"]
    head = await running.store.read(lambda tx: tx.head(W))
    steps = [("score", "e1", 0), ("wait", "e1", 1)] * 5
    done, _ = await asyncio.gather(asyncio.to_thread(main, given), live(running, steps))
    assert done == 0
    assert await running.store.read(lambda tx: tx.head(W)) > head


@pytest.mark.parametrize(
    "key, given",
    [
        ("too_early", ["--from", "2026-11-20"]),
        ("too_late", ["--from", "2026-12-01"]),
        ("too_early", ["--shadow", "--from", "2026-11-20"]),
        ("too_late", ["--shadow", "--from", "2026-12-01"]),
        ("no_time", ["--from", "yesterday"]),
        ("no_time", ["--from", "2026-11-21T09:00", "--to", "25:00"]),
        ("no_span", ["--from", "2026-11-21T10:00", "--to", "2026-11-21T09:00"]),
        ("no_ward", ["--from", "2026-11-21T09:00", "--ward", "east"]),
        ("no_file", ["--from", "2026-11-21T09:00", "--data-dir", "/nowhere"]),
    ],
)
def test_what_cannot_be_rehearsed_is_said_with_the_remedy(
    house: House, key: str, given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data-dir", str(house.folder), *given]
    with pytest.raises(Misconfigured) as raised:
        main(line)
    assert raised.value.key == f"rehearse.error.{key}"
    with pytest.raises(SystemExit):
        cli.main(["rehearse", *line])
    assert not capsys.readouterr().err.startswith("smartward rehearse: rehearse.error")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_end_behind_the_record_is_said(
    house: House, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = Catalogue(language, ZoneInfo("Asia/Shanghai"))
    asked = ("--shadow", "--language", language)
    beyond = house.rehearse(capsys, *asked, "--to", "2026-12-24").said.splitlines()
    begin, end = texts.text("rehearse.ended", until="~").split("~")
    assert beyond[0].startswith(f"{begin}2026-11-2")
    assert beyond[0].endswith(end)
    within = house.rehearse(capsys, *asked, "--to", "2026-11-21T13:45").said.splitlines()
    assert within[0] == texts.text("rehearse.shadow.title", ward=NAME)


def test_a_wrong_settings_file_is_said_by_file_and_key(house: House) -> None:
    file = house.out / "wrong.toml"
    file.write_text('[news2]\nmode = "loud"\n')
    given = ["--data-dir", str(house.folder), "--from", "2026-11-21T09:00"]
    with pytest.raises(Misconfigured) as raised:
        main([*given, "--settings", str(file)])
    assert raised.value.values["file"] == str(file)
    assert "mode must be one of" in str(raised.value.values["reason"])


def test_what_the_error_names_as_the_beginning_can_be_given(house: House) -> None:
    with pytest.raises(Misconfigured) as raised:
        main(["--data-dir", str(house.folder), "--from", "2026-11-20"])
    begins = str(raised.value.values["since"]).replace(" ", "T")
    assert main(["--data-dir", str(house.folder), "--from", begins]) == 0


def test_the_operators_page_can_be_followed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT.joinpath("packaging", "operators.md").read_text("utf-8")
    part = page.split("## Rehearse a change of the rules\n")[1].split("\n## ")[0]
    lines = [line.strip() for line in part.splitlines() if line.strip().startswith("smartward ")]
    assert len(lines) == 3
    for line in lines:
        for there, here in {
            "/etc/smartward/trial.toml": house.change,
            "/var/lib/smartward": str(house.folder),
            "/tmp": str(house.out),
            "2026-11-09": "2026-11-21T08:30",
            "2026-11-16": "2026-11-22T02:00",
        }.items():
            line = line.replace(there, here)
        with pytest.raises(SystemExit) as ended:
            cli.main(shlex.split(line)[1:])
        assert ended.value.code == 0, line
    assert capsys.readouterr().out
    assert house.out.joinpath("rehearsal.svg").is_file()


def test_a_file_without_a_ward_is_said_to_have_none(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path / "hub.sqlite").close()
    with pytest.raises(Misconfigured) as raised:
        main(["--data-dir", str(tmp_path), "--from", "2026-11-20"])
    assert raised.value.key == "rehearse.error.no_history"


@pytest.mark.anyio
async def test_of_several_wards_one_must_be_named(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "hub.sqlite")
    for id in ("east", "west"):
        await store.write(lambda tx, id=id: tx.put(id, "ward", id, Ward(id=id, name=id)))
    store.close()
    given = ["--data-dir", str(tmp_path), "--from", "2020-11-20"]
    with pytest.raises(Misconfigured) as raised:
        main(given)
    assert raised.value.key == "rehearse.error.which_ward"
    assert raised.value.values["wards"] == "east, west"
    with pytest.raises(Misconfigured) as raised:
        main([*given, "--ward", "west"])
    assert raised.value.key == "rehearse.error.too_early"
