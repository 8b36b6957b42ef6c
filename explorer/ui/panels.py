"""A panel of the left column under its heading."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.ui.theme import Theme


class Heading(QLabel):
    """A panel's title."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self.setStyleSheet(f"color: {theme.faint_text}; font-weight: bold; padding: 6px 8px 2px;")


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
