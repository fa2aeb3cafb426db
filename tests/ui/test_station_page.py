"""The station as it is drawn: everything fits, is large enough, and works by touch and by key."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QElapsedTimer,
    QMetaObject,
    QPoint,
    QPointF,
    QRectF,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtQml import QQmlEngine, QQmlExpression
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from smartward.clinical.nurse_call import CallClass
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind, Document, Gone
from tests.ui.bed_stage import Stage, application, as_soon_as, box, is_icon, is_text, stage
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id

FULL_HD = (1920, 1080)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def busy() -> Iterator[Stage]:
    """One moment of the design picture; tests that touch it take their own."""
    with stage("station", sample.busy_ward().scene(), size=FULL_HD, now=NOW) as on:
        yield on


@pytest.fixture
def desk() -> Iterator[Stage]:
    with stage("station", sample.busy_ward().scene(), size=FULL_HD, now=NOW) as on:
        on.rest()
        yield on
        assert not on.warnings


def until(on: Stage, condition: Callable[[], bool], what: str) -> None:
    """Let events happen until it is so, and all comes to rest. Fails after five seconds."""
    as_soon_as(condition, what)
    on.settle()


def queue_rows(on: Stage) -> list[QQuickItem]:
    rows = [item for item in on.items() if item.objectName().startswith("row-")]
    return sorted(rows, key=lambda row: row.y())


# -------------------------------------------------------------------------------- does it all fit

SCENES: dict[str, Callable[[], Scene]] = {
    "busy": lambda: sample.busy_ward(40).scene(),
    "busy60": lambda: sample.busy_ward(60).scene(),
    "empty": lambda: sample.empty_ward(40).scene(),
    "long": lambda: sample.long_ward().scene(),
    "long60": lambda: sample.long_ward(60).scene(),
    "many": lambda: sample.many_calls().scene(),
    "emergency": lambda: sample.emergency_ward().scene(),
    "offline": lambda: sample.offline(sample.busy_ward(40)),
    "his_down": lambda: sample.his_down(sample.busy_ward(40)),
}
LOOKS = [
    ("busy", FULL_HD, "zh_CN"),
    ("busy60", FULL_HD, "en"),
    ("empty", FULL_HD, "en"),
    ("long", FULL_HD, "zh_CN"),
    ("long60", FULL_HD, "en"),
    ("many", FULL_HD, "zh_CN"),
    ("emergency", FULL_HD, "en"),
    ("offline", FULL_HD, "en"),
    ("his_down", FULL_HD, "zh_CN"),
    ("busy60", (1080, 1920), "zh_CN"),
    ("busy", (1280, 800), "en"),
    ("emergency", (1024, 600), "zh_CN"),
    ("busy", (800, 1280), "en"),
]


def value(item: QQuickItem, name: str) -> int:
    """An enumeration's value, which Python cannot read as a property."""
    context = QQmlEngine.contextForObject(item)
    return int(QQmlExpression(context, item, name).evaluate()[0])


def ink(item: QQuickItem) -> QRectF:
    """Where a text has its letters: its line box without the leading above and below."""
    width, height = item.property("contentWidth"), item.property("contentHeight")
    x = {
        Qt.AlignmentFlag.AlignHCenter.value: (item.width() - width) / 2,
        Qt.AlignmentFlag.AlignRight.value: item.width() - width,
    }.get(value(item, "effectiveHorizontalAlignment"), 0.0)
    y = {
        Qt.AlignmentFlag.AlignVCenter.value: (item.height() - height) / 2,
        Qt.AlignmentFlag.AlignBottom.value: item.height() - height,
    }.get(value(item, "verticalAlignment"), 0.0)
    lines = max(1, int(item.property("lineCount")))
    air = 0.26 * height / lines
    return item.mapRectToScene(QRectF(x, y + air, width, height - 2 * air))


def viewport(item: QQuickItem, window: QRectF) -> QRectF:
    """The part of the window in which an item can be seen."""
    seen, each = window, item.parentItem()
    while each is not None:
        if each.property("clip"):
            seen = seen.intersected(each.mapRectToScene(QRectF(0, 0, each.width(), each.height())))
        each = each.parentItem()
    return seen


def visible_texts(on: Stage) -> list[tuple[QQuickItem, QRectF]]:
    window = QRectF(0, 0, on.window.width(), on.window.height())
    found = []
    for item in on.shown():
        if not is_text(item) or is_icon(item) or not item.property("text"):
            continue
        rect, seen = ink(item), viewport(item, window)
        if seen != window and not seen.adjusted(-2, -2, 2, 2).contains(rect):
            continue  # scrolled out of sight, or half so
        found.append((item, rect))
    return found


def said(item: QQuickItem) -> str:
    return f"{item.objectName() or 'text'} {item.property('text')!r}"


def assert_fits(on: Stage) -> None:
    window = QRectF(-1, -1, on.window.width() + 2, on.window.height() + 2)
    texts = visible_texts(on)
    assert len(texts) > 10
    outside = [f"{said(item)} {rect}" for item, rect in texts if not window.contains(rect)]
    assert not outside, "\n".join(outside)
    over = []
    for i, (one, a) in enumerate(texts):
        for other, b in texts[i + 1 :]:
            shared = a.intersected(b)
            if shared.width() > 1.5 and shared.height() > 1.5:
                over.append(f"{said(one)} over {said(other)} by {shared}")
    assert not over, "\n".join(over[:20])


@pytest.mark.parametrize("scene, size, language", LOOKS)
def test_nothing_is_outside_or_over_another(
    scene: str, size: tuple[int, int], language: str
) -> None:
    made = SCENES[scene]()
    with stage("station", made, size=size, language=language, now=NOW) as on:
        assert_fits(on)
        small = [
            f"{item.objectName()} {box(item)}"
            for item in on.shown()
            if item.objectName() and touchable(item) and too_small(on, item)
        ]
        assert not small, "\n".join(small)
        assert not on.warnings


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_sheet_picker_and_links_fit(language: str, tmp_path: Path) -> None:
    made = sample.his_down(sample.emergency_ward())
    with stage("station", made, size=FULL_HD, language=language, now=NOW) as on:
        on.model.openSheet(bed_id(12))
        on.settle()
        assert_fits(on)
        on.tap("sheetClose")
        on.tap("pageLinks")
        assert_fits(on)
        assert on.has("linksPage")
        on.tap("actor")
        assert_fits(on)
        assert on.has("staffPicker")
        assert not on.warnings


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_page_of_screens_cuts_nothing_of_what_is_wrong(language: str) -> None:
    ward = sample.busy_ward()
    faulty = ward.get("screen", "dev-bedside-3")
    faults = ("sound.no_device", "peer.fault.port", "right_bed.second", "right_bed.unconfirmed")
    long = replace(faulty, faults=faults, label="Bedside of the window place, second drawer")
    ward.put("screen", long, "dev-bedside-3")
    with stage("station", ward.scene(), size=FULL_HD, language=language, now=NOW) as on:
        on.tap("pageLinks")
        tile = on.find("screen-dev-bedside-3")
        said = [item for item, _ in visible_texts(on) if tile.isAncestorOf(item)]
        assert len(said) == 2
        assert not any(item.property("truncated") for item in said)
        assert all(box(item).bottom() <= box(tile).bottom() for item in said)
        assert not on.warnings


def touchable(item: QQuickItem) -> bool:
    """Whether a finger can do something here: a verb, a bed, a name, a part of the header."""
    name = item.objectName()
    verbs = ("accept-", "reinforce-", "handOver-", "open-", "lower-", "entrust", "names")
    things = (
        "bed-",
        "page",
        "staff-",
        "answer-",
        "actor",
        "lock",
        "privacyKey",
        "rule-",
        "profile-",
    )
    alone = ("mute", "queueMore", "screenFaults", "hisLink", "pinnedRow", "sheetUnmask", "silence")
    words = ("entrustLine", "entrustStatus", "entrustBanner", "namesPage", "namesLast")
    tells = (*words, "namesChange", "namesList")
    return (name.startswith((*verbs, *things)) or name in alone) and name not in tells


def too_small(on: Stage, item: QQuickItem) -> bool:
    millimetre = (on.window.width() ** 2 + on.window.height() ** 2) ** 0.5 / 23.8 / 25.4
    if item.objectName().startswith("open-item"):
        return False
    least = max(24.0, 12 * millimetre)
    return item.width() < least - 0.5 or item.height() < least - 0.5


@pytest.mark.parametrize("to", [(0.0, 36.0), (900.0, 8.0)])
def test_the_check_of_fit_finds_a_fault(to: tuple[float, float], desk: Stage) -> None:
    """A text over another, and one outside the window."""
    assert_fits(desk)
    card = desk.find(f"bed-{bed_id(1)}")
    number = next(item for item in texts_in(card) if item.objectName() == "bedNumber")
    number.setPosition(QPointF(-to[0] or 30.0, to[1]))
    desk.settle()
    with pytest.raises(AssertionError):
        assert_fits(desk)


def test_what_is_touched_is_found_by_the_check(busy: Stage) -> None:
    """The check above sees something to judge."""
    names = {item.objectName() for item in busy.shown() if touchable(item)}
    assert {"actor", "mute", "pageLinks", f"bed-{bed_id(1)}"} <= names
    assert any(name.startswith("accept-") for name in names)


def test_numbers_are_read_across_the_room() -> None:
    """Caps of board numbers at least 34 px, of queue numbers 48 px, at 23.8 inches 1920x1080."""
    for scene in (sample.busy_ward(40).scene(), sample.busy_ward(60).scene()):
        with stage("station", scene, size=FULL_HD, now=NOW) as on:
            for name, least in (("bedNumber", 34), ("queueNumber", 48)):
                numbers = [item for item in on.shown() if item.objectName() == name]
                assert numbers
                for item in numbers:
                    assert QFontMetricsF(item.property("font")).capHeight() >= least
                    assert not item.property("truncated")


def test_60_beds_are_all_in_sight() -> None:
    with stage("station", sample.busy_ward(60).scene(), size=FULL_HD, now=NOW) as on:
        area = box(on.find("boardArea"))
        cards = [item for item in on.shown() if item.objectName().startswith("bed-")]
        assert len(cards) == 60
        assert all(area.adjusted(-1, -1, 1, 1).contains(box(card)) for card in cards)


def test_important_words_are_whole(busy: Stage) -> None:
    """What may be cut at its end is known; everything else is drawn whole."""
    may_be_cut = {"queueSub", "queueTodo"}  # the sheet has them whole
    cut = [
        said(item)
        for item, _ in visible_texts(busy)
        if item.property("truncated") and item.objectName() not in may_be_cut
    ]
    assert not cut, cut


# ------------------------------------------------------------------------------- the queue first


def test_the_queue_is_never_behind_anything(desk: Stage) -> None:
    """Sheet, picker and pages lie beside it, and leave it as it was."""
    queue = box(desk.find("queueList"))
    for opened in (
        lambda: desk.model.openSheet(bed_id(12)),
        lambda: desk.tap("row-call:call-22-bathroom", x=0.3, y=0.3),
        lambda: desk.tap("accept-call:call-22-bathroom"),
        lambda: desk.tap("pageLinks"),
    ):
        opened()
        desk.settle()
        assert box(desk.find("queueList")) == queue
        for item in desk.shown():
            if item.objectName() in ("sheet", "staffPicker", "askPanel", "linksPage", "sheetRight"):
                assert not box(item).intersects(queue), item.objectName()


def test_a_new_call_appears_while_the_picker_is_open(desk: Stage) -> None:
    desk.tap("actor")
    made = sample.call(sample.full_ward(), 5, 0, CallClass.EMERGENCY)
    raw = msgspec.Raw(msgspec.json.encode(made))
    desk.replica.apply(90_000, [Document("nurse_call", made.id, 90_000, raw)])
    until(desk, lambda: desk.has(f"row-call:{made.id}"), "its row appears")
    assert desk.has("staffPicker")
    assert queue_rows(desk)[0].objectName() == f"row-call:{made.id}"


def test_buttons_are_offered_only_where_they_work(busy: Stage) -> None:
    there = {item.objectName() for item in busy.shown()}
    assert {"accept-call:call-22-bathroom", "reinforce-call:call-22-bathroom"} <= there
    assert "handOver-call:call-22-bathroom" not in there
    assert "handOver-call:call-12-normal" in there
    assert "accept-call:call-12-normal" not in there
    assert "李敏 已在路上" in busy.texts()


def test_accept_by_touch(desk: Stage) -> None:
    desk.tap("accept-call:call-22-bathroom")
    desk.tap("staff-n2")
    (action,) = desk.actions
    assert (action.kind, action.subject) == (ActionKind.CALL_ACCEPT, "call-22-bathroom")
    assert action.by.name == "钱芳"
    assert desk.has(f"bed-{bed_id(1)}"), "the board is back"


def test_hand_over_by_touch(desk: Stage) -> None:
    desk.model.chooseStaff("n1")
    desk.settle()
    desk.tap("handOver-call:call-12-normal")
    desk.tap("answer-n3")
    (action,) = desk.actions
    assert (action.kind, action.data) == (ActionKind.CALL_HAND_OVER, {"staff_id": "n3"})


def test_mute_by_touch_says_until_when(desk: Stage) -> None:
    desk.model.chooseStaff("n1")
    desk.tap("mute")
    assert [a.kind for a in desk.actions] == [ActionKind.CALL_HEARD]
    assert desk.text("mutedText") == "静音至 10:07，升级会再响"
    assert not desk.has("mute")


def test_a_touch_on_a_bed_opens_its_sheet(desk: Stage) -> None:
    desk.tap(f"bed-{bed_id(12)}")
    assert desk.text("sheetNumber") == "12"
    assert desk.text("sheetName") == "张＊"
    desk.tap("sheetClose")
    assert desk.has(f"bed-{bed_id(12)}")


# -------------------------------------------------------------------------- many, and in motion


@pytest.fixture
def crowd() -> Iterator[Stage]:
    with stage("station", sample.many_calls().scene(), size=FULL_HD, now=NOW) as on:
        on.rest()
        yield on
        assert not on.warnings


def test_64_calls_stand_in_order_and_are_counted(crowd: Stage) -> None:
    wanted = [f"row-{key}" for key in crowd.model.state()["queue"]]
    assert len(wanted) == 64
    queue = crowd.find("queueList").parentItem()
    met: list[str] = []
    for to in range(0, 9000, 500):
        scroll(crowd, to)
        names = [row.objectName() for row in rows_in_view(crowd)]
        first, last = wanted.index(names[0]), wanted.index(names[-1])
        assert names == wanted[first : last + 1]
        assert (queue.property("above"), queue.property("below")) == (first, 63 - last)
        met += [name for name in names if name not in met]
    assert met == wanted


def scroll(on: Stage, to: float) -> QQuickItem:
    """Scroll the queue, as far as it goes."""
    listed = on.find("queueList")
    listed.setProperty("contentY", to)
    QMetaObject.invokeMethod(listed, "returnToBounds")
    on.settle()
    return listed


def test_scrolled_the_most_urgent_stays_in_sight(crowd: Stage) -> None:
    assert not crowd.has("pinnedRow")
    scroll(crowd, 3000)
    pinned = crowd.find("pinnedRow")
    first = crowd.model.state()["numbers"][0]
    assert crowd.text("pinnedNumber") == first
    assert pinned.height() > 0
    crowd.tap("pinnedRow")
    assert not crowd.has("pinnedRow")


def within(item: QQuickItem) -> list[QQuickItem]:
    return item.childItems() + [found for child in item.childItems() for found in within(child)]


def texts_in(item: QQuickItem) -> list[QQuickItem]:
    return [found for found in within(item) if is_text(found)]


def test_scroll_and_rows_survive_updates(crowd: Stage) -> None:
    """A tick and a new call leave what is read where it is."""
    listed = scroll(crowd, 3000)
    rows = identities(crowd)
    seen = {row.objectName(): box(row).y() for row in rows_in_view(crowd)}
    crowd.pass_time(1)
    assert listed.property("contentY") == 3000
    assert identities(crowd) == rows
    made = sample.call(sample.full_ward(), 60, 0, CallClass.BATHROOM)
    raw = msgspec.Raw(msgspec.json.encode(made))
    crowd.replica.apply(90_000, [Document("nurse_call", made.id, 90_000, raw)])
    crowd.rest()
    after = {row.objectName(): box(row).y() for row in queue_rows(crowd)}
    assert {name: after[name] for name in seen} == pytest.approx(seen, abs=1)


def test_a_finger_scrolls_and_touches_nothing(crowd: Stage) -> None:
    listed = crowd.find("queueList")
    start = box(listed).center()
    for x in (start.x(), box(listed).right() - 60):  # on a row's words, and on its verbs
        before = listed.property("contentY")
        drag(crowd, QPoint(round(x), round(start.y())), -300)
        until(crowd, lambda was=before: listed.property("contentY") > was + 100, "it scrolls")
    assert not crowd.model.sheetOpen
    assert not crowd.actions
    assert not crowd.model.pickerOpen


def drag(on: Stage, start: QPoint, by: int) -> None:
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(on.window, button, none, start)
    for part in range(1, 11):
        QTest.mouseMove(on.window, start + QPoint(0, by * part // 10))
        QCoreApplication.processEvents()
    QTest.mouseRelease(on.window, button, none, start + QPoint(0, by))


def identities(on: Stage) -> dict[int, str]:
    """Each row's own item: an update that makes new ones would lose a finger's press."""
    return {shiboken6.getCppPointer(row)[0]: row.objectName() for row in queue_rows(on)}


def rows_in_view(on: Stage) -> list[QQuickItem]:
    view = box(on.find("queueList"))
    return [row for row in queue_rows(on) if view.contains(box(row))]


def test_a_row_that_just_moved_does_not_take_a_touch_meant_for_another(desk: Stage) -> None:
    desk.model.chooseStaff("n1")
    made = sample.call(sample.full_ward(), 5, 0, CallClass.EMERGENCY)
    raw = msgspec.Raw(msgspec.json.encode(made))
    row = desk.find("row-call:call-22-bathroom")
    desk.replica.apply(90_000, [Document("nurse_call", made.id, 90_000, raw)])
    # It is held for a third of a second: touched at once, not when all has come to rest.
    as_soon_as(lambda: bool(row.property("held")), "the row has moved")
    verb = box(desk.find("accept-call:call-22-bathroom")).center()
    desk.tap_at(verb.x(), verb.y())
    assert not desk.actions
    assert not desk.has("touchAgain"), "not yet"
    desk.rest()
    desk.settle()
    ring = box(desk.find("touchAgain"))
    assert box(row).contains(ring.center()), "it went along with what was touched"
    until(desk, lambda: not desk.has("touchAgain"), "it goes by itself")
    desk.tap("accept-call:call-22-bathroom")
    assert [a.subject for a in desk.actions] == ["call-22-bathroom"]
    desk.rest()
    assert not desk.has("touchAgain"), "this one was taken"


def test_a_banner_that_moves_the_queue_down_lets_no_row_take_a_touch_meant_for_another(
    desk: Stage,
) -> None:
    desk.model.chooseStaff("n1")
    row = desk.find("row-call:call-22-bathroom")
    before = box(row).y()
    desk.model.set_faults(frozenset({"sound.no_device"}))
    verb, card = desk.find("accept-call:call-22-bathroom"), desk.find(f"bed-{bed_id(22)}")
    as_soon_as(lambda: box(row).y() > before, "the banner has moved the queue")
    # All at once, not when it has come to rest; what a key means has not moved.
    for item in (verb, card):
        QTest.mouseClick(desk.window, Qt.MouseButton.LeftButton, pos=box(item).center().toPoint())
    assert not desk.actions
    assert not desk.model.sheetOpen
    verb.forceActiveFocus()
    press(desk, Qt.Key.Key_Return)
    assert [a.subject for a in desk.actions] == ["call-22-bathroom"]
    desk.rest()
    desk.tap(f"bed-{bed_id(22)}")
    assert desk.model.sheetBed == bed_id(22)


def test_whom_one_chooses_is_not_another_whom_a_banner_moved_there(desk: Stage) -> None:
    desk.model.openPicker()
    desk.settle()
    name = desk.find("staff-n2")
    before = box(name).y()
    desk.model.set_faults(frozenset({"sound.no_device"}))
    as_soon_as(lambda: box(name).y() > before, "the banner has moved the names")
    desk.tap("staff-n2")
    assert desk.model.pickerOpen
    desk.rest()
    desk.tap("staff-n2")
    assert desk.model.actorText == "钱芳"


def test_rows_leave_when_their_call_is_closed(desk: Stage) -> None:
    desk.replica.apply(90_000, [], [Gone("nurse_call", "call-22-bathroom")])
    until(desk, lambda: not desk.has("row-call:call-22-bathroom"), "the row has gone")
    assert len(desk.model.state()["queue"]) == 4


def test_an_unanswered_bed_flashes_at_its_edge_only(desk: Stage) -> None:
    """The light is an edge's opacity; no text is ever half transparent with it."""
    card = desk.find(f"bed-{bed_id(22)}")
    seen: set[float] = set()
    texts = {item: item.opacity() for item in texts_in(card)}

    def flashes() -> bool:
        seen.update(round(item.opacity(), 2) for item in within(card))
        return {0.25, 1.0} <= seen

    until(desk, flashes, "the edge goes dim and bright")
    assert {item: item.opacity() for item in texts_in(card)} == texts


# ------------------------------------------------------------------------------------- keyboard


def press(on: Stage, key: Qt.Key) -> None:
    QTest.keyClick(on.window, key)
    on.settle()


def test_a_bed_is_opened_and_closed_by_key(desk: Stage) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        press(desk, key)
    assert desk.model.sheetBed == bed_id(8)
    press(desk, Qt.Key.Key_Escape)
    assert not desk.model.sheetOpen


def test_a_call_is_accepted_by_key(desk: Stage) -> None:
    desk.model.chooseStaff("n1")
    for _ in range(6):
        press(desk, Qt.Key.Key_Right)
    assert focused(desk).startswith("accept-")
    press(desk, Qt.Key.Key_Down)
    assert focused(desk) == "accept-call:call-22-bathroom"
    press(desk, Qt.Key.Key_Return)
    assert [a.subject for a in desk.actions] == ["call-22-bathroom"]
    press(desk, Qt.Key.Key_Right)
    press(desk, Qt.Key.Key_Left)
    press(desk, Qt.Key.Key_Left)
    press(desk, Qt.Key.Key_Return)
    assert desk.model.sheetOpen, "left of the first verb is the board"


def test_a_sheet_is_scrolled_by_key() -> None:
    with stage("station", sample.long_ward().scene(), size=FULL_HD, now=NOW) as on:
        on.model.chooseStaff("n1")
        on.model.openSheet(bed_id(12))
        on.settle()
        press(on, Qt.Key.Key_Down)
        assert on.find("sheetLeft").property("contentY") > 0
        press(on, Qt.Key.Key_Up)
        assert on.find("sheetLeft").property("contentY") == 0
        press(on, Qt.Key.Key_Right)
        assert focused(on).startswith("accept-")


def test_m_mutes_and_escape_leaves_the_question(desk: Stage) -> None:
    press(desk, Qt.Key.Key_M)
    assert desk.model.pickerOpen
    desk.model.chooseStaff("n1")
    assert [a.kind for a in desk.actions] == [ActionKind.CALL_HEARD]
    desk.model.openPicker()
    desk.settle()
    press(desk, Qt.Key.Key_Escape)
    assert not desk.model.pickerOpen


def test_a_name_is_chosen_by_key(desk: Stage) -> None:
    desk.model.openPicker()
    desk.settle()
    press(desk, Qt.Key.Key_Right)
    press(desk, Qt.Key.Key_Return)
    assert desk.model.actorText == "李敏"


def focused(on: Stage) -> str:
    item = on.window.activeFocusItem()
    assert item is not None
    return item.objectName()


def assert_still(on: Stage) -> None:
    """After a minute's tick was drawn, no frame is drawn for 700 ms."""
    frames: list[int] = []
    on.window.frameSwapped.connect(lambda: frames.append(1))
    on.pass_time(60)  # the clock's minute is drawn
    until(on, lambda: bool(frames), "a frame")
    still = QElapsedTimer()

    def quiet() -> bool:
        if frames or not still.isValid():
            frames.clear()
            still.start()
        return still.hasExpired(700)

    until(on, quiet, "no frame for 700 ms")


def test_nothing_moves_when_nothing_changes() -> None:
    """A quiet ward draws no frames."""
    with stage("station", sample.full_ward().scene(), size=FULL_HD, now=NOW) as on:
        assert_still(on)
