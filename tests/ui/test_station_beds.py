"""The station's board of beds: every bed is in sight, or counted; none is cut in two."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id
from tests.ui.test_station_page import FULL_HD, assert_fits

FAULTS = frozenset({"sound.no_device"})


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def cards(on: Stage) -> list[QQuickItem]:
    """The cards in sight, whole or in part."""
    area = box(on.find("boardArea"))
    found = [item for item in on.shown() if item.objectName().startswith("bed-")]
    return [card for card in found if area.intersects(box(card))]


def beside_their_card(on: Stage) -> list[str]:
    """Marks of beds that hang over the edge of their card."""
    marks = [item for item in on.shown() if item.objectName() in ("bedMark", "bedMarkIcon")]
    seen = [box(card) for card in cards(on)]
    assert marks
    return [str(box(m)) for m in marks if not any(card.contains(box(m)) for card in seen)]


def in_sight(on: Stage) -> list[str]:
    """The beds in sight. Fails where a card is cut, or lies on what is below the board."""
    area = box(on.find("boardArea")).adjusted(-1, -1, 1, 1)
    seen = cards(on)
    assert all(area.contains(box(card)) for card in seen), "a card is cut"
    below = "boardMore" if on.has("boardMore") else "pageLinks"
    assert area.bottom() <= box(on.find(below)).top() + 2
    return [card.objectName().removeprefix("bed-") for card in seen]


LONG = pytest.mark.long


def test_a_mark_beside_a_condition_stays_on_its_card() -> None:
    with stage("station", sample.long_ward(41).scene(), size=FULL_HD, language="en", now=NOW) as on:
        on.rest()
        assert beside_their_card(on) == []


@pytest.mark.parametrize(
    "beds, language",
    [
        (61, "en"),
        (64, "zh_CN"),
        *(pytest.param(*one, marks=LONG) for one in [(60, "en"), (60, "zh_CN"), (64, "en")]),
    ],
)
def test_each_bed_of_a_large_ward_is_in_sight_whatever_banners_stand_above(
    beds: int, language: str
) -> None:
    everyone = [bed_id(number) for number in range(1, beds + 1)]
    ward = sample.long_ward(beds)
    with stage("station", ward.scene(), size=FULL_HD, language=language, now=NOW) as on:
        for faults in (frozenset(), FAULTS):
            on.model.set_faults(faults)
            on.rest()
            assert on.has("faults") is bool(faults)
            assert in_sight(on) == everyone
            assert beside_their_card(on) == []
            assert_fits(on)
    scene = sample.offline(ward)
    with stage("station", scene, size=FULL_HD, language=language, now=NOW) as on:
        on.model.set_faults(FAULTS)
        on.rest()
        assert on.has("faults")
        assert on.has("hubBanner")
        assert in_sight(on) == everyone
        assert_fits(on)
        assert not on.warnings


@pytest.mark.parametrize("size", [FULL_HD, (1366, 768)])
def test_a_mark_beside_a_condition_stays_on_a_narrow_card(size: tuple[int, int]) -> None:
    with stage("station", sample.busy_ward(64).scene(), size=size, language="en", now=NOW) as on:
        on.model.set_faults(FAULTS)
        on.rest()
        assert on.has("bedCondition")
        assert beside_their_card(on) == []
        assert len(in_sight(on)) == 64


@pytest.fixture
def hall() -> Iterator[Stage]:
    """More beds than any board holds."""
    with stage("station", sample.busy_ward(97).scene(), size=FULL_HD, now=NOW) as on:
        on.rest()
        yield on
        assert not on.warnings


def out_of_sight(on: Stage) -> tuple[str, int]:
    """What the bar below the board says: which way, and how many beds are there."""
    ways = {"chevron-double-down": "below", "chevron-double-up": "above"}
    way = ways[on.find("boardMore").property("iconName")]
    number, rest_of_it = on.text("boardMore").split(" ", 1)
    assert rest_of_it == f"more {way}"
    return way, int(number)


def test_beds_that_have_no_room_are_counted_and_a_touch_away(hall: Stage) -> None:
    everyone = [bed_id(number) for number in range(1, 98)]
    met = in_sight(hall)
    while len(met) < 97:
        assert out_of_sight(hall) == ("below", 97 - len(met))
        hall.tap("boardMore")
        met += [bed for bed in in_sight(hall) if bed not in met]
    assert met == everyone
    assert out_of_sight(hall) == ("above", 97 - len(in_sight(hall)))
    hall.model.set_faults(FAULTS)
    hall.rest()
    assert len(in_sight(hall)) > 40, "a banner cuts none either"
    hall.model.set_faults(frozenset())
    hall.rest()
    while out_of_sight(hall)[0] == "below":
        hall.tap("boardMore")
    hall.tap("boardMore")
    assert in_sight(hall)[0] == everyone[0]


def test_the_keys_bring_each_bed_into_sight(hall: Stage) -> None:
    for _ in range(20):
        QTest.keyClick(hall.window, Qt.Key.Key_Down)
    hall.settle()
    assert bed_id(92) in in_sight(hall)
    for _ in range(20):
        QTest.keyClick(hall.window, Qt.Key.Key_Up)
    hall.settle()
    assert in_sight(hall)[0] == bed_id(1)
