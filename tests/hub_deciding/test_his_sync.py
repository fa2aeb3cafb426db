"""The HIS's word becomes documents; its silence changes nothing."""

import dataclasses
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.alert import Alert, Finding, Subject, SubjectKind, open_alert
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import HisLink
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import CallClass, place
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.patient_key import PatientKey, wristband_hash
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile, ProfileNote
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.ward import Roster, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, SmartWardError, StorageFault, Unreachable
from smartward.his.port import Kind, Rejection
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.store.base import Tx
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay

pytestmark = pytest.mark.anyio
W = "ward"


class World:
    """A store, a hospital, and the sync between them."""

    def __init__(self, path: Path) -> None:
        self.badges: list[tuple[tuple[str, str], ...]] = []
        self.clock = ManualClock()
        self.store = SqliteStore.open(path, self.clock)
        self.his = FakeHis(self.clock)
        self.his.beds = [bed("1"), bed("2"), bed("3", "302")]
        self.facts = WardFacts(self.store, W)
        self.sync = self.another()
        self.writes = 0
        self.store.on_commit.append(self._committed)

    def another(self, settings: Settings | None = None) -> HisSync:
        """A poller of this ward, as a new process would have it."""

        def taken(tx: Tx, pairs: Collection[tuple[str, str]]) -> None:
            self.badges.append(tuple(pairs))

        settings = settings or Settings()
        return HisSync(self.store, self.his, self.clock, settings, self.facts, taken)

    def _committed(self, committed: object) -> None:
        self.writes += 1
        for stored in committed.changed:  # type: ignore[attr-defined]  # declared wider than what it is here
            self.facts.put(stored)
        for kind, id in committed.gone:  # type: ignore[attr-defined]  # declared wider than what it is here
            self.facts.drop(kind, id)

    async def ids(self, kind: str) -> set[str]:
        return {stored.id for stored in await self.store.read(lambda tx: tx.all(W, kind))}

    async def bed_of(self, kind: str, id: str) -> str | None:
        stored = await self.store.read(lambda tx: tx.get(W, kind, id))
        assert stored is not None
        return stored.bed

    async def bed(self, number: str) -> Bed:
        stored = await self.store.read(lambda tx: tx.get(W, "bed", f"his.bed-{number}"))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=Bed)

    async def link(self) -> HisLink:
        stored = await self.store.read(lambda tx: tx.get(W, "his_link", "his"))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=HisLink)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "hub.db")
    yield world
    world.store.close()


def pulse(world: World, name: str, encounter: str, minutes_ago: float = 5) -> VitalSign:
    at = world.clock.now() - timedelta(minutes=minutes_ago)
    return VitalSign(
        id=f"his.{name}",
        encounter_id=f"his.{encounter}",
        taken_at=at,
        received_at=at,
        measurements=(Measurement(parameter=Parameter.HEART_RATE, value=0.0),),
    )


def drip(world: World, name: str, encounter: str) -> Infusion:
    return Infusion(
        id=f"his.{name}",
        encounter_id=f"his.{encounter}",
        status=InfusionStatus.RUNNING,
        total_ml=500.0,
        left_ml=400.0,
        rate_ml_h=100.0,
        source=VolumeSource.MEASURED,
        measured_at=world.clock.now(),
    )


async def test_a_census_becomes_beds_and_patients(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    assert await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2", "his.bed-3"}
    assert (await world.bed("1")).occupants == ("his.zhang",)
    assert (await world.bed("2")).occupants == ()
    assert await world.bed_of("encounter", "his.zhang") == "his.bed-1"


async def test_hearing_the_same_again_writes_nothing(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    await world.sync.turn()
    heard_at = world.clock.now()
    await world.ids("vital_sign")  # the fan-out of the last write has passed
    before = world.writes
    for _ in range(3):
        world.clock.advance(5)
        assert await world.sync.turn()
    await world.ids("vital_sign")
    assert world.writes == before
    stored = await world.store.read(lambda tx: tx.get(W, "vital_sign", "his.p1"))
    assert stored is not None
    sign = msgspec.json.decode(stored.body, type=VitalSign)
    assert sign.received_at == heard_at
    assert sign.measurements[0].value == 0.0


async def test_a_discharge_takes_all_that_belonged_to_the_stay(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p2", "li"))
    await world.sync.turn()
    del world.his.encounters["his.zhang"]
    await world.sync.turn()
    assert await world.ids("encounter") == {"his.li"}
    assert await world.ids("vital_sign") == {"his.p2"}
    assert (await world.bed("1")).occupants == ()


async def test_a_census_that_forgets_a_patient_is_not_believed(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    await world.sync.turn()
    world.his.hidden = {"his.zhang", "his.li"}
    await world.sync.turn()
    assert await world.ids("encounter") == {"his.zhang", "his.li"}
    assert (await world.bed("1")).occupants == ("his.zhang",)


async def test_a_transfer_takes_everything_along(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.move("zhang", "3")
    await world.sync.turn()
    for kind, id in (("encounter", "his.zhang"), ("vital_sign", "his.p1"), ("infusion", "his.d1")):
        assert await world.bed_of(kind, id) == "his.bed-3"
    assert (await world.bed("1")).occupants == ()
    assert (await world.bed("3")).occupants == ("his.zhang",)


async def test_two_patients_change_beds_in_one_census(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.move("zhang", "2")
    world.his.move("li", "1")
    await world.sync.turn()
    assert (await world.bed("1")).occupants == ("his.li",)
    assert (await world.bed("2")).occupants == ("his.zhang",)
    assert await world.bed_of("infusion", "his.d1") == "his.bed-2"


@pytest.mark.expects_log("hospital system is down")
@pytest.mark.parametrize("fault", [Unreachable("his.unreachable"), Misconfigured("his.no_ward")])
async def test_a_dead_his_changes_nothing_and_is_told_once(
    world: World, fault: SmartWardError
) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    as_of = world.sync.as_of
    world.his.fault = fault
    for _ in range(3):
        world.clock.advance(5)
        assert not await world.sync.turn()
    assert await world.ids("encounter") == {"his.zhang"}
    link = await world.link()
    assert not link.up
    assert link.since == world.clock.now() - timedelta(seconds=10)
    assert link.last_census_at == as_of == world.sync.as_of


@pytest.mark.expects_log("hospital system is")
async def test_it_comes_back_with_the_time_it_came_back(world: World) -> None:
    world.his.fault = BadData("his.bad_answer")
    await world.sync.turn()
    world.his.fault = None
    world.clock.advance(30)
    assert await world.sync.turn()
    link = await world.link()
    assert link.up
    assert link.since == world.clock.now()
    assert world.sync.as_of == world.clock.now()


async def test_what_is_gone_from_a_whole_answer_is_asked_for_and_forgotten(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.dependent.clear()
    await world.sync.turn()
    assert (Kind.INFUSION, "his.d1") in world.his.asked
    assert await world.ids("infusion") == set()


async def test_a_value_from_the_future_is_doubtful(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "ahead", "zhang", minutes_ago=-5))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "now", "zhang", minutes_ago=0))
    await world.sync.turn()
    for id, doubtful in (("his.ahead", True), ("his.now", False)):
        stored = await world.store.read(lambda tx, id=id: tx.get(W, "vital_sign", id))
        assert stored is not None
        assert msgspec.json.decode(stored.body, type=VitalSign).doubtful is doubtful


async def test_rejections_are_counted_by_reason_each_thing_once(world: World) -> None:
    one = Rejection(source_id="o1", resource_type="Observation", key="his.rejection.no_time")
    two = dataclasses.replace(one, source_id="o2")
    world.his.rejected = (one, two, one)
    await world.sync.turn()
    assert (await world.link()).rejected == {"his.rejection.no_time": 2}
    world.his.rejected = (one,)
    await world.sync.turn()
    assert (await world.link()).rejected == {"his.rejection.no_time": 1}
    kept = await world.store.read(lambda tx: tx.rejected_all())
    assert [(row.resource_type, row.source_id, row.key) for row in kept] == [
        ("Observation", "o1", "his.rejection.no_time")
    ]


async def test_the_last_census_is_remembered_by_the_next_process(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    facts = WardFacts(world.store, W)
    again = HisSync(world.store, world.his, world.clock, Settings(), facts)
    await again.load()
    assert again.as_of == world.sync.as_of


async def test_an_answer_without_beds_clears_no_ward(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    world.his.hidden_beds = True
    await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2", "his.bed-3"}
    assert (await world.bed("1")).occupants == ("his.zhang",)
    world.his.hidden_beds = False
    world.his.beds.pop()
    await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2"}


@pytest.mark.expects_log("hospital system is down")
async def test_an_edge_that_could_not_be_written_is_told_by_the_next_turn(world: World) -> None:
    await world.sync.turn()
    world.his.fault = Unreachable("his.unreachable")
    world.store.failing = True
    with pytest.raises(StorageFault):
        await world.sync.turn()
    world.store.failing = False
    await world.sync.turn()
    assert not (await world.link()).up


# ------------------------------------------------------------------------------ staff


NURSE = StaffMember(id="li", name="李敏", role=StaffRole.NURSE, family="李")


async def roster(world: World) -> Roster:
    stored = await world.store.read(lambda tx: tx.get(W, "roster", "roster"))
    assert stored is not None
    return msgspec.json.decode(stored.body, type=Roster)


async def test_who_leaves_the_staff_leaves_the_roster(world: World) -> None:
    world.his.staff, world.his.badges = (NURSE,), (("li", "4711"),)
    await world.sync.turn()
    assert (await roster(world)).members == (NURSE,)
    world.his.staff, world.his.badges = (), ()
    await world.sync.turn()
    assert (await roster(world)).members == ()
    assert world.badges == [(("li", "4711"),), ()]


async def test_a_his_that_cannot_tell_its_staff_dismisses_nobody(world: World) -> None:
    world.his.staff = world.his.badges = None
    await world.sync.turn()
    assert await roster(world) == Roster()  # a screen must not wait for it
    world.his.staff = (NURSE,)
    await world.sync.turn()
    world.his.staff = None
    await world.sync.turn()
    assert (await roster(world)).members == (NURSE,)
    assert world.badges == []


async def test_no_badge_is_in_any_document_or_word(world: World) -> None:
    world.his.staff, world.his.badges = (NURSE,), (("li", "SECRET-4711"),)
    await world.sync.turn()
    bodies = await world.store.read(
        lambda tx: [row[0] for row in tx._execute("select body from history", ()).fetchall()]
    )
    assert bodies
    assert not [body for body in bodies if body is not None and b"SECRET-4711" in body]
    assert "SECRET-4711" not in repr(await world.his.census())


async def test_without_anybody_to_take_badges(world: World) -> None:
    world.his.badges = (("li", "4711"),)
    alone = HisSync(world.store, world.his, world.clock, Settings(), world.facts)
    assert await alone.turn()


async def test_the_settings_hold_before_the_his_answers(world: World) -> None:
    async def proof() -> str:
        stored = await world.store.read(lambda tx: tx.get(W, "ward", W))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=Ward).staff_proof

    await world.sync.turn()
    assert await proof() == "required"
    await world.another(Settings(staff_proof="name")).load()
    assert await proof() == "name"


# ------------------------------------------------------------------------------ who the person is


def known(name: str, bed_number: str, number: str = "Z1", **of_patient: object) -> Encounter:
    made = stay(name, bed_number)
    person = dataclasses.replace(made.patient, identifier=number, **of_patient)  # type: ignore[arg-type]  # fields by their own names
    return dataclasses.replace(made, patient=person)


async def set_about(world: World, name: str, bed_number: str, *, silent: bool = True) -> None:
    """What a nurse set, and an alert, as the actions put them."""
    id, at = f"his.{name}", world.clock.now()
    place = {"bed": f"his.bed-{bed_number}", "room": "his.room-301"}
    by = Actor(device_id="d1", person_id="li")
    note = ProfileNote(encounter_id=id, profile=Profile(confused=True), by=by, at=at)
    silence = Silence(
        encounter_id=id, bed_id=place["bed"], reason=SilenceReason.WISH, since=at, by=by
    )
    finding = Finding(
        subject=Subject(kind=SubjectKind.ENCOUNTER, id=id),
        rule="news2",
        version="1",
        priority=Priority.HIGH,
        title=Wording(his="t"),
        why=Wording(his="w"),
        todo=Wording(his="d"),
        icon="i",
    )

    def write(tx: Tx) -> None:
        tx.put(W, "profile", id, note, **place)
        if silent:
            tx.put(W, "silence", id, silence, **place)
        alert = open_alert(finding, f"alert-{name}", at)
        tx.put(W, "alert", alert.id, alert, **place)

    await world.store.write(write)


MINE = (("profile", "his.zhang"), ("silence", "his.zhang"), ("patient_key", "his.zhang"))


async def test_everything_about_a_person_follows_a_swap_and_a_call_stays(world: World) -> None:
    world.his.admit(known("zhang", "1"), known("li", "2", "Z2"))
    await world.sync.turn()
    await set_about(world, "zhang", "1")
    await set_about(world, "li", "2", silent=False)
    now = world.clock.now()
    call = place("call-1", "his.bed-1", "d1", CallClass.NORMAL, now, now)
    await world.store.write(lambda tx: tx.put(W, "nurse_call", "call-1", call, bed="his.bed-1"))
    world.his.move("zhang", "3")
    world.his.move("li", "1")
    await world.sync.turn()
    assert await world.bed_of("alert", "alert-li") == "his.bed-1"
    for kind, id in MINE:
        stored = await world.store.read(lambda tx, kind=kind, id=id: tx.get(W, kind, id))
        assert stored is not None, kind
        assert (stored.bed, stored.room) == ("his.bed-3", "his.room-302"), kind
        if kind == "silence":
            assert msgspec.json.decode(stored.body, type=Silence).bed_id == "his.bed-3"
    assert await world.bed_of("nurse_call", "call-1") == "his.bed-1"
    assert await world.bed_of("patient_key", "his.li") == "his.bed-1"


@pytest.mark.parametrize("status", [EncounterStatus.IN_PROGRESS, EncounterStatus.PLANNED])
async def test_a_stay_that_ends_or_never_was_takes_all_of_it_in_one_write(
    world: World, status: EncounterStatus
) -> None:
    """A discharge, and an admission that was cancelled."""
    world.his.admit(dataclasses.replace(known("zhang", "1"), status=status))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    await world.sync.turn()
    await set_about(world, "zhang", "1")
    gone: list[set[tuple[str, str]]] = []
    world.store.on_commit.append(lambda committed: gone.append(set(committed.gone)))
    del world.his.encounters["his.zhang"]
    await world.sync.turn()
    await world.ids("bed")  # the fan-out of the last write has passed
    told = {("encounter", "his.zhang"), ("alert", "alert-zhang"), ("vital_sign", "his.p1"), *MINE}
    assert any(told <= one for one in gone)
    assert await world.store.read(lambda tx: tx.of_encounter(W, "his.zhang")) == []
    alert = await world.store.read(
        lambda tx: tx._execute(
            "select body from history where id = 'alert-zhang' order by rowid desc limit 2", ()
        ).fetchall()
    )
    assert alert[0][0] is None
    assert msgspec.json.decode(alert[1][0], type=Alert).state == "off"


async def test_a_new_patient_in_the_same_bed_has_nothing_of_the_last(world: World) -> None:
    world.his.admit(known("zhang", "1"))
    await world.sync.turn()
    await set_about(world, "zhang", "1")
    del world.his.encounters["his.zhang"]
    world.his.admit(known("li", "1", "Z2"))
    await world.sync.turn()
    for kind in ("profile", "silence", "alert"):
        assert await world.ids(kind) == set()
    assert await world.ids("patient_key") == {"his.li"}


async def test_a_death_silences_at_once_and_only_a_person_ends_it(world: World) -> None:
    world.his.admit(known("zhang", "1"))
    await world.sync.turn()
    assert await world.ids("silence") == set()
    world.his.admit(known("zhang", "1", deceased=True))
    await world.sync.turn()
    stored = await world.store.read(lambda tx: tx.get(W, "silence", "his.zhang"))
    assert stored is not None
    silence = msgspec.json.decode(stored.body, type=Silence)
    assert (silence.reason, silence.by) == (SilenceReason.DECEASED, None)
    world.his.admit(known("zhang", "1"))  # the record is corrected
    await world.sync.turn()
    assert await world.ids("silence") == {"his.zhang"}
    world.his.admit(known("zhang", "1", deceased=True))
    await world.sync.turn()
    await world.store.write(lambda tx: tx.delete(W, "silence", "his.zhang"))
    await world.sync.turn()
    assert await world.ids("silence") == set()


async def test_the_wristband_is_kept_as_a_hash_of_this_stay(world: World) -> None:
    world.his.admit(known("zhang", "1", "Z20260001"))
    await world.sync.turn()
    stored = await world.store.read(lambda tx: tx.get(W, "patient_key", "his.zhang"))
    assert stored is not None
    key = msgspec.json.decode(stored.body, type=PatientKey)
    assert key.wristband == wristband_hash("his.zhang", " Z20260001\r")
    assert key.wristband != wristband_hash("his.li", "Z20260001")
    assert b"Z20260001" not in stored.body
