"""The curves of one plot, drawn by one item that is cheap to move thirty times a second.

pyqtgraph's own curve item is an item with a bounding rectangle for each line; after
new data the scene asks for it several times, each time through Python, and that
costs more than drawing. Here the rectangle is that of the view box and never
changes, and points are mapped to pixels with numpy when they are drawn.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.live.history import Floats
from explorer.ui.plots.boxitem import BoxItem

# While a run is on, lines are hairlines drawn twice, slightly shifted: Qt has a fast
# path for them, and any wider pen costs several times as much. At rest they are broad.
RESTING_WIDTH = 2.0
SECOND_STROKE_PX = 0.6
# Pixels far outside the view overflow the rasteriser's fixed-point numbers.
FARTHEST_PX = 20_000.0


class LiveCurves(BoxItem):
    """All lines of a plot. `show_lines` replaces them."""

    def __init__(self, box: pg.ViewBox) -> None:
        super().__init__(box, height=10)
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty((0, 0))
        self._colors: Sequence[QColor] = ()
        self._moving = False

    def set_moving(self, moving: bool) -> None:
        """Hairlines while a run is on, broad lines at rest."""
        self._moving = moving
        self.update()

    def show_lines(self, x: Floats, y: Floats, colors: Sequence[QColor]) -> None:
        """Draw these from now on: x of shape (points,), y of shape (lines, points).

        NaN in y leaves a gap.
        """
        self._x, self._y, self._colors = x, y, colors
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self.show_lines(np.empty(0), np.empty((0, 0)), ())

    def draw(self, painter: QPainter) -> None:
        """Map all lines to pixels and stroke them."""
        if not self._x.size:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = self._pixels()
        for row, color in zip(y, self._colors, strict=True):
            pieces = [_polygon(x[begin:end], row[begin:end]) for begin, end in _whole_runs(row)]
            painter.setPen(QPen(color, 1.0 if self._moving else RESTING_WIDTH))
            for piece in pieces:
                painter.drawPolyline(piece)
            if self._moving:
                painter.translate(0.0, SECOND_STROKE_PX)
                for piece in pieces:
                    painter.drawPolyline(piece)
                painter.translate(0.0, -SECOND_STROKE_PX)

    def _pixels(self) -> tuple[Floats, Floats]:
        """x and y in pixels of the view box."""
        (left, right), (low, high) = self._box.viewRange()
        rect = self._box.rect()
        x = (self._x - left) * (rect.width() / (right - left))
        y = (high - self._y) * (rect.height() / (high - low))
        return np.clip(x, -FARTHEST_PX, FARTHEST_PX), np.clip(y, -FARTHEST_PX, FARTHEST_PX)


def _whole_runs(y: Floats) -> list[tuple[int, int]]:
    """Begin and end of each stretch without NaN."""
    # A sum is NaN if any number is: the cheapest test, and almost always enough.
    if not np.isnan(y.sum()):
        return [(0, len(y))]
    present = np.concatenate([[False], ~np.isnan(y), [False]])
    edges = np.flatnonzero(present[1:] != present[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _polygon(x: Floats, y: Floats) -> QPolygonF:
    if len(x) > 2 and y.min() == y.max():
        # A frozen parameter's line: two points are as good as all.
        x, y = x[[0, -1]], y[[0, -1]]
    polygon: QPolygonF = pg.functions.create_qpolygonf(len(x))
    if len(x):
        points = pg.functions.ndarray_from_qpolygonf(polygon)
        points[:, 0] = x
        points[:, 1] = y
    return polygon
