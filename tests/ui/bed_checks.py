"""What must hold of every page at every size: nothing cut, nothing hidden, everything touchable."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtQml import QQmlExpression, QQmlProperty, qmlContext
from PySide6.QtQuick import QQuickItem

from tests.ui.bed_stage import Stage, box, is_icon, is_text

PATIENT_MM, APART_MM, STAFF_MM = 20.0, 6.35, 12.0
DIAGONAL = {
    (1280, 800): 10.1,
    (800, 1280): 10.1,
    (1024, 600): 7.0,
    (1920, 1080): 15.6,
    (1080, 1920): 15.6,
}
"""Inches of the panel that a resolution is expected on."""
SLACK = 1.5


def millimetre(size: tuple[int, int], diagonal: float | None = None) -> float:
    """Pixels of a millimetre."""
    return math.hypot(*size) / (diagonal or DIAGONAL[size]) / 25.4


def texts(on: Stage) -> list[QQuickItem]:
    """Visible texts with something to say, icons left out."""
    return [
        item
        for item in on.shown()
        if is_text(item) and not is_icon(item) and item.property("text") and item.width() > 0
    ]


MEASURES = (
    "[lineCount, contentWidth, contentHeight, verticalAlignment, "
    "effectiveHorizontalAlignment, fontInfo.pixelSize]"
)


def ink(item: QQuickItem) -> QRectF:
    """Where the letters of a text are in the window, without the air above and below them."""
    # Alignments have no Python type: the page's own engine is asked.
    expression = QQmlExpression(qmlContext(item), item, MEASURES)
    lines, width, height, vertical, horizontal, pixels = (
        float(value) for value in expression.evaluate()[0].toVariant()
    )
    metrics = QFontMetricsF(drawn_font(item, pixels))
    if lines <= 1:
        height = metrics.tightBoundingRect(str(item.property("text"))).height()
    else:
        height -= 0.45 * metrics.height()
    rect = box(item)
    top = rect.center().y() - height / 2
    if vertical == Qt.AlignmentFlag.AlignTop.value:
        top = rect.top() + (metrics.height() - height) / 2
    left = rect.left()
    if horizontal == Qt.AlignmentFlag.AlignRight.value:
        left = rect.right() - width
    elif horizontal == Qt.AlignmentFlag.AlignHCenter.value:
        left = rect.center().x() - width / 2
    return QRectF(left, top, width, height)


def drawn_font(item: QQuickItem, pixels: float | None = None) -> QFont:
    """The font as drawn: a text that fits itself into its place is smaller than its font says."""
    if pixels is None:
        asked = QQmlExpression(qmlContext(item), item, "fontInfo.pixelSize")
        pixels = float(asked.evaluate()[0])
    font = QFont(item.property("font"))
    font.setPixelSize(max(1, round(pixels)))
    return font


def scrolled(item: QQuickItem) -> QQuickItem | None:
    """The flickable a thing lies in."""
    at = item.parentItem()
    while at is not None:
        if at.inherits("QQuickFlickable"):
            return at
        at = at.parentItem()
    return None


def called(item: QQuickItem) -> str:
    """A text, for a failure's message."""
    return f"{item.objectName() or '?'} {str(item.property('text'))[:40]!r}"


@dataclass(frozen=True, slots=True)
class Letters:
    """A visible text, where its letters are, and the list it lies in. Measuring is what costs."""

    item: QQuickItem
    ink: QRectF
    place: QRectF | None
    """Where its list is, if it lies in one."""

    @property
    def seen(self) -> QRectF:
        """The letters as far as a list shows them."""
        return self.ink if self.place is None else self.ink.intersected(self.place)


def letters(on: Stage) -> list[Letters]:
    """Every visible text, measured once."""
    found = []
    for item in texts(on):
        flick = scrolled(item)
        found.append(Letters(item, ink(item), None if flick is None else box(flick)))
    return found


def cut_texts(on: Stage, measured: list[Letters] | None = None) -> list[str]:
    """Texts that are elided, or that do not fit their place, or that leave the window."""
    window = QRectF(0, 0, on.window.width(), on.window.height())
    window.adjust(-SLACK, -SLACK, SLACK, SLACK)
    found = []
    for one in letters(on) if measured is None else measured:
        item, drawn, place = one.item, one.ink, one.place
        if item.property("truncated"):
            found.append(f"truncated: {called(item)}")
        if drawn.width() > item.width() + SLACK:
            found.append(f"too wide by {drawn.width() - item.width():.0f}: {called(item)}")
        if drawn.height() > item.height() + SLACK:
            found.append(f"too high by {drawn.height() - item.height():.0f}: {called(item)}")
        if place is not None:
            if drawn.left() < place.left() - SLACK or drawn.right() > place.right() + SLACK:
                found.append(f"beside its list: {called(item)}")
        elif not window.contains(drawn):
            found.append(f"outside the window: {called(item)} {drawn}")
    return found


def overlapping_texts(on: Stage, measured: list[Letters] | None = None) -> list[str]:
    """Texts that lie on each other."""
    found = []
    seen = [(one.item, one.seen) for one in (letters(on) if measured is None else measured)]
    for (one, here), (other, there) in combinations(seen, 2):
        both = here.intersected(there)
        if both.width() > 2 and both.height() > 2:
            found.append(f"on each other: {called(one)} and {called(other)}")
    return found


def covered_by(on: Stage, name: str, measured: list[Letters]) -> list[str]:
    """Texts that another thing covers."""
    if not on.has(name):
        return []
    cover = on.find(name)
    inside = box(cover)
    found = []
    for one in measured:
        both = one.seen.intersected(inside)
        if both.width() > 2 and both.height() > 2 and not cover.isAncestorOf(one.item):
            found.append(f"under {name}: {called(one.item)}")
    return found


def targets(on: Stage, signal: str) -> Iterator[QQuickItem]:
    """Things to touch, by the signal that their kind emits.

    Never by `metaObject()`: Python keeps what it gave for that address and takes the next item that
    comes to lie there for it.
    """
    handler = f"on{signal[0].upper()}{signal[1:]}"
    for item in on.shown():
        told = QQmlProperty(item, handler)
        # One that says which of its parts was touched is no thing to touch itself.
        if told.isSignalProperty() and not told.method().parameterCount() and item.isEnabled():
            yield item


def apart(one: QRectF, other: QRectF) -> float:
    """Distance between two boxes along the axis that separates them; negative: they overlap."""
    across = max(one.left() - other.right(), other.left() - one.right())
    down = max(one.top() - other.bottom(), other.top() - one.bottom())
    return max(across, down)


def small_targets(on: Stage, mm: float) -> list[str]:
    """Patient targets below 20 mm or closer than 6.35 mm, staff targets below 12 mm."""
    found = []
    patient = [*targets(on, "touched"), *targets(on, "placed")]
    if on.model.role != "bedside":
        patient = []
    for item in patient:
        if min(item.width(), item.height()) < PATIENT_MM * mm - 0.5:
            found.append(f"{item.objectName()} is {item.width():.0f} x {item.height():.0f} px")
    for one, other in combinations(patient, 2):
        if scrolled(one) is not scrolled(other) or scrolled(one) is not None:
            # What a list cuts off is touched only where it is seen.
            parts = shown_part(one), shown_part(other)
            if any(part.isEmpty() for part in parts):
                continue
            between = apart(*parts)
        else:
            between = apart(box(one), box(other))
        if between < APART_MM * mm - 1:
            found.append(f"{one.objectName()} and {other.objectName()}: {between:.0f} px apart")
    for item in targets(on, "activated"):
        if min(item.width(), item.height()) < STAFF_MM * mm - 0.5:
            found.append(f"{item.objectName()} is {item.width():.0f} x {item.height():.0f} px")
    return found


def shown_part(item: QQuickItem) -> QRectF:
    """As much of a thing as its list shows."""
    flick = scrolled(item)
    return box(item) if flick is None else box(item).intersected(box(flick))


def all_faults(on: Stage, size: tuple[int, int]) -> list[str]:
    """Everything that is wrong with what is drawn now."""
    measured = letters(on)
    return [
        *cut_texts(on, measured),
        *overlapping_texts(on, measured),
        *covered_by(on, "callButton", measured),
        *small_targets(on, millimetre(size)),
    ]
