"""The theme's numbers: contrast, and sizes that hands and eyes can use at every geometry."""

from collections.abc import Iterator
from math import hypot
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine

import smartward.screen.icons
from smartward.config import asset

assert smartward.screen.icons.IconFont  # registers the type that Theme holds

PROBE = b"""
import QtQuick
import "theme"
QtObject { readonly property QtObject theme: Theme }
"""

GEOMETRIES = {
    "bedside": [(1280, 800), (1024, 600), (800, 1280), (1920, 1080)],
    "bedhead": [(800, 1280), (1280, 800)],
    "door": [(1080, 1920), (800, 1280)],
    "corridor": [(1920, 1080), (1920, 360), (1080, 1920)],
    "station": [(1920, 1080)],
}
EVERY = [(role, size) for role, sizes in GEOMETRIES.items() for size in sizes]


@pytest.fixture(scope="module")
def engine(app: QGuiApplication) -> Iterator[QQmlApplicationEngine]:
    made = QQmlApplicationEngine()
    made.loadData(PROBE, QUrl.fromLocalFile(str(asset("ui", "Probe.qml"))))
    assert len(made.rootObjects()) == 1
    yield made
    shiboken6.delete(made)


@pytest.fixture
def theme(engine: QQmlApplicationEngine) -> QObject:
    """The theme as it is before anybody told it anything."""
    found = engine.rootObjects()[0].property("theme")
    for name, value in (
        ("role", "station"),
        ("night", False),
        ("textScale", 1.0),
        ("beat", 0),
        ("highContrast", False),
    ):
        found.setProperty(name, value)
    return found


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: QColor) -> float:
        def linear(c: float) -> float:
            return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

        return (
            0.2126 * linear(colour.redF())
            + 0.7152 * linear(colour.greenF())
            + 0.0722 * linear(colour.blueF())
        )

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("paper", "surface", "sunken")
SOFT = ("highSoft", "mediumSoft", "lowSoft", "brandSoft")
PAIRS = [
    *((text, ground) for text in ("ink", "muted") for ground in (*GROUNDS, *SOFT)),
    *(("brand", ground) for ground in ("paper", "surface", "brandSoft")),
    *((text, "surface") for text in ("high", "low", "ok")),
    ("low", "lowSoft"),
    ("inkOnBrand", "brand"),
    ("inkOnHeader", "header"),
    ("inkOnHigh", "high"),
    ("inkOnLow", "low"),
    ("inkOnLampHigh", "lampHigh"),
    ("inkOnLampMedium", "lampMedium"),
]
FAR_PAIRS = [
    *((text, ground) for text in ("ink", "muted") for ground in GROUNDS),
    ("inkOnLampHigh", "lampHigh"),
    ("inkOnLampMedium", "lampMedium"),
]


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("text,ground", PAIRS)
def test_text_is_readable(theme: QObject, text: str, ground: str, night: bool) -> None:
    theme.setProperty("night", night)
    assert contrast(theme.property(text), theme.property(ground)) >= 4.5


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("role", ["door", "corridor"])
@pytest.mark.parametrize("text,ground", FAR_PAIRS)
def test_what_is_read_from_afar_is_readable(
    theme: QObject, text: str, ground: str, role: str, night: bool
) -> None:
    theme.setProperty("role", role)
    theme.setProperty("night", night)
    assert contrast(theme.property(text), theme.property(ground)) >= 7.0


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_what_is_not_assessed_can_be_seen(theme: QObject, night: bool) -> None:
    theme.setProperty("night", night)
    for ground in GROUNDS:
        assert contrast(theme.property("dashed"), theme.property(ground)) >= 3.0


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("ground", [*GROUNDS, *SOFT])
@pytest.mark.parametrize("text", ["ink", "muted", "brand"])
def test_the_highest_contrast_is_one(theme: QObject, text: str, ground: str, night: bool) -> None:
    theme.setProperty("night", night)
    theme.setProperty("highContrast", True)
    assert contrast(theme.property(text), theme.property(ground)) >= 7.0


@pytest.mark.parametrize(
    "colour", ["#C2185B", "#1565C0", "#2E7D32", "#F9A825", "#FFFFFF", "#777777"]
)
def test_text_on_the_hospitals_colours_is_readable(theme: QObject, colour: str) -> None:
    ink_on = theme.inkOn  # type: ignore[attr-defined]  # a function of the QML singleton
    for _ in range(2):  # worked out, and known from then on
        assert contrast(QColor(ink_on(colour)), QColor(colour)) >= 4.0
    assert list(theme.property("inks").toVariant()).count(colour) == 1


def shape(theme: QObject, role: str, size: tuple[int, int]) -> None:
    for name, value in (("role", role), ("windowWidth", size[0]), ("windowHeight", size[1])):
        theme.setProperty(name, value)


def number(theme: QObject, name: str) -> float:
    value: Any = theme.property(name)
    return float(value)


@pytest.mark.parametrize("role,size", EVERY)
def test_touch_targets_are_large_enough(theme: QObject, role: str, size: tuple[int, int]) -> None:
    shape(theme, role, size)
    mm = number(theme, "mm")
    assert mm == pytest.approx(hypot(*size) / number(theme, "usualDiagonal") / 25.4)
    assert number(theme, "touchPatient") >= 20 * mm
    assert number(theme, "touchPatientGap") == pytest.approx(6.35 * mm, abs=1)
    assert number(theme, "touchStaff") >= max(24, 12 * mm)


def test_the_reference_panel_has_the_known_numbers(theme: QObject) -> None:
    shape(theme, "bedside", (1280, 800))
    assert number(theme, "touchPatient") in (118, 119)
    assert number(theme, "touchPatientGap") == 37
    assert number(theme, "sizeSmall") >= 24
    shape(theme, "bedside", (1024, 600))
    assert number(theme, "touchPatient") in (134, 135)


SIZES = ("sizeHuge", "sizeNumber", "sizeName", "sizeMark", "sizeDisplay", "sizeTitle",
         "sizeHeading", "sizeBody", "sizeLabel", "sizeSmall")  # fmt: skip


@pytest.mark.parametrize("size", GEOMETRIES["bedside"])
def test_a_patient_reads_at_least_four_millimetres(theme: QObject, size: tuple[int, int]) -> None:
    shape(theme, "bedside", size)
    for scale in (1.0, 1.3, 1.6):
        theme.setProperty("textScale", scale)
        small = number(theme, "sizeSmall")
        # 24 px on a 10.1" panel of 1280x800 are 4.08 mm.
        assert small / number(theme, "mm") >= 4.08 * scale - 0.1


CAP = 0.714


@pytest.mark.parametrize("role", ["bedhead", "door"])
def test_names_and_numbers_are_read_at_two_metres(theme: QObject, role: str) -> None:
    for size in GEOMETRIES[role]:
        shape(theme, role, size)
        wanted = 11.6 * number(theme, "mm")  # 20 arc minutes
        assert number(theme, "sizeNumber") * CAP >= wanted - 1
        assert number(theme, "sizeHuge") * CAP >= wanted - 1


@pytest.mark.parametrize("size", GEOMETRIES["corridor"])
def test_the_corridor_is_read_at_eight_metres(theme: QObject, size: tuple[int, int]) -> None:
    shape(theme, "corridor", size)
    assert number(theme, "mm") == pytest.approx(2.017, abs=0.002), 'as on 43" of 1920x1080'
    assert number(theme, "farSize") * CAP >= 94


def test_the_station_is_read_across_the_room(theme: QObject) -> None:
    shape(theme, "station", (1920, 1080))
    assert number(theme, "sizeHuge") * CAP >= 48
    assert number(theme, "sizeNumber") * CAP >= 34


@pytest.mark.parametrize("role,size", EVERY)
def test_the_ladder_descends(theme: QObject, role: str, size: tuple[int, int]) -> None:
    shape(theme, role, size)
    steps = [number(theme, name) for name in ("sizeTitle", "sizeHeading", "sizeBody", "sizeLabel")]
    assert steps == sorted(steps, reverse=True)
    assert number(theme, "sizeSmall") >= 14


def test_flash_rates_are_the_standards(theme: QObject) -> None:
    """IEC 60601-1-8: high 1.4 to 2.8 Hz, medium 0.4 to 0.8 Hz, on for 20 to 60 %."""
    beat_s = number(theme, "beatInterval") / 1000
    for name, low, high in (("flashHigh", 1.4, 2.8), ("flashMedium", 0.4, 0.8)):
        levels = []
        for beat in range(8):
            theme.setProperty("beat", beat)
            levels.append(number(theme, name))
        rises = sum(a < b for a, b in zip(levels, levels[1:] + levels[:1], strict=True))
        assert low <= rises / (8 * beat_s) <= high
        assert 0.2 <= levels.count(1.0) / 8 <= 0.6
