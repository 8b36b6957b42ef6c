"""Where the keyboard is, and where the next Tab leads: for whoever uses no mouse."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QRegion
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

FRAME_PX = 2


class FocusFrame(QWidget):
    """A frame around what has the keyboard and does not show it by itself.

    Buttons, fields, tables and lists do; plots, graph, texts and whatever else is scrolled do
    not. Nothing is framed that was clicked on. Only the frame itself is painted, and nothing
    through it.
    """

    def __init__(self, window: QWidget, color: str) -> None:
        super().__init__(window)
        self._of: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(color))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        clicked = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        framed = isinstance(now, QAbstractScrollArea) and not isinstance(now, QAbstractItemView)
        here = now is not None and now.window() is self.window()
        self._leave()
        if now is not None and framed and here and not clicked:
            self._of = now
            now.installEventFilter(self)
            self._surround(now)
            self.show()

    def _leave(self) -> None:
        # As a window goes, what has the keyboard in it may go before the frame hears of it.
        if self._of is not None and isValid(self._of):
            self._of.removeEventFilter(self)
        self._of = None
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Stay around it, as long as it is there: it may be deleted once it is hidden."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self._of is watched:
            self._surround(self._of)
        elif event.type() == QEvent.Type.Hide:
            self._leave()
        return False

    def _surround(self, widget: QWidget) -> None:
        self.setGeometry(QRect(widget.mapTo(self.window(), QPoint()), widget.size()))
        inner = self.rect().adjusted(FRAME_PX, FRAME_PX, -FRAME_PX, -FRAME_PX)
        self.setMask(QRegion(self.rect()) - QRegion(inner))
        self.raise_()


def tab_into(before: QWidget, content: QWidget) -> None:
    """Let Tab lead from one widget into all that another one contains, in its order.

    What is made late would come after everything else in the window.
    """
    for each in [content, *content.findChildren(QWidget)]:
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.focusProxy() is None:
            QWidget.setTabOrder(before, each)
            before = each
