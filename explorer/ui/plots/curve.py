"""The curves of one plot, drawn by one item that is cheap to move thirty times a second.

pyqtgraph's own curve item is an item with a bounding rectangle for each line; after
new data the scene asks for it several times, each time through Python, and that
costs more than drawing. Here the rectangle is that of the view box and never
changes, and points are mapped to pixels with numpy when they are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.engine.history import Floats

# While a run is on, lines are hairlines drawn twice, slightly shifted: Qt has a fast
# path for them, and any wider pen costs several times as much. At rest they are broad.
RESTING_WIDTH = 2.0
SECOND_STROKE_PX = 0.6
# Pixels far outside the view overflow the rasteriser's fixed-point numbers.
FARTHEST_PX = 20_000.0


@dataclass(frozen=True)
class Line:
    """Points of one curve: x and y of shape (points,); NaN in y leaves a gap."""

    color: QColor
    x: Floats
    y: Floats


class LiveCurves(QGraphicsItem):
    """All lines of a plot. `show_lines` replaces them."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box)
        self.setZValue(10)
        self._box = box
        self._lines: Sequence[Line] = ()
        self._moving = False

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on, broad lines at rest."""
        self._moving = moving
        self.update()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Draw these from now on."""
        self._lines = lines
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt's name)
        """The view box, in its own pixels."""
        rect: QRectF = self._box.rect()
        return rect

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Map every line to pixels and stroke it."""
        painter.setClipRect(self.boundingRect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self._lines:
            pieces = self._pieces(line)
            painter.setPen(QPen(line.color, 1.0 if self._moving else RESTING_WIDTH))
            for piece in pieces:
                painter.drawPolyline(piece)
            if self._moving:
                painter.translate(0.0, SECOND_STROKE_PX)
                for piece in pieces:
                    painter.drawPolyline(piece)
                painter.translate(0.0, -SECOND_STROKE_PX)

    def _pieces(self, line: Line) -> list[QPolygonF]:
        """The line in pixels, cut at its gaps."""
        (left, right), (low, high) = self._box.viewRange()
        rect = self._box.rect()
        x = (line.x - left) * (rect.width() / (right - left))
        y = np.clip((high - line.y) * (rect.height() / (high - low)), -FARTHEST_PX, FARTHEST_PX)
        return [_polygon(x[begin:end], y[begin:end]) for begin, end in _whole_runs(y)]


def _whole_runs(y: Floats) -> list[tuple[int, int]]:
    """Begin and end of each stretch without NaN."""
    # A sum is NaN if any number is: the cheapest test, and almost always enough.
    if not np.isnan(y.sum()):
        return [(0, len(y))]
    present = np.concatenate([[False], ~np.isnan(y), [False]])
    edges = np.flatnonzero(present[1:] != present[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _polygon(x: Floats, y: Floats) -> QPolygonF:
    polygon: QPolygonF = pg.functions.create_qpolygonf(len(x))
    if len(x):
        points = pg.functions.ndarray_from_qpolygonf(polygon)
        points[:, 0] = x
        points[:, 1] = y
    return polygon
