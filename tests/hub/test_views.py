"""Who may see what: every role, every kind, every field."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.alert import Alert
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.nurse_call import CallReason, CallState, NurseCall
from smartward.clinical.words import Wording
from smartward.hub.store.model import Stored, decode, encode
from smartward.hub.views import DOCUMENTS, Day, Lens, view
from smartward.wire.views import BODY, BedheadEncounter, BedsideCall, BedView, DoorEncounter
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.markers import Marker
from tests.hub.screens import device

ZONE = ZoneInfo("Asia/Shanghai")
DAY = Day.of(MORNING, ZONE)

ALL = {"*"}
NOTHING: set[str] = set()

# What of a document each role may read; "*" is all of it. Masked names are not readable.
MAY_READ: dict[ScreenRole, dict[str, set[str]]] = {
    ScreenRole.STATION: dict.fromkeys(DOCUMENTS, ALL),
    ScreenRole.BEDHEAD: {
        "ward": ALL,
        "bed": {"id", "number", "room_id", "room", "order", "reserved_from", "occupants"},
        "encounter": {
            "id", "bed_id", "admitted_at", "diet.wording.his", "diet.ordered_at",
            "precautions.wording.his", "precautions.protection", "precautions.since",
            "team.name", "team.role", "team.family",
        },
        "infusion": {
            "id", "encounter_id", "total_ml", "left_ml", "rate_ml_h", "measured_at", "started_at",
        },
        "nurse_call": {"id", "bed_id", "placed_at", "accepted_by.family"},
    },
    ScreenRole.BEDSIDE: {
        "ward": ALL,
        "roster": ALL,
        "vital_sign": ALL,
        "bed": {"id", "number", "room_id", "room", "order", "reserved_from", "occupants"},
        "encounter": {
            "id", "bed_id", "patient.family", "patient.language", "discharge_at",
            "team.name", "team.role", "team.family",
        },
        "infusion": {
            "id", "encounter_id", "total_ml", "left_ml", "rate_ml_h", "measured_at", "started_at",
        },
        "plan_item": {"id", "encounter_id", "due_at"},
        "nurse_call": {
            "id", "bed_id", "placed_at", "presses", "last_press_at", "marks.at", "closed_at",
            "accepted_by.family",
        },
    },
    ScreenRole.DOOR: {
        "ward": ALL,
        "roster": ALL,
        "bed": {"id", "number", "room_id", "room", "order", "reserved_from", "occupants"},
        "encounter": {
            "id", "bed_id", "precautions.protection", "team.name", "team.role", "team.family",
        },
        "nurse_call": {"id", "bed_id", "placed_at", "accepted_by.family"},
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("role", ScreenRole)
def test_a_role_reads_this_of_a_document_and_nothing_else(role: ScreenRole, kind: str) -> None:
    marker = Marker(kind)
    document = marker.make(DOCUMENTS[kind])
    assert len(marker.values) >= 1
    if kind == "bed" and role is not ScreenRole.STATION:
        document = dataclasses.replace(document, conflict=None)
    seen = view(role, kind, document, DAY)
    expected = MAY_READ[role].get(kind, NOTHING)
    if expected == ALL:
        assert seen is document
        return
    found = NOTHING if seen is None else marker.found_in(encode(seen).decode())
    assert found == expected


@pytest.mark.parametrize("role", ScreenRole)
def test_a_view_is_of_the_type_that_wire_promises(role: ScreenRole) -> None:
    assert set(MAY_READ[role]) == set(BODY[role])
    for kind, cls in BODY[role].items():
        seen = view(role, kind, Marker(kind).make(DOCUMENTS[kind]), DAY)
        assert type(seen) is cls
        assert decode(encode(seen), cls) == seen


def test_no_text_of_an_encounter_in_full_leaves_the_station() -> None:
    """Read as a person would: the name, the number and the diagnosis are nowhere."""
    stay = docs.encounter(1, 1, mark="Zhao")
    stay = dataclasses.replace(stay, patient=dataclasses.replace(stay.patient, name="欧阳明月"))
    for role in (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR):
        text = encode(view(role, "encounter", stay, DAY)).decode()
        assert "欧阳明月" not in text
        assert "欧阳＊月" in text
        for word in ("Zhao-identifier", "Zhao-diagnosis", "1950"):
            assert word not in text, role


def test_age_and_surgery_are_of_the_ward_s_day() -> None:
    stay = docs.encounter(1, 1)
    stay = dataclasses.replace(
        stay,
        patient=dataclasses.replace(stay.patient, birth_date="1950-11-22"),
        surgery_at=datetime(2026, 11, 21, 16, 30, tzinfo=UTC),  # 00:30 of the 22nd there
    )
    tomorrow = Day.of(MORNING + timedelta(days=1), ZONE)
    ages, surgeries = [], []
    for day in (DAY, tomorrow):
        at_head = view(ScreenRole.BEDHEAD, "encounter", stay, day)
        at_door = view(ScreenRole.DOOR, "encounter", stay, day)
        assert isinstance(at_head, BedheadEncounter)
        assert isinstance(at_door, DoorEncounter)
        ages.append(at_head.age_years)
        surgeries.append(at_door.surgery_today)
    assert ages == [75, 76]
    assert surgeries == [False, True]


@pytest.mark.parametrize(
    "state, fasts",
    [
        (Assessment.PRESENT, True),
        (Assessment.ABSENT, False),
        (Assessment.NOT_ASSESSED, False),
    ],
)
def test_fasting_at_the_bedside_is_the_precaution(state: Assessment, fasts: bool) -> None:
    stay = docs.encounter(1, 1)
    slots = tuple(
        dataclasses.replace(p, state=state) if p.slot is PrecautionSlot.NIL_BY_MOUTH else p
        for p in stay.precautions
    )
    seen: Any = view(
        ScreenRole.BEDSIDE, "encounter", dataclasses.replace(stay, precautions=slots), DAY
    )
    assert (seen.nil_by_mouth, seen.nil_by_mouth_since) == (fasts, MORNING if fasts else None)


def test_a_bed_in_doubt_names_nobody() -> None:
    doubtful = docs.bed(1, 1, 2, conflict=Wording(his="record says bed 7, Zhao"))
    for role in (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR):
        seen = view(role, "bed", doubtful, DAY)
        assert isinstance(seen, BedView)
        assert seen.doubtful
        assert seen.occupants == ()
        assert "Zhao" not in encode(seen).decode()


@pytest.mark.parametrize("state", [CallState.COMPLETED, CallState.CANCELLED])
def test_a_closed_call_is_nowhere_but_at_the_bedside_and_without_its_reason(
    state: CallState,
) -> None:
    closed = docs.call(1, 1, of=1, state=state, closed_at=MORNING)
    assert view(ScreenRole.BEDHEAD, "nurse_call", closed, DAY) is None
    assert view(ScreenRole.DOOR, "nurse_call", closed, DAY) is None
    seen = view(ScreenRole.BEDSIDE, "nurse_call", closed, DAY)
    assert isinstance(seen, BedsideCall)
    assert (seen.reason, seen.closed_at) == (None, MORNING)


def test_the_bedside_knows_who_comes_and_not_who_muted() -> None:
    who = Actor(device_id="dev", person_id="st-1", name="李红", family="李", known="name")
    marks = tuple(Mark(kind=kind, at=MORNING, by=who) for kind in MarkKind)
    seen = view(ScreenRole.BEDSIDE, "nurse_call", docs.call(1, 1, of=1, marks=marks), DAY)
    assert isinstance(seen, BedsideCall)
    told = {mark.kind: mark.by for mark in seen.marks}
    assert set(told) == set(MarkKind)
    assert told.pop(MarkKind.ON_THE_WAY) == Actor(
        device_id="", person_id="st-1", family="李", known="name"
    )
    assert set(told.values()) == {None}


# ---------------------------------------------------------------------- lenses


def stored(kind: str, id: str, body: object, bed: int | None) -> Stored:
    place = (None, None) if bed is None else (docs.bed_id(bed), docs.room_id(bed))
    return Stored(kind, id, 1, *place, encode(body))


def lens(role: ScreenRole, *beds: Bed, at: int = 1) -> Lens:
    kept = [stored("bed", bed.id, bed, int(bed.number)) for bed in beds]
    return Lens.of(device(role, at), kept, DAY)


PATIENT: list[tuple[str, type, Any]] = [
    ("encounter", Encounter, lambda n: docs.encounter(n, n)),
    ("vital_sign", object, lambda n: docs.vital_sign(n, n)),
    ("infusion", object, lambda n: docs.infusion(n, n)),
    ("plan_item", object, lambda n: docs.plan_item(n, n)),
    ("alert", Alert, lambda n: docs.alert(n, n)),
    ("nurse_call", NurseCall, lambda n: docs.call(n, n, n)),
]


@pytest.mark.parametrize("kind, make", [(k, m) for k, _, m in PATIENT])
def test_a_place_is_concerned_by_its_own_bed_or_room_only(kind: str, make: Any) -> None:
    for role in (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR):
        of_one = lens(
            role, docs.bed(1, 1), docs.bed(2, 2) if role is ScreenRole.DOOR else docs.bed(1, 1)
        )
        mine = {1, 2} if role is ScreenRole.DOOR else {1}
        for n in (1, 2, 3, None):
            bed = None if n is None else docs.bed_id(n)
            room = None if n is None else docs.room_id(n)
            expected = n in mine and kind in BODY[role]
            assert of_one.concerns(kind, bed, room) is expected, (role, n)


@pytest.mark.parametrize("role", [ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR])
def test_a_place_in_doubt_reads_no_patient(role: ScreenRole) -> None:
    doubtful = lens(role, docs.bed(1, 1, conflict=Wording(his="x")))
    for kind, _, make in PATIENT:
        if kind in BODY[role] and kind != "nurse_call":
            assert doubtful.body(stored(kind, "1", make(1), 1)) is None, kind
    assert doubtful.body(stored("nurse_call", "1", docs.call(1, 1, 1), 1)) is not None


def test_a_reason_is_read_only_where_its_patient_lies() -> None:
    made = docs.call(1, 1, of=1, state=CallState.REQUESTED)
    kept = stored("nurse_call", made.id, made, 1)
    reasons = []
    for beds in ([docs.bed(1, 1)], [docs.bed(1, 2)], [docs.bed(1, 1, conflict=Wording(his="x"))]):
        body = lens(ScreenRole.BEDSIDE, *beds).body(kept)
        assert body is not None
        reasons.append(decode(body, BedsideCall).reason)
    assert reasons == [CallReason.PAIN, None, None]


def test_the_fingerprint_changes_with_what_may_be_seen() -> None:
    base = lens(ScreenRole.BEDSIDE, docs.bed(1, 1))
    others = [
        lens(ScreenRole.BEDHEAD, docs.bed(1, 1)),
        lens(ScreenRole.BEDSIDE, docs.bed(2, 1), at=2),
        lens(ScreenRole.BEDSIDE, docs.bed(1, 2)),
        lens(ScreenRole.BEDSIDE, docs.bed(1, 1, conflict=Wording(his="x"))),
        dataclasses.replace(base, day=Day.of(MORNING + timedelta(days=1), ZONE)),
    ]
    prints = {one.fingerprint for one in (base, *others)}
    assert len(prints) == 6
    assert lens(ScreenRole.BEDSIDE, docs.bed(1, 1)).fingerprint == base.fingerprint
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in prints)
