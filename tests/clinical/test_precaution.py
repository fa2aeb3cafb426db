"""Six slots: absent needs evidence."""

from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.precaution import slots
from smartward.clinical.words import Wording
from tests.clinical.build import at

PRESENT, ABSENT = Assessment.PRESENT, Assessment.ABSENT


def test_silence_is_not_assessed() -> None:
    assert [(one.slot, one.state) for one in slots([])] == [
        (slot, Assessment.NOT_ASSESSED)
        for slot in (
            PrecautionSlot.ALLERGY,
            PrecautionSlot.ISOLATION,
            PrecautionSlot.NIL_BY_MOUTH,
            PrecautionSlot.FALL,
            PrecautionSlot.SKIN,
            PrecautionSlot.LINE,
        )
    ]


def test_present_wins_over_absent_and_details_join() -> None:
    told = [
        Precaution(slot=PrecautionSlot.ALLERGY, state=ABSENT, wording=Wording(his="无过敏史")),
        Precaution(
            slot=PrecautionSlot.ALLERGY, state=PRESENT, wording=Wording(his="青霉素"), since=at(9)
        ),
        Precaution(
            slot=PrecautionSlot.ALLERGY, state=PRESENT, wording=Wording(his="花生"), since=at(3)
        ),
        Precaution(slot=PrecautionSlot.ALLERGY, state=PRESENT, wording=Wording(his="花生")),
    ]
    assert slots(told)[0] == Precaution(
        slot=PrecautionSlot.ALLERGY,
        state=PRESENT,
        wording=Wording(his="青霉素 · 花生"),
        since=at(3),
    )


def test_what_to_wear_adds_up_and_our_own_words_win() -> None:
    isolation = PrecautionSlot.ISOLATION
    told = [
        Precaution(slot=isolation, state=PRESENT, protection=("ppe.gloves", "ppe.gown")),
        Precaution(slot=isolation, state=PRESENT, wording=Wording(his="接触隔离")),
        Precaution(
            slot=isolation,
            state=PRESENT,
            wording=Wording(key="precaution.contact"),
            protection=("ppe.mask", "ppe.gloves"),
        ),
    ]
    joined = slots(told)[1]
    assert joined.protection == ("ppe.gloves", "ppe.gown", "ppe.mask")
    assert joined.wording == Wording(key="precaution.contact")


def test_absent_stands_by_its_evidence() -> None:
    told = [
        Precaution(slot=PrecautionSlot.FALL, state=Assessment.NOT_ASSESSED),
        Precaution(slot=PrecautionSlot.FALL, state=ABSENT, since=at(0)),
    ]
    assert slots(told)[3].state is ABSENT
    assert slots(told)[3].since == at(0)


TOLD = st.lists(
    st.builds(
        Precaution,
        slot=st.sampled_from(list(PrecautionSlot)),
        state=st.sampled_from(list(Assessment)),
        protection=st.lists(st.sampled_from(["ppe.gloves", "ppe.mask"]), max_size=2).map(tuple),
    )
)


@given(TOLD)
def test_always_six_in_order_and_nothing_invented(told: list[Precaution]) -> None:
    six = slots(told)
    assert [one.slot for one in six] == list(PrecautionSlot)
    for one in six:
        states = {p.state for p in told if p.slot is one.slot}
        assert one.state in states or one.state is Assessment.NOT_ASSESSED
        assert (PRESENT in states) is (one.state is PRESENT)
    assert slots(six) == six
