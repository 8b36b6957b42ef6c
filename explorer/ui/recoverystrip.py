"""The strip over everything: unsaved work that a window left when it ended.

No dialog: the first run is not in its way. The last work is offered by buttons, what
else there is by the menu File › Recover.
"""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.experiment.names import shortened
from explorer.i18n import Language
from explorer.live.recovery import Offer
from explorer.ui.icons import themed_icon
from explorer.ui.theme import Theme

ICON_PX = 20


class RecoveryStrip(QFrame):
    """Shown while it has something to offer."""

    recover_wanted = Signal(object)  # Offer
    discard_wanted = Signal(object)  # Offer

    def __init__(self, theme: Theme, language: Language) -> None:
        super().__init__()
        self.offers: Sequence[Offer] = ()
        self._language = language
        _ = language.text
        self.setObjectName("recovery")
        self.setStyleSheet(
            f"#recovery {{ background: {theme.selection}; border-bottom: 1px solid {theme.line}; }}"
        )
        icon = QLabel()
        icon.setPixmap(themed_icon("info", theme.text).pixmap(ICON_PX, ICON_PX))
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setAccessibleName(_("Unsaved work"))
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.recover = self._button(_("Recover"), _("Go on with it. It is then to be saved."))
        self.discard = self._button(_("Discard"), _("Remove it for good."))
        self.later = self._button(_("Later"), _("Hide this; it stays in the menu File › Recover."))
        self.recover.clicked.connect(self._recover)
        self.discard.clicked.connect(self._discard)
        self.later.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(icon)
        row.addWidget(self._text, 1)
        for button in (self.recover, self.discard, self.later):
            row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Offer the first of these and tell of the others; nothing to offer hides the strip."""
        self.offers = offers
        if offers:
            self._text.setText(self._sentence())
        self.setVisible(bool(offers))

    def dismiss(self) -> None:
        """Offer nothing more."""
        self.show_offers(())

    def _recover(self) -> None:
        self.recover_wanted.emit(self.offers[0])

    def _discard(self) -> None:
        self.discard_wanted.emit(self.offers[0])

    def _sentence(self) -> str:
        first, more = self.offers[0], len(self.offers) - 1
        said = self._language.text("Unsaved work of a window that ended: {work}.")
        text = said.format(work=offer_text(first, self._language))
        if not more:
            return text
        others = self._language.plural(
            "One more is in the menu File › Recover.",
            "{n} more are in the menu File › Recover.",
            more,
        )
        return f"{text} {others.format(n=more)}"

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        return button


def offer_text(offer: Offer, language: Language) -> str:
    """Title and time of unsaved work, in one line."""
    title = offer.heading.title
    name = shortened(language.text(title)) if title else language.text("an untitled experiment")
    moment = QDateTime.fromSecsSinceEpoch(int(offer.heading.time))
    time = QLocale(language.code).toString(moment, QLocale.FormatType.ShortFormat)
    return language.text("{title} ({time})").format(title=name, time=time)


def below(strip: QWidget, content: QWidget) -> QWidget:
    """The strip with the window's content under it."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(strip)
    column.addWidget(content, 1)
    return whole
