"""A bedside of the image at night: dark but for the shape that calls. The first touch beside it
only wakes; on it, it calls.

In the order of a night; each test leaves the machine running for the next.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QImage

from tests.image.conftest import CALL_AT, drawn, shows_call
from tests.image.vm import CLOCK, SIZE, Machine, pause, prepare, wait_for
from tests.image.ward import Ward

REST_AFTER_S = 20
"""Without a touch, until it goes dark; the hub tells the screen as it is placed."""
_ZONE = ZoneInfo("Asia/Shanghai")
_SHAPE = (734, 381, 1250, 621)
"""Of *Call nurse*: left, top, right, bottom in pixels."""
_RIM = (760, 381, 1224, 385)
_TEAM = (350, 664, 615, 770)
"""*Care team*, a tile of the first page alone."""
_BACK_AT = (SIZE[0] * 0.775, SIZE[1] * 0.9)
"""Of the page that it opens."""
_BLACK, _LIT = 0.03, 0.4
"""Lightness: less than one, more than the other."""
_ACTIONS = (
    "import sqlite3; cache = sqlite3.connect("
    "'file:/var/lib/smartward-screen/screen.sqlite3?mode=ro', uri=True); "
    "print(*cache.execute('select count(*) from outbox').fetchone())"
)

Box = tuple[int, int, int, int]


@pytest.fixture(scope="module")
def ward(folder: Path) -> Iterator[Ward]:
    """A hub whose bedsides rest soon."""
    ward = Ward(folder / "ward", rest_after_s=str(REST_AFTER_S))
    yield ward
    ward.close()


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A bedside that was placed by its code, by day."""
    copy = prepare(image, folder / "bedside.img")
    ward.name_on_start(copy, folder / "seed")
    with Machine(copy, folder / "bedside") as machine:
        drawn(machine)
        (asks,) = wait_for("its code at the hub", 300, ward.waiting)
        ward.approve(asks["code"], bed="1")
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        yield machine


def shown(machine: Machine) -> QImage:
    """What its screen shows."""
    picture = QImage(str(machine.picture(machine.folder / "look.png")))
    assert (picture.width(), picture.height()) == SIZE
    return picture


def lightest(picture: QImage, box: Box, *, but: tuple[Box, ...] = ()) -> float:
    """Of the pixels in a box and in none of the others: 0 is black, 1 is white."""
    left, top, right, bottom = box
    return max(
        picture.pixelColor(x, y).lightnessF()
        for x in range(left, right, 2)
        for y in range(top, bottom, 2)
        if not any(one[0] <= x < one[2] and one[1] <= y < one[3] for one in but)
    )


def is_dark(machine: Machine) -> bool:
    """Whether all is black but the shape, whose rim glows, and the dim clock with its words."""
    picture = shown(machine)
    words = (0, 0, 700, 400)
    beside = lightest(picture, (0, 0, *SIZE), but=(_SHAPE, words))
    glows = lightest(picture, _RIM)
    return beside < _BLACK < 0.1 < glows < 0.5 and lightest(picture, words) < _LIT


def is_home(machine: Machine) -> bool:
    """Whether the first page is lit: its tiles can be read."""
    return lightest(shown(machine), _TEAM) > _LIT


def is_team(machine: Machine) -> bool:
    """Whether the page of who looks after the patient is lit."""
    picture = shown(machine)
    return lightest(picture, _SHAPE) > _LIT > lightest(picture, _TEAM)


def actions(machine: Machine) -> str:
    """How many the screen has had for the hub, sent or not."""
    return machine.shell(f'/opt/smartward/screen/bin/python3 -c "{_ACTIONS}"')


def touch_team(machine: Machine) -> None:
    left, top, right, bottom = _TEAM
    machine.touch((left + right) / 2, (top + bottom) / 2)


def test_it_goes_dark_when_the_hub_says_that_it_is_night(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    pause(REST_AFTER_S + 5)
    assert is_home(bedside), "by day nobody has to touch it"
    now = CLOCK.now().astimezone(_ZONE)
    begin, end = now - timedelta(hours=1), now + timedelta(hours=12)
    ward.night(f"{begin:%H:%M}-{end:%H:%M}")
    wait_for("the dark", 60, lambda: is_dark(bedside))
    bedside.picture(folder / "dark.png")


def test_the_first_touch_beside_the_shape_only_wakes(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    before = actions(bedside)
    touch_team(bedside)
    wait_for("its light", 30, lambda: is_home(bedside))
    bedside.picture(folder / "woken.png")
    pause(5)
    assert is_home(bedside), "the touch that woke it opened a page"
    assert actions(bedside) == before
    assert ward.calls() == []
    touch_team(bedside)
    wait_for("the page that the second one opens", 30, lambda: is_team(bedside))
    bedside.touch(*_BACK_AT)
    wait_for("the first page", 30, lambda: is_home(bedside))
    assert actions(bedside) == before


def test_it_goes_dark_again(bedside: Machine, folder: Path) -> None:
    wait_for("the dark", REST_AFTER_S + 25, lambda: is_dark(bedside))
    bedside.picture(folder / "dark-again.png")


def test_a_touch_on_the_glowing_shape_is_a_call(bedside: Machine, ward: Ward, folder: Path) -> None:
    assert is_dark(bedside)
    bedside.touch(*CALL_AT)
    wait_for("the call at the hub", 60, ward.calls)
    wait_for("its light", 30, lambda: lightest(shown(bedside), (0, 0, 700, 400)) > _LIT)
    bedside.picture(folder / "called.png")
    (call,) = ward.calls()
    assert call["presses"] == 1
    pause(REST_AFTER_S + 5)
    assert not is_dark(bedside), "a patient who waits sits in the dark"
