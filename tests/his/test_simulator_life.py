"""The living ward: what each rule looks at occurs in its days, seldom; the stories are told."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from smartward.clinical.plan import DoseTiming
from smartward.his.port import Kind
from smartward.his.simulator import planted, scenes
from smartward.his.simulator.world import World, advance
from tests.fakes.fake_clock import MORNING
from tests.his.hospital import Follower, Hospital

DAYS = 2
_CALLED = ("HH", "LL")


def day(seed: int = 7, stories: str = "") -> World:
    return scenes.build("day", seed, 40, MORNING, stories)


def bodies(world: World, kind: str) -> Iterator[dict[str, Any]]:
    return (row.resource for row in world.store.all(kind))


def codes(body: dict[str, Any]) -> list[str]:
    return [one["code"] for one in body.get("coding", ())]


def observed(world: World, code: str, bed: str | None = None) -> list[dict[str, Any]]:
    """The Observations of a code, of the one who lies in a bed or of all, in order."""
    stay = None if bed is None else f"Encounter/{world.stays[bed].encounter}"
    found = [
        one
        for one in bodies(world, "Observation")
        if code in codes(one["code"]) and stay in (None, one["encounter"]["reference"])
    ]
    return sorted(found, key=lambda one: one["effectiveDateTime"])


def at(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["effectiveDateTime"])


def everything(world: World) -> dict[str, bytes]:
    return {
        f"{kind}/{row.resource['id']}": row.text
        for kind in world.store.counts()
        for row in world.store.all(kind)
    }


@pytest.fixture(scope="module")
def living() -> World:
    """Two ordinary days, in many strides."""
    world = day()
    for hour in range(24 * DAYS):
        advance(world, MORNING + timedelta(hours=hour + 1))
    return world


@pytest.fixture(scope="module")
def told() -> World:
    """Nine hours with every story."""
    world = day(stories="all")
    advance(world, MORNING + timedelta(hours=9))
    return world


def test_seed_and_time_alone_make_the_ward(living: World) -> None:
    once = day()
    advance(once, MORNING + timedelta(hours=24 * DAYS))
    assert everything(once) == everything(living)


def test_the_stories_change_nobody_else() -> None:
    """With a story the others' morning is what it was: the same patients, the same bloods."""
    plain = day()
    advance(plain, MORNING + timedelta(hours=1))
    story = day(stories="exit")
    advance(story, MORNING + timedelta(hours=1))
    mine = f"Encounter/{story.stays['bed-32'].encounter}"
    others = [one for one in bodies(story, "Observation") if one["encounter"]["reference"] != mine]
    assert len(others) > 1000
    before = Counter(one["effectiveDateTime"] for one in bodies(plain, "Observation"))
    assert not Counter(one["effectiveDateTime"] for one in others) - before


def test_what_the_rules_look_at_occurs(living: World) -> None:
    for code in (
        *("2823-3", "2951-2", "718-7", "777-3", "34714-6"),  # laboratory
        *("41653-7", "72514-3", "29463-7", "59460-6", "38227-5", "poss"),
        *("occupied", "exit-alarm", "brake", "rails", "low", "157784"),
    ):
        assert observed(living, code), code
    orders = list(bodies(living, "MedicationRequest"))
    as_needed = [one for one in orders if one["dosageInstruction"][0].get("asNeededBoolean")]
    assert all("maxDosePerPeriod" in one["dosageInstruction"][0] for one in as_needed)
    given = Counter(
        one["request"]["reference"] for one in bodies(living, "MedicationAdministration")
    )
    assert any(given[f"MedicationRequest/{one['id']}"] for one in as_needed)
    assert any(one.get("priority") == "urgent" for one in orders)
    rates = [
        dose["rateQuantity"]["code"]
        for one in orders
        for dose in one["dosageInstruction"][0].get("doseAndRate", ())
        if "rateQuantity" in dose
    ]
    assert set(rates) == {"mL/h"}
    allergies = [one for one in bodies(living, "AllergyIntolerance") if one.get("category")]
    assert {code for one in allergies for code in codes(one["code"])} & {"J01C", "J01D", "J01E"}
    lines = [one for one in bodies(living, "Flag") if "piv" in codes(one["code"])]
    assert {one["status"] for one in lines} == {"active", "inactive"}
    changed = [one for one in lines if "end" in one["period"]]
    assert len(changed) >= 3


def test_what_alarms_is_rare(living: World) -> None:
    """In the four days of this ward: a few, and some."""
    days = DAYS + 2
    called = sum(
        code in _CALLED
        for one in bodies(living, "Observation")
        for said in one.get("interpretation", ())
        for code in codes(said)
    )
    exits = sum(one["valueBoolean"] is False for one in observed(living, "occupied"))
    low = sum(one["valueQuantity"]["value"] < 4 for one in observed(living, "41653-7"))
    assert called <= days
    assert exits <= 2 * days
    assert low <= days
    assert called + exits + low >= 2


def test_pain_that_is_much_is_mostly_asked_about_again(living: World) -> None:
    by_stay: dict[str, list[tuple[datetime, int]]] = {}
    for one in observed(living, "72514-3"):
        asked = by_stay.setdefault(one["encounter"]["reference"], [])
        asked.append((at(one), one["valueInteger"]))
    much = again = 0
    for asked in by_stay.values():
        for when, value in asked:
            if value >= 4 and when < living.now - timedelta(hours=1):
                much += 1
                again += any(when < later <= when + timedelta(hours=1) for later, _ in asked)
    assert much >= 2
    assert again >= much * 0.6


def test_one_gets_worse_for_three_hours_and_is_treated(told: World) -> None:
    pulse = [
        ((at(one) - MORNING) / timedelta(hours=1), one["valueQuantity"]["value"])
        for one in observed(told, "8867-4", "bed-31")
    ]
    early = [value for hour, value in pulse if 0.4 < hour < 1]
    late = [value for hour, value in pulse if 3 < hour < 5]
    treated = [value for hour, value in pulse if hour > 5.6]
    assert max(early) < 110 < min(late)
    assert max(treated) < 105
    (lactate,) = observed(told, "2524-7", "bed-31")
    assert lactate["valueQuantity"]["value"] == 3.9


def test_one_gets_up_alone_twice(told: World) -> None:
    minutes = [
        (round((at(one) - MORNING) / timedelta(minutes=1)), one["valueBoolean"])
        for one in observed(told, "occupied", "bed-32")
        if at(one) > MORNING
    ]
    assert minutes == [(45, False), (51, True), (210, False), (214, True)]


def test_a_drip_ends_and_the_next_is_hung(told: World) -> None:
    mine = f"Encounter/{told.stays['bed-7'].encounter}"
    drips = [
        one
        for one in bodies(told, "MedicationAdministration")
        if one["context"]["reference"] == mine and "effectivePeriod" in one
    ]
    ended = [
        datetime.fromisoformat(one["effectivePeriod"]["end"])
        for one in drips
        if one["status"] == "completed"
    ]
    begun = [datetime.fromisoformat(one["effectivePeriod"]["start"]) for one in drips]
    first = min(end for end in ended if end > MORNING + timedelta(hours=1))
    assert timedelta(minutes=96) <= first - MORNING < timedelta(minutes=99)
    assert any(first < start < first + timedelta(minutes=2) for start in begun)


def test_one_is_restless(told: World) -> None:
    sets = [one for one in observed(told, "8867-4", "bed-21") if at(one) > MORNING]
    assert len(sets) > 15
    fast = [one["valueQuantity"]["value"] > 110 for one in sets]
    assert sum(a != b for a, b in itertools.pairwise(fast)) >= 3
    pains = [one["valueInteger"] for one in observed(told, "72514-3", "bed-21")]
    assert {3, 6} <= set(pains)


def test_laboratory_allergy_and_who_was_forgotten(told: World) -> None:
    values = [
        (one["valueQuantity"]["value"], codes(one["interpretation"][0]))
        for one in observed(told, "2823-3", "bed-10")
        if at(one) > MORNING
    ]
    assert values[:2] == [(6.6, ["HH"]), (4.4, ["N"])]
    patient = f"Patient/{told.stays['bed-5'].patient}"
    wrong = [
        one
        for one in bodies(told, "MedicationRequest")
        if one["subject"]["reference"] == patient
        and "J01CA04" in codes(one["medicationCodeableConcept"])
    ]
    assert [one["status"] for one in wrong] == ["cancelled"]
    looks = [at(one) for one in observed(told, "8867-4", "bed-25") if at(one) > MORNING]
    assert looks[0] == MORNING + timedelta(minutes=300)


def test_which_stories_there_are() -> None:
    assert planted.chosen("") == ()
    assert planted.chosen("exit, drip") == ("exit", "drip")
    assert planted.chosen("all") == tuple(planted.STORIES)
    with pytest.raises(ValueError, match="no story 'flood'"):
        planted.chosen("drip,flood")


@pytest.mark.anyio
async def test_our_own_client_understands_all_of_it() -> None:
    """Nothing is set aside, and each kind that a rule feeds on is there."""
    async with Hospital.scene("day") as hospital:
        follower = Follower(hospital.his())
        told = await follower.turn()
        stays = list(follower.encounters().values())
    assert told.rejected == ()
    kinds = Counter(kind for kind, _ in follower.documents.values())
    for kind in Kind:
        assert kinds[kind] or kind in (Kind.WARD, Kind.BED, Kind.ENCOUNTER), kind
    as_needed = [one for one in follower.of("order").values() if one.as_needed]
    assert all(one.limits and one.analgesic for one in as_needed)
    assert as_needed
    assert any(one.timing is DoseTiming.CRITICAL for one in follower.of("plan_item").values())
    drips = list(follower.of("infusion").values())
    assert any(one.ordered_ml_h is not None and one.rates for one in drips)
    assert any(one.codes for stay in stays for one in stay.allergies)
    assert all(stay.weight_kg is not None for stay in stays)
