"""The small panels of the left column, under their headings."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from explorer.i18n import Language
from explorer.ui.theme import Theme


class Heading(QLabel):
    """A panel's title."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self.setStyleSheet(f"color: {theme.faint_text}; font-weight: bold; padding: 6px 8px 2px;")


class FormulaPanel(QPlainTextEdit):
    """The experiment's formula, to read and to copy."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(language.text("Formula"))
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(8)


def titled(title: str, theme: Theme, content: QWidget, note: QLabel | None = None) -> QWidget:
    """A panel under its heading, with a note beside that."""
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    row = QHBoxLayout()
    row.addWidget(Heading(title, theme))
    if note is not None:
        note.setMinimumWidth(1)
        row.addWidget(note, 1, Qt.AlignmentFlag.AlignRight)
    column.addLayout(row)
    column.addWidget(content, 1)
    return panel
