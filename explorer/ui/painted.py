"""A widget that shows shapes: as wide as there is room, as high as they then need.

The base of the graph's legend and of the Why panel's picture of a way.
"""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.picture.shapes import Shape
from explorer.ui.graph.painting import Stroke, paint, prepare

LEAST_WIDTH = 120


class Painted(QWidget):
    """Subclasses say what is drawn; `arrange` when something else is to be."""

    heightened = Signal()  # it has become higher or lower

    def __init__(self, parent: QWidget | None = None, scale: float = 1.0) -> None:
        super().__init__(parent)
        self._scale = scale
        self._strokes: tuple[Stroke, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # A style sheet may give it a ground.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(0)

    def drawn(self, width: float) -> tuple[Iterable[Shape], float]:
        """The shapes in lines no wider than `width`, and the height they take."""
        raise NotImplementedError

    def arrange(self) -> None:
        """Draw anew."""
        shapes, height = self.drawn(self.width() / self._scale)
        self._strokes = prepare(shapes)
        if self.height() != int(height * self._scale):
            self.setFixedHeight(int(height * self._scale))
            self.heightened.emit()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """The size that Qt lays it out with, if nothing else decides."""
        return QSize(LEAST_WIDTH, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """The lines break elsewhere."""
        super().resizeEvent(event)
        self.arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Everything is prepared."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        paint(self._strokes, painter)
        painter.end()
