"""`python -m tests.faults.protocol [--list] [NAME …]`: try whole scripts, all without a name."""

import argparse
import logging
import tempfile
from pathlib import Path

from smartward.clock import SystemClock
from tests.faults.protocol.explore import Scenario, explore
from tests.faults.protocol.scenarios import BY_COMMAND, LONG, SHORT
from tests.faults.protocol.state import Broken

ALL = {one.name: one for one in (*SHORT, *LONG, *BY_COMMAND)}


def main(argv: list[str] | None = None) -> int:
    """Print what was tried of each and what was found; 1 and the way there where the promise does
    not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.protocol")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--list", action="store_true", help="only name the scripts")
    options = parser.parse_args(argv)
    names = options.names or list(ALL)
    for name in names:
        if name not in ALL:
            parser.error(f"no such script: {name}")
    if options.list:
        for name in names:
            print(_told(ALL[name]))
        return 0
    logging.disable(logging.CRITICAL)
    clock = SystemClock()
    for name in names:
        began = clock.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = explore(Path(folder) / "d", ALL[name])
            except Broken as broken:
                print(f"{name}: {broken}")
                print("the promise is broken: the way there is above", flush=True)
                return 1
        took = clock.monotonic() - began
        size = f"{found.states} states, {found.moves} moves, {found.deepest} deep"
        print(f"{name}: {size}, {took:.0f} s", flush=True)
    print(f"nothing broken: {len(names)} of {len(ALL)} scripts tried whole", flush=True)
    return 0


def _told(scenario: Scenario) -> str:
    """One script in a line: what people do, and how many of which faults befall them."""
    steps = ", ".join(f"{touch.screen} {touch.verb}" for touch in scenario.script)
    faults = ", ".join(scenario.faults)
    return f"{scenario.name}: {steps}; {scenario.most_faults} of: {faults}"


if __name__ == "__main__":
    raise SystemExit(main())
