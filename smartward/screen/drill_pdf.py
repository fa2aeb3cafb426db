"""Draws an inspection record into a PDF file: A4, black on white, beds that failed first."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)

from smartward.errors import Misconfigured
from smartward.screen.drill_sheet import Line, Sheet

FONTS = ["Noto Sans", "Noto Sans CJK SC"]
_DPI = 300
_MM = _DPI / 25.4
_INK, _RULE = QColor("#000000"), QColor("#9A9A9A")
_PARTS = (QColor("#D8D8D8"), QColor("#8C8C8C"), QColor("#303030"))
"""Grounds of a bar's three parts: told apart on any printer."""
_SMALL, _BODY, _HEAD, _TITLE = 7.5, 9.0, 11.0, 16.0
_BAR_MM = 46.0
_FOOT_MM = 9.0
_LEAST_SCALE_MS = 250
_PASSED = (26.0, 18.0, 17.0, 17.0, 17.0, 17.0)
"""Widths of the first columns in mm."""


def write_pdf(sheet: Sheet, file: Path) -> int:
    """Draw `sheet` into `file`; gives the number of pages. Raises Misconfigured when it cannot be
    written."""
    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    pages = _Paper(sheet, None, 0).draw()
    writer = QPdfWriter(str(file))
    writer.setResolution(_DPI)
    size = QPageSize(QPageSize.PageSizeId.A4)
    margins = QMarginsF(16, 14, 16, 12)
    portrait = QPageLayout.Orientation.Portrait
    layout = QPageLayout(size, portrait, margins, QPageLayout.Unit.Millimeter)
    writer.setPageLayout(layout)
    writer.setTitle(f"{sheet.title} {sheet.ward}")
    writer.setCreator("SmartWard")
    painter = QPainter()
    if not painter.begin(writer):
        raise Misconfigured("cli.file", "it cannot be written", file=str(file))
    try:
        _Paper(sheet, writer, pages, painter).draw()
    finally:
        painter.end()
    del application
    return pages


class _Paper:
    """Pages from top to bottom. Without a writer it only counts them."""

    def __init__(
        self, sheet: Sheet, writer: QPdfWriter | None, pages: int, painter: QPainter | None = None
    ) -> None:
        self._sheet = sheet
        self._writer = writer
        self._painter = painter
        self._pages = pages
        self._page = 1
        self._width = (210 - 32) * _MM
        self._bottom = (297 - 26 - _FOOT_MM) * _MM
        self._y = 0.0

    def draw(self) -> int:
        """Everything; gives how many pages it took."""
        sheet = self._sheet
        self._text(sheet.title, _TITLE, bold=True)
        self._text(sheet.ward, _HEAD)
        self._gap(2)
        self._text(sheet.verdict, _HEAD, bold=True)
        self._gap(1.5)
        for name, value in sheet.facts:
            self._row((name, value), (42.0,))
        self._gap(2)
        self._text(sheet.method, _SMALL)
        if sheet.failed:
            self._table(sheet.failed_title, sheet.failed_heads, sheet.failed, sheet.failed_widths)
        if sheet.legs:
            self._table(sheet.legs_title, sheet.legs_heads, sheet.legs, sheet.legs_widths)
        if sheet.passed:
            self._bars()
        self._sign()
        self._foot()
        return self._page

    # ------------------------------------------------------------------ what the pages hold

    def _table(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
    ) -> None:
        self._gap(4)
        self._room(self._height(title, _HEAD) + 3 * self._height("8", _BODY))
        self._text(title, _HEAD, bold=True)
        self._gap(1)
        size = self._sheet.table_size
        self._row(heads, widths, bold=True, size=size)
        for row in rows:
            if self._room(self._row_height(row, widths, size=size)):
                self._row(heads, widths, bold=True, size=size)
            self._row(row, widths, size=size)

    def _bars(self) -> None:
        """The table of those that passed, each with its bar."""
        sheet = self._sheet
        scale = max(_LEAST_SCALE_MS, *(sum(line.parts) for line in sheet.passed))
        bar = (self._width / _MM) - _BAR_MM
        widths = (*_PASSED, bar - sum(_PASSED))
        self._gap(4)
        self._room(self._height(sheet.passed_title, _HEAD) + 4 * self._height("8", _BODY))
        self._text(sheet.passed_title, _HEAD, bold=True)
        self._key()
        self._gap(1)
        self._row(sheet.passed_heads, widths, bold=True, size=_SMALL, until=bar)
        for line in sheet.passed:
            if self._room(self._row_height(line.cells, widths, until=bar)):
                self._row(sheet.passed_heads, widths, bold=True, size=_SMALL, until=bar)
            top = self._y
            self._row(line.cells, widths, until=bar)
            self._bar(line, top, self._y, scale)

    def _key(self) -> None:
        """Which ground in a bar is which part, right of the title."""
        metrics, side = QFontMetricsF(_font(_SMALL)), 2.4 * _MM
        height = metrics.height()
        wanted = sum(metrics.horizontalAdvance(words) + 3 * side for words in self._sheet.parts)
        x, top = self._width - wanted, self._y
        self._y -= height + 0.5 * _MM
        for words, ground in zip(self._sheet.parts, _PARTS, strict=True):
            width = metrics.horizontalAdvance(words)
            if self._painter is not None:
                y = self._y + 0.5 * _MM + (height - side) / 2
                self._painter.fillRect(QRectF(x, y, side, side), ground)
            self._put(words, x + 1.4 * side, width + side, height, _SMALL, bold=False)
            x += width + 3 * side
        self._y = top

    def _bar(self, line: Line, top: float, bottom: float, scale: int) -> None:
        if self._painter is None:
            return
        height = 2.4 * _MM
        x = self._width - (_BAR_MM - 3) * _MM
        y = top + (bottom - top - height) / 2
        for part, ground in zip(line.parts, _PARTS, strict=True):
            width = part / scale * (_BAR_MM - 3) * _MM
            self._painter.fillRect(QRectF(x, y, width, height), ground)
            x += width

    def _sign(self) -> None:
        """Room to write by hand, kept together."""
        self._room((len(self._sheet.signatures) * 16 + 12) * _MM)
        self._gap(6)
        for words in self._sheet.signatures:
            self._text(words, _BODY)
            self._gap(11)
            self._rule()
            self._gap(1.5)
        if self._sheet.proof:
            self._text(self._sheet.proof, _SMALL)

    # ------------------------------------------------------------------ how it is put there

    def _room(self, height: float) -> bool:
        """Begin another page where `height` is not left on this one; True: it did."""
        if self._y + height <= self._bottom:
            return False
        self._foot()
        self._page += 1
        self._y = 0.0
        if self._writer is not None:
            self._writer.newPage()
        return True

    def _foot(self) -> None:
        if self._painter is None:
            return
        said = self._sheet.page.format(n=self._page, of=self._pages)
        area = QRectF(0, self._bottom + 3 * _MM, self._width, (_FOOT_MM - 3) * _MM)
        self._painter.setFont(_font(_SMALL))
        self._painter.drawText(area, Qt.AlignmentFlag.AlignRight, said)
        metrics = QFontMetricsF(_font(_SMALL))
        area.setRight(area.right() - metrics.horizontalAdvance(said) - 3 * _MM)
        left = f"{self._sheet.title} · {self._sheet.ward}"
        # Which device and when stand at its end, and the title at the head of the first page.
        shown = metrics.elidedText(left, Qt.TextElideMode.ElideLeft, area.width())
        self._painter.drawText(area, Qt.AlignmentFlag.AlignLeft, shown)

    def _gap(self, mm: float) -> None:
        self._y += mm * _MM

    def _rule(self) -> None:
        if self._painter is not None:
            self._painter.setPen(QPen(_RULE, 0.2 * _MM))
            self._painter.drawLine(0, round(self._y), round(self._width), round(self._y))
            self._painter.setPen(_INK)

    def _text(self, words: str, size: float, *, bold: bool = False) -> None:
        height = self._height(words, size, bold=bold)
        self._room(height)
        self._put(words, 0, self._width, height, size, bold=bold)
        self._y += height

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        bold: bool = False,
        size: float = _BODY,
        until: float | None = None,
    ) -> None:
        """Cells side by side with a line below; `until`: where the last one ends, in mm."""
        height = self._row_height(cells, widths, size=size, bold=bold, until=until)
        for words, x, width in self._places(cells, widths, until):
            self._put(words, x, width, height, size, bold=bold)
        self._y += height
        self._rule()

    def _row_height(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        size: float = _BODY,
        bold: bool = False,
        until: float | None = None,
    ) -> float:
        heights = [
            self._height(words, size, bold=bold, width=width)
            for words, _, width in self._places(cells, widths, until)
        ]
        return max(heights) + 1.0 * _MM

    def _places(
        self, cells: Sequence[str], widths: Sequence[float], until: float | None
    ) -> list[tuple[str, float, float]]:
        """Each cell with where it begins and how broad it is."""
        found, x = [], 0.0
        end = self._width if until is None else until * _MM
        for n, words in enumerate(cells):
            width = widths[n] * _MM if n < len(widths) else end - x
            found.append((words, x, width - 1.5 * _MM))
            x += width
        return found

    def _put(
        self, words: str, x: float, width: float, height: float, size: float, *, bold: bool
    ) -> None:
        if self._painter is None:
            return
        self._painter.setPen(_INK)
        self._painter.setFont(_font(size, bold=bold))
        flags = Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeft
        if " " in words:
            flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        self._painter.drawText(QRectF(x, self._y + 0.5 * _MM, width, height), flags, words)

    def _height(
        self, words: str, size: float, *, bold: bool = False, width: float | None = None
    ) -> float:
        flags = Qt.TextFlag.TextWordWrap if " " in words else Qt.TextFlag.TextWrapAnywhere
        room = QRectF(0, 0, self._width if width is None else width, 100_000)
        metrics = QFontMetricsF(_font(size, bold=bold))
        return metrics.boundingRect(room, int(flags), words).height()


def _font(size: float, *, bold: bool = False) -> QFont:
    """In pixels of the paper, so that measuring needs no printer."""
    font = QFont(FONTS)
    font.setPixelSize(round(size / 72 * _DPI))
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return font
