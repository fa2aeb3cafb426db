"""What is set about the person in a bed: by whom, of whom, and how it ends."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.encounter import Encounter
from smartward.clinical.patient_key import PatientKey, wristband_hash
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Hand, Profile, ProfileNote
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.words import Wording
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.his_stays import begin_silence, end_stay, put_stay
from smartward.hub.sessions import NotProved
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.secret import pin_matches
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest, Identify, Seen
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

ONE = docs.encounter_id(1)
ROOMS = {docs.bed_id(n): docs.room_id(n) for n in range(1, 5)}


async def note(ward: Ward, id: str = ONE) -> ProfileNote | None:
    stored = await ward.stored("profile", id)
    return None if stored is None else decode(stored.body, ProfileNote)


async def silence(ward: Ward, id: str = ONE) -> Silence | None:
    stored = await ward.stored("silence", id)
    return None if stored is None else decode(stored.body, Silence)


async def key(ward: Ward, id: str = ONE) -> PatientKey | None:
    stored = await ward.stored("patient_key", id)
    return None if stored is None else decode(stored.body, PatientKey)


async def alerts(ward: Ward) -> list[Alert]:
    found = await ward.hub.store.read(lambda reader: reader.all(WARD, "alert"))
    return [decode(one.body, Alert) for one in found]


async def move(ward: Ward, n: int, to: int, occupants: tuple[int, ...] | None = None) -> None:
    """The HIS tells that patient `n` lies in bed `to` now."""

    def write(tx: Tx) -> None:
        put_stay(tx, WARD, docs.encounter(n, to), ROOMS)
        docs.put_bed(tx, n)
        docs.put_bed(tx, to, *((n,) if occupants is None else occupants))

    await ward.hub.store.write(write)


# ------------------------------------------------------------------------------ profile


async def test_a_nurse_sets_what_she_knows_and_takes_it_back(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    told: dict[str, str | int | None] = {
        "language": "yue", "hearing_impaired": 1, "confused": 0, "text_scale": "1.3", "hand": "left"
    }  # fmt: skip
    answer = await ward.act(bedside, K.PROFILE_SET, ONE, data=told, by=NURSE, seen=seen(1))
    assert answer.outcome == "applied"
    found = await note(ward)
    assert found is not None
    assert found.profile == Profile(
        language="yue", hearing_impaired=True, confused=False, text_scale=1.3, hand=Hand.LEFT
    )
    assert (found.by.person_id, found.at) == ("st-1", ward.clock.now())
    stored = await ward.stored("profile", ONE)
    assert stored is not None
    assert (stored.bed, stored.room, stored.seq) == (docs.bed_id(1), docs.room_id(1), answer.seq)

    await ward.act(bedside, K.PROFILE_SET, ONE, data={"confused": None}, by=NURSE, seen=seen(1))
    found = await note(ward)
    assert found is not None
    assert (found.profile.confused, found.profile.hearing_impaired) == (None, True)
    back = dict.fromkeys(told)
    await ward.act(bedside, K.PROFILE_SET, ONE, data=back, by=NURSE, seen=seen(1))
    assert await note(ward) is None


async def test_saying_the_same_again_writes_nothing(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    first = await ward.act(station, K.PROFILE_SET, ONE, data={"confused": 1}, by=NURSE)
    ward.clock.advance(60)
    again = await ward.act(station, K.PROFILE_SET, ONE, data={"confused": 1}, by=NURSE)
    assert (again.outcome, again.seq) == ("applied", first.seq)
    found = await note(ward)
    assert found is not None
    assert found.at < ward.clock.now()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"diagnosis": "x"},
        {"hearing_impaired": 2},
        {"hearing_impaired": "yes"},
        {"language": "Cantonese (Hong Kong)"},
        {"language": 7},
        {"text_scale": "big"},
        {"text_scale": 10**400},
        {"text_scale": "nan"},
        {"text_scale": "1.7"},
        {"text_scale": "0.9"},
        {"hand": "both"},
        {"confused": 1, "hand": 3},
    ],
)
async def test_what_is_no_profile_changes_nothing(ward: Ward, data: dict[str, Any]) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    with pytest.raises(BadData) as refused:
        await ward.act(station, K.PROFILE_SET, ONE, data=data, by=NURSE)
    assert "Cantonese" not in refused.value.detail
    assert await note(ward) is None


# ------------------------------------------------------------------------------ whose it is


EVERY: list[tuple[str, dict[str, str | int | None]]] = [
    (K.PROFILE_SET, {"confused": 1}),
    (K.SILENCE_START, {"reason": "wish"}),
    (K.SILENCE_END, {}),
    (K.PATIENT_PIN, {"pin": "2580"}),
]


@pytest.mark.parametrize("kind, data", EVERY)
async def test_never_for_another_patient(
    ward: Ward, kind: str, data: dict[str, str | int | None]
) -> None:
    mine, other = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.BEDSIDE, "2"),
    )

    async def act(device: Any, subject: str, looking: Seen) -> tuple[str, str | None]:
        answer = await ward.act(device, kind, subject, data=data, by=NURSE, seen=looking)
        return answer.outcome, answer.key

    assert await act(mine, ONE, seen(2)) == ("refused", "action.other_patient")
    for subject in (ONE, "his.enc-77"):
        with pytest.raises(Forbidden):
            await act(other, subject, Seen())
    await move(ward, 1, 3)
    assert await act(mine, ONE, seen(1)) == ("refused", "action.other_patient")
    await ward.hub.store.write(lambda tx: end_stay(tx, WARD, ONE))
    assert await act(mine, ONE, seen(1)) == ("gone", "person.stay_over")
    for kept in (note, silence, key):
        assert await kept(ward) is None


async def test_not_where_bed_and_patient_disagree(ward: Ward) -> None:
    """The bedside shows no name then: nobody can know whom they set it for."""
    bedside, station = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.STATION),
    )
    doubt = Wording(key="bed.conflict.shared", values={"n": 2})
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 1, 1, 2, conflict=doubt))
    answer = await ward.act(bedside, K.PROFILE_SET, ONE, data={"confused": 1}, by=NURSE)
    assert (answer.outcome, answer.key) == ("refused", "action.other_patient")
    answer = await ward.act(station, K.SILENCE_START, ONE, data={"reason": "deceased"}, by=NURSE)
    assert answer.outcome == "applied"
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 1, 2))
    answer = await ward.act(station, K.PROFILE_SET, ONE, data={"confused": 1}, by=NURSE)
    assert (answer.outcome, answer.key) == ("refused", "action.other_patient")


async def test_it_follows_the_patient_and_ends_with_the_stay(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    for kind, data in EVERY:
        if kind != K.SILENCE_END:
            await ward.act(bedside, kind, ONE, data=data, by=NURSE, seen=seen(1))
    await ward.press(bedside, "c")
    await move(ward, 1, 3)
    for kind in ("profile", "silence", "patient_key"):
        stored = await ward.stored(kind, ONE)
        assert stored is not None, kind
        assert (stored.bed, stored.room) == (docs.bed_id(3), docs.room_id(3)), kind
    found = await silence(ward)
    assert found is not None
    assert found.bed_id == docs.bed_id(3)
    call = await ward.stored("nurse_call", "c")
    assert call is not None
    assert call.bed == docs.bed_id(1)

    before = await ward.hub.store.read(lambda tx: tx.head(WARD))
    await ward.hub.store.write(lambda tx: end_stay(tx, WARD, ONE))
    assert await ward.hub.store.read(lambda tx: tx.head(WARD)) == before + 1
    left = await ward.hub.store.read(lambda tx: tx.of_encounter(WARD, ONE))
    assert left == []
    assert await ward.stored("nurse_call", "c") is not None


# ------------------------------------------------------------------------------ silence


async def test_silence_ends_the_alerts_of_that_patient_alone(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    answer = await ward.act(station, K.SILENCE_START, ONE, data={"reason": "wish"}, by=NURSE)
    found = await silence(ward)
    assert found == Silence(
        encounter_id=ONE,
        bed_id=docs.bed_id(1),
        reason=SilenceReason.WISH,
        since=ward.clock.now(),
        by=found.by if found is not None else None,
    )
    assert found is not None
    assert found.by is not None
    assert found.by.person_id == "st-1"
    assert {one.id for one in await alerts(ward)} == {"alert-2", "alert-3", "alert-4"}
    last = await ward.hub.store.read(
        lambda tx: tx.body_at(WARD, "alert", "alert-1", answer.seq or 0)
    )
    assert last is None
    assert (await ward.act(station, K.SILENCE_END, ONE, by=NURSE)).outcome == "applied"
    assert await silence(ward) is None


async def test_a_death_is_graver_than_a_wish_and_stays(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    reasons = []
    for reason in ("wish", "wish", "deceased", "wish"):
        answer = await ward.act(station, K.SILENCE_START, ONE, data={"reason": reason}, by=NURSE)
        assert answer.outcome == "applied"
        found = await silence(ward)
        assert found is not None
        reasons.append(found.reason)
    assert reasons == ["wish", "wish", "deceased", "deceased"]


async def test_a_reason_that_is_none(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    for data in ({}, {"reason": "tired"}):
        with pytest.raises(BadData):
            await ward.act(station, K.SILENCE_START, ONE, data=data, by=NURSE)
    assert await silence(ward) is None


def dead(n: int, at_bed: int) -> Encounter:
    stay = docs.encounter(n, at_bed)
    return replace(stay, patient=replace(stay.patient, deceased=True))


async def test_the_his_begins_a_silence_once_and_ends_none(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)

    async def told(stay: Encounter) -> Silence | None:
        await ward.hub.store.write(lambda tx: put_stay(tx, WARD, stay, ROOMS))
        return await silence(ward)

    begun = await told(dead(1, 1))
    assert begun is not None
    assert (begun.reason, begun.by, begun.bed_id) == ("deceased", None, docs.bed_id(1))
    assert "alert-1" not in {one.id for one in await alerts(ward)}
    ward.clock.advance(60)
    assert await told(dead(1, 1)) == begun
    assert await told(docs.encounter(1, 1)) == begun  # the record was corrected
    await told(dead(1, 1))
    await ward.act(station, K.SILENCE_END, ONE, by=NURSE)
    assert await told(dead(1, 1)) is None  # a person has ended it


async def test_a_wish_becomes_a_death(ward: Ward) -> None:
    wish = docs.silence(1, 1)
    place = {"bed": docs.bed_id(1), "room": docs.room_id(1)}
    await ward.hub.store.write(lambda tx: begin_silence(tx, WARD, wish, **place))
    await ward.hub.store.write(lambda tx: put_stay(tx, WARD, dead(1, 1), ROOMS))
    assert await silence(ward) == replace(wish, reason=SilenceReason.DECEASED)


# ------------------------------------------------------------------------------ the layer's keys


def holding(folder: Path, text: bytes) -> list[str]:
    """Names of the files in which this stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text in path.read_bytes()]


async def test_a_pin_is_kept_as_a_slow_hash_and_nowhere_else(ward: Ward, tmp_path: Path) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    pin = "83619274"
    action = ward.action(K.PATIENT_PIN, ONE, data={"pin": pin}, by=NURSE, seen=seen(1))
    answer = await ward.hub.actions.answer(bedside, ActionRequest(action=action, age_ms=0))
    assert answer.outcome == "applied"
    found = await key(ward)
    assert found is not None
    assert found.pin is not None
    assert found.pin.startswith("$argon2id$")
    assert pin_matches(found.pin, pin)
    assert found.wristband == wristband_hash(ONE, "p1-identifier")
    again = await ward.hub.actions.answer(bedside, ActionRequest(action=action, age_ms=0))
    assert again == answer
    assert await key(ward) == found  # done once: the salt is the same
    assert pin not in repr(answer)
    await ward.hub.store.finish()
    assert holding(tmp_path, b"argon2id")
    assert holding(tmp_path, pin.encode()) == []

    await ward.act(bedside, K.PATIENT_PIN, ONE, data={"pin": None}, by=NURSE, seen=seen(1))
    found = await key(ward)
    assert found is not None
    assert (found.pin, found.wristband) == (None, wristband_hash(ONE, "p1-identifier"))


@pytest.mark.parametrize(
    "pin, why",
    [
        ("12", "identity.pin_form"),
        ("123456789", "identity.pin_form"),
        ("12a4", "identity.pin_form"),
        (4711, "identity.pin_form"),
        ("0000", "identity.pin_trivial"),
    ],
)
async def test_a_pin_that_is_none(ward: Ward, pin: str | int, why: str) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    answer = await ward.act(bedside, K.PATIENT_PIN, ONE, data={"pin": pin}, by=NURSE)
    assert (answer.outcome, answer.key) == ("refused", why)
    assert await key(ward) is None


async def test_a_pin_that_is_not_told(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    with pytest.raises(BadData):
        await ward.act(bedside, K.PATIENT_PIN, ONE, by=NURSE)


async def test_the_his_keeps_a_pin_and_follows_the_wristband(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.act(bedside, K.PATIENT_PIN, ONE, data={"pin": "2580"}, by=NURSE)
    before = await key(ward)
    stay = docs.encounter(1, 1)
    other = replace(stay, patient=replace(stay.patient, identifier="Z99"))
    await ward.hub.store.write(lambda tx: put_stay(tx, WARD, other, ROOMS))
    after = await key(ward)
    assert before is not None
    assert after == replace(before, wristband=wristband_hash(ONE, "Z99"))
    none = replace(stay, patient=replace(stay.patient, identifier=None))
    await ward.act(bedside, K.PATIENT_PIN, ONE, data={"pin": None}, by=NURSE)
    await ward.hub.store.write(lambda tx: put_stay(tx, WARD, none, ROOMS))
    assert await key(ward) is None


# ------------------------------------------------------------------------------ another's wristband


async def test_another_wristband_asks_for_a_nurse_until_one_takes_it_on(ward: Ward) -> None:
    bedside, station = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.STATION),
    )
    answers = [await ward.act(bedside, K.WRISTBAND_OTHER, docs.bed_id(1)) for _ in range(3)]
    assert {(one.outcome, one.seq) for one in answers} == {("applied", answers[0].seq)}
    found = [one for one in await alerts(ward) if one.rule == "wristband"]
    assert len(found) == 1
    alert = found[0]
    assert alert.subject == Subject(kind=SubjectKind.BED, id=docs.bed_id(1))
    assert (alert.priority, alert.state) == (Priority.MEDIUM, AlertState.ON)
    assert alert.why.values == {"bed": "1"}
    answer = await ward.act(station, K.ALERT_ACKNOWLEDGE, alert.id, by=NURSE)
    assert answer.outcome == "applied"
    assert "wristband" not in {one.rule for one in await alerts(ward)}
    history = await ward.hub.store.read(
        lambda tx: tx._execute(
            "select body from history where kind = 'alert' and id = ? order by rowid", (alert.id,)
        ).fetchall()
    )
    states = [body and decode(body, Alert).state for (body,) in history]
    assert states == ["on", "acknowledged", "off", None]
    late = await ward.act(station, K.ALERT_ACKNOWLEDGE, alert.id, by=NURSE)
    assert (late.outcome, late.key) == ("gone", "action.alert_over")
    await ward.act(bedside, K.WRISTBAND_OTHER, docs.bed_id(1))
    assert "wristband" in {one.rule for one in await alerts(ward)}


async def test_the_right_wristband_ends_the_doubt_about_a_bed(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    other = await ward.enrol(ScreenRole.BEDSIDE, "2")
    for screen, bed in ((bedside, 1), (other, 2)):
        await ward.act(screen, K.WRISTBAND_OTHER, docs.bed_id(bed))
    await ward.act(bedside, K.LAYER_OPENED, ONE, data={"how": "staff"}, seen=seen(1))
    assert len([one for one in await alerts(ward) if one.rule == "wristband"]) == 2
    await ward.act(bedside, K.LAYER_OPENED, ONE, data={"how": "wristband"}, seen=seen(1))
    left = [one.subject.id for one in await alerts(ward) if one.rule == "wristband"]
    assert left == [docs.bed_id(2)]


async def test_only_a_known_wristband_of_another_bed_is_another_s(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")

    def keys(tx: Tx) -> None:
        for n in (1, 2):
            band = wristband_hash(docs.encounter_id(n), f"band-{n}")
            key = PatientKey(encounter_id=docs.encounter_id(n), wristband=band)
            tx.put(WARD, "patient_key", key.encounter_id, key, bed=docs.bed_id(n), room=None)

    await ward.hub.store.write(keys)
    for code, key in (("band-2", "wristband"), ("band-1", "badge"), ("4006381333931", "badge")):
        with pytest.raises(NotProved) as error:
            await ward.hub.identity.identify(bedside, Identify(badge=code))
        assert error.value.key == f"identity.refused.{key}"


async def test_a_wristband_is_read_at_ones_own_bed_only(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    for subject in (docs.bed_id(2), "his.bed-77"):
        with pytest.raises(Forbidden):
            await ward.act(bedside, K.WRISTBAND_OTHER, subject)
    assert "wristband" not in {one.rule for one in await alerts(ward)}
