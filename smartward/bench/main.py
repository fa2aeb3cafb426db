"""`smartward bench call | board | sync`."""

import argparse
import tempfile
from pathlib import Path

from smartward.bench import board, call, sync

_BENCHES = {"call": call.run, "board": board.run, "sync": sync.run}


def main(argv: list[str]) -> int:
    """Run one bench in a scratch folder and print its figures; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="smartward bench")
    parser.add_argument("what", choices=sorted(_BENCHES))
    parser.add_argument("--count", type=int, default=100, help="calls to place, or queue changes")
    parser.add_argument("--clients", type=int, default=98, help="feed clients beside the screens")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smartward-bench-") as folder:
        return _BENCHES[options.what](Path(folder), options.count, options.clients)
