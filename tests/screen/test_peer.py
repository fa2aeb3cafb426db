"""A call goes straight from its bed to station and door while no hub answers, and merges after."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartward.clinical.nurse_call import CallClass, CallReason, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.screen import peer
from smartward.screen.link import Phase
from smartward.screen.peer_caller import EVERY_S, UNANSWERED_S, UNTAKEN_S
from smartward.screen.peer_receiver import MOST_OF_A_BED
from smartward.screen.peer_records import Answered, as_call
from smartward.screen.peer_station import door_calls
from smartward.screen.peer_store import FILE
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.peer import PeerKey
from smartward.wire.views import CallPointView
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import call as call_document
from tests.screen.documents import document
from tests.screen.peer_ward import BED, LI, PeerWard, Side, lied

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]

CORD = CallPointView(id="p1", bed_id=BED, lost_since=None, call_class=CallClass.BATHROOM)


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PeerWard]:
    made = PeerWard(tmp_path, clock)
    try:
        yield made
    finally:
        await made.close()


def shown(side: Side, call_id: str) -> NurseCall:
    """The call as this screen shows it."""
    deeds = [action for action in side.outbox.pending() if action.subject == call_id]
    return as_call(side.direct.records[call_id], None, deeds, lambda at: at)


async def test_a_call_no_hub_takes_is_at_station_and_door_and_the_bed_knows_only_then(
    ward: PeerWard,
) -> None:
    await ward.start("bed", "door", "station")
    touch = await ward.call()
    passed = await ward.until(lambda: touch.subject in ward.station.direct.records)
    assert passed >= UNANSWERED_S
    at_station = shown(ward.station, touch.subject)
    assert (at_station.bed_id, at_station.state) == (BED, CallState.REQUESTED)
    assert at_station.placed_at - touch.made_at < timedelta(seconds=passed)
    await ward.until(lambda: touch.subject in ward.door.direct.records)
    await ward.until(lambda: ward.answered(touch) == Answered(station=True, door=True))  # fmt: skip
    ward.station.net.drawn((touch.subject,))
    await ward.until(lambda: ward.answered(touch).shown)
    assert ward.answered(touch).stage == 2


async def test_while_the_hub_answers_nothing_goes_straight(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    ward.bed.hub_there()
    touch = await ward.call()
    ward.clock.advance(UNANSWERED_S + 0.5)
    await ward.bed.taken(touch)
    await ward.until(lambda: ward.clock.monotonic() > 1012.0)
    assert ward.station.direct.records == {}


async def test_a_hub_that_is_heard_and_takes_nothing_does_not_keep_the_call(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    ward.bed.hub_there()
    touch = await ward.call()
    passed = await ward.until(lambda: touch.subject in ward.station.direct.records)
    assert passed >= UNTAKEN_S


async def test_all_that_is_touched_follows_and_a_red_flag_is_high_at_once(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.reason(touch, CallReason.BREATHLESS)
    again = ward.bed.touch(ActionKind.CALL_AGAIN, touch.subject)
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    there = shown(ward.station, touch.subject)
    assert (there.reason, there.priority, there.presses) == (
        CallReason.BREATHLESS,
        Priority.HIGH,
        2,
    )
    ward.bed.touch(ActionKind.CALL_NOT_NEEDED, touch.subject)
    await ward.until(lambda: len(ward.station.direct.records[touch.subject].touches) == 4)
    assert again.id in [one.id for one in ward.station.direct.records[touch.subject].touches]


async def test_somebody_says_coming_and_bed_and_the_other_station_are_told(ward: PeerWard) -> None:
    await ward.start("bed", "station", "second")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    ward.station.touch(ActionKind.CALL_ACCEPT, touch.subject, by=LI)
    assert shown(ward.station, touch.subject).state is CallState.ACCEPTED
    await ward.until(lambda: ward.answered(touch).coming == "Li")
    await ward.until(lambda: ward.second.coming(touch) == "Li")
    other = shown(ward.second, touch.subject)
    assert other.state is CallState.ACCEPTED
    assert other.accepted_by is not None
    assert other.accepted_by.family == "Li"
    assert ward.station.outbox.next() is None, "no hub can know the call yet"


async def test_who_closes_it_at_the_door_closes_it_everywhere(ward: PeerWard) -> None:
    await ward.start("bed", "door", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.door.direct.records)
    ward.door.touch(ActionKind.CALL_CLOSE, touch.subject, by=LI)
    await ward.until(lambda: ward.answered(touch).closed)
    await ward.until(lambda: ward.station.direct.records[touch.subject].closed_at is not None)
    assert shown(ward.station, touch.subject).state is CallState.COMPLETED


async def test_once_a_hub_has_it_the_direct_mark_goes_and_what_waited_is_sent(
    ward: PeerWard,
) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    accept = ward.station.touch(ActionKind.CALL_ACCEPT, touch.subject, by=LI)
    await ward.bed.taken(touch)
    await ward.until(lambda: ward.station.direct.records[touch.subject].taken)
    assert touch.subject in ward.station.direct.records, "this station does not hear the hub yet"
    ward.station.tell(
        document("nurse_call", touch.subject, 3, call_document(touch.subject, BED, touch.made_at))
    )
    ward.station.hub_there()
    await ward.until(lambda: touch.subject not in ward.station.direct.records)
    waits = ward.station.outbox.next()
    assert waits is not None
    assert waits.action == accept
    assert ward.station.net._store.records() == []  # type: ignore[union-attr]  # it is there in this test


async def test_a_call_that_joined_another_at_the_hub_is_not_left_behind(ward: PeerWard) -> None:
    """The hub knows it under the other's id: only the bed can say that it has it."""
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    ward.station.hub_there()
    await ward.bed.taken(touch)
    await ward.until(lambda: touch.subject not in ward.station.direct.records)


async def test_a_bed_that_cannot_reach_the_hub_is_still_heard_by_a_station_that_can(
    ward: PeerWard, caplog: pytest.LogCaptureFixture
) -> None:
    await ward.start("bed", "station")
    ward.station.hub_there()
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    await ward.until(lambda: ward.clock.monotonic() > 1040.0)
    assert touch.subject in ward.station.direct.records
    await ward.bed.tasks.stop()
    await ward.until(lambda: touch.subject in ward.station.direct.unheard)
    assert touch.subject in ward.station.direct.records, "nobody knows that it is over"
    ward.station.direct.drop(touch.subject, LI.id)
    await ward.until(lambda: touch.subject not in ward.station.direct.records)
    assert f"direct call {touch.subject} is put away by {LI.id}" in caplog.text


def on_disk(side: Side) -> int:
    """How many direct calls lie on this screen's disk."""
    with closing(sqlite3.connect(side.folder / FILE)) as file:
        found: int = file.execute("select count(*) from sealed").fetchone()[0]
    return found


def handed(side: Side, call: Action) -> list[Action]:
    """What this screen has told the hub in the place of the call's bed."""
    told = [action for action in side.posted if action.kind == ActionKind.PEER_CALL]
    return [action for action in told if action.subject == call.subject]


async def test_a_call_whose_bed_is_dead_is_told_to_the_hub_in_its_place(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    accept = ward.station.touch(ActionKind.CALL_ACCEPT, touch.subject, by=LI)
    await ward.bed.tasks.stop()
    station = await ward.again("station")
    station.hub_there()
    await ward.until(lambda: touch.subject not in station.direct.records, step=2.0)
    [told] = handed(station, touch)
    assert str(told.data["body"]).count(touch.id)
    waits = station.outbox.next()
    assert waits is not None
    assert waits.action == accept


async def test_one_that_no_hub_takes_is_ended_by_no_time(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    await ward.bed.tasks.stop()
    ward.station.answers = "refused"
    ward.station.hub_there()
    await ward.until(lambda: handed(ward.station, touch), step=2.0)
    began = ward.clock.monotonic()
    day_s = 24 * 3600.0
    await ward.until(lambda: ward.clock.monotonic() - began > day_s, step=600.0)
    assert touch.subject in ward.station.direct.records
    ward.station.direct.drop(touch.subject, LI.id)
    await ward.until(lambda: touch.subject not in ward.station.direct.records)


async def test_a_screen_that_is_none_of_the_ward_any_more_keeps_nothing(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    await ward.bed.tasks.stop()
    ward.station.link.phase = Phase.NOT_ENROLLED
    ward.station.replica.clear()
    await ward.until(lambda: not ward.station.direct.records)
    await ward.until(lambda: on_disk(ward.station) == 0)
    station = await ward.again("station")
    assert station.direct.records == {}


async def test_a_station_that_starts_anew_still_has_it_and_the_bed_goes_on(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: ward.answered(touch) == Answered(station=True))
    station = await ward.again("station")
    assert touch.subject in station.direct.records
    number = station.direct.records[touch.subject].heard_at
    await ward.until(lambda: station.direct.records[touch.subject].heard_at > number)
    assert station.net.refused == 0


async def test_a_bed_whose_file_is_broken_is_heard_at_once(ward: PeerWard) -> None:
    """Its numbers begin anew; who it is, it proves with each word."""
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    await ward.bed.taken(touch)
    await ward.again("bed", broken=True)
    assert ward.bed.net.faults == frozenset()
    assert list(ward.bed.folder.glob("direct.sqlite3.broken-*")) == [], "it may be in plain text"
    second = await ward.call()
    await ward.until(lambda: ward.answered(second) == Answered(station=True))


async def test_a_bed_that_starts_anew_goes_on_with_its_call(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    await ward.again("bed")
    await ward.until(lambda: ward.answered(touch) == Answered(station=True))


async def test_a_file_that_cannot_be_had_is_a_fault_of_its_own(ward: PeerWard) -> None:
    (ward.bed.folder / "direct.sqlite3").mkdir()
    await ward.start("bed", "station")
    assert ward.bed.net.faults == {"peer.fault.file"}
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)


async def test_what_a_station_showed_holds_for_as_long_as_it_answers(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    ward.station.net.drawn((touch.subject,))
    await ward.until(lambda: ward.answered(touch).shown)
    await ward.station.close()
    await ward.until(lambda: ward.answered(touch) == Answered())
    ward.sides.pop("station")


async def test_a_way_that_reaches_nobody_is_told_while_the_hub_is_there(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    ward.bed.hub_there()
    at = ward.station.net.listens
    assert at is not None
    ward.way(station=lied(ward.receiver("station"), port=1))
    await ward.until(lambda: ward.bed.net.faults == {"peer.fault.way"}, step=5.0)
    ward.way(station=lied(ward.receiver("station")))
    await ward.until(lambda: not ward.bed.net.faults, step=5.0)
    assert (ward.station.net.refused, ward.station.direct.records) == (0, {})


async def test_whoever_else_listens_at_that_address_gets_nothing(ward: PeerWard) -> None:
    await ward.start("bed", "station", "second")
    ward.way(station=lied(ward.receiver("station"), public_key=ward.second.key.public))
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.second.direct.records)
    await ward.until(lambda: ward.clock.monotonic() > 1010.0 + EVERY_S)
    assert ward.station.direct.records == {}


async def test_a_ward_without_direct_calls_opens_no_port(ward: PeerWard) -> None:
    for side in ward.sides.values():
        side.start()
    await ward.until(lambda: ward.clock.monotonic() > 1005.0)
    assert [side.net.listens for side in ward.sides.values()] == [None] * 4
    assert not list(ward.folder.glob("*/direct.sqlite3*")), "nor is anything kept"


async def test_the_port_closes_when_the_ward_has_them_no_more(ward: PeerWard) -> None:
    await ward.start("station", "bed")
    at = ward.station.net.listens
    assert at is not None
    ward.station.replica.clear()
    await ward.until(lambda: ward.station.net.listens is None)
    with pytest.raises(OSError, match=r"refused|Connect"):
        await asyncio.open_connection(*at)


async def test_the_port_is_looked_at_where_the_link_is_another_and_now_and_then(
    ward: PeerWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def here(url: str) -> str:
        looked.append(url)
        return address

    address = "127.0.0.1"
    monkeypatch.setattr(peer, "own_address", here)
    await ward.start("station")
    before = len(looked)
    for _ in range(5):
        ward.station.link.changed()
        await ward.until(lambda: True)
    assert len(looked) == before, "the hub tells of its link each second"
    address = "127.0.0.2"
    ward.station.hub_there()
    await ward.until(lambda: (ward.station.net.listens or ("",))[0] == "127.0.0.2")
    monkeypatch.setattr(peer, "_AGAIN_S", 0.01)
    ward.station.hub_there(False)
    await ward.until(lambda: len(looked) > before + 1)
    address = "127.0.0.3"
    await ward.until(lambda: (ward.station.net.listens or ("",))[0] == "127.0.0.3")


async def test_a_bedside_listens_nowhere_and_tells_the_hub_its_key(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    assert ward.bed.net.listens is None
    ward.bed.hub_there()
    ward.station.hub_there()
    await ward.until(lambda: ward.bed.posted and ward.station.posted)
    [told] = ward.bed.posted
    assert told.data == {"key": ward.bed.key.public, "address": "", "port": 0}
    address, port = ward.station.net.listens or ("", 0)
    assert ward.station.posted[0].data == {
        "key": ward.station.key.public,
        "address": address,
        "port": port,
    }


async def test_a_cord_pulled_again_after_its_reset_calls_again(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    ward.bed.tell(document("call_point", "p1", 1, CORD))
    first = ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="press")
    await ward.until(lambda: first.id in ward.station.direct.records)
    ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="reset")
    await ward.until(lambda: shown(ward.station, first.id).state is CallState.COMPLETED)
    again = ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="press")
    await ward.until(lambda: again.id in ward.station.direct.records)
    at_station = shown(ward.station, again.id)
    assert (at_station.state, at_station.call_class) == (CallState.REQUESTED, CallClass.BATHROOM)
    assert shown(ward.station, first.id).state is CallState.COMPLETED


async def test_however_often_it_is_pulled_and_reset_the_next_one_is_shown(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    ward.bed.tell(document("call_point", "p1", 1, CORD))
    for _ in range(MOST_OF_A_BED + 1):
        ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="press")
        ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="reset")
    last = ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="press")
    await ward.until(lambda: last.id in ward.station.direct.records)
    assert shown(ward.station, last.id).state is CallState.REQUESTED


async def test_two_devices_with_one_identity_are_both_shown_and_asked_which_bed(
    ward: PeerWard,
) -> None:
    await ward.start("bed", "station")
    copy = ward.copied()
    true = await ward.call()
    false = copy.touch(ActionKind.CALL_PLACE, bed_id=BED, **{"class": "normal"})
    for touch in (true, false):
        await ward.until(lambda id=touch.subject: id in ward.station.direct.records)
        await ward.until(lambda id=touch.subject: shown(ward.station, id).other_beds == ("",))


async def test_what_the_hub_doubts_is_doubted_without_it(ward: PeerWard) -> None:
    await ward.start("bed", "station")
    key = PeerKey(
        device_id="bed", bed_id=BED, public_key=ward.bed.key.public, other_beds=("his.bed-2",)
    )
    ward.station.tell(document("peer_key", "bed", 9, key))
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.station.direct.records)
    assert shown(ward.station, touch.subject).other_beds == ("his.bed-2",)


async def test_a_receiver_that_is_off_keeps_no_call_from_another(
    ward: PeerWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartward.screen.peer_wire.WITHIN_S", 60.0)
    await ward.start("bed", "station")
    held: list[asyncio.StreamWriter] = []
    off = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    ward.way(second=lied(ward.receiver("station"), device_id="second", port=_port(off)))
    for point in ("p1", "p2", "p3"):
        cord = replace(CORD, id=point)
        ward.bed.tell(document("call_point", point, 1, cord))
        ward.bed.touch(ActionKind.CALL_POINT_EVENT, point, event="press")
    await ward.until(lambda: len(ward.station.direct.records) == len(held) == 3)
    heard = {one.id: one.heard_at for one in ward.station.direct.records.values()}
    await ward.until(
        lambda: all(r.heard_at > heard[r.id] for r in ward.station.direct.records.values())
    )
    for writer in held:
        writer.close()
    off.close()


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def test_who_goes_to_a_cord_is_told_to_the_hub_once_it_has_the_press(ward: PeerWard) -> None:
    """The hub's call of the press has the press's id, or means it where it joined another."""
    await ward.start("bed", "station")
    ward.bed.tell(document("call_point", "p1", 1, CORD))
    press = ward.bed.touch(ActionKind.CALL_POINT_EVENT, "p1", event="press")
    await ward.until(lambda: press.id in ward.station.direct.records)
    accept = ward.station.touch(ActionKind.CALL_ACCEPT, press.id, by=LI)
    ward.station.hub_there()
    assert ward.station.outbox.next() is None
    await ward.bed.taken(press)
    await ward.until(lambda: press.id not in ward.station.direct.records)
    waits = ward.station.outbox.next()
    assert waits is not None
    assert waits.action == accept


async def test_a_door_tells_of_a_direct_call_in_doubt_at_each_bed_that_is_known(
    ward: PeerWard,
) -> None:
    await ward.start("bed", "door")
    key = PeerKey(
        device_id="bed", bed_id=BED, public_key=ward.bed.key.public, other_beds=("his.bed-2", "")
    )
    ward.door.tell(document("peer_key", "bed", 9, key))
    touch = await ward.call()
    await ward.until(lambda: touch.subject in ward.door.direct.records)
    model = SimpleNamespace(services=ward.door, pending=lambda: ())
    told = [
        (call.id, call.bed_id, call.which_bed, call.possible)
        for call in door_calls(model, ward.clock.now())  # type: ignore[arg-type]  # a door's model
    ]
    assert told == [
        (touch.subject, BED, True, False),
        (touch.subject, "his.bed-2", True, True),
    ]
