"""`smartward his check` and a running hub, as programs, against each hospital system: the same
programs, unchanged, but for the address and the ward."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from smartward.clock import SystemClock
from smartward.harness.house import House
from tests.his.hospital import patient, stay
from tests.his.hub import scratch
from tests.his.independent.servers import Sekmet
from tests.his.suite import bodies
from tests.his.suite.programs import Fhir, desk, log_of, smartward, stopped, until, values
from tests.his.suite.showing import shows
from tests.his.suite.systems import System

pytestmark = [pytest.mark.long]

NURSE = "224535009"
"""SNOMED CT: registered nurse."""


@dataclass
class Running:
    """A hospital system in a process of its own, its ward and a bed of it."""

    fhir: Fhir
    ward: str
    bed: str
    pid: int


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path / "house") as house:
        yield house


@pytest.fixture
def running(system: System, house: House) -> Iterator[Running]:
    if system.name == "sekmet":
        with scratch() as folder, Sekmet(folder) as sekmet:
            yield _sekmet(sekmet)
        return
    program = house.start_his("--scene", "empty", "--beds", "4")
    url, ward = program.ready["url"], program.ready["ward"]
    # The programs are told of it as of any other.
    house.his = None
    yield Running(Fhir(url), ward, "bed-1", program.process.pid)
    program.stop()


def _sekmet(sekmet: Sekmet) -> Running:
    """Its nurse works on the ward: sekmet's own role of hers names no place."""
    places = sekmet.run("adt.facility")
    ward = places["location:ward-4a"]["id"]
    role = {**places["role:nurse"], "location": [{"reference": f"Location/{ward}"}]}
    sekmet.put(role)
    bed = places["location:bed-401-1"]["id"]
    return Running(Fhir(sekmet.url), "urn:oid:1.2.3.4.5.7|W-4A", bed, sekmet.pid)


@shows("programs: `smartward his check` and a running hub, there and back")
def test_a_ward_is_followed_and_answers(running: Running, house: House) -> None:
    fhir = running.fhir
    fhir.put(patient("prog-p"), stay("prog-e", "prog-p", running.bed))
    given = {"his_url": fhir.url, "his_ward": running.ward}
    code, said = smartward("his", "check", fhir.url, "--ward", running.ward)
    assert code == 0, said
    assert " beds, 1 patients" in said
    hub = house.start_hub(his_poll_s="0.5", **given)
    hub.wait("encounters", 1)
    # There -> here.
    at = SystemClock().now()
    fhir.put(bodies.heart_rate("prog-hr", "prog-p", "prog-e", at, 64))
    until(lambda: values(house) == {"his.prog-hr": {"heart_rate": 64}}, "the vital sign is here")
    # A touch at a screen -> there.
    number = house.documents("bed")[f"his.{running.bed}"]["number"]
    bedside = house.start_screen("bedside", "bedside", number)
    bedside.wait("link", "live")
    bedside.ask("tap", objectName="callButton")
    until(lambda: len(fhir.search("Task?patient=prog-p")) == 1, "the call is a Task there")
    (task,) = fhir.search("Task?patient=prog-p")
    assert (task["status"], task["location"]["reference"]) == (
        "requested",
        f"Location/{running.bed}",
    )
    # What is entered while the server is silent is told from the disk by the next process.
    with desk(house) as station:
        with stopped(running.pid):
            station.enter("his.prog-e", temperature="37.20")
            hub.kill()
        hub = house.restart_hub()
        until(lambda: len(fhir.search("Observation?patient=prog-p")) == 2, "it is there")
        hub.wait("his_up", True)
        station.enter("his.prog-e", heart_rate="66")
        until(lambda: len(fhir.search("Observation?patient=prog-p")) == 3, "and the next one")
    there = {
        one["code"]["coding"][0]["code"]: one["valueQuantity"]["value"]
        for one in fhir.search("Observation?patient=prog-p&_sort=_lastUpdated")
        if one["id"] != "prog-hr"
    }
    assert there == {"8310-5": 37.2, "8867-4": 66}
    # The stay is over there: the bed is empty here.
    fhir.put({**fhir.read("Encounter/prog-e"), "status": "finished"})
    hub.wait("encounters", 0)
    bedside.wait("bed_state", "free")
    assert values(house) == {}
    assert "周明" not in log_of(house) + said
