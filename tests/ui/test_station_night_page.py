"""The station's night as it is drawn: it fits, nothing is cut that matters, nothing near stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtTest import QTest

from smartward.clinical.entrustment import EntrustmentState, ReturnReason
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.spread import spread
from tests.ui.station_badges import HEAD_BADGE, LEE_BADGE, with_badges
from tests.ui.station_replicas import night
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, Bodies, bed_id
from tests.ui.test_station_page import (
    FULL_HD,
    assert_fits,
    assert_still,
    press,
    said,
    too_small,
    touchable,
    until,
    visible_texts,
)
from tests.ui.test_station_people import proved_ward


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def held(to: str = "dev-east") -> Bodies:
    ward = proved_ward()
    night.entrust(ward, EntrustmentState.HELD, to)
    return ward


def asked() -> Bodies:
    ward = proved_ward()
    night.entrust(ward, EntrustmentState.ASKED, "dev-station")
    return ward


def lost() -> Bodies:
    ward = proved_ward()
    night.entrust(ward, EntrustmentState.RETURNED, why=ReturnReason.LINK_LOST)
    return ward


def crowded() -> Bodies:
    ward = sample.long_ward(60)
    ward.put("ward", replace(ward.get("ward", "ward"), staff_proof="required"))
    night.another_station(ward)
    return ward


def sheet(on: Stage, number: int = 12) -> None:
    on.model.openSheet(bed_id(number))


def opened(on: Stage, number: int = 12) -> None:
    on.model.badge_read(LEE_BADGE)
    sheet(on, number)


def lower(on: Stage) -> None:
    sheet(on, 20)
    on.model.deeds.lower("call:call-20-normal")


def silence(on: Stage) -> None:
    opened(on, 20)
    on.model.deeds.silence()


def profile(on: Stage) -> None:
    opened(on)
    on.model.deeds.setProfile("language")


def names(on: Stage) -> None:
    on.tap("pageNames")
    on.model.privacy.choose("door", "family")


def pin(on: Stage) -> None:
    on.model.openPicker()
    on.model.chooseStaff("n1")


def notice(on: Stage) -> None:
    on.model.tell("station.names.not_yours")


def links(on: Stage) -> None:
    on.tap("pageLinks")


def hand_over(on: Stage) -> None:
    on.model.beginHandOver("call:call-12-normal")


def hide(on: Stage) -> None:
    on.model.hideNear()


def nothing(on: Stage) -> None:
    del on


STATES: dict[str, tuple[Callable[[], Bodies], Callable[[Stage], None]]] = {
    "night": (proved_ward, nothing),
    "night60": (lambda: proved_ward(60), nothing),
    "hidden": (lambda: proved_ward(60), hide),
    "held": (held, nothing),
    "held_here": (lambda: held("dev-station"), nothing),
    "asked": (asked, nothing),
    "lost_links": (lost, links),
    "sheet": (proved_ward, sheet),
    "opened": (proved_ward, opened),
    "lower": (proved_ward, lower),
    "silence": (proved_ward, silence),
    "profile": (proved_ward, profile),
    "names": (proved_ward, names),
    "picker": (proved_ward, lambda on: on.model.openPicker()),
    "pin": (proved_ward, pin),
    "notice": (proved_ward, notice),
    "hand_over": (proved_ward, hand_over),
    "crowded": (crowded, lambda on: on.model.badge_read(LEE_BADGE)),
    "crowded_sheet": (crowded, opened),
}
LOOKS = [
    *spread(list(STATES), [FULL_HD], ["zh_CN", "en"], always=lambda one: "crowded" in one[0]),
    ("night", (1280, 800), "en"),
    ("held", (1024, 600), "zh_CN"),
    ("names", (1280, 800), "en"),
    ("opened", (800, 1280), "en"),
    ("hidden", (1080, 1920), "zh_CN"),
]


@pytest.mark.parametrize("state, size, language", LOOKS)
def test_every_state_fits_and_can_be_touched(
    state: str, size: tuple[int, int], language: str
) -> None:
    made, do = STATES[state]
    with stage("station", made().scene(), size=size, language=language, now=NOW) as on:
        with_badges(on.model)
        do(on)
        on.settle()
        assert_fits(on)
        small = [
            f"{item.objectName()} {box(item)}"
            for item in on.shown()
            if item.objectName() and touchable(item) and too_small(on, item)
        ]
        assert not small, "\n".join(small)
        queue = box(on.find("queueList"))
        over = [
            item.objectName()
            for item in on.shown()
            if item.objectName()
            in ("sheet", "askPanel", "staffPicker", "namesPage", "linksPage", "notice")
            and box(item).intersects(queue)
        ]
        assert not over, over
        assert not on.warnings


@pytest.fixture
def desk() -> Iterator[Stage]:
    with stage("station", proved_ward().scene(), size=FULL_HD, now=NOW) as on:
        with_badges(on.model)
        on.rest()
        yield on
        assert not on.warnings


# ------------------------------------------------------------------------------------ whole words


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_advice_addressee_and_status_are_whole(language: str) -> None:
    """At 1920x1080, also with the widest bed number: what to do and who goes are never cut."""
    for made in (sample.emergency_ward, sample.busy_ward, proved_ward):
        with stage("station", made().scene(), size=FULL_HD, language=language, now=NOW) as on:
            cut = [
                said(item)
                for item, _ in visible_texts(on)
                if item.property("truncated")
                and item.objectName() in ("queueTodo", "queueStatus", "queueTitle", "queueTime")
                and not is_answered(on, item)
            ]
            assert not cut, cut


def is_answered(on: Stage, text) -> bool:  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    """Beside the verbs of an answered call stands what the line above had no room for; the nurse
    stands first."""
    row = text.parentItem()
    shown = {row.key: row for row in on.model._queue.rows}
    known = shown[row.property("key")]
    begins = str(text.property("text")).startswith(known.aim or known.todo)
    return bool(known.status) and text.objectName() == "queueTodo" and begins


def test_the_condition_is_read_beside_the_number() -> None:
    """病重 is at least as high as the name beside it."""
    for beds in (40, 60):
        with stage("station", sample.busy_ward(beds).scene(), size=FULL_HD, now=NOW) as on:
            (pill,) = [item for item in on.shown() if item.objectName() == "bedCondition"]
            assert QFontMetricsF(pill.property("font")).height() >= 21
            assert not pill.property("truncated")


def test_a_notice_covers_no_row_and_no_page(desk: Stage) -> None:
    notice(desk)
    desk.settle()
    bar = box(desk.find("notice"))
    covered = [
        item.objectName()
        for item in desk.shown()
        if item.objectName().startswith(("row-", "bed-", "page"))
        and box(item).intersects(bar)
        and box(desk.find("queueList")).intersects(bar)
    ]
    assert not covered
    assert not box(desk.find("pageBoard")).intersects(bar)


# ---------------------------------------------------------------------------------- who, and near


def test_the_header_says_who_acts_and_locks(desk: Stage) -> None:
    assert not desk.has("lock")
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert "李敏" in desk.texts()
    queue = box(desk.find("queueList"))
    desk.tap("lock")
    assert desk.model.locked
    assert [a.kind for a in desk.actions] == [ActionKind.SESSION_END]
    assert box(desk.find("queueList")) == queue


def test_idle_locks_and_the_queue_stays_drawn(desk: Stage) -> None:
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    rows = {item.objectName() for item in desk.shown() if item.objectName().startswith("row-")}
    desk.pass_time(121)
    assert desk.model.locked
    assert not desk.has("lock")
    after = {item.objectName() for item in desk.shown() if item.objectName().startswith("row-")}
    assert after == rows
    assert any(name.startswith("accept-") for name in (i.objectName() for i in desk.shown()))


def test_the_sheet_asks_and_opens_by_badge(desk: Stage) -> None:
    desk.tap(f"bed-{bed_id(9)}")
    assert desk.has("sheetLocked")
    assert not desk.has("sheetUnmask")
    desk.tap("sheetUnlock")
    assert desk.has("staffPicker")
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert not desk.has("sheetLocked")
    assert desk.has("sheetUnmask")
    assert desk.actions[-1].kind == ActionKind.SHEET_OPEN


def test_the_privacy_key_by_touch_and_by_key(desk: Stage) -> None:
    names = {stay.patient.name for stay in desk.model.ward_state.encounters.values()}
    assert any("＊" in text for text in desk.texts())
    press(desk, Qt.Key.Key_F9)
    shown = " ".join(desk.texts())
    assert "＊" not in shown
    assert not [name for name in names if name in shown]
    assert {"20", "31", "加12"} <= set(desk.texts())
    assert "已等 3 分" in desk.texts()
    desk.tap("privacyKey")
    assert desk.has("staffPicker")
    desk.model.badge_read(LEE_BADGE)
    desk.settle()
    assert any("＊" in text for text in desk.texts())


def test_a_silence_is_held_and_not_touched(desk: Stage) -> None:
    silence(desk)
    desk.settle()
    desk.tap("answer-deceased")
    assert ActionKind.SILENCE_START not in [a.kind for a in desk.actions]
    middle = box(desk.find("answer-deceased")).center()
    point = QPoint(round(middle.x()), round(middle.y()))
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(desk.window, Qt.MouseButton.LeftButton, none, point)
    until(
        desk,
        lambda: ActionKind.SILENCE_START in [a.kind for a in desk.actions],
        "held for a second it is meant",
    )
    QTest.mouseRelease(desk.window, Qt.MouseButton.LeftButton, none, point)
    desk.settle()
    assert not desk.model.question.open


def test_a_held_answer_takes_two_keys(desk: Stage) -> None:
    silence(desk)
    desk.settle()
    press(desk, Qt.Key.Key_Return)
    assert ActionKind.SILENCE_START not in [a.kind for a in desk.actions]
    press(desk, Qt.Key.Key_Return)
    assert ActionKind.SILENCE_START in [a.kind for a in desk.actions]


def test_a_row_is_opened_by_key_and_its_priority_lowered(desk: Stage) -> None:
    for _ in range(6):
        press(desk, Qt.Key.Key_Right)
    press(desk, Qt.Key.Key_O)
    assert desk.model.sheetBed == bed_id(20)
    desk.tap("lower-call:call-20-normal")
    desk.tap("answer-seen")
    desk.model.badge_read(LEE_BADGE)
    assert ActionKind.CALL_LOWER in [a.kind for a in desk.actions]


def test_a_rule_is_changed_by_touch(desk: Stage) -> None:
    desk.tap("pageNames")
    desk.tap("rule-door-family")
    desk.tap("namesApply")
    desk.tap("answer-ward")
    desk.model.badge_read(HEAD_BADGE)
    desk.settle()
    assert desk.actions[-1].kind == ActionKind.MASKING_SET
    assert desk.has("namesPage")
    forbidden = {"rule-log-full", "rule-voice-masked", "rule-corridor-full"}
    assert not forbidden & {item.objectName() for item in desk.items()}


def test_taking_over_and_giving_back_by_touch() -> None:
    for made, button, kind in (
        (asked, "entrustTake", ActionKind.ENTRUST_TAKE),
        (lambda: held("dev-station"), "entrustGive", ActionKind.ENTRUST_END),
        (held, "entrustEnd", ActionKind.ENTRUST_END),
    ):
        with stage("station", made().scene(), size=FULL_HD, now=NOW) as on:
            with_badges(on.model)
            on.model.badge_read(LEE_BADGE)
            on.settle()
            on.tap(button)
            assert on.actions[-1].kind == kind


# ----------------------------------------------------------------------------------------- frames


@pytest.mark.parametrize("state", ["locked", "hidden", "held"])
def test_nothing_is_drawn_while_nothing_changes(state: str) -> None:
    ward = sample.full_ward()
    ward.put("ward", replace(ward.get("ward", "ward"), staff_proof="required"))
    if state == "held":
        night.entrust(ward, EntrustmentState.HELD)
    with stage("station", ward.scene(), size=FULL_HD, now=NOW) as on:
        if state == "hidden":
            on.model.hideNear()
        on.settle()
        assert not on.model.countsSeconds
        assert_still(on)
