"""The bedside measured on its item tree: every patient target, at each panel, for each patient.

Every profile, both hands, three text sizes, each language: targets of 20 mm with 6.35 mm between,
nothing cut, covered or scrolled out of sight. Languages come from the catalogue: one more is
measured as soon as it is there.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem

from smartward.clinical.profile import Hand
from smartward.i18n import TABLE
from smartward.screen.bedside import BedsideModel
from smartward.screen.bedside_reach import SIZES
from smartward.screen.bedside_reasons import REASONS
from tests.ui.bed_checks import (
    APART_MM,
    PATIENT_MM,
    all_faults,
    apart,
    millimetre,
    scrolled,
    targets,
)
from tests.ui.bed_stage import Stage, application, box, speak, stage
from tests.ui.bed_ward import OFFLINE, PROFILES, call_point, noted
from tests.ui.bedside_scenes import BEDSIDE, bedside, bedside_call, bedside_stay
from tests.ui.spread import spread

PANELS: dict[str, tuple[tuple[int, int], float, int]] = {
    '7"': ((1024, 600), 7.0, 134),
    '10.1"': ((1280, 800), 10.1, 118),
    '10.1" upright': ((800, 1280), 10.1, 118),
    '15.6" upright': ((1080, 1920), 15.6, 111),
    '21.5"': ((1920, 1080), 21.5, 81),
}
"""Resolution, inches, and 20 mm in pixels (the ward's table of sizes)."""

PAGES: dict[str, tuple[str, ...]] = {
    "home": (),
    "care": ("openCare",),
    "pin": ("openCare", "carePin"),
    "comfort": ("openComfort",),
    "board": ("openBoard",),
    "picture": ("openBoard", "picture-yes"),
    "team": ("openTeam",),
}
STAFF_PAGES = ("staff", "setup", "turns")
"""Staff scroll; patients never."""


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def patient_targets(on: Stage) -> list[QQuickItem]:
    return [*targets(on, "touched"), *targets(on, "placed")]


def measured(on: Stage, panel: str) -> Iterator[str]:
    """What is wrong with the targets, by the table's own pixels."""
    size, _, least = PANELS[panel]
    window = QRectF(0, 0, *size).adjusted(-1, -1, 1, 1)
    found = patient_targets(on)
    for item in found:
        place = box(item)
        if min(place.width(), place.height()) < least - 0.5:
            yield f"{item.objectName()} is {place.width():.0f} x {place.height():.0f} px"
        if not window.contains(place):
            yield f"{item.objectName()} leaves the window: {place}"
        if scrolled(item) is not None:
            yield f"{item.objectName()} can scroll out of sight"
    between = APART_MM / PATIENT_MM * least - 1
    for one, other in itertools.combinations(found, 2):
        if apart(box(one), box(other)) < between:
            yield f"{one.objectName()} and {other.objectName()} are too close"


def faults(on: Stage, panel: str) -> list[str]:
    """Everything wrong with what is drawn now."""
    return [*measured(on, panel), *all_faults(on, PANELS[panel][0]), *on.warnings]


def through(on: Stage, panel: str, more: str) -> tuple[list[str], set[str]]:
    """Go through the pages of a group of tiles: what is wrong, and what could be touched."""
    wrong, seen = [], set()
    for _ in range(20):
        wrong += faults(on, panel)
        names = {item.objectName() for item in patient_targets(on)}
        if names <= seen or not on.has(more):
            return wrong, seen | names
        seen |= names
        on.tap(more)
    raise AssertionError(f"{more} has no end")


Forms = list[tuple[str, float]]
FORMS: Forms = list(itertools.product(TABLE.languages, SIZES))
"""Each language at each text size."""
FEW_FORMS = [
    (language, scale)
    for n, (language, scale) in enumerate(FORMS)
    if scale == SIZES[-1] or n % (len(SIZES) + 1) == 0
]
"""Each language as large as it gets, and some of them smaller."""
few_or_every = pytest.mark.parametrize(
    "forms", [FEW_FORMS, pytest.param(FORMS, marks=pytest.mark.long)], ids=["few", "every"]
)


def each_form(on: Stage, forms: Forms = FORMS) -> Iterator[str]:
    """The forms one after the other, each at rest."""
    for language, scale in forms:
        speak(on, language)
        on.model.setTextScale(scale)
        on.settle()
        yield f"{language} x{scale}"


def put(panel: str, profile: str, hand: Hand, *, called: bool, offline: bool = False):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    """A patient of that profile on that panel; after a call, with the most to say."""
    told = replace(PROFILES[profile], hand=hand)
    link = OFFLINE if offline else {}
    scene = bedside(
        stay=bedside_stay(falls_risk=called),
        extra=(noted(told), call_point(lost=offline)),
        calls=(bedside_call(),) if called else (),
        **link,
    )
    return stage("bedside", scene, size=PANELS[panel][0])


def look_at_pages(panel: str, profile: str, hand: Hand, forms: Forms = FORMS) -> list[str]:
    """Every page of the patient's, in these forms."""
    wrong = []
    with put(panel, profile, hand, called=False) as on:
        assert isinstance(on.model, BedsideModel)
        for page, taps in PAGES.items():
            if any(not on.has(tap) for tap in taps[:1]):
                continue
            for form in each_form(on, forms):
                on.model.show("home")
                on.settle()
                if not all(tapped(on, tap) for tap in taps):
                    continue
                wrong += [f"{page} {form}: {fault}" for fault in faults(on, panel)]
    return wrong


def tapped(on: Stage, name: str) -> bool:
    """Touch a thing that this patient has; a confused one is not asked for a PIN."""
    if not on.has(name):
        return False
    on.tap(name)
    return True


def look_at_call(
    panel: str, profile: str, hand: Hand, forms: Forms = FORMS, *, offline: bool
) -> list[str]:
    """The page after a call, in these forms: all reasons can be reached."""
    wrong = []
    with put(panel, profile, hand, called=True, offline=offline) as on:
        on.pass_time(6)
        for form in each_form(on, forms):
            found, seen = through(on, panel, "reason-more")
            missing = {f"reason-{reason.value}" for reason in REASONS} - seen
            wrong += [f"{form}: {fault}" for fault in found]
            wrong += [f"{form}: nobody can touch {name}" for name in sorted(missing)]
    return wrong


EVERY = [
    (*both, hand)
    for both, hand in zip(itertools.product(PANELS, PROFILES), itertools.cycle(Hand), strict=False)
]
"""Each profile on each panel, the hands in turn: each profile with both."""
FEW = [
    ('7"', "none", Hand.RIGHT),
    ('7"', "all", Hand.LEFT),
    ('10.1"', "confusion", Hand.LEFT),
    ('10.1" upright', "all", Hand.RIGHT),
    ('15.6" upright', "speech", Hand.LEFT),
    ('21.5"', "sight", Hand.RIGHT),
]
"""Each panel and each hand, and the profiles that change most."""


@pytest.mark.parametrize("panel,profile,hand", FEW)
def test_pages_fit_a_patient(panel: str, profile: str, hand: Hand) -> None:
    assert look_at_pages(panel, profile, hand, FEW_FORMS) == []


@pytest.mark.parametrize("panel,profile,hand", FEW)
def test_the_call_fits_a_patient(panel: str, profile: str, hand: Hand) -> None:
    assert look_at_call(panel, profile, hand, FEW_FORMS, offline=False) == []


@pytest.mark.parametrize("panel,profile,hand", FEW[:3])
def test_the_call_fits_below_a_banner(panel: str, profile: str, hand: Hand) -> None:
    assert look_at_call(panel, profile, hand, FEW_FORMS, offline=True) == []


@pytest.mark.parametrize("panel", ['7"', '10.1" upright'])
def test_half_an_hour_unanswered_fits(panel: str) -> None:
    with stage("bedside", BEDSIDE["unanswered"], size=PANELS[panel][0], text_scale=1.6) as on:
        for language in TABLE.languages:
            on.model.setLanguage(language)
            on.settle()
            assert (language, faults(on, panel)) == (language, [])


def test_a_long_stroke_stays_in_its_card() -> None:
    """Below a banner at 21.5" a line of Arabic ends in a stroke longer than the line."""
    with put('21.5"', "none", Hand.RIGHT, called=True, offline=True) as on:
        on.pass_time(6)
        on.model.setLanguage("ar")
        on.model.setTextScale(1.3)
        on.settle()
        assert on.has("truth")
        assert faults(on, '21.5"') == []


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("panel,profile,hand", EVERY)
def test_every_patient_on_every_panel(panel: str, profile: str, hand: Hand) -> None:
    wrong = look_at_pages(panel, profile, hand)
    wrong += look_at_call(panel, profile, hand, offline=False)
    wrong += look_at_call(panel, profile, hand, offline=True)
    assert wrong == []


@few_or_every
def test_the_pictures_are_all_reached(forms: Forms) -> None:
    with put('7"', "speech", Hand.RIGHT, called=False) as on:
        assert isinstance(on.model, BedsideModel)
        on.tap("openBoard")
        for form in each_form(on, forms):
            wrong, seen = through(on, '7"', "picture-more")
            wanted = {f"picture-{row.key}" for row in on.model.board.rows}
            assert (form, wrong, wanted - seen) == (form, [], set())


@few_or_every
@pytest.mark.parametrize("panel, page", spread(list(PANELS), list(STAFF_PAGES)))
def test_what_staff_set_is_whole(panel: str, page: str, forms: Forms) -> None:
    with put(panel, "none", Hand.RIGHT, called=False) as on:
        assert isinstance(on.model, BedsideModel)
        on.model.show(page)
        on.settle()
        for form in each_form(on, forms):
            found = [*all_faults(on, PANELS[panel][0]), *on.warnings]
            assert (form, found) == (form, [])


@pytest.mark.parametrize("panel", PANELS)
def test_the_call_is_on_the_side_of_the_hand(panel: str) -> None:
    size = PANELS[panel][0]
    middle = {}
    for hand in Hand:
        with put(panel, "none", hand, called=False) as on:
            home = box(on.find("callButton"))
            on.tap("openComfort")
            assert box(on.find("callButton")) == home
            assert on.has("back")
            middle[hand] = home.center().x(), box(on.find("back")).center().x()
    if size[0] > size[1]:
        assert all(x < size[0] / 2 for x in middle[Hand.LEFT])
        assert all(x > size[0] / 2 for x in middle[Hand.RIGHT])


def test_the_table_is_what_the_panels_measure() -> None:
    for size, inches, pixels in PANELS.values():
        assert PATIENT_MM * millimetre(size, inches) == pytest.approx(pixels, abs=1)


def test_the_measure_sees_what_it_looks_for() -> None:
    """Drawn for a panel of half the size, targets are too small and too close."""
    with put('21.5"', "none", Hand.RIGHT, called=False) as on:
        on.window.resize(1024, 600)
        on.settle()
        assert list(measured(on, '7"')) == []
        on.window.resize(1920, 1080)
        on.settle()
        found = list(measured(on, '7"'))
        assert any("px" in fault for fault in found)
        assert any("leaves the window" in fault for fault in found)
