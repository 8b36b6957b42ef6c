"""The card over the plots that proposes a first thing to do, and then says what was to be seen."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from explorer.i18n import Language
from explorer.ui.help.tasks import Task
from explorer.ui.icons import themed_icon
from explorer.ui.theme import Theme

ICON_PX = 20


class Card(QFrame):
    """Takes its place from the plots and covers nothing."""

    dismissed = Signal()

    def __init__(self, task: Task, theme: Theme, language: Language) -> None:
        super().__init__()
        _ = language.text
        self._language = language
        self.task = task
        self.is_done = False
        self.setObjectName("card")
        self.setStyleSheet(
            f"#card {{ background: {theme.selection}; border-bottom: 1px solid {theme.line}; }}"
        )
        icon = QLabel()
        icon.setPixmap(themed_icon("info", theme.text).pixmap(ICON_PX, ICON_PX))
        self._text = QLabel(_(task.text))
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAccessibleName(_("Something to try"))
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(_("Not now"))
        self.button.setToolTip(_("Hide this; it stays in the menu Help."))
        self.button.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(icon)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def answer(self) -> None:
        """It was done: say what was to be seen."""
        self.is_done = True
        self._text.setText(self._language.text(self.task.answer))
        self.button.setText(self._language.text("Got it"))
