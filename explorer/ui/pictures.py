"""Pictures of parts of the window, for the clipboard or for a file; and menus that offer them."""

from collections.abc import Callable

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QGuiApplication, QHideEvent, QPixmap
from PySide6.QtWidgets import QMenu

from explorer.i18n import Language


class PassingMenu(QMenu):
    """A context menu, which deletes itself when it closes."""

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt's name)
        """Nobody needs it any more; what was chosen is done before it is deleted."""
        super().hideEvent(event)
        self.deleteLater()


class Pictures:
    """Gives a menu the two entries that are about a picture; `save` takes one as PNG."""

    def __init__(self, save: Callable[[bytes], object], language: Language) -> None:
        self._save = save
        self.language = language

    def fill(self, menu: QMenu, take: Callable[[], QPixmap]) -> None:
        """`take` makes the picture when one of them is chosen."""
        _ = self.language.text
        copy = menu.addAction(_("&Copy picture"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setPixmap(take()))
        save = menu.addAction(_("Save &picture…"))
        save.triggered.connect(lambda: self._save(_png(take())))


def _png(picture: QPixmap) -> bytes:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
