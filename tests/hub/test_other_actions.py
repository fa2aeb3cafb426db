"""Alerts taken on, screens telling their faults, and what is out of a device's scope."""

from dataclasses import replace

import pytest

from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.device import WARD_WIDE_ROLES, ScreenRole, ScreenStatus
from smartward.clinical.priority import Priority
from smartward.hub.access import MAY, Forbidden
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.wire.envelope import Action, ActionRequest
from smartward.wire.envelope import ActionKind as K
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

KINDS = sorted(value for name, value in vars(K).items() if name.isupper())


async def alert_of(ward: Ward, id: str = "alert-1") -> Alert:
    stored = await ward.stored("alert", id)
    assert stored is not None
    return decode(stored.body, Alert)


async def test_an_alert_is_taken_on_by_a_person(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    before = await ward.stored("alert", "alert-1")
    assert before is not None
    answer = await ward.act(
        station, K.ALERT_ACKNOWLEDGE, "alert-1", by=NURSE, seen=seen(1, before.seq)
    )
    assert answer.outcome == "applied"
    alert = await alert_of(ward)
    assert alert.state is AlertState.ACKNOWLEDGED
    assert alert.acknowledged_by is not None
    assert alert.acknowledged_by.person_id == "st-1"
    after = await ward.stored("alert", "alert-1")
    assert after is not None
    assert (after.bed, after.room, after.seq) == (before.bed, before.room, answer.seq)


async def test_not_when_it_is_of_another_patient(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    answer = await ward.act(station, K.ALERT_ACKNOWLEDGE, "alert-1", by=NURSE, seen=seen(2))
    assert (answer.outcome, answer.key) == ("refused", "action.other_patient")
    assert (await alert_of(ward)).state is AlertState.ON


@pytest.mark.parametrize(
    "now, outcome",
    [
        (Priority.HIGH, "refused"),
        (Priority.MEDIUM, "applied"),
        (Priority.LOW, "applied"),
    ],
)
async def test_not_when_it_became_more_urgent_than_what_was_seen(
    ward: Ward, now: Priority, outcome: str
) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    before = await ward.stored("alert", "alert-1")
    assert before is not None

    def change(tx: Tx) -> None:
        changed = replace(docs.alert(1, 1, priority=now), icon="new")
        tx.put(WARD, "alert", "alert-1", changed, bed=before.bed, room=before.room)

    await ward.hub.store.write(change)
    answer = await ward.act(
        station, K.ALERT_ACKNOWLEDGE, "alert-1", by=NURSE, seen=seen(1, before.seq)
    )
    assert answer.outcome == outcome
    assert answer.key == ("action.alert_changed" if outcome == "refused" else None)


async def test_an_alert_that_is_over(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "alert", "alert-1"))
    answer = await ward.act(station, K.ALERT_ACKNOWLEDGE, "alert-1", by=NURSE)
    assert (answer.outcome, answer.key) == ("gone", "action.alert_over")


async def test_a_screen_tells_its_faults(ward: Ward) -> None:
    bedhead = await ward.enrol(ScreenRole.BEDHEAD, "1", label="at the window")
    faults = []
    for told in ("sound.no_device, display.dark", "", None):
        await ward.act(bedhead, K.SCREEN_FAULTS, bedhead.id, data={"faults": told})
        stored = await ward.stored("screen", bedhead.id)
        assert stored is not None
        status = decode(stored.body, ScreenStatus)
        faults.append(status.faults)
    assert faults == [("sound.no_device", "display.dark"), (), ()]
    # What the hub finds, no screen tells, nor takes back.
    await ward.act(bedhead, K.SCREEN_FAULTS, bedhead.id, data={"faults": "right_bed.second"})
    stored = await ward.stored("screen", bedhead.id)
    assert stored is not None
    assert decode(stored.body, ScreenStatus).faults == ()
    assert (status.role, status.place, status.label) == (
        ScreenRole.BEDHEAD, "his.bed-1", "at the window",
    )  # fmt: skip


# ---------------------------------------------------------------------- scope


@pytest.mark.parametrize("role", ScreenRole)
async def test_a_role_asks_only_for_what_is_its_own(ward: Ward, role: ScreenRole) -> None:
    """Subjects do not exist: what is allowed gets past the role check to the next one."""
    place = None if role in WARD_WIDE_ROLES else "R1" if role is ScreenRole.DOOR else "1"
    device = await ward.enrol(role, place)
    for kind in [*KINDS, "call.delete", ""]:
        if role in MAY.get(kind, ()):
            continue
        with pytest.raises(Forbidden):
            await ward.act(
                device, kind, "anything", data={"bed_id": device.place, "class": "normal"}
            )
    assert await ward.calls() == []


def test_who_may_ask_for_what() -> None:
    """Written out once more, so that a change of the table is a decision."""
    letters = {
        "bedside": "b", "bedhead": "h", "door": "d", "station": "s", "corridor": "c",
        "gateway": "g", "standby": "y",
    }  # fmt: skip
    table = {kind: "".join(sorted(letters[role] for role in roles)) for kind, roles in MAY.items()}
    assert table == {
        "call.place": "b",
        "call.again": "b",
        "call.reason": "b",
        "call.not_needed": "b",
        "call.shown": "s",
        "call.heard": "s",
        "call.accept": "s",
        "call.reinforce": "bds",
        "call.hand_over": "s",
        "call.arrive": "bd",
        "call.close": "bds",
        "alert.acknowledge": "s",
        "alert.snooze": "s",
        "alert.done": "s",
        "screen.faults": "bcdghsy",
        "call.lower": "bds",
        "session.end": "bds",
        "sheet.open": "s",
        "name.unmask": "s",
        "call_point.event": "bdg",
        "presence.enter": "bd",
        "presence.leave": "bd",
        "entrust.ask": "s",
        "entrust.take": "s",
        "entrust.end": "s",
        "profile.set": "bs",
        "silence.start": "bs",
        "silence.end": "bs",
        "patient.pin": "b",
        "layer.opened": "b",
        "wristband.other": "b",
        "masking.set": "s",
        "observation.enter": "bs",
        "observation.correct": "bs",
        "administration.mark": "bs",
        "task.mark": "bs",
        "answer.give": "b",
        "question.ask": "bs",
        "question.later": "b",
        "his_write.resolve": "s",
        "care.record": "bs",
        "care.correct": "bs",
        "place.confirm": "bdh",
        "peer.tell": "bds",
        "peer.call": "ds",
        "drill.start": "s",
        "drill.stop": "s",
        "drill.place": "b",
        "drill.shown": "ds",
        "drill.call": "s",
    }
    assert set(table) == set(KINDS)


async def test_a_device_acts_in_its_place_only_and_learns_nothing_elsewhere(ward: Ward) -> None:
    mine, other = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.BEDSIDE, "3"),
    )
    door, far = await ward.enrol(ScreenRole.DOOR, "R1"), await ward.enrol(ScreenRole.DOOR, "R2")
    await ward.press(mine, "c")
    before = await ward.call("c")
    tries = [
        (other, K.CALL_PLACE, "d", {"bed_id": "his.bed-1", "class": "normal"}),
        (other, K.CALL_PLACE, "d", {"bed_id": "his.bed-77", "class": "normal"}),
        (other, K.CALL_PLACE, "c", {"bed_id": "his.bed-3", "class": "normal"}),
        (other, K.CALL_REASON, "c", {"reason": "pain"}),
        (other, K.CALL_ARRIVE, "c", {}),
        (far, K.CALL_ARRIVE, "c", {}),
        (far, K.CALL_CLOSE, "c", {}),
        (far, K.CALL_CLOSE, "no-such-call", {}),
        (other, K.SCREEN_FAULTS, mine.id, {"faults": "x"}),
        (other, K.SCREEN_FAULTS, "no-such-device", {"faults": "x"}),
    ]
    for device, kind, subject, data in tries:
        with pytest.raises(Forbidden) as refused:
            await ward.act(device, kind, subject, data=data)
        assert (refused.value.key, refused.value.detail, refused.value.values) == (
            "access.forbidden", "", {},
        ), (kind, subject)  # fmt: skip
    assert await ward.call("c") == before
    assert len(await ward.calls()) == 1
    # A press is never refused: whatever call it names, it is one at the screen's own bed.
    for subject in ("c", "no-such-call"):
        assert (await ward.act(other, K.CALL_AGAIN, subject)).outcome == "applied"
    assert await ward.call("c") == before
    assert sorted(call.bed_id for call in await ward.calls()) == ["his.bed-1", "his.bed-3"]
    assert (await ward.act(door, K.CALL_ARRIVE, "c", by=NURSE)).outcome == "applied"


async def test_a_station_does_not_reach_another_ward(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    elsewhere = docs.call(9, 1, of=1)
    await ward.hub.store.write(
        lambda tx: tx.put("other", "nurse_call", "call-9", elsewhere, bed="his.bed-1")
    )
    for subject in ("call-9", "no-such-call"):
        with pytest.raises(Forbidden):
            await ward.act(station, K.CALL_ACCEPT, subject, by=NURSE)


async def test_a_refused_scope_is_not_remembered(ward: Ward) -> None:
    """The same action may be asked again once the device is where it belongs."""
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    action = ward.action(K.CALL_PLACE, "c", data={"bed_id": "his.bed-2", "class": "normal"})
    with pytest.raises(Forbidden):
        await ward.hub.actions.answer(bedside, _sent(action))
    moved = await ward.enrol(ScreenRole.BEDSIDE, "2", device_id=bedside.id)
    assert (await ward.hub.actions.answer(moved, _sent(action))).outcome == "applied"


def _sent(action: Action) -> ActionRequest:
    return ActionRequest(action=action, age_ms=0)
