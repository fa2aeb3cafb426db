"""`python -m tests.faults.protocol [NAME …]`: try whole scripts, all of them without a name."""

import argparse
import logging
import tempfile
from pathlib import Path

from smartward.clock import SystemClock
from tests.faults.protocol.explore import explore
from tests.faults.protocol.scenarios import BY_COMMAND, LONG, SHORT
from tests.faults.protocol.world import Broken

ALL = {one.name: one for one in (*SHORT, *LONG, *BY_COMMAND)}


def main() -> int:
    """Print what was tried of each; 1 and the way there where the promise does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.protocol")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    names = parser.parse_args().names or list(ALL)
    logging.disable(logging.CRITICAL)
    clock = SystemClock()
    for name in names:
        if name not in ALL:
            parser.error(f"no such script: {name}")
        began = clock.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = explore(Path(folder) / "d", ALL[name])
            except Broken as broken:
                print(f"{name}: {broken}")
                return 1
        took = clock.monotonic() - began
        print(f"{name}: {found.states} states, {found.moves} moves, {took:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
