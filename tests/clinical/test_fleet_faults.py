"""Faults of a ward's screens in as few lines as they have causes."""

from datetime import timedelta

from smartward.clinical.fleet_faults import Extent, Looked, groups
from tests.clinical.build import at


def screen(id: str, *, away: float | None = None, **more: object) -> Looked:
    """`away`: since so many minutes; None: it is there."""
    since = at(0 if away is None else away)
    return Looked(id=id, online=away is None, since=since, **more)  # type: ignore[arg-type]  # fields by their own names


def test_a_ward_that_is_well_has_no_line() -> None:
    assert groups([screen("a"), screen("b")]) == []
    assert groups([]) == []


def test_who_was_placed_just_now_is_no_fault_and_no_part_of_another() -> None:
    assert groups([screen("a", away=1, awaited=True), screen("b")]) == []
    found = groups([screen(id, away=1, awaited=id == "c") for id in "abc"])
    assert [(one.extent, one.ids) for one in found] == [(Extent.WARD, ("a", "b"))]


def test_all_screens_of_the_ward_at_once_are_one_line() -> None:
    (one,) = groups([screen("a", away=1), screen("b", away=2, room="r"), screen("c", away=3)])
    assert (one.extent, one.ids, one.since) == (Extent.WARD, ("a", "b", "c"), at(1))


def test_a_network_is_one_line_and_who_is_elsewhere_has_their_own() -> None:
    found = groups(
        [
            screen("a", away=1, network="192.0.2.0/24", room="r"),
            screen("b", away=2, network="192.0.2.0/24", room="r"),
            screen("c", away=3, network="192.0.2.0/24"),
            screen("d", away=3),
            screen("e", network="198.51.100.0/24"),
        ]
    )
    assert [(one.extent, one.name, one.ids) for one in found] == [
        (Extent.NETWORK, "192.0.2.0/24", ("a", "b", "c")),
        (Extent.SCREENS, "", ("d",)),
    ]


def test_a_room_is_one_line_where_its_network_has_others_that_are_there() -> None:
    net = "192.0.2.0/24"
    found = groups(
        [
            screen("a", away=1, network=net, room="1"),
            screen("b", away=1, network=net, room="1"),
            screen("c", network=net, room="2"),
            screen("d", away=1, network=net, room="2"),
        ]
    )
    assert [(one.extent, one.name, one.ids) for one in found] == [
        (Extent.ROOM, "1", ("a", "b")),
        (Extent.SCREENS, "", ("d",)),
    ]


def test_one_that_was_dead_before_does_not_take_the_line_apart() -> None:
    net, days = "192.0.2.0/24", -60.0 * 24 * 3
    lost = [screen(f"a{n:02}", away=n / 20, room=f"r{n // 2}", network=net) for n in range(20)]
    for dead in (
        screen("dead", away=days, room="r0", network=net),
        screen("dead", away=days, room="r0"),  # it never came: nobody knows its network
    ):
        found = groups([dead, *lost])
        assert [(one.extent, len(one.ids), one.since) for one in found] == [
            (Extent.WARD, 20, at(0)),
            (Extent.SCREENS, 1, at(days)),
        ]
        found = groups([dead, *lost, screen("z", network="198.51.100.0/24")])
        assert [(one.extent, len(one.ids)) for one in found] == [
            (Extent.NETWORK, 20),
            (Extent.SCREENS, 1),
        ]


def test_a_room_with_one_that_was_dead_before_is_one_line_and_that_one() -> None:
    found = groups(
        [
            screen("a", away=1, room="1"),
            screen("b", away=1, room="1"),
            screen("c", away=-600, room="1"),
            screen("d", room="2"),
        ]
    )
    assert [(one.extent, one.ids) for one in found] == [
        (Extent.ROOM, ("a", "b")),
        (Extent.SCREENS, ("c",)),
    ]


def test_networks_that_were_lost_one_after_the_other_are_a_line_each() -> None:
    first, second = "192.0.2.0/24", "198.51.100.0/24"
    found = groups(
        [
            *(screen(f"a{n}", away=1, network=first) for n in range(5)),
            *(screen(f"b{n}", away=30, network=second) for n in range(4)),
        ]
    )
    assert [(one.extent, one.name, len(one.ids)) for one in found] == [
        (Extent.NETWORK, first, 5),
        (Extent.NETWORK, second, 4),
    ]


def test_what_was_lost_at_different_times_has_different_causes() -> None:
    found = groups([screen("a", away=1), screen("b", away=3.1), screen("c")])
    assert [one.ids for one in found] == [("a",), ("b",)]
    assert groups([screen("a", away=0), screen("b", away=2)])[0].extent is Extent.WARD
    apart = screen("b", away=2 + timedelta(milliseconds=1) / timedelta(minutes=1))
    assert groups([screen("a", away=0), apart])[0].extent is Extent.SCREENS


def test_one_fault_of_several_screens_is_one_line_and_a_silent_one_has_no_other() -> None:
    found = groups(
        [
            screen("a", faults=("disk", "sound")),
            screen("b", faults=("disk",)),
            screen("c", away=1, faults=("disk",)),
        ]
    )
    assert [(one.fault, one.ids) for one in found] == [
        ("", ("c",)),
        ("disk", ("a", "b")),
        ("sound", ("a",)),
    ]


def test_a_fault_is_there_since_it_was_told_and_not_since_its_screen_came() -> None:
    silent, disk, sound, clock = groups(
        [
            screen("a", faults=("disk", "sound", "clock"), faults_since={"disk": at(7)}),
            screen("b", faults=("disk", "sound"), faults_since={"disk": at(5), "sound": at(6)}),
            screen("c", away=1, faults=("disk",), faults_since={"disk": at(2)}),
        ]
    )
    assert (silent.fault, silent.since) == ("", at(1))
    assert (disk.fault, disk.ids, disk.since) == ("disk", ("a", "b"), at(5))
    assert (sound.ids, sound.since) == (("a", "b"), None), "the other may have had it before"
    assert (clock.fault, clock.since) == ("clock", None)
