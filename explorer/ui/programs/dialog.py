"""File › New from PyTorch Code: paste a program, see line by line what was understood, open it.

The program is read, never run, a moment after the last key, in a thread of its own. The text
shows what is left out and what is not understood; the list beside it says why.
"""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.experiment.visible import visible
from explorer.i18n import N_, Language
from explorer.reading.program import Reading, read_program
from explorer.reading.report import LEFT_OUT, NOT_UNDERSTOOD, LineReport
from explorer.ui.background import Background
from explorer.ui.theme import Theme
from explorer.words import program as words
from explorer.words.errors import sentence

PAUSE_MS = 350
SIZE = (1040, 620)
# Of a long program as many lines are listed.
MOST_ROWS = 2_000
ABOUT = N_(
    "Paste a PyTorch program: a script, a training loop, classes from nn.Module. It is read, "
    "never run. What only prints or plots is left out."
)
READING = N_("The program is being read …")


class ProgramDialog(QDialog):
    """`reading` is what was made of the text when Open was pressed."""

    def __init__(self, theme: Theme, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._language = language
        self._name = ""
        self.reading: Reading | None = None
        self.setWindowTitle(language.text("New from PyTorch code"))
        self.text = self._make_text()
        self.list = self._make_list()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.open_button = QPushButton(language.text("&Open"))
        self.buttons.addButton(self.open_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self._reader = Background(self._read, "program is read", self)
        self._reader.done.connect(self._show)
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.setObjectName("program is due to be read")
        self._lay_out()
        self._connect()
        self._changed()

    def begin_with(self, text: str, name: str) -> None:
        """Show this program; `name` is the title of one that says none itself."""
        self._name = name
        self.text.setPlainText(text)

    @property
    def is_current(self) -> bool:
        """Whether what is shown is what was made of the text as it is now."""
        return not self._soon.isActive() and not self._reader.is_busy

    # -- building ----------------------------------------------------------------------

    def _make_text(self) -> QPlainTextEdit:
        text = QPlainTextEdit()
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setPlaceholderText(self._language.text("Paste the program here."))
        text.setAccessibleName(self._language.text("PyTorch program"))
        text.setTabChangesFocus(True)
        text.setFrameShape(QFrame.Shape.NoFrame)
        text.document().setDocumentMargin(8)
        return text

    def _make_list(self) -> QTreeWidget:
        _ = self._language.text
        rows = QTreeWidget()
        rows.setHeaderLabels([_("Line"), _("What became of it"), _("Why")])
        rows.setRootIsDecorated(False)
        rows.setUniformRowHeights(True)
        rows.setFrameShape(QFrame.Shape.NoFrame)
        rows.setAccessibleName(_("What was understood"))
        header = rows.header()
        header.setStretchLastSection(True)
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        return rows

    def _lay_out(self) -> None:
        about = QLabel(self._language.text(ABOUT))
        about.setWordWrap(True)
        about.setStyleSheet(f"color: {self._theme.faint_text};")
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(self.text)
        across.addWidget(self.list)
        across.setSizes([SIZE[0] * 3 // 5, SIZE[0] * 2 // 5])
        across.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addWidget(across, 1)
        column.addWidget(self.said)
        column.addWidget(self.buttons)
        self.resize(*SIZE)

    def _connect(self) -> None:
        self.text.textChanged.connect(self._changed)
        self._soon.timeout.connect(lambda: self._reader.ask(self.text.toPlainText()))
        self.list.currentItemChanged.connect(self._go_to)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._stop)

    # -- reading -----------------------------------------------------------------------

    def _read(self, text: str) -> Reading:
        return read_program(text, self._name)

    def _changed(self) -> None:
        self.reading = None
        self.open_button.setEnabled(False)
        if self.text.toPlainText().strip():
            self._say(self._language.text(READING))
            self._soon.start()
        else:
            self._soon.stop()
            self._say("")
            self.list.clear()

    def _show(self, reading: Reading) -> None:
        if self._soon.isActive():
            return
        self.reading = reading
        self._fill(reading)
        self._mark(reading)
        self.open_button.setEnabled(reading.experiment is not None)
        self.open_button.setDefault(True)
        if reading.problem is not None:
            self._say(sentence(reading.problem, self._language), warns=True)
        else:
            self._say(self._summary(reading))

    def _summary(self, reading: Reading) -> str:
        left = sum(each.outcome == LEFT_OUT for each in reading.lines)
        said = self._language.plural(
            "Understood. {n} line is left out.", "Understood. {n} lines are left out.", left
        ).format(n=left)
        return f"{said} {self._language.text(words.UNSEEDED)}" if reading.unseeded else said

    def _say(self, text: str, warns: bool = False) -> None:
        color = self._theme.warning if warns else self._theme.text
        self.said.setStyleSheet(f"color: {color}; padding: 4px 0;")
        self.said.setText(visible(text))

    # -- line by line ------------------------------------------------------------------

    def _fill(self, reading: Reading) -> None:
        self.list.clear()
        self.list.addTopLevelItems([self._row(each, reading) for each in reading.lines[:MOST_ROWS]])

    def _row(self, line: LineReport, reading: Reading) -> QTreeWidgetItem:
        why = words.reason(line.why, self._language)
        if line.outcome == NOT_UNDERSTOOD and reading.problem is not None:
            why = visible(sentence(reading.problem, self._language))
        outcome = self._language.text(words.OUTCOMES[line.outcome])
        item = QTreeWidgetItem([str(line.line), outcome, why])
        item.setData(0, Qt.ItemDataRole.UserRole, line.line)
        item.setToolTip(2, why)
        for column in range(3):
            item.setForeground(column, QColor(self._color(line.outcome)))
        return item

    def _color(self, outcome: str) -> str:
        colors = {LEFT_OUT: self._theme.faint_text, NOT_UNDERSTOOD: self._theme.warning}
        return colors.get(outcome, self._theme.text)

    def _mark(self, reading: Reading) -> None:
        """In the text: what is left out is faint, what is not understood stands out."""
        found = []
        for each in reading.lines[:MOST_ROWS]:
            if each.outcome in (LEFT_OUT, NOT_UNDERSTOOD):
                found += [
                    self._marked(line, each.outcome) for line in range(each.line, each.last + 1)
                ]
        place = reading.problem.place.line if reading.problem else None
        if place is not None and not reading.lines:
            found.append(self._marked(place, NOT_UNDERSTOOD))
        self.text.setExtraSelections(found)

    def _marked(self, line: int, outcome: str) -> QTextEdit.ExtraSelection:
        found = QTextEdit.ExtraSelection()
        shape = QTextCharFormat()
        shape.setForeground(QColor(self._color(outcome)))
        cursor = QTextCursor(self.text.document().findBlockByNumber(line - 1))
        if outcome == NOT_UNDERSTOOD:
            shape.setBackground(QColor(self._theme.warning_base))
            shape.setProperty(QTextFormat.Property.FullWidthSelection, True)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        found.cursor, found.format = cursor, shape  # type: ignore[attr-defined]
        return found

    def _go_to(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            line = item.data(0, Qt.ItemDataRole.UserRole)
            self.text.setTextCursor(QTextCursor(self.text.document().findBlockByNumber(line - 1)))

    def _stop(self) -> None:
        self._soon.stop()
        self._reader.stop()


def ask_for_program(
    window: QWidget, theme: Theme, language: Language, text: str, name: str
) -> Reading | None:
    """The dialog, until it is closed; None if nothing is to be opened."""
    dialog = ProgramDialog(theme, language, window)
    if text:
        dialog.begin_with(text, name)
    chosen = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.reading if chosen else None
