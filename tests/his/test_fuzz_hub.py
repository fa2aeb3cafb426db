"""One patient's resources arrive spoilt, every one of them: the hub goes on, the others are whole.

They are spoilt on the line, so the server's own searches work; the hub is the real poller with a
real store. The two other patients' documents must be exactly what they are without it.
"""

import asyncio
import random
from typing import Any

import httpx
import msgspec
import pytest

from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from tests.fakes.fake_clock import ManualClock
from tests.his.fuzz import spoilt
from tests.his.hospital import WARD, small_ward
from tests.his.hub import hub_side, scratch
from tests.his.schedules import BEDS, Event, Happening, Ward
from tests.his.scripted import HOST, URL, Line, lines

MAPPING = load_mapping()
PATIENT, STAY = "p1", "e2"
"""The first patient that `Ward` admits, and their stay."""
Documents = dict[tuple[str, str], Any]


class Spoiling(Line):
    """Spoils what is about one patient, each time in another way."""

    chance: random.Random | None = None
    spoilt = 0

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await super()._ask(request)
        if self.chance is None:
            return answer
        body = msgspec.json.decode(answer.content)
        for entry in body.get("entry", ()):
            if _mine(entry["resource"]):
                entry["resource"] = spoilt(entry["resource"], self.chance)
                self.spoilt += 1
        if _mine(body):
            body = spoilt(body, self.chance)
        content = msgspec.json.encode(body)
        headers = {**answer.headers, "content-length": str(len(content))}
        return httpx.Response(answer.status_code, content=content, headers=headers)


def _mine(one: dict[str, Any]) -> bool:
    about = one.get("subject") or one.get("patient") or one.get("for") or {}
    mine = about.get("reference") == f"Patient/{PATIENT}"
    return mine or (one.get("resourceType"), one.get("id")) == ("Patient", PATIENT)


async def followed(seed: int | None) -> tuple[Documents, int]:
    """What a hub keeps after some turns; `seed` None: nothing is spoilt."""
    clock = ManualClock()
    ward = Ward(small_ward(clock.now(), BEDS))
    ward.begin()
    rest = Rest(ward.world, clock, Faults(clock))
    line = Spoiling(rest.app, clock)
    line.chance = None if seed is None else random.Random(seed)
    his = FhirHis(URL, WARD, "his", MAPPING, clock=clock)
    with lines({HOST: line}), scratch() as folder, hub_side(his, clock, folder) as hub:
        for n in range(3):
            # Somebody of each is measured; the first one's signs and orders change meanwhile.
            for which in range(3):
                ward.happen(Happening(Event.MEASURE, which, 70 + 10 * n + which))
            ward.happen(Happening(Event.PLAN, 0))
            assert await hub.turn(), (seed, n)
            clock.advance(5)
            ward.world.now = clock.now()
        documents = await hub.documents()
    await his.close()
    return documents, line.spoilt


def others(documents: Documents) -> Documents:
    """Without the spoilt patient's, and without the bed they lie in."""
    kept = {}
    for (kind, id), (body, bed, room) in documents.items():
        stay = id if kind == "encounter" else body.get("encounter_id")
        if stay != f"his.{STAY}" and kind != "bed":
            kept[(kind, id)] = (body, bed, room)
    return kept


def whole() -> Documents:
    documents, _ = asyncio.run(followed(None))
    assert ("encounter", f"his.{STAY}") in documents
    return others(documents)


@pytest.mark.parametrize(
    "seeds", [range(12), pytest.param(range(100, 160), marks=pytest.mark.long)]
)
def test_a_spoilt_patient_stops_nothing_and_moves_nobody(seeds: range) -> None:
    expected = whole()
    assert len(expected) > 8
    total = 0
    for seed in seeds:
        documents, count = asyncio.run(followed(seed))
        total += count
        assert others(documents) == expected, seed
    # A stay that cannot be used is asked nothing more of, so a run may spoil few.
    assert total > 5 * len(seeds)
