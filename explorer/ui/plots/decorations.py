"""Grid lines and marks of a plot: a few lines, drawn by one item each.

pyqtgraph's own grid is drawn by the axes across the whole plot with translucent
pens, and takes some forty milliseconds a frame for four plots.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from explorer.ui.plots.boxitem import BoxItem


class GridLines(BoxItem):
    """Faint lines at the axes' major ticks."""

    def __init__(self, plot: pg.PlotItem, color: QColor) -> None:
        # Above the view box's background, below everything else.
        super().__init__(plot.vb, height=-100)
        self._plot = plot
        self._pen = QPen(color, 1)
        self._lines: list[QLineF] | None = None
        plot.vb.sigRangeChanged.connect(self.rebuild)
        plot.vb.sigResized.connect(self.rebuild)

    def rebuild(self) -> None:
        """Take the ticks from the axes anew, when the lines are next drawn.

        While a plot is set up its range changes many times.
        """
        self._lines = None
        self.update()

    def _built(self) -> list[QLineF]:
        box = self._plot.vb
        width, height = box.width(), box.height()
        (left, right), (low, high) = box.viewRange()
        across = [
            width * (x - left) / (right - left) for x in self._ticks("bottom", left, right, width)
        ]
        up = [height * (high - y) / (high - low) for y in self._ticks("left", low, high, height)]
        # Half a pixel down and right: a line of one pixel, not of two faint ones.
        return [
            *[QLineF(round(x) + 0.5, 0, round(x) + 0.5, height) for x in across],
            *[QLineF(0, round(y) + 0.5, width, round(y) + 0.5) for y in up],
        ]

    def _ticks(self, side: str, low: float, high: float, pixels: float) -> Sequence[float]:
        axis = self._plot.getAxis(side)
        if pixels <= 0 or not low < high:
            return ()
        levels = axis.tickValues(low, high, pixels)
        return list(levels[0][1]) if levels else ()

    def draw(self, painter: QPainter, _part: QRectF) -> None:
        """All lines in one call."""
        if self._lines is None:
            self._lines = self._built()
        painter.setPen(self._pen)
        painter.drawLines(self._lines)


@dataclass(frozen=True)
class Mark:
    """Something that happened at a step, in one or two words."""

    step: int
    text: str


class Marks(BoxItem):
    """Vertical lines with names on a time axis, one for each change.

    A name is shortened or left out where there is no room for it, the line never is. The latest
    changes are named first: somebody has just made them.
    """

    MARGIN_PX = 3.0
    # Of a shorter one nothing could be told.
    LEAST_NAME_PX = 60.0
    MOST_ROWS = 2

    def __init__(self, plot: pg.PlotItem, color: QColor, base: QColor) -> None:
        super().__init__(plot.vb, height=50)
        self._plot = plot
        self._color = color
        # Names stand on a veil, so that lines and curves do not strike them out; these are to be
        # seen through it all the same.
        self._veil = QColor(base)
        self._veil.setAlphaF(0.5)
        self._marks: tuple[Mark, ...] = ()
        # What is drawn, and of what.
        self._drawn_of: object = None
        self._lines: list[QLineF] = []
        self._names: list[tuple[str, QRectF]] = []

    @property
    def shown(self) -> tuple[Mark, ...]:
        """The marks there are."""
        return self._marks

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened."""
        return not self._marks

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Replace the marks."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self.update()

    def draw(self, painter: QPainter, _part: QRectF) -> None:
        """Lines over the whole height; names in rows from the top, so that none overlap."""
        box = self.boundingRect()
        metrics = QFontMetricsF(painter.font())
        of = (self._marks, self._plot.vb.viewRange()[0], box.size(), metrics.height())
        if of != self._drawn_of:
            # They stay where they are in most frames.
            self._drawn_of = of
            places = [(mark, self._pixel(mark.step)) for mark in self._marks]
            places = [(mark, x) for mark, x in places if 0 <= x <= box.width()]
            self._lines = [QLineF(x, 0, x, box.height()) for _, x in places]
            self._names = self.names(places, metrics)
        painter.setPen(QPen(self._color, 1, Qt.PenStyle.DashLine))
        painter.drawLines(self._lines)
        for text, rect in self._names:
            painter.fillRect(rect, self._veil)
            painter.drawText(QPointF(rect.left(), rect.bottom() - metrics.descent()), text)

    def names(
        self, places: Sequence[tuple[Mark, float]], metrics: QFontMetricsF
    ) -> list[tuple[str, QRectF]]:
        """The names there is room for, and where: beside their lines, no two on each other."""
        width, high = self.boundingRect().width(), metrics.height()
        rows: list[list[tuple[str, QRectF]]] = [[] for _ in range(self.MOST_ROWS)]
        for mark, x in reversed(places):
            text, left, wide = self._name(mark.text, x, width, metrics)
            for row, taken in enumerate(rows):
                rect = QRectF(left, row * high, wide, high)
                with_margin = rect.adjusted(-self.MARGIN_PX, 0, self.MARGIN_PX, 0)
                if text and not any(each.intersects(with_margin) for _, each in taken):
                    taken.append((text, rect))
                    break
        return [named for taken in rows for named in taken]

    def _name(
        self, text: str, x: float, across: float, metrics: QFontMetricsF
    ) -> tuple[str, float, float]:
        """As much of the name as there is room for, where it begins, and its width.

        Near the right edge it stands on the other side of its line.
        """
        width = metrics.horizontalAdvance(text)
        after, before = across - x - self.MARGIN_PX, x - self.MARGIN_PX
        if width > max(after, before):
            room = max(after, before)
            # A pixel less: what is shortened may come out as wide as the room, and a fraction.
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room - 1)
            width = metrics.horizontalAdvance(text)
            text = text if room >= self.LEAST_NAME_PX else ""
        left = x + self.MARGIN_PX if width <= after else x - self.MARGIN_PX - width
        return text, left, width

    def _pixel(self, step: int) -> float:
        x: float = self._plot.vb.mapFromView(QPointF(step, 0)).x()
        return x
