"""A bedside's night: dark but for the call shape, where nobody needs it lit."""

import dataclasses
from datetime import time

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.device import ScreenRole
from smartward.clinical.night_hours import NightHours, NightRule
from smartward.screen.light import Light
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind, Document
from smartward.wire.views import KindView, KindWord, PresenceView
from tests.ui.bed_checks import all_faults
from tests.ui.bed_model import NIGHT, Bed
from tests.ui.bed_stage import Stage, application, box, speak, stage
from tests.ui.bed_ward import BED, OFFLINE, ROOM, STAY, call_point, doc
from tests.ui.bedside_scenes import bedside, coming
from tests.ui.spread import spread

PRESENT = PresenceView(bed_id=BED, room_id=ROOM, families=("Zhou",), since=NIGHT, next_call=None)
TOLD = KindView(id="a1", encounter_id=STAY, word=KindWord.STAY_IN_BED, coming=False)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def at_night(*extra: Document, **link: object) -> Scene:
    return bedside(extra=extra, **{"his_as_of": NIGHT, **link})


def bed(*extra: Document, rest_after_s: int = 120) -> Bed:
    return Bed(at_night(*extra), now=NIGHT, rest_after_s=rest_after_s)


def touch(on: Stage, x: float, y: float) -> None:
    """A finger, down and up again."""
    panel = QTest.createTouchDevice()
    point = QPoint(round(x), round(y))
    QTest.touchEvent(on.window, panel).press(0, point, on.window).commit()
    on.settle()
    QTest.touchEvent(on.window, panel).release(0, point, on.window).commit()
    on.settle()


def until_dark(on: Stage) -> None:
    """Nobody touches it; what is asked of the patient has been said its few times."""
    for _ in range(20):
        on.pass_time(60)
    assert resting(on)


def resting(on: Stage) -> bool:
    return bool(on.model.state()["resting"])


# ------------------------------------------------------------------------------------ when it is


@pytest.mark.parametrize("after_s", [15, 120, 600])
def test_it_goes_dark_after_the_wards_seconds_without_a_touch(after_s: int) -> None:
    one = bed(rest_after_s=after_s)
    one.wait(after_s - 1)
    assert (one.state("resting"), one.model.light) == (False, Light.NIGHT)
    one.wait(1)
    assert (one.state("resting"), one.model.light) == (True, Light.REST)
    one.model.wake()
    assert (one.state("resting"), one.model.light) == (False, Light.NIGHT)


def test_its_clock_looks_when_it_is_to_go_dark_and_not_at_the_next_minute() -> None:
    def gap(on: Bed) -> float:
        return (on.model.next_boundary() - on.clock.now()).total_seconds()

    one = bed(rest_after_s=15)
    one.wait(1)
    one.model.touched()
    assert gap(one) == pytest.approx(15, abs=0.1)
    one.wait(gap(one))
    assert one.state("resting")
    assert gap(one) > 15, "it is dark: nothing waits but the minute"
    by_day = Bed(bedside(), rest_after_s=15)
    by_day.wait(1)
    assert gap(by_day) > 15


def test_it_goes_dark_by_the_hours_that_somebody_set_for_it() -> None:
    """By the ward's it is night; by those of bedside screens day, later night for an hour."""
    own = NightRule(role=ScreenRole.BEDSIDE, start=time(9), end=time(10))
    one = bed(doc("night_hours", "night_hours", NightHours(rules=(own,))), rest_after_s=15)
    one.wait(600)
    assert (one.state("resting"), one.model.light) == (False, Light.DAY)
    one.tell("night_hours", "night_hours", NightHours())
    one.wait(1)
    assert (one.state("resting"), one.model.light) == (True, Light.REST)


def test_a_page_that_is_open_is_not_taken_away_by_a_short_setting() -> None:
    one = bed(rest_after_s=15)
    one.model.show("team")
    one.wait(119)
    assert (one.state("page"), one.state("resting")) == ("team", False)
    one.wait(1)
    assert one.state("resting"), "nobody touched it for two minutes"


def test_who_is_marked_present_keeps_their_light() -> None:
    one = bed(doc("presence", BED, PRESENT), rest_after_s=15)
    one.wait(600)
    assert not one.state("resting")
    one.tell("presence", BED, dataclasses.replace(PRESENT, families=()))
    one.wait(1)
    assert one.state("resting")


def test_its_clock_looks_as_soon_as_nobody_needs_the_light_any_more() -> None:
    """It waits for the minute, unless staff who leave or a page that is closed bring it forward."""
    one = bed(doc("presence", BED, PRESENT), rest_after_s=15)
    looks: list[float] = []

    def look() -> None:
        looks.append((one.model.next_boundary() - one.clock.now()).total_seconds())

    look()
    one.model.on_pace_changed(look)
    one.wait(20)
    looks.clear()
    one.tell("presence", BED, dataclasses.replace(PRESENT, families=()))
    assert looks == [pytest.approx(0, abs=0.1)], "the last touch was long ago"
    one.wait(1)
    assert one.state("resting")
    one.model.wake()
    one.model.show("team")
    one.model.drawn()
    look()
    looks.clear()
    one.model.show("home")
    assert looks == [pytest.approx(15, abs=0.1)]
    one.model.touched()
    assert len(looks) == 1, "what is due later needs no other look"


def test_an_open_call_is_lit_and_so_is_its_answer_in_a_chosen_dark() -> None:
    one = bed(rest_after_s=15)
    one.model.placeCall()
    one.call()
    one.wait(600)
    assert (one.state("resting"), one.model.light) == (False, Light.NIGHT)
    one.model.rest()
    assert (one.state("resting"), one.model.light) == (True, Light.NIGHT)
    one.tell("nurse_call", one.state("call"), coming(id=one.state("call")))
    assert one.model.call.open


def test_by_day_it_shines_and_a_chosen_dark_does_not() -> None:
    one = Bed(bedside())
    one.wait(600)
    assert one.model.light is Light.DAY
    one.model.rest()
    assert one.model.light is Light.REST


# -------------------------------------------------------------------------------- what is touched


def test_the_first_finger_wakes_and_does_nothing_else() -> None:
    with stage("bedside", at_night(), appearance="auto", now=NIGHT) as on:
        tile = box(on.find("openTeam")).center()
        on.pass_time(120)
        assert resting(on)
        touch(on, tile.x(), tile.y())
        assert not resting(on)
        assert (on.actions, on.model.state()["page"]) == ([], "home")
        on.window.grabWindow()
        on.settle()
        touch(on, tile.x(), tile.y())
        assert on.model.state()["page"] == "team", "the second one does what it touches"
        assert on.actions == []


@pytest.mark.parametrize("where", [(0.02, 0.5), (0.5, 0.04), (0.98, 0.96), (0.5, 0.5)])
def test_the_first_finger_inside_the_call_shape_calls(where: tuple[float, float]) -> None:
    with stage("bedside", at_night(), appearance="auto", now=NIGHT) as on:
        on.pass_time(120)
        assert resting(on)
        shape = box(on.find("callButton"))
        at = QPointF(shape.x() + where[0] * shape.width(), shape.y() + where[1] * shape.height())
        touch(on, at.x(), at.y())
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert (resting(on), on.model.state()["page"]) == (False, "call")


# ------------------------------------------------------------------------------------ what is seen


def test_only_the_call_shape_glows() -> None:
    with stage("bedside", at_night(), appearance="auto", now=NIGHT) as on:
        on.pass_time(120)
        shape, clock = box(on.find("callButton")), box(on.find("restClock"))
        picture = on.window.grabWindow()
        outside = [
            QColor(picture.pixel(x, y)).lightnessF()
            for x in range(0, 1280, 4)
            for y in range(0, 800, 4)
            if not shape.contains(x, y) and not (y < 400 and x < 700)
        ]
        assert clock.bottom() < 400
        assert max(outside) < 0.02, "the rest of the page is black"
        glow = QColor(picture.pixel(round(shape.center().x()), round(shape.top() + 1)))
        assert 0.1 < glow.lightnessF() < 0.5


@pytest.mark.parametrize(
    "told", [OFFLINE | {"his_as_of": NIGHT}, {"extra": (call_point(lost=True),)}],
    ids=["no hub", "wire lost"],
)  # fmt: skip
def test_what_a_call_cannot_count_on_is_told_in_the_dark(told: dict[str, object]) -> None:
    scene = bedside(**{"his_as_of": NIGHT, **told})
    with stage("bedside", scene, appearance="auto", now=NIGHT, language="en") as on:
        on.pass_time(120)
        assert resting(on)
        said = on.model.linkText if on.model.linkKind == "hub" else on.model.wireText
        assert on.text("restTold") == said != ""


def test_late_hospital_data_do_not_light_a_sleepers_page() -> None:
    with stage("bedside", at_night(), appearance="auto", now=NIGHT) as on:
        on.pass_time(120)
        assert on.model.linkKind == "his"
        assert not on.has("restTold")


def test_what_the_patient_is_asked_stays_in_the_dark() -> None:
    scene = at_night(doc("alert", "a1", TOLD))
    with stage("bedside", scene, appearance="auto", now=NIGHT, language="en") as on:
        until_dark(on)
        assert on.text("restTold") == on.model.kindText != ""


@pytest.mark.parametrize(
    "language, size", spread(["zh_CN", "en", "ar", "es"], [(1280, 800), (1024, 600), (800, 1280)])
)
def test_nothing_of_the_dark_page_covers_another(size: tuple[int, int], language: str) -> None:
    scene = bedside(
        extra=(call_point(lost=True), doc("alert", "a1", TOLD)), **OFFLINE | {"his_as_of": NIGHT}
    )
    for scale in (1.0, 1.6):
        with stage(
            "bedside", scene, appearance="auto", now=NIGHT, size=size, text_scale=scale
        ) as on:
            speak(on, language)
            until_dark(on)
            assert all_faults(on, size) == []
            shape, told = box(on.find("callButton")), box(on.find("restTold"))
            assert not told.intersects(shape), (size, language, scale)
