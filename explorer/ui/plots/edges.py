"""Small triangles at the edge of a plot, where a curve leaves it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.live.history import Floats
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.theme import Theme

# Half of a triangle's width, and its height.
SIZE_PX, HEIGHT_PX = 6.0, 9.0
# In halves of a triangle: so far one may stand beside its place.
FARTHEST_ASIDE = 5
# More would only be a row of triangles.
MOST = 12


@dataclass(frozen=True)
class Edge:
    """A curve goes farthest beyond the upper or lower edge at this place of the time axis."""

    x: float
    above: bool
    rgba: int


def edges(
    x: Floats, y: Floats, values: Sequence[float], colors: Sequence[QColor]
) -> tuple[Edge, ...]:
    """Where the rows of y leave the axis of these values, from the lowest to the highest."""
    found = []
    for above, beyond in ((True, y > values[1]), (False, y < values[0])):
        for row in np.flatnonzero(beyond.any(axis=1))[:MOST].tolist():
            far = np.where(beyond[row], y[row] if above else -y[row], -np.inf)
            found.append(Edge(float(x[far.argmax()]), above, colors[row].rgba()))
    return tuple(found)


class EdgeMarks(BoxItem):
    """The triangles; below the curves, with what stands still."""

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__(box, height=6)
        self._outline = QPen(QColor(theme.base), 1)
        self.shown: tuple[Edge, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no curve leaves the plot."""
        return not self.shown

    def show_edges(self, edges: tuple[Edge, ...]) -> None:
        """Replace them."""
        if edges != self.shown:
            self.shown = edges
            self.update()

    def draw(self, painter: QPainter, _part: QRectF) -> None:
        """Each points out of the plot, in its curve's colour."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._outline)
        height = self.boundingRect().height()
        for edge, x in self._places():
            tip, foot = (0.0, HEIGHT_PX) if edge.above else (height, height - HEIGHT_PX)
            painter.setBrush(QColor.fromRgba(edge.rgba))
            corners = [QPointF(x, tip), QPointF(x - SIZE_PX, foot), QPointF(x + SIZE_PX, foot)]
            painter.drawPolygon(QPolygonF(corners))

    def _places(self) -> Iterator[tuple[Edge, float]]:
        """Where each is, within the box and beside those before it."""
        for above in (True, False):
            free = SIZE_PX
            for edge in sorted(self.shown, key=lambda edge: edge.x):
                if edge.above == above:
                    own = self._box.mapFromView(QPointF(edge.x, 0)).x()
                    x = max(free, own)
                    if x - own > FARTHEST_ASIDE * SIZE_PX:
                        # One more would stand where the curve is not.
                        continue
                    yield edge, min(x, self.boundingRect().width() - SIZE_PX)
                    free = x + 2 * SIZE_PX
