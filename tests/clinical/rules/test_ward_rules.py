"""Rules about beds, screens, links and names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.alert import AlertClass, SubjectKind
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.device import HisLink, ScreenRole, ScreenStatus
from smartward.clinical.encounter import Assessment, Encounter, Patient, Precaution, PrecautionSlot
from smartward.clinical.priority import Priority
from smartward.clinical.rules.bed_mismatch import BED_MISMATCH
from smartward.clinical.rules.device_lost import DEVICE_LOST
from smartward.clinical.rules.isolation_mismatch import ISOLATION_MISMATCH
from smartward.clinical.rules.similar_names import SIMILAR_NAMES, similar
from smartward.clinical.rules.stale_data import STALE_DATA
from smartward.clinical.words import Wording
from tests.clinical.build import at, stay
from tests.clinical.rules.facts import SETTINGS, facts, only, ward

SECOND = timedelta(seconds=1)


def place(id: str, room: str = "room-1", **more: object) -> Bed:
    status = BedStatus.OCCUPIED
    return Bed(id=id, number=id[4:], room_id=room, room=room, order=1, status=status, **more)  # type: ignore[arg-type]  # fields by their own names


def screen(id: str, online: bool = False, role: ScreenRole = ScreenRole.BEDSIDE) -> ScreenStatus:
    return ScreenStatus(
        device_id=id, role=role, place="bed-1", label=f"bed {id}", online=online, since=at(0)
    )


# ------------------------------------------------------------------------------- screens and links


def test_a_bedside_screen_lost_for_15_s_is_told_once_each() -> None:
    look = ward(screen("a"), screen("b", online=True), screen("c", role=ScreenRole.DOOR))
    early = DEVICE_LOST.look(look, SETTINGS, at(0) + 14.999 * SECOND)
    assert (early.findings, early.next_look) == ((), at(0) + 15 * SECOND)
    finding = only(DEVICE_LOST.look(look, SETTINGS, at(0) + 15 * SECOND))
    assert (finding.subject.kind, finding.subject.id) == (SubjectKind.DEVICE, "a")
    assert finding.title.values == {"label": "bed a"}
    assert finding.since == at(0) + 15 * SECOND


@pytest.mark.parametrize("lost, told", [(5, 5), (6, 1), (40, 1)])
def test_many_screens_lost_together_are_the_network(lost: int, told: int) -> None:
    look = DEVICE_LOST.look(ward(*(screen(str(n)) for n in range(lost))), SETTINGS, at(1))
    assert len(look.findings) == told
    kinds = {finding.subject.kind for finding in look.findings}
    assert kinds == {SubjectKind.WARD if told == 1 else SubjectKind.DEVICE}


@pytest.mark.parametrize(
    "minutes, told", [(4.99, None), (5, Priority.LOW), (14.99, Priority.LOW), (15, Priority.MEDIUM)]
)
def test_a_dead_link_is_due_at_5_min_and_urgent_at_15(
    minutes: float, told: Priority | None
) -> None:
    link = HisLink(up=False, since=at(0), last_census_at=at(0), rejected={})
    look = STALE_DATA.look(ward(his=link), SETTINGS, at(minutes))
    assert [one.priority for one in look.findings] == ([] if told is None else [told])
    assert look.next_look == (at(5) if minutes < 5 else at(15) if minutes < 15 else None)
    if told is Priority.MEDIUM:
        assert only(look).alert_class is AlertClass.URGENT
    up = replace(link, up=True)
    assert STALE_DATA.look(ward(his=up), SETTINGS, at(minutes)).findings == ()
    assert STALE_DATA.look(ward(), SETTINGS, at(minutes)).findings == ()


# --------------------------------------------------------------------------------- who lies where


def test_a_bed_that_disagrees_is_told_at_the_bed() -> None:
    said = Wording(key="bed.conflict.shared")
    look = ward(beds=[place("bed-1"), place("bed-2", conflict=said)])
    finding = only(BED_MISMATCH.look(look, SETTINGS, at(0)))
    assert (finding.subject.kind, finding.subject.id) == (SubjectKind.BED, "bed-2")
    assert finding.why == said
    assert BED_MISMATCH.look(ward(beds=[place("bed-1")]), SETTINGS, at(0)).findings == ()


DROPLET = ("ppe.hand_hygiene", "ppe.mask", "ppe.gloves")
AIRBORNE = ("ppe.hand_hygiene", "ppe.respirator", "ppe.gloves", "ppe.gown")
CONTACT = ("ppe.hand_hygiene", "ppe.gloves", "ppe.gown")


def isolated(
    one: Encounter, worn: tuple[str, ...] = DROPLET, state: Assessment = Assessment.PRESENT
) -> Encounter:
    told = Precaution(slot=PrecautionSlot.ISOLATION, state=state, since=at(-60), protection=worn)
    return replace(one, precautions=(told,))


BEDS = [place("bed-1"), place("bed-2"), place("bed-3", room="room-2")]
ABSENT, UNKNOWN = Assessment.ABSENT, Assessment.NOT_ASSESSED


@pytest.mark.parametrize(
    "own, other, told",
    [
        (isolated(stay()), stay("b", bed="bed-2"), True),
        (isolated(stay(), AIRBORNE), stay("b", bed="bed-2"), True),
        (isolated(stay(), CONTACT), stay("b", bed="bed-2"), False),
        (isolated(stay(), ()), stay("b", bed="bed-2"), False),
        (isolated(stay()), isolated(stay("b", bed="bed-2")), False),
        (isolated(stay()), isolated(stay("b", bed="bed-2"), AIRBORNE), True),
        (isolated(stay()), isolated(stay("b", bed="bed-2"), CONTACT), True),
        (isolated(stay()), isolated(stay("b", bed="bed-2"), DROPLET, UNKNOWN), True),
        (isolated(stay()), stay("b", bed="bed-3"), False),
        (isolated(stay()), stay("b", bed="bed-1"), False),
        (isolated(stay()), stay("b", bed=None), False),
        (stay(), stay("b", bed="bed-2"), False),
        (isolated(stay(), DROPLET, UNKNOWN), stay("b", bed="bed-2"), False),
        (isolated(stay(), DROPLET, ABSENT), stay("b", bed="bed-2"), False),
    ],
)
def test_isolated_in_a_shared_room(own: Encounter, other: Encounter, told: bool) -> None:
    given = facts(encounter=own, ward=ward(encounters=[own, other], beds=BEDS))
    look = ISOLATION_MISMATCH.look(given, SETTINGS, at(0))
    assert bool(look.findings) is told
    if told:
        assert only(look).why.values == {"n": 1, "beds": "2"}
        assert (only(look).since, only(look).once) == (at(-60), "b")


# ------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize(
    "one, other, alike",
    [
        ("张三", "张三", True),
        ("张三", "张 三", True),
        ("张三", "张四", False),
        ("王小明", "王小民", True),
        ("王小明", "王大明", True),
        ("王小明", "李小明", False),
        ("王小明", "王明", False),
        ("欧阳小明", "欧阳明", True),
        ("王小明", "王大民", False),
        ("Smith, John", "SMITH, John", True),
        ("Smith, John", "Smyth, John", True),
        ("Smith, John", "Smith, Joan", True),
        ("Smith, John", "Smith, Jane", False),
        ("", "", False),
        ("张三", "", False),
    ],
)
def test_names_that_are_taken_for_one_another(one: str, other: str, alike: bool) -> None:
    assert similar(one, other) is similar(other, one) is alike


def test_both_are_told_once_for_each_pair() -> None:
    def named(id: str, bed: str, name: str) -> Encounter:
        return replace(stay(id, bed), patient=Patient(id=f"p-{id}", name=name))

    here = [
        named("a", "bed-1", "王小明"),
        named("b", "bed-2", "王小民"),
        named("c", "bed-3", "李四"),
    ]
    look = ward(encounters=here, beds=BEDS)
    told = [SIMILAR_NAMES.look(facts(encounter=one, ward=look), SETTINGS, at(0)) for one in here]
    assert [len(one.findings) for one in told] == [1, 1, 0]
    assert [(one.findings[0].once, one.findings[0].why.values["beds"]) for one in told[:2]] == [
        ("b", "2"),
        ("a", "1"),
    ]
    same_person = replace(here[1], patient=here[0].patient)
    alone = facts(encounter=here[0], ward=ward(encounters=[here[0], same_person], beds=BEDS))
    assert SIMILAR_NAMES.look(alone, SETTINGS, at(0)).findings == ()
