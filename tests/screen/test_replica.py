"""The replica: whole writes, nothing told before `current`, nothing false after bad data."""

from datetime import UTC, datetime

import pytest

from smartward.clinical.bed import Bed
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.ward import Ward
from smartward.screen.replica import Changes, Replica
from smartward.wire.envelope import Gone
from tests.screen.documents import bed, call, document, ward

NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)


@pytest.fixture
def replica() -> Replica:
    return Replica(ScreenRole.STATION)


@pytest.fixture
def told(replica: Replica) -> list[Changes]:
    found: list[Changes] = []
    replica.subscribe(found.append)
    return found


def test_nothing_is_told_or_shown_before_current(replica: Replica, told: list[Changes]) -> None:
    replica.load([document("bed", "old", 3, bed(1))], 3)
    told.clear()
    replica.begin_reset()
    replica.apply(7, [document("bed", "new", 7, bed(2))])
    assert told == []
    assert list(replica.docs("bed")) == ["old"]
    replica.current(9)
    assert [changes.reset for changes in told] == [True]
    assert list(replica.docs("bed")) == ["new"]
    assert replica.seq == 9


def test_one_write_is_told_once(replica: Replica, told: list[Changes]) -> None:
    replica.load([], 0)
    told.clear()
    replica.apply(
        4,
        [
            document("bed", "his.bed-1", 4, bed(1)),
            document("nurse_call", "c", 4, call("c", "b", NOW)),
        ],
    )
    assert len(told) == 1
    assert told[0].ids == {"bed": {"his.bed-1"}, "nurse_call": {"c"}}
    assert told[0].touches("nurse_call")
    assert not told[0].touches("encounter")
    assert replica.get("nurse_call", "c", NurseCall) == call("c", "b", NOW)
    assert replica.all("bed", Bed) == [bed(1)]


def test_catching_up_is_told_in_one_piece(replica: Replica, told: list[Changes]) -> None:
    replica.load([document("bed", "a", 1, bed(1)), document("bed", "b", 1, bed(2))], 1)
    told.clear()
    replica.begin_catch_up()
    replica.apply(2, [document("bed", "a", 2, bed(3))])
    replica.apply(3, [], [Gone("bed", "b")])
    assert told == []
    assert replica.all("bed", Bed) == [bed(1), bed(2)], "nothing of it can be drawn yet"
    assert replica.seq == 1
    replica.current(3)
    assert replica.seq == 3
    assert [changes.ids for changes in told] == [{"bed": {"a", "b"}}]
    assert list(replica.docs("bed")) == ["a"]


def test_a_catch_up_that_broke_off_leaves_nothing_behind(
    replica: Replica, told: list[Changes]
) -> None:
    replica.load([document("bed", "a", 1, bed(1))], 1)
    told.clear()
    replica.begin_catch_up()
    replica.apply(2, [document("bed", "b", 2, bed(2))])
    replica.begin_catch_up()
    replica.apply(3, [document("bed", "c", 3, bed(3))])
    replica.current(3)
    assert sorted(replica.docs("bed")) == ["a", "c"]
    assert [changes.ids for changes in told] == [{"bed": {"c"}}]


def test_gone_of_what_was_not_there_is_not_told(replica: Replica, told: list[Changes]) -> None:
    replica.load([document("bed", "a", 1, bed(1))], 1)
    told.clear()
    replica.apply(2, [], [Gone("bed", "never"), Gone("infusion", "never")])
    assert told == []
    assert replica.seq == 2


@pytest.mark.expects_log("cannot be read")
def test_an_unreadable_body_takes_away_what_was_there(replica: Replica) -> None:
    replica.load([document("bed", "a", 1, bed(1)), document("bed", "b", 1, bed(2))], 1)
    replica.apply(2, [document("bed", "a", 2, b'{"id": 7}')])
    assert list(replica.docs("bed")) == ["b"]
    assert replica.rejected == {"bed": 1}


def test_kinds_of_a_newer_hub_are_left_out(replica: Replica) -> None:
    replica.load([document("hologram", "h", 1, b"{}"), document("ward", "ward", 1, ward())], 1)
    assert replica.one("ward", Ward) == ward()
    assert replica.docs("hologram") == {}


def test_a_role_reads_only_its_own_view() -> None:
    replica = Replica(ScreenRole.DOOR)
    replica.load([document("vital_sign", "v", 1, b"{}")], 1)
    assert replica.docs("vital_sign") == {}


def test_clearing_forgets_and_tells(replica: Replica, told: list[Changes]) -> None:
    replica.load([document("bed", "a", 1, bed(1))], 1)
    told.clear()
    replica.clear()
    assert [changes.reset for changes in told] == [True]
    assert replica.docs("bed") == {}


def test_what_changed_beside_some_kinds() -> None:
    changes = Changes(ids={"alert": {"a"}, "vital_sign": {"b"}})
    assert not changes.touches_others("alert", "vital_sign", "drill")
    assert changes.touches_others("alert")
    assert Changes(reset=True).touches_others("alert")
    assert not Changes().touches_others()
