"""What is entered at the ward: it counts at once, is corrected and never deleted, and is queued."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import (
    POSSIBLE,
    EntryRefused,
    ObservationEntry,
    SignStatus,
    improbable,
    read_values,
)
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.plan_mark import PlanMark
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, Refused
from smartward.his.drafts import AdministrationDraft, ObservationDraft, TaskDraft
from smartward.his.fhir.units import living
from smartward.hub import ward_entries
from smartward.hub.his_stays import end_stay
from smartward.hub.removed_entries import take_away
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.store.write_table import QueueState
from smartward.hub.write_queue import WriteQueue, kinds, trouble
from smartward.wire.envelope import ActionKind, Answer
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

FULL = {
    "respiratory_rate": "18",
    "oxygen_saturation": "97",
    "oxygen_supply": "air",
    "systolic": "118",
    "diastolic": "76",
    "heart_rate": "80",
    "consciousness": "A",
    "temperature": "36.50",
}


class Desk:
    """A station, and what it asks for of the patient in bed 1."""

    def __init__(self, ward: Ward, station: Device) -> None:
        self.ward, self.station = ward, station

    async def do(self, kind: str, subject: str, **data: Any) -> Answer:
        return await self.ward.act(self.station, kind, subject, by=NURSE, seen=seen(1), data=data)

    async def enter(self, **data: Any) -> Answer:
        return await self.do(ActionKind.OBSERVATION_ENTER, docs.encounter_id(1), **data)

    async def signs(self) -> dict[str, VitalSign]:
        found = await self.ward.hub.store.read(lambda r: r.all(WARD, "vital_sign"))
        return {s.id: decode(s.body, VitalSign) for s in found if ward_entries.is_ours(s.id)}

    async def entry(self) -> ObservationEntry:
        (found,) = await self.ward.hub.store.read(lambda r: r.all(WARD, "observation_entry"))
        return decode(found.body, ObservationEntry)

    async def queued(self, state: QueueState = QueueState.WAITING) -> list[Any]:
        return await self.ward.hub.store.read(lambda r: r.queue_in(WARD, state))


@pytest.fixture
async def desk(ward: Ward) -> Desk:
    """The hub queues what is to be told, and nobody tells it."""
    ward.hub.store.in_write.append(WriteQueue(WARD, "his", frozenset(WriteKind)).note)
    return Desk(ward, await ward.enrol(ScreenRole.STATION))


async def test_a_set_counts_at_once_and_is_queued_in_the_same_write(desk: Desk) -> None:
    answer = await desk.enter(**FULL)
    assert answer.outcome == "applied"
    signs, entry = await desk.signs(), await desk.entry()
    assert len(signs) == 7
    assert {one.panel_id for one in signs.values()} == {f"ward.{entry.id}"}
    assert {one.taken_at for one in signs.values()} == {MORNING}
    drafts = [decode(one.body, ObservationDraft) for one in await desk.queued()]
    assert {f"ward.{one.id}" for one in drafts} == signs.keys()
    assert {one.by for one in drafts} == {"st-1"}
    assert [one.values[0].text for one in drafts if one.sign == "temperature"] == ["36.50"]
    # The same touch again is the same set.
    assert len(await desk.queued()) == 7


@pytest.mark.parametrize(
    "data, key",
    [
        ({"heart_rate": "8o"}, "observation.impossible"),
        ({"heart_rate": "72.5"}, "observation.impossible"),
        ({"heart_rate": "-3"}, "observation.impossible"),
        ({"heart_rate": None}, "observation.impossible"),
        ({"temperature": "36.555"}, "observation.impossible"),
        ({"consciousness": "X"}, "observation.impossible"),
        ({"diastolic": "70"}, "observation.no_systolic"),
        ({"heart_rate": "251"}, "observation.improbable"),
        ({"systolic": "80", "diastolic": "80"}, "observation.improbable"),
        ({"systolic": "245", "diastolic": "240"}, "observation.improbable"),
        ({"glucose": "110"}, "observation.improbable"),
        ({"oxygen_flow": "16"}, "observation.improbable"),
        ({"oxygen_flow": "81", "oxygen_device": "high_flow"}, "observation.impossible"),
        ({"oxygen_flow": "2", "oxygen_supply": "air"}, "observation.improbable"),
        ({"oxygen_flow": "0", "oxygen_supply": "oxygen"}, "observation.improbable"),
        ({"oxygen_flow": "2.125"}, "observation.impossible"),
        ({"oxygen_device": "tent"}, "observation.impossible"),
        ({"heart_rate": "72", "taken_at": "2026-11-19T08:00:00+08:00"}, "observation.time"),
    ],
)
async def test_what_cannot_be_is_not_taken(desk: Desk, data: dict[str, Any], key: str) -> None:
    answer = await desk.enter(**data)
    assert (answer.outcome, answer.key) == ("refused", key)
    assert await desk.signs() == {}
    assert await desk.queued() == []


async def test_oxygen_is_entered_with_its_flow_and_device(desk: Desk) -> None:
    answer = await desk.enter(oxygen_flow="2.50", oxygen_device="nasal_cannula")
    assert answer.outcome == "applied"
    (sign,) = (await desk.signs()).values()
    assert {one.parameter: one.code or one.value for one in sign.measurements} == {
        "oxygen_supply": "oxygen",
        "oxygen_flow": 2.5,
        "oxygen_device": "nasal_cannula",
    }
    (draft,) = [decode(one.body, ObservationDraft) for one in await desk.queued()]
    assert [one.text for one in draft.values] == ["2.50", "nasal_cannula"]
    entry = await desk.entry()
    await desk.do(ActionKind.OBSERVATION_CORRECT, entry.id, oxygen_flow="3", why="slip")
    (sign,) = (await desk.signs()).values()
    assert [one.code or one.value for one in sign.measurements] == ["oxygen", 3.0, "nasal_cannula"]
    high = {"oxygen_flow": "50", "oxygen_device": "high_flow"}
    assert (await desk.enter(**high)).outcome == "applied"


async def test_what_is_unusual_is_asked_about_once(desk: Desk) -> None:
    told = {"heart_rate": "251", "systolic": "301", "respiratory_rate": "0"}
    asked = await desk.enter(**told)
    assert asked.values == {"parameters": "heart_rate,systolic"}
    meant = await desk.enter(**told, confirmed="heart_rate,systolic")
    assert meant.outcome == "applied"


async def test_of_whom_and_by_whom(desk: Desk) -> None:
    ward, station = desk.ward, desk.station
    other = await ward.act(
        station, ActionKind.OBSERVATION_ENTER, docs.encounter_id(1), by=NURSE, seen=seen(2),
        data={"heart_rate": "80"},
    )  # fmt: skip
    assert (other.outcome, other.key) == ("refused", "action.other_patient")
    with pytest.raises(BadData):
        await desk.enter(weight="80")
    door = await ward.enrol(ScreenRole.DOOR, "R1")
    with pytest.raises(Refused):
        await ward.act(door, ActionKind.OBSERVATION_ENTER, docs.encounter_id(1), by=NURSE)


async def test_a_correction_takes_the_place_of_what_was_wrong(desk: Desk) -> None:
    await desk.enter(**FULL)
    entry = await desk.entry()
    answer = await desk.do(
        ActionKind.OBSERVATION_CORRECT, entry.id, systolic="181", heart_rate=None, why="wrong arm"
    )
    assert answer.outcome == "applied"
    signs = await desk.signs()
    pressure = signs[f"ward.{entry.id}.blood_pressure.2"]
    assert [(m.parameter, m.value) for m in pressure.measurements] == [
        (Parameter.SYSTOLIC, 181.0),
        (Parameter.DIASTOLIC, 76.0),
    ]
    assert pressure.panel_id == f"ward.{entry.id}"
    gone = {f"ward.{entry.id}.{name}.1" for name in ("heart_rate", "blood_pressure")}
    assert not gone & signs.keys()
    wrong = [s for s in (await desk.entry()).signs if s.status is SignStatus.ENTERED_IN_ERROR]
    assert {one.name for one in wrong} == {"heart_rate", "blood_pressure"}
    assert {one.why for one in wrong} == {"wrong arm"}
    drafts = {one.id: decode(one.body, ObservationDraft) for one in await desk.queued()}
    assert {f"ward.{id}" for id, one in drafts.items() if one.withdrawn} == gone
    assert len(drafts) == 8
    # The hospital system still tells the wrong value: it does not come back.
    echo = VitalSign(
        id=f"ward.{entry.id}.heart_rate.1", encounter_id=docs.encounter_id(1), taken_at=MORNING,
        received_at=MORNING, measurements=(),
    )  # fmt: skip
    kept = await desk.ward.hub.store.write(lambda tx: ward_entries.beside(tx, WARD, echo))
    assert kept is None
    again = await desk.do(ActionKind.OBSERVATION_CORRECT, entry.id, heart_rate="1", why="x")
    assert again.key == "observation.not_entered"


async def says_sign(desk: Desk, sign: VitalSign) -> VitalSign | None:
    """The hospital system tells of a sign, as a poll keeps it; None: it is not taken over."""

    def write(tx: Tx) -> object | None:
        body = ward_entries.beside(tx, WARD, sign)
        if body is not None:
            tx.put(WARD, "vital_sign", sign.id, body, bed=docs.bed_id(1), room=docs.room_id(1))
        return body

    kept = await desk.ward.hub.store.write(write)
    assert kept is None or isinstance(kept, VitalSign)
    return kept


def amended(sign: VitalSign, value: float, **more: Any) -> VitalSign:
    """The same sign with another value."""
    (measured,) = sign.measurements
    return replace(sign, measurements=(replace(measured, value=value),), **more)


async def test_a_correction_leaves_alone_what_it_does_not_name(desk: Desk) -> None:
    await desk.enter(**FULL)
    entry = await desk.entry()
    rate, breaths = f"ward.{entry.id}.heart_rate.1", f"ward.{entry.id}.respiratory_rate.1"
    await says_sign(desk, amended((await desk.signs())[rate], 130.0))
    await desk.ward.hub.store.write(lambda tx: tx.delete(WARD, "vital_sign", breaths))
    kind = ActionKind.OBSERVATION_CORRECT
    await desk.do(kind, entry.id, temperature="37.10", why="typo")
    signs = await desk.signs()
    assert signs[rate].measurements[0].value == 130.0
    assert breaths not in signs
    assert signs[f"ward.{entry.id}.temperature.2"].measurements[0].value == 37.1


async def test_a_copy_under_another_stay_takes_no_sign_away(desk: Desk) -> None:
    await desk.enter(heart_rate="80")
    (sign,) = (await desk.signs()).values()
    copy = amended(sign, 40.0, encounter_id=docs.encounter_id(2))
    assert await says_sign(desk, copy) is None
    assert await desk.signs() == {sign.id: sign}
    # Nor once the ward has forgotten what was entered.
    later = MORNING + timedelta(seconds=1)
    await desk.ward.hub.store.write(lambda tx: ward_entries.forget(tx, WARD, later))
    assert await says_sign(desk, copy) is None
    assert await says_sign(desk, amended(sign, 81.0)) is not None


# ---------------------------------------------------------------------- what was planned

DOSE = "his.MedicationRequest.mr-1.20261121T0100"
TURN = "his.Task.t-1"


async def plan(desk: Desk) -> None:
    def write(tx: Tx) -> None:
        for id, kind in ((DOSE, PlanKind.MEDICINE), (TURN, PlanKind.TURNING)):
            item = PlanItem(
                id=id, encounter_id=docs.encounter_id(1), kind=kind, due_at=MORNING,
                status=PlanStatus.PLANNED,
            )  # fmt: skip
            tx.put(WARD, "plan_item", id, item, bed=docs.bed_id(1), room=docs.room_id(1))

    await desk.ward.hub.store.write(write)


async def item(desk: Desk, id: str) -> PlanItem:
    stored = await desk.ward.stored("plan_item", id)
    assert stored is not None
    return decode(stored.body, PlanItem)


async def test_a_dose_is_given_or_not_and_a_mistake_taken_back(desk: Desk) -> None:
    await plan(desk)
    kind = ActionKind.ADMINISTRATION_MARK
    assert (await desk.do(kind, DOSE, outcome="done")).outcome == "applied"
    assert ((await item(desk, DOSE)).status, (await item(desk, DOSE)).done_at) == (
        PlanStatus.DONE,
        MORNING,
    )
    assert (await desk.do(kind, DOSE, outcome="done")).outcome == "applied"
    other = await desk.do(kind, DOSE, outcome="not_done", reason="asleep")
    assert other.key == "plan_mark.marked"
    # The poll brings it as planned still: the ward knows better. Once it settles it, it stands.
    told = PlanItem(
        id=DOSE, encounter_id=docs.encounter_id(1), kind=PlanKind.MEDICINE, due_at=MORNING,
        status=PlanStatus.PLANNED,
    )  # fmt: skip
    seen_as = await desk.ward.hub.store.write(lambda tx: ward_entries.beside(tx, WARD, told))
    assert isinstance(seen_as, PlanItem)
    assert seen_as.status is PlanStatus.DONE
    await desk.do(kind, DOSE, outcome="mistake", reason="wrong bed")
    assert (await item(desk, DOSE)).status is PlanStatus.PLANNED
    await desk.do(kind, DOSE, outcome="not_done", reason="vomiting")
    drafts = [decode(one.body, AdministrationDraft) for one in await desk.queued()]
    assert [(one.given, one.withdrawn, one.reason) for one in drafts] == [
        (True, True, "wrong bed"),
        (False, False, "vomiting"),
    ]
    with pytest.raises(BadData):
        await desk.do(ActionKind.TASK_MARK, DOSE, outcome="done")


async def test_a_task_is_done_once(desk: Desk) -> None:
    await plan(desk)
    with pytest.raises(BadData):
        await desk.do(ActionKind.TASK_MARK, TURN, outcome="not_done")
    await desk.do(ActionKind.TASK_MARK, TURN, outcome="done")
    (draft,) = [decode(one.body, TaskDraft) for one in await desk.queued()]
    assert (draft.item_id, draft.status, draft.patient_id) == (TURN, PlanStatus.DONE, "his.pat-1")
    mark = await desk.ward.stored("plan_mark", TURN)
    assert mark is not None
    assert decode(mark.body, PlanMark).by.person_id == "st-1"


async def says(desk: Desk, id: str, status: PlanStatus) -> PlanItem:
    """The hospital system tells of a plan item, as a poll keeps it."""
    told = replace(await item(desk, id), status=status, done_at=None)

    def write(tx: Tx) -> None:
        body = ward_entries.beside(tx, WARD, told)
        tx.put(WARD, "plan_item", id, body, bed=docs.bed_id(1), room=docs.room_id(1))

    await desk.ward.hub.store.write(write)
    return await item(desk, id)


@pytest.mark.parametrize(
    "id, kind", [(DOSE, ActionKind.ADMINISTRATION_MARK), (TURN, ActionKind.TASK_MARK)]
)
async def test_a_mistake_is_not_undone_by_our_own_word_come_back(
    desk: Desk, id: str, kind: ActionKind
) -> None:
    await plan(desk)
    await desk.do(kind, id, outcome="done")
    await says(desk, id, PlanStatus.DONE)
    await desk.do(kind, id, outcome="mistake", reason="wrong bed")
    # Read again before the hospital system has heard of the mistake.
    assert (await says(desk, id, PlanStatus.DONE)).status is PlanStatus.PLANNED
    (entry,) = await desk.queued()
    if id == TURN:
        draft = decode(entry.body, TaskDraft)
        assert (draft.status, draft.withdrawn) == (PlanStatus.PLANNED, True)
    # Once it has, a word that settles the item is somebody's.
    told = replace(entry, state=QueueState.TOLD)
    await desk.ward.hub.store.write(lambda tx: tx.queue_put(told))
    assert (await says(desk, id, PlanStatus.DONE)).status is PlanStatus.DONE


async def test_a_dose_taken_back_can_be_marked_again_at_once(desk: Desk) -> None:
    await plan(desk)
    kind = ActionKind.ADMINISTRATION_MARK
    await desk.do(kind, DOSE, outcome="done")
    await says(desk, DOSE, PlanStatus.DONE)
    await desk.do(kind, DOSE, outcome="mistake", reason="wrong bed")
    await says(desk, DOSE, PlanStatus.DONE)
    assert (await desk.do(kind, DOSE, outcome="not_done", reason="asleep")).outcome == "applied"
    assert [decode(one.body, AdministrationDraft).withdrawn for one in await desk.queued()] == [
        True,
        False,
    ]


async def test_a_patient_answers_and_nobody_stands_for_it(desk: Desk) -> None:
    bedside = await desk.ward.enrol(ScreenRole.BEDSIDE, "1")
    stay = docs.encounter_id(1)
    answer = await desk.ward.act(
        bedside, ActionKind.ANSWER_GIVE, stay, data={"question": "pain", "value": "4"}
    )
    assert answer.outcome == "applied"
    assert [one.kind for one in await desk.queued()] == ["answer"]
    for value in ("11", "4.5", "well", ""):
        data = {"question": "pain", "value": value}
        with pytest.raises(BadData):
            await desk.ward.act(bedside, ActionKind.ANSWER_GIVE, stay, data=data)
    await desk.do(ActionKind.SILENCE_START, stay, reason="wish")
    silent = await desk.ward.act(
        bedside, ActionKind.ANSWER_GIVE, stay, data={"question": "comfort", "value": "well"}
    )
    assert silent.outcome == "refused"


# ---------------------------------------------------------------------- what is in trouble


async def put_trouble(desk: Desk, what: str) -> str:
    """The task's entry is refused or contradicted; gives the document's id."""
    await plan(desk)
    await desk.do(ActionKind.TASK_MARK, TURN, outcome="done")
    (entry,) = await desk.queued()
    await desk.ward.hub.store.write(
        lambda tx: trouble(tx, entry, Trouble(what), "his.write.conflict", "it says so")
    )
    (stored,) = await desk.ward.hub.store.read(lambda r: r.all(WARD, "his_write"))
    document = decode(stored.body, HisWrite)
    assert document.by is not None
    assert (document.by.name, document.reason) == ("李红", "it says so")
    return document.id


@pytest.mark.parametrize(
    "what, how, state, status",
    [
        ("conflict", "keep", QueueState.WAITING, PlanStatus.DONE),
        ("conflict", "take", QueueState.THEIRS, PlanStatus.PLANNED),
        ("refused", "retry", QueueState.WAITING, PlanStatus.DONE),
        ("refused", "drop", QueueState.DROPPED, PlanStatus.DONE),
    ],
)
async def test_a_person_settles_it(
    desk: Desk, what: str, how: str, state: QueueState, status: PlanStatus
) -> None:
    id = await put_trouble(desk, what)
    with pytest.raises(BadData):
        await desk.do(ActionKind.HIS_WRITE_RESOLVE, id, how="other")
    if how in ("take", "drop"):
        with pytest.raises(BadData):
            await desk.do(ActionKind.HIS_WRITE_RESOLVE, id, how=how)
    answer = await desk.do(ActionKind.HIS_WRITE_RESOLVE, id, how=how, why="checked")
    assert answer.outcome == "applied"
    (entry,) = await desk.queued(state)
    assert entry.over is (how == "keep")
    assert (await item(desk, TURN)).status is status
    assert await desk.ward.stored("his_write", id) is None
    again = await desk.do(ActionKind.HIS_WRITE_RESOLVE, id, how=how, why="checked")
    assert again.outcome == "gone"


@pytest.mark.parametrize(
    "how, kept, state",
    [
        ("keep", True, QueueState.WAITING),
        ("take", True, QueueState.THEIRS),
        ("keep", False, QueueState.DROPPED),
    ],
)
async def test_a_person_settles_what_was_removed_there(
    desk: Desk, how: str, kept: bool, state: QueueState
) -> None:
    await desk.enter(heart_rate="80")
    before, (waiting,) = await desk.signs(), await desk.queued()
    there = replace(waiting, state=QueueState.TOLD, source_id="o1", version="1")

    def removed(tx: Tx) -> None:
        tx.queue_put(there)
        assert take_away(tx, WARD, WriteKind.OBSERVATION, there.id)

    await desk.ward.hub.store.write(removed)
    assert await desk.signs() == {}
    assert (await desk.entry()).signs[0].removed
    # What is queued of it now, that it was taken away, is for nobody.
    assert await desk.queued() == []
    if not kept:
        entry = (await desk.entry()).id
        await desk.ward.hub.store.write(lambda tx: tx.delete(WARD, "observation_entry", entry))
    (shown,) = await desk.ward.hub.store.read(lambda r: r.all(WARD, "his_write"))
    answer = await desk.do(ActionKind.HIS_WRITE_RESOLVE, shown.id, how=how, why="checked")
    assert answer.outcome == "applied"
    (row,) = await desk.queued(state)
    stands = how == "keep" and kept
    assert await desk.signs() == (before if stands else {})
    assert (row.source_id is None) is stands
    assert decode(row.body, ObservationDraft).withdrawn is not stands
    assert await desk.ward.stored("his_write", shown.id) is None


@pytest.mark.parametrize(
    "how, status, state",
    [
        ("take", PlanStatus.PLANNED, QueueState.THEIRS),
        ("keep", PlanStatus.DONE, QueueState.WAITING),
    ],
)
async def test_a_person_settles_what_was_merely_not_found(
    desk: Desk, how: str, status: PlanStatus, state: QueueState
) -> None:
    await plan(desk)
    await desk.do(ActionKind.ADMINISTRATION_MARK, DOSE, outcome="done")
    (waiting,) = await desk.queued()
    there = replace(waiting, state=QueueState.TOLD, source_id="m1", version="1")

    def unfound(tx: Tx) -> None:
        tx.queue_put(there)
        assert take_away(tx, WARD, WriteKind.ADMINISTRATION, there.id, sure=False)

    await desk.ward.hub.store.write(unfound)
    assert (await item(desk, DOSE)).status is PlanStatus.DONE
    (shown,) = await desk.ward.hub.store.read(lambda r: r.all(WARD, "his_write"))
    answer = await desk.do(ActionKind.HIS_WRITE_RESOLVE, shown.id, how=how, why="checked")
    assert answer.outcome == "applied"
    (row,) = await desk.queued(state)
    assert decode(row.body, AdministrationDraft).withdrawn is (how == "take")
    assert (await item(desk, DOSE)).status is status


async def test_trouble_outlives_the_stay(desk: Desk) -> None:
    id = await put_trouble(desk, "refused")
    await desk.ward.hub.store.write(lambda tx: end_stay(tx, WARD, docs.encounter_id(1)))
    assert await desk.ward.stored("his_write", id) is not None
    assert await desk.ward.stored("plan_mark", TURN) is None


def test_every_possible_value_is_one_that_can_be_read_back() -> None:
    for parameter, (low, high) in POSSIBLE.items():
        for edge in (low, high):
            text = str(edge)
            assert read_values({"systolic": "100", parameter.value: text})
            assert living(parameter, float(text)) == float(edge)
        with pytest.raises(EntryRefused):
            read_values({"systolic": "100", parameter.value: str(high + 1)})


@pytest.mark.parametrize(
    "parameter, low, high",
    [
        ("respiratory_rate", "1", "59"),
        ("oxygen_saturation", "51", "100"),
        ("temperature", "27.1", "44.9"),
        ("systolic", "1", "300"),
        ("heart_rate", "1", "250"),
        ("glucose", "1.0", "33.3"),
    ],
)
def test_the_edges_of_what_is_plausible(parameter: str, low: str, high: str) -> None:
    step = Decimal("0.1") if parameter in ("temperature", "glucose") else Decimal(1)
    for text in (low, high):
        assert improbable(read_values({parameter: text})) == ()
    below = str(Decimal(low) - step)
    if parameter == "respiratory_rate":  # 0 is absent breathing, and is meant
        assert improbable(read_values({parameter: below})) == ()
    else:
        assert improbable(read_values({parameter: below})) == (Parameter(parameter),)
    if parameter != "oxygen_saturation":
        assert improbable(read_values({parameter: str(Decimal(high) + step)}))


@pytest.mark.parametrize(
    "diastolic, asked", [("19", True), ("20", False), ("160", False), ("161", True)]
)
def test_a_diastolic_pressure_far_out_is_asked_about(diastolic: str, asked: bool) -> None:
    found = improbable(read_values({"systolic": "250", "diastolic": diastolic}))
    assert found == ((Parameter.DIASTOLIC,) if asked else ())


async def test_what_was_entered_is_forgotten_after_its_time(desk: Desk) -> None:
    await desk.enter(**FULL)
    await desk.ward.hub.store.write(
        lambda tx: ward_entries.forget(tx, WARD, MORNING + timedelta(seconds=1))
    )
    assert await desk.ward.hub.store.read(lambda r: r.all(WARD, "observation_entry")) == []
    assert len(await desk.queued()) == 7  # what waits to be told waits on


def test_a_word_that_is_no_kind_stops_the_start() -> None:
    assert kinds(Settings(his_write="")) == frozenset()
    assert kinds(Settings(his_write="answer, audit")) == {WriteKind.ANSWER, WriteKind.AUDIT}
    with pytest.raises(Misconfigured):
        kinds(Settings(his_write="answers"))
