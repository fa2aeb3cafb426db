"""Everything that can happen to a small ward is tried, through the hub's real actions over real
tables and the screens' real outboxes: nothing acknowledged is lost, nothing is counted twice, the
first time is kept, nobody but who may ends a call, and no bed is mistaken for another.

The search is exhaustive for its script: each order of the touches, each moment at which a message
or the feed may arrive, and each fault at each moment, up to the number of faults that is named.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.protocol import __main__ as command
from tests.faults.protocol.explore import Scenario, explore
from tests.faults.protocol.scenarios import LONG, PRESS, SHORT
from tests.faults.protocol.state import Broken


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What the outbox says at each return of a hub is said thousands of times here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("scenario", SHORT, ids=lambda one: one.name)
def test_whatever_happens(tmp_path: Path, scenario: Scenario) -> None:
    found = explore(tmp_path / "d", scenario)
    assert found.states > 50, "little of it was tried"


@pytest.mark.long
@pytest.mark.parametrize("scenario", LONG, ids=lambda one: one.name)
def test_whatever_happens_to_longer_scripts(tmp_path: Path, scenario: Scenario) -> None:
    found = explore(tmp_path / "d", scenario)
    assert found.states > 1000, "little of it was tried"


def test_the_search_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that forgets whom it has answered counts a press twice, and the way there is told."""
    monkeypatch.setattr("smartward.hub.store.tx.Tx.answer_get", lambda *_: None)
    scenario = Scenario("two presses", (PRESS, PRESS), ("lost",), 1)
    with pytest.raises(Broken, match=r"counted twice(.|\n)*answer lost: call\.again"):
        explore(tmp_path / "d", scenario)


def test_the_command_names_its_scripts_and_says_at_the_end_what_it_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--list"]) == 0
    named = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in named] == list(command.ALL)
    assert named[1] == "hub: bedside press, bedside close; 1 of: hub, backup"
    monkeypatch.setattr(command, "ALL", {"press": Scenario("press", (PRESS,), ("lost",), 1)})
    assert command.main([]) == 0
    assert capsys.readouterr().out.endswith("\nnothing broken: 1 of 1 scripts tried whole\n")
    monkeypatch.setattr("smartward.hub.store.tx.Tx.answer_get", lambda *_: None)
    twice = Scenario("twice", (PRESS, PRESS), ("lost",), 1)
    monkeypatch.setattr(command, "ALL", {"twice": twice})
    assert command.main([]) == 1
    assert capsys.readouterr().out.endswith("\nthe promise is broken: the way there is above\n")
