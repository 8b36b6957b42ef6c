"""The program's text: to read and to copy, with line numbers and one marked line.

A long program is shown without its middle, and the numbers beside it are those of the whole.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextBlock, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from explorer.i18n import Language
from explorer.ui.code.numbered import NumberedText
from explorer.ui.code.writer import Listing
from explorer.ui.theme import Theme
from explorer.words.numbers import Form, number_text


class CodeView(NumberedText):
    """See the module's docstring."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__(theme)
        self._language = language
        self._listing = Listing()
        self._marked: int | None = None
        self.setReadOnly(True)
        # With a cursor that the keys move.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(language.text("PyTorch program"))

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
        self.fit_numbers()
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

    def number_color(self, row: int) -> str | None:
        """That of the marked line stands out."""
        return self._theme.text if row == self._marked else None

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
