"""What a screen sends of itself: nothing of a patient, no secret, and no more than can be sent."""

import gzip
import json
import logging
import os
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.screen import log_bundle
from smartward.screen.link import LinkState
from smartward.screen.log_bundle import LINES, MASK, MOST_BYTES, LastLines, bundle, persons
from smartward.screen.replica import Replica
from smartward.screen.scene import show_scene
from tests.fakes.fake_clock import ManualClock
from tests.ui.station_replicas import ward as sample


def opened(packed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(packed))
    return found


def known() -> set[str]:
    """Everybody whom a station knows."""
    replica = Replica(ScreenRole.STATION)
    show_scene(sample.busy_ward().scene(), replica, LinkState(), ManualClock())
    return persons(replica)


def test_whoever_is_known_here_is_masked_and_counted_wherever_they_are_named() -> None:
    who = known()
    assert len(who) > 40
    (name, other) = sorted(one for one in who if len(one) == 3)[:2]
    lines = [f"a line about {name}", "a line about nobody", f"{other}|{name}"]
    found = opened(bundle({"faults": [name]}, {}, lines, who))
    assert found["masked"] == 4
    assert found["lines"] == [f"a line about {MASK}", "a line about nobody", f"{MASK}|{MASK}"]
    assert found["faults"] == [MASK]
    clean = opened(bundle({"device_id": "d-1"}, {}, ["a line about nobody"], who))
    assert (clean["masked"], clean["device_id"]) == (0, "d-1")


def test_a_latin_name_is_masked_as_a_word_and_not_within_others() -> None:
    found = opened(bundle({}, {}, ["Ann asks", "ANN asks", "planned"], {"Ann", "MRN-0042"}))
    assert (found["masked"], found["lines"]) == (2, [f"{MASK} asks", f"{MASK} asks", "planned"])
    assert opened(bundle({}, {}, ["of MRN-0042."], {"MRN-0042"}))["lines"] == [f"of {MASK}."]


def test_a_number_that_is_a_figure_too_leaves_the_bundle_readable() -> None:
    found = opened(bundle({"uptime": 1042, "at": [{"seat": "1042"}]}, {}, ["a\0b"], {"1042"}))
    assert (found["uptime"], found["at"], found["masked"]) == (1042, [{"seat": MASK}], 1)
    assert found["lines"] == ["a?b"]


def test_who_is_looked_for_is_looked_for_once_however_long_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[int] = []
    mask = log_bundle._Mask._text

    def counted(self: log_bundle._Mask, text: str) -> str:
        texts.append(len(text))
        return mask(self, text)

    monkeypatch.setattr(log_bundle._Mask, "_text", counted)
    noise = random.Random(7)
    lines = [noise.randbytes(200).hex() for _ in range(LINES)]
    assert len(opened(bundle({}, {}, lines, {"Ann"}))["lines"]) < LINES
    assert sum(texts) < sum(map(len, lines)) + 2 * LINES


def test_no_secret_and_no_address_is_among_the_settings() -> None:
    settings = asdict(Settings(hub_urls="https://user:word@hub", store_url="postgresql://u:p@db"))
    shown = opened(bundle({}, settings, [], set()))["settings"]
    assert shown["language"] == settings["language"]
    for name in shown:
        assert not {"secret", "token", "key", "url", "urls", "password"} & set(name.split("_")), (
            name
        )


def test_the_oldest_lines_stay_behind_where_there_are_too_many() -> None:
    noise = random.Random(7)
    lines = [f"{n} {noise.randbytes(200).hex()}" for n in range(LINES)]
    packed = bundle({}, {}, lines, set())
    assert len(packed) <= MOST_BYTES
    left = opened(packed)["lines"]
    assert left == lines[len(lines) - len(left) :]
    assert left


def test_the_last_lines_are_those_of_this_start_and_no_more_than_so_many() -> None:
    last, log = LastLines(), logging.getLogger("smartward.test")
    before = log.level
    log.setLevel(logging.INFO)
    last.begin()
    try:
        for n in range(LINES + 5):
            log.info("line %d", n)
    finally:
        last.end()
        log.info("behind the end")
        log.setLevel(before)
    assert len(last.lines) == LINES
    assert last.lines[0].endswith("line 5")
    assert last.lines[-1].endswith(f"line {LINES + 4}")


_TELLS = """
import logging
from smartward.log import setup
from smartward.screen.log_bundle import LastLines
setup("screen")
last = LastLines()
last.begin()
logging.getLogger("smartward.test").warning("a line")
print(*last.lines, sep="\\n")
"""


def test_the_last_lines_of_a_screen_that_systemd_started_are_not_marked_for_the_journal(
    tmp_path: Path,
) -> None:
    with (tmp_path / "journal").open("w+") as journal:
        found = os.fstat(journal.fileno())
        named = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        done = subprocess.run(
            [sys.executable, "-c", _TELLS],
            env={"PYTHONPATH": ":".join(sys.path), **named},
            stdout=subprocess.PIPE,
            stderr=journal,
            text=True,
            check=True,
        )
        journal.seek(0)
        assert journal.read() == f"<4>{done.stdout}"
    assert done.stdout.endswith(" WARNING screen smartward.test a line\n")
