"""A hub that meets a ward for the first time, and one that polls a quiet one.

The server is a process of its own on this machine, and so is the hub's side. The ward is the
simulator's with 60 beds, filled up to what 48 h of such a ward are. The server's time nearly stands
still, so that a poll finds nothing new. No page of it is cached anywhere.
"""

import http.client
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from smartward.bench.figures import Figures
from smartward.bench.sync_hub import Told
from smartward.bench.sync_map import map_all
from smartward.config import Settings
from smartward.harness.house import House

RESOURCES = 18_000
SHARE_PERCENT = 10.0
RATE = 100_000.0
POLL_PERCENT = 1.0
TIMES = 4
DENSE_BEDS = 20
GROWTH_MIB = 8.0
"""A hub's memory may grow by this much where as many beds have so many times the resources: what
the store and the allocator hold on to."""
_STILL = "0.0001"
_AGE_S = 300
"""What was filled in is so old that no poll asks for it again, as on any quiet ward."""
_SLICE = 100
_SLICE_S = 20
_KINDS = (
    "Location", "Encounter", "Patient", "Practitioner", "PractitionerRole", "CareTeam",
    "Condition", "AllergyIntolerance", "Flag", "NutritionOrder", "ServiceRequest",
    "MedicationRequest", "MedicationAdministration", "Appointment", "Task", "Device",
    "DeviceMetric", "Observation",
)  # fmt: skip

Json = dict[str, Any]


class Server:
    """Plain requests to the simulator: no code of the client that is measured."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._open: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: Json | None = None) -> bytes:
        """The answer's body. Raises RuntimeError when it is none of the 2xx."""
        if self._open is None:
            self._open = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port)
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/fhir+json"}
        self._open.request(method, f"{self._parts.path}/{path}".rstrip("/"), content, headers)
        answer = self._open.getresponse()
        found = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path.split('?')[0]}: HTTP {answer.status}")
        return found

    def pages(self, kind: str) -> Iterator[bytes]:
        """All pages of a type."""
        path: str | None = f"{kind}?_count=500"
        while path is not None:
            page = self.ask("GET", path)
            yield page
            links = json.loads(page).get("link", [])
            following = [one["url"] for one in links if one["relation"] == "next"]
            path = following[0].split("/fhir/", 1)[1] if following else None


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward being served: where, which, and how much of everything there is."""

    url: str
    id: str
    counts: Counter[str]
    pages: dict[str, list[bytes]]


def _fill(house: House, url: str, missing: int) -> None:
    """So many Observations more: those that are there again, each some minutes earlier. They are
    written in slices some seconds apart: a ward's records are never all changed in one instant."""
    assert house.his is not None
    found = [
        entry["resource"]
        for page in Server(url).pages("Observation")
        for entry in json.loads(page).get("entry", [])
    ]
    signs = [one for one in found if "effectiveDateTime" in one and "hasMember" not in one]
    again = [_earlier(signs[n % len(signs)], 1 + n // len(signs)) for n in range(missing)]
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(again), _SLICE):
            some = again[start : start + _SLICE]
            list(pool.map(lambda part: _post(url, part), (some[0::2], some[1::2])))
            house.his.ask("clock.advance", seconds=_SLICE_S)


def _earlier(one: Json, minutes: int) -> Json:
    at = datetime.fromisoformat(one["effectiveDateTime"]) - timedelta(minutes=minutes)
    body = {name: value for name, value in one.items() if name not in ("id", "meta")}
    return body | {"effectiveDateTime": at.isoformat(timespec="milliseconds")}


def _post(url: str, bodies: list[Json]) -> None:
    server = Server(url)
    for body in bodies:
        server.ask("POST", "Observation", body)


def served(house: House, beds: int, resources: int) -> Ward:
    """A ward of the simulator with so many beds, filled up to so many resources."""
    scene = ["--scene", "sixty"] if beds == 60 else ["--scene", "morning", "--beds", str(beds)]
    his = house.start_his(*scene, "--seed", "7", "--speed", _STILL)
    url = str(his.ready["url"])
    there = sum(his.ask("state")["state"]["resources"].values())
    _fill(house, url, max(0, resources - there))
    his.ask("clock.advance", seconds=_AGE_S)
    pages = {kind: list(Server(url).pages(kind)) for kind in _KINDS}
    counts = Counter(
        {kind: sum(len(json.loads(one).get("entry", [])) for one in pages[kind]) for kind in pages}
    )
    return Ward(url, str(his.ready["ward"]), counts, pages)


def follow(house: House, ward: Ward, folder: Path, polls: int, living: int) -> Told:
    """Let a hub's side load this ward and poll it; the living ward moves on between two polls."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "smartward.bench.sync_hub", ward.url, ward.id, str(folder)]
    process = subprocess.Popen(
        [*command, str(polls), str(living)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert house.his is not None
    said = ""
    with process:
        for said in process.stdout:
            if said.strip() == "next":
                house.his.ask("clock.advance", seconds=Settings().his_poll_s)
                process.stdin.write("\n")
                process.stdin.flush()
    if process.returncode:
        raise RuntimeError("the hub's side failed")
    return msgspec.json.decode(said, type=Told)


def run(folder: Path, count: int, clients: int) -> int:
    """Print the figures; 1 when a limit is missed. `count` is the number of quiet polls."""
    figures = Figures()
    with House(folder / "sixty") as house:
        ward = served(house, 60, RESOURCES)
        told = follow(house, ward, folder / "hub", count, count)
    loads = []
    for resources in (RESOURCES // TIMES, RESOURCES):
        with House(folder / f"of-{resources}") as house:
            few_beds = served(house, DENSE_BEDS, resources)
            loads.append((few_beds, follow(house, few_beds, folder / f"hub-of-{resources}", 1, 0)))
    _load(figures, ward, told)
    _mapping(figures, ward)
    _memory(figures, *loads)
    poll_s = Settings().his_poll_s
    cpu = told.polls_cpu_s / count
    figures.show("quiet poll: processor time", cpu * 1000, "ms")
    figures.show("quiet poll: real time", 1000 * told.polls_s / count, "ms")
    figures.show(
        f"quiet polls each {poll_s:g} s: share of a core", 100 * cpu / poll_s, "%", POLL_PERCENT
    )
    living = told.living_cpu_s / count
    figures.show("the same on a living ward, refreshes too", 100 * living / poll_s, "%")
    return figures.exit_code


def _load(figures: Figures, ward: Ward, told: Told) -> None:
    total = ward.counts.total()
    print(f"60 beds, 48 h: {total} resources, {told.documents} documents kept")
    figures.show("first load: real time", told.load_s, "s")
    figures.show("first load: resources a second", total / told.load_s, "/s")
    figures.show("first load: our processor time", told.load_cpu_s, "s")
    shares(figures, told)


def shares(figures: Figures, told: Told) -> None:
    """Our share of a load's time: all our work as if none of it was done while the server worked,
    and what of it the server had to wait for."""
    cpu = 100 * told.load_cpu_s / told.load_s
    figures.show("first load: our processor time, of its time", cpu, "%")
    figures.show("first load: its requests alone, answers unread", told.asked_s, "s")
    longer = 100 * max(0.0, told.load_s - told.asked_s) / told.load_s
    figures.show("first load: longer than its requests alone, of it", longer, "%")
    exposed = 100 * told.exposed_s / told.load_s
    figures.show("first load: time with no request under way", exposed, "%", SHARE_PERCENT)


def _mapping(figures: Figures, ward: Ward) -> None:
    """Parse and map alone, on one core: the best of five."""
    best = min(_timed(ward) for _ in range(5))
    rate = ward.counts.total() / best
    figures.show("parse and map: resources a second", rate, "/s", RATE, at_least=True)


def _timed(ward: Ward) -> float:
    began = time.process_time()
    map_all(ward.pages, ward.id)
    return time.process_time() - began


def _memory(figures: Figures, usual: tuple[Ward, Told], dense: tuple[Ward, Told]) -> None:
    for ward, told in (usual, dense):
        total = ward.counts.total()
        print(f"{DENSE_BEDS} beds: {total} resources")
        figures.show(f"memory, {total} resources: kept", told.kept_mib - told.before_mib, "MiB")
        figures.show(f"memory, {total} resources: peak", told.peak_mib - told.before_mib, "MiB")
    more = (dense[1].kept_mib - dense[1].before_mib) - (usual[1].kept_mib - usual[1].before_mib)
    peak = (dense[1].peak_mib - dense[1].before_mib) - (usual[1].peak_mib - usual[1].before_mib)
    beyond = dense[0].counts.total() - usual[0].counts.total()
    figures.show(f"memory, {TIMES} times as much: peak grows by", peak, "MiB", GROWTH_MIB)
    figures.show(f"memory, {TIMES} times as much: kept grows by", more, "MiB", GROWTH_MIB)
    figures.show("memory kept for each resource more", 1024 * 1024 * more / beyond, "B")
