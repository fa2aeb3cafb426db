"""A vital sign in the hospital system to an alert on a station's pixels, 500 patients on one hub.

Real processes over loopback HTTP: the simulated hospital with 500 beds and 48 h behind it, a hub
that has loaded and judged all of it and goes on polling, a station. One set of observations at a
time is posted to the hospital for somebody who has no early warning score yet. Measured is from
when the hub took it out of the hospital's answer (`received_at`) to the first frame of the station
that holds the alert; how often the hub asks is a setting (`his_poll_s`) and not counted.
"""

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartward.bench.figures import Figures, percentile
from smartward.bench.process_cost import processor_s
from smartward.bench.sync import Json, Server
from smartward.clinical.alert import Alert, Problem
from smartward.clinical.observation import VitalSign
from smartward.clock import SystemClock
from smartward.harness.house import House
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.sqlite import SqliteStore

BEDS = 500
LIMIT_MS = 1000.0
BETWEEN_S = 0.4
LOADED_WITHIN_S = 600.0
QUIET_S = 15.0
_SEED = 7
_LOINC = "http://loinc.org"
_POLL_S = 1.0
_RULES = ("news2", "news2_medium", "news2_single")
_UNWELL = (
    ("9279-1", 27, "/min"),
    ("59408-5", 91, "%"),
    ("8867-4", 124, "/min"),
    ("8310-5", 38.6, "Cel"),
    ("8480-6", 98, "mm[Hg]"),
    ("8462-4", 60, "mm[Hg]"),
    ("3151-8", 2, "L/min"),
)


@dataclass(frozen=True, slots=True)
class _Posted:
    """One set that the hospital was given: its id there, and whose it is."""

    observation: str
    encounter: str


def _set_of(patient: str, encounter: str, at: datetime) -> Json:
    """A panel with everything a score needs."""
    component: list[Json] = [
        {
            "code": {"coding": [{"system": _LOINC, "code": code}]},
            "valueQuantity": {
                "value": value,
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            },
        }
        for code, value, unit in _UNWELL
    ]
    awake = {"coding": [{"system": "http://snomed.info/sct", "code": "248234008"}]}
    level = {"coding": [{"system": _LOINC, "code": "80288-4"}]}
    component.append({"code": level, "valueCodeableConcept": awake})
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": _LOINC, "code": "85353-1"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{encounter}"},
        "effectiveDateTime": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "component": component,
    }


def _well(house: House) -> list[dict[str, Any]]:
    """The stays in a bed of whom no deterioration is told, in the order of a draw."""
    known = {
        one["subject"]["id"]
        for one in house.documents("alert").values()
        if one["problem"] == Problem.DETERIORATION
    }
    stays = house.documents("encounter").values()
    found = [
        one
        for one in sorted(stays, key=lambda stay: str(stay["id"]))
        if one["bed_id"] is not None
        and one["id"] not in known
        and one["status"] == "in-progress"
        and one["news2"]["exclusion"] is None
    ]
    random.Random(_SEED).shuffle(found)
    return found


def _post(server: Server, stays: list[dict[str, Any]], clock: SystemClock) -> Iterator[_Posted]:
    for stay in stays:
        encounter = str(stay["id"]).split(".", 1)[1]
        patient = str(stay["patient"]["id"]).split(".", 1)[-1]
        body = _set_of(patient, encounter, clock.now())
        made = json.loads(server.ask("POST", "Observation", body))
        yield _Posted(str(made["id"]), str(stay["id"]))
        threading.Event().wait(BETWEEN_S)


def _told(reader: Reader, ward: str, posted: list[_Posted]) -> Iterator[tuple[str, datetime]]:
    """The alert of each set, and when the hub took the set over."""
    alerts = [decode(one.body, Alert) for one in reader.all(ward, "alert")]
    of = {cause.id: one for one in alerts if one.rule in _RULES for cause in one.cause}
    for one in posted:
        alert = next((of[id] for id in of if id.endswith(f".{one.observation}")), None)
        stored = None
        if alert is not None:
            cause = next(c for c in alert.cause if c.id.endswith(f".{one.observation}"))
            stored = reader.get(ward, "vital_sign", cause.id)
        if alert is not None and stored is not None:
            yield alert.id, decode(stored.body, VitalSign).received_at


def run(folder: Path, count: int, clients: int) -> int:
    """Print p50 and p99; 1 when a limit is missed. `count`: sets posted."""
    figures = Figures()
    clock = SystemClock()
    with House(folder / "house") as house:
        his = house.start_his("--beds", str(BEDS), "--seed", str(_SEED))
        began = clock.monotonic()
        hub = house.start_hub(his_poll_s=str(_POLL_S))
        hub.wait("his_up", True, within_s=LOADED_WITHIN_S)
        loaded_s = clock.monotonic() - began
        station = house.start_screen("station", "station", "", "--size", "1920x1080")
        station.wait("link", "live", within_s=60)
        threading.Event().wait(QUIET_S)
        stays = _well(house)[:count]
        pids = (hub.process.pid, station.process.pid)
        before = [processor_s(pid) for pid in pids]
        posted = list(_post(Server(str(his.ready["url"])), stays, clock))
        threading.Event().wait(QUIET_S)
        used = [processor_s(pid) - was for pid, was in zip(pids, before, strict=True)]
        drawn = station.state()
        ward = str(hub.state().get("ward", "ward"))
        apart = clock.now().timestamp() - clock.monotonic()
    store = SqliteStore.open(folder / "house" / "hub" / "hub.sqlite", clock)
    patients, found = store.peek(
        lambda tx: (len(tx.all(ward, "encounter")), list(_told(tx, ward, posted)))
    )
    store.close()
    taken = [
        1000 * (float(drawn[f"drawn.{id}"]) + apart - seen.timestamp())
        for id, seen in found
        if f"drawn.{id}" in drawn
    ]
    print(f"{patients} stays on one hub, loaded in {loaded_s:.0f} s; {len(posted)} sets posted")
    figures.show("sets that became an alert on the station", len(taken), "", len(posted), True)
    figures.show("hub's seeing it to station pixels, p50", percentile(taken, 0.5), "ms")
    figures.show("hub's seeing it to station pixels, p99", percentile(taken, 0.99), "ms", LIMIT_MS)
    figures.show("hub's seeing it to station pixels, worst", max(taken), "ms")
    for name, seconds in zip(("hub", "station"), used, strict=True):
        each = 1000 * seconds / len(posted)
        figures.show(f"{name}: processor time for each, all else it does in it", each, "ms")
    return figures.exit_code
