"""The simulated ward lives plausibly, and is a function of its seed and the time alone."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.his.simulator import scenes
from smartward.his.simulator.events import EVENTS, happen
from smartward.his.simulator.world import World, advance
from tests.fakes.fake_clock import MORNING

HOUR = timedelta(hours=1)


def morning(seed: int = 7) -> World:
    return scenes.build("morning", seed, 40, MORNING)


def everything(world: World) -> dict[str, bytes]:
    return {
        f"{kind}/{row.resource['id']}": row.text
        for kind in world.store.counts()
        for row in world.store.all(kind)
    }


def test_the_same_seed_is_the_same_ward() -> None:
    first, second, other = morning(), morning(), morning(8)
    assert everything(first) == everything(second)
    assert everything(first) != everything(other)


@settings(max_examples=5)
@given(strides=st.lists(st.floats(1, 4000), min_size=1, max_size=6))
def test_in_one_stride_or_in_many(strides: list[float]) -> None:
    once, often = morning(), morning()
    at = MORNING
    for seconds in strides:
        at += timedelta(seconds=seconds)
        advance(often, at)
    advance(once, at)
    assert everything(once) == everything(often)


def test_time_never_runs_backwards() -> None:
    world = morning()
    assert advance(world, MORNING - HOUR) == 0
    assert world.now == MORNING


def sets(world: World, encounter: str) -> list[tuple[datetime, dict[str, float]]]:
    """What was measured in one stay, in order."""
    found: dict[str, dict[str, float]] = {}
    for row in world.store.all("Observation"):
        body = row.resource
        if body["encounter"]["reference"] != f"Encounter/{encounter}":
            continue
        values = found.setdefault(body["effectiveDateTime"], {})
        for part in (body, *body.get("component", [])):
            if "valueQuantity" in part:
                values[part["code"]["coding"][0]["code"]] = part["valueQuantity"]["value"]
    whole = [(at, one) for at, one in sorted(found.items()) if "9279-1" in one]
    return [(datetime.fromisoformat(at), one) for at, one in whole]


def news2(one: dict[str, float]) -> int:
    """NEWS2 on scale 1 of an alert patient (RCP 2017), written out for the test."""
    rr, spo2, sys_, hr, t = (
        one[code] for code in ("9279-1", "59408-5", "8480-6", "8867-4", "8310-5")
    )
    score = 3 if rr <= 8 or rr >= 25 else 2 if rr >= 21 else 1 if rr <= 11 else 0
    score += 3 if spo2 <= 91 else 2 if spo2 <= 93 else 1 if spo2 <= 95 else 0
    score += 2 if one["3151-8"] > 0 else 0
    score += 3 if sys_ <= 90 or sys_ >= 220 else 2 if sys_ <= 100 else 1 if sys_ <= 110 else 0
    score += 3 if hr <= 40 or hr >= 131 else 2 if hr >= 111 else 1 if hr <= 50 or hr >= 91 else 0
    score += 3 if t <= 35 else 2 if t >= 39.1 else 1 if t <= 36 or t >= 38.1 else 0
    return score


@pytest.mark.parametrize("seed", [7, 1, 99])
def test_one_patient_deteriorates_within_six_hours(seed: int) -> None:
    world = morning(seed)
    stay = world.stays["bed-31"]
    advance(world, MORNING + HOUR)
    course = [(at, news2(one)) for at, one in sets(world, stay.encounter)]
    before = [score for at, score in course if at < MORNING - 5 * HOUR]
    assert all(1 <= score <= 3 for score in before)
    bad = [at for at, score in course if score >= 7]
    assert MORNING < bad[0] < MORNING + timedelta(minutes=40)
    assert all(score >= 6 for at, score in course if at >= bad[0])
    # The nurses come more often the worse it gets.
    after = [at for at, _ in course if at >= bad[0]]
    gaps = [later - earlier for earlier, later in itertools.pairwise(after)]
    assert gaps
    assert max(gaps) <= timedelta(minutes=20)


def test_a_steady_fever_a_lung_patient_and_the_others() -> None:
    world = morning()
    advance(world, MORNING + 12 * HOUR)
    fever = [one["8310-5"] for _, one in sets(world, world.stays["bed-20"].encounter)]
    assert len(fever) > 12
    assert all(38.1 <= t <= 39.0 for t in fever)
    lungs = [one for _, one in sets(world, world.stays["bed-17"].encounter)]
    assert all(one["3151-8"] == 2 and 87 <= one["59408-5"] <= 93 for one in lungs)
    own = ("bed-31", "bed-20", "bed-17")
    ordinary = [
        news2(one)
        for bed, stay in world.stays.items()
        if bed not in own
        for _, one in sets(world, stay.encounter)
    ]
    assert len(ordinary) > 400
    counts = Counter(ordinary)
    assert counts[0] > 0.6 * len(ordinary)
    assert max(ordinary) <= 4


def values_are_alive(one: dict[str, float]) -> bool:
    limits = {
        "9279-1": (8, 35),
        "59408-5": (84, 100),
        "8867-4": (40, 140),
        "8480-6": (80, 200),
        "8462-4": (40, 120),
        "8310-5": (35, 40),
    }
    return all(low <= one[code] <= high for code, (low, high) in limits.items())


@pytest.mark.parametrize("scene", ["morning", "sixty", "longest"])
def test_every_value_is_a_living_persons(scene: str) -> None:
    world = scenes.build(scene, 3, 40, MORNING)
    advance(world, MORNING + 24 * HOUR)
    measured = [one for stay in world.stays.values() for _, one in sets(world, stay.encounter)]
    assert measured
    assert [one for one in measured if not values_are_alive(one)] == []


def places(world: World) -> dict[str, list[str]]:
    """Who lies where by the Encounters alone."""
    found: dict[str, list[str]] = {}
    for row in world.store.all("Encounter"):
        if row.resource["status"] == "in-progress":
            for place in row.resource["location"]:
                if place["status"] == "active":
                    bed = place["location"]["reference"].removeprefix("Location/")
                    found.setdefault(bed, []).append(row.resource["id"])
    return found


def test_the_told_morning() -> None:
    world = morning()
    first = places(world)
    assert len(first) == 38
    assert all(len(here) == 1 for here in first.values())
    assert "bed-33" not in first
    nine, ten, sixteen = first["bed-9"], first["bed-10"], first["bed-16"]
    advance(world, MORNING + timedelta(minutes=20))
    assert "bed-33" in places(world)
    advance(world, MORNING + timedelta(minutes=40))
    assert "bed-2" not in places(world)
    advance(world, MORNING + timedelta(minutes=60))
    assert places(world)["bed-2"] == sixteen
    advance(world, MORNING + timedelta(minutes=80))
    later = places(world)
    assert (later["bed-9"], later["bed-10"]) == (ten, nine)
    advance(world, MORNING + 5 * HOUR)
    assert "bed-14" in places(world)


def test_days_go_on() -> None:
    world = morning()
    seen: set[str] = set()
    for hours in range(0, 24 * 6, 2):
        advance(world, MORNING + hours * HOUR)
        here = places(world)
        assert all(len(one) == 1 for one in here.values())
        assert {bed: [stay.encounter] for bed, stay in world.stays.items()} == here
        assert 30 <= len(here) <= 41
        seen |= {id for one in here.values() for id in one}
    assert len(seen) > 41


def test_a_discharge_leaves_nothing_open() -> None:
    world = morning()
    stay = world.stays["bed-12"]
    happen(world, "discharge", {"bed": "12"})
    mine = f"Encounter/{stay.encounter}"
    opened = []
    for kind in ("MedicationRequest", "ServiceRequest", "NutritionOrder", "Task", "Flag"):
        for row in world.store.all(kind):
            body = row.resource
            if body["encounter"]["reference"] == mine and body["status"] in ("active", "requested"):
                opened.append(f"{kind}/{body['id']}")
    assert opened == []
    running = [
        one.resource["status"]
        for one in world.store.all("MedicationAdministration")
        if one.resource["context"]["reference"] == mine
    ]
    assert "in-progress" not in running
    before = len(sets(world, stay.encounter))
    advance(world, MORNING + 24 * HOUR)
    assert len(sets(world, stay.encounter)) == before


def volume(world: World, bed: str) -> Any:
    mine = f"Encounter/{world.stays[bed].encounter}"
    for row in world.store.all("Observation"):
        body = row.resource
        code = body["code"].get("coding", [{}])[0].get("code")
        if code == "157872" and body["encounter"]["reference"] == mine:
            yield body["valueQuantity"]["value"], body["effectiveDateTime"]


def test_each_event_can_happen() -> None:
    told = {
        "admit": {"bed": "33"},
        "discharge": {"bed": "1"},
        "transfer": {"bed": "3", "to": "27"},
        "swap": {"bed": "5", "with": "6"},
        "deteriorate": {"bed": "8"},
        "recover": {"bed": "31"},
        "observe": {"bed": "8"},
        "neglect": {"bed": "8"},
        "drip_start": {"bed": "8", "total": 250, "rate": 50, "left": 60, "next": True},
        "drip_near": {"bed": "12", "minutes": 5},
        "drip_end": {"bed": "12"},
        "drip_change": {"bed": "12"},
        "sensor_lost": {"bed": "4"},
        "fasting_start": {"bed": "8"},
        "fasting_end": {"bed": "12"},
        "profile": {"bed": "12", "what": "hearing"},
        "death": {"bed": "12"},
        "cancel": {"bed": "12"},
        "lab": {"bed": "8", "test": "sodium", "value": 118, "critical": True},
        "glucose": {"bed": "8", "value": 3.1},
        "pain": {"bed": "8", "value": 7},
        "bed_exit": {"bed": "8"},
        "bed_sensor": {"bed": "8", "what": "brake"},
        "drip_rate": {"bed": "8", "share": 1.5, "minutes": 9},
        "as_needed": {"bed": "8"},
        "allergy_order": {"bed": "8"},
        "dismiss": {"who": "prac-li"},
    }
    assert set(told) == set(EVENTS)
    world = morning()
    for minute, (name, arguments) in enumerate(told.items(), 1):
        before = world.store.writes
        happen(world, name, arguments)
        assert world.store.writes > before or name == "neglect", name
        advance(world, MORNING + timedelta(minutes=minute))
    advance(world, MORNING + 2 * HOUR)


def test_events_with_effect() -> None:
    world = morning()
    happen(world, "deteriorate", {"bed": "8"})
    last = sets(world, world.stays["bed-8"].encounter)[-1]
    assert last[0] == MORNING
    assert news2(last[1]) >= 7
    happen(world, "drip_near", {"bed": "4", "minutes": 6})
    assert [value for value, _ in volume(world, "bed-4")] == [6.0]
    happen(world, "drip_end", {"bed": "4"})
    assert [value for value, _ in volume(world, "bed-4")] == [0]
    happen(world, "sensor_lost", {"bed": "12"})
    frozen = list(volume(world, "bed-12"))
    advance(world, MORNING + timedelta(minutes=10))
    assert list(volume(world, "bed-12")) == frozen


@pytest.fixture(scope="module")
def unchanged() -> Iterator[World]:
    """A ward to which nothing may happen."""
    world = morning()
    before = everything(world)
    yield world
    assert everything(world) == before


@pytest.mark.parametrize(
    "name, arguments, error",
    [
        ("explode", {"bed": "1"}, ValueError),
        ("discharge", {"bed": "33"}, ValueError),
        ("admit", {"bed": "1"}, ValueError),
        ("transfer", {"bed": "1", "to": "3"}, ValueError),
        ("drip_end", {"bed": "1"}, ValueError),
        ("death", {"bed": "33"}, ValueError),
        ("cancel", {"bed": "33"}, ValueError),
        ("profile", {"bed": "1", "what": "temper"}, ValueError),
        ("profile", {"bed": "1"}, KeyError),
        ("lab", {"bed": "1", "test": "luck", "value": 1}, ValueError),
        ("bed_sensor", {"bed": "1", "what": "dreams"}, ValueError),
        ("drip_rate", {"bed": "1"}, ValueError),
        ("dismiss", {"who": "prac-nobody"}, KeyError),
        ("discharge", {"bed": "99"}, KeyError),
        ("discharge", {}, KeyError),
    ],
)
def test_events_that_cannot_happen(
    unchanged: World, name: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    before = unchanged.store.writes, len(unchanged.stays), len(unchanged.drips)
    with pytest.raises(error):
        happen(unchanged, name, arguments)
    assert (unchanged.store.writes, len(unchanged.stays), len(unchanged.drips)) == before


def test_scenes() -> None:
    with pytest.raises(KeyError):
        scenes.build("carnival", 1, 40, MORNING)
    assert places(scenes.build("empty", 1, 40, MORNING)) == {}
    assert len(places(scenes.build("sixty", 1, 40, MORNING))) >= 57
    small = scenes.build("morning", 1, 6, MORNING)
    assert len(places(small)) == 6
    advance(small, MORNING + 30 * HOUR)


def of_stay(world: World, encounter: str, *kinds: str) -> list[Any]:
    """What of these kinds belongs to a stay."""
    about = f"Encounter/{encounter}"
    return [
        row.resource
        for kind in kinds
        for row in world.store.all(kind)
        if row.resource["encounter"]["reference"] == about
    ]


def test_a_death_ends_what_is_planned_and_not_the_stay() -> None:
    world = morning()
    stay = world.stays["bed-17"]
    happen(world, "death", {"bed": "17"})
    row = world.store.get("Patient", stay.patient)
    assert row is not None
    assert row.resource["deceasedDateTime"].startswith("2026-11-21T")
    assert places(world)["bed-17"] == [stay.encounter]
    before = len(sets(world, stay.encounter))
    advance(world, MORNING + 6 * HOUR)
    assert len(sets(world, stay.encounter)) == before
    planned = of_stay(world, stay.encounter, "MedicationRequest", "ServiceRequest", "Task")
    assert [one for one in planned if one["status"] in ("active", "requested")] == []
    flags = of_stay(world, stay.encounter, "Flag")
    assert "active" in {one["status"] for one in flags}
    happen(world, "discharge", {"bed": "17"})
    flags = of_stay(world, stay.encounter, "Flag")
    assert "active" not in {one["status"] for one in flags}


@pytest.mark.parametrize("bed", ["12", "14"])
def test_an_admission_is_called_off(bed: str) -> None:
    """Of somebody who lies there, and of somebody who is expected."""
    world = morning()
    happen(world, "cancel", {"bed": bed})
    assert f"bed-{bed}" not in places(world)
    status = {row.resource["status"] for row in world.store.all("Encounter")}
    assert "cancelled" in status
    assert "planned" not in status or bed == "12"
    # Nobody comes who was called off.
    advance(world, MORNING + 5 * HOUR)
    assert ("bed-14" in places(world)) is (bed == "12")


def nurses(world: World, bed: str) -> list[tuple[str, str, str]]:
    """Who is named as nurse of a bed: from, until, who."""
    team = world.store.get("CareTeam", f"team-{world.stays[bed].encounter}")
    assert team is not None
    return [
        (one["period"]["start"], one["period"]["end"], one["member"]["reference"])
        for one in team.resource["participant"]
        if "period" in one
    ]


def test_the_nurses_of_two_shifts_are_named_and_follow_each_other_at_eight() -> None:
    world = morning()
    before = nurses(world, "bed-12")
    assert [one[:2] for one in before] == [
        ("2026-11-21T00:00:00.000Z", "2026-11-21T08:00:00.000Z"),
        ("2026-11-21T08:00:00.000Z", "2026-11-21T16:00:00.000Z"),
    ]
    advance(world, MORNING + 24 * HOUR)
    after = nurses(world, "bed-12")
    assert after[0][0] == "2026-11-22T00:00:00.000Z"
    assert after[0][2] == before[0][2]  # three shifts on, the same nurse
    assert before[1][2] != before[0][2]


def test_everybody_has_a_badge_of_their_own() -> None:
    world = morning()
    badges = [row.resource["identifier"][0]["value"] for row in world.store.all("Practitioner")]
    assert len(set(badges)) == len(badges) == 13
