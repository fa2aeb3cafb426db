"""Who lies where, and what disagrees."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.bed import Bed, BedStatus, place_patients
from smartward.clinical.encounter import Encounter, EncounterStatus
from tests.clinical.build import T0, at, bed, stay


def conflict(beds: list[Bed], stays: list[Encounter]) -> dict[str, str | None]:
    placement = place_patients(beds, stays)
    found = {one.id: None if one.conflict is None else one.conflict.key for one in placement.placed}
    assert placement.conflicting == tuple(id for id, key in found.items() if key is not None)
    return found


def test_a_patient_in_a_bed() -> None:
    placement = place_patients([bed()], [stay()])
    assert placement.placed[0].occupants == ("enc-1",)
    assert placement.placed[0].status is BedStatus.OCCUPIED
    assert (placement.unplaced, placement.conflicting) == ((), ())


@pytest.mark.parametrize(
    "status", [EncounterStatus.ARRIVED, EncounterStatus.IN_PROGRESS, EncounterStatus.ON_LEAVE]
)
def test_a_patient_on_leave_keeps_the_bed(status: EncounterStatus) -> None:
    assert place_patients([bed()], [stay(status=status)]).placed[0].occupants == ("enc-1",)


@pytest.mark.parametrize(
    "status, shown, key",
    [
        (BedStatus.OCCUPIED, BedStatus.OCCUPIED, None),
        (BedStatus.UNOCCUPIED, BedStatus.OCCUPIED, None),
        (BedStatus.RESERVED, BedStatus.OCCUPIED, None),
        (BedStatus.HOUSEKEEPING, BedStatus.HOUSEKEEPING, "bed.conflict.housekeeping"),
        (BedStatus.CLOSED, BedStatus.CLOSED, "bed.conflict.closed"),
    ],
)
def test_a_bed_that_says_something_else(
    status: BedStatus, shown: BedStatus, key: str | None
) -> None:
    assert conflict([bed(status=status)], [stay()]) == {"bed-1": key}
    placed = place_patients([bed(status=status)], [stay()]).placed[0]
    assert (placed.status, placed.occupants) == (shown, ("enc-1",))


@pytest.mark.parametrize("status", list(BedStatus))
def test_an_empty_bed(status: BedStatus) -> None:
    key = "bed.conflict.nobody" if status is BedStatus.OCCUPIED else None
    assert conflict([bed(status=status)], []) == {"bed-1": key}
    assert place_patients([bed(status=status)], []).placed[0].status is status


def test_without_a_bed_or_in_another_ward() -> None:
    lost, elsewhere = stay("enc-1", bed=None), stay("enc-2", bed="bed-of-ward-9")
    placement = place_patients([bed(status=BedStatus.UNOCCUPIED)], [lost, elsewhere])
    assert placement.unplaced == (lost, elsewhere)
    assert placement.placed[0].occupants == ()


def test_a_planned_stay_reserves_a_free_bed_and_lies_in_none() -> None:
    planned = stay("enc-2", admitted=at(240), status=EncounterStatus.PLANNED)
    later = stay("enc-3", admitted=at(300), status=EncounterStatus.PLANNED)
    free = place_patients([bed(status=BedStatus.UNOCCUPIED)], [later, planned]).placed[0]
    assert (free.status, free.reserved_from, free.occupants) == (
        BedStatus.RESERVED,
        at(240),
        (),
    )
    taken = place_patients([bed()], [stay(), planned])
    assert taken.placed[0].status is BedStatus.OCCUPIED
    assert taken.placed[0].reserved_from is None
    assert taken.unplaced == ()
    dirty = place_patients([bed(status=BedStatus.HOUSEKEEPING)], [planned]).placed[0]
    assert dirty.status is BedStatus.HOUSEKEEPING


def test_two_adults_in_one_bed_disagree() -> None:
    both = [stay("enc-1", born="1956-01-01"), stay("enc-2", born="1996-01-01")]
    assert conflict([bed()], both) == {"bed-1": "bed.conflict.shared"}
    assert place_patients([bed()], both).placed[0].occupants == ("enc-1", "enc-2")


@pytest.mark.parametrize(
    "born, admitted, key",
    [
        ("2026-07-31", T0, None),
        ("2026-07", T0, None),
        ("2024-08-02", T0, None),
        ("2024-08-01", T0, "bed.conflict.shared"),
        ("2024", T0, "bed.conflict.shared"),
        (None, T0, "bed.conflict.shared"),
        ("2026-07-31", None, "bed.conflict.shared"),
        ("31.7.2026", T0, "bed.conflict.shared"),
    ],
)
def test_mother_and_child_share_a_bed(born: str | None, admitted: None, key: str | None) -> None:
    mother = stay("enc-1", admitted=at(-60))
    child = stay("enc-2", born=born, admitted=admitted)
    assert conflict([bed()], [child, mother]) == {"bed-1": key}
    assert place_patients([bed()], [child, mother]).placed[0].occupants == ("enc-1", "enc-2")


def test_twins_with_their_mother() -> None:
    twins = [stay(f"enc-{n}", born="2026-07-31") for n in (2, 3)]
    assert conflict([bed()], [stay(), *twins]) == {"bed-1": None}


def test_a_newborn_without_a_birth_date_belongs_to_its_mothers_stay() -> None:
    mother, child = stay("enc-1"), replace(stay("enc-2"), part_of="enc-1")
    placement = place_patients([bed()], [mother, child])
    assert placement.placed[0].occupants == ("enc-1", "enc-2")
    assert placement.conflicting == ()
    # Part of a stay that is not in this bed, or of itself, is a second adult here.
    for other in ("enc-9", "enc-2"):
        assert conflict([bed()], [mother, replace(stay("enc-2"), part_of=other)]) == {
            "bed-1": "bed.conflict.shared"
        }


def test_a_stay_in_one_of_two_beds_is_told_at_both() -> None:
    unsure = replace(stay("enc-1"), also_in=("bed-2",))
    beds = [bed("bed-1"), bed("bed-2", status=BedStatus.UNOCCUPIED), bed("bed-3")]
    told = conflict(beds, [unsure, stay("enc-3", bed="bed-3")])
    assert told == {
        "bed-1": "bed.conflict.two_beds",
        "bed-2": "bed.conflict.two_beds",
        "bed-3": None,
    }
    placed = {one.id: one.occupants for one in place_patients(beds, [unsure]).placed}
    assert placed == {"bed-1": ("enc-1",), "bed-2": (), "bed-3": ()}


def test_one_patient_in_two_beds() -> None:
    one, two = stay("enc-1", patient="p"), stay("enc-2", bed="bed-2", patient="p")
    assert conflict([bed(), bed("bed-2")], [one, two]) == {
        "bed-1": "bed.conflict.patient_twice",
        "bed-2": "bed.conflict.patient_twice",
    }


STAYS = st.lists(
    st.builds(
        stay,
        id=st.uuids().map(str),
        bed=st.sampled_from(["bed-1", "bed-2", "elsewhere", None]),
        born=st.sampled_from(["1959", "2026-07-31", None]),
        status=st.sampled_from(list(EncounterStatus)),
    ),
    max_size=6,
)


@given(STAYS, st.lists(st.sampled_from(list(BedStatus)), min_size=2, max_size=2), st.randoms())
def test_nobody_is_lost_and_order_does_not_matter(
    stays: list[Encounter], statuses: list[BedStatus], random: object
) -> None:
    beds = [bed("bed-1", statuses[0]), bed("bed-2", statuses[1])]
    placement = place_patients(beds, stays)
    told = [id for one in placement.placed for id in one.occupants]
    told += [one.id for one in placement.unplaced]
    here = [one.id for one in stays if one.status is not EncounterStatus.PLANNED]
    assert sorted(told) == sorted(here)
    shuffled = list(stays)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    assert place_patients(beds, shuffled) == placement
    assert place_patients(placement.placed, stays) == placement
