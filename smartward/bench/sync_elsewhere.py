"""The first load from a server that others made, already running: `bench sync --server URL`.

The simulator's ward is written there, in transactions of PUTs so that every id stays, and is then
loaded from there by the same hub's side. Fewer resources than the whole ward: a real server takes
its time to write.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartward.bench.figures import Figures
from smartward.bench.sync import Server, Ward, follow, served, shares
from smartward.harness.house import House

RESOURCES = 3_000
_BEDS = 20
_AT_ONCE = 100
_NAMED_FIRST = ("Practitioner", "Location", "Patient", "Encounter", "Device")
"""Some servers refuse a reference to what is not there."""


def run(folder: Path, url: str) -> int:
    """Print our share of the load's time; 1 when the limit is missed."""
    figures = Figures()
    with House(folder / "simulator") as house:
        ward = served(house, _BEDS, RESOURCES)
        server = Server(url)
        for bundle in _transactions(ward):
            server.ask("POST", "", bundle)
        there = Ward(url, ward.id, ward.counts, {})
        told = follow(house, there, folder / "hub", 1, 0)
    total = ward.counts.total()
    print(f"{_BEDS} beds at {url}: {total} resources, {told.documents} documents kept")
    figures.show("first load: real time", told.load_s, "s")
    figures.show("first load: our processor time", told.load_cpu_s, "s")
    shares(figures, told)
    figures.show("a poll: real time", told.polls_s * 1000, "ms")
    figures.show("a poll: processor time", told.polls_cpu_s * 1000, "ms")
    return figures.exit_code


def _transactions(ward: Ward) -> Iterator[dict[str, Any]]:
    others = [kind for kind in ward.pages if kind not in _NAMED_FIRST]
    resources = [
        entry["resource"]
        for kind in (*_NAMED_FIRST, *others)
        for page in ward.pages[kind]
        for entry in json.loads(page).get("entry", [])
    ]
    for start in range(0, len(resources), _AT_ONCE):
        entries = [
            {
                "resource": one,
                "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"},
            }
            for one in resources[start : start + _AT_ONCE]
        ]
        yield {"resourceType": "Bundle", "type": "transaction", "entry": entries}
