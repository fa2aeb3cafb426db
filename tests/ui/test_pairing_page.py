"""The page of a screen that waits to be paired: its code can be read, said and scanned on every
panel, in both languages, by day and by night."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import segno
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtQml import QQmlApplicationEngine, QQmlError
from PySide6.QtQuick import QQuickWindow
from PySide6.QtTest import QTest

from smartward.clinical.device import ScreenRole
from smartward.config import Settings, asset
from smartward.screen.first_start import _seed_of as seed_of
from smartward.screen.link import LinkState
from smartward.screen.pairing_model import PairingModel
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox
from smartward.screen.services import Services
from smartward.screen.standing import (
    CONFIRM,
    DONE,
    FORGETTING,
    FULL,
    LOOKING,
    REFUSED,
    STUCK,
    WAITING,
    Standing,
)
from smartward.wire.pairing import code_of, qr_text
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_checks import PATIENT_MM, STAFF_MM, all_faults, millimetre
from tests.ui.bed_stage import Stage, application, box
from tests.ui.bed_ward import NOW

SIZES = [(1280, 800), (800, 1280), (1024, 600), (1920, 1080), (1080, 1920)]
TIGHT = [(1024, 600), (800, 1280)]
KEY, SALT = "iBNGCZESDLRT08wor_0PLQKA68t7831o1ePxi8Q3Tfg", "00ff"
HUB = "https://hub-3-east.hospital.example:8700"
WAITS = Standing(
    state=WAITING,
    code=code_of(KEY, SALT),
    qr=qr_text(KEY, SALT),
    hub=HUB,
    serial="SN-4711-0815-CN",
)
OTHERS = [
    Standing(state=LOOKING, why="pairing.page.untrusted", hub=HUB, serial="S-1"),
    Standing(state=LOOKING, why="pairing.page.no_hub", hub=HUB),
    Standing(state=FORGETTING, hub=HUB, serial="SN-4711-0815-CN"),
    Standing(state=REFUSED, hub=HUB),
    Standing(state=FULL, hub=HUB),
    Standing(state=DONE, hub=HUB),
    Standing(state=CONFIRM, code=WAITS.code, hub=HUB, serial="SN-4711-0815-CN"),
    Standing(state=CONFIRM, code=WAITS.code, tries=1),
    Standing(state=WAITING, code=WAITS.code, qr=WAITS.qr, hub=HUB, compares=True),
    *(
        Standing(state=LOOKING, why=why, values=(("n", 10),), hub=HUB, serial="SN-4711-0815-CN")
        for why in ("pairing.page.denied", "pairing.page.three_wrong", "pairing.page.unanswered")
    ),
    *(
        replace(WAITS, why=why, compares=True)
        for why in (
            "pairing.page.again_denied",
            "pairing.page.again_three_wrong",
            "pairing.page.again_unanswered",
        )
    ),
    Standing(
        state=LOOKING,
        why="pairing.dns.several",
        values=(
            ("domain", "ward-3-east.hospital.example"),
            ("wards", "Ward 3 East, Ward 3 West, Intensive Care"),
        ),
    ),
    Standing(
        state=LOOKING,
        why="pairing.dns.no_record",
        values=(("domain", "ward-3-east.hospital.example"), ("service", "_smartward._tcp")),
    ),
    Standing(state=STUCK, why="pairing.seed.ca", values=(("file", "/boot/efi/smartward.toml"),)),
]


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    application()
    clock = ManualClock(NOW)
    replica, link, outbox = Replica(ScreenRole.BEDHEAD), LinkState(), PictureOutbox()
    model = PairingModel(
        Services(
            role=ScreenRole.BEDHEAD,
            settings=Settings(),
            clock=clock,
            replica=replica,
            link=link,
            outbox=outbox,
            language="zh_CN",
            appearance="day",
        )
    )
    model.start()
    engine = QQmlApplicationEngine()
    warnings: list[str] = []

    def warned(errors: list[QQmlError]) -> None:
        warnings.extend(error.toString() for error in errors)

    engine.setOutputWarningsToStandardError(False)
    engine.warnings.connect(warned)
    engine.setInitialProperties({"model": model, "width": 1280, "height": 800})
    engine.load(QUrl.fromLocalFile(str(asset("ui", "Pairing.qml"))))
    assert engine.rootObjects(), "\n".join(warnings)
    window = engine.rootObjects()[0]
    assert isinstance(window, QQuickWindow)
    yield Stage(model, window, clock, replica, link, outbox, warnings)
    assert warnings == []
    window.hide()
    window.deleteLater()
    engine.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def show(
    on: Stage, standing: Standing, size: tuple[int, int], language: str = "en", look: str = "day"
) -> None:
    assert isinstance(on.model, PairingModel)
    on.window.resize(*size)
    on.model.setLanguage(language)
    on.model.set_appearance(look)
    on.model.show_standing(standing)
    on.settle()


@pytest.fixture
def bedside(on: Stage) -> Iterator[Stage]:
    """It was a bedside until its certificate could not be used any more."""
    assert isinstance(on.model, PairingModel)
    on.model.show_before(ScreenRole.BEDSIDE, damaged=True)
    yield on
    on.model.show_before(None, damaged=False)


@pytest.mark.parametrize("look", ["day", "night"])
@pytest.mark.parametrize("size", SIZES)
def test_a_bedside_that_has_to_be_paired_again_says_in_five_languages_how_help_is_called(
    bedside: Stage, size: tuple[int, int], look: str
) -> None:
    on, found = bedside, []
    for standing, language in itertools.product([WAITS, *OTHERS], ("en", "zh_CN")):
        show(on, standing, size, language, look)
        said = [on.text(f"pairingPatient{number}") for number in range(5)]
        assert len(set(said)) == 5
        assert said[0] == on.model.texts.text("bedside.not_connected")
        first = on.find("pairingPatient0").property("font").pixelSize()
        assert first > on.find("pairingTitle").property("font").pixelSize()
        damaged = on.model.texts.text("pairing.page.damaged") in on.text("pairingWhat")
        assert damaged == (standing.state != CONFIRM)
        assert "pairingCall" not in {item.objectName() for item in on.shown()}
        found += [f"{standing.state} {language}: {fault}" for fault in all_faults(on, size)]
        for item in (one for one in on.shown() if one.objectName().startswith("pairing")):
            where = box(item)
            inside = where.left() >= 0 and where.top() >= 0
            inside &= where.right() <= size[0] and where.bottom() <= size[1]
            if not inside:
                found.append(f"{standing.state} {language}: {item.objectName()} leaves the window")
    assert found == []


def test_what_was_no_bedside_speaks_to_no_patient(on: Stage) -> None:
    assert isinstance(on.model, PairingModel)
    for role in (None, ScreenRole.STATION, ScreenRole.DOOR):
        on.model.show_before(role, damaged=False)
        show(on, WAITS, (1280, 800))
        assert on.model.patient == []
        assert on.text("pairingCall") == on.model.texts.text("pairing.page.call")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_and_the_code_is_large(on: Stage, size: tuple[int, int]) -> None:
    found = []
    # The others fit wherever they fit the lowest and the narrowest.
    standings = [WAITS, *OTHERS] if size in TIGHT else [WAITS]
    for standing, language in itertools.product(standings, ("en", "zh_CN")):
        show(on, standing, size, language)
        found += [f"{standing.state} {language}: {fault}" for fault in all_faults(on, size)]
        for item in (one for one in on.shown() if one.objectName().startswith("pairing")):
            where = box(item)
            inside = where.left() >= 0 and where.top() >= 0
            inside &= where.right() <= size[0] and where.bottom() <= size[1]
            if not inside:
                found.append(f"{standing.state} {language}: {item.objectName()} leaves the window")
    assert found == []
    show(on, WAITS, size)
    assert on.find("pairingCode").property("font").pixelSize() >= 68
    assert on.text("pairingCode").replace(" ", "") == WAITS.code


@pytest.mark.parametrize("size", TIGHT)
def test_beside_a_code_of_a_screen_whose_certificate_was_set_aside_nothing_is_cut(
    on: Stage, size: tuple[int, int]
) -> None:
    """It was no bedside: the QR code takes what a bedside gives to what it tells a patient."""
    assert isinstance(on.model, PairingModel)
    on.model.show_before(ScreenRole.STATION, damaged=True)
    for standing in (one for one in (WAITS, *OTHERS) if one.state == WAITING):
        show(on, standing, size)
        assert all_faults(on, size) == [], standing.why
        said = on.model.texts.text("pairing.page.damaged") in on.text("pairingWhat")
        assert said is not standing.compares
    on.model.show_before(None, damaged=False)


@pytest.mark.parametrize("size, look", [*((size, "day") for size in SIZES), ((1280, 800), "night")])
def test_the_drawn_qr_code_is_the_one_that_says_the_code(
    on: Stage, size: tuple[int, int], look: str
) -> None:
    show(on, WAITS, size, look=look)
    picture = on.window.grabWindow()
    matrix = segno.make(WAITS.qr, error="m", micro=False).matrix
    place = box(on.find("pairingQr"))
    module = place.width() / (len(matrix) + 8)
    assert module == int(module) >= 3
    left, top = place.left(), place.top()
    drawn = [
        [
            dark(picture, left + (4.5 + column) * module, top + (4.5 + row) * module)
            for column in range(len(matrix))
        ]
        for row in range(len(matrix))
    ]
    assert drawn == [[bool(module) for module in row] for row in matrix]
    edges = [(0.5, 0.5), (len(matrix) + 7.5, 3.5), (3.5, len(matrix) + 7.5)]
    assert not any(
        dark(picture, place.left() + x * module, place.top() + y * module) for x, y in edges
    )


def dark(picture: QImage, x: float, y: float) -> bool:
    ratio = picture.devicePixelRatio()
    return QColor(picture.pixel(int(x * ratio), int(y * ratio))).lightness() < 100


def test_without_a_code_there_is_no_qr_code_of_the_last_one(on: Stage) -> None:
    show(on, WAITS, (1280, 800))
    assert on.has("pairingQr")
    show(on, OTHERS[0], (1280, 800))
    assert not on.has("pairingQr")
    assert not on.has("pairingCode")
    assert WAITS.code not in "".join(on.texts()).replace(" ", "")


@pytest.fixture
def said(on: Stage) -> Iterator[list[str]]:
    """What a person did on the page."""
    assert isinstance(on.model, PairingModel)
    found: list[str] = []

    def denied() -> None:
        found.append("none")

    on.model.numberTyped.connect(found.append)
    on.model.denied.connect(denied)
    yield found
    on.model.numberTyped.disconnect(found.append)
    on.model.denied.disconnect(denied)


ASKS, AGAIN = (one for one in OTHERS if one.state == CONFIRM)


def test_a_person_types_the_number_that_the_hub_shows(on: Stage, said: list[str]) -> None:
    assert isinstance(on.model, PairingModel)
    show(on, WAITS, (1280, 800))
    assert not on.has("pairingKeys")
    on.model.typeDigit("4")
    on.model.deny()
    show(on, ASKS, (1280, 800))
    assert on.text("pairingCode").replace(" ", "") == ASKS.code
    assert not on.has("pairingQr")
    assert HUB not in "".join(on.texts()), "whoever answers there chose that name"
    for key in ("4", "7", "ok", "1", "erase", "0", "9", "5", "ok"):
        on.tap(f"number-{key}")
    assert said == ["4709"]
    show(on, AGAIN, (1280, 800))
    assert "It can be typed once more." in on.text("pairingWhat")
    assert not on.model.erasable, "the next try begins without the last one's digits"
    for digit in (Qt.Key.Key_0, Qt.Key.Key_8, Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_Return):
        QTest.keyClick(on.window, digit)
    on.tap("pairingNone")
    assert said == ["4709", "0815", "none"]


@pytest.mark.parametrize("size", SIZES)
def test_the_keys_are_as_large_as_a_glove_wants_them(on: Stage, size: tuple[int, int]) -> None:
    """20 mm as a patient's, at least where no patient reads on the same page."""
    show(on, ASKS, size)
    keys = [box(on.find(f"number-{key}")) for key in (*map(str, range(10)), "erase", "ok")]
    least = PATIENT_MM if size != (1024, 600) else STAFF_MM
    assert min(key.height() for key in keys) >= least * millimetre(size) - 1
    assert min(key.width() for key in keys) >= least * millimetre(size) - 1


def test_who_was_answered_by_a_hub_is_not_sent_to_look_for_a_cable(on: Stage) -> None:
    for why in ("pairing.page.denied", "pairing.page.three_wrong", "pairing.page.unanswered"):
        show(on, Standing(state=LOOKING, why=why, values=(("n", 1),), hub=HUB), SIZES[0])
        assert on.text("pairingWhat") == on.model.texts.text(why, n=1)
    show(on, Standing(state=LOOKING, why="pairing.page.no_hub", hub=HUB), SIZES[0])
    assert on.model.texts.text("pairing.page.looking_text") in on.text("pairingWhat")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_beside_another_code_stands_why_it_is_another(on: Stage, language: str) -> None:
    """And what is to be done: that a number follows stands there already."""
    why = "pairing.page.again_three_wrong"
    show(on, replace(WAITS, why=why, compares=True), SIZES[0], language)
    text = on.model.texts.text
    said = on.text("pairingWhat")
    assert said.splitlines() == [text(why), text("pairing.page.waiting_text")]
    assert on.text("pairingCode").replace(" ", "") == WAITS.code
    show(on, replace(WAITS, compares=True), SIZES[0], language)
    assert on.text("pairingWhat").splitlines()[1] == text("pairing.page.waiting_number")


def test_it_says_that_nobody_can_be_called_here(on: Stage) -> None:
    for standing in (WAITS, *OTHERS):
        show(on, standing, (1280, 800))
        assert on.text("pairingCall") == "Nobody can be called here yet. Use the wired call button."


@pytest.mark.expects_log("names no certificate")
def test_the_journal_names_the_file_that_cannot_be_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "smartward.toml"
    file.write_text('hub = "https://hub.example.org:8700"\nca = "gone.pem"\n')
    seed, standing = seed_of(file, "")
    assert (seed, standing.state, standing.why) == (None, STUCK, "pairing.seed.ca")
    assert str(file) in caplog.text
