"""What is wrong with the formula, under its text, and buttons for what would mend it."""

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.experiment.names import shortened
from explorer.experiment.visible import visible
from explorer.i18n import N_, Language
from explorer.live.formulacheck import COLUMN, OBJECTIVE, PARAMETER, Offer
from explorer.ui.icons import themed_icon
from explorer.ui.theme import Theme

ICON_PX = 16
LONGEST_NAME = 20
# Of what is wrong; the rest of a longer sentence is in the tooltip.
MOST_LINES = 4
OFFERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        PARAMETER: (
            N_("New parameter {name}"),
            N_("A leaf that training moves: torch.tensor(1.0, requires_grad=True)"),
        ),
        COLUMN: (
            N_("New data column {name}"),
            N_("Numbers that are given, one for each row of the data: 1, 2, 3 and so on at first."),
        ),
        OBJECTIVE: (N_("Descend {name}"), N_("The scalar of which backward() is called.")),
    }
)


class ProblemStrip(QWidget):
    """Shown while there is a problem."""

    taken = Signal(object)  # Offer whose button was pressed
    wanted = Signal()  # the place of the problem

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self._language = language
        self.offers: tuple[Offer, ...] = ()
        self.buttons: list[QPushButton] = []
        self.setObjectName("problem")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#problem {{ background: {theme.warning_base}; }} QLabel {{ color: {theme.warning}; }}"
        )
        icon = QLabel()
        icon.setPixmap(themed_icon("warning", theme.warning).pixmap(ICON_PX, ICON_PX))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setAccessibleName(language.text("What is wrong with the formula"))
        # Not a new one: it would not know that fewer pixels across are more lines.
        policy = self._said.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
        self._said.setSizePolicy(policy)
        self._runs_on = language.text(
            "Until this is mended, the last formula that was sound runs on."
        )
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._said)
        column.addLayout(self._row)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(8, 4, 8, 4)
        whole.addWidget(icon)
        whole.addLayout(column, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty if nothing is wrong."""
        return self._said.text()

    def say(self, text: str, offers: tuple[Offer, ...] = ()) -> None:
        """Show it; nothing to say hides the strip."""
        self._said.setText(visible(text))
        if offers != self.offers:
            self._offer(offers)
        self._said.setToolTip(f"{visible(text)}\n{self._runs_on}")
        self.setVisible(bool(text))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Narrower, the same words are more lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """A splitter asks for the least height alone, and would cut lines off."""
        whole = self._said.heightForWidth(self._said.width())
        most = MOST_LINES * self.fontMetrics().lineSpacing()
        self._said.setMinimumHeight(max(0, min(whole, most)))

    def _offer(self, offers: tuple[Offer, ...]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            # Not at once: it may be the one that was just pressed.
            button.hide()
            button.deleteLater()
        self.offers, self.buttons = offers, []
        for place, each in enumerate(offers):
            text, tip = OFFERS[each.kind]
            name = shortened(each.name, LONGEST_NAME)
            button = QPushButton(self._language.text(text).format(name=name))
            button.setToolTip(self._language.text(tip))
            button.clicked.connect(lambda _on=False, each=each: self.taken.emit(each))
            self._row.insertWidget(place, button)
            self.buttons.append(button)
