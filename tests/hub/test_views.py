"""Who may see what: every role, every kind, every field."""

import dataclasses
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.drill import DrillCall, DrillStage
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule
from smartward.clinical.nurse_call import CallReason, CallState, NurseCall
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.profile import ProfileNote
from smartward.clinical.words import Wording
from smartward.hub.lens import Lens
from smartward.hub.store.model import Stored, decode, encode
from smartward.hub.views import DOCUMENTS, Terms, view
from smartward.wire.call_view import BedsideCall
from smartward.wire.views import BODY, BedheadEncounter, BedView, DoorEncounter
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.markers import Marker
from tests.hub.screens import device

ZONE = ZoneInfo("Asia/Shanghai")
TERMS = Terms.of(MORNING, ZONE)

ALL = {"*"}
NOTHING: set[str] = set()

BED = {"id", "number", "room_id", "room", "order", "reserved_from", "occupants"}
DRIP = {"id", "encounter_id", "total_ml", "left_ml", "rate_ml_h", "measured_at", "started_at"}
PROFILE = {"encounter_id", "profile.language", "profile.text_scale"}
IN_THE_ROOM = {
    "bed_id", "room_id", "people.since", "people.by.family",
    "next_call.bed_number", "next_call.placed_at", "next_call.waiting",
}  # fmt: skip
"""Who is there by family name, and the bed number of the ward's next call."""

CALL = {"id", "bed_id", "placed_at", "accepted_by.family"}
TEST_CALL = {"id", "bed_id", "device_id", "lamps"}

# What of a document each role may read; "*" is all of it. Masked names are not readable.
MAY_READ: dict[ScreenRole, dict[str, set[str]]] = {
    ScreenRole.STATION: dict.fromkeys(BODY[ScreenRole.STATION], ALL),
    ScreenRole.BEDHEAD: {
        "ward": ALL,
        "night_hours": ALL,
        "bed": BED,
        "encounter": {
            "id", "bed_id", "admitted_at", "diet.wording.his", "diet.ordered_at",
            "precautions.wording.his", "precautions.protection", "precautions.since",
            "team.name", "team.role", "team.family", "profile.language", "profile.text_scale",
        },
        "infusion": DRIP,
        "nurse_call": CALL,
        "possible_call": CALL,
        "presence": IN_THE_ROOM,
        "profile": PROFILE,
        "call_point": {"id", "bed_id", "lost_since"},
    },
    ScreenRole.BEDSIDE: {
        "ward": ALL,
        "night_hours": ALL,
        "roster": ALL,
        "vital_sign": ALL,
        "bed": BED,
        "encounter": {
            # The whole name is for the private layer, by the rule of BEDSIDE_OPENED.
            "id", "bed_id", "patient.family", "patient.name", "patient.language", "discharge_at",
            "team.name", "team.role", "team.family", "profile.language", "profile.text_scale",
            # For observations that a nurse types there.
            "news2.scale", "news2.interval_min",
        },
        "infusion": DRIP,
        "plan_item": {"id", "encounter_id", "due_at"},
        "care_event": {"id", "encounter_id", "at"},
        # What the patient is asked; not why, nor how bad it is.
        "alert": {"id", "subject.id"},
        "nurse_call": {
            "id", "bed_id", "placed_at", "presses", "last_press_at", "marks.at", "closed_at",
            "accepted_by.family",
        },
        "presence": IN_THE_ROOM,
        "profile": PROFILE,
        "patient_key": ALL,
        "patient_question": {"id", "encounter_id", "asked_at", "settled_at"},
        "call_point": {"id", "bed_id", "lost_since"},
        "peer_terms": ALL,
        "peer_way": ALL,
        "drill_call": TEST_CALL,
    },
    ScreenRole.DOOR: {
        "ward": ALL,
        "night_hours": ALL,
        "roster": ALL,
        "bed": BED,
        "encounter": {
            "id", "bed_id", "precautions.protection", "team.name", "team.role", "team.family",
        },
        "nurse_call": CALL,
        "possible_call": CALL,
        "presence": IN_THE_ROOM,
        "peer_terms": ALL,
        "peer_key": ALL,
        "drill_call": TEST_CALL,
    },
    ScreenRole.CORRIDOR: {
        "ward": ALL,
        "night_hours": ALL,
        "bed": {"id", "number", "room", "order"},
        "nurse_call": {"id", "bed_id", "placed_at"},
    },
    ScreenRole.GATEWAY: {"call_point": ALL},
    ScreenRole.STANDBY: {},
}  # fmt: skip


def plainest(document: Any) -> Any:
    """The document in which as much may be read as ever: the bed is certain, nobody is protected
    or has an alias, and who accepted proved who they are."""
    match document:
        case Bed():
            return dataclasses.replace(document, conflict=None)
        case Encounter(patient=who):
            whole = f"{who.name} {who.family}"
            who = dataclasses.replace(who, name=whole, alias="", protected=False)
            return dataclasses.replace(document, patient=who)
        case Alert():
            return dataclasses.replace(document, rule="bed_exit", state=AlertState.ON)
        case DrillCall():
            return dataclasses.replace(document, stage=DrillStage.PLACED)
        case NurseCall(accepted_by=Actor() as by):
            by = dataclasses.replace(by, known="badge")
            return dataclasses.replace(document, accepted_by=by)
    return document


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("role", ScreenRole)
def test_a_role_reads_this_of_a_document_and_nothing_else(role: ScreenRole, kind: str) -> None:
    marker = Marker(kind)
    document = marker.make(DOCUMENTS[kind])
    assert len(marker.values) >= 1
    if role is not ScreenRole.STATION:
        document = plainest(document)
    seen = view(role, kind, document, TERMS)
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
        seen = view(role, kind, plainest(Marker(kind).make(DOCUMENTS[kind])), TERMS)
        assert type(seen) is cls
        assert decode(encode(seen), cls) == seen


def stay_of(name: str, **more: Any) -> Encounter:
    stay = docs.encounter(1, 1, mark="Zhao")
    return dataclasses.replace(stay, patient=dataclasses.replace(stay.patient, name=name, **more))


def seen_by(role: ScreenRole, stay: Encounter, **rules: NameRule) -> Any:
    policy = NamePolicy(rules={NamePlace(place): rule for place, rule in rules.items()})
    return view(role, "encounter", stay, dataclasses.replace(TERMS, policy=policy))


PUBLIC = (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR)


def test_no_text_of_an_encounter_in_full_leaves_the_station() -> None:
    """Read as a person would: the name, the number and the diagnosis are nowhere but in what the
    private layer of the bedside is opened for."""
    stay = stay_of("欧阳明月", family="欧阳")
    for role in PUBLIC:
        seen = seen_by(role, stay)
        text = encode(seen).decode().replace('"opened_name":"欧阳明月"', "")
        assert "欧阳明月" not in text
        assert seen.display_name == ("欧阳女士" if role is ScreenRole.BEDSIDE else "欧阳＊月")
        for word in ("Zhao-identifier", "Zhao-diagnosis", "1950"):
            assert word not in text, role


@pytest.mark.parametrize(
    "rule, shown, greeted",
    [
        (NameRule.FULL, "欧阳明月", "欧阳"),
        (NameRule.MASKED, "欧阳＊月", ""),
        (NameRule.FAMILY, "欧阳女士", "欧阳"),
        (NameRule.INITIALS, "欧", ""),
        (NameRule.NONE, "", ""),
    ],
)
def test_each_place_follows_its_own_rule(rule: NameRule, shown: str, greeted: str) -> None:
    stay = stay_of("欧阳明月", family="欧阳")
    assert seen_by(ScreenRole.BEDHEAD, stay, bedhead=rule, door=NameRule.NONE).display_name == shown
    assert seen_by(ScreenRole.DOOR, stay, door=rule, bedhead=NameRule.NONE).display_name == shown
    bedside = seen_by(ScreenRole.BEDSIDE, stay, bedside=rule, bedside_opened=NameRule.NONE)
    assert (bedside.display_name, bedside.family, bedside.opened_name) == (shown, greeted, "")
    opened = seen_by(ScreenRole.BEDSIDE, stay, bedside=NameRule.NONE, bedside_opened=rule)
    assert (opened.display_name, opened.family, opened.opened_name) == ("", "", shown)


def test_a_name_is_said_aloud_only_where_somebody_chose_it() -> None:
    stay = stay_of("欧阳明月", family="欧阳")
    assert seen_by(ScreenRole.BEDSIDE, stay).spoken_family == ""
    told = seen_by(ScreenRole.BEDSIDE, stay, voice=NameRule.FAMILY, bedside=NameRule.NONE)
    assert (told.spoken_family, told.family, told.display_name) == ("欧阳", "", "")
    for who in (stay_of("欧阳明月", protected=True), stay_of("欧阳明月", alias="七号客人")):
        assert seen_by(ScreenRole.BEDSIDE, who, voice=NameRule.FAMILY).spoken_family == ""


@pytest.mark.parametrize("rule", NameRule)
def test_a_protected_person_is_named_in_no_public_place(rule: NameRule) -> None:
    stay = stay_of("欧阳明月", family="欧阳", protected=True)
    for role in PUBLIC:
        seen = seen_by(role, stay, bedhead=rule, bedside=rule, door=rule,
                       bedside_opened=NameRule.NONE)  # fmt: skip
        text = encode(seen).decode()
        assert seen.display_name == ""
        assert not set("欧阳明月") & set(text), role


def test_an_alias_stands_for_the_name_also_where_all_of_it_may_be_read() -> None:
    stay = stay_of("欧阳明月", family="欧阳", alias="七号客人")
    for role, place in ((ScreenRole.BEDHEAD, "bedhead"), (ScreenRole.DOOR, "door")):
        for rule in (NameRule.FULL, NameRule.MASKED, NameRule.FAMILY):
            assert seen_by(role, stay, **{place: rule}).display_name == "七号客人"
    bedside = seen_by(ScreenRole.BEDSIDE, stay)
    assert (bedside.display_name, bedside.family) == ("七号客人", "")
    assert bedside.opened_name == "欧阳明月"


@pytest.mark.parametrize("known, told", [("pin", "李"), ("name", "李"), ("none", "")])
def test_nobody_is_promised_by_name_who_did_not_prove_it(known: str, told: str) -> None:
    who = Actor(device_id="dev", person_id="st-1", name="李红", family="李", known=known)
    made = docs.call(1, 1, of=1, accepted_by=who, marks=())
    for role in PUBLIC:
        seen: Any = view(role, "nurse_call", made, TERMS)
        assert seen.on_the_way == told


def test_age_and_surgery_are_of_the_ward_s_day() -> None:
    stay = docs.encounter(1, 1)
    stay = dataclasses.replace(
        stay,
        patient=dataclasses.replace(stay.patient, birth_date="1950-11-22"),
        surgery_at=datetime(2026, 11, 21, 16, 30, tzinfo=UTC),  # 00:30 of the 22nd there
    )
    tomorrow = Terms.of(MORNING + timedelta(days=1), ZONE)
    ages, surgeries = [], []
    for day in (TERMS, tomorrow):
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
        ScreenRole.BEDSIDE, "encounter", dataclasses.replace(stay, precautions=slots), TERMS
    )
    assert (seen.nil_by_mouth, seen.nil_by_mouth_since) == (fasts, MORNING if fasts else None)


def test_a_bed_in_doubt_names_nobody() -> None:
    doubtful = docs.bed(1, 1, 2, conflict=Wording(his="record says bed 7, Zhao"))
    for role in (ScreenRole.BEDHEAD, ScreenRole.BEDSIDE, ScreenRole.DOOR):
        seen = view(role, "bed", doubtful, TERMS)
        assert isinstance(seen, BedView)
        assert seen.doubtful
        assert seen.occupants == ()
        assert "Zhao" not in encode(seen).decode()


@pytest.mark.parametrize("state", [CallState.COMPLETED, CallState.CANCELLED])
def test_a_closed_call_is_nowhere_but_at_the_bedside_and_without_its_reason(
    state: CallState,
) -> None:
    closed = docs.call(1, 1, of=1, state=state, closed_at=MORNING)
    assert view(ScreenRole.BEDHEAD, "nurse_call", closed, TERMS) is None
    assert view(ScreenRole.DOOR, "nurse_call", closed, TERMS) is None
    seen = view(ScreenRole.BEDSIDE, "nurse_call", closed, TERMS)
    assert isinstance(seen, BedsideCall)
    assert (seen.reason, seen.closed_at) == (None, MORNING)


def test_the_bedside_knows_who_comes_and_not_who_muted() -> None:
    who = Actor(device_id="dev", person_id="st-1", name="李红", family="李", known="name")
    marks = tuple(Mark(kind=kind, at=MORNING, by=who) for kind in MarkKind)
    seen = view(ScreenRole.BEDSIDE, "nurse_call", docs.call(1, 1, of=1, marks=marks), TERMS)
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


def lens(
    role: ScreenRole,
    *beds: Bed,
    at: int = 1,
    policy: NamePolicy | None = None,
    silenced: Iterable[str] = (),
) -> Lens:
    kept = [stored("bed", bed.id, bed, int(bed.number)) for bed in beds]
    return Lens.of(device(role, at), kept, TERMS, policy, silenced)


PATIENT: list[tuple[str, type, Any]] = [
    ("encounter", Encounter, lambda n: docs.encounter(n, n)),
    ("vital_sign", object, lambda n: docs.vital_sign(n, n)),
    ("infusion", object, lambda n: docs.infusion(n, n)),
    ("plan_item", object, lambda n: docs.plan_item(n, n)),
    ("alert", Alert, lambda n: docs.alert(n, n)),
    ("profile", ProfileNote, lambda n: docs.profile(n)),
    ("patient_key", PatientKey, lambda n: docs.patient_key(n)),
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


@pytest.mark.parametrize("role", [ScreenRole.CORRIDOR, ScreenRole.DOOR, ScreenRole.BEDHEAD])
def test_a_lost_call_point_is_told_also_where_no_reason_is(role: ScreenRole) -> None:
    """It is no patient's reason; without it somebody would seem to call."""
    told = {}
    for reason in (CallReason.LINE_LOST, CallReason.PAIN):
        call = docs.call(1, 1, of=9, state=CallState.REQUESTED, reason=reason)
        body = lens(role, docs.bed(1, 1)).body(stored("nurse_call", call.id, call, 1))
        assert body is not None
        told[reason] = decode(body, BODY[role]["nurse_call"]).line_lost
    assert told == {CallReason.LINE_LOST: True, CallReason.PAIN: False}


@pytest.mark.parametrize("role", [ScreenRole.CORRIDOR, ScreenRole.DOOR, ScreenRole.BEDHEAD])
def test_a_call_that_asks_again_says_so(role: ScreenRole) -> None:
    answered = Mark(kind=MarkKind.ON_THE_WAY, at=MORNING)
    again = Mark(kind=MarkKind.REINFORCED, at=MORNING)
    told = []
    for marks in ((answered,), (answered, again)):
        call = docs.call(1, 1, of=1, state=CallState.ACCEPTED, marks=marks)
        seen = view(role, "nurse_call", call, TERMS)
        told.append(seen.asks_again)  # type: ignore[union-attr]  # it is there in this test
    assert told == [False, True]


def test_a_reason_is_read_only_where_its_patient_lies() -> None:
    made = docs.call(1, 1, of=1, state=CallState.REQUESTED)
    kept = stored("nurse_call", made.id, made, 1)
    reasons = []
    for beds in ([docs.bed(1, 1)], [docs.bed(1, 2)], [docs.bed(1, 1, conflict=Wording(his="x"))]):
        body = lens(ScreenRole.BEDSIDE, *beds).body(kept)
        assert body is not None
        reasons.append(decode(body, BedsideCall).reason)
    assert reasons == [CallReason.PAIN, None, None]


@pytest.mark.parametrize("role", PUBLIC)
def test_of_a_silenced_stay_nothing_is_told_but_the_bed_s_calls(role: ScreenRole) -> None:
    silent = lens(role, docs.bed(1, 1), silenced=[docs.encounter_id(1), docs.encounter_id(9)])
    for kind, _, make in PATIENT:
        if kind in BODY[role] and kind != "nurse_call":
            assert silent.body(stored(kind, "1", make(1), 1)) is None, kind
    bed = silent.body(stored("bed", docs.bed_id(1), docs.bed(1, 1), 1))
    assert bed is not None
    seen = decode(bed, BedView)
    assert (seen.silent, seen.occupants, seen.doubtful) == (True, (), False)
    call = silent.body(stored("nurse_call", "1", docs.call(1, 1, 1), 1))
    assert call is not None
    assert b"pain" not in call


def test_who_shares_the_bed_of_a_silenced_stay_is_told_of() -> None:
    """Mother and child are one bed."""
    both = lens(ScreenRole.BEDHEAD, docs.bed(1, 1, 2), silenced=[docs.encounter_id(2)])
    bed = both.body(stored("bed", docs.bed_id(1), docs.bed(1, 1, 2), 1))
    assert bed is not None
    seen = decode(bed, BedView)
    assert (seen.silent, seen.occupants) == (True, (docs.encounter_id(1),))
    assert both.body(stored("encounter", "1", docs.encounter(1, 1), 1)) is not None
    assert both.body(stored("encounter", "2", docs.encounter(2, 1), 1)) is None


def test_the_corridor_and_the_station_go_on_as_before() -> None:
    for role in (ScreenRole.CORRIDOR, ScreenRole.STATION):
        plain = lens(role)
        changed = lens(
            role,
            policy=NamePolicy(rules=dict.fromkeys(NamePlace, NameRule.NONE)),
            silenced=[docs.encounter_id(1)],
        )
        assert plain == changed
        assert plain.fingerprint == changed.fingerprint


ROLE_OF_PLACE = {
    NamePlace.BEDHEAD: ScreenRole.BEDHEAD,
    NamePlace.BEDSIDE: ScreenRole.BEDSIDE,
    NamePlace.BEDSIDE_OPENED: ScreenRole.BEDSIDE,
    NamePlace.VOICE: ScreenRole.BEDSIDE,
    NamePlace.DOOR: ScreenRole.DOOR,
}


@pytest.mark.parametrize("place", NamePlace)
def test_a_rule_concerns_exactly_the_screens_of_its_place(place: NamePlace) -> None:
    policy = NamePolicy(rules={place: NameRule.INITIALS})
    concerned = {
        role
        for role in ScreenRole
        if lens(role, docs.bed(1, 1), policy=policy).fingerprint
        != lens(role, docs.bed(1, 1)).fingerprint
    }
    assert concerned == {ROLE_OF_PLACE[place]} if place in ROLE_OF_PLACE else not concerned


def test_who_chose_a_policy_and_when_concerns_no_screen() -> None:
    chosen = NamePolicy(
        rules={NamePlace.BEDHEAD: NameRule.MASKED}, changed_by=Actor(device_id="d"),
        changed_at=MORNING,
    )  # fmt: skip
    assert lens(ScreenRole.BEDHEAD, docs.bed(1, 1), policy=chosen) == lens(
        ScreenRole.BEDHEAD, docs.bed(1, 1)
    )


def test_the_fingerprint_changes_with_what_may_be_seen() -> None:
    base = lens(ScreenRole.BEDSIDE, docs.bed(1, 1))
    others = [
        lens(ScreenRole.BEDHEAD, docs.bed(1, 1)),
        lens(ScreenRole.BEDSIDE, docs.bed(2, 1), at=2),
        lens(ScreenRole.BEDSIDE, docs.bed(1, 2)),
        lens(ScreenRole.BEDSIDE, docs.bed(1, 1, conflict=Wording(his="x"))),
        dataclasses.replace(base, terms=Terms.of(MORNING + timedelta(days=1), ZONE)),
        lens(
            ScreenRole.BEDSIDE,
            docs.bed(1, 1),
            policy=NamePolicy(rules={NamePlace.BEDSIDE: NameRule.NONE}),
        ),
        lens(ScreenRole.BEDSIDE, docs.bed(1, 1), silenced=[docs.encounter_id(1)]),
        dataclasses.replace(base, terms=Terms.of(MORNING, ZONE, "en")),
    ]
    prints = {one.fingerprint for one in (base, *others)}
    assert len(prints) == len(others) + 1
    assert lens(ScreenRole.BEDSIDE, docs.bed(1, 1)).fingerprint == base.fingerprint
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in prints)
