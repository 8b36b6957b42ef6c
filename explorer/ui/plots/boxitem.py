"""What the plots' own items share: they draw in the pixels of a view box, over all of it."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget


class BoxItem(QGraphicsItem):
    """An item as large as its view box, so that the scene never has to ask again.

    Subclasses implement `draw`; (0, 0) is the box's upper left corner. One that is `lifted` is
    left out by the scene (see `explorer.ui.plots.stillpicture`).
    """

    lifted = False

    def __init__(self, box: pg.ViewBox, height: float) -> None:
        super().__init__(box)
        self.setZValue(height)
        self._box = box

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt's name)
        """The view box, in its own pixels."""
        rect: QRectF = self._box.rect()
        return rect

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return False

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw, and leave nothing outside the box."""
        if not (self.lifted or self.is_empty):
            painter.setClipRect(self.boundingRect())
            self.draw(painter, self.boundingRect())

    def draw(self, painter: QPainter, part: QRectF) -> None:
        """What the item looks like, at least in this part of the box."""
        raise NotImplementedError
