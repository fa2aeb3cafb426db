"""The operators' pages tell the truth: commands, messages, settings, and the steps that matter."""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartward import cli
from smartward.clinical.device import ScreenRole
from smartward.clock import ClockSpec
from smartward.config import SETTINGS, load
from smartward.errors import Misconfigured
from smartward.harness.house import House
from smartward.his.simulator.places import WARD
from smartward.hub.options import admin_socket
from smartward.screen.call_inputs import inputs_of
from tests.base.text_keys import catalogue
from tests.project.repo import BIN, ROOT

PAGE = ROOT.joinpath("packaging", "operators.md").read_text("utf-8")
DATA = "/var/lib/smartward"

OTHERS = {"cp", "curl", "df", "du", "ls", "mv", "openssl", "pactl", "ss", "umask"}
"""Commands of Debian itself that the pages use."""

NO_TEXTS = {"ready", "hub", "smartward", "not enrolled"}
"""Quoted, but no message of a screen or program."""


def blocks(page: str = PAGE) -> Iterator[tuple[str, str]]:
    """Language and lines of each fenced block."""
    language, lines = None, list[str]()
    for line in map(str.strip, page.splitlines()):
        if not line.startswith("```"):
            lines.append(line)
            continue
        if language is not None:
            yield language, "\n".join(lines)
        language, lines = (line[3:] if language is None else None), []


def prose() -> str:
    return re.sub(r"^ *```.*?^ *```$", "", PAGE, flags=re.M | re.S)


def commands() -> list[str]:
    """Every line of the blocks, and what stands inline and is a whole command."""
    lines = [line for tag, block in blocks() if not tag for line in block.splitlines() if line]
    inline = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose())]
    known = ("smartward ", *(f"{tool} " for tool in OTHERS))
    return [*lines, *(code for code in inline if code.startswith(known))]


OURS = sorted({line for line in commands() if line.startswith("smartward ")})


class Parsed(Exception):
    """The command line was understood; it must not run."""


@pytest.fixture
def only_parse(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """Programs stop when they have understood their arguments."""
    understood: list[argparse.Namespace] = []
    real = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, *arguments: Any) -> argparse.Namespace:
        understood.append(real(self, *arguments))
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    return understood


def test_the_fast_clock_it_shows_is_one_and_both_programs_take_it(
    only_parse: list[argparse.Namespace],
) -> None:
    (shown,) = [text for tag, text in blocks() if tag == "sh"]
    first, *lines = shown.splitlines()
    clock = run(f'{first}\nprintf %s "$clock"', {})
    assert ClockSpec.parse(clock).rate == 60
    assert [line.split()[1] for line in lines] == ["his", "hub"]
    for line in lines:
        with pytest.raises(Parsed):
            cli.main(shlex.split(line.replace("$clock", clock).rstrip("& "))[1:])
    simulator, hub = only_parse
    assert str(simulator.clock) == str(ClockSpec.parse(hub.clock))
    assert f"his_ward={WARD}" in hub.set
    assert f"his_url=http://127.0.0.1:{simulator.port}/fhir" in hub.set


def test_the_pages_use_our_commands_and_debians() -> None:
    assert len(OURS) > 8
    for line in commands():
        name = line.split()[0]
        assert name in OTHERS | {"smartward", "sqlite-utils"}, line
    assert BIN.joinpath("sqlite-utils").exists(), "installed beside smartward"


def test_every_program_an_operator_has_is_spoken_of() -> None:
    spoken = {line.split()[1] for line in OURS}
    assert {"hub", "enrol", "screen", "check", "his"} <= spoken


def quoted() -> list[str]:
    plain = re.sub(r"`[^`]*`", "", prose())
    return sorted({" ".join(words.split()) for words in re.findall(r'"([^"]+)"', plain)})


@pytest.mark.parametrize("words", [words for words in quoted() if words not in NO_TEXTS])
def test_every_message_is_one_of_ours(words: str) -> None:
    """As it is in the catalogue; … stands for a value or for the rest of it."""
    parts = [re.escape(part.strip()) for part in words.split("…")]
    wanted = re.compile(".*".join(parts), re.I)
    english = catalogue_sentences()
    assert any(wanted.search(sentence) for sentence in english), words


def catalogue_sentences() -> list[str]:
    """What the catalogue says, and the fixed words of the pages."""
    found: list[str] = [
        words
        for page in ROOT.joinpath("ui").rglob("*.qml")
        for words in re.findall(r'qsTr\("([^"]+)"', page.read_text("utf-8"))
    ]
    for text in catalogue("en")._texts.values():
        found += text.values() if isinstance(text, dict) else [text]
    return [re.sub(r"\{\w+(:\w+)?\}", "0", sentence) for sentence in found]


def test_every_setting_named_is_one() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", PAGE))
    states = {"his_up", "his_as_of", "smartward_his_rejected"}
    states |= {"age_ms", "lost_since", "via_silent_since"}
    states |= {"his_writes", "smartward_his_writes", "off_roster"}
    states |= {"smartward_alerts_shift", "smartward_alert_budget_over"}
    states |= {"smartward_alert_budget_per_bed_shift"}
    assert named - states
    assert named - states <= set(SETTINGS)


def test_every_link_leads_to_a_page() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.M)
    anchors = {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in headings}
    links = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    assert len(links) > 10
    assert links <= anchors
    assert anchors - {"first-look"} <= links


def test_every_page_says_what_is_safe() -> None:
    symptoms = PAGE.split("## Enrol, move")[0].split("\n## ")[2:]
    assert len(symptoms) == 8
    for page in symptoms:
        safe = re.search(r"Safe\s+meanwhile|Take the screen out of use first", page)
        assert safe, page[:40]
        assert "```" in page, page[:40]


def test_the_settings_it_shows_are_taken(tmp_path: Path) -> None:
    _, hospital, other, shown = [text for tag, text in blocks() if tag == "toml"]
    assert tomllib.loads(shown)
    file = tmp_path / "ward.toml"
    file.write_text(f"{hospital}\n{shown}")
    assert load(file).tls_cert == f"{DATA}/tls/hub.pem"
    assert load(file).his_auth == "smart"
    file.write_text(other)
    assert (load(file).his_kind, load(file).his_auth) == ("gnuhealth", "basic")


def test_the_inputs_it_shows_are_taken(tmp_path: Path) -> None:
    shown, *_ = [text for tag, text in blocks() if tag == "toml"]
    file = tmp_path / "inputs.toml"
    file.write_text(shown)
    inputs = inputs_of(file, ScreenRole.BEDSIDE)
    assert [spec.point for spec in inputs.calls] == ["bed", "cord-305"]
    assert len(inputs.readers) == 1


# --------------------------------------------------------------------------- steps that matter


def section(title: str) -> list[str]:
    """The command lines of one page, block by block."""
    page = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    return [text for tag, text in blocks(page) if not tag]


def run(lines: str, replaced: dict[str, str]) -> str:
    """Run a block as an operator would, with other places."""
    for what, by in replaced.items():
        lines = lines.replace(what, by)
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", lines], env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def devices(house: House) -> list[str]:
    listed = run(f"smartward enrol --data-dir {DATA} --list", {DATA: str(house.folder / "hub")})
    return re.findall(r'"label": "([^"]*)"', listed)


@pytest.mark.long
def test_a_backup_brings_the_hub_back(tmp_path: Path) -> None:
    backup, restore, put_back = section("Back up and restore the hub")
    settings, backups, data = (tmp_path / name for name in ("ward.toml", "backups", "h/hub"))
    settings.touch()
    backups.mkdir()
    places = {
        DATA: str(data),
        "/var/backups": str(backups),
        "/etc/smartward/ward.toml": str(settings),
    }
    with House(tmp_path / "h") as house:
        hub = house.start_hub()
        (data / "tls").mkdir()
        house.enrol("station", "")
        epoch = hub.state()["epoch"]
        run(backup, places)
        assert (backups / "ward.sqlite").stat().st_mode & 0o777 == 0o600
        assert (backups / "tls").is_dir()
        house.enrol("station", label="later")
        assert devices(house) == ["station", "later"]
        hub.stop()
        run(restore, places)
        again = house.restart_hub()
        assert devices(house) == ["station"]
        restored = again.state()["epoch"]
        assert restored != epoch, "the screens are told that it is another past"
        assert (data / "hub.sqlite").stat().st_mode & 0o777 == 0o600
        again.stop()
        run(put_back, places)
        assert house.restart_hub().state()["epoch"] not in (epoch, restored)


def test_enrolling_moving_and_revoking(house: House, tmp_path: Path) -> None:
    assert house.hub is not None
    first, _, move, revoke = section("Enrol, move, revoke a screen")
    places = {
        DATA: str(house.folder / "hub"),
        " bedside 12 ": " bedside his.bed-12 ",
        " bedside 14 ": " bedside his.bed-14 ",
        " bedhead 12 ": " bedhead his.bed-12 ",
        " door 305 ": " door his.room-305 ",
        " --token-file ": f" --token-file {tmp_path}/",
    }
    said = run(first, places)
    ids = re.findall(r'"device_id": "([^"]+)"', said)
    assert len(ids) == 6
    old = (tmp_path / "bed12.token").read_text()
    assert (tmp_path / "bed12.token").stat().st_mode & 0o777 == 0o600
    assert old not in said, "a token is not told where logs may keep it"
    said = run(move, places | {"DEVICE": ids[1]})
    assert re.findall(r'"place": "his.bed-14"', said)
    assert (tmp_path / "bed14.token").read_text() != old
    before = devices(house)
    assert before.count("Bed 14") == 1
    assert "Bed 12" not in before
    run(revoke, places | {"DEVICE": ids[1]})
    assert "Bed 14" not in devices(house)


def test_the_certificates_are_made_and_read(tmp_path: Path) -> None:
    make, read = section("Certificates")
    said = run(make, {DATA: str(tmp_path)})
    assert str(tmp_path / "tls" / "ca.pem") in said
    for name, mode in (("ca.key", 0o600), ("hub.key", 0o600)):
        assert (tmp_path / "tls" / name).stat().st_mode & 0o777 == mode
    authority = (tmp_path / "tls" / "ca.pem").read_bytes()
    run(make, {DATA: str(tmp_path)})
    assert (tmp_path / "tls" / "ca.pem").read_bytes() == authority, "the screens need nothing"
    shown = run(read, {DATA: str(tmp_path)})
    if shutil.which("openssl"):  # not every machine that runs the tests has it
        assert "notAfter" in shown
        assert "hub.example.org" in shown
        assert "10.1.2.3" in shown


def test_a_hub_of_other_settings_can_be_tried(tmp_path: Path) -> None:
    line = next(line for line in OURS if "smartward-try" in line)
    config = tmp_path / "ward.toml"
    config.write_text('his_url = "https://his.example/r4"\nhis_ward = "w"\nport = 8700\n')
    line = line.replace("/tmp/smartward-try", f"{tmp_path}/try")
    line = line.replace("/etc/smartward/ward.toml", str(config))
    command = [sys.executable, "-m", *shlex.split(line)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            assert b'"ready": "hub"' in process.stdout.readline()
        finally:
            process.terminate()
            process.wait(20)
    assert process.returncode == 0


def test_a_file_of_a_newer_version_is_refused_and_kept(tmp_path: Path) -> None:
    with House(tmp_path / "h") as house:
        house.start_hub().stop()
        file = tmp_path / "h" / "hub" / "hub.sqlite"
        newer = "insert into _sqlite_migrations (migration_set, name, applied_at) values"
        run(f"""sqlite-utils query {file} "{newer} ('hub', 'a later step', 'then')" """, {})
        with pytest.raises(Misconfigured) as caught:
            house.restart_hub()
        assert "was written by a newer SmartWard" in caught.value.detail
        kept = run(f'sqlite-utils query {file} "select name from _sqlite_migrations"', {})
        assert "a later step" in kept
        assert not admin_socket(file.parent).exists()


def test_a_screen_is_drawn_from_what_it_kept(house: House, tmp_path: Path) -> None:
    """The page's own command, for the station of the house."""
    line = next(line for line in OURS if "--shot" in line)
    station = next(house.folder.glob("*.token"))
    kept = house.folder / "station"
    line = line.replace("screen bedside", "screen station")
    line = line.replace("/tmp/screen.png", f"{tmp_path}/screen.png")
    line = line.replace("/var/lib/smartward-screen/token", str(station))
    line = line.replace("/var/lib/smartward-screen", str(kept))
    run(line, {})
    assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")
