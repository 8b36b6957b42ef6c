"""The crosshair: a line where the mouse is, and a small box with what the curves have there."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication

from explorer.live.history import Floats
from explorer.ui.plots.boxitem import BoxItem
from explorer.ui.plots.legend import swatch_px
from explorer.ui.theme import Theme

# More numbers than these are not listed.
MOST_LINES = 10
MARGIN_PX, GAP_PX, AWAY_PX = 5.0, 4.0, 8.0


@dataclass(frozen=True)
class Reading:
    """One number under the crosshair; no name: the heading, over the others."""

    text: str
    rgba: int | None = None


@dataclass(frozen=True)
class Readings:
    """What there is at one place of the horizontal axis."""

    x: float
    lines: tuple[Reading, ...]

    @property
    def text(self) -> str:
        """All of it in one line."""
        return ", ".join(line.text for line in self.lines)


class Crosshair(BoxItem):
    """Above everything, and moving with the mouse: painted as curves are."""

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__(box, height=60)
        self._line = QPen(QColor(theme.faint_text), 1)
        self._text, self._frame = QColor(theme.text), QColor(theme.line)
        self._ground = QColor(theme.base)
        self._ground.setAlphaF(0.92)
        self.readings: Readings | None = None
        # Where it was drawn last, and what it said.
        self._drawn = QRectF()
        self._said: Readings | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the mouse is elsewhere."""
        return self.readings is None

    def show_readings(self, readings: Readings | None) -> None:
        """Stand there and say that; None: nowhere."""
        if readings != self.readings:
            self.readings = readings
            self.update()

    def room(self) -> int:
        """How many numbers can be listed under the heading."""
        return max(1, min(MOST_LINES, self.lines() - 1))

    def lines(self) -> int:
        """How many lines the plot is high."""
        height = self.boundingRect().height() - 2 * (AWAY_PX + MARGIN_PX)
        return int(height / QFontMetricsF(QApplication.font()).height())

    def stale(self) -> QRectF:
        """Where it looks otherwise than when this was last asked, in the box's pixels."""
        if self.readings is None and self._said is None:
            return QRectF()
        place, before = self._place(), self._drawn
        changed = (place, self.readings) != (before, self._said)
        self._drawn, self._said = place, self.readings
        return place | before if changed else QRectF()

    def draw(self, painter: QPainter, _part: QRectF) -> None:
        """The line over the whole height, the box beside it where there is room."""
        if self.readings is None:
            return
        x = self._line_at(self.readings)
        painter.setPen(self._line)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.boundingRect().height()))
        painter.setFont(QApplication.font())
        self._draw_box(painter, self._box_at(self.readings), self.readings.lines)

    def _place(self) -> QRectF:
        """What is drawn, line and box."""
        if self.readings is None:
            return QRectF()
        x = self._line_at(self.readings)
        line = QRectF(x - 1, 0, 2, self.boundingRect().height())
        return line | self._box_at(self.readings).adjusted(-1, -1, 1, 1)

    def _line_at(self, readings: Readings) -> float:
        x: float = self._box.mapFromView(QPointF(readings.x, 0)).x()
        return round(x) + 0.5

    def _box_at(self, readings: Readings) -> QRectF:
        x, size = self._line_at(readings), self._size(readings.lines)
        left = x + AWAY_PX
        if left + size.width() > self.boundingRect().width():
            left = x - AWAY_PX - size.width()
        return size.translated(max(0.0, left), 0)

    def _size(self, lines: Sequence[Reading]) -> QRectF:
        metrics = QFontMetricsF(QApplication.font())
        swatch = swatch_px() + GAP_PX
        widths = [
            metrics.horizontalAdvance(line.text) + (swatch if line.rgba is not None else 0.0)
            for line in lines
        ]
        height = len(lines) * metrics.height()
        return QRectF(0, AWAY_PX, max(widths) + 2 * MARGIN_PX, height + 2 * MARGIN_PX)

    def _draw_box(self, painter: QPainter, rect: QRectF, lines: Sequence[Reading]) -> None:
        metrics = QFontMetricsF(QApplication.font())
        painter.setPen(self._frame)
        painter.setBrush(self._ground)
        painter.drawRect(rect)
        painter.setPen(self._text)
        size = swatch_px()
        y = rect.top() + MARGIN_PX
        for line in lines:
            left = rect.left() + MARGIN_PX
            if line.rgba is not None:
                top = y + (metrics.height() - size) / 2
                painter.fillRect(QRectF(left, top, size, size), QColor.fromRgba(line.rgba))
                left += size + GAP_PX
            painter.drawText(QPointF(left, y + metrics.ascent()), line.text)
            y += metrics.height()
        painter.setBrush(Qt.BrushStyle.NoBrush)


def nearest(places: Floats, x: float) -> int:
    """The number of the place, of some in ascending order, that is nearest to x."""
    after = min(int(places.searchsorted(x)), len(places) - 1)
    before = max(0, after - 1)
    return before if x - places[before] < places[after] - x else after
