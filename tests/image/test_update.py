"""An update in a machine that starts from the image: a good one runs from the other slot and stays,
a bad one rolls back by itself, and the hub knows both."""

from pathlib import Path

import pytest

from tests.fakes.updates import Signer
from tests.image.bundles import (
    WRITTEN_S,
    begin_anew,
    bundle,
    hand_out,
    slot,
    stage,
    started,
    updates,
)
from tests.image.conftest import DRAWN_S, drawn
from tests.image.hung import wait_for_shell
from tests.image.vm import Machine, wait_for
from tests.image.ward import Ward


@pytest.fixture(scope="module")
def bad(good: Path, folder: Path, house: Signer) -> Path:
    """Signed as the good one is, and its root is none."""
    inside = folder / "inside"
    root = inside / "root.img"
    root.write_bytes(b"\0" * 4096 + root.read_bytes()[4096 : 1 << 23])
    return bundle(folder / "bad.raucb", inside, house, "bad")


def test_a_good_one_runs_from_the_other_slot_and_stays(
    screen: Machine, at_hub: Ward, good: Path, folder: Path
) -> None:
    wait_for(
        "its first question", 300, lambda: updates(at_hub, "list", "--json")["devices"] or None
    )
    assert slot(screen) == "a"
    id = hand_out(at_hub, good)
    begin_anew(screen)
    starts = screen.starts
    wait_for("the start of slot b", WRITTEN_S, lambda: started(screen, starts))
    wait_for_shell(screen, DRAWN_S)
    assert slot(screen) == "b"
    wait_for("the word that it is good", 900, lambda: stage(at_hub, id) == ("good", ""))
    entries = "ls /efi/loader/entries"
    wait_for("the count taken away", 120, lambda: "smartward-b.conf" in screen.shell(entries))
    assert "smartward-a" in screen.shell(entries)
    screen.picture(folder / "slot-b.png")
    screen.cut()
    screen.start()
    drawn(screen)
    assert slot(screen) == "b", "it stays"


def test_a_bad_one_rolls_back_by_itself(screen: Machine, at_hub: Ward, bad: Path) -> None:
    wait_for("the feed at the hub", 300, lambda: at_hub.online("bedside"))
    id = hand_out(at_hub, bad)
    begin_anew(screen)
    starts = screen.starts
    wait_for("slot b again", WRITTEN_S, lambda: started(screen, starts))
    wait_for_shell(screen, DRAWN_S)
    assert slot(screen) == "b"
    why = ("rolled_back", "updates.why.no_start")
    wait_for("the word that it was rolled back", 900, lambda: stage(at_hub, id) == why)
    assert "smartward-a+0" in screen.shell("ls /efi/loader/entries")
    (plan,) = updates(at_hub, "list", "--json")["plans"]
    assert plan["held"] == "updates.held.bad"
