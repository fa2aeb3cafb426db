"""Orders and measured rates over the wire: told, changed, and gone with their order."""

from datetime import timedelta
from typing import Any

import pytest

from tests.his.hospital import Follower, Hospital, patient, stay
from tests.his.test_mapping_infusion import drip, pump, reading
from tests.his.test_mapping_order import gave, request

pytestmark = pytest.mark.anyio


def of_stay(hospital: Hospital, body: dict[str, Any]) -> dict[str, Any]:
    """The resource about whoever lies in bed 1."""
    stays = {one["resourceType"]: one["id"] for one in (patient(), stay())}
    about = {"reference": f"Patient/{stays['Patient']}"}
    whose = {"reference": f"Encounter/{stays['Encounter']}"}
    named = {"subject": about, "encounter": whose, "context": whose}
    return {key: named.get(key, value) for key, value in body.items()}


async def test_an_order_is_told_with_its_doses_and_leaves_when_it_is_stopped() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay(), of_stay(hospital, request()))
        follower = Follower(hospital.his())
        await follower.turn()
        (order,) = follower.of("order").values()
        assert (order.id, order.given) == ("his.MedicationRequest.m", ())
        hospital.clock.advance(60)
        at = hospital.clock.now().isoformat()
        hospital.put(of_stay(hospital, gave(at=at)))
        await follower.turn()
        (order,) = follower.of("order").values()
        assert [one.at for one in order.given] == [hospital.clock.now()]
        hospital.clock.advance(60)
        hospital.put(of_stay(hospital, request(status="stopped")))
        await follower.turn()
        assert follower.of("order") == {}


async def test_the_rates_of_late_are_kept_and_only_those() -> None:
    async with Hospital() as hospital:
        begun = hospital.clock.now()
        running = drip(effectivePeriod={"start": begun.isoformat()})
        hospital.put(patient(), stay(), *pump(), of_stay(hospital, running))
        follower = Follower(hospital.his())
        await follower.turn()
        for minute in range(1, 46):
            at = begun + timedelta(minutes=minute)
            told = reading(60 + minute, at.isoformat(), code="157784", unit="mL/h")
            hospital.put(of_stay(hospital, told))
        hospital.clock.advance(46 * 60)
        await follower.turn()
        (one,) = follower.of("infusion").values()
        assert [each.ml_h for each in one.rates] == [float(60 + n) for n in range(6, 46)]


@pytest.mark.parametrize("every_s, minutes", [(2, 12), (10, 45)])
async def test_of_a_rate_that_is_told_often_enough_is_kept_to_judge_how_long_it_was_off(
    every_s: int, minutes: int
) -> None:
    async with Hospital() as hospital:
        begun = hospital.clock.now()
        running = drip(effectivePeriod={"start": begun.isoformat()})
        hospital.put(patient(), stay(), *pump(), of_stay(hospital, running))
        follower = Follower(hospital.his())
        await follower.turn()
        for second in range(every_s, minutes * 60 + 1, every_s):
            at = begun + timedelta(seconds=second)
            value = 60 + second // every_s % 2
            told = reading(value, at.isoformat(), code="157784", unit="mL/h")
            hospital.put(of_stay(hospital, told))
        hospital.clock.advance(minutes * 60)
        await follower.turn()
        (one,) = follower.of("infusion").values()
        first, newest = one.rates[0].at, one.rates[-1].at
        assert newest == begun + timedelta(minutes=minutes)
        assert min(minutes, 30) - 1 <= (newest - first).total_seconds() / 60 <= 31
        assert len(one.rates) <= 8 * 31


async def test_a_rate_that_stays_the_same_does_not_crowd_out_when_it_changed() -> None:
    async with Hospital() as hospital:
        begun = hospital.clock.now()
        running = drip(effectivePeriod={"start": begun.isoformat()})
        hospital.put(patient(), stay(), *pump(), of_stay(hospital, running))
        follower = Follower(hospital.his())
        await follower.turn()
        for minute in range(1, 61):
            at = begun + timedelta(minutes=minute)
            value = 100 if minute == 1 else 40
            told = reading(value, at.isoformat(), code="157784", unit="mL/h")
            hospital.put(of_stay(hospital, told))
        hospital.clock.advance(60 * 60)
        await follower.turn()
        (one,) = follower.of("infusion").values()
        minutes = [((each.at - begun).total_seconds() / 60, each.ml_h) for each in one.rates]
        assert minutes == [(1, 100), (2, 40), (60, 40)]
