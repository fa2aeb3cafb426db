"""Log lines: one an event, in UTC, on standard error; a link's two edges and nothing between."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward import log
from smartward.clock import SystemClock
from smartward.log import Edge

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) hub (\S+) (.*)")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    found = logging.getLogger()
    handlers, level = list(found.handlers), found.level
    yield found
    found.handlers[:], found.level = handlers, level


def formatted(message: str, *arguments: object) -> str:
    log.setup("hub")
    handler = logging.getLogger().handlers[0]
    record = logging.LogRecord("smartward.x", logging.INFO, "", 1, message, arguments, None)
    return handler.format(record)


@pytest.mark.usefixtures("root")
@given(st.text(max_size=60))
def test_one_event_is_one_line(text: str) -> None:
    """A name of a file or an answer of another system cannot write a line of its own."""
    lines = formatted("read %s", text).splitlines()
    assert len(lines) == 1
    match = LINE.fullmatch(lines[0])
    assert match
    assert match.groups()[:2] == ("INFO", "smartward.x")


@pytest.mark.usefixtures("root")
def test_what_is_plain_stays_plain() -> None:
    assert formatted("床 %s: a\tb", "12").endswith(" 床 12: a\tb")
    assert formatted("a\nb").endswith(r" a\nb")


PROGRAM = """
import logging
from smartward import log
log.setup("hub")
logging.getLogger("smartward.hub").info("serving")
logging.getLogger("smartward.hub").debug("details")
logging.getLogger("httpx").info("HTTP Request: GET http://his/Patient/1")
try:
    raise ValueError("why")
except ValueError:
    logging.getLogger("smartward.hub").exception("failed")
"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_a_program_logs_in_utc_to_standard_error(zone: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"TZ": zone, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    first, failed = LINE.fullmatch(lines[0]), LINE.fullmatch(lines[1])
    assert first
    assert first.groups() == ("INFO", "smartward.hub", "serving")
    assert failed
    assert failed.groups() == ("ERROR", "smartward.hub", "failed")
    assert lines[2].startswith("Traceback")
    assert lines[-1] == "ValueError: why"
    stamped = datetime.fromisoformat(lines[0].split()[0])
    assert abs(stamped - SystemClock().now()) < timedelta(minutes=5)


def written(program: str, file: Path, *, is_journal: bool) -> list[str]:
    """What a program writes to a file, which the journal reads or does not."""
    with file.open("w+") as journal:
        found = os.fstat(journal.fileno())
        inode = found.st_ino if is_journal else found.st_ino + 1
        named = {"JOURNAL_STREAM": f"{found.st_dev}:{inode}", "LC_ALL": "en_US.UTF-8"}
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), **named},
            stderr=journal,
            check=False,
        )
        journal.seek(0)
        return journal.read().splitlines()


@pytest.mark.parametrize("is_journal", [True, False])
def test_the_journal_is_told_how_severe_each_line_is(tmp_path: Path, is_journal: bool) -> None:
    """And nobody else: who reads a file has the word for it in the line."""
    first, *failed = written(PROGRAM, tmp_path / "journal", is_journal=is_journal)
    assert len(failed) > 2
    if is_journal:
        assert LINE.fullmatch(first.removeprefix("<6>"))
        assert {line[:3] for line in failed} == {"<3>"}
        assert failed[-1] == "<3>ValueError: why"
    else:
        assert LINE.fullmatch(first)
        assert failed[-1] == "ValueError: why"


@pytest.mark.parametrize("is_journal", [True, False])
def test_why_a_program_does_not_start_is_an_error_to_the_journal(
    tmp_path: Path, is_journal: bool
) -> None:
    """It is the only line there is of it."""
    begun = "from smartward.cli import main; main(['check', '--set', 'no_such=1'])"
    (line,) = written(begun, tmp_path / "journal", is_journal=is_journal)
    assert line.startswith(f"{'<3>' * is_journal}smartward check: ")
    assert "no_such" in line


# ------------------------------------------------------------------------------------- edges


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "test.link")
    return caplog


def edge() -> Edge:
    return Edge(logging.getLogger("test.link"), "the link")


def test_a_link_that_never_broke_says_nothing(told: pytest.LogCaptureFixture) -> None:
    link = edge()
    link.up(1.0)
    link.up(2.0)
    assert told.messages == []


def test_down_is_told_once_and_up_with_its_gap(told: pytest.LogCaptureFixture) -> None:
    link = edge()
    for at in range(10, 40):
        link.down(float(at), f"attempt {at}")
    assert told.messages == ["the link is down: attempt 10"]
    link.up(41.26)
    link.up(42.0)
    assert told.messages[1:] == ["the link is up again after 31.3 s"]


def test_a_break_at_second_zero_is_one(told: pytest.LogCaptureFixture) -> None:
    link = edge()
    link.down(0.0, "why")
    link.down(0.0, "why")
    link.up(0.0)
    assert told.messages == ["the link is down: why", "the link is up again after 0.0 s"]


@given(st.lists(st.booleans(), max_size=40))
def test_edges_alternate(ups: list[bool]) -> None:
    messages: list[str] = []
    logger = logging.Logger("edges")
    logger.addHandler(logging.NullHandler())
    logger.addFilter(lambda record: bool(messages.append(record.getMessage())))
    link = Edge(logger, "it")
    for at, up in enumerate(ups):
        link.up(float(at)) if up else link.down(float(at), "why")
    kinds = ["down" if "is down" in message else "up" for message in messages]
    assert kinds == ["down", "up"] * (len(kinds) // 2) + ["down"] * (len(kinds) % 2)
    expected = [up for up, before in zip(ups, [True, *ups], strict=False) if up != before]
    assert [kind == "up" for kind in kinds] == expected
