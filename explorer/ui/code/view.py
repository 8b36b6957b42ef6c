"""The program's text: to read and to copy, with line numbers and one marked line.

Lines are coloured when they come into sight. A long program is shown without its middle, and
the numbers beside it are those of the whole.
"""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextBlock,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from explorer.i18n import Language
from explorer.ui.code.highlighting import Highlighter
from explorer.ui.code.writer import Listing
from explorer.ui.theme import Theme, fixed_font
from explorer.words.numbers import Form, number_text

# Beside the line numbers.
MARGIN_PX = 8
COLORED = 1


class CodeView(QPlainTextEdit):
    """See the module's docstring."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._theme = theme
        self._language = language
        self._highlighter = Highlighter(theme)
        self._listing = Listing()
        self._marked: int | None = None
        self.setReadOnly(True)
        # With a cursor that the keys move.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(language.text("PyTorch program"))
        self.setFont(fixed_font())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.numbers = LineNumbers(self)
        self.updateRequest.connect(self._scroll_numbers)
        self.verticalScrollBar().valueChanged.connect(self._color_visible)

    # -- what is shown -----------------------------------------------------------------

    def show_listing(self, listing: Listing) -> None:
        """Show it where the one before was scrolled to."""
        self._listing = listing
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        cursor = self.textCursor()
        line, column = cursor.blockNumber(), cursor.positionInBlock()
        left, top = across.value(), down.value()
        self.setPlainText(self._text())
        self._marked = None
        self.setViewportMargins(self.numbers.sizeHint().width(), 0, 0, 0)
        self._place_numbers()
        self._put_cursor(line, column)
        down.setValue(top)
        self._color_visible()
        # Only as wide as what is laid out by now.
        across.setValue(left)

    def mark(self, line: int | None, reveal: bool) -> None:
        """Mark this line of the whole program; `reveal`: scroll to it."""
        self._marked = None if line is None else self._row(line)
        selections = []
        if self._marked is not None:
            found = QTextEdit.ExtraSelection()
            found.cursor = self._cursor_at(self._marked)  # type: ignore[attr-defined]
            found.format.setBackground(QColor(self._theme.selection))  # type: ignore[attr-defined]
            full = QTextFormat.Property.FullWidthSelection
            found.format.setProperty(full, True)  # type: ignore[attr-defined]
            selections.append(found)
            if reveal:
                self._reveal(self._marked)
        self.setExtraSelections(selections)
        self.numbers.update()

    @property
    def marked_text(self) -> str | None:
        """What stands in the marked line."""
        return None if self._marked is None else self._block(self._marked).text()

    def number_of(self, row: int) -> str:
        """What stands beside a row of the view."""
        head, left_out = self._listing.head, self._listing.left_out
        if left_out and row == head:
            return "⋮"
        return str(row + 1 if row < head else row + left_out)

    def _text(self) -> str:
        """With a sentence in the place of what is left out."""
        listing = self._listing
        if not listing.left_out:
            return listing.shown
        said = self._language.plural(
            "{n} line is not shown here. Copy and Save As have it.",
            "{n} lines are not shown here. Copy and Save As have them.",
            listing.left_out,
        )
        lines = listing.shown.split("\n")
        lines[listing.head] = f"# {said.format(n=number_text(listing.left_out, Form.COUNT))}"
        return "\n".join(lines)

    def _row(self, line: int) -> int | None:
        """Where a line of the whole program is; None if it is left out."""
        row, left_out = line - 1, self._listing.left_out
        if row < self._listing.head:
            return row
        hidden = row < self._listing.head + left_out
        return None if hidden else row - left_out + bool(left_out)

    # -- the text's cursor and blocks --------------------------------------------------

    def _block(self, row: int) -> QTextBlock:
        return self.document().findBlockByNumber(row)

    def _cursor_at(self, row: int) -> QTextCursor:
        return QTextCursor(self._block(row))

    def _put_cursor(self, row: int, column: int) -> None:
        block = self._block(min(row, self.blockCount() - 1))
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + min(column, block.length() - 1))
        self.setTextCursor(cursor)

    def _reveal(self, row: int) -> None:
        """Into the middle, unless it is in sight."""
        bar = self.verticalScrollBar()
        rows = self._rows_in_sight()
        if not bar.value() <= row < bar.value() + rows - 1:
            bar.setValue(row - rows // 2)

    def _rows_in_sight(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) + 1

    def _color_visible(self) -> None:
        """Colour the lines in sight that are not coloured yet."""
        if not self.isVisible():
            return
        block, rows = self.firstVisibleBlock(), self._rows_in_sight() + 1
        while block.isValid() and rows:
            if block.userState() != COLORED:
                block.setUserState(COLORED)
                block.layout().setFormats(self._highlighter.formats(block.text()))
                self.document().markContentsDirty(block.position(), block.length())
            block, rows = block.next(), rows - 1

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
        """Draw those in sight; that of the marked line stands out."""
        painter = QPainter(self.numbers)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        plain = self.font()
        bold = self.font()
        bold.setBold(True)
        block, width = self.firstVisibleBlock(), self.numbers.width() - MARGIN_PX
        place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        while block.isValid() and place.top() <= event.rect().bottom():
            row = block.blockNumber()
            is_marked = row == self._marked
            painter.setFont(bold if is_marked else plain)
            color = self._theme.text if is_marked else self._theme.faint_text
            painter.setPen(QColor(color))
            where = QRectF(0, place.top(), width, place.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignRight, self.number_of(row))
            block = block.next()
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        painter.end()


class LineNumbers(QWidget):
    """The column beside the text."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """As wide as the last number, and never so narrow that it would soon change."""
        last = self._view.number_of(self._view.blockCount() - 1)
        digits = "0" * max(3, len(last))
        metrics = self._view.fontMetrics()
        return QSize(metrics.horizontalAdvance(digits) + 2 * MARGIN_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """By the view, which knows where its lines are."""
        self._view.paint_numbers(event)
