"""Text of a program or a formula in a fixed font, with line numbers, coloured where it is seen.

Lines are coloured when they come into sight: a program may be megabytes of data. Below it are
the program's view (`explorer.ui.code.view`) and the formula's editor (`explorer.ui.editor`).
"""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QShowEvent, QTextBlock
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from explorer.ui.code.highlighting import Highlighter
from explorer.ui.theme import Theme, fixed_font

# Beside the line numbers.
MARGIN_PX = 8
COLORED, PLAIN = 1, -1


class NumberedText(QPlainTextEdit):
    """See the module's docstring."""

    # Of the widest number, however few lines there are.
    least_digits = 3

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._highlighter = Highlighter(theme)
        self.setFont(fixed_font())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.numbers = LineNumbers(self)
        self.updateRequest.connect(self._scroll_numbers)
        self.verticalScrollBar().valueChanged.connect(self._color_visible)

    def number_of(self, row: int) -> str:
        """What stands beside a row of the view."""
        return str(row + 1)

    def number_color(self, _row: int) -> str | None:
        """Of a number that stands out; None of any other."""
        return None

    def fit_numbers(self) -> None:
        """Make as much room for the numbers as they need by now."""
        self.setViewportMargins(self.numbers.sizeHint().width(), 0, 0, 0)
        self._place_numbers()

    def _rows_in_sight(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) + 1

    def _color_visible(self) -> None:
        """Colour the lines in sight that are not coloured yet."""
        if not self.isVisible():
            return
        block, rows = self.firstVisibleBlock(), self._rows_in_sight() + 1
        while block.isValid() and rows:
            self.color(block)
            block, rows = block.next(), rows - 1

    def color(self, block: QTextBlock) -> None:
        """Colour a line, unless it is coloured."""
        if block.userState() != COLORED:
            block.setUserState(COLORED)
            block.layout().setFormats(self._highlighter.formats(block.text()))
            self.document().markContentsDirty(block.position(), block.length())

    # -- Qt's events, and the numbers beside the text ------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """What is in sight is coloured."""
        super().showEvent(event)
        self._color_visible()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """More lines may be in sight."""
        super().resizeEvent(event)
        self._place_numbers()
        self._color_visible()

    def _place_numbers(self) -> None:
        inside = self.contentsRect()
        width = self.numbers.sizeHint().width()
        self.numbers.setGeometry(QRect(inside.left(), inside.top(), width, inside.height()))

    def _scroll_numbers(self, rect: QRect, down: int) -> None:
        if down:
            self.numbers.scroll(0, down)
        else:
            self.numbers.update(0, rect.y(), self.numbers.width(), rect.height())

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Draw those in sight; some stand out."""
        painter = QPainter(self.numbers)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        plain = self.font()
        bold = self.font()
        bold.setBold(True)
        block, width = self.firstVisibleBlock(), self.numbers.width() - MARGIN_PX
        place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        while block.isValid() and place.top() <= event.rect().bottom():
            row = block.blockNumber()
            color = self.number_color(row)
            painter.setFont(plain if color is None else bold)
            painter.setPen(QColor(color or self._theme.faint_text))
            where = QRectF(0, place.top(), width, place.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignRight, self.number_of(row))
            block = block.next()
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        painter.end()


class LineNumbers(QWidget):
    """The column beside the text."""

    def __init__(self, view: NumberedText) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As wide as the last number, and never so narrow that it would soon change."""
        last = self._view.number_of(self._view.blockCount() - 1)
        digits = "0" * max(self._view.least_digits, len(last))
        metrics = self._view.fontMetrics()
        return QSize(metrics.horizontalAdvance(digits) + 2 * MARGIN_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """By the view, which knows where its lines are."""
        self._view.paint_numbers(event)
