"""The bedside as it is drawn: whole texts, large targets, and a call that one touch places."""

import itertools

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.priority import Priority
from smartward.i18n import LANGUAGES
from smartward.screen.bedside import BedsideModel
from smartward.wire.envelope import ActionKind
from tests.ui.bed_checks import all_faults, millimetre, scrolled, small_targets, texts
from tests.ui.bed_stage import Stage, application, box, speak, stage
from tests.ui.bedside_scenes import BEDSIDE, WRISTBAND
from tests.ui.spread import spread

SIZES = [(1280, 800), (1024, 600), (1920, 1080), (800, 1280)]
PAGES: dict[str, list[str]] = {
    "home": [],
    "care": ["openCare"],
    "pin": ["openCare", "carePin"],
    "team": ["openTeam"],
    "comfort": ["openComfort"],
    "staff": ["openStaff"],
    "staff named": ["openStaff", "name-his.p-1"],
}


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def walk(on: Stage, scales: list[float], sizes: list[tuple[int, int]] = SIZES) -> list[str]:
    """Everything wrong at each size, in each language, at each text size."""
    found = []
    for size, language, scale in itertools.product(sizes, LANGUAGES, scales):
        on.window.resize(*size)
        speak(on, language)
        on.model.setTextScale(scale)
        on.settle()
        found += [f"{size} {language} x{scale}: {fault}" for fault in all_faults(on, size)]
    return found + on.warnings


def go(on: Stage, *taps: str) -> Stage:
    for name in taps:
        on.tap(name)
    return on


DRAWN = [
    "home", "busy", "longest", "longest-called", "sensor-lost", "fasting-done", "empty",
    "too-old", "offline-called",
]  # fmt: skip


@pytest.mark.parametrize(
    "scene, size", spread(DRAWN, SIZES, always=lambda one: one[0] == "longest")
)
def test_nothing_is_cut_or_too_small(scene: str, size: tuple[int, int]) -> None:
    with stage("bedside", BEDSIDE[scene], size=size) as on:
        on.pass_time(6)  # a receipt that has not come is told by now
        assert walk(on, [1.0, 1.6], [size]) == []


@pytest.mark.parametrize("page", list(PAGES)[1:])
def test_pages_are_whole(page: str) -> None:
    with stage("bedside", BEDSIDE["longest"]) as on:
        go(on, *PAGES[page])
        assert walk(on, [1.0, 1.6], SIZES[::2]) == []


@pytest.mark.parametrize("scene", ["home", "called"])
def test_what_staff_hold_is_whole_on_a_small_panel(scene: str) -> None:
    with stage("bedside", BEDSIDE[scene]) as on:
        if on.has("back"):
            on.tap("back")
        go(on, *PAGES["staff named"])
        assert walk(on, [1.6], SIZES[1:2]) == []


def test_large_letters_leave_staff_room_for_their_names() -> None:
    form = {"size": (1024, 600), "language": "en", "text_scale": 1.6}
    with stage("bedside", BEDSIDE["home"], **form) as on:
        go(on, "openStaff")
        name = on.find("name-his.p-1")
        assert box(scrolled(name)).contains(box(name))


@pytest.mark.long
@pytest.mark.parametrize("scene", list(BEDSIDE))
def test_every_scene_in_every_form(scene: str) -> None:
    with stage("bedside", BEDSIDE[scene]) as on:
        assert walk(on, [1.0, 1.3, 1.6]) == []
        on.pass_time(6)
        assert walk(on, [1.0, 1.3, 1.6]) == []


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scene", ["home", "busy", "longest"])
def test_every_page_in_every_form(page: str, scene: str) -> None:
    with stage("bedside", BEDSIDE[scene]) as on:
        assert walk(go(on, *PAGES[page]), [1.0, 1.3, 1.6]) == []


def test_small_things_are_found() -> None:
    """The checks see what they look for: a panel of half the size has too small targets."""
    with stage("bedside", BEDSIDE["home"]) as on:
        assert small_targets(on, millimetre((1280, 800))) == []
        found = small_targets(on, 2 * millimetre((1280, 800)))
        assert any("openCare" in fault for fault in found)
        assert any("apart" in fault for fault in found)


def test_letters_are_large_enough_and_grow() -> None:
    with stage("bedside", BEDSIDE["home"], language="en") as on:
        before = {id(item): item.property("font").pixelSize() for item in texts(on)}
        assert min(before.values()) >= 24
        title = on.find("headSubtitle").property("font").pixelSize()
        on.model.setTextScale(1.6)
        on.settle()
        assert min(item.property("font").pixelSize() for item in texts(on)) >= 38
        assert on.find("headSubtitle").property("font").pixelSize() == round(1.6 * title)


# --------------------------------------------------------------------------------------- the call


@pytest.mark.parametrize("page", PAGES)
def test_one_tap_on_every_page_places_one_call_in_the_same_place(page: str) -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        place = box(on.find("callButton"))
        go(on, *PAGES[page])
        assert box(on.find("callButton")) == place
        on.tap_at(place.center().x(), place.center().y())
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert on.has("receipt-sent")
        assert box(on.find("callButton")) == place
        assert on.text("callButtonText") == "再次呼叫"
        on.pass_time(1)
        on.tap_at(place.center().x(), place.center().y())
        assert [action.kind for action in on.actions][1:] == [ActionKind.CALL_AGAIN]


@pytest.mark.parametrize("size", SIZES)
def test_the_call_keeps_its_place_at_every_size(size: tuple[int, int]) -> None:
    with stage("bedside", BEDSIDE["home"], size=size) as on:
        place = box(on.find("callButton"))
        for taps in (["openTeam", "back"], ["openComfort", "back"], ["openStaff"]):
            go(on, *taps)
            assert box(on.find("callButton")) == place
        on.tap("callButton")
        assert box(on.find("callButton")) == place


def test_a_finger_that_slides_off_has_called() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        centre = box(on.find("callButton")).center().toPoint()
        QTest.mousePress(on.window, Qt.MouseButton.LeftButton, pos=centre)
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        for x in (300, 200, 100):
            QTest.mouseMove(on.window, QPoint(x, centre.y()))
        QTest.mouseRelease(on.window, Qt.MouseButton.LeftButton, pos=QPoint(100, centre.y()))
        on.settle()
        assert len(on.actions) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_the_call_by_key(key: Qt.Key) -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        on.find("callButton").forceActiveFocus()
        QTest.keyClick(on.window, key)
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]


@pytest.mark.parametrize("scene", ["empty", "doubt", "too-old", "offline"])
def test_the_call_works_whoever_lies_there(scene: str) -> None:
    with stage("bedside", BEDSIDE[scene]) as on:
        on.tap("callButton")
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]


def test_reason_then_answer() -> None:
    with stage("bedside", BEDSIDE["called"], language="en") as on:
        assert on.text("question") == "What do you need?"
        on.tap("reason-toilet")
        assert on.actions[-1].data == {"reason": "toilet"}
        assert on.text("answer") == "Please wait for a nurse to help you up."
        on.tap("mistake")
        assert on.actions[-1].kind == ActionKind.CALL_NOT_NEEDED
        assert "still comes" in on.text("mistakeSaid")
        assert not on.has("mistake")


def test_home_tells_of_the_open_call() -> None:
    with stage("bedside", BEDSIDE["coming"], language="en") as on:
        on.tap("back")
        assert on.text("callButtonBrief") == "Nurse Li is coming · 1:24"
        on.pass_time(1)
        assert on.text("callButtonBrief") == "Nurse Li is coming · 1:25"


# -------------------------------------------------------------------------------------- read aloud


class Voice:
    """A speaker that remembers what a person asked to hear."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def announce(self, *prompt: object) -> None:
        raise AssertionError(f"nobody called: {prompt}")

    def tick(self) -> None:
        raise AssertionError("nobody called")

    def can_say(self, lang: str) -> bool:
        return True

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        self.said.append(text)


def test_each_card_reads_itself_aloud() -> None:
    with stage("bedside", BEDSIDE["home"], language="en") as on:
        assert not on.has("readAloudToday")
        assert not on.has("readAloudDrip")
        assert isinstance(on.model, BedsideModel)
        voice = Voice()
        on.model.set_speaker(voice)
        on.settle()
        on.tap("readAloudToday")
        on.tap("readAloudDrip")
        assert [said.split(",")[0] for said in voice.said] == [
            "Next: Scan",
            "Your drip: about 47 min left.",
        ]
        assert on.actions == []
        assert walk(on, [1.0, 1.6]) == []


# ------------------------------------------------------------------------------------------- rest


def resting() -> list[str]:
    return ["openComfort", "rest"]


def test_at_rest_a_touch_beside_the_call_only_wakes() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        go(on, *resting())
        # Where a tile of the home page lies: it is not pressed by the touch that wakes.
        on.tap_at(160, 715)
        assert on.actions == []
        assert on.model.state()["resting"] is False
        assert on.model.state()["page"] == "home"


def test_at_rest_one_touch_inside_the_call_places_it() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        place = box(on.find("callButton"))
        go(on, *resting())
        assert box(on.find("callButton")) == place
        on.tap("callButton", x=0.03, y=0.5)
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert on.model.state()["page"] == "call"


def test_rest_emits_almost_nothing_but_shows_the_call() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        go(on, *resting())
        picture = on.window.grabWindow()
        places = [(x, y) for x in range(0, 1280, 5) for y in range(0, 800, 5)]
        light = [QColor(picture.pixel(x, y)).lightnessF() for x, y in places]
        assert sum(light) / len(light) < 0.03
        assert max(light) > 0.2
        assert on.texts() == ["10:05", "按其他地方点亮屏幕", "呼叫护士"]


def test_until_a_frame_was_drawn_a_touch_does_nothing_but_call() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        go(on, *resting())
        assert isinstance(on.model, BedsideModel)
        # As on a panel whose light is off: it is woken, and draws nothing.
        on.model.drawn = lambda: None  # type: ignore[method-assign]  # a stand-in of this test
        on.model.wake()
        on.settle()
        if on.model.waking:
            on.tap("openStaff")
            assert on.model.state()["page"] == "home"
            on.tap("callButton")
            assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]


def test_a_frame_after_waking_gives_everything_back() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        go(on, *resting())
        on.tap_at(160, 715)
        on.window.grabWindow()
        on.settle()
        go(on, "openTeam")
        assert on.model.state()["page"] == "team"


# --------------------------------------------------------------------------- silence, no bed, wire


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_silent_bed_says_its_number_and_how_to_call(language: str) -> None:
    with stage("bedside", BEDSIDE["silent"], language=language) as on:
        bed, call = ("12床", "呼叫护士") if language == "zh_CN" else ("Bed 12", "Call nurse")
        assert on.texts() == [bed, call]
        assert walk(on, [1.0, 1.6]) == []
        on.tap("callButton")
        assert [action.kind for action in on.actions] == [ActionKind.CALL_PLACE]
        assert not on.has("question")


def test_a_screen_without_a_bed_has_no_call_that_cannot_work() -> None:
    with stage("bedside", BEDSIDE["no-bed"], language="en") as on:
        assert not on.has("callButton")
        assert on.text("noCall") == "Call a nurse with the wired call unit"
        assert walk(on, [1.0, 1.6]) == []


@pytest.mark.parametrize("size", SIZES)
def test_what_begins_silence_is_in_sight_once_its_reason_is_chosen(size: tuple[int, int]) -> None:
    with stage("bedside", BEDSIDE["home"], size=size, text_scale=1.6) as on:
        assert isinstance(on.model, BedsideModel)
        on.model.show("setup")
        on.settle()
        flick = scrolled(on.find("profile-language"))
        assert flick is not None
        assert on.has("moreBelow"), "there is more, and it shows"
        flick.setProperty("contentY", flick.property("contentHeight") - flick.height())
        on.settle()
        assert not on.has("moreBelow")
        on.tap("silence-deceased")
        for name in ("silenceHold", "silenceCancel"):
            assert box(flick).contains(box(on.find(name))), name
        on.tap("silenceCancel")
        assert on.has("profile-language")


def test_the_drips_bar_says_what_it_shows() -> None:
    with stage("bedside", BEDSIDE["home"], language="en") as on:
        assert on.text("dripBar") == "left"


def test_water_is_marked_while_fasting() -> None:
    with stage("bedside", BEDSIDE["called"], language="en") as on:
        assert on.find("reason-water").property("text") == "Water · ask first"
        assert on.find("reason-water").property("iconName") == "cup-off-outline"
        on.tap("reason-water")
        assert on.text("answer").startswith("Please do not drink yet.")


# ------------------------------------------------------------------------------------------- quiet


def test_nothing_is_drawn_while_nothing_changes() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        on.window.grabWindow()
        frames: list[int] = []
        on.window.frameSwapped.connect(lambda: frames.append(1))
        on.settle()
        on.settle()
        assert len(frames) <= 1
        frames.clear()
        on.settle()
        assert frames == []


def test_every_touch_counts_as_presence() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        go(on, "openTeam")
        on.pass_time(100)
        on.tap("headTitle")
        on.pass_time(100)
        assert on.model.state()["page"] == "team"
        on.pass_time(20)
        assert on.model.state()["page"] == "home"


def test_what_belongs_to_one_page_is_on_no_other() -> None:
    with stage("bedside", BEDSIDE["home"]) as on:
        shown = on.texts()
        assert not any("37.4" in text for text in shown)
        go(on, "openCare")
        assert not any("37.4" in text for text in on.texts())
        on.model.badge_read(WRISTBAND)
        on.settle()
        assert "37.4 °C" in on.texts()
        assert "张卫国" in on.texts()
        go(on, "careClose")
        assert not any("37.4" in text or "张卫国" in text for text in on.texts())
        on.model.badge_read(WRISTBAND)
        on.settle()
        on.pass_time(60)
        assert not any("37.4" in text for text in on.texts())


def test_the_banner_names_the_broken_link_and_covers_nothing() -> None:
    with stage("bedside", BEDSIDE["offline"], language="en") as on:
        assert on.text("linkBanner").startswith("No connection to the ward hub since 09:42")
        assert on.text("planAsOf") == "Plan as known at 09:41"
        banner, title = box(on.find("linkBanner")), box(on.find("headTitle"))
        assert isinstance(banner, QRectF)
        assert banner.bottom() <= title.top()
