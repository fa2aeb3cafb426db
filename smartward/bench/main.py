"""`smartward bench NAME`: every figure, each beside its limit or its peer."""

import argparse
import importlib
import tempfile
from pathlib import Path

from smartward.bench import alert_cost, alert_pixels, board, call, start, sync, sync_elsewhere
from smartward.bench.figures import kept

_BENCHES = {
    "alert-cost": alert_cost.run,
    "alert-pixels": alert_pixels.run,
    "board": board.run,
    "call": call.run,
    "start": start.run,
    "sync": sync.run,
}
_OWN_OPTIONS = {
    "alerts": "smartward.bench.alerts",
    "chaos": "smartward.bench.chaos.main",
    "chaos-power": "smartward.bench.chaos.power",
    "chaos-screens": "smartward.bench.chaos.screens",
    "commit": "smartward.bench.commit",
    "fanout": "smartward.bench.fanout",
    "hubs": "smartward.bench.hubs",
    "load": "smartward.bench.load",
    "soak": "smartward.bench.soak",
}
"""Benches with options of their own, behind their name."""
_PARTS = frozenset({"chaos-screens"})
"""What another bench starts, and nobody by hand."""


def main(argv: list[str]) -> int:
    """Run one bench in a scratch folder and print its figures; 1 when a limit is missed."""
    if argv and argv[0] in _OWN_OPTIONS:
        return int(importlib.import_module(_OWN_OPTIONS[argv[0]]).main(argv[1:]))
    parser = argparse.ArgumentParser(
        prog="smartward bench",
        epilog="these have options of their own, as in smartward bench alerts --help: "
        + ", ".join(sorted(set(_OWN_OPTIONS) - _PARTS)),
    )
    parser.add_argument("what", choices=sorted({*_BENCHES, *_OWN_OPTIONS} - _PARTS))
    parser.add_argument("--count", type=int, default=100, help="calls to place, or queue changes")
    parser.add_argument("--clients", type=int, default=98, help="feed clients beside the screens")
    parser.add_argument("--server", help="sync: load from this running FHIR server, filled first")
    parser.add_argument("--json", type=Path, help="the figures, into this file as well")
    options = parser.parse_args(argv)
    if options.what in _OWN_OPTIONS:
        parser.error(f"write {options.what} first, and its own options behind it")
    with kept(options.json), tempfile.TemporaryDirectory(prefix="smartward-bench-") as folder:
        if options.what == "sync" and options.server:
            return sync_elsewhere.run(Path(folder), options.server.rstrip("/"))
        return _BENCHES[options.what](Path(folder), options.count, options.clients)
