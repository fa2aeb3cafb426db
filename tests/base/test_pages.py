"""What the pages of operators name is there: each command line of ours, each target of make, each
page and heading that is linked to, each file."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from smartward import cli
from smartward.clinical.device import ScreenRole
from smartward.config import SETTINGS
from tests.project.repo import ROOT

PAGES = {page.name: page for page in (*ROOT.glob("packaging/*.md"), ROOT / "README.md")}
EXAMPLES = {"HOURS": "1", "ROLE": "bedside"}
"""What stands for a figure or for one word of several."""
ROLES = {*ScreenRole, "auto", "gateway", "standby"}
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
_OURS = re.compile(r"(?:(?:sudo|[A-Z_]+=\S*) )*(?:\S*/)?smartward (.+)")


class Understood(Exception):
    """The command line was understood, as its one argument says; it must not run."""


class Unfinished(Exception):
    """It is a command, and more has to be said; arguments: its words so far, and its options."""


def written(text: str) -> Iterator[str]:
    """Each line of a block, with those that go on put together, and what stands inline as code."""
    for tag, block in _FENCED.findall(text):
        if tag in ("", "sh"):
            yield from block.replace("\\\n", " ").splitlines()
    prose = _FENCED.sub("", text)
    indented = re.findall(r"(?m)^ {4}.*(?:\n {4}.*)*", prose)
    yield from (line for one in indented for line in one.replace("\\\n", " ").splitlines())
    yield from re.findall(r"`([^`]+)`", prose)


def ours(text: str) -> list[list[str]]:
    """The words behind `smartward` of each command line. Where some may be left out ([…]), none is;
    a dash behind a comment, a pipe or a redirection ends it."""
    found = []
    for line in written(text):
        command = _OURS.fullmatch(" ".join(line.split()))
        if command is None or "-->" in line or re.search(r"\$\w|COMMAND", line):
            continue  # a drawing; what a shell fills in; the word for any of them
        whole = re.split(r" [|>&#]|; ", command[1])[0]
        words = shlex.split(re.sub(r"[][…]", " ", whole))
        found.append([EXAMPLES.get(word, word) for word in words])
    return found


@pytest.fixture
def only_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs stop when they have understood their arguments, and say where those end too soon."""
    real = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, *arguments: Any) -> NoReturn:
        raise Understood(real(self, *arguments))

    def error(self: argparse.ArgumentParser, message: str) -> NoReturn:
        if "are required" in message or "expected" in message:
            raise Unfinished(*self.prog.split(), *self._option_string_actions)
        raise AssertionError(message)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    monkeypatch.setattr(argparse.ArgumentParser, "error", error)


def wrong(words: list[str]) -> str:
    """What a command line has that is not understood; nothing where that is all."""
    try:
        cli.main(words)
    except Understood as understood:
        (given,) = understood.args
        settings = {pair.partition("=")[0] for pair in getattr(given, "set", [])}
        unknown = [*({getattr(given, "role", None) or "auto"} - ROLES), *(settings - set(SETTINGS))]
        return f"{' '.join(words)}: {unknown}" if unknown else ""
    except Unfinished as more:
        unknown = [word for word in words if word.startswith("--") and word not in more.args]
        return f"{' '.join(words)}: {unknown}" if unknown else ""
    except AssertionError as error:
        return f"{' '.join(words)}: {error}"
    except SystemExit as ended:
        return f"{' '.join(words)}: ends with {ended.code}" if ended.code else ""
    return f"{' '.join(words)}: it ran"


@pytest.mark.parametrize("page", sorted(PAGES))
@pytest.mark.usefixtures("only_understand")
def test_each_command_line_is_understood(page: str) -> None:
    found = ours(PAGES[page].read_text("utf-8"))
    assert [said for words in found if (said := wrong(words))] == []


@pytest.mark.usefixtures("only_understand")
def test_each_row_of_the_updates_table_is_understood() -> None:
    rows = re.findall(r"(?m)^\| `((?:add|list|plan|stop|retry|forget)\b[^`]*)` \|", update_page())
    assert len(rows) > 5
    lines = [f"`smartward updates {row}`" for row in rows]
    assert [said for words in ours("\n".join(lines)) if (said := wrong(words))] == []


def update_page() -> str:
    return PAGES["update.md"].read_text("utf-8")


@pytest.mark.usefixtures("only_understand")
def test_what_is_no_command_of_ours_is_found() -> None:
    """That the others can fail."""
    lines = {
        "`smartward enrol undo D1`": "undo",
        "`smartward screen undo`": "invalid choice",
        "`smartward hub --set a_b=1`": "a_b",
        "`smartward flaet --json`": "ends with 2",
        "`smartward fleet --jsonn --data-dir D`": "unrecognized",
        "    sudo smartward check --device --bad 1": "--bad",
        "```\nA=1 smartward fleet log D \\\n  --oot F\n```": "--oot",
    }
    for line, why in lines.items():
        (words,) = ours(line)
        assert why in wrong(words), line
    assert ours("```\na <--HTTP-- smartward hub --feed--> b\n```") == []


def test_each_target_of_make_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = {
        (name, target)
        for name, page in PAGES.items()
        for line in written(page.read_text("utf-8"))
        if (made := re.match(r"\s*(?:sudo )?make ([a-z][a-z -]*)", line))
        for target in made[1].split()
    }
    assert len(named) > 8
    assert {one for one in named if f"\n{one[1]}:" not in makefile} == set()


def anchors(page: Path) -> set[str]:
    """As a reader of Markdown makes them of headings."""
    heads = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_each_link_leads_to_a_heading_that_is_there() -> None:
    dead = []
    for name, page in PAGES.items():
        for link in re.findall(r"\]\(([^):]+)\)", page.read_text("utf-8")):
            file, _, head = link.partition("#")
            target = page.parent / file if file else page
            if not target.exists() or (head and head not in anchors(target)):
                dead.append((name, link))
    assert dead == []


def test_each_file_of_ours_that_is_named_is_there() -> None:
    """With its folder, or a test by its name alone; a test of it behind `::` too."""
    file = re.compile(
        r"((?:tests|smartward|ui|resources|packaging)/[\w./-]*\w|test_\w+\.py)(?:::(\w+))?"
    )
    named = {
        (name, *found.groups())
        for name, page in PAGES.items()
        for line in written(page.read_text("utf-8"))
        for word in line.split()
        if (found := file.fullmatch(word)) is not None
    }
    assert len(named) > 50

    def is_there(path: str, test: str | None) -> bool:
        found = [ROOT / path] if "/" in path else ROOT.glob(f"tests/**/{path}")
        texts = [one.read_text("utf-8") if one.is_file() else "" for one in found if one.exists()]
        return any(f"def {test}(" in text for text in texts) if test else texts != []

    assert {one for one in named if not is_there(*one[1:])} == set()
