"""What the Help menu leads to. Made with the window; what it shows is read when it is wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from explorer import __version__
from explorer.i18n import Language

if TYPE_CHECKING:
    from explorer.ui.help.window import HelpWindow

TOUR, KEYS, GLOSSARY = "tour", "keys", "glossary"


class Guide(QObject):
    """Opens the help window of one main window, and has one at a time."""

    def __init__(self, window: QWidget, language: Language) -> None:
        super().__init__(window)
        self._window = window
        self._language = language
        self.help: HelpWindow | None = None

    def show_page(self, page: str, anchor: str = "") -> None:
        """Show a page, at the anchor; in the help window that is open, if one is."""
        if self.help is None:
            from explorer.ui.help.window import HelpWindow

            self.help = HelpWindow(self._window, self._language)
            self.help.finished.connect(self._forget)
        self.help.go(page, anchor)
        self.help.show()
        self.help.activateWindow()

    def show_tour(self) -> None:
        """What is in the window, in the order in which one uses it."""
        self.show_page(TOUR)

    def show_keys(self) -> None:
        """Every key."""
        self.show_page(KEYS)

    def show_glossary(self, term: str = "") -> None:
        """The glossary, at a term."""
        self.show_page(GLOSSARY, term)

    def show_about(self) -> None:
        """Version and licence."""
        _ = self._language.text
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(_("About Gradient Explorer"))
        box.setText(f"<b>Gradient Explorer {__version__}</b>")
        box.setInformativeText(
            _("PyTorch's autograd made visible. MIT licence; built with PyTorch, Qt and pyqtgraph.")
        )
        box.open()

    def take_over(self, old: "Guide") -> None:
        """Show what the window that this one replaces had open."""
        if old.help is not None:
            place = old.help.geometry()
            self.show_page(old.help.page)
            if self.help is not None:
                self.help.setGeometry(place)

    def close(self) -> None:
        """The window is closed: its help is, too."""
        if self.help is not None:
            self.help.close()

    def _forget(self) -> None:
        if self.help is not None:
            self.help.deleteLater()
            self.help = None
