"""What the ward entered and somebody took away at the hospital: kept, marked, and asked about."""

import copy
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.call_mark import Actor
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import (
    EnteredValue,
    ObservationEntry,
    SignStatus,
    current,
    signs_of,
    vital_sign,
)
from smartward.clinical.plan import PlanItem, PlanStatus
from smartward.clinical.plan_mark import PlanMark, marked
from smartward.config import Settings
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.loader import REFRESH
from smartward.his.fhir.mapping import load_mapping
from smartward.his.port import Still
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from smartward.hub.facts import WardFacts
from smartward.hub.his_doubt import SURE_AFTER
from smartward.hub.his_sync import HisSync
from smartward.hub.removed_entries import NOT_FOUND, REMOVED, stand_again
from smartward.hub.store.base import Tx
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.write_table import QueueState
from smartward.hub.write_drain import WriteDrain
from smartward.hub.write_queue import WriteQueue
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.his import written_samples as samples
from tests.his.hospital import WARD as LOCATION
from tests.his.hospital import patient, small_ward, stay
from tests.his.scripted import HOST, URL, Line, lines

pytestmark = pytest.mark.anyio

W = "ward"
LI = Actor(device_id="d1", person_id="p1", name="李红", family="李", known="badge")
PLACE = {"bed": "his.bed-1", "room": "his.room-301"}
SIGN = "ward.set-1.heart_rate.1"


class Ward:
    """Poller and queue on a real file before the simulated hospital, turned by hand."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.world = small_ward(self.clock.now())
        for one in (patient(), stay(), samples.ORDER, samples.TASK):
            self.world.put(one)
        self.faults = Faults(self.clock)
        self.line = Line(Rest(self.world, self.clock, self.faults).app, self.clock)
        self.store = SqliteStore.open(path, self.clock)
        self.facts = WardFacts(self.store, W)
        self.store.on_commit.append(self._committed)
        self.store.in_write.append(WriteQueue(W, "his", frozenset(WriteKind)).note)
        self.his = FhirHis(URL, LOCATION, "his", load_mapping(), clock=self.clock)
        self.sync = HisSync(self.store, self.his, self.clock, Settings(), self.facts)
        self.drain = WriteDrain(self.store, self.his, self.clock, W)

    def _committed(self, committed: Committed) -> None:
        for stored in committed.changed:
            self.facts.put(stored)
        for kind, id in committed.gone:
            self.facts.drop(kind, id)

    async def pass_s(self, seconds: float) -> None:
        """Time passes, with a poll and a round of the queue at its end."""
        self.clock.advance(seconds)
        self.world.now = max(self.world.now, self.clock.now())
        assert await self.sync.turn()
        await self.drain._round()

    async def refresh(self) -> None:
        """Everything is read again once."""
        await self.pass_s(REFRESH.total_seconds())
        await self.pass_s(2)

    async def of(self, kind: str, cls: type[Any]) -> dict[str, Any]:
        found = await self.store.read(lambda r: r.all(W, kind))
        return {one.id: decode(one.body, cls) for one in found}

    async def rows(self, state: QueueState) -> list[str]:
        return [one.id for one in await self.store.read(lambda r: r.queue_in(W, state))]

    async def put(self, *documents: tuple[str, Any]) -> None:
        def write(tx: Tx) -> None:
            for kind, body in documents:
                tx.put(W, kind, body.id, body, **PLACE)

        await self.store.write(write)

    async def enter(self) -> None:
        """A pulse is entered and told, and comes back as itself."""
        value = EnteredValue(parameter=Parameter.HEART_RATE, text="80")
        entry = ObservationEntry(
            id="set-1", encounter_id="his.e1", taken_at=MORNING,
            signs=signs_of((value,), LI, MORNING),
        )  # fmt: skip
        signs = [vital_sign(entry, one) for one in current(entry)]
        await self.put(("observation_entry", entry), *(("vital_sign", one) for one in signs))
        await self.pass_s(2)
        await self.refresh()
        assert (await self.of("vital_sign", VitalSign)).keys() == {SIGN}
        assert await self.rows(QueueState.TOLD) == ["set-1.heart_rate.1"]

    async def give(self) -> str:
        """A dose is marked as given and told; gives the plan item's id."""
        item = (await self.of("plan_item", PlanItem))[samples.GIVEN.item_id]
        mark = PlanMark(
            id=item.id, mark_id="m1", encounter_id="his.e1", medicine=True,
            status=PlanStatus.DONE, by=LI, at=self.clock.now(), told=item.status,
            due_at=item.due_at,
        )  # fmt: skip
        await self.put(("plan_mark", mark), ("plan_item", marked(item, mark)))
        await self.pass_s(2)
        await self.refresh()
        assert await self.rows(QueueState.TOLD) == ["m1"]
        return item.id

    async def enter_more(self, count: int) -> None:
        """So many more, of other times, each told."""
        for n in range(count):
            value = EnteredValue(parameter=Parameter.HEART_RATE, text=str(81 + n))
            entry = ObservationEntry(
                id=f"more-{n}", encounter_id="his.e1", taken_at=MORNING,
                signs=signs_of((value,), LI, MORNING),
            )  # fmt: skip
            signs = [vital_sign(entry, one) for one in current(entry)]
            await self.put(("observation_entry", entry), *(("vital_sign", one) for one in signs))
        await self.pass_s(2)
        await self.refresh()

    def copied(self, id: str, **changed: Any) -> dict[str, Any]:
        """Another Observation that carries our identifier."""
        (row,) = self.world.store.all("Observation")
        made = copy.deepcopy(dict(row.resource)) | {"id": id} | changed
        made.pop("meta", None)
        return made

    async def asked(self) -> list[str]:
        """What a person is asked about."""
        return [one.key for one in (await self.of("his_write", HisWrite)).values()]

    def only(self, kind: str) -> str:
        (row,) = self.world.store.all(kind)
        return str(row.resource["id"])

    async def entered(self) -> ObservationEntry:
        (entry,) = (await self.of("observation_entry", ObservationEntry)).values()
        assert isinstance(entry, ObservationEntry)
        return entry


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    made = Ward(tmp_path / "hub.sqlite")
    with lines({HOST: made.line}):
        await made.pass_s(1)
        yield made
        await made.his.close()
        made.store.close()


async def is_removed(ward: Ward) -> None:
    """Nothing shows it, its entry says why, a person is asked, and nothing of it is told."""
    assert await ward.of("vital_sign", VitalSign) == {}
    (sign,) = (await ward.entered()).signs
    assert (sign.status, sign.removed, sign.wrong_by) == (SignStatus.ENTERED_IN_ERROR, True, None)
    assert sign.wrong_at is not None
    (trouble,) = (await ward.of("his_write", HisWrite)).values()
    assert (trouble.trouble, trouble.key, trouble.by) == (Trouble.REMOVED, REMOVED, LI)
    assert await ward.rows(QueueState.CONFLICT) == ["set-1.heart_rate.1"]
    writes = ward.world.store.writes
    await ward.refresh()
    assert ward.world.store.writes == writes


async def test_a_deleted_sign_counts_no_more_and_is_kept(ward: Ward) -> None:
    await ward.enter()
    ward.world.store.delete("Observation", ward.only("Observation"))
    await ward.refresh()
    await is_removed(ward)


async def test_a_sign_marked_as_in_error_there_is_kept_as_that(ward: Ward) -> None:
    await ward.enter()
    ward.world.change("Observation", ward.only("Observation"), status="entered-in-error")
    await ward.pass_s(5)
    await is_removed(ward)


async def test_what_is_merely_not_found_has_to_be_so_twice(ward: Ward) -> None:
    """A node that does not know it for a moment takes nothing away."""
    await ward.enter()
    id = ward.only("Observation")
    row = ward.world.store._rows["Observation"].pop(id)
    await ward.refresh()
    assert (await ward.entered()).signs[0].status is SignStatus.FINAL
    assert (await ward.of("vital_sign", VitalSign)).keys() == {SIGN}
    ward.world.store._rows["Observation"][id] = row
    await ward.pass_s(SURE_AFTER.total_seconds() + 1)
    await ward.pass_s(SURE_AFTER.total_seconds() + 1)
    assert (await ward.entered()).signs[0].status is SignStatus.FINAL
    del ward.world.store._rows["Observation"][id]
    await ward.refresh()
    await ward.pass_s(SURE_AFTER.total_seconds() + 1)
    await is_removed(ward)


async def test_a_server_that_cannot_tell_takes_nothing_away(ward: Ward) -> None:
    await ward.enter()
    id = ward.only("Observation")
    del ward.world.store._rows["Observation"][id]
    told = [Still.UNTOLD]

    async def still(kind: WriteKind, source_id: str) -> Still:
        assert (kind, source_id) == (WriteKind.OBSERVATION, id)
        return told[0]

    ward.his.still = still  # type: ignore[method-assign]  # a stand-in of this test
    for _ in range(2):
        await ward.refresh()
        await ward.pass_s(SURE_AFTER.total_seconds() + 1)
    assert (await ward.entered()).signs[0].status is SignStatus.FINAL


async def test_a_deleted_dose_is_planned_again_and_says_why(ward: Ward) -> None:
    item = await ward.give()
    ward.world.store.delete("MedicationAdministration", ward.only("MedicationAdministration"))
    await ward.refresh()
    found = (await ward.of("plan_item", PlanItem))[item]
    assert (found.status, found.done_at) == (PlanStatus.PLANNED, None)
    (mark,) = (await ward.of("plan_mark", PlanMark)).values()
    assert (mark.withdrawn, mark.removed, mark.by) == (True, True, LI)
    (trouble,) = (await ward.of("his_write", HisWrite)).values()
    assert (trouble.kind, trouble.trouble) == (WriteKind.ADMINISTRATION, Trouble.REMOVED)
    await ward.refresh()
    assert ward.world.store.all("MedicationAdministration") == []
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.PLANNED


async def test_a_mark_that_later_stands_again_is_the_same_mark(ward: Ward) -> None:
    item = await ward.give()
    ward.world.store.delete("MedicationAdministration", ward.only("MedicationAdministration"))
    await ward.refresh()
    (row,) = await ward.store.read(lambda r: r.queue_in(W, QueueState.CONFLICT))
    stands = await ward.store.write(lambda tx: stand_again(tx, W, row))
    assert stands
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.DONE
    (mark,) = (await ward.of("plan_mark", PlanMark)).values()
    assert (mark.withdrawn, mark.removed) == (False, False)


async def test_a_dose_that_is_merely_not_found_stays_done_and_is_asked_about(ward: Ward) -> None:
    """Never is a dose that was given shown as due once more for what a lagging node lacks."""
    item = await ward.give()
    rows = ward.world.store._rows["MedicationAdministration"]
    kept = dict(rows)
    rows.clear()
    await ward.refresh()
    await ward.pass_s(SURE_AFTER.total_seconds() + 1)
    await ward.refresh()
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.DONE
    assert await ward.asked() == [NOT_FOUND]
    rows.update(kept)
    await ward.refresh()
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.DONE
    assert await ward.asked() == []
    assert await ward.rows(QueueState.TOLD) == ["m1"]


async def test_a_dose_that_is_there_again_is_done_again(ward: Ward) -> None:
    item = await ward.give()
    id = ward.only("MedicationAdministration")
    ward.world.change("MedicationAdministration", id, status="entered-in-error")
    await ward.refresh()
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.PLANNED
    assert await ward.asked() == [REMOVED]
    writes = ward.world.store.writes
    ward.world.change("MedicationAdministration", id, status="completed")
    await ward.pass_s(5)
    assert (await ward.of("plan_item", PlanItem))[item].status is PlanStatus.DONE
    (mark,) = (await ward.of("plan_mark", PlanMark)).values()
    assert (mark.withdrawn, mark.removed) == (False, False)
    assert await ward.asked() == []
    await ward.refresh()
    assert await ward.rows(QueueState.TOLD) == ["m1"]
    assert ward.world.store.writes == writes + 1


async def test_much_that_is_not_found_at_once_is_kept_for_hours_and_comes_back(ward: Ward) -> None:
    await ward.enter()
    await ward.enter_more(4)
    before = await ward.of("vital_sign", VitalSign)
    assert len(before) == 5
    rows = ward.world.store._rows["Observation"]
    kept = dict(rows)
    rows.clear()
    for _ in range(4):
        await ward.refresh()
    assert await ward.of("vital_sign", VitalSign) == before
    assert await ward.asked() == []
    await ward.pass_s(Settings().his_unconfirmed_h * 3600)
    assert await ward.of("vital_sign", VitalSign) == {}
    assert await ward.asked() == [REMOVED] * 5
    rows.update(kept)
    await ward.refresh()
    assert (await ward.of("vital_sign", VitalSign)).keys() == before.keys()
    assert await ward.asked() == []


async def test_a_slow_server_is_asked_of_some_at_a_time(ward: Ward) -> None:
    await ward.enter()
    await ward.enter_more(3)
    ward.world.store._rows["Observation"].clear()
    asked = []

    async def still(kind: WriteKind, source_id: str) -> Still:
        asked.append(source_id)
        ward.clock.advance(10)
        return Still.REMOVED

    ward.his.still = still  # type: ignore[method-assign]  # a stand-in of this test
    ward.clock.advance(REFRESH.total_seconds())
    assert await ward.sync.turn()
    assert len(asked) == 2
    assert len(await ward.of("vital_sign", VitalSign)) == 2
    await ward.pass_s(5)
    assert len(set(asked)) == len(asked) == 4
    assert await ward.of("vital_sign", VitalSign) == {}


async def test_a_copy_of_another_patient_takes_no_sign_away(ward: Ward) -> None:
    await ward.enter()
    ward.world.put(patient("p2"))
    ward.world.put(stay("e2", "p2"))
    await ward.pass_s(5)
    of_another: dict[str, Any] = {
        "subject": {"reference": "Patient/p2"},
        "encounter": {"reference": "Encounter/e2"},
    }
    ward.world.put(ward.copied("copy", status="entered-in-error", **of_another))
    await ward.pass_s(5)
    assert (await ward.of("vital_sign", VitalSign)).keys() == {SIGN}
    assert await ward.asked() == []
    ward.world.change("Observation", "copy", status="final")
    ward.world.store.delete("Observation", "w-observation-1")
    await ward.refresh()
    assert await ward.asked() == [REMOVED]


async def test_what_stands_in_its_place_there_is_the_same_sign(ward: Ward) -> None:
    await ward.enter()
    id = ward.only("Observation")
    ward.world.put(ward.copied("better"))
    ward.clock.advance(1)
    ward.world.change("Observation", id, status="entered-in-error")
    await ward.pass_s(5)
    await ward.refresh()
    assert (await ward.of("vital_sign", VitalSign)).keys() == {SIGN}
    assert await ward.asked() == []


@pytest.mark.parametrize("taken", [False, True])
async def test_what_is_final_there_again_stands_again(ward: Ward, taken: bool) -> None:
    """Whether a person has said meanwhile that the hospital system's word stands, or not."""
    await ward.enter()
    id = ward.only("Observation")
    ward.world.change("Observation", id, status="entered-in-error")
    await ward.pass_s(5)
    (row,) = await ward.store.read(lambda r: r.queue_in(W, QueueState.CONFLICT))

    def take(tx: Tx) -> None:
        tx.queue_put(dataclasses.replace(row, state=QueueState.THEIRS))
        tx.delete(W, "his_write", f"observation.{row.id}")

    if taken:
        await ward.store.write(take)
    ward.world.change("Observation", id, status="final")
    writes = ward.world.store.writes
    await ward.pass_s(5)
    assert (await ward.of("vital_sign", VitalSign)).keys() == {SIGN}
    assert (await ward.entered()).signs[0].status is SignStatus.FINAL
    assert await ward.rows(QueueState.TOLD) == [row.id]
    assert await ward.asked() == []
    assert ward.world.store.writes == writes
