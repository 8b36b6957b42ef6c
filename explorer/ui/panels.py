"""The small panels of the left column: the formula, and what there is to say."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.i18n import Language
from explorer.ui.icons import themed_icon
from explorer.ui.theme import Theme

ICON_PX = 20


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


class MessagePanel(QScrollArea):
    """One message at a time: what happened and what to do, or what the selection means."""

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        content = QWidget()
        content.setObjectName("message")
        self.setWidget(content)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAccessibleName(language.text("Message"))
        row = QHBoxLayout(content)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        self.say("")

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    def say(self, text: str, warning: bool = False) -> None:
        """Show a message; a warning stands out by colour and sign."""
        theme = self._theme
        color = theme.warning if warning else theme.text
        base = theme.warning_base if warning else theme.base
        self.setStyleSheet(f"#message {{ background: {base}; }} QLabel {{ color: {color}; }}")
        icon = themed_icon("warning" if warning else "info", color)
        self._icon.setPixmap(icon.pixmap(ICON_PX, ICON_PX))
        self._icon.setVisible(bool(text))
        self._text.setText(text)


def titled(title: str, theme: Theme, content: QWidget) -> QWidget:
    """A panel under its heading."""
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(Heading(title, theme))
    column.addWidget(content, 1)
    return panel
