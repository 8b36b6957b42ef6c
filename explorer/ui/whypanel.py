"""The Why panel: one message at a time, the way to the objective in small, and what helps.

`explorer.ui.messages` decides what is said; the panel shows it and tells which button was
pressed.
"""

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.experiment.visible import visible
from explorer.i18n import Language
from explorer.ui.icons import themed_icon
from explorer.ui.messages import Advice, Message
from explorer.ui.pathstrip import PathStrip
from explorer.ui.theme import Theme
from explorer.words.glossary import occurrences

ICON_PX = 20


class WhyPanel(QScrollArea):
    """What happened and what to do, or what the selection means."""

    advised = Signal(object)  # Advice whose button was pressed
    asked = Signal(str)  # the glossary's term whose word was clicked

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._theme = theme
        self._language = language
        self._shown: Message | None = None
        self.setAccessibleName(language.text("Why"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._content = QWidget()
        self._content.setObjectName("message")
        self.setWidget(self._content)
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text = self._label(language.text("Message"))
        self._note = self._label(language.text("Prediction"))
        self.strip = PathStrip(theme)
        self.buttons: list[QPushButton] = []
        self._lay_out()
        self.say(Message(""))

    @property
    def text(self) -> str:
        """What is shown."""
        return "" if self._shown is None else visible(self._shown.text)

    @property
    def note(self) -> str:
        """What is said beside it, of a prediction."""
        return "" if self._shown is None else visible(self._shown.note)

    def say(self, message: Message) -> None:
        """Show a message; a warning stands out by colour and sign."""
        if message == self._shown:
            return
        theme = self._theme
        color = theme.warning if message.warning else theme.text
        note_color = theme.warning if message.note_warns else theme.faint_text
        self._color(message, color)
        self._text.setText(self._linked(message.text, color))
        self._note.setText(self._linked(message.note, note_color))
        self._note.setVisible(bool(message.note))
        self.strip.show_way(message.way, message.about)
        if self._shown is None or message.advice != self._shown.advice:
            self._offer(message.advice)
        self._shown = message

    # -- inside --------------------------------------------------------------------

    def _linked(self, text: str, color: str) -> str:
        """As rich text, in which the words of the glossary lead there."""
        text, html, end = visible(text), "", 0
        style = f"color: {color}; text-underline-style: dotted"
        for each in occurrences(text, self._language):
            word = escape(text[each.start : each.end])
            before = escape(text[end : each.start])
            html += f'{before}<a href="{each.key}" style="{style}">{word}</a>'
            end = each.end
        # Lines and spaces as in a plain text.
        return f'<p style="white-space: pre-wrap">{html}{escape(text[end:])}</p>' if text else ""

    def _label(self, name: str) -> QLabel:
        label = QLabel()
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        label.linkActivated.connect(self.asked)
        label.setAccessibleName(name)
        return label

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(6)
        for widget in (self._text, self._note, self.strip):
            column.addWidget(widget)
        column.addLayout(self._row)
        column.addStretch(1)
        whole = QHBoxLayout(self._content)
        whole.addWidget(self._icon)
        whole.addLayout(column, 1)

    def _color(self, message: Message, color: str) -> None:
        base = self._theme.warning_base if message.warning else self._theme.base
        self.setStyleSheet(f"#message {{ background: {base}; }} QLabel {{ color: {color}; }}")
        icon = themed_icon("warning" if message.warning else "info", color)
        self._icon.setPixmap(icon.pixmap(ICON_PX, ICON_PX))
        self._icon.setVisible(bool(message.text))

    def _offer(self, advice: tuple[Advice, ...]) -> None:
        """One button for each way out."""
        for button in self.buttons:
            self._row.removeWidget(button)
            # Not at once: it may be the one that was just pressed.
            button.hide()
            button.deleteLater()
        self.buttons = []
        for place, each in enumerate(advice):
            button = QPushButton(each.text)
            button.setToolTip(each.tip)
            button.clicked.connect(lambda _on=False, each=each: self.advised.emit(each))
            self._row.insertWidget(place, button)
            before = self.buttons[-1] if self.buttons else self._note
            self.setTabOrder(before, button)
            self.buttons.append(button)
