"""Five power cuts in a row in one machine, each at another moment of an update or of use: it always
starts, with what it kept or with all of it anew, and what it showed as made arrives at the hub.

The moments are drawn by chance; SMARTWARD_TEST_SEED draws others. What they were, and what the
starts were like, is kept in cuts.txt beside the pictures.
"""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.image.bundles import WRITTEN_S, begin_anew, hand_out, slot, stage, started, updates
from tests.image.conftest import CALL_AT, drawn, shows_call
from tests.image.vm import SIZE, Machine, pause, wait_for
from tests.image.ward import Ward

SEED = int(os.environ.get("SMARTWARD_TEST_SEED", "20261123"))
_URGENT_AT = (32, 340)
"""On the red edge of a call's most urgent reason, which the page shows once a call was made."""
_REASONS = {"drip": 0.1, "water": 0.28}
"""Where the tile of a reason is, in parts of the width; this high in each form of the page:"""
_REASON_AT = 0.67
_BESIDE = 0.065
"""From a tile's middle to where it has neither picture nor word."""
_CHOSEN = 12
"""By so much greener than red is a tile that was chosen, of 255."""
_REDDER = 60
_LOOKS_AT_CACHE = (
    "import sqlite3; print(sqlite3.connect('file:/var/lib/smartward-screen/screen.sqlite3?mode=ro',"
    " uri=True).execute('pragma integrity_check').fetchone()[0])"
)


class Cuts:
    """The cuts of one machine, and what came of each."""

    def __init__(self, machine: Machine, ward: Ward, folder: Path) -> None:
        self.machine, self.ward = machine, ward
        self._folder = folder
        self._chance = Random(SEED)
        self._told = [f"seed {SEED}"]

    def cut(self, what: str, least_s: float, most_s: float) -> None:
        """Pull the plug at a moment of that time from now on."""
        after = self._chance.uniform(least_s, most_s)
        pause(after)
        self._told.append(f"cut {after:.1f} s into: {what}")
        self.machine.picture(self._folder / f"cut-{len(self._told) - 1}.png")
        self.machine.cut()

    def comes_back(self, again: Callable[[], float]) -> None:
        """It has drawn, has its bed and its feed, and its cache is whole."""
        took = again()
        wait_for("the feed at the hub", 300, lambda: self.ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(self.machine))
        python = "/opt/smartward/screen/bin/python3"
        assert self.machine.shell(f'{python} -c "{_LOOKS_AT_CACHE}"') == "ok"
        journal = self.machine.shell("journalctl -b -u smartward-screen -o cat --no-pager")
        anew = "the cache file is broken" in journal
        self._told[-1] += f"; drawn after {took:.0f} s, cache {'made anew' if anew else 'whole'}"
        (self._folder / "cuts.txt").write_text("\n".join(self._told) + "\n")

    def switched_on(self) -> float:
        """Power comes again; gives the seconds until it has drawn."""
        self.machine.start()
        return drawn(self.machine)

    def choose(self, reason: str) -> None:
        """Touch a reason of the open call; it is shown as chosen."""
        x, y = _REASONS[reason] * SIZE[0], _REASON_AT * SIZE[1]
        self.machine.touch(x, y)
        beside = x - _BESIDE * SIZE[0]

        def chosen() -> bool:
            red, green, _ = self.machine.colour(beside, y)
            return green > red + _CHOSEN

        wait_for(f"{reason} shown as chosen", 60, chosen)

    def call(self) -> None:
        """Press *Call nurse*; the page of a call is shown."""

        def called() -> bool:
            red, green, _ = self.machine.colour(*_URGENT_AT)
            return red > green + _REDDER

        self.machine.touch(*CALL_AT)
        wait_for("the call shown as made", 60, called)

    def reason(self) -> str | None:
        """What the hub knows to be needed of the only call there is."""
        (call,) = self.ward.calls()
        return str(call["reason"])


def test_five_cuts_in_a_row(screen: Machine, at_hub: Ward, good: Path, folder: Path) -> None:
    cuts = Cuts(screen, at_hub, folder)
    wait_for(
        "its first question", 300, lambda: updates(at_hub, "list", "--json")["devices"] or None
    )
    id = hand_out(at_hub, good)
    begin_anew(screen)
    wait_for("that it fetches", 300, lambda: stage(at_hub, id) is not None)
    cuts.cut("an update that is fetched and written", 5, 180)
    cuts.comes_back(cuts.switched_on)

    if slot(screen) == "a":  # else the first cut came when it was written already
        starts = screen.starts
        wait_for("the start of slot b", WRITTEN_S, lambda: started(screen, starts))
    cuts.cut("a start of slot b", 5, 60)
    cuts.comes_back(cuts.switched_on)
    wait_for("the word that it is good", 900, lambda: stage(at_hub, id) == ("good", ""))
    assert slot(screen) == "b"

    screen.network(up=False)
    cuts.call()
    cuts.cut("a call without network", 0, 3)
    assert at_hub.calls() == []
    cuts.comes_back(cuts.switched_on)
    (call,) = wait_for("the call at the hub", 300, at_hub.calls)

    screen.network(up=False)
    cuts.choose("drip")
    cuts.cut("a reason without network", 0, 3)
    cuts.comes_back(cuts.switched_on)
    wait_for("the reason at the hub", 300, lambda: cuts.reason() == "drip")

    cuts.choose("water")
    cuts.cut("a reason that is being sent", 0, 1)
    cuts.comes_back(cuts.switched_on)
    wait_for("the reason at the hub", 300, lambda: cuts.reason() == "water")
    assert [one["id"] for one in at_hub.calls()] == [call["id"]], "one call, sent once"
