"""GNU Health as a hospital system: what a ward gets of it, and what it is told."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import Assessment, EncounterStatus, PrecautionSlot, Sex
from smartward.clinical.his_write import WriteKind
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import EnteredValue
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.words import Wording
from smartward.errors import BadData, Misconfigured, Refused
from smartward.his.check import check
from smartward.his.drafts import Known, ObservationDraft
from smartward.his.port import Gone, Kind, Value
from smartward.hub.facts import DEPENDENT
from tests.his.gnuhealth.site import DIET, DOSE, MEAL, ORDER, ROUNDING, STAY, Site, Ward, day
from tests.his.hospital import Follower
from tests.his.hub import HubSide, hub_side, scratch

pytestmark = pytest.mark.anyio
KEEP = timedelta(hours=48)


@contextlib.asynccontextmanager
async def following(ward: Ward) -> AsyncIterator[Follower]:
    his = ward.his()
    try:
        yield Follower(his)
    finally:
        await his.close()


@contextlib.asynccontextmanager
async def hub_of(ward: Ward) -> AsyncIterator[HubSide]:
    """A hub's poller with a store, as in the program."""
    his = ward.his()
    with scratch() as folder, hub_side(his, ward.site.clock, folder) as hub:
        yield hub
    await his.close()


async def take_up(hub: HubSide) -> None:
    """Where the last process stopped."""
    ward = hub.settings.ward
    for kind in (*DEPENDENT, "bed", "encounter"):
        for stored in await hub.store.read(lambda tx, kind=kind: list(tx.all(ward, kind))):
            hub.facts.put(stored)
    await hub.sync.load()


async def beds(hub: HubSide) -> dict[str, tuple[BedStatus, int]]:
    """Number -> status and how many lie in it, after one more poll."""
    assert await hub.turn()
    found = sorted((await hub.of("bed")).values(), key=lambda one: one["order"])
    return {one["number"]: (one["status"], len(one["occupants"])) for one in found}


def values(signs: Iterable[Any]) -> dict[Parameter, float]:
    return {m.parameter: m.value for sign in signs for m in sign.measurements}


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "admissions, transfers, discharges, beds")
async def test_who_lies_where_is_followed(site: Site) -> None:
    ward, other = await site.ward("10", "2", "加1", "3"), await site.ward("9")
    S = BedStatus
    async with hub_of(ward) as hub:
        empty = dict.fromkeys(("2", "3", "10", "加1"), (S.UNOCCUPIED, 0))
        assert await beds(hub) == empty
        assert list(await beds(hub)) == list(empty)
        here = await ward.admit(await ward.person("明", "欧阳"), "2")
        coming = await ward.expect(await ward.person("Ana", "Betz", gender="nb"), "10")
        assert await beds(hub) == empty | {"2": (S.OCCUPIED, 1), "10": (S.RESERVED, 0)}
        found = await hub.of("encounter")
        assert found[f"his.stay-{here}"]["patient"].name == "欧阳明"
        expected = found[f"his.stay-{coming}"]
        assert (expected["status"], expected["patient"].name, expected["patient"].sex) == (
            EncounterStatus.PLANNED, "Ana Betz", Sex.OTHER
        )  # fmt: skip
        # Within the ward, then to another one, which empties the bed and the ward.
        await ward.transfer(here, ward.beds["3"])
        assert await beds(hub) == empty | {
            "2": (S.HOUSEKEEPING, 0), "3": (S.OCCUPIED, 1), "10": (S.RESERVED, 0)
        }  # fmt: skip
        await ward.transfer(here, other.beds["9"])
        assert set(await beds(hub)) == set(empty)
        assert set(await hub.of("encounter")) == {f"his.stay-{coming}"}
        await site.rpc.model(STAY, "admission", [coming])
        await beds(hub)
        await ward.discharge(coming)
        assert (await beds(hub))["10"] == (S.HOUSEKEEPING, 0)
        assert await hub.of("encounter") == {}
        await site.rpc.model(STAY, "bedclean", [coming])
        assert (await beds(hub))["10"] == (S.UNOCCUPIED, 0)


async def test_a_patient_is_told_without_the_texts_that_lie(site: Site) -> None:
    ward = await site.ward("1", "2", "3")
    born = date(1931, 12, 31)
    sure = await ward.person("小 明", "周", dob=day(born), gender="m")
    guess = await ward.person("Ana", "Betz", dob=day(born), est_dob=True, gender="u")
    ages = await site.rpc.rows("gnuhealth.patient", [["id", "=", sure]], ["age"])
    assert "\N{ZERO WIDTH SPACE}" in ages[0]["age"]
    stays = [await ward.admit(sure, "1"), await ward.admit(guess, "2")]
    async with following(ward) as follower:
        await follower.turn()
        first, second = (follower.encounters()[f"his.stay-{id}"] for id in stays)
    assert (first.patient.name, first.patient.family, first.patient.sex) == (
        "周小明", "周", Sex.MALE
    )  # fmt: skip
    assert (first.patient.birth_date, second.patient.birth_date) == ("1931-12-31", "1931")
    assert second.patient.sex is Sex.UNKNOWN
    assert first.patient.identifier
    assert first.diagnosis == "Appendicitis"
    assert "\N{ZERO WIDTH SPACE}" not in repr((first, second))


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "vital signs of roundings")
async def test_roundings_become_vital_signs(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    now = site.now()
    async with following(ward) as follower:
        await follower.turn()
        first = await ward.round(
            stay, at=now - timedelta(minutes=5), systolic=120, diastolic=80, bpm=72, osat=97,
            respiratory_rate=16, temperature=36.65, pain_level=0, glycemia=110,
        )  # fmt: skip
        await ward.round(stay, at=now - timedelta(minutes=1), temperature=98.6, bpm=70)
        await ward.round(stay, at=now - KEEP - timedelta(hours=1), bpm=51)
        told = await follower.turn()
        signs = follower.of("vital_sign")
        panel = [one for one in signs.values() if one.panel_id == f"his.rounding-{first}"]
        assert values(panel) == {
            Parameter.SYSTOLIC: 120, Parameter.DIASTOLIC: 80, Parameter.HEART_RATE: 72,
            Parameter.OXYGEN_SATURATION: 97, Parameter.RESPIRATORY_RATE: 16,
            Parameter.TEMPERATURE: 36.65, Parameter.PAIN: 0,
        }  # fmt: skip
        assert {one.taken_at for one in panel} == {now - timedelta(minutes=5)}
        pressure = signs[f"his.rounding-{first}.blood_pressure"]
        assert [m.parameter for m in pressure.measurements] == ["systolic", "diastolic"]
        # °F is set aside, beside it is good; what is too old is not read.
        assert [(one.key, one.detail) for one in told.rejected] == [
            ("his.rejection.range", "temperature")
        ]
        assert len(signs) == len(panel) + 1
        # Nothing is told twice, what is corrected is told, what is taken away is gone.
        assert (await follower.turn()).items == ()
        await ward.write(ROUNDING, first, bpm=75, pain_level=None)
        told = await follower.turn()
        assert {type(one) for one in told.items} == {Value, Gone}
        assert follower.of("vital_sign")[f"his.rounding-{first}.heart_rate"].measurements[
            0
        ].value == 75  # fmt: skip
        assert f"his.rounding-{first}.pain" not in follower.of("vital_sign")


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "medicines and given doses")
async def test_medicines_and_doses_become_the_day(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    order = await ward.order(stay, 8, 20)
    async with following(ward) as follower:
        await follower.turn()
        items = follower.of("plan_item")
        assert {one.status for one in items.values()} == {PlanStatus.PLANNED}
        assert len(items) in (5, 6)  # 60 hours
        due = min(one.due_at for one in items.values() if one.due_at > site.now() - KEEP / 4)
        assert due.astimezone(ward.his()._words.zone).hour in (8, 20)
        title = next(iter(items.values())).title
        assert title is not None
        assert "0.5 mg" in (title.his or "")
        dose = await ward.give(order, due + timedelta(minutes=10))
        await follower.turn()
        done = [one for one in follower.of("plan_item").values() if one.status == PlanStatus.DONE]
        assert [(one.due_at, one.done_at) for one in done] == [(due, due + timedelta(minutes=10))]
        # Deleted without a trace, as GNU Health does.
        await ward.delete(DOSE, dose)
        await follower.turn()
        assert follower.of("plan_item") == items
        await ward.write(ORDER, order, discontinued=True, discontinued_reason="rash")
        await follower.turn()
        assert follower.of("plan_item") == {}
        # Neither times of day nor an interval: nobody knows when.
        vague = await ward.order(stay)
        told = await follower.turn()
        assert [(one.source_id, one.key) for one in told.rejected] == [
            (f"medication-{vague}", "his.rejection.no_time")
        ]
        await ward.write(ORDER, vague, frequency=6, frequency_unit="hours")
        assert (await follower.turn()).rejected == ()
        assert len(follower.of("plan_item")) == 10


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "ordered meals")
async def test_ordered_meals_become_part_of_the_day(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    soup = await ward.dish("Soup")
    noon = site.now() - timedelta(hours=1)
    order = await ward.meal(stay, "special", noon, soup, await ward.dish("Tea"))
    async with following(ward) as follower:

        async def meal() -> Any:
            await follower.turn()
            return next(iter(follower.of("plan_item").values()), None)

        assert await meal() is None  # nobody has ordered it yet
        await ward.press(MEAL, order, "generate")
        one = await meal()
        assert (one.kind, one.status, one.due_at) == (PlanKind.MEAL, PlanStatus.PLANNED, noon)
        assert (one.id, one.title) == (f"his.meal-{order}", Wording(his="Soup · Tea"))
        await ward.press(MEAL, order, "done")
        assert (await meal()).status is PlanStatus.DONE
        await ward.delete(f"{MEAL}.item", (await site.rpc.ids(f"{MEAL}.item", [
            ["meal_order", "=", order], ["meal", "=", soup]])).pop())  # fmt: skip
        assert (await meal()).title == Wording(his="Tea")
        await ward.write(MEAL, order, state="cancelled")
        assert await meal() is None
        lunch = await ward.meal(stay, "lunch", noon)
        await ward.press(MEAL, lunch, "generate")
        at = (await meal()).due_at.astimezone(ward.his()._words.zone)
        assert (at.hour, at.minute) == (11, 30)
        assert -timedelta(minutes=90) <= at - noon < timedelta(days=1)


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "diets, fasting, allergies")
async def test_diets_and_allergies_are_part_of_the_stay(site: Site) -> None:
    ward = await site.ward("1")
    patient = await ward.person("明", "周")
    stay = await ward.admit(patient, "1")
    his = ward.his()

    async def now() -> Any:
        told = (await his.census()).encounters[0]
        assert isinstance(told, Value)
        slots = {one.slot: one for one in told.body.precautions}
        nil = slots[PrecautionSlot.NIL_BY_MOUTH]
        return told.body.diet, nil.state, slots[PrecautionSlot.ALLERGY]

    diet, nil, allergy = await now()
    assert (diet, nil, allergy.state) == (None, Assessment.NOT_ASSESSED, Assessment.NOT_ASSESSED)
    await ward.eat(stay, "REG")
    assert (await now())[1] is Assessment.ABSENT
    fasting = await ward.eat(stay, "NPO")
    diet, nil, _ = await now()
    assert (diet.wording.key, nil) == ("diet.nil_by_mouth", Assessment.PRESENT)
    await ward.delete(DIET, fasting)
    diet, nil, _ = await now()
    assert (diet.wording.key, nil) == ("diet.regular", Assessment.ABSENT)
    await ward.eat(stay, "RENAL")
    diet, nil, _ = await now()
    assert (diet.wording.his, nil) == ("RENAL", Assessment.NOT_ASSESSED)
    await site.make("gnuhealth.patient.disease", patient=patient, pathology=site.illness,
                    is_allergy=True, status="a")  # fmt: skip
    allergy = (await now())[2]
    assert (allergy.state, allergy.wording) == (Assessment.PRESENT, Wording(his="Appendicitis"))
    await his.close()


def draft(stay: int, name: str, number: int = 1, **given: str) -> ObservationDraft:
    told = tuple(EnteredValue(parameter=Parameter(n), text=t) for n, t in given.items())
    return ObservationDraft(
        id=f"0190-a{stay}.{name}.{number}", encounter_id=f"his.stay-{stay}", patient_id="his.p",
        sign=name, values=told, taken_at=NOW[0], entered_at=NOW[0], device_id="d1",
    )  # fmt: skip


NOW: list[Any] = [None]


async def roundings(site: Site, stay: int) -> list[dict[str, Any]]:
    names = ["systolic", "diastolic", "bpm", "temperature", "state", "round_summary"]
    return await site.rpc.rows(ROUNDING, [["registration", "=", stay]], names)


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "observations written back once")
async def test_what_is_entered_at_the_ward_becomes_one_rounding(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    NOW[0] = site.now() - timedelta(minutes=2)
    his = ward.his()
    assert await his.takes() == {WriteKind.OBSERVATION}
    sent = [
        draft(stay, "blood_pressure", systolic="118", diastolic="76"),
        draft(stay, "temperature", temperature="36.50"),
        draft(stay, "consciousness", consciousness="C"),
        draft(stay, "oxygen_supply", oxygen_supply="air"),
        draft(stay, "glucose", glucose="5.10"),
        draft(stay, "heart_rate", heart_rate="71"),
        draft(stay, "oxygen_flow", oxygen_flow="2.50", oxygen_device="nasal_cannula"),
    ]
    first = [await his.write(one, Known()) for one in sent]
    again = [await ward.his().write(one, Known(again=True)) for one in sent]
    assert [one.created for one in first] == [True, *[False] * 6]
    assert {one.source_id for one in (*first, *again)} == {first[0].source_id}
    assert not any(one.created for one in again)
    (row,) = await roundings(site, stay)
    assert (row["systolic"], row["diastolic"], row["bpm"]) == (118, 76, 71)
    assert (row["temperature"], row["state"]) == (36.5, "draft")
    # It comes back as what it is: the ward's own signs.
    async with following(ward) as follower:
        await follower.turn()
        signs = follower.of("vital_sign")
    assert set(signs) == {f"ward.{one.id}" for one in sent}
    assert {one.panel_id for one in signs.values()} == {f"ward.0190-a{stay}"}
    assert {one.taken_at for one in signs.values()} == {NOW[0]}
    assert signs[f"ward.{sent[2].id}"].measurements[0].code == "C"
    assert signs[f"ward.{sent[4].id}"].measurements[0].value == 5.1
    oxygen = signs[f"ward.{sent[6].id}"].measurements
    assert [one.code or one.value for one in oxygen] == ["oxygen", 2.5, "nasal_cannula"]
    await his.close()


async def test_a_correction_takes_the_place_and_nobodys_word_is_lost(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    NOW[0] = site.now()
    his = ward.his()
    wrong = draft(stay, "heart_rate", heart_rate="171")
    await his.write(wrong, Known())
    (row,) = await roundings(site, stay)
    await ward.write(ROUNDING, row["id"], round_summary=f"sleeps well\n{row['round_summary']}")
    await his.write(draft(stay, "heart_rate", 2, heart_rate="71"), Known())
    await his.write(dataclasses.replace(wrong, withdrawn=True), Known())
    (row,) = await roundings(site, stay)
    assert row["bpm"] == 71
    assert row["round_summary"].startswith("sleeps well\n")
    assert "withdrawn" in row["round_summary"]
    # Somebody's own value is not written over, until a person says so.
    await ward.write(ROUNDING, row["id"], bpm=80)
    third = draft(stay, "heart_rate", 3, heart_rate="72")
    with pytest.raises(Refused) as refused:
        await his.write(third, Known())
    assert refused.value.key == "his.write.conflict"
    assert (await roundings(site, stay))[0]["bpm"] == 80
    await his.write(third, Known(over=True))
    assert (await roundings(site, stay))[0]["bpm"] == 72
    # What is signed is not touched: more of the set makes another rounding.
    await site.rpc.model(ROUNDING, "write", [row["id"]], {"state": "done"})
    with pytest.raises(Refused) as refused:
        await his.write(dataclasses.replace(third, withdrawn=True), Known())
    assert refused.value.key == "his.write.conflict"
    await his.write(draft(stay, "pain", pain="3"), Known())
    assert len(await roundings(site, stay)) == 2
    await his.close()


async def test_a_session_that_ended_is_renewed(site: Site) -> None:
    ward = await site.ward("1")
    his = ward.his()
    await his.census()
    his._rpc._session = "Session " + "eA=="
    census = await his.census()
    assert len(census.beds) == 1
    await his.close()


async def test_wrong_access_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = await site.ward("1")
    monkeypatch.setenv("SMARTWARD_HIS_SECRET", "no")
    with pytest.raises(Refused, match="access"):
        await ward.his().census()
    monkeypatch.setenv("SMARTWARD_HIS_SECRET", site.login[1])
    with pytest.raises(BadData, match="no_database"):
        await ward.his(his_url=f"{site.url}-not").census()
    for wrong in ("999999", "Nowhere", "unit:None", f"{ward.id},999999"):
        with pytest.raises(Misconfigured, match="no_ward_named"):
            await ward.his(wrong).census()
    with pytest.raises(Refused) as refused:
        await site.rpc.model(STAY, "confirmed", [await ward.somebody("1")])
    assert refused.value.values["reason"] == "Bed is not available"


async def test_a_ward_by_name_and_a_unit_of_rooms(site: Site) -> None:
    name = f"U{site.clock.monotonic()}"
    unit = await site.make(
        "gnuhealth.hospital.unit", name=name, institution=site.institution, code=name
    )
    first = await site.ward("2", unit=unit)
    second = await site.ward("1", unit=unit)
    named = await first.his(first.name).census()
    assert named.ward.name == first.name
    assert [one.body.number for one in named.beds if isinstance(one, Value)] == ["2"]
    units = await site.rpc.rows("gnuhealth.hospital.unit", [["id", "=", unit]], ["name"])
    for ward in (f"unit:{units[0]['name']}", f"{first.id},{second.id}"):
        census = await first.his(ward).census()
        told = [one.body for one in census.beds if isinstance(one, Value)]
        assert [(one.room, one.number) for one in told] == [(first.name, "2"), (second.name, "1")]


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "a hub that starts anew; his check")
async def test_what_changed_while_nobody_looked_is_found(site: Site) -> None:
    ward = await site.ward("1", "2")
    stay, leaves = await ward.somebody("1"), await ward.somebody("2")
    order = await ward.order(stay, 8, 20)
    with scratch() as folder:
        his = ward.his()
        with hub_side(his, site.clock, folder) as hub:
            assert await hub.turn()
            assert len(await hub.of("encounter")) == 2
            assert await hub.of("plan_item")
        await his.close()
        await ward.delete(ORDER, order)
        await ward.discharge(leaves)
        await ward.round(stay, bpm=64)
        his = ward.his()
        with hub_side(his, site.clock, folder) as hub:
            await take_up(hub)
            assert await hub.turn()
            assert set(await hub.of("encounter")) == {f"his.stay-{stay}"}
            assert await hub.of("plan_item") == {}
            assert len(await hub.of("vital_sign")) == 1
            roster = (await hub.of("roster"))["roster"]["members"]
            assert [(one.name, one.role) for one in roster] == [("李薇", "nurse")]
        report = await check(his)
        await his.close()
    assert "What GNU Health (JSON-RPC, Tryton 7.0.59) can do" in report
    assert "2 beds, 1 patients, 1 staff" in report
    assert "observations entered at the ward: yes" in report


async def test_a_document_is_read_alone(site: Site) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    rounding = await ward.round(stay, bpm=64)
    his = ward.his()
    await his.census()
    found = await his.read(Kind.VITAL_SIGN, f"his.rounding-{rounding}.heart_rate")
    assert isinstance(found, Value)
    for kind, id in (
        (Kind.VITAL_SIGN, f"his.rounding-{rounding}.temperature"),
        (Kind.VITAL_SIGN, "his.rounding-999999.temperature"),
        (Kind.PLAN_ITEM, "his.medication-999999.20261121T0000"),
        (Kind.INFUSION, "his.pump-1"),
        (Kind.BED, "his.bed-999999"),
        (Kind.ENCOUNTER, "his.stay-999999"),
    ):
        assert isinstance(await his.read(kind, id), Gone), id
    assert isinstance(await his.read(Kind.BED, f"his.bed-{ward.beds['1']}"), Value)
    assert isinstance(await his.read(Kind.ENCOUNTER, f"his.stay-{stay}"), Value)
    await his.close()
