"""A language written from right to left: the bedside is the exact mirror image of itself.

Drawn in one language, once as it is with the call on the right, once mirrored with the call on the
left: every text, picture and card stands where the mirror puts it. What has one order in every
script, or is for staff, does not turn around.
"""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem

from smartward.clinical.profile import Hand
from tests.ui.bed_stage import Stage, application, box, is_icon, is_text, stage
from tests.ui.bed_ward import OFFLINE, PROFILES, noted
from tests.ui.bedside_scenes import bedside, bedside_call, bedside_stay
from tests.ui.spread import spread

SIZES = [(1280, 800), (800, 1280), (1024, 600)]
DRAWN = {"Card", "Gauge", "QQuickRectangle", "Tile"}

PAGES: dict[str, tuple[str, ...]] = {
    "home": (),
    "comfort": ("openComfort",),
    "care": ("openCare",),
    "team": ("openTeam",),
    "rest": ("openComfort", "rest"),
}

Seen = tuple[str, str, QRectF]


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def kind_of(item: QQuickItem) -> str:
    """Its QML type, by the page's own engine: never by `metaObject()`, see `bed_checks.targets`."""
    context = qmlContext(item)
    told = context and QQmlExpression(context, item, "String(this)").evaluate()[0]
    return str(told).partition("(")[0].partition("_QML")[0]


def things(on: Stage) -> list[Seen]:
    """What is drawn: its kind, its words, its place."""
    found = []
    for item in on.shown():
        kind = kind_of(item)
        if is_icon(item):
            found.append(("icon", "", box(item)))
        elif is_text(item) or kind in DRAWN:
            found.append((kind, str(item.property("text") or ""), box(item)))
    return found


def drawn(
    size: tuple[int, int], scale: float, profile: str, taps: tuple[str, ...], *, mirrored: bool
) -> list[Seen]:
    called = taps == ("call",)
    told = replace(PROFILES[profile], hand=Hand.LEFT if mirrored else Hand.RIGHT)
    scene = bedside(
        stay=bedside_stay(falls_risk=called),
        extra=(noted(told),),
        calls=(bedside_call(),) if called else (),
        **(OFFLINE if called else {}),
    )
    with stage("bedside", scene, size=size, language="en") as on:
        on.model.setLanguage("en")
        on.model.setTextScale(scale)
        if mirrored:
            mirror = "LayoutMirroring.enabled = true"
            QQmlExpression(qmlContext(on.window), on.window, mirror).evaluate()
        on.settle()
        for tap in taps if not called else ():
            if tap == "rest":
                on.model.rest()  # type: ignore[attr-defined]  # the model of that role
                on.settle()
            else:
                on.tap(tap)
        assert on.warnings == []
        return things(on)


def astray(one: list[Seen], other: list[Seen], width: int) -> list[str]:
    """What does not stand where the mirror puts it."""
    assert [each[:2] for each in one] == [each[:2] for each in other]
    wrong = []
    for (kind, text, place), (_, _, mirrored) in zip(one, other, strict=True):
        wanted = QRectF(width - place.right(), place.y(), place.width(), place.height())
        far = max(
            abs(wanted.x() - mirrored.x()),
            abs(wanted.y() - mirrored.y()),
            abs(wanted.width() - mirrored.width()),
        )
        if far > 2:
            wrong.append(f"{kind} {text!r}: {place} is at {mirrored}")
    return wrong


@pytest.mark.parametrize(
    "page, scale, size", spread([*PAGES, "call", "board", "confused"], [1.0, 1.6], SIZES)
)
def test_the_page_turns_around_whole(size: tuple[int, int], page: str, scale: float) -> None:
    profile = {"board": "speech", "confused": "confusion"}.get(page, "none")
    taps = {"call": ("call",), "board": ("openBoard",)}.get(page, PAGES.get(page, ()))
    sides = [drawn(size, scale, profile, taps, mirrored=mirrored) for mirrored in (False, True)]
    assert astray(sides[0], sides[1], size[0]) == []


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_digits_keep_their_order(size: tuple[int, int]) -> None:
    with stage("bedside", bedside(), size=size, language="ar") as on:
        on.model.setLanguage("ar")
        on.settle()
        on.tap("openCare")
        on.tap("carePin")
        left = [box(on.find(f"patientPin-{digit}")).x() for digit in "123"]
    assert left == sorted(left)


def test_staff_read_from_their_own_side() -> None:
    """Their words are the fallback's, written from left to right."""
    with stage("bedside", bedside(), language="ar") as on:
        on.model.setLanguage("ar")
        on.settle()
        on.tap("openStaff")
        turned = {
            name: QQmlExpression(qmlContext(item), item, "LayoutMirroring.enabled").evaluate()[0]
            for name in ("panelTitle", "back")
            for item in [on.find(name)]
        }
    assert turned == {"panelTitle": False, "back": True}
