"""Faint words in a plot: what will be drawn there, or why something is not."""

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QApplication, QGraphicsSceneMouseEvent

from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.theme import Theme

MARGIN_PX = 8.0
# They stand on a veil, so that the grid does not strike them out.
VEIL = 0.85
# Of the usual text, where there is too little room for it.
SIZES = (1.0, 0.85, 0.7, 0.6)


class Notice(BoxItem):
    """Words in the middle of a view box or at its lower edge; the last ones may do something.

    Below the curves: while a run is on they are part of what stands still.
    """

    def __init__(self, box: pg.ViewBox, theme: Theme, *, low: bool = False) -> None:
        super().__init__(box, height=5)
        self._low = low
        self._color, self._link_color = QColor(theme.faint_text), QColor(theme.accent)
        self._veil = QColor(theme.base)
        self._veil.setAlphaF(VEIL)
        self.text = self.link = ""
        self._let_click(False)
        self._follow: Callable[[], object] | None = None

    def say(self, text: str, link: str = "", follow: Callable[[], object] | None = None) -> None:
        """Show these words, or none; a click on `link` calls `follow`."""
        if (text, link) != (self.text, self.link):
            self.text, self.link = text, link
            self._let_click(bool(link))
            self.prepareGeometryChange()
            self.update()
        self._follow = follow

    def shape(self) -> QPainterPath:
        """What can be clicked: the link (of an empty one Qt takes the whole box)."""
        path = QPainterPath()
        if self.link:
            path.addRect(self._places()[1])
        return path

    def _let_click(self, clickable: bool) -> None:
        """Where nothing can be clicked, the press is for what lies below."""
        buttons = Qt.MouseButton
        self.setAcceptedMouseButtons(buttons.LeftButton if clickable else buttons.NoButton)
        if clickable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Do what the link says."""
        if self._follow is not None:
            event.accept()
            self._follow()

    def draw(self, painter: QPainter, _part: QRectF) -> None:
        """The text, and under it the link, underlined."""
        if not self.text:
            return
        text, link = self._places()
        painter.setFont(self._font())
        painter.fillRect(text.united(link) if self.link else text, self._veil)
        painter.setPen(self._color)
        painter.drawText(text, _FLAGS, self.text)
        if self.link:
            font = painter.font()
            font.setUnderline(True)
            painter.setFont(font)
            painter.setPen(self._link_color)
            painter.drawText(link, _FLAGS, self.link)

    def _room(self) -> QRectF:
        return self.boundingRect().adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)

    def _sizes(self, font: QFont) -> tuple[QRectF, QRectF]:
        """What text and link take, in lines no wider than the box."""
        box, metrics = self._room(), QFontMetricsF(font)
        text, link = (metrics.boundingRect(box, _FLAGS, each) for each in (self.text, self.link))
        return text, link

    def _font(self) -> QFont:
        """The usual one, or a smaller one in which all that is said has room."""
        font, room = QFont(QApplication.font()), self._room().height()
        usual = font.pointSizeF()
        for part in SIZES:
            font.setPointSizeF(usual * part)
            text, link = self._sizes(font)
            if text.height() + (link.height() if self.link else 0.0) <= room:
                break
        return font

    def _places(self) -> tuple[QRectF, QRectF]:
        """Where text and link are."""
        box = self._room()
        text, link = self._sizes(self._font())
        height = text.height() + (link.height() if self.link else 0.0)
        top = box.bottom() - height if self._low else box.center().y() - height / 2
        text.moveTop(top)
        link.moveTop(text.bottom())
        return text, link


_FLAGS = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
