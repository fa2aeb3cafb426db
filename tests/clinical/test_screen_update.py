"""Which ring of an update is open: never before the one before it has borne it for its time."""

from datetime import UTC, datetime, timedelta

import pytest

from smartward.clinical.screen_update import (
    Gate,
    Member,
    Ring,
    ScreenUpdate,
    Stage,
    UpdatePlan,
    gate,
    within,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def plan(ring: Ring = Ring.ALL) -> UpdatePlan:
    return UpdatePlan(
        compatible="x", bundle="b2", ring=ring, first="one", ward="w", soak_h=24, begun_at=NOW
    )


def screen(
    id: str,
    stage: Stage | None = None,
    ago: timedelta = timedelta(0),
    *,
    ward: str = "w",
    version: str = "1",
    seen: datetime | None = NOW,
    compatible: str = "x",
    offered: str = "b2",
) -> Member:
    update = ScreenUpdate(
        device_id=id,
        compatible=compatible,
        version=version,
        bundle="b2" if stage is not None else "",
        stage=stage,
        since=NOW - ago,
        offered=offered,
    )
    return Member(device_id=id, ward=ward, update=update, seen=seen)


def judged(*members: Member, ring: Ring = Ring.ALL) -> Gate:
    return gate(plan(ring), "2", members, NOW)


WELL = (Stage.GOOD, DAY)


@pytest.mark.parametrize(
    "members, ring, held, ids",
    [
        ((), Ring.DEVICE, "nobody", ()),
        ((screen("one"), screen("two")), Ring.DEVICE, "under_way", ("one",)),
        ((screen("one", Stage.TRYING, DAY),), Ring.DEVICE, "under_way", ("one",)),
        ((screen("one", Stage.GOOD, DAY / 2),), Ring.DEVICE, "soak", ("one",)),
        ((screen("one", Stage.FAILED, DAY),), Ring.DEVICE, "bad", ("one",)),
        ((screen("one", *WELL), screen("two")), Ring.WARD, "under_way", ("two",)),
        (
            (screen("one", *WELL), screen("two", Stage.ROLLED_BACK)),
            *(Ring.WARD, "bad", ("two",)),
        ),
        ((screen("one", *WELL), screen("two", Stage.GOOD)), Ring.WARD, "soak", ("two",)),
        ((screen("one", *WELL), screen("two", *WELL)), Ring.ALL, "", ()),
        (
            (screen("one", *WELL), screen("far", Stage.FAILED, ward="v", offered="b1")),
            *(Ring.ALL, "", ()),
        ),
        ((screen("one", *WELL), screen("two", version="2")), Ring.ALL, "", ()),
        ((screen("one", *WELL), screen("far", ward="v")), Ring.ALL, "", ()),
        (
            (screen("one", *WELL), screen("far", Stage.FAILED, ward="v")),
            *(Ring.ALL, "bad", ("far",)),
        ),
    ],
)
def test_a_ring_opens_behind_the_one_before(
    members: tuple[Member, ...], ring: Ring, held: str, ids: tuple[str, ...]
) -> None:
    found = judged(*members)
    key = f"updates.held.{held}" if held else ""
    assert (found.ring, found.held, found.ids) == (ring, key, ids)


def test_no_wider_than_planned() -> None:
    members = (screen("one", *WELL), screen("two", *WELL))
    assert judged(*members, ring=Ring.WARD).ring is Ring.WARD
    assert judged(*members, ring=Ring.DEVICE).ring is Ring.DEVICE
    assert judged(screen("one", Stage.FAILED), ring=Ring.DEVICE).held == "updates.held.bad"


def test_who_is_away_for_a_day_holds_nobody_up_but_the_first_does() -> None:
    away = NOW - DAY
    assert judged(screen("one", *WELL), screen("two", seen=away)).ring is Ring.ALL
    assert judged(screen("one", *WELL), screen("two", seen=None)).ring is Ring.ALL
    assert judged(screen("one", seen=away)).held == "updates.held.under_way"


def test_images_of_another_kind_belong_to_no_ring() -> None:
    other = screen("one", compatible="y")
    assert not any(within(plan(), ring, other) for ring in Ring)
