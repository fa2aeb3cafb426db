"""`smartward his sim`, `smartward his check URL`, `smartward his key` and `… mapping`."""

import importlib
import sys
from collections.abc import Callable
from typing import cast

_USAGE = """usage: smartward his sim …        a simulated hospital system (--help tells more)
       smartward his check URL …  what a hospital's FHIR server can do for a ward
       smartward his key …        the hub's key for smart access, and its public half
       smartward his mapping      what is read of a hospital, field by field"""

# The simulator is a program of its own: named here, imported by nothing.
_PROGRAMS = {
    "sim": "smartward.his.simulator.app",
    "check": "smartward.his.check",
    "key": "smartward.his.key",
    "mapping": "smartward.his.fhir.mapping_page",
}


def main(argv: list[str]) -> int:
    """Run one of them; 2 when the command is neither."""
    if not argv or argv[0] not in _PROGRAMS:
        print(_USAGE, file=sys.stderr)
        return 2
    module = importlib.import_module(_PROGRAMS[argv[0]])
    return cast(Callable[[list[str]], int], module.main)(argv[1:])
