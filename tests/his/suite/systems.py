"""The hospital systems that one suite of tests is run against, behind one small interface.

Where a system has events of its own (its workflows, its story), those make what happens; what it
has none for is written to it as plain FHIR. What a system cannot do is told by name and reason.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.request import Request, urlopen

import pytest

from smartward.clock import Clock, SystemClock
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import Hospital, patient, stay
from tests.his.independent.servers import Sekmet
from tests.his.suite import bodies

Json = dict[str, Any]


@dataclass(frozen=True)
class System:
    """One of them: its name in a fixture, its name in the README, and what it cannot do."""

    name: str
    whom: str
    cannot: dict[str, str] = field(default_factory=dict)
    """What a test is about -> why it is not run against this system."""
    marks: tuple[pytest.MarkDecorator, ...] = ()


SIMULATOR = System("simulator", "the simulator (over a socket)")
SEKMET = System(
    "sekmet",
    "sekmet-fhir 0.1.1 (its own process)",
    {"answers written back": "cannot: it does not say that it takes a QuestionnaireResponse"},
    (pytest.mark.long,),
)
SYSTEMS = (SIMULATOR, SEKMET)


class Served(Protocol):
    """A running hospital system with a ward of two beds at least, and somewhere else."""

    url: str
    ward: str
    clock: Clock
    """That of a hub which follows it."""
    beds: tuple[str, str]
    """Logical ids of two beds of the ward."""
    elsewhere: str
    """A bed of another ward."""

    def admit(self, bed: str) -> tuple[Json, Json]:
        """Somebody new: the Patient and the Encounter as they stand there."""

    def transfer(self, encounter: str, bed: str) -> None:
        """To another bed."""

    def discharge(self, encounter: str) -> None:
        """The stay is over."""

    def cancel(self, encounter: str) -> None:
        """The stay never was."""

    def measure(self, patient: str, encounter: str) -> list[Json]:
        """A round of vital signs: the Observations as they stand there."""

    def bustle(self, patient: str, encounter: str) -> None:
        """What else a hospital writes about a patient: laboratory, prescriptions without times,
        doses of them. Nothing of it is for the ward's screens."""

    def put(self, *resources: Json) -> None:
        """Somebody else writes these there."""

    def delete(self, kind: str, id: str) -> None:
        """Somebody else deletes it there, for good."""

    def read(self, path: str) -> Json:
        """`Kind/id` as it stands there, read without our client."""

    def all(self, kind: str, patient: str) -> list[Json]:
        """Every resource of a kind that is of a patient, or about one; without our client."""

    def later(self, seconds: float) -> None:
        """Time passes at the server."""

    def now(self) -> datetime:
        """What its clock shows."""


def client(served: Served) -> FhirHis:
    """One of ours for it. Close it."""
    return FhirHis(served.url, served.ward, "his", load_mapping(), clock=served.clock)


class Simulated:
    """The simulator on a real port, with a clock that moves when told."""

    beds = ("bed-1", "bed-2")
    elsewhere = "icu-1"

    def __init__(self, hospital: Hospital) -> None:
        self._hospital = hospital
        self.url, self.ward = hospital.url, "ward-3"
        self.clock: ManualClock = hospital.clock
        self._people = 0
        self.put({"resourceType": "Location", "id": self.elsewhere, "status": "active"})

    def now(self) -> datetime:
        return self.clock.now()

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def put(self, *resources: Json) -> None:
        self.later(0.01)
        self._hospital.put(*resources)

    def delete(self, kind: str, id: str) -> None:
        self.later(0.01)
        self._hospital.world.now = max(self._hospital.world.now, self.now())
        self._hospital.world.store.delete(kind, id)

    def read(self, path: str) -> Json:
        row = self._hospital.world.store.get(*path.split("/"))
        assert row is not None, path
        return row.resource

    def all(self, kind: str, patient: str) -> list[Json]:
        found = [row.resource for row in self._hospital.world.store.all(kind)]
        return [one for one in found if f'"Patient/{patient}"' in json.dumps(one)]

    def admit(self, bed: str) -> tuple[Json, Json]:
        self._people += 1
        name = [{"text": f"周{'一二三四五六七八九'[self._people - 1]}", "family": "周"}]
        somebody = patient(f"p{self._people}", name=name)
        encounter = stay(f"e{self._people}", f"p{self._people}", bed)
        self.put(somebody, encounter)
        return somebody, encounter

    def _change(self, encounter: str, **elements: object) -> None:
        self.put({**self.read(f"Encounter/{encounter}"), **elements})

    def transfer(self, encounter: str, bed: str) -> None:
        before = self.read(f"Encounter/{encounter}")["location"]
        left = [{**one, "status": "completed"} for one in before]
        here = {"location": {"reference": f"Location/{bed}"}, "status": "active"}
        self._change(encounter, location=[*left, here])

    def discharge(self, encounter: str) -> None:
        self._change(encounter, status="finished")

    def cancel(self, encounter: str) -> None:
        self._change(encounter, status="cancelled")

    def measure(self, patient: str, encounter: str) -> list[Json]:
        self.later(60)
        signs = bodies.vital_signs(
            f"v{self._hospital.world.store.writes}", patient, encounter, self.now()
        )
        self.put(*signs)
        return signs

    def bustle(self, patient: str, encounter: str) -> None:
        sodium = bodies.sign(f"{encounter}-na", patient, encounter, self.now(), "2951-2", 140,
                             "mmol/L")  # fmt: skip
        asked = bodies.service(f"{encounter}-lab", patient, encounter, self.now())
        del asked["occurrenceDateTime"]
        pills = bodies.medicine(f"{encounter}-rx", patient, encounter)
        del pills["dosageInstruction"]
        dose = bodies.given(f"{encounter}-rx-1", pills, self.now())
        self.put(sodium, asked, pills, dose)


class Sekmeted:
    """sekmet-fhir with its own workflows. What is left of one test is ended before the next."""

    def __init__(self, sekmet: Sekmet, places: Json) -> None:
        self._sekmet = sekmet
        self.url, self.ward = sekmet.url, "urn:oid:1.2.3.4.5.7|W-4A"
        self.clock: Clock = SystemClock()
        self._of = {key: places[f"location:bed-{key}"]["id"] for key in ("401-1", "401-2", "502-1")}
        self.beds = (self._of["401-1"], self._of["401-2"])
        self.elsewhere = self._of["502-1"]

    def _bed(self, id: str) -> str:
        return f"bed-{next(key for key, one in self._of.items() if one == id)}"

    def now(self) -> datetime:
        with urlopen(f"{self.url}/metadata", timeout=10) as answer:
            return datetime.fromisoformat(json.load(answer)["date"])

    def later(self, seconds: float) -> None:
        self._sekmet.later(seconds)

    def put(self, *resources: Json) -> None:
        for one in resources:
            self._sekmet.put(one)

    def delete(self, kind: str, id: str) -> None:
        with urlopen(Request(f"{self.url}/{kind}/{id}", method="DELETE"), timeout=10):
            pass

    def read(self, path: str) -> Json:
        return self._sekmet.read(path)

    def all(self, kind: str, patient: str) -> list[Json]:
        found = self._sekmet.read(f"{kind}?patient={patient}&_count=500")
        return [one["resource"] for one in found.get("entry", ())]

    def admit(self, bed: str) -> tuple[Json, Json]:
        return self._sekmet.admit(self._bed(bed))

    def transfer(self, encounter: str, bed: str) -> None:
        self._sekmet.run("adt.transfer", encounter=encounter, bed=self._bed(bed))

    def discharge(self, encounter: str) -> None:
        self._sekmet.run("adt.discharge", encounter=encounter)

    def cancel(self, encounter: str) -> None:
        self._sekmet.run("adt.cancel_encounter", encounter=encounter)

    def measure(self, patient: str, encounter: str) -> list[Json]:
        found: list[Json] = self._sekmet.run(
            "clinical.vitals", patient=patient, encounter=encounter
        )["observations"]
        return found

    def bustle(self, patient: str, encounter: str) -> None:
        who = {"patient": patient, "encounter": encounter}
        order = self._sekmet.run("meds.prescribe", inpatient=True, **who)["medication_request"]
        self._sekmet.run("meds.administer", medication_request=order["id"])
        self._sekmet.run("orders.full_lab_cycle", **who)

    def clear(self) -> None:
        """Nobody is left in its beds."""
        found = self._sekmet.read("Encounter?status=in-progress&_count=500")
        for one in found.get("entry", ()):
            self.discharge(one["resource"]["id"])
