"""Any order, repetition and delay of facts ends in the same findings; nothing is found too late."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical.allergy import Allergy
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.care_event import (
    CareKind,
    LineDeed,
    Measure,
    Missed,
    Need,
    Position,
    Poss,
    Restraint,
    Step,
)
from smartward.clinical.encounter import Encounter, NursingLevel, PrecautionSlot
from smartward.clinical.infusion import RateReading
from smartward.clinical.lab_result import Analyte
from smartward.clinical.observation import Parameter
from smartward.clinical.order import Dose, Limit, Order, OrderKind, Route
from smartward.clinical.plan import DoseTiming, PlanKind, PlanStatus
from smartward.clinical.rules import RULES, Rule
from smartward.clinical.score_result import ScoreKind
from tests.clinical.build import NORMAL, at, drip, sign, stay
from tests.clinical.rules.events import bed_says, done, lab, planned, score, with_precaution
from tests.clinical.rules.facts import SETTINGS, assert_next_look_is_never_late, facts

MINUTES = st.integers(-1500, 30)
P = Parameter

SIGNS = st.builds(
    lambda minutes, values: sign(f"s{minutes}{sorted(values)}", minutes, values),
    MINUTES,
    st.one_of(
        st.just(dict(NORMAL)),
        st.fixed_dictionaries(
            {},
            optional={
                P.TEMPERATURE: st.sampled_from([36.5, 37.9, 38.5, 39.5]),
                P.OXYGEN_SATURATION: st.sampled_from([80, 87, 88, 89, 97]),
                P.RESPIRATORY_RATE: st.sampled_from([0, 8, 10, 16, 26]),
                P.GLUCOSE: st.sampled_from([2.5, 3.9, 4.0, 7]),
                P.PAIN: st.sampled_from([0, 4, 8]),
                P.SYSTOLIC: st.sampled_from([85, 120]),
                P.HEART_RATE: st.sampled_from([70, 135]),
                P.CONSCIOUSNESS: st.sampled_from(["A", "V"]),
            },
        ),
    ),
)


def relief(minutes: int) -> Order:
    """An analgesic as needed at most every 4 h, given twice."""
    return Order(
        id=f"order{minutes}",
        encounter_id="enc-1",
        kind=OrderKind.MEDICINE,
        names=("吗啡",),
        as_needed=True,
        analgesic=True,
        limits=(Limit(period_h=4, doses=1),),
        given=tuple(Dose(id=f"{n}", at=at(minutes + n), route=Route.ORAL) for n in (0, 30)),
    )


def events(minutes: int, kind: str) -> Any:
    made = {
        "turn": lambda: done(CareKind.TURN, minutes, position=Position.LEFT),
        "round": lambda: done(CareKind.ROUND, minutes, needs=(Need.PAIN,)),
        "void": lambda: done(CareKind.VOID, minutes, volume_ml=20),
        "meal": lambda: done(CareKind.MEAL, minutes),
        "refused": lambda: done(CareKind.OBSERVATIONS_MISSED, minutes, missed=Missed.REFUSED),
        "poss": lambda: done(CareKind.SEDATION, minutes, poss=Poss.OFTEN_DROWSY),
        "plan": lambda: done(CareKind.PREVENTION, minutes, measures=(Measure.TURN_PLAN,)),
        "blood": lambda: done(CareKind.TRANSFUSION, minutes, step=Step.START, about="u"),
        "check": lambda: done(
            CareKind.TRANSFUSION, minutes, id=f"check{minutes}", step=Step.CHECK, about="u"
        ),
        "restraint": lambda: done(
            CareKind.RESTRAINT, minutes, step=Step.START, restraint=Restraint.VIOLENT
        ),
        "line": lambda: done(CareKind.LINE_CARE, minutes, deed=LineDeed.REVIEWED, vip=2, about="l"),
        "out": lambda: bed_says(BedSensor.OCCUPIED, False, minutes),
        "in": lambda: bed_says(BedSensor.OCCUPIED, True, minutes, id=f"in{minutes}"),
        "off": lambda: bed_says(BedSensor.BED_EXIT_ALARM, False, minutes),
        "morse": lambda: score(ScoreKind.MORSE, 60, minutes),
        "braden": lambda: score(ScoreKind.BRADEN, 10, minutes),
        "potassium": lambda: lab(Analyte.POTASSIUM, 7, minutes),
        "pill": lambda: planned(PlanKind.MEDICINE, minutes),
        "scan": lambda: planned(PlanKind.SCAN, minutes, nil_by_mouth=True),
        "operated": lambda: planned(
            PlanKind.SURGERY, minutes, status=PlanStatus.DONE, done_at=at(minutes)
        ),
        "lunch": lambda: planned(PlanKind.MEAL, minutes),
        "drip": lambda: drip(f"drip{minutes}", left=60, minutes=minutes),
        "fast": lambda: replace(
            drip(f"fast{minutes}", minutes=minutes),
            ordered_ml_h=50,
            rates=(RateReading(at=at(minutes), ml_h=100),),
        ),
        "insulin": lambda: planned(
            PlanKind.MEDICINE, minutes, f"insulin{minutes}", timing=DoseTiming.CRITICAL
        ),
        "relief": lambda: relief(minutes),
        "as_needed": lambda: done(CareKind.AS_NEEDED, minutes, about=f"order{minutes}"),
        "brake": lambda: bed_says(BedSensor.BRAKE, False, minutes),
        "rails": lambda: bed_says(BedSensor.RAILS, False, minutes),
    }
    return made[kind]()


KINDS = (
    *("turn", "round", "void", "meal", "refused", "poss", "plan", "blood", "check", "restraint"),
    *("line", "out", "in", "off", "morse", "braden", "potassium", "pill", "scan", "operated"),
    *("lunch", "drip", "fast", "insulin", "relief", "as_needed", "brake", "rails"),
)
DOCUMENTS = st.lists(
    st.one_of(SIGNS, st.builds(events, MINUTES, st.sampled_from(KINDS))),
    max_size=8,
    unique_by=lambda one: one.id,
)


def who(slot: PrecautionSlot, since: float | None, leaving: float | None) -> Encounter:
    told = with_precaution(slot, since)
    going = None if leaving is None else at(leaving)
    morphine = Allergy(id="a", names=("吗啡",))
    return replace(
        told,
        nursing_level=NursingLevel.ONE,
        discharge_at=going,
        allergies=(morphine,),
        weight_kg=70,
    )


STAYS = st.one_of(
    st.just(stay()),
    st.builds(
        who,
        st.sampled_from([PrecautionSlot.FALL, PrecautionSlot.NIL_BY_MOUTH]),
        st.sampled_from([None, -900, -60]),
        st.sampled_from([None, 60]),
    ),
)


@given(DOCUMENTS, STAYS, st.integers(0, 2**16))
@settings(max_examples=30)
def test_the_order_in_which_facts_came_does_not_matter(
    documents: list[Any], encounter: Encounter, seed: int
) -> None:
    given_ = facts(*documents, encounter=encounter)
    shuffled = list(documents)
    random.Random(seed).shuffle(shuffled)
    other = facts(*shuffled, encounter=encounter)
    seq = dict(given_.seq)
    other = replace(other, seq=seq)
    for rule in RULES:
        now = at(31)
        assert rule.look(given_, SETTINGS, now) == rule.look(other, SETTINGS, now), rule.id


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
@given(documents=DOCUMENTS, encounter=STAYS, minutes=st.integers(0, 30))
@settings(max_examples=10)
def test_next_look_is_never_late(
    rule: Rule, documents: list[Any], encounter: Encounter, minutes: int
) -> None:
    """An engine that looks when a rule asks, finds what one finds that looks all the time."""
    assert_next_look_is_never_late(rule, facts(*documents, encounter=encounter), at(minutes))


@given(DOCUMENTS, STAYS)
@settings(max_examples=20)
def test_no_finding_without_a_cause_nor_in_the_future(
    documents: list[Any], encounter: Encounter
) -> None:
    now = at(31)
    for rule in RULES:
        for finding in rule.look(facts(*documents, encounter=encounter), SETTINGS, now).findings:
            assert finding.cause, rule.id
            assert finding.since is None or finding.since <= now + timedelta(seconds=60), rule.id
